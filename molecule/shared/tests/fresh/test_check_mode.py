"""Before anything was done: check mode tells, and touches nothing."""

from __future__ import annotations

from conftest import PlaybookRunner
from testinfra.host import Host

NOISE = [
    "/proc",
    "/sys",
    "/dev",
    "/run",
    "/tmp",
    "/var/tmp",
    "/var/log",
    "/root/.ansible",
    "/var/lib/systemd",
]


def test_check_mode_on_a_fresh_server_does_not_fail(playbook: PlaybookRunner) -> None:
    run = playbook("site.yml", "--check", "--diff")
    assert run.rc == 0
    assert run.changed > 0


def test_check_mode_on_a_fresh_server_changes_nothing(host: Host) -> None:
    skip = " -o ".join(f"-path {path}" for path in NOISE)
    # A directory's ctime also changes when the container's file system copies it up.
    newer = "-type d -newer /var/lib/fresh -o -not -type d -cnewer /var/lib/fresh"
    touched = host.check_output(
        f"find / -xdev \\( {skip} \\) -prune -o \\( {newer} \\) -not -path '*__pycache__*' -print"
    )
    assert touched.splitlines() == []
