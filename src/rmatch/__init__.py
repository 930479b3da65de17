"""rmatch: reverse mentoring, a spreadsheet in, provably best pairs out, nobody lost."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rmatch import criteria, datasets, limits, objectives, rules, solvers, testing
    from rmatch.answer.costs import Price
    from rmatch.answer.difference import Difference
    from rmatch.answer.explain import Explanation, WhyNot
    from rmatch.answer.recruiting import Recruitment
    from rmatch.engine import match, score_matrix, shortlist
    from rmatch.errors import (
        EditsError,
        InfeasibleError,
        OutputError,
        ProgramError,
        Reason,
        RmatchError,
        RosterError,
        SolverError,
        Status,
    )
    from rmatch.history import History
    from rmatch.matching import Matching
    from rmatch.people import Person
    from rmatch.placing import Placement, place
    from rmatch.program import Program
    from rmatch.progress import Event
    from rmatch.proof.certificate import Certificate
    from rmatch.rematching import rematch, rematch_curve
    from rmatch.roster import Roster, from_frame, from_records, read_csv, read_excel
    from rmatch.saved import load
    from rmatch.shortage.witness import Violator

# Names are looked up when they are first used, so that `rmatch --help` need not wait for pandas and OR-Tools.
_HOME = {
    "Certificate": "proof.certificate",
    "Difference": "answer.difference",
    "EditsError": "errors",
    "Event": "progress",
    "Explanation": "answer.explain",
    "History": "history",
    "InfeasibleError": "errors",
    "Matching": "matching",
    "OutputError": "errors",
    "Person": "people",
    "Placement": "placing",
    "Price": "answer.costs",
    "Program": "program",
    "ProgramError": "errors",
    "Reason": "errors",
    "RmatchError": "errors",
    "Recruitment": "answer.recruiting",
    "Roster": "roster",
    "RosterError": "errors",
    "SolverError": "errors",
    "Status": "errors",
    "Violator": "shortage.witness",
    "WhyNot": "answer.explain",
    "from_frame": "roster",
    "from_records": "roster",
    "load": "saved",
    "match": "engine",
    "place": "placing",
    "read_csv": "roster",
    "read_excel": "roster",
    "rematch": "rematching",
    "rematch_curve": "rematching",
    "score_matrix": "engine",
    "shortlist": "engine",
}
_MODULES = ("criteria", "datasets", "limits", "objectives", "rules", "solvers", "testing")

__all__ = [
    "Certificate",
    "Difference",
    "EditsError",
    "Event",
    "Explanation",
    "History",
    "InfeasibleError",
    "Matching",
    "OutputError",
    "Person",
    "Placement",
    "Price",
    "Program",
    "ProgramError",
    "Reason",
    "Recruitment",
    "RmatchError",
    "Roster",
    "RosterError",
    "SolverError",
    "Status",
    "Violator",
    "WhyNot",
    "criteria",
    "datasets",
    "from_frame",
    "from_records",
    "limits",
    "load",
    "match",
    "objectives",
    "place",
    "read_csv",
    "read_excel",
    "rematch",
    "rematch_curve",
    "rules",
    "score_matrix",
    "shortlist",
    "solvers",
    "testing",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"rmatch.{_HOME[name]}"), name)
    if name in _MODULES:
        return import_module(f"rmatch.{name}")
    if name == "__version__":
        return import_module("importlib.metadata").version("rmatch-engine")
    raise AttributeError(f"module 'rmatch' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
