# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The systemd sandbox of everything that runs code of an app: its instance, its commands, its builds."""

from __future__ import annotations

from dataclasses import dataclass

SYSTEM_CALLS = ("@system-service", "~@resources")


@dataclass(frozen=True)
class Sandbox:
    """What a unit may see, write and use.

    `hidden` directories look empty except for `visible` and `writable` paths below them. All other paths are
    read-only. Memory is a systemd size such as 1G or 80%; empty means no limit, as None does for tasks.
    """

    writable: tuple[str, ...] = ()
    visible: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    memory_max: str = ""
    tasks_max: int | None = None
    show_homes: bool = False

    def properties(self) -> list[tuple[str, str]]:
        """Return properties of a systemd unit in the order in which they are written."""
        found: list[tuple[str, str]] = []
        if self.hidden:
            found.append(
                ("TemporaryFileSystem", " ".join(quote(f"{path}:ro,mode=0755") for path in self.hidden))
            )
        for path in self.visible:
            # Everything else is visible in any case, and read-only.
            if self._is_hidden(path):
                found.append(("BindReadOnlyPaths", quote("-" + path)))
        for path in self.writable:
            if self._is_hidden(path) and not self._is_visible(path):
                found.append(("BindPaths", quote("-" + path)))
            found.append(("ReadWritePaths", quote("-" + path)))
        if self.memory_max:
            found.append(("MemoryMax", self.memory_max))
        if self.tasks_max is not None:
            found.append(("TasksMax", str(self.tasks_max)))
        return [*found, *self._hardening()]

    def _is_hidden(self, path: str) -> bool:
        return any(path.startswith(root.rstrip("/") + "/") for root in self.hidden)

    def _is_visible(self, path: str) -> bool:
        return any(path == root or path.startswith(root.rstrip("/") + "/") for root in self.visible)

    def _hardening(self) -> list[tuple[str, str]]:
        return [
            ("ProtectSystem", "strict"),
            ("ProtectHome", "read-only" if self.show_homes else "true"),
            ("PrivateTmp", "true"),
            ("PrivateDevices", "true"),
            ("NoNewPrivileges", "true"),
            ("CapabilityBoundingSet", ""),
            ("ProtectClock", "true"),
            ("ProtectControlGroups", "true"),
            ("ProtectHostname", "true"),
            ("ProtectKernelLogs", "true"),
            ("ProtectKernelModules", "true"),
            ("ProtectKernelTunables", "true"),
            ("ProtectProc", "invisible"),
            ("ProcSubset", "pid"),
            ("LockPersonality", "true"),
            ("RestrictNamespaces", "true"),
            ("RestrictRealtime", "true"),
            ("RestrictSUIDSGID", "true"),
            ("RestrictAddressFamilies", "AF_UNIX AF_INET AF_INET6 AF_NETLINK"),
            ("RemoveIPC", "true"),
            ("SystemCallArchitectures", "native"),
            *(("SystemCallFilter", calls) for calls in SYSTEM_CALLS),
            ("SystemCallErrorNumber", "EPERM"),
        ]


def quote(text: str) -> str:
    """Return one word of a setting that is split into words."""
    return '"{}"'.format(text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%"))
