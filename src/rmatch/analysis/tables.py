"""The plan as tables: its pairs, everybody's account, and what its objectives reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rmatch.analysis.explain import gained, sentences, shared_times, taught
from rmatch.columns import Category
from rmatch.factors import SCALE

if TYPE_CHECKING:
    from rmatch.matching import Matching

DISPLAYED = ("name", "email", "job_title", "department", "location")


def pairs_table(plan: Matching) -> pd.DataFrame:
    """The pairs, best first: who, the score and its parts, what is taught and gained, and why."""
    model, (i, j) = plan.model, plan.chosen
    columns: dict[str, Any] = {"mentor_id": model.mentors.ids[i], "mentee_id": model.mentees.ids[j]}
    for name in DISPLAYED:
        for side, table, rows in (("mentor", model.mentors, i), ("mentee", model.mentees, j)):
            cells = table.get(name)
            if isinstance(cells, Category):
                columns[f"{side}_{name}"] = cells.take(rows).cells()
    if any(plan.decisions):
        columns["decision"] = plan.decisions
    if any(plan.reasons):
        columns["reason"] = plan.reasons
    columns["score"] = plan.points / SCALE
    columns |= {name: part / SCALE for name, part in zip(model.names, plan.parts, strict=True)}
    columns["teaches"] = ["; ".join(some) for some in taught(model, i, j)]
    columns["gains"] = ["; ".join(some) for some in gained(model, i, j)]
    times = shared_times(model, i, j)
    if times is not None:
        columns["shared_times"] = times
    columns["why"] = sentences(model, i, j, plan.parts)
    return pd.DataFrame(columns)


def accounts_table(plan: Matching) -> pd.DataFrame:
    """One line per row and role of the input: paired, unmatched, not taking part, or rejected."""
    lines = plan.lines.copy()
    taking = lines["status"] == "taking part"
    for role, table, rows in (
        ("mentor", plan.model.mentors, plan.chosen[0]),
        ("mentee", plan.model.mentees, plan.chosen[1]),
    ):
        some = taking & (lines["role"] == role)
        paired = lines["employee_id"].isin(table.ids[rows])
        lines.loc[some, "status"] = np.where(paired[some], "paired", "unmatched")
    return lines


def stages_table(plan: Matching) -> pd.DataFrame:
    """One line per objective: its value, what is proved of it, and the gap between.

    Where sensitive columns were scored, values are the plan's own and gaps those of the step before they had a say.
    """
    gaps, rows = plan.certificate.gaps, []
    for objective in plan.program.objectives:
        for stage in objective.stages():
            value = plan.value_of(stage)
            unit = stage.sign / stage.unit
            rows.append((stage.name, unit * value + 0.0, unit * (value + gaps.get(stage.name, 0)) + 0.0))  # no -0
    if plan.certificate.sealed:  # who has a partner was frozen before sensitive columns had a say
        people = float(sum(len(np.unique(side)) for side in plan.chosen))
        rows.insert(-1, ("with_whom", people, people))
    stages = pd.DataFrame(rows, columns=["objective", "value", "bound"])
    return stages.assign(gap=(stages["bound"] - stages["value"]).abs())
