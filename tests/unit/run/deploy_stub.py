#!/usr/bin/python
# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes the place of a module: writes down how it was called, and answers as the test says.

The paths of a test are /SERVER/sites/APP, /SERVER/sockets/APP.sock and /SERVER/venvs/APP.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

MODULE = "MODULE"  # replaced in each copy
BASE = Path(os.environ.get("STUB_DIRECTORY", "."))


MASONITE = {
    "name": "masonite",
    "reason": "it has craft and Kernel.py",
    "module": "wsgi:application",
    "generate": ["APP_KEY"],
    "defaults": ["APP_NAME", "APP_ENV", "APP_DEBUG", "APP_URL", "DB_CONNECTION", "SQLITE_DB_DATABASE"],
    "committed": {},
    "migrate": ["craft", "migrate", "--force"],
    "each_release_migrates": False,
    "collects": False,
}


KNOWN = {
    "r1": ("9fbd8bc" + "0" * 33, "Fourth post"),
    "r2": ("998867a" + "0" * 33, "Fifth post"),
    "r3": ("3" * 40, "Third"),
    "r8": ("8" * 40, "Eighth"),
    "r9": ("9" * 40, "Ninth"),
}


def make_release(place: str, name: str, state: str) -> dict[str, str]:
    """A release, by its name or its revision."""
    name = next((known for known, (revision, _subject) in KNOWN.items() if revision == name), name)
    return {
        "name": name,
        "path": f"{place}/releases/{name}",
        "revision": KNOWN[name][0],
        "version": "main",
        "subject": KNOWN[name][1],
        "state": state,
        "virtualenv": f"{place}/venv",
    }


def make_release_result(place: str, says: dict[str, Any], asks: dict[str, Any]) -> dict[str, Any]:
    live = make_live(place, says)
    if live is None and asks.get("make_first") is False:
        return {"release": None, "live": None, "is_live": False, "locked": False, "virtualenv": None}
    new = says.get("new", live is None or not asks.get("keep_live"))
    name = asks.get("revision") or says.get("prepares", "r2")
    return {
        "release": make_release(place, name, says.get("release_state", "unfinished")) if new else live,
        "live": live,
        "is_live": not new,
        "locked": new or bool(says.get("pending")),
        "pending_migrations": says.get("pending", []),
        "changes": {
            "databases/migrations": {
                "added": says.get("added", [] if says.get("deployed", True) else ["2025_a.py"]),
                "removed": says.get("removed", []),
            }
        },
        "framework": {**MASONITE, **says.get("framework", {})},
        "virtualenv": {
            "path": f"{place}/venv",
            "ready": says.get("ready", True),
            "requirements": "x.txt",
            "git": says.get("git", {}),
        },
        "assets": says.get("assets"),
        "changed": new,
    }


def make_live(place: str, says: dict[str, Any]) -> dict[str, str] | None:
    return make_release(place, says.get("serves", "r1"), "good") if says.get("deployed", True) else None


def make_result(state: str, place: str, says: dict[str, Any], asks: dict[str, Any]) -> dict[str, Any]:
    if MODULE == "release" and state == "present":
        return make_release_result(place, says, asks)
    if MODULE == "release":
        return {"live": make_live(place, says)}
    if MODULE == "env_file" and state == "read":
        secrets = {"APP_KEY": says["secret"]} if "secret" in says else {}
        return {"new_secrets": {"APP_KEY": "new"}, "secrets": secrets, "changed": False}
    if MODULE == "env_file":
        key = says.get("app_key", "k") if state == "present" else ""
        kept = says.get("kept", False)
        return {"checksums": {"APP_KEY": key}, "kept_previous": kept, "changed": kept}
    if MODULE == "app_backup" and state == "migrations":
        return {"applied": ["2025_a", "2026_b"], "pending": says.get("unknown", []), "changed": False}
    if MODULE == "app_backup" and state == "reverted":
        return {"message": "The database is as it was before."}
    if MODULE == "app_backup" and state == "restored":
        return {"restored": "x.sqlite3"}
    if MODULE == "app_home" and state == "absent":
        server, app = place.split("/")[1], place.split("/")[3]
        record = {
            "path": place,
            "venvs": f"/{server}/venvs/{app}",
            "runtime_dir": f"/{server}/sockets/{app}",
            "socket": f"/{server}/sockets/{app}.sock",
            "live_link": f"/{server}/sockets/{app}.root",
            "user": "the-user",
        }
        known = says.get("known", True)
        kept = f"/{server}/sites/.removed/{app}-x" if known else ""
        return {"record": record if known else None, "others": ["shop"], "kept": kept, "changed": known}
    if MODULE == "release_info" and "migrations" not in asks:
        live = make_live(place, says)
        return {"live": live, "releases": [live] if live else [], "lock": says.get("lock"), "changed": False}
    if MODULE == "nginx_config":
        return {"waiting": says.get("waiting", [])}
    if MODULE == "app_command":
        return {"rc": 0, "stdout": "Migrated: x"}
    if MODULE == "release_info":
        live, before = make_release(place, "r2", "good"), make_release(place, "r1", "good")
        bad = {
            **before,
            "name": "r0",
            "subject": "Third post",
            "state": "bad",
            "reason": "activate on a: KeyError: 1\nmore",
        }
        failed = {"action": "deploy", "result": "failed", "reason": bad["reason"]}
        return {
            "live": live,
            "previous": before,
            "releases": [live, before, bad],
            "lock": None,
            "history": [failed],
            "rollback": {"release": "r1", "migrations": [], "message": ""},
        }
    if MODULE == "uwsgi_instance_info":
        workers = [{"id": 1}, {"id": 2}]
        figures = {"memory_pss_mb": 131.6, "requests": 1042, "listen_queue": 0}
        return {
            "instance": {
                "started_at": "2026-12-01T12:00:03Z",
                "id": "0123abcd",
                "workers": workers,
                **figures,
            }
        }
    if MODULE == "uwsgi_instance":
        return {"changed": says.get("restarted", says.get("new", True))}
    return {"changed": says.get("new", True)}


def main() -> None:
    # Ansible puts the arguments in this place: one program is started for a task, and no file is copied.
    arguments = json.loads(r"""<<INCLUDE_ANSIBLE_MODULE_JSON_ARGS>>""")
    state = str(arguments.get("state") or ("present" if MODULE == "env_file" else ""))
    given = (str(arguments[name]) for name in ("path", "socket", "chdir") if arguments.get(name))
    place = next(given, f"/web/sites/{arguments.get('sites', [{}])[0].get('name', '')}")
    _, server, _, app = place.split("/")[:4]
    server = os.environ.get("STUB_SERVER", server)
    app = app.partition(".")[0]
    answers = json.loads((BASE / "answers.json").read_text())
    says = {**answers.get("all", {}), **answers.get(server, {})}
    step = f"{MODULE} {state}".strip()
    with (BASE / "calls.jsonl").open("a") as file:
        file.write(json.dumps({"server": server, "app": app, "step": step, "arguments": arguments}) + "\n")
    fails = says.get("fails", [])
    fails = fails if isinstance(fails, list) else [fails]
    if "fails_with_version" in says and arguments.get("version") == says["fails_with_version"]:
        fails = [*fails, "release present"]
    if {step, f"{app} {step}"} & set(fails):
        failure = says.get("failure") or {"msg": "It does not work.", "options": ["start_timeout"]}
        result: dict[str, Any] = {"failed": True, **failure}
    elif says.get("lost") in (step, f"{app} {step}"):
        result = {"unreachable": True, "msg": "It does not answer."}
    else:
        result = {"changed": True, **make_result(state, f"/{server}/sites/{app}", says, arguments)}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
