# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A setting of an app, as the tasks of the role use it."""

from __future__ import annotations

DOCUMENTATION = r"""
name: setting
short_description: Return a setting of the role masonite_app as its tasks use it
description:
  - Returns the value of a setting of the app that C(masonite_app_name) names.
  - An empty value is one that is not given, such as the answer to a question of a survey that was left
    empty. The next one counts, of C(masonite_apps) or the default.
  - A text where the setting is a list is a list of one.
version_added: 0.2.0
author:
  - The masonite.deploy founders (@masonite)
options:
  _terms:
    description: The name of the setting, without C(masonite_app_).
    type: list
    elements: str
    required: true
seealso:
  - module: masonite.deploy.check_settings
"""

EXAMPLES = r"""
- name: Show the host names of the app
  ansible.builtin.debug:
    msg: "{{ lookup('masonite.deploy.setting', 'domains') }}"
"""

RETURN = r"""
_raw:
  description: The value.
  type: list
  elements: raw
"""

from typing import Any

from ansible.plugins.lookup import LookupBase
from ansible.template import Templar, trust_as_template

from ansible_collections.masonite.deploy.plugins.module_utils._settings.effective import SettingReader


class LookupModule(LookupBase):  # type: ignore[misc]
    def run(self, terms: list[Any], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[Any]:
        reader = SettingReader(
            variables or {}, self._templar.template, self._make_template, trust_as_template
        )
        return [reader.read(str(noun)) for noun in terms]

    def _make_template(self, variables: dict[str, Any]) -> Any:
        return Templar(loader=self._loader, variables=variables).template
