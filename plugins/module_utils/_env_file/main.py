# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module env_file: options in, an answer without values out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .._system.errors import ModuleError
from .._system.masking import mask_only
from .._system.module_failure import fail_module
from .options import read_options
from .state import EnvFile

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

_SECRET_OPTIONS = ("settings", "defaults", "known")
_HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


def run(module: AnsibleModule) -> None:
    """Do what the task asks and end the module."""
    params = dict(module.params)
    _hide_values(module)
    try:
        options = read_options(params)
        result = EnvFile(options, module.check_mode).run()
    except ModuleError as error:
        fail_module(module, error)
    except OSError as error:
        fail_module(
            module,
            ModuleError(
                f"{params['path']} cannot be read or written: {error}.",
                reason="filesystem",
                hint="Check the rights of its directory, and that the file system is writable and has room.",
                options=["path"],
            ),
        )
    else:
        for warning in result.warnings:
            module.warn(warning)
        facts = result.facts(options.state)
        if module._diff and result.changed and result.diff is not None:
            headers = {f"{side}_header": f"{options.path} (names)" for side in ("before", "after")}
            facts["diff"] = {**headers, **result.diff}
        module.exit_json(**facts)


def _hide_values(module: AnsibleModule) -> None:
    """Keep every value out of the answer, and the words of the answer readable.

    AnsibleModule masks each value of a no_log option wherever its text occurs: an app called "blog" that
    sets APP_NAME would have its path masked, and a port "8000" would break checksums. The parameters, the
    one place where values come back, are masked here as a whole; short values are masked nowhere else.
    """
    params = module.params
    public = [params["path"], params["owner"] or "", params["group"] or "", *params["generate"]]
    for option in _SECRET_OPTIONS:
        values = params[option] or {}
        public.extend(str(name) for name in values)
        params[option] = dict.fromkeys(values, _HIDDEN)
    mask_only(module, {value for value in module.no_log_values if _is_secret(value, public)})


def _is_secret(value: str, public: Iterable[str]) -> bool:
    if len(value) < 8 or value in _HIDDEN or re.fullmatch(r"[\d.]+|[0-9a-f]{1,12}", value):
        return False
    return not any(value in text for text in public)
