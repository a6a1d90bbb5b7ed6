# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a play goes through its servers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .problem import Problem

# Each server goes on alone, so nothing can be compared before the next stage.
ALONE = ("free", "host_pinned")


def check_strategy(strategy: str, servers: Sequence[str]) -> Iterator[Problem]:
    """Refuse a strategy in which the servers of a play do not wait for each other."""
    if strategy.rpartition(".")[2] in ALONE and len(servers) > 1:
        yield Problem(
            "",
            "strategy",
            "strategy",
            f"is {strategy}, in which {len(servers)} servers do not wait for each other: they would get keys "
            "and releases of their own",
            "set strategy: ansible.builtin.linear in the play, which goes over ANSIBLE_STRATEGY",
        )
