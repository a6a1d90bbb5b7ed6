# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any sequence of deploys, failures, kills and rollbacks leaves an app that serves and can be rolled back."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from release_world import ME, App, Repository, killed_at, refused

from ansible_collections.masonite.deploy.plugins.module_utils._release.errors import ReleaseError
from ansible_collections.masonite.deploy.plugins.module_utils._system.symlink import replace_symlink


class Deploys(RuleBasedStateMachine):
    """`order` is what the model knows: the revisions that served, in the order in which they went live."""

    with_link = True

    def __init__(self) -> None:
        super().__init__()
        self.base = Path(tempfile.mkdtemp(prefix="release-sequences-"))
        self.repository = Repository(self.base / "origin")
        options = {"live_link": str(self.base / "blog.root")} if self.with_link else {}
        self.app = App(self.base / "site", str(self.repository.path), **options)
        self.order: list[str] = []
        self.bad: set[str] = set()
        self.run = 0
        self.commits = 0
        self.now = time.time()
        self.app.clock = lambda: self.now
        self.keep = 3

    def teardown(self) -> None:
        shutil.rmtree(self.base)

    # What the role does

    def _holder(self) -> dict[str, Any]:
        """Return a new process for each run; that of the run before has ended."""
        self.run += 1
        self.now += 10
        return {**ME, "pid": 1000 + self.run}

    def _commit(self) -> str:
        self.commits += 1
        return self.repository.commit({"wsgi.py": f"version {self.commits}", f"file{self.commits}.txt": "x"})

    def _present(self, holder: dict[str, Any], **options: Any) -> dict[str, Any]:
        try:
            return self.app.present(holder=holder, **options)
        except ReleaseError as error:
            if error.reason != "locked":
                raise
            # As the action plugin does when the holder's process is gone.
            return self.app.present(holder=holder, takeover=error.facts["lock"]["token"], **options)

    def _hand_over(self, release: dict[str, Any]) -> None:
        if self.with_link:
            replace_symlink(self.base / "blog.root", release["path"])

    def _deploy(self, holder: dict[str, Any], action: str = "deploy", **options: Any) -> dict[str, Any]:
        release = self._present(holder, **options)["release"]
        self._hand_over(release)
        result = self.app.live(release["name"], holder=holder, keep=self.keep, action=action)
        assert result["is_live"]
        return result["release"]  # type: ignore[no-any-return]

    # What can happen

    @rule(keep=st.integers(1, 4))
    def deploy(self, keep: int) -> None:
        self.keep = keep
        revision = self._commit()
        release = self._deploy(self._holder())
        assert release["revision"] == revision
        self.order.append(revision)

    @precondition(lambda self: self.order)
    @rule()
    def deploy_with_nothing_new(self) -> None:
        if self.repository.head() == self.order[-1]:
            assert not self._present(self._holder())["changed"]

    @rule()
    def deploy_a_broken_one(self) -> None:
        revision = self._commit()
        holder = self._holder()
        release = self._present(holder)["release"]
        self.app.failed(release["name"], reason="it answered 500", holder=holder)
        self.bad.add(revision)

    @rule()
    def fail_before_there_is_a_release(self) -> None:
        holder = self._holder()
        with refused("missing_files"):
            self._present(holder, required=["nothing"], version=self._commit())
        self.app.failed("", reason="no such file", holder=holder)

    @precondition(lambda self: self.order)
    @rule()
    def roll_back(self) -> None:
        if self.app.info()["previous"] is None:
            with refused("no_previous"):
                self._deploy(self._holder(), action="rollback", release="previous")
            self._check_that_no_rollback_is_possible()
        else:
            release = self._deploy(self._holder(), action="rollback", release="previous")
            assert release["revision"] == self.order[-2]
            self.order.pop()

    @rule(event=st.integers(1, 260), keep=st.integers(1, 4))
    def die_while_deploying(self, event: int, keep: int) -> None:
        self.keep = keep
        revision = self._commit()
        holder = self._holder()
        killed_at(event, lambda: self._deploy(holder))
        self._complete(revision, "deploy")

    @precondition(lambda self: self.order)
    @rule(event=st.integers(1, 80))
    def die_while_rolling_back(self, event: int) -> None:
        before = self.app.info()["previous"]
        holder = self._holder()
        killed_at(event, lambda: self._deploy(holder, action="rollback", release="previous"))
        if before is not None:
            self._complete(before["revision"], "rollback")

    def _complete(self, revision: str, action: str) -> None:
        """Read from the app how far a killed run came; the next run completes it."""
        live = self.app.info()["live"]
        if live is None or live["revision"] != revision:
            return
        holder = self._holder()
        again = self._present(holder, version=revision)
        assert again["is_live"]
        self.app.live(again["release"]["name"], holder=holder, keep=4, action=action)
        if action == "rollback":
            self.order.pop()
        else:
            self.order.append(revision)

    def _check_that_no_rollback_is_possible(self) -> None:
        """So many rollbacks in a row that `keep` did not reach further."""
        good = {release["revision"] for release in self.app.info()["releases"] if release["state"] == "good"}
        assert not good & set(self.order[:-1])

    # What always holds

    @invariant()
    def what_serves_is_whole(self) -> None:
        live = self.app.info()["live"]
        if not self.order:
            assert live is None
            return
        assert live["revision"] == self.order[-1]
        number = self.repository.git("show", f"{live['revision']}:wsgi.py").split()[1]
        path = Path(live["path"])
        assert (path / "wsgi.py").read_text() == f"version {number}"
        assert (path / f"file{number}.txt").exists()
        assert (path / "REVISION").read_text().strip() == live["revision"]
        assert live["state"] == "good"

    @invariant()
    def a_rollback_takes_the_last_good_one(self) -> None:
        previous = self.app.info()["previous"]
        if previous is not None:
            assert previous["state"] == "good"
            assert previous["revision"] not in self.bad
            assert previous["revision"] == self.order[-2]
        else:
            self._check_that_no_rollback_is_possible()

    @invariant()
    def after_a_deploy_a_rollback_is_possible(self) -> None:
        history = self.app.info()["history"]
        if (
            history
            and history[-1]["action"] == "deploy"
            and history[-1]["result"] == "ok"
            and len(self.order) > 1
        ):
            assert self.app.info()["previous"] is not None

    @invariant()
    def every_release_is_whole_and_few_are_bad(self) -> None:
        releases = self.app.info()["releases"]
        for release in releases:
            assert (Path(release["path"]) / "REVISION").read_text().strip() == release["revision"]
        assert sum(release["state"] == "bad" for release in releases) <= 2
        assert sum(release["state"] == "unfinished" for release in releases) <= 1

    @invariant()
    def the_history_can_be_read(self) -> None:
        file = self.base / "site" / "history.jsonl"
        if file.exists():
            for line in file.read_text().splitlines():
                json.loads(line)


class DeploysWithoutLink(Deploys):
    with_link = False


SETTINGS = settings(
    max_examples=6,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


TestDeploys = Deploys.TestCase
TestDeploys.settings = SETTINGS
TestDeploysWithoutLink = DeploysWithoutLink.TestCase
TestDeploysWithoutLink.settings = SETTINGS


@pytest.mark.parametrize("keep", [1, 2, 3, 4])
def test_keep_is_an_upper_bound(tmp_path: Path, keep: int) -> None:
    repository = Repository(tmp_path / "origin")
    app = App(tmp_path / "site", str(repository.path))
    for number in range(6):
        repository.commit({"wsgi.py": str(number)})
        app.break_down() if number % 2 else app.deploy(keep=keep)
        states = [release["state"] for release in app.info()["releases"]]
        assert states.count("good") <= max(keep, 2)
        assert states.count("bad") <= 1
