# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets the group of the web server read directories that an app writes to, and nothing beside them.

All of it is done as the app's user, whose files these are: a link that the app has put there leads root
nowhere.
"""

from __future__ import annotations

import os
import posixpath
import subprocess
from collections.abc import Iterable, Sequence

from .account import Account
from .errors import ModuleError
from .privileges import process_identity, run_as
from .umask import use_umask

READ, PASS = "r-x", "--x"
# What is made there from now on, with whatever umask, is closed to other users.
OTHERS = "default:other::---"
CLOSED = f"default:user::rwx,default:group::r-x,{OTHERS}"


class AccessError(ModuleError):
    """The access control lists of an app's directories cannot be changed."""

    def __init__(self, message: str) -> None:
        super().__init__(
            message,
            reason="access_list",
            hint="The package acl has to be installed (the role masonite.deploy.base does), and the file "
            "system has to support access control lists.",
            options=["static"],
        )


def select_below(paths: Iterable[str], shared: Iterable[str]) -> list[str]:
    """Return those of the paths that are shared, or lie in what is shared."""
    names = list(shared)
    normalized = [posixpath.normpath(path) for path in paths]
    return [path for path in normalized if any(path == name or path.startswith(f"{name}/") for name in names)]


def let_group_read(
    shared: str,
    paths: Sequence[str],
    gid: int,
    account: Account | None,
    make: bool = False,
    dry: bool = False,
) -> list[str]:
    """Return the directories below ``shared`` that the group could not read before, and now can.

    ``make`` makes those that are missing. ``dry`` changes nothing.
    """
    if make and not dry:
        run_as(account, lambda: _make(shared, paths))
    found: list[str] = run_as(account, lambda: _select_directories(shared, paths))
    changed = [path for path in found if not _is_readable(shared, path, gid, account)]
    if not dry:
        if changed:
            _close_to_others(shared, account)
        for path in changed:
            above = [posixpath.normpath(f"{shared}/{part}") for part in _list_above(path)]
            _run(["setfacl", "--modify", f"group:{gid}:{PASS},{CLOSED}", "--", *above], account)
            entries = f"group:{gid}:rX,default:group:{gid}:rX"
            _run(
                ["setfacl", "--recursive", "--physical", "--modify", entries, "--", f"{shared}/{path}"],
                account,
            )
    return changed


def _close_to_others(shared: str, account: Account | None) -> None:
    """Take from all other users what modes allow them: until now they could not pass through ``shared``."""
    uid = str(account.uid if account is not None else os.geteuid())
    owned = ["find", shared, "-xdev", "-user", uid, "!", "-type", "l", "-perm", "/o=rwx"]
    _run([*owned, "-exec", "chmod", "o-rwx", "--", "{}", "+"], account)


def _make(shared: str, paths: Sequence[str]) -> None:
    with use_umask(0o027):
        for path in paths:
            os.makedirs(f"{shared}/{path}", exist_ok=True)


def _select_directories(shared: str, paths: Sequence[str]) -> list[str]:
    return [path for path in paths if os.path.isdir(f"{shared}/{path}")]


def _list_above(path: str) -> list[str]:
    """Return the directories that lead to a path, with that which it is relative to."""
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(len(parts))]


def _is_readable(shared: str, path: str, gid: int, account: Account | None) -> bool:
    wanted = {f"group:{gid}:{READ}", f"default:group:{gid}:{READ}"}
    if not wanted <= _read_entries(f"{shared}/{path}", account):
        return False
    passes = {f"group:{gid}:{PASS}", f"group:{gid}:{READ}"}
    above = [_read_entries(posixpath.normpath(f"{shared}/{part}"), account) for part in _list_above(path)]
    return all(passes & found and OTHERS in found for found in above)


def _read_entries(path: str, account: Account | None) -> set[str]:
    text = _run(["getfacl", "--omit-header", "--absolute-names", "--numeric", "--", path], account)
    return {line.split()[0] for line in text.splitlines() if line.strip()}


def _run(argv: list[str], account: Account | None) -> str:
    try:
        done = subprocess.run(
            argv,
            check=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd="/",
            **process_identity(account),
        )
    except FileNotFoundError:
        raise AccessError(f"{argv[0]} is missing on this server.") from None
    except subprocess.CalledProcessError as error:
        raise AccessError(f"{argv[0]} failed: {error.stderr.decode(errors='replace').strip()}.") from None
    output: bytes = done.stdout
    return output.decode("utf-8", "replace")
