# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A git repository to deploy from, and an app to deploy, as the role would do it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.masonite.deploy.plugins.module_utils._release.errors import ReleaseError
from ansible_collections.masonite.deploy.plugins.module_utils._release.info import InfoOptions, read_info
from ansible_collections.masonite.deploy.plugins.module_utils._release.main import run_state
from ansible_collections.masonite.deploy.plugins.module_utils._release.module_call import ModuleCall
from ansible_collections.masonite.deploy.plugins.module_utils._release.options import ARGUMENTS, read_options
from ansible_collections.masonite.deploy.plugins.module_utils._system.account import Account, find_account
from ansible_collections.masonite.deploy.plugins.module_utils._system.privileges import process_identity

ME = {"user": "ann", "host": "laptop", "machine": "m", "pid": 100, "start": "1", "job": ""}
OTHER = {"user": "bob", "host": "office", "machine": "n", "pid": 200, "start": "2", "job": ""}

GIT_ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ann",
    "GIT_AUTHOR_EMAIL": "ann@example.org",
    "GIT_COMMITTER_NAME": "Ann",
    "GIT_COMMITTER_EMAIL": "ann@example.org",
}


def git(*arguments: str, cwd: Path) -> str:
    command = ["git", "-c", "protocol.file.allow=always", *arguments]
    run = subprocess.run(command, cwd=cwd, env=GIT_ENVIRONMENT, check=True, capture_output=True, text=True)
    return run.stdout.strip()


class Repository:
    def __init__(self, path: Path, branch: str = "main") -> None:
        self.path = path
        path.mkdir(parents=True)
        git("init", "--quiet", f"--initial-branch={branch}", cwd=path)

    def commit(self, files: Mapping[str, str] | None = None, message: str = "change") -> str:
        for name, content in (files or {}).items():
            place = self.path / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(content)
        git("add", "--all", cwd=self.path)
        git("commit", "--quiet", "--allow-empty", "--message", message, cwd=self.path)
        return self.head()

    def head(self) -> str:
        return git("rev-parse", "HEAD", cwd=self.path)

    def git(self, *arguments: str) -> str:
        return git(*arguments, cwd=self.path)


class App:
    """Calls the module as the role does, in this process."""

    def __init__(self, path: Path, repository: str, **options: Any) -> None:
        self.path = path
        self.clock: Callable[[], float] = time.time
        self.options = {
            "path": str(path),
            "repository": repository,
            "version": "main",
            "holder": ME,
            "python": sys.executable,
            "disk_reserve": 0,
            **options,
        }

    def make_call(self, check_mode: bool = False, **options: Any) -> ModuleCall:
        defaults = {name: spec.get("default") for name, spec in ARGUMENTS.items()}
        params = {**defaults, **self.options, **options}
        unknown = set(params) - set(ARGUMENTS)
        assert not unknown, unknown
        return ModuleCall(read_options(params), check_mode, self.clock)

    def call(self, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        return run_state(self.make_call(check_mode, **options))

    def present(self, **options: Any) -> dict[str, Any]:
        return self.call(**options)

    def live(self, name: str, **options: Any) -> dict[str, Any]:
        return self.call(state="live", release=name, **options)

    def failed(self, name: str = "", **options: Any) -> dict[str, Any]:
        return self.call(state="failed", release=name, **options)

    def deploy(self, **options: Any) -> dict[str, Any]:
        """Present and live, with a finished virtualenv in between."""
        at_end: dict[str, Any] = {
            key: options.pop(key) for key in ("keep", "action", "started", "reason") if key in options
        }
        present = self.present(**options)
        if present["virtualenv"] is not None:
            finish_virtualenv(present["virtualenv"]["path"])
            at_end["virtualenv"] = present["virtualenv"]["path"]
        holder = {"holder": options["holder"]} if "holder" in options else {}
        self.live(present["release"]["name"], **holder, **at_end)
        return dict(present["release"])

    def break_down(self, **options: Any) -> dict[str, Any]:
        present = self.present(**options)
        holder = {"holder": options["holder"]} if "holder" in options else {}
        self.failed(present["release"]["name"], reason="it answered 500", **holder)
        return dict(present["release"])

    def rollback(self, **options: Any) -> dict[str, Any]:
        return self.deploy(release="previous", action="rollback", **options)

    def info(self) -> dict[str, Any]:
        params = {"path": str(self.path), "history": 1000, "live_link": self.options.get("live_link")}
        return read_info(InfoOptions.read(params))

    def names(self) -> list[str]:
        releases = self.path / "releases"
        return sorted(os.listdir(releases)) if releases.exists() else []

    def history(self) -> list[dict[str, Any]]:
        lines = (self.path / "history.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]

    def read(self, name: str) -> str:
        return (self.path / "current" / name).read_text()


@contextmanager
def server() -> Iterator[Server]:
    """Two users of this machine stand for the app's; pytest's own directories are closed to them."""
    build, app = find_account("games"), find_account("backup")
    if os.geteuid() != 0:
        pytest.skip("only root can work as other users")
    if build is None or app is None:
        pytest.skip("this machine has no users games and backup")
    base = Path(tempfile.mkdtemp(prefix="release-server-"))
    base.chmod(0o755)
    try:
        yield Server(base, build, app)
    finally:
        shutil.rmtree(base)


class Server:
    """An app as root deploys it: its build user and its own user are users without rights elsewhere."""

    def __init__(self, base: Path, build: Account, owner: Account) -> None:
        self.base = base
        self.build = build
        self.owner = owner
        self.repository = Repository(base / "origin")
        self.repository.commit({"wsgi.py": "one", "requirements.txt": "masonite\n"})
        self.site = base / "site"
        self.site.mkdir(mode=0o711)
        self.venvs = base / "venvs"
        self.venvs.mkdir(mode=0o755)
        os.chown(self.venvs, build.uid, build.gid)
        self.app = App(
            self.site,
            str(self.repository.path),
            virtualenvs=str(self.venvs),
            build_user=build.name,
            app_user=owner.name,
        )
        # What neither of the two may read or change.
        self.secret = base / "secret"
        self.secret.mkdir(mode=0o700)
        (self.secret / "key").write_text(SECRET)

    def as_build(self, *command: object) -> None:
        run_as_account(self.build, command)

    def as_app(self, *command: object) -> None:
        run_as_account(self.owner, command)


SECRET = "of root alone"


def run_as_account(account: Account, command: Sequence[object]) -> None:
    words = [str(word) for word in command]
    subprocess.run(words, check=True, cwd="/", timeout=20, **process_identity(account))


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """The block ends in time, or the test fails instead of waiting without limit."""

    def expire(_signal: int, _frame: object) -> None:
        raise AssertionError(f"it hangs for more than {seconds} s")

    before = signal.signal(signal.SIGALRM, expire)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def finish_virtualenv(path: str) -> None:
    os.makedirs(path, exist_ok=True)
    Path(path, ".complete").touch()


def snapshot(directory: Path) -> dict[str, tuple[int, int, int]]:
    """Everything below a directory, down to inodes and times: a change of any of it shows."""
    found = {}
    for root, directories, names in os.walk(directory):
        for name in [".", *directories, *names]:
            about = os.lstat(os.path.join(root, name))
            found[os.path.join(root, name)] = (about.st_ino, about.st_mtime_ns, about.st_mode)
    return found


def killed_at(event: int, work: Callable[[], object]) -> bool:
    """Run `work` in a process that is killed at its n-th system event; True if it came to its end."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            seen = 0

            def count(name: str, _arguments: Any) -> None:
                nonlocal seen
                if name.startswith(("os.", "shutil.", "open", "subprocess.", "fcntl.", "tempfile.")):
                    seen += 1
                    if seen == event:
                        os._exit(9)

            sys.addaudithook(count)
            work()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@contextmanager
def refused(reason: str, *words: str) -> Iterator[None]:
    """The block fails with a ReleaseError of this kind that says all of these words."""
    with pytest.raises(ReleaseError) as caught:
        yield
    said = f"{caught.value.message} {caught.value.hint}"
    assert caught.value.reason == reason, (caught.value.reason, said)
    assert set(caught.value.options) <= set(ARGUMENTS), caught.value.options
    for word in words:
        assert word in said, said
