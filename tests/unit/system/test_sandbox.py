# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the options of a sandbox become in a unit, and which values are no secrets."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.masonite.deploy.plugins.module_utils._system.masking import is_ordinary
from ansible_collections.masonite.deploy.plugins.module_utils._system.sandbox import Sandbox
from ansible_collections.masonite.deploy.plugins.module_utils._system.sandbox_options import (
    SANDBOX_ARGUMENTS,
    SandboxError,
    read_sandbox,
)

# A sandbox as the role gives it to the commands of an app.
APP = Sandbox(
    writable=("/srv/sites/a/shared", "/var/lib/a"),
    visible=("/srv/sites/a", "/venvs/a"),
    hidden=("/srv/sites", "/venvs"),
    memory_max="80%",
    tasks_max=64,
)
PATHS = [
    ("TemporaryFileSystem", '"/srv/sites:ro,mode=0755" "/venvs:ro,mode=0755"'),
    ("BindReadOnlyPaths", '"-/srv/sites/a"'),
    ("BindReadOnlyPaths", '"-/venvs/a"'),
    ("ReadWritePaths", '"-/srv/sites/a/shared"'),
    ("ReadWritePaths", '"-/var/lib/a"'),
    ("MemoryMax", "80%"),
    ("TasksMax", "64"),
]


def test_paths_and_limits_come_first() -> None:
    assert APP.properties()[: len(PATHS)] == PATHS


def test_a_writable_path_in_a_hidden_directory_is_put_there() -> None:
    found = Sandbox(hidden=("/srv/sites",), writable=("/srv/sites/a",)).properties()
    assert ("BindPaths", '"-/srv/sites/a"') in found
    assert ("ReadWritePaths", '"-/srv/sites/a"') in found


def test_a_path_cannot_leave_its_word() -> None:
    found = Sandbox(writable=('/a b"c\\d%n',)).properties()
    assert found[0] == ("ReadWritePaths", '"-/a b\\"c\\\\d%%n"')


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ProtectSystem", "strict"),
        ("NoNewPrivileges", "true"),
        ("CapabilityBoundingSet", ""),
        ("ProcSubset", "pid"),
        ("RemoveIPC", "true"),
        ("SystemCallFilter", "@system-service"),
        ("SystemCallFilter", "~@resources"),
    ],
)
def test_every_sandbox_is_hardened(name: str, value: str) -> None:
    assert (name, value) in Sandbox().properties()


def options(**given: Any) -> dict[str, Any]:
    return {**{name: spec.get("default") for name, spec in SANDBOX_ARGUMENTS.items()}, **given}


@pytest.mark.parametrize(
    ("given", "used", "shown"),
    [
        ({}, (), False),
        ({}, ("/home/ann/app",), True),
        ({"writable_paths": ["/root"]}, (), True),
        ({"visible_paths": ["/run/user/1000/x"]}, (), True),
        ({}, ("/homes/ann", "/srv/home"), False),
    ],
)
def test_homes_are_visible_where_the_command_uses_one(
    given: dict[str, Any], used: tuple[str, ...], shown: bool
) -> None:
    sandbox = read_sandbox(options(**given), used)
    assert sandbox.show_homes is shown
    assert ("ProtectHome", "read-only" if shown else "true") in sandbox.properties()


@pytest.mark.parametrize("size", ["", "512M", "1.5G", "100", "50%", "infinity"])
def test_a_size_is_taken(size: str) -> None:
    assert read_sandbox(options(memory_max=size)).memory_max == size


@pytest.mark.parametrize(
    "given",
    [
        *({"memory_max": size} for size in ("1G\n", "-1", "1 G", "G", "1000%")),
        *({"tasks_max": number} for number in (0, -1)),
        *({"hidden_paths": [path]} for path in ("", "a", "/a:b", "/a\nb", "/a\0", "/a\n")),
    ],
)
def test_a_value_that_no_sandbox_can_have_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(SandboxError):
        read_sandbox(options(**given))


@pytest.mark.parametrize(
    ("value", "ordinary"),
    [
        *(
            (value, True)
            for value in ("", "1", "3600", "-1.5", "True", "yes\n", "/usr/bin", "/usr/lib/not-there")
        ),
        *(
            (value, False)
            for value in ("t0ken", "correct horse", "/not-there/at/all", "/rT9x+Zk1", "12ab", "1.2.3")
        ),
    ],
)
def test_a_secret_is_told_from_ordinary_text(value: str, ordinary: bool) -> None:
    assert is_ordinary(value) is ordinary
