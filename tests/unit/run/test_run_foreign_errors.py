# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of other programs, and the setting that a user reads beside each."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from ansible_collections.masonite.deploy.plugins.module_utils._run.failed_task import describe_result
from ansible_collections.masonite.deploy.plugins.module_utils._run.foreign_errors import (
    ERRORS_OF_REQUESTS,
    FOREIGN_ERRORS,
    find_advice,
)

ROLES = Path(__file__).resolve().parents[3] / "roles"

ERRORS = {
    "a module that is not installed": (
        "ModuleNotFoundError: No module named 'stripe'",
        "stripe",
        "masonite_app_packages",
    ),
    "a package for an older Python": (
        "AttributeError: module 'collections' has no attribute 'MutableMapping'",
        "too old for this Python",
        "masonite_app_python",
    ),
    "a package that imports what Python has no more": (
        "ModuleNotFoundError: No module named 'distutils'",
        "too old for this Python",
    ),
    "setuptools of today": ("ModuleNotFoundError: No module named 'pkg_resources'", "setuptools<81"),
    "a header of Python": (
        "x.h:35:10: fatal error: Python.h: No such file or directory",
        "python3-dev",
        "base_packages_extra",
    ),
    "a header of a library": (
        "fatal error: libpq-fe.h: No such file or directory",
        "libpq-dev",
        "base_packages_extra",
    ),
    "an unknown header": (
        "fatal error: odd/thing.h: No such file or directory",
        "apt-file search odd/thing.h",
    ),
    "psycopg2 without PostgreSQL": ("Error: pg_config executable not found.", "psycopg2-binary", "libpq-dev"),
    "psycopg2, which names its other form": (
        "Error: pg_config executable not found. Install 'psycopg2-binary'. pg_config executable not found.",
        "Require psycopg2-binary instead of psycopg2",
    ),
    "psycopg2-binary without a wheel": (
        "psycopg2-binary==2.9.3: Error: pg_config executable not found.",
        "no wheel for this Python",
        "require a newer one",
        "libpq-dev",
    ),
    "mysqlclient without MySQL": (
        "Exception: Can not find valid pkg-config name.",
        "default-libmysqlclient-dev",
    ),
    "no compiler": (
        "error: command 'x86_64-linux-gnu-gcc' failed: No such file or directory",
        "gcc",
        "base_packages_extra",
    ),
    "no compiler, as setuptools says": (
        "unable to execute 'gcc': No such file or directory",
        "base_packages_extra",
    ),
    "a wheel for a newer system": ("/lib/libc.so.6: version `GLIBC_2.38' not found", "masonite_app_python"),
    "a wheel for a newer compiler": ("version `GLIBCXX_3.4.32' not found", "masonite_app_python"),
    "a directory of the release": (
        "OSError: [Errno 30] Read-only file system: '/srv/sites/blog/releases/x/uploads/1.png'",
        "uploads/1.png",
        "masonite_app_shared",
        "masonite_app_writable_paths",
    ),
    "a directory relative to the app": (
        "OSError: [Errno 30] Read-only file system: 'logs'",
        "If logs is part of the app",
        "masonite_app_shared",
    ),
    "a read-only directory without a name": ("touch: Read-only file system", "masonite_app_shared"),
    "a file of somebody else": (
        "PermissionError: [Errno 13] Permission denied: '/mnt/files'",
        "/mnt/files",
        "masonite_app_user",
    ),
    "an address that is taken": ("OSError: [Errno 98] Address already in use", "masonite_app_uwsgi_options"),
    "memory in Python": ("MemoryError", "masonite_app_memory_max"),
    "memory in node": (
        "FATAL ERROR: Reached heap limit - JavaScript heap out of memory",
        "masonite_app_memory_max",
    ),
    "a full disk": ("OSError: [Errno 28] No space left on device", "Free some space"),
    "another Python": (
        "ERROR: Package 'x' requires a different Python: 3.11.2 not in '>=3.12'",
        "masonite_app_python",
    ),
    "another Python, as uv says": (
        "Because the current Python version (3.11.2) does not satisfy Python>=3.12",
        "masonite_app_python",
    ),
    "a private requirement": ("git@git.example: Permission denied (publickey).", "masonite_app_deploy_key"),
    "a private requirement by https": (
        "fatal: could not read Username for 'https://git.example': terminal prompts disabled",
        "masonite_app_deploy_key",
    ),
    "an unknown git server": ("Host key verification failed.", "masonite_app_known_hosts"),
    "no network": ("dns error: failed to lookup address information", "base_environment"),
    "no network, as pip says": (
        "NewConnectionError: Failed to establish a new connection",
        "base_environment",
    ),
    "a certificate": ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", "base_ca_certificates"),
    "a package that is misspelt": (
        "ERROR: No matching distribution found for masonit",
        "masonite_app_packages",
    ),
    "a package that uv does not find": (
        "Because masonit was not found in the package registry",
        "masonite_app_packages",
    ),
    "a lock file of npm that is stale": (
        "`npm ci` can only install packages when your package.json",
        "package-lock.json",
    ),
    "a program that npm does not find": ("sh: 1: vite: not found", "vite", "package.json"),
    "a password": ('FATAL:  password authentication failed for user "blog"', "masonite_app_environment"),
    "a database that is away": (
        'connection to server at "db", port 5432 failed: refused',
        "masonite_app_environment",
    ),
    "SQLite in the release": (
        "sqlite3.OperationalError: unable to open database file",
        "masonite_app_shared, such as [auto, app.db, logs/]",
        "masonite_app_environment",
    ),
    "a variable, as decouple reads it": (
        "decouple.UndefinedValueError: API_TOKEN not found. Declare it as envvar or define a default value.",
        "API_TOKEN",
        "masonite_app_environment",
    ),
    "a variable, as environ reads it": (
        "django.core.exceptions.ImproperlyConfigured: Set the API_TOKEN environment variable",
        "API_TOKEN",
        "masonite_app_environment",
    ),
    "a variable of os.environ": ("KeyError: 'API_TOKEN'", "API_TOKEN", "masonite_app_environment"),
    "a package that is built from its source": (
        "error: Failed to build `pyyaml==5.4.1`",
        "pyyaml==5.4.1 has no wheel for this Python",
        "masonite_app_python",
    ),
    "a package that pip builds": ("ERROR: Failed building wheel for PyYAML", "PyYAML has no wheel"),
    "a key that is none": (
        "ValueError: Fernet key must be 32 url-safe base64-encoded bytes.",
        "masonite_app_environment",
    ),
}
# What an app answers a request with; of a migration they say nothing that a setting would help with.
ERRORS_OF_APPS = {
    "a host that Django does not know": (
        "django.core.exceptions.DisallowedHost: Invalid HTTP_HOST header: 'shop.test'.",
        "ALLOWED_HOSTS",
        "masonite_app_domains",
    ),
    "a table that nothing makes": (
        "sqlite3.OperationalError: no such table: post",
        "masonite_app_before_activate",
    ),
    "a table of PostgreSQL": (
        'psycopg2.errors.UndefinedTable: relation "post" does not exist',
        "masonite_app_before_activate",
    ),
}


@pytest.mark.parametrize("name", ERRORS_OF_APPS)
def test_an_error_that_an_app_answers_with_names_the_setting_that_helps(name: str) -> None:
    text, *expected = ERRORS_OF_APPS[name]
    answered = {"msg": f"{text}\nIt answered 500.", "reason": "not_healthy", "options": ["health_check.path"]}
    advice = describe_result({"name": "x"}, answered).splitlines()[2]
    assert [word for word in expected if word not in advice] == []
    assert expected[-1] not in describe_result({"name": "x"}, {"msg": "", "stderr": text, "rc": 1})


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_of_another_program_names_the_setting_that_helps(name: str) -> None:
    text, *expected = ERRORS[name]
    said = describe_result({"name": "x"}, {"msg": "non-zero return code", "stderr": f"{text}\n", "rc": 1})
    lines = said.splitlines()
    assert lines[0] == text, "the cause comes first"
    assert lines[1] == "non-zero return code"
    assert [word for word in expected if word not in lines[2]] == []


def test_every_error_of_the_table_is_tried() -> None:
    for errors, cases in ((FOREIGN_ERRORS, ERRORS), (ERRORS_OF_REQUESTS, ERRORS_OF_APPS)):
        tried = {
            next(error.pattern for error in errors if re.search(error.pattern, text))
            for text, *_expected in cases.values()
        }
        assert {error.pattern for error in errors} - tried == set()


def test_every_setting_of_the_table_is_one() -> None:
    known = {
        setting
        for role in ("base", "masonite_app")
        for setting in yaml.safe_load((ROLES / role / "meta/argument_specs.yml").read_text())[
            "argument_specs"
        ]["main"]["options"]
    }
    advice = " ".join(error.advice for error in (*FOREIGN_ERRORS, *ERRORS_OF_REQUESTS))
    named = set(re.findall(r"(?:masonite_app|base)_\w+", advice))
    assert named - known == set()


def test_other_errors_get_no_advice() -> None:
    assert find_advice("RuntimeError: no such luck") == ""


def test_an_app_that_answers_with_an_error_gets_advice_about_its_exception_alone() -> None:
    result = {
        "msg": "sqlite3.OperationalError: no such table: post\nInstance 1 did not come up: it answered 500.",
        "reason": "not_healthy",
        "options": ["health_check.path", "health_check.statuses"],
        "log": ["ModuleNotFoundError: No module named 'faster'", "handled, without it"],
    }
    lines = describe_result({}, result).splitlines()
    assert "masonite_app_before_activate" in lines[2]
    assert lines[3] == "Settings: masonite_app_health_path, masonite_app_health_statuses"


def test_an_error_of_a_module_that_names_its_settings_gets_no_advice() -> None:
    result = {"msg": "No module named 'wsgi'", "reason": "not_started", "options": ["module"]}
    assert describe_result({}, result) == "No module named 'wsgi'\nSettings: masonite_app_module"
