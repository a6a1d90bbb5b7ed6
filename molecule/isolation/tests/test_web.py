"""What a visitor can and cannot get."""

from __future__ import annotations

import http.client

from world import Server, Site


def get(site: Site, path: str, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(site.server.address, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": site.domain, **headers})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    finally:
        connection.close()


def test_logs_and_caches_of_the_app_are_no_pages(alice: Site) -> None:
    for name in ("logs/masonite.log", "framework/secret.txt"):
        alice.server.sh(f"echo secret > {alice.path}/shared/storage/{name}", user="alice")
        for path in (f"/{name}", f"//{name}", f"/./{name}", "/" + name.replace("/", "%2f")):
            status, body = get(alice, path)
            assert status in (403, 404), path
            assert "secret" not in body, path


def test_cookies_of_seven_kilobytes_reach_the_app(alice: Site) -> None:
    status, _body = get(alice, "/", Cookie="; ".join(f"c{number}={'x' * 3500}" for number in range(2)))
    assert status == 200


def test_a_link_in_the_repository_does_not_lead_the_web_server_out_of_the_release(
    mallory: Site, server: Server
) -> None:
    mallory.origin.push({"storage/static/plain.txt": "plain"})
    mallory.origin.git("commit", "-q", "--amend", "--no-edit")
    link = mallory.origin.directory / "storage/static/log.txt"
    link.symlink_to("/var/log/nginx/alice.access.log")
    mallory.origin.git("add", "-A")
    mallory.origin.git("commit", "-q", "-m", "a link")
    mallory.origin.git("push", "-q", "--force", "origin", f"HEAD:{mallory.origin.branch}")
    mallory.run("deploy.yml").succeeded()
    assert get(mallory, "/static/plain.txt") == (200, "plain")
    status, body = get(mallory, "/static/log.txt")
    assert status != 200, body
    assert server.sh("wc -l < /var/log/nginx/alice.access.log") != "0"
