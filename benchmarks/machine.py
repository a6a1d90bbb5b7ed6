# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Describe the machine and the versions that the figures of a benchmark depend on."""

from __future__ import annotations

import datetime
import os
import platform
import typing as t
from pathlib import Path

from benchmarks.server import ROOT, Server, run


def describe_machine(server: Server, tools: Path) -> dict[str, t.Any]:
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    memory = next(
        int(line.split()[1]) for line in Path("/proc/meminfo").read_text().splitlines() if "MemTotal" in line
    )
    ansible = run([str(tools / "ansible-playbook"), "--version"]).stdout.splitlines()
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "cpu": f"{os.cpu_count()} x {model}",
        "memory_gb": round(memory / 1024 / 1024, 1),
        "kernel": platform.release(),
        "docker": run(["docker", "version", "--format", "{{.Server.Version}}"]).stdout.strip(),
        "ansible": ansible[0] if ansible else "",
        "controller_python": platform.python_version(),
        "revision": describe_revision(ROOT),
        "server": server.versions(),
    }


def describe_revision(checkout: Path) -> str:
    return run(["git", "-C", str(checkout), "describe", "--always", "--dirty"]).stdout.strip() or "(none)"
