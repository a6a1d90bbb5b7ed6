"""Print pytest's closing line of each log, and last one that adds them up, in pytest's own form."""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

CLOSING = re.compile(r"^=+ ((?:\d+ \w+(?:, )?)+) in ([\d.]+)s(?: \([\d:]+\))? =+$", re.MULTILINE)
ORDER = ("failed", "passed", "skipped")

total: Counter[str] = Counter()
seconds = 0.0
for log in map(Path, sys.argv[1:]):
    for counts, taken in CLOSING.findall(log.read_text(errors="replace")):
        print(f"{log.stem.removeprefix('test-'):9} {counts} in {taken}s")
        total.update({word: int(number) for number, word in re.findall(r"(\d+) (\w+)", counts)})
        seconds += float(taken)
if total:
    words = [f"{total[word]} {word}" for word in (*ORDER, *sorted(set(total) - set(ORDER))) if total[word]]
    print(f" {', '.join(words)} in {seconds:.2f}s ".center(80, "="))
