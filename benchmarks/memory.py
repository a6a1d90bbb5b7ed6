# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs on the server: the memory (PSS, KiB) of the uWSGI processes whose working directory is under a path.

    python3 memory.py /srv/sites/blog

One JSON line every quarter of a second, until its standard input is closed.
"""

from __future__ import annotations

import json
import os
import select
import sys
import time
import typing as t

INTERVAL = 0.25


def uwsgi_processes(directory: str) -> t.Iterator[str]:
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                command = file.read()
            # A release that was pruned while its instance still drains reads "… (deleted)".
            if b"uwsgi" in command and os.readlink(f"/proc/{pid}/cwd").startswith(directory):
                yield pid
        except OSError:
            continue


def pss(pid: str) -> int:
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            return next((int(line.split()[1]) for line in file if line.startswith("Pss:")), 0)
    except OSError:
        return 0


def sample(directory: str) -> dict[str, float]:
    sizes = [size for size in map(pss, uwsgi_processes(directory)) if size]
    return {"time": time.time(), "processes": len(sizes), "pss_kb": sum(sizes)}


def main(directory: str) -> None:
    while True:
        print(json.dumps(sample(directory)), flush=True)
        if select.select([sys.stdin], [], [], INTERVAL)[0]:
            return


if __name__ == "__main__":
    main(sys.argv[1])
