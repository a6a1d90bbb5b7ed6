# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a repository could not be read, from what git and ssh printed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .errors import OptionName, Reason, ReleaseError
from .git_output import GitOutput
from .option_names import OptionNames
from .remote import Remote


@dataclass(frozen=True)
class Cause:
    """A way in which a repository can be out of reach, by what git and ssh print.

    ``hint`` holds the names of options in braces.
    """

    reason: Reason
    options: tuple[OptionName, ...]
    pattern: str
    problem: str
    hint: str


# The options that hints name.
HINT_OPTIONS: tuple[OptionName, ...] = (
    "repository",
    "ssh_key",
    "known_hosts",
    "accept_hostkey",
    "environment",
)
CAUSES = (
    Cause(
        "disk",
        (),
        r"No space left on device|Disk quota exceeded",
        "the disk of the server is full",
        "Free some space on the server and run again.",
    ),
    Cause(
        "corrupt_repository",
        ("repository",),
        r"object [0-9a-f]{40,64}: \w+: |fsck error",
        "it holds objects that git does not accept",
        "Run `git fsck --strict` in a clone to find them, and correct the history of the repository.",
    ),
    Cause(
        "transport",
        ("repository",),
        r"transport '.*' not allowed",
        "its transport is not allowed",
        "Give {repository} an https or ssh address, or an absolute path on the server.",
    ),
    Cause(
        "host_key_changed",
        ("known_hosts",),
        r"REMOTE HOST IDENTIFICATION HAS CHANGED",
        "the host key of the git server is not the one known before",
        "If the change is legitimate, put the new key into {known_hosts} (ssh-keyscan HOST); "
        "if not, the connection may be intercepted.",
    ),
    Cause(
        "host_key",
        ("known_hosts", "accept_hostkey"),
        r"Host key verification failed|No \S+ host key is known|authenticity of host",
        "the host key of the git server is not known on this server",
        "Give the key in {known_hosts} (ssh-keyscan HOST, compared with what its owner publishes), "
        "or set {accept_hostkey}: true to trust the first one seen.",
    ),
    Cause(
        "ssh_key",
        ("ssh_key",),
        r"UNPROTECTED PRIVATE KEY|bad permissions|Load key .*: |Identity file .* not accessible",
        "the deploy key cannot be used",
        "Check the file named by {ssh_key}: a private key without a passphrase, readable by the user that "
        "fetches: as its owner (0600), or through its group when another user owns it (0640).",
    ),
    Cause(
        "auth",
        ("ssh_key", "repository"),
        r"Permission denied|Authentication failed|could not read (Username|Password)"
        r"|terminal prompts disabled|HTTP Basic: Access denied|returned error: 40[13]"
        r"|Access denied|invalid credentials",
        "the git server refuses the credentials",
        "Check {ssh_key} (is its public half a deploy key of the repository?) "
        "or the user and token in {repository}.",
    ),
    Cause(
        "unreachable",
        ("repository", "environment"),
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
        ("repository",),
        r"SSL certificate problem|server certificate verification failed|certificate verify failed",
        "the TLS certificate of the git server is not trusted on this server",
        "Install the certificate authority on the server.",
    ),
    Cause(
        "no_ssh",
        ("repository",),
        r"cannot run ssh|ssh: (command )?not found",
        "ssh is not installed on the server",
        "Install openssh-client on the server, or give an https address in {repository}.",
    ),
    Cause(
        "unknown_repository",
        ("repository",),
        r"not found|does not appear to be a git repository|does not exist|No such file or directory"
        r"|not a git repository|Repository unavailable|unable to find remote helper"
        r"|protocol .* is not supported",
        "there is no such git repository",
        "Check the spelling of {repository}; a private repository also answers so to a key it does not know.",
    ),
)


def make_remote_error(remote: Remote, output: GitOutput, names: OptionNames) -> ReleaseError:
    """Return the error that names the cause and the options to correct."""
    lines = [line for line in output.err.splitlines() if line.strip()][-12:]
    subject = f"The repository {remote.display} ({names.display('repository')}) could not be read"
    for cause in CAUSES:
        if re.search(cause.pattern, output.err, re.IGNORECASE):
            return ReleaseError(
                f"{subject}: {cause.problem} (git: {_find_line(lines, cause.pattern)}).",
                reason=cause.reason,
                options=cause.options,
                hint=cause.hint.format(**{option: names.display(option) for option in HINT_OPTIONS}),
                stderr_lines=lines,
            )
    return ReleaseError(
        f"{subject}: git ended with {output.rc}: {lines[-1] if lines else 'no message'}.",
        reason="unknown",
        options=["repository"],
        hint=f"Check {names.display('repository')}.",
        stderr_lines=lines,
    )


def _find_line(lines: Sequence[str], pattern: str) -> str:
    for line in lines:
        if re.search(pattern, line, re.IGNORECASE):
            return line.strip()
    return lines[-1].strip() if lines else "no message"
