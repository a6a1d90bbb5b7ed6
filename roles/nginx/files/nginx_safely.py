# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Change NGINX's configuration without ever leaving a broken one on disk, or losing what a person wrote.

nginx-safely apply             do what the request on standard input (JSON) says; load what is not loaded yet
nginx-safely remove NAME...    remove a site; load what is not loaded yet
nginx-safely reload            load what is not loaded yet, and wait until it serves
nginx-safely check FILE DEST   test the whole configuration with FILE in the place of DEST; touches nothing

Prints a line for each change it makes, and nothing when there was nothing to do. Exit codes: 1 NGINX refuses
or cannot load the configuration, 2 wrong arguments, 3 a file was written or edited by a person or a program.
"""

from __future__ import annotations

import argparse
import difflib
import grp
import hashlib
import json
import os
import pwd
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

TEST_TIMEOUT = 60
RELOAD_TIMEOUT = 30
GRAVE = r"^\[(emerg|alert|crit)\]|conflicting server name"
MARK = b"(role masonite.deploy.nginx)"
NGINX_CONF = Path("nginx.conf")
LIMITS_FILE = Path("modules-enabled/60-masonite-deploy.conf")
DEFAULT_SITE = Path("sites-enabled/default")
# Content in the place of each file; None for a file that is not there.
Overlay = Mapping[Path, "bytes | None"]
EXIT_CODES = {"nginx_refuses": 1, "failed": 1, "request": 2, "foreign_file": 3}
HINTS = {
    "duplicate default server": (
        "Another file answers unknown host names already: nginx_default_server: false leaves that to it."
    ),
    "directive is duplicate": "Another file sets this directive already: remove it there, or here.",
    "duplicate location": (
        "A location can be given once; nginx_site_denied and nginx_site_static make locations, too."
    ),
}


class Refused(Exception):
    """The change cannot or must not be made; the reason is for programs."""

    def __init__(self, message: str, reason: str = "nginx_refuses") -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class File:
    """A file of NGINX's configuration, named relative to its directory."""

    name: Path
    content: bytes
    # What versions that kept no records wrote for the same settings.
    before: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Request:
    """What the configuration has to be."""

    files: tuple[File, ...] = ()
    enable: tuple[str, ...] = ()
    # Replace files under the request's own names, whoever wrote them; other files are replaced by their path.
    replace: bool = False
    replaces: tuple[Path, ...] = ()
    # 0: the limits of connections are left as they are.
    connections: int = 0
    remove_default_site: bool = False
    # Log files that other users must not read, with the user and the group that may.
    logs: tuple[Path, ...] = ()
    log_user: str = "www-data"
    log_group: str = "adm"
    # What a run that changes something would have done before this request.
    assume: Request | None = None

    @classmethod
    def read(cls, text: str) -> Request:
        """The request in a text, which may begin with other words."""
        try:
            return cls.parse(json.loads(text[text.index("{") :]))
        except (ValueError, LookupError, TypeError, AttributeError, argparse.ArgumentTypeError) as error:
            raise Refused(f"This is not a request: {error!r}", "request") from error

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Request:
        return cls(
            files=tuple(
                File(
                    _below(name),
                    item["content"].encode(),
                    tuple(text.encode() for text in item.get("before", ())),
                )
                for name, item in values.get("files", {}).items()
            ),
            enable=tuple(_site_name(name) for name in values.get("enable", ())),
            replace=bool(values.get("replace", False)),
            replaces=tuple(Path(path) for path in values.get("replaces", ())),
            connections=int(values.get("connections", 0)),
            remove_default_site=bool(values.get("remove_default_site", False)),
            logs=tuple(Path(path) for path in values.get("logs", ())),
            log_user=str(values.get("log_user", "www-data")),
            log_group=str(values.get("log_group", "adm")),
            assume=cls.parse(values["assume"]) if values.get("assume") else None,
        )


@dataclass(frozen=True)
class Step:
    """One change that is made at once: a file written, a link set, or a file or link removed."""

    name: Path
    content: bytes | None = None
    target: Path | None = None

    def describe(self, config: Path) -> str:
        verb = "enabled" if self.target else "removed" if self.content is None else "wrote"
        return f"{verb} {config / self.name}"


@dataclass
class Plan:
    """The steps from the configuration on disk to the one that was asked for."""

    steps: list[Step] = field(default_factory=list)
    keep: list[Path] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    # Files that are as they have to be: they are on record from now on, also if no version recorded them.
    equal: list[File] = field(default_factory=list)
    assumed: dict[Path, bytes | None] = field(default_factory=dict)

    def overlay(self, steps: list[Step]) -> dict[Path, bytes | None]:
        found = dict(self.assumed)
        for step in steps:
            found[step.name] = step.content
        return found


class Records:
    """What was written by this program, in a directory that only root writes."""

    def __init__(self, directory: Path, config: Path) -> None:
        self.directory = directory
        self.config = config

    def hashes(self, name: Path) -> set[str]:
        try:
            lines = self._place(name).read_text().splitlines()
        except FileNotFoundError:
            return set()
        return {line.split()[0] for line in lines if line.strip()}

    def save(self, name: Path, hashes: set[str]) -> None:
        """Record, as sha256sum does. Two hashes: the file is one or the other, whenever a run is killed."""
        place = self._place(name)
        place.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        text = "".join(f"{digest}  {self.config / name}\n" for digest in sorted(hashes))
        write_file(place, text.encode())

    def forget(self, name: Path) -> None:
        self._place(name).unlink(missing_ok=True)

    def keep(self, name: Path) -> Path:
        """Copy a file to where NGINX does not read it."""
        directory = self.directory / "replaced"
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        stem = f"{name.name}.{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}"
        numbered = [stem, *(f"{stem}.{number}" for number in range(2, 1000))]
        copy = next(directory / text for text in numbered if not os.path.lexists(directory / text))
        shutil.copy2(self.config / name, copy)
        return copy

    def _place(self, name: Path) -> Path:
        return self.directory / name.parent / f"{name.name}.sha256"


@dataclass(frozen=True)
class Worker:
    """A worker process of the running NGINX."""

    pid: int
    started: float
    leaving: bool


class Nginx:
    """NGINX, its directory of configuration, and its running processes."""

    def __init__(self, config: Path, binary: str) -> None:
        self.config = config
        self.binary = binary

    def can_test(self) -> bool:
        return os.access(self.binary, os.X_OK) and (self.config / NGINX_CONF).is_file()

    def check(self, overlay: Overlay) -> None:
        """Raise Refused if NGINX would not serve with the overlay."""
        complaints = self.complaints(overlay)
        if not complaints:
            return
        before = self.complaints({})
        if all("[warn]" in line and line in before for line in complaints):
            return
        written = [name for name, content in overlay.items() if content is not None]
        # A site is named once, not again by its link.
        links = {
            Path("sites-enabled") / name.name for name in written if str(name.parent) == "sites-available"
        }
        named = [name for name in written if name not in links]
        verb = "refuses" if written else "cannot do without"
        lines = [f"NGINX {verb} {', '.join(str(self.config / name) for name in named or overlay)}:"]
        lines += complaints
        lines += _excerpts(complaints, overlay)
        lines += self._claims(complaints, overlay)
        lines += [hint for words, hint in HINTS.items() if any(words in line for line in complaints)]
        if not all("[warn]" in line for line in before):
            lines.append(
                "The configuration on the server is refused without this change, too: correct that first."
            )
        raise Refused("\n".join([*lines, "Nothing was changed: what NGINX served before, it still serves."]))

    def _claims(self, complaints: list[str], overlay: Overlay) -> Iterator[str]:
        """Which files have the host name already, and what to do."""
        for host in sorted(set(re.findall(r'conflicting server name "([^"]+)"', "\n".join(complaints)))):
            for directory in ("sites-enabled", "conf.d"):
                for path in sorted((self.config / directory).glob("*")):
                    words = (
                        path.read_text(errors="replace").replace(";", " ").split() if path.is_file() else []
                    )
                    if host in words and path.relative_to(self.config) not in overlay:
                        yield (
                            f"{host} belongs to {path}: remove it there first, or replace that file by "
                            f"nginx_site_replaces: [{path}] (a copy is kept)."
                        )

    def complaints(self, overlay: Overlay) -> list[str]:
        """What NGINX says against a copy of the configuration with the overlay."""
        with tempfile.TemporaryDirectory(prefix="nginx-safely-") as directory:
            shadow = Path(directory)
            self._copy_to(shadow)
            for name, content in overlay.items():
                place = shadow / name
                place.unlink(missing_ok=True)
                if content is not None:
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_bytes(self._shadowed(name, content, shadow))
            run = self.run("-t", "-c", str(shadow / NGINX_CONF))
            # Neither the time nor the process is part of what is wrong.
            found = re.findall(r"(?m)(\[\w+\]) (?:\d+#\d+: )?(.*)$", run.stderr)
            said = [f"{level} {text}".replace(directory, str(self.config)) for level, text in found]
            # A host name claimed twice is a warning to NGINX; to its owner it is a site that is never served.
            grave = [line for line in said if re.search(GRAVE, line)]
            if run.returncode and not grave:
                return [*said, *run.stderr.splitlines()[-5:], f"exit code {run.returncode}"]
            return grave

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.binary, *arguments], check=False, capture_output=True, text=True, timeout=TEST_TIMEOUT
        )

    def _copy_to(self, shadow: Path) -> None:
        """Rewrite the files that name the directory, and link to all others: they may be keys."""
        for directory, directories, files in os.walk(self.config):
            here = shadow / Path(directory).relative_to(self.config)
            here.mkdir(exist_ok=True)
            for name in [*directories, *files]:
                source = Path(directory) / name
                if source.is_symlink() or not (source.is_file() or source.is_dir()):
                    (here / name).symlink_to(self._moved_path(source.resolve(), shadow))
                elif source.is_file():
                    text = source.read_bytes()
                    moved = self._shadowed(source.relative_to(self.config), text, shadow)
                    if moved == text:
                        (here / name).symlink_to(source)
                    else:
                        (here / name).write_bytes(moved)

    def _shadowed(self, name: Path, text: bytes, shadow: Path) -> bytes:
        """A file of the configuration as it has to be in the copy."""
        config = re.escape(str(self.config).encode())
        path = str(shadow).encode()
        moved = re.sub(rb"(?<![\w./-])" + config + rb"(?![\w.-])", lambda _match: path, text)
        if name == NGINX_CONF:
            return re.sub(rb"(?m)^\s*pid\s[^;]*;", b"pid " + path + b"/nginx.pid;", moved)
        return moved

    def _moved_path(self, path: Path, shadow: Path) -> Path:
        try:
            return shadow / path.relative_to(self.config.resolve())
        except ValueError:
            return path

    def reload(self, dry_run: bool, pending: bool = False) -> Iterator[str]:
        """Load what is on disk if a worker is older than it; return when none serves by what was before."""
        master = self._master()
        before = [worker for worker in self._workers(master) if not worker.leaving] if master else []
        if master is None:
            return
        if before and not pending and self._changed_at() <= min(worker.started for worker in before):
            return
        if not dry_run:
            self._reload(master, {worker.pid for worker in before})
        yield "loaded the configuration"

    def _reload(self, master: int, before: set[int]) -> None:
        log = Path("/var/log/nginx/error.log")
        size = log.stat().st_size if log.exists() else 0
        # Start times are known to 10 ms: workers must be seen to be younger than the change.
        time.sleep(0.03)
        run = self.run("-s", "reload", "-c", str(self.config / "nginx.conf"))
        if run.returncode:
            raise Refused(
                f"{run.stderr.strip()}\nThe configuration was not loaded: NGINX still serves the one before.",
                "failed",
            )
        deadline = time.monotonic() + RELOAD_TIMEOUT
        while time.monotonic() < deadline:
            serving = {worker.pid for worker in self._workers(master) if not worker.leaving}
            if serving and not serving & before:
                return
            time.sleep(0.01)
        last = log.read_bytes()[size:].decode(errors="replace").splitlines()[-10:] if log.exists() else []
        said = [
            f"NGINX did not load the configuration in {RELOAD_TIMEOUT} s; it still serves the one before."
        ]
        raise Refused("\n".join([*said, *(f"{log}: {line}" for line in last)]), "failed")

    def _changed_at(self) -> float:
        return max(
            os.lstat(os.path.join(directory, name)).st_ctime
            for directory, directories, files in os.walk(self.config)
            for name in ["", *directories, *files]
        )

    def _master(self) -> int | None:
        text = (self.config / "nginx.conf").read_text(errors="replace") if self.config.exists() else ""
        match = re.search(r"(?m)^\s*pid\s+([^;\s]+)\s*;", text)
        try:
            pid = int(Path(match.group(1) if match else "/run/nginx.pid").read_text())
            return pid if Path(f"/proc/{pid}/comm").read_text().strip() == "nginx" else None
        except (OSError, ValueError):
            return None

    def _workers(self, master: int) -> list[Worker]:
        ticks = os.sysconf("SC_CLK_TCK")
        booted = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
        workers = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                fields = (process / "stat").read_text().rpartition(")")[2].split()
                title = (process / "cmdline").read_text(errors="replace")
            except OSError:
                continue
            if int(fields[1]) == master and "worker process" in title:
                started = booted + int(fields[19]) / ticks
                workers.append(
                    Worker(int(process.name), started, "shutting down" in title or fields[0] == "Z")
                )
        return workers


class Configuration:
    """NGINX's configuration on disk, and who wrote what in it."""

    def __init__(self, nginx: Nginx, records: Records, packages: Path) -> None:
        self.nginx = nginx
        self.config = nginx.config
        self.records = records
        self.packages = packages

    def apply(self, request: Request, dry_run: bool, diff: bool) -> Iterator[str]:
        plan = self._plan(request)
        if plan.foreign:
            raise Refused(self._refusal(plan.foreign, request), "foreign_file")
        if plan.steps and (self.nginx.can_test() or not dry_run):
            plan = self._tested(plan)
        for step in plan.steps if diff else []:
            yield from self._difference(step)
        if not dry_run:
            self._record(plan.equal)
            yield from self._make(self._in_safe_order(plan))
        else:
            yield from (f"kept a copy of {self.config / name}" for name in plan.keep)
            yield from (step.describe(self.config) for step in plan.steps)
        # Before NGINX opens them: it would make them readable for all users.
        for path in request.logs:
            yield from close_log(path, request.log_user, request.log_group, dry_run)
        yield from self.nginx.reload(dry_run, pending=bool(plan.steps))

    def _plan(self, request: Request) -> Plan:
        plan = Plan()
        if request.assume:
            before = self._plan(request.assume)
            plan.assumed = before.overlay(before.steps)
        allowed = {self._name_of(path) for path in request.replaces}
        files = [*request.files, *self._limit_files(request.connections)]
        own = {file.name for file in files} | {Path("sites-enabled") / site for site in request.enable}
        for file in files:
            self._plan_file(plan, file, request.replace or file.name in allowed)
        for site in request.enable:
            file = next(file for file in files if file.name == Path("sites-available") / site)
            self._plan_link(plan, file, request.replace or Path("sites-enabled") / site in allowed)
        for name in sorted(allowed - own):
            self._plan_removal(plan, name)
        if request.remove_default_site and DEFAULT_SITE not in allowed:
            self._plan_default_site(plan, request.replace)
        self._plan_limits(plan, request.connections)
        return plan

    def _plan_file(self, plan: Plan, file: File, may_replace: bool) -> None:
        found = self._read(file.name)
        if found == file.content:
            plan.equal.append(file)
            return
        if found is not None and not self._is_ours(file, found):
            if not may_replace:
                plan.foreign.append(self._describe(file, file.name, found))
            plan.keep.append(file.name)
        plan.steps.append(Step(file.name, file.content))

    def _plan_link(self, plan: Plan, file: File, may_replace: bool) -> None:
        name = Path("sites-enabled") / file.name.name
        link = self.config / name
        if link.is_symlink() and link.resolve() == (self.config / file.name).resolve():
            return
        found = self._read(name)
        if found is not None and found != file.content and not self._is_ours(file, found):
            if not may_replace:
                plan.foreign.append(self._describe(file, name, found))
            plan.keep.append(name)
        plan.steps.append(Step(name, file.content, Path("..") / file.name))

    def _plan_removal(self, plan: Plan, name: Path) -> None:
        """A file that was named to be replaced: a site is disabled, and stays in sites-available."""
        path = self.config / name
        if not os.path.lexists(path):
            return
        places = [name]
        if name.parent == Path("sites-available"):
            links = sorted((self.config / "sites-enabled").glob("*"))
            places = [link.relative_to(self.config) for link in links if link.resolve() == path.resolve()]
        if places and path.is_file():
            plan.keep.append(name)
        plan.steps += [Step(place) for place in places]

    def _plan_default_site(self, plan: Plan, may_replace: bool) -> None:
        """The distribution's default site is removed; one that a person has edited is theirs."""
        found = self._read(DEFAULT_SITE)
        if not os.path.lexists(self.config / DEFAULT_SITE):
            return
        if found is not None and not self._is_of_package(Path("sites-available/default"), found):
            if not may_replace:
                plan.foreign.append(
                    f"{self.config / DEFAULT_SITE} would be removed, but is not the default site of NGINX's "
                    "package: it was edited. nginx_default_server: false keeps it."
                )
            plan.keep.append(DEFAULT_SITE)
        plan.steps.append(Step(DEFAULT_SITE))

    def _is_of_package(self, name: Path, found: bytes) -> bool:
        """Whether dpkg's records have this content for a file of the configuration."""
        digest = hashlib.md5(found, usedforsecurity=False).hexdigest()
        try:
            records = self.packages.read_text(errors="replace")
        except OSError:
            return False
        return re.search(rf"(?m)^ {re.escape(str(self.config / name))} {digest}( |$)", records) is not None

    def _limit_files(self, connections: int) -> list[File]:
        """The limit of open files, where nginx.conf reads other files for it and has none of its own."""
        text = self._read(NGINX_CONF) or b""
        if not connections or b"modules-enabled/*.conf" not in text or _has(text, b"worker_rlimit_nofile"):
            return []
        number = max(connections, _number_of(text, b"worker_connections"))
        mark = b"# Written by Ansible " + MARK + b". A connection to an app is a second open file.\n"
        return [File(LIMITS_FILE, mark + b"worker_rlimit_nofile %d;\n" % (2 * number))]

    def _plan_limits(self, plan: Plan, connections: int) -> None:
        """nginx.conf stays its owner's: only a number of connections that is too low is raised."""
        found = self._read(NGINX_CONF)
        if not connections or found is None or _number_of(found, b"worker_connections") >= connections:
            return
        wanted = _with_connections(found, connections)
        if not self._limit_files(connections) and not _has(found, b"worker_rlimit_nofile"):
            wanted = b"worker_rlimit_nofile %d;\n" % (2 * connections) + wanted
        if wanted == found:
            return
        if digest_of(found) not in self.records.hashes(NGINX_CONF):
            plan.keep.append(NGINX_CONF)
        plan.steps.append(Step(NGINX_CONF, wanted))

    def _tested(self, plan: Plan) -> Plan:
        """The plan that NGINX accepts: a directive that the server's owner has set elsewhere is left out."""
        for _attempt in range(50):
            overlay = plan.overlay(plan.steps)
            found = _duplicate(self.nginx.complaints(overlay), overlay)
            if found is None:
                self.nginx.check(overlay)
                break
            name, content = found
            plan.assumed = {key: content if key == name else value for key, value in plan.assumed.items()}
            plan.steps = [
                replace(step, content=content) if step.name == name else step for step in plan.steps
            ]
        return replace(plan, steps=[step for step in plan.steps if self._is_change(step)])

    def _is_change(self, step: Step) -> bool:
        if step.target is not None:
            return True
        if step.content is None:
            return os.path.lexists(self.config / step.name)
        return step.content != self._read(step.name)

    def _in_safe_order(self, plan: Plan) -> Plan:
        """The steps in an order in which NGINX could start after each of them."""
        for steps in (plan.steps, plan.steps[::-1]):
            parts = [steps[:count] for count in range(1, len(steps))]
            if not any(
                "[warn]" not in line for part in parts for line in self.nginx.complaints(plan.overlay(part))
            ):
                return replace(plan, steps=steps)
        return plan

    def _record(self, files: list[File]) -> None:
        for file in files:
            digest = digest_of(file.content)
            if self.records.hashes(file.name) != {digest}:
                self.records.save(file.name, {digest})

    def _make(self, plan: Plan) -> Iterator[str]:
        for name in plan.keep:
            yield f"kept a copy of {self.config / name} in {self.records.keep(name)}"
        for step in plan.steps:
            path = self.config / step.name
            if step.target is not None:
                replace_by_link(path, step.target)
            elif step.content is None:
                path.unlink()
            else:
                found = self._read(step.name)
                before = {digest_of(found)} if found is not None else set()
                self.records.save(step.name, {*before, digest_of(step.content)})
                write_file(path, step.content)
                self.records.save(step.name, {digest_of(step.content)})
            yield step.describe(self.config)

    def _is_ours(self, file: File, found: bytes) -> bool:
        return found in file.before or digest_of(found) in self.records.hashes(file.name)

    def _describe(self, file: File, name: Path, found: bytes) -> str:
        known = self.records.hashes(file.name) or MARK in found
        origin = "was edited since this role wrote it" if known else "was not written by this role"
        return f"{self.config / name} {origin}: {_difference_in_words(found, file)}"

    def _refusal(self, foreign: list[str], request: Request) -> str:
        setting = "nginx_site_replace" if request.enable else "nginx_replace"
        add_setting = "nginx_site_directives or nginx_site_snippets" if request.enable else "another file"
        kept = self.records.directory / "replaced"
        return "\n".join(
            [
                *foreign,
                "Nothing was changed: what NGINX served before, it still serves. Choose:",
                f"- keep what was added: put it into {add_setting}, then run once with {setting}: true;",
                f"- lose what was added: {setting}: true; a copy of the file is kept in {kept}.",
            ]
        )

    def _difference(self, step: Step) -> Iterator[str]:
        path = self.config / step.name
        if step.target is not None:
            return
        before = (self._read(step.name) or b"").decode(errors="replace").splitlines()
        after = (step.content or b"").decode(errors="replace").splitlines()
        names = (str(path) if before else "/dev/null", str(path) if after else "/dev/null")
        yield from difflib.unified_diff(before, after, names[0], names[1], lineterm="", n=2)

    def _read(self, name: Path) -> bytes | None:
        """What NGINX would read there."""
        try:
            return (self.config / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _name_of(self, path: Path) -> Path:
        try:
            name = path.relative_to(self.config)
        except ValueError:
            name = Path("..")
        if ".." in name.parts or name in (Path(), NGINX_CONF):
            raise Refused(
                f"{path} cannot be replaced: allowed are virtual hosts below {self.config}.", "request"
            )
        return name

    def remove(self, site: str, dry_run: bool, may_replace: bool) -> Iterator[str]:
        """Remove a site. What a person edited in it is kept; what only a person wrote is theirs."""
        file = File(Path("sites-available") / site, b"")
        names = [Path("sites-enabled") / site, file.name]
        plan = Plan(steps=[Step(name) for name in names if os.path.lexists(self.config / name)])
        for step in plan.steps:
            found = self._read(step.name)
            link = self.config / step.name
            if found is None or (link.is_symlink() and link.resolve() == (self.config / file.name).resolve()):
                continue
            if not self._is_ours(file, found):
                if not (may_replace or MARK in found or self.records.hashes(file.name)):
                    plan.foreign.append(self._describe(file, step.name, found))
                plan.keep.append(step.name)
        if plan.foreign:
            kept = self.records.directory / "replaced"
            choice = f"nginx_site_replace: true removes it; a copy of the file is kept in {kept}."
            raise Refused("\n".join([*plan.foreign, "Nothing was changed.", choice]), "foreign_file")
        if plan.steps and not dry_run:
            self.nginx.check(plan.overlay(plan.steps))
            yield from self._make(plan)
            self.records.forget(file.name)
        elif dry_run:
            yield from (f"kept a copy of {self.config / name}" for name in plan.keep)
            yield from (step.describe(self.config) for step in plan.steps)


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def write_file(path: Path, content: bytes) -> None:
    """Put a file in place as a whole, readable for all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            os.fchmod(descriptor, 0o644)
            stream.flush()
            os.fsync(descriptor)
        os.rename(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def close_log(path: Path, user: str, group: str, dry_run: bool) -> Iterator[str]:
    """Make a log file that only the user and the group can read, as logrotate does; a link is left alone."""
    flags = os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        found = os.lstat(path)
        if not stat.S_ISREG(found.st_mode) or not found.st_mode & 0o007:
            return
    except FileNotFoundError:
        flags |= os.O_CREAT | os.O_EXCL
    if not dry_run:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, flags, 0o600)
        try:
            os.fchown(descriptor, pwd.getpwnam(user).pw_uid, grp.getgrnam(group).gr_gid)
            os.fchmod(descriptor, 0o640)
        finally:
            os.close(descriptor)
    yield f"closed {path} to other users"


def replace_by_link(path: Path, target: Path) -> None:
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    temporary.replace(path)


def _has(text: bytes, directive: bytes) -> bool:
    return re.search(rb"(?m)^[^#\n]*\b" + directive + rb"\s", text) is not None


def _number_of(text: bytes, directive: bytes) -> int:
    match = re.search(rb"(?m)^[^#\n]*\b" + directive + rb"\s+(\d+)\s*;", text)
    return int(match.group(1)) if match else 0


def _with_connections(text: bytes, number: int) -> bytes:
    value = str(number).encode()
    found = rb"(?m)^([^#\n]*\bworker_connections\s+)\d+(\s*;)"
    if re.search(found, text):
        return re.sub(found, rb"\g<1>" + value + rb"\g<2>", text, count=1)
    return re.sub(
        rb"(?m)^([^#\n]*\bevents\s*\{)", rb"\g<1>\n\tworker_connections " + value + b";", text, count=1
    )


def _duplicate(complaints: list[str], overlay: Overlay) -> tuple[Path, bytes] | None:
    """The file without the directive of ours that NGINX has read in another file already."""
    pattern = r'^\[emerg\] "(\w+)" directive is duplicate in (\S+):(\d+)$'
    for match in filter(None, (re.match(pattern, line) for line in complaints)):
        directive, path, number = match.group(1), match.group(2), int(match.group(3))
        for name, content in overlay.items():
            if content is None or name.parent != Path("conf.d") or not path.endswith(f"/{name}"):
                continue
            lines = content.decode().splitlines()
            text = lines[number - 1]
            earlier = any(line.startswith(f"{directive} ") for line in lines[: number - 1])
            if not earlier and text.startswith(f"{directive} ") and text.endswith(";"):
                lines[number - 1] = f"# Set in another file already: {text}"
                return name, "\n".join([*lines, ""]).encode()
    return None


def _difference_in_words(found: bytes, file: File) -> str:
    """The one line that tells most about what is in a file that we would not write."""
    known = {line.strip() for text in (file.content, *file.before) for line in text.decode().splitlines()}
    lines = [line.strip() for line in found.decode(errors="replace").splitlines()]
    other = [(number, line) for number, line in enumerate(lines, 1) if line and line not in known]
    telling = [
        item
        for words in ("managed by Certbot", "listen 443", "ssl_certificate ")
        for item in other
        if words in item[1]
    ]
    if not other:
        return "lines of it were removed or moved."
    number, line = (telling or [item for item in other if not item[1].startswith("#")] or other)[0]
    more = f"; lines that differ: {len(other)}" if len(other) > 1 else ""
    return f'line {number} is "{line[:120]}"{more}.'


def _excerpts(problem: list[str], overlay: Overlay) -> list[str]:
    """The lines NGINX complains about: they cannot be looked up in a file that was refused."""
    found = re.findall(
        r" in \S*?/((?:sites-[a-z]+|conf\.d|snippets|modules-enabled)/\S+):(\d+)", "\n".join(problem)
    )
    excerpts = []
    for name in dict.fromkeys(Path(name) for name, _number in found):
        content = overlay.get(name) or overlay.get(Path("sites-available") / name.name)
        lines = (content or b"").decode(errors="replace").splitlines()
        for number in sorted({int(number) for other, number in found if Path(other) == name}):
            shown = range(max(1, number - 2), min(len(lines), number + 2) + 1)
            excerpts += [
                f"{'>' if current == number else ' '} {current:4} | {lines[current - 1]}" for current in shown
            ]
    return excerpts


def _names_of(name: Path) -> list[Path]:
    """Where NGINX reads a file from."""
    if name.parent == Path("sites-available"):
        return [name, Path("sites-enabled") / name.name]
    return [name]


def _below(text: str) -> Path:
    path = Path(text)
    if path.is_absolute() or ".." in path.parts or len(path.parts) != 2:
        raise ValueError(f"{text!r} is not a file below NGINX's directory")
    return path


def _site_name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not the name of a file in sites-available")
    return text


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="nginx-safely", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--config", type=Path, default=Path("/etc/nginx"), help="NGINX's directory (%(default)s)"
    )
    parser.add_argument("--nginx", default="/usr/sbin/nginx", help="NGINX's program (%(default)s)")
    parser.add_argument(
        "--records",
        type=Path,
        default=Path("/var/lib/masonite-deploy/nginx"),
        help="what was written, and copies of what was replaced (%(default)s)",
    )
    parser.add_argument(
        "--packages", type=Path, default=Path("/var/lib/dpkg/status"), help="dpkg's records (%(default)s)"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="test the configuration with FILE in the place of DEST")
    check.add_argument("file", type=Path)
    check.add_argument("dest", type=Path)
    for name in ("apply", "remove", "reload"):
        command = commands.add_parser(name)
        command.add_argument("--dry-run", action="store_true", help="only say what would change")
        if name == "apply":
            command.add_argument("--diff", action="store_true", help="show what changes in files")
        if name == "remove":
            command.add_argument(
                "--replace", action="store_true", help="also what this program did not write"
            )
            command.add_argument("sites", nargs="+", type=_site_name)
    return parser.parse_args(argv)


def _changes(arguments: argparse.Namespace) -> Iterator[str]:
    nginx = Nginx(arguments.config, arguments.nginx)
    configuration = Configuration(nginx, Records(arguments.records, arguments.config), arguments.packages)
    if arguments.command == "check":
        content = arguments.file.read_bytes()
        names = _names_of(arguments.dest.relative_to(arguments.config))
        nginx.check(dict.fromkeys(names, content))
    elif arguments.command == "apply":
        request = Request.read(sys.stdin.buffer.read().decode())
        yield from configuration.apply(request, arguments.dry_run, arguments.diff)
    elif arguments.command == "remove":
        removed: list[str] = []
        for site in arguments.sites:
            for line in configuration.remove(site, arguments.dry_run, arguments.replace):
                removed.append(line)
                yield line
        yield from nginx.reload(arguments.dry_run, pending=bool(removed))
    else:
        yield from nginx.reload(arguments.dry_run)


def main(argv: list[str]) -> int:
    arguments = _arguments(argv)
    try:
        for line in _changes(arguments):
            print(line, flush=True)
    except Refused as error:
        print(error, file=sys.stderr)
        return EXIT_CODES[error.reason]
    except (OSError, subprocess.TimeoutExpired) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
