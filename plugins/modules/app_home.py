#!/usr/bin/python
# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: app_home
short_description: Give an app its accounts and directories, or remove them
version_added: 0.2.0
author:
  - The masonite.deploy founders (@masonite)
description:
  - Makes the two users of an app (one runs it, one fetches and builds it), its directories with their owners
    and modes, and the deploy key, in one call.
  - Nothing that was there before is taken. An account, a directory or a database that this module did not
    make is refused by name before anything changes. What is the app's own is known by a record in
    O(record_dir).
  - An app that version 0.1 of this collection set up is converted once, while it serves.
  - With O(adopt), the first setup brings along the data of an app that was set up by hand.
  - Run it as root. Without root it makes the directories of the user who runs it, and no accounts.
extends_documentation_fragment:
  - masonite.deploy.attributes
  - masonite.deploy.attributes.posix
options:
  name:
    description: Name of the app.
    type: str
    required: true
  state:
    description:
      - V(present) makes what is missing and corrects owners and modes.
      - V(checked) only looks for what would be refused. It changes nothing, and works on a fresh server,
        where users, groups and the programs for access control lists are missing.
      - V(absent) removes the accounts and directories that the record in O(record_dir) names, once the app's
        instance is gone, as M(masonite.deploy.uwsgi_instance) removes it. What only this server has is moved
        to RV(kept) - the environment file, C(shared/), the backups, the history, and whatever else a person
        put there. Releases, mirror, virtualenvs, keys and caches are removed. An account is removed if it has
        the number that the record has. Processes that still run as the app's users are ended, with a warning.
    type: str
    choices: [present, checked, absent]
    default: present
  path:
    description:
      - Directory of the app. Required unless O(state=absent).
      - With O(state=absent), where such a directory is refused if there is no record of the app.
    type: path
  venvs:
    description:
      - Directory of the app's virtualenvs. Required unless O(state=absent).
    type: path
  runtime_dir:
    description:
      - Directory of the private sockets of the app's instances. M(masonite.deploy.uwsgi_instance) makes it;
        this module only refuses one that is not the app's. Required unless O(state=absent).
    type: path
  socket:
    description: Public socket of the app. Part of the record. Required unless O(state=absent).
    type: path
  live_link:
    description:
      - Link to the release that serves. It shows where the app is on a server that version 0.1 set up, and
        whether a release has gone live. Required unless O(state=absent).
    type: path
  user:
    description: User that runs the app. Required unless O(state=absent).
    type: str
  group:
    description: Primary group of O(user). By default it has the same name.
    type: str
  build_user:
    description:
      - User that fetches and builds the app, with a group of the same name. The default is O(user) with
        C(-build) appended.
    type: str
  web_group:
    description:
      - Group of the web server. It may pass through O(path), to static files in the releases, by an access
        control list. Empty for none.
    type: str
    default: ""
  deploy_key:
    description: Private key to fetch the repository with. Written to C(ssh/id) below O(path).
    type: str
    default: ""
  known_hosts:
    description: Host keys of the repository's server. Written to C(ssh/known_hosts) below O(path).
    type: list
    elements: str
    default: []
  database:
    description: The SQLite database that the app will use. Empty if it uses none.
    type: path
  adopt:
    description:
      - Directory of the same app, set up by hand. On the first setup its C(APP_KEY), its SQLite database and
        its O(shared) paths are brought along. The database is moved, and a link is left at its path, so that
        the process that serves from there uses the same one. Everything else stays as it is.
      - It can also be the directory of an app of this collection under another name, or RV(kept) of one that
        was removed.
      - Nothing happens when a release of the app has gone live already.
    type: path
  shared:
    description:
      - With O(adopt), paths below it that are copied to C(shared) below O(path). V(auto) stands for the
        directories that O(framework) writes to.
    type: list
    elements: str
    default: []
  framework:
    description: The web framework of the app; V(auto) counts as V(masonite) here.
    type: str
    choices: [auto, masonite, django, flask, none]
    default: auto
  static:
    description:
      - Paths from which the web server serves static files. Where they are directories in C(shared) below
        O(path), O(web_group) may read them, by access control lists, and nothing else there.
    type: list
    elements: str
    default: []
  writable_paths:
    description:
      - Further directories that the app may write to, such as one on another disk. One that is missing, or
        that is empty and root's, is given to O(user); any other that O(user) cannot write to is refused.
    type: list
    elements: path
    default: []
  refused_values:
    description: With O(adopt), published values of C(APP_KEY) that are not brought along.
    type: list
    elements: str
    default: []
  record_dir:
    description: Directory of the records of all apps, one JSON file an app, readable by all.
    type: path
    default: /etc/masonite-deploy/apps
attributes:
  check_mode:
    support: full
    details: Says what would be made and refused, also on a fresh server.
  diff_mode:
    support: full
    details: Shows owners and modes. Contents are not shown.
  idempotent:
    support: full
requirements:
  - groupadd and useradd (package passwd), getfacl and setfacl (package acl) on the server
  - Python 3.9 or later on the server
seealso:
  - module: masonite.deploy.release
  - module: masonite.deploy.uwsgi_instance
"""

EXAMPLES = r"""
- name: Look for what would be refused, before anything changes
  masonite.deploy.app_home:
    name: blog
    path: /srv/sites/blog
    venvs: /venvs/blog
    runtime_dir: /srv/sockets/blog
    socket: /srv/sockets/blog.sock
    live_link: /srv/sockets/blog.root
    user: blog
    web_group: www-data
    database: /srv/sites/blog/shared/database.sqlite3
    state: checked

- name: Give the app its accounts and directories
  masonite.deploy.app_home:
    name: blog
    path: /srv/sites/blog
    venvs: /venvs/blog
    runtime_dir: /srv/sockets/blog
    socket: /srv/sockets/blog.sock
    live_link: /srv/sockets/blog.root
    user: blog
    web_group: www-data
    database: /srv/sites/blog/shared/database.sqlite3
    deploy_key: "{{ lookup('ansible.builtin.file', 'blog_deploy_key') }}"

- name: Take over an app that was set up by hand
  masonite.deploy.app_home:
    name: blog
    path: /srv/sites/blog
    venvs: /venvs/blog
    runtime_dir: /srv/sockets/blog
    socket: /srv/sockets/blog.sock
    live_link: /srv/sockets/blog.root
    user: blog
    web_group: www-data
    database: /srv/sites/blog/shared/database.sqlite3
    adopt: /srv/sites/example
    shared:
      - storage/uploads/

- name: Remove the app's accounts and directories, and say where its data is kept
  masonite.deploy.app_home:
    name: blog
    state: absent
"""

RETURN = r"""
converted:
  description: What was converted from the layout of version 0.1, or would be in check mode.
  returned: success
  type: list
  elements: str
  sample: [/srv/sites/blog, /srv/sites/blog/.state, /srv/sites/blog/releases, /srv/sites/blog/.env]
adopted:
  description: What was brought along from O(adopt), or would be in check mode.
  returned: success
  type: list
  elements: str
  sample: [APP_KEY, /srv/sites/example/masonite.sqlite3, storage/uploads]
kept:
  description:
    - Where the data of an app is that was removed, or would be in check mode. Only root can read it. Empty if
      there was nothing to keep.
  returned: success, with O(state=absent)
  type: str
  sample: /srv/sites/.removed/blog-20260131T093000Z
others:
  description: The other apps that have a record on this server.
  returned: success, with O(state=absent)
  type: list
  elements: str
  sample: [shop]
record:
  description:
    - The record of the app. With O(state=absent), what it was; null with O(state=checked) and O(state=absent)
      on a server that has none.
  returned: success
  type: dict
  contains:
    name:
      description: Name of the app.
      type: str
    path:
      description: Directory of the app.
      type: str
    venvs:
      description: Directory of its virtualenvs.
      type: str
    runtime_dir:
      description: Directory of its private sockets.
      type: str
    socket:
      description: Its public socket.
      type: str
    live_link:
      description: Link to the release that serves.
      type: str
    user:
      description: User that runs it.
      type: str
    group:
      description: Primary group of that user.
      type: str
    build_user:
      description: User that fetches and builds it.
      type: str
    build_group:
      description: Primary group of that user.
      type: str
    uid:
      description: Number of the user that runs it; null before it is made, and without root.
      type: int
    gid:
      description: Number of that user's group.
      type: int
    build_uid:
      description: Number of the user that builds it.
      type: int
    build_gid:
      description: Number of that user's group.
      type: int
    database:
      description: Its SQLite database, or empty.
      type: str
    writable_paths:
      description: What O(writable_paths) is.
      type: list
      elements: str
    former:
      description: Numbers of the common user of version 0.1 while its directories are being converted.
      type: list
      elements: int
    adopted:
      description: Progress of O(adopt); null if nothing was adopted.
      type: dict
      contains:
        path:
          description: What O(adopt) was.
          type: str
        done:
          description: Whether everything was brought along.
          type: bool
        users:
          description: Numbers of the users that may use the database until the handover.
          type: list
          elements: int
        wal:
          description: Whether the database gets its WAL mode back after the handover.
          type: bool
    kept:
      description: Where its data is moved to while it is being removed.
      type: str
  sample:
    name: blog
    path: /srv/sites/blog
    user: blog
    group: blog
    build_user: blog-build
    uid: 998
    gid: 998
diff:
  description: Owners and modes of what changes, before and after.
  returned: success
  type: dict
  contains:
    before:
      description: A line for each path, user or group that changes, as it is.
      type: str
    after:
      description: The same lines, as they will be.
      type: str
  sample:
    before: "/srv/sites/blog: absent\n"
    after: "/srv/sites/blog: root:blog 0750\n"
reason:
  description:
    - The kind of failure. Before any change V(account), V(account_name), V(account_renamed), V(group),
      V(group_changed), V(foreign_directory), V(link), V(not_a_directory), V(moved_root), V(moved_database),
      V(environment_file), V(writable_paths), V(adopt), V(name), V(path), V(record), V(mounted), V(serving).
      Later V(missing_root), V(missing_group), V(missing_program), V(accounts), V(access_list), V(filesystem),
      V(database_busy).
  returned: failure
  type: str
  sample: foreign_directory
refusals:
  description: Everything that was refused; empty for a failure of another kind.
  returned: failure
  type: list
  elements: dict
  contains:
    reason:
      description: The kind of refusal, one of RV(reason).
      type: str
    subject:
      description: The path, user or group that was found.
      type: str
    message:
      description: What was found and what to do next.
      type: str
    options:
      description: Options of this module that the refusal is about.
      type: list
      elements: str
  sample:
    - reason: account
      subject: blog
      message: User blog exists and can log in; set masonite_app_user to a name that is free.
      options: [user]
options:
  description: Options of this module that the failure is about; none where the cause lies elsewhere.
  returned: failure
  type: list
  elements: str
  sample: [user]
hint:
  description: What to do next, which is part of the message, too.
  returned: failure, where there is one
  type: str
  sample: Run the role masonite.deploy.base first; it installs the package acl.
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._app_home.main import run
from ..module_utils._system.framework import AUTO, CHOICES

LIST_OF_STR: dict[str, Any] = {"type": "list", "elements": "str", "default": []}
ARGUMENTS: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "checked", "absent"], "default": "present"},
    "path": {"type": "path"},
    "venvs": {"type": "path"},
    "runtime_dir": {"type": "path"},
    "socket": {"type": "path"},
    "live_link": {"type": "path"},
    "user": {"type": "str"},
    "group": {"type": "str"},
    "build_user": {"type": "str"},
    "web_group": {"type": "str", "default": ""},
    "deploy_key": {"type": "str", "default": "", "no_log": True},
    "known_hosts": {"no_log": False, **LIST_OF_STR},
    "database": {"type": "path"},
    "adopt": {"type": "path"},
    "shared": LIST_OF_STR,
    "framework": {"type": "str", "choices": CHOICES, "default": AUTO},
    "static": LIST_OF_STR,
    "writable_paths": {"type": "list", "elements": "path", "default": []},
    "refused_values": LIST_OF_STR,
    "record_dir": {"type": "path", "default": "/etc/masonite-deploy/apps"},
}


REQUIRED = ["path", "venvs", "runtime_dir", "socket", "live_link", "user"]
REQUIRED_IF = [("state", state, REQUIRED) for state in ("present", "checked")]


def main() -> None:
    run(AnsibleModule(argument_spec=ARGUMENTS, required_if=REQUIRED_IF, supports_check_mode=True))


if __name__ == "__main__":
    main()
