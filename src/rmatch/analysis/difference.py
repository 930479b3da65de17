"""Differences between two plans, and their cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np

from rmatch._util import notebook
from rmatch._util.quoted import arrow, called
from rmatch.analysis.people import names_in
from rmatch.analysis.values import in_total
from rmatch.factors import SCALE
from rmatch.problem.model import Model
from rmatch.result import Result
from rmatch.roster.resolver import Resolver, Role
from rmatch.rows import pair_places

Pair: TypeAlias = tuple[str, str]

_ROLES: tuple[Role, Role] = ("mentor", "mentee")
_SHOWN = 8

NOT_AVAILABLE = "not available"
DROPPED = "separated by the new plan"


@dataclass(frozen=True)
class Difference:
    """The difference between two plans, totals measured by one set of criteria.

    The first plan's criteria and people measure both plans, or the second plan's where the first was loaded without its
    people. A pair with an unknown person counts as its own plan scored it.

    Args:
        kept, new, gone: Pairs in both plans, only in the second, only in the first; in order of ids.
        total_before, total_after: Totals as scores.
        lost, found: Role and id of people who no longer have a partner, and of people who have one now.
        cause: What the cost is attributed to.
        because: Why each pair of ``gone`` is gone.
        measured: How totals were measured, where it makes a difference.
        names: Names of the people by id, as far as they are known.
    """

    kept: tuple[Pair, ...]
    new: tuple[Pair, ...]
    gone: tuple[Pair, ...]
    total_before: float
    total_after: float
    lost: tuple[tuple[str, str], ...] = ()
    found: tuple[tuple[str, str], ...] = ()
    cause: str = "the change"
    because: tuple[str, ...] = ()
    measured: str = ""
    names: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def between(cls, before: Result, after: Result, cause: str = "the change") -> Difference:
        """Return the difference of two results.

        Args:
            before, after: The results. Reasons are given where ``after`` has its people.
            cause: What the cost is attributed to.

        Raises:
            TypeError: ``after`` is no result.
        """
        if not isinstance(after, Result):
            raise TypeError(f"a plan is compared with another plan, not with a {type(after).__name__}")
        old = set(before.named if after.saved is not None else _as_in(after.model, before.pair_ids))
        new = set(after.named)
        was, is_ = (
            {(role, who) for pair in some for role, who in zip(_ROLES, pair, strict=True)} for some in (old, new)
        )
        gone = tuple(sorted(old - new))
        why = {} if after.saved is not None else undone(after.model, gone)
        here = None if after.saved is not None else _people(after.model)
        totals, measured = _by_one_ruler(before, after)
        return cls(
            kept=tuple(sorted(old & new)),
            new=tuple(sorted(new - old)),
            gone=gone,
            total_before=totals[0] / SCALE,
            total_after=totals[1] / SCALE,
            lost=tuple(sorted(who for who in was - is_ if here is None or who in here)),
            found=tuple(sorted(is_ - was)),
            cause=cause,
            because=() if after.saved is not None else tuple(why.get(pair, DROPPED) for pair in gone),
            measured=measured,
            names=names_in(before) | names_in(after),
        )

    @property
    def cost(self) -> float:
        """Decrease of the total; negative where it rose."""
        return self.total_before - self.total_after

    @property
    def pairs_before(self) -> int:
        """Number of pairs of the first plan."""
        return len(self.kept) + len(self.gone)

    @property
    def pairs_after(self) -> int:
        """Number of pairs of the second plan."""
        return len(self.kept) + len(self.new)

    @property
    def mean_before(self) -> float:
        """Mean score of the first plan; 0 without pairs."""
        return self.total_before / max(self.pairs_before, 1)

    @property
    def mean_after(self) -> float:
        """Mean score of the second plan; 0 without pairs."""
        return self.total_after / max(self.pairs_after, 1)

    def gone_by_reason(self) -> dict[str, tuple[Pair, ...]]:
        """Return the pairs that are gone by reason, the commonest first; one blank reason where none is known."""
        because = self.because or ("",) * len(self.gone)
        counted = Counter(because)
        return {
            reason: tuple(pair for pair, why in zip(self.gone, because, strict=True) if why == reason)
            for reason in sorted(counted, key=lambda reason: (-counted[reason], reason))
        }

    def as_decided(self, unlisted: Collection[Pair] = ()) -> Difference:
        """Return it for who decided: in a review, the pairs that are not available are those that they rejected.

        Args:
            unlisted: The pairs that were rejected by having no row any more.
        """
        rejected = ("rejected, without a row" if pair in unlisted else "rejected" for pair in self.gone)
        because = zip(self.because, rejected, strict=False)
        return replace(self, because=tuple(own if why == NOT_AVAILABLE else why for why, own in because))

    def to_dict(self) -> dict[str, Any]:
        """Return the difference as plain data."""
        plain = asdict(replace(self, names={}))
        del plain["cause"], plain["names"]
        return plain | {"cost": self.cost}

    def __bool__(self) -> bool:
        return bool(self.new or self.gone)

    def __str__(self) -> str:
        kept = f"{len(self.kept):,} pair{'s' * (len(self.kept) != 1)} as before"
        lines = [f"{kept}, {len(self.new):,} new, {len(self.gone):,} gone."]
        if not self:
            return lines[0]
        lines += [f"New: {_listed(self._arrows(self.new))}."] * bool(self.new)
        for reason, pairs in self.gone_by_reason().items():
            lines.append(f"Gone{f' ({reason})' * bool(reason)}: {_listed(self._arrows(pairs))}.")
        lines.append(f"{self._cost()} Mean score {self.mean_before:.3f} before, {self.mean_after:.3f} after.")
        lines += [self.measured] * bool(self.measured)
        for word, people in (("Lost their partner", self.lost), ("Have a partner now", self.found)):
            named = [f"{role} {called(who, self.names)}" for role, who in people]
            lines += [f"{word}: {_listed(named)}."] * bool(people)
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return notebook.block("Difference", notebook.lines(str(self)))

    def _arrows(self, pairs: Sequence[Pair]) -> list[str]:
        return [arrow(*pair, self.names) for pair in pairs]

    def _cost(self) -> str:
        size = f"{abs(self.cost):.6f}".rstrip("0").rstrip(".")
        fewer = self.pairs_before - self.pairs_after
        pairs = f"{fewer:,} pair{'s' * (fewer != 1)}"
        if self.cost < 0:
            lost = f", though {pairs} fewer" if fewer > 0 else ""
            return f"Gain of {self.cause}: {size} on {in_total(self.total_before)}{lost}."
        lost = f", and {pairs}" if fewer > 0 else ""
        return f"Cost of {self.cause}: {size} of {in_total(self.total_before)}{lost}."


def _as_in(model: Model, pairs: Sequence[Pair]) -> tuple[Pair, ...]:
    """The pairs of a plan by the ids of a model, which may spell them in another way."""
    tables = (model.mentors, model.mentees)
    resolver, here = Resolver.of(*tables), [set(map(str, table.ids)) for table in tables]

    def there(who: str, side: int) -> str:
        ids = (who,) if who in here[side] else resolver.find(who, _ROLES[side]).ids
        return ids[0] if len(ids) == 1 else who

    return tuple((there(mentor, 0), there(mentee, 1)) for mentor, mentee in pairs)


def _by_one_ruler(before: Result, after: Result) -> tuple[tuple[int, int], str]:
    """Totals of both plans in points by one plan's criteria, and a sentence about it."""
    own = int(before.points.sum()), int(after.points.sum())
    same = _criteria(before) == _criteria(after)
    first = before.saved is None
    if not first and after.saved is not None:
        return own, "" if same else "Each total is by the plan's own criteria."
    ruler, other = (before, after) if first else (after, before)
    names = ("first", "new") if first else ("new", "first")
    points, strangers = _points_under(other, ruler.model)
    totals = (own[0], points) if first else (points, own[1])
    if totals == own and (same or not strangers):
        return totals, ""
    message = f"Both totals are by the {names[0]} plan's criteria and people"
    if strangers:
        pairs = f"{strangers:,} pair{'s' * (strangers != 1)}"
        message += f"; {pairs} with people it does not have count as the {names[1]} plan scored them"
    return totals, f"{message}. By its own the {names[1]} plan has {in_total(own[first] / SCALE)}."


def _criteria(plan: Result) -> list[dict[str, Any]]:
    return [criterion.to_dict() for criterion in plan.program.visible]


def _points_under(plan: Result, model: Model) -> tuple[int, int]:
    """A plan's total under a model, in points, and how many pairs the model does not know."""
    i, j = pair_places(_as_in(model, plan.pair_ids), model.mentors, model.mentees)
    known = (i >= 0) & (j >= 0)
    return int(model.points(i[known], j[known]).sum() + plan.points[~known].sum()), int((~known).sum())


def undone(model: Model, pairs: Sequence[Pair]) -> dict[Pair, str]:
    """Return why earlier pairs are impossible among the model's people; pairs that are still possible are left out."""
    i, j = pair_places(tuple(pairs), model.mentors, model.mentees)
    here = (i >= 0) & (j >= 0)
    found = {pair: _absent(model, pair, a >= 0, b >= 0) for pair, a, b in zip(pairs, i, j, strict=True)}
    for rule, barred in model.reasons(i[here], j[here]).items():
        reason = NOT_AVAILABLE if rule == NOT_AVAILABLE else f"forbidden by {rule}"
        for k in np.flatnonzero(here)[barred]:
            found[pairs[k]] = found[pairs[k]] or reason
    return {pair: why for pair, why in found.items() if why}


def _people(model: Model) -> set[tuple[str, str]]:
    tables = (model.mentors, model.mentees)
    return {(role, str(who)) for role, table in zip(_ROLES, tables, strict=True) for who in table.ids}


def _absent(model: Model, pair: Pair, mentor: bool, mentee: bool) -> str:
    """Which person of a pair no longer takes part in their role, as text; blank where both do."""
    message = []
    for who, is_here, role, other in (
        (pair[0], mentor, "mentor", model.mentees),
        (pair[1], mentee, "mentee", model.mentors),
    ):
        if not is_here:
            message.append(f"{role} no longer {'in that role' if (other.ids == who).any() else 'here'}")
    return " and ".join(message)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
