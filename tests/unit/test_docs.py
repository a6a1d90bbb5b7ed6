"""What the documentation says of tests is true: each test that it names exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(test_\w+)`")
DEFINED = re.compile(r"^\s*def (test_\w+)\(", re.MULTILINE)


def test_each_test_that_a_page_names_exists() -> None:
    files = [*(ROOT / "tests").rglob("test_*.py"), *(ROOT / "molecule").rglob("test_*.py")]
    defined = {name for file in files for name in DEFINED.findall(file.read_text(encoding="utf-8"))}
    pages = sorted((ROOT / "docs").glob("*.md"))
    named = {(page.name, name) for page in pages for name in NAMED.findall(page.read_text(encoding="utf-8"))}
    assert len([name for page, name in named if page == "security.md"]) > 40
    assert sorted((page, name) for page, name in named if name not in defined) == []
