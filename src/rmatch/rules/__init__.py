"""Rules: may this pair be?"""

from rmatch.rules._base import Predicate, Rule, penalty_table
from rmatch.rules._pairs import Exclude, MinGain, MinScore, NoRepeat, OutsideReportingLine
from rmatch.rules._partner import Accepts, Avoids
from rmatch.rules._people import Away, Differs, GradeGap, OptIn, Same, Shares, TimeZoneDistance, excused
from rmatch.rules._tracks import Sides, rule_in_track, same_round

__all__ = [
    "Accepts",
    "Avoids",
    "Away",
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
    "excused",
    "penalty_table",
    "rule_in_track",
    "same_round",
]
