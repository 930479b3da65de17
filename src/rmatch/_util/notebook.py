"""How values look in a notebook: one small block of HTML, every text escaped, nothing longer than a screen.

Colours are the notebook's own, with grey of its own strength for lines, so that it reads in light and dark alike.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from html import escape

MOST_ROWS, MOST_COLUMNS, MOST_CHARACTERS, MOST_TEXT = 10, 12, 300, 4_000

_GREY = "rgba(128,128,128,.35)"
_BOX = (
    f"font-size:13px;line-height:1.45;border:1px solid {_GREY};border-radius:6px;padding:8px 12px;max-width:76em;"
    "overflow-x:auto"
)
_TABLE = "border-collapse:collapse;margin:6px 0;color:inherit;font-size:inherit"
_CELL = "padding:2px 10px 2px 0;text-align:left;vertical-align:top;unicode-bidi:isolate;overflow-wrap:break-word"
_TEXT = "white-space:pre-wrap;overflow-wrap:anywhere;margin:4px 0"
_LINE = f"border-top:1px solid {_GREY}"


def block(title: str, *parts: str) -> str:
    """A titled block of parts that :func:`lines` and :func:`table` made."""
    return f'<div style="{_BOX}"><div style="font-weight:600">{_safe(title)}</div>{"".join(parts)}</div>'


def lines(text: str) -> str:
    """Text with its line breaks."""
    return f'<div style="{_TEXT}" dir="auto">{_safe(text, MOST_TEXT)}</div>' if text else ""


def table(headers: Sequence[str], rows: Iterable[Sequence[object]], count: int | None = None) -> str:
    """A table of the first rows, and how many more there are of ``count``; nothing where there is no row."""
    rows = [row for row, _ in zip(rows, range(MOST_ROWS + 1), strict=False)]
    shown = rows[:MOST_ROWS]
    if not shown:
        return ""
    head = "".join(f'<th scope="col" style="{_CELL}">{_safe(header)}</th>' for header in headers[:MOST_COLUMNS])
    body = "".join(f"<tr>{''.join(map(_cell, row[:MOST_COLUMNS]))}</tr>" for row in shown)
    more = (len(rows) if count is None else count) - len(shown)
    note = f"… and {more:,} more" if count is not None else "… and more"
    return f'<table style="{_TABLE}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>' + (
        f'<div style="opacity:.8">{note}</div>' if more > 0 else ""
    )


def _cell(value: object) -> str:
    text = f"{value:.3f}" if isinstance(value, float) else _safe(str(value))
    return f'<td style="{_CELL};{_LINE}" dir="auto">{text}</td>'


def _safe(text: str, most: int = MOST_CHARACTERS) -> str:
    text = _visible(text[: 2 * most])
    return escape(text if len(text) <= most else text[: most - 1] + "…")


def _visible(text: str) -> str:
    """Without the characters that no screen shows: control characters, and halves of a surrogate pair."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
