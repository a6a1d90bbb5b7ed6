# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of apps: makes new ones, and compares two without showing them."""

from __future__ import annotations

import base64
import hashlib
import secrets

# 32 bytes in urlsafe base64. Both grep -E and Python read it.
KEY_PATTERN = "[A-Za-z0-9_-]{43}="


def make_key() -> str:
    """Return a new Fernet key."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def checksum(value: str) -> str:
    """Return the SHA-256 of a value."""
    return hashlib.sha256(value.encode("utf-8", "surrogateescape")).hexdigest()
