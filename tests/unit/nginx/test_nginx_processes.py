# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NGINX's processes are found among processes of all kinds."""

from __future__ import annotations

import os
import subprocess
import sys

from ansible_collections.masonite.deploy.plugins.module_utils._nginx.master import find_workers

# Every process can give itself such a name.
RENAMED = r"""
import ctypes, time
PR_SET_NAME = 15
ctypes.CDLL(None).prctl(PR_SET_NAME, b"\xff", 0, 0, 0)
print("ready", flush=True)
time.sleep(60)
"""


def test_a_process_whose_name_is_no_text_does_not_end_the_search_for_workers() -> None:
    command = [sys.executable, "-c", RENAMED, "worker process"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            assert process.pid in [worker.pid for worker in find_workers(os.getpid())]
        finally:
            process.kill()
