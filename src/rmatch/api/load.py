"""Reading a saved matching back, with the people or without."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NoReturn

import numpy as np
import pandas as pd
from pydantic import ValidationError

from rmatch._util.atomic import recover
from rmatch._util.files import plain_json
from rmatch.analysis.claims import clause
from rmatch.analysis.recruiting import Directory
from rmatch.analysis.unmatched import Unmatched
from rmatch.api.match import match, of_input, solver
from rmatch.columns import IntArray
from rmatch.errors import Reason, RmatchError, RosterError, Status
from rmatch.factors import SCALE
from rmatch.limits import Limit
from rmatch.matching import Matching
from rmatch.objectives import MostPairs, Objective, Total
from rmatch.output.check import check, check_alone, columns_of, located
from rmatch.output.record import FORMAT, MatchingRecord
from rmatch.output.record_of import CHANGED, fingerprint
from rmatch.problem.build import People, prepare
from rmatch.problem.model import Model
from rmatch.program import Program
from rmatch.proof.certificate import Certificate, StageProof
from rmatch.proof.verify import Verification
from rmatch.roster.edits import EditedPlan
from rmatch.rules import Rule
from rmatch.solve.sensitive import withheld


def read_record(path: str | Path) -> MatchingRecord:
    """Read a saved matching as plain data. Raises RmatchError where it is not one."""
    path = Path(path)
    try:
        recover(path.parent)
        data = plain_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise RmatchError(f"{path}: not a saved matching: {error}") from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise RmatchError(f"{path}: not a saved matching of format {FORMAT}")
    try:
        return MatchingRecord.model_validate(data)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise RmatchError(f"{path}: not a saved matching: `{where}`: {problem['msg']}") from None


def load(path: str | Path, roster: People | None = None) -> Matching:
    """Read a saved matching back; with the ``roster`` it can explain, answer and verify itself in full.

    Raises RmatchError where the file is not a saved matching, or the people are not those it was made for.
    """
    record = read_record(path)
    return recorded(record) if roster is None else restore(record, roster)


def restore(record: MatchingRecord, roster: People) -> Restored:
    """Rebuild a matching on its people. Raises RmatchError where the people are not those it was made for."""
    model, _ = prepare(roster, Program.model_validate(record.program))
    found = located(record, model)
    if found == CHANGED:
        raise RmatchError(f"the matching was changed after it was saved: {found}")
    if isinstance(found, str):
        raise RmatchError(
            f"the matching was made for other people: {found}; the people have changed since, match again"
        )
    pairs, certificate = found
    return Restored(
        model,
        pairs,
        certificate,
        Status[record.status],
        record.left_out,
        *of_input(roster, record.left_out),
        anew=match,
        approved=_approved(record),
        withheld=withheld(roster, model),
        record=record,
    )


def _approved(record: MatchingRecord) -> frozenset[tuple[str, str]]:
    return frozenset((pair.mentor_id, pair.mentee_id) for pair in record.pairs if pair.approved)


def verified(record: MatchingRecord, roster: People) -> Verification:
    """Check a saved plan against the people. Raises RmatchError where they do not fit its program."""
    return _verified(record, prepare(roster, Program.model_validate(record.program))[0], solver(roster))


def _verified(record: MatchingRecord, model: Model, again: Callable[[Program], Matching]) -> Verification:
    """Where sensitive columns were scored no prices are kept: the people are matched again and the plans compared.

    What is not claimed to be best may differ: of a plan that is only lawful, who is paired is compared if that was
    proved, and nothing if it was not.
    """
    result, saved = check(record, model), record.certificate
    if not (saved.sealed and result.ok):
        return result
    best, one = record.status == Status.OPTIMAL.name, recorded(record)
    if not one.certificate.proved:
        return result
    other, problems = again(model.program), []
    if _how_often(one) != _how_often(other):
        problems.append("matched again, other people are paired, or not as often")
    elif best and one.named != other.named:
        problems.append("matched again, these people have other partners")
    if _first_step(one) != _first_step(other):
        problems.append("matched again, another gap is left")
    what = "the same pairs when matched again" if best else "the same people paired when matched again"
    return Verification(tuple(problems), (*result.checked, what), with_people=True)


def _how_often(plan: Matching) -> tuple[Counter[str], Counter[str]]:
    return Counter(mentor for mentor, _ in plan.pair_ids), Counter(mentee for _, mentee in plan.pair_ids)


def _first_step(plan: Matching) -> tuple[int, dict[str, int]]:
    return plan.certificate.gap, plan.certificate.gaps


def recorded(record: MatchingRecord) -> Recorded:
    """A matching that knows only what was saved."""
    saved, none = record.certificate, np.zeros(0, np.int64)
    stages = tuple(StageProof(stage.name, stage.value, stage.bound, none, none) for stage in saved.stages)
    certificate = Certificate(stages, saved.total, saved.bound, saved.sealed, tuple(saved.first_gaps.items()))
    model: Any = None  # the people are not here; everything that needs them is overridden below
    status, approved = Status[record.status], _approved(record)
    return Recorded(model, (none, none), certificate, status, record.left_out, approved=approved, record=record)


@dataclass(frozen=True, eq=False, repr=False)
class Restored(Matching):
    """A saved matching on its people. What it shows is computed anew; what it verifies is what was saved."""

    record: MatchingRecord = field(kw_only=True)

    def verify(self, roster: People | None = None) -> Verification:
        """Check what was saved against its people or, with a ``roster``, against those of that one."""
        if roster is not None:
            return verified(self.record, roster)
        assert self.again is not None  # a restored plan knows its people
        return _verified(self.record, self.model, self.again)

    def review(self, plan: EditedPlan) -> Matching:
        """Return the plan after somebody edited it by hand; see :meth:`Matching.review`.

        Raises RosterError where the people are not as they were when the plan was made.
        """
        if fingerprint(self.model.mentors, self.model.mentees) != self.record.people:
            raise RosterError("the people have changed since the plan was made: match again, then review")
        return super().review(plan)

    def to_record(self) -> MatchingRecord:
        """What was saved."""
        return self.record


@dataclass(frozen=True, eq=False, repr=False)
class Recorded(Matching):
    """A saved matching without its people: ids, scores, reasons and the proof, but nothing to ask about others."""

    record: MatchingRecord = field(kw_only=True)

    @property
    def program(self) -> Program:
        """The program it was made under."""
        return Program.model_validate(self.record.program)

    @cached_property
    def parts(self) -> IntArray:
        """Each criterion's points for each pair, as saved."""
        return columns_of(self.record)[1]

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """The pairs by id, with their scores and parts."""
        frame = pd.DataFrame(self.pair_ids, columns=["mentor_id", "mentee_id"])
        if any(self.decisions):
            frame["decision"] = self.decisions
        frame["score"] = self.points / SCALE
        return frame.assign(**{name: part / SCALE for name, part in zip(self.record.criteria, self.parts, strict=True)})

    @cached_property
    def pair_ids(self) -> list[tuple[str, str]]:
        """The pairs by their ids, as saved."""
        return [(pair.mentor_id, pair.mentee_id) for pair in self.record.pairs]

    @cached_property
    def decisions(self) -> list[str]:
        """What was decided about each pair, as saved."""
        return [("approve" if pair.approved else "lock") if pair.locked else "" for pair in self.record.pairs]

    @cached_property
    def waiting(self) -> list[Unmatched]:
        """Everybody without a partner, as saved."""
        return [Unmatched(u.employee_id, u.role, Reason[u.reason], u.eligible, u.detail) for u in self.record.unmatched]

    def value_of(self, objective: Objective) -> int:
        """What the plan is worth to an objective, as saved."""
        saved = {stage.name: stage.value for stage in self.record.certificate.stages}
        known = saved | {Total.kind(): self.record.certificate.total, MostPairs.kind(): len(self.record.pairs)}
        if objective.name not in known:
            self._needs_people("stages")
        return known[objective.name]

    @cached_property
    def stages(self) -> pd.DataFrame:
        """One line per objective, as :attr:`reached`; what each cost the next needs the people."""
        return self.reached.assign(cost="")

    def price_of(self, element: Rule | Limit | Objective | str) -> NoReturn:
        """Needs the people."""
        self._needs_people("price_of")

    @property
    def accounts(self) -> pd.DataFrame:
        """Not saved: needs the people."""
        self._needs_people("accounts")

    @property
    def skills(self) -> pd.DataFrame:
        """Not saved: needs the people."""
        self._needs_people("skills")

    def explain(self, mentor_id: str, mentee_id: str) -> NoReturn:
        """Needs the people."""
        self._needs_people("explain")

    def why_not(self, mentor_id: str, mentee_id: str) -> NoReturn:
        """Needs the people."""
        self._needs_people("why_not")

    def shortage(self) -> NoReturn:
        """Needs the people."""
        self._needs_people("shortage")

    def alternatives(self, employee_id: str, best: int = 5) -> NoReturn:
        """Needs the people."""
        self._needs_people("alternatives")

    def losses(self, employee_id: str) -> NoReturn:
        """Needs the people."""
        self._needs_people("losses")

    def recruit(self, directory: Directory, best: int = 10) -> NoReturn:
        """Needs the people."""
        self._needs_people("recruit")

    def backups(self) -> NoReturn:
        """Needs the people."""
        self._needs_people("backups")

    def review(self, plan: EditedPlan) -> NoReturn:
        """Needs the people."""
        self._needs_people("review")

    def to_excel(self, path: str | Path) -> NoReturn:
        """Needs the people."""
        self._needs_people("to_excel")

    def to_ics(self, path: str | Path, mentor_id: str | None = None, mentee_id: str | None = None) -> None:
        """Write the programme's calendar; that of a pair needs the people."""
        if mentor_id is not None or mentee_id is not None:
            self._needs_people("to_ics")
        super().to_ics(path)

    def to_html(
        self, path: str | Path, view: Literal["owner", "director", "participant", "audit"] = "owner"
    ) -> NoReturn:
        """Needs the people."""
        self._needs_people("to_html")

    def _needs_people(self, what: str) -> NoReturn:
        raise RmatchError(f"`{what}` needs the people: load the matching with `roster=`")

    def verify(self, roster: People | None = None) -> Verification:
        """Check the record in itself or, with a ``roster``, against the people."""
        return check_alone(self.record) if roster is None else verified(self.record, roster)

    def summary(self) -> str:
        """One line."""
        return f"{len(self.points)} pairs, total {self.total:.6f}, {clause(self)}; loaded without the people."

    def to_record(self) -> MatchingRecord:
        """The record itself."""
        return self.record
