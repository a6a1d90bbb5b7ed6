# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A variable of the command line, for what must not happen because of a line in an inventory."""

from __future__ import annotations

DOCUMENTATION = r"""
name: typed
short_description: Return a variable that was given on the command line
description:
  - Returns the value that C(-e), an extra variable of AWX or the answer to a question of a survey gives to a
    variable, without blanks at its ends.
  - For a variable that is not given there, it returns an empty text, also where an inventory, a play or a
    role has it.
version_added: 0.2.0
author:
  - The masonite.deploy founders (@masonite)
options:
  _terms:
    description: The name of the variable.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Show which app is to be removed
  ansible.builtin.debug:
    msg: "{{ lookup('masonite.deploy.typed', 'masonite_remove') }}"
"""

RETURN = r"""
_raw:
  description: The value.
  type: list
  elements: str
"""

from typing import Any

from ansible.plugins.lookup import LookupBase
from ansible.utils.vars import load_extra_vars


class LookupModule(LookupBase):  # type: ignore[misc]
    def run(self, terms: list[Any], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[str]:
        extra = load_extra_vars(self._loader)
        return ["" if extra.get(name) is None else str(extra[name]).strip() for name in map(str, terms)]
