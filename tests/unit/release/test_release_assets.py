# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a release says of the files that are built for it, and what a build before leaves for it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from release_world import App, Repository, refused, server

from ansible_collections.masonite.deploy.plugins.module_utils._system.asset_files import place_assets


def package(*scripts: str, **more: Any) -> str:
    return json.dumps({"scripts": dict.fromkeys(scripts, "vite build"), **more})


@pytest.fixture
def built(app: App, repository: Repository, tmp_path: Path) -> App:
    """An app with a package.json whose builds are kept in a directory."""
    repository.commit({"package.json": package("production", "prod"), "package-lock.json": "{}"})
    (tmp_path / "assets").mkdir()
    app.options.update(assets=str(tmp_path / "assets"), build=["auto"], node_version="24.19.0")
    app.options.update(static=["storage/static", "storage/compiled"], virtualenvs=None)
    return app


def of(app: App, **options: Any) -> dict[str, Any] | None:
    present = app.present(force=True, **options)
    app.failed(present["release"]["name"], bad=False)
    found: dict[str, Any] | None = present["assets"]
    return found


def finish(app: App, present: dict[str, Any], **files: str) -> None:
    """Do what the module assets does after a build."""
    assets, release = present["assets"], Path(present["release"]["path"])
    results = Path(assets["path"])
    if not results.exists():
        for name, text in {**files, ".complete": ""}.items():
            (results / name).parent.mkdir(parents=True, exist_ok=True)
            (results / name).write_text(text)
    key = results.name
    place_assets(str(release), key, str(results), assets["live"], app.options["static"])


def deploy(app: App, *css: str, **options: Any) -> Path:
    """Deploy a release with these files below storage/compiled."""
    present = app.present(**options)
    if present["assets"] and not present["assets"]["ready"]:
        finish(app, present, **{f"storage/compiled/{name}": name for name in css})
    app.live(present["release"]["name"])
    return Path(present["release"]["path"])


def styles(release: Path) -> list[str]:
    return sorted(path.name for path in (release / "storage/compiled").glob("*"))


@pytest.mark.parametrize(
    ("files", "install", "command"),
    [
        ({}, "npm ci --include=dev", "npm run production"),
        ({"package.json": package("dev", "prod", "build")}, "npm ci --include=dev", "npm run build"),
        ({"package.json": package("prod")}, "npm ci --include=dev", "npm run prod"),
        ({"package.json": package("build", packageManager="pnpm@9.1.0"), "pnpm-lock.yaml": ""},
         "corepack pnpm install --frozen-lockfile --prod=false", "corepack pnpm run build"),
        ({"package.json": package("build", packageManager="yarn@4.1.0"), "yarn.lock": "__metadata:\n"},
         "corepack yarn install --immutable", "corepack yarn run build"),
        ({"package.json": package("build", packageManager="yarn@1.22.22"), "yarn.lock": "# v1\n"},
         "corepack yarn install --frozen-lockfile --production=false", "corepack yarn run build"),
        ({"package.json": "\ufeff" + package("build")}, "npm ci --include=dev", "npm run build"),
    ],
)  # fmt: skip
def test_packages_are_installed_by_the_lock_file_and_the_script_for_production_is_run(
    built: App, repository: Repository, files: dict[str, str], install: str, command: str
) -> None:
    repository.commit(files)
    found = of(built)
    assert found is not None
    assert (found["install"], found["commands"], found["ready"]) == (install, [command], False)
    assert found["lock"] != ""


@pytest.mark.parametrize(
    ("packages", "install"),
    [
        ({"laravel-mix": "^6.0.39"}, "npm install --include=dev --no-save webpack@5.94.0"),
        ({"laravel-mix": "^6.0.39", "webpack": "5.60.0"}, "npm install --include=dev"),
        ({"vite": "^8"}, "npm install --include=dev"),
    ],
)
def test_the_bundler_of_masonite_4_gets_the_webpack_that_it_runs_with(
    built: App, repository: Repository, packages: dict[str, str], install: str
) -> None:
    (repository.path / "package-lock.json").unlink()
    repository.commit({"package.json": package("production", devDependencies=packages)})
    found = of(built)
    assert found is not None
    assert found["install"] == install


@pytest.mark.parametrize("manager", ["npm", "yarn", "pnpm"])
def test_without_a_lock_file_they_are_installed_all_the_same(
    built: App, repository: Repository, manager: str
) -> None:
    (repository.path / "package-lock.json").unlink()
    repository.commit({"package.json": package("build", packageManager=f"{manager}@1.0")})
    found = of(built)
    assert found is not None
    assert found["lock"] == ""
    assert f"{manager} install" in found["install"]


@pytest.mark.parametrize(
    "content", ["{}", package("dev", "watch"), '{"scripts": []}', '{"scripts": {"build": 1}}']
)
def test_nothing_is_built_where_there_is_no_script_for_production(
    built: App, repository: Repository, content: str
) -> None:
    repository.commit({"package.json": content})
    assert of(built) is None


def test_nothing_is_built_without_a_package_json_or_by_choice(built: App, repository: Repository) -> None:
    assert of(built, build=[]) is None
    assert of(built, assets=None) is None
    repository.git("rm", "--quiet", "package.json")
    repository.commit()
    assert of(built) is None
    own = of(built, build=["make css", "make js"])
    assert own is not None
    assert (own["install"], own["commands"]) == ("", ["make css", "make js"])


@pytest.mark.parametrize("content", ["{", "[]", "\x00", '"x"'])
def test_a_package_json_that_cannot_be_read_is_refused_with_a_way_out(
    built: App, repository: Repository, content: str
) -> None:
    repository.commit({"package.json": content})
    names = {"build": "masonite_app_build"}
    with refused("package_json", "package.json", "masonite_app_build: []"):
        built.present(setting_names=names)
    assert built.names() == []


def test_equal_files_and_settings_share_the_results(built: App, repository: Repository) -> None:
    first = of(built)
    assert first is not None
    repository.commit(message="another commit of the same files")
    assert of(built) == first
    others = [
        of(built, node_version="22.1.0"),
        of(built, build=["npm run x"]),
        of(built, build_environment={"VITE_TITLE": "Blog"}),
    ]
    repository.commit({"templates/base.html": "<p>"})
    others.append(of(built))
    assert len({first["path"], *(found["path"] for found in others if found)}) == 5


def test_packages_are_others_when_what_says_so_changes(built: App, repository: Repository) -> None:
    def packages(files: dict[str, str]) -> str:
        repository.commit(files)
        found = of(built)
        assert found is not None
        return str(found["packages"])

    first = packages({})
    assert packages({"templates/base.html": "<p>"}) == first != ""
    assert packages({"package-lock.json": '{"x": 1}'}) != first
    assert packages({"package.json": package("build", postinstall="x", dependencies={"a": "file:./a"})}) == ""
    assert packages({"package.json": package("build", "prepare")}) == ""
    assert packages({"package.json": package("build", workspaces=["a"])}) == ""


def test_results_of_equal_files_are_in_a_new_release_without_a_build(built: App) -> None:
    first = deploy(built, "app.css")
    assert styles(first) == ["app.css"]
    second = built.present(force=True)
    assert second["assets"]["ready"] is True
    assert styles(Path(second["release"]["path"])) == ["app.css"]


def test_the_live_revision_is_built_anew_when_the_settings_of_the_build_change(built: App) -> None:
    first = built.present()
    finish(built, first)
    built.live(first["release"]["name"])
    assert built.present()["locked"] is False
    again = built.present(build_environment={"VITE_TITLE": "Blog"})
    assert (again["changed"], again["is_live"], again["assets"]["ready"]) == (True, False, False)
    built.failed(again["release"]["name"])
    assert built.present(build=[])["changed"] is False


def test_a_release_of_before_there_were_builds_is_built_when_it_is_deployed_again(built: App) -> None:
    deploy(built, assets=None)
    again = built.present()
    assert (again["changed"], again["assets"]["ready"]) == (True, False)


def test_files_of_the_live_release_stay_for_one_release_more(built: App, repository: Repository) -> None:
    found = []
    for number in (1, 2, 3):
        repository.commit({"number": str(number)})
        found.append(styles(deploy(built, f"{number}.css", "app.css")))
    assert found == [["1.css", "app.css"], ["1.css", "2.css", "app.css"], ["2.css", "3.css", "app.css"]]


def test_files_of_the_repository_stay_too_and_no_others(built: App, repository: Repository) -> None:
    names = ["storage/static/a.png", "storage/static/deep/b.png", "app/old.py"]
    repository.commit(dict.fromkeys(names, "old"))
    (repository.path / "storage/static/link.png").symlink_to("a.png")
    repository.commit()
    built.options["build"] = []
    deploy(built)
    repository.git("rm", "--quiet", "-r", "storage", "app")
    repository.commit({"storage/static/c.png": "new"})
    release = deploy(built)
    kept = sorted(str(path.relative_to(release)) for path in release.rglob("*.png"))
    assert kept == ["storage/static/a.png", "storage/static/c.png", "storage/static/deep/b.png"]
    assert not (release / "app").exists()


def test_after_a_rollback_pages_of_the_newer_release_find_their_files(
    built: App, repository: Repository
) -> None:
    first = deploy(built, "1.css")
    repository.commit({"number": "2"})
    deploy(built, "2.css")
    back = built.present(release="previous", action="rollback")
    assert back["assets"]["ready"] is True
    assert styles(first) == ["1.css", "2.css"]
    built.live(back["release"]["name"], action="rollback")
    repository.commit({"number": "3"})
    assert styles(deploy(built, "3.css")) == ["1.css", "3.css"]


def test_results_are_removed_with_the_last_release_that_has_them(
    built: App, repository: Repository, tmp_path: Path
) -> None:
    (tmp_path / "assets" / "work").mkdir()
    keys = []
    for number in (1, 2, 3):
        repository.commit({"number": str(number)})
        keys.append(
            json.loads((deploy(built, "a.css", keep=2) / ".masonite-deploy-assets").read_text())["key"]
        )
        if number == 3:
            built.live(built.names()[-1], keep=2, reason="again")
    assert sorted(os.listdir(tmp_path / "assets")) == sorted([*keys[1:], "work"])


def test_an_app_in_a_directory_has_its_package_json_and_its_static_files_there(
    built: App, repository: Repository
) -> None:
    repository.git("mv", "package.json", "root.json")
    at = {"backend/package.json": package("build"), "backend/wsgi.py": "", "backend/storage/static/a.png": ""}
    repository.commit(at)
    first = built.present(directory="backend")
    assert (first["assets"]["lock"], first["assets"]["commands"]) == ("", ["npm run build"])
    place_assets(first["release"]["path"], Path(first["assets"]["path"]).name, "/nowhere", "", [])
    built.live(first["release"]["name"])
    repository.git("rm", "--quiet", "backend/storage/static/a.png")
    repository.commit()
    built.options["build"] = []
    second = built.present(directory="backend")
    assert Path(second["release"]["path"], "backend/storage/static/a.png").exists()


def test_check_mode_says_that_it_would_be_built_and_writes_nothing(built: App, tmp_path: Path) -> None:
    result = built.call(check_mode=True)
    assert result["assets"]["ready"] is False
    assert (built.names(), os.listdir(tmp_path / "assets")) == ([], [])


def test_as_root_the_build_user_owns_what_is_put_into_a_release() -> None:
    with server() as there:
        there.repository.commit({"package.json": package("build"), "package-lock.json": "{}"})
        results = there.venvs / "assets"
        results.mkdir()
        there.app.options.update(assets=str(results), static=["storage/compiled"])
        first = there.app.present()
        place = Path(first["assets"]["path"])
        (place / "storage/compiled").mkdir(parents=True)
        (place / "storage/compiled/app.css").write_text("css")
        (place / ".complete").touch()
        there.app.failed(first["release"]["name"])
        release = Path(there.app.present()["release"]["path"])
        status = (release / "storage/compiled/app.css").stat()
        assert (status.st_uid, status.st_mode & 0o777) == (there.build.uid, 0o644)
