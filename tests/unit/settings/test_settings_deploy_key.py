# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A deploy key that ssh could not use is refused by name; real keys of ssh-keygen are accepted."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from settings_world import message_about, settings_of

KINDS = [
    ["-t", "ed25519"],
    ["-t", "rsa", "-b", "2048"],
    ["-t", "rsa", "-b", "2048", "-m", "PEM"],
    ["-t", "rsa", "-b", "2048", "-m", "PKCS8"],
    ["-t", "ecdsa", "-m", "PEM"],
]
names = [" ".join(kind) for kind in KINDS]


def make_key(directory: Path, kind: list[str], passphrase: str = "") -> Path:
    file = directory / "id"
    subprocess.run(
        ["ssh-keygen", "-q", "-f", str(file), "-N", passphrase, "-C", "me@here", *kind],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return file


@pytest.mark.parametrize("kind", KINDS, ids=names)
def test_a_key_without_a_passphrase_is_accepted(tmp_path: Path, kind: list[str]) -> None:
    key = make_key(tmp_path, kind).read_text()
    for text in (key, key.strip(), key.replace("\n", "\r\n")):
        assert message_about(settings_of("blog", deploy_key=text)) == ""


@pytest.mark.parametrize("kind", KINDS, ids=names)
def test_a_key_with_a_passphrase_is_refused(tmp_path: Path, kind: list[str]) -> None:
    key = make_key(tmp_path, kind, "correct horse").read_text()
    message = message_about(settings_of("blog", deploy_key=key))
    assert "masonite_app_deploy_key has a passphrase, which a deploy cannot enter" in message
    assert "ssh-keygen -p" in message


def test_what_is_no_whole_private_key_is_refused(tmp_path: Path) -> None:
    file = make_key(tmp_path, ["-t", "ed25519"])
    key, public = file.read_text(), file.with_suffix(".pub").read_text()
    middle = len(key) // 2
    for text, words in [
        (public, "is a public key"),
        (str(file), "is a path or a single word"),
        ("~/.ssh/id_ed25519", "is a path or a single word"),
        (key[:middle], "is no whole private key"),
        (key[30:], "is no whole private key"),
        (key.replace("\n", "\\n"), "is on one line: keep its line breaks"),
        (key.replace("\n", " "), "is on one line"),
        (key[: middle - 3] + key[middle:], "is damaged"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----", "is damaged"),
        ("$ANSIBLE_VAULT;1.1;AES256\n62313365", "is still encrypted by Ansible Vault"),
        ("PuTTY-User-Key-File-3: ssh-ed25519\n", "is a key of PuTTY"),
        ("a secret of\nsome kind", "is no whole private key"),
    ]:
        message = message_about(settings_of("blog", deploy_key=text))
        assert words.partition(":")[0] in message, text
        assert key.splitlines()[1] not in message
