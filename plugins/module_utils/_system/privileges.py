# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work done as another user, so that what that user can write cannot lead root astray.

A child that has changed its user is not dumpable, so other processes of that user can neither trace it nor
take its file descriptors. What it returns is data in JSON, never an object.
"""

from __future__ import annotations

import errno
import json
import os
import select
import signal
import time
from typing import Any, Callable

from .account import Account


def can_switch(account: Account | None) -> bool:
    """Whether this process is root and the account is another user."""
    return account is not None and os.geteuid() == 0 and account.uid != 0


def process_identity(account: Account | None) -> dict[str, Any]:
    """Arguments of subprocess.Popen that start a program as the account; none if it is the user already."""
    if account is None or not can_switch(account):
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": list(account.groups)}


def run_as(account: Account | None, function: Callable[[], Any], timeout: float = 600) -> Any:
    """Run a function as the account, in a child process, and return its result, which must be JSON.

    An OSError of the function is raised here as an OSError with the same number and path, anything else as a
    RuntimeError. Without root, or without an account, the function is called in this process.

    Other processes of the account can stop the child, so it is killed after `timeout` seconds.
    """
    if account is None or not can_switch(account):
        return function()
    source, sink = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(source)
        _child(account, function, sink)
    os.close(sink)
    try:
        answer = _read_until(source, time.monotonic() + timeout)
    except TimeoutError:
        os.kill(child, signal.SIGKILL)
        raise
    finally:
        os.close(source)
        _pid, status = os.waitpid(child, 0)
    if not answer:
        raise RuntimeError(f"a process of user {account.name} ended with status {status} and no result")
    return _result(json.loads(answer))


def _read_until(source: int, deadline: float) -> bytes:
    """Everything that comes through the pipe before its other end is closed."""
    chunks: list[bytes] = []
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([source], [], [], left)[0]:
            raise TimeoutError(errno.ETIMEDOUT, "a process of another user did not end in time")
        chunk = os.read(source, 1 << 16)
        if not chunk:
            return b"".join(chunks)
        chunks.append(chunk)


def _child(account: Account, function: Callable[[], Any], sink: int) -> None:
    try:
        os.setgroups(list(account.groups))
        os.setgid(account.gid)
        os.setuid(account.uid)
        answer: dict[str, Any] = {"result": function()}
    except OSError as error:
        answer = {"errno": error.errno, "text": error.strerror or str(error), "path": _text(error.filename)}
    except BaseException as error:  # a forked copy must never return into the module's own code
        answer = {"error": f"{type(error).__name__}: {error}"}
    try:
        data = json.dumps(answer).encode()
        while data:
            data = data[os.write(sink, data) :]
    finally:
        os._exit(0)


def _text(path: object) -> str | None:
    return os.fsdecode(path) if isinstance(path, (str, bytes)) else None


def _result(answer: dict[str, Any]) -> Any:
    if "error" in answer:
        raise RuntimeError(str(answer["error"]))
    if "errno" in answer:
        raise OSError(answer["errno"], answer["text"], answer["path"])
    return answer["result"]
