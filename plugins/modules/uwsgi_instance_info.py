#!/usr/bin/python
# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: uwsgi_instance_info
short_description: Report what serves a socket
version_added: 0.1.0
author:
  - The masonite.deploy founders (@masonite)
description:
  - Reports the live instance behind a public socket, its workers, memory and queue, and what earlier runs
    may have left. Changes nothing.
extends_documentation_fragment: masonite.deploy.uwsgi_paths
attributes:
  check_mode:
    support: full
    description: Changes nothing.
  diff_mode:
    support: none
    description: There is nothing to show.
  facts:
    support: none
    description: Returns what it finds and sets no facts.
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
- name: Read what serves the shop
  masonite.deploy.uwsgi_instance_info:
    name: shop
    socket: /srv/sockets/shop.sock
  register: shop

- name: Assert that no request waits for a worker
  ansible.builtin.assert:
    that: shop.instance.listen_queue == 0
"""

RETURN = r"""
instance:
  description: What serves the socket; null if nothing does.
  returned: success
  type: dict
  contains:
    id:
      description: Its id; null if this module did not start it.
      type: str
      sample: 3f2a91c07b
    running:
      description: Whether any process of it lives.
      type: bool
      sample: true
    pid:
      description: Process id of the master; null if there is none.
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
      description: Directory of the application.
      type: str
      sample: /srv/sites/shop/releases/20260722T101500Z-1a2b3c4
    virtualenv:
      description: Virtualenv of the application.
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
        - Requests that the present workers have answered; null if uWSGI's statistics do not say, or if what
          they say is no possible number of requests.
      type: int
      sample: 8123
    workers:
      description:
        - Its workers, as uWSGI's statistics say, which come from the application. A figure that is impossible
          is null.
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
          description: What it does, in uWSGI's word.
          type: str
          sample: idle
        requests:
          description: Requests answered.
          type: int
          sample: 4060
        exceptions:
          description: Requests that ended with an error that the application did not catch.
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
  description: The public socket.
  returned: success
  type: dict
  contains:
    path:
      description: Its path.
      type: str
      sample: /srv/sockets/shop.sock
    state:
      description:
        - V(live), V(missing), V(dead) if it leads nowhere, V(orphaned) if workers without a master answer,
          V(foreign) for a uWSGI that this module did not start, V(stranger) for another program, or
          V(not a socket).
      type: str
      sample: live
pidfile:
  description: The public pidfile.
  returned: success
  type: dict
  contains:
    path:
      description: Its path.
      type: str
      sample: /srv/sockets/shop.pid
    state:
      description:
        - V(live), V(missing), V(stale) if its pid is not that of the live instance, or V(junk) if it contains
          no pid.
      type: str
      sample: live
leftovers:
  description: Instances that are neither live nor stopped, which the next run of the module removes.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Id of the instance; null if this module did not start it.
      type: str
      sample: 9b1c07aa42
    state:
      description:
        - What its record says, V(candidate), V(switched), V(live) or V(stopped); V(unknown) if it has none.
      type: str
      sample: candidate
    pids:
      description: Its processes.
      type: list
      elements: int
      sample: [4242, 4243]
stage:
  description: The stage that failed, V(configure) or V(discover).
  returned: failure
  type: str
  sample: configure
reason:
  description: What went wrong, as a word for programs, as M(masonite.deploy.uwsgi_instance) returns it.
  returned: failure
  type: str
  sample: invalid_option
options:
  description: The options of this module that the failure is about.
  returned: failure
  type: list
  elements: str
  sample: [runtime_dir]
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.argument_spec import PATHS
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.errors import InstanceError
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.info import gather_info
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.path_options import read_paths


def main() -> None:
    module = AnsibleModule(argument_spec=PATHS, supports_check_mode=True)
    try:
        info: dict[str, Any] = gather_info(read_paths(module.params))
    except InstanceError as error:
        module.fail_json(msg=error.text(), stage=error.stage, reason=error.reason, options=error.options)
    module.exit_json(changed=False, **info)


if __name__ == "__main__":
    main()
