# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deploys in a row by one way, under load all the while: what visitors saw and how long the command took."""

from __future__ import annotations

import dataclasses
import statistics
import time
import typing as t
from pathlib import Path

from benchmarks.load import Load, Record
from benchmarks.server import BenchError, MemorySampler, Server
from benchmarks.ways import MARK, Commits, Way

LEAD = 4.0
SETTLE = 2.0
LIVE_WITHIN = 20.0
IDLE = 0.3
DEPLOY_WITHIN = 180.0


@dataclasses.dataclass
class Deploy:
    number: int
    start: float
    wall: float
    failed: int = 0
    requests: int = 0
    longest_gap: float = 0.0
    latency: dict[str, float] = dataclasses.field(default_factory=dict)
    live_after: float | None = None
    old_after_new: int = 0
    mixed: int = 0
    memory_before_mb: float | None = None
    memory_peak_mb: float | None = None


@dataclasses.dataclass
class Series:
    """One way's deploys, the run's summary, and every request as [seconds, outcome, latency, version]."""

    way: str
    title: str
    command: str
    busy_before: float
    load: dict[str, t.Any]
    deploys: list[Deploy]
    requests: list[list[t.Any]]

    def as_dict(self) -> dict[str, t.Any]:
        data = dataclasses.asdict(self)
        del data["requests"]
        return data | {"figures": self.figures()}

    def figures(self) -> dict[str, t.Any]:
        walls = [deploy.wall for deploy in self.deploys]
        failed = [deploy.failed for deploy in self.deploys]
        live = [deploy.live_after for deploy in self.deploys if deploy.live_after is not None]
        before = [d.memory_before_mb for d in self.deploys if d.memory_before_mb]
        peaks = [d.memory_peak_mb for d in self.deploys if d.memory_peak_mb]
        return {
            "deploys": len(self.deploys),
            "wall_s": spread(walls),
            "failed_a_deploy": spread(failed),
            "failed_total": self.load["failed"],
            "requests_total": self.load["total"],
            "longest_gap_s": spread([deploy.longest_gap for deploy in self.deploys]),
            "live_after_s": spread(live),
            "slowest_request_s": spread([deploy.latency.get("max", 0.0) for deploy in self.deploys]),
            "old_after_new": sum(deploy.old_after_new for deploy in self.deploys),
            "mixed_a_deploy": spread([deploy.mixed for deploy in self.deploys]),
            "memory_before_mb": spread(before),
            "memory_peak_mb": spread(peaks),
        }


def spread(values: t.Sequence[float]) -> dict[str, float]:
    if not values:
        return {}
    figures = {"median": statistics.median(values), "min": min(values), "max": max(values)}
    return {name: round(value, 3) for name, value in figures.items()}


def series(
    way: Way, server: Server, commits: Commits, *, deploys: int, rate: float, say: t.Callable[[str], None]
) -> Series:
    url = f"http://127.0.0.1:{server.port()}/"
    deploys = min(deploys, way.most_deploys)
    bound = LEAD + deploys * (DEPLOY_WITHIN + LIVE_WITHIN)
    load = Load(url, host=way.host, rate=rate, mark=MARK, max_seconds=min(bound, 7200), max_requests=400_000)
    done: list[Deploy] = []
    busy = busy_share()
    with MemorySampler(server, way.directory, way.user) as memory, load:
        time.sleep(LEAD)
        _keeps_up(way, load, busy)
        for number in range(deploys):
            deploy = _one(way, load, commits.new())
            done.append(deploy)
            failed = len(load.failures(since=deploy.start))
            say(f"{way.title}: {number + 1} of {deploys}, {deploy.wall:.2f} s, {failed} failed")
    for deploy, after in zip(done, [*done[1:], None]):
        until = after.start if after else load.elapsed
        _fill_in(deploy, load, memory, until)
    return Series(
        way.name,
        way.title,
        way.shown,
        busy,
        load.summary().as_dict(),
        done,
        [[r.at, r.error or r.status, r.latency, r.mark] for r in load.records()],
    )


def busy_share(seconds: float = 1.0) -> float:
    """Share of this machine's processors others use: figures from a busy machine are worth less."""

    def ticks() -> tuple[int, int]:
        fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        return sum(fields), fields[3] + fields[4]

    total, idle = ticks()
    time.sleep(seconds)
    total_after, idle_after = ticks()
    return round(1 - (idle_after - idle) / max(1, total_after - total), 2)


def wait_until_idle(minutes: float, say: t.Callable[[str], None]) -> None:
    """Wait, for at most so long, until other things leave this machine alone."""
    deadline = time.monotonic() + 60 * minutes
    while (busy := busy_share(5.0)) > IDLE and time.monotonic() < deadline:
        say(f"waiting: this machine is {100 * busy:.0f} % busy with other things")
        time.sleep(10)


def _keeps_up(way: Way, load: Load, busy: float) -> None:
    """Without a deploy the site must bear the load, or what is measured is the machine."""
    before = load.summary()
    if before.failed or before.latency.get("p90", 99.0) > 0.5:
        raise BenchError(
            f"{way.title}: before any deploy {before.failed} of {before.total} requests failed, and the "
            f"slowest tenth took {before.latency.get('p90', 0):.2f} s or more. This machine does not bear "
            f"{load.rate:g} requests a second ({100 * busy:.0f} % of it is busy with other things): "
            "take a lower --rate, or --wait MINUTES."
        )


def _one(way: Way, load: Load, number: int) -> Deploy:
    start = load.elapsed
    run = way.deploy(DEPLOY_WITHIN)
    wall = load.elapsed - start
    if run.returncode:
        tail = "\n".join((run.stdout + run.stderr).splitlines()[-40:])
        raise BenchError(f"{way.title}: a deploy ended with exit code {run.returncode}.\n{tail}")
    while not any(r.mark == f"{number}/{number}" for r in load.records(since=start)):
        if load.elapsed - start - wall > LIVE_WITHIN:
            raise BenchError(
                f"{way.title}: the new version is not live {LIVE_WITHIN:g} s after the command ended."
            )
        time.sleep(0.1)
    time.sleep(SETTLE)
    return Deploy(number, round(start, 3), round(wall, 3))


def _fill_in(deploy: Deploy, load: Load, memory: MemorySampler, until: float) -> None:
    summary = load.summary(since=deploy.start, until=until)
    deploy.requests, deploy.failed = summary.total, summary.failed
    deploy.longest_gap, deploy.latency = summary.longest_gap, summary.latency
    good = sorted((r for r in load.records(deploy.start, until) if load.succeeded(r)), key=_done)
    new = f"{deploy.number}/{deploy.number}"
    deploy.mixed = sum(len(set((r.mark or "").split("/"))) > 1 for r in good)
    first = next((i for i, r in enumerate(good) if r.mark == new), None)
    if first is not None:
        deploy.live_after = round(good[first].done - deploy.start, 3)
        # Sent after the first answer of the new version had arrived, and still answered by the old one.
        deploy.old_after_new = sum(r.mark != new and r.at > good[first].done for r in good[first + 1 :])
    started = load.started_at + deploy.start
    before = memory.megabytes(started - 1.0, started)
    during = memory.megabytes(started, load.started_at + until)
    deploy.memory_before_mb = max(before, default=None)
    deploy.memory_peak_mb = max(during, default=None)


def _done(record: Record) -> float:
    return record.done
