"""What reaches a user from Galaxy: what a page links to, and each file that is named, is in the tarball."""

from __future__ import annotations

import ast
import re
import subprocess
import tarfile
from collections.abc import Iterator

import pytest
import yaml  # type: ignore[import-untyped]
from test_docs import CODE_BLOCK, LINK, ROOT, list_files

REPOSITORY = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["repository"]
IN_REPOSITORY = re.compile(rf"{re.escape(REPOSITORY)}/(?:blob|tree)/main/([^)\s#>]+)")
LINK_INTO_REPOSITORY = re.compile(rf"\[[^\]]*\]\({IN_REPOSITORY.pattern}\)|{IN_REPOSITORY.pattern}")
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
# A path below one of the repository's directories, as prose and messages name it.
PATH = re.compile(
    r"(?<![\w/.{}-])((?:docs|inventory\.example|meta|molecule|playbooks|plugins|roles|script|tests)"
    r"/[\w./-]*\w)"
)
# Names that stand for others.
EXAMPLES = {"playbooks/NAME.yml", "roles/NAME/README.md"}


@pytest.fixture(scope="module")
def tarball(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of all files and directories in the tarball that Galaxy would get."""
    directory = tmp_path_factory.mktemp("tarball")
    source = directory / "source"
    for file in list_files("."):
        target = source / file.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not file.is_symlink():
            target.write_bytes(file.read_bytes())
    command = ["ansible-galaxy", "collection", "build", str(source), "--output-path", str(directory)]
    subprocess.run(command, check=True, capture_output=True)
    (archive,) = directory.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        return {member.name.rstrip("/") for member in opened}


def list_texts(tarball: set[str], *suffixes: str) -> Iterator[tuple[str, str]]:
    """Yield the files of some kinds in the tarball, with their texts; not what releases said and will say."""
    for name in sorted(tarball):
        if name.endswith(suffixes) and not name.startswith(("CHANGELOG", "changelogs")):
            file = ROOT / name
            if file.is_file():
                yield name, file.read_text(encoding="utf-8")


def list_paths(text: str) -> set[str]:
    """Return the files of the repository that a text names, without those it links to on GitHub."""
    return set(PATH.findall(LINK_INTO_REPOSITORY.sub("", COMMENT.sub("", text)))) - EXAMPLES


def list_messages(text: str) -> Iterator[str]:
    """Yield the strings of a program."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_each_relative_link_of_a_page_leads_into_the_tarball(tarball: set[str]) -> None:
    broken = []
    for name, text in list_texts(tarball, ".md"):
        for target in LINK.findall(CODE_BLOCK.sub("", text)):
            wanted = (ROOT / name).parent.joinpath(target).resolve().relative_to(ROOT)
            if str(wanted) not in tarball:
                broken.append(f"{name}: {target}")
    assert broken == []


def test_each_link_into_the_repository_leads_to_a_file(tarball: set[str]) -> None:
    texts = list_texts(tarball, ".md", ".py", ".yml", ".j2")
    targets = [(name, target) for name, text in texts for target in IN_REPOSITORY.findall(text)]
    assert [f"{name}: {target}" for name, target in targets if not (ROOT / target).exists()] == []
    assert len(targets) > 5


def test_each_file_that_a_page_names_is_in_the_tarball_or_in_its_clone(
    tarball: set[str],
) -> None:
    missing = []
    for name, text in list_texts(tarball, ".md"):
        speaks_of_a_clone = re.search(r"\bclone\b", text) is not None
        for path in list_paths(text) - tarball:
            if not (speaks_of_a_clone and (ROOT / path).exists()):
                missing.append(f"{name}: {path}")
    assert sorted(missing) == []


def test_each_file_that_a_message_names_is_in_the_tarball(tarball: set[str]) -> None:
    """Messages do not know whether their reader has a clone."""
    said = [(name, message) for name, text in list_texts(tarball, ".py") for message in list_messages(text)]
    for name, text in list_texts(tarball, ".yml", ".j2"):
        said += [(name, line) for line in text.splitlines() if not line.lstrip().startswith("#")]
    missing = {f"{name}: {path}" for name, message in said for path in list_paths(message) - tarball}
    assert sorted(missing) == []


def test_the_example_of_an_inventory_is_in_the_tarball(tarball: set[str]) -> None:
    assert {"inventory.example/hosts.yml", "inventory.example/group_vars/web.yml"} <= tarball
