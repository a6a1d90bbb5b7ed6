# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repositories made to harm the server that deploys them."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import tracemalloc
from collections.abc import Callable
from contextlib import nullcontext, suppress
from pathlib import Path

import pytest
from release_world import GIT_ENVIRONMENT, App, Repository, git, refused, within

from ansible_collections.masonite.deploy.plugins.module_utils._release.errors import ReleaseError
from ansible_collections.masonite.deploy.plugins.module_utils._release.git import LONGEST_OUTPUT, Git
from ansible_collections.masonite.deploy.plugins.module_utils._release.git_access import GitAccess
from ansible_collections.masonite.deploy.plugins.module_utils._release.option_names import OptionNames
from ansible_collections.masonite.deploy.plugins.module_utils._release.release_files import UnknownFiles
from ansible_collections.masonite.deploy.plugins.module_utils._release.requirements import read_requirements
from ansible_collections.masonite.deploy.plugins.module_utils._release.revision_check import (
    refuse_unsafe_entries,
)
from ansible_collections.masonite.deploy.plugins.module_utils._release.revision_entry import (
    LINK,
    SUBMODULE,
    RevisionEntry,
)
from ansible_collections.masonite.deploy.plugins.module_utils._release.submodule_address import (
    SSH_ADDRESS,
    check_address,
)
from ansible_collections.masonite.deploy.plugins.module_utils._release.virtualenv_needs import VirtualenvNeeds
from ansible_collections.masonite.deploy.plugins.module_utils._release.wsgi_module import (
    SIZE_LIMIT,
    find_module,
)

FILE, TREE = "100644", "40000"
COMMIT = "1" * 40
PERSON = "Ann <ann@example.org> 1700000000 +0000"


class Workshop:
    """Writes objects that git itself would not make."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository

    def write(self, kind: str, content: bytes) -> str:
        command = ["git", "hash-object", "-t", kind, "-w", "--literally", "--stdin"]
        run = subprocess.run(
            command,
            cwd=self.repository.path,
            env=GIT_ENVIRONMENT,
            input=content,
            capture_output=True,
            check=True,
        )
        return run.stdout.decode().strip()

    def blob(self, content: str) -> str:
        return self.write("blob", content.encode())

    def tree(self, *entries: tuple[str, str, str]) -> str:
        return self.write(
            "tree", b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(sha) for mode, name, sha in entries)
        )

    def commit(self, tree: str, author: str = PERSON) -> str:
        text = f"tree {tree}\nauthor {author}\ncommitter {PERSON}\n\ncrafted\n"
        commit = self.write("commit", text.encode())
        git("update-ref", "refs/heads/main", commit, cwd=self.repository.path)
        return commit


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(Repository(tmp_path / "crafted"))


@pytest.fixture
def crafted(app: App, workshop: Workshop) -> App:
    app.options["repository"] = str(workshop.repository.path)
    return app


def put_into_mirror(app: App, workshop: Workshop) -> None:
    """As the version before did, which fetched whatever it was given."""
    mirror = app.path / "repo.git"
    mirror.parent.mkdir(parents=True, exist_ok=True)
    git("clone", "--quiet", "--mirror", str(workshop.repository.path), str(mirror), cwd=app.path.parent)


def link_and_tree(workshop: Workshop, outside: Path) -> str:
    """`vendor` is a link, and a directory with a submodule in it."""
    link = workshop.blob(str(outside))
    modules = workshop.blob(f'[submodule "x"]\n\tpath = vendor/lib\n\turl = {workshop.repository.path}\n')
    inner = workshop.tree((SUBMODULE, "lib", workshop.commit(workshop.tree())))
    return workshop.tree(
        (FILE, ".gitmodules", modules),
        (LINK, "vendor", link),
        (TREE, "vendor", inner),
        (FILE, "wsgi.py", link),
    )


def link_and_file(workshop: Workshop, outside: Path) -> str:
    inner = workshop.tree((FILE, "evil.pth", workshop.blob("import os")))
    return workshop.tree((LINK, "vendor", workshop.blob(str(outside))), (TREE, "vendor", inner))


def parent_directory(workshop: Workshop, _outside: Path) -> str:
    inner = workshop.tree((FILE, "evil.pth", workshop.blob("import os")))
    return workshop.tree((TREE, "..", inner))


def slash_in_a_name(workshop: Workshop, _outside: Path) -> str:
    return workshop.tree((FILE, "../evil.pth", workshop.blob("import os")))


def git_directory(workshop: Workshop, _outside: Path) -> str:
    return workshop.tree((TREE, ".git", workshop.tree((FILE, "config", workshop.blob("")))))


TREES = [link_and_tree, link_and_file, parent_directory, slash_in_a_name, git_directory]


@pytest.mark.parametrize("fetched_before", [False, True])
@pytest.mark.parametrize("make", TREES)
def test_a_crafted_tree_writes_nothing_outside(
    crafted: App, workshop: Workshop, tmp_path: Path, make: object, fetched_before: bool
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    workshop.commit(make(workshop, outside))  # type: ignore[operator]
    if fetched_before:
        put_into_mirror(crafted, workshop)
    with refused("corrupt_repository", "git fsck"):
        crafted.present(disk_check="ignore")
    assert list(outside.iterdir()) == []
    assert crafted.names() == []
    assert crafted.info()["lock"] is None
    assert not list(tmp_path.rglob("evil.pth"))


def test_a_submodule_below_a_link_of_the_export_is_refused(
    app: App, repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should the list of names ever miss it: what is on disk is looked at too."""
    outside = tmp_path / "outside"
    outside.mkdir()
    library = Repository(tmp_path / "library")
    library.commit({"lib.py": "library"})
    repository.git("submodule", "--quiet", "add", str(library.path), "vendor/lib")
    repository.commit()
    tools = tmp_path / "tools"
    tools.mkdir()
    # tar that puts a link where the directory of the submodule is to be.
    (tools / "tar").write_text(
        "#!/bin/sh\nfor word; do case $word in --directory=*) place=${word#*=};; esac; done\n"
        f'{shutil.which("tar")} "$@" && rm -rf "$place/vendor" && ln -s {outside} "$place/vendor"\n'
    )
    (tools / "tar").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    with refused("corrupt_repository", "vendor/lib", "in the way"):
        app.present()
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize(
    "author",
    [
        "Ann <ann@example.org> 1700000000 +051800",
        "Ann<ann@example.org> 1700000000 +0000",
        "Ann <ann@example.org>1700000000 +0000",
        "<ann@example.org> 1700000000 +0000",
        "Ann <ann@example.org> 01700000000 +0000",
        "Ann <ann@example.org 1700000000 +0000",
    ],
)
def test_harmless_defects_of_old_programs_are_let_through(
    crafted: App, workshop: Workshop, author: str
) -> None:
    tree = workshop.tree(("040000", "app", workshop.tree()), (FILE, "wsgi.py", workshop.blob("old")))
    workshop.commit(tree, author)
    crafted.deploy()
    assert crafted.read("wsgi.py") == "old"


@pytest.mark.parametrize(
    ("names", "good"),
    [
        (["wsgi.py", "app/a.py", ".gitmodules", ".github/x", "a..b", ".gitignore"], True),
        (["a/../b"], False),
        (["../b"], False),
        (["/etc/x"], False),
        (["a//b"], False),
        (["./b"], False),
        (["a/.git/hooks/x"], False),
        ([".GIT/config"], False),
        (["a", "a/b"], False),
        (["a", "a/b/c"], False),
        (["a", "a"], False),
        (["a", "ab/c", "a.b"], True),
    ],
)
def test_names_that_an_export_may_hold(names: list[str], good: bool) -> None:
    entries = [RevisionEntry(LINK if name == "a" else FILE, "0" * 40, 0, name) for name in names]
    if good:
        refuse_unsafe_entries(entries, COMMIT, "repository")
    else:
        with pytest.raises(ReleaseError) as caught:
            refuse_unsafe_entries(entries, COMMIT, "repository")
        assert caught.value.reason == "corrupt_repository"


@pytest.mark.parametrize(
    ("address", "anywhere", "in_a_local_repository"),
    [
        ("https://example.org/a.git", True, True),
        ("http://example.org/a.git", True, True),
        ("ssh://git@example.org/a.git", True, True),
        ("git@example.org:a.git", True, True),
        ("example.org:a.git", True, True),
        ("/srv/sites/b/repo.git", False, True),
        ("file:///srv/sites/b/repo.git", False, True),
        ("srv/sites/b", False, True),
        ("ext::sh -c id", False, False),
        ("ext::https://x", False, False),
        ("fd::17", False, False),
        ("-oProxyCommand=id", False, False),
        ("--upload-pack=id", False, False),
        ("git://example.org/a.git", False, False),
        ("ftp://example.org/a.git", False, False),
        ("rsync://example.org/a.git", False, False),
        ("HTTPS://example.org/a.git", False, False),
        ("https://ann:pa[ss@example.org:443/a.git", True, True),
        ("ssh://git@[::1]:22/a.git", True, True),
        ("https://[", False, False),
        ("https://[::1/a.git", False, False),
        ("ssh://git@/a.git", False, False),
        ("http://example.org:port/a.git", False, False),
    ],
)
def test_addresses_of_submodules(address: str, anywhere: bool, in_a_local_repository: bool) -> None:
    assert (check_address(address, local=False) == "") == anywhere
    assert (check_address(address, local=True) == "") == in_a_local_repository


def test_an_address_like_that_of_ssh_is_no_path() -> None:
    assert SSH_ADDRESS.match("git@example.org:a.git")
    assert not SSH_ADDRESS.match("a/b:c")


@pytest.mark.parametrize("address", ["ext::sh -c 'touch {outside}/x'", "git://127.0.0.1:1/x", "-u{outside}"])
def test_a_submodule_by_another_transport_is_refused(
    app: App, repository: Repository, tmp_path: Path, address: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    address = address.format(outside=outside)
    quoted = '"{}"'.format(address.replace('"', '\\"'))
    (repository.path / ".gitmodules").write_text(f'[submodule "x"]\n\tpath = lib\n\turl = {quoted}\n')
    repository.git("add", ".gitmodules")
    repository.git("update-index", "--add", "--cacheinfo", f"{SUBMODULE},{COMMIT},lib")
    repository.git("commit", "--quiet", "--message", "hostile")
    # git's own check refuses some of these addresses before ours does.
    with pytest.raises(ReleaseError) as caught:
        app.present()
    assert caught.value.reason in ("submodule", "corrupt_repository")
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("address", ["https://[", "https://[/x", "ssh://[", "http://h:port/x"])
def test_an_address_of_a_submodule_that_is_none_is_named(
    app: App, repository: Repository, address: str
) -> None:
    (repository.path / ".gitmodules").write_text(f'[submodule "x"]\n\tpath = lib\n\turl = {address}\n')
    repository.git("add", ".gitmodules")
    repository.git("update-index", "--add", "--cacheinfo", f"{SUBMODULE},{COMMIT},lib")
    repository.git("commit", "--quiet", "--message", "hostile")
    with pytest.raises(ReleaseError) as caught:
        app.present()
    assert address in caught.value.message
    assert "gitmodules" in caught.value.hint


@pytest.mark.parametrize("address", ["ext::sh -c id", "git://127.0.0.1:1/x", "ftp://127.0.0.1:1/x", "fd::7"])
def test_a_repository_by_another_transport_is_refused(app: App, address: str) -> None:
    with refused("transport", address, "https or ssh"):
        app.present(repository=address)


def test_a_tree_that_lists_itself_a_billion_times_is_refused(crafted: App, workshop: Workshop) -> None:
    tree = workshop.tree((FILE, "a", workshop.blob("")))
    for _level in range(9):
        tree = workshop.tree(*((TREE, str(number), tree) for number in range(10)))
    wsgi = workshop.blob("one")
    workshop.commit(workshop.tree((TREE, "many", tree), (FILE, "wsgi.py", wsgi)))
    tracemalloc.start()
    try:
        with within(30), refused("corrupt_repository", "32 MB"):
            crafted.present()
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * LONGEST_OUTPUT
    assert crafted.names() == []


def test_of_what_git_says_only_the_end_is_kept(tmp_path: Path) -> None:
    program = tmp_path / "git"
    program.write_text(
        "#!/bin/sh\nyes remote: wait | head -c 20000000 >&2\necho fatal: the cause >&2\nexit 128\n"
    )
    program.chmod(0o755)
    output = Git(GitAccess(), OptionNames(), str(program)).run(["fetch"])
    assert output.rc == 128
    assert output.err.endswith("fatal: the cause")
    assert len(output.err) < 20_000


class Lists(UnknownFiles):
    """A revision of which only the content of files is asked for; there may be endlessly many."""

    def __init__(self, content: Callable[[str], bytes | None]) -> None:
        self.content = content

    def read(self, name: str) -> bytes | None:
        return self.content(name)

    def has(self, name: str) -> bool:
        return self.content(name) is not None


class Sources(Lists):
    """A revision with these files, all of which are known."""

    known = True

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(files.get)
        self.files = files

    def size(self, name: str) -> int | None:
        return len(self.files[name]) if name in self.files else None

    def list_below(self, directory: str) -> set[str]:
        return set(self.files)


def read_lists(content: Callable[[str], bytes | None], requirements: str = "auto") -> VirtualenvNeeds:
    return read_requirements(Lists(content), requirements, "uv", "wsgi:application", OptionNames())


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("a={\n", "invalid_requirements"),
        ("\n", ""),
        ("a = { b\n", "invalid_requirements"),
        (" \n", ""),
    ],
)
def test_a_pyproject_made_to_be_read_slowly_holds_nothing_up(line: str, reason: str) -> None:
    content = (line * (500_000 // len(line))).encode()
    started = time.monotonic()
    with refused(reason) if reason else nullcontext():
        assert read_lists({"pyproject.toml": content}.get).files == ()
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    "line",
    [
        "def create_app(\n",
        "WSGI_APPLICATION = 'a.a.a.a\n",
        "app\n",
        "from a import ,app ,\n",
        "FLASK_APP=a.a.a\n",
        "FLASK_APP \n",
        "web: gunicorn a.a.a a:\n",
        " gunicorn",
        "DJANGO_SETTINGS_MODULE' \n",
    ],
)
def test_sources_made_to_be_read_slowly_hold_nothing_up(line: str) -> None:
    content = (line * (SIZE_LIMIT // len(line))).encode()
    names = ("wsgi.py", "manage.py", "settings.py", "Procfile", ".flaskenv", "app.py")
    started = time.monotonic()
    for framework in ("django", "flask", "none"):
        find_module(Sources(dict.fromkeys(names, content)), framework)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("poetry.lock", 'type = "git"\nurl = "ssh://git@host/a.git"\n'),
        ("poetry.lock", 'type = "git"\nurl = "ssh://git@host/a.git"\na = 1\n'),
        ("poetry.lock", 'name = "\n'),
        ("uv.lock", 'git = "ssh://git@host/a?a\n'),
        ("uv.lock", "source = { editable = \n"),
    ],
)
def test_a_lock_made_to_be_read_slowly_holds_nothing_up(name: str, lines: str) -> None:
    content = (lines * ((1 << 20) // len(lines))).encode()
    started = time.monotonic()
    with suppress(ReleaseError):
        read_lists({"pyproject.toml": b"[project]\nname = 'a'\n", name: content}.get)
    assert time.monotonic() - started < 5


def test_a_list_of_requirements_of_unlikely_size_is_refused() -> None:
    content = b"x" * (1 << 20) + b"x"
    with pytest.raises(ReleaseError) as caught:
        read_lists({"requirements.txt": content}.get)
    assert caught.value.reason == "requirements_size"


def test_an_included_list_of_unlikely_size_is_refused() -> None:
    files = {"requirements.txt": b"-r more.txt\n", "more.txt": b"x" * (1 << 20)}
    assert len(read_lists(files.get).files) == 2
    files["more.txt"] += b"x"
    with refused("requirements_size", "more.txt"):
        read_lists(files.get)


def test_lists_that_include_each_other_without_end_are_refused() -> None:
    def read(name: str) -> bytes | None:
        number = number_in(name)
        return f"-r {number + 1}.txt\n".encode() if number else None

    def read_up_to_200(name: str) -> bytes | None:
        return read(name) if number_in(name) < 200 else b"masonite\n"

    def number_in(name: str) -> int:
        return int(name.partition(".")[0]) if name[0].isdigit() else 0

    assert len(read_lists(read_up_to_200, "1.txt").files) == 200
    with within(20), refused("requirements_size", "200 files"):
        read_lists(read, "1.txt")


def test_what_git_reads_from_a_home_runs_no_program(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "origin")
    repository.commit({"wsgi.py": "one"})
    home = tmp_path / "home"
    home.mkdir()
    trace = tmp_path / "ran"
    (home / "attributes").write_text("* filter=x\n")
    (home / ".gitconfig").write_text(
        f'[core]\n attributesFile = {home}/attributes\n[filter "x"]\n smudge = touch {trace}\n'
    )
    variables = {**GitAccess().make_environment(None), "HOME": str(home)}
    command = ["git", f"--git-dir={repository.path}/.git", "archive", "--format=tar", "HEAD"]
    subprocess.run(command, env=variables, check=True, capture_output=True)
    assert not trace.exists()
    variables.pop("GIT_CONFIG_GLOBAL")
    subprocess.run(command, env=variables, check=True, capture_output=True)
    assert trace.exists(), "without the variable the program runs: the test would not notice its loss"


def test_what_a_failing_command_printed_does_not_hide_the_history(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "origin")
    repository.commit({"wsgi.py": "one"})
    app = App(tmp_path / "site", str(repository.path))
    app.deploy()
    first = app.info()["live"]["name"]
    repository.commit({"wsgi.py": "two"})
    second = app.present()["release"]["name"]
    app.failed(second, reason="x" * 3_000_000)
    assert [line["release"] for line in app.history()] == [first, second]
    assert app.info()["releases"][0]["state"] == "bad"
