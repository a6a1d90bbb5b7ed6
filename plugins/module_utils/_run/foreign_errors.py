# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do about errors that compilers, Python, installers and other programs print, and by which setting.

The modules of this collection say by themselves what their errors are about; nothing here is about them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

SEARCHED_CHARACTERS = 1 << 16
# The Debian packages of files that are missed most.
HEADER_PACKAGES = {
    "Python.h": "python3-dev",
    "ffi.h": "libffi-dev",
    "jpeglib.h": "libjpeg-dev",
    "lber.h": "libldap-dev",
    "libpq-fe.h": "libpq-dev",
    "libxml/xmlversion.h": "libxml2-dev libxslt1-dev",
    "magic.h": "libmagic-dev",
    "mysql.h": "default-libmysqlclient-dev",
    "openssl/ssl.h": "libssl-dev",
    "portaudio.h": "portaudio19-dev",
    "sasl/sasl.h": "libsasl2-dev",
    "sqlite3.h": "libsqlite3-dev",
    "yaml.h": "libyaml-dev",
    "zlib.h": "zlib1g-dev",
}


@dataclass(frozen=True)
class ForeignError:
    """An error of another program. Groups of ``pattern`` stand in braces in ``advice``."""

    pattern: str
    advice: str


FOREIGN_ERRORS = (
    ForeignError(
        r"No module named '?pkg_resources\b",
        "New versions of setuptools have no pkg_resources: add 'setuptools<81' to masonite_app_packages.",
    ),
    # What Python 3.10 to 3.13 no longer have.
    ForeignError(
        r"module '(?:collections|inspect)' has no attribute|cannot import name '\w+' from 'collections'"
        r"|No module named '(?:imp|distutils|asyncore|asynchat|cgi)'",
        "A package is too old for this Python: require a newer version of it, or choose an older Python "
        "by masonite_app_python.",
    ),
    ForeignError(
        r"No module named '?(?P<name>[\w.]+)",
        "Add what provides {name} to the app's requirements, or to masonite_app_packages.",
    ),
    ForeignError(
        r"fatal error: (?P<name>\S+\.h(?:pp)?): No such file or directory",
        "Add {package} to base_packages_extra and run site.yml; or require a version of the package that "
        "has a wheel.",
    ),
    ForeignError(
        r"(?s)psycopg2[-_]binary==.*pg_config executable not found",
        "This version of psycopg2-binary has no wheel for this Python: require a newer one, or add "
        "libpq-dev, gcc and python3-dev to base_packages_extra and run site.yml.",
    ),
    ForeignError(
        r"pg_config executable not found",
        "Require psycopg2-binary instead of psycopg2, or add libpq-dev, gcc and python3-dev to "
        "base_packages_extra and run site.yml.",
    ),
    ForeignError(
        r"mysql_config: not found|Can not find valid pkg-config name",
        "Add default-libmysqlclient-dev, pkg-config, gcc and python3-dev to base_packages_extra and run "
        "site.yml; or require PyMySQL instead.",
    ),
    ForeignError(
        r"(?:gcc|g\+\+|\bcc|clang)'? failed: No such file or directory|unable to execute '[^']*(?:gcc|cc)'",
        "There is no compiler on the server: add gcc and python3-dev to base_packages_extra and run "
        "site.yml; or require a version of the package that has a wheel.",
    ),
    ForeignError(
        r"version `GLIBC\w*_[\w.]+' not found",
        "A package was built for a newer system. Require an older version of it whose wheel fits, or "
        "choose another Python by masonite_app_python.",
    ),
    ForeignError(
        r"Read-only file system: '?(?P<name>[^\s'\"]+)",
        "The app may only write to what outlives a release. If {name} is part of the app, name all that "
        "it writes to in masonite_app_shared, such as [auto, app.db, logs/]; otherwise name the "
        "directory in masonite_app_writable_paths.",
    ),
    ForeignError(
        r"Read-only file system",
        "The app may only write to what outlives a release: name all that it writes to in "
        "masonite_app_shared, such as [auto, app.db, logs/], or in masonite_app_writable_paths if it is "
        "not part of the app.",
    ),
    ForeignError(
        r"Permission denied: '?(?P<name>/[^\s'\"]+)",
        "{name} must be writable for the user of the app (masonite_app_user): by its owner, or by being "
        "named in masonite_app_shared.",
    ),
    ForeignError(
        r"Address already in use",
        "Another process listens there: stop it, or choose another address in masonite_app_uwsgi_options "
        "or in the app's settings.",
    ),
    ForeignError(
        r"MemoryError\b|Cannot allocate memory|heap out of memory|\bOut of memory\b|oom-kill",
        "Raise masonite_app_memory_max, or give the server more memory.",
    ),
    ForeignError(
        r"No space left on device|Disk quota exceeded", "Free some space on the server and run again."
    ),
    ForeignError(
        r"requires a different Python|does not satisfy Python|requires Python ?[<>=~!]|Requires-Python",
        "Choose another interpreter by masonite_app_python, or a version of the package for the one "
        "there is.",
    ),
    ForeignError(
        r"Permission denied \(publickey|could not read (?:Username|Password)|Authentication failed for",
        "Requirements or submodules come from a private repository: masonite_app_deploy_key must be "
        "allowed to read it.",
    ),
    ForeignError(
        r"Host key verification failed",
        "Give the host key of that git server in masonite_app_known_hosts.",
    ),
    ForeignError(
        r"Could not resolve host|Temporary failure in name resolution|Name or service not known|getaddrinfo"
        r"|Failed to establish a new connection|Network is unreachable|dns error",
        "The server cannot reach it: check the address and the network. A proxy goes into base_environment.",
    ),
    ForeignError(
        r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|invalid peer certificate"
        r"|SSL certificate problem"
        r"|unable to get local issuer certificate",
        "The server does not trust the certificate: name the certificate authority in "
        "base_ca_certificates and run site.yml.",
    ),
    ForeignError(
        r"No matching distribution found|was not found in the package registry|there (?:is"
        r"|are) no versions? of",
        "Check the name and the version in the app's requirements or masonite_app_packages; an index of "
        "your own goes into base_environment.",
    ),
    ForeignError(
        r"npm ci. can only install|are in sync|package-lock\.json or npm-shrinkwrap",
        "Run `npm install` in the repository and commit package-lock.json.",
    ),
    ForeignError(
        r"\bsh: (?:line )?\d+: (?P<name>\S+): (?:not found|command not found)",
        "Nothing provides the command {name}: add it to package.json or to base_packages_extra.",
    ),
    ForeignError(
        r"password authentication failed|Access denied for user|no password supplied",
        "Check the user and the password of the database in masonite_app_environment.",
    ),
    ForeignError(
        r"could not connect to server|[Cc]an't connect to (?:MySQL|server)"
        r"|connection to server at .+ failed",
        "Check the address of the database in masonite_app_environment, and that it answers this server.",
    ),
    ForeignError(
        r"unable to open database file|attempt to write a readonly database",
        "The app may only write to what outlives a release. If the database is a file of the app, name "
        "all that the app writes to in masonite_app_shared, such as [auto, app.db, logs/]; or give the "
        "database another path in masonite_app_environment.",
    ),
    ForeignError(
        r"UndefinedValueError: (?P<name>\w+) not found|Set the (?P<variable>\w+) environment variable"
        r"|KeyError: '(?P<key>[A-Z][A-Z0-9]*_[A-Z0-9_]+)'",
        "If the app reads {name} from its environment, set it in masonite_app_environment.",
    ),
    ForeignError(
        r"Fernet key must be|Incorrect padding",
        "APP_KEY in masonite_app_environment is not a key; without it, one is made.",
    ),
    # Where nothing above says more.
    ForeignError(
        r"Failed to build `(?P<name>[^`\s]+)`|Failed building wheel for (?P<wheel>\S+)",
        "{name} has no wheel for this Python and is built from its source: require a version that has "
        "one, or choose another Python by masonite_app_python.",
    ),
)
# What an app raises only when it is asked for a page.
ERRORS_OF_REQUESTS = (
    ForeignError(
        r"DisallowedHost|Invalid HTTP_HOST header",
        "The app answers for the hosts in ALLOWED_HOSTS of its settings alone: let these read the "
        "variable ALLOWED_HOSTS, which holds masonite_app_domains, or give a domain there that they "
        "allow.",
    ),
    ForeignError(
        r"no such (?:table|column)|relation \S+ does not exist|[Tt]able '\S+' doesn't exist",
        "The database lacks what the app's migrations do not make. A command of the app that makes it "
        "can be run by a hook in masonite_app_before_activate.",
    ),
)


def find_advice(text: str, of_request: bool = False) -> str:
    """Return what to do about the first of these errors that a text holds; empty if it holds none."""
    searched = text[-SEARCHED_CHARACTERS:]
    for error in (*ERRORS_OF_REQUESTS, *FOREIGN_ERRORS) if of_request else FOREIGN_ERRORS:
        found = re.search(error.pattern, searched)
        if found is not None:
            name = next((text for text in found.groupdict().values() if text), "")
            package = HEADER_PACKAGES.get(
                name, f"the Debian package that has {name} (apt-file search {name})"
            )
            return error.advice.format(name=name, package=package)
    return ""
