# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real sshd, which knows one key."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass
class SshServer:
    port: int
    key: Path
    other_key: Path
    known_hosts: Path

    def url(self, path: Path) -> str:
        return f"ssh://{pwd.getpwuid(os.getuid()).pw_name}@127.0.0.1:{self.port}{path}"


@contextmanager
def serve_ssh(base: Path, sshd_program: str) -> Iterator[SshServer]:
    base.mkdir(mode=0o700)
    for name in ("host", "key", "other"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(base / name)], check=True)
    shutil.copy(base / "key.pub", base / "authorized")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = base / "sshd_config"
    config.write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {base}/host\nAuthorizedKeysFile {base}/authorized\n"
        f"PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\n"
    )
    if os.geteuid() == 0:
        # Where sshd keeps whom it does not know yet; otherwise its service makes it.
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    log = base / "log"
    log.touch()
    process = subprocess.Popen([sshd_program, "-D", "-E", str(log), "-f", str(config)])
    try:
        deadline = time.monotonic() + 20
        while "Server listening on" not in log.read_text():
            assert process.poll() is None, f"sshd has ended: {log.read_text()}"
            assert time.monotonic() < deadline, f"sshd does not listen: {log.read_text()}"
            time.sleep(0.005)
        known = base / "known"
        known.write_text(f"[127.0.0.1]:{port} {(base / 'host.pub').read_text()}")
        yield SshServer(port, base / "key", base / "other", known)
    finally:
        process.terminate()
        process.wait()
