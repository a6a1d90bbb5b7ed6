"""Put the pages of the site together from the Markdown files of the repository; script/docs runs this.

A page links to files of the repository, as GitHub shows it: by a path, or by an address where the file is not
in the tarball of the collection. In the site, a link to a page leads to that page, a link to another file to
the file on GitHub. A link to a file that does not exist is an error.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
# A link or an image of Markdown: [text](target), unless the target has a scheme or is in the same page.
LINK = re.compile(r"(?P<before>\]\()(?P<target>(?![a-z][a-z0-9+.-]*:|#|<)[^)\s]+)(?P<after>\))")
FENCE = re.compile(r"^\s*(```|~~~)")
# The title of a page that antsibull-docs has written, and the table of contents that stands below it.
REFERENCE_TITLE = re.compile(r"^masonite\.deploy\.\S+ \w+ -- (?P<description>.+)$", re.MULTILINE)
CONTENTS = re.compile(r"^\.\. contents::\n(   :.*\n)+", re.MULTILINE)
# A reference by label alone: Sphinx finds no title, because antsibull-docs writes a comment before it.
UNTITLED = re.compile(r":ref:`(?P<label>ansible_collections\.(?P<name>\w+\.\w+\.\w+)_[a-z]+)`")
KINDS = {"role": "Roles", "module": "Modules", "filter": "Filters"}
OTHER_PAGES = {
    "CHANGELOG.md": "changelog.md",
    "CODE_OF_CONDUCT.md": "code-of-conduct.md",
    "CONTRIBUTING.md": "contributing.md",
    "MAINTAINERS.md": "maintainers.md",
    "README.md": "about.md",
    "SECURITY.md": "reporting.md",
}


def list_pages() -> dict[Path, Path]:
    """Return the Markdown files that become pages, each with the path of its page in the site."""
    docs = ROOT / "docs"
    pages = {path: path.relative_to(docs) for path in docs.rglob("*.md") if docs / "site" not in path.parents}
    pages |= {path: Path("roles", f"{path.parent.name}.md") for path in (ROOT / "roles").glob("*/README.md")}
    pages |= {ROOT / name: Path(page) for name, page in OTHER_PAGES.items()}
    pages |= {path: path.relative_to(docs / "site") for path in (docs / "site").glob("*.md")}
    return pages


def find_links(text: str) -> Iterator[str]:
    """Yield the targets of the relative links of a page, without those in blocks of code."""
    for line, is_code in split_lines(text):
        if not is_code:
            yield from (match["target"] for match in LINK.finditer(line))


def split_lines(text: str) -> Iterator[tuple[str, bool]]:
    """Yield each line of a page with its end, and whether it belongs to a block of code."""
    inside = False
    for line in text.splitlines(keepends=True):
        fence = FENCE.match(line) is not None
        yield line, inside or fence
        inside = inside != fence


def adapt_reference(text: str) -> str:
    """Return a page of antsibull-docs for this site, whose theme shows a table of contents by itself."""
    return UNTITLED.sub(r":ref:`\g<name> <\g<label>>`", CONTENTS.sub("", text))


class Site:
    def __init__(self, destination: Path, repository: str) -> None:
        self.destination = destination
        self.repository = repository
        self.pages = list_pages()
        self.broken: list[str] = []
        self.address = re.compile(rf"(?<=\]\(){re.escape(repository)}/(?:blob|tree)/main/(?=[^)\s]+\))")

    def write(self) -> None:
        for source, page in sorted(self.pages.items()):
            target = self.destination / page
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(self.rewrite_links(source, page), encoding="utf-8")
        self.write_index_of_references()
        for image in (ROOT / "docs").rglob("*.png"):
            shutil.copy(image, self.destination / image.relative_to(ROOT / "docs"))
        (self.destination / "_static").mkdir()
        shutil.copy(ROOT / "docs/site/custom.css", self.destination / "_static")
        shutil.copy(ROOT / "docs/site/conf.py", self.destination)
        shutil.copy(ROOT / "galaxy.yml", self.destination)

    def write_index_of_references(self) -> None:
        """List the pages that antsibull-docs has written, by kind, with short names for the navigation."""
        index = self.destination / "reference.md"
        lines = [index.read_text(encoding="utf-8")]
        for kind, heading in KINDS.items():
            found = (self.destination / "reference").glob(f"*_{kind}.rst")
            pages = {page.stem.removesuffix(f"_{kind}"): page for page in found}
            lines += ["", f"## {heading}", "", f"| {kind} | |", "|---|---|"]
            for name, page in sorted(pages.items()):
                text = page.read_text(encoding="utf-8")
                title = REFERENCE_TITLE.search(text)
                description = title["description"] if title else ""
                lines.append(f"| [{name}](reference/{page.name}) | {description} |")
                page.write_text(adapt_reference(text), encoding="utf-8")
            lines += ["", "```{toctree}", ":hidden:", ""]
            lines += [f"{name} <reference/{page.stem}>" for name, page in sorted(pages.items())]
            lines += ["```"]
        index.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def rewrite_links(self, source: Path, page: Path) -> str:
        """Return the text of a page with its links as the site needs them."""

        up = "../" * len(source.relative_to(ROOT).parent.parts)

        def rewrite(line: str) -> str:
            by_path = self.address.sub(up, line)
            return LINK.sub(lambda match: self.rewrite_link(match, source, page), by_path)

        lines = split_lines(source.read_text(encoding="utf-8"))
        return "".join(line if is_code else rewrite(line) for line, is_code in lines)

    def rewrite_link(self, match: re.Match[str], source: Path, page: Path) -> str:
        """Return the link as the site needs it."""
        path, hash_sign, anchor = match["target"].partition("#")
        wanted = (source.parent / path).resolve()
        if source.parent == ROOT / "docs/site" or wanted.suffix == ".png":
            return match[0]  # written for the site, or copied to the same place
        if wanted in self.pages:
            up = "../" * (len(page.parts) - 1)
            target = f"{up}{self.pages[wanted]}{hash_sign}{anchor}"
        elif wanted.exists() and wanted.is_relative_to(ROOT):
            kind = "tree" if wanted.is_dir() else "blob"
            target = f"{self.repository}/{kind}/main/{wanted.relative_to(ROOT)}{hash_sign}{anchor}"
        else:
            self.broken.append(f"{source.relative_to(ROOT)}: {match['target']} does not exist")
            target = match["target"]
        return f"{match['before']}{target}{match['after']}"


def main() -> int:
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
    site = Site(Path(sys.argv[1]), galaxy["repository"])
    site.write()
    print("\n".join(site.broken), end="\n" if site.broken else "", file=sys.stderr)
    return 1 if site.broken else 0


if __name__ == "__main__":
    sys.exit(main())
