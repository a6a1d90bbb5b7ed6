# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses of submodules."""

from __future__ import annotations

import posixpath
import re

from .git_access import PROTOCOLS
from .remote import Remote, mask_credentials

# host:path, as ssh has it
SSH_ADDRESS = re.compile(r"[^/:]+:(?!:)")
# user:password@host:port or user@[address]:port, between :// and the path
SERVER = re.compile(r"(?:.*@)?(?:\[[^\]\s]+\]|[^\[\]@:\s]+)(?::\d*)?", re.DOTALL)


def resolve_address(base: str, url: str) -> str:
    """Return the address of a submodule, which may be relative to that of the repository that names it."""
    if not url.startswith(("./", "../")):
        return url
    if "://" in base:
        server, path = split_address(base)
        return f"{server}{posixpath.normpath(posixpath.join(path, url))}"
    host, colon, path = base.rpartition(":") if not base.startswith("/") else ("", "", base)
    return f"{host}{colon}{posixpath.normpath(posixpath.join(path, url))}"


def split_address(address: str) -> tuple[str, str]:
    """Return the scheme and server of an address, and its path. Of urllib, foreign text can get an error."""
    scheme, separator, rest = address.partition("://")
    server, _slash, path = rest.partition("/")
    return f"{scheme}{separator}{server}", f"/{path}"


def check_address(url: str, local: bool) -> str:
    """Return why the address of a submodule is not fetched; empty if it is. ``local`` allows paths."""
    if url.startswith("-") or "::" in url.partition("/")[0]:
        return "its address is not one of https, http or ssh"
    scheme, separator, rest = url.partition("://")
    if separator and scheme in PROTOCOLS:
        fits = SERVER.fullmatch(rest.partition("/")[0])
        return "" if fits else f"its address {mask_credentials(url)} names no server"
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
    if remote.username or split_address(remote.url)[0] != split_address(parent.url)[0]:
        return remote
    if not remote.url.startswith(("http://", "https://")):
        return remote
    return Remote(remote.url, remote.display, parent.username, parent.password)
