# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is locked is installed, by the real uv and pip, from wheels that need no network."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ansible_collections.masonite.deploy.plugins.module_utils._system import toml
from ansible_collections.masonite.deploy.plugins.module_utils._system.program_source import join_sources
from ansible_collections.masonite.deploy.plugins.module_utils._virtualenv import (
    build_program,
    locked_requirements,
)

PROGRAM = join_sources(toml, locked_requirements, build_program)
UV = Path(sys.executable).parent / "uv"
POETRY = '[tool.poetry.dependencies]\npython = "*"\ngreeting = ">=1"\n'
PROJECT = (
    '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.9"\ndependencies = ["greeting>=1"]\n'
)
BOTH = [pytest.param(UV, id="uv"), pytest.param(None, id="pip")]


class Shop:
    """A release whose locks name greeting 1.0, where 2.0 is to be had, too."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.release = top / "release"
        self.wheels = top / "wheels"
        self.directory = top / "venvs" / "0123456789abcdef"
        for path in (self.release, self.wheels, self.directory.parent):
            path.mkdir()
        self.hashes = {
            f"{name}-{version}": self.make_wheel(name, version, needs)
            for name, version, needs in (
                ("greeting", "1.0", "name"),
                ("greeting", "2.0", "name"),
                ("name", "1.0", ""),
                ("name", "2.0", ""),
                ("further", "1.0", "name"),
            )
        }

    def make_wheel(self, name: str, version: str, needs: str) -> str:
        path = self.wheels / f"{name}-{version}-py3-none-any.whl"
        info = f"{name}-{version}.dist-info"
        required = f"Requires-Dist: {needs}\n" if needs else ""
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{required}"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(f"{name}.py", "")
            archive.writestr(f"{info}/METADATA", metadata)
            archive.writestr(
                f"{info}/WHEEL",
                "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            )
            archive.writestr(
                f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n"
            )
        return hashlib.sha256(path.read_bytes()).hexdigest()

    def write(self, **files: str) -> None:
        for name, content in files.items():
            (self.release / name.replace("_", ".")).write_text(content)

    def environment(self) -> dict[str, str]:
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))},
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "UV_NO_INDEX": "1",
            "UV_FIND_LINKS": str(self.wheels),
            "UV_CACHE_DIR": str(self.top / "cache"),
        }

    def build(self, requirements: str, uv: Path | None, *packages: str) -> subprocess.CompletedProcess[str]:
        options = [*(["--uv", str(uv)] if uv else []), "--requirements", requirements]
        return subprocess.run(
            [sys.executable, "-I", "-c", PROGRAM, *options, "--", str(self.directory)],
            cwd=self.release,
            env={**self.environment(), build_program.PACKAGES: json.dumps(packages)},
            text=True,
            capture_output=True,
            check=False,
        )

    def installed(self) -> dict[str, str]:
        python = self.directory / "bin" / "python"
        text = subprocess.check_output([python, "-I", "-c", build_program.LIST_INSTALLED], text=True)
        found = dict(line.split("==") for line in text.split())
        return {name: version for name, version in found.items() if name not in ("pip", "setuptools")}

    def poetry_lock(self, wrong: bool = False) -> str:
        return "".join(
            f'[[package]]\nname = "{name}"\nversion = "1.0"\noptional = false\nfiles = [\n'
            f'  {{file = "x.whl", hash = "sha256:{"0" * 64 if wrong else self.hashes[f"{name}-1.0"]}"}},\n]\n'
            for name in ("greeting", "name")
        )

    def pipfile_lock(self) -> str:
        packages = {
            name: {"version": "==1.0", "hashes": [f"sha256:{self.hashes[f'{name}-1.0']}"]}
            for name in ("greeting", "name")
        }
        return json.dumps({"_meta": {}, "default": packages, "develop": {"further": {"version": "==1.0"}}})


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


LOCKED = {"greeting": "1.0", "name": "1.0"}


@pytest.mark.parametrize("uv", BOTH)
@pytest.mark.parametrize("kind", ["poetry.lock", "Pipfile.lock", "requirements.txt"])
def test_what_is_locked_is_installed_and_further_packages_do_not_change_it(
    shop: Shop, kind: str, uv: Path | None
) -> None:
    hashed = "".join(f"{name}==1.0 --hash=sha256:{shop.hashes[f'{name}-1.0']}\n" for name in LOCKED)
    shop.write(
        pyproject_toml=POETRY,
        poetry_lock=shop.poetry_lock(),
        Pipfile_lock=shop.pipfile_lock(),
        requirements_txt=hashed,
    )
    done = shop.build(kind, uv, "further")
    assert done.returncode == 0, done.stderr
    assert shop.installed() == {**LOCKED, "further": "1.0"}


@pytest.mark.parametrize("index", [False, True], ids=["addresses of the lock", "an index of the server"])
def test_a_lock_of_uv(shop: Shop, index: bool) -> None:
    shop.write(pyproject_toml=PROJECT)
    subprocess.run(
        [UV, "lock", "--quiet", "--upgrade-package", "greeting==1.0", "--upgrade-package", "name==1.0"],
        cwd=shop.release,
        env=shop.environment(),
        check=True,
    )
    environment = shop.environment()
    shop.environment = lambda: {**environment, **({"UV_INDEX": "file:///nowhere"} if index else {})}  # type: ignore[method-assign]
    done = shop.build("uv.lock", UV, "further")
    assert done.returncode == 0, done.stderr
    assert shop.installed() == {**LOCKED, "further": "1.0"}


def test_checksums_of_poetry_are_verified_by_uv(shop: Shop) -> None:
    shop.write(pyproject_toml=POETRY, poetry_lock=shop.poetry_lock(wrong=True))
    done = shop.build("poetry.lock", UV)
    assert done.returncode != 0
    assert "ash mismatch" in done.stderr
    assert not (shop.directory / ".complete").exists()


@pytest.mark.parametrize("uv", BOTH)
def test_a_project_without_a_lock_gets_the_newest_that_fits(shop: Shop, uv: Path | None) -> None:
    shop.write(pyproject_toml=PROJECT)
    assert shop.build("pyproject.toml", uv).returncode == 0
    assert shop.installed() == {"greeting": "2.0", "name": "2.0"}


@pytest.mark.parametrize(
    ("files", "requirements", "words"),
    [
        ({"uv_lock": "version = 1\n"}, "uv.lock", "uv export"),
        (
            {"poetry_lock": '[[package]]\nname = "a"\n[[package]]\nname = "a"\n'},
            "poetry.lock",
            "poetry export",
        ),
        ({"Pipfile_lock": "["}, "Pipfile.lock", "pipenv requirements"),
    ],
)
def test_a_lock_that_cannot_be_installed_is_told_with_the_command_that_helps(
    shop: Shop, files: dict[str, str], requirements: str, words: str
) -> None:
    shop.write(pyproject_toml=POETRY, **files)
    done = shop.build(requirements, None)
    assert done.returncode == build_program.UNSUPPORTED_LOCK
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_dependencies_of_poetry_become_requirements() -> None:
    project = """
[tool.poetry.dependencies]
python = "^3.9"
flask = {version = "^2.3", extras = ["async"]}
tomli = {version = "*", python = "<3.11"}
colorama = {version = "*", platform = "win32"}
gunicorn = {version = "*", optional = true}
numpy = [{version = "^1", python = "~3.9"}, {version = "^2", markers = "python_version >= '3.10'"}]
"""
    lines = locked_requirements.read_poetry_lock("", project, "/release")
    assert lines.requirements == [
        "flask[async]",
        "tomli ; (python_full_version < '3.11')",
        "colorama ; sys_platform == 'win32'",
        "numpy ; (python_full_version >= '3.9' and python_full_version < '3.10')",
        "numpy ; (python_version >= '3.10')",
    ]
