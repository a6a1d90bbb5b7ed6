# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends programs that were started in a process group of their own."""

from __future__ import annotations

import os
import signal
import subprocess


def kill_process_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a program and its group, and close its output.

    A process that has left the group and keeps the output open is waited for no longer than 2 s.
    """
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    try:
        process.communicate(timeout=2)
    except subprocess.TimeoutExpired:
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
