"""The Pollock set of polluted CSV files: each read as its clean twin or refused with a reason, never silently wrong.

The set is public (github.com/HPI-Information-Systems/Pollock) and not part of this repository. Get it with

    git clone https://github.com/HPI-Information-Systems/Pollock
    python -m benchmarks.pollock Pollock

A file counts as ``twin`` where headers and all rows are those of its clean twin, as ``rows refused`` where all rows
that are read are the twin's and each other one is named as unreadable, as ``refused`` where the whole file is, with a
reason, and as ``warned`` where something else was read, but a warning says so. What is left is ``silently wrong``.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter, defaultdict
from pathlib import Path

from rmatch.errors import RosterError
from rmatch.roster.delimited import read_delimited
from rmatch.roster.headers import Known, Wanted
from rmatch.roster.issues import IssueLog
from rmatch.roster.source import open_text

_ID = frozenset({"productid"})
VERDICTS = ("twin", "rows refused", "refused", "warned", "silently wrong")


def verdict(polluted: Path, clean: Path) -> str:
    """Return one of :data:`VERDICTS` for a file, held against its clean twin."""
    with clean.open(encoding="utf-8", newline="") as file:
        wanted = [[cell.strip() for cell in row] for row in csv.reader(file) if any(map(str.strip, row))]
    log = IssueLog()
    try:
        with open_text(polluted, polluted.name) as text:
            sheet = read_delimited(text, Wanted(polluted.name, "workforce", Known(_ID, _ID), log))
    except RosterError:
        return "refused"
    headers = [header.strip() for header in sheet.headers]
    named = [k for k, header in enumerate(headers) if header]
    rows = Counter(zip(*(sheet.columns[k].cells.tolist() for k in named), strict=True))
    twins = Counter(map(tuple, wanted[1:]))
    if not wanted or [headers[k] for k in named] not in (wanted[0], [" ".join(w.split()[:1]) for w in wanted[0]]):
        if len(sheet.unreadable) and not rows:
            return "refused"
        return "refused" if "PRODUCTID" not in headers else "warned" if log.count("warning") else "silently wrong"
    if not rows - twins:
        lost = (twins - rows).total()
        if not lost and not sheet.unreadable:
            return "twin"
        if lost <= len(sheet.unreadable):
            return "rows refused"
    return "warned" if log.count("warning") else "silently wrong"


def judged(root: Path) -> dict[str, list[str]]:
    """Return the names of the files of the set by their verdicts."""
    found: dict[str, list[str]] = defaultdict(list)
    for polluted in sorted((root / "polluted_files" / "csv").glob("*.csv")):
        found[verdict(polluted, root / "polluted_files" / "clean" / polluted.name)].append(polluted.name)
    return found


if __name__ == "__main__":
    found = judged(Path(sys.argv[1]))
    print(f"{sum(map(len, found.values())):,} files")
    for kind in VERDICTS:
        some = found[kind]
        print(f"{kind:>15}  {len(some):5,}  {', '.join(some[:8]) if kind in VERDICTS[3:] else ''}")
