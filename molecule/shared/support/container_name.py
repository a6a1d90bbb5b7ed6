"""The name of the container that is a server of a scenario."""

from __future__ import annotations

from testinfra.host import Host


def container(host: Host) -> str:
    return str(host.backend.get_pytest_id()).rpartition("//")[2]
