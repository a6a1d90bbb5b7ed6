"""What the checks share: a visitor's request, an operator's command, a run of a playbook."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from testinfra.host import Host

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from container_name import container

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: str


def expected_pages(host: Host) -> dict[str, str]:
    """The apps that the inventory puts on the server, and what the page of each has in it."""
    return dict(host.ansible.get_variables()["expected_pages"])


def apps_on(host: Host) -> list[str]:
    return list(expected_pages(host))


@dataclass(frozen=True)
class Visitor:
    """Asks the server as a browser would, over the network."""

    name: str

    def get(self, path: str, domain: str) -> Answer:
        address = subprocess.check_output(
            [
                "docker",
                "inspect",
                "-f",
                "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}",
                self.name,
            ],
            text=True,
        ).strip()
        connection = http.client.HTTPConnection(address, timeout=10)
        connection.request("GET", path, headers={"Host": domain})
        answer = connection.getresponse()
        headers = {key.lower(): value for key, value in answer.getheaders()}
        return Answer(answer.status, headers, answer.read().decode(errors="replace"))

    def gets(self, path: str, domain: str, within: float) -> Answer:
        """The first 200 within so many seconds, else the last answer."""
        deadline = time.monotonic() + within
        while True:
            try:
                answer = self.get(path, domain)
                if answer.status == 200 or time.monotonic() > deadline:
                    return answer
            except OSError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.25)


@pytest.fixture
def visitor(host: Host) -> Visitor:
    return Visitor(container(host))


@pytest.fixture
def systemd(host: Host) -> bool:
    return bool(host.file("/run/systemd/system").is_directory)


@dataclass(frozen=True)
class Run:
    rc: int
    output: str

    @property
    def changed(self) -> int:
        return sum(map(int, re.findall(r"^\S+ +: ok=\d+ +changed=(\d+)", self.output, re.MULTILINE)))


PlaybookRunner = Callable[..., Run]


@pytest.fixture(scope="session")
def playbook() -> PlaybookRunner:
    def run(name: str, *arguments: str) -> Run:
        result = subprocess.run(
            [
                "ansible-playbook",
                "-i",
                os.environ["MOLECULE_INVENTORY_FILE"],
                str(ROOT / "playbooks" / name),
                *arguments,
            ],
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        print(result.stdout)
        return Run(result.returncode, result.stdout)

    return run
