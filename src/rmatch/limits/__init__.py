"""Limits: bounds on numbers of pairs."""

from rmatch.limits._alike import Alike
from rmatch.limits._base import Limit, rows_of, with_distinct_names
from rmatch.limits._checks import refuse_contradictions, refuse_misfits
from rmatch.limits._circles import Circles
from rmatch.limits._groups import Group, Share, Spread
from rmatch.limits._in_track import limit_in_track
from rmatch.limits._people import Capacity, CapacityTotal, OneDirection, places, with_implied
from rmatch.limits._plan import Changes, Lock, TotalPairs
from rmatch.limits._representative import Representative
from rmatch.limits._rounds import limit_in_round, not_twice

__all__ = [
    "Alike",
    "Capacity",
    "CapacityTotal",
    "Changes",
    "Circles",
    "Group",
    "Limit",
    "Lock",
    "OneDirection",
    "Representative",
    "Share",
    "Spread",
    "TotalPairs",
    "limit_in_round",
    "limit_in_track",
    "not_twice",
    "places",
    "refuse_contradictions",
    "refuse_misfits",
    "rows_of",
    "with_distinct_names",
    "with_implied",
]
