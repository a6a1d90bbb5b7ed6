# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the module release, and the one place where its errors become an answer."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ansible_collections.masonite.deploy.plugins.module_utils._release_context import Context
from ansible_collections.masonite.deploy.plugins.module_utils._release_errors import ReleaseError
from ansible_collections.masonite.deploy.plugins.module_utils._release_secrets import Secrets

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

LIST_OF_STR: dict[str, Any] = {"type": "list", "elements": "str", "default": []}
HOLDER: dict[str, Any] = {
    **{key: {"type": "str", "default": ""} for key in ("user", "host", "machine", "start", "job")},
    "pid": {"type": "int", "default": 0},
}
ARGUMENTS: dict[str, Any] = {
    "path": {"type": "path", "required": True},
    "state": {"type": "str", "choices": ["present", "live", "failed"], "default": "present"},
    "repository": {"type": "str", "no_log": True},
    "version": {"type": "str", "default": "HEAD"},
    "ssh_key": {"type": "path", "no_log": False},
    "known_hosts": {"type": "path"},
    "accept_hostkey": {"type": "bool", "default": False},
    "timeout": {"type": "int", "default": 300},
    "environment": {"type": "dict", "default": {}, "no_log": True},
    "release": {"type": "str"},
    "build_user": {"type": "str", "default": ""},
    "app_user": {"type": "str", "default": ""},
    "shared": LIST_OF_STR,
    "links": {"type": "dict", "default": {}},
    "required": LIST_OF_STR,
    "compare": LIST_OF_STR,
    "force": {"type": "bool", "default": False},
    "virtualenvs": {"type": "path"},
    "python": {"type": "path", "default": "/usr/bin/python3"},
    "requirements": {"type": "str", "default": "auto"},
    "packages": {**LIST_OF_STR, "no_log": True},
    "installer": {"type": "str", "default": ""},
    "virtualenv": {"type": "path"},
    "disk_check": {"type": "str", "choices": ["warn", "fail", "ignore"], "default": "warn"},
    "disk_reserve": {"type": "int", "default": 5},
    "lock_ttl": {"type": "int", "default": 3600},
    "break_lock": {"type": "bool", "default": False},
    "keep": {"type": "int", "default": 5},
    "live_link": {"type": "path"},
    "action": {"type": "str", "choices": ["deploy", "rollback"], "default": "deploy"},
    "started": {"type": "float"},
    "reason": {"type": "str", "default": ""},
    "bad": {"type": "bool", "default": True},
    "setting_names": {"type": "dict", "default": {}},
    "holder": {"type": "dict", "options": HOLDER},
    "takeover": {"type": "str", "default": ""},
}
REQUIRED_IF = [("state", "live", ["release"])]


def answer(context: Context) -> dict[str, Any]:
    # Python compiles what it imports anew in each call on a server: only what the state needs.
    state = context.text("state") or "present"
    if state == "present":
        from ansible_collections.masonite.deploy.plugins.module_utils._release_present import Present

        return Present(context).run()
    from ansible_collections.masonite.deploy.plugins.module_utils._release_outcome import Outcome

    outcome = Outcome(context)
    return outcome.live() if state == "live" else outcome.failed()


def run(module: AnsibleModule) -> None:
    os.umask(0o022)
    params = dict(module.params)
    secrets = Secrets(params)
    secrets.apply(module)
    context = Context(params, module.check_mode)
    try:
        result = answer(context)
        warnings = result.pop("warnings")
    except ReleaseError as error:
        serving = context.serving()
        _warn(module, [secrets.hide(text) for text in (*context.warnings, *context.lock.warnings)])
        sentences = [secrets.hide(error.message), serving, secrets.hide(error.hint)]
        facts = dict(error.facts)
        if "stderr_lines" in facts:
            facts["stderr_lines"] = [secrets.hide(line) for line in facts["stderr_lines"]]
        module.fail_json(
            msg=" ".join(sentence for sentence in sentences if sentence), serving=serving, **facts
        )
    except OSError as error:
        module.fail_json(
            msg=f"{context.store.path} cannot be worked on: {error}. {context.serving()} "
            "Check its rights, and run this as root (become) or as the user who owns it (become_user).",
            serving=context.serving(),
            reason="filesystem",
        )
    else:
        _warn(module, [secrets.hide(text) for text in warnings])
        module.exit_json(**result)


def _warn(module: AnsibleModule, warnings: list[str]) -> None:
    for warning in warnings:
        module.warn(warning)
