# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a command failed is told from the end of what it printed."""

from __future__ import annotations

import time

import pytest

from ansible_collections.masonite.deploy.plugins.module_utils._system.command import Finished
from ansible_collections.masonite.deploy.plugins.module_utils._system.command_failure import describe_failure

LONG = 1 << 24


def describe(stdout: bytes, stderr: bytes) -> str:
    finished = Finished(rc=1, stdout=stdout, stderr=stderr, seconds=1.0, timed_out=False)
    return describe_failure("The command x", finished, None, "")[0]


def test_the_cause_is_looked_for_in_the_end_of_a_long_output() -> None:
    early = b"Traceback (most recent call last):\nValueError: long ago\n"
    lines = early + b"a line\n" * (1 << 16)
    assert describe(b"", lines + b"error: the disk is full\n").startswith("error: the disk is full\n")
    assert describe(lines + b"the last words\n", b"").startswith("the last words\n")


def test_an_output_made_to_be_read_slowly_holds_nothing_up() -> None:
    stderr = b"\n" * LONG + b"error: the disk is full\n"
    started = time.process_time()
    message = describe(b"\n" * LONG + b"x", stderr)
    assert time.process_time() - started < 2
    assert message.startswith("error: the disk is full\n")


PIP_BUILD = """\
  error: subprocess-exited-with-error

  \u00d7 Building wheel for psycopg2 (pyproject.toml) did not run successfully.
  │ exit code: 1
  ╰─> [12 lines of output]
      running build_ext
      building 'psycopg2._psycopg' extension
      x86_64-linux-gnu-gcc -Wall -c psycopg/psycopgmodule.c -o psycopgmodule.o
      In file included from psycopg/psycopgmodule.c:28:
      ./psycopg/psycopg.h:35:10: fatal error: Python.h: No such file or directory
         35 | #include <Python.h>
            |          ^~~~~~~~~~
      compilation terminated.
      error: command '/usr/bin/x86_64-linux-gnu-gcc' failed with exit code 1
      [end of output]

  note: This error originates from a subprocess, and is likely not a problem with pip.
  ERROR: Failed building wheel for psycopg2
ERROR: Failed to build installable wheels for some pyproject.toml based projects (psycopg2)

[notice] A new release of pip is available: 23.0.1 -> 25.3
"""
UV_BUILD = """\
  \u00d7 Failed to build `old==1.0`
  ├─▶ The build backend returned an error
  ╰─▶ Call to `setuptools.build_meta.build_wheel` failed (exit status: 1)

      [stderr]
      Traceback (most recent call last):
        File "<string>", line 14, in <module>
      ModuleNotFoundError: No module named 'distutils.msvccompiler'

      hint: This usually indicates a problem with the package or the build environment.
"""
PIP_GIT = """\
  error: subprocess-exited-with-error

  \u00d7 git clone --filter=blob:none --quiet https://git.example/secret.git /tmp/x did not run successfully.
  │ exit code: 128
  ╰─> [1 lines of output]
      fatal: could not read Username for 'https://git.example': terminal prompts disabled
      [end of output]
"""
UV_GIT = """\
  \u00d7 Failed to download and build `secret @ git+ssh://git@git.example/secret.git`
  ├─▶ Git operation failed
  ├─▶ failed to clone into: /venvs/blog/.cache/uv/git-v0/db/1
  ╰─▶ process didn't exit successfully: `/usr/bin/git fetch --force` (exit status: 128)
      --- stderr
      git@git.example: Permission denied (publickey).
      fatal: Could not read from remote repository.
"""
WARNINGS = """\
/venvs/blog/1/lib/python3.11/site-packages/masonite/__init__.py:3: FutureWarning: go on with another
  warnings.warn("masonite continues as masonite-framework", FutureWarning)
"""
NPM = """\
npm warn deprecated glob@7.2.3: Glob versions prior to v9 are no longer supported
npm error code ERESOLVE
npm error ERESOLVE unable to resolve dependency tree
npm error
npm error While resolving: blog@1.0.0
npm error A complete log of this run can be found in: /tmp/x-debug-0.log
"""
NPM_RUN = """\
> build
> mix --production

sh: 1: mix: not found
npm error Lifecycle script `build` failed with error:
npm error code 127
"""
VITE = """\
vite v5.4.0 building for production...
error during build:
RollupError: Could not resolve "./app.css" from "resources/js/app.js"
    at getRollupError (file:///node_modules/rollup/parseAst.js:396:41)
"""
CRAFT = """\
  QueryException

  no such table: posts

  at /srv/sites/blog/releases/x/craft:12 in run
"""
CAUSES = {
    "a compiler without a header": ("", PIP_BUILD, "Python.h: No such file or directory"),
    "an exception in a build by uv": ("", UV_BUILD, "No module named 'distutils.msvccompiler'"),
    "git below pip": ("", PIP_GIT, "fatal: could not read Username"),
    "git below uv": ("", UV_GIT, "Permission denied (publickey)"),
    "craft, after warnings of Python": (CRAFT, WARNINGS, "QueryException: no such table: posts"),
    "an output after warnings": ("it cannot be done\n", WARNINGS, "it cannot be done"),
    "npm": ("", NPM, "ERESOLVE unable to resolve dependency tree"),
    "a command of npm that is missing": ("", NPM_RUN, "sh: 1: mix: not found"),
    "vite": ("vite v5.4.0\n", VITE, "RollupError: Could not resolve"),
    "the C library": (
        "",
        "ImportError: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found (required by x.so)\n",
        "GLIBC_2.38' not found",
    ),
    "a full disk before other errors": (
        "",
        "OSError: [Errno 28] No space left on device\nerror: giving up\n",
        "No space left on device",
    ),
    "a Python that is too old": (
        "",
        "ERROR: Ignored the following versions that require a different python version: 2.0 "
        "Requires-Python >=3.12\n"
        "ERROR: Could not find a version that satisfies the requirement x (from versions: 1.0)\n"
        "ERROR: No matching distribution found for x\n",
        "No matching distribution found for x",
    ),
    "only a warning": ("", "WARNING: nothing else is said\n", ""),
}


@pytest.mark.parametrize("name", CAUSES)
def test_the_cause_comes_first(name: str) -> None:
    stdout, stderr, cause = CAUSES[name]
    first = describe(stdout.encode(), stderr.encode()).splitlines()[0]
    assert cause in first
    assert not first.startswith((" ", "│", "╰")), "no frame of the program that quotes it"


def test_the_output_is_left_to_the_result() -> None:
    message = describe(b"", PIP_BUILD.encode())
    assert message.splitlines()[1:] == ["The command x failed with exit code 1."]
