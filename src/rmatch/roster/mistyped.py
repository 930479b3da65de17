"""What a workbook may have made of an entry: dates of bands, numbers of ids, errors and formulas without a result."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Any

from rmatch.roster.issues import IssueLog
from rmatch.roster.survey import Survey

_ZERO_LED = re.compile("0[0-9]+")
_EXACT = 1e15
_TIMES = (date, time, timedelta)


def report_mistyped(
    seen: Survey, k: int, held: Sequence[Any], words: Sequence[str], first: int, header: str, file: str, log: IssueLog
) -> None:
    """Warn of cells in a column that may not hold what was typed into them; each fault is said once, at its first row.

    Args:
        seen: What was seen of the sheet.
        k: Place of the column, from 0.
        held, words: The cells as the workbook types them, and as text.
        first: Row of the first of them.
        header: The column's header.
        file: What the workbook is called.
        log: Takes the warnings.
    """

    def say(rows: Sequence[int], reason: str, remedy: str, value: str = "") -> None:
        if rows:
            more = f" ({len(rows) - 1:,} more like it)" if len(rows) > 1 else ""
            log.note("warning", file, reason + more, remedy, column=header, value=value, row=first + rows[0])

    here = range(len(held))
    faulty = sorted(row + 1 - first for row in seen.errors.get(k, ()) if row + 1 >= first)
    say(
        faulty, "the cell holds an error such as #N/A and is read as missing", "Correct the formula, or clear the cell."
    )
    if k in seen.formulas:
        without = {row + 1 - first for row in seen.formulas[k]}
        say(
            [row for row in here if row in without and words[row] == ""],
            "the cell holds a formula that was never computed and is read as missing",
            "Open the workbook in Excel and save it, so that results stand in it.",
        )
    kinds = set(map(type, held)) - {str}
    if not kinds:
        return
    texts = [row for row in here if isinstance(held[row], str) and words[row].strip()]
    dates = [row for row in here if isinstance(held[row], _TIMES)]
    if dates and (texts or len(dates) < sum(word != "" for word in words)):
        say(
            dates,
            "the cell holds a date or time among other answers; a spreadsheet makes one of entries such as 2-5",
            "If it was typed otherwise, format the column as text and type it again.",
            words[dates[0]],
        )
    numbers = [row for row in here if type(held[row]) in (int, float)]
    long = [row for row in numbers if abs(held[row]) >= _EXACT]
    say(
        long,
        "the number has more than the 15 digits that a spreadsheet keeps, so its last ones are lost",
        "Export it as text.",
        words[long[0]] if long else "",
    )
    led = [len(words[row].strip()) for row in texts if _ZERO_LED.fullmatch(words[row].strip())]
    eaten = [row for row in numbers if led and words[row].isdecimal() and len(words[row]) < max(led)]
    say(
        eaten,
        "the number stands among texts with leading zeros, and may have lost its own",
        "Format the column as text and enter the zeros again, or export it as text.",
        words[eaten[0]] if eaten else "",
    )
