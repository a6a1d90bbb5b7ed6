"""Work done as another user."""

from __future__ import annotations

import errno
import os
import pwd
import signal
import time

import pytest

from ansible_collections.masonite.deploy.plugins.module_utils._system.account import Account, find_account
from ansible_collections.masonite.deploy.plugins.module_utils._system.privileges import run_as

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="changing the user needs root")


@pytest.fixture
def nobody() -> Account:
    account = find_account("nobody")
    assert account is not None
    return account


def test_a_function_runs_as_the_account_and_returns_data(nobody: Account) -> None:
    found = run_as(nobody, lambda: [os.getuid(), os.geteuid(), os.getgid(), os.getgroups()])
    assert found == [nobody.uid, nobody.uid, nobody.gid, list(nobody.groups)]
    assert os.geteuid() == 0


def test_an_error_of_the_operating_system_keeps_its_number_and_path(nobody: Account) -> None:
    with pytest.raises(PermissionError) as caught:
        run_as(nobody, lambda: os.open("/etc/shadow", os.O_RDONLY))
    assert (caught.value.errno, caught.value.filename) == (errno.EACCES, "/etc/shadow")


def test_other_errors_are_runtime_errors_with_their_text(nobody: Account) -> None:
    with pytest.raises(RuntimeError, match="ValueError: no such thing"):
        run_as(nobody, lambda: (_ for _ in ()).throw(ValueError("no such thing")))


def test_a_child_that_is_killed_is_an_error(nobody: Account) -> None:
    with pytest.raises(RuntimeError, match="nobody"):
        run_as(nobody, lambda: os.kill(os.getpid(), signal.SIGKILL))


def test_a_child_that_is_stopped_is_killed_after_the_timeout(nobody: Account) -> None:
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        run_as(nobody, lambda: os.kill(os.getpid(), signal.SIGSTOP), timeout=0.5)
    assert time.monotonic() - began < 10


def test_other_processes_of_the_account_cannot_read_the_memory_of_the_child(nobody: Account) -> None:
    """It is not dumpable, so its files in /proc belong to root."""
    assert pwd.getpwnam("nobody").pw_uid == nobody.uid
    assert run_as(nobody, lambda: os.stat("/proc/self/environ").st_uid) == 0


def test_without_an_account_the_function_is_called_directly() -> None:
    assert run_as(None, os.getpid) == os.getpid()
