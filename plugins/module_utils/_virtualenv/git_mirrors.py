# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets a build read repositories from mirrors on the server instead of their own addresses."""

from __future__ import annotations

from collections.abc import Mapping


def add_git_mirrors(environment: Mapping[str, str], mirrors: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with a configuration of git that leads from each address to its mirror."""
    if not mirrors:
        return dict(environment)
    added = [(f"url.file://{path}.insteadOf", url) for url, path in mirrors.items()]
    # A commit that no branch or tag leads to may be asked for, too.
    added += [("uploadpack.allowAnySHA1InWant", "true"), ("uploadpack.allowFilter", "true")]
    first = int(environment.get("GIT_CONFIG_COUNT") or 0)
    found = {**environment, "GIT_CONFIG_COUNT": str(first + len(added))}
    for number, (key, value) in enumerate(added, first):
        found[f"GIT_CONFIG_KEY_{number}"] = key
        found[f"GIT_CONFIG_VALUE_{number}"] = value
    return found
