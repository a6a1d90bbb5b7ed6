# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module app_backup: options in, one answer out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .._system.command_runner import choose_runner
from .._system.errors import ModuleError
from .._system.module_failure import fail_module
from .backups import Backups
from .options import read_options

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule


def run(module: AnsibleModule) -> None:
    """Do what the task asks and end the module."""
    os.umask(0o077)
    try:
        options = read_options(module.params, module.check_mode)
        result = Backups(options, choose_runner(options.service_manager)).run(module.params["state"])
    except ModuleError as error:
        fail_module(module, error)
    except OSError as error:
        fail_module(
            module,
            ModuleError(
                f"The backups in {module.params['path']} cannot be read or written: {error}.",
                reason="filesystem",
                hint="Look at the rights of the directory and at its disk.",
                options=["path"],
            ),
        )
    else:
        for warning in result.pop("warnings"):
            module.warn(warning)
        module.exit_json(**result)
