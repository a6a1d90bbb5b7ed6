# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What networks a server is part of."""

from __future__ import annotations

from pathlib import Path

IF_INET6 = Path("/proc/net/if_inet6")
LOOPBACK = "0" * 31 + "1"


def has_ipv6(addresses: Path = IF_INET6) -> bool:
    """Return whether the server has an IPv6 address besides ::1."""
    try:
        lines = addresses.read_text(encoding="ascii").splitlines()
    except OSError:
        return False
    return any(line.split()[0] != LOOPBACK for line in lines if line.strip())
