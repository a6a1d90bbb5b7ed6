# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Host names that go from one app to another: by one call for all virtual hosts, without a gap."""

from __future__ import annotations

from typing import Any

import pytest
from nginx_world import Server, until


def sites(server: Server, **names: str) -> list[dict[str, Any]]:
    return [
        {"name": f"{app}.conf", "content": server.site(hosts, app)} for app, hosts in names.items()
    ]  # fmt: skip


CHANGES = {
    "two apps swap their domains": (
        {"one": "a.test", "two": "b.test"},
        {"one": "b.test", "two": "a.test"},
    ),
    "a domain goes to an app before it": (
        {"one": "a.test", "two": "b.test c.test"},
        {"one": "a.test c.test", "two": "b.test"},
    ),
    "a domain goes to an app after it": (
        {"one": "a.test c.test", "two": "b.test"},
        {"one": "a.test", "two": "b.test c.test"},
    ),
    "a domain goes to a new app": (
        {"one": "a.test c.test"},
        {"new": "c.test", "one": "a.test"},
    ),
    "three apps pass theirs on": (
        {"one": "a.test", "two": "b.test", "three": "c.test"},
        {"one": "c.test", "two": "a.test", "three": "b.test"},
    ),
}


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("check_first", [False, True])
def test_domains_change_between_apps_in_one_call(server: Server, what: str, check_first: bool) -> None:
    before, after = CHANGES[what]
    assert server.apply(sites=sites(server, **before)).ok
    server.start()
    if check_first:
        checked = server.apply(check_mode=True, sites=sites(server, **after))
        assert checked.ok, checked.message
    changed = server.apply(sites=sites(server, **after))
    assert changed.ok, changed.message
    for app, hosts in after.items():
        for host in hosts.split():
            until(lambda host=host, app=app: server.visit(host) == app, f"{app} answers {host}")
