# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that cannot leave their place in NGINX's configuration."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Any, Callable

from ansible.errors import AnsibleFilterError

LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
HOST = rf"{LABEL}(?:\.{LABEL})*"
# Neither control characters nor what has a meaning inside quotes, variables included; no blank at either end.
TEXT = r"(?! )[^\x00-\x1f\x7f-\x9f\u2028\u2029\"'\\$]+(?<! )"
TIME = r"\d{1,9}(?:ms|[smhdwMy])?"
LEVEL = r"(?:debug|info|notice|warn|error|crit|alert|emerg)"
SYSLOG = r"syslog:[A-Za-z0-9=:,._/\[\]-]+"
PLAIN = re.compile(r"[A-Za-z0-9/._:@%+,~=*\[\]-]+")
PATHS = ("access_log", "error_log", "file_in", "files_below", "from", "location", "path", "socket")


@dataclass(frozen=True)
class Kind:
    """A pattern for the whole value, what it allows in words, and how a value is written."""

    pattern: str
    allowed: str
    write: Callable[[str], str] = str
    longest: int = 4096


def _quote(value: str) -> str:
    """The value in quotes unless it needs none."""
    return value if PLAIN.fullmatch(value) else f'"{value}"'


def _write_from(value: str) -> str:
    """The parameter of disable_symlinks: its quotes enclose the whole word."""
    return _quote(f"from={value}")


def _write_files_below(value: str) -> str:
    """A pattern for what is below a location; the rest of the path becomes a variable.

    Names that begin with a dot are left to another location, which refuses them.
    """
    return f'"^{re.escape(value)}(?!(?:.*/)?\\.)(?<static_file>.+)$"'


def _write_file_in(value: str) -> str:
    """The file of that variable in a directory."""
    return f'"{value}/$static_file"'


def _write_server_name(value: str) -> str:
    """An IPv6 address stands in brackets, as in a Host header."""
    return f"[{value}]" if ":" in value and not value.startswith("[") else value


def _write_log(value: str) -> str:
    path, space, level = value.rpartition(" ")
    if space and re.fullmatch(LEVEL, level):
        return f"{_quote(path)} {level}"
    return _quote(value)


KINDS = {
    "name": Kind(
        r"[A-Za-z0-9_][A-Za-z0-9._-]*",
        "letters, digits, '.', '_' and '-', not beginning with '.' or '-'",
        longest=200,
    ),
    "server_name": Kind(
        rf"(?:\*\.)?{HOST}|\[?[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\]?",
        "a host name such as blog.example.org, a wildcard such as *.example.org, or an IP address: no "
        "scheme, no port, no path, other letters than a to z as xn--…",
        _write_server_name,
        253,
    ),
    "listen": Kind(
        rf"(?:(?:(?:\*|\[[0-9A-Fa-f:.]+\]|{HOST}):)?\d{{1,5}}|\d+(?:\.\d+){{3}}|\[[0-9A-Fa-f:.]+\]"
        r"|unix:/[A-Za-z0-9._/@+-]+)(?: [a-z0-9_]+(?:=[A-Za-z0-9:._]+)?)*",
        "an address, a port or both, as NGINX's listen takes them, such as 127.0.0.1:8081 or [::]:443 ssl",
    ),
    "address": Kind(
        r"[0-9A-Fa-f:.]+(?:/\d{1,3})?", "an IP address or a network, such as 10.0.0.0/8 or 2001:db8::/32"
    ),
    "port": Kind(r"\d{1,5}", "a port from 1 to 65535"),
    "number": Kind(r"\d{1,9}", "a whole number, 0 or more"),
    "size": Kind(r"\d{1,9}[kKmMgG]?", "a size such as 512k, 10m or 1g"),
    "expires": Kind(
        rf"epoch|max|off|-?{TIME}|@{TIME}(?:{TIME})?|modified [+-]?{TIME}",
        "a time such as 1h or 7d, or epoch, max or off",
    ),
    "media_type": Kind(r"[A-Za-z0-9.+-]+/[A-Za-z0-9.+*-]+|\*", "a media type such as text/css"),
    "location": Kind(
        rf"/(?:{TEXT})?", "a path that begins with '/', without '..', quotes, '$' and '\\'", _quote
    ),
    "files_below": Kind(
        rf"/(?:{TEXT})?",
        "a path that begins with '/', without '..', quotes, '$' and '\\'",
        _write_files_below,
    ),
    "file_in": Kind(
        rf"/(?:{TEXT})?", "a path that begins with '/', without '..', quotes, '$' and '\\'", _write_file_in
    ),
    "path": Kind(rf"/(?:{TEXT})?", "a path that begins with '/', without '..', quotes, '$' and '\\'", _quote),
    "from": Kind(
        rf"/(?:{TEXT})?", "a path that begins with '/', without '..', quotes, '$' and '\\'", _write_from
    ),
    "socket": Kind(
        r"/[A-Za-z0-9._/@+-]+", "a path that begins with '/', of letters, digits and . _ / @ + -", longest=107
    ),
    "access_log": Kind(rf"off|/{TEXT}|{SYSLOG}", "off, a path that begins with '/', or syslog:…", _quote),
    "error_log": Kind(
        rf"(?:stderr|/{TEXT}|{SYSLOG})(?: {LEVEL})?",
        "a path that begins with '/', or syslog:…, with or without a level such as warn",
        _write_log,
    ),
}


def _is_wrong(text: str, kind: str) -> bool:
    """Whether a value of the right form is still no value of that kind."""
    if kind == "address":
        return not _is_network(text)
    if kind == "server_name":
        is_address = ":" in text or re.fullmatch(r"[0-9.]+", text) is not None
        unpaired = text.startswith("[") != text.endswith("]")
        return unpaired or (is_address and not _is_network(text.strip("[]")))
    if kind == "port":
        return not 1 <= int(text) <= 65535
    return kind in PATHS and ".." in text.split("/")


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def nginx_value(value: Any, kind: str, setting: str = "the value") -> str:
    """The value as it stands in NGINX's configuration."""
    if kind not in KINDS:
        raise AnsibleFilterError(f"nginx_value knows no kind {kind!r}, only {', '.join(sorted(KINDS))}.")
    rule = KINDS[kind]
    text = str(value)
    has_form = isinstance(value, (str, int)) and not isinstance(value, bool) and len(text) <= rule.longest
    if not has_form or not re.fullmatch(rule.pattern, text, re.ASCII) or _is_wrong(text, kind):
        raise AnsibleFilterError(f"{setting} has {text!r}; allowed is {rule.allowed}.")
    return rule.write(text)


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"nginx_value": nginx_value}
