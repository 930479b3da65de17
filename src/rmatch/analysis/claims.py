"""Claims about a plan: the wording of proved, bound and gap, derived from what the certificate shows.

A plan is proved best where its status is OPTIMAL. The gap of the total is conditional on the earlier objectives, which
may have gaps of their own. Where sensitive columns were scored, it is that of the first stage, and the total of the
second stage has no published bound.
"""

from __future__ import annotations

from rmatch.errors import Status
from rmatch.factors import SCALE
from rmatch.objectives import MostPairs, Total
from rmatch.proof.certificate import Certificate
from rmatch.result import Result


def clause(matching: Result) -> str:
    """Return what is proved of the plan as a short clause, with the gap of the total where there is one."""
    if matching.status is Status.OPTIMAL:
        return "proved best"
    certificate = matching.certificate
    known = bool(certificate.gap) and not certificate.sealed
    return "not proved best" + (f" (gap {matching.gap:.6f})" if known else "")


def total_label(matching: Result) -> str:
    """Return the label of the total, with its gap unless something else is not proved."""
    return f"total score, gap {matching.gap:g}" if _gap_shown(matching) else "total score"


def bounds(matching: Result) -> list[tuple[str, float | str]]:
    """Return the bound and the gap of the total as labels with figures or text."""
    if matching.certificate.sealed:
        proved = "proved best" if matching.certificate.proved else "not proved best"
        return [("Who is paired", f"settled by the visible criteria, {proved}")]
    bound = total_above_floor(matching) + matching.gap
    gap: list[tuple[str, float | str]] = [("Gap", matching.gap)] if _gap_shown(matching) else []
    return [(f"{no_plan(matching)} can exceed{above(matching)}", bound), *gap]


def _gap_shown(matching: Result) -> bool:
    """Whether the gap of the total may be shown: a gap of 0 is read as a proof that the plan is best."""
    return not matching.certificate.sealed and (matching.status is Status.OPTIMAL or matching.certificate.gap > 0)


def of_stage(certificate: Certificate, name: str, bound: str | None) -> str:
    """Return whether a plan could be better in one objective, given the earlier ones, as text.

    Args:
        name: Name of the objective.
        bound: Its bound as text, where it differs from the value; else None.
    """
    if name == "with_whom":
        return "settled by the first step"
    if certificate.sealed:  # the value is the plan's own, so what bounds the first step is no bound beside it
        return "not in the first step: proved" if bound is None else "the first step leaves a gap"
    return "no: proved" if bound is None else f"not beyond {bound}"


def total_above_floor(matching: Result) -> float:
    """Return the quantity that the total's bound refers to: scores less the floor of each pair."""
    return float(matching.points.sum() - matching.model.floor * len(matching.points)) / SCALE


def above(matching: Result) -> str:
    """Return the clause that a total counts above a floor; empty where it does not."""
    return f" above the floor of {matching.model.floor / SCALE:g} a pair" if matching.model.floor else ""


def no_plan(matching: Result) -> str:
    """Return the plans to which the total's bound applies: those equally good in the earlier objectives."""
    kinds = [type(objective) for objective in matching.program.objectives]
    before = kinds[: kinds.index(Total)]
    if before in ([], [MostPairs]):
        return "No plan with as many pairs" if before else "No plan"
    return "No plan that is as good in the objectives before the total"
