# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program that imports Ansible once, and then runs ansible-playbook in a fork for each line that it reads.

`playbook_runs.py` starts it, with Ansible's own Python. A fork is ansible-playbook in everything but the
import: its arguments, directory, environment, output and exit code are its own. What Ansible reads as it is
imported, which is ansible.cfg and the variables ANSIBLE_*, has to be the same for all runs.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import sys
from typing import Any, NoReturn


def import_ansible() -> None:
    """Import what each run uses."""
    import ansible.cli.playbook
    import ansible.executor.playbook_executor
    import ansible.plugins.callback.default
    import ansible.plugins.connection.local
    import ansible.plugins.inventory.yaml
    import ansible.plugins.lookup.template
    import ansible.plugins.shell.sh
    import ansible.plugins.strategy.linear
    import ansible.utils.path  # noqa: F401

    # Ansible's directory of temporary files is the same for all runs, and removed after the last.
    gc.freeze()


def be_ansible_playbook(run: dict[str, Any]) -> NoReturn:
    from ansible.cli.playbook import main
    from ansible.utils.path import cleanup_tmp_file

    atexit.unregister(cleanup_tmp_file)
    os.chdir(run["directory"])
    os.environ.clear()
    os.environ.update(run["environment"])
    for stream, file in enumerate((os.devnull, run["output"], run["errors"])):
        number = os.open(file, os.O_RDWR | os.O_APPEND)
        os.dup2(number, stream)
        os.close(number)
    sys.argv[:] = run["arguments"]
    sys.exit(main())


def serve(requests: int, answers: int) -> None:
    """Run what is asked for, one after the other, and answer each with an exit code."""
    with os.fdopen(requests) as lines:
        for line in lines:
            pid = os.fork()
            if pid == 0:
                be_ansible_playbook(json.loads(line))
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            os.write(answers, f"{code}\n".encode())


if __name__ == "__main__":
    # Nothing but this file reads the requests or writes answers.
    streams = os.dup(0), os.dup(1)
    for number in (0, 1):
        os.dup2(os.open(os.devnull, os.O_RDWR), number)
    import_ansible()
    os.write(streams[1], b"ready\n")
    serve(*streams)
