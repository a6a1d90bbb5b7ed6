# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps secrets out of every result: credentials in addresses and values of environment variables."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from .._system.masking import mask_only
from .options import ReleaseOptions
from .remote import Remote, mask_credentials

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

ADDRESS = re.compile(r"([a-z][a-z0-9+.]*)://([^\s/'\"]*)@", re.IGNORECASE)
TRIVIAL = re.compile(r".{0,3}|[\d.,+-]*|true|false|none|null", re.IGNORECASE | re.DOTALL)
HIDDEN = "********"


class SecretValues:
    """The secrets among the options.

    A value that is also part of an option that is no secret, such as the path, is not hidden: the caller
    goes on with the paths of the result.
    """

    def __init__(self, options: ReleaseOptions) -> None:
        self.options = options
        public = asdict(replace(options, repository="", packages=(), environment={}, ssh_files=None)).values()
        display = Remote.parse(options.repository).display
        packages = [ADDRESS.sub("", text) for text in options.packages]
        self._public = json.dumps([*public, display, *packages], default=str, ensure_ascii=False)
        environment = options.environment.values()
        texts = [options.repository, *options.packages, *environment]
        self.credentials = self._keep_secrets({part for text in texts for part in find_credentials(text)})
        key = options.ssh_files.key.strip() if options.ssh_files is not None else ""
        values = self._keep_secrets({*environment, *([key] if key else [])})
        self._all = sorted(self.credentials | values, key=len, reverse=True)

    def _keep_secrets(self, values: set[str]) -> set[str]:
        return {value for value in values if not TRIVIAL.fullmatch(value) and value not in self._public}

    def hide(self, text: str) -> str:
        """Return the text without the secrets in it."""
        for secret in self._all:
            text = text.replace(secret, HIDDEN)
        return mask_credentials(text)

    def hide_parameters(self, module: AnsibleModule) -> None:
        """Hide secrets where Ansible repeats the parameters of the task.

        Ansible itself hides each value of a no_log option wherever its text occurs; here only the secret in
        it is hidden.
        """
        mask_only(module, self.credentials)
        repository = self.options.repository
        module.params["repository"] = Remote.parse(repository).display if repository else None
        module.params["packages"] = [self.hide(package) for package in self.options.packages]
        if module.params.get("ssh_key_content"):
            module.params["ssh_key_content"] = HIDDEN
        module.params["environment"] = dict.fromkeys(self.options.environment, HIDDEN)


def find_credentials(text: str) -> set[str]:
    """Return passwords in addresses, quoted and unquoted. In an https address a user alone is a token."""
    found: set[str] = set()
    for scheme, userinfo in ADDRESS.findall(text):
        user, _colon, password = userinfo.partition(":")
        is_web = scheme.lower().rpartition("+")[2].startswith("http")
        secret = password or (user if is_web else "")
        found |= {secret, unquote(secret)} - {""}
    return found
