# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files on disk, written so that neither a kill nor the app's own user can turn them against root."""

from __future__ import annotations

import errno
import grp
import os
import pwd
import stat
from dataclasses import dataclass

from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_errors import InstanceError

MOST_OF_A_LOG = 1 << 18
MOST_LINKS = 20
DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class Account:
    """Who an instance runs as. The process gets the user's own group; the socket gets `socket_gid`."""

    user: str
    uid: int
    gid: int
    home: str
    groups: tuple[int, ...]
    socket_gid: int

    @property
    def switches(self) -> bool:
        return os.geteuid() == 0

    @property
    def needs_publishing(self) -> bool:
        """Whether another user than the module's can write where the private sockets are."""
        return self.uid != os.geteuid()


def account(user: str | None, group: str | None) -> Account:
    try:
        entry = pwd.getpwnam(user) if user else pwd.getpwuid(os.geteuid())
    except KeyError:
        raise InstanceError(
            f"user {user!r} does not exist on this server.", stage="configure", reason="no_user"
        ) from None
    if os.geteuid() != 0 and entry.pw_uid != os.geteuid():
        raise InstanceError(
            f"an instance of user {entry.pw_name!r} can only be started by root or by that user; this "
            f"runs as {pwd.getpwuid(os.geteuid()).pw_name!r}. Use become.",
            stage="configure",
        )
    gid = entry.pw_gid
    if group:
        try:
            gid = grp.getgrnam(group).gr_gid
        except KeyError:
            raise InstanceError(
                f"group {group!r} does not exist on this server.", stage="configure", reason="no_group"
            ) from None
    groups = tuple(os.getgrouplist(entry.pw_name, entry.pw_gid))
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir, groups, gid)


def write_atomically(path: str, text: str, mode: int, gid: int | None = None) -> None:
    """For directories only the module's user can write to."""
    temporary = path + ".new"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        if gid is not None and os.geteuid() == 0:
            os.fchown(stream.fileno(), -1, gid)
        os.fchmod(stream.fileno(), mode)
    os.replace(temporary, path)


def remove(path: str) -> bool:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return False
    return True


def make_directory(path: str, mode: int, uid: int, gid: int, parents: int = 0o755) -> bool:
    """Makes the directory as wanted and tells whether anything had to be done; never follows a link."""
    changed = False
    try:
        os.makedirs(os.path.dirname(path), parents, exist_ok=True)
        try:
            os.mkdir(path, 0o700)
            changed = True
        except FileExistsError:
            pass
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise InstanceError(
            f"directory {path} cannot be made or opened: {error.strerror}.", stage="prepare"
        ) from error
    try:
        changed = _set_rights(descriptor, path, mode, uid, gid) or changed
    finally:
        os.close(descriptor)
    return changed


def _set_rights(descriptor: int, path: str, mode: int, uid: int, gid: int) -> bool:
    changed = False
    now = os.fstat(descriptor)
    try:
        if os.geteuid() == 0 and (now.st_uid, now.st_gid) != (uid, gid):
            os.fchown(descriptor, uid, gid)
            changed = True
        elif os.geteuid() != 0 and now.st_gid != gid:
            os.fchown(descriptor, -1, gid)
            changed = True
        if stat.S_IMODE(os.fstat(descriptor).st_mode) != mode:
            os.fchmod(descriptor, mode)
            changed = True
    except PermissionError as error:
        raise InstanceError(
            f"the owner, group or mode of {path} cannot be set: {error.strerror}. Run as root, or "
            "choose a group you are in.",
            stage="prepare",
        ) from error
    return changed


class RuntimeDir:
    """The directory of the app's user: everything in it is opened by name, never through a link."""

    def __init__(self, path: str) -> None:
        self.path = path

    def _open(self) -> int | None:
        try:
            return os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
                return None
            raise

    def names(self) -> list[str]:
        descriptor = self._open()
        if descriptor is None:
            return []
        try:
            return sorted(os.listdir(descriptor))
        finally:
            os.close(descriptor)

    def remove(self, name: str) -> bool:
        descriptor = self._open()
        if descriptor is None:
            return False
        try:
            os.unlink(name, dir_fd=descriptor)
        except (FileNotFoundError, IsADirectoryError):
            return False
        finally:
            os.close(descriptor)
        return True

    def write_new(self, name: str, text: str, who: Account) -> None:
        """Puts a fresh file in the place of whatever has that name."""
        folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            self.remove(name)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            descriptor = os.open(name, flags, 0o640, dir_fd=folder)
        finally:
            os.close(folder)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
            if who.switches:
                os.fchown(stream.fileno(), who.uid, -1)

    def write_fifo(self, name: str, data: bytes, uid: int) -> bool:
        """Into the fifo of that name if it is one, belongs to `uid` and somebody reads it."""
        folder = self._open()
        if folder is None:
            return False
        try:
            descriptor = os.open(name, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW, dir_fd=folder)
        except OSError:
            return False
        finally:
            os.close(folder)
        try:
            now = os.fstat(descriptor)
            if not stat.S_ISFIFO(now.st_mode) or now.st_uid != uid:
                return False
            return os.write(descriptor, data) == len(data)
        except OSError:
            return False
        finally:
            os.close(descriptor)


def open_directory(path: str) -> int:
    """An absolute directory, made where it is missing. Links on the way are followed only if they are root's,
    or of the module's own user: another user could lead root elsewhere by one."""
    descriptor = os.open("/", DIRECTORY)
    parts, followed = path.split("/"), 0
    try:
        while parts:
            part = parts.pop(0)
            if part in ("", "."):
                continue
            try:
                found = os.stat(part, dir_fd=descriptor, follow_symlinks=False)
            except FileNotFoundError:
                os.mkdir(part, 0o755, dir_fd=descriptor)
                found = None
            if found is not None and stat.S_ISLNK(found.st_mode):
                followed += 1
                if found.st_uid not in (0, os.geteuid()) or followed > MOST_LINKS:
                    raise OSError(errno.ELOOP, "a symbolic link of another user is on the way", path)
                target = os.readlink(part, dir_fd=descriptor)
                parts = target.split("/") + parts
                inner = os.open("/" if target.startswith("/") else ".", DIRECTORY, dir_fd=descriptor)
            else:
                inner = os.open(part, DIRECTORY, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def open_log(path: str, who: Account) -> int:
    """For appending. It may lie where the app's user can put a link instead: then it is refused."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        folder = open_directory(os.path.dirname(path))
        try:
            descriptor = os.open(os.path.basename(path), flags, 0o640, dir_fd=folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise InstanceError(f"log {path} cannot be opened: {error.strerror}.", stage="start") from error
    now = os.fstat(descriptor)
    if not stat.S_ISREG(now.st_mode) or now.st_nlink != 1:
        os.close(descriptor)
        raise InstanceError(
            f"log {path} is not a plain file of its own; remove it or choose another log.", stage="start"
        )
    if who.switches and now.st_uid != who.uid:
        os.fchown(descriptor, who.uid, who.gid)
    os.fchmod(descriptor, 0o640)
    return descriptor


def read_tail(path: str, offset: int, lines: int) -> list[str]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return []
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            return []
        size = os.fstat(stream.fileno()).st_size
        stream.seek(max(offset, size - MOST_OF_A_LOG) if offset <= size else 0)
        text = stream.read(MOST_OF_A_LOG).decode("utf-8", "replace")
    # The old instance may go on writing about its requests to the same file.
    return [line for line in text.splitlines() if not line.startswith("[pid: ")][-lines:]


def read_pidfile(path: str) -> int | None:
    """A number that may be a pid. Nothing is ever done to a process because a pidfile named it.

    The public path is a link to a private file, which may be a link that the instance's user made: one link
    is followed, and that one only if it is the module's own.
    """
    try:
        found = os.lstat(path)
        if stat.S_ISLNK(found.st_mode) and found.st_uid == os.geteuid():
            path = os.path.join(os.path.dirname(path), os.readlink(path))
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return None
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            return None
        text = stream.read(32).strip()
    return int(text) if text.isdigit() and len(text) < 10 and int(text) > 1 else None
