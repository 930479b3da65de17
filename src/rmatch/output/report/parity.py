"""Who was placed, by declared group: the tables of the audit's page, from the audit itself."""

from __future__ import annotations

import pandas as pd

from rmatch.analysis.audit import audit
from rmatch.output.report.people import shortened
from rmatch.output.report.story import ParityTable
from rmatch.result import Result

_FIGURES = (
    ("people", "People", "{:,.0f}"),
    ("matched", "With a partner", "{:,.0f}"),
    ("matched_rate", "Share", "{:.0%}"),
    ("impact_ratio", "Ratio to the best placed", "{:.2f}"),
    ("p_value", "Fisher’s p", "{:.3f}"),
    ("mean_score", "Mean score", "{:.2f}"),
    ("scoring_rate", "Above the median", "{:.0%}"),
    ("scoring_impact_ratio", "Its ratio", "{:.2f}"),
    ("load", "Pairs a person", "{:.2f}"),
)
HEADS = ("Group", *(head for _, head, _ in _FIGURES))


def parity(matching: Result) -> tuple[ParityTable, ...]:
    """A table for each side and each column that is audited. Raises ProgramError where there is none."""
    table = audit(matching)
    return tuple(
        ParityTable(
            f"{str(side).capitalize()}s by {str(column).replace('_', ' ')}",
            tuple((shortened(str(line["group"])), *_figures(line)) for _, line in lines.iterrows()),
        )
        for (side, column), lines in table.groupby(["side", "column"], sort=True)
    )


def _figures(line: pd.Series) -> tuple[str, ...]:
    return tuple("" if pd.isna(line[name]) else form.format(line[name]) for name, _, form in _FIGURES)
