"""A shell at a terminal, into which one types and which asks questions."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress

ENDED = re.compile(r"^ended (\d+)\r?$", re.MULTILINE)


class Terminal:
    """The shell stays from one command to the next: what was exported or entered is still so."""

    def __init__(self, container: str, user: str, environment: Mapping[str, str]) -> None:
        self.container = container
        self.user = user
        self.answers: dict[str, str] = {}
        self.master, slave = pty.openpty()
        options = ["--user", user, "--workdir", f"/home/{user}"]
        options += [f"--env={name}={value}" for name, value in environment.items()]
        self.process = subprocess.Popen(
            ["docker", "exec", "-it", *options, container, "bash", "--norc", "-i"],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self.run("trap 'failed=1' ERR")

    def close(self) -> None:
        # What still runs after its time is over does not read it.
        with suppress(OSError, subprocess.TimeoutExpired):
            os.write(self.master, b"exit\n")
            self.process.wait(timeout=20)
        self.process.kill()
        self.process.wait()
        os.close(self.master)

    def write(self, path: str, text: str) -> None:
        """Write a file, below the directory the shell is in."""
        command = ["docker", "exec", "-i", "--user", self.user, "--workdir", self.directory(), self.container]
        subprocess.run([*command, "tee", path], input=text, text=True, check=True, stdout=subprocess.DEVNULL)

    def directory(self) -> str:
        return self.run("pwd").split()[-1]

    def run(self, commands: str, timeout: float = 900) -> str:
        """Type commands, answer what they ask, and return what they have printed; each must succeed."""
        script = "/tmp/typed"
        command = ["docker", "exec", "-i", "--user", self.user, self.container, "tee", script]
        subprocess.run(command, input=commands + "\n", text=True, check=True, stdout=subprocess.DEVNULL)
        os.write(self.master, f"failed=0; . {script}; echo; echo ended $failed\n".encode())
        output = self._read_until_end(timeout)
        ended = ENDED.search(output)
        assert ended is not None, f"not done after {timeout} s:\n{commands}\n{output}"
        assert ended[1] == "0", f"a command has failed:\n{commands}\n{output}"
        return output[: ended.start()]

    def _read_until_end(self, timeout: float) -> str:
        output, answered = "", 0
        deadline = time.monotonic() + timeout
        while not ENDED.search(output) and time.monotonic() < deadline:
            if not select.select([self.master], [], [], 1)[0]:
                continue
            try:
                printed = os.read(self.master, 65536).decode(errors="replace").replace("\r\n", "\n")
            except OSError:
                break
            output += printed
            print(printed, end="", flush=True)
            for question, answer in self.answers.items():
                if re.search(question, output[answered:]):
                    answered = len(output)
                    os.write(self.master, f"{answer}\n".encode())
        return output
