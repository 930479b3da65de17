"""Columns that stand apart: what scores or shows the people is not given them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from rmatch.columns import FEWEST, BoolArray, Column, Table, means_yes
from rmatch.roster.issues import IssueLog
from rmatch.roster.numbers import plain_number
from rmatch.roster.rows import Parts, Rows
from rmatch.roster.texts import Texts
from rmatch.schema.binding import Binding


def agreed(rows: Rows, binding: Binding, log: IssueLog) -> Rows:
    """Return the rows with withheld cells only where their owner said yes, if the column asks for consent.

    That is done before the cells are read as numbers, labels or lists: no answer, "prefer not to say" and no consent
    are one and the same from here on, and what does not count cannot change how the rest is understood either.

    Args:
        rows: The rows.
        binding: Says which columns are withheld, and which hold their consents.
        log: Is told where many answer the question of consent and no answer means yes.
    """
    for consent in sorted(binding.consents & rows.cells.keys()):
        said = int(sum((~part.empty).sum() for part in rows.cells[consent]))
        if said >= FEWEST and not _yes(rows, consent).any():
            log.withhold(consent, said, "nobody's answer means yes", "Write yes or no.")
    cells: Mapping[str, Parts] = {
        name: tuple(part.only(_yes(rows, binding.columns[name].consent)) for part in parts)
        if name in binding.columns and binding.columns[name].withheld
        else parts
        for name, parts in rows.cells.items()
    }
    return replace(rows, cells=cells)


def _yes(rows: Rows, consent: str | None) -> BoolArray:
    if consent is None:
        return np.ones(len(rows), bool)
    said = np.zeros(len(rows), bool)
    for part in rows.cells.get(consent, ()):
        said |= _means_yes(part.spoken())
    return said


def _means_yes(texts: Texts) -> BoolArray:
    words = [word.strip("; |") for word in texts.words]
    return texts.where([means_yes(word) or plain_number(word) == 1 for word in words])


def set_apart(table: Table, binding: Binding) -> tuple[Table, Table]:
    """Return one side without its withheld columns, and the sensitive and audited ones alone; no consents."""
    seen: dict[str, Column] = {}
    apart: dict[str, Column] = {}
    for name, column in table.columns.items():
        if name not in binding.withheld:
            seen[name] = column
        elif name in binding.columns and binding.columns[name].withheld:
            apart[name] = column
    return replace(table, columns=seen), Table(table.ids, apart)
