#!/usr/bin/python
# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: uwsgi_instance
short_description: Bring a uWSGI instance live without losing a request
version_added: 0.1.0
author:
  - The masonite.deploy founders (@masonite)
description:
  - Owns the uWSGI processes behind one public socket.
  - An instance is its configuration. Its id is a short hash of everything that makes it what it is.
    V(started) means that an instance with this id is live and answers; a change of anything is another
    instance, and brings a handover.
  - "A handover starts the new instance on a private socket, waits until it answers a real request there,
    points the public socket at it by one rename, lets the old instance empty its queue and finish its
    requests, and only then ends it. A new instance that does not come up never touches a visitor."
  - Knows nothing of any framework. It works for each WSGI application.
  - No pid is ever believed because a file contains it. A process counts if it holds the socket, runs as
    O(user) and is in the instance's systemd unit or in the session of its recorded master. No other process
    gets a signal, whatever its command line says.
  - Where the module is root and O(user) is another user, root publishes the private socket as a hard link in
    a directory C(<runtime_dir>.public), in which only root can write, and the public socket leads there. So
    an application that replaces its private socket by a link to that of another one cannot show the other's
    pages under its own name. A systemd unit publishes its socket again after each start, also after a crash.
options:
  name:
    description:
      - Name of the instance, for example that of the site. It is the name of directories and of the service.
    type: str
    required: true
  state:
    description:
      - V(started) means an instance of exactly this configuration is live and answers.
      - V(reloaded) hands over to a fresh instance of the same configuration, without losing a request.
      - V(restarted) ends the running instance first and starts a fresh one. Visitors notice the gap.
      - V(stopped) ends the instance gracefully and removes the public socket. It does not come back after a
        reboot.
      - V(absent) ends the instance and removes everything that belongs to it.
    type: str
    choices: [started, stopped, restarted, reloaded, absent]
    default: started
  socket:
    description:
      - The public socket, which the web server connects to. It is a link to the live instance's socket.
      - A uWSGI that was started by hand and listens here is taken over.
    type: path
    required: true
  pidfile:
    description:
      - The public pidfile, a link to the live instance's private one.
      - The default is O(socket) with C(.pid) in place of C(.sock).
    type: path
  root:
    description:
      - A link to O(chdir) that is switched together with the socket, and back with it. A web server that
        takes static files from here always serves those of the code that answers.
    type: path
  runtime_dir:
    description:
      - Directory of the private sockets, pidfiles and fifos. The module makes it, with mode C(2750), owned by
        O(user) and O(group).
      - The name must not end with C(.public), which the directories of published sockets do.
      - The default is a directory O(name) beside O(socket).
    type: path
  config_dir:
    description:
      - Directory of the generated configurations and of the lock. It belongs to the user the module runs as.
      - The default is C(/etc/uwsgi-instances/<name>), or for an ordinary user
        C(~/.config/uwsgi-instances/<name>).
    type: path
  chdir:
    description:
      - Directory of the application, the real one rather than a link to it.
      - Required unless O(state) is V(stopped) or V(absent).
    type: path
  module:
    description:
      - The WSGI callable, for example V(wsgi:application).
    type: str
  virtualenv:
    description:
      - The application's virtualenv.
    type: path
  binary:
    description:
      - The uWSGI program. The default is C(bin/uwsgi) of O(virtualenv), else C(uwsgi) on the path.
    type: path
  processes:
    description:
      - Number of workers. The default is the number of CPUs.
    type: int
  threads:
    description:
      - Threads a worker. Leave it at 1 for an application that is not thread-safe.
    type: int
    default: 1
  user:
    description:
      - User to run the instance as. The default is the user the module runs as.
      - One with user id 0 is refused unless O(allow_root) says otherwise.
    type: str
  allow_root:
    description:
      - Whether the instance may run with user id 0. What visitors reach has all rights on the server then.
    type: bool
    default: false
    version_added: 0.2.0
  group:
    description:
      - Group that may connect to the socket, that is, the web server's. The process itself does not get this
        group, so one application cannot connect to the socket of another.
      - The default is the primary group of O(user).
    type: str
  umask:
    description:
      - File mode creation mask of the instance.
    type: str
    default: "0027"
  options:
    description:
      - Further uWSGI options as in an ini file. A list repeats the option.
      - Options which the module sets itself are refused by name.
      - Where C(listen), the number of requests that may wait for a worker, is not given, it is 1024 or what
        the kernel allows (C(net.core.somaxconn)), whichever is less. uWSGI's own default is 100.
    type: dict
    default: {}
  environment:
    description:
      - Environment variables of the instance.
      - The values are not shown in the result, the diff and the unit, nor stored in the record. On the server
        they stand in a file in O(config_dir) that only root can read. A variable that the dynamic loader
        reads, such as C(LD_LIBRARY_PATH), is an exception; it stands in the unit, so that it works on uWSGI
        alone.
      - A change is another instance.
    type: dict
    default: {}
  watch:
    description:
      - Files and directories whose content is part of the instance, such as C(.env). A change is a new
        instance.
      - Only regular files are read. A symbolic link, a fifo or a device in the place of a file is an error;
        links in a directory count by where they lead, and are not followed.
    type: list
    elements: path
    default: []
  writable_paths:
    description:
      - Paths the application may write to. With service manager V(systemd) all others are read-only.
    type: list
    elements: path
    default: []
  hidden_paths:
    description:
      - Directories in which the application sees only what belongs to this instance, such as V(/srv/sites).
        These are O(chdir), O(virtualenv), O(binary), the directory of its sockets, and the paths of O(watch),
        O(writable_paths) and O(visible_paths); everything else in these directories does not exist for it.
      - Real paths only. What a link in O(chdir) leads to has to be among them, too.
      - Has no effect with service manager V(none).
    type: list
    elements: path
    default: []
    version_added: 0.2.0
  visible_paths:
    description:
      - Further paths below O(hidden_paths) that the application may read. They have to exist.
    type: list
    elements: path
    default: []
    version_added: 0.2.0
  memory_max:
    description:
      - Memory that all processes of the instance together may use, such as V(1G), or V(80%) of the server's.
        Beyond that the kernel ends one of them. Empty for no limit.
      - Has no effect with service manager V(none).
    type: str
    default: ""
    version_added: 0.2.0
  tasks_max:
    description:
      - Number of processes and threads that the instance may have. The default is that of systemd.
      - Has no effect with service manager V(none).
    type: int
    version_added: 0.2.0
  service_manager:
    description:
      - V(systemd) writes a hardened unit for the instance. It survives crashes and reboots and logs to the
        journal. System calls that ordinary services do not need are refused in it, also those that raise
        limits or change priorities.
      - V(none) starts a background process. It has no sandbox and no limits.
      - V(auto) is V(systemd) where that runs and the module runs as root.
    type: str
    choices: [auto, systemd, none]
    default: auto
  strategy:
    description:
      - V(handover) runs old and new side by side for a moment.
      - V(restart) runs one at a time, for a machine too small for two. Visitors notice the gap. If the new
        instance does not come up, the old one is started again.
      - V(auto) hands over if there is memory for two, and else restarts with a warning that gives figures.
    type: str
    choices: [handover, restart, auto]
    default: handover
  health_check:
    description:
      - The request a new instance has to answer on its private socket before it takes visitors.
      - An unexpected status is asked for again three times; 502, 503 and 504 count as not ready yet until the
        time is up.
    type: dict
    suboptions:
      path:
        description: Path and query to ask for.
        type: str
        default: /
      host:
        description: Host name to ask for.
        type: str
        default: localhost
      statuses:
        description: Expected statuses, single ones and ranges.
        type: list
        elements: str
        default: ["200-399"]
      timeout:
        description: Seconds from the moment the application is loaded.
        type: int
        default: 30
      successes:
        description: Good answers needed in a row.
        type: int
        default: 1
      headers:
        description: Further request headers. Their values are not shown in the result.
        type: dict
        default: {}
  verify:
    description:
      - A request through the web server after the switch. If it fails, the public paths go back to the old
        instance, which has not been ended until then, and the task fails.
    type: dict
    suboptions:
      url:
        description: Address to ask, for example V(http://127.0.0.1/).
        type: str
        required: true
      host:
        description: Host name to ask for. The default is that of the address.
        type: str
      statuses:
        description: Expected statuses, single ones and ranges.
        type: list
        elements: str
        default: ["200-399"]
      timeout:
        description: Seconds until the answer has to be there.
        type: int
        default: 10
      successes:
        description: Good answers needed in a row.
        type: int
        default: 1
      validate_certs:
        description: Whether the certificate has to be valid.
        type: bool
        default: false
  start_timeout:
    description:
      - Seconds the application may take to load.
    type: int
    default: 60
  drain_timeout:
    description:
      - Seconds to wait until no connection is queued on the old instance.
    type: int
    default: 30
  stop_timeout:
    description:
      - Seconds the old instance may take to finish its requests. After that it is killed and the loss
        reported.
    type: int
    default: 60
  memory_check:
    description:
      - What to do if there is no room for a second instance during a handover.
    type: str
    choices: [warn, fail, ignore]
    default: warn
  memory_per_process:
    description:
      - MB to count for a process if nothing runs yet that could be measured.
    type: int
    default: 150
  memory_reserve:
    description:
      - Percentage of the machine's memory that has to stay free.
    type: int
    default: 20
  log:
    description:
      - Log file for service manager V(none). The default is C(uwsgi.log) in O(runtime_dir).
    type: path
attributes:
  check_mode:
    support: full
    description: Tells what would happen without doing it.
  diff_mode:
    support: full
    description: Shows the configuration of the live and of the wanted instance.
  idempotent:
    support: partial
    details: V(restarted) and V(reloaded) act each time, as their names say.
    description: A second run with the same options changes nothing.
  platform:
    support: full
    platforms: linux
    description: Platforms the module runs on.
seealso:
  - module: masonite.deploy.uwsgi_instance_info
"""

EXAMPLES = r"""
- name: A Django site is live
  masonite.deploy.uwsgi_instance:
    name: shop
    socket: /srv/sockets/shop.sock
    chdir: /srv/sites/shop/releases/20260722T101500Z-1a2b3c4
    root: /srv/sockets/shop.root
    module: shop.wsgi:application
    virtualenv: /venvs/shop/5f0c
    user: shop
    group: www-data
    watch:
      - /srv/sites/shop/.env
    writable_paths:
      - /srv/sites/shop/shared
    hidden_paths: [/srv/sites, /venvs, /srv/sockets]
    memory_max: 1G
    tasks_max: 256
    health_check:
      path: /health
      host: shop.example.com
    verify:
      url: http://127.0.0.1/
      host: shop.example.com

- name: Fresh workers, no visitor notices
  masonite.deploy.uwsgi_instance:
    name: shop
    state: reloaded
    socket: /srv/sockets/shop.sock
    chdir: /srv/sites/shop/releases/20260722T101500Z-1a2b3c4
    module: shop.wsgi:application
    virtualenv: /venvs/shop/5f0c
    user: shop
    group: www-data

- name: The site is gone
  masonite.deploy.uwsgi_instance:
    name: shop
    state: absent
    socket: /srv/sockets/shop.sock
    root: /srv/sockets/shop.root
"""

RETURN = r"""
instance:
  description: The live instance; in check mode the one that would be live.
  returned: unless O(state) is V(stopped) or V(absent)
  type: dict
  contains:
    id:
      description: Short hash of everything that makes the instance what it is.
      type: str
      sample: 3f2a91c07b
    pid:
      description: The master's process id.
      type: int
      sample: 4711
    socket:
      description: Its private socket.
      type: str
      sample: /srv/sockets/shop/3f2a91c07b.sock
    published:
      description: The hard link of it that visitors are sent to; null where its user is the module's own.
      type: str
      sample: /srv/sockets/shop.public/3f2a91c07b.sock
    pidfile:
      description: Its private pidfile.
      type: str
      sample: /srv/sockets/shop/3f2a91c07b.pid
    chdir:
      description: The application's directory.
      type: str
      sample: /srv/sites/shop/releases/20260722T101500Z-1a2b3c4
    virtualenv:
      description: The application's virtualenv.
      type: str
      sample: /venvs/shop/5f0c
    processes:
      description: Number of workers.
      type: int
      sample: 2
    service:
      description: Its systemd unit, or V(none).
      type: str
      sample: uwsgi-shop-3f2a91c07b.service
    started_at:
      description: When the master was started, UTC.
      type: str
      sample: "2026-07-22T10:15:03Z"
previous:
  description: What was live before, with the same keys; null if nothing was, or if nothing changed.
  returned: always
  type: dict
  sample: null
strategy:
  description:
    - What was done, V(handover), V(restart), or V(start) if nothing served before; null if nothing was done.
  returned: always
  type: str
  sample: handover
timings:
  description: Seconds spent in each phase.
  returned: always
  type: dict
  sample: {start: 0.55, health: 0.01, switch: 0.01, verify: 0.01, drain: 0.04, quit: 0.05, total: 0.71}
lost:
  description: Requests that could not be served because the old instance did not end in time.
  returned: always
  type: dict
  sample: {queued: 0, in_flight: 0}
memory:
  description: Figures of the memory check, if it was made.
  returned: when an instance was running and another one was wanted
  type: dict
  sample: {available_mb: 1480, needed_mb: 131, reserve_mb: 409, basis: measured on the live instance}
stage:
  description:
    - The stage that failed, such as V(configure), V(preflight), V(start), V(health), V(publish), V(switch) or
      V(verify).
  returned: failure
  type: str
  sample: start
reason:
  description:
    - What went wrong, for a program. In general V(invalid_option), V(not_possible), V(no_memory), V(locked),
      V(not_prepared), V(not_started), V(unhealthy), V(not_published), V(not_switched) or V(verify_failed).
    - For what has a cause of its own, V(root) for a user with id 0, V(no_user), V(no_group), V(occupied) for
      a socket that another program serves, V(supervised) for one that another systemd unit serves,
      V(watch_unreadable), V(watch_not_regular), V(public_directory_taken), or V(unsafe_directory) for a
      O(runtime_dir) in a directory of O(user); else V(failed).
  returned: failure
  type: str
  sample: not_started
rc:
  description: Exit code of the new instance, negative for a signal.
  returned: failure, if it exited
  type: int
  sample: 22
log:
  description: The last lines of the new instance's log.
  returned: failure
  type: list
  elements: str
  sample: ["ModuleNotFoundError: No module named 'shop'"]
serving:
  description: What answers visitors after the failure.
  returned: failure
  type: str
  sample: instance 9b1c07aa42 (pid 4242, /srv/sites/shop/releases/20260721T090000Z-7e6d5c4)
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_errors import InstanceError
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_run import ARGUMENTS, SECRET, run
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_secrets import hide, to_mask


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    params = dict(module.params)
    module.no_log_values = to_mask(module.no_log_values, params, SECRET)
    # A result shows the options that led to it.
    module.params["environment"] = hide(params["environment"])
    try:
        result: dict[str, Any] = run(params, module.check_mode)
    except InstanceError as error:
        for note in error.notes:
            module.warn(note)
        module.fail_json(
            msg=error.message,
            stage=error.stage,
            reason=error.reason,
            rc=error.rc,
            log=error.log,
            serving=error.serving,
        )
    for note in result.pop("notes"):
        module.warn(note)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
