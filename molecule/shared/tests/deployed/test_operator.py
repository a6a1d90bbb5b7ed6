"""What an operator finds on the server."""

from __future__ import annotations

import json

import pytest
from conftest import PlaybookRunner, apps_on
from testinfra.host import Host

SECRET = "correct horse battery staple"

PROCESSES = """
import json, os, pwd
found = []
for pid in filter(str.isdigit, os.listdir("/proc")):
    shown = {}
    for name in ("cmdline", "environ"):
        try:
            shown[name] = open(f"/proc/{pid}/{name}").read().replace("\\0", " ").strip()
        except OSError:
            shown[name] = ""  # gone, or closed even to root
    try:
        user = pwd.getpwuid(os.stat(f"/proc/{pid}").st_uid).pw_name
    except OSError:
        continue
    found.append({"user": user, "command": shown["cmdline"], "environment": shown["environ"]})
print(json.dumps(found))
"""

CONNECT = "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])"


def processes(host: Host) -> list[dict[str, str]]:
    return list(json.loads(host.check_output("python3 -c %s", PROCESSES)))


def may(host: Host, user: str, command: str) -> bool:
    return bool(host.run(f"setpriv --reuid {user} --regid {user} --init-groups -- sh -c %s", command).rc == 0)


def test_nothing_is_writable_by_everyone(host: Host) -> None:
    assert host.check_output("find /srv /venvs -perm -o+w -not -type l") == ""


def test_the_app_cannot_write_its_own_code(host: Host) -> None:
    for app in apps_on(host):
        assert may(host, app, f"cat /srv/sites/{app}/current/wsgi.py")
        assert not may(host, app, f"touch /srv/sites/{app}/current/wsgi.py")
        assert not may(host, app, f"touch /srv/sites/{app}/current/new.py")
        assert not may(host, app, f"touch /venvs/{app}/*/bin/python")


def test_the_app_can_write_what_outlives_a_release(host: Host) -> None:
    for app in apps_on(host):
        assert may(host, app, f"touch /srv/sites/{app}/current/storage/framework/cache/probe")
        host.check_output(f"rm /srv/sites/{app}/current/storage/framework/cache/probe")


@pytest.mark.parametrize("stranger", ["nobody:nogroup", "www-data:www-data", "legacy:legacy"])
def test_others_cannot_read_the_secrets(host: Host, stranger: str) -> None:
    user = stranger.split(":")[0]
    if user == "legacy" and user not in apps_on(host):
        pytest.skip("one app lives on this server")
    assert host.file("/srv/sites/blog/.env").mode == 0o640
    result = host.run(f"runuser -u {user} -- cat /srv/sites/blog/.env")
    assert result.rc != 0
    assert SECRET not in result.stdout


@pytest.mark.parametrize("user", ["nobody", "legacy"])
def test_others_cannot_reach_the_socket(host: Host, user: str) -> None:
    if user == "legacy" and user not in apps_on(host):
        pytest.skip("one app lives on this server")
    result = host.run(f"runuser -u {user} -- python3 -c %s /srv/sockets/blog.sock", CONNECT)
    assert "PermissionError" in result.stderr


def test_the_web_server_reaches_the_socket(host: Host) -> None:
    assert host.run("runuser -u www-data -- python3 -c %s /srv/sockets/blog.sock", CONNECT).rc == 0


def test_each_app_runs_as_its_own_user(host: Host) -> None:
    running = [process for process in processes(host) if "/bin/uwsgi " in process["command"]]
    assert {process["user"] for process in running} == set(apps_on(host))


def read_secrets(host: Host, app: str) -> list[str]:
    lines = host.check_output(f"cat /srv/sites/{app}/.env").splitlines()
    keys = [line.split("=", 1)[1].strip("\"'") for line in lines if line.startswith("APP_KEY=")]
    assert len(keys) == 1
    return [*keys, SECRET]


def test_no_process_shows_a_secret(host: Host) -> None:
    found = [process for process in processes(host) if "PROCESSES" not in process["command"]]
    for app in apps_on(host):
        for secret in read_secrets(host, app):
            assert [process for process in found if secret in process["command"]] == []
            # Its own processes have it in their environment, which the kernel shows to nobody else.
            with_it = {process["user"] for process in found if secret in process["environment"]}
            assert with_it <= ({app} if secret != SECRET else set(apps_on(host)))


def test_the_environment_of_an_app_is_closed_to_others(host: Host) -> None:
    pid = host.check_output("cat /srv/sockets/blog.pid").strip()
    assert may(host, "blog", f"cat /proc/{pid}/environ")
    for user in ("www-data", "blog-build"):
        assert not may(host, user, f"cat /proc/{pid}/environ"), user


def test_the_services_start_with_the_server(host: Host, systemd: bool) -> None:
    if not systemd:
        pytest.skip("no systemd here")
    assert host.service("nginx").is_enabled
    enabled = host.check_output("systemctl list-unit-files --state=enabled --no-legend 'uwsgi*'")
    assert len(enabled.splitlines()) == len(apps_on(host))


def test_nginx_accepts_its_configuration(host: Host) -> None:
    assert host.run("nginx -t").rc == 0


def test_check_mode_on_a_deployed_server_finds_nothing_to_do(playbook: PlaybookRunner) -> None:
    run = playbook("site.yml", "--check", "--diff")
    assert run.rc == 0
    assert run.changed == 0
