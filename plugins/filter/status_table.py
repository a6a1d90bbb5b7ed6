# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines that status.yml shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.masonite.deploy.plugins.module_utils._run.status_table import make_status_table

DOCUMENTATION = r"""
name: status_table
short_description: The table of what is live where
version_added: 0.2.0
author:
  - The masonite.deploy founders (@masonite)
description:
  - Part of the role masonite.deploy.masonite_app, and of no use without it.
  - Makes lines of at most 112 characters, so that 120 are enough for what Ansible shows of them.
positional: _input
options:
  _input:
    description: The status of each app on each server, as the role reads it.
    type: list
    elements: dict
    required: true
  unknown:
    description: The names of apps that no setting knows, by server.
    type: dict
    default: {}
  as_text:
    description: Whether to return one text instead of a list of lines.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Show what is live where
  ansible.builtin.debug:
    msg: "{{ statuses | masonite.deploy.status_table(unknown={'web1': ['former']}) }}"
"""

RETURN = r"""
_value:
  description: The lines, as a list or as one text.
  type: raw
"""


def status_table(statuses: Any, unknown: Any = None, as_text: bool = False) -> list[str] | str:
    if not isinstance(statuses, (list, tuple)) or not all(isinstance(one, Mapping) for one in statuses):
        raise AnsibleFilterError("masonite.deploy.status_table needs a list of what the role has read.")
    lines = make_status_table(list(statuses), dict(unknown or {}))
    return "".join(f"{line}\n" for line in lines) if as_text else lines


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, Callable[..., list[str] | str]]:
        return {"status_table": status_table}
