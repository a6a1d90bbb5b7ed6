"""The last step of a scenario: remove.yml, after which the app is gone and its data is not."""

from __future__ import annotations

import http.client
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from conftest import PlaybookRunner, Visitor, expected_pages
from testinfra.host import Host


@contextmanager
def watched(visitor: Visitor) -> Iterator[list[int]]:
    """Ask for the page all the time; the statuses that came, 0 for no answer: the default server's."""
    statuses: list[int] = []
    ended = threading.Event()

    def watch() -> None:
        while not ended.is_set():
            try:
                statuses.append(visitor.get("/", "blog.test").status)
            except (OSError, http.client.HTTPException):
                statuses.append(0)
            time.sleep(0.02)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield statuses
    finally:
        ended.set()
        thread.join()


def test_an_app_is_removed_without_losing_a_request_or_its_data(
    host: Host, visitor: Visitor, playbook: PlaybookRunner
) -> None:
    host.check_output("echo mine >/srv/sites/blog/notes.txt && chmod 600 /srv/sites/blog/notes.txt")
    planned = playbook("remove.yml", "--limit", visitor.name, "--check", "-e", "masonite_remove=blog")
    assert planned.rc == 0
    assert planned.changed > 0
    assert visitor.get("/", "blog.test").status == 200

    with watched(visitor) as statuses:
        run = playbook("remove.yml", "--limit", visitor.name, "-e", "masonite_remove=blog")
    assert run.rc == 0
    assert (statuses[0], statuses[-1], set(statuses)) == (200, 0, {200, 0})
    assert statuses == sorted(statuses, reverse=True)
    found = re.search(r"/srv/sites/\.removed/blog-\w+", run.output)
    assert found is not None
    kept = found.group()
    assert host.check_output(f"cat {kept}/notes.txt") == "mine"
    assert "APP_KEY" in host.check_output(f"cat {kept}/.env")
    assert "removed" in host.check_output(f"ls {kept}/backups")
    assert host.check_output("stat -c '%U %a' /srv/sites/.removed") == "root 700"

    left = "find /srv/sites /srv/sockets /venvs /etc/uwsgi-instances /etc/systemd/system /etc/nginx"
    assert host.check_output(f"{left} -path /srv/sites/.removed -prune -o -name '*blog*' -print") == ""
    assert not host.user("blog").exists
    assert not host.user("blog-build").exists
    assert not host.group("blog").exists
    assert host.run("pgrep -f '[u]wsgi.*blog'").stdout == ""
    assert host.run("nginx -t").rc == 0

    # The default server of the role gives no answer to a host name that no site has.
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        visitor.get("/", "blog.test")
    for app in set(expected_pages(host)) - {"blog"}:
        assert visitor.get("/", f"{app}.test").status == 200

    again = playbook("remove.yml", "--limit", visitor.name, "-e", "masonite_remove=blog")
    assert (again.rc, again.changed) == (0, 0)
