"""What changed from one plan to the next, and what it cost."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from rmatch import display
from rmatch.factors import SCALE

if TYPE_CHECKING:
    from rmatch.matching import Matching

Pair: TypeAlias = tuple[str, str]

_ROLES = ("mentor", "mentee")
_SHOWN = 8


@dataclass(frozen=True)
class Difference:
    """Two plans for the same people side by side; ids in order, totals as scores.

    ``lost`` and ``found`` are those who have no partner any more, and those who have one now: role and id. ``cause`` is
    what the cost is put down to.
    """

    kept: tuple[Pair, ...]
    new: tuple[Pair, ...]
    gone: tuple[Pair, ...]
    total_before: float
    total_after: float
    lost: tuple[tuple[str, str], ...] = ()
    found: tuple[tuple[str, str], ...] = ()
    cause: str = "the change"

    @classmethod
    def between(cls, before: Matching, after: Matching, cause: str = "the change") -> Difference:
        """Compare two matchings."""
        old, new = set(before.named), set(after.named)
        was, is_ = (
            {(role, who) for pair in some for role, who in zip(_ROLES, pair, strict=True)} for some in (old, new)
        )
        return cls(
            kept=tuple(sorted(old & new)),
            new=tuple(sorted(new - old)),
            gone=tuple(sorted(old - new)),
            total_before=int(before.points.sum()) / SCALE,
            total_after=int(after.points.sum()) / SCALE,
            lost=tuple(sorted(was - is_)),
            found=tuple(sorted(is_ - was)),
            cause=cause,
        )

    @property
    def cost(self) -> float:
        """By how much the total fell; below 0 where it rose."""
        return self.total_before - self.total_after

    @property
    def pairs_before(self) -> int:
        """How many pairs there were."""
        return len(self.kept) + len(self.gone)

    @property
    def pairs_after(self) -> int:
        """How many pairs there are."""
        return len(self.kept) + len(self.new)

    @property
    def mean_before(self) -> float:
        """The mean score, 0 where there was no pair."""
        return self.total_before / max(self.pairs_before, 1)

    @property
    def mean_after(self) -> float:
        """The mean score, 0 where there is no pair."""
        return self.total_after / max(self.pairs_after, 1)

    def to_dict(self) -> dict[str, Any]:
        """The difference as plain data."""
        plain = asdict(self)
        del plain["cause"]
        return plain | {"cost": self.cost}

    def __bool__(self) -> bool:
        return bool(self.new or self.gone)

    def __str__(self) -> str:
        lines = [f"{len(self.kept):,} pairs as before, {len(self.new):,} new, {len(self.gone):,} gone."]
        if not self:
            return lines[0]
        for word, pairs in (("New", self.new), ("Gone", self.gone)):
            lines += [f"{word}: {_listed([f'{mentor} → {mentee}' for mentor, mentee in pairs])}."] * bool(pairs)
        lines.append(f"{self._cost()} Mean score {self.mean_before:.3f} before, {self.mean_after:.3f} after.")
        for word, people in (("Lost their partner", self.lost), ("Have a partner now", self.found)):
            lines += [f"{word}: {_listed([f'{role} {who}' for role, who in people])}."] * bool(people)
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return display.block("Difference", display.lines(str(self)))

    def _cost(self) -> str:
        size = f"{abs(self.cost):.6f}".rstrip("0").rstrip(".")
        fewer = self.pairs_before - self.pairs_after
        pairs = f"{fewer:,} pair{'s' * (fewer != 1)}"
        if self.cost < 0:
            lost = f", though {pairs} fewer" if fewer > 0 else ""
            return f"Gain of {self.cause}: {size} on {self.total_before:.6f} in total{lost}."
        lost = f", and {pairs}" if fewer > 0 else ""
        return f"Cost of {self.cause}: {size} of {self.total_before:.6f} in total{lost}."


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
