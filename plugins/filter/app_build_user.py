# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The user that fetches and builds an app by default."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.masonite.deploy.plugins.module_utils._settings import names

DOCUMENTATION = r"""
name: app_build_user
short_description: The user that fetches and builds an app by default
version_added: 0.2.0
author:
  - The masonite.deploy founders (@masonite)
description:
  - Makes the name of an app's build user out of the name of the user that runs the app, with C(-build) at
    its end.
  - A name that would be too long for that is shortened, with a hash of the whole in it.
positional: _input
options:
  _input:
    description: The name of the user that runs the app.
    type: str
    required: true
seealso:
  - plugin: masonite.deploy.app_user
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show the user that builds an app
  ansible.builtin.debug:
    msg: "{{ 'blog' | masonite.deploy.app_build_user }}"  # blog-build
"""

RETURN = r"""
_value:
  description: The name of a user, of at most 32 characters.
  type: str
"""


def app_build_user(user: Any) -> str:
    if not isinstance(user, str):
        raise AnsibleFilterError(
            f"masonite.deploy.app_build_user needs the name of a user, a text; it got {user!r}."
        )
    return names.app_build_user(user)


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, Callable[[Any], str]]:
        return {"app_build_user": app_build_user}
