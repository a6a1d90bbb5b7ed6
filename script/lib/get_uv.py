"""Put the locked uv into a directory, without pip: get_uv.py LOCK DIRECTORY.

Debian's Python has no pip and cannot make an environment with one, until a package is installed as root. LOCK
has the version and the hashes; the file is from the package index that uv and pip are told of, or from PyPI.
"""

from __future__ import annotations

import hashlib
import html
import io
import os
import platform
import re
import sys
import urllib.request
import zipfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urldefrag, urljoin

INDEX_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")
PYPI = "https://pypi.org/simple"


def read_lock(text: str) -> tuple[str, set[str]]:
    """Return the version of uv and the hashes of its files."""
    entry = re.search(r"^uv==(\S+) \\\n((?: +--hash=sha256:.*\n)+)", text, re.MULTILINE)
    if entry is None:
        raise ValueError("the lock has no uv")
    return entry[1], set(re.findall(r"sha256:([0-9a-f]{64})", entry[2]))


def list_links(page: str, base: str) -> dict[str, str]:
    """Return the addresses that a page of the package index has, by the names of the files."""
    links = (urljoin(base, html.unescape(link)) for link in re.findall(r'href="([^"]+)"', page))
    return {urldefrag(link)[0].rpartition("/")[2]: link for link in links}


def choose_file(names: Mapping[str, str], version: str, kind: str, machine: str) -> str:
    """Return the name of the wheel for a kind of system, such as manylinux, and its processor."""
    wheel = re.compile(rf"uv-{re.escape(version)}-py3-none-{kind}_.*{re.escape(machine)}\.whl")
    fitting = sorted(name for name in names if wheel.fullmatch(name))
    if not fitting:
        raise ValueError(f"the package index has no uv {version} for {kind} on {machine}")
    return fitting[0]


def find_kind() -> str:
    if platform.system() == "Darwin":
        return "macosx"
    return "manylinux" if platform.libc_ver()[0] == "glibc" else "musllinux"


def fetch(address: str) -> bytes:
    request = urllib.request.Request(address, headers={"Accept": "text/html"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return bytes(answer.read())


def write_program(wheel: bytes, directory: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".data/scripts/uv"))
        program = directory / "uv.new"
        program.write_bytes(archive.read(name))
    program.chmod(0o755)
    program.replace(directory / "uv")


def main() -> None:
    lock, directory = map(Path, sys.argv[1:])
    version, hashes = read_lock(lock.read_text(encoding="utf-8"))
    index = next(filter(None, map(os.environ.get, INDEX_VARIABLES)), PYPI)
    page = f"{index.rstrip('/')}/uv/"
    try:
        links = list_links(fetch(page).decode(), page)
        name = choose_file(links, version, find_kind(), platform.machine())
        wheel = fetch(urldefrag(links[name])[0])
        if hashlib.sha256(wheel).hexdigest() not in hashes:
            raise ValueError(f"{name} is not the file that {lock.name} names")
    except (OSError, ValueError) as error:
        sys.exit(f"{page}: {error}")
    write_program(wheel, directory)


if __name__ == "__main__":
    main()
