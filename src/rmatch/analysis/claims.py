"""What may be said of a plan: words such as proved, bound and gap are made here, of what the certificate shows.

A plan is proved best where its status is OPTIMAL. The gap of the total says less: it goes by the objectives before the
total, which may have gaps of their own; where sensitive columns were scored, it is that of the first step, which
settles who is paired, and nothing bounds the total of the second.
"""

from __future__ import annotations

from rmatch.errors import Status
from rmatch.factors import SCALE
from rmatch.objectives import MostPairs, Total
from rmatch.proof.certificate import Certificate
from rmatch.result import Result


def clause(matching: Result) -> str:
    """What is known of the plan, in a few words; the gap is that of the total, given the objectives before it."""
    if matching.status is Status.OPTIMAL:
        return "proved best"
    certificate = matching.certificate
    known = bool(certificate.gap) and not certificate.sealed
    return "not proved best" + (f" (gap {matching.gap:.6f})" if known else "")


def total_label(matching: Result) -> str:
    """What the figure of the total is called: with its gap, unless something else is not proved."""
    return f"total score, gap {matching.gap:g}" if _gap_told(matching) else "total score"


def bounds(matching: Result) -> list[tuple[str, float | str]]:
    """What bounds the total, with its gap: labels, with figures or words."""
    if matching.certificate.sealed:
        proved = "proved best" if matching.certificate.proved else "not proved best"
        return [("Who is paired", f"settled by the visible criteria, {proved}")]
    bound = worth(matching) + matching.gap
    gap: list[tuple[str, float | str]] = [("Gap", matching.gap)] if _gap_told(matching) else []
    return [(f"{no_plan(matching)} can exceed{above(matching)}", bound), *gap]


def _gap_told(matching: Result) -> bool:
    """Whether the gap of the total may stand by itself: a gap of 0 says to everybody that the plan is proved best."""
    return not matching.certificate.sealed and (matching.status is Status.OPTIMAL or matching.certificate.gap > 0)


def of_stage(certificate: Certificate, name: str, bound: str | None) -> str:
    """Whether a plan could do better in one objective, given those before it; ``bound`` where that is not its value."""
    if name == "with_whom":
        return "settled by the first step"
    if certificate.sealed:  # the value is the plan's own, so what bounds the first step is no bound beside it
        return "not in the first step: proved" if bound is None else "the first step leaves a gap"
    return "no: proved" if bound is None else f"not beyond {bound}"


def worth(matching: Result) -> float:
    """What the total is bounded in: the scores, less the floor of each pair where the total has one."""
    return float(matching.points.sum() - matching.model.floor * len(matching.points)) / SCALE


def above(matching: Result) -> str:
    """That a total is told above a floor, where it is."""
    return f" above the floor of {matching.model.floor / SCALE:g} a pair" if matching.model.floor else ""


def no_plan(matching: Result) -> str:
    """Of which plans the bound of the total speaks: only of those that are as good in the objectives before it."""
    kinds = [type(objective) for objective in matching.program.objectives]
    before = kinds[: kinds.index(Total)]
    if before in ([], [MostPairs]):
        return "No plan with as many pairs" if before else "No plan"
    return "No plan that is as good in the objectives before the total"
