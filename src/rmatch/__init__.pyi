"""Every public name, once: here type checkers read it, and `__init__.py` looks it up when it is first used."""

from . import criteria, datasets, limits, objectives, rules, solvers, testing
from .analysis.costs import Price
from .analysis.difference import Difference
from .analysis.explain import Explanation
from .analysis.recruiting import Recruitment
from .analysis.why_not import WhyNot
from .api.load import load
from .api.match import match, score_matrix, shortlist
from .api.place import Placement, place
from .api.rematch import rematch, rematch_curve
from .api.rounds import rounds
from .api.saved_rounds import load_rounds, save_rounds
from .api.several import Rounds
from .errors import (
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
from .infeasible.witness import Violator
from .matching import Matching
from .problem.history import History
from .program import Program
from .proof.certificate import Certificate
from .roster import Roster, from_frame, from_records, read_csv, read_excel
from .schema.person import Person
from .solve.progress import Event

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
    "Rounds",
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
    "load_rounds",
    "match",
    "objectives",
    "place",
    "read_csv",
    "read_excel",
    "rematch",
    "rematch_curve",
    "rounds",
    "rules",
    "save_rounds",
    "score_matrix",
    "shortlist",
    "solvers",
    "testing",
]
__version__: str
