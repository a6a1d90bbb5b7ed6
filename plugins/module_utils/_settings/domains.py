# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules for the addresses an app is served at."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator

from .app import App
from .names import APP_NAME
from .problem import Problem, show

LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
HOST_NAME = re.compile(rf"(?:\*\.)?{LABEL}(?:\.{LABEL})*")
LONGEST = 253
ALLOWED = (
    "allowed are host names (blog.example.com), wildcards (*.example.com) and addresses (192.0.2.1, "
    "[2001:db8::1]), without scheme, port, path and spaces"
)


def check_domains(app: App) -> Iterator[Problem]:
    if not app.has("domains"):
        return
    domains = app.texts("domains")
    # The default of an app whose name is refused already.
    if domains == [app.name] and not APP_NAME.fullmatch(app.name):
        return
    if not domains:
        yield app.refuse("domains", "domains_empty", "is empty", "give at least one host name")
    for domain in domains:
        if not is_domain(domain):
            yield app.refuse("domains", "domain", f"has {show(domain)}", _advice(domain))
    for domain in sorted({domain for domain in domains if domains.count(domain) > 1}):
        yield app.refuse("domains", "domain_twice", f"has {show(domain)} twice", "allowed is each name once")


def check_shared_domains(apps: Iterable[App]) -> Iterator[Problem]:
    owners: dict[str, str] = {}
    for app in apps:
        for domain in dict.fromkeys(app.texts("domains")):
            owner = owners.setdefault(domain, app.name)
            if owner != app.name:
                yield app.refuse(
                    "domains",
                    "domain_shared",
                    f"has {show(domain)}, which the app {owner} has, too",
                    "allowed is each name for one app: remove it from one of the two",
                )


def is_domain(text: str) -> bool:
    if text.startswith("[") and text.endswith("]"):
        return _is_address(text[1:-1], 6)
    if _is_address(text, 4):
        return True
    if len(text) > LONGEST or not HOST_NAME.fullmatch(text):
        return False
    # What ends with a number is meant to be an address, and is none.
    return not text.rpartition(".")[2].isdigit() and text != "_"


def _is_address(text: str, version: int) -> bool:
    try:
        return ipaddress.ip_address(text).version == version and "%" not in text
    except ValueError:
        return False


def _advice(domain: str) -> str:
    """What is allowed, and the right form where it can be seen."""
    parts = [part for part in re.split(r"[,;\s]+", domain) if part]
    if len(parts) > 1 and all(is_domain(part) for part in parts):
        return f"write one host name an entry: [{', '.join(parts)}]"
    candidates = [
        domain.lower(),
        f"[{domain.lower()}]",
        domain.strip().lower().rstrip("."),
        re.sub(r"^[a-z]+://|[/:].*$", "", domain.strip().lower()),
        re.sub(r"^[a-z]+://|(?<=[a-z])[/:].*$", "", domain.strip().lower()),
    ]
    try:
        candidates.append(domain.encode("idna").decode("ascii"))
    except UnicodeError:
        pass
    right = next((candidate for candidate in candidates if candidate and is_domain(candidate)), "")
    return ALLOWED + (f': write "{right}"' if right else "")
