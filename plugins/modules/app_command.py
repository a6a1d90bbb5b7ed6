#!/usr/bin/python
# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: app_command
short_description: Run one command of an app as its user in a sandbox
version_added: 0.2.0
author:
  - The masonite.deploy founders (@masonite)
description:
  - Runs a command that is not trusted, such as a migration, a build step or any other code of an app, as the
    app's own user in a transient unit of systemd. It sees and writes what the options allow, gains no
    privileges, and every process it started is dead when the task ends.
  - The module itself runs as root and starts the command as a process of another user. So no process of
    Ansible's has the user id of the command, which could otherwise change the module's result.
  - What the command prints is text. It is never read as the result of a module.
  - The command does not go through a shell. It gets an environment of its own, not that of the connection.
  - Without systemd (O(service_manager=none)) the command runs by C(setpriv) without a way to gain privileges,
    and its processes are killed as well. It then sees all files that its user may read, and writes all that
    its user may write; there is no limit of memory and processes, no private C(/tmp), no filter of system
    calls, and O(wait=false) waits.
  - Without root it runs commands of the user it runs as, and works as with O(service_manager=none).
extends_documentation_fragment:
  - masonite.deploy.attributes
  - masonite.deploy.attributes.linux
  - masonite.deploy.sandbox
options:
  argv:
    description:
      - The program and its arguments. A program without a slash is looked up in C(PATH), a relative path
        begins at O(chdir).
      - All users of the server can read them while the command runs. Put secrets into O(environment) or
        O(stdin).
    type: list
    elements: str
    required: true
  user:
    description:
      - The user that the command runs as. It must exist.
      - A user with the user id 0 is refused, unless this is literally V(root). Such a command has no
        capabilities, so that it has root's own files and nothing else.
    type: str
    required: true
  chdir:
    description: The working directory, which the user must be able to enter.
    type: path
    default: /
  environment:
    description:
      - Environment variables, which may hold secrets. They appear in no command line, no property of the unit
        and no log.
      - Besides these, the command has C(PATH), C(LANG), C(HOME), C(USER) and C(LOGNAME).
      - Ansible masks the values in the command's output, except for numbers, values shorter than four
        characters, and paths of the server.
    type: dict
    default: {}
  environment_file:
    description:
      - A dotenv file on the server whose variables are in the environment of the command, too, such as the
        one that M(masonite.deploy.env_file) writes. O(environment) goes over it.
      - Root reads it, so that the command's user need not be able to. Values with control characters are
        left out.
      - Ansible masks those values that are secrets by their names, such as C(SECRET_KEY).
    type: path
    default: ""
  stdin:
    description: The command's standard input. It may hold secrets.
    type: str
  stdin_file:
    description:
      - A regular file on the server that is the command's standard input.
      - It is opened by the module, so that the command's user need not be able to read it. A link is followed
        only in directories that root alone can write.
    type: path
  timeout:
    description: Seconds after which the command is killed; V(0) means no limit.
    type: int
    default: 3600
  name:
    description:
      - A name for the unit, which becomes C(masonite-command-NAME.service). There is one command of a name at
        a time. One that a killed run has left is stopped first.
      - Without a name several commands can run at the same time.
    type: str
    default: ""
  creates:
    description: A path on the server. If it exists, the command is not run.
    type: path
  wait:
    description:
      - Whether to wait for the end of the command. With V(false) it goes on after the task as a unit of its
        own, with a low priority; its output goes to the journal.
    type: bool
    default: true
attributes:
  check_mode:
    details: The command is skipped in check mode, because what it does is not known. With C(check_mode=false)
      the task runs it all the same.
    support: partial
  diff_mode:
    details: What a command changes is not known.
    support: none
  idempotent:
    details: The command is run each time, unless O(creates) exists.
    support: partial
requirements:
  - Python 3.9 or later on the server
  - systemd 247 or later for O(service_manager=systemd); setpriv of util-linux otherwise
seealso:
  - module: ansible.builtin.command
    description: Runs a command that is trusted.
  - module: masonite.deploy.uwsgi_instance
"""

EXAMPLES = r"""
- name: Apply the migrations
  masonite.deploy.app_command:
    argv: [/venvs/blog/0123456789abcdef/bin/python, craft, migrate, --force]
    user: blog
    chdir: /srv/sites/blog/releases/20250301T120000Z-1a2b3c4
    hidden_paths: [/srv/sites, /venvs, /srv/sockets]
    visible_paths: [/srv/sites/blog, /venvs/blog]
    writable_paths: [/srv/sites/blog/shared]
    memory_max: 1G
    timeout: 600
  register: migrated
  changed_when: "'Migrated:' in migrated.stdout"

- name: Load a dump that only root can read
  masonite.deploy.app_command:
    argv: [psql, --no-psqlrc, --set, ON_ERROR_STOP=1]
    user: blog
    environment:
      PGDATABASE: blog
      PGPASSWORD: "{{ blog_database_password }}"
    stdin_file: /srv/sites/blog/backups/20250301T120000Z.sql

- name: Warm a cache while the play goes on
  masonite.deploy.app_command:
    argv: [/venvs/blog/0123456789abcdef/bin/python, craft, cache:warm]
    user: blog
    chdir: /srv/sites/blog/current
    name: blog-warm
    wait: false
"""

RETURN = r"""
rc:
  description: The exit code of the command; a negative number is that of the signal that ended it.
  returned: when the command was run and waited for
  type: int
  sample: 0
stdout:
  description: The command's standard output. Of more than 16 MiB the end is kept.
  returned: when the command was run and waited for
  type: str
  sample: "Migrated: 2025_03_01_000000_create_posts (0.01s)"
stderr:
  description: The command's standard error. Of more than 16 MiB the end is kept.
  returned: when the command was run and waited for
  type: str
  sample: ""
stdout_lines:
  description: The lines of RV(stdout).
  returned: when the command was run and waited for
  type: list
  elements: str
  sample: ["Migrated: 2025_03_01_000000_create_posts (0.01s)"]
stderr_lines:
  description: The lines of RV(stderr).
  returned: when the command was run and waited for
  type: list
  elements: str
  sample: []
seconds:
  description: How long the command ran.
  returned: when the command was run and waited for
  type: float
  sample: 1.25
timed_out:
  description: Whether the command was killed because O(timeout) was over.
  returned: when the command was run and waited for
  type: bool
  sample: false
reason:
  description:
    - The kind of failure. V(exit_code), V(signal), V(timeout) and V(memory) say how the command ended.
    - It was not started with V(unknown_user), V(root_refused), V(needs_root), V(missing_program), V(chdir),
      V(stdin_file), V(sandbox), V(environment), V(environment_file), V(argv), V(name), V(user),
      V(busy), V(no_systemd) or V(start).
    - With V(not_ended) it may still run.
  returned: failure
  type: str
  sample: exit_code
options:
  description: Options of this module that the failure is about; none where the cause lies elsewhere.
  returned: failure
  type: list
  elements: str
  sample: [chdir]
hint:
  description: What to do next, which is part of the message, too.
  returned: failure, where there is one
  type: str
  sample: Create it first.
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._system.app_command import ARGUMENTS, run


def main() -> None:
    run(
        AnsibleModule(
            argument_spec=ARGUMENTS,
            mutually_exclusive=[("stdin", "stdin_file")],
            supports_check_mode=True,
        )
    )


if __name__ == "__main__":
    main()
