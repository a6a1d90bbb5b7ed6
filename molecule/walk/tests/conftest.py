"""The machines of the walk, and the newcomer, who types what the pages say."""

from __future__ import annotations

import http.client
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pages import ROOT, Block, read_blocks
from terminal import Terminal

LAPTOP, GITHUB = "masonite-walk-laptop", "masonite-walk-github"
# The addresses of the pages, and what has them here.
SERVERS = {"203.0.113.10": "masonite-walk-debian12", "203.0.113.11": "masonite-walk-debian13"}
NETWORK = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "PIP_INDEX_URL",
           "UV_DEFAULT_INDEX", "NPM_CONFIG_REGISTRY")  # fmt: skip
# Those of this machine's network are on the laptop, too.
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
MAIL_PASSWORD = "correct horse battery staple"
ANSWERS = {
    r"\(yes/no(/\[fingerprint\])?\)\? $": "yes",
    r"BECOME password: $": "a password of sudo",
    r"Password of the mail server: $": MAIL_PASSWORD,
}


def on(container: str, *command: str) -> str:
    """Run a command on a machine as root, and return what it prints."""
    options = [f"--env={name}={value}" for name, value in read_network().items()]
    return subprocess.check_output(["docker", "exec", *options, container, *command], text=True).strip()


def read_network() -> dict[str, str]:
    """Return the variables of this machine's network."""
    return {name: os.environ[name] for name in NETWORK if name in os.environ}


def find_address(container: str) -> str:
    network = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
    return subprocess.check_output(["docker", "inspect", "-f", network, container], text=True).strip()


@dataclass
class Newcomer:
    terminal: Terminal
    # What the pages say, and what stands for it here.
    here: dict[str, str]
    blocks: dict[str, Block] = field(default_factory=read_blocks)
    done: list[str] = field(default_factory=list)

    def follow(self, *names: str) -> str:
        """Run or write what the pages say under these names; return what was printed."""
        output = ""
        for name in names:
            block, text = self.blocks[name], self.blocks[name].text
            for said, meant in self.here.items():
                text = text.replace(said, meant)
            if block.path:
                self.terminal.write(block.path, text)
            else:
                output += self.terminal.run(text)
            self.done.append(name)
        return output


@pytest.fixture(scope="session")
def newcomer() -> Iterator[Newcomer]:
    here = {said: find_address(server) for said, server in SERVERS.items()}
    # What is installed from Galaxy is this state of the collection.
    here["collection install masonite.deploy"] = "collection install /srv/masonite-deploy.tar.gz"
    environment = read_network()
    if any(Path("/usr/local/share/ca-certificates").glob("*.crt")):
        environment |= {"PIP_CERT": CERTIFICATES, "SSL_CERT_FILE": CERTIFICATES}
    environment |= {"HOME": "/home/you", "USER": "you", "TERM": "dumb", "LANG": "C.UTF-8"}
    terminal = Terminal(LAPTOP, "you", environment)
    terminal.answers = ANSWERS
    yield Newcomer(terminal, here)
    terminal.close()


def ask(address: str, name: str = "") -> tuple[int, str]:
    """Return what a server answers a visitor who asks for a host name, or for the bare address."""
    server = find_address(SERVERS[address])
    connection = http.client.HTTPConnection(server, timeout=30)
    try:
        connection.request("GET", "/", headers={"Host": name or server})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    finally:
        connection.close()


def read_network_settings() -> str:
    """Return the settings of servers in the network of this machine, which no page knows."""
    return (ROOT / "molecule/shared/inventory/group_vars/all.yml").read_text(encoding="utf-8")
