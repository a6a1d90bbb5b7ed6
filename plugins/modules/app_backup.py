#!/usr/bin/python
# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: app_backup
short_description: Back up and restore the database of an app
version_added: 0.2.0
author:
  - The masonite.deploy founders (@masonite)
description:
  - Makes, checks and restores backups of the SQLite or PostgreSQL database that the C(.env) of a Masonite app
    names, and lists its migrations.
  - The module runs as root and keeps the backups in a directory that only root can write, with a record of
    their order, sizes and checksums. Whatever uses the database runs as the app's user in a sandbox of
    systemd, reads the settings there, and gives the backup to the module through a socket. So the app can
    neither change nor remove a backup, and passwords pass through neither Ansible nor a log nor a process
    list.
  - A new backup is checked before it counts and before older ones are removed. A backup is checked before it
    is restored; one that is not whole changes nothing.
  - Also works for an ordinary user without root, for that user's own app; then nothing runs as another user.
extends_documentation_fragment:
  - masonite.deploy.attributes
  - masonite.deploy.attributes.linux
  - masonite.deploy.sandbox
options:
  path:
    description:
      - Directory of the backups. It must belong to the user who runs the module and be writable by that user
        alone. It is created, with mode V(0700), if its parent exists.
    type: path
    required: true
  state:
    description:
      - V(present) makes a backup, while the app uses the database. That there is no database yet is no error.
        For a kind of database that is not supported there is a warning.
      - V(restored) restores O(backup), after a backup of the present database.
      - V(checked) checks O(backup) as before a restore and changes nothing.
      - V(reverted) is for after a failed migration. It puts back what V(present) with the same O(release)
        found, be it no database at all, if the database is SQLite and O(live_link) does not exist, so that no
        release has ever served it. Otherwise it changes nothing, and RV(message) says which backup there is
        and how to restore it.
      - V(inspected) reports which database the app has. With O(release) it also remembers for V(reverted)
        whether there was one, without a backup of it.
      - V(migrations) reports which migrations are applied and which are pending.
    type: str
    choices: [present, restored, checked, reverted, inspected, migrations]
    default: present
  user:
    description:
      - The app's user, as whom everything runs that uses the database. It must not be root.
      - By default the user who runs the module.
    type: str
  python:
    description:
      - The Python of a virtualenv with the app's requirements. Required for all states but V(checked).
    type: path
  chdir:
    description:
      - The release whose C(.env) names the database. Required for all states but V(checked).
    type: path
  name:
    description:
      - Name of the app. It names the unit of systemd, so that one left by a killed run is stopped first.
    type: str
    default: ""
  backup:
    description:
      - Name of a backup, a file in O(path). Empty means the newest one by the module's own record, not by its
        name. Files without a record, such as those made by version 0.1, count as older than all that have
        one.
    type: str
    default: ""
  keep:
    description:
      - How many backups are kept. The newest one and one that is being restored are never removed, nor is a
        file that neither this module nor version 0.1 made.
    type: int
    default: 5
  label:
    description:
      - Part of a new backup's name, after the time.
    type: str
    default: backup
  release:
    description:
      - Name of the release whose migrations follow, for the record. V(reverted) needs the same name.
    type: str
    default: ""
  revision:
    description:
      - Revision of the release, for the record.
    type: str
    default: ""
  save_present:
    description:
      - Whether V(restored) and V(reverted) first make a backup of what they replace. Set it to V(false) only
        if the present database is damaged, so that it cannot be backed up.
    type: bool
    default: true
  environment_file:
    description:
      - A dotenv file on the server whose variables are in the environment of the program that finds the
        database, such as the one that M(masonite.deploy.env_file) writes. Root reads it.
      - A Django project is asked for its C(DATABASES); other apps say in C(DATABASE_URL) which database they
        have, or in C(.env) as Masonite does.
    type: path
    default: ""
  live_link:
    description:
      - A path that exists as soon as a release is live.
    type: path
  restore_command:
    description:
      - The command by which a person restores a backup, for RV(message). C({backup}) in it becomes the
        backup's name.
    type: str
    default: ""
  max_size:
    description:
      - Largest size of a backup, in bytes or as V(10G); one that becomes larger is stopped and removed. V(0)
        means that only O(disk_reserve) limits it.
    type: bytes
    default: "0"
  disk_reserve:
    description:
      - A backup of more than 16 MiB is stopped and removed when less than this percentage of the disk is
        free. The default leaves room for the app and the system.
    type: int
    default: 5
  timeout:
    description:
      - Seconds after which the program that uses the database is killed. Also how long another backup of the
        app is waited for.
    type: int
    default: 3600
attributes:
  check_mode:
    support: full
    details: A backup to restore is checked all the same.
  diff_mode:
    support: none
    details: The content of a database is not shown.
  idempotent:
    support: none
    details:
      - Each call makes or restores a backup. The states V(checked), V(inspected) and V(migrations) change
        nothing.
requirements:
  - Python 3.9 or later on the server
  - systemd 247 or later for O(service_manager=systemd); setpriv of util-linux otherwise
  - python-dotenv in the virtualenv, which Masonite brings along
  - the programs of the package C(postgresql-client) for PostgreSQL
notes:
  - A restore of PostgreSQL removes all tables and views that the app's database user owns and creates those
    of the backup, in one transaction.
seealso:
  - module: masonite.deploy.app_command
  - module: masonite.deploy.release
"""

EXAMPLES = r"""
- name: Back up the database before a migration
  masonite.deploy.app_backup:
    name: blog
    path: /srv/sites/blog/backups
    user: blog
    python: /venvs/blog/0123456789abcdef/bin/python
    chdir: /srv/sites/blog/releases/20260102T030400Z-1a2b3c4
    label: 20260102T030400Z-1a2b3c4
    writable_paths: [/srv/sites/blog/shared]
    visible_paths: [/srv/sites/blog/releases, /srv/sites/blog/.env, /venvs/blog]
    hidden_paths: [/srv/sites, /venvs, /srv/sockets]
  register: backed_up

- name: Put the newest backup back
  masonite.deploy.app_backup:
    path: /srv/sites/blog/backups
    state: restored
    user: blog
    python: /venvs/blog/0123456789abcdef/bin/python
    chdir: /srv/sites/blog/releases/20260102T030400Z-1a2b3c4
    writable_paths: [/srv/sites/blog/shared]

- name: Check one backup
  masonite.deploy.app_backup:
    path: /srv/sites/blog/backups
    state: checked
    user: blog
    backup: 20260102T030405Z-20260102T030400Z-1a2b3c4.sqlite3
"""

RETURN = r"""
message:
  description: What was done or found, as a sentence.
  returned: success, except with O(state=migrations) and O(state=inspected)
  type: str
  sample: The backup is /srv/sites/blog/backups/20260102T030405Z-20260102T030400Z-1a2b3c4.sqlite3.
reason:
  description:
    - The kind of failure. About the options V(label), V(keep), V(timeout), V(disk_reserve), V(max_size),
      V(sandbox), V(no_user), V(root), V(no_release), V(no_python), V(environment_file).
    - About the directory of the backups V(no_directory), V(not_ours), V(locked), V(filesystem), V(disk_full)
      and V(too_large). About a backup in it V(not_found), V(not_a_file), V(invalid) and V(damaged).
    - About the program that uses the database V(unsupported) (a kind of database), V(client_missing),
      V(failed), V(malformed) (its output), V(internal), and V(timeout), too. Where it could not be started,
      the reasons of M(masonite.deploy.app_command).
  returned: failure
  type: str
  sample: invalid
options:
  description: Options of this module that the failure is about; none where the cause lies elsewhere.
  returned: failure
  type: list
  elements: str
  sample: [backup]
hint:
  description: What to do next, which is part of the message, too.
  returned: failure, where there is one
  type: str
  sample: One is made before each migration.
available:
  description: Names of the other backups, the newest first.
  returned: failure, if a backup cannot be used
  type: list
  elements: str
  sample: [20260101T030405Z-20260101T030400Z-9f8e7d6.sqlite3]
backup:
  description: The new backup; null if there is no database yet.
  returned: with O(state=present), if RV(supported)
  type: dict
  contains: &backup
    name: {description: Its name in O(path)., type: str}
    path: {description: Its path., type: str}
    time: {description: When it was made., type: str}
    kind: {description: V(sqlite) or V(postgres)., type: str}
    size: {description: Its size in bytes., type: int}
    sha256: {description: Its checksum., type: str}
    label: {description: What O(label) was., type: str}
    release: {description: What O(release) was., type: str}
    revision: {description: What O(revision) was., type: str}
    database: {description: Path or name of the database., type: str}
    good: {description: False for the copy of what a failed migration left., type: bool}
    recorded: {description: Whether the module has a record of it., type: bool}
  sample:
    name: 20260102T030405Z-20260102T030400Z-1a2b3c4.sqlite3
    path: /srv/sites/blog/backups/20260102T030405Z-20260102T030400Z-1a2b3c4.sqlite3
    time: "2026-01-02T03:04:05Z"
    kind: sqlite
    size: 40960
    sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
    label: 20260102T030400Z-1a2b3c4
    release: 20260102T030400Z-1a2b3c4
    revision: 1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d
    database: /srv/sites/blog/shared/database.sqlite3
    good: true
    recorded: true
backups:
  description: All backups, the newest first. Those without a record have empty texts where it would be.
  returned: success, except with O(state=migrations)
  type: list
  elements: dict
  contains: *backup
database_existed:
  description: Whether there is a database with at least one table. Always true for PostgreSQL.
  returned: with O(state=present) and O(state=inspected), if RV(supported)
  type: bool
  sample: true
kind:
  description: The kind of the database, V(sqlite) or V(postgres).
  returned: with O(state=present) and O(state=inspected), if RV(supported)
  type: str
  sample: sqlite
database:
  description: Path or name of the database, as the app's settings say.
  returned: with O(state=present) and O(state=inspected), if RV(supported)
  type: str
  sample: /srv/sites/blog/shared/database.sqlite3
supported:
  description: Whether this kind of database can be backed up.
  returned: with O(state=present) and O(state=inspected)
  type: bool
  sample: true
removed:
  description: Names of the backups that were removed, because there were more than O(keep).
  returned: with O(state=present), O(state=restored) and O(state=reverted), if a backup was made
  type: list
  elements: str
  sample: []
restored:
  description: Name of the backup that was restored.
  returned: with O(state=restored)
  type: str
  sample: 20260102T030405Z-20260102T030400Z-1a2b3c4.sqlite3
saved:
  description: The backup of what was replaced; null if there was nothing.
  returned: with O(state=restored), and with O(state=reverted), if RV(reverted)
  type: dict
  contains: *backup
checked:
  description: Name of the backup that was checked.
  returned: with O(state=checked)
  type: str
  sample: 20260102T030405Z-20260102T030400Z-1a2b3c4.sqlite3
reverted:
  description: Whether the database is what it was before the failed migration.
  returned: with O(state=reverted)
  type: bool
  sample: true
applied:
  description: The migrations that are applied, in their order.
  returned: with O(state=migrations)
  type: list
  elements: str
  sample: [2021_01_09_033202_create_password_reset_table]
pending:
  description: The migrations of O(chdir) that are not applied.
  returned: with O(state=migrations)
  type: list
  elements: str
  sample: []
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._backup.main import run
from ..module_utils._backup.options import ARGUMENTS, REQUIRED_IF


def main() -> None:
    run(AnsibleModule(argument_spec=ARGUMENTS, required_if=REQUIRED_IF, supports_check_mode=True))


if __name__ == "__main__":
    main()
