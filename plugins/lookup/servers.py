# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers of a play, so that a run without servers fails: Ansible would skip its plays and end well."""

from __future__ import annotations

DOCUMENTATION = r"""
name: servers
short_description: Return the servers that a pattern selects, or fail where there is none
description:
  - Returns the pattern for the keyword C(hosts) of a play. Fails if the inventory has no server that it
    selects, or if C(--limit) leaves none of them, and names the groups there are.
  - Ansible itself skips a play without hosts and ends with exit code 0.
  - Does not fail where nothing would be run, as with C(--syntax-check) and C(--list-tasks).
version_added: 0.2.0
author:
  - The masonite.deploy founders (@masonite)
options:
  _terms:
    description: The pattern, as C(masonite_hosts) gives it. An empty one means V(web).
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Work on the servers
  hosts: "{{ query('masonite.deploy.servers', masonite_hosts | default('web')) }}"
  tasks: []
"""

RETURN = r"""
_raw:
  description: The pattern.
  type: list
  elements: str
  sample: [web]
"""

from typing import Any

from ansible import context
from ansible.errors import AnsibleLookupError
from ansible.inventory.manager import InventoryManager
from ansible.plugins.lookup import LookupBase

from ansible_collections.masonite.deploy.plugins.module_utils._settings.servers import (
    Inventory,
    describe_missing,
    read_pattern,
)

# The options of ansible-playbook with which it runs nothing.
LISTINGS = ("syntax", "listhosts", "listtasks", "listtags")


class LookupModule(LookupBase):  # type: ignore[misc]
    def run(self, terms: list[Any], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[str]:
        pattern = read_pattern(terms)
        if any(context.CLIARGS.get(option) for option in LISTINGS):
            return pattern
        known = variables or {}
        groups: dict[str, list[str]] = known.get("groups") or {}
        inventory = Inventory(
            sources=[str(source) for source in known.get("ansible_inventory_sources") or []],
            groups=groups,
            limit=str(known.get("ansible_limit") or ""),
        )
        selected = select(self._loader, groups, pattern, "")
        remaining = select(self._loader, groups, pattern, inventory.limit)
        if not remaining:
            raise AnsibleLookupError(describe_missing(pattern, inventory, selected))
        return pattern


def select(loader: Any, groups: dict[str, list[str]], pattern: list[str], limit: str) -> list[str]:
    """The hosts of an inventory that a pattern and a limit select, as ansible-playbook selects them."""
    manager = InventoryManager(loader, parse=False)
    for group, hosts in groups.items():
        manager.add_group(group)
        for host in hosts:
            manager.add_host(host, group)
    if limit:
        manager.subset(limit)
    return [str(host) for host in manager.get_hosts(pattern=pattern)]
