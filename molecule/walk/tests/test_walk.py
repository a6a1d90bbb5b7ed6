"""The first hour, in the order in which it passes: each test goes on where the one before has ended."""

from __future__ import annotations

import re

import pytest
from conftest import GITHUB, LAPTOP, MAIL_PASSWORD, SERVERS, Newcomer, ask, on, read_network_settings

DOMAIN = "blog.example.com"


@pytest.mark.parametrize("server", SERVERS.values())
def test_a_server_is_fresh(server: str) -> None:
    assert on(server, "sh", "-c", "command -v nginx uv; ls -d /srv/* /venvs || true") == ""


def test_ansible_is_there_without_root_and_without_packages(newcomer: Newcomer) -> None:
    newcomer.follow("log in", "tools")
    assert on(LAPTOP, "sh", "-c", "command -v pip3 ansible || true") == ""
    assert "/home/you/masonite.deploy/.venv/bin/ansible-playbook" in newcomer.terminal.run(
        "command -v ansible-playbook"
    )


def test_secrets_are_in_the_vault_and_nowhere_else(newcomer: Newcomer) -> None:
    newcomer.follow("vault")
    printed = newcomer.follow("deploy key")
    key = re.search(r"^ssh-ed25519 \S+ deploy key of blog$", printed, re.MULTILINE)
    host_key = re.search(r"^github\.com ssh-ed25519 \S+$", printed, re.MULTILINE)
    assert key is not None
    assert host_key is not None
    # What a page of GitHub does: the key may read this repository.
    only = "restrict,command=\"git-upload-pack 'you/blog.git'\""
    on(GITHUB, "sh", "-c", 'echo "$1" >>/home/git/.ssh/authorized_keys', "sh", f"{only} {key[0]}")
    published = re.search(r"github\.com ssh-ed25519 [^\"]+", newcomer.blocks["app"].text)
    assert published is not None
    newcomer.here[published[0]] = host_key[0]
    vault = newcomer.terminal.run("cat inventory/group_vars/all/vault.yml; ls")
    assert "PRIVATE KEY" not in vault
    assert MAIL_PASSWORD not in vault
    assert "deploy-key" not in vault


def test_the_first_version_is_live(newcomer: Newcomer) -> None:
    newcomer.terminal.write("inventory/group_vars/all/network.yml", read_network_settings())
    printed = newcomer.follow("server", "app", "live")
    assert "Masonite v5." in printed
    status, page = ask("203.0.113.10", DOMAIN)
    assert status == 200
    assert "Masonite v5." in page
    env = on(SERVERS["203.0.113.10"], "cat", "/srv/sites/blog/.env")
    assert re.search(f"^MAIL_PASSWORD=.{MAIL_PASSWORD}.$", env, re.MULTILINE)


def test_the_second_server_is_like_the_first(newcomer: Newcomer) -> None:
    newcomer.follow("page for unknown names", "second server", "both live")
    for address in SERVERS:
        status, page = ask(address, DOMAIN)
        assert status == 200
        assert "Masonite v5." in page
        status, page = ask(address)
        assert status == 404
        assert page.startswith("This server works. No site on it has the name ")


def test_a_commit_goes_live_and_a_rollback_takes_it_back(newcomer: Newcomer) -> None:
    newcomer.terminal.run(
        "sed -i 's/Masonite v/A page of mine, v/' ~/blog/templates/welcome.html\n"
        "git -C ~/blog commit -qam 'A page of mine' && git -C ~/blog push -q"
    )
    newcomer.follow("deploy")
    assert ["A page of mine" in ask(address, DOMAIN)[1] for address in SERVERS] == [True, True]
    printed = newcomer.follow("back")
    assert ["A page of mine" in ask(address, DOMAIN)[1] for address in SERVERS] == [False, False]
    assert ["Masonite v5." in ask(address, DOMAIN)[1] for address in SERVERS] == [True, True]
    assert [name for name in ("blog", "web1", "web2") if name not in printed] == []


def test_the_collection_from_galaxy_needs_eight_lines(newcomer: Newcomer) -> None:
    assert newcomer.blocks["galaxy inventory"].text.count("\n") == 1 + 8
    on(LAPTOP, "sh", "-c", "apt-get install -y -qq --no-install-recommends pipx >/dev/null 2>&1")
    newcomer.terminal.run("deactivate; mkdir ~/elsewhere; cd ~/elsewhere")
    newcomer.follow("galaxy", "galaxy inventory")
    printed = newcomer.follow("galaxy playbooks")
    assert "blog" in printed


def test_each_marked_block_was_walked(newcomer: Newcomer) -> None:
    assert sorted(newcomer.done) == sorted(newcomer.blocks)
