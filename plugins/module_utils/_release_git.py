# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running git unattended: never a question, never without a deadline, never a secret in view."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from ansible_collections.masonite.deploy.plugins.module_utils._release_errors import Names, ReleaseError
from ansible_collections.masonite.deploy.plugins.module_utils._system.account import Account
from ansible_collections.masonite.deploy.plugins.module_utils._system.privileges import (
    can_switch,
    process_identity,
)

HELPER = (
    '!f() { test "$1" = get && '
    'printf "username=%s\\npassword=%s\\n" "$RELEASE_USERNAME" "$RELEASE_PASSWORD"; }; f'
)
SAFE_UPLOAD_PACK = "git -c safe.directory='*' upload-pack"
IN_URL = re.compile(r"(https?://)[^\s'\"]*@", re.IGNORECASE)
# What a repository can make git open: an app's own address and its submodules', redirects too.
PROTOCOLS = ("https", "http", "ssh")
# Of each object that arrives, git checks that it is sound. These defects of old programs do no harm.
HARMLESS = (
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
# Of the user that runs the module; another user's programs do not get these.
PERSONAL = ("SSH_", "SUDO_", "XDG_")
PERSONAL_NAMES = frozenset(["HOME", "LOGNAME", "MAIL", "SHELL", "TMPDIR", "USER"])


def mask(text: str) -> str:
    return IN_URL.sub(r"\1***@", text)


@dataclass(frozen=True)
class Remote:
    """A repository's address, with the credentials taken out of it."""

    url: str
    display: str
    username: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, repository: str) -> Remote:
        match = re.match(r"(https?|ssh)://([^/]*)@(.*)$", repository, re.DOTALL)
        if match is None:
            return cls(repository, mask(repository))
        scheme, userinfo, rest = match.groups()
        user, _colon, password = userinfo.partition(":")
        if scheme == "ssh":
            return cls(f"ssh://{user}@{rest}", f"ssh://{user}@{rest}")
        return cls(f"{scheme}://{rest}", f"{scheme}://***@{rest}", unquote(user), unquote(password))

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no text may show; a user name without a password is a token."""
        return (self.password,) if self.password else (self.username,) if self.username else ()

    @property
    def local(self) -> bool:
        return self.url.startswith(("/", "file://", "./", "../"))

    def scrub(self, text: str) -> str:
        for secret in self.secrets:
            if len(secret) > 3:
                text = text.replace(secret, "***")
        return mask(text)


@dataclass(frozen=True)
class Output:
    rc: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode("utf-8", "replace").strip()


SSH_CONFIG = "/etc/ssh/ssh_config"


@dataclass(frozen=True)
class Access:
    """How to reach remotes."""

    ssh_key: str = ""
    known_hosts: str = ""
    accept_hostkey: bool = False
    timeout: int = 300
    read_only: bool = False
    local: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    account: Account | None = None

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
            # ssh adds a new key to the first file: in check mode it is to be forgotten.
            hosts.insert(0, "/dev/null")
        if self.known_hosts or self.read_only:
            quoted = " ".join(f'"{path}"' for path in hosts)
            command += ["-o", f"UserKnownHostsFile={quoted}"]
        return " ".join(shlex.quote(word) for word in command)

    def variables(self, remote: Remote | None) -> dict[str, str]:
        variables = {
            name: value for name, value in clean_environment(self.account).items() if name[:4] != "GIT_"
        }
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
        config = [
            ("http.lowSpeedLimit", "1"),
            ("http.lowSpeedTime", "60"),
            ("gc.autoDetach", "false"),
            ("maintenance.autoDetach", "false"),
            ("core.fsmonitor", "false"),
            ("core.hooksPath", "/dev/null"),
            ("transfer.fsckObjects", "true"),
            ("fetch.fsckObjects", "true"),
            *((f"fetch.fsck.{defect}", "ignore") for defect in HARMLESS),
        ]
        if remote is not None and (remote.username or remote.password):
            config += [("credential.helper", ""), ("credential.helper", HELPER)]
            variables.update(RELEASE_USERNAME=remote.username, RELEASE_PASSWORD=remote.password)
        for number, (key, value) in enumerate(config):
            variables[f"GIT_CONFIG_KEY_{number}"] = key
            variables[f"GIT_CONFIG_VALUE_{number}"] = value
        variables["GIT_CONFIG_COUNT"] = str(len(config))
        return variables


def clean_environment(account: Account | None) -> dict[str, str]:
    """The environment for programs of an account: nothing in it is another user's."""
    if account is None or not can_switch(account):
        return dict(os.environ)
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(PERSONAL) and name not in PERSONAL_NAMES
    }
    return {**kept, "HOME": account.home, "USER": account.name, "LOGNAME": account.name}


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a program and its group; what has left the group and keeps its output open is not waited for."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    try:
        process.communicate(timeout=2)
    except subprocess.TimeoutExpired:
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


class Git:
    def __init__(self, access: Access, names: Names, binary: str = "git") -> None:
        self.access = access
        self.names = names
        self.binary = binary

    def run(self, arguments: Sequence[str], remote: Remote | None = None, stdin: bytes = b"") -> Output:
        """Run git; a failure is the caller's to judge, a missing git or an expired deadline is not."""
        try:
            process = subprocess.Popen(
                [self.binary, *arguments],
                stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self.access.variables(remote),
                cwd="/",
                start_new_session=True,
                **process_identity(self.access.account),
            )
        except OSError as error:
            raise ReleaseError(
                f"git cannot be run: {error}.", hint="Install git on the server.", reason="no_git"
            ) from error
        try:
            out, err = process.communicate(stdin or None, timeout=self.access.timeout)
        except subprocess.TimeoutExpired:
            end(process)
            place = remote.display if remote is not None else "the local mirror"
            raise ReleaseError(
                f"git {arguments[0]} on {place} did not finish within {self.access.timeout} s.",
                hint=f"Check that the server can reach it, or raise {self.names('timeout')}.",
                reason="timeout",
            ) from None
        text = err.decode("utf-8", "replace").strip()
        return Output(process.returncode, out, remote.scrub(text) if remote is not None else mask(text))
