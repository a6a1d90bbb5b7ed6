# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What status.yml shows: a line for each app and server, then the releases of each app."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# Characters. Ansible indents what it shows by 8, and 120 in all fit on a screen.
WIDTH = 112
NAMELESS = "no setting knows it"
HEADINGS = ("server", "app", "live", "since", "workers", "memory", "requests", "queue", "last deploy")
NUMBERS = ("workers", "memory", "requests", "queue")
LONGEST_NAME = 20  # characters of a server or an app, where the table would not fit otherwise

Status = Mapping[str, Any]


def make_status_table(statuses: Sequence[Status], unknown: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the lines. ``unknown`` names the apps of each server that are not in the settings."""
    rows = [HEADINGS, *map(_make_row, statuses)]
    rows += [(server, app, NAMELESS) for server, apps in unknown.items() for app in sorted(apps)]
    lines = _align(rows)
    if max(map(len, lines)) > WIDTH:
        shortened = [tuple(_shorten(name, LONGEST_NAME) for name in row[:2]) + tuple(row[2:]) for row in rows]
        lines = _align(shortened)
    return [*(_shorten(line, WIDTH) for line in lines), *_list_releases(statuses)]


def _make_row(status: Status) -> tuple[str, ...]:
    live, instance = status.get("live") or {}, status.get("instance") or {}
    memory = instance.get("memory_pss_mb")
    since = str(instance.get("started_at") or "").replace("T", " ")[:16]
    return (
        str(status.get("host")),
        str(status.get("app")),
        str(live.get("revision") or "-")[:7],
        since or "down",
        str(len(instance.get("workers") or ())),
        f"{memory:.0f} MB" if isinstance(memory, (int, float)) else "-",
        _read_number(instance.get("requests")),
        _read_number(instance.get("listen_queue")),
        _describe_deploy(status.get("last_deploy")),
    )


def _describe_deploy(deploy: object) -> str:
    return f"{deploy.get('action')} {deploy.get('result')}" if isinstance(deploy, Mapping) else "none"


def _find_reason(stored: object) -> str:
    """Return the first line of why a deploy failed, or a release is bad."""
    reason = stored.get("reason") if isinstance(stored, Mapping) else None
    return (str(reason or "").splitlines() or [""])[0]


def _align(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the rows with columns of the same width. The last cell of a row takes what is left of it."""
    widths = [
        max(len(row[number]) for row in rows if len(row) > number + 1) for number in range(len(HEADINGS) - 1)
    ]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if heading in NUMBERS else cell.ljust(width)
            for cell, width, heading in zip(row[:-1], widths, HEADINGS)
        ]
        lines.append("  ".join([*cells, row[-1]]))
    return lines


def _list_releases(statuses: Sequence[Status]) -> list[str]:
    """Return the releases of each app, once for all servers that have the same."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for status in statuses:
        lines = [_describe_release(release, status) for release in status.get("releases") or ()]
        deploy = status.get("last_deploy")
        if _find_reason(deploy) and isinstance(deploy, Mapping) and deploy.get("result") == "failed":
            lines.append(_shorten(f"  The last {deploy.get('action')} failed: {_find_reason(deploy)}", WIDTH))
        rollback = status.get("rollback") or {}
        if lines and (rollback.get("migrations") or not rollback.get("release", True)):
            lines.append(_shorten(f"  {rollback.get('message')}", 2 * WIDTH))
        if lines:
            groups.setdefault((str(status.get("app")), *lines), []).append(str(status.get("host")))
    found: list[str] = []
    for (app, *lines), servers in groups.items():
        heading = f"Releases of {app} on {', '.join(servers)}, the newest first:"
        found += ["", _shorten(heading, WIDTH), *lines]
    return found


def _describe_release(release: Mapping[str, Any], status: Status) -> str:
    name = str(release.get("name"))
    live, previous = status.get("live") or {}, status.get("previous") or {}
    state = "live" if name == live.get("name") else str(release.get("state"))
    notes = [
        f'"{release["subject"]}"' if release.get("subject") else "",
        f"({release.get('version') or 'HEAD'})",
    ]
    if name == previous.get("name"):
        notes.append("<- rollback.yml")
    notes.append(_find_reason(release))
    return _shorten(f"  {name}  {state:<10}  {' '.join(note for note in notes if note)}", WIDTH)


def _read_number(value: object) -> str:
    return "-" if value is None else str(value)


def _shorten(text: str, width: int) -> str:
    printable = "".join(sign if sign.isprintable() else " " for sign in text)
    return printable if len(printable) <= width else printable[: width - 1] + "…"
