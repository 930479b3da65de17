"""Check of proof trees: a proof by cases, where duals alone leave a gap.

The duals of a stage bound every plan. A pair whose excess takes this bound below ``cap`` is in no plan with value
``cap``, so only the others are listed. The tree splits the plans of listed pairs into cases, two at each
:class:`Split`; at each :class:`Leaf` other duals show that no plan of that case attains ``cap``. With a price for every
mentee, one for the number of pairs and a multiplier for every row, and

    excess(i, j) = scale · value(i, j) - Σ multiplier · coefficient(i, j) - mentee price - price of the number of pairs

no plan of a case has a value above

    Σ over rows of max(multiplier · most, multiplier · least) + max(price · number of pairs)
    + Σ over mentees of the largest price · k + value of k pairs
    + Σ over mentors of the largest sum of k excesses of their pairs + value of k pairs,

where k goes from a person's least to their most in that case, without numbers between 0 and the fewest pairs of
whoever has any. Where the number of pairs is settled, each row's bounds
are rounded: if the listed pairs' coefficients agree modulo g, few sums are attainable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rmatch.columns import BoolArray, FloatArray, IntArray
from rmatch.proof.listed import Listed
from rmatch.proof.tree import Leaf, Split, Tree
from rmatch.rows import UNBOUNDED

_EXACT = 1 << 62
"""Sums of integers below this are exact in int64."""
_TOO_LARGE = "prices are too large to be added up exactly"


class WrongError(Exception):
    """A fault in a tree, as a sentence."""


@dataclass(frozen=True, eq=False)
class Case:
    """The plans with all pairs of ``sure``, only pairs of ``may``, and numbers of pairs within bounds."""

    sure: BoolArray
    may: BoolArray
    low: tuple[IntArray, IntArray]
    high: tuple[IntArray, IntArray]
    span: tuple[int, int]


def refuted(listed: Listed, tree: Tree, cap: int) -> str | None:
    """Return None where the tree shows that no plan has the value ``cap``, in units of ``1 / scale``; else what is
    wrong.

    Args:
        listed: The listed pairs.
        cap: The cutoff.
    """
    try:
        listed = that_may_reach(cap, listed)
        _walk(listed, tree, cap)
    except WrongError as error:
        return str(error)
    return None


def _walk(listed: Listed, tree: Tree, cap: int) -> None:
    """Compare each leaf with ``cap``; raise WrongError where one is not below it, or a case is missing."""
    prices = np.concatenate([listed.mentee_prices, [0], *listed.multipliers])
    open_cases = [every_plan(listed)]
    for node in tree.nodes:
        if not open_cases:
            raise WrongError("the tree goes on where no case is open")
        case = open_cases.pop()
        if isinstance(node, Split):
            first, second = children(listed, case, node)
            open_cases += [second, first]
            continue
        prices = _changed(prices, node)
        shown = shown_by(listed, case, prices)
        if shown is not None and shown >= cap:
            raise WrongError(f"a leaf of the tree leaves plans worth {shown} / {listed.scale}")
    if open_cases:
        raise WrongError("the tree leaves a case open")


def every_plan(listed: Listed) -> Case:
    """Return the case that excludes nothing."""
    return Case(listed.fixed, np.ones(len(listed.i), bool), listed.least, listed.most, listed.span)


def that_may_reach(cap: int, listed: Listed) -> Listed:
    """Return the listed pairs that a plan with value ``cap`` may contain, by the stage's own duals and the rounded
    rows.
    """
    sizes = _sizes(listed, listed.mentee_prices, _largest(listed.mentor_prices), listed.multipliers)
    beyond = any(
        _largest(prices) >= _EXACT for prices in (listed.mentor_prices, listed.mentee_prices, *listed.multipliers)
    )
    if beyond or sizes.max(initial=0) >= _EXACT / 2:
        raise WrongError(_TOO_LARGE)
    excess = listed.scale * listed.value - listed.mentor_prices[listed.i] - listed.mentee_prices[listed.j]
    bound = listed.bound
    for row, multiplier in zip(listed.rows, listed.multipliers, strict=True):
        excess -= row.weighed(multiplier)
        if row.who is None:
            tight = _row_value(multiplier, *row.rounded(listed.span))
            bound += min(tight - _row_value(multiplier, row.least, row.most), 0)
    return listed.only(listed.fixed | (np.minimum(excess, 0) >= cap - bound))


def _row_value(multiplier: IntArray, least: IntArray, most: IntArray) -> int:
    """The row's contribution ``max(multiplier · least, multiplier · most)``; summed over rows for each person."""
    some = np.flatnonzero(multiplier)
    priced, ends = multiplier[some], np.where(multiplier[some] > 0, most[some], least[some])
    if np.where(priced > 0, ends >= UNBOUNDED, ends <= -UNBOUNDED).any():
        raise WrongError("a row's multiplier has the sign of a bound that the row has not")
    return sum(y * end for y, end in zip(priced.tolist(), ends.tolist(), strict=True))


def _changed(prices: IntArray, leaf: Leaf) -> IntArray:
    if not 0 <= leaf.bits <= 62 or ((leaf.at < 0) | (leaf.at >= len(prices))).any() or len(leaf.at) != len(leaf.by):
        raise WrongError("a leaf of the tree changes prices that are not there")
    changed = dict(zip(leaf.at.tolist(), prices[leaf.at].tolist(), strict=True))
    for at, by in zip(leaf.at.tolist(), leaf.by.tolist(), strict=True):
        changed[at] += by << leaf.bits
    if any(abs(each) >= _EXACT for each in changed.values()):
        raise WrongError(_TOO_LARGE)
    new = prices.copy()
    new[list(changed)] = list(changed.values())
    return new


def children(listed: Listed, case: Case, split: Split) -> tuple[Case, Case]:
    """Return the two cases of a split.

    Raises:
        WrongError: The two cases may not cover the split one.
    """
    numbers = split.numbers
    if len(numbers) != {"total": 1, "pair": 1, "mentor": 2, "mentee": 2}.get(split.kind, len(numbers)):
        raise WrongError("a split of the tree has other numbers than its kind asks for")
    if split.kind == "total":
        k, (fewest, largest) = numbers[0], case.span
        return replace(case, span=(fewest, min(k, largest))), replace(case, span=(max(k + 1, fewest), largest))
    if split.kind in ("mentor", "mentee"):
        side, (person, k) = ("mentor", "mentee").index(split.kind), numbers
        if not 0 <= person < listed.shape[side] or not 0 <= k < _EXACT:
            raise WrongError("a split of the tree names a person who is not there")
        low, high = ([each.copy() for each in bounds] for bounds in (case.low, case.high))
        low[side][person], high[side][person] = max(low[side][person], k + 1), min(high[side][person], k)
        return replace(case, high=(high[0], high[1])), replace(case, low=(low[0], low[1]))
    places = [_places(listed, some) for some in (numbers, split.others)]
    if split.kind == "pair":
        sure = case.sure.copy()
        sure[places[0]] = True
        return _without(case, places[0]), replace(case, sure=sure)
    both = np.concatenate(places)
    alone = any(
        len(np.unique(who[both])) == 1 and bool((high[who[both]] <= 1).all())
        for who, high in zip((listed.i, listed.j), case.high, strict=True)
    )
    if not alone or len(np.unique(both)) < len(both):
        raise WrongError("a split of the tree does not part the pairs of a person who has one at most")
    return _without(case, places[0]), _without(case, places[1])


def _places(listed: Listed, pairs: tuple[int, ...]) -> IntArray:
    if not all(pair in listed.place for pair in pairs):
        raise WrongError("a split of the tree names a pair that is not listed")
    return np.array([listed.place[pair] for pair in pairs], np.int64)


def _without(case: Case, places: IntArray) -> Case:
    may = case.may.copy()
    may[places] = False
    return replace(case, may=may)


def shown_by(listed: Listed, case: Case, prices: IntArray) -> int | None:
    """Return the bound of a case at given duals; None where the case has no plan."""
    m, n = listed.shape
    mentee_prices, number_price = prices[:n], int(prices[n])
    ends = np.cumsum([len(row.least) for row in listed.rows], dtype=np.int64)
    multipliers = np.split(prices[n + 1 :], ends)[:-1]
    _refuse_large(listed, mentee_prices, number_price, multipliers)
    if case.span[0] > case.span[1] or (case.sure & ~case.may).any():
        return None
    excess = listed.scale * listed.value - mentee_prices[listed.j] - number_price
    shown = max(number_price * number for number in case.span)
    firsts, squares = [np.zeros(m, np.int64), np.zeros(n, np.int64)], [0, 0]
    weights = [(listed.scale, listed.loads)]
    for row, multiplier in zip(listed.rows, multipliers, strict=True):
        least, most = row.rounded(case.span)
        if (least > most).any():
            return None
        excess -= row.weighed(multiplier)
        shown += _row_value(multiplier, least, most)
        if any(row.loads):  # an objective's row; one for each of nobody has no multiplier
            weights.append((-int(multiplier[0]), row.loads))
    for weight, loads in weights:
        for side, load in enumerate(loads):
            if load is not None:
                firsts[side] += weight * load.first
                squares[side] += weight * load.square
    parts = (
        _mentors_best(listed, case, excess, firsts[0], squares[0]),
        _mentees_best(listed, case, mentee_prices, firsts[1], squares[1]),
    )
    return None if parts[0] is None or parts[1] is None else shown + parts[0] + parts[1]


def _mentors_best(listed: Listed, case: Case, excess: IntArray, first: IntArray, square: int) -> int | None:
    """The most that mentors contribute, each with their best pairs; None where a mentor has no feasible number."""
    some = np.flatnonzero(case.may)
    some = some[np.lexsort((-excess[some], ~case.sure[some], listed.i[some]))]  # those that are sure come first
    who = listed.i[some]
    begin = np.searchsorted(who, who)
    number = np.arange(len(some)) - begin + 1
    total = np.concatenate([[0], np.cumsum(excess[some])])
    value = total[1:] - total[begin] + first[who] - square * number * number
    least = np.maximum(case.low[0], np.bincount(listed.i[case.sure], minlength=len(first)))
    best = np.where(least == 0, 0, -_EXACT)
    allowed = (np.maximum(least, listed.fewest[0])[who] <= number) & (number <= case.high[0][who])
    np.maximum.at(best, who[allowed], value[allowed])
    return None if (best == -_EXACT).any() or (least > case.high[0]).any() else int(best.sum())


def _mentees_best(listed: Listed, case: Case, prices: IntArray, first: IntArray, square: int) -> int | None:
    """The most that mentees contribute at their prices; None where a mentee has no feasible number."""
    low = np.maximum(case.low[1], np.bincount(listed.j[case.sure], minlength=len(prices)))
    high = np.minimum(case.high[1], np.bincount(listed.j[case.may], minlength=len(prices)))
    if (low > high).any():
        return None
    best = np.full(len(prices), -_EXACT)
    for k in range(int(high.max(initial=0)) + 1):
        value = prices * k + first * min(k, 1) - square * k * k
        allowed = (low <= k) & (k <= high) & ((k == 0) | (listed.fewest[1] <= k))
        best = np.where(allowed, np.maximum(best, value), best)
    return None if (best == -_EXACT).any() else int(best.sum())


def _refuse_large(listed: Listed, prices: IntArray, number_price: int, multipliers: list[IntArray]) -> None:
    """Raise WrongError unless every sum of :func:`shown_by` is exact in int64."""
    number = max(_largest(np.bincount(who)) if len(who) else 0 for who in (listed.i, listed.j))
    reach = float(_sizes(listed, prices, number_price, multipliers).sum())
    reach += float(np.abs(prices.astype(float)).sum()) * number
    weights = [(listed.scale, listed.loads)]
    weights += [(_largest(multiplier), row.loads) for row, multiplier in zip(listed.rows, multipliers, strict=True)]
    for weight, loads in weights:
        for load in loads:
            if load is not None:
                reach += weight * len(load.first) * (_largest(load.first) + abs(load.square) * number**2)
    if reach >= _EXACT / 2:
        raise WrongError(_TOO_LARGE)


def _sizes(listed: Listed, prices: IntArray, price: int, multipliers: Sequence[IntArray]) -> FloatArray:
    """Sum of absolute terms of each pair's excess, which bounds every partial sum, ``(pairs,)`` float64."""
    size: FloatArray = np.abs(listed.value * float(listed.scale)) + np.abs(prices.astype(float))[listed.j] + abs(price)
    for row, multiplier in zip(listed.rows, multipliers, strict=True):
        size += np.abs(row.weighed(multiplier.astype(float)))
    return size


def _largest(numbers: IntArray) -> int:
    return max(abs(int(numbers.min(initial=0))), abs(int(numbers.max(initial=0))))
