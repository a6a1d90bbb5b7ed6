"""The world of these tests: an origin one pushes to, a server that serves, visitors who watch, playbooks."""

from __future__ import annotations

import functools
import http.client
import itertools
import json
import os
import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Union

from benchmarks.load import Load

ROOT = Path(__file__).parents[3]
MARK = re.compile(r'<meta name="release" content="([^"]+)">')
RATE = int(os.environ.get("MASONITE_RATE", "40"))
# Two cores run the visitors, Ansible and the server; on hardware of its own the figure is 0.03 s.
LONGEST_GAP = float(os.environ.get("MASONITE_LONGEST_GAP", "0.5"))

MASTERS = """
import os, pwd, sys
uid, parents = pwd.getpwnam(sys.argv[1]).pw_uid, {}
for pid in filter(str.isdigit, os.listdir("/proc")):
    try:
        if os.stat(f"/proc/{pid}").st_uid == uid:
            state, parent = open(f"/proc/{pid}/stat").read().rpartition(") ")[2].split()[:2]
            if state != "Z":
                parents[int(pid)] = int(parent)
    except OSError:
        pass
print(sorted(pid for pid, parent in parents.items() if parent not in parents))
"""

# What a commit changes: the new text of a file, or None for one that goes.
Files = Mapping[str, Union[str, None]]

_numbers = itertools.count(1)


def sh(*command: str, cwd: Path | None = None) -> str:
    done = subprocess.run(command, text=True, capture_output=True, cwd=cwd, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout.strip()


@dataclass(frozen=True)
class Server:
    name: str

    def sh(self, script: str, user: str = "root") -> str:
        return sh("docker", "exec", "-u", user, self.name, "sh", "-c", script)

    def start(self, script: str) -> None:
        sh("docker", "exec", "-d", self.name, "sh", "-c", script)

    @functools.cached_property
    def address(self) -> str:
        network = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
        return sh("docker", "inspect", "-f", network, self.name)


@dataclass(frozen=True)
class Run:
    """A playbook that has ended."""

    rc: int
    output: str
    seconds: float

    @property
    def changed(self) -> int:
        return sum(map(int, re.findall(r"^\S+ +: ok=\d+ +changed=(\d+)", self.output, re.MULTILINE)))

    def says(self, *words: str) -> None:
        """All of it is in the output, however that is wrapped."""
        said = " ".join(self.output.split())
        missing = [word for word in words if word not in said]
        assert missing == [], f"not said: {missing}"

    def succeeded(self) -> Run:
        assert self.rc == 0, f"exit code {self.rc}"
        return self

    def failed(self, *words: str) -> Run:
        assert self.rc != 0
        self.says(*words)
        return self


class Playbook:
    """A playbook that runs, in a process group of its own; `root` is the clone it is taken from."""

    def __init__(self, name: str, *arguments: str, root: Path = ROOT) -> None:
        environment = {
            **os.environ,
            "ANSIBLE_CONFIG": str(root / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(root / "playbooks/collections"),
            "ANSIBLE_PIPELINING": "true",
            # Where skipped tasks are not shown, the name of a task is shown only when it ends.
            "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "true",
            "ANSIBLE_NOCOLOR": "1",
            "PYTHONUNBUFFERED": "1",
        }
        environment.pop("ANSIBLE_FORCE_COLOR", None)
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [
                "ansible-playbook",
                "-i",
                os.environ["MOLECULE_INVENTORY_FILE"],
                f"playbooks/{name}",
                *arguments,
            ],
            cwd=root,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.lines: list[str] = []

    def until(self, text: str) -> None:
        """Reads on until a line has the text in it, such as the name of a task that begins."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if text in line:
                return
        raise AssertionError(f"{text!r} was never said:\n{''.join(self.lines)}")

    def end(self) -> Run:
        assert self.process.stdout is not None
        self.lines += self.process.stdout
        rc = self.process.wait(timeout=600)
        run = Run(rc, "".join(self.lines), time.monotonic() - self.started)
        print(run.output, f"({run.seconds:.1f} s)")
        return run


def extra(**variables: Any) -> list[str]:
    return ["-e", json.dumps(variables)]


def migration(name: str, up: str, down: str = "pass", class_name: str | None = None) -> dict[str, str | None]:
    """A migration file; its class is named after it, unless told otherwise."""
    named = class_name or "".join(word.capitalize() for word in name.split("_")[4:])
    text = (
        "from masoniteorm.migrations import Migration\n\n\n"
        f"class {named}(Migration):\n"
        f"    def up(self):\n        {up}\n\n"
        f"    def down(self):\n        {down}\n"
    )
    return {f"databases/migrations/{name}.py": text}


def created(table: str) -> str:
    return f'with self.schema.create("{table}") as table: table.string("name")'


def dropped(table: str) -> str:
    return f'self.schema.drop("{table}")'


class Origin:
    """The repository of an app: commits on top of the last one that worked."""

    def __init__(self, directory: Path, branch: str) -> None:
        self.directory = directory
        self.branch = branch
        bare = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "git" / "app.git"
        sh("git", "clone", "-q", "--branch", branch, str(bare), str(directory))
        for name, value in (
            ("user.name", "Tests"),
            ("user.email", "tests@localhost"),
            ("commit.gpgsign", "false"),
        ):
            self.git("config", name, value)
        self.good = self.git("rev-parse", "HEAD")

    def git(self, *command: str) -> str:
        return sh("git", "-c", "core.hooksPath=/dev/null", *command, cwd=self.directory)

    def read(self, path: str) -> str:
        return (self.directory / path).read_text()

    def push(self, files: Files) -> str:
        """A new version, told apart by the mark on its page. It is built on the last good one."""
        self.git("reset", "-q", "--hard", self.good)
        mark = f"{self.branch}-{next(_numbers)}"
        page = self.read("templates/welcome.html")
        marked = MARK.sub(f'<meta name="release" content="{mark}">', page)
        for path, text in {"templates/welcome.html": marked, **files}.items():
            file = self.directory / path
            if text is None:
                file.unlink()
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", mark)
        self.git("push", "-q", "--force", "origin", f"HEAD:{self.branch}")
        return mark

    def keep(self) -> None:
        self.good = self.git("rev-parse", "HEAD")

    def tidy(self) -> None:
        """Leaves the last good version at the head, so that the tests can be run again."""
        self.git("push", "-q", "--force", "origin", f"{self.good}:{self.branch}")


@dataclass(frozen=True)
class Site:
    """An app on a server, as a visitor, a developer and an operator see it."""

    name: str
    server: Server
    origin: Origin

    @property
    def domain(self) -> str:
        return f"{self.name}.test"

    @property
    def path(self) -> str:
        return f"/srv/sites/{self.name}"

    # The visitor

    def get(self, path: str = "/", timeout: float = 30) -> tuple[int, str]:
        connection = http.client.HTTPConnection(self.server.address, timeout=timeout)
        try:
            connection.request("GET", path, headers={"Host": self.domain})
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        finally:
            connection.close()

    def mark(self) -> str:
        status, body = self.get()
        found = MARK.search(body)
        assert status == 200, body
        assert found is not None, body
        return found.group(1)

    @contextmanager
    def visitors(self, longest_gap: float = LONGEST_GAP) -> Iterator[Load]:
        """So many requests a second, none of which may fail."""
        url = f"http://{self.server.address}/"
        load = Load(url, host=self.domain, rate=RATE, timeout=30, mark=MARK.pattern, max_seconds=1800)
        with load:
            time.sleep(0.3)
            yield load
            time.sleep(0.3)
        summary = load.summary()
        print(f"visitors of {self.name}: {summary}")
        assert summary.failed == 0, summary.outcomes
        assert summary.longest_gap <= longest_gap

    # The developer and the operator

    def arguments(self) -> list[str]:
        return ["--limit", self.server.name, "-e", f"masonite_app_only={self.name}"]

    def run(self, playbook: str, *arguments: str) -> Run:
        return self.begin(playbook, *arguments).end()

    def begin(self, playbook: str, *arguments: str) -> Playbook:
        return Playbook(playbook, *self.arguments(), *arguments)

    def deploy(self, *arguments: str, files: Files | None = None) -> str:
        """Pushes a version that works, and brings it live."""
        mark = self.origin.push(files or {})
        self.run("deploy.yml", *arguments).succeeded()
        self.origin.keep()
        assert self.mark() == mark
        return mark

    def releases(self) -> list[str]:
        return self.server.sh(f"ls {self.path}/releases").split()

    def live(self) -> str:
        return self.server.sh(f"readlink -f /srv/sockets/{self.name}.root").rpartition("/")[2]

    def state_of(self, release: str) -> str:
        return str(json.loads(self.server.sh(f"cat {self.path}/.state/{release}.json"))["state"])

    def locked(self) -> bool:
        return self.server.sh(f"test -e {self.path}/.state/lock && echo yes || true") == "yes"

    def history(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.server.sh(f"cat {self.path}/history.jsonl").splitlines()]

    def environment(self) -> str:
        return self.server.sh(f"cat {self.path}/.env")

    def masters(self) -> list[int]:
        """The app's processes whose parent is not one of them: its uWSGI masters."""
        return list(json.loads(sh("docker", "exec", self.server.name, "python3", "-c", MASTERS, self.name)))
