"""What stands behind the pairs: who waits and why, the program in words, the state of the export, the provenance."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import version

import numpy as np
import pandas as pd

from rmatch.analysis.claims import bounds, of_stage
from rmatch.analysis.costs import stages
from rmatch.analysis.reached import reached
from rmatch.analysis.summary import figure
from rmatch.analysis.tables import accounts_table, stages_table, unmatched_table
from rmatch.errors import Reason
from rmatch.output.record_of import record_of
from rmatch.output.report.people import people_of, shortened
from rmatch.output.report.story import Finding, Rulebook, Waiting
from rmatch.problem.compiled import staged
from rmatch.result import Result

EXAMPLES = 3
"""Cells that are shown of each kind of finding."""

_FEW = 250_000  # pairs of people for whom it is worth solving again what an objective cost
_SEVERITIES = ("error", "warning", "info")
_PLACE = re.compile(r"(?<=\brow )\d+|(?<=\brows: )\d[\d, ]*(and [\d,]+ more)?")  # the order of rows must not show


def waiting(matching: Result) -> tuple[Waiting, ...]:
    """Everybody without a partner, by role and reason, with names and what was found of each."""
    groups = []
    for role, table in (("mentor", matching.model.mentors), ("mentee", matching.model.mentees)):
        lines = unmatched_table(matching)[unmatched_table(matching)["role"] == role]
        for reason, some in lines.groupby("reason", sort=True):
            rows = pd.Index(table.ids).get_indexer(pd.Index(some["employee_id"], dtype=object))
            people = tuple(zip(people_of(table, rows), map(str, some["detail"]), strict=True))
            groups.append(Waiting(role, Reason[str(reason)].value, len(people), people))
    return tuple(groups)


def waiting_counts(matching: Result) -> tuple[Waiting, ...]:
    """How many have no partner, by role and reason, and nobody's name."""
    return tuple(Waiting(group.role, group.reason, group.number) for group in waiting(matching))


def rulebook(matching: Result) -> Rulebook:
    """The program in words. A confidential rule is passed over in silence."""
    program = matching.program
    heaviest = max(criterion.weight for criterion in program.criteria)
    whole = sum(criterion.weight / heaviest for criterion in program.criteria)  # the plain sum could be infinite
    return Rulebook(
        criteria=tuple((c.weight / heaviest / whole, shortened(c.in_words())) for c in program.criteria),
        rules=tuple(shortened(rule.in_words()) for rule in program.rules if not rule.confidential),
        limits=tuple(_limits(matching)),
        objectives=tuple(shortened(objective.in_words()) for objective in program.objectives),
        reached=tuple(_reached(matching)) if staged(program) else (),
        left_out=tuple(shortened(note.partition(": ")[2]) for note in matching.left_out),
    )


def _limits(matching: Result) -> Iterator[str]:
    """Each limit in words, with what the plan makes of it."""
    figures = reached(matching.model, *matching.chosen)
    for limit in matching.program.limits:
        said = limit.in_words()
        yield shortened(f"{said}: {figures[said]}" if said in figures else said)


def _reached(matching: Result) -> Iterator[tuple[str, str, str]]:
    """Each objective in order: what it is called, its value, and whether a plan could do better."""
    few = int(np.prod(matching.model.shape)) <= _FEW
    table = stages(matching) if few else stages_table(matching).assign(cost="")
    columns = (table[name].tolist() for name in ("objective", "value", "bound", "cost"))
    for name, value, bound, cost in zip(*columns, strict=True):
        told = f"; what it cost the next: {cost}" if cost else ""
        known = of_stage(matching.certificate, name, None if value == bound else figure(bound))
        yield name.replace("_", " "), figure(value), f"{known}{told}"


def accounts(matching: Result) -> tuple[tuple[str, int], ...]:
    """How many lines of the export have which status."""
    if "status" not in matching.lines:
        return ()
    return tuple((str(s), int(n)) for s, n in sorted(accounts_table(matching)["status"].value_counts().items()))


def findings(matching: Result) -> tuple[Finding, ...]:
    """What was found in the export, alike things together, errors first."""
    found = []
    for (severity, column, reason, remedy), some in _alike(matching, ["severity", "column", "reason", "remedy"]):
        seen = some.loc[some["value"] != "", "value"].value_counts()
        values = sorted(seen.items(), key=lambda value: (-value[1], str(value[0])))[:EXAMPLES]
        shown = tuple(shortened(str(value)) for value, _ in values)
        found.append(Finding(severity, column, len(some), shortened(reason), shown, shortened(remedy)))
    return _worst_first(found)


def finding_counts(matching: Result) -> tuple[Finding, ...]:
    """How many things were found in each column, without a cell of anybody's."""
    groups = _alike(matching, ["severity", "column"])
    return _worst_first([Finding(severity, column, len(some)) for (severity, column), some in groups])


def _alike(matching: Result, by: list[str]) -> list[tuple[tuple[str, ...], pd.DataFrame]]:
    issues = matching.issues
    if not len(issues):
        return []
    issues = issues.assign(reason=[_PLACE.sub("…", str(reason)) for reason in issues["reason"]])
    return [(tuple(map(str, key)), some) for key, some in issues.fillna({"column": ""}).groupby(by, sort=True)]


def _worst_first(found: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(found, key=lambda f: (_SEVERITIES.index(f.severity), -f.times, f.column, f.reason, f.remedy)))


def provenance(matching: Result) -> tuple[tuple[str, str], ...]:
    """By what and from what the plan was made, and what bounds its total."""
    record = record_of(matching)
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "ortools"))
    return (
        ("Made with", f"{record.engine}, {packages}"),
        ("Seed of the lottery among ties", str(matching.program.seed)),
        ("Fingerprint of the people", f"SHA-256 {record.people}"),
        ("Total", f"{matching.total:.6f}"),
        *((label, told if isinstance(told, str) else figure(told)) for label, told in bounds(matching)),
    )
