"""What a page tells its reader to run or to write: the blocks of code that are marked for the walk."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGES = ("README.md", "docs/getting-started.md")
# A comment, which a reader does not see, and the block of code below it.
MARKED = re.compile(
    r"^<!-- walk: (?P<name>[^\n]+) -->\n```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
FILE = re.compile(r"# (?P<path>\S+\.yml)\n")


@dataclass(frozen=True)
class Block:
    name: str
    text: str
    # The file that the block is, as its first line says; empty for commands.
    path: str


def read_blocks() -> dict[str, Block]:
    """Return the marked blocks of all pages, by their names, in their order."""
    blocks = {}
    for page in PAGES:
        for match in MARKED.finditer((ROOT / page).read_text(encoding="utf-8")):
            file = FILE.match(match["text"])
            if (file is None) == (match["language"] == "yaml"):
                raise ValueError(f"{page}: the first line of {match['name']} does not name its file")
            if match["name"] in blocks:
                raise ValueError(f"{page}: there are two blocks {match['name']}")
            blocks[match["name"]] = Block(match["name"], match["text"], file["path"] if file else "")
    return blocks
