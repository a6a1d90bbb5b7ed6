# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers of script/bench --fleet: containers, inventories and the app's repository of one checkout."""

from __future__ import annotations

import json
import re
import shutil
import time
import typing as t
from pathlib import Path

from benchmarks.server import ROOT, BenchError, must, run

PREFIX = "masonite-bench"
APPS = ["blog", "docs", "forum", "shop", "wiki"]
PAGE = "templates/welcome.html"
BOOTED = "until systemctl is-system-running 2>/dev/null | grep -qE 'running|degraded'; do sleep 0.2; done"
Say = t.Callable[[str], None]


class Fleet:
    """One checkout's servers: `servers` of them with one app each, and one with all of APPS."""

    def __init__(self, label: str, checkout: Path, tools: Path, image: str, servers: int) -> None:
        self.label = label
        self.checkout = checkout
        self.tools = tools
        self.image = image
        self.numbers = [str(number) for number in range(1, servers + 1)]
        self.directory = ROOT / ".demo/bench/fleet" / label
        self.prepared = f"{PREFIX}/{label}:prepared"

    def container(self, name: str) -> str:
        return f"{PREFIX}-{self.label}-{name}"

    def inventory(self, name: str) -> Path:
        return self.directory / "inventories" / name

    def set_up(self, say: Say) -> None:
        """Set up the first server by site.yml; the others start from an image of it, which takes seconds."""
        names = " ".join([*self.numbers, "apps"])
        say(f"{self.label}: setting up {PREFIX}-{self.label}-{{{names.replace(' ', ',')}}}")
        shutil.rmtree(self.directory, ignore_errors=True)
        self.remove()
        self._write_app()
        self._write_inventories()
        first, *others = self.numbers
        self._start_container(first, self.image)
        self._converge("one")
        must(["docker", "stop", "--time", "30", self.container(first)])
        must(["docker", "commit", self.container(first), self.prepared])
        must(["docker", "start", self.container(first)])
        for name in [*others, "apps"]:
            self._start_container(name, self.prepared)
        for name in [*self.numbers, "apps"]:
            must(["docker", "exec", self.container(name), "sh", "-c", BOOTED], seconds=120)
        self.converge(say)

    def converge(self, say: Say) -> None:
        """Run site.yml on all servers, as they are."""
        for inventory in ("ten", "apps"):
            self._converge(inventory)
        say(f"{self.label}: {len(self.numbers)} servers with one app, one with {len(APPS)}")

    def remove(self) -> None:
        """Remove the containers, also those that a killed bench left, and the image of the first."""
        for name in [*self.numbers, "apps"]:
            run(["docker", "rm", "--force", "--volumes", self.container(name)])
        run(["docker", "rmi", "--force", self.prepared])

    def push_commit(self) -> None:
        """A new version of every app: they are deployed from one branch."""
        app = self.directory / "git/app"
        page = app / PAGE
        mark = f"<!-- bench {time.time_ns()} -->"
        text = re.sub(r"(\n<!-- bench \d+ -->)?\n*\Z", f"\n{mark}\n", page.read_text(), count=1)
        page.write_text(text)
        git = ["git", "-C", str(app), "-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null"]
        must([*git, "commit", "-q", "-a", "-m", mark])
        must([*git, "push", "-q", "origin", "HEAD:main"])

    def _write_app(self) -> None:
        must([str(ROOT / "script/lib/new-app"), str(self.directory / "git/app")])
        # The repository belongs to the user of the bench: git on the servers has to trust it.
        (self.directory / "gitconfig").write_text("[safe]\n\tdirectory = /srv/git/app.git\n")

    def _write_inventories(self) -> None:
        groups = {"one": self.numbers[:1], "ten": self.numbers, "apps": ["apps"]}
        for name, members in groups.items():
            directory = self.inventory(name)
            (directory / "group_vars").mkdir(parents=True)
            shutil.copy(
                ROOT / "molecule/shared/inventory/group_vars/all.yml", directory / "group_vars/all.yml"
            )
            connection = {"ansible_connection": "community.docker.docker"}
            hosts = {self.container(member): connection for member in members}
            # JSON is YAML.
            (directory / "hosts.yml").write_text(json.dumps({"web": {"hosts": hosts}}, indent=2) + "\n")
            apps = {
                app: {"repository": "/srv/git/app.git", "version": "main", "domains": [f"{app}.test"]}
                for app in (APPS if name == "apps" else APPS[:1])
            }
            (directory / "group_vars/web.yml").write_text(
                json.dumps({"masonite_apps": apps}, indent=2) + "\n"
            )

    def _start_container(self, name: str, image: str) -> None:
        container = self.container(name)
        command = ["docker", "run", "--detach", "--name", container, "--hostname", container]
        command += ["--env", "SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1", "--cap-add", "SYS_ADMIN"]
        command += ["--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined"]
        command += ["--cgroupns", "host", "--volume", "/sys/fs/cgroup:/sys/fs/cgroup:rw"]
        command += ["--tmpfs", "/run", "--tmpfs", "/run/lock", "--tmpfs", "/tmp:exec"]
        command += ["--volume", f"{self.directory / 'git'}:/srv/git:ro"]
        command += ["--volume", f"{self.directory / 'gitconfig'}:/etc/gitconfig:ro"]
        must([*command, image])
        must(["docker", "exec", container, "sh", "-c", BOOTED], seconds=120)

    def _converge(self, inventory: str) -> None:
        command = [str(self.tools / "ansible-playbook"), "-i", str(self.inventory(inventory))]
        done = run([*command, "playbooks/site.yml"], cwd=self.checkout, seconds=1200)
        if done.returncode:
            tail = "\n".join((done.stdout + done.stderr).splitlines()[-40:])
            raise BenchError(f"site.yml of {self.checkout} failed:\n{tail}")
