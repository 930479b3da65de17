"""Columns of labels that sort nobody: said with the line that compares them as what they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from rmatch.columns import Category
from rmatch.roster.issues import IssueLog
from rmatch.roster.mapping import SheetMap
from rmatch.roster.rows import Rows
from rmatch.roster.sheet import Sheet
from rmatch.roster.texts import Answers
from rmatch.schema.bands import measured, numeric, singular
from rmatch.schema.binding import Binding


def check_bands(
    rows: Rows,
    columns: Mapping[str, Answers],
    sheets: Sequence[Sheet],
    maps: Sequence[SheetMap],
    binding: Binding,
    log: IssueLog,
) -> None:
    """Warn of each column that is compared as labels, and in which nearly every row has an answer of its own.

    Args:
        rows: The rows as text.
        columns: The same, typed.
        sheets: The sheets that they come from.
        maps: Where each sheet has each column.
        binding: Says which columns are compared.
        log: Takes the warnings.
    """
    for name in sorted({*columns} & binding.labels - binding.withheld):
        column = columns[name].at(np.arange(len(rows)))
        if not isinstance(column, Category) or not singular(column):
            continue
        said = np.flatnonzero(column.codes >= 0)
        some = column.cells()[said]
        own = int((np.bincount(column.codes[said]) > 0).sum())
        reason = f"{own:,} different answers in {len(said):,} rows are compared as labels, so this is no band"
        if numeric(column):
            header = next((s.headers[found.columns[name][0]] for s, found in zip(sheets, maps, strict=False)
                           if name in found.columns), name)  # fmt: skip
            other = f"{name.removesuffix('_band')}_as_number"
            remedy = (
                f'To compare numbers, read them as one: [columns.{other}] source = "{header.strip()}", and a criterion '
                f'`difference` with column = "{other}". Else write bands, such as 0-5 and 6-10.'
            )
        elif measured(column):
            remedy = "Write bands, such as 0-5 and 6-10 years, or the numbers without their unit, to compare these."
        else:
            remedy = "Write fewer, common answers, such as bands, or leave the column out of the program."
        log.on(rows.places, name).once("warning", said, str(some[0]), reason, remedy)
