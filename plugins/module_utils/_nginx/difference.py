# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The differences that Ansible's diff mode shows."""

from __future__ import annotations

from pathlib import Path


def file_difference(path: Path, before: bytes | None, after: bytes | None) -> dict[str, str]:
    """Return the difference between two contents of a file; None where it does not exist."""
    return _difference(path, *(_text(content) for content in (before, after)))


def link_difference(path: Path, target: Path) -> dict[str, str]:
    """Return the difference that a new link makes."""
    return _difference(path, "", f"link to {target}\n")


def mode_difference(path: Path, before: int | None, after: int) -> dict[str, str]:
    """Return the difference between two modes of a file; None where it does not exist."""
    return _difference(path, "" if before is None else f"mode {before:04o}\n", f"mode {after:04o}\n")


def _difference(path: Path, before: str, after: str) -> dict[str, str]:
    return {"before_header": str(path), "after_header": str(path), "before": before, "after": after}


def _text(content: bytes | None) -> str:
    return (content or b"").decode(errors="replace")
