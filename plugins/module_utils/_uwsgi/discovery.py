# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find out what exists: what serves the public socket, and what earlier runs left."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping

from .._system.cgroup import is_in_service
from .._system.process import (
    Process,
    list_family,
    list_pids,
    read_command,
    read_owner,
    read_stat,
    select_user,
)
from .._system.process_sockets import list_socket_inodes
from .._system.unix_listener import find_listener, list_listeners
from .._system.unix_socket import find_listening_pid
from .instance import FOREIGN, OWN, UNKNOWN, Instance
from .instance_id import ID_PATTERN
from .path_state import read_path_state
from .paths import Paths
from .record import Record
from .record_store import RecordStore
from .runtime_directory import RuntimeDirectory
from .service_manager import ServiceManager
from .socket_publisher import SocketPublisher


class Discovery:
    """The processes of the server at the moment at which it is created."""

    def __init__(self, paths: Paths, managers: Mapping[str, ServiceManager]) -> None:
        self.paths = paths
        self.managers = managers
        self.records = RecordStore(paths)
        self.runtime = RuntimeDirectory(paths.runtime_dir)
        self.publisher = SocketPublisher(paths)
        self._pids_by_id = self._list_pids_by_id()

    def find_live(self) -> Instance | None:
        """Return what the public socket leads to; None if it leads nowhere."""
        state = read_path_state(self.paths.socket)
        if state.kind == "link" and state.target:
            directory, name = os.path.split(state.target)
            stem = name[: -len(".sock")]
            own = (self.paths.public_dir, self.paths.runtime_dir)
            if directory in own and name.endswith(".sock") and ID_PATTERN.match(stem):
                return self.find_own(stem)
        if state.kind in ("link", "socket"):
            return self._find_foreign(self.paths.socket)
        return None

    def find_own(self, instance_id: str) -> Instance:
        """Return the instance with an id, as far as it exists."""
        files = self.paths.files(instance_id)
        record = self.records.read_record(instance_id)
        manager = record.manager if record else self._find_manager(instance_id)
        instance = Instance(OWN, files.socket, instance_id, files, record, manager)
        instance.uid = self._find_uid(record)
        members = self._list_members(instance)
        instance.process = self._find_master(instance, members)
        family = list_family(instance.process.pid) if instance.process else []
        instance.orphans = [process for process in members if process not in family]
        if instance.listener is None and instance.members:
            instance.listener = find_listener(files.socket)
        return instance

    def find_leftovers(self, live: Instance | None) -> list[Instance]:
        """Return the instances that neither serve nor are meant to.

        Among them are foreign ones that a killed run replaced and did not stop.
        """
        live_id = live.id if live else None
        found = [self.find_own(instance_id) for instance_id in self._list_ids() if instance_id != live_id]
        found = [instance for instance in found if instance.members or not _is_taken(instance)]
        for instance_id in self.records.list_ids():
            replaced = self.find_replaced(self.records.read_record(instance_id))
            if replaced and replaced.origin == FOREIGN and not (live and live.process == replaced.process):
                found.append(replaced)
        return found

    def find_replaced(self, record: Record | None) -> Instance | None:
        """Return the predecessor that a killed run did not stop."""
        replaced = record.replaces if record else {}
        if replaced.get("id"):
            instance_id = str(replaced["id"])
            return self.find_own(instance_id) if ID_PATTERN.match(instance_id) else None
        if not replaced.get("pid"):
            return None
        process = Process(int(replaced["pid"]), int(replaced.get("start") or 0))
        if not process.alive:
            return None
        path = str(replaced.get("socket") or "")
        listener = find_listener(path, list_socket_inodes(process.pid))
        return Instance(FOREIGN, path, process=process, listener=listener, uid=_foreign_uid(process.pid))

    # Ids

    def _list_ids(self) -> list[str]:
        """Return every id of which anything exists: a record, a unit, a process, a file."""
        found = set(self.records.list_ids())
        for manager in self.managers.values():
            found |= set(manager.list_ids())
        stems = [name.split(".")[0] for name in self.runtime.list_names()] + self.publisher.list_ids()
        found |= {stem for stem in stems if ID_PATTERN.match(stem)}
        # A command line alone proves nothing: every process can have one that names an id.
        # To look for its members costs time, and a process of another app can name thousands of them.
        uid = self._find_uid(None)
        others = (
            other for other, pids in self._pids_by_id.items() if other not in found and _has_owner(pids, uid)
        )
        found |= {other for other in others if self.find_own(other).members}
        return sorted(found)

    def _list_pids_by_id(self) -> dict[str, list[int]]:
        """Return the processes whose command line names a configuration, which proves nothing yet."""
        found: dict[str, list[int]] = {}
        prefix = os.path.join(self.paths.config_dir, "")
        for pid in list_pids():
            for word in read_command(pid)[:6]:
                if word.startswith(prefix) and word.endswith(".ini"):
                    instance_id = word[len(prefix) : -len(".ini")]
                    if ID_PATTERN.match(instance_id):
                        found.setdefault(instance_id, []).append(pid)
        return found

    def _find_manager(self, instance_id: str) -> str:
        """Return the service manager of an instance without a record."""
        names = [name for name, manager in self.managers.items() if instance_id in manager.list_ids()]
        return names[0] if names else "none"

    # Processes of an own instance

    def _find_uid(self, record: Record | None) -> int:
        """Return the user whose processes can be those of an instance.

        Only root can give the runtime directory to another user.
        """
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

    def _list_members(self, instance: Instance) -> list[Process]:
        """Return the processes that name the configuration and are the instance's.

        Every user can start a process with such a command line: it counts only as a process of the instance's
        user in the instance's unit, or in the session of its recorded master. Without a record, holding the
        private socket counts instead.
        """
        named = map(Process.find, self._pids_by_id.get(instance.id or "", []))
        of_user = select_user((process for process in named if process), instance.uid)
        unit, record = self.paths.unit(instance.id or ""), instance.record
        sessions = {record.pid} if record and record.pid else _list_sessions(instance, of_user)
        return [
            process
            for process in of_user
            if is_in_service(process.pid, unit) or _is_in_session(process, sessions, record)
        ]

    def _find_master(self, instance: Instance, members: list[Process]) -> Process | None:
        """Return a process that this module started and that holds the socket. A pid alone does not count."""
        listener = find_listener(instance.socket)
        for process in self._list_candidates(instance, members):
            held = list_socket_inodes(process.pid)
            if held is None:
                # This user may not look: who answers a connection says as much, at the price of making one.
                if listener is None or find_listening_pid(instance.socket) == process.pid:
                    instance.listener = listener
                    return process
            elif listener is None:
                return process
            else:
                found = find_listener(instance.socket, held)
                if found is not None:
                    instance.listener = found
                    return process
        return None

    def _list_candidates(self, instance: Instance, members: list[Process]) -> list[Process]:
        """Return the processes that may be the master.

        A worker whose master has died has no children, by which it differs from a master.
        """
        pids = {process.pid for process in members}
        tops = [process for process in members if getattr(read_stat(process.pid), "parent", 0) not in pids]
        record = instance.record
        recorded = Process(record.pid, record.start) if record and record.pid else None
        main = Process.find(self._find_main_pid(instance)) if not tops else None
        found = [process for process in tops if len(list_family(process.pid)) > 1 or process == recorded]
        others = [other for other in (recorded, main) if other and other.alive]
        for other in select_user(others, instance.uid):
            if other not in found and (other in tops or not tops):
                found.append(other)
        return found or ([] if record and record.pid else tops[:1])

    def _find_main_pid(self, instance: Instance) -> int | None:
        """Return the process that listens, if it runs in the unit of the instance."""
        pid = find_listening_pid(instance.socket)
        return pid if pid and is_in_service(pid, self.paths.unit(instance.id or "")) else None

    # What this module did not start

    def _find_foreign(self, socket_path: str) -> Instance | None:
        """Return what another program has listening at a path; None if nothing listens."""
        process = _find_uwsgi_holder(socket_path)
        if process is None:
            pid = find_listening_pid(socket_path)
            if pid is None:
                return None
            process = Process.find(pid)
        held = list_socket_inodes(process.pid) if process else None
        instance = Instance(FOREIGN, socket_path, process=process)
        instance.listener = find_listener(socket_path, held)
        # The pid of the process that called listen(2) may be used again, so it must hold the socket, too.
        is_another = held is not None and instance.listener is None and find_listener(socket_path) is not None
        if process is None or is_another or not _looks_like_uwsgi(process.pid):
            instance.origin = UNKNOWN
        elif os.geteuid() == 0:
            instance.uid = _foreign_uid(process.pid)
        return instance


def _has_owner(pids: list[int], uid: int) -> bool:
    owners = map(read_owner, pids)
    return any(owner is not None and owner[0] == uid for owner in owners)


def _foreign_uid(pid: int) -> int | None:
    """Return the user whose processes count as those of a foreign instance; None if it runs as root."""
    owner = read_owner(pid)
    return owner[0] if owner and owner[0] != 0 else None


def _find_uwsgi_holder(socket_path: str) -> Process | None:
    """Return the uWSGI process that has the socket open, found without connecting to it."""
    listener = find_listener(socket_path)
    if listener is None or read_path_state(socket_path).kind != "socket":
        return None
    holders = [
        pid
        for pid in list_pids()
        if _looks_like_uwsgi(pid) and listener.inode in (list_socket_inodes(pid) or ())
    ]
    tops = [pid for pid in holders if getattr(read_stat(pid), "parent", 0) not in holders]
    return Process.find(tops[0]) if tops else None


def _looks_like_uwsgi(pid: int) -> bool:
    words = [os.path.basename(word) for word in read_command(pid)[:3]]
    try:
        words.append(os.path.basename(os.readlink(f"/proc/{pid}/exe")))
    except OSError:
        pass
    stat = read_stat(pid)
    return any("uwsgi" in word.lower() for word in words + ([stat.name] if stat else []))


def _is_in_session(process: Process, sessions: set[int], record: Record | None) -> bool:
    stat = read_stat(process.pid)
    started = record.start if record and record.pid else 0
    return stat is not None and stat.session in sessions and stat.start >= started


def _list_sessions(instance: Instance, processes: list[Process]) -> set[int]:
    """Return the sessions of the processes that hold a listener bound to the private socket."""
    bound = {listener.inode for listener in list_listeners() or [] if listener.name == instance.socket}
    holders = [process for process in processes if bound & (list_socket_inodes(process.pid) or set())]
    return {stat.session for stat in (read_stat(process.pid) for process in holders) if stat}


def _is_taken(instance: Instance) -> bool:
    """Return whether another program listens at a path of an instance, which is then not removed."""
    return (
        read_path_state(instance.socket).kind == "socket" and find_listening_pid(instance.socket) is not None
    )
