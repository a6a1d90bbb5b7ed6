# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares the environment file by one shell command, for servers where nothing differs.

Python on a server takes three times as long. The command has no secret in it and prints none: file types,
owners, modes, and checksums. Any output that is not exactly as expected means that the file differs.
"""

from __future__ import annotations

import hashlib
import shlex
from dataclasses import dataclass

from .._system.dotenv import format_file
from .keys import KEY_PATTERN, checksum
from .options import Options
from .result import Result

_STATUS = "%F|%U|%u|%G|%g|%a"
_CHECKSUM_OF_NOTHING = hashlib.sha256(b"").hexdigest()


def render_shell_command(options: Options) -> str:
    """Return the command whose output `compare_output` reads."""
    names = options.names_without_value
    lines = [
        "LC_ALL=C; export LC_ALL",
        f"d={shlex.quote(options.directory)}; f={shlex.quote(options.path)}",
        f'stat -c \'{_STATUS}\' "$d" "$f" 2>/dev/null',
        'if [ -O "$d" ] && [ -f "$f" ] && [ ! -L "$f" ]; then',
        '[ -O "$f" ] && echo own || echo foreign',
    ]
    if names:
        key = f"^({'|'.join(names)})='{KEY_PATTERN}'$"
        lines.append(f"k={shlex.quote(key)}")
        lines.append('grep -avE "$k" "$f" | sha256sum; grep -acE "$k" "$f"')
        for name in names:
            script = f"s/^{name}='({KEY_PATTERN})'$/\\1/p"
            lines.append(f"sed -nE {shlex.quote(script)} \"$f\" | tr -d '\\n' | sha256sum")
    else:
        lines.append('sha256sum < "$f"; echo 0')
    lines.append("fi")
    lines.append('if [ -e "$f.previous" ] || [ -L "$f.previous" ]; then echo previous; else echo alone; fi')
    return "\n".join(lines)


def compare_output(options: Options, output: str) -> Result | None:
    """Return the result of a task that has nothing to do; None if anything differs or is not understood."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    if not lines or lines[-1] not in ("previous", "alone") or not _is_safe_directory(lines[0]):
        return None
    has_previous = lines[-1] == "previous"
    if options.state in ("restored", "accepted"):
        return None if has_previous else Result()
    names = options.names_without_value
    if options.state != "present" or len(lines) != 6 + len(names):
        return None
    _directory, file, ownership, rest, count, *sums = lines[:-1]
    checksums = {name: text.split()[0] for name, text in zip(names, sums)}
    same = (
        _has_rights(options, file, ownership)
        and rest.split()[0] == hashlib.sha256(format_file(options.given).encode()).hexdigest()
        and count == str(len(names))
        and not {_CHECKSUM_OF_NOTHING, *map(checksum, options.refused)} & set(checksums.values())
    )
    if not same:
        return None
    given = {name: checksum(options.given[name]) for name in options.generate if name in options.given}
    checksums = {name: {**given, **checksums}[name] for name in options.generate}
    return Result(names=sorted([*options.given, *names]), checksums=checksums, kept_previous=has_previous)


@dataclass(frozen=True)
class _Status:
    kind: str
    owner: tuple[str, str]
    group: tuple[str, str]
    mode: int


def _parse_status(line: str) -> _Status | None:
    parts = line.split("|")
    if len(parts) != 6 or not parts[5].isdecimal():
        return None
    kind, owner, uid, group, gid, mode = parts
    return _Status(kind, (owner, uid), (group, gid), int(mode, 8))


def _is_safe_directory(line: str) -> bool:
    status = _parse_status(line)
    if status is None or status.kind != "directory":
        return False
    return not status.mode & 0o022 or (not status.mode & 0o002 and status.group[1] == "0")


def _has_rights(options: Options, line: str, ownership: str) -> bool:
    status = _parse_status(line)
    if status is None or not status.kind.startswith("regular") or status.mode != options.mode:
        return False
    has_owner = ownership == "own" if options.owner is None else options.owner in status.owner
    return has_owner and (options.group is None or options.group in status.group)
