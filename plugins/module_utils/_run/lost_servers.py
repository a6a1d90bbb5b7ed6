# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In which stage a server was lost, from the comparisons before: each says which stage began with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

STAGES = ("prepare", "migrate", "activate")


def find_lost_stages(missing: Sequence[str], comparisons: Iterable[object]) -> dict[str, str]:
    """Return the stage of each server that is missing now.

    ``comparisons`` is what each server has of the last comparison that it took part in.
    """
    found = [one for one in comparisons if isinstance(one, Mapping)]
    known: dict[str, str] = {}
    for one in found:
        lost = one.get("lost")
        known.update(lost if isinstance(lost, Mapping) else {})
    begun = [str(one.get("stage")) for one in found if one.get("stage") in STAGES]
    stage = max(begun, key=STAGES.index, default=STAGES[0])
    return {server: known.get(server, stage) for server in missing}
