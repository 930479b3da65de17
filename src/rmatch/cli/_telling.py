"""What the command line says: messages and progress to standard error, figures to standard output, and exit codes.

Advice that a message of the library gives as Python is told in the words of the command line."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from rmatch._util.typed import advised, typed
from rmatch.errors import RmatchError, RosterError

if TYPE_CHECKING:
    from pandas import DataFrame

    from rmatch.analysis.difference import Difference
    from rmatch.matching import Matching
    from rmatch.roster import Roster


DONE, FAILED, USAGE, INPUT, INFEASIBLE, UNVERIFIED, OUTPUT, INTERRUPTED = 0, 1, 2, 3, 4, 5, 6, 130


_UNSHOWN = {
    code: f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
    for code in (*range(9), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}


def shown(text: str) -> str:
    """The text in the words of the command line, without what would move a terminal's cursor, change its title, or
    turn the direction of writing.
    """
    return typed(text).translate(_UNSHOWN)


def say(text: str) -> None:
    """Print a message to standard error, if that can be written."""
    passing("")
    with suppress(OSError):
        print(shown(text), file=sys.stderr, flush=True)


def hint(error: RmatchError) -> str:
    """Return the command that helps with people who cannot be read, as a line of its own; empty where none does."""
    if not isinstance(error, RosterError) or error.issues is None:
        return ""
    if not error.issues["row"].notna().any():
        unknown = set(error.issues["column"]) & {"employee_id", "role"}
        return "\n`rmatch init` with the same files drafts a program for them." if unknown else ""
    return "\n`rmatch check` with the same files lists everything."


def passing(text: str) -> None:
    """Show one line that the next one replaces, if somebody is looking."""
    if sys.stderr.isatty():
        with suppress(OSError):
            print(f"\r{shown(text)[:78]:<78}\r", end="", file=sys.stderr, flush=True)


def meanwhile(words: argparse.Namespace, news: object) -> None:
    """Say what happens meanwhile: for good with ``--verbose``, else on one line that the next one replaces."""
    say(str(news)) if words.verbose else passing(str(news))


def tell(
    roster: Roster,
    matching: Matching,
    words: argparse.Namespace,
    files: Sequence[str],
    difference: Difference | None = None,
    curve: DataFrame | None = None,
) -> None:
    """Print what came of it: figures as JSON with ``--json``, else the summary in words."""
    passing("")
    if words.json:
        counts = matching.accounts["status"].value_counts().sort_index()
        found = roster.issues["severity"].value_counts().sort_index()
        figures = {
            "status": matching.status.name,
            "state": matching.state,
            "pairs": len(matching.points),
            "unmatched": len(matching.unmatched),
            "total": matching.total,
            "bound": matching.bound,
            "gap": matching.gap,
            "gaps": dict(zip(*(matching.reached[name].tolist() for name in ("objective", "gap")), strict=True)),
            "counts": {str(status): int(number) for status, number in counts.items()},
            "cautions": advised(matching.cautions).to_dict("records"),
            "issues": {str(severity): int(number) for severity, number in found.items()},
            "out": str(words.out),
            "files": list(files),
        }
        if difference is not None:
            figures["difference"] = difference.to_dict()
        if curve is not None:
            figures["curve"] = curve.to_dict("records")
        print(json.dumps(figures))
        return
    from rmatch.analysis.summary import best_pair, state

    parts: tuple[str, ...] = (roster.summary(warnings=False), matching.summary(), best_pair(matching))
    if difference is not None:
        parts = (str(difference), matching.summary(), state(matching), "" if curve is None else _shown(curve))
    if (matching.issues["severity"] == "warning").any():
        parts += ("Every warning with its row: issues.csv, or `rmatch check` with the same files.",)
    said = "\n\n".join(part for part in parts if part)
    print(shown(folded(said)), shown(f"Written to {words.out}: {', '.join(files)}"), sep="\n\n")


def _shown(curve: DataFrame) -> str:
    """What each budget of changes buys, as a few lines."""
    lines = ["What a budget of changes buys (also in curve.csv):"]
    for row in curve.to_dict("records"):
        pairs = f"{row['pairs']:,} pairs, mean score {row['mean_score']:.4f}"
        lines.append(f"  {row['max_changes']:>6,} changes: {pairs}, {row['proof']}")
    return "\n".join(lines)


def folded(text: str) -> str:
    """Return the text with long lines broken at blanks, the rest of a line set in."""
    from textwrap import TextWrapper

    wrap = TextWrapper(100, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    return "\n".join(wrap.fill(line) for line in text.splitlines())
