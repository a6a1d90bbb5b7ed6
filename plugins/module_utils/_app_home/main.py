# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module app_home: from its options to its answer."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .accounts import ServerAccounts
from .errors import HomeError
from .home import Home
from .options import Options

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

TRIVIAL = 4


@contextmanager
def one_at_a_time(options: Options) -> Iterator[None]:
    """Keeps two runs from making accounts at once. Only root can open the lock."""
    if options.check_mode or options.state == "checked":
        yield
        return
    os.makedirs(options.record_dir, 0o755, exist_ok=True)
    path = os.path.join(options.record_dir, ".lock")
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def run(module: AnsibleModule) -> None:
    os.umask(0o022)
    _keep_output_readable(module)
    try:
        options = Options.parse(module.params, module.check_mode)
        with one_at_a_time(options):
            home = Home(options, ServerAccounts())
            result = home.run()
    except HomeError as error:
        refusals = [refusal.facts() for refusal in error.refusals]
        module.fail_json(msg=error.message, reason=error.reason, refusals=refusals)
    except OSError as error:
        module.fail_json(
            msg=f"{error.filename or module.params['path']} cannot be used: {error.strerror or error}. See "
                "what is in that place, then run the playbook again; a run that ended early is continued.",
            reason="filesystem",
            refusals=[],
        )  # fmt: skip
    else:
        for warning in result.pop("warnings"):
            module.warn(warning)
        module.exit_json(**result)


def _keep_output_readable(module: AnsibleModule) -> None:
    """A secret of three characters would be masked wherever they stand in the output."""
    trivial = {value for value in module.no_log_values if len(str(value)) < TRIVIAL}
    module.no_log_values -= trivial
