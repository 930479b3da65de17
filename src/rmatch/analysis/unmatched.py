"""People without a partner, and why; limits in a plan: what it attains of each, and who may have no further pair."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rmatch._util.kept import kept
from rmatch.analysis.people import tracks_of
from rmatch.columns import BoolArray, IntArray, is_one_of, persons, text_rank
from rmatch.errors import Reason, RmatchError
from rmatch.factors import SCALE
from rmatch.infeasible.witness import MOST_LOOKED_AT, Violator, shortages
from rmatch.problem.model import Model
from rmatch.program import Program
from rmatch.result import Result
from rmatch.roster.resolver import Role
from rmatch.rules import MinScore

MOST_COUNTED = 50_000_000
"""Most pairs that are examined to count eligible partners; beyond it the counts stay empty."""

MOST_REPORTED = 1_000_000
"""Most pairs of people for which shortages are reported without being asked."""

_IN_WANT = (Reason.PARTNERS_BETTER_PLACED, Reason.SEARCH_ENDED_EARLY)


def reached(model: Model, i: IntArray, j: IntArray) -> dict[str, str]:
    """Return what a plan attains of each limit, as text by the limit's clause."""
    figures = ((limit, limit.figure(model.people, i, j)) for limit in model.program.limits)
    return {limit.in_words(): figure for limit, figure in figures if figure is not None}


def reached_limits(model: Model, i: IntArray, j: IntArray) -> tuple[dict[int, str], dict[int, str]]:
    """Return the people who may have no further pair because a limit is reached, mentors and mentees, each with a
    sentence.
    """
    sentences: tuple[dict[int, str], dict[int, str]] = ({}, {})
    for limit in model.program.limits:
        for side, people, sentence in limit.reached(model.people, i, j):
            sentences[side == "mentee"].update(dict.fromkeys(people.tolist(), sentence))
    return sentences


def participant_note(program: Program) -> str:
    """Return the note for a person without a partner; it mentions priority only where the program grants it."""
    first = any(objective.gives_priority for objective in program.objectives)
    return f"We could not find you a partner this round.{' You have priority next time.' if first else ''}"


@dataclass(frozen=True)
class Unmatched:
    """One person without a partner in one role; ``eligible`` is None where there were too many pairs to count.

    ``track`` is the track in which they have that role; None where there are no tracks. ``recorded`` is the detail as
    it is saved, by ids alone.
    """

    employee_id: str
    role: str
    reason: Reason
    eligible: int | None
    detail: str
    track: str | None
    recorded: str


@kept
def waiting_of(result: Result) -> list[Unmatched]:
    """Return the people without a partner; from the record where the plan has no people."""
    if result.saved is None:
        return unmatched(result.model, *result.chosen, proved=result.certificate.proved)
    return [
        Unmatched(u.employee_id, u.role, Reason[u.reason], u.eligible, u.detail, u.track, u.detail)
        for u in result.saved.unmatched
    ]


def shortage(result: Result) -> list[Violator]:
    """Return the groups that share too few eligible partners, as ``Matching.shortage`` does."""
    found = shortages_of(result.model, *result.chosen, waiting_of(result))
    if found is None:
        raise RmatchError(
            f"who shares too few partners cannot be told from {MOST_LOOKED_AT:,} pairs: ask about fewer people"
        )
    return found


def unmatched(model: Model, i: IntArray, j: IntArray, proved: bool) -> list[Unmatched]:
    """Return the people without a partner with the reason, mentors first, each side by id.

    Args:
        i, j: Mentors and mentees of the plan, int64.
        proved: Whether the plan is proved optimal.
    """
    found: list[Unmatched] = []
    full = reached_limits(model, i, j)
    places: list[tuple[int, int]] = []
    remaining = _rooms(model, (i, j), full)
    roles: tuple[tuple[IntArray, Role], ...] = ((i, "mentor"), (j, "mentee"))
    for side, (place, role) in enumerate(roles):
        table = (model.mentors, model.mentees)[side]
        left = np.setdiff1d(np.arange(len(table.ids)), place)
        left = left[np.argsort(text_rank(table.ids[left]), kind="stable")]
        others = model.shape[1 - side]
        count = len(left) * others <= MOST_COUNTED
        tracks = tracks_of(model.program, role, table, left)
        for number, person in enumerate(left):
            limit = full[side].get(int(person), "")
            reason, eligible, detail = _why(model, int(person), side, proved, count, limit, remaining[1 - side])
            track = None if tracks is None else str(tracks[number])
            found.append(Unmatched(str(table.ids[person]), role, reason, eligible, detail, track, detail))
            places.append((side, int(person)))
    return _with_shortages(model, (i, j), found, places)


def _rooms(
    model: Model, chosen: tuple[IntArray, IntArray], full: tuple[dict[int, str], dict[int, str]]
) -> tuple[IntArray, IntArray]:
    """How many further pairs each person has room for: none where they have a pair in the other role and a limit is
    reached.
    """
    rooms, numbers = list[IntArray](), persons(model.mentors, model.mentees)
    for side, (most, place) in enumerate(zip(model.capacity, chosen, strict=True)):
        room = most - np.bincount(place, minlength=len(most))
        some = np.fromiter(full[side], np.int64, len(full[side]))
        room[some[np.isin(numbers[side][some], numbers[1 - side][chosen[1 - side]])]] = 0
        rooms.append(room)
    return rooms[0], rooms[1]


def shortages_of(model: Model, i: IntArray, j: IntArray, waiting: list[Unmatched]) -> list[Violator] | None:
    """Return the groups that share too few partners, of people with eligible ones; None where there are too many
    pairs.
    """
    short = []
    for table, role in ((model.mentors, "mentor"), (model.mentees, "mentee")):
        ids = [u.employee_id for u in waiting if u.role == role and u.reason in _IN_WANT]
        short.append(np.flatnonzero(is_one_of(table.ids, ids)))
    return shortages(model, (i, j), (short[0], short[1]))


def reported_shortages(model: Model, i: IntArray, j: IntArray, waiting: list[Unmatched]) -> list[Violator]:
    """Return the shortages to report unasked: found fast, and with at most three quarters of all partners.

    Where nearly all people share nearly all partners, one side is simply larger.
    """
    if np.prod(model.shape) > MOST_REPORTED:
        return []
    return [v for v in shortages_of(model, i, j, waiting) or [] if 4 * len(v.partners) < 3 * model.shape[1 - v.side]]


def _with_shortages(
    model: Model, pairs: tuple[IntArray, IntArray], found: list[Unmatched], places: list[tuple[int, int]]
) -> list[Unmatched]:
    """Append to the detail of people in a shortage that they share too few partners."""
    shared_by_place: dict[tuple[int, int], tuple[str, str]] = {}
    for violator in reported_shortages(model, *pairs, found):
        told = violator.shared(model), violator.shared(model, named=False)  # a saved plan holds no names
        shared_by_place |= dict.fromkeys(((violator.side, k) for k in violator.people.tolist()), told)
    for number, (one, place) in enumerate(zip(found, places, strict=True)):
        if place in shared_by_place and one.reason in _IN_WANT:
            named, by_id = (f"{one.detail} {told[0].upper()}{told[1:]}." for told in shared_by_place[place])
            found[number] = replace(one, detail=named, recorded=by_id)
    return found


def _why(
    model: Model, person: int, side: int, proved: bool, count: bool, full: str, remaining: IntArray
) -> tuple[Reason, int | None, str]:
    others = model.shape[1 - side]
    word = ("mentees", "mentors")[side]
    if others == 0:
        return Reason.OTHER_SIDE_EMPTY, 0, f"There are no {word}."
    if model.capacity[side][person] == 0:
        return Reason.LIMIT_REACHED, None, "Capacity 0: no place to give."
    if not count and full:
        return Reason.LIMIT_REACHED, None, full
    if not count:
        reason = Reason.PARTNERS_BETTER_PLACED if proved else Reason.SEARCH_ENDED_EARLY
        return reason, None, f"Not counted: too many {word}."
    own, all_ = np.full(others, person), np.arange(others)
    pairs = (own, all_) if side == 0 else (all_, own)
    for allows in (allows for rule, allows in model.rules if rule.always):  # whom it bars was never in question
        across = allows(*pairs)
        pairs, others = (pairs[0][across], pairs[1][across]), int(across.sum())
    removed = model.reasons(*pairs)
    floors = {rule.name for rule, _ in model.rules if isinstance(rule.whole, MinScore)}
    by_rule = {name: barred for name, barred in removed.items() if name not in floors}
    allowed = ~np.logical_or.reduce([*by_rule.values(), np.zeros(others, bool)])
    fine = allowed & ~np.logical_or.reduce([np.zeros(others, bool), *(removed[name] for name in floors)])
    if not allowed.any():
        return Reason.NO_ELIGIBLE_PARTNER, 0, _counted(by_rule, others, word)
    if not fine.any():
        return Reason.BELOW_MIN_SCORE, 0, f"The best of {int(allowed.sum())} scores {_best(model, pairs, allowed):.2f}."
    eligible = int(fine.sum())
    partners = pairs[1 - side][fine]
    if not model.capacity[1 - side][partners].any():
        who = f"The only eligible {word[:-1]} has" if eligible == 1 else f"All {eligible} eligible {word} have"
        return Reason.LIMIT_REACHED, eligible, f"{who} capacity 0."
    if not model.most_pairs and _best(model, pairs, fine) * SCALE <= model.floor:
        return Reason.BELOW_MIN_SCORE, eligible, f"The best of {eligible} is worth no more than the floor of the total."
    if full:
        return Reason.LIMIT_REACHED, eligible, full
    if not proved:
        return Reason.SEARCH_ENDED_EARLY, eligible, f"{eligible} {word} were eligible."
    gains = model.most_pairs or model.points(pairs[0][fine], pairs[1][fine]) > model.floor
    open_ = int(((remaining[partners] > 0) & gains).sum())
    if open_:
        some = f"{open_} of the {eligible} suitable {word} {'has' if open_ == 1 else 'have'}"
        some = some if eligible > 1 else f"The one suitable {word[:-1]} has"
        return Reason.LIMIT_REACHED, eligible, f"{some} room left, but a limit or an objective stands against the pair."
    return Reason.PARTNERS_BETTER_PLACED, eligible, _elsewhere(word, model.capacity[1 - side][partners])


def _elsewhere(word: str, capacity: IntArray) -> str:
    """Where the eligible partners are, none of whom has room left; whoever has no place at all is with nobody."""
    able = int((capacity > 0).sum())
    if able == 1:
        return f"The one suitable {word[:-1]} is matched with someone else."
    return f"All {able} suitable {word} are matched with someone else."


def _best(model: Model, pairs: tuple[IntArray, IntArray], some: BoolArray) -> float:
    return float(model.points(pairs[0][some], pairs[1][some]).max()) / SCALE


def _counted(removed: dict[str, BoolArray], others: int, word: str) -> str:
    parts = [f"{name.replace('_', ' ')} {int(barred.sum())}" for name, barred in removed.items() if barred.any()]
    return f"Of {others} {word}, removed by: {', '.join(parts)}."
