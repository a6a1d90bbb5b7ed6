# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How git reaches repositories, without a question and without a configuration that other users can write."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from .._system.account import Account
from .remote import Remote

CREDENTIAL_HELPER = (
    '!f() { test "$1" = get && '
    'printf "username=%s\\npassword=%s\\n" "$RELEASE_USERNAME" "$RELEASE_PASSWORD"; }; f'
)
# What a repository can make git open: an app's own address and those of its submodules, redirects too.
PROTOCOLS = ("https", "http", "ssh")
# git checks each object that arrives. These defects of old programs do no harm.
HARMLESS_DEFECTS = (
    "zeroPaddedFilemode",
    "missingSpaceBeforeDate",
    "badDate",
    "badDateOverflow",
    "badEmail",
    "badName",
    "badTimezone",
    "missingEmail",
    "missingNameBeforeEmail",
    "missingSpaceBeforeEmail",
    "multipleAuthors",
    "zeroPaddedDate",
)
SSH_CONFIG = "/etc/ssh/ssh_config"


@dataclass(frozen=True)
class GitAccess:
    """Options of git and ssh.

    ``environment`` is what the user of the module adds to ``base_environment``. ``timeout`` is in seconds.
    With ``read_only`` no host key is remembered. ``local`` allows repositories on this server.
    """

    ssh_key: str = ""
    known_hosts: str = ""
    accept_hostkey: bool = False
    timeout: int = 300
    read_only: bool = False
    local: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    account: Account | None = None
    base_environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    def ssh_command(self) -> str:
        command = ["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=20"]
        if self.account is not None:
            command += ["-F", SSH_CONFIG if os.path.exists(SSH_CONFIG) else "none"]
        if self.ssh_key:
            command += ["-i", self.ssh_key, "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none"]
        policy = "accept-new" if self.accept_hostkey else "yes"
        command += ["-o", f"StrictHostKeyChecking={policy}"]
        hosts = [self.known_hosts] if self.known_hosts else ["~/.ssh/known_hosts", "~/.ssh/known_hosts2"]
        if self.read_only:
            # ssh adds a new key to the first file. In check mode nothing is to be kept.
            hosts.insert(0, "/dev/null")
        if self.known_hosts or self.read_only:
            quoted = " ".join(f'"{path}"' for path in hosts)
            command += ["-o", f"UserKnownHostsFile={quoted}"]
        return " ".join(shlex.quote(word) for word in command)

    def make_environment(self, remote: Remote | None) -> dict[str, str]:
        """Return the environment of git for this repository; None stands for the mirror alone.

        Secrets are here alone: other users can read the arguments of git.
        """
        variables = {name: value for name, value in self.base_environment.items() if name[:4] != "GIT_"}
        variables.update(self.environment)
        variables.update(
            LC_ALL="C",
            GIT_TERMINAL_PROMPT="0",
            GIT_ASKPASS="/bin/false",
            SSH_ASKPASS="/bin/false",
            # Code of a build can write to the home of this user: nothing there configures git or ssh.
            GIT_CONFIG_GLOBAL="/dev/null",
            XDG_CONFIG_HOME="/dev/null",
            GIT_ALLOW_PROTOCOL=":".join(("file", *PROTOCOLS) if self.local else PROTOCOLS),
        )
        variables.setdefault("GIT_SSH_COMMAND", self.ssh_command())
        if remote is not None and (remote.username or remote.password):
            variables.update(RELEASE_USERNAME=remote.username, RELEASE_PASSWORD=remote.password)
        return variables

    def make_options(self, remote: Remote | None) -> list[str]:
        """Return the options before the command of git.

        They are arguments, because git before 2.31 ignores a configuration in the environment without a word.
        """
        config = [
            ("http.lowSpeedLimit", "1"),
            ("http.lowSpeedTime", "60"),
            ("gc.autoDetach", "false"),
            ("maintenance.autoDetach", "false"),
            ("core.fsmonitor", "false"),
            ("core.hooksPath", "/dev/null"),
            ("transfer.fsckObjects", "true"),
            ("fetch.fsckObjects", "true"),
            *((f"fetch.fsck.{defect}", "ignore") for defect in HARMLESS_DEFECTS),
        ]
        if remote is not None and (remote.username or remote.password):
            # For this server alone: it can redirect to another one, which then asks for credentials.
            config += [("credential.helper", ""), (f"credential.{remote.server}.helper", CREDENTIAL_HELPER)]
        return [word for key, value in config for word in ("-c", f"{key}={value}")]
