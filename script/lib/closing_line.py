"""Print pytest's closing line of each log, and last one that adds them up, in pytest's own form.

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

LINE = re.compile(
    r"^=+ (?P<counts>(?:\d+ \w+(?:, )?)+) in (?P<seconds>[\d.]+)s(?: \([\d:]+\))? =+$"
    r"|^(?:ok|FAILED) +scenario (?P<scenario>\S+), \d+ s$",
    re.MULTILINE,
)
ORDER = ("failed", "passed", "skipped")


def read_closing_lines(layer: str, log: str) -> Iterator[tuple[str, str, float]]:
    """Name of the layer or scenario, counts and seconds of each closing line; no counts where no test ran."""
    pending: list[tuple[str, float]] = []
    for found in LINE.finditer(log):
        if found["scenario"]:
            for counts, seconds in pending or [("", 0.0)]:
                yield f"{layer} {found['scenario']}", counts, seconds
            pending = []
        else:
            pending.append((found["counts"], float(found["seconds"])))
    for counts, seconds in pending:
        yield layer, counts, seconds


def main(logs: list[Path]) -> None:
    total: Counter[str] = Counter()
    taken = 0.0
    for log in logs:
        text = log.read_text(errors="replace")
        for name, counts, seconds in read_closing_lines(log.stem.removeprefix("test-"), text):
            print(f"{name:20} {counts} in {seconds:.2f}s" if counts else f"{name:20} ended before its tests")
            total.update({word: int(number) for number, word in re.findall(r"(\d+) (\w+)", counts)})
            taken += seconds
    if total:
        words = [
            f"{total[word]} {word}" for word in (*ORDER, *sorted(set(total) - set(ORDER))) if total[word]
        ]
        print(f" {', '.join(words)} in {taken:.2f}s ".center(80, "="))


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
