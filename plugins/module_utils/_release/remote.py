# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The address of a repository, and the credentials in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

WORD = re.compile(r"[^\s'\"]+")
SCHEME = re.compile(r"https?://", re.IGNORECASE)


def mask_credentials(text: str) -> str:
    """Replace the user and password in each http address."""
    return WORD.sub(_mask_word, text)


def _mask_word(match: re.Match[str]) -> str:
    """Look for the last @ once: a pattern for the whole would look again from each http:// of a long word."""
    word = match.group()
    scheme, end = SCHEME.search(word), word.rfind("@")
    if scheme is None or end < scheme.end():
        return word
    return f"{word[: scheme.end()]}***{word[end:]}"


@dataclass(frozen=True)
class Remote:
    """The address of a repository, with the credentials taken out of it; ``display`` is for messages."""

    url: str
    display: str
    username: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, repository: str) -> Remote:
        match = re.match(r"(https?|ssh)://([^/]*)@(.*)$", repository, re.DOTALL)
        if match is None:
            return cls(repository, mask_credentials(repository))
        scheme, userinfo, rest = match.groups()
        user, _colon, password = userinfo.partition(":")
        if scheme == "ssh":
            return cls(f"ssh://{user}@{rest}", f"ssh://{user}@{rest}")
        return cls(f"{scheme}://{rest}", f"{scheme}://***@{rest}", unquote(user), unquote(password))

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no text may show; a user name without a password is a token."""
        return (self.password,) if self.password else (self.username,) if self.username else ()

    @property
    def server(self) -> str:
        """Return the scheme and host of an http address."""
        return "/".join(self.url.split("/")[:3])

    @property
    def is_local(self) -> bool:
        """Whether it is a path on this server."""
        return self.url.startswith(("/", "file://", "./", "../"))

    def hide_credentials(self, text: str) -> str:
        """Replace the credentials of this address, and of any other, in a text."""
        for secret in self.secrets:
            if len(secret) > 3:
                text = text.replace(secret, "***")
        return mask_credentials(text)
