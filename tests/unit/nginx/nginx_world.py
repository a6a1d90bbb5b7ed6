# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A directory of configuration as Debian's package lays it out, and the real NGINX on it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.masonite.deploy.plugins.module_utils._nginx.complaint import read_places
from ansible_collections.masonite.deploy.plugins.module_utils._nginx.configuration import Configuration
from ansible_collections.masonite.deploy.plugins.module_utils._nginx.errors import NginxError
from ansible_collections.masonite.deploy.plugins.module_utils._nginx.options import Options, read_options
from ansible_collections.masonite.deploy.plugins.module_utils._nginx.syntax_check import SyntaxCheck
from ansible_collections.masonite.deploy.plugins.modules.nginx_config import ARGUMENTS

TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
# Start times are known to 10 ms: what is written this long before or after is seen to be older or newer.
TICK = 0.03


@dataclass
class Outcome:
    """What a call of the module came to; the reason is empty if it succeeded."""

    reason: str = ""
    message: str = ""
    changes: list[str] = field(default_factory=list)
    copies: list[dict[str, str]] = field(default_factory=list)
    diff: list[dict[str, str]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.reason


def read(params: dict[str, Any], check_mode: bool = False) -> Options:
    """The options as the module reads them."""
    validated = ArgumentSpecValidator(ARGUMENTS).validate(params)
    assert not validated.error_messages, validated.error_messages
    return read_options(validated.validated_parameters, check_mode)


@contextmanager
def refused(reason: str) -> Iterator[pytest.ExceptionInfo[NginxError]]:
    """The block is refused for this reason."""
    with pytest.raises(NginxError) as caught:
        yield caught
    assert caught.value.reason == reason


def until(condition: Callable[[], bool], what: str, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} within {seconds} s"
        time.sleep(0.005)


class Server:
    """A directory of configuration with one site, blog, and an NGINX that keeps to the directory."""

    def __init__(self, directory: Path, nginx: str) -> None:
        self.config = directory / "etc" / "nginx"
        self.pid = directory / "nginx.pid"
        self.log = directory / "error.log"
        self.socket = directory / "http.sock"
        self.listen = f"listen unix:{self.socket};\n"
        self.records = directory / "records"
        self.packages = directory / "status"
        self.calls = directory / "calls"
        self.calls.write_text("")
        self.process: subprocess.Popen[bytes] | None = None
        # Until it has read the configuration, NGINX would use the log it was built with.
        self.command = [nginx, "-e", str(self.log)]
        self.binary = directory / "nginx"
        self.binary.write_text(
            f"#!/bin/sh\necho \"$*\" >>'{self.calls}'\nexec '{nginx}' -e '{self.log}' \"$@\"\n"
        )
        self.binary.chmod(0o755)
        for name in ("conf.d", "snippets", "sites-available", "sites-enabled", "modules-enabled"):
            (self.config / name).mkdir(parents=True)
        temporary = "".join(f"  {name}_temp_path {directory}/{name};\n" for name in TEMPORARY)
        self.write(
            "nginx.conf",
            f"{'user root;' if os.geteuid() == 0 else ''}\n"
            f"worker_processes 2;\n"
            f"pid {self.pid};\n"
            f"error_log {self.log};\n"
            f"include {self.config}/modules-enabled/*.conf;\n"
            f"events {{}}\n"
            f"http {{\n"
            f"  access_log off;\n"
            f"{temporary}"
            f"  include {self.config}/conf.d/*.conf;\n"
            f"  include {self.config}/sites-enabled/*;\n"
            f"  server {{ listen unix:{self.socket} default_server; return 404 nobody; }}\n"
            f"}}\n",
        )
        self.write("snippets/listen.conf", self.listen)
        self.write("sites-available/blog.conf", self.site("blog"))
        (self.config / "sites-enabled" / "blog.conf").symlink_to("../sites-available/blog.conf")

    def site(self, names: str, says: str = "", *directives: str) -> str:
        """A virtual host that answers every request with what it says: its names, if not told otherwise."""
        more = "".join(f"  {directive}\n" for directive in directives)
        answer = f'  location / {{ return 200 "{says or names}"; }}\n'
        return f"server {{\n  include snippets/listen.conf;\n  server_name {names};\n{more}{answer}}}\n"

    def write(self, name: str, text: str) -> Path:
        path = self.config / name
        path.write_text(text)
        return path

    def tree(self) -> dict[str, str]:
        return {
            str(path.relative_to(self.config)): os.readlink(path) if path.is_symlink() else path.read_text()
            for path in sorted(self.config.rglob("*"))
            if path.is_symlink() or path.is_file()
        }

    def params(self, **params: Any) -> dict[str, Any]:
        return {
            "path": str(self.config),
            "records_path": str(self.records),
            "executable": str(self.binary),
            "dpkg_status_path": str(self.packages),
            **params,
        }

    def apply(self, check_mode: bool = False, **params: Any) -> Outcome:
        """One call of the module; without parameters it only loads what is on disk."""
        configuration = None
        try:
            configuration = Configuration(read(self.params(**params), check_mode))
            result = configuration.converge()
        except NginxError as error:
            changes = configuration.result.changes if configuration else []
            return Outcome(error.reason, error.text(), changes)
        return Outcome("", "", result.changes, result.copies, result.diff)

    def apply_site(self, text: str, check_mode: bool = False, **site: Any) -> Outcome:
        """The call for one virtual host, new.conf if it has no other name."""
        server = {name: site.pop(name) for name in ("assume", "log_user", "log_group") if name in site}
        return self.apply(check_mode, sites=[{"name": "new.conf", "content": text, **site}], **server)

    def remove(self, name: str, check_mode: bool = False, replace: bool = False) -> Outcome:
        return self.apply(check_mode, sites=[{"name": name, "state": "absent", "replace": replace}])

    def kept(self) -> dict[str, str]:
        """The copies of what was replaced, by the name of the file."""
        copies = sorted((self.records / "replaced").glob("*"))
        return {path.name.rpartition(".")[0]: path.read_text() for path in copies}

    def check(self, text: str, dest: str) -> Outcome:
        """What NGINX says to the text in the place of a file."""
        try:
            SyntaxCheck(self.config, str(self.binary)).refuse_invalid(
                dict.fromkeys(read_places(Path(dest)), text.encode())
            )
        except NginxError as error:
            return Outcome(error.reason, error.text())
        return Outcome()

    def start(self) -> None:
        time.sleep(TICK)
        self.process = subprocess.Popen(
            [*self.command, "-c", str(self.config / "nginx.conf"), "-g", "daemon off;"],
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        until(lambda: len(self.workers()) == 2, f"NGINX starts: {self.log}")
        time.sleep(TICK)

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(20)
        finally:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.process.wait()

    def workers(self) -> set[int]:
        """The processes that take requests: not those which only finish theirs."""
        assert self.process
        assert self.process.poll() is None, f"NGINX has ended: {self.log.read_text()}"
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return {int(pid) for pid in children if title(int(pid)) == "nginx: worker process"}

    def visit(self, host: str) -> str:
        with self.connection() as connection:
            connection.sendall(f"GET / HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
            return body_of(connection)

    def connection(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(20)
        connection.connect(str(self.socket))
        return connection


def body_of(connection: socket.socket) -> str:
    """What comes until the server closes, without its head."""
    answer = b""
    while chunk := connection.recv(65536):
        answer += chunk
    return answer.partition(b"\r\n\r\n")[2].decode()


def title(pid: int) -> str:
    """What a process calls itself; nothing once it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").strip("\0 ")
    except OSError:
        return ""
