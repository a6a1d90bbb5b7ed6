#!/usr/bin/python
# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: uwsgi_instance_info
short_description: Tell what serves a socket
version_added: 0.1.0
author:
  - The masonite.deploy founders (@masonite)
description:
  - Reports the live instance behind a public socket, its workers, memory and queue, and what earlier runs
    may have left behind. Changes nothing.
options:
  name:
    description:
      - Name of the instance.
    type: str
    required: true
  socket:
    description:
      - The public socket.
    type: path
    required: true
  pidfile:
    description:
      - The public pidfile. The default is O(socket) with C(.pid) in place of C(.sock).
    type: path
  runtime_dir:
    description:
      - Directory of the private sockets. The default is a directory O(name) beside O(socket).
    type: path
  config_dir:
    description:
      - Directory of the generated configurations. The default is C(/etc/uwsgi-instances/<name>), or for an
        ordinary user C(~/.config/uwsgi-instances/<name>).
    type: path
attributes:
  check_mode:
    support: full
    description: Changes nothing anyway.
  diff_mode:
    support: none
    description: There is nothing to show.
  facts:
    support: none
    description: Returns its findings and sets no facts.
  idempotent:
    support: full
    description: Changes nothing.
  platform:
    support: full
    platforms: linux
    description: Platforms the module runs on.
seealso:
  - module: masonite.deploy.uwsgi_instance
"""

EXAMPLES = r"""
- name: Look at the shop
  masonite.deploy.uwsgi_instance_info:
    name: shop
    socket: /srv/sockets/shop.sock
  register: shop

- name: Nobody waits
  ansible.builtin.assert:
    that: shop.instance.listen_queue == 0
"""

RETURN = r"""
instance:
  description: What serves the socket; null if nothing does.
  returned: always
  type: dict
  contains:
    id:
      description: Its id; null if something else started it.
      type: str
      sample: 3f2a91c07b
    running:
      description: Whether any process of it lives.
      type: bool
      sample: true
    pid:
      description: The master's process id; null if there is none.
      type: int
      sample: 4711
    started_at:
      description: When the master was started, UTC.
      type: str
      sample: "2026-07-22T10:15:03Z"
    uptime:
      description: Seconds since then.
      type: int
      sample: 86400
    chdir:
      description: The application's directory.
      type: str
      sample: /srv/sites/shop/releases/20260722T101500Z-1a2b3c4
    virtualenv:
      description: The application's virtualenv.
      type: str
      sample: /venvs/shop/5f0c
    published:
      description:
        - The hard link to its socket that visitors are sent to, made by root; null where there is none.
      type: str
      sample: /srv/sockets/shop.public/3f2a91c07b.sock
    user:
      description: The user it was started as.
      type: str
      sample: shop
    service:
      description: Its systemd unit, or V(none).
      type: str
      sample: uwsgi-shop-3f2a91c07b.service
    memory_pss_mb:
      description: Proportional memory of all its processes, MB.
      type: float
      sample: 131.2
    listen_queue:
      description: Connections that wait for a worker.
      type: int
      sample: 0
    in_flight:
      description: Requests being answered.
      type: int
      sample: 1
    requests:
      description:
        - Requests answered by the workers that live now; null if it does not tell, or if what it tells is no
          number of requests.
      type: int
      sample: 8123
    workers:
      description:
        - Its workers, as the application itself tells. A figure that cannot be true is null.
      type: list
      elements: dict
      contains:
        id:
          description: Number of the worker.
          type: int
          sample: 1
        pid:
          description: Its process id, if it is one of the instance's processes.
          type: int
          sample: 4712
        status:
          description: What it does.
          type: str
          sample: idle
        requests:
          description: Requests answered.
          type: int
          sample: 4060
        exceptions:
          description: Requests that ended with an error nothing had caught.
          type: int
          sample: 0
        average_ms:
          description: Milliseconds that a request takes on average.
          type: float
          sample: 5.1
        memory_mb:
          description: Its proportional memory, MB.
          type: float
          sample: 48.0
socket:
  description:
    - The public socket. Its state is V(live), V(missing), V(dead) if it leads nowhere, V(orphaned) if workers
      without a master answer, V(foreign) for a uWSGI somebody else started, V(stranger) for another program,
      or V(not a socket).
  returned: always
  type: dict
  sample: {path: /srv/sockets/shop.sock, state: live}
pidfile:
  description:
    - The public pidfile. Its state is V(live), V(missing), V(stale), or V(junk) if it contains no pid.
  returned: always
  type: dict
  sample: {path: /srv/sockets/shop.pid, state: live}
stage:
  description: The stage that failed.
  returned: failure
  type: str
  sample: configure
reason:
  description: What went wrong, for a program, as M(masonite.deploy.uwsgi_instance) returns it.
  returned: failure
  type: str
  sample: invalid_option
leftovers:
  description: Instances that are neither live nor stopped, which the next run of the module cleans up.
  returned: always
  type: list
  elements: dict
  sample: []
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_config import make_paths
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_errors import InstanceError
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_facts import gather


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "socket": {"type": "path", "required": True},
            "pidfile": {"type": "path"},
            "runtime_dir": {"type": "path"},
            "config_dir": {"type": "path"},
        },
        supports_check_mode=True,
    )
    try:
        found: dict[str, Any] = gather(make_paths(module.params))
    except InstanceError as error:
        module.fail_json(msg=error.message, stage=error.stage, reason=error.reason)
    module.exit_json(changed=False, **found)


if __name__ == "__main__":
    main()
