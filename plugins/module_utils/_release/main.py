# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the module release, and turns its errors into the result of a failure."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from .errors import ReleaseError
from .module_call import ModuleCall
from .options import read_options
from .secret_values import SecretValues

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

    from .state_present import PresentState


def run_state(call: ModuleCall) -> dict[str, Any]:
    """Do what the option state asks for, and return the result."""
    # Each call on a server compiles what it imports: only what the state needs.
    if call.options.state == "live":
        from .state_live import LiveState

        return LiveState(call).run()
    if call.options.state == "restored":
        from .state_restored import RestoredState

        return RestoredState(call).run()
    if call.options.state == "failed":
        from .state_failed import FailedState

        return FailedState(call).run()
    if call.options.set_up_by:
        from .set_up_check import refuse_app_not_set_up

        refuse_app_not_set_up(call)
    state = _make_present_state(call)
    result = state.run()
    if state.dependencies:
        from .dependency_mirrors import fetch_dependencies

        result["virtualenv"]["git"] = fetch_dependencies(call, state.dependencies)
    return result


def _make_present_state(call: ModuleCall) -> PresentState:
    if call.options.release:
        from .existing_release import ExistingRelease

        return ExistingRelease(call)
    from .new_release import NewRelease

    return NewRelease(call)


def run_module(module: AnsibleModule) -> None:
    os.umask(0o022)
    options = read_options(module.params)
    secrets = SecretValues(options)
    secrets.hide_parameters(module)
    call = ModuleCall(options, module.check_mode)
    try:
        result = run_state(call)
    except ReleaseError as error:
        _warn(module, secrets, call.all_warnings())
        module.fail_json(**make_failure(call, error, secrets))
    except OSError as error:
        path, serving = call.paths.path, call.describe_serving()
        module.fail_json(
            msg=f"{path} cannot be read or written: {error}. {serving} "
            "Check its rights, and run this as root (become) or as the user who owns it (become_user).",
            serving=serving,
            reason="filesystem",
            options=["path"],
        )
    else:
        _warn(module, secrets, result.pop("warnings"))
        module.exit_json(**result)


def make_failure(call: ModuleCall, error: ReleaseError, secrets: SecretValues) -> dict[str, Any]:
    """Return the result of a failure: what is wrong, what serves, and what to do next."""
    serving = call.describe_serving()
    facts = dict(error.facts)
    if "stderr_lines" in facts:
        facts["stderr_lines"] = [secrets.hide(line) for line in facts["stderr_lines"]]
    sentences = [secrets.hide(error.message), serving, secrets.hide(error.hint)]
    return {
        "msg": " ".join(sentence for sentence in sentences if sentence),
        "serving": serving,
        "reason": error.reason,
        "options": list(error.options),
        **facts,
    }


def _warn(module: AnsibleModule, secrets: SecretValues, warnings: list[str]) -> None:
    for warning in warnings:
        module.warn(secrets.hide(warning))
