"""Columns that stand apart: whoever scores or shows the people is not given them."""

from __future__ import annotations

import numpy as np

from rmatch.binding import Binding
from rmatch.columns import BoolArray, Table, said_yes


def set_apart(table: Table, binding: Binding) -> tuple[Table, Table]:
    """Return one side without its withheld columns, and those columns alone.

    Where a column needs consent, the cells of everybody who did not say yes are missing there: no answer, "prefer not
    to say" and no consent are one and the same from here on.
    """
    seen = {name: column for name, column in table.columns.items() if name not in binding.withheld}
    apart = {}
    for name, declared in binding.columns.items():
        if declared.withheld and name in table:
            agreed = _agreed(table, declared.consent)
            apart[name] = table[name].only(agreed)
    return Table(table.ids, seen, table.lines, table.node), Table(table.ids, apart)


def _agreed(table: Table, consent: str | None) -> BoolArray:
    if consent is None:
        return np.ones(len(table.ids), bool)
    return said_yes(table[consent]) if consent in table else np.zeros(len(table.ids), bool)
