"""Limits: bounds on numbers of pairs."""

from rmatch.limits._alike import Alike
from rmatch.limits._base import Limit
from rmatch.limits._checks import refuse_contradictions, refuse_misfits
from rmatch.limits._circles import Circles
from rmatch.limits._groups import Group, Share, Spread
from rmatch.limits._people import Capacity, places
from rmatch.limits._plan import Changes, Lock, TotalPairs
from rmatch.limits._representative import Representative
from rmatch.limits._rows_of import rows_of

__all__ = [
    "Alike",
    "Capacity",
    "Changes",
    "Circles",
    "Group",
    "Limit",
    "Lock",
    "Representative",
    "Share",
    "Spread",
    "TotalPairs",
    "places",
    "refuse_contradictions",
    "refuse_misfits",
    "rows_of",
]
