# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a revision, written below a release by the build user."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ansible_collections.masonite.deploy.plugins.module_utils._release_errors import ReleaseError
from ansible_collections.masonite.deploy.plugins.module_utils._release_mirror import Entry, Mirror
from ansible_collections.masonite.deploy.plugins.module_utils._system.privileges import process_identity

FORBIDDEN = frozenset(["", ".", "..", ".git"])


def check_entries(entries: Sequence[Entry], commit: str, repository: str) -> None:
    """Refuse a revision in which a name leads out of it, or in which a link or a file has children."""
    names = {entry.name for entry in entries}
    for entry in entries:
        parts = entry.name.split("/")
        above = ["/".join(parts[:count]) for count in range(1, len(parts))]
        crossed = next((name for name in above if name in names), "")
        if crossed or FORBIDDEN.intersection(part.lower() for part in parts):
            why = f"{crossed!r} is a link or a file there" if crossed else "such a name is not allowed"
            raise corrupt(commit, repository, f"it holds {entry.name!r}, and {why}")
    if len(names) != len(entries):
        raise corrupt(commit, repository, "it holds a name twice")


def corrupt(commit: str, repository: str, why: str) -> ReleaseError:
    return ReleaseError(
        f"Revision {commit[:12]} of {repository} cannot be exported: {why}.",
        hint="Run `git fsck --strict` in a clone, and correct the history of the repository.",
        reason="corrupt_repository",
    )


def export(mirror: Mirror, commit: str, target: Path) -> None:
    """Write the files of a revision below `target`, 0644 and 0755 whatever the umask."""
    access = mirror.git.access
    archive = [mirror.git.binary, f"--git-dir={mirror.path}", "-c", "tar.umask=0022"]
    archive += ["archive", "--format=tar", commit]
    unpack = ["tar", "--extract", "--file=-", f"--directory={target}", "--no-same-owner"]
    unpack += ["--preserve-permissions"]
    environment = access.variables(None)
    identity = process_identity(access.account)
    with tempfile.TemporaryFile() as complaints:
        source = subprocess.Popen(
            archive,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env=environment,
            cwd="/",
            start_new_session=True,
            **identity,
        )
        with source:
            sink = subprocess.Popen(
                unpack,
                stdin=source.stdout,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
                env=environment,
                cwd="/",
                start_new_session=True,
                **identity,
            )
            if source.stdout is not None:
                source.stdout.close()
            with sink:
                _wait([sink, source], access.timeout)
        if source.returncode == 0 and sink.returncode == 0:
            return
        complaints.seek(0)
        said = complaints.read().decode("utf-8", "replace").strip().splitlines()
    raise _failure(commit, target, [line for line in said if line.strip()])


def _wait(processes: Sequence[subprocess.Popen[bytes]], timeout: int) -> None:
    try:
        for process in processes:
            process.wait(timeout=timeout)
    except subprocess.TimeoutExpired:
        for process in processes:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue


def _failure(commit: str, target: Path, said: list[str]) -> ReleaseError:
    cause = next((line for line in said if "No space left" in line or "quota" in line.lower()), "")
    if cause:
        free = shutil.disk_usage(target).free // 1024**2
        return ReleaseError(
            f"Revision {commit[:12]} could not be written to {target.parent}: "
            f"the disk is full ({free} MB free; {cause}).",
            hint="Free some space on the server and run again; nothing of the attempt was left behind.",
            reason="disk",
        )
    return ReleaseError(
        f"Revision {commit[:12]} could not be written to {target.parent}: "
        f"{said[0] if said else 'no message'}.",
        hint="Run again; if the error stays, remove the repo.git beside the releases: it is cloned anew.",
        reason="export",
        stderr_lines=said[-12:],
    )
