"""Commands of a hostile app in their sandbox, as app_command starts them on a server with systemd."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

import pytest
from container_name import container
from hostile import FORGERY
from module import run_module
from testinfra.host import Host

SHARED = "/srv/sites/mallory/shared"
SANDBOX: dict[str, Any] = {
    "user": "mallory",
    "chdir": SHARED,
    "hidden_paths": ["/srv/sites", "/venvs", "/srv/sockets"],
    "visible_paths": ["/srv/sites/mallory"],
    "writable_paths": [SHARED],
    "timeout": 60,
}


def run(host: Host, *argv: str, **options: Any) -> dict[str, Any]:
    return run_module(container(host), "app_command", {**SANDBOX, "argv": list(argv), **options})


def python(host: Host, code: str, **options: Any) -> dict[str, Any]:
    return run(host, "/usr/bin/python3", "-I", "-", stdin=code, **options)


def processes(host: Host, mark: str) -> str:
    """Processes with the mark in their command lines; brackets keep the search from finding itself."""
    return str(host.run(f"grep -la '[{mark[0]}]{mark[1:]}' /proc/[0-9]*/cmdline").stdout)


@pytest.mark.parametrize("user", ["mallory", "mallory-build"])
@pytest.mark.parametrize("hidden", [True, False], ids=["hidden", "not hidden"])
def test_nothing_of_another_app_can_be_read(host: Host, user: str, hidden: bool) -> None:
    code = """
import os
for path in ("/srv/sites/alice", "/venvs/alice", "/srv/sites/alice/.env", "/srv/sites/alice/shared", "/root"):
    try:
        print("read", path, os.listdir(path) if os.path.isdir(path) else open(path).read())
    except OSError as error:
        print("refused")
"""
    options: dict[str, list[str]] = {} if hidden else {"hidden_paths": [], "visible_paths": []}
    done = python(host, code, user=user, chdir="/", **options)
    assert done["stdout"].split() == ["refused"] * 5


def test_only_what_is_writable_can_be_written(host: Host) -> None:
    code = """
import os
site = "/srv/sites/mallory"
for path in ("/etc", "/usr/local/bin", site, site + "/releases", "/var/lib", "/run", "/dev/shm", "/var/tmp",
             "/tmp", os.getcwd()):
    try:
        open(path + "/planted", "w").close()
        print(path)
    except OSError:
        pass
os.remove("planted")
"""
    done = python(host, code)
    assert done["stdout"].split() == ["/dev/shm", "/var/tmp", "/tmp", SHARED]
    for path in ("/var/tmp/planted", "/tmp/planted"):
        assert not host.file(path).exists
    host.run("rm -f /dev/shm/planted")


def test_a_daemon_is_dead_when_the_command_has_ended(host: Host) -> None:
    mark = uuid.uuid4().hex
    code = f"""
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 3)
        os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(900)  # {mark}"])
    os._exit(0)
time.sleep(1)
print("started")
"""
    done = python(host, code)
    assert (done["rc"], done["stdout"]) == (0, "started")
    assert processes(host, mark) == ""


def test_what_a_command_prints_is_text(host: Host) -> None:
    # By Ansible itself, which looks for facts in what a module prints.
    arguments = json.dumps({**SANDBOX, "argv": ["/bin/echo", FORGERY]})
    done: dict[str, Any] = host.ansible("masonite.deploy.app_command", arguments, check=False)
    assert (done["changed"], done["stdout"]) == (True, FORGERY)
    # Ansible's own facts of a server are there where it looked for a Python.
    assert "masonite_app_user" not in done.get("ansible_facts", {})


def test_a_setuid_program_gives_no_rights(host: Host) -> None:
    program = f"{SHARED}/cat"
    host.check_output(f"cp /bin/cat {program} && chown root {program} && chmod 4755 {program}")
    try:
        done = run(host, program, "/etc/shadow")
    finally:
        host.check_output(f"rm {program}")
    assert (done["rc"], done["stdout"]) == (1, "")
    assert "Permission denied" in done["msg"].splitlines()[0]


def test_no_process_of_others_can_be_seen_or_reached(host: Host) -> None:
    code = """
import ctypes, os
libc = ctypes.CDLL(None)
for pid in range(1, 5000):
    if pid == os.getpid():
        continue
    try:
        os.kill(pid, 0)
        handle = libc.syscall(434, pid, 0)
        print(pid, "descriptor", libc.syscall(438, handle, 1, 0) if handle >= 0 else -1)
    except PermissionError:
        pass
    except ProcessLookupError:
        pass
print("seen", sorted(int(name) for name in os.listdir("/proc") if name.isdigit()) == [os.getpid()])
"""
    done = python(host, code, user="mallory-build", chdir="/")
    assert done["stdout"].split("\n") == ["seen True"], done["stdout"]


def test_memory_and_processes_have_limits(host: Host) -> None:
    done = python(host, "x = bytearray(1 << 28)", memory_max="64M")
    assert (done["rc"], done["reason"] in ("memory", "signal")) == (-9, True)
    assert "64M" in done["msg"]
    code = """
import os, signal
count = 0
try:
    while count < 200:
        if os.fork() == 0:
            signal.pause()
        count += 1
except BlockingIOError:
    print("at most", count)
"""
    assert python(host, code, tasks_max=20)["stdout"] == "at most 19"


def test_a_flood_of_output_is_cut(host: Host) -> None:
    done = run(host, "/bin/sh", "-c", "head -c 100000000 /dev/zero | tr '\\0' x; echo; echo the end")
    assert done["rc"] == 0
    assert len(done["stdout"]) < 17_000_000
    assert done["stdout"].endswith("the end")


def test_a_command_that_takes_too_long_is_dead(host: Host) -> None:
    mark = uuid.uuid4().hex
    done = run(host, "/bin/sh", "-c", f"trap '' TERM; while :; do sleep 1; done # {mark}", timeout=2)
    assert (done["rc"], done["reason"]) == (-9, "timeout")
    assert processes(host, mark) == ""


def test_the_next_command_of_a_name_ends_the_one_before(host: Host) -> None:
    name = f"test-{uuid.uuid4().hex[:8]}"
    assert run(host, "/bin/sleep", "900", name=name, wait=False)["changed"] is True
    pid = host.check_output(f"systemctl show --property MainPID --value masonite-command-{name}.service")
    assert host.file(f"/proc/{pid}").exists
    assert run(host, "/bin/true", name=name)["rc"] == 0
    assert not host.file(f"/proc/{pid}").exists


@pytest.fixture(scope="module")
def unit(host: Host) -> Any:
    """A unit whose command has a secret in its environment and runs for a while."""
    secret = f"s3cret-{uuid.uuid4().hex}"
    name = f"test-{uuid.uuid4().hex[:8]}"
    result = run(host, "/bin/sleep", "900", name=name, wait=False, environment={"TOKEN": secret})
    service = f"masonite-command-{name}.service"
    yield service, secret, result
    host.run(f"systemctl stop {service}")


def test_a_secret_of_the_environment_reaches_the_command_and_is_nowhere_else(host: Host, unit: Any) -> None:
    service, secret, result = unit
    pid = host.check_output(f"systemctl show --property MainPID --value {service}")
    assert secret in host.check_output(f"tr '\\0' '\\n' < /proc/{pid}/environ")
    for place in (
        f"systemctl show {service}",
        f"systemctl cat {service}",
        "journalctl --quiet --no-pager --since -10min",
        "cat /proc/[0-9]*/cmdline",
        "cat /run/systemd/transient/*.service",
    ):
        found = host.run(place)
        assert found.stdout != "", place
        assert secret not in found.stdout, place
    assert secret not in json.dumps(result)
    assert host.run("ls -d /run/masonite-command-*").stdout == ""


def test_the_sandbox_is_rated_at_most_1_4(host: Host, unit: Any) -> None:
    text = host.check_output(f"systemd-analyze security --no-pager {unit[0]}")
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", text)
    assert found is not None, text
    assert float(found.group(1)) <= 1.4, text
