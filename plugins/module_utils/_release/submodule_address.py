# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses of submodules."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import urlsplit, urlunsplit

from .git_access import PROTOCOLS
from .remote import Remote

# host:path, as ssh has it
SSH_ADDRESS = re.compile(r"[^/:]+:(?!:)")


def resolve_address(base: str, url: str) -> str:
    """Return the address of a submodule, which may be relative to that of the repository that names it."""
    if not url.startswith(("./", "../")):
        return url
    if "://" in base:
        parts = urlsplit(base)
        return urlunsplit(parts._replace(path=posixpath.normpath(posixpath.join(parts.path, url))))
    host, colon, path = base.rpartition(":") if not base.startswith("/") else ("", "", base)
    return f"{host}{colon}{posixpath.normpath(posixpath.join(path, url))}"


def check_address(url: str, local: bool) -> str:
    """Return why the address of a submodule is not fetched; empty if it is. ``local`` allows paths."""
    if url.startswith("-") or "::" in url.partition("/")[0]:
        return "its address is not one of https, http or ssh"
    scheme, separator, _rest = url.partition("://")
    if separator and scheme in PROTOCOLS:
        return ""
    if not separator and not url.startswith(("/", ".")) and SSH_ADDRESS.match(url):
        return ""
    if separator and scheme != "file":
        return f"its transport {scheme} is not one of https, http or ssh"
    if local:
        return ""
    return "its address is a path on the server, which only a repository that is itself one there may name"


def make_submodule_remote(parent: Remote, url: str) -> Remote:
    """Return the remote of a submodule: on the same server it gets the credentials of the repository."""
    remote = Remote.parse(url)
    if remote.username or urlsplit(remote.url)[:2] != urlsplit(parent.url)[:2]:
        return remote
    if not urlsplit(remote.url).scheme.startswith("http"):
        return remote
    return Remote(remote.url, remote.display, parent.username, parent.password)
