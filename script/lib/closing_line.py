"""Print the closing line of pytest and the failed tests of each log, and last their sum in the same form.

The log of the layer molecule holds one scenario after the other, each with several closing lines, and below
them the line that script/lib/test-molecule ends a scenario with. A scenario that ended before its tests is
shown, too.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

# Characters of a failed test and its reason.
LONGEST = 400
ENDED_EARLY = "ended before its tests"
LINE = re.compile(
    r"^(?P<failed>(?:FAILED|ERROR) \S+::.*)$"
    r"|^=+ (?P<counts>(?:\d+ \w+(?:, )?)+) in (?P<seconds>[\d.]+)s(?: \([\d:]+\))? =+$"
    r"|^(?:ok|FAILED) +scenario (?P<scenario>\S+), \d+ s$",
    re.MULTILINE,
)
ORDER = ("failed", "passed", "skipped")


class Closing(NamedTuple):
    """A closing line: its counts, such as ``1 failed, 3 passed``, are empty where no test ran."""

    counts: str = ""
    seconds: float = 0.0
    failed: tuple[str, ...] = ()


def read_closing_lines(layer: str, log: str) -> Iterator[tuple[str, Closing]]:
    """Return each closing line with the name of its layer or scenario."""
    pending: list[Closing] = []
    failed: list[str] = []
    for found in LINE.finditer(log):
        if found["failed"]:
            failed.append(found["failed"][:LONGEST])
        elif found["scenario"]:
            for closing in pending or [Closing()]:
                yield f"{layer} {found['scenario']}", closing
            pending, failed = [], []
        else:
            pending.append(Closing(found["counts"], float(found["seconds"]), tuple(failed)))
            failed = []
    for closing in pending:
        yield layer, closing


def main(logs: list[Path]) -> None:
    total: Counter[str] = Counter()
    taken = 0.0
    for log in logs:
        text = log.read_text(errors="replace")
        for name, closing in read_closing_lines(log.stem.removeprefix("test-"), text):
            ran = f"{closing.counts} in {closing.seconds:.2f}s" if closing.counts else ENDED_EARLY
            print(f"{name:20} {ran}", *closing.failed, sep="\n  ")
            total.update({word: int(number) for number, word in re.findall(r"(\d+) (\w+)", closing.counts)})
            taken += closing.seconds
    if total:
        words = [
            f"{total[word]} {word}" for word in (*ORDER, *sorted(set(total) - set(ORDER))) if total[word]
        ]
        print(f" {', '.join(words)} in {taken:.2f}s ".center(80, "="))


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
