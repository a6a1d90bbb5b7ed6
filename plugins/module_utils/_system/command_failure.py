# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Describes how a command failed: a message whose first line is the cause, and a reason.

What the command printed is not part of it: that is in stdout and stderr of the result.
"""

from __future__ import annotations

import signal

from .cause import find_cause
from .command import Finished

# Characters of each output in which the cause is looked for: lists of all lines would take much memory.
SEARCHED_CHARACTERS = 1 << 18


def decode_output(output: bytes) -> str:
    """Return what a command printed as text without the last line end."""
    return output.decode("utf-8", "replace").rstrip("\r\n")


def describe_failure(
    subject: str, finished: Finished, timeout: float | None, memory_max: str, cause: str = ""
) -> tuple[str, str]:
    """Return the message and the reason. The subject is that of the sentence, such as "The command X".

    Without ``cause`` it is looked for in the output.
    """
    stdout, stderr = decode_output(finished.stdout), decode_output(finished.stderr)
    first, second, reason = _summarize(
        subject,
        finished,
        cause or find_cause(stdout[-SEARCHED_CHARACTERS:], stderr[-SEARCHED_CHARACTERS:]),
        timeout,
        memory_max,
    )
    return "\n".join(line for line in (first, second) if line), reason


def _summarize(
    subject: str, finished: Finished, cause: str, timeout: float | None, memory_max: str
) -> tuple[str, str, str]:
    """Return the first line of the message, its second line, and the reason."""
    printed = f"It printed at last: {cause}" if cause else ""
    if finished.timed_out:
        return f"{subject} did not end within {timeout or 0:.0f} s and was killed.", printed, "timeout"
    if finished.out_of_memory:
        limit = f", memory_max {memory_max}" if memory_max else ""
        return f"{subject} was killed because memory ran out{limit}.", printed, "memory"
    if finished.rc < 0:
        end = f"{subject} was killed by {_signal_name(-finished.rc)}."
        if finished.rc == -signal.SIGKILL and memory_max:
            # With the old control groups, systemd does not say why the kernel killed a process.
            end += f" The kernel does so when memory_max ({memory_max}) is exceeded."
        return (cause, end, "signal") if cause else (end, "", "signal")
    end = f"{subject} failed with exit code {finished.rc}"
    return (cause, f"{end}.", "exit_code") if cause else (f"{end} and printed nothing.", "", "exit_code")


def _signal_name(number: int) -> str:
    try:
        return f"signal {number} ({signal.Signals(number).name})"
    except ValueError:
        return f"signal {number}"
