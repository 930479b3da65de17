"""What contradicts itself among limits, and what cannot hold for these people: refused before anything is solved."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from rmatch.columns import IntArray, Items, Table
from rmatch.errors import ContradictionError, InfeasibleError, ProgramError
from rmatch.limits._base import Limit
from rmatch.limits._circles import Circles
from rmatch.limits._groups import Group, Share, Spread
from rmatch.limits._people import places
from rmatch.limits._plan import Lock, TotalPairs

_REMEDY = "change or drop one of them"


def refuse_contradictions(limits: Sequence[Limit]) -> None:
    """Raise ProgramError where two limits cannot both hold for any people."""
    _refuse_apart([limit for limit in limits if isinstance(limit, TotalPairs)])
    groups = [limit for limit in limits if isinstance(limit, Group)]
    for group in groups:  # what holds for each value holds for this one too
        _refuse_apart([g for g in groups if _column(g) == _column(group) and g.key in (None, group.key)])
    shares = [limit for limit in limits if isinstance(limit, Share)]
    for share in shares:
        of_columns = [s for s in shares if {*s.columns} == {*share.columns}]
        _refuse_apart([s for s in of_columns if s.differ == share.differ])
        for other in of_columns:
            if other.differ != share.differ and _least(other) + _least(share) > 1:
                raise ContradictionError(
                    f"two limits ask for more than all pairs: {share.in_words()}, and {other.in_words()}; {_REMEDY}"
                )


def _column(group: Group) -> tuple[str, str]:
    return group.side, group.column


def _least(share: Share) -> Fraction:
    return share.fractions()[0] or Fraction(0)


def _refuse_apart(limits: Sequence[TotalPairs | Group | Share]) -> None:
    """Raise ProgramError where one of the limits asks for more than another allows."""
    least = max((x for x in limits if x.least is not None), key=lambda x: x.least or 0, default=None)
    most = min((x for x in limits if x.most is not None), key=lambda x: x.most or 0, default=None)
    if least and most and (least.least or 0) > (most.most or 0):
        words = f"{least.in_words()}, and {most.in_words()}"
        raise ContradictionError(f"two limits contradict each other: {words}; {_REMEDY}")


def refuse_misfits(limits: Sequence[Limit], mentors: Table, mentees: Table) -> None:
    """Refuse limits that name values these people do not have, or numbers that cannot hold for so many.

    Raises:
        ProgramError: A value or an answer is missing.
        InfeasibleError: A number cannot hold.
    """
    room = places(limits, mentors, mentees)
    for limit in limits:
        if isinstance(limit, Circles) and len(mentors.ids) and room[0].max() < limit.least <= len(mentees.ids):
            raise ProgramError(
                f"{limit.in_words()}, and no mentor may have more than {room[0].max()}; raise their `capacity`, or "
                "lower `least`"
            )
        if isinstance(limit, Spread):
            limit.members(mentors, mentees)
        if isinstance(limit, Share) and limit.least:
            _refuse_unanswered(limit, mentors, mentees)
    allowed = min((x.most for x in limits if isinstance(x, TotalPairs) and x.most is not None), default=None)
    _refuse_few_places(limits, room)
    _refuse_groups(limits, mentors, mentees, room, allowed)
    locked = {pair for limit in limits if isinstance(limit, Lock) for pair in limit.pairs}
    if allowed is not None and len(locked) > allowed:
        raise InfeasibleError(
            f"{len(locked):,} pairs are locked, more than the {allowed:,} that there may be in all; drop some locks or "
            "raise `most` of `total_pairs`"
        )


def _refuse_unanswered(share: Share, mentors: Table, mentees: Table) -> None:
    for column in share.columns:
        for side, table in (("mentor", mentors), ("mentee", mentees)):
            if len(table.ids) and table[column].missing.all():
                raise ProgramError(
                    f"{share.in_words()}: no {side} has an answer in {column!r}, so no pair counts; drop the limit or "
                    "fill in the column"
                )


def _refuse_few_places(limits: Sequence[Limit], room: tuple[IntArray, IntArray]) -> None:
    for limit in limits:
        for side, each in zip(("mentor", "mentee"), room, strict=True):
            if isinstance(limit, TotalPairs) and (limit.least or 0) > each.sum():
                raise _too_few(limit, f"{side}s", each)


def _too_few(limit: Limit, who: str, room: IntArray) -> InfeasibleError:
    return InfeasibleError(
        f"{limit.in_words()}: too many for the {who}, who have room for {room.sum():,} together; lower `least` or "
        "raise capacities"
    )


def _refuse_groups(
    limits: Sequence[Limit], mentors: Table, mentees: Table, room: tuple[IntArray, IntArray], allowed: int | None
) -> None:
    """Each group must have room for its least number of pairs, and all pairs together for those of disjoint groups."""
    needed: dict[tuple[str, str], dict[str, int]] = {}
    for group in limits:
        if not isinstance(group, Group):
            continue
        table, each = (mentors, room[0]) if group.side == "mentor" else (mentees, room[1])
        members = group.members(mentors, mentees)
        for value, rows in members.items():
            if (group.least or 0) > each[rows].sum():
                raise _too_few(group, f"{group.side}s whose {group.column.replace('_', ' ')} is {value!r}", each[rows])
        if group.least and not isinstance(table[group.column], Items):  # a list puts people into several groups
            least = needed.setdefault(_column(group), {})
            least.update({value: max(least.get(value, 0), group.least) for value in members})
    for (side, column), least in needed.items():
        if allowed is not None and sum(least.values()) > allowed:
            raise InfeasibleError(
                f"the groups of {side}s by {column} need at least {sum(least.values()):,} pairs together, more than "
                f"the {allowed:,} that there may be in all; lower their `least` or raise `most` of `total_pairs`"
            )
