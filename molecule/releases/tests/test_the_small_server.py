"""The book's 512 MB: three apps side by side, deployed one after another, and memory that runs out."""

from __future__ import annotations

from pathlib import Path

import pytest
from world import Origin, Server, Site, extra, sh

# Something else on the server that needs memory for a while.
FILLER = "import time; held = bytearray(130 << 20); time.sleep(300)"


@pytest.fixture(scope="module")
def sites(small_server: Server, origins: dict[str, Origin]) -> list[Site]:
    return [Site(name, small_server, origins[name]) for name in ("blog", "plain", "shop")]


def killed_for_memory(server: Server) -> int:
    """How often the kernel has killed something in the container, by its control groups of either version.

    Version 1 counts at the group of the killed process only, and forgets it with the group of a service.
    """
    identity = sh("docker", "inspect", "-f", "{{.Id}}", server.name)
    counts = 0
    for name in ("memory.oom_control", "memory.events"):
        for file in Path("/sys/fs/cgroup").rglob(f"*{identity}*/**/{name}"):
            for line in file.read_text().splitlines():
                if line.startswith("oom_kill "):
                    counts += int(line.split()[1])
    return counts


def test_the_limit_is_real(small_server: Server) -> None:
    assert sh("docker", "inspect", "-f", "{{.HostConfig.Memory}}", small_server.name) == str(512 << 20)


def test_three_apps_live_on_it_and_none_was_killed(sites: list[Site]) -> None:
    killed = killed_for_memory(sites[0].server)
    masters = [site.masters() for site in sites]
    assert [len(found) for found in masters] == [1, 1, 1]
    for site in sites:
        site.mark()
    for site in sites:
        site.deploy()
        assert site.history()[-1]["result"] == "ok"
    assert [len(site.masters()) for site in sites] == [1, 1, 1]
    assert killed_for_memory(sites[0].server) == killed


def test_without_room_for_two_the_figures_are_told_and_one_goes_first(sites: list[Site]) -> None:
    site = sites[1]
    before = site.mark()
    site.server.start(f"echo $$ > /run/filler.pid; exec python3 -c '{FILLER}'")
    try:
        mark = site.origin.push({})
        run = site.run(
            "deploy.yml", *extra(masonite_app_strategy="handover", masonite_app_capacity_check="fail")
        )
        run.failed(
            "there is no room for a handover", "MB are available", "to be kept free", "masonite_app_strategy"
        )
        assert site.mark() == before
        run = site.run("deploy.yml", *extra(masonite_app_strategy="auto")).succeeded()
        run.says("restarting instead of a handover", "measured on the live instance")
        assert site.mark() == mark
        site.origin.keep()
    finally:
        site.server.sh("kill $(cat /run/filler.pid)")


def test_a_candidate_killed_by_the_kernel_leaves_the_old_version(sites: list[Site]) -> None:
    site = sites[2]  # without a service manager: its processes are in the container's own group
    mark = site.mark()
    site.origin.push({"wsgi.py": "held = [bytearray(64 << 20) for _ in range(32)]\n"})
    before = killed_for_memory(site.server)
    with site.visitors(longest_gap=10):
        run = site.run("deploy.yml", *extra(masonite_app_strategy="handover"))
    run.failed("running out of memory")
    assert killed_for_memory(site.server) > before
    assert site.mark() == mark
    assert [len(other.masters()) for other in sites] == [1, 1, 1]
