# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Change the configuration of a running NGINX without ever leaving a broken one on disk.

nginx-safely check FILE DEST     test the whole configuration with FILE in the place of DEST; touches nothing
nginx-safely enable NAME...      link sites-available/NAME into sites-enabled, and load what is not loaded yet
nginx-safely remove NAME...      remove a site, and load what is not loaded yet
nginx-safely reload              load what is not loaded yet, and wait until it serves

Prints a line for each change it makes, and nothing when there was nothing to do.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TEST_TIMEOUT = 60
RELOAD_TIMEOUT = 30
GRAVE = r"^\[(emerg|alert|crit)\]|conflicting server name"


class Refused(Exception):
    """NGINX cannot, or shall not, run with this configuration."""


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

    def check(self, candidate: bytes | None, dest: Path) -> None:
        """Raise Refused if NGINX would not serve with the candidate in the place of dest, or without dest."""
        complaints = self._complaints(candidate, dest)
        if not complaints:
            return
        before = self._complaints(None, None)
        if all("[warn]" in line and line in before for line in complaints):
            return
        verb = "cannot do without" if candidate is None else "refuses"
        lines = [f"NGINX {verb} {dest}:", *complaints]
        if candidate is not None:
            lines += _excerpts(complaints, candidate, self._names_of(dest))
            lines += self._claims(complaints, dest)
        if not all("[warn]" in line for line in before):
            lines.append(
                "The configuration on the server is refused without this change, too: mend that first."
            )
        raise Refused("\n".join([*lines, "Nothing was changed: what NGINX served before, it still serves."]))

    def _claims(self, complaints: list[str], dest: Path) -> Iterator[str]:
        """Who has the host name already."""
        for host in sorted(set(re.findall(r'conflicting server name "([^"]+)"', "\n".join(complaints)))):
            for path in sorted((self.config / "sites-enabled").iterdir()):
                words = path.read_text(errors="replace").replace(";", " ").split() if path.is_file() else []
                if host in words and path.name != dest.name:
                    yield f"{host} belongs to {path}: remove it there first."

    def _complaints(self, candidate: bytes | None, dest: Path | None) -> list[str]:
        """What NGINX says against a copy of the configuration, changed so."""
        with tempfile.TemporaryDirectory(prefix="nginx-safely-") as directory:
            shadow = Path(directory)
            self._copy_to(shadow)
            for name in self._names_of(dest) if dest else []:
                place = shadow / name
                place.unlink(missing_ok=True)
                if candidate is not None:
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_bytes(self._moved(candidate, shadow))
            run = self._run("-t", "-c", str(shadow / "nginx.conf"))
            # Neither the time nor the process is part of what is wrong.
            found = re.findall(r"(?m)(\[\w+\]) (?:\d+#\d+: )?(.*)$", run.stderr)
            said = [f"{level} {text}".replace(directory, str(self.config)) for level, text in found]
            # A host name claimed twice is a warning to NGINX; to its owner it is a site that is never served.
            grave = [line for line in said if re.search(GRAVE, line)]
            if run.returncode and not grave:
                return [*said, *run.stderr.splitlines()[-5:], f"exit code {run.returncode}"]
            return grave

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.binary, *arguments], check=False, capture_output=True, text=True, timeout=TEST_TIMEOUT
        )

    def _names_of(self, dest: Path) -> list[Path]:
        """Where dest is read from, relative to the directory of configuration."""
        name = dest.relative_to(self.config)
        if name.parent == Path("sites-available"):
            return [name, Path("sites-enabled") / name.name]
        return [name]

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
                    moved = self._moved(text, shadow)
                    if source == self.config / "nginx.conf":
                        moved = re.sub(rb"(?m)^\s*pid\s[^;]*;", f"pid {shadow}/nginx.pid;".encode(), moved)
                    if moved == text:
                        (here / name).symlink_to(source)
                    else:
                        (here / name).write_bytes(moved)

    def _moved(self, text: bytes, shadow: Path) -> bytes:
        config = re.escape(str(self.config).encode())
        return re.sub(rb"(?<![\w./-])" + config + rb"(?![\w.-])", lambda _match: str(shadow).encode(), text)

    def _moved_path(self, path: Path, shadow: Path) -> Path:
        try:
            return shadow / path.relative_to(self.config.resolve())
        except ValueError:
            return path

    def enable(self, name: str, dry_run: bool) -> Iterator[str]:
        link = self.config / "sites-enabled" / name
        target = Path("..") / "sites-available" / name
        if link.is_symlink() and Path(os.readlink(link)) == target:
            return
        if not dry_run:
            self.check(
                (self.config / "sites-available" / name).read_bytes(), self.config / "sites-available" / name
            )
            temporary = link.with_name(f".{name}.new")
            temporary.unlink(missing_ok=True)
            temporary.symlink_to(target)
            temporary.replace(link)
        yield f"enabled {link}"

    def remove(self, name: str, dry_run: bool) -> Iterator[str]:
        site = self.config / "sites-available" / name
        places = [place for place in (self.config / "sites-enabled" / name, site) if os.path.lexists(place)]
        if places and not dry_run:
            self.check(None, site)
        for place in places:
            if not dry_run:
                place.unlink()
            yield f"removed {place}"

    def reload(self, dry_run: bool) -> Iterator[str]:
        """Load what is on disk if a worker is older than it; return when none serves by what was before."""
        master = self._master()
        before = [worker for worker in self._workers(master) if not worker.leaving] if master else []
        if master is None or (before and self._changed_at() <= min(worker.started for worker in before)):
            return
        if not dry_run:
            self._reload(master, {worker.pid for worker in before})
        yield "loaded the configuration"

    def _reload(self, master: int, before: set[int]) -> None:
        log = Path("/var/log/nginx/error.log")
        size = log.stat().st_size if log.exists() else 0
        # Start times are known to 10 ms: workers must be seen to be younger than the change.
        time.sleep(0.03)
        run = self._run("-s", "reload", "-c", str(self.config / "nginx.conf"))
        if run.returncode:
            raise Refused(
                f"{run.stderr.strip()}\nThe configuration was not loaded: NGINX still serves the one before."
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
        raise Refused("\n".join([*said, *(f"{log}: {line}" for line in last)]))

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


def _excerpts(problem: list[str], candidate: bytes, names: list[Path]) -> list[str]:
    """The lines NGINX complains about: nobody can look them up in a file that was refused."""
    lines = candidate.decode(errors="replace").splitlines()
    found = re.findall(r" in \S*?/(sites-[a-z]+/\S+|conf\.d/\S+|snippets/\S+):(\d+)", "\n".join(problem))
    numbers = sorted({int(number) for name, number in found if Path(name) in names})
    return [
        f"{'>' if current == number else ' '} {current:4} | {lines[current - 1]}"
        for number in numbers
        for current in range(max(1, number - 2), min(len(lines), number + 2) + 1)
    ]


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
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="test the configuration with FILE in the place of DEST")
    check.add_argument("file", type=Path)
    check.add_argument("dest", type=Path)
    for name in ("enable", "remove", "reload"):
        command = commands.add_parser(name)
        command.add_argument("--dry-run", action="store_true", help="only say what would change")
        if name != "reload":
            command.add_argument("sites", nargs="+", type=_site_name)
    return parser.parse_args(argv)


def _changes(nginx: Nginx, arguments: argparse.Namespace) -> Iterator[str]:
    if arguments.command == "check":
        nginx.check(arguments.file.read_bytes(), arguments.dest)
        return
    if arguments.command != "reload":
        change = nginx.enable if arguments.command == "enable" else nginx.remove
        for site in arguments.sites:
            yield from change(site, arguments.dry_run)
    yield from nginx.reload(arguments.dry_run)


def main(argv: list[str]) -> int:
    arguments = _arguments(argv)
    try:
        for line in _changes(Nginx(arguments.config, arguments.nginx), arguments):
            print(line, flush=True)
    except (Refused, OSError, subprocess.TimeoutExpired) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
