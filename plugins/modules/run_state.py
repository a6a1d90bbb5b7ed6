#!/usr/bin/python
# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: run_state
short_description: Keeps what one run knows of each app, and decides what each server does next
description:
  - Part of the role masonite.deploy.masonite_app, and of no use without it. A run of a playbook keeps one
    record of each app on each server; each step of a deploy that has something to say calls this plugin,
    which writes it there. Nothing else writes the records.
  - O(state=compared) reads the records of all servers of the play and returns what each of them does next,
    such as that an app which failed on one server goes live on none that it has not reached.
  - Works on the controller alone; nothing is connected to, and nothing is kept after the run.
version_added: 0.2.0
author:
  - The masonite.deploy founders (@masonite)
attributes:
  check_mode:
    description: Can run in check mode, where it does the same.
    support: full
  diff_mode:
    description: Has nothing to show a difference of.
    support: none
  idempotent:
    description: Changes nothing on a server.
    support: full
  platform:
    description: Where it works; nothing is asked of the server.
    support: full
    platforms: posix
options:
  state:
    description:
      - V(prepared), the release and the environment file are there.
      - V(environment_written), the environment file was written once more.
      - V(rollback_planned), the migrations that a rollback has to roll back are known. Fails if there are any
        and O(may_roll_back) is not set.
      - V(activated), this server serves the release.
      - V(failed), a task of the stage failed; to be used in a C(rescue), from whose variables the task and
        its result are read.
      - V(database_reverted), it was tried to put the database back after that.
      - V(failure_recorded), the failure is in the history of the server.
      - V(compared), reads the records of all servers of the play; to be used with C(run_once).
      - V(reported), reads them at the end of a run, and returns what a person is shown; to be used with
        C(run_once).
      - V(ended), fails if any app failed on any server; to be used with C(run_once).
      - With all but the last three, the result must be registered as C(__masonite_app_run_state), where the
        records are read again.
    type: str
    required: true
    choices:
      - prepared
      - environment_written
      - revision_chosen
      - rollback_planned
      - migrated
      - activated
      - failed
      - refused
      - environment_not_restored
      - database_reverted
      - failure_recorded
      - compared
      - reported
      - ended
  app:
    description: The name of the app.
    type: str
    default: ""
  apps:
    description: With O(state=reported) and O(state=ended), the names of the apps; all where it is empty.
    type: list
    elements: str
    default: []
  url:
    description: With O(state=prepared), where visitors find the app.
    type: str
    default: ""
  restarted:
    description: With O(state=activated), whether a new instance was started.
    type: bool
    default: false
  action:
    description: What the run does.
    type: str
    choices: [deploy, rollback]
    default: deploy
  release:
    description: The result of the module M(masonite.deploy.release).
    type: dict
    default: {}
  environment:
    description: The result of the module M(masonite.deploy.env_file).
    type: dict
    default: {}
  migrate:
    description: Whether new migrations are applied.
    type: bool
    default: true
  migrations:
    description: The directory of the migrations, as O(release) compares it.
    type: str
    default: ""
  database_kind:
    description:
      - The kind of database that the settings name, such as V(sqlite) or V(postgres). With V(sqlite) each
        server has a database of its own, so that each of them migrates. Empty if the settings name none.
    type: str
    default: ""
  has_hooks:
    description: Whether hooks run when the release is ready.
    type: bool
    default: false
  same_revision:
    description: Whether all servers have to prepare the same revision.
    type: bool
    default: true
  elsewhere:
    description: With O(state=revision_chosen), the results of the module M(masonite.deploy.release_info) for
      servers that are not in this run.
    type: list
    elements: dict
    default: []
  fleet:
    description: With O(state=compared), the servers of the app, in this run or not.
    type: list
    elements: str
    default: []
  applied:
    description: The names of the migrations that are applied to the database.
    type: list
    elements: str
    default: []
  may_roll_back:
    description: Whether migrations may be rolled back, with what they hold.
    type: bool
    default: false
  stage:
    description:
      - With O(state=failed), the stage that failed.
      - With O(state=compared), the stage that begins. With V(activate) it is an error if no release was
        prepared, and apps whose migrations were not applied do not go live.
    type: str
    choices: [prepare, migrate, activate]
  failure:
    description: With O(state=failure_recorded) and O(state=refused), the failure as O(state=compared)
      returned it.
    type: dict
    default: {}
  database:
    description: With O(state=database_reverted), the result of the module M(masonite.deploy.app_backup).
    type: dict
    default: {}
seealso:
  - module: masonite.deploy.release
  - module: masonite.deploy.check_settings
"""

EXAMPLES = r"""
- name: Save what was prepared
  masonite.deploy.run_state:
    state: prepared
    app: blog
    release: "{{ prepared_release }}"
    environment: "{{ environment_file }}"
  register: __masonite_app_run_state

- name: Compare what all servers have come to
  masonite.deploy.run_state:
    state: compared
  run_once: true
  register: compared
"""

RETURN = r"""
apps:
  description:
    - The records of this server, by app. They hold what the modules returned, as far as later tasks need it.
    - C(plugins/module_utils/_run/record.py) documents every field.
  returned: unless O(state=compared), O(state=reported) or O(state=ended)
  type: dict
  contains:
    app:
      description: One app.
      type: dict
      contains:
        action:
          description: What the run does.
          type: str
        url:
          description: Where visitors find the app.
          type: str
        started:
          description: When the run began with its release, in seconds since 1970.
          type: float
        finished:
          description: When this server served the release, in seconds since 1970; null before that.
          type: float
        release:
          description: Name, path, revision, version, subject, state and virtualenv of the release.
          type: dict
        live:
          description: The same of the release that was live before this run; null if there is none.
          type: dict
        is_live:
          description: Whether the release is the live one already.
          type: bool
        locked:
          description: Whether this run holds the lock of the app.
          type: bool
        framework:
          description: The web framework of the release, why it is this one, and what follows for the deploy.
          type: dict
        virtualenv:
          description: Path of the virtualenv, whether it is ready, and the file of its requirements.
          type: dict
        new_migrations:
          description: Migrations that the release has and the live one has not.
          type: list
          elements: str
        missing_migrations:
          description: Migrations that the live release has and this one has not.
          type: list
          elements: str
        migrations_to_roll_back:
          description: Migrations that are applied and that the older release does not know, the newest first.
          type: list
          elements: str
        migrates:
          description: Whether the database is to be changed for this release.
          type: bool
        migrated:
          description: Whether this server has changed it.
          type: bool
        awaits_revision:
          description: Whether the server is new, and first takes the revision that others serve.
          type: bool
        shared_revision:
          description: The release of another server that it takes; null if no server serves the app.
          type: dict
        same_revision:
          description: Whether all servers have to prepare the same revision.
          type: bool
        own_database:
          description: Whether each server has a database of its own.
          type: bool
        incomplete:
          description: Whether a virtualenv, static files, hooks, or a plan for migrations are still to come.
          type: bool
        app_key:
          description: A checksum of the keys that are made once; empty where one is missing or none used.
          type: str
        environment_kept:
          description: Whether the environment file was changed, and the one before it was kept.
          type: bool
        activated:
          description: Whether this server serves the release.
          type: bool
        restarted:
          description: Whether a new instance was started for it.
          type: bool
        failure:
          description: Server, stage, task and message of the failure; null if there was none.
          type: dict
        environment_error:
          description: Why the environment file could not be put back. Empty if it could.
          type: str
migrates:
  description: Whether the database of any app is to be changed.
  returned: unless O(state=compared), O(state=reported) or O(state=ended)
  type: bool
  sample: false
servers:
  description: For each server of the play, the apps that each of the next steps is for.
  returned: O(state=compared)
  type: dict
  contains:
    server:
      description: One server.
      type: dict
      contains:
        share_revision:
          description: Apps that the server is new for, and of which it takes the revision that others serve.
          type: list
          elements: str
        share_app_key:
          description: Apps whose servers do not have one application key.
          type: list
          elements: str
        complete:
          description: Apps whose release needs more than was prepared.
          type: list
          elements: str
        migrate:
          description: Apps whose database is changed from this server.
          type: list
          elements: str
        activate:
          description: Apps that may go live.
          type: list
          elements: str
        unmigrated:
          description: Apps whose migrations were not applied, each with the failure.
          type: dict
        failed:
          description: For each app that failed on any server, what this server does about it.
          type: dict
stage:
  description: The stage that begins.
  returned: O(state=compared)
  type: str
  sample: prepare
lost:
  description: The stage in which each server was lost that is no longer in the play.
  returned: O(state=compared)
  type: dict
  sample: {}
elsewhere:
  description: For each app, the servers of O(fleet) that have it and are not in this run.
  returned: O(state=compared)
  type: dict
  sample: {blog: [web1]}
shares_revisions:
  description: Whether any server takes the revision that others serve.
  returned: O(state=compared)
  type: bool
  sample: false
lines:
  description: What a person reads at the end of a run.
  returned: O(state=reported)
  type: list
  elements: str
  sample: ['blog  998867a "Fifth post" (main)  live on web1 in 5.8 s  before: 9fbd8bc  http://blog.example.com']
shown:
  description: The same in the form that Ansible shows best, as one text or as a list.
  returned: O(state=reported)
  type: raw
ansible_stats:
  description: What went live, as M(ansible.builtin.set_stats) passes it on. AWX keeps it with the job.
  returned: O(state=reported), where anything went live
  type: dict
failed_apps:
  description: The apps that failed on any server.
  returned: O(state=compared) and O(state=reported)
  type: list
  elements: str
  sample: []
reason:
  description:
    - V(crosses_migrations), the older release does not know migrations that are applied.
    - V(servers_not_read), what other servers serve could not be read.
    - V(servers_differ), the other servers serve different revisions.
    - V(nothing_prepared), no release was prepared in this run.
    - V(deploy_failed), with O(state=ended).
  returned: failure
  type: str
  sample: crosses_migrations
"""
