# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""uv without pip and without root: the file that the lock names, for this machine, and no other."""

from __future__ import annotations

import hashlib
import io
import os
import platform
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

PROGRAM = Path(__file__).resolve().parents[3] / "script/lib/get_uv.py"
MACHINE = platform.machine()
FITTING = f"uv-1.2.3-py3-none-manylinux_2_17_{MACHINE}.manylinux2014_{MACHINE}.whl"


def make_wheel() -> bytes:
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("uv-1.2.3.data/scripts/uv", "#!/bin/sh\necho uv 1.2.3\n")
        archive.writestr("uv-1.2.3.data/scripts/uvx", "#!/bin/sh\necho uvx\n")
    return wheel.getvalue()


@pytest.fixture
def index(tmp_path: Path) -> Iterator[str]:
    """A package index with one version of uv, for several machines."""
    (tmp_path / "simple" / "uv").mkdir(parents=True)
    (tmp_path / "files").mkdir()
    names = [FITTING, "uv-1.2.3-py3-none-manylinux_2_17_sparc.whl", "uv-1.2.3-py3-none-win32.whl"]
    links = [f'<a href="../../files/{name}#sha256=0">{name}</a>' for name in names]
    (tmp_path / "simple/uv/index.html").write_text("\n".join(links))
    (tmp_path / "files" / FITTING).write_bytes(make_wheel())
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/simple"
        server.shutdown()


def get_uv(directory: Path, index: str, version: str, digest: str) -> subprocess.CompletedProcess[str]:
    lock = directory / "lock.txt"
    lock.write_text(
        f"other==1 \\\n    --hash=sha256:{'0' * 64}\nuv=={version} \\\n    --hash=sha256:{'1' * 64} \\\n"
        f"    --hash=sha256:{digest}\n    # via -r dev.in\n"
    )
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return subprocess.run(
        [sys.executable, str(PROGRAM), str(lock), str(directory)],
        env={**environment, "UV_DEFAULT_INDEX": index},
        text=True,
        capture_output=True,
        check=False,
    )


def test_the_program_of_the_lock_is_there_and_runs(index: str, tmp_path: Path) -> None:
    run = get_uv(tmp_path, index, "1.2.3", hashlib.sha256(make_wheel()).hexdigest())
    assert (run.returncode, run.stderr) == (0, "")
    assert subprocess.check_output([tmp_path / "uv"], text=True) == "uv 1.2.3\n"


@pytest.mark.parametrize(
    ("version", "digest", "said"),
    [
        ("1.2.3", "2" * 64, f"{FITTING} is not the file that lock.txt names"),
        ("1.2.4", "2" * 64, f"the package index has no uv 1.2.4 for manylinux on {MACHINE}"),
    ],
    ids=["another file", "another version"],
)
def test_nothing_but_the_file_of_the_lock_is_taken(
    index: str, tmp_path: Path, version: str, digest: str, said: str
) -> None:
    run = get_uv(tmp_path, index, version, digest)
    assert run.returncode == 1
    assert run.stderr == f"{index}/uv/: {said}\n"
    assert not (tmp_path / "uv").exists()


def test_an_index_that_does_not_answer_is_named(tmp_path: Path) -> None:
    run = get_uv(tmp_path, "http://127.0.0.1:9/simple", "1.2.3", "2" * 64)
    assert run.returncode == 1
    assert run.stderr.startswith("http://127.0.0.1:9/simple/uv/: ")
    assert "Traceback" not in run.stderr
