#!/usr/bin/python
# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: env_file
short_description: Write an app's environment file, with keys that are made once
version_added: 0.2.0
author:
  - The masonite.deploy founders (@masonite)
description:
  - Owns one dotenv file, O(path). It has the names of O(settings), O(defaults) and O(generate), and no
    others. Nothing of what was in it before is kept, except values of O(generate).
  - Each value arrives in the app exactly as it is given here, as python-dotenv (0.15 and later) reads the
    file. Quotes, backslashes, line breaks, blanks, V(#) and C(${NAME}) are ordinary text.
  - The file is replaced in one step. Links are never followed. Whatever is no regular file, or belongs to
    another user, is refused, and so is a directory that other users can write to.
  - No value of a setting is ever returned, shown in a diff or written to a log, except by O(state=read).
  - An action plugin of the same name first compares by one shell command, and runs the module only if
    something differs. The server needs C(stat), C(sha256sum), C(grep) and C(sed) for that; without them the
    module always runs.
extends_documentation_fragment:
  - masonite.deploy.attributes
  - masonite.deploy.attributes.posix
options:
  path:
    description:
      - The file. Its directory must exist, and only root and the user of this task may be able to write to
        it.
    type: path
    required: true
  state:
    description:
      - V(present) writes the file if it differs.
      - V(restored) replaces the file by the one that O(keep_previous) kept, if there is one.
      - V(accepted) removes the file that O(keep_previous) kept, if there is one.
      - V(read) changes nothing and returns the values of O(generate). Use C(no_log) on such a task.
    type: str
    choices: [present, restored, accepted, read]
    default: present
  settings:
    description:
      - Names and values. A value is a string, a number or a boolean; V(true) is written as C(True).
      - A value with a NUL character is an error.
    type: dict
    default: {}
  defaults:
    description: Names and values that O(settings) does not have. A name of O(generate) is an error here.
    type: dict
    default: {}
  generate:
    description:
      - Names, such as C(APP_KEY), that need a secret value. It is taken from O(settings), or else from
        O(known), or else from the existing file. If none of them has one, a Fernet key is made, which is 32
        random bytes in urlsafe base64.
    type: list
    elements: str
    default: []
  known:
    description:
      - Values of names in O(generate) that another server of the same app has. They replace those of the
        existing file. Empty values are ignored.
    type: dict
    default: {}
  may_generate:
    description:
      - With V(false), no value is made. If one would be, the file is not written and RV(missing) has its
        name.
      - With V(false) and O(state=read), RV(new_secrets) is empty.
    type: bool
    default: true
  refused_values:
    description:
      - Values of O(generate) that do not count, because they were published, for example in the example file
        of a starter. In O(settings) or O(known) such a value is an error. In the file it is replaced, with a
        warning.
    type: list
    elements: str
    default: []
  owner:
    description: User who owns the file, by name or number. By default the user of this task.
    type: str
  group:
    description: Group of the file, by name or number. By default the group stays what it is.
    type: str
  mode:
    description: Mode of the file, an octal number in quotes.
    type: raw
    default: "0640"
  keep_previous:
    description:
      - Whether a file whose content is replaced is kept as O(path) with C(.previous) at its end, readable
        only for its owner, until a task with O(state=restored) or O(state=accepted).
      - A kept file is not overwritten, so that after several replacements the first of them can be put back.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    details: A missing directory or user is taken for one that would be created.
  diff_mode:
    support: full
    details: Shows names that are added, removed or changed, never a value.
  idempotent:
    support: full
notes:
  - RV(checksums) are SHA-256 of values. Those of keys reveal nothing. From that of a value that can be
    guessed, such as a short password, the value can be found.
  - A value that ends with a backslash, or has a carriage return or C(${), is written in a form that only
    python-dotenv reads as intended. A shell or systemd that reads the file sees something else.
seealso:
  - module: masonite.deploy.release
  - module: ansible.builtin.copy
"""

EXAMPLES = r"""
- name: Write the environment file
  masonite.deploy.env_file:
    path: /srv/sites/blog/.env
    settings:
      DB_HOST: db.example.com
      DB_PASSWORD: "{{ vault_blog_db_password }}"
    defaults:
      APP_ENV: production
      APP_DEBUG: false
    generate: [APP_KEY]
    group: blog
    keep_previous: true
  register: environment_file

- name: Put the environment file back after a failed deploy
  masonite.deploy.env_file:
    path: /srv/sites/blog/.env
    group: blog
    state: restored
  when: environment_file.kept_previous

- name: Accept the environment file after a successful deploy
  masonite.deploy.env_file:
    path: /srv/sites/blog/.env
    state: accepted
  when: environment_file.kept_previous

- name: Read the keys of all servers, and make one that is missing
  masonite.deploy.env_file:
    path: /srv/sites/blog/.env
    generate: [APP_KEY]
    state: read
  delegate_to: "{{ item }}"
  loop: "{{ ansible_play_hosts }}"
  run_once: true
  no_log: true
  register: keys

# combine() lets a later server win, so the first one of the inventory comes last; a new key comes first of
# all.
- name: Write the environment file with one key on all servers
  masonite.deploy.env_file:
    path: /srv/sites/blog/.env
    generate: [APP_KEY]
    known: >-
      {{ ([keys.results[0].new_secrets] + (keys.results | map(attribute='secrets') | reverse | list)) |
      combine }}
    group: blog
"""

RETURN = r"""
names:
  description: The names that the file has, or will have in check mode.
  returned: O(state=present) or O(state=read)
  type: list
  elements: str
  sample: [APP_DEBUG, APP_ENV, APP_KEY, DB_HOST, DB_PASSWORD]
missing:
  description:
    - Names of O(generate) without a value. With O(state=present) this is only so if O(may_generate=false),
      and the file was not written.
  returned: O(state=present) or O(state=read)
  type: list
  elements: str
  sample: [APP_KEY]
generated:
  description: Names of O(generate) whose value was made by this task.
  returned: O(state=present)
  type: list
  elements: str
  sample: [APP_KEY]
checksums:
  description:
    - SHA-256 of the value of each name in O(generate), to see whether servers have the same. A value that
      check mode would make has none.
  returned: O(state=present) or O(state=read)
  type: dict
  sample:
    APP_KEY: 8d969eef6ecad3c29a3a629280e686cf0c3f5d5a86aff3ca12020c923adc6c92
kept_previous:
  description: Whether there is a kept file that O(state=restored) would put back.
  returned: success
  type: bool
  sample: true
secrets:
  description: The values that the file has of names in O(generate), without refused ones.
  returned: O(state=read)
  type: dict
  sample:
    APP_KEY: (a Fernet key)
new_secrets:
  description:
    - A new value for each name in RV(missing). It is written nowhere; give it to the next task as O(known).
  returned: O(state=read)
  type: dict
  sample:
    APP_KEY: (a Fernet key)
reason:
  description:
    - The kind of failure. V(path), V(mode), V(name), V(value), V(contradiction) and V(refused_value) are
      about the options. V(account) is an owner or group that the server does not know. V(directory), V(link),
      V(not_a_file) and V(owner) are about what is at that path. V(filesystem) is any other error of the
      operating system.
  returned: failure
  type: str
  sample: link
options:
  description: Options of this module that the failure is about; none where the cause lies elsewhere.
  returned: failure
  type: list
  elements: str
  sample: [path]
hint:
  description: What to do next, which is part of the message, too.
  returned: failure, where there is one
  type: str
  sample: Remove the link; the next run writes the file.
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._env_file.main import run
from ..module_utils._env_file.options import STATES

ARGUMENTS: dict[str, Any] = {
    "path": {"type": "path", "required": True},
    "state": {"type": "str", "choices": list(STATES), "default": "present"},
    "settings": {"type": "dict", "default": {}, "no_log": True},
    "defaults": {"type": "dict", "default": {}, "no_log": True},
    "generate": {"type": "list", "elements": "str", "default": []},
    "known": {"type": "dict", "default": {}, "no_log": True},
    "may_generate": {"type": "bool", "default": True},
    "refused_values": {"type": "list", "elements": "str", "default": [], "no_log": False},
    "owner": {"type": "str"},
    "group": {"type": "str"},
    "mode": {"type": "raw", "default": "0640"},
    "keep_previous": {"type": "bool", "default": False},
}


def main() -> None:
    run(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True))


if __name__ == "__main__":
    main()
