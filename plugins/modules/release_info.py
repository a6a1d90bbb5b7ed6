#!/usr/bin/python
# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: release_info
short_description: Tell which releases of an app there are and which is live
version_added: 0.1.0
author:
  - The masonite.deploy founders (@masonite)
description:
  - Reads what M(masonite.deploy.release) keeps on a server. Changes nothing, needs neither git nor network,
    and does not mind an app that has never been deployed.
options:
  path:
    description: Directory of the app.
    type: path
    required: true
  live_link:
    description: The link whose target is what serves, if it is not C(current) itself.
    type: path
  history:
    description: How many of the last lines of the history to return.
    type: int
    default: 20
  lock_ttl:
    description: Seconds after which a lock is believed to be forgotten.
    type: int
    default: 3600
attributes:
  check_mode:
    description: Never changes anything.
    support: full
  diff_mode:
    description: Never changes anything.
    support: none
  idempotent:
    description: Never changes anything.
    support: full
  platform:
    description: Target systems.
    support: full
    platforms: posix
seealso:
  - module: masonite.deploy.release
"""

EXAMPLES = r"""
- name: Read what is deployed
  masonite.deploy.release_info:
    path: /srv/sites/blog
  register: blog

- name: Show the revision that serves
  ansible.builtin.debug:
    msg: "{{ blog.live.revision | default('nothing yet') }}"
"""

RETURN = r"""
live:
  description: The live release; null when there is none.
  returned: always
  type: dict
  sample:
    name: 20250301T120000Z-1a2b3c4
    path: /srv/sites/blog/releases/20250301T120000Z-1a2b3c4
    revision: 1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d
    version: main
    time: "2025-03-01T12:00:00Z"
    state: good
    virtualenv: /venvs/blog/0123456789abcdef
    reason: ""
previous:
  description: The release a rollback would reach, in the same form; null when there is none.
  returned: always
  type: dict
releases:
  description: All releases, newest first, in the same form.
  returned: always
  type: list
  elements: dict
lock:
  description: The lock of the app, with C(expired) if it no longer counts; null when there is none.
  returned: always
  type: dict
  sample:
    holder: {user: ann, host: laptop, pid: 4711, job: "", machine: "", start: ""}
    since: "2025-03-01T12:00:00Z"
    release: 20250301T120000Z-1a2b3c4
    virtualenv: /venvs/blog/0123456789abcdef
    token: 0123456789abcdef
    expired: false
history:
  description: The last lines of the history, oldest first.
  returned: always
  type: list
  elements: dict
  sample:
    - time: "2025-03-01T12:00:07Z"
      action: deploy
      user: ann
      host: laptop
      job: ""
      release: 20250301T120000Z-1a2b3c4
      revision: 1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d
      version: main
      result: ok
      reason: ""
      seconds: 4.2
      previous: 20250201T120000Z-9f8e7d6
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.masonite.deploy.plugins.module_utils._release_info import ARGUMENTS, facts


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        result = facts(module.params)
    except OSError as error:
        module.fail_json(msg=f"{module.params['path']} cannot be read: {error}.")
    else:
        module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
