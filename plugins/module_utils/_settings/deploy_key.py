# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules for the private SSH key that reads a repository. No message shows any of it."""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections.abc import Iterator

from .app import App
from .problem import Problem

MAGIC = b"openssh-key-v1\0"
PUBLIC = re.compile(
    r"(?:ssh|ecdsa|sk-ssh|sk-ecdsa)-[a-z0-9@.-]+ |---- BEGIN SSH2 PUBLIC|-----BEGIN [A-Z ]*PUBLIC KEY"
)
PRIVATE = re.compile(r"-----BEGIN ((?:[A-Z0-9]+ )*PRIVATE KEY)-----\n(.+?)\n-----END \1-----", re.DOTALL)
PATH = re.compile(r"[~/.$]?[^\s]{1,250}")
ALLOWED = "allowed is the text of a private key without a passphrase"


def check_deploy_key(app: App) -> Iterator[Problem]:
    key = app.text("deploy_key")
    wrong = find_fault(key) if key else None
    if wrong:
        reason, found, advice = wrong
        yield app.refuse("deploy_key", reason, found, ALLOWED + advice)


def find_fault(key: str) -> tuple[str, str, str] | None:
    """Reason, what was found, and what to do; None for a key that ssh can use."""
    text = key.replace("\r\n", "\n").strip()
    if PUBLIC.match(text):
        return ("key_is_public", "is a public key", "; its other half is in the file without .pub")
    if text.startswith("$ANSIBLE_VAULT"):
        return ("key_in_vault", "is still encrypted by Ansible Vault", ": write it with !vault")
    if text.startswith("PuTTY-User-Key-File"):
        return ("key_of_putty", "is a key of PuTTY", ": puttygen KEY -O private-openssh converts it")
    if "\n" not in text and "BEGIN" in text:
        return ("key_on_one_line", "is on one line", ": keep its line breaks, with | in YAML")
    if "BEGIN" not in text and PATH.fullmatch(text):
        return (
            "key_is_path",
            "is a path or a single word",
            ": read the file with lookup('ansible.builtin.file', PATH)",
        )
    match = PRIVATE.fullmatch(text)
    if match is None:
        return (
            "key_form",
            "is no whole private key",
            ", from -----BEGIN to -----END, in OpenSSH's or PEM form",
        )
    return _find_passphrase(match.group(1), match.group(2))


def _find_passphrase(kind: str, body: str) -> tuple[str, str, str] | None:
    advice = ": ssh-keygen -p -f KEY removes it, or make a key for this purpose alone"
    with_passphrase = ("key_passphrase", "has a passphrase, which a deploy cannot enter", advice)
    if "ENCRYPTED" in kind or re.search(r"^Proc-Type:.*ENCRYPTED", body, re.MULTILINE):
        return with_passphrase
    if kind != "OPENSSH PRIVATE KEY":
        return None
    try:
        cipher = _read_cipher(base64.b64decode("".join(body.split()), validate=True))
    except (binascii.Error, ValueError, struct.error):
        return ("key_form", "is damaged: it is not what ssh-keygen writes", ", copied as a whole")
    return None if cipher == b"none" else with_passphrase


def _read_cipher(data: bytes) -> bytes:
    """The cipher of a whole key in OpenSSH's form: cipher, kdf, its options, how many keys, two halves."""
    if not data.startswith(MAGIC):
        raise ValueError("no key")
    position = len(MAGIC)
    texts: list[bytes] = []
    while position < len(data):
        if len(texts) == 3:
            # The number of keys, which is 1.
            position += 4
        (length,) = struct.unpack_from(">I", data, position)
        texts.append(data[position + 4 : position + 4 + length])
        position += 4 + length
    if position != len(data) or len(texts) != 5:
        raise ValueError("not whole")
    return texts[0]
