"""Diagnosis: what is wrong with an export, as a table and as text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pandas as pd

_SHOWN = 10
PLACE = re.compile(r"(?<=\brow )\d+|(?<=\brows: )\d[\d, ]*(and [\d,]+ more)?")
"""Numbers of rows in a message: the order of rows must not show in a plan."""


def alike(issues: pd.DataFrame, by: Sequence[str]) -> Iterator[tuple[tuple[str, ...], pd.DataFrame]]:
    """Yield the issues that have some columns in common, with these cells, and without the rows that reasons name."""
    if len(issues):
        reasons = [PLACE.sub("…", str(reason)) for reason in issues["reason"]]
        for key, some in issues.assign(reason=reasons).fillna({"column": ""}).groupby(list(by), sort=True):
            yield tuple(map(str, key)), some


def examples(issues: pd.DataFrame) -> list[str]:
    """Return the commonest cells of some issues, three at most."""
    seen = issues.loc[issues["value"] != "", "value"].value_counts()
    return [str(value) for value, _ in sorted(seen.items(), key=lambda each: (-each[1], str(each[0])))[:3]]


def diagnosis(issues: pd.DataFrame) -> Iterator[str]:
    """Yield the issues as lines, errors first; equal issues are combined, with their number and remedy.

    Of those with one remedy the ten commonest are written out.
    """
    for severity in ("error", "warning", "info"):
        some = issues[issues["severity"] == severity]
        for (column, remedy), alike in some.groupby(["column", "remedy"], sort=False, dropna=False):
            yield ""
            yield _head(severity, str(column), alike)
            same = alike.groupby(["file", "reason", "value"], sort=False)["row"].agg(["min", "size"])
            same = same.sort_values("size", ascending=False, kind="stable")
            for (file, reason, value), row, times in same.head(_SHOWN).itertuples():
                where = file if pd.isna(row) else f"{file}, row {row}"
                more = f" and {times - 1:,} more" if times > 1 else ""
                yield f"  {where}{more}: {reason}" + (f" ({value})" if value and value not in reason else "")
            if len(same) > _SHOWN:
                yield f"  … and {same['size'].iloc[_SHOWN:].sum():,} more"
            if remedy:
                yield f"  What to do: {remedy}"


def _head(severity: str, column: str, alike: pd.DataFrame) -> str:
    word = "NOTE" if severity == "info" else severity.upper()
    head = f"{word} in {column}" if column else word
    rows = alike["row"].nunique()
    if severity == "error" and rows:
        return f"{head}: {f'{rows:,} rows are' if rows > 1 else 'the row is'} rejected"
    return head + (f" ({len(alike):,} times)" if len(alike) > 1 else "")
