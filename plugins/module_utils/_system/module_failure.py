# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fails a module with the message, the reason, the hint and the facts of an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from .errors import ModuleError

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule


def fail_module(module: AnsibleModule, error: ModuleError, **result: Any) -> NoReturn:
    """End the module; ``options`` among the facts of the error are the options that it is about."""
    answer: dict[str, Any] = {"options": [], **result, **error.facts}
    if error.hint:
        answer["hint"] = error.hint
    module.fail_json(msg=error.text(), reason=error.reason, **answer)
    raise SystemExit(1)
