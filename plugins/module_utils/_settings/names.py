# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of apps, and of the users and groups they run and are built as."""

from __future__ import annotations

import hashlib
import re

APP_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
USER_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
# What the collection puts behind the name of another app beside its sockets.
RESERVED_ENDINGS = (".sock", ".pid", ".root", ".public", ".fifo", ".stats")
LONGEST = 32
BUILD = "-build"
HASH_LENGTH = 6


def app_user(app: str) -> str:
    """The user that runs an app by default: the app's name, where that is the name of a user."""
    user = re.sub(r"[^a-z0-9_-]", "-", app)
    if not re.match(r"[a-z]", user):
        user = f"app-{user}"
    return user if len(user) <= LONGEST else _shorten(user, app, LONGEST - len(BUILD))


def app_build_user(user: str) -> str:
    """The user that fetches and builds what another user runs."""
    longest = LONGEST - len(BUILD)
    return (user if len(user) <= longest else _shorten(user, user, longest)) + BUILD


def _shorten(user: str, whole: str, longest: int) -> str:
    """The beginning and a hash of the whole, so that two long names stay two."""
    digest = hashlib.sha256(whole.encode()).hexdigest()[:HASH_LENGTH]
    return user[: longest - HASH_LENGTH - 1].rstrip("-_") + "-" + digest
