#!/usr/bin/python
# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: uwsgi_instance
short_description: Make a uWSGI instance live without losing a request
version_added: 0.1.0
author:
  - The masonite.deploy founders (@masonite)
description:
  - Owns the uWSGI processes behind one public socket. It works for every WSGI application and knows nothing
    of any framework.
  - An instance is one uWSGI master with its workers, started from one configuration. Its id is a short hash
    of everything that makes it what it is. V(started) means that an instance with this id is live and
    answers; a change of anything is another instance, and is made live by a handover.
  - "A handover starts the new instance on a private socket, waits until it answers a real request there,
    switches the public socket to it by one rename, drains the old instance, lets it finish its requests, and
    only then stops it. Visitors never reach a new instance that does not come up."
  - The module creates the directory of private sockets with mode C(2750), owned by O(user) and O(group). A
    uWSGI that a person started and that listens at O(socket) is taken over.
  - A pid in a file proves nothing. A process counts if it holds the socket, runs as O(user) and is in the
    instance's systemd unit or in the session of its recorded master. No other process gets a signal, whatever
    its command line says.
  - Where the module runs as root and O(user) is another user, root publishes the private socket as a hard
    link in a directory C(<runtime_dir>.public), in which only root can write, and the public socket leads
    there. So an application that replaces its private socket by a link to that of another application cannot
    show the other's pages under its own name. A systemd unit publishes its socket again after each start,
    also after a crash.
extends_documentation_fragment: masonite.deploy.uwsgi_paths
options:
  state:
    description:
      - V(started) means that an instance of exactly this configuration is live and answers.
      - V(reloaded) hands over to a new instance of the same configuration, without losing a request.
      - V(restarted) stops the running instance first and then starts a new one. Visitors notice the gap.
      - V(stopped) stops the instance gracefully and removes the public socket. It is not started at the next
        boot.
      - V(absent) stops the instance and removes everything that belongs to it.
    type: str
    choices: [started, stopped, restarted, reloaded, absent]
    default: started
  root:
    description:
      - A link to O(chdir) that is switched together with the socket, and restored with it. A web server that
        takes static files from here always serves those of the code that answers. Without it there is no such
        link.
    type: path
  chdir:
    description:
      - Directory of the application, the real one rather than a link to it.
      - Required unless O(state) is V(stopped) or V(absent).
    type: path
  directory:
    description:
      - The directory below O(chdir) in which the application works, for one in a sub-directory of its
        repository. Empty means O(chdir) itself.
    type: str
    default: ""
    version_added: 0.2.0
  module:
    description:
      - The WSGI callable, for example V(wsgi:application).
      - Required unless O(state) is V(stopped) or V(absent), or O(options) has an option that loads an
        application, such as C(wsgi-file).
    type: str
  virtualenv:
    description:
      - The virtualenv of the application. Without it the application runs with the libraries of O(binary).
    type: path
  binary:
    description:
      - The uWSGI program. The default is C(bin/uwsgi) of O(virtualenv), else C(uwsgi) on the path.
    type: path
  processes:
    description:
      - Number of workers. The default is the number of CPUs; more than that answered no more requests when it
        was measured.
    type: int
  threads:
    description:
      - Number of threads of each worker. Leave it at 1 for an application that is not thread-safe, as
        Masonite is not.
    type: int
    default: 1
  user:
    description:
      - User to run the instance as. The default is the user that the module runs as.
      - One with user id 0 is refused unless O(allow_root) says otherwise.
    type: str
  allow_root:
    description:
      - Whether the instance may run with user id 0. What visitors reach then has all rights on the server.
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
      - File mode creation mask of the instance, an octal number. V(0027) keeps its files from other users.
    type: str
    default: "0027"
  options:
    description:
      - Further uWSGI options as in an ini file. A list repeats the option.
      - Options which the module sets itself are refused by name.
      - Where C(listen), the number of requests that may wait for a worker, is not given, it is 1024 or what
        the kernel allows (C(net.core.somaxconn)), whichever is less. uWSGI's own default is 100.
      - Where C(buffer-size), the bytes for the headers and the query of a request, is not given, it is 32768,
        which is what NGINX lets through. uWSGI's own default is 4096.
    type: dict
    default: {}
  environment:
    description:
      - Environment variables of the instance.
      - The values are not shown in the result, the diff and the unit, nor stored in the record. On the server
        they are in a file in O(config_dir) that only root can read. A variable that the dynamic loader reads,
        such as C(LD_LIBRARY_PATH), is an exception; it is in the unit, so that it has an effect on uWSGI
        alone.
      - A change is another instance.
    type: dict
    default: {}
  environment_file:
    description:
      - A dotenv file on the server whose variables are in the environment of the instance, too, such as the
        one that M(masonite.deploy.env_file) writes. O(environment) goes over it.
      - Root reads it. The values are kept as those of O(environment) are. Values with control characters
        are left out.
    type: path
    default: ""
    version_added: 0.2.0
  watch:
    description:
      - Files and directories whose content is part of the instance, such as C(.env). A change is another
        instance.
      - Only regular files are read. A symbolic link, a fifo or a device in the place of a file is an error;
        links in a directory count by where they lead, and are not followed.
    type: list
    elements: path
    default: []
  writable_paths:
    description:
      - Paths that the application may write to. They have to exist. With service manager V(systemd) all
        others are read-only.
    type: list
    elements: path
    default: []
  hidden_paths:
    description:
      - Directories in which the application sees only what belongs to this instance, such as V(/srv/sites).
        That is O(chdir), O(virtualenv), O(binary), the directory of its sockets, and the paths of O(watch),
        O(writable_paths) and O(visible_paths); nothing else in these directories exists for the application.
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
        Beyond that the kernel kills one of them. Empty for no limit.
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
      - V(systemd) writes a hardened unit for the instance. It is started again after crashes and at each
        boot, and logs to the journal. System calls that ordinary services do not need are refused in it, also
        those that raise limits or change priorities.
      - V(none) starts a background process. It has no sandbox and no limits, and is not started again.
      - V(auto) is V(systemd) where that runs and the module runs as root, else V(none).
    type: str
    choices: [auto, systemd, none]
    default: auto
  strategy:
    description:
      - V(handover) runs the old and the new instance side by side for a moment.
      - V(restart) stops the old one first, for a server too small for two. Visitors notice the gap. If the
        new instance does not come up, the old one is started again.
      - V(auto) is V(handover) if there is memory for two, else V(restart) with a warning that gives the
        figures.
    type: str
    choices: [handover, restart, auto]
    default: handover
  health_check:
    description:
      - The request that a new instance has to answer on its private socket before visitors reach it.
      - After three unexpected statuses the new instance counts as broken; 502, 503 and 504 mean that it is
        not ready yet, until the timeout.
    type: dict
    suboptions:
      path:
        description: Path and query to request.
        type: str
        default: /
      host:
        description: Host name to request.
        type: str
        default: localhost
      statuses:
        description: Expected statuses, single ones and ranges.
        type: list
        elements: str
        default: ["200-399"]
      timeout:
        description: Seconds from the moment at which the application is loaded.
        type: int
        default: 30
      successes:
        description: Number of good answers in a row that are needed.
        type: int
        default: 1
      headers:
        description: Further request headers. Their values are not shown in the result.
        type: dict
        default: {}
  verify:
    description:
      - A request through the web server after the switch. If it fails, the public links are restored, the old
        instance, which has not been stopped by then, serves again, and the task fails. Without it, nothing is
        requested through the web server.
      - A web server that answers 401 and asks for a login by HTTP authentication counts as reached, if the
        path is that of O(health_check), to which the application itself has given an expected answer.
    type: dict
    suboptions:
      url:
        description: Address to request, for example V(http://127.0.0.1/).
        type: str
        required: true
      host:
        description: Host name to request. The default is that of the address.
        type: str
      statuses:
        description: Expected statuses, single ones and ranges.
        type: list
        elements: str
        default: ["200-399"]
      timeout:
        description: Seconds until the answer has to have come.
        type: int
        default: 10
      successes:
        description: Number of good answers in a row that are needed.
        type: int
        default: 1
      validate_certs:
        description: Whether the certificate has to be valid.
        type: bool
        default: false
  start_timeout:
    description:
      - Seconds that the application may take to load. A Masonite application takes about one.
    type: int
    default: 60
  drain_timeout:
    description:
      - Seconds to wait until no connection is queued on the old instance. The default is time for a full
        queue of 1024 requests at 40 requests a second.
    type: int
    default: 30
  stop_timeout:
    description:
      - Seconds that the old instance may take to finish its requests. After that it is killed, and the result
        says what was lost. The default is also the time after which NGINX stops waiting for an answer.
    type: int
    default: 60
  memory_check:
    description:
      - What to do if there is no memory for a second instance during a handover.
      - V(warn) warns, V(fail) refuses before anything is changed, V(ignore) does not measure.
    type: str
    choices: [warn, fail, ignore]
    default: warn
  memory_per_process:
    description:
      - MB to expect of a worker if the memory of the live instance cannot be measured. The default is more
        than a Masonite application was measured to need.
    type: int
    default: 150
  memory_reserve:
    description:
      - Percentage of the server's memory that has to stay free during a handover.
    type: int
    default: 20
  log:
    description:
      - Log file for service manager V(none). The default is C(uwsgi.log) in O(runtime_dir).
    type: path
attributes:
  check_mode:
    support: full
    description: Says what would happen without doing it.
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
- name: Make a Django site live
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

- name: Replace the workers without a visitor noticing
  masonite.deploy.uwsgi_instance:
    name: shop
    state: reloaded
    socket: /srv/sockets/shop.sock
    chdir: /srv/sites/shop/releases/20260722T101500Z-1a2b3c4
    module: shop.wsgi:application
    virtualenv: /venvs/shop/5f0c
    user: shop
    group: www-data

- name: Remove the site's instance
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
  contains: &instance
    id:
      description:
        - Short hash of everything that makes the instance what it is; null if this module did not start it.
      type: str
      sample: 3f2a91c07b
    pid:
      description: Process id of the master; null if it does not run.
      type: int
      sample: 4711
    socket:
      description: Its private socket.
      type: str
      sample: /srv/sockets/shop/3f2a91c07b.sock
    published:
      description:
        - The hard link to the socket that visitors are sent to; null where its user is the module's own.
      type: str
      sample: /srv/sockets/shop.public/3f2a91c07b.sock
    pidfile:
      description: Its private pidfile.
      type: str
      sample: /srv/sockets/shop/3f2a91c07b.pid
    chdir:
      description: Directory of the application.
      type: str
      sample: /srv/sites/shop/releases/20260722T101500Z-1a2b3c4
    virtualenv:
      description: Virtualenv of the application.
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
  description: What was live before; null if nothing was, or if nothing was replaced.
  returned: success
  type: dict
  contains: *instance
strategy:
  description:
    - What was done, V(handover), V(restart), or V(start) if nothing served before; null if nothing was done.
  returned: success
  type: str
  sample: handover
timings:
  description: Seconds spent in each phase.
  returned: success
  type: dict
  contains:
    start:
      description: Until the application was loaded.
      type: float
      sample: 0.55
    health:
      description: From then until the health check had passed.
      type: float
      sample: 0.01
    switch:
      description: Publishing the socket and switching the public links.
      type: float
      sample: 0.01
    verify:
      description: The check through the web server.
      type: float
      sample: 0.01
    drain:
      description: Until no connection was queued on the old instance.
      type: float
      sample: 0.04
    quit:
      description: Until the old instance had ended.
      type: float
      sample: 0.05
    total:
      description: The whole run.
      type: float
      sample: 0.71
lost:
  description: Requests that could not be answered because the old instance did not end in time.
  returned: success
  type: dict
  contains:
    queued:
      description: Connections that no worker had taken.
      type: int
      sample: 0
    in_flight:
      description: Requests that were being answered.
      type: int
      sample: 0
memory:
  description: Figures of the memory check, if it was made.
  returned: when an instance was running and another one was wanted
  type: dict
  contains:
    available_mb:
      description:
        - Memory that is available, MB, within the limits of the control groups that the module runs in.
      type: int
      sample: 1480
    needed_mb:
      description: Memory that a second instance needs, MB.
      type: int
      sample: 131
    reserve_mb:
      description: Memory that has to stay free, MB.
      type: int
      sample: 409
    basis:
      description: Where the figure of RV(memory.needed_mb) comes from.
      type: str
      sample: measured on the live instance
stage:
  description:
    - The stage that failed. V(configure) reads the options, V(lock) waits for another run, V(prepare) creates
      directories, V(discover) finds out what serves, V(preflight) and V(capacity) check what a start needs.
    - V(stop_previous) stops the old instance where O(strategy) is V(restart), V(start) and V(started) load
      the application, V(health) is the health check, V(publish) publishes the socket, V(switch) and
      V(switched) switch the public links, V(verify) is the check through the web server, V(drain), V(quit)
      and V(finish) stop and remove the old instance.
  returned: failure
  type: str
  sample: start
reason:
  description:
    - What went wrong, as a word for programs. V(invalid_option) for an option with an impossible value,
      V(not_possible) for a path or a program that is missing, V(no_memory) for O(memory_check=fail),
      V(locked) for another run that does not end, V(not_prepared), V(not_started), V(unhealthy),
      V(not_published), V(not_switched) and V(verify_failed) for the stage of that name.
    - V(root) for a user with id 0, V(no_user), V(no_group), V(occupied) for a path that another program
      serves or that is a directory, V(supervised) for a socket that another systemd unit serves,
      V(watch_unreadable), V(watch_not_regular), V(public_directory_taken), or V(unsafe_directory) for a
      O(runtime_dir) in a directory of O(user). Else V(failed).
  returned: failure
  type: str
  sample: not_started
options:
  description:
    - The options of this module that the failure is about, with a dot before a suboption. Empty where none
      is, as for an error in the application itself.
  returned: failure
  type: list
  elements: str
  sample: [health_check.path, health_check.statuses]
rc:
  description: Exit code of the new instance, negative for a signal; null if it has not ended.
  returned: failure
  type: int
  sample: 22
log:
  description: The last lines of the log of the new instance.
  returned: failure
  type: list
  elements: str
  sample: ["ModuleNotFoundError: No module named 'shop'"]
serving:
  description: What answers visitors after the failure; empty where nothing was changed before the failure.
  returned: failure
  type: str
  sample: instance 9b1c07aa42 (pid 4242, /srv/sites/shop/releases/20260721T090000Z-7e6d5c4)
"""

import os
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.masonite.deploy.plugins.module_utils._system.masking import mask_only
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.argument_spec import (
    INSTANCE,
    SECRET_OPTIONS,
)
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.errors import InstanceError
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.run import run
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.secret_options import (
    hide_values,
    select_masked,
)


def main() -> None:
    module = AnsibleModule(argument_spec=INSTANCE, supports_check_mode=True)
    # The app's user reads what is written here, whatever the umask of the server's sudo is.
    os.umask(0o022)
    params = dict(module.params)
    mask_only(module, select_masked(module.no_log_values, params, SECRET_OPTIONS))
    # A result shows the options that led to it.
    module.params["environment"] = hide_values(params["environment"])
    try:
        result: dict[str, Any] = run(params, module.check_mode)
    except InstanceError as error:
        for warning in error.warnings:
            module.warn(warning)
        module.fail_json(
            msg=error.text(),
            stage=error.stage,
            reason=error.reason,
            options=error.options,
            rc=error.rc,
            log=error.log,
            serving=error.serving,
        )
    for warning in result.pop("warnings"):
        module.warn(warning)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
