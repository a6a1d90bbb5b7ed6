# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An app's directory with an environment file, and the real code of the module on it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.masonite.deploy.plugins.module_utils._env_file.errors import EnvFileError
from ansible_collections.masonite.deploy.plugins.module_utils._env_file.options import read_options
from ansible_collections.masonite.deploy.plugins.module_utils._env_file.result import Result
from ansible_collections.masonite.deploy.plugins.module_utils._env_file.shell_comparison import (
    compare_output,
    render_shell_command,
)
from ansible_collections.masonite.deploy.plugins.module_utils._env_file.state import EnvFile
from ansible_collections.masonite.deploy.plugins.module_utils._system.dotenv import parse_file

# Keys of no app.
KEY_ONE = "1" * 43 + "="
KEY_TWO = "2" * 43 + "="
PUBLISHED = "-RkDOqXojJIlsF_I8wWiUq_KRZ0PtGWTOZ676u5HtLg="

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to other users")


class Site:
    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o755)
        self.folder = folder
        self.path = folder / ".env"
        self.previous = folder / ".env.previous"

    def options(self, **options: Any) -> dict[str, Any]:
        return {
            "path": str(self.path),
            "generate": ["APP_KEY"],
            "refused_values": [PUBLISHED],
            "keep_previous": True,
            **options,
        }

    def call(self, check_mode: bool = False, **options: Any) -> Result:
        return EnvFile(read_options(self.options(**options)), check_mode).run()

    def compare_output(self, **options: Any) -> Result | None:
        """What the action plugin finds by its shell command."""
        wanted = read_options(self.options(**options))
        run = subprocess.run(
            ["/bin/sh", "-c", render_shell_command(wanted)],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        return compare_output(wanted, run.stdout)

    def put(self, text: str, mode: int = 0o640) -> None:
        self.path.write_bytes(text.encode())
        self.path.chmod(mode)

    def values(self) -> dict[str, str]:
        return parse_file(self.path.read_text())

    def snapshot(self) -> dict[str, tuple[int, int, int]]:
        return {
            path.name: (path.lstat().st_ino, path.lstat().st_mtime_ns, path.lstat().st_mode)
            for path in [self.folder, *self.folder.iterdir()]
        }


@contextmanager
def refused(reason: str, *words: str) -> Iterator[pytest.ExceptionInfo[EnvFileError]]:
    """The block fails with an EnvFileError of this kind that says all of these words."""
    with pytest.raises(EnvFileError) as caught:
        yield caught
    assert caught.value.reason == reason, caught.value.message
    for word in words:
        assert word in caught.value.message


def killed_at(event: int, work: Callable[[], object]) -> bool:
    """Run `work` in a process that is killed at its n-th system event; True if it came to its end."""
    child = os.fork()
    if child == 0:
        seen = 0

        def count(name: str, _arguments: Any) -> None:
            nonlocal seen
            if name.startswith(("os.", "open")):
                seen += 1
                if seen == event:
                    os._exit(9)

        try:
            sys.addaudithook(count)
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    _pid, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) in (0, 9)
    return os.waitstatus_to_exitcode(status) == 0
