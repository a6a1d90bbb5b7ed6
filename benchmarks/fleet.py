# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""script/bench --fleet: how long the playbooks take for one server, for ten, and for five apps on one server.

The bench makes its own containers, masonite-bench-<checkout>-<name>, and removes them when it ends. With
--against each checkout has containers of its own, and the runs alternate between the checkouts: the speed of
a machine changes from one hour to the next, so figures of two sessions cannot be compared.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import time
import typing as t
from dataclasses import dataclass
from pathlib import Path

from benchmarks import fleet_report
from benchmarks.fleet_servers import APPS, Fleet
from benchmarks.machine import describe_machine, describe_revision
from benchmarks.measure import busy_share, spread, wait_until_idle
from benchmarks.server import ROOT, BenchError, Server

RECAP = re.compile(r"^(\S+) +: ok=\d+ +changed=(\d+) +unreachable=(\d+) +failed=(\d+)", re.MULTILINE)
RUN_WITHIN = 600.0


@dataclass(frozen=True)
class Case:
    """A playbook that is timed: for which servers, and whether there is a new commit for it."""

    name: str
    title: str
    playbook: str
    inventory: str
    new_commit: bool = False


CASES = [
    Case("site_one", "site.yml, nothing to do, one server, one app", "site.yml", "one"),
    Case("site_apps", f"site.yml, nothing to do, one server, {len(APPS)} apps", "site.yml", "apps"),
    Case("deploy_one", "deploy.yml, nothing to do, one server", "deploy.yml", "one"),
    Case("deploy_ten", "deploy.yml, nothing to do, {servers} servers", "deploy.yml", "ten"),
    Case("deploy_apps", f"deploy.yml, nothing to do, one server, {len(APPS)} apps", "deploy.yml", "apps"),
    Case("commit_one", "deploy.yml, a new commit, one server", "deploy.yml", "one", True),
    Case("commit_ten", "deploy.yml, a new commit, {servers} servers", "deploy.yml", "ten", True),
    Case(
        "commit_apps", f"deploy.yml, a new commit, one server, {len(APPS)} apps", "deploy.yml", "apps", True
    ),
]


@dataclass(frozen=True)
class Timed:
    """One run of ansible-playbook: wall time, and the processor time of it and of what it started itself."""

    wall: float
    cpu: float


def parse_options(arguments: t.Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="script/bench --fleet",
        description="Times of site.yml and deploy.yml for one server and for ten.",
    )
    parser.add_argument("--runs", type=int, default=5, help="runs of each case (default 5)")
    parser.add_argument("--servers", type=int, default=10, help="servers of the fleet (default 10)")
    parser.add_argument(
        "--against", type=Path, metavar="DIR", help="another checkout, measured in turn with this one"
    )
    parser.add_argument(
        "--only", nargs="+", metavar="CASE", choices=[case.name for case in CASES], help="only these cases"
    )
    parser.add_argument("--output", type=Path, default=ROOT / "docs/benchmarks", help="where the page goes")
    parser.add_argument("--image", default="masonite-deploy/debian:12", help="the servers' image")
    parser.add_argument(
        "--wait", type=float, default=0, metavar="MINUTES", help="wait so long for a quiet machine"
    )
    parser.add_argument("--note", default="", help="a sentence on this run for the page")
    parser.add_argument("--keep", action="store_true", help="leave the containers")
    parser.add_argument("--reuse", action="store_true", help="take the containers that --keep left")
    chosen = parser.parse_args(arguments)
    if not 1 <= chosen.runs <= 50:
        parser.error("--runs: wanted 1 to 50")
    if not 2 <= chosen.servers <= 20:
        parser.error("--servers: wanted 2 to 20")
    if chosen.against and not (chosen.against / "playbooks/deploy.yml").is_file():
        parser.error(f"--against: {chosen.against} has no playbooks/deploy.yml")
    return chosen


def say(line: str) -> None:
    print(line, flush=True)


def run_playbook(tools: Path, checkout: Path, case: Case, inventory: Path) -> tuple[Timed, str]:
    """The playbook as its user would run it, from the root of the checkout."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    environment |= {"ANSIBLE_NOCOLOR": "1"}
    log = inventory.parent.parent / f"{case.name}.log"
    command = [str(tools / "ansible-playbook"), "-i", str(inventory), f"playbooks/{case.playbook}"]
    with log.open("w") as output:
        started = time.monotonic()
        process = subprocess.Popen(
            command,
            cwd=checkout,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        code, usage = wait_with_usage(process, started + RUN_WITHIN)
        wall = time.monotonic() - started
    text = log.read_text()
    if code:
        tail = "\n".join(text.splitlines()[-40:])
        raise BenchError(f"{case.playbook} of {checkout} failed ({case.name}):\n{tail}")
    return Timed(wall, usage), text


def wait_with_usage(process: subprocess.Popen[bytes], deadline: float) -> tuple[int, float]:
    """Exit code, and user and system seconds of the process and of all its descendants that it waited for."""
    try:
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                # So that Popen does not wait for a process that has ended.
                process.returncode = os.waitstatus_to_exitcode(status)
                return process.returncode, usage.ru_utime + usage.ru_stime
            if time.monotonic() > deadline:
                raise BenchError(f"Not done after {RUN_WITHIN:g} s: {process.args!r}")
            time.sleep(0.005)
    except BaseException:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        raise


def check_recap(case: Case, output: str, servers: int) -> None:
    """A figure counts only if the run did what the case says, on every server."""
    recap = RECAP.findall(output)
    if len(recap) != servers:
        raise BenchError(f"{case.name}: {len(recap)} servers in the recap instead of {servers}")
    for name, changed, unreachable, failed in recap:
        if int(unreachable) or int(failed):
            raise BenchError(f"{case.name}: {name} failed")
        if (int(changed) > 0) != case.new_commit:
            wanted = "some" if case.new_commit else "no"
            raise BenchError(f"{case.name}: {changed} tasks changed something on {name}, wanted {wanted}")


class FleetBench:
    def __init__(self, chosen: argparse.Namespace) -> None:
        self.chosen = chosen
        self.tools = Path(os.environ.get("BENCH_TOOLS", ROOT / ".venv/bin"))
        checkouts = [("this", ROOT)] + ([("other", chosen.against.resolve())] if chosen.against else [])
        self.fleets = [
            Fleet(label, checkout, self.tools, chosen.image, chosen.servers) for label, checkout in checkouts
        ]
        self.cases = [case for case in CASES if not chosen.only or case.name in chosen.only]

    def measure(self) -> dict[str, t.Any]:
        started = time.time()
        try:
            for fleet in self.fleets:
                if self.chosen.reuse:
                    fleet.converge(say)
                else:
                    fleet.set_up(say)
            machine = describe_machine(Server(self.fleets[0].container("1")), self.tools)
            wait_until_idle(self.chosen.wait, say)
            busy = busy_share(3.0)
            figures = {case.name: self._measure_case(case) for case in self.cases}
        finally:
            if not self.chosen.keep:
                for fleet in self.fleets:
                    fleet.remove()
        return {
            "command": self._command(),
            "note": self.chosen.note,
            "machine": machine,
            "busy_before": busy,
            "runs": self.chosen.runs,
            "servers": self.chosen.servers,
            "apps": len(APPS),
            "took_s": round(time.time() - started),
            "checkouts": {fleet.label: describe_revision(fleet.checkout) for fleet in self.fleets},
            "cases": [
                {
                    "name": case.name,
                    "title": case.title.format(servers=self.chosen.servers),
                    "figures": figures[case.name],
                }
                for case in self.cases
            ],
        }

    def _measure_case(self, case: Case) -> dict[str, t.Any]:
        runs: dict[str, list[Timed]] = {fleet.label: [] for fleet in self.fleets}
        for number in range(self.chosen.runs):
            for fleet in self.fleets:
                if case.new_commit:
                    fleet.push_commit()
                timed, output = run_playbook(
                    self.tools, fleet.checkout, case, fleet.inventory(case.inventory)
                )
                check_recap(case, output, self.chosen.servers if case.inventory == "ten" else 1)
                runs[fleet.label].append(timed)
                say(
                    f"{case.name}, {fleet.label}: {number + 1} of {self.chosen.runs}, "
                    f"{timed.wall:.2f} s, {timed.cpu:.2f} s of processor"
                )
        return {
            label: {
                "wall_s": spread([one.wall for one in timed]),
                "cpu_s": spread([one.cpu for one in timed]),
                "runs": [[round(one.wall, 3), round(one.cpu, 3)] for one in timed],
            }
            for label, timed in runs.items()
        }

    def _command(self) -> str:
        # The note is shown on a line of its own.
        arguments = [argument for argument in sys.argv[1:] if argument not in ("--note", self.chosen.note)]
        if self.chosen.against:
            arguments = ["DIR" if one == str(self.chosen.against) else one for one in arguments]
        return " ".join(["script/bench --fleet", *arguments])


def main() -> int:
    chosen = parse_options()
    # So that a stopped benchmark removes its containers, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        results = FleetBench(chosen).measure()
    except BenchError as error:
        print(f"FAILED  {error}", file=sys.stderr)
        return 1
    chosen.output.mkdir(parents=True, exist_ok=True)
    (chosen.output / "fleet.json").write_text(json.dumps(results, indent=2) + "\n")
    (chosen.output / "fleet.md").write_text(fleet_report.render_page(results))
    print(fleet_report.render_table(results))
    say(f"written: {chosen.output}/fleet.md, fleet.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
