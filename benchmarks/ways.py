# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways to bring a new version live that are compared: this collection's playbook, and its rivals."""

from __future__ import annotations

import dataclasses
import os
import re
import subprocess
import typing as t
from pathlib import Path

from benchmarks.server import HERE, ROOT, BenchError, Server, must, run

BRANCH = "bench"
PAGE = "templates/welcome.html"
CODE = "app/controllers/WelcomeController.py"
# The version of the code and of the template: a site whose files change under its old processes mixes them.
MARK = r"<!-- bench (\d+/\d+) -->"
RIVALS = "/srv/bench"


class Commits:
    """Makes new versions of the app: each changes the page's mark and is pushed to branch `bench`."""

    def __init__(self, origin: Path, work: Path, server: Server) -> None:
        self.work = work
        self.number = 0
        # Git's own transport over docker exec: the rivals' repository lies on the server, next to them.
        self.remotes = [str(origin), f"ext::docker exec -i {server.container} %S {RIVALS}/blog.git"]
        if not work.exists():
            must(["git", "clone", "-q", str(origin), str(work)])
        self._git("fetch", "-q", "origin")
        self._git("checkout", "-q", "-f", "-B", BRANCH, "origin/HEAD")

    def new(self, *, requirements: bool = False) -> int:
        self.number += 1
        self._edit(PAGE, r"(\n<!-- bench .* -->)?\n*\Z", f"\n<!-- bench {{{{ bench }}}}/{self.number} -->\n")
        self._edit(CODE, r"(\"bench\": \d+, )?\"version\":", f'"bench": {self.number}, "version":')
        if requirements:
            with (self.work / "requirements.txt").open("a") as file:
                file.write(f"# bench {os.urandom(8).hex()}\n")
        self._git("commit", "-q", "-a", "-m", f"Version {self.number}")
        for remote in self.remotes:
            self._git("push", "-q", "-f", remote, BRANCH)
        return self.number

    def _edit(self, name: str, pattern: str, text: str) -> None:
        file = self.work / name
        changed, count = re.subn(pattern, text, file.read_text(), count=1)
        if not count:
            raise BenchError(f"{name} of the app is not as `masonite new` writes it: {pattern} not found.")
        file.write_text(changed)

    def reset(self) -> None:
        run(["git", "-C", str(self.work), "push", "-q", self.remotes[0], f":{BRANCH}"])

    def _git(self, *arguments: str) -> None:
        identity = [
            "-c",
            "user.name=bench",
            "-c",
            "user.email=bench@localhost",
            "-c",
            "protocol.ext.allow=always",
        ]
        must(["git", "-C", str(self.work), *identity, *arguments])


@dataclasses.dataclass
class Way:
    """How one contender deploys: the command that is timed, its host name, and where its processes run."""

    name: str
    title: str
    host: str
    directory: str
    command: list[str]
    shown: str
    user: str = "root"
    most_deploys: int = 1000

    def deploy(
        self, seconds: float = 300.0, environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, **(environment or {})}
        return run(self.command, seconds=seconds, cwd=ROOT, env=env)


def playbook(tools: Path, inventory: Path, name: str, *extra: str) -> list[str]:
    return [str(tools / "ansible-playbook"), "-i", str(inventory), name, *extra]


def collection(tools: Path, inventory: Path, host: str, app: str, user: str) -> Way:
    command = playbook(tools, inventory, "playbooks/deploy.yml", "-e", f"masonite_app_version={BRANCH}")
    shown = " ".join(["ansible-playbook", *command[1:]]).replace(f"{ROOT}/", "")
    return Way("masonite.deploy", "masonite.deploy", host, f"/srv/sites/{app}/", command, shown, user)


def rivals(server: Server, uv: str) -> list[Way]:
    book = f"{RIVALS}/sites/book.test"
    return [
        Way(
            "book",
            "the book's commands, update first",
            "book.test",
            book,
            server.argv(f"{RIVALS}/book.sh", "update-first"),
            "book.sh update-first",
        ),
        Way(
            "book-stop-first",
            "the book's commands, stop first",
            "book.test",
            book,
            server.argv(f"{RIVALS}/book.sh", "stop-first"),
            "book.sh stop-first",
        ),
        Way(
            "systemd",
            "git pull + systemctl restart",
            "systemd.test",
            f"{RIVALS}/sites/systemd.test",
            server.argv(f"{RIVALS}/systemd.sh", uv),
            "systemd.sh",
            "www-data",
        ),
    ]


def ansistrano(tools: Path, server: Server) -> Way:
    """Only where the user installed the role; it takes 15 s a deploy, so it gets fewer of them."""
    galaxy = run([str(tools / "ansible-galaxy"), "role", "list"], cwd=ROOT).stdout
    if "ansistrano.deploy" not in galaxy:
        raise BenchError("--ansistrano needs the role: ansible-galaxy role install ansistrano.deploy")
    file = str(HERE / "rivals/ansistrano/deploy.yml")
    # The comma makes a list of hosts of it, not an inventory file.
    command = playbook(
        tools, Path(f"{server.container},"), file, "-e", "ansible_connection=community.docker.docker"
    )
    server.copy(HERE / "rivals/ansistrano/setup.sh", f"{RIVALS}/ansistrano.sh")
    server.sh(f"{RIVALS}/ansistrano.sh")
    first = run(command, cwd=ROOT)
    if first.returncode:
        raise BenchError("ansistrano.deploy failed:\n" + "\n".join(first.stdout.splitlines()[-40:]))
    shown = "ansible-playbook benchmarks/rivals/ansistrano/deploy.yml"
    site = f"{RIVALS}/ansistrano"
    return Way("ansistrano", "ansistrano.deploy", "ansistrano.test", site, command, shown, "www-data", 5)


def set_up_rivals(server: Server, commits: Commits, env_file: str, uv: str) -> None:
    tear_down_rivals(server)
    server.sh(f"mkdir -p {RIVALS} && git init -q --bare {RIVALS}/blog.git")
    for script in ("setup.sh", "book.sh", "systemd.sh"):
        server.copy(HERE / "rivals" / script, f"{RIVALS}/{script}")
    commits.new()
    must(server.argv(f"{RIVALS}/setup.sh", env_file, uv), seconds=300)


def tear_down_rivals(server: Server) -> None:
    script = (HERE / "rivals/remove.sh").read_text()
    must(["docker", "exec", "-i", server.container, "sh", "-s"], input=script)


def slowest_tasks(output: str, at_least: float = 0.05) -> list[dict[str, t.Any]]:
    """What the profile_tasks callback printed at the end of a run: names and seconds."""
    lines = re.findall(r"^(\S.*?) -{3,} *([\d.]+)s$", output, re.MULTILINE)
    return [{"task": name, "seconds": float(took)} for name, took in lines if float(took) >= at_least]
