"""How values look in a notebook: one small block of HTML from ``notebook.html``, nothing longer than a screen."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from rmatch._util.templates import environment

MOST_ROWS, MOST_COLUMNS, MOST_CHARACTERS, MOST_TEXT = 10, 12, 300, 4_000


def block(title: str, *parts: str) -> str:
    """A titled block of parts that :func:`lines` and :func:`table` made; any other text is escaped."""
    return str(_macros().block(_cut(title), parts))


def lines(text: str) -> str:
    """Text with its line breaks, as a part of a block."""
    made: str = _macros().lines(_cut(text, MOST_TEXT)) if text else ""
    return made


def table(headers: Sequence[str], rows: Iterable[Sequence[object]], count: int | None = None) -> str:
    """A table of the first rows, and how many more there are of ``count``; nothing where there is no row."""
    rows = [row for row, _ in zip(rows, range(MOST_ROWS + 1), strict=False)]
    shown = [[_cell(value) for value in row[:MOST_COLUMNS]] for row in rows[:MOST_ROWS]]
    if not shown:
        return ""
    more = (len(rows) if count is None else count) - len(shown)
    note = f"… and {more:,} more" if count is not None else "… and more"
    heads = [_cut(header) for header in headers[:MOST_COLUMNS]]
    made: str = _macros().table(heads, shown, note if more > 0 else "")
    return made


@cache
def _macros() -> Any:
    return environment("rmatch._util").get_template("notebook.html").module


def _cell(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else _cut(str(value))


def _cut(text: str, most: int = MOST_CHARACTERS) -> str:
    text = _visible(text[: 2 * most])
    return text if len(text) <= most else text[: most - 1] + "…"


def _visible(text: str) -> str:
    """Without the characters that no screen shows: control characters, and halves of a surrogate pair."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
