# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what a run knows of an app on a server, and decides what each server does next."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from ansible import constants
from ansible.plugins.action import ActionBase

from ansible_collections.masonite.deploy.plugins.module_utils._run import messages, report, transitions
from ansible_collections.masonite.deploy.plugins.module_utils._run.decisions import (
    Fleet,
    find_failures,
    plan_steps,
)
from ansible_collections.masonite.deploy.plugins.module_utils._run.failed_task import (
    describe_result,
    describe_task,
)
from ansible_collections.masonite.deploy.plugins.module_utils._run.lost_servers import find_lost_stages
from ansible_collections.masonite.deploy.plugins.module_utils._run.record import (
    AppRun,
    Failure,
    Release,
    read_app_runs,
    read_failure,
    read_release,
)

# The tasks register the result under this name, and this plugin reads the records of all servers there.
VARIABLE = "__masonite_app_run_state"
# The tasks register a comparison of all servers under this one.
COMPARED = "__masonite_app_compared"
# The loop variable of a task that asks other servers.
ITEM = "__masonite_app_server"
OPTIONS: dict[str, Any] = {
    "state": {
        "type": "str",
        "required": True,
        "choices": [
            "prepared",
            "environment_written",
            "revision_chosen",
            "rollback_planned",
            "migrated",
            "activated",
            "failed",
            "refused",
            "environment_not_restored",
            "database_reverted",
            "failure_recorded",
            "compared",
            "reported",
            "ended",
        ],
    },
    "app": {"type": "str", "default": ""},
    "apps": {"type": "list", "elements": "str", "default": []},
    "url": {"type": "str", "default": ""},
    "restarted": {"type": "bool", "default": False},
    "action": {"type": "str", "choices": ["deploy", "rollback"], "default": "deploy"},
    "release": {"type": "dict", "default": {}},
    "environment": {"type": "dict", "default": {}},
    "migrate": {"type": "bool", "default": True},
    "migrations": {"type": "str", "default": ""},
    "database_kind": {"type": "str", "default": ""},
    "has_hooks": {"type": "bool", "default": False},
    "same_revision": {"type": "bool", "default": True},
    "elsewhere": {"type": "list", "elements": "dict", "default": []},
    "fleet": {"type": "list", "elements": "str", "default": []},
    "applied": {"type": "list", "elements": "str", "default": []},
    "may_roll_back": {"type": "bool", "default": False},
    "stage": {"type": "str", "choices": ["prepare", "migrate", "activate"]},
    "failure": {"type": "dict", "default": {}},
    "database": {"type": "dict", "default": {}},
}


class ActionModule(ActionBase):  # type: ignore[misc]
    _supports_check_mode = True
    _supports_async = False
    _requires_connection = False
    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        self._variables: dict[str, Any] = task_vars or {}
        result: dict[str, Any] = super().run(tmp, self._variables)
        self._options: dict[str, Any] = self.validate_argument_spec(argument_spec=OPTIONS)[1]
        self._runs = _read_registered(self._variables)
        result["changed"] = False
        state = self._options["state"]
        of_all_servers: dict[str, Callable[[], dict[str, Any]]] = {
            "compared": self._compare,
            "reported": self._report,
            "ended": self._end,
        }
        if state in of_all_servers:
            return {**result, **of_all_servers[state]()}
        if VARIABLE not in _list_registered_names(self._task.register):
            return {**result, "failed": True, "msg": f"The result has to be registered as {VARIABLE}."}
        writers: dict[str, Callable[[AppRun], AppRun]] = {
            "prepared": self._prepare,
            "environment_written": self._write_environment,
            "revision_chosen": self._share_revision,
            "rollback_planned": self._plan_rollback,
            "migrated": transitions.record_migrated,
            "activated": self._activate,
            "failed": self._fail,
            "refused": self._refuse,
            "environment_not_restored": self._record_environment_error,
            "database_reverted": self._revert_database,
            "failure_recorded": self._record_failure,
        }
        app = self._options["app"]
        run = writers[state](self._runs.get(app) or AppRun())
        self._runs[app] = run
        result.update(
            apps={name: one.as_dict() for name, one in self._runs.items()},
            migrates=any(one.migrates for one in self._runs.values()),
        )
        if state == "rollback_planned" and run.migrates and not self._options["may_roll_back"]:
            names = run.migrations_to_roll_back[::-1]
            said = messages.describe_unplanned_rollback(run.release.name, names)
            result.update(failed=True, reason="crosses_migrations", msg=said)
        if state == "revision_chosen":
            result.update(self._refuse_unknown_revision())
        return result

    def _prepare(self, run: AppRun) -> AppRun:
        options = self._options
        return transitions.record_prepared(
            options["release"],
            options["environment"],
            now=time.time(),
            action=options["action"],
            url=options["url"],
            migrate=options["migrate"],
            migrations=options["migrations"],
            database=options["database_kind"],
            has_hooks=options["has_hooks"],
            same_revision=options["same_revision"],
        )

    def _write_environment(self, run: AppRun) -> AppRun:
        return transitions.record_environment(run, self._options["environment"])

    def _plan_rollback(self, run: AppRun) -> AppRun:
        to_roll_back = transitions.find_migrations_to_roll_back(run, self._options["applied"])
        return transitions.record_rollback(run, to_roll_back)

    def _activate(self, run: AppRun) -> AppRun:
        return transitions.record_activated(run, now=time.time(), restarted=self._options["restarted"])

    def _share_revision(self, run: AppRun) -> AppRun:
        served = self._read_served()
        return transitions.record_shared_revision(run, next(iter(served.values()), None))

    def _read_served(self) -> dict[str, Release]:
        """The live releases of all other servers, those outside of this run first."""
        found = {
            str(one.get(ITEM)): read_release(one.get("live")) for one in self._options["elsewhere"]
        }  # fmt: skip
        for server, runs in self._read_fleet().runs.items():
            run = runs.get(self._options["app"])
            found.setdefault(server, run.live if run is not None else None)
        return {server: release for server, release in found.items() if release is not None}

    def _refuse_unknown_revision(self) -> dict[str, Any]:
        """The failure of a new server of which it is not known what the others serve."""
        app, elsewhere = self._options["app"], self._options["elsewhere"]
        unread = [f"{one.get(ITEM)} ({one.get('msg')})" for one in elsewhere if "live" not in one]
        here = str(self._variables.get("inventory_hostname"))
        if unread:
            said = messages.UNREAD.format(app=app, servers=", ".join(unread), here=here)
            return {"failed": True, "reason": "servers_not_read", "msg": said}
        served = self._read_served()
        if len({release.revision for release in served.values()}) > 1:
            said = messages.SERVERS_DIFFER.format(app=app, revisions=messages.describe_revisions(served))
            return {"failed": True, "reason": "servers_differ", "msg": said}
        return {}

    def _refuse(self, run: AppRun) -> AppRun:
        """A failure that a comparison of all servers found."""
        return transitions.record_failure(
            run, read_failure(self._options["failure"]) or Failure("", "", "", "")
        )

    def _record_environment_error(self, run: AppRun) -> AppRun:
        task, result = (self._variables.get(f"ansible_failed_{part}") for part in ("task", "result"))
        return transitions.record_environment_error(run, describe_result(task, result))

    def _fail(self, run: AppRun) -> AppRun:
        """Ansible leaves the failed task and its result to the tasks of a rescue."""
        failure = Failure(
            host=str(self._variables.get("inventory_hostname")),
            stage=str(self._options["stage"]),
            task=describe_task(self._variables.get("ansible_failed_task"), self._options["app"]),
            message=describe_result(
                self._variables.get("ansible_failed_task"), self._variables.get("ansible_failed_result")
            ),
        )
        return transitions.record_failure(run, failure)

    def _revert_database(self, run: AppRun) -> AppRun:
        database = self._options["database"]
        said = str(database.get("message") or database.get("msg") or "")
        return transitions.record_reverted_database(run, said)

    def _record_failure(self, run: AppRun) -> AppRun:
        options = self._options
        live = read_release(options["release"].get("live"))
        failure = read_failure(options["failure"]) or run.failure or Failure("", "", "", "")
        return transitions.record_handled_failure(run, options["action"], failure, live)

    def _compare(self) -> dict[str, Any]:
        """What each server does next. Run once for all of them: it reads the records of every server."""
        fleet = self._read_fleet()
        stage = self._options["stage"] or ""
        if stage == "activate" and not fleet.apps():
            return {"failed": True, "reason": "nothing_prepared", "msg": messages.NOTHING_PREPARED}
        check_mode = bool(self._task.check_mode)
        steps = plan_steps(fleet, check_mode=check_mode, activates=stage == "activate")
        return {
            "stage": stage,
            "lost": dict(fleet.lost),
            "elsewhere": {app: self._list_elsewhere(fleet, app) for app in fleet.apps()},
            "shares_revisions": any(todo.share_revision for todo in steps.values()),
            "servers": {server: todo.as_dict() for server, todo in steps.items()},
            "failed_apps": [
                app for app in fleet.apps() if any(app in todo.failed for todo in steps.values())
            ],
        }

    def _report(self) -> dict[str, Any]:
        """What a person reads at the end of a run, and what AWX keeps of it."""
        fleet = self._read_fleet()
        lines = report.describe_run(fleet, self._options["apps"], check_mode=bool(self._task.check_mode))
        result: dict[str, Any] = {
            "lines": lines,
            "shown": _lay_out(lines),
            "failed_apps": self._find_failed_apps(fleet),
        }
        live = {} if self._task.check_mode else report.make_statistics(fleet)
        if live:
            data = {"masonite_deploy_live": live}
            result["ansible_stats"] = {"data": data, "per_host": False, "aggregate": True}
        return result

    def _end(self) -> dict[str, Any]:
        failed = self._find_failed_apps(self._read_fleet())
        if not failed:
            return {}
        said = f"{', '.join(failed)} failed; the cause is shown above."
        return {"failed": True, "reason": "deploy_failed", "msg": said}

    def _find_failed_apps(self, fleet: Fleet) -> list[str]:
        chosen = self._options["apps"]
        return [app for app in fleet.apps() if (not chosen or app in chosen) and find_failures(fleet, app)]

    def _read_fleet(self) -> Fleet:
        servers = [str(server) for server in self._variables["ansible_play_hosts_all"]]
        present = [str(server) for server in self._variables["ansible_play_hosts"]]
        hostvars = self._variables["hostvars"]
        variables = {server: hostvars.raw_get(server) for server in servers}
        runs = {server: _read_registered(values) for server, values in variables.items()}
        missing = [server for server in servers if server not in present]
        lost = find_lost_stages(missing, [values.get(COMPARED) for values in variables.values()])
        elsewhere = [server for server in self._options["fleet"] if server not in servers]
        return Fleet(tuple(servers), tuple(present), runs, lost, tuple(elsewhere))

    def _list_elsewhere(self, fleet: Fleet, app: str) -> list[str]:
        """The servers outside of this run that have the app, as far as their variables say."""
        hostvars = self._variables["hostvars"]
        apps = {server: hostvars.raw_get(server).get("masonite_apps") for server in fleet.elsewhere}
        return [
            server for server, names in apps.items() if not isinstance(names, Mapping) or app in names
        ]  # fmt: skip


def _list_registered_names(register: Any) -> list[str]:
    """The names that a task registers its result as, which ansible-core 2.22 has in a dictionary."""
    return list(register) if isinstance(register, Mapping) else [register]


def _read_registered(variables: Mapping[str, Any]) -> dict[str, AppRun]:
    registered = variables.get(VARIABLE)
    return read_app_runs(registered.get("apps")) if isinstance(registered, Mapping) else {}


def _lay_out(lines: list[str]) -> str | list[str]:
    """Return the lines as they are shown best: as one text where Ansible shows YAML, as a list where JSON.

    The line end at the end makes YAML show a single line as it is, too. JSON would mask double quotes.
    """
    chosen = constants.config.get_config_value("result_format", plugin_type="callback", plugin_name="default")
    if chosen == "yaml":
        return "".join(f"{line}\n" for line in lines)
    return [line.replace('"', "'") for line in lines]
