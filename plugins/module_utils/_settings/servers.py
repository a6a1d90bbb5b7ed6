# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which servers a run is about, and what is said where there are none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .problem import show

DEFAULT = "web"
# Every inventory has these.
OF_ANSIBLE = ("all", "ungrouped")
START = (
    "In a clone, copy inventory.example to inventory and write your server into it; elsewhere give the path "
    "of your inventory: ansible-playbook -i INVENTORY …"
)


@dataclass(frozen=True)
class Inventory:
    """What ansible-playbook was given."""

    sources: Sequence[str] = ()
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    limit: str = ""

    @property
    def hosts(self) -> list[str]:
        return sorted({host for hosts in self.groups.values() for host in hosts})


def read_pattern(given: Any) -> list[str]:
    """The value of masonite_hosts as a list; an empty one means that it is not given."""
    entries = given if isinstance(given, (list, tuple)) else [given]
    flat = [one for entry in entries for one in (entry if isinstance(entry, (list, tuple)) else [entry])]
    return [str(entry) for entry in flat if entry not in (None, "")] or [DEFAULT]


def describe_missing(pattern: Iterable[str], inventory: Inventory, selected: Sequence[str]) -> str:
    """Why there is no server, what there is instead, and what to do."""
    wanted = ",".join(pattern)
    if not inventory.hosts:
        given = ", ".join(inventory.sources)
        state = f"the inventory {given} has no hosts" if given else "no inventory was given"
        return f"There is no server: {state}. {START}"
    if selected:
        return (
            f"There is no server: --limit {show(inventory.limit)} leaves none of {', '.join(selected)}, "
            f"which {show(wanted)} selects. Limit to one of these, or choose other servers with "
            "-e masonite_hosts=GROUP."
        )
    groups = {
        name: hosts for name, hosts in sorted(inventory.groups.items()) if name not in OF_ANSIBLE and hosts
    }
    there = "; ".join(f"{name} ({', '.join(hosts)})" for name, hosts in groups.items())
    loose = ", ".join(inventory.groups.get("ungrouped") or [])
    found = [f"Groups with servers: {there}." if there else "", f"Without a group: {loose}." if loose else ""]
    return " ".join(
        text
        for text in (
            f"There is no server: the inventory has none in {show(wanted)}.",
            *found,
            "Put your servers into the group web, or name their group: -e masonite_hosts=GROUP.",
        )
        if text
    )
