"""Rules: may this pair be?"""

from rmatch.rules._accepts import Accepts
from rmatch.rules._avoids import Avoids
from rmatch.rules._base import Predicate, Rule, penalty_table
from rmatch.rules._pairs import Exclude, MinGain, MinScore, NoRepeat, OutsideReportingLine
from rmatch.rules._people import Differs, GradeGap, OptIn, Same, Shares
from rmatch.rules._tracks import Sides, rule_in_track
from rmatch.rules._zones import TimeZoneDistance

__all__ = [
    "Accepts",
    "Avoids",
    "Differs",
    "Exclude",
    "GradeGap",
    "MinGain",
    "MinScore",
    "NoRepeat",
    "OptIn",
    "OutsideReportingLine",
    "Predicate",
    "Rule",
    "Same",
    "Shares",
    "Sides",
    "TimeZoneDistance",
    "penalty_table",
    "rule_in_track",
]
