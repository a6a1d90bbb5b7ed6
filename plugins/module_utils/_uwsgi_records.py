# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written down about instances, and the lock that lets one run at a time touch them."""

from __future__ import annotations

import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Callable

from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_config import ID_PATTERN, Paths
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_environment import (
    parse_environment,
    render_environment,
)
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_errors import InstanceError
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_files import remove, write_atomically

CANDIDATE, SWITCHED, LIVE, STOPPED = "candidate", "switched", "live", "stopped"
STATES = (CANDIDATE, SWITCHED, LIVE, STOPPED)


@dataclass
class Record:
    """What is known of an instance. Nothing in it is believed about a process without looking at it."""

    id: str
    state: str
    manager: str
    chdir: str = ""
    virtualenv: str = ""
    binary: str = ""
    user: str = ""
    uid: int = -1
    group: str = ""
    umask: str = "0027"
    # Only in records of version 0.1; since then the values stand in a file of their own.
    environment: dict[str, str] = field(default_factory=dict)
    published: bool = False
    processes: int = 0
    threads: int = 1
    log: str = ""
    pid: int = 0
    start: int = 0
    created: float = 0.0
    watched: dict[str, str] = field(default_factory=dict)
    # While a switch is under way: how to go back, and the process that has to be ended when it is done.
    way_back: dict[str, str] = field(default_factory=dict)
    replaces: dict[str, Any] = field(default_factory=dict)


class Records:
    def __init__(self, paths: Paths) -> None:
        self.paths = paths

    def ids(self) -> list[str]:
        """Every id that has left a record or a configuration."""
        try:
            names = os.listdir(self.paths.config_dir)
        except (FileNotFoundError, NotADirectoryError):
            return []
        except PermissionError as error:
            raise InstanceError(
                f"config_dir {self.paths.config_dir} cannot be read: {error.strerror}. Run as root, "
                "or give a config_dir of your own.",
                stage="survey",
            ) from error
        kinds = (".json", ".ini", ".env", ".new")
        stems = {os.path.splitext(name)[0] for name in names if name.endswith(kinds)}
        return sorted(stem for stem in (name.split(".")[0] for name in stems) if ID_PATTERN.match(stem))

    def load(self, instance_id: str) -> Record | None:
        """None for a record that is missing or makes no sense."""
        try:
            with open(self.paths.files(instance_id).record, encoding="utf-8") as stream:
                data = json.load(stream)
        except (OSError, ValueError, RecursionError):
            return None
        if not isinstance(data, dict):
            return None
        record = Record(id=instance_id, state="", manager="")
        for known in fields(Record):
            value = data.get(known.name, getattr(record, known.name))
            current = getattr(record, known.name)
            numbers = not isinstance(current, bool) and not isinstance(value, bool)
            number = numbers and isinstance(current, (int, float)) and isinstance(value, (int, float))
            if not number and not isinstance(value, type(current)):
                return None
            setattr(record, known.name, value)
        if (
            record.id != instance_id
            or record.state not in STATES
            or record.manager not in ("systemd", "none")
        ):
            return None
        return record

    def save(self, record: Record) -> None:
        text = json.dumps(asdict(record), indent=1, sort_keys=True) + "\n"
        write_atomically(self.paths.files(record.id).record, text, 0o600)

    def ini(self, instance_id: str) -> str:
        try:
            with open(self.paths.files(instance_id).ini, encoding="utf-8", errors="replace") as stream:
                return stream.read()
        except OSError:
            return ""

    def environment(self, instance_id: str) -> dict[str, str]:
        """The environment of an instance, from its file or from a record of version 0.1."""
        try:
            with open(self.paths.files(instance_id).environment, encoding="utf-8") as stream:
                return parse_environment(stream.read())
        except (OSError, ValueError):
            record = self.load(instance_id)
            values = record.environment if record else {}
            return {key: value for key, value in values.items() if isinstance(value, str)}

    def save_environment(self, instance_id: str, environment: dict[str, str]) -> None:
        path = self.paths.files(instance_id).environment
        if environment:
            write_atomically(path, render_environment(environment), 0o600)
        else:
            remove(path)

    def forget(self, instance_id: str) -> bool:
        files = self.paths.files(instance_id)
        kept = (files.ini, files.record, files.environment)
        gone = [remove(path + suffix) for path in kept for suffix in ("", ".new")]
        return any(gone)


class Lock:
    """flock on a file in the configuration directory: the kernel lets go of it whatever happens to us."""

    def __init__(self, path: str, patience: float, make_directory: Callable[[], object]) -> None:
        self.path = path
        self.make_directory = make_directory
        self.patience = patience
        self.waited = 0.0
        self._descriptor: int | None = None

    def __enter__(self) -> Lock:
        begun = time.monotonic()
        while not self._take():
            self.waited = time.monotonic() - begun
            if self.waited > self.patience:
                raise InstanceError(
                    f"another run (process {self._holder()}) has held {self.path} for over "
                    f"{self.patience} s. Wait for it or end it, then run again.",
                    stage="lock",
                )
            time.sleep(0.02)
        return self

    def _take(self) -> bool:
        self.make_directory()
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # An `absent` removes the file together with the lock: a lock on a removed file guards nothing.
            same = os.fstat(descriptor).st_ino == os.stat(self.path).st_ino
        except (BlockingIOError, FileNotFoundError):
            same = False
        if not same:
            os.close(descriptor)
            return False
        os.ftruncate(descriptor, 0)
        os.write(descriptor, b"%d\n" % os.getpid())
        self._descriptor = descriptor
        return True

    def _holder(self) -> str:
        try:
            with open(self.path, encoding="ascii") as stream:
                return stream.read(20).strip() or "unknown"
        except (OSError, ValueError):
            return "unknown"

    def __exit__(self, *_exc: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
