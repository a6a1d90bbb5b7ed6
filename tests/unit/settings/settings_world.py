# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An app whose settings are right, and the words said of one whose settings are not."""

from __future__ import annotations

from typing import Any

from ansible_collections.masonite.deploy.plugins.module_utils._settings.app import App
from ansible_collections.masonite.deploy.plugins.module_utils._settings.check import check_apps
from ansible_collections.masonite.deploy.plugins.module_utils._settings.names import app_build_user, app_user
from ansible_collections.masonite.deploy.plugins.module_utils._settings.problem import describe

FERNET_KEY = "q6TIbbDPbkMAtzWGzIxzAgNIZYZ8FCgx0q3ClUN0L_0="


def settings_of(name: str, **changed: Any) -> App:
    user = changed.get("user", app_user(name))
    values: dict[str, Any] = {
        "repository": "https://git.example.com/blog.git",
        "version": "HEAD",
        "directory": "",
        "domains": [f"{name}.example.com"],
        "environment": {},
        "deploy_key": "",
        "known_hosts": [],
        "python": "/usr/bin/python3",
        "requirements": "auto",
        "packages": [],
        "uwsgi_package": "pyuwsgi==2.0.30.post1",
        "module": "wsgi:application",
        "processes": 2,
        "threads": 1,
        "uwsgi_options": {},
        "start_timeout": 60,
        "drain_timeout": 30,
        "stop_timeout": 60,
        "memory_max": "75%",
        "tasks_max": 256,
        "health_path": "/",
        "health_statuses": ["200-399"],
        "health_timeout": 30,
        "health_successes": 1,
        "verify_url": "http://127.0.0.1:80/",
        "shared": [".env", "storage/framework/", "storage/logs/", "storage/uploads/"],
        "adopt": "",
        "migrations": "databases/migrations",
        "backup_keep": 5,
        "keep": 5,
        "lock_ttl": 3600,
        "release": "",
        "restore": "",
        "static": [{"location": "/static/", "path": "storage/static"}],
        "denied": ["/logs/", "/framework/"],
        "body_size": "10m",
        "request_timeout": 60,
        "nginx_snippets": [],
        "nginx_directives": [],
        "user": user,
        "group": user,
        "build_user": app_build_user(user),
        "web_group": "www-data",
        "sites_root": "/srv/sites",
        "venvs_root": "/venvs",
        "sockets_root": "/srv/sockets",
    }
    return App(name, {**values, **changed})


def message_about(*apps: App, others: tuple[App, ...] = ()) -> str:
    return describe(check_apps(apps, others))
