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

HELPER = (
    '!f() { test "$1" = get && '
    'printf "username=%s\\npassword=%s\\n" "$RELEASE_USERNAME" "$RELEASE_PASSWORD"; }; f'
)
SAFE_UPLOAD_PACK = "git -c safe.directory='*' upload-pack"
IN_URL = re.compile(r"(https?://)[^\s'\"]*@")


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
    def local(self) -> bool:
        return self.url.startswith(("/", "file://", "./", "../"))

    def scrub(self, text: str) -> str:
        if len(self.password) > 3:
            text = text.replace(self.password, "***")
        return mask(text)


@dataclass(frozen=True)
class Output:
    rc: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode("utf-8", "replace").strip()


@dataclass(frozen=True)
class Access:
    """How to reach remotes."""

    ssh_key: str = ""
    known_hosts: str = ""
    accept_hostkey: bool = False
    timeout: int = 300
    read_only: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)

    def ssh_command(self) -> str:
        command = ["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=20"]
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
        variables = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        variables.update(self.environment)
        variables.update(
            LC_ALL="C", GIT_TERMINAL_PROMPT="0", GIT_ASKPASS="/bin/false", SSH_ASKPASS="/bin/false"
        )
        variables.setdefault("GIT_SSH_COMMAND", self.ssh_command())
        config = [
            ("http.lowSpeedLimit", "1"),
            ("http.lowSpeedTime", "60"),
            ("gc.autoDetach", "false"),
            ("maintenance.autoDetach", "false"),
            ("core.fsmonitor", "false"),
            ("core.hooksPath", "/dev/null"),
        ]
        if remote is not None and (remote.username or remote.password):
            config += [("credential.helper", ""), ("credential.helper", HELPER)]
            variables.update(RELEASE_USERNAME=remote.username, RELEASE_PASSWORD=remote.password)
        for number, (key, value) in enumerate(config):
            variables[f"GIT_CONFIG_KEY_{number}"] = key
            variables[f"GIT_CONFIG_VALUE_{number}"] = value
        variables["GIT_CONFIG_COUNT"] = str(len(config))
        return variables


class Git:
    def __init__(self, access: Access, names: Names, binary: str = "git") -> None:
        self.access = access
        self.names = names
        self.binary = binary

    def run(self, arguments: Sequence[str], remote: Remote | None = None) -> Output:
        """Run git; a failure is the caller's to judge, a missing git or an expired deadline is not."""
        try:
            process = subprocess.Popen(
                [self.binary, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self.access.variables(remote),
                cwd="/",
                start_new_session=True,
            )
        except OSError as error:
            raise ReleaseError(
                f"git cannot be run: {error}.", hint="Install git on the server.", reason="no_git"
            ) from error
        try:
            out, err = process.communicate(timeout=self.access.timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            place = remote.display if remote is not None else "the local mirror"
            raise ReleaseError(
                f"git {arguments[0]} on {place} did not finish within {self.access.timeout} s.",
                hint=f"Check that the server can reach it, or raise {self.names('timeout')}.",
                reason="timeout",
            ) from None
        text = err.decode("utf-8", "replace").strip()
        return Output(process.returncode, out, remote.scrub(text) if remote is not None else mask(text))


@dataclass(frozen=True)
class Cause:
    """A way in which a remote can be out of reach, by what git and ssh say of it."""

    reason: str
    pattern: str
    says: str
    hint: str


CAUSES = (
    Cause(
        "disk",
        r"No space left on device|Disk quota exceeded",
        "the disk of the server is full",
        "Free some space on the server and run again.",
    ),
    Cause(
        "host_key_changed",
        r"REMOTE HOST IDENTIFICATION HAS CHANGED",
        "the host key of the git server is not the one known before",
        "If the change is legitimate, put the new key into {known_hosts} (ssh-keyscan HOST); "
        "if not, somebody is between the two.",
    ),
    Cause(
        "host_key",
        r"Host key verification failed|No \S+ host key is known|authenticity of host",
        "the host key of the git server is not known on this server",
        "Give the key in {known_hosts} (ssh-keyscan HOST, compared with what its owner publishes), "
        "or set {accept_hostkey}: true to trust the first one seen.",
    ),
    Cause(
        "ssh_key",
        r"UNPROTECTED PRIVATE KEY|bad permissions|Load key .*: |Identity file .* not accessible",
        "the deploy key cannot be used",
        "Check the file named by {ssh_key}: readable by the deploy user alone (0600), "
        "a private key without a passphrase.",
    ),
    Cause(
        "auth",
        r"Permission denied|Authentication failed|could not read (Username|Password)"
        r"|terminal prompts disabled|HTTP Basic: Access denied|returned error: 40[13]"
        r"|Access denied|invalid credentials",
        "the git server refuses the credentials",
        "Check {ssh_key} (is its public half a deploy key of the repository?) "
        "or the user and token in {repository}.",
    ),
    Cause(
        "unreachable",
        r"Could not resolve (host|proxy)|Connection (refused|timed out|reset|closed)|Network is unreachable"
        r"|No route to host|Failed to connect|Operation timed out|Couldn't connect|Name or service not known"
        r"|Temporary failure in name resolution|Could not resolve hostname|returned error: 5\d\d"
        r"|unexpected disconnect|Recv failure|Operation too slow|remote end hung up",
        "the git server cannot be reached",
        "Check the address in {repository} and the network of the server "
        "(a proxy goes into {environment}), then run again.",
    ),
    Cause(
        "certificate",
        r"SSL certificate problem|server certificate verification failed|certificate verify failed",
        "the TLS certificate of the git server is not trusted on this server",
        "Install the certificate authority on the server.",
    ),
    Cause(
        "no_ssh",
        r"cannot run ssh|ssh: (command )?not found",
        "ssh is not installed on the server",
        "Install openssh-client on the server, or give an https address in {repository}.",
    ),
    Cause(
        "unknown_repository",
        r"not found|does not appear to be a git repository|does not exist|No such file or directory"
        r"|not a git repository|Repository unavailable|unable to find remote helper"
        r"|protocol .* is not supported",
        "there is no such git repository",
        "Check the spelling of {repository}; a private repository also answers so to a key it does not know.",
    ),
)


def remote_failure(remote: Remote, output: Output, names: Names) -> ReleaseError:
    """The error that names the cause and the option that cures it."""
    lines = [line for line in output.err.splitlines() if line.strip()][-12:]
    options = ("repository", "ssh_key", "known_hosts", "accept_hostkey", "environment")
    for cause in CAUSES:
        if re.search(cause.pattern, output.err, re.IGNORECASE):
            hint = cause.hint.format(**{option: names(option) for option in options})
            said = _telling(lines, cause.pattern)
            return ReleaseError(
                f"The repository {remote.display} ({names('repository')}) could not be read: "
                f"{cause.says} (git: {said}).",
                hint=hint,
                reason=cause.reason,
                stderr_lines=lines,
            )
    return ReleaseError(
        f"The repository {remote.display} ({names('repository')}) could not be read: "
        f"git ended with {output.rc}: {lines[-1] if lines else 'no message'}.",
        hint=f"Check {names('repository')}.",
        reason="unknown",
        stderr_lines=lines,
    )


def _telling(lines: Sequence[str], pattern: str) -> str:
    for line in lines:
        if re.search(pattern, line, re.IGNORECASE):
            return line.strip()
    return lines[-1].strip() if lines else "no message"
