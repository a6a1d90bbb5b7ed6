# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many connections and open files NGINX takes. nginx.conf stays its owner's as far as it can."""

from __future__ import annotations

import re
from pathlib import Path

from .mark import MARK
from .options import ConfigFile

LIMITS_FILE = Path("modules-enabled/60-masonite-deploy.conf")


def limit_files(nginx_conf: bytes, connections: int) -> list[ConfigFile]:
    """Return the file with the limit of open files, if nginx.conf reads such files and has no limit."""
    reads_modules = b"modules-enabled/*.conf" in nginx_conf
    if not connections or not reads_modules or _has(nginx_conf, b"worker_rlimit_nofile"):
        return []
    number = max(connections, _number_of(nginx_conf, b"worker_connections"))
    mark = b"# Written by Ansible " + MARK + b". A connection to an app is a second open file.\n"
    return [ConfigFile(LIMITS_FILE, mark + b"worker_rlimit_nofile %d;\n" % (2 * number))]


def raise_connections(nginx_conf: bytes, connections: int) -> bytes:
    """Return nginx.conf with at least this number of connections; it is the same if it has them."""
    if not connections or _number_of(nginx_conf, b"worker_connections") >= connections:
        return nginx_conf
    raised = _with_connections(nginx_conf, connections)
    if not limit_files(nginx_conf, connections) and not _has(nginx_conf, b"worker_rlimit_nofile"):
        return b"worker_rlimit_nofile %d;\n" % (2 * connections) + raised
    return raised


def _has(text: bytes, directive: bytes) -> bool:
    return re.search(rb"(?m)^[^#\n]*\b" + directive + rb"\s", text) is not None


def _number_of(text: bytes, directive: bytes) -> int:
    match = re.search(rb"(?m)^[^#\n]*\b" + directive + rb"\s+(\d+)\s*;", text)
    return int(match.group(1)) if match else 0


def _with_connections(text: bytes, number: int) -> bytes:
    value = str(number).encode()
    found = rb"(?m)^([^#\n]*\bworker_connections\s+)\d+(\s*;)"
    if re.search(found, text):
        return re.sub(found, rb"\g<1>" + value + rb"\g<2>", text, count=1)
    return re.sub(
        rb"(?m)^([^#\n]*\bevents\s*\{)", rb"\g<1>\n\tworker_connections " + value + b";", text, count=1
    )
