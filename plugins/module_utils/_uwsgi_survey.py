# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is really there: who serves the public socket, and what earlier runs have left behind."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.masonite.deploy.plugins.module_utils import _uwsgi_links as links
from ansible_collections.masonite.deploy.plugins.module_utils import _uwsgi_listeners as listeners
from ansible_collections.masonite.deploy.plugins.module_utils._system.process import (
    Process,
    command,
    family,
    in_unit,
    of_user,
    owner_of,
    pids,
    socket_inodes,
    stat,
    unit_of,
)
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_config import ID_PATTERN, Files, Paths
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_files import RuntimeDir
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_protocol import peer
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_publish import Publisher
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_records import Record, Records
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_service import Service

OWN, FOREIGN, STRANGER = "own", "foreign", "stranger"


@dataclass
class Running:
    """Something at a socket path. With neither a process nor orphans it is only what is left of it."""

    origin: str  # own; foreign: uWSGI somebody else started; stranger: no uWSGI at all
    socket: str
    id: str | None = None
    files: Files | None = None
    record: Record | None = None
    manager: str = "none"
    process: Process | None = None
    orphans: list[Process] = field(default_factory=list)
    listener: listeners.Listener | None = None
    uid: int | None = None  # whose processes count; None: anybody's

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.alive

    @property
    def members(self) -> list[Process]:
        found = of_user(family(self.process.pid), self.uid) if self.process and self.alive else []
        return found + [orphan for orphan in self.orphans if orphan.alive and orphan not in found]

    @property
    def config(self) -> str:
        return self.id[:10] if self.id else ""

    def name(self) -> str:
        if self.origin == OWN:
            return f"instance {self.id}"
        return f"the uWSGI process {self.process.pid if self.process else '?'}"

    def for_record(self) -> dict[str, Any]:
        process = self.process
        return {
            "id": self.id or "",
            "socket": self.socket,
            "pid": process.pid if process else 0,
            "start": process.start if process else 0,
        }


def looks_like_uwsgi(pid: int) -> bool:
    words = [os.path.basename(word) for word in command(pid)[:3]]
    try:
        words.append(os.path.basename(os.readlink(f"/proc/{pid}/exe")))
    except OSError:
        pass
    seen = stat(pid)
    return any("uwsgi" in word.lower() for word in words + ([seen.name] if seen else []))


class Survey:
    def __init__(self, paths: Paths, records: Records, services: Mapping[str, Service]) -> None:
        self.paths = paths
        self.records = records
        self.services = services
        self.runtime = RuntimeDir(paths.runtime_dir)
        self.publisher = Publisher(paths)
        self._named = self._scan()

    def _scan(self) -> dict[str, list[int]]:
        """Processes by the id of the configuration in their command line, which proves nothing yet."""
        found: dict[str, list[int]] = {}
        prefix = os.path.join(self.paths.config_dir, "")
        for pid in pids():
            for word in command(pid)[:6]:
                if word.startswith(prefix) and word.endswith(".ini"):
                    instance_id = word[len(prefix) : -len(".ini")]
                    if ID_PATTERN.match(instance_id):
                        found.setdefault(instance_id, []).append(pid)
        return found

    def own(self, instance_id: str) -> Running:
        """The instance of that id, as far as it exists."""
        files = self.paths.files(instance_id)
        record = self.records.load(instance_id)
        units = self.services["systemd"].known_ids() if "systemd" in self.services else []
        manager = record.manager if record else "systemd" if instance_id in units else "none"
        running = Running(OWN, files.socket, instance_id, files, record, manager)
        running.uid = self._uid(record)
        mine = self._members(running)
        running.process = self._master(running, mine)
        kin = family(running.process.pid) if running.process else []
        running.orphans = [process for process in mine if process not in kin]
        if running.listener is None and running.members:
            running.listener = listeners.find(files.socket)
        return running

    def _uid(self, record: Record | None) -> int:
        """The user whose processes an instance can have. Only root can give the runtime directory away."""
        if os.geteuid() != 0:
            return os.geteuid()
        if record and record.uid >= 0:
            return record.uid
        try:
            if record and record.user:
                return pwd.getpwnam(record.user).pw_uid
            return os.lstat(self.paths.runtime_dir).st_uid
        except (KeyError, OSError):
            return 0

    def _members(self, running: Running) -> list[Process]:
        """Processes that name the configuration and are the instance's.

        Anybody can start a process with such a command line: it counts only as a process of the instance's
        user in the instance's unit, or in the session of its recorded master. Where nothing recorded it,
        holding the private socket counts instead.
        """
        named = map(Process.find, self._named.get(running.id or "", []))
        mine = of_user((process for process in named if process), running.uid)
        unit, record = self.paths.unit(running.id or ""), running.record
        sessions = {record.pid} if record and record.pid else self._sessions(running, mine)
        return [
            process
            for process in mine
            if in_unit(process.pid, unit) or self._in_session(process, sessions, record)
        ]

    @staticmethod
    def _in_session(process: Process, sessions: set[int], record: Record | None) -> bool:
        seen = stat(process.pid)
        started = record.start if record and record.pid else 0
        return seen is not None and seen.session in sessions and seen.start >= started

    @staticmethod
    def _sessions(running: Running, mine: list[Process]) -> set[int]:
        """Sessions of the processes that hold a listener bound to the private socket."""
        bound = {seen.inode for seen in listeners.listeners() or [] if seen.name == running.socket}
        holders = [process for process in mine if bound & (socket_inodes(process.pid) or set())]
        return {seen.session for seen in (stat(process.pid) for process in holders) if seen}

    def _master(self, running: Running, mine: list[Process]) -> Process | None:
        """A pid counts only if the process is one we started and it holds the socket."""
        listener = listeners.find(running.socket)
        for process in self._claimants(running, mine):
            held = socket_inodes(process.pid)
            if held is None:
                # Nobody lets us look: who answers a connection tells as much, at the price of making one.
                if listener is None or peer(running.socket) == process.pid:
                    running.listener = listener
                    return process
            elif listener is None:
                return process
            else:
                found = listeners.find(running.socket, held)
                if found is not None:
                    running.listener = found
                    return process
        return None

    def _claimants(self, running: Running, mine: list[Process]) -> list[Process]:
        """Masters among our processes. A worker whose master died has no children, which tells it apart."""
        parents = {process.pid for process in mine}
        tops = [process for process in mine if getattr(stat(process.pid), "parent", 0) not in parents]
        record = running.record
        recorded = Process(record.pid, record.start) if record and record.pid else None
        main = Process.find(self.main_pid(running)) if not tops else None
        found = [process for process in tops if len(family(process.pid)) > 1 or process == recorded]
        others = [other for other in (recorded, main) if other and other.alive]
        for other in of_user(others, running.uid):
            if other not in found and (other in tops or not tops):
                found.append(other)
        return found or ([] if running.record and running.record.pid else tops[:1])

    def main_pid(self, running: Running) -> int | None:
        """For one whose command line does not tell: whoever listens, if it runs in the unit of that id."""
        pid = peer(running.socket)
        return pid if pid and in_unit(pid, self.paths.unit(running.id or "")) else None

    def foreign(self, socket_path: str) -> Running | None:
        """What somebody else has listening at a path; None if nothing does."""
        process = self._holder(socket_path)
        if process is None:
            pid = peer(socket_path)
            if pid is None:
                return None
            process = Process.find(pid)
        held = socket_inodes(process.pid) if process else None
        running = Running(FOREIGN, socket_path, process=process)
        running.listener = listeners.find(socket_path, held)
        # The pid of who once called listen(2) may be used again, so the process must hold the socket, too.
        impostor = bool(held is not None and running.listener is None and listeners.find(socket_path))
        if process is None or impostor or not looks_like_uwsgi(process.pid):
            running.origin = STRANGER
        elif os.geteuid() == 0:
            owner = owner_of(process.pid)
            running.uid = owner[0] if owner and owner[0] != 0 else None
        return running

    @staticmethod
    def _holder(socket_path: str) -> Process | None:
        """The uWSGI process that has the socket open, found without connecting to it."""
        listener = listeners.find(socket_path)
        holders = [
            pid
            for pid in (pids() if listener and links.look(socket_path).kind == "socket" else [])
            if listener and looks_like_uwsgi(pid) and listener.inode in (socket_inodes(pid) or ())
        ]
        tops = [pid for pid in holders if getattr(stat(pid), "parent", 0) not in holders]
        return Process.find(tops[0]) if tops else None

    def live(self) -> Running | None:
        """Who the public socket leads to; None if it leads nowhere."""
        place = links.look(self.paths.socket)
        if place.kind == "link" and place.target:
            folder, name = os.path.split(place.target)
            stem = name[: -len(".sock")]
            own = (self.paths.public_dir, self.paths.runtime_dir)
            if folder in own and name.endswith(".sock") and ID_PATTERN.match(stem):
                return self.own(stem)
        if place.kind in ("link", "socket"):
            return self.foreign(self.paths.socket)
        return None

    def ids(self) -> list[str]:
        """Every id of which anything exists: a record, a unit, a process, a file."""
        found = set(self.records.ids())
        for service in self.services.values():
            found |= set(service.known_ids())
        stems = [name.split(".")[0] for name in self.runtime.names()] + self.publisher.names()
        found |= {stem for stem in stems if ID_PATTERN.match(stem)}
        # A command line alone is nothing: anybody can have one that names an id.
        found |= {other for other in self._named if other not in found and self.own(other).members}
        return sorted(found)

    def leftovers(self, live: Running | None) -> list[Running]:
        """Instances that neither serve nor are meant to, and foreign ones that a killed run replaced."""
        keep = live.id if live else None
        found = [self.own(instance_id) for instance_id in self.ids() if instance_id != keep]
        found = [running for running in found if running.members or not self._occupied(running)]
        for instance_id in self.records.ids():
            replaced = self.replaced(self.records.load(instance_id))
            if replaced and replaced.origin == FOREIGN and not (live and live.process == replaced.process):
                found.append(replaced)
        return found

    @staticmethod
    def _occupied(running: Running) -> bool:
        """Somebody else listens at one of our paths: that is nothing of ours to clear away."""
        return links.look(running.socket).kind == "socket" and peer(running.socket) is not None

    def replaced(self, record: Record | None) -> Running | None:
        """The instance that this one took the place of and that a killed run did not come to end."""
        told = record.replaces if record else {}
        if told.get("id"):
            return self.own(str(told["id"])) if ID_PATTERN.match(str(told["id"])) else None
        if not told.get("pid"):
            return None
        process = Process(int(told["pid"]), int(told.get("start") or 0))
        if not process.alive:
            return None
        path = str(told.get("socket") or "")
        owner = owner_of(process.pid)
        return Running(
            FOREIGN,
            path,
            process=process,
            listener=listeners.find(path, socket_inodes(process.pid)),
            uid=owner[0] if owner and owner[0] != 0 else None,
        )


def supervisor_of(running: Running, main_pid: Any) -> str:
    """The systemd unit that would start a foreign process again, or an empty string."""
    if running.process is None:
        return ""
    unit = unit_of(running.process.pid)
    return unit if unit and main_pid(unit) == running.process.pid else ""


def uid_of(process: Process) -> int:
    owner = owner_of(process.pid)
    return owner[0] if owner else -1
