# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collects the static files of a Django project where the web server serves them from.

Runs as the app's user with the Python of its virtualenv. The argument is the setting masonite_app_static as
JSON, the working directory the release. What is printed to standard output is for a person.
"""

from __future__ import annotations

import json
import os
import re
import sys
from typing import Any
from urllib.parse import urlsplit

SETTINGS = re.compile(r"""DJANGO_SETTINGS_MODULE["']\s*,\s*["']([\w.]+)["']""")
HOW = "Set STATIC_ROOT = BASE_DIR / 'staticfiles' in the settings of the project (docs/django.md)."


def read_settings() -> Any:
    """Set Django up as manage.py does, and return its settings."""
    sys.path.insert(0, os.getcwd())
    with open("manage.py", encoding="utf-8", errors="replace") as stream:
        found = SETTINGS.search(stream.read())
    if found:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", found.group(1))
    django = __import__("django.conf")
    django.setup()
    return django.conf.settings


def find_problem(root: str, address: str, static: list[dict[str, str]]) -> str:
    """Return why the web server would not serve what is collected; empty if it does."""
    path = os.path.relpath(os.path.realpath(root), os.path.realpath(os.getcwd()))
    location = urlsplit(address).path
    if path.startswith(".."):
        return f"STATIC_ROOT is {root}; wanted is a directory of the release. {HOW}"
    if any(os.path.normpath(entry["path"]) == path and entry["location"] == location for entry in static):
        return ""
    return (
        f"STATIC_ROOT is {path} and STATIC_URL {address}, which the web server does not serve. {HOW} "
        f"Or give masonite_app_static: [{{location: {location}, path: {path}}}]."
    )


def main(static: list[dict[str, str]]) -> int:
    settings = read_settings()
    apps = __import__("django.apps", fromlist=["apps"]).apps
    if not apps.is_installed("django.contrib.staticfiles"):
        return 0
    if not settings.STATIC_ROOT:
        sys.stdout.write(f"Static files are not collected, because STATIC_ROOT is not set. {HOW}\n")
        return 0
    problem = find_problem(str(settings.STATIC_ROOT), str(settings.STATIC_URL), static)
    if problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    # The web server reads them.
    os.umask(0o022)
    call_command = __import__("django.core.management", fromlist=["call_command"]).call_command
    call_command("collectstatic", interactive=False, verbosity=0)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(json.loads(sys.argv[1])))
