# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an instance is: its paths, its uWSGI configuration, and the id that stands for all of it."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Union

from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_errors import InstanceError

OptionValue = Union[str, int, bool, Sequence[Union[str, int]]]

ID_LENGTH = 10
ID_PATTERN = re.compile(r"\A[0-9a-f]{10}(r[0-9]+)?\Z")
LONGEST_SOCKET_PATH = 102
PUBLIC_SUFFIX = ".public"
# Stands for the id while the id is not known yet: the id is a hash of the text it will be put into.
PLACEHOLDER = "0000000000"

SET_BY_OPTION = {
    "socket": "socket",
    "uwsgi-socket": "socket",
    "s": "socket",
    "pidfile": "pidfile",
    "pidfile2": "pidfile",
    "safe-pidfile": "pidfile",
    "safe-pidfile2": "pidfile",
    "chdir": "chdir",
    "chdir2": "chdir",
    "module": "module",
    "wsgi": "module",
    "w": "module",
    "virtualenv": "virtualenv",
    "venv": "virtualenv",
    "home": "virtualenv",
    "pyhome": "virtualenv",
    "H": "virtualenv",
    "processes": "processes",
    "workers": "processes",
    "p": "processes",
    "threads": "threads",
    "uid": "user",
    "gid": "group",
    "umask": "umask",
    "env": "environment",
    "logto": "log",
    "logto2": "log",
    "daemonize": "service_manager",
    "d": "service_manager",
    "daemonize2": "service_manager",
}
SET_BY_MODULE = (
    "master",
    "master-fifo",
    "need-app",
    "strict",
    "die-on-term",
    "vacuum",
    "stats",
    "stats-server",
    "chmod-socket",
    "chown-socket",
    "binary-path",
)
SECOND_LISTENERS = (
    "http",
    "http-socket",
    "https",
    "https-socket",
    "https-socket-with-header",
    "http11-socket",
    "fastcgi-socket",
    "scgi-socket",
    "raw-socket",
    "puwsgi-socket",
    "suwsgi-socket",
    "udp",
    "emperor",
    "zerg",
    "zerg-server",
)
LOADS_AN_APP = ("wsgi-file", "file", "mount", "pyrun", "paste", "pecan", "web3", "psgi", "rack", "pump")
OPTION_NAME = re.compile(r"\A[A-Za-z0-9][A-Za-z0-9_.+-]*\Z")
# Cookies and query of a request: uWSGI's own 4096 bytes are less than what web servers let through.
DEFAULTS = {"enable-threads": "true", "single-interpreter": "true", "buffer-size": "32768"}
ALIASES = {"buffer-size": "b"}


@dataclass(frozen=True)
class Files:
    """The private files of one instance."""

    id: str
    socket: str
    pidfile: str
    fifo: str
    stats: str
    ini: str
    record: str
    published: str
    environment: str

    @property
    def runtime(self) -> tuple[str, ...]:
        return (self.socket, self.pidfile, self.fifo, self.stats)


@dataclass(frozen=True)
class Paths:
    """Where the instances of one name live; the first three are what the world sees.

    The user of the instances can write in `runtime_dir`, so root publishes their sockets in `public_dir`.
    """

    name: str
    socket: str
    pidfile: str
    root: str | None
    runtime_dir: str
    config_dir: str

    def files(self, instance_id: str) -> Files:
        base = os.path.join(self.runtime_dir, instance_id)
        config = os.path.join(self.config_dir, instance_id)
        return Files(
            instance_id,
            base + ".sock",
            base + ".pid",
            base + ".fifo",
            base + ".stats",
            config + ".ini",
            config + ".json",
            os.path.join(self.public_dir, instance_id + ".sock"),
            config + ".env",
        )

    @property
    def public_dir(self) -> str:
        """Directory of hard links to the instances' sockets, where only root can write."""
        return self.runtime_dir + PUBLIC_SUFFIX

    @property
    def lock(self) -> str:
        return os.path.join(self.config_dir, "lock")

    @property
    def unit_stem(self) -> str:
        """What the names of this name's systemd units begin with."""
        plain = re.sub(r"[^A-Za-z0-9_.-]", "_", self.name)
        if plain != self.name:
            plain += "_" + hashlib.sha256(self.name.encode()).hexdigest()[:6]
        return f"uwsgi-{plain}-"

    def unit(self, instance_id: str) -> str:
        return f"{self.unit_stem}{instance_id}.service"

    def check(self) -> None:
        longest = self.files("0" * ID_LENGTH + "r99").stats
        if len(os.fsencode(longest)) > LONGEST_SOCKET_PATH:
            raise InstanceError(
                f"runtime_dir {self.runtime_dir} is too long: uWSGI refuses socket paths over "
                f"{LONGEST_SOCKET_PATH} characters, and {longest} has {len(os.fsencode(longest))}. "
                "Choose a shorter runtime_dir.",
                stage="configure",
            )
        if self.runtime_dir.endswith(PUBLIC_SUFFIX):
            raise InstanceError(
                f"runtime_dir {self.runtime_dir} ends with {PUBLIC_SUFFIX}, as do the directories in which "
                "this module publishes sockets. Choose another runtime_dir.",
                stage="configure",
            )
        folders = tuple(os.path.normpath(path) + os.sep for path in (self.runtime_dir, self.public_dir))
        for option in ("socket", "pidfile", "root"):
            value = getattr(self, option)
            if value and os.path.normpath(value).startswith(folders):
                raise InstanceError(
                    f"{option} {value} lies inside runtime_dir {self.runtime_dir} or {self.public_dir}, "
                    "which belong to the instances themselves. Choose a path outside of them.",
                    stage="configure",
                )


def default_config_dir(name: str) -> str:
    if os.geteuid() == 0:
        return os.path.join("/etc/uwsgi-instances", name)
    return os.path.join(os.path.expanduser("~"), ".config", "uwsgi-instances", name)


def make_paths(params: Mapping[str, Any]) -> Paths:
    name = params["name"]
    if not name or name in (".", "..") or "/" in name or any(ord(char) < 32 for char in name):
        raise InstanceError(f"name {name!r} cannot be the name of a directory.", stage="configure")
    public = _absolute("socket", params["socket"])
    stem = public[: -len(".sock")] if public.endswith(".sock") else public
    paths = Paths(
        name=name,
        socket=public,
        pidfile=_absolute("pidfile", params.get("pidfile") or stem + ".pid"),
        root=_absolute("root", params["root"]) if params.get("root") else None,
        runtime_dir=_absolute(
            "runtime_dir", params.get("runtime_dir") or os.path.join(os.path.dirname(public), name)
        ),
        config_dir=_absolute("config_dir", params.get("config_dir") or default_config_dir(name)),
    )
    paths.check()
    return paths


def _absolute(option: str, path: str) -> str:
    if not path.startswith("/") or any(char in path for char in "\n\r\0"):
        raise InstanceError(f"{option} must be an absolute path, not {path!r}.", stage="configure")
    return os.path.normpath(path)


@dataclass(frozen=True)
class Settings:
    """Everything that makes an instance what it is, apart from where it lives."""

    chdir: str
    module: str | None
    virtualenv: str | None
    binary: str
    processes: int
    threads: int
    user: str | None
    group: str | None
    umask: str
    manager: str
    options: dict[str, OptionValue] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    watch: tuple[str, ...] = ()
    writable_paths: tuple[str, ...] = ()
    log: str | None = None
    visible_paths: tuple[str, ...] = ()
    hidden_paths: tuple[str, ...] = ()
    memory_max: str = ""
    tasks_max: int | None = None


def check_options(options: Mapping[str, Any]) -> None:
    """Refuses, by name, what would fight with the module or make a handover impossible."""
    for key, value in options.items():
        plain = key.replace("_", "-")
        if not OPTION_NAME.match(key):
            raise InstanceError(f"options: {key!r} is not a name of a uWSGI option.", stage="configure")
        if plain in SET_BY_OPTION:
            raise InstanceError(
                f"options: {key!r} belongs to this module; use its option {SET_BY_OPTION[plain]!r} instead.",
                stage="configure",
            )
        if plain in SET_BY_MODULE:
            raise InstanceError(
                f"options: {key!r} belongs to this module, which needs it as it is to start, watch "
                "and end the instance.",
                stage="configure",
            )
        if plain in SECOND_LISTENERS:
            raise InstanceError(
                f"options: {key!r} would open a second listener, and while an old and a new instance "
                "overlap both cannot have it. Let the web server speak to the socket.",
                stage="configure",
            )
        for part in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(part, (dict, list, tuple)) or part is None:
                raise InstanceError(
                    f"options: the value of {key!r} must be a string, a number, a boolean or a list "
                    "of these.",
                    stage="configure",
                )
            _one_line("options", key, str(part))


def check_environment(environment: Mapping[str, Any]) -> None:
    for key, value in environment.items():
        if not re.match(r"\A[A-Za-z_][A-Za-z0-9_]*\Z", key):
            raise InstanceError(
                f"environment: {key!r} is not a name of an environment variable.", stage="configure"
            )
        _one_line("environment", key, str(value))


def _one_line(option: str, key: str, value: str) -> None:
    if any(char in value for char in "\n\r\0"):
        raise InstanceError(f"{option}: the value of {key!r} must be one line.", stage="configure")


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def render_ini(settings: Settings, files: Files) -> str:
    """The uWSGI configuration; plugins come first, for without them the rest is unknown to `strict`."""
    lines: list[tuple[str, str]] = []
    extra = {key.replace("_", "-"): value for key, value in settings.options.items()}
    for key in ("plugins-dir", "plugin-dir", "plugin", "plugins", "need-plugin", "need-plugins"):
        if key in extra:
            lines += _pairs(key, extra.pop(key))
    lines += [
        ("strict", "true"),
        ("master", "true"),
        ("need-app", "true"),
        ("die-on-term", "true"),
        ("vacuum", "true"),
    ]
    lines += [(key, value) for key, value in DEFAULTS.items() if not extra.keys() & {key, ALIASES.get(key)}]
    lines += [
        ("binary-path", _escape(settings.binary)),
        ("socket", _escape(files.socket)),
        ("chmod-socket", "660"),
        ("pidfile", _escape(files.pidfile)),
        ("master-fifo", _escape(files.fifo)),
        ("stats", _escape(files.stats)),
        ("chdir", _escape(settings.chdir)),
    ]
    if settings.virtualenv:
        lines.append(("virtualenv", _escape(settings.virtualenv)))
    if settings.module:
        lines.append(("module", settings.module))
    lines.append(("processes", str(settings.processes)))
    if settings.threads > 1:
        lines.append(("threads", str(settings.threads)))
    for key, value in extra.items():
        lines += _pairs(key, value)
    return "[uwsgi]\n" + "".join("{} = {}\n".format(*pair) for pair in lines)


def _pairs(key: str, value: Any) -> list[tuple[str, str]]:
    values = value if isinstance(value, (list, tuple)) else [value]
    return [(key, _written(part)) for part in values]


def _escape(path: str) -> str:
    return path.replace("%", "%%")


def identity(ini: str, unit: str, settings: Settings, watched: Mapping[str, str]) -> str:
    """The short hash that is the instance's id. Both texts are rendered for the placeholder id."""
    facts = {
        "ini": ini,
        "unit": unit,
        "manager": settings.manager,
        "user": settings.user,
        "group": settings.group,
        "umask": settings.umask,
        "environment": settings.environment,
        "watched": dict(watched),
        "log": settings.log if settings.manager == "none" else None,
    }
    text = json.dumps(facts, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:ID_LENGTH]


def base_id(instance_id: str) -> str:
    """The id without the number that tells apart two instances of one configuration."""
    return instance_id[:ID_LENGTH]
