# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What script/bench runs: the ways one after another against the demo server, then results and plots."""

from __future__ import annotations

import argparse
import gzip
import json
import os
import signal
import sys
import time
import typing as t
from pathlib import Path

from benchmarks import measure, report, ways
from benchmarks.load import LoadError
from benchmarks.machine import describe_machine
from benchmarks.server import ROOT, BenchError, Server, must, run

DEMO = ROOT / ".demo"
RAW = DEMO / "bench"


def options(arguments: t.Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="script/bench", description="Deploys under load, ours and the usual ways."
    )
    parser.add_argument("--deploys", type=int, default=20, help="deploys in a row by each way (default 20)")
    parser.add_argument("--rate", type=float, default=40.0, help="requests a second (default 40)")
    parser.add_argument("--quick", action="store_true", help="3 deploys each, and nothing else repeated")
    parser.add_argument(
        "--only", nargs="+", metavar="WAY", help="of: masonite.deploy book book-stop-first systemd ansistrano"
    )
    parser.add_argument(
        "--ansistrano", action="store_true", help="measure ansistrano.deploy too (role installed)"
    )
    parser.add_argument("--container", default="masonite-demo", help="the server (default: the demo's)")
    parser.add_argument("--inventory", type=Path, default=DEMO / "inventory", help="its inventory")
    parser.add_argument("--origin", type=Path, default=DEMO / "blog.git", help="the app's bare repository")
    parser.add_argument("--output", type=Path, default=ROOT / "docs/benchmarks", help="where the report goes")
    parser.add_argument(
        "--wait",
        type=float,
        default=0,
        metavar="MINUTES",
        help="wait so long for other programs to leave the machine",
    )
    parser.add_argument("--note", default="", help="a sentence on this run for the report")
    parser.add_argument("--keep", action="store_true", help="leave the rivals on the server")
    chosen = parser.parse_args(arguments)
    if chosen.quick:
        chosen.deploys = min(chosen.deploys, 3)
    if not 1 <= chosen.deploys <= 200:
        parser.error("--deploys: wanted 1 to 200")
    return chosen


def say(line: str) -> None:
    print(line, flush=True)


class Bench:
    def __init__(self, chosen: argparse.Namespace) -> None:
        self.chosen = chosen
        self.tools = Path(os.environ.get("BENCH_TOOLS", ROOT / ".venv/bin"))
        self.server = Server(chosen.container)
        self.results: dict[str, t.Any] = {"series": []}
        self.requests: list[dict[str, t.Any]] = []

    def wanted(self, name: str) -> bool:
        only = self.chosen.only
        return (name in only) if only else (name != "ansistrano" or self.chosen.ansistrano)

    def go(self) -> None:
        began = time.time()
        RAW.mkdir(parents=True, exist_ok=True)
        commits = ways.Commits(self.chosen.origin, RAW / "blog", self.server)
        uv = self.server.uv()
        host, app, env_file = self._our_app() if self.wanted("masonite.deploy") else ("", "", "")
        try:
            say("setting up the rivals on the server")
            ways.set_up_rivals(self.server, commits, env_file, uv)
            self.results["machine"] = describe_machine(self.server, self.tools)
            if self.wanted("masonite.deploy"):
                user = self.server.sh(f"stat -Lc %U /srv/sockets/{app}.sock")
                ours = ways.collection(self.tools, self.chosen.inventory, host, app, user)
                self._ours(ours, commits)
            for way in ways.rivals(self.server, uv):
                if self.wanted(way.name):
                    self._series(way, commits)
            if self.wanted("ansistrano"):
                self._series(ways.ansistrano(self.tools, self.server), commits)
        finally:
            if not self.chosen.keep:
                ways.tear_down_rivals(self.server)
            commits.reset()
            if self.wanted("masonite.deploy"):
                say("the demo's own version goes live again")
                again = ways.playbook(self.tools, self.chosen.inventory, "playbooks/deploy.yml")
                run([*again, "-e", "masonite_deploy_unlock=true"], cwd=ROOT)
        self.results["took_s"] = round(time.time() - began)
        self._write()

    def _our_app(self) -> tuple[str, str, str]:
        """Host name, name on the server and .env of the first app of the inventory."""
        inventory = json.loads(
            must(
                [str(self.tools / "ansible-inventory"), "-i", str(self.chosen.inventory), "--list"], cwd=ROOT
            )
        )
        for variables in inventory["_meta"]["hostvars"].values():
            for name, settings in (variables.get("masonite_apps") or {}).items():
                host = settings.get("domain") or next(iter(settings.get("domains") or []), name)
                return host, name, f"/srv/sites/{name}/.env"
        raise BenchError(f"No masonite_apps in {self.chosen.inventory}: run script/demo first.")

    def _ours(self, ours: ways.Way, commits: ways.Commits) -> None:
        say("the branch goes live once, unmeasured")
        first = ours.deploy()
        if first.returncode:
            raise BenchError("deploy.yml failed:\n" + "\n".join(first.stdout.splitlines()[-40:]))
        self._series(ours, commits)
        times = 1 if self.chosen.quick else 5
        self.results["nothing_to_do_s"] = measure.spread([self._timed(ours)[0] for _ in range(times)])
        say(f"deploy.yml with nothing to do: {self.results['nothing_to_do_s']['median']:.2f} s")
        walls, tasks = [], []
        for _ in range(times if self.chosen.quick else 3):
            commits.new(requirements=True)
            wall, output = self._timed(ours, {"ANSIBLE_CALLBACKS_ENABLED": "ansible.posix.profile_tasks"})
            walls.append(wall)
            tasks = ways.slowest_tasks(output)
        self.results["new_requirements_s"] = measure.spread(walls)
        self.results["new_requirements_tasks"] = tasks
        say(f"with a new virtualenv (warm cache): {measure.spread(walls)['median']:.2f} s")

    def _timed(self, way: ways.Way, environment: dict[str, str] | None = None) -> tuple[float, str]:
        start = time.monotonic()
        done = way.deploy(environment=environment)
        wall = time.monotonic() - start
        if done.returncode:
            raise BenchError(f"{way.title} failed:\n" + "\n".join(done.stdout.splitlines()[-40:]))
        return wall, done.stdout

    def _series(self, way: ways.Way, commits: ways.Commits) -> None:
        measure.wait_until_idle(self.chosen.wait, say)
        result = measure.series(
            way, self.server, commits, deploys=self.chosen.deploys, rate=self.chosen.rate, say=say
        )
        self.results["series"].append(result.as_dict())
        self.requests.append({"way": way.name, "requests": result.requests})

    def _write(self) -> None:
        output: Path = self.chosen.output
        output.mkdir(parents=True, exist_ok=True)
        # The note stands on its own.
        arguments = [argument for argument in sys.argv[1:] if argument not in ("--note", self.chosen.note)]
        self.results["command"] = " ".join(["script/bench", *arguments])
        self.results["rate"] = self.chosen.rate
        self.results["note"] = self.chosen.note
        (output / "results.json").write_text(json.dumps(self.results, indent=2) + "\n")
        packed = "".join(json.dumps(one, separators=(",", ":")) + "\n" for one in self.requests)
        (output / "requests.jsonl.gz").write_bytes(gzip.compress(packed.encode(), mtime=0))
        must(
            [os.environ.get("BENCH_PYTHON", sys.executable), "-m", "benchmarks.plots", str(output)], cwd=ROOT
        )
        (output / "README.md").write_text(report.readme(self.results))
        say(f"written: {output}/README.md, results.json, requests.jsonl.gz, two plots")


def main() -> int:
    chosen = options()
    # So that a stopped benchmark takes the rivals off the server too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        bench = Bench(chosen)
        if not bench.server.running():
            raise BenchError(f"Container {chosen.container} does not run: run script/demo first.")
        bench.go()
    except (BenchError, LoadError) as error:
        print(f"FAILED  {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
