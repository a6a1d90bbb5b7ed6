"""What the documentation says of this repository is true: what it names exists, and what exists is named."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(test_\w+)`")
DEFINED = re.compile(r"^\s*def (test_\w+)\(", re.MULTILINE)
LINK = re.compile(r"\]\((?![a-z][a-z0-9+.-]*:|#|<)([^)\s#]+)[^)\s]*\)")
CODE_BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
SCRIPT = re.compile(r"\bscript/[\w/.-]*\w")
SETTING = re.compile(
    r"\b(?:masonite_(?:app|apps|deploy|hosts|remove|rollback|status)|nginx|base)(?:_[a-z0-9]+)*\b(?!_)"
)
PLAYBOOK = re.compile(r"\bplaybooks/(\w+\.yml)")
# Names of roles and of the collection, which look like settings.
NO_SETTINGS = {"masonite_app", "masonite_deploy", "nginx", "base"}


def list_files(*patterns: str) -> list[Path]:
    """Return the files that git would commit."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *patterns]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return sorted(ROOT / name for name in names if name and (ROOT / name).is_file())


# Not the texts that script/bench and script/docs make pages of.
PAGES = {str(page.relative_to(ROOT)): page for page in list_files("*.md", ":!benchmarks", ":!docs/site")}
# What a release said remains as it was; the page of the benchmarks is written by a program.
MANUALS = [name for name in PAGES if name not in ("CHANGELOG.md", "docs/benchmarks/README.md")]


def read(name: str) -> str:
    return PAGES[name].read_text(encoding="utf-8")


def load_yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def list_settings() -> set[str]:
    """Return the names of all variables that a user or a hook may name."""
    names = set()
    for file in ROOT.glob("roles/*/meta/argument_specs.yml"):
        for entry_point in load_yaml(file)["argument_specs"].values():
            names |= set(entry_point.get("options", {}))
    for file in ROOT.glob("roles/*/vars/**/*.yml"):
        names |= {name for name in load_yaml(file) or {} if not name.startswith("_")}
    for file in [*ROOT.glob("playbooks/*.yml"), *ROOT.glob("inventory.example/**/*.yml")]:
        names |= set(SETTING.findall(file.read_text(encoding="utf-8")))
    return names


def list_plugins() -> Iterator[str]:
    for kind in ("modules", "filter", "lookup"):
        for file in (ROOT / "plugins" / kind).glob("[!_]*"):
            if file.suffix in (".py", ".yml"):
                yield file.stem


def find_values(tree: Any, key: str) -> Iterator[Any]:
    """Yield what stands below a key, as deep as it is."""
    for name, value in tree.items() if isinstance(tree, dict) else ():
        yield from [value] if name == key else find_values(value, key)


def list_app_settings(text: str) -> Iterator[str]:
    """Yield the settings that the examples of a page give to apps in masonite_apps."""
    for language, block in CODE_BLOCK.findall(text):
        if language == "yaml" and "masonite_apps:" in block:
            for apps in find_values(yaml.safe_load(block), "masonite_apps"):
                for settings in apps.values():
                    yield from settings


def test_each_test_that_a_page_names_exists() -> None:
    files = [*(ROOT / "tests").rglob("test_*.py"), *(ROOT / "molecule").rglob("test_*.py")]
    defined = {name for file in files for name in DEFINED.findall(file.read_text(encoding="utf-8"))}
    pages = sorted((ROOT / "docs").glob("*.md"))
    named = {(page.name, name) for page in pages for name in NAMED.findall(page.read_text(encoding="utf-8"))}
    assert len([name for page, name in named if page == "security.md"]) > 40
    assert sorted((page, name) for page, name in named if name not in defined) == []


def test_pages_are_found() -> None:
    assert {"README.md", "CONTRIBUTING.md", "docs/getting-started.md", "roles/nginx/README.md"} <= set(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_each_relative_link_leads_to_a_file(page: str) -> None:
    text = CODE_BLOCK.sub("", read(page))
    targets = LINK.findall(text)
    assert [target for target in targets if not (PAGES[page].parent / target).exists()] == []


@pytest.mark.parametrize("page", MANUALS)
def test_each_script_that_a_page_names_exists(page: str) -> None:
    assert sorted({name for name in SCRIPT.findall(read(page)) if not (ROOT / name).exists()}) == []


@pytest.mark.parametrize("page", MANUALS)
def test_each_playbook_that_a_page_names_exists(page: str) -> None:
    named = PLAYBOOK.findall(read(page).replace("playbooks/NAME.yml", ""))
    assert sorted({name for name in named if not (ROOT / "playbooks" / name).exists()}) == []


@pytest.mark.parametrize("page", MANUALS)
def test_each_setting_that_a_page_names_exists(page: str) -> None:
    known = list_settings() | set(list_plugins()) | NO_SETTINGS
    named = set(SETTING.findall(read(page))) - {"masonite_app_foo"}
    named |= {f"masonite_app_{name}" for name in list_app_settings(read(page))}
    assert sorted(named - known) == []


def test_the_readme_names_all_that_a_user_can_use() -> None:
    roles = [path.name for path in (ROOT / "roles").iterdir()]
    playbooks = [path.stem for path in (ROOT / "playbooks").glob("*.yml")]
    names = {*roles, *playbooks, *list_plugins()}
    text = read("README.md")
    assert sorted(name for name in names if f"`{name}`" not in text and f"[{name}]" not in text) == []


def test_the_walk_leaves_out_no_command_of_the_readme() -> None:
    """What a reader runs and writes for a server of their own is what the scenario walk runs and writes."""
    section = read("README.md").partition("## Your app, your server")[2].partition("\n## ")[0]
    blocks = len(CODE_BLOCK.findall(section))
    assert blocks > 5
    assert len(re.findall(r"^<!-- walk: .+ -->\n```", section, re.MULTILINE)) == blocks
