# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process between a caller and its command, which kills all processes that the command leaves.

Orphans of the command become children of this process, so it finds and kills all of them, also when the
caller has died.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import signal
import time
from typing import Any, NoReturn

from .command import Command
from .command_channels import KILL_TIMEOUT, Channels
from .process import list_pids, read_stat

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
SIGNALS = (signal.SIGCHLD, signal.SIGTERM)


def guard_command(
    command: Command, argv: list[str], program: str, channels: Channels, sink: int, parent: int
) -> NoReturn:
    """Be the process between: start the command, wait for it, kill the processes it left, report."""
    answer: dict[str, Any] = {"error": "The command could not be started.", "reason": "start"}
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        os.setsid()
        # With a copy of the writing end of a pipe its reader would never see the end.
        close_all_but(sink, *channels.inner())
        _prctl(PR_SET_CHILD_SUBREAPER, 1)
        _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        source, failures = os.pipe()
        child = os.fork()
        if child == 0:
            _execute(command, argv, program, channels, failures)
        os.close(failures)
        channels.close_inner()
        with os.fdopen(source, "rb") as stream:
            failure = stream.read()
        status = _wait(child, parent)
        left = _kill_all()
        if failure:
            answer = json.loads(failure)
        elif left:
            answer = {
                "error": f"Processes of the command could not be killed: {left}.",
                "reason": "not_ended",
            }
        else:
            answer = {"rc": -signal.SIGKILL if status is None else os.waitstatus_to_exitcode(status)}
    except BaseException as error:  # a forked copy must never return into the caller's code
        answer = {"error": f"The command could not be run: {error}", "reason": "start"}
    finally:
        try:
            os.write(sink, json.dumps(answer).encode())
        finally:
            os._exit(0)


def _execute(command: Command, argv: list[str], program: str, channels: Channels, failures: int) -> NoReturn:
    """Become the command. A failure is written to the pipe `failures`, which closes empty on success."""
    try:
        os.setsid()
        os.umask(0o022)
        for target, descriptor in enumerate(_above_standard(channels)):
            os.dup2(descriptor, target)
        close_all_but(failures)
        failure = _enter_directory(command, program)
        if not failure:
            for number in (*SIGNALS, signal.SIGPIPE, signal.SIGXFSZ):
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, ())
            os.execve(argv[0], argv, command.variables())
    except BaseException as error:  # a forked copy must never return into the caller's code
        failure = {"error": f"The command {argv[0]} cannot be started: {error}", "reason": "start"}
    try:
        os.write(failures, json.dumps(failure).encode())
    finally:
        os._exit(127)


def _above_standard(channels: Channels) -> list[int]:
    """Copies with numbers that the three standard streams do not take."""
    return [fcntl.fcntl(stream, fcntl.F_DUPFD_CLOEXEC, 3) for stream in channels.inner()]


def close_all_but(*kept: int) -> None:
    """Close every descriptor above the standard streams except the kept ones."""
    for number in map(int, os.listdir("/proc/self/fd")):
        if number > 2 and number not in kept:
            try:
                os.close(number)
            except OSError:  # the directory that was listed
                pass


def _enter_directory(command: Command, program: str) -> dict[str, Any]:
    """Change to the working directory with the rights of the account; return why that is impossible."""
    account = command.account
    root = os.geteuid() == 0
    if root:
        os.setgroups(list(account.groups))
        os.setegid(account.gid)
        os.seteuid(account.uid)
    try:
        os.chdir(command.chdir)
    except OSError as error:
        text = f"User {account.name} cannot enter the working directory {command.chdir}: {error.strerror}"
        return {"error": text, "reason": "chdir", "options": ["chdir"]}
    if not os.path.isfile(program) or not os.access(program, os.X_OK, effective_ids=True):
        return {
            "error": f"The program {program} is missing or user {account.name} may not execute it.",
            "reason": "missing_program",
            "options": ["argv"],
        }
    if root:
        os.seteuid(0)
        os.setegid(0)
    return {}


def _wait(child: int, parent: int) -> int | None:
    """Reap processes until the command has ended; return its status, or None when it has to be killed."""
    while True:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == child:
            return status
        if pid == 0 and (os.getppid() != parent or signal.sigwait(SIGNALS) == signal.SIGTERM):
            return None


def _kill_all() -> list[int]:
    """Kill children until none is left, orphaned grandchildren included; return those that remain.

    Only this process reaps its children, so the number of one cannot have become another process's.
    """
    deadline = time.monotonic() + KILL_TIMEOUT / 2
    while True:
        children = _children()
        for pid in children:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return []
        if time.monotonic() > deadline:
            return children
        time.sleep(0 if children else 0.001)


def _children() -> list[int]:
    me = os.getpid()
    try:
        with open(f"/proc/{me}/task/{me}/children", encoding="ascii") as stream:
            return [int(word) for word in stream.read().split()]
    except FileNotFoundError:
        pass
    statuses = (read_stat(pid) for pid in list_pids())
    return [status.pid for status in statuses if status is not None and status.parent == me]


def _prctl(option: int, value: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
