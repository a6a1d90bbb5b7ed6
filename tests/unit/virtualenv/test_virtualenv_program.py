# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that builds virtualenvs, with the real uv and pip, from a wheel that needs no network."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[3] / "roles" / "masonite_app" / "files" / "virtualenv.py"
UV = Path(sys.executable).parent / "uv"
SOURCE = "GREETING = 'Good evening'\n"


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A release that needs one package, and a directory that has it."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    info = "greeting-1.0.dist-info"
    with zipfile.ZipFile(wheels / "greeting-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("greeting.py", SOURCE)
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(
            f"{info}/RECORD", f"greeting.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n"
        )
    path = tmp_path / "release"
    path.mkdir()
    (path / "requirements.txt").write_text(f"--no-index\n--find-links {wheels}\ngreeting==1.0\n")
    (tmp_path / "venvs").mkdir()
    return path


def command(directory: Path, *arguments: str, uv: Path | None = UV) -> list[str]:
    """As the role runs it: the program on standard input."""
    options = [*(["--uv", str(uv)] if uv else []), "--requirements", "requirements.txt"]
    return [sys.executable, "-I", "-", *options, "--", str(directory), *arguments]


def build(
    release: Path, directory: Path, *arguments: str, uv: Path | None = UV
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(directory, *arguments, uv=uv),
        input=PROGRAM.read_text(),
        cwd=release,
        env={**os.environ, "UV_CACHE_DIR": str(release.parent / "cache")},
        text=True,
        capture_output=True,
        check=False,
    )


def greeting(directory: Path) -> str:
    code = "import greeting; print(greeting.GREETING)"
    return subprocess.check_output([directory / "bin" / "python", "-B", "-c", code], text=True).strip()


@pytest.mark.parametrize("uv", [UV, None], ids=["uv", "pip"])
def test_what_the_release_requires_is_there_and_nothing_is_open_to_everybody(
    release: Path, uv: Path | None
) -> None:
    directory = release.parent / "venvs" / "0123456789abcdef"
    done = build(release, directory, uv=uv)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert greeting(directory) == "Good evening"
    assert (directory / ".complete").stat().st_mode & 0o777 == 0o644
    writable = subprocess.check_output(["find", directory, "-perm", "-o+w", "!", "-type", "l"], text=True)
    assert writable == ""


def test_the_bytecode_is_made_while_the_deploy_goes_on(release: Path) -> None:
    directory = release.parent / "venvs" / "0123456789abcdef"
    assert build(release, directory).returncode == 0
    deadline = time.monotonic() + 30
    while not list(directory.glob("lib/python*/site-packages/__pycache__/greeting.*.pyc")):
        assert time.monotonic() < deadline, "no bytecode"
        time.sleep(0.05)


@pytest.mark.parametrize("uv", [UV, None], ids=["uv", "pip"])
def test_options_among_the_packages_reach_the_installer_and_the_release_shadows_nothing(
    release: Path, uv: Path | None
) -> None:
    (release / "logging.py").write_text("raise RuntimeError('not the one of the standard library')\n")
    directory = release.parent / "venvs" / "0123456789abcdef"
    done = build(release, directory, "--no-deps", "greeting", uv=uv)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("uv", [UV, None], ids=["uv", "pip"])
def test_what_cannot_be_installed_is_told_and_does_not_count_as_built(release: Path, uv: Path | None) -> None:
    directory = release.parent / "venvs" / "0123456789abcdef"
    done = build(release, directory, "farewell==99.0", uv=uv)
    assert done.returncode != 0
    assert "farewell" in done.stderr
    assert not (directory / ".complete").exists()


def test_what_was_left_unfinished_is_built_anew(release: Path) -> None:
    directory = release.parent / "venvs" / "0123456789abcdef"
    assert build(release, directory).returncode == 0
    (directory / ".complete").unlink()
    stray = directory / "stray"
    stray.touch()
    assert build(release, directory).returncode == 0
    assert not stray.exists()
    assert greeting(directory) == "Good evening"


def test_what_is_missing_is_told_in_a_sentence(release: Path) -> None:
    directory = release.parent / "venvs" / "0123456789abcdef"
    done = build(release, directory, uv=Path("/nowhere/uv"))
    assert done.returncode == 1
    assert f"The virtualenv {directory} could not be built" in done.stderr
    assert "/nowhere/uv" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_build_that_never_ends_is_told(release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASONITE_DEPLOY_PATIENCE", "0")
    directory = release.parent / "venvs" / "0123456789abcdef"
    lock = os.open(directory.parent, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = build(release, directory)
    finally:
        os.close(lock)
    assert done.returncode == 1
    assert f"Another build below {directory.parent}" in done.stderr


def test_another_build_is_waited_for_and_not_repeated(release: Path) -> None:
    """As when the connection broke, and the next run comes while the first still installs."""
    directory = release.parent / "venvs" / "0123456789abcdef"
    lock = os.open(directory.parent, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = subprocess.Popen(command(directory), stdin=subprocess.PIPE, cwd=release, text=True)
        assert second.stdin is not None
        second.stdin.write(PROGRAM.read_text())
        second.stdin.close()
        with pytest.raises(subprocess.TimeoutExpired):
            second.wait(0.5)
        assert not directory.exists()
        directory.mkdir()
        (directory / ".complete").touch()
    finally:
        os.close(lock)
    assert second.wait(30) == 0
    assert os.listdir(directory) == [".complete"]


def on(version: tuple[int, int], release: Path, requirement: str) -> subprocess.CompletedProcess[str]:
    """The program's word on the requirement where Python has that version."""
    (release / "requirements.txt").write_text(requirement + "\n")
    asked = (
        f"import sys; sys.version_info = {version}; names = {{'__name__': ''}}; exec(sys.stdin.read(), names)"
    )
    return subprocess.run(
        [sys.executable, "-c", f"{asked}; print(*names['legacy_packages']('requirements.txt'))"],
        input=PROGRAM.read_text(),
        cwd=release,
        text=True,
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize(
    "requirement",
    [
        "masonite>=4.20,<5",
        "Masonite == 4.20.4",
        "masonite",
        'masonite; python_version < "4"',
        ' "masonite>=4",',
    ],
)
def test_the_legacy_line_gets_what_it_needs_and_is_refused_where_it_cannot_run(
    release: Path, requirement: str
) -> None:
    assert on((3, 11), release, requirement).stdout == "setuptools<81\n"
    refused = on((3, 12), release, requirement)
    assert refused.returncode == 1
    for words in ("requires masonite 4", "Python 3.12", "masonite_app_python", "Nothing was installed"):
        assert words in refused.stderr


@pytest.mark.parametrize(
    "requirement", ["masonite-framework>=5", "# masonite==4", "masonite_orm>=2", "flask"]
)
def test_other_requirements_are_not_taken_for_the_legacy_line(release: Path, requirement: str) -> None:
    assert on((3, 13), release, requirement).stdout == "\n"
