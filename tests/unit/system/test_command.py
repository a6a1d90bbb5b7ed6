# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands, honest and hostile ones, by every runner that this machine has."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.masonite.deploy.plugins.module_utils._system.account import Account, find_account
from ansible_collections.masonite.deploy.plugins.module_utils._system.command import (
    Command,
    CommandError,
    Finished,
    Runner,
)
from ansible_collections.masonite.deploy.plugins.module_utils._system.command_runner import choose_runner
from ansible_collections.masonite.deploy.plugins.module_utils._system.sandbox import Sandbox

ROOT = os.geteuid() == 0
PYTHON = "/usr/bin/python3"
RUNNERS = ["none", *(["systemd"] if ROOT and os.path.isdir("/run/systemd/system") else [])]
# A daemon as the book of Unix has it: two forks, a session of its own, no terminal, deaf to all that can be
# ignored.
DAEMON = """
import os, signal, sys, time
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        if sys.argv[1:] == ["silent"]:
            for descriptor in range(3):
                os.close(descriptor)
        open(MARK, "w").write(str(os.getpid()))
        time.sleep(60)
    os._exit(0)
while not (os.path.exists(MARK) and open(MARK).read()):
    time.sleep(0.01)
print(open(MARK).read())
"""


@pytest.fixture(params=RUNNERS)
def runner(request: pytest.FixtureRequest) -> Runner:
    return choose_runner(request.param)


@pytest.fixture
def account() -> Account:
    """The user that commands run as: one without rights where this is root."""
    if ROOT:
        found = find_account("games")
        assert found is not None
        return found
    return find_account(pwd.getpwuid(os.geteuid()).pw_name) or Account("me", os.geteuid(), os.getegid())


@pytest.fixture
def place(account: Account) -> Iterator[Path]:
    """A directory of the account outside of /tmp, which a unit has for itself."""
    base = Path("/srv") if ROOT else Path.home()
    path = base / f"masonite-command-test-{os.getpid()}"
    path.mkdir(mode=0o755)
    if ROOT:
        os.chown(path, account.uid, account.gid)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def run(runner: Runner, account: Account, place: Path) -> Any:
    def run(*argv: str, **more: Any) -> Finished:
        sandbox = more.pop("sandbox", Sandbox(writable=(str(place),)))
        return runner.run(Command(argv, account, sandbox, **{"chdir": str(place), "timeout": 30, **more}))

    return run


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def python(code: str, *arguments: str) -> tuple[str, ...]:
    return (PYTHON, "-I", "-c", code, *arguments)


def test_output_exit_code_and_time_are_those_of_the_command(run: Any) -> None:
    done = run("/bin/sh", "-c", "echo good; echo bad >&2; sleep 0.2; exit 3")
    assert (done.rc, done.stdout, done.stderr, done.timed_out) == (3, b"good\n", b"bad\n", False)
    assert 0.2 <= done.seconds < 5


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL, signal.SIGSEGV])
def test_a_command_that_a_signal_ended_has_failed(run: Any, number: signal.Signals) -> None:
    assert run("/bin/sh", "-c", f"kill -{int(number)} $$").rc == -number


@pytest.mark.parametrize("rc", [0, 1, 127, 203, 255])
def test_every_exit_code_arrives(run: Any, rc: int) -> None:
    assert run("/bin/sh", "-c", f"echo x; exit {rc}").rc == rc


@pytest.mark.parametrize(
    "words",
    [
        (
            "$HOME",
            "${HOME}",
            "$$",
            "%n",
            "%%",
            "a b",
            "",
            "'",
            '"',
            "\\",
            "\\n",
            ";",
            "&&",
            "ü",
            "-x",
            "--",
            "@x",
        ),
        ("a\nb", "\t", "*", "~", "`id`", "$(id)"),
    ],
)
def test_arguments_arrive_as_they_are(run: Any, words: tuple[str, ...]) -> None:
    done = run(*python("import sys; sys.stdout.buffer.write(ascii(sys.argv[1:]).encode())", *words))
    assert done.stdout.decode() == ascii(list(words)), done.stderr


@pytest.mark.parametrize(
    "value",
    [
        *("plain", "", " blanks at ends ", "a\nb\n", "\ttab", "x" * 5000, "ü€"),
        *("'", '"', "\\", "\\\\n", "$HOME ${HOME} $$", "`id`", "%n %%", "#x", ";x", "a=b"),
    ],
)
def test_values_of_the_environment_arrive_as_they_are(run: Any, value: str) -> None:
    done = run(*python("import os; print(ascii(os.environ['VALUE']))"), environment={"VALUE": value})
    assert done.stdout.decode().strip() == ascii(value), done.stderr


def test_the_environment_is_that_of_the_user_and_not_of_the_caller(
    run: Any, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_CALLER", "x")
    done = run("/usr/bin/env")
    found = dict(line.split("=", 1) for line in done.stdout.decode().splitlines())
    assert "SECRET_OF_THE_CALLER" not in found
    assert (found["USER"], found["HOME"], found["LANG"]) == (account.name, account.home, "C.UTF-8")


def test_the_command_is_its_user_in_its_directory(run: Any, account: Account, place: Path) -> None:
    umask = os.umask(0o077)
    try:
        code = (
            "import os; print(os.getresuid(), os.getresgid(), os.getgroups(), os.getcwd(), oct(os.umask(0)))"
        )
        done = run(*python(code))
    finally:
        os.umask(umask)
    uid, gid, groups = account.uid, account.gid, list(account.groups)
    assert done.stdout.decode().strip() == f"{(uid,) * 3} {(gid,) * 3} {groups} {place} 0o22", done.stderr


def test_no_privilege_can_be_gained(run: Any) -> None:
    done = run("/bin/cat", "/proc/self/status")
    found = dict(line.split(":\t", 1) for line in done.stdout.decode().splitlines())
    assert found["NoNewPrivs"] == "1"
    names = ["CapInh", "CapPrm", "CapEff", "CapAmb", *(["CapBnd"] if ROOT else [])]
    assert {found[name] for name in names} == {"0" * 16}


@pytest.mark.skipif(not ROOT, reason="only root can make a program that gives away its rights")
def test_a_setuid_program_gives_no_rights(run: Any, place: Path) -> None:
    program = place / "cat"
    shutil.copy("/bin/cat", program)
    program.chmod(0o4755)
    os.chown(program, 0, 0)
    program.chmod(0o4755)
    done = run(str(program), "/etc/shadow")
    assert (done.rc, done.stdout) == (1, b"")
    assert b"Permission denied" in done.stderr


@pytest.mark.skipif(not ROOT, reason="without root nothing belongs to others")
def test_the_directories_of_others_are_closed(run: Any, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (tmp_path / "secret").chmod(0o600)
    assert run("/bin/cat", str(tmp_path / "secret")).rc == 1
    assert run("/bin/sh", "-c", "echo x > /etc/x || echo x > /usr/x || echo x > /srv/x").rc != 0


@pytest.mark.parametrize("output", ["", "silent"])
def test_a_daemon_is_dead_when_the_command_has_ended(run: Any, place: Path, output: str) -> None:
    code = f"MARK = {str(place / 'mark')!r}\n{DAEMON}"
    started = time.monotonic()
    done = run(*python(code, *([output] if output else [])))
    assert done.rc == 0, done.stderr
    assert not alive(int(done.stdout))
    assert time.monotonic() - started < 8


def test_a_chain_of_processes_that_start_each_other_ends(run: Any) -> None:
    code = """
import os, time
print("started", flush=True)
if os.fork() == 0:
    os.setsid()
    for _ in range(100000):
        if os.fork():
            os._exit(0)
    open("survived", "w")
time.sleep(0.1)
"""
    done = run(*python(code))
    assert (done.rc, done.stdout) == (0, b"started\n"), done.stderr


def test_a_tree_of_processes_ends(run: Any, place: Path) -> None:
    code = """
import os, time
for _ in range(5):
    os.fork()
open(f"pid{os.getpid()}", "w")
if os.path.exists(f"pid{os.getppid()}"):
    time.sleep(60)
while len([name for name in os.listdir() if name.startswith("pid")]) < 32:
    time.sleep(0.01)
"""
    done = run(*python(code))
    assert done.rc == 0, done.stderr
    pids = [int(path.name[3:]) for path in place.glob("pid*")]
    assert len(pids) == 32
    assert not [pid for pid in pids if alive(pid)]


def test_the_time_limit_ends_all_processes(run: Any, place: Path) -> None:
    code = f"MARK = {str(place / 'mark')!r}\n{DAEMON}\ntime.sleep(60)"
    started = time.monotonic()
    done = run(*python(code), timeout=3)
    assert (done.rc, done.timed_out) == (-9, True)
    assert 3 <= time.monotonic() - started < 20
    assert not alive(int((place / "mark").read_text()))


def test_a_command_that_closes_its_outputs_is_waited_for(run: Any, place: Path) -> None:
    done = run("/bin/sh", "-c", "exec >&- 2>&-; sleep 0.3; touch written; exit 5")
    assert done.rc == 5
    assert (place / "written").exists()


def test_of_a_flood_the_end_is_kept_and_memory_stays_bounded(run: Any) -> None:
    code = "import sys\nfor _ in range(100):\n sys.stdout.write('x' * 999999 + '\\n')\nprint('the end')"
    done = run(*python(code))
    assert done.rc == 0, done.stderr
    assert len(done.stdout) < (1 << 24) + 100
    assert done.stdout.startswith(b"[")
    assert done.stdout.endswith(b"x\nthe end\n")


def test_input_is_passed_on(run: Any) -> None:
    data = b"".join(bytes([number]) * 4099 for number in range(256))
    done = run("/bin/cat", stdin=data)
    assert (done.rc, done.stdout) == (0, data)
    done = run("/bin/cat")
    assert (done.rc, done.stdout) == (0, b"")
    assert run("/bin/true", stdin=data).rc == 0


def test_input_and_output_can_be_open_files(run: Any, tmp_path: Path) -> None:
    """Files that only the caller can open."""
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"row\n" * 1000)
    source.chmod(0o600)
    with source.open("rb") as stdin, target.open("wb") as stdout:
        done = run("/bin/cat", stdin_file=stdin.fileno(), stdout_file=stdout.fileno())
    assert (done.rc, done.stdout, done.stderr) == (0, b"", b"")
    assert target.read_bytes() == source.read_bytes()


def test_the_standard_streams_can_be_opened_by_name(run: Any) -> None:
    done = run("/bin/sh", "-c", "cat /dev/stdin > /dev/stdout", stdin=b"x")
    assert (done.rc, done.stdout) == (0, b"x"), done.stderr


def test_no_other_descriptor_of_the_caller_is_passed_on(run: Any, tmp_path: Path) -> None:
    with (tmp_path / "secret").open("w") as stream:
        os.set_inheritable(stream.fileno(), True)
        done = run(*python("import os; print(sorted(os.listdir('/proc/self/fd')))"))
    assert done.stdout in (b"['0', '1', '2', '3']\n",), done.stdout


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"argv": ()}, "argv"),
        ({"argv": ("a\0b",)}, "argv"),
        ({"argv": ("no-such-program",)}, "missing_program"),
        ({"argv": ("/no/such/program",)}, "missing_program"),
        ({"argv": ("/etc/passwd",)}, "missing_program"),
        ({"chdir": "relative"}, "chdir"),
        ({"chdir": "/no/such/directory"}, "chdir"),
        ({"chdir": "/root"}, "chdir"),
        ({"environment": {"A": "\0"}}, "environment"),
        ({"environment": {"A": "\x1b"}}, "environment"),
        ({"environment": {"A": "\udc80"}}, "environment"),
        ({"environment": {"A B": "x"}}, "environment"),
        ({"environment": {"": "x"}}, "environment"),
        ({"name": "../x"}, "name"),
        ({"name": "x\n"}, "name"),
    ],
)
def test_what_cannot_be_started_has_a_reason(
    runner: Runner, account: Account, change: dict[str, Any], reason: str
) -> None:
    if change.get("chdir") == "/root" and not ROOT:
        pytest.skip("an ordinary user's own directory")
    command = Command(**{"argv": ("/bin/true",), "account": account, "sandbox": Sandbox(), **change})
    with pytest.raises(CommandError) as caught:
        runner.run(command)
    assert caught.value.reason == reason, caught.value.message


def test_a_secret_of_the_environment_is_in_no_list_of_processes(run: Any) -> None:
    code = """
import glob
for path in glob.glob("/proc/[0-9]*/cmdline"):
    try:
        if b"se" + b"cret-4711" in open(path, "rb").read():
            print(path)
    except OSError:
        pass
"""
    process = subprocess.Popen(
        [PYTHON, "-c", f"import time\nfor _ in range(20):\n time.sleep(0.02)\n{indent(code)}"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert run("/bin/sleep", "0.5", environment={"TOKEN": "secret-4711"}).rc == 0
    assert process.communicate()[0] == ""


def indent(code: str) -> str:
    return "".join(f" {line}\n" for line in code.splitlines())


def test_when_the_caller_is_killed_the_command_ends_or_the_next_of_its_name_ends_it(
    runner: Runner, account: Account, place: Path
) -> None:
    name = f"test-{os.getpid()}"
    command = Command(
        python("import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(60)"),
        account,
        Sandbox(writable=(str(place),)),
        chdir=str(place),
        name=name,
    )
    caller = os.fork()
    if caller == 0:
        try:
            runner.run(command)
        finally:
            os._exit(0)
    mark = place / "pid"
    deadline = time.monotonic() + 10
    while not (mark.exists() and mark.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(caller, signal.SIGKILL)
    os.waitpid(caller, 0)
    again = Command(("/bin/true",), account, Sandbox(), name=name)
    assert runner.run(again).rc == 0
    assert not alive(int(mark.read_text()))


@pytest.mark.skipif(ROOT, reason="root can be every user")
def test_an_ordinary_user_can_run_commands_for_itself_only() -> None:
    other = find_account("root")
    assert other is not None
    with pytest.raises(CommandError) as caught:
        choose_runner("auto").run(Command(("/bin/true",), other, Sandbox()))
    assert caught.value.reason == "needs_root"


@pytest.mark.skipif(
    sys.platform != "linux" or os.path.isdir("/run/systemd/system"), reason="systemd runs here"
)
@pytest.mark.parametrize(
    ("manager", "reason"),
    [("systemd", "no_systemd" if ROOT else "needs_root"), ("runit", "service_manager")],
)
def test_a_service_manager_that_is_not_there_is_refused(manager: str, reason: str) -> None:
    with pytest.raises(CommandError) as caught:
        choose_runner(manager)
    assert caught.value.reason == reason
