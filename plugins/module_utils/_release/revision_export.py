# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the files of a revision below a directory, as the build user."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .._system.privileges import process_identity
from .errors import ReleaseError
from .git import Git


def export_revision(git: Git, repository: Path, commit: str, target: Path) -> None:
    """Write the files of a revision below ``target``, with the modes 0644 and 0755 whatever the umask is."""
    archive = [git.program, *git.access.make_options(None), f"--git-dir={repository}", "-c", "tar.umask=0022"]
    archive += ["archive", "--format=tar", commit]
    unpack = ["tar", "--extract", "--file=-", f"--directory={target}", "--no-same-owner"]
    unpack += ["--preserve-permissions"]
    environment = git.access.make_environment(None)
    identity = process_identity(git.access.account)
    with tempfile.TemporaryFile() as errors:
        source = subprocess.Popen(
            archive,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
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
                stderr=errors,
                env=environment,
                cwd="/",
                start_new_session=True,
                **identity,
            )
            if source.stdout is not None:
                source.stdout.close()
            with sink:
                _wait_for([sink, source], git.access.timeout)
        if source.returncode == 0 and sink.returncode == 0:
            return
        errors.seek(0)
        lines = errors.read().decode("utf-8", "replace").strip().splitlines()
    raise _export_error(commit, target, [line for line in lines if line.strip()])


def _wait_for(processes: Sequence[subprocess.Popen[bytes]], timeout: int) -> None:
    try:
        for process in processes:
            process.wait(timeout=timeout)
    except subprocess.TimeoutExpired:
        for process in processes:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue


def _export_error(commit: str, target: Path, lines: list[str]) -> ReleaseError:
    cause = next((line for line in lines if "No space left" in line or "quota" in line.lower()), "")
    if cause:
        free = shutil.disk_usage(target).free // 1024**2
        return ReleaseError(
            f"Revision {commit[:12]} could not be written to {target.parent}: "
            f"the disk is full ({free} MB free; {cause}).",
            reason="disk",
            options=["disk_check"],
            hint="Free some space on the server and run again; nothing of the attempt was left behind.",
        )
    return ReleaseError(
        f"Revision {commit[:12]} could not be written to {target.parent}: "
        f"{lines[0] if lines else 'no message'}.",
        reason="export",
        hint="Run again; if the error stays, remove the repo.git beside the releases: it is cloned again.",
        stderr_lines=lines[-12:],
    )
