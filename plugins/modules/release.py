#!/usr/bin/python
# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: release
short_description: Manage the releases of an app
version_added: 0.1.0
author:
  - The masonite.deploy founders (@masonite)
description:
  - A release is an immutable checkout of one revision of an app, in a directory of its own. This module
    mirrors the git repository, exports a revision, links what outlives a release, and records which release
    is live, which one was live before it, and which one failed.
  - A deploy is O(state=present), then whatever makes the release serve, then O(state=live); or
    O(state=failed) when something went wrong on the way. Between the two the app is locked against other
    runs.
  - Never removed are the live release, the last good release before it, and the one being prepared. Only good
    releases count towards O(keep), and O(release=previous) chooses only a good one.
  - Run as root it keeps the records, and works as two users with fewer rights. O(build_user) fetches and
    owns the mirror and the releases; O(app_user) owns what outlives a release. What the module reads in their
    directories is opened without following a link out of the release; a fifo or a device in the place of a
    file is not read.
  - Without root, or without these users, it does everything as the user that runs it.
  - git checks the objects that it fetches (C(fetch.fsckObjects)); a repository with corrupt ones is refused.
    Accepted are harmless defects of old programs, C(zeroPaddedFilemode) and those of authors' names and
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
        when there is something to do. When the live release is what was asked for, it is returned
        unchanged; the app is locked then only if its virtualenv is still to be built or an earlier run ended
        before O(state=live). Asked for the same again by the same run, it returns the same release without
        asking the repository.
      - V(live) points C(current) at O(release), marks it good, writes a line of the history, removes what
        need not be kept, and unlocks the app. Nothing happens when all of this is done already.
      - V(failed) marks O(release) bad if O(bad), writes a line of the history, and unlocks the app.
      - V(restored) is for after a restore of the database. It writes a line of the history, and keeps
        O(pending_migrations) for RV(pending_migrations) of later runs.
    type: str
    choices: [present, live, failed, restored]
    default: present
  repository:
    description:
      - The git repository, by https or ssh address or by its path on the server. Required for
        O(state=present) without O(release).
      - The user and password of an https address are handed to git through its environment. They appear in no
        message, no history and no list of processes.
      - Submodules are exported too, by https, http or ssh; one by its path on the server only where the
        repository itself is named by a path. Other transports of git are refused.
      - Git LFS is not supported; a file that is kept there is exported as its pointer.
    type: str
  version:
    description:
      - A branch, a tag, or a commit (abbreviated or not). V(HEAD) is the repository's default branch.
      - A tag goes before a branch of the same name; V(refs/heads/NAME) means the branch.
      - With a full commit that is in the mirror already, the network is not used.
    type: str
    default: HEAD
  revision:
    description: The full name of the commit to take, whatever O(version) stands for by now. The release is
      still called one of O(version).
    type: str
    default: ""
    version_added: 0.2.0
  keep_live:
    description:
      - Whether to keep the revision of the live release, whatever O(version) and O(revision) are.
      - A new release of this revision is made only where O(shared), O(links) or O(force) need one. The
        repository is not asked for anything that the mirror has.
    type: bool
    default: false
    version_added: 0.2.0
  make_first:
    description: Whether to make a release where none is live yet. Otherwise RV(release) is null there, and
      nothing is locked, so that the revision that other servers have can be found out first.
    type: bool
    default: true
    version_added: 0.2.0
  named_at:
    description: The time in the name of a new release, in seconds since 1970. With the same time for all
      servers of a run, the release has one name on all of them. The default is the server's time.
    type: float
    version_added: 0.2.0
  ssh_key:
    description:
      - Private key on the server to reach the repository with. No other key is tried then.
      - O(build_user) must be able to read it, as its owner with mode 0600, or through its group with mode
        0640 when root owns it.
    type: path
  known_hosts:
    description: File on the server with the host keys to trust, instead of C(~/.ssh/known_hosts) of the
      user that runs git.
    type: path
  ssh_directory:
    description:
      - Directory of the app in which this module keeps a deploy key and host keys, as the files C(id) and
        C(known_hosts) that O(build_user) can read. They are used instead of O(ssh_key) and O(known_hosts).
      - Each call writes what differs, and removes the file whose option is empty.
    type: path
    version_added: 0.2.0
  ssh_key_content:
    description: The private key for C(id) in O(ssh_directory).
    type: str
    default: ""
    version_added: 0.2.0
  known_hosts_content:
    description: The lines of C(known_hosts) in O(ssh_directory).
    type: list
    elements: str
    default: []
    version_added: 0.2.0
  accept_hostkey:
    description: Whether to trust the host key of a git server that is seen for the first time. A changed one
      is refused.
    type: bool
    default: false
  timeout:
    description:
      - Seconds that each call of git may take. The default is enough for a clone of 1 GB at 30 Mbit/s.
      - A call of this module waits 30 s longer than this for another call that works on the same app.
    type: int
    default: 300
  environment:
    description:
      - Environment variables for git, such as those of a proxy.
      - The values appear in no result and no log, except for those that are also part of another option.
    type: dict
    default: {}
  release:
    description:
      - With O(state=present) the name of an existing release to take instead of making one, or V(previous)
        for the last good one that was live before the live one. No network is needed then.
      - Instead of a name, a commit (abbreviated or not) or a tag that was deployed can be given. The newest
        good release of it is taken.
      - With O(state=live) and O(state=failed) the release that the task is about. O(state=failed) may leave
        it empty when none had been made.
    type: str
  build_user:
    description:
      - The user that fetches and builds the app. git, tar, ssh and the version query of O(python) run as this
        user, and C(repo.git) and C(releases) belong to it.
      - Only used by root. Empty means the user that runs the module.
      - In check mode a user that does not exist yet is replaced by C(nobody).
    type: str
    default: ""
    version_added: 0.2.0
  app_user:
    description:
      - The user that runs the app. What is made in C(shared) is made as this user, and the links to it belong
        to it, so that a web server which follows links of their target's owner only follows these and none
        that the repository contains.
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
  framework:
    description:
      - The web framework of the app. V(auto) finds it in each revision; V(masonite) if there are C(craft)
        and C(Kernel.py), V(django) if there is a C(manage.py) of Django's, V(flask) if the requirements or
        C(.flaskenv) name Flask, otherwise V(none).
      - It decides what V(auto) in O(shared) stands for, and RV(framework).
    type: str
    choices: [auto, masonite, django, flask, none]
    default: auto
    version_added: 0.2.0
  static:
    description:
      - Directories, relative to the root of the release, from which the web server serves static files. In a
        release of a framework that collects these (V(django)) each is made empty and belongs to O(app_user).
      - Those that are in O(shared) stay what they are; O(web_group) may read them.
      - In releases of others, what the live release has in them and the new one lacks is linked into the new
        one, for pages that visitors have still open. It stays for one release more.
    type: list
    elements: str
    default: []
    version_added: 0.2.0
  web_group:
    description:
      - Group of the web server. It may read the paths of O(static) that are in O(shared), by access control
        lists, and nothing else there.
    type: str
    default: ""
    version_added: 0.2.0
  database:
    description:
      - The SQLite database of the app. Empty if it uses none, or if O(framework) decides where it is.
    type: path
    default: ""
    version_added: 0.2.0
  database_from_repository:
    description:
      - An SQLite database in the revision, relative to its root, whose content becomes that of O(database)
        once. Nothing is overwritten; a database that has rows is left, with a warning.
      - Without it, a warning on the first release of an app names the databases in it and their rows.
    type: str
    default: ""
    version_added: 0.2.0
  shared:
    description:
      - Paths that outlive a release, relative to its root. Each becomes a link into C(shared).
      - V(auto) stands for what O(framework) writes to. With V(masonite) these are C(storage/framework/),
        C(storage/logs/) and C(storage/uploads/), with V(django) C(media/) and C(db.sqlite3), with V(flask)
        C(instance/).
      - A trailing slash says that it is a directory, which is made if it is missing.
      - What is missing in C(shared) is first filled with what the revision itself has in that place.
    type: list
    elements: str
    default: []
  directory:
    description:
      - The directory of the revision that holds the app, where it is not all of it. The paths of O(links),
        O(shared), O(required), O(compare), O(requirements) and O(module) are relative to it. The release is
        the whole revision all the same.
      - A link to a directory is refused.
    type: str
    default: ""
    version_added: 0.2.0
  module:
    description:
      - The WSGI module of the app and its callable, such as V(wsgi:application) or V(shop:create_app(\)),
        which the revision must have as a file or a package, or in code of its own that is installed in the
        virtualenv.
      - V(auto) finds it in each revision; RV(framework.module) is the result. It is C(wsgi.py) if there is
        one, else what the settings of Django name, else what the C(Procfile) or Flask's C(.flaskenv) names,
        else the file or package in which an app of Flask is made.
      - Where it is only below C(src/), and the requirements are those of a C(pyproject.toml), the project
        itself is to be installed, too.
    type: str
    default: ""
    version_added: 0.2.0
  required:
    description: Files and directories that the app must have, relative to its directory.
    type: list
    elements: str
    default: []
  compare:
    description:
      - Directories, relative to the root of the release. RV(changes) says what the release adds to each of
        them and removes from it, compared with the live one.
      - Links in them are listed and not followed; a directory that is or is reached through a link is empty.
    type: list
    elements: str
    default: []
  set_up_by:
    description: The command that sets the app up, for the error if the app's directory, its users or
      O(virtual_host) are missing. Empty means not to check for these.
    type: str
    default: ""
    version_added: 0.2.0
  virtual_host:
    description: The virtual host that O(set_up_by) writes. Names that it lacks are an error before anything
      changes.
    type: dict
    version_added: 0.2.0
    suboptions:
      paths:
        description: Where its file may be. The first one that exists counts.
        type: list
        elements: path
        required: true
      names:
        description: The names that C(server_name) in it must have.
        type: list
        elements: str
        required: true
  force:
    description:
      - Make a new release even if the live one is of this revision.
      - With O(release) take it even if it is live, bad or unfinished.
    type: bool
    default: false
  virtualenvs:
    description:
      - Directory of the app's virtualenvs. When given, RV(virtualenv) is the one that the release needs.
      - This module does not make it. Whatever does puts a file C(.complete) into it when it is complete.
      - Virtualenvs made for version 0.1 are not used for new releases.
    type: path
  python:
    description: The Python interpreter that the virtualenv is made with.
    type: path
    default: /usr/bin/python3
  requirements:
    description:
      - The file that says what the app needs, a list as C(requirements.txt), a C(pyproject.toml), C(uv.lock),
        C(poetry.lock) or C(Pipfile.lock). A list may have 1 MiB, a lock 16 MiB.
      - V(auto) is C(requirements.txt), or else C(pyproject.toml) with C(uv.lock) or C(poetry.lock) beside
        it or without a lock, or else C(Pipfile.lock), or else nothing.
      - A Python that C(requires-python) does not allow is refused.
    type: str
    default: auto
  packages:
    description:
      - Further packages in the virtualenv.
      - Credentials in an address among them appear in no result and no log.
    type: list
    elements: str
    default: []
  installer:
    description: What installs into the virtualenv. Virtualenvs of different installers are different ones.
    type: str
    default: ""
  virtualenv:
    description: With O(state=live), the virtualenv that the release runs in.
    type: path
  assets:
    description:
      - Directory of the results of the app's builds of assets. When given, RV(assets) says what is to be
        built for the release.
      - This module does not make it; M(masonite.deploy.assets) does. Results of equal files and settings are
        put into a new release.
    type: path
    version_added: 0.2.0
  build:
    description:
      - The commands that build. V(auto) reads C(package.json) and the lock file, and takes the first of the
        scripts C(build), C(production) and C(prod). An empty list builds nothing.
    type: list
    elements: str
    default: [auto]
    version_added: 0.2.0
  node_version:
    description: The version of node that builds. With another one, as with other files or other settings of
      the build, it is built again.
    type: str
    default: ""
    version_added: 0.2.0
  build_environment:
    description: Environment variables of the build. Only a hash of them is kept.
    type: dict
    default: {}
    version_added: 0.2.0
  disk_check:
    description: What to do when there is no room for one more release and its virtualenv.
    type: str
    choices: [warn, fail, ignore]
    default: warn
  disk_reserve:
    description:
      - Percent of each file system that O(disk_check) wants to stay free. The default is what
        ext4 keeps for root.
    type: int
    default: 5
  lock_ttl:
    description:
      - Seconds after which a lock no longer counts, from the last call of this module by the run that holds
        it. The default is longer than a build and its migrations usually take.
    type: int
    default: 3600
  break_lock:
    description: Whether to take over a lock that another run holds.
    type: bool
    default: false
  keep:
    description:
      - Number of good releases to keep, the live one among them; 1 or more. The last good one before the live
        one is kept in any case.
    type: int
    default: 5
  live_link:
    description:
      - The link whose target is what serves, if it is not C(current) itself.
    type: path
  action:
    description: The name of the deploy in the history. After a V(rollback) the releases that were left are
      not gone back to. A V(restore) is about the database alone.
    type: str
    choices: [deploy, rollback, restore]
    default: deploy
  started:
    description: When the deploy began, in seconds since 1970, from which the history has how long it took.
    type: float
  reason:
    description:
      - Why the deploy failed, or why a release that is live already is to be recorded once more. The history
        has its first 10,000 characters.
    type: str
    default: ""
  bad:
    description:
      - With O(state=failed), whether to mark the release bad. A release that is good and live is never
        marked bad.
    type: bool
    default: true
  pending_migrations:
    description: With O(state=restored), the migrations of the live release that the database does not know.
    type: list
    elements: str
    default: []
    version_added: 0.2.0
  migrated:
    description: With O(state=live), whether this run has migrated the database, so that nothing is pending.
    type: bool
    default: false
    version_added: 0.2.0
  setting_names:
    description:
      - Names under which messages speak of options, for a role that sets them from variables of its own.
        RV(options) has the options' own names.
    type: dict
    default: {}
  holder:
    description: The run of C(ansible-playbook). Set by the action plugin of this module.
    type: dict
    suboptions:
      user:
        description: Name of the user.
        type: str
        default: ""
      host:
        description: Name of the control node.
        type: str
        default: ""
      machine:
        description: Identifies the control node, its boot and its namespace of processes.
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
    description: The token of a lock whose run has ended. Set by the action plugin of this module.
    type: str
    default: ""
attributes:
  check_mode:
    description: Returns what would happen and changes nothing. On a new server it asks the repository if it
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
    module: wsgi:application
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
  description: The release that the task was about; with RV(is_live) the live one; null when there is none. In
    check mode of a revision that is not exported yet, its likely name.
  returned: success
  type: dict
  contains: &release
    name:
      description: Its name, the time in UTC at which it was made and the first digits of the revision.
      returned: always
      type: str
      sample: 20250301T120000Z-1a2b3c4
    path:
      description: Its directory.
      returned: always
      type: str
      sample: /srv/sites/blog/releases/20250301T120000Z-1a2b3c4
    revision:
      description: The commit. Empty when it is not known, in check mode for example.
      returned: always
      type: str
      sample: 1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d
    version:
      description: The branch, tag or commit that was asked for.
      returned: always
      type: str
      sample: main
    time:
      description: When it was made, in UTC.
      returned: always
      type: str
      sample: "2025-03-01T12:00:00Z"
    state:
      description: V(good) after it was live, V(bad) after its deploy failed, or else V(unfinished).
      returned: always
      type: str
      sample: unfinished
    framework:
      description: Its web framework, as far as it is known.
      returned: always
      type: str
      sample: masonite
    virtualenv:
      description: The directory of its virtualenv. Empty when it has none.
      returned: always
      type: str
      sample: /venvs/blog/0123456789abcdef
    reason:
      description: Why it is bad. Empty when it is not.
      returned: always
      type: str
      sample: ""
    subject:
      description: The first line of the commit's message. Empty for a release of an earlier version.
      returned: always
      type: str
      sample: Fifth post
live:
  description: The live release, in the same form; null when there is none.
  returned: success
  type: dict
  contains: *release
previous:
  description: What O(release=previous) would take, in the same form; null when there is none.
  returned: success
  type: dict
  contains: *release
is_live:
  description: Whether the release is the live one.
  returned: success
  type: bool
  sample: false
locked:
  description: Whether this run holds the lock of the app now. O(state=live) and O(state=failed) unlock it.
  returned: success
  type: bool
  sample: true
lock:
  description: The lock that this run holds, null when it holds none; on failure with RV(reason) V(locked) the
    lock of the other run.
  returned: success, or failure with RV(reason) V(locked)
  type: dict
  contains:
    holder:
      description: The run that holds the lock.
      returned: always
      type: dict
      contains:
        user:
          description: Name of the user.
          returned: always
          type: str
          sample: ann
        host:
          description: Name of the control node.
          returned: always
          type: str
          sample: laptop
        machine:
          description: Identifies the control node, its boot and its namespace of processes.
          returned: always
          type: str
          sample: ""
        pid:
          description: The main process of C(ansible-playbook).
          returned: always
          type: int
          sample: 4711
        start:
          description: When that process started.
          returned: always
          type: str
          sample: ""
        job:
          description: The job in AWX. Empty when there is none.
          returned: always
          type: str
          sample: ""
    since:
      description: When the app was locked, in UTC.
      returned: always
      type: str
      sample: "2025-03-01T12:00:00Z"
    release:
      description: Name of the release that is being prepared. Empty before it is complete.
      returned: always
      type: str
      sample: 20250301T120000Z-1a2b3c4
    virtualenv:
      description: Directory of the virtualenv that this release needs.
      returned: always
      type: str
      sample: /venvs/blog/0123456789abcdef
    token:
      description: Distinguishes this lock from a later one.
      returned: always
      type: str
      sample: 0123456789abcdef
virtualenv:
  description: The virtualenv that the release needs; null without O(virtualenvs).
  returned: O(state=present)
  type: dict
  contains:
    path:
      description: Its directory.
      returned: always
      type: str
      sample: /venvs/blog/0123456789abcdef
    ready:
      description: Whether it is there and complete.
      returned: always
      type: bool
      sample: false
    known:
      description: False when check mode cannot find the revision.
      returned: always
      type: bool
      sample: true
    kind:
      description: V(requirements), V(uv), V(poetry) or V(pipfile) for a lock of these, V(pyproject) without
        one, V(none) where the app has no requirements, or V(unknown).
      returned: always
      type: str
      sample: requirements
    requirements:
      description: The file that lists the requirements; null when there is none.
      returned: always
      type: str
      sample: requirements.txt
    python_version:
      description: Version of the interpreter. Empty when RV(virtualenv.known) is false.
      returned: always
      type: str
      sample: 3.11.2
    project:
      description: Whether the project itself is to be installed, as a package whose code stays where it is.
      returned: always
      type: bool
      sample: false
    git:
      description: Repositories that the requirements name by ssh, and the mirrors of them on the server,
        which were fetched for the build; it gets these instead of O(ssh_key). Empty when
        RV(virtualenv.ready) is true.
      returned: always
      type: dict
      sample:
        ssh://git@example.com/lib.git: /srv/sites/blog/repo.git/modules/0123456789abcdef.git
assets:
  description: What is built for the release; null where nothing is, or without O(assets).
  returned: O(state=present)
  type: dict
  contains:
    path:
      description: Directory of the results.
      returned: always
      type: str
      sample: /venvs/blog/assets/89abcdef-0123456789abcdef
    ready:
      description: Whether the release has its built files.
      returned: always
      type: bool
      sample: false
    install:
      description: The command that installs packages. Empty with commands of one's own.
      returned: always
      type: str
      sample: npm ci --include=dev
    commands:
      description: The commands that build.
      returned: always
      type: list
      elements: str
      sample: [npm run build]
    lock:
      description: The lock file. Empty where there is none.
      returned: always
      type: str
      sample: package-lock.json
    packages:
      description: A hash of what says which packages are installed. Empty where code of the revision says it.
      returned: always
      type: str
      sample: 0123456789abcdef
    live:
      description: Directory of the live release, if that is another one.
      returned: always
      type: str
      sample: /srv/sites/blog/releases/20250201T120000Z-9f8e7d6
  version_added: 0.2.0
changes:
  description:
    - For each directory of O(compare), by its name there, what the release adds to the live one and removes
      from it. C(added) and C(removed) are sorted lists of names relative to the directory.
  returned: O(state=present)
  type: dict
  sample:
    databases/migrations:
      added: [2025_03_01_create_posts.py]
      removed: []
pending_migrations:
  description: Migrations that a restored database does not know, until a run migrates.
  returned: O(state=present)
  type: list
  elements: str
  sample: []
framework:
  description: The web framework of the release, and what follows for its deploy.
  returned: O(state=present)
  type: dict
  contains:
    name:
      description: V(masonite), V(django), V(flask) or V(none); V(unknown) in check mode of a revision that is
        not fetched yet.
      returned: always
      type: str
      sample: masonite
    reason:
      description: Why it is this one.
      returned: always
      type: str
      sample: it has craft and Kernel.py
    module:
      description: The WSGI module and its callable, which O(module) names or which was found. Empty if
        there is none.
      returned: always
      type: str
      sample: wsgi:application
    generate:
      description: Keys in the environment file that are made once.
      returned: always
      type: list
      elements: str
      sample: [APP_KEY]
    defaults:
      description: Variables of the environment file for which a default of a role is in place.
      returned: always
      type: list
      elements: str
      sample: [APP_ENV, APP_DEBUG]
    committed:
      description: The kind of database, as C(DB_CONNECTION), that the C(.env) of the revision itself names.
        Empty if it names SQLite or none.
      returned: always
      type: dict
      sample: {}
    migrate:
      description: The arguments of Python that migrate the database. Empty if the app has no migrations.
      returned: always
      type: list
      elements: str
      sample: [craft, migrate, --force]
    each_release_migrates:
      description: Whether each new release is to be migrated, whatever RV(changes) says.
      returned: always
      type: bool
      sample: false
    collects:
      description: Whether static files are collected for the web server.
      returned: always
      type: bool
      sample: false
database_taken:
  description: Whether the content of O(database_from_repository) was copied to O(database) now.
  returned: O(state=present)
  type: bool
  sample: false
disk:
  description: The figures of the disk check; null when no release was made or O(disk_check=ignore).
  returned: O(state=present), or failure of the disk check
  type: dict
  contains:
    enough:
      description: Whether there is room on each file system.
      returned: always
      type: bool
      sample: true
    filesystems:
      description: The file systems that are written to.
      returned: always
      type: list
      elements: dict
      contains:
        path:
          description: A directory on it.
          returned: always
          type: str
          sample: /srv/sites/blog/releases
        what:
          description: What is to be written to it.
          returned: always
          type: str
          sample: one more release
        needed_mb:
          description: MiB that this needs.
          returned: always
          type: float
          sample: 1.2
        available_mb:
          description: MiB that are available.
          returned: always
          type: int
          sample: 20480
        reserve_mb:
          description: MiB that are to stay free (O(disk_reserve)).
          returned: always
          type: int
          sample: 2048
pruned:
  description: What was removed, or would be in check mode.
  returned: O(state=live) and O(state=failed)
  type: dict
  contains:
    releases:
      description: Names of releases.
      returned: always
      type: list
      elements: str
      sample: [20250201T120000Z-9f8e7d6]
    virtualenvs:
      description: Directories of virtualenvs.
      returned: always
      type: list
      elements: str
      sample: [/venvs/blog/fedcba9876543210]
    assets:
      description: Directories of results of builds.
      returned: always
      type: list
      elements: str
      sample: [/venvs/blog/assets/89abcdef-fedcba9876543210]
recorded:
  description: Whether a line of the history was written.
  returned: O(state=live)
  type: bool
  sample: true
unlocked:
  description: Whether this run held the lock and has unlocked the app.
  returned: O(state=live) and O(state=failed)
  type: bool
  sample: true
started:
  description: When the task began on the controller, in seconds since 1970.
  returned: always
  type: float
  sample: 1738411200.5
serving:
  description: A sentence that says what serves now.
  returned: failure
  type: str
  sample: "Serving now: 20250201T120000Z-9f8e7d6, revision 9f8e7d6c5b4a (main)."
reason:
  description:
    - The kind of failure, one of the following words. RV(options) has the options that it is about.
    - V(access_list) - the access control lists of shared directories of O(static) cannot be set.
    - V(ambiguous_release) - O(release) stands for more than one revision.
    - V(assets) - files that were built before cannot be put into the release.
    - V(auth) - the git server refuses the credentials.
    - V(busy) - another call of this module has worked on the app for too long.
    - V(certificate) - the TLS certificate of the git server is not trusted.
    - V(committed_database) - O(database_from_repository) is no database, or cannot be copied.
    - V(corrupt_repository) - the repository holds objects, names or amounts of files that are refused.
    - V(disk) - a file system is full, or has no room for O(disk_check=fail).
    - V(empty_repository) - the repository has no commit.
    - V(export) - git or tar could not write a revision.
    - V(filesystem) - files of the app cannot be read or written.
    - V(foreign_owner) - a directory that must belong to root belongs to another user.
    - V(host_key) - the host key of the git server is not known.
    - V(host_key_changed) - the host key of the git server is not the known one.
    - V(invalid_requirements) - a C(pyproject.toml) or a lock cannot be read.
    - V(links) - a path or a target of O(links) is refused.
    - V(locked) - another run deploys the app; RV(lock) has which one.
    - V(mirror) - the mirror cannot be read.
    - V(missing_directory) - the revision lacks O(directory).
    - V(missing_files) - the revision lacks a file of O(required).
    - V(missing_lock) - a C(pyproject.toml) of Poetry or a C(Pipfile) has no lock beside it.
    - V(missing_module) - the revision lacks O(module).
    - V(missing_requirements) - the revision lacks a file of O(requirements).
    - V(no_git) - git cannot be run.
    - V(no_previous) - there is no good release before the live one.
    - V(no_repository) - neither O(repository) nor O(release) is given.
    - V(no_ssh) - ssh is not installed.
    - V(not_serving) - O(live_link) leads to another release.
    - V(not_set_up) - the app was never set up on the server.
    - V(package_json) - C(package.json) cannot be read.
    - V(python) - O(python) does not run.
    - V(release_not_good) - O(release) is bad or unfinished.
    - V(requirements_size) - the files of O(requirements) are too large or too many.
    - V(run_ended) - the run of C(ansible-playbook) that this task belongs to was killed.
    - V(shared) - a path of O(shared) is refused or cannot be linked or filled.
    - V(ssh_key) - O(ssh_key) cannot be used.
    - V(stale_lock) - a lock lacks a package that C(pyproject.toml) names.
    - V(submodule) - a submodule cannot be fetched.
    - V(timeout) - a call of git took longer than O(timeout).
    - V(transport) - git does not allow the transport of the address.
    - V(unknown) - git failed for another reason; RV(stderr_lines) has what it printed.
    - V(unknown_domain) - O(virtual_host) lacks a name.
    - V(unknown_release) - there is no release of the name or revision O(release).
    - V(unknown_repository) - there is no such repository, or O(repository) is no address.
    - V(unknown_user) - O(build_user) or O(app_user) does not exist.
    - V(unknown_version) - the repository has no branch, tag or commit O(version), or more than one.
    - V(unreachable) - the git server does not answer.
    - V(unsafe_user) - O(build_user) or O(app_user) has the rights of root.
    - V(unsuitable_python) - the project does not allow the version of O(python).
    - V(unsupported_lock) - the lock is one that O(installer) cannot read.
  returned: failure
  type: str
  sample: unknown_version
options:
  description: Names of the options of this module that the failure is about, the most likely one first. Empty
    when it is about none.
  returned: failure
  type: list
  elements: str
  sample: [version]
  version_added: 0.2.0
missing:
  description: The files of O(required), or of O(module), that the revision lacks.
  returned: failure with RV(reason) V(missing_files) or V(missing_module)
  type: list
  elements: str
  sample: [wsgi.py]
near:
  description: Branches and tags with names like O(version), the nearest first.
  returned: failure with RV(reason) V(unknown_version), where no branch, tag or commit was found
  type: list
  elements: str
  sample: [main]
stderr_lines:
  description: The last lines that git or tar printed, at most 12.
  returned: failure of git or tar
  type: list
  elements: str
  sample: ["fatal: repository 'https://example.org/blog.git/' not found"]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.masonite.deploy.plugins.module_utils._release.main import run_module
from ansible_collections.masonite.deploy.plugins.module_utils._release.options import ARGUMENTS, REQUIRED_IF


def main() -> None:
    run_module(AnsibleModule(argument_spec=ARGUMENTS, required_if=REQUIRED_IF, supports_check_mode=True))


if __name__ == "__main__":
    main()
