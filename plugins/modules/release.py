#!/usr/bin/python
# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: release
short_description: Keep the releases of an app
version_added: 0.1.0
author:
  - The masonite.deploy founders (@masonite)
description:
  - A release is an immutable checkout of one revision of an app, in a directory of its own. This module
    mirrors the git repository, exports a revision, links what outlives a release, and knows which release is
    live, which went live before it, and which one never worked.
  - A deploy is O(state=present), then whatever brings the release live, then O(state=live); or
    O(state=failed) when something went wrong on the way. Between them the app is locked against other runs.
  - Never removed are the live release, the last good release before it, and the one being prepared. Only good
    releases count towards O(keep), and only a good one is chosen by O(release=previous).
  - Run as root it keeps the records, and works as two users with fewer rights. O(build_user) fetches and
    owns the mirror and the releases; O(app_user) owns what outlives a release. What the module reads in their
    directories is opened without following a link out of the release; a fifo or a device in the place of a
    file is not read.
  - Without root, or without these users, it does everything as the user that runs it.
  - Objects that arrive are checked by git (C(fetch.fsckObjects)); a repository with unsound ones is refused.
    Let through are harmless defects of old programs, C(zeroPaddedFilemode) and those of authors' names and
    dates. A revision with a name that leads out of it, or that has files below a link, is not exported.
options:
  path:
    description:
      - Directory of the app. Holds C(repo.git), C(releases), C(shared), C(current) and C(history.jsonl).
      - With O(build_user) it must belong to root, so that no other user can replace what is in it.
    type: path
    required: true
  state:
    description:
      - V(present) makes a release of O(version), or takes an existing one with O(release), and locks the app
        when that results in anything to do. When the live release is what was asked for, it is returned
        unchanged; the app is locked then only if its virtualenv is still to be built or an earlier run ended
        before O(state=live). Asked the same again by the same run, it returns the same release without
        asking the repository.
      - V(live) points C(current) at O(release), marks it good, writes the line of history, removes what need
        not be kept, and unlocks the app. Nothing happens when all of this is true already.
      - V(failed) marks O(release) bad if O(bad), writes the line of history, and unlocks the app.
    type: str
    choices: [present, live, failed]
    default: present
  repository:
    description:
      - The git repository, by https or ssh address or by its path on the server.
      - The user and password of an https address are handed to git through its environment. They appear in no
        message, no history and no list of processes.
      - Submodules are exported too, by https, http or ssh; one by its path on the server only where the
        repository itself is named by a path. Other transports of git are refused.
      - Git LFS is not supported, a file kept there is exported as its pointer.
    type: str
  version:
    description:
      - A branch, a tag, or a commit (abbreviated or not). V(HEAD) is the repository's default branch.
      - A tag goes before a branch of the same name; V(refs/heads/NAME) means the branch.
      - With a full commit that is known already, nothing is asked of the network.
    type: str
    default: HEAD
  ssh_key:
    description:
      - Private key on the server to reach the repository with. No other key is tried then.
      - O(build_user) must be able to read it, as its owner with mode 0600, or through its group with mode
        0640 when root owns it.
    type: path
  known_hosts:
    description: File on the server with the host keys to believe, instead of C(~/.ssh/known_hosts) of the
      user that runs git.
    type: path
  accept_hostkey:
    description: Whether to trust the host key of a git server seen for the first time. A changed one is
      refused.
    type: bool
    default: false
  timeout:
    description: Seconds each call of git may take.
    type: int
    default: 300
  environment:
    description:
      - Environment variables for git, a proxy for instance.
      - The values appear in no answer and no log, except for those that are also part of another option.
    type: dict
    default: {}
  release:
    description:
      - With O(state=present) the name of an existing release to take instead of making one, or V(previous)
        for the last good one that was live before the live one. No network is needed then.
      - With O(state=live) and O(state=failed) the release that is spoken of. O(state=failed) may leave it
        empty when none had been made.
    type: str
  build_user:
    description:
      - The user that fetches and builds the app. As this user run git, tar, ssh and the version query of
        O(python), and to it belong C(repo.git) and C(releases).
      - Only used by root. Empty means the user that runs the module.
      - In check mode a user that does not exist yet is replaced by C(nobody).
    type: str
    default: ""
    version_added: 0.2.0
  app_user:
    description:
      - The user that runs the app. As this user things are made or filled in C(shared), and to it belong the
        links to them, so that a web server which follows links of their target's owner only follows these and
        none that the repository contains.
      - Only used by root. Empty means the user that runs the module.
    type: str
    default: ""
    version_added: 0.2.0
  links:
    description:
      - Paths of the release, each with the absolute path on the server that it becomes a link to.
      - What the revision itself has in that place is not used; a warning names it.
      - A path that is in O(shared) too is taken from here.
    type: dict
    default: {}
    version_added: 0.2.0
  shared:
    description:
      - Paths that outlive a release, relative to its root. Each becomes a link into C(shared).
      - A trailing slash says that it is a directory, which is made if need be.
      - What is missing in C(shared) is first filled with what the revision itself has in that place.
    type: list
    elements: str
    default: []
  required:
    description: Files and directories the revision must have.
    type: list
    elements: str
    default: []
  compare:
    description:
      - Directories of which to tell what the release adds to the live one and removes from it.
      - Links in them are listed and not followed; a directory that is or is reached through a link is empty.
    type: list
    elements: str
    default: []
  force:
    description:
      - Make a new release even if the live one is of this revision.
      - With O(release) take it even if it is live, bad or unfinished.
    type: bool
    default: false
  virtualenvs:
    description:
      - Directory of the app's virtualenvs. When given, RV(virtualenv) tells which one the release needs.
      - The virtualenv itself is made by others, who then put a file C(.complete) into it.
      - Virtualenvs made for version 0.1 are not used for new releases.
    type: path
  python:
    description: The Python to be used for the virtualenv.
    type: path
    default: /usr/bin/python3
  requirements:
    description:
      - The file that lists what the app needs, C(requirements.txt) or C(pyproject.toml) style.
      - V(auto) is C(requirements.txt), else C(pyproject.toml) (with C(uv.lock)), else nothing.
    type: str
    default: auto
  packages:
    description:
      - Further packages in the virtualenv.
      - Credentials in an address among them appear in no answer and no log.
    type: list
    elements: str
    default: []
  installer:
    description: What installs into the virtualenv. Part of what tells virtualenvs apart.
    type: str
    default: ""
  virtualenv:
    description: With O(state=live), the virtualenv the release runs in.
    type: path
  disk_check:
    description: What to do when there is no room for one more release and its virtualenv.
    type: str
    choices: [warn, fail, ignore]
    default: warn
  disk_reserve:
    description: Percent of a file system that are to stay free.
    type: int
    default: 5
  lock_ttl:
    description: Seconds after which a lock is believed to be forgotten, counted from its holder's last call.
    type: int
    default: 3600
  break_lock:
    description: Whether to take the lock from whoever holds it.
    type: bool
    default: false
  keep:
    description: How many good releases to keep, the live one among them.
    type: int
    default: 5
  live_link:
    description:
      - The link whose target is what serves, if it is not C(current) itself.
    type: path
  action:
    description: What the history calls it. After a V(rollback) the releases that were left are not gone back
      to.
    type: str
    choices: [deploy, rollback]
    default: deploy
  started:
    description: When the deploy began, in seconds since the epoch, to tell how long it took.
    type: float
  reason:
    description:
      - Why it failed, or why a release that is live already is to be recorded once more.
    type: str
    default: ""
  bad:
    description:
      - With O(state=failed), whether the release is to blame. A release that is good and live is never
        marked bad.
    type: bool
    default: true
  setting_names:
    description: Names of options as they are to appear in messages, for a role that sets them from variables.
    type: dict
    default: {}
  holder:
    description: Who runs the play. Set by the action plugin of this module.
    type: dict
    suboptions:
      user:
        description: Name of the user.
        type: str
        default: ""
      host:
        description: Name of the control machine.
        type: str
        default: ""
      machine:
        description: What tells this boot of the control machine from others.
        type: str
        default: ""
      pid:
        description: The main process of C(ansible-playbook).
        type: int
        default: 0
      start:
        description: When that process started.
        type: str
        default: ""
      job:
        description: The job in AWX.
        type: str
        default: ""
  takeover:
    description: The token of a lock whose holder is known to be dead. Set by the action plugin of this
      module.
    type: str
    default: ""
attributes:
  check_mode:
    description: Tells what would happen and touches nothing. On a fresh server it asks the repository if it
      can.
    support: full
  diff_mode:
    description: Shows the live release and the one to be live.
    support: full
  idempotent:
    description: A revision that is live already is not exported again.
    support: full
  platform:
    description: Target systems.
    support: full
    platforms: posix
requirements:
  - git 2.31 or later and tar on the server
  - Python 3.9 or later on the server
seealso:
  - module: masonite.deploy.release_info
  - module: masonite.deploy.uwsgi_instance
"""

EXAMPLES = r"""
- name: Make a release of the newest commit of the main branch
  masonite.deploy.release:
    path: /srv/sites/blog
    repository: git@github.com:example/blog.git
    version: main
    ssh_key: /srv/sites/blog/ssh/id
    known_hosts: /srv/sites/blog/ssh/known_hosts
    build_user: blog-build
    app_user: blog
    shared:
      - storage/logs/
    links:
      .env: /srv/sites/blog/.env
    required:
      - wsgi.py
    virtualenvs: /venvs/blog
    packages:
      - pyuwsgi
  become: true
  register: blog

- name: Mark it live
  masonite.deploy.release:
    path: /srv/sites/blog
    state: live
    release: "{{ blog.release.name }}"
    virtualenvs: /venvs/blog
    virtualenv: "{{ blog.virtualenv.path }}"
    keep: 3
  become: true

- name: Go back to the release before
  masonite.deploy.release:
    path: /srv/sites/blog
    release: previous
    build_user: blog-build
    app_user: blog
    shared:
      - storage/logs/
    links:
      .env: /srv/sites/blog/.env
  become: true
"""

RETURN = r"""
release:
  description: The release; with RV(is_live) the live one. In check mode of a revision not yet exported, a
    likely name.
  returned: success
  type: dict
  sample:
    name: 20250301T120000Z-1a2b3c4
    path: /srv/sites/blog/releases/20250301T120000Z-1a2b3c4
    revision: 1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d
    version: main
    time: "2025-03-01T12:00:00Z"
    state: unfinished
    virtualenv: /venvs/blog/0123456789abcdef
    reason: ""
live:
  description: The live release, in the same form; null when there is none.
  returned: success
  type: dict
previous:
  description: What O(release=previous) would take, in the same form; null when there is none.
  returned: success
  type: dict
is_live:
  description: Whether the release is the live one.
  returned: success
  type: bool
  sample: false
locked:
  description: Whether this run holds the lock of the app now. O(state=live) or O(state=failed) lets go of it.
  returned: success
  type: bool
  sample: true
lock:
  description: The lock held by this run; on failure the lock of the run that is in the way.
  returned: when there is one
  type: dict
  sample:
    holder: {user: ann, host: laptop, pid: 4711, job: "", machine: "", start: ""}
    since: "2025-03-01T12:00:00Z"
    release: 20250301T120000Z-1a2b3c4
    virtualenv: /venvs/blog/0123456789abcdef
    token: 0123456789abcdef
virtualenv:
  description: The virtualenv the release needs. C(known) is false when check mode cannot tell the revision.
  returned: O(state=present) with O(virtualenvs)
  type: dict
  sample:
    path: /venvs/blog/0123456789abcdef
    ready: false
    known: true
    kind: requirements
    requirements: requirements.txt
    python_version: 3.11.2
changes:
  description: For each directory of O(compare) what the release adds to the live one and removes from it.
  returned: O(state=present)
  type: dict
  sample:
    databases/migrations:
      added: [2025_03_01_create_posts.py]
      removed: []
disk:
  description: The figures of the disk check; null when nothing was written.
  returned: O(state=present)
  type: dict
  sample:
    enough: true
    filesystems:
      - path: /srv/sites/blog/releases
        what: one more release
        needed_mb: 1.2
        available_mb: 20480
        reserve_mb: 2048
pruned:
  description: What was removed.
  returned: O(state=live) and O(state=failed)
  type: dict
  sample:
    releases: [20250201T120000Z-9f8e7d6]
    virtualenvs: [/venvs/blog/fedcba9876543210]
recorded:
  description: Whether a line was written to the history.
  returned: O(state=live)
  type: bool
  sample: true
unlocked:
  description: Whether the lock was held by this run and is free now.
  returned: O(state=live) and O(state=failed)
  type: bool
  sample: true
serving:
  description: What serves now.
  returned: failure
  type: str
  sample: "Serving now: 20250201T120000Z-9f8e7d6, revision 9f8e7d6c5b4a (main)."
reason:
  description:
    - The kind of failure, such as V(unknown_repository), V(unknown_version), V(auth), V(host_key),
      V(unreachable), V(timeout), V(missing_files), V(missing_requirements), V(no_previous), V(locked),
      V(corrupt_repository), V(transport), V(submodule), V(unknown_user), V(foreign_owner) or V(disk).
  returned: failure
  type: str
  sample: unknown_version
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.masonite.deploy.plugins.module_utils._release_main import ARGUMENTS, REQUIRED_IF, run


def main() -> None:
    run(AnsibleModule(argument_spec=ARGUMENTS, required_if=REQUIRED_IF, supports_check_mode=True))


if __name__ == "__main__":
    main()
