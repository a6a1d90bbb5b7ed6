# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The container that plays the server: commands in it, files into it, its versions and its memory."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import typing as t
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
VERSIONS = r"""
. /etc/os-release; echo "system=$PRETTY_NAME"
nginx -v 2>&1 | sed 's|.*nginx/|nginx=|'
python3 -c 'import platform; print("python=" + platform.python_version())'
for uwsgi in /srv/bench/venvs/*/bin/uwsgi /venvs/*/*/bin/uwsgi; do
  [ ! -x $uwsgi ] || { $uwsgi --version | sed 's/^/uwsgi=/'; break; }
done
git --version | sed 's/git version /git=/'
systemctl --version | sed -n '1s/systemd \([0-9]*\).*/systemd=\1/p'
"""


class BenchError(Exception):
    """The benchmark cannot go on; the message says what to do."""


def run(
    command: t.Sequence[str], *, seconds: float = 300.0, **options: t.Any
) -> subprocess.CompletedProcess[str]:
    """A command with a time limit, for it and its children; its output is kept for the error message."""
    stdin = subprocess.PIPE if "input" in options else subprocess.DEVNULL
    text = options.pop("input", None)
    try:
        process = subprocess.Popen(
            command,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **options,
        )
    except FileNotFoundError:
        raise BenchError(f"{command[0]} is not installed here: run script/bootstrap first.") from None
    try:
        out, err = process.communicate(text, timeout=seconds)
    except BaseException as error:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if isinstance(error, subprocess.TimeoutExpired):
            raise BenchError(f"Not done after {seconds:g} s: {' '.join(command)}") from None
        raise
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def must(command: t.Sequence[str], *, seconds: float = 300.0, **options: t.Any) -> str:
    done = run(command, seconds=seconds, **options)
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-25:])
        raise BenchError(f"Exit code {done.returncode} from: {' '.join(command)}\n{tail}")
    return done.stdout.strip()


def docker_environment() -> list[str]:
    """What pip and uv on the server need of this network: proxies, index, the system's certificates."""
    bundle = "/etc/ssl/certs/ca-certificates.crt"
    arguments = ["-e", f"PIP_CERT={bundle}", "-e", f"SSL_CERT_FILE={bundle}"]
    for name in ("http_proxy", "https_proxy", "no_proxy", "PIP_INDEX_URL", "UV_DEFAULT_INDEX"):
        if os.environ.get(name):
            arguments += ["-e", name]
    return arguments


class Server:
    def __init__(self, container: str) -> None:
        self.container = container

    def argv(self, *command: str) -> list[str]:
        return ["docker", "exec", *docker_environment(), self.container, *command]

    def sh(self, script: str, *arguments: str, seconds: float = 300.0) -> str:
        return must(self.argv("sh", "-c", script, "sh", *arguments), seconds=seconds)

    def works(self, script: str) -> bool:
        return run(self.argv("sh", "-c", script)).returncode == 0

    def copy(self, source: Path, target: str) -> None:
        must(["docker", "cp", str(source), f"{self.container}:{target}"])

    def running(self) -> bool:
        state = run(["docker", "inspect", "--format", "{{.State.Running}}", self.container])
        return state.stdout.strip() == "true"

    def port(self) -> int:
        """The port of this machine behind which the container's NGINX listens."""
        for line in must(["docker", "port", self.container, "80/tcp"]).splitlines():
            address, _colon, port = line.rpartition(":")
            if address in ("127.0.0.1", "0.0.0.0"):
                return int(port)
        raise BenchError(f"Container {self.container} publishes no port for its NGINX (80/tcp).")

    def uv(self) -> str:
        """The uv of the server, "" where it has none."""
        return self.sh(
            "command -v uv || ls /opt/*/bin/uv /opt/*/*/bin/uv /usr/local/*/bin/uv 2>/dev/null | head -n 1"
        )

    def versions(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.sh(VERSIONS).splitlines() if "=" in line)


class MemorySampler:
    """Memory of one way's uWSGI processes, sampled in the container while the `with` block runs."""

    def __init__(self, server: Server, directory: str, user: str) -> None:
        self.samples: list[dict[str, float]] = []
        server.sh("mkdir -p /srv/bench")
        server.copy(HERE / "memory.py", "/srv/bench/memory.py")
        # As the processes' own user: without CAP_SYS_PTRACE a container's root cannot read their memory maps.
        exec_in = ["docker", "exec", "-i", "-u", user, server.container]
        self._command = [*exec_in, "python3", "/srv/bench/memory.py", directory]

    def __enter__(self) -> MemorySampler:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        return self

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.samples.append(json.loads(line))

    def __exit__(self, *exc: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._thread.join(timeout=5)

    def megabytes(self, since: float, until: float) -> list[float]:
        """Samples (MB of PSS) between two moments of the wall clock."""
        return [
            round(s["pss_kb"] / 1024, 1)
            for s in list(self.samples)
            if since <= s["time"] < until and s["pss_kb"]
        ]
