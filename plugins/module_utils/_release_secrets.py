# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What no answer of the module may show: credentials in addresses, values of environment variables."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from ansible_collections.masonite.deploy.plugins.module_utils._release_git import Remote, mask

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

OPTIONS = ("repository", "packages", "environment")
ADDRESS = re.compile(r"([a-z][a-z0-9+.]*)://([^\s/'\"]*)@", re.IGNORECASE)
TRIVIAL = re.compile(r".{0,3}|[\d.,+-]*|true|false|none|null", re.IGNORECASE | re.DOTALL)
HIDDEN = "********"


class Secrets:
    """The secrets among the options.

    A value that is also part of an option that is no secret, the path for instance, is not hidden: it would
    tear holes into paths that the caller goes on with.
    """

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.repository = str(params.get("repository") or "")
        self.packages = [str(package) for package in params.get("packages") or []]
        self.environment = {str(key): str(value) for key, value in (params.get("environment") or {}).items()}
        known: list[Any] = [value for key, value in params.items() if key not in OPTIONS]
        known += [Remote.parse(self.repository).display, *(ADDRESS.sub("", text) for text in self.packages)]
        self._known = json.dumps(known, default=str, ensure_ascii=False)
        texts = [self.repository, *self.packages, *self.environment.values()]
        self.credentials = self._worth_hiding({part for text in texts for part in credentials(text)})
        values = self._worth_hiding(set(self.environment.values()))
        self._all = sorted(self.credentials | values, key=len, reverse=True)

    def _worth_hiding(self, values: set[str]) -> set[str]:
        return {value for value in values if not TRIVIAL.fullmatch(value) and value not in self._known}

    def hide(self, text: str) -> str:
        for secret in self._all:
            text = text.replace(secret, HIDDEN)
        return mask(text)

    def apply(self, module: AnsibleModule) -> None:
        """Ansible hides each value of a no_log option wherever it stands: only the secret in it is one."""
        module.no_log_values.clear()
        module.no_log_values.update(self.credentials)
        module.params["repository"] = Remote.parse(self.repository).display if self.repository else None
        module.params["packages"] = [self.hide(package) for package in self.packages]
        module.params["environment"] = dict.fromkeys(self.environment, HIDDEN)


def credentials(text: str) -> set[str]:
    """Passwords in addresses, as written and as meant; in an https address a user alone is a token."""
    found: set[str] = set()
    for scheme, userinfo in ADDRESS.findall(text):
        user, _colon, password = userinfo.partition(":")
        web = scheme.lower().rpartition("+")[2].startswith("http")
        secret = password or (user if web else "")
        found |= {secret, unquote(secret)} - {""}
    return found
