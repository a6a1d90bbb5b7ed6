# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module app_home: options in, one answer out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .._system.errors import ModuleError
from .._system.file_lock import FileLock
from .._system.masking import mask_only
from .._system.module_failure import fail_module
from .accounts import ServerAccounts
from .errors import refuse
from .home import Home
from .option_checks import check_options
from .options import Options
from .removal import Removal

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

SHORTEST_SECRET = 4  # characters


@contextmanager
def accounts_lock(options: Options) -> Iterator[None]:
    """Hold the lock without which two runs could make accounts at the same time."""
    if options.check_mode or options.state == "checked":
        yield
        return
    if options.state == "absent" and not os.path.isdir(options.record_dir):
        yield
        return
    os.makedirs(options.record_dir, 0o755, exist_ok=True)
    with FileLock(os.path.join(options.record_dir, ".lock"), timeout=None):
        yield


def run(module: AnsibleModule) -> None:
    """Do what the task asks and end the module."""
    os.umask(0o022)
    _keep_output_readable(module)
    try:
        options = Options.read(module.params, module.check_mode)
        refuse(check_options(options))
        with accounts_lock(options):
            accounts = ServerAccounts()
            home = Removal(options, accounts) if options.state == "absent" else Home(options, accounts)
            result = home.run()
    except ModuleError as error:
        fail_module(module, error)
    except OSError as error:
        path = error.filename or module.params["path"] or module.params["name"]
        fail_module(
            module,
            ModuleError(
                f"{path} cannot be used: {error.strerror or error}.",
                reason="filesystem",
                hint="See what is at that path, then run the playbook again; it continues this run.",
                refusals=[],
            ),
        )
    else:
        for warning in result.pop("warnings"):
            module.warn(warning)
        module.exit_json(**result)


def _keep_output_readable(module: AnsibleModule) -> None:
    """Do not mask values of a few characters, which would be masked everywhere in the output."""
    short = {value for value in module.no_log_values if len(str(value)) < SHORTEST_SECRET}
    mask_only(module, module.no_log_values - short)
