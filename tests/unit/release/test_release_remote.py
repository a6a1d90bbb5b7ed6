# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repositories by path, https and ssh, and what is said when they cannot be had."""

from __future__ import annotations

import base64
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest
from release_ssh import SshServer
from release_world import App, Repository, refused, server

from ansible_collections.masonite.deploy.plugins.module_utils._release.errors import ReleaseError
from ansible_collections.masonite.deploy.plugins.module_utils._release.git_access import GitAccess
from ansible_collections.masonite.deploy.plugins.module_utils._release.git_output import GitOutput
from ansible_collections.masonite.deploy.plugins.module_utils._release.option_names import OptionNames
from ansible_collections.masonite.deploy.plugins.module_utils._release.remote import Remote, mask_credentials
from ansible_collections.masonite.deploy.plugins.module_utils._release.remote_errors import make_remote_error
from ansible_collections.masonite.deploy.plugins.module_utils._release.submodule_address import (
    resolve_address,
)

SECRET = "s3cret:p@ss"
IN_URL = "s3cret%3Ap%40ss"


class GitServer(BaseHTTPRequestHandler):
    """`git http-backend` behind a password."""

    root = ""

    def answer(self) -> None:
        wanted = "Basic " + base64.b64encode(f"ann:{SECRET}".encode()).decode()
        if self.headers.get("Authorization") != wanted:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.end_headers()
            return
        path, _mark, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": self.root,
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        run = subprocess.run(
            ["git", "http-backend"], input=body, env=environment, capture_output=True, check=False
        )
        head, _blank, content = run.stdout.partition(b"\r\n\r\n")
        lines = [line.partition(": ") for line in head.decode().split("\r\n")]
        status = next((int(value.split()[0]) for name, _, value in lines if name == "Status"), 200)
        self.send_response(status)
        for name, _colon, value in lines:
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = answer

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def http(repository: Repository) -> Iterator[str]:
    handler = type("Handler", (GitServer,), {"root": str(repository.path.parent)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def everything_below(path: Path) -> str:
    return "\n".join(
        file.read_bytes().decode("latin-1")
        for file in path.rglob("*")
        if file.is_file() and not file.is_symlink()
    )


def test_credentials_of_an_address_reach_git_and_nothing_else(
    app: App, http: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    real = shutil.which("git")
    (tools / "git").write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/argv\nexec {real} "$@"\n')
    (tools / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    result = app.present(repository=f"http://ann:{IN_URL}@{http}/origin")
    app.live(result["release"]["name"])
    argv = (tmp_path / "argv").read_text()
    assert f"http://{http}/origin" in argv
    seen = argv + repr(result) + everything_below(app.path)
    assert "s3cret" not in seen
    assert "ann@" not in seen.replace("ann@example.org", "")


@pytest.mark.parametrize(
    "address", ["{base}/library", "file://{base}/library", "ext::git-upload-pack {base}"]
)
def test_a_remote_repository_names_no_submodule_on_the_server(
    app: App, repository: Repository, http: str, address: str
) -> None:
    base = repository.path.parent
    Repository(base / "library").commit({"of-another-app.py": "secret"})
    address = address.format(base=base)
    (repository.path / ".gitmodules").write_text(f'[submodule "x"]\n\tpath = lib\n\turl = {address}\n')
    repository.git("add", ".gitmodules")
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{repository.head()},lib")
    repository.git("commit", "--quiet", "--message", "curious")
    with pytest.raises(ReleaseError) as caught:
        app.present(repository=f"http://ann:{IN_URL}@{http}/origin")
    assert caught.value.reason in ("submodule", "corrupt_repository")
    assert app.names() == []
    assert not list((app.path / "repo.git").rglob("modules"))


class Redirect(BaseHTTPRequestHandler):
    target = ""

    def do_GET(self) -> None:
        self.send_response(302)
        self.send_header("Location", self.target)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.mark.parametrize("target", ["file://{path}", "ext::sh -c id", "{path}"])
def test_a_redirect_to_a_path_of_the_server_is_not_followed(
    app: App, repository: Repository, target: str
) -> None:
    handler = type("Handler", (Redirect,), {"target": target.format(path=repository.path)})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        try:
            with pytest.raises(ReleaseError):
                app.present(repository=f"http://127.0.0.1:{httpd.server_port}/x.git")
        finally:
            httpd.shutdown()
            thread.join()
    assert app.names() == []


class Locked(BaseHTTPRequestHandler):
    """Demands a password, and keeps what it is sent."""

    received: list[str | None]

    def do_GET(self) -> None:
        self.received.append(self.headers.get("Authorization"))
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="git"')
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        pass


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler], **attributes: object) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (handler,), attributes)) as httpd:
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{httpd.server_port}"
        finally:
            httpd.shutdown()
            thread.join()


def test_a_server_that_is_redirected_to_gets_no_credentials(app: App) -> None:
    received: list[str | None] = []
    with (
        serving(Locked, received=received) as other,
        serving(Redirect, target=f"http://{other}/x.git/info/refs?service=git-upload-pack") as own,
        refused("auth"),
    ):
        app.present(repository=f"http://ann:{IN_URL}@{own}/x.git")
    assert received, "the redirect was followed"
    assert set(received) == {None}


def test_no_secret_is_in_the_arguments_of_git() -> None:
    remote = Remote.parse(f"https://ann:{IN_URL}@git.example.org:8443/a/b.git")
    options = GitAccess().make_options(remote)
    assert not any("ann" in word or "s3cret" in word or "s3cret" in unquote(word) for word in options)
    helpers = [word.partition("=")[0] for word in options if "helper" in word.partition("=")[0]]
    assert helpers == ["credential.helper", "credential.https://git.example.org:8443.helper"]


def test_wrong_credentials_have_their_own_reason_and_are_not_shown(app: App, http: str) -> None:
    with pytest.raises(ReleaseError) as caught:
        app.present(repository=f"http://ann:wrong-s3cret@{http}/origin")
    assert caught.value.reason == "auth"
    assert f"http://***@{http}/origin" in caught.value.message
    assert "wrong-s3cret" not in f"{caught.value} {vars(caught.value)}"


def test_missing_credentials_never_ask(app: App, http: str) -> None:
    started = time.monotonic()
    with refused("auth"):
        app.present(repository=f"http://{http}/origin")
    assert time.monotonic() - started < 5


def test_an_unknown_repository_over_http(app: App, http: str) -> None:
    with refused("unknown_repository", "repository"):
        app.present(repository=f"http://ann:{IN_URL}@{http}/nothing")


def test_an_unknown_path(app: App) -> None:
    with refused("unknown_repository", "/nonexistent/repo.git", "repository"):
        app.present(repository="/nonexistent/repo.git")
    assert not app.path.exists()


@pytest.mark.parametrize("address", ["../origin", "--upload-pack=touch /tmp/x", "./x"])
def test_what_is_no_address_is_refused(app: App, address: str) -> None:
    with refused("unknown_repository", "address"):
        app.present(repository=address)


def test_a_server_that_does_not_listen(app: App) -> None:
    with refused("unreachable", "network"):
        app.present(repository="http://127.0.0.1:1/x.git")


def test_a_server_that_never_answers_meets_the_timeout(app: App) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        started = time.monotonic()
        with refused("timeout", "timeout", "1 s"):
            app.present(repository=f"http://127.0.0.1:{port}/x.git", timeout=1)
        assert time.monotonic() - started < 5


def test_a_repository_of_another_user_is_read_by_its_path(
    app: App, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can give files away")
    subprocess.run(["chown", "-R", "65534", str(repository.path)], check=True)
    monkeypatch.setenv("HOME", "/nonexistent")
    assert app.deploy()["name"]
    assert app.deploy(repository=f"file://{repository.path}", force=True)["name"]


def test_without_git(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with refused("no_git", "Install git"):
        app.present()


@pytest.mark.parametrize(
    ("said", "reason", "option"),
    [
        ("Host key verification failed.", "host_key", "accept_hostkey"),
        (
            "No ED25519 host key is known for git.example.org and you have requested",
            "host_key",
            "known_hosts",
        ),
        (
            "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.",
            "host_key_changed",
            "known_hosts",
        ),
        ("git@github.com: Permission denied (publickey).", "auth", "ssh_key"),
        ("fatal: Authentication failed for 'https://x'", "auth", "repository"),
        (
            "fatal: could not read Username for 'https://github.com': terminal prompts disabled",
            "auth",
            "repository",
        ),
        ("The requested URL returned error: 403", "auth", "ssh_key"),
        ("ERROR: Repository not found.", "unknown_repository", "repository"),
        ("fatal: '/x' does not appear to be a git repository", "unknown_repository", "repository"),
        ("ssh: Could not resolve hostname nope: Name or service not known", "unreachable", "repository"),
        ("fatal: unable to access 'https://x/': Could not resolve host: x", "unreachable", "environment"),
        ("The requested URL returned error: 502", "unreachable", "environment"),
        ("Permissions 0644 for 'key' are too open. UNPROTECTED PRIVATE KEY FILE!", "ssh_key", "ssh_key"),
        ('Load key "/k": error in libcrypto\ngit@x: Permission denied (publickey).', "ssh_key", "0600"),
        ("SSL certificate problem: unable to get local issuer certificate", "certificate", "authority"),
        ("error: cannot run ssh: No such file or directory", "no_ssh", "openssh-client"),
        ("fatal: write error: No space left on device", "disk", "space"),
        ("something never seen before", "unknown", "repository"),
        ("", "unknown", "no message"),
    ],
)
def test_what_git_says_names_the_setting(said: str, reason: str, option: str) -> None:
    error = make_remote_error(Remote.parse("git@example.org:x.git"), GitOutput(128, b"", said), OptionNames())
    assert error.reason == reason
    assert option in f"{error.message} {error.hint}"
    assert "git@example.org:x.git" in error.message


@pytest.mark.parametrize(
    ("address", "url", "display", "username", "password"),
    [
        ("https://github.com/a/b.git", "https://github.com/a/b.git", "https://github.com/a/b.git", "", ""),
        ("https://u:p%40@h/x", "https://h/x", "https://***@h/x", "u", "p@"),
        ("https://u:p@ss@h/x", "https://h/x", "https://***@h/x", "u", "p@ss"),
        ("https://token@h/x", "https://h/x", "https://***@h/x", "token", ""),
        ("git@h:x.git", "git@h:x.git", "git@h:x.git", "", ""),
        ("ssh://git:pw@h/x", "ssh://git@h/x", "ssh://git@h/x", "", ""),
        ("/srv/git/x.git", "/srv/git/x.git", "/srv/git/x.git", "", ""),
    ],
)
def test_credentials_are_taken_out_of_an_address(
    address: str, url: str, display: str, username: str, password: str
) -> None:
    remote = Remote.parse(address)
    assert (remote.url, remote.display, remote.username, remote.password) == (
        url,
        display,
        username,
        password,
    )


def test_an_address_that_cannot_be_taken_apart_is_masked_all_the_same() -> None:
    assert mask_credentials("fatal: https://u:pa/ss@h/x failed") == "fatal: https://***@h/x failed"
    assert "pa/ss" not in Remote.parse("https://u:pa/ss@h/x").display


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("fatal: https://u:p@h/x failed", "fatal: https://***@h/x failed"),
        ("'https://u:p@h/x'", "'https://***@h/x'"),
        ("HTTP://token@h", "HTTP://***@h"),
        ("http://u:p@ss@h/x", "http://***@h/x"),
        ("http://a@h and https://b@i", "http://***@h and https://***@i"),
        ("http://a@h,https://b@i", "http://***@i"),
        ("(see http://u@h)", "(see http://***@h)"),
        ("http://http://u:p@h", "http://***@h"),
        ("https://h/x", "https://h/x"),
        ("http://@h", "http://***@h"),
        ("u@http://h", "u@http://h"),
        ("git@h:x.git", "git@h:x.git"),
        ("ssh://git@h/x", "ssh://git@h/x"),
        ("http://u'p@h", "http://u'p@h"),
        ("http://h\nu@i", "http://h\nu@i"),
        ("", ""),
    ],
)
def test_what_is_masked_in_a_text(said: str, shown: str) -> None:
    assert mask_credentials(said) == shown


def test_a_line_made_to_be_masked_slowly_holds_nothing_up() -> None:
    line = "http://" * 15_000
    started = time.process_time()
    assert mask_credentials(line) == line
    assert time.process_time() - started < 0.5


def test_ssh_uses_the_given_key_only() -> None:
    command = GitAccess(ssh_key="/k y", known_hosts="/h").ssh_command()
    for word in ("BatchMode=yes", "-i '/k y'", "IdentitiesOnly=yes", "StrictHostKeyChecking=yes", "/h"):
        assert word in command
    assert "accept-new" in GitAccess(accept_hostkey=True).ssh_command()
    assert "/dev/null" in GitAccess(read_only=True).ssh_command()


@pytest.mark.parametrize(
    ("base", "url", "expected"),
    [
        ("https://h/a/b.git", "../c.git", "https://h/a/c.git"),
        ("git@h:a/b.git", "../c.git", "git@h:a/c.git"),
        ("/srv/git/b", "../c", "/srv/git/c"),
        ("https://h/a/b.git", "https://x/y", "https://x/y"),
        ("ssh://git@h:22/a/b", "./c", "ssh://git@h:22/a/b/c"),
        ("https://h/a.git", "../../../c.git", "https://h/c.git"),
        ("https://h", "./c.git", "https://h/c.git"),
        ("https://[/a", "../c", "https://[/c"),
    ],
)
def test_relative_submodules(base: str, url: str, expected: str) -> None:
    assert resolve_address(base, url) == expected


def test_ssh_with_a_deploy_key(app: App, repository: Repository, ssh: SshServer) -> None:
    app.options["repository"] = ssh.url(repository.path)
    release = app.deploy(ssh_key=str(ssh.key), known_hosts=str(ssh.known_hosts))
    assert release["revision"] == repository.head()


def test_a_deploy_key_of_root_that_the_build_user_reads_through_its_group(ssh: SshServer) -> None:
    with server() as found:
        directory = found.site / "ssh"
        directory.mkdir()
        for source, name in ((ssh.key, "id"), (ssh.known_hosts, "known_hosts")):
            shutil.copy(source, directory / name)
            os.chown(directory / name, 0, found.build.gid)
            (directory / name).chmod(0o640)
        os.chown(directory, 0, found.build.gid)
        directory.chmod(0o750)
        found.app.options["repository"] = ssh.url(found.repository.path)
        options = {"ssh_key": str(directory / "id"), "known_hosts": str(directory / "known_hosts")}
        assert found.app.deploy(**options)["revision"] == found.repository.head()
        (directory / "id").chmod(0o600)
        with refused("ssh_key", "ssh_key", "0640"):
            found.app.present(**options, force=True, version="refs/heads/main")


def test_ssh_with_a_host_key_nobody_vouched_for(
    app: App, repository: Repository, ssh: SshServer, tmp_path: Path
) -> None:
    app.options["repository"] = ssh.url(repository.path)
    hosts = tmp_path / "hosts"
    with refused("host_key", "known_hosts", "accept_hostkey"):
        app.present(ssh_key=str(ssh.key), known_hosts=str(hosts))
    predicted = app.call(check_mode=True, ssh_key=str(ssh.key), known_hosts=str(hosts), accept_hostkey=True)
    assert predicted["release"]["revision"] == repository.head()
    assert not hosts.exists()
    app.deploy(ssh_key=str(ssh.key), known_hosts=str(hosts), accept_hostkey=True)
    assert hosts.exists()


def test_ssh_with_a_changed_host_key(app: App, repository: Repository, ssh: SshServer) -> None:
    app.options["repository"] = ssh.url(repository.path)
    ssh.known_hosts.write_text(f"[127.0.0.1]:{ssh.port} {ssh.other_key.with_suffix('.pub').read_text()}")
    with refused("host_key_changed", "known_hosts"):
        app.present(ssh_key=str(ssh.key), known_hosts=str(ssh.known_hosts), accept_hostkey=True)


def test_ssh_with_a_key_the_server_does_not_know(app: App, repository: Repository, ssh: SshServer) -> None:
    app.options["repository"] = ssh.url(repository.path)
    with refused("auth", "ssh_key"):
        app.present(ssh_key=str(ssh.other_key), known_hosts=str(ssh.known_hosts))


def test_ssh_with_a_key_that_is_none(
    app: App, repository: Repository, ssh: SshServer, tmp_path: Path
) -> None:
    junk = tmp_path / "junk"
    junk.write_text("not a key")
    junk.chmod(0o600)
    app.options["repository"] = ssh.url(repository.path)
    with refused("ssh_key", "ssh_key"):
        app.present(ssh_key=str(junk), known_hosts=str(ssh.known_hosts))


def test_ssh_with_an_unknown_repository(app: App, ssh: SshServer) -> None:
    with refused("unknown_repository", "repository"):
        app.present(
            repository=ssh.url(Path("/nonexistent/x.git")),
            ssh_key=str(ssh.key),
            known_hosts=str(ssh.known_hosts),
        )
