"""Instances of two apps on one server: neither shows, sees or uses up what is the other's."""

from __future__ import annotations

import json
import time

import pytest
from world import Server, Site

HIGHEST_EXPOSURE = 1.4
# Puts a link to alice's public socket in the place of mallory's private one, again and again.
SWAP = (
    "import os, sys, time\n"
    "path, target, end = sys.argv[1], sys.argv[2], time.time() + float(sys.argv[3])\n"
    "while True:\n"
    "    os.symlink(target, path + '.x'); os.rename(path + '.x', path)\n"
    "    if time.time() > end: break\n"
)


def instance(server: Server, app: str) -> str:
    return server.sh(f"basename $(readlink -f /srv/sockets/{app}.sock) .sock")


def unit(server: Server, app: str) -> str:
    return f"uwsgi-{app}-{instance(server, app)}.service"


def master(server: Server, app: str) -> int:
    return int(server.sh(f"systemctl show -p MainPID --value {unit(server, app)}"))


def page(site: Site) -> str:
    """What a visitor of the app's host name sees, as soon as it answers."""
    deadline = time.monotonic() + 30
    status, body = site.get()
    while status != 200 and time.monotonic() < deadline:
        time.sleep(0.1)
        status, body = site.get()
    assert status == 200
    return body


def kill_master(server: Server, app: str) -> None:
    before = master(server, app)
    server.sh(f"kill -9 {before}")
    deadline = time.monotonic() + 30
    while master(server, app) in (0, before) and time.monotonic() < deadline:
        time.sleep(0.1)


def swap(server: Server, seconds: float) -> str:
    """As mallory's user; the command, for the shell."""
    path = f"/srv/sockets/mallory/{instance(server, 'mallory')}.sock"
    target = server.sh("readlink -f /srv/sockets/alice.sock")
    return f'python3 -c "{SWAP}" {path} {target} {seconds}'


@pytest.fixture
def pages(alice: Site, mallory: Site) -> tuple[str, str]:
    """What the two host names have to go on showing."""
    found = (page(alice), page(mallory))
    assert found[0] != found[1]
    return found


def test_a_swapped_socket_never_shows_the_other_apps_page(
    server: Server, alice: Site, mallory: Site, pages: tuple[str, str]
) -> None:
    server.sh(swap(server, 0), user="mallory")
    server.sh("systemctl reload nginx")
    assert (page(alice), page(mallory)) == pages


def test_after_a_crash_an_app_serves_again_with_a_swapped_socket_in_place(
    server: Server, alice: Site, mallory: Site, pages: tuple[str, str]
) -> None:
    server.sh(swap(server, 0), user="mallory")
    kill_master(server, "mallory")
    assert (page(alice), page(mallory)) == pages


def test_a_socket_that_is_swapped_all_the_time_is_not_published(
    server: Server, alice: Site, mallory: Site, pages: tuple[str, str]
) -> None:
    server.start(f"setpriv --reuid mallory --regid mallory --clear-groups {swap(server, 6)}")
    server.sh(f"kill -9 {master(server, 'mallory')}")
    end = time.monotonic() + 6
    seen = set()
    while time.monotonic() < end:
        status, body = mallory.get()
        if status == 200:
            seen.add(body)
    assert seen <= {pages[1]}
    assert (page(alice), page(mallory)) == pages


@pytest.mark.parametrize("app", ["alice", "mallory"])
def test_the_unit_is_closed(server: Server, app: str) -> None:
    overall = server.sh(f"systemd-analyze security --no-pager {unit(server, app)} | tail -1")
    assert float(overall.rpartition(": ")[2].split()[0]) <= HIGHEST_EXPOSURE


@pytest.mark.parametrize("root", ["/srv/sites", "/venvs", "/srv/sockets"])
def test_a_worker_sees_no_tree_of_another_app(server: Server, mallory: Site, root: str) -> None:
    # Through the eyes of the same user: root in a container may not look into the namespace of another one.
    seen = server.sh(f"ls /proc/{master(server, 'mallory')}/root{root}", user="mallory")
    assert seen.split() == ["mallory"]


@pytest.mark.parametrize("app", ["alice", "mallory"])
def test_limits_are_set(server: Server, app: str) -> None:
    text = server.sh(f"systemctl show -p MemoryMax -p TasksMax -p RemoveIPC {unit(server, app)}")
    told = dict(line.split("=", 1) for line in text.splitlines())
    assert told["RemoveIPC"] == "yes"
    assert int(told["MemoryMax"]) < 1 << 40
    assert int(told["TasksMax"]) <= 4096


def test_shared_memory_does_not_outlive_the_app(server: Server, mallory: Site) -> None:
    server.sh("echo left > /dev/shm/left-by-mallory", user="mallory")
    server.sh(f"systemctl restart {unit(server, 'mallory')}")
    page(mallory)
    assert server.sh("ls /dev/shm").split().count("left-by-mallory") == 0


def test_environment_and_configuration_are_not_for_others(server: Server, mallory: Site) -> None:
    modes = server.sh("find /etc/uwsgi-instances -type f -perm /o+rwx")
    assert modes == ""


@pytest.mark.parametrize("user", ["mallory", "alice", "nobody"])
def test_a_process_that_only_names_the_configuration_is_not_touched(
    server: Server, mallory: Site, user: str
) -> None:
    ini = f"/etc/uwsgi-instances/mallory/{instance(server, 'mallory')}.ini"
    pid = server.sh(
        f"setpriv --reuid {user} --clear-groups python3 -c 'import time; time.sleep(600)' uwsgi --ini {ini} "
        "> /dev/null 2>&1 & echo $!"
    )
    mallory.deploy()
    assert ini in server.sh(f"tr '\\0' ' ' < /proc/{pid}/cmdline")
    server.sh(f"kill {pid}")


def test_the_two_kinds_of_sockets_belong_to_whom_they_should(server: Server, mallory: Site) -> None:
    name = instance(server, "mallory")
    private, published = f"/srv/sockets/mallory/{name}.sock", f"/srv/sockets/mallory.public/{name}.sock"
    assert server.sh("stat -c '%U:%G %a' /srv/sockets/mallory.public") == "root:www-data 750"
    assert server.sh("readlink -f /srv/sockets/mallory.sock") == published
    assert server.sh(f"stat -c '%U:%G %F' {published}") == "mallory:www-data socket"
    kill_master(server, "mallory")
    page(mallory)
    inodes = server.sh(f"stat -c %i {private} {published}").split()
    assert inodes[0] == inodes[1]
    json.loads(server.sh(f"cat /etc/uwsgi-instances/mallory/{name}.json"))
