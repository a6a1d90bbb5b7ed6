# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private repositories in requirements: the deploy key fetches them, and a build reads mirrors alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from release_ssh import SshServer
from release_world import App, Repository, refused

from ansible_collections.masonite.deploy.plugins.module_utils._system import toml
from ansible_collections.masonite.deploy.plugins.module_utils._system.program_source import join_sources
from ansible_collections.masonite.deploy.plugins.module_utils._virtualenv import (
    build_program,
    locked_requirements,
)
from ansible_collections.masonite.deploy.plugins.module_utils._virtualenv.git_mirrors import add_git_mirrors

PROGRAM = join_sources(toml, locked_requirements, build_program)
UV = Path(sys.executable).parent / "uv"
# A package that builds itself, so that nothing is fetched from an index.
BACKEND = """
import os, zipfile

def build_wheel(directory, config_settings=None, metadata_directory=None):
    name = "privlib-1.0-py3-none-any.whl"
    info = "privlib-1.0.dist-info"
    with zipfile.ZipFile(os.path.join(directory, name), "w") as wheel:
        wheel.write("privlib.py")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: privlib\\nVersion: 1.0")
        wheel.writestr(
            f"{info}/WHEEL",
            "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        )
        wheel.writestr(f"{info}/RECORD", "")
    return name
"""
PROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


@pytest.fixture
def library(tmp_path: Path) -> Repository:
    library = Repository(tmp_path / "privlib.git")
    library.commit({"privlib.py": "SAYS = 'one'\n", "backend.py": BACKEND, "pyproject.toml": PROJECT})
    return library


def build(release: Path, directory: Path, mirrors: dict[str, str], uv: bool, requirements: str) -> str:
    """Build as the module does, without any key, and return what the library says."""
    environment = add_git_mirrors({**os.environ, "GIT_SSH_COMMAND": "false", "PIP_NO_INDEX": "1"}, mirrors)
    environment.update(UV_CACHE_DIR=str(directory.parent / "cache"), UV_OFFLINE="1")
    options = [*(["--uv", str(UV)] if uv else []), "--requirements", requirements]
    done = subprocess.run(
        [sys.executable, "-I", "-c", PROGRAM, *options, "--", str(directory)],
        cwd=release,
        env={**environment, build_program.PACKAGES: json.dumps([])},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    program = [str(directory / "bin" / "python"), "-B", "-c", "import privlib; print(privlib.SAYS)"]
    return subprocess.check_output(program, text=True).strip()


@pytest.mark.parametrize(
    ("uv", "ref"), [(True, "commit"), (True, ""), (False, "main"), (False, "commit"), (False, "")]
)
def test_a_private_repository_is_fetched_by_the_deploy_key_and_built_without_it(
    app: App, repository: Repository, library: Repository, ssh: SshServer, tmp_path: Path, uv: bool, ref: str
) -> None:
    url = ssh.url(library.path)
    wanted = f"@{library.head() if ref == 'commit' else ref}" if ref else ""
    repository.commit({"requirements.txt": f"privlib @ git+{url}{wanted}\n"})
    key: dict[str, Any] = {"ssh_key": str(ssh.key), "known_hosts": str(ssh.known_hosts)}
    assert app.call(check_mode=True, **key)["virtualenv"]["git"] == {}
    present = app.present(**key)
    mirrors = present["virtualenv"]["git"]
    assert list(mirrors) == [url]
    release = Path(present["release"]["path"])
    assert build(release, tmp_path / "venvs" / "one", mirrors, uv, "requirements.txt") == "one"


def test_a_lock_of_poetry_names_it_in_the_short_form(
    app: App, repository: Repository, library: Repository, ssh: SshServer, tmp_path: Path
) -> None:
    repository.git("rm", "--quiet", "requirements.txt")
    source = f'type = "git"\nurl = "{ssh.url(library.path)}"\nreference = "main"\n'
    repository.commit(
        {
            "pyproject.toml": '[tool.poetry.dependencies]\npython = "*"\nprivlib = {git = "x"}\n',
            "poetry.lock": '[[package]]\nname = "privlib"\nversion = "1.0"\n\n[package.source]\n'
            f'{source}resolved_reference = "{library.head()}"\n',
        }
    )
    present = app.present(ssh_key=str(ssh.key), known_hosts=str(ssh.known_hosts))
    release, mirrors = Path(present["release"]["path"]), present["virtualenv"]["git"]
    assert build(release, tmp_path / "venvs" / "one", mirrors, True, "poetry.lock") == "one"


def test_a_branch_that_moved_is_fetched_again_for_the_next_virtualenv(
    app: App, repository: Repository, library: Repository, ssh: SshServer, tmp_path: Path
) -> None:
    repository.commit({"requirements.txt": f"privlib @ git+{ssh.url(library.path)}@main\n"})
    key: dict[str, Any] = {"ssh_key": str(ssh.key), "known_hosts": str(ssh.known_hosts)}
    app.deploy(**key)
    assert app.present(**key)["virtualenv"]["git"] == {}, "nothing is to be built"
    library.commit({"privlib.py": "SAYS = 'two'\n"})
    present = app.present(packages=["another"], **key)
    release, mirrors = Path(present["release"]["path"]), present["virtualenv"]["git"]
    assert build(release, tmp_path / "venvs" / "two", mirrors, True, "requirements.txt") == "two"


def test_a_key_that_may_not_read_it_is_named(
    app: App, repository: Repository, library: Repository, ssh: SshServer
) -> None:
    repository.commit({"requirements.txt": f"privlib @ git+{ssh.url(library.path)}@main\n"})
    with refused("auth", "The requirements name", "privlib.git", "ssh_key"):
        app.present(ssh_key=str(ssh.other_key), known_hosts=str(ssh.known_hosts))
