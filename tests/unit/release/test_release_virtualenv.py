# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which virtualenv a release needs."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from release_world import App, Repository, finish_virtualenv, refused


def of(app: App, **options: Any) -> dict[str, Any]:
    present = app.present(force=True, **options)
    app.failed(present["release"]["name"], bad=False)
    found = present["virtualenv"]
    assert isinstance(found, dict)
    return found


def test_equal_needs_share_one(app: App, repository: Repository) -> None:
    first = of(app)
    repository.commit({"wsgi.py": "two"})
    assert of(app)["path"] == first["path"]
    assert first["kind"] == "requirements"
    assert first["requirements"] == "requirements.txt"
    assert not first["ready"]
    finish_virtualenv(first["path"])
    assert of(app)["ready"]


def test_anything_it_is_made_from_makes_another(app: App, repository: Repository, tmp_path: Path) -> None:
    python = tmp_path / "python3"
    python.symlink_to(shutil.which("python3") or "/usr/bin/python3")
    base = of(app)["path"]
    changed = [
        of(app, packages=["pyuwsgi"])["path"],
        of(app, installer="pip")["path"],
        of(app, python=str(python))["path"],
    ]
    repository.commit({"requirements.txt": "masonite==5\n"})
    changed.append(of(app)["path"])
    assert len({base, *changed}) == 5
    assert of(app, packages=["a", "b"])["path"] == of(app, packages=["b", "a"])["path"]


def test_virtualenvs_of_version_0_1_serve_no_new_release(app: App, repository: Repository) -> None:
    content = (repository.path / "requirements.txt").read_bytes()
    found = of(app)
    identity = {
        "kind": "requirements",
        "files": [["requirements.txt", hashlib.sha256(content).hexdigest()]],
        "python": app.options["python"],
        "version": f"CPython {found['python_version']}",
        "packages": [],
        "installer": "",
    }
    before = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]
    now = hashlib.sha256(json.dumps({**identity, "layout": 2}, sort_keys=True).encode()).hexdigest()[:16]
    assert os.path.basename(found["path"]) == now
    assert now != before


def test_included_files_count(app: App, repository: Repository) -> None:
    repository.commit(
        {
            "requirements.txt": "-r requirements/base.txt  # all of it\n--constraint=limits.txt\n",
            "requirements/base.txt": "-r more.txt\nmasonite\n",
            "requirements/more.txt": "-rbase.txt\n-c https://example.org/c.txt\n",
            "limits.txt": "urllib3<3\n",
        }
    )
    before = of(app)["path"]
    for name in ("limits.txt", "requirements/more.txt"):
        repository.commit({name: "changed\n"})
        after = of(app)["path"]
        assert after != before
        before = after


def test_a_missing_included_file_is_named(app: App, repository: Repository) -> None:
    repository.commit({"requirements.txt": "-r base.txt\n"})
    with refused("missing_requirements", "requirements.txt", "base.txt"):
        app.present()
    assert app.names() == []


def test_a_missing_requirements_file_is_named(app: App) -> None:
    with refused("missing_requirements", "deps.txt", "requirements"):
        app.present(requirements="deps.txt")


def test_a_pyproject_and_its_lock(app: App, repository: Repository) -> None:
    repository.git("rm", "--quiet", "requirements.txt")
    repository.commit({"pyproject.toml": "[project]\nname='x'\n"})
    first = of(app)
    assert first["kind"] == "pyproject"
    repository.commit({"uv.lock": "version = 1"})
    assert of(app)["path"] != first["path"]


def test_an_app_without_requirements(app: App, repository: Repository) -> None:
    repository.git("rm", "--quiet", "requirements.txt")
    repository.commit()
    assert of(app)["kind"] == "none"
    assert of(app, packages=["masonite"])["path"] != of(app)["path"]


@pytest.mark.parametrize("line", [".", "./lib", "-e .", "--editable=./lib", "lib @ file:./lib", "..[extra]"])
def test_code_of_the_revision_itself_is_not_shared(app: App, repository: Repository, line: str) -> None:
    repository.commit({"requirements.txt": f"{line}\n"})
    first = of(app)["path"]
    repository.commit({"wsgi.py": "two"})
    assert of(app)["path"] != first


def test_a_python_that_does_not_run_is_named(app: App) -> None:
    with refused("python", "/nonexistent/python", "python"):
        app.present(python="/nonexistent/python")


def test_a_change_of_packages_only_locks_until_it_is_live(app: App) -> None:
    release = app.deploy()
    present = app.present(packages=["redis"])
    assert not present["changed"]
    assert present["is_live"]
    assert present["locked"]
    finish_virtualenv(present["virtualenv"]["path"])
    app.live(release["name"], virtualenv=present["virtualenv"]["path"])
    assert app.info()["lock"] is None
    assert app.info()["live"]["virtualenv"] == present["virtualenv"]["path"]
    assert not app.present(packages=["redis"])["locked"]


def test_only_virtualenvs_that_no_release_uses_are_removed(app: App, repository: Repository) -> None:
    root = Path(str(app.options["virtualenvs"]))
    used = []
    for number in range(3):
        repository.commit({"requirements.txt": f"masonite=={number}\n"})
        used.append(app.deploy(keep=2)["virtualenv"])
    assert sorted(os.listdir(root)) == sorted(os.path.basename(path) for path in used[1:])
    (root / "tools").mkdir()
    (root / ("0" * 16)).mkdir()
    (root / "marked").mkdir()
    (root / "marked" / ".complete").touch()
    app.deploy(force=True, keep=2)
    assert "tools" in os.listdir(root)
    assert "0" * 16 not in os.listdir(root)
    assert "marked" not in os.listdir(root)


def test_with_a_virtualenv_unknown_none_is_removed(app: App, repository: Repository) -> None:
    app.deploy()
    for record in (app.path / ".state").glob("*.json"):
        record.unlink()
    repository.commit({"requirements.txt": "masonite==9\n"})
    app.deploy(keep=1)
    assert len(os.listdir(str(app.options["virtualenvs"]))) == 2
