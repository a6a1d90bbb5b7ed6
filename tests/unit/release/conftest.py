# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real git repositories and a real app directory for the module release."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from release_ssh import SshServer, serve_ssh
from release_world import App, Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    repository = Repository(tmp_path / "origin")
    repository.commit({"wsgi.py": "one", "requirements.txt": "masonite\n"})
    return repository


@pytest.fixture
def app(tmp_path: Path, repository: Repository) -> App:
    return App(tmp_path / "site", str(repository.path), virtualenvs=str(tmp_path / "venvs"))


@pytest.fixture
def ssh(tmp_path: Path, sshd_program: str) -> Iterator[SshServer]:
    with serve_ssh(tmp_path / "ssh", sshd_program) as found:
        yield found
