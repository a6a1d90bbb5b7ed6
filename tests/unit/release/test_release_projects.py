# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apps in a sub-directory, modules that are packages, and what a revision of any Python project needs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from release_world import App, Repository, refused

from ansible_collections.masonite.deploy.plugins.module_utils._release.app_files import AppFiles
from ansible_collections.masonite.deploy.plugins.module_utils._release.directory_files import DirectoryFiles
from ansible_collections.masonite.deploy.plugins.module_utils._release.errors import ReleaseError
from ansible_collections.masonite.deploy.plugins.module_utils._release.option_names import OptionNames
from ansible_collections.masonite.deploy.plugins.module_utils._release.python_requirement import allows_python
from ansible_collections.masonite.deploy.plugins.module_utils._release.requirements import read_requirements
from ansible_collections.masonite.deploy.plugins.module_utils._release.virtualenv_needs import VirtualenvNeeds

# An app in a directory of its repository


def test_an_app_in_a_sub_directory_gets_its_links_there_and_the_checkout_stays_whole(
    app: App, repository: Repository, tmp_path: Path
) -> None:
    repository.commit(
        {
            "backend/shop/__init__.py": "",
            "backend/requirements.txt": "-r ../common.txt\n",
            "common.txt": "markupsafe\n",
            "backend/storage/logs/old.log": "line",
            "backend/databases/migrations/one.py": "",
            "frontend/index.html": "",
        }
    )
    options: dict[str, Any] = {
        "directory": "backend/",
        "module": "shop:create_app()",
        "shared": ["storage/logs/"],
        "links": {".env": str(tmp_path / "env")},
        "compare": ["databases/migrations"],
    }
    first = app.present(**options)
    release = Path(first["release"]["path"])
    assert os.readlink(release / "backend/.env") == str(tmp_path / "env")
    assert (app.path / "shared/storage/logs/old.log").read_text() == "line"
    assert os.readlink(release / "backend/storage/logs") == str(app.path / "shared/storage/logs")
    assert (release / "frontend/index.html").exists()
    assert first["changes"]["databases/migrations"] == {"added": ["one.py"], "removed": []}
    assert first["virtualenv"]["requirements"] == "requirements.txt"
    app.failed(first["release"]["name"], bad=False)
    app.deploy(**options)
    assert app.present(**options)["is_live"]
    assert not app.present(**{**options, "links": {}, "directory": "", "module": ""})["is_live"]


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("wsgi:application", "wsgi.py"),
        ("flaskr:create_app()", "flaskr/__init__.py"),
        ("mysite.wsgi:application", "mysite/wsgi.py"),
        ("pkg.sub", "pkg/sub/__init__.py"),
    ],
)
def test_a_module_may_be_a_file_or_a_package(
    app: App, repository: Repository, module: str, name: str
) -> None:
    repository.commit({name: ""})
    assert app.present(module=module)["changed"]


@pytest.mark.parametrize(
    ("given", "reason", "words"),
    [
        ({"module": "shop:app"}, "missing_module", ["shop.py", "(shop:app)", "The revision has wsgi.py"]),
        ({"module": "api:app"}, "missing_module", ["It is in backend", "set directory"]),
        ({"directory": "nowhere"}, "missing_directory", ["no directory nowhere"]),
        ({"directory": "link"}, "missing_directory", ["a link to a directory is none"]),
        ({"directory": "backend", "required": ["craft"]}, "missing_files", ["craft"]),
    ],
)
def test_what_is_missing_is_named_with_what_was_meant(
    app: App, repository: Repository, given: dict[str, Any], reason: str, words: list[str]
) -> None:
    (repository.path / "link").symlink_to("backend")
    repository.commit({"backend/api.py": ""})
    for check_mode in (True, False):
        with refused(reason, *words):
            app.call(check_mode=check_mode, **given)
    assert app.names() == []


def test_the_module_may_be_in_code_that_is_installed(app: App, repository: Repository) -> None:
    repository.commit({"libs/site/shop/__init__.py": ""})
    with refused("missing_module", "It is in libs/site"):
        app.present(module="shop:app")
    repository.commit({"requirements.txt": "-e ./libs/site\n"})
    assert app.present(module="shop:app")["changed"]


# What is found, and what is installed


def needs(path: Path, files: dict[str, str], **options: str) -> VirtualenvNeeds:
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(content)
    return read_requirements(
        AppFiles(DirectoryFiles(path), options.get("directory", "")),
        options.get("requirements", "auto"),
        options.get("installer", "uv"),
        options.get("module", "wsgi:application"),
        OptionNames(),
    )


PROJECT = (
    '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.8"\ndependencies = ["MarkupSafe>=2"]\n'
)
POETRY = '[tool.poetry.dependencies]\npython = "^3.8"\nmarkupsafe = "^2"\n'
TOOLS = "[tool.ruff]\nline-length = 100\n"
UV_LOCK = 'version = 1\n[[package]]\nname = "markupsafe"\nversion = "2.1.5"\n'
POETRY_LOCK = '[[package]]\nname = "markupsafe"\nversion = "2.1.5"\n'
PIPFILE_LOCK = '{"default": {"markupsafe": {"version": "==2.1.5"}}}'


@pytest.mark.parametrize(
    ("files", "kind", "requirements"),
    [
        ({}, "none", ""),
        ({"pyproject.toml": TOOLS}, "none", ""),
        ({"pyproject.toml": TOOLS, "Pipfile.lock": PIPFILE_LOCK}, "pipfile", "Pipfile.lock"),
        ({"requirements.txt": "", "uv.lock": "", "pyproject.toml": ""}, "requirements", "requirements.txt"),
        ({"pyproject.toml": PROJECT}, "pyproject", "pyproject.toml"),
        ({"pyproject.toml": PROJECT, "uv.lock": UV_LOCK}, "uv", "uv.lock"),
        ({"pyproject.toml": PROJECT, "poetry.lock": POETRY_LOCK}, "poetry", "poetry.lock"),
        ({"pyproject.toml": POETRY, "poetry.lock": POETRY_LOCK}, "poetry", "poetry.lock"),
        ({"Pipfile": "", "Pipfile.lock": PIPFILE_LOCK}, "pipfile", "Pipfile.lock"),
    ],
)  # fmt: skip
def test_each_kind_of_project_is_found(
    tmp_path: Path, files: dict[str, str], kind: str, requirements: str
) -> None:
    found = needs(tmp_path, files)
    assert (found.kind, found.requirements) == (kind, requirements)


@pytest.mark.parametrize(
    ("files", "options", "reason", "words"),
    [
        ({"pyproject.toml": POETRY}, {}, "missing_lock", ["poetry lock", "poetry.lock"]),
        ({"Pipfile": ""}, {}, "missing_lock", ["pipenv lock", "Pipfile.lock"]),
        ({"pyproject.toml": "", "uv.lock": ""}, {"installer": "pip"}, "unsupported_lock", ["uv export"]),
        ({"pyproject.toml": PROJECT, "uv.lock": ""}, {}, "stale_lock", ["markupsafe", "uv lock"]),
        ({"pyproject.toml": POETRY, "poetry.lock": ""}, {}, "stale_lock", ["markupsafe", "poetry lock"]),
        ({"pyproject.toml": "[project"}, {}, "invalid_requirements", ["pyproject.toml", "line 1"]),
        ({"Pipfile.lock": "{"}, {}, "invalid_requirements", ["Pipfile.lock"]),
        ({}, {"requirements": "uv.lock"}, "missing_requirements", ["uv.lock"]),
        ({"a.txt": "-r ../../x.txt"}, {"requirements": "a.txt"}, "missing_requirements", ["../../x.txt"]),
    ],
)  # fmt: skip
def test_what_cannot_be_installed_as_it_is_locked_is_refused_with_the_command_that_helps(
    tmp_path: Path, files: dict[str, str], options: dict[str, str], reason: str, words: list[str]
) -> None:
    with pytest.raises(ReleaseError) as caught:
        needs(tmp_path, files, **options)
    assert caught.value.reason == reason
    for word in words:
        assert word in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize(
    "line", ["vendor/x-1.0.whl", "./vendor/x-1.0.whl", "x @ file:vendor/x-1.0.whl", "-f vendor"]
)
def test_the_content_of_an_archive_in_the_repository_counts(tmp_path: Path, line: str) -> None:
    before = needs(tmp_path, {"requirements.txt": f"{line}\n", "vendor/x-1.0.whl": "one", "wsgi.py": "one"})
    assert not before.local
    assert needs(tmp_path, {"wsgi.py": "two"}).files == before.files
    assert needs(tmp_path, {"vendor/x-1.0.whl": "two"}).files != before.files


@pytest.mark.parametrize("line", ["lib/", "./lib", "-e lib", "x @ file:./lib", "../common"])
def test_the_revision_counts_for_code_that_is_built(tmp_path: Path, line: str) -> None:
    files = {"app/requirements.txt": f"{line}\n", "app/lib/setup.py": "", "common/setup.py": ""}
    assert needs(tmp_path, files, directory="app").local


def test_a_project_whose_module_is_in_src_is_installed_itself(tmp_path: Path) -> None:
    found = needs(tmp_path, {"pyproject.toml": PROJECT, "src/shop/__init__.py": ""}, module="shop:app")
    assert (found.project, found.editable) == (True, True)
    assert not needs(tmp_path, {"shop.py": ""}, module="shop:app").project


LOCKED_BY_UV = 'source = { git = "ssh://git@git.test/srv/lib.git?rev=main#abc123" }'
LOCKED_BY_POETRY = """
[package.source]
type = "git"
url = "git@git.test:srv/lib.git"
reference = "main"
resolved_reference = "abc123"
"""
GIT = "git+ssh://git@git.test/srv/lib.git"


@pytest.mark.parametrize(
    ("files", "ref"),
    [
        ({"requirements.txt": f"lib @ {GIT}@main ; python_version > '3'\n"}, "main"),
        ({"requirements.txt": f"{GIT}#egg=lib\n"}, ""),
        ({"requirements.txt": f"-e {GIT}@v1#egg=lib\n"}, "v1"),
        ({"pyproject.toml": f'[project]\nname = "x"\ndependencies = ["lib @ {GIT}@v1"]\n'}, "v1"),
        ({"pyproject.toml": "", "uv.lock": LOCKED_BY_UV}, "abc123"),
        ({"pyproject.toml": "", "poetry.lock": LOCKED_BY_POETRY}, "abc123"),
        ({"Pipfile.lock": '{"default": {"lib": {"git": "git@git.test:srv/lib.git", "ref": "v1"}}}'}, "v1"),
    ],
)  # fmt: skip
def test_repositories_that_only_the_deploy_key_opens_are_found(
    tmp_path: Path, files: dict[str, str], ref: str
) -> None:
    (found,) = needs(tmp_path, files).git
    assert (found.url, found.ref) == ("ssh://git@git.test/srv/lib.git", ref)


# The Python


@pytest.mark.parametrize(
    ("requirement", "version", "allowed"),
    [
        (">=3.12", "3.11.2", False),
        (">=3.10,<3.13", "3.13.0", False),
        (">=3.10,<3.13", "3.12.9", True),
        ("^3.10", "3.9.2", False),
        ("^3.10", "3.14.0", True),
        ("~3.11", "3.12.0", False),
        ("~=3.11", "3.12.0", True),
        ("==3.11.*", "3.11.7", True),
        ("==3.11.*", "3.12.0", False),
        ("3.11", "3.11.9", True),
        (">=3.8, !=3.9.0", "3.9.0", False),
        ("^2.7 || ^3.6", "3.11.2", True),
        ("*", "3.9.0", True),
        ("", "3.9.0", True),
        ("what is this", "3.9.0", True),
    ],
)
def test_which_pythons_a_project_allows(requirement: str, version: str, allowed: bool) -> None:
    assert allows_python(requirement, version) is allowed


@pytest.mark.parametrize(
    "files",
    [
        {"pyproject.toml": PROJECT.replace(">=3.8", ">=3.99")},
        {"pyproject.toml": PROJECT.replace(">=3.8", ">=3.99"), "uv.lock": UV_LOCK},
        {"requirements.txt": "x", "pyproject.toml": PROJECT.replace(">=3.8", ">=3.99")},
    ],
    ids=["pyproject", "uv", "requirements"],
)
def test_a_python_that_the_project_does_not_allow_is_refused_before_anything_is_made(
    app: App, repository: Repository, files: dict[str, str]
) -> None:
    if "requirements.txt" not in files:
        repository.git("rm", "--quiet", "requirements.txt")
    repository.commit(files)
    with refused("unsuitable_python", "pyproject.toml allows Python >=3.99", "masonite_apps.blog.python"):
        app.present(setting_names={"python": "masonite_apps.blog.python"})
    assert app.names() == []
