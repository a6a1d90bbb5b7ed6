# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The user that runs an app by default."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.masonite.deploy.plugins.module_utils._settings import names

DOCUMENTATION = r"""
name: app_user
short_description: The user that runs an app by default
version_added: 0.2.0
author:
  - The masonite.deploy founders (@masonite)
description:
  - Makes the name of a user out of the name of an app. What is no character of a user's name becomes V(-).
  - A name that is too long, so that no user can have it, ends in a hash of the whole name.
positional: _input
options:
  _input:
    description: The name of an app.
    type: str
    required: true
seealso:
  - plugin: masonite.deploy.app_build_user
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show the user of an app that is named by its domain
  ansible.builtin.debug:
    msg: "{{ 'blog.example.com' | masonite.deploy.app_user }}"  # blog-example-com
"""

RETURN = r"""
_value:
  description: The name of a user, of at most 32 characters.
  type: str
"""


def app_user(app: Any) -> str:
    if not isinstance(app, str):
        raise AnsibleFilterError(
            f"masonite.deploy.app_user needs the name of an app, a text; it got {app!r}."
        )
    return names.app_user(app)


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, Callable[[Any], str]]:
        return {"app_user": app_user}
