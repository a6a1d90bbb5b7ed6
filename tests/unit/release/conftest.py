# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real git repositories and a real app directory for the module release."""

from __future__ import annotations

from pathlib import Path

import pytest
from release_world import App, Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    repository = Repository(tmp_path / "origin")
    repository.commit({"wsgi.py": "one", "requirements.txt": "masonite\n"})
    return repository


@pytest.fixture
def app(tmp_path: Path, repository: Repository) -> App:
    return App(tmp_path / "site", str(repository.path), virtualenvs=str(tmp_path / "venvs"))
