# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The templates of the role nginx, rendered as Ansible renders them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ansible_collections.masonite.deploy.plugins.filter.nginx_value import nginx_value

ROLE = Path(__file__).parents[3] / "roles" / "nginx"
SITE = {
    "nginx_site_name": "blog",
    "nginx_site_server_names": ["blog.example.org", "www.blog.example.org"],
    "nginx_site_socket": "/srv/sockets/blog.sock",
    "nginx_site_root": "/srv/sockets/blog.root",
}


def as_bool(value: object) -> bool:
    return value is True or str(value).lower() in ("true", "yes", "1")


def render(template: str, **settings: Any) -> str:
    environment = Environment(
        loader=FileSystemLoader(ROLE / "templates"),
        trim_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        autoescape=False,
    )
    environment.filters.update({"bool": as_bool, "masonite.deploy.nginx_value": nginx_value})
    environment.tests["match"] = lambda value, pattern: re.match(pattern, value) is not None
    variables: dict[str, Any] = {}
    for file in ("defaults", "vars"):
        variables.update(yaml.safe_load((ROLE / file / "main.yml").read_text()))
    variables = {name: value for name, value in variables.items() if "lookup(" not in str(value)}
    variables.update(
        {"nginx_site_name": "unnamed", "nginx_ipv6": False, "ansible_check_mode": False, **settings}
    )
    # Values that are made of other values, as Ansible makes them.
    for name, value in variables.items():
        if isinstance(value, str) and "{{" in value:
            variables[name] = environment.from_string(value).render(**{"ansible_facts": {}, **variables})
    return environment.get_template(template).render(**variables)


def site(**settings: Any) -> str:
    return render("site.conf.j2", **{**SITE, **settings})
