# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that builds virtualenvs, with the real uv and pip, from a wheel that needs no network."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ansible_collections.masonite.deploy.plugins.module_utils._system import toml
from ansible_collections.masonite.deploy.plugins.module_utils._system.program_source import join_sources
from ansible_collections.masonite.deploy.plugins.module_utils._virtualenv import (
    build_program,
    locked_requirements,
)

PROGRAMS = Path(__file__).parents[3] / "plugins" / "module_utils" / "_virtualenv"
PROGRAM = join_sources(toml, locked_requirements, build_program)
COMPILER = PROGRAMS / "compile_bytecode.py"
UV = Path(sys.executable).parent / "uv"
BACKEND = """
import glob, os, zipfile

def build_wheel(directory, config_settings=None, metadata_directory=None):
    with open("../seen", "ab") as seen:
        for path in glob.glob("/proc/[0-9]*/cmdline"):
            try:
                seen.write(open(path, "rb").read() + b"\\n")
            except OSError:
                pass
    name = "local-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(directory, name), "w") as wheel:
        wheel.writestr("local.py", "")
        wheel.writestr("local-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: local\\nVersion: 1.0")
        wheel.writestr(
            "local-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        )
        wheel.writestr("local-1.0.dist-info/RECORD", "")
    return name
"""
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


def command(directory: Path, uv: Path | None = UV) -> list[str]:
    """As the module runs it: the program as an argument."""
    options = [*(["--uv", str(uv)] if uv else []), "--requirements", "requirements.txt"]
    return [sys.executable, "-I", "-c", PROGRAM, *options, "--", str(directory)]


def environment(release: Path, packages: tuple[str, ...]) -> dict[str, str]:
    return {
        **os.environ,
        "UV_CACHE_DIR": str(release.parent / "cache"),
        "MASONITE_DEPLOY_PACKAGES": json.dumps(packages),
    }


def build(
    release: Path, directory: Path, *packages: str, uv: Path | None = UV
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(directory, uv=uv),
        cwd=release,
        env=environment(release, packages),
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


def test_the_bytecode_is_made_by_a_run_of_its_own_that_runs_nothing_of_the_virtualenv(release: Path) -> None:
    directory = release.parent / "venvs" / "0123456789abcdef"
    assert build(release, directory).returncode == 0
    packages = next(directory.glob("lib/python*/site-packages"))
    assert not list(packages.glob("__pycache__/greeting.*.pyc"))
    mark = release.parent / "ran"
    for name in ("hostile.pth", "sitecustomize.py"):
        (packages / name).write_text(f"import os; open({str(mark)!r}, 'w').close()\n")
    (packages / "broken.py").write_text("this is no Python\n")
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", COMPILER.read_text(), str(directory), ".complete"],
        text=True,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(packages.glob("__pycache__/greeting.*.pyc"))
    assert not mark.exists()


def test_a_callers_umask_does_not_matter(release: Path) -> None:
    directory = release.parent / "venvs" / "0123456789abcdef"
    umask = os.umask(0o077)
    try:
        assert build(release, directory).returncode == 0
    finally:
        os.umask(umask)
    closed = subprocess.check_output(["find", directory, "!", "-perm", "-o+r", "!", "-type", "l"], text=True)
    assert closed == ""


@pytest.mark.parametrize("uv", [UV, None], ids=["uv", "pip"])
@pytest.mark.parametrize(
    "package",
    [
        ("local @ file://{release}/local#subdirectory=.&t0ken-4711",),
        ("./local", "--find-links", "file://{release}?token=t0ken-4711"),
        ("./local", "--find-links=file://{release}?token=t0ken-4711"),
    ],
    ids=["address", "option", "option="],
)
def test_a_token_in_a_package_is_in_no_command_line(
    release: Path, package: tuple[str, ...], uv: Path | None
) -> None:
    """The package's own build says which command lines it could see."""
    local = release / "local"
    local.mkdir()
    (local / "pyproject.toml").write_text(
        "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n"
    )
    (local / "backend.py").write_text(BACKEND)
    directory = release.parent / "venvs" / "0123456789abcdef"
    done = build(release, directory, *(word.format(release=release) for word in package), uv=uv)
    assert done.returncode == 0, done.stderr
    seen = (release / "seen").read_bytes()
    assert str(directory).encode() in seen
    assert b"t0ken-4711" not in seen
    found = subprocess.run(["grep", "-rl", "packages-.*txt", "/tmp", "--include=packages-*"], check=False)
    assert found.returncode == 1


@pytest.mark.parametrize("uv", [UV, None], ids=["uv", "pip"])
def test_the_password_of_a_repository_reaches_git_without_a_command_line(
    release: Path, uv: Path | None
) -> None:
    """git's message shows the address without the password, and the server sees the password."""
    asked: list[tuple[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers.get("Authorization", "")))
            self.send_error(403)

        def log_message(self, *_arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host = f"127.0.0.1:{server.server_port}"
        directory = release.parent / "venvs" / "0123456789abcdef"
        done = build(release, directory, f"local @ git+http://ann:t0ken%2F4711@{host}/x.git", uv=uv)
        server.shutdown()
    assert done.returncode != 0
    assert f"http://{host}/x.git" in done.stderr
    assert "4711" not in done.stderr
    expected = "Basic " + base64.b64encode(b"ann:t0ken/4711").decode()
    assert ("/x.git/info/refs?service=git-upload-pack", expected) in asked


def test_what_is_built_is_not_built_again(release: Path) -> None:
    directory = release.parent / "venvs" / "0123456789abcdef"
    directory.mkdir()
    (directory / ".complete").touch()
    assert build(release, directory).returncode == 0
    assert os.listdir(directory) == [".complete"]


@pytest.mark.parametrize("uv", [UV, None], ids=["uv", "pip"])
def test_options_among_the_packages_reach_the_installer_and_the_release_shadows_nothing(
    release: Path, uv: Path | None
) -> None:
    (release / "logging.py").write_text("raise RuntimeError('not the one of the standard library')\n")
    directory = release.parent / "venvs" / "0123456789abcdef"
    done = build(release, directory, "--no-deps", "greeting", uv=uv)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("uv", [UV, None], ids=["uv", "pip"])
def test_what_cannot_be_installed_is_reported_and_does_not_count_as_built(
    release: Path, uv: Path | None
) -> None:
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


def test_what_is_missing_is_reported_in_a_sentence(release: Path) -> None:
    directory = release.parent / "venvs" / "0123456789abcdef"
    done = build(release, directory, uv=Path("/nowhere/uv"))
    assert done.returncode == 1
    assert f"The virtualenv {directory} could not be built" in done.stderr
    assert "/nowhere/uv" in done.stderr
    assert "Traceback" not in done.stderr


def find_legacy_packages(
    version: tuple[int, int], release: Path, requirement: str
) -> subprocess.CompletedProcess[str]:
    """What the program says to the requirement where Python has that version."""
    (release / "requirements.txt").write_text(requirement + "\n")
    prepared = (
        f"import sys; sys.version_info = {version}; names = {{'__name__': 'builtins'}}; "
        "exec(sys.stdin.read(), names)"
    )
    return subprocess.run(
        [sys.executable, "-c", f"{prepared}; print(*names['find_legacy_packages']('requirements.txt'))"],
        input=PROGRAM,
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
    assert find_legacy_packages((3, 11), release, requirement).stdout == "setuptools<81\n"
    refused = find_legacy_packages((3, 12), release, requirement)
    assert refused.returncode == 1
    for words in ("requires masonite 4", "Python 3.12", "masonite_app_python", "Nothing was installed"):
        assert words in refused.stderr


@pytest.mark.parametrize(
    "requirement", ["masonite-framework>=5", "# masonite==4", "masonite_orm>=2", "flask"]
)
def test_other_requirements_are_not_taken_for_the_legacy_line(release: Path, requirement: str) -> None:
    assert find_legacy_packages((3, 13), release, requirement).stdout == "\n"
