#!/usr/bin/python
# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: server_files
short_description: Create several directories and files in one call
version_added: 0.2.0
author:
  - The masonite.deploy founders (@masonite)
description:
  - Does for several directories and files what M(ansible.builtin.file) and M(ansible.builtin.copy) do for
    one, without a connection for each.
  - All belong to the user of the task and the user's group. Files are replaced in one step. Directories above
    them are created with the mode 0755.
  - It is meant for directories that only this user can write to. Links in them are followed.
options:
  directories:
    description: Directories.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: The absolute path.
        type: path
        required: true
      mode:
        description: The mode, an octal number in quotes.
        type: str
        default: "0755"
  files:
    description: Files. They are created after the directories.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: The absolute path.
        type: path
        required: true
      content:
        description: The content. It is not logged.
        type: str
        required: true
      mode:
        description: The mode, an octal number in quotes.
        type: str
        default: "0644"
      secret:
        description: Whether diff mode does not show the content.
        type: bool
        default: false
attributes:
  check_mode:
    description: Says what would change.
    support: full
  diff_mode:
    description: Shows contents and rights before and after.
    support: full
  idempotent:
    description: A second task with the same options changes nothing.
    support: full
  platform:
    description: Target systems.
    support: full
    platforms: posix
seealso:
  - module: ansible.builtin.file
  - module: ansible.builtin.copy
"""

EXAMPLES = r"""
- name: Create two directories and a file
  masonite.deploy.server_files:
    directories:
      - path: /srv/sites
      - path: /srv/sockets
    files:
      - path: /etc/apt/apt.conf.d/90proxy
        content: |
          Acquire::http::Proxy "http://{{ proxy_user }}:{{ proxy_password }}@proxy.example.com:3128";
        mode: "0600"
        secret: true
"""

RETURN = r"""
changed_paths:
  description: The paths that were changed, or would be in check mode.
  returned: success
  type: list
  elements: str
  sample: [/srv/sockets]
diff:
  description: The difference of each path, if anything changed.
  returned: in diff mode
  type: list
  elements: dict
  contains:
    before_header:
      description: The path.
      type: str
    after_header:
      description: The path.
      type: str
    before:
      description: The content or the rights before; empty if there was nothing.
      type: str
    after:
      description: The content or the rights after.
      type: str
reason:
  description:
    - The kind of failure. V(options) is about the options. V(not_a_directory) and V(not_a_file) are about
      what is in place. V(filesystem) is any other error of the operating system.
  returned: failure
  type: str
  sample: not_a_directory
options:
  description: The options that the failure is about.
  returned: failure with RV(reason=options)
  type: list
  elements: str
  sample: [directories.path]
path:
  description: The path that the failure is about.
  returned: failure with RV(reason=not_a_directory) or RV(reason=not_a_file)
  type: str
  sample: /srv/sites
"""

import os
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.masonite.deploy.plugins.module_utils._server.errors import ServerFilesError
from ansible_collections.masonite.deploy.plugins.module_utils._server.files import ServerFiles
from ansible_collections.masonite.deploy.plugins.module_utils._server.options import read_options
from ansible_collections.masonite.deploy.plugins.module_utils._system.masking import mask_only

PATH = {"type": "path", "required": True}
ARGUMENTS: dict[str, Any] = {
    "directories": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {"path": PATH, "mode": {"type": "str", "default": "0755"}},
    },
    "files": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "no_log": True,
        "options": {
            "path": PATH,
            "content": {"type": "str", "required": True},
            "mode": {"type": "str", "default": "0644"},
            "secret": {"type": "bool", "default": False, "no_log": False},
        },
    },
}


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    os.umask(0o022)
    params = dict(module.params)
    # The contents stay out of the returned invocation; the paths in it must not be masked in the answer.
    module.params["files"] = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    mask_only(module, [])
    try:
        result = ServerFiles(read_options(params), module.check_mode).converge()
    except ServerFilesError as error:
        module.fail_json(msg=error.text(), reason=error.reason, **error.facts)
    except OSError as error:
        module.fail_json(msg=f"A file or directory cannot be read or made: {error}.", reason="filesystem")
    else:
        changed = bool(result.changed_paths)
        diff = {"diff": result.diff} if module._diff and changed else {}
        module.exit_json(changed=changed, changed_paths=result.changed_paths, **diff)


if __name__ == "__main__":
    main()
