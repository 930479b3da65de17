"""What users hold: a plan, and everything that can be asked of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, cast

import pandas as pd

from rmatch._util import notebook
from rmatch._util.files import csv_bytes, write_whole
from rmatch.analysis.alternatives import alternatives, backups, losses
from rmatch.analysis.audit import audit
from rmatch.analysis.cautions import cautions_table
from rmatch.analysis.costs import Price, price_of, stages
from rmatch.analysis.demand import skills
from rmatch.analysis.difference import Difference
from rmatch.analysis.explain import Explanation, explain
from rmatch.analysis.lottery import RoleAndId, by_lottery
from rmatch.analysis.recruiting import Directory, Recruitment, recruit
from rmatch.analysis.residual import Residual, residual_of
from rmatch.analysis.review import decide
from rmatch.analysis.summary import WEAK, summary
from rmatch.analysis.tables import accounts_table, pairs_table, reasons_of, stages_table, unmatched_table
from rmatch.analysis.unmatched import Unmatched, shortage, waiting_of
from rmatch.analysis.why_not import WhyNot, why_not
from rmatch.analysis.wishes import blocking_pairs, wishes_table
from rmatch.errors import RmatchError, RosterError, Status
from rmatch.infeasible.witness import Violator
from rmatch.limits import Limit
from rmatch.objectives import Objective, Total
from rmatch.output.check import check, check_alone, check_saved
from rmatch.output.plot import Plots
from rmatch.output.record_of import record_of
from rmatch.output.saved_certificate import fingerprint
from rmatch.problem.build import People, prepare
from rmatch.program import Program
from rmatch.proof.problem import problem_of
from rmatch.proof.verify import Verification, verify
from rmatch.result import NEEDS_PEOPLE, Result
from rmatch.roster.edits import EditedPlan
from rmatch.rules import Rule
from rmatch.schema.privacy import Private, rows_of
from rmatch.schema.record import MatchingRecord
from rmatch.second_stage import second_stage_model


class Matching(Result):
    """The plan for one roster and one program. Frozen; tables are made when they are asked for.

    One that was loaded without its people is a matching too: what needs them raises RmatchError.
    """

    # ------------------------------------------------------------ tables

    @property
    def stages(self) -> pd.DataFrame:
        """One line per objective: its value, what is proved of it, the gap between, and what it cost the next.

        ``cost`` is found by solving again without that objective; it is blank for the last one, for very many people,
        and where sensitive columns were scored.
        """
        return stages(self)

    @property
    def reached(self) -> pd.DataFrame:
        """One line per objective: its value, what is proved of it, and the gap between."""
        return stages_table(self)

    @property
    def pairs(self) -> pd.DataFrame:
        """The pairs, best first: who, the score and its parts, what is taught and gained, and why."""
        return pairs_table(self)

    @property
    def reasons(self) -> list[str]:
        """Why each pair was locked by hand, where somebody said so."""
        return reasons_of(self)

    @property
    def waiting(self) -> list[Unmatched]:
        """Everybody without a partner, as values."""
        return waiting_of(self)

    @property
    def by_lottery(self) -> frozenset[RoleAndId] | None:
        """Who, by role and id, has no partner but would have one in another plan that is as good in every objective.

        None where that is not told: of plans that are not proved, have limits across groups, objectives beyond the
        most pairs and the total or sensitive columns, or are loaded without their people; and above a million pairs.
        """
        return by_lottery(self)

    @property
    def unmatched(self) -> pd.DataFrame:
        """Everybody without a partner, once for each role: the reason, how many were eligible, a note to pass on."""
        return unmatched_table(self)

    @property
    def accounts(self) -> pd.DataFrame:
        """One line per row and role of the input: paired, unmatched, not taking part, or rejected."""
        return accounts_table(self)

    @property
    def skills(self) -> pd.DataFrame:
        """Skill by skill, the scarcest first: how many mentees want it, mentors offer it, and pairs teach it."""
        return skills(self)

    @property
    def wishes(self) -> pd.DataFrame:
        """Who wished for partners, how many, and the best place on their list that came true; for the owner's eyes."""
        return wishes_table(self)

    @property
    def cautions(self) -> pd.DataFrame:
        """What to know before the plan is used, gravest first: ``what``, ``number``, ``which``, ``remedy``."""
        return cautions_table(self)

    def blocking_pairs(self) -> pd.DataFrame:
        """Eligible pairs, one of whom wished for the other, who would both rather have each other than a partner."""
        return blocking_pairs(self)

    # ------------------------------------------------------------ questions

    def explain(self, mentor_id: str, mentee_id: str) -> Explanation:
        """Explain any pair: its parts, the skills and goals by name, a sentence, and any rules that forbid it."""
        return explain(self, mentor_id, mentee_id)

    def why_not(self, mentor_id: str, mentee_id: str) -> WhyNot:
        """Say which rules forbid a pair or what the best plan that contains it would lose, and who moves.

        Where one search cannot tell, the people are matched again with the pair locked. Raises SolverError where that
        finds no plan and does not prove that there is none.
        """
        return why_not(self, mentor_id, mentee_id)

    @property
    def residual(self) -> Residual | None:
        """Where losses are looked up; None where solving again is needed. See :mod:`rmatch.analysis.residual`."""
        return residual_of(self)

    def solve_again(self, **changes: Any) -> Matching:
        """Match the same people under the program with some of its families changed."""
        return cast(Matching, super().solve_again(**changes))

    def alternatives(self, employee_id: str, best: int = 5) -> pd.DataFrame:
        """The best other partners of one person, for the owner's eyes, and what each would cost the whole plan.

        ``loss`` and ``pairs_lost`` are those of :meth:`why_not`: ``loss`` is infinite where no plan that keeps the
        limits has that pair, and ``pairs_lost`` blank where plans as good differ in it. Where ``exact`` is false, the
        plan is not proved best, and ``loss`` is the least that the prices prove; or it is blank, as the program has
        more objectives than the most pairs and their total, or limits on groups. Ask :meth:`why_not` then.
        """
        return alternatives(self, employee_id, best)

    def losses(self, employee_id: str) -> pd.DataFrame:
        """The columns of :meth:`alternatives` for every eligible partner, cheapest first; present ones cost nothing."""
        return losses(self, employee_id)

    def backups(self) -> pd.DataFrame:
        """A second choice for every mentee who has a partner, all possible together: each may say no once.

        They are the plan that a match finds in which nobody has a partner that they have now, locks and budgets of
        changes set aside. ``spare`` says that this mentee can go there now while everybody else stays, and rooms, least
        numbers and limits are kept; ``backup_id`` is empty for whom there is nobody else. Raises InfeasibleError where
        no such plan keeps the limits.
        """
        return backups(self)

    def price_of(self, element: Rule | Limit | Objective | str) -> Price:
        """What one rule, limit or objective costs: "``grade_gap`` costs 4 pairs and 3.2 % of the total".

        ``element`` is one of the program's, or its name. The people are matched again without it, and both plans are
        compared in all objectives that both programs have. Raises RmatchError where the program has no such element or
        makes no sense without it, and where sensitive columns were scored.
        """
        return price_of(self, element)

    def recruit(
        self, directory: Directory, best: int = 10, side: Literal["mentor", "mentee"] = "mentor"
    ) -> Recruitment:
        """Whom to invite as mentors, so that most of those who wait have a partner; at most ``best`` people.

        With ``side="mentee"``: whom to invite as mentees, so that most waiting mentors have one. ``directory`` holds
        the company: a table, dicts, the path of a CSV file or a roster; people of the programme are passed
        over. Joiners count with the room that its column ``capacity`` or the program gives them, 1 where neither does,
        and must have no least number of pairs. What is told of them is the next match with them in it, and nobody is
        invited without whom as many would be placed. Where the directory does not tell what people offer or want,
        ``profiles`` says which kinds of people to ask. Raises RosterError where it cannot be read.
        """
        if self.solve is None or self.roster is None:
            raise RmatchError(NEEDS_PEOPLE)
        return recruit(self, self.solve, directory, best, side)

    def shortage(self) -> list[Violator]:
        """Say which groups share too few eligible partners, so that somebody in them has none; the largest lack first.

        Each is as small as was found, and its ``in_words(matching.model)`` says who they are, what the rules removed,
        and which single change would be enough. Empty where everybody has a partner or could have one in another plan.
        Raises RmatchError where more than 50 million pairs would have to be looked at.
        """
        return shortage(self)

    def review(self, plan: EditedPlan, *, encoding: str | None = None) -> Matching:
        """Return the plan after somebody edited it by hand, all that was left open solved again.

        ``plan`` is a table or the path of a CSV file or workbook with the columns ``mentor_id`` and ``mentee_id`` and
        perhaps ``decision`` and ``reason``: the pairs as they were written, with rows deleted, added, or given another
        partner. ``reject`` and a missing row exclude a pair; ``approve``, ``lock`` and a new row lock it; ``approve``
        also marks it as approved. The new program says so, with the reasons, and :meth:`compare` what it cost. Raises
        EditsError, naming every row at fault, and InfeasibleError where no plan keeps to the decisions. A plan
        that was loaded knows whose it is: RosterError where the people are not as they were when it was made.
        """
        if self.record is not None and fingerprint(self.model.mentors, self.model.mentees) != self.record.people:
            raise RosterError("the people have changed since the plan was made: match again, then review")
        tables = self.model.mentors, self.model.mentees
        private = partial(Private.of, tables, self.withheld or (), rows_of(self.lines))
        decisions = decide(plan, self.model, self.named, private, encoding)
        rules, limits = decisions.rules(self.program), decisions.limits(self.program)
        approved = decisions.all_approved(self.approved)
        if (rules, limits, approved) == (self.program.rules, self.program.limits, self.approved):
            return self
        return replace(
            self.solve_again(rules=rules, limits=limits),
            left_out=(*self.left_out, *decisions.notes),
            approved=approved,
        )

    def compare(self, after: Matching, cause: str = "the change") -> Difference:
        """Say which pairs another plan keeps, makes and gives up, and what that costs by this plan's own criteria."""
        return Difference.between(self, after, cause)

    def value_first(self, floor: float = WEAK) -> Matching:
        """The honest alternative to the most pairs: only pairs above ``floor``, and the largest total above it."""
        return self.solve_again(objectives=(Total(floor=floor),))

    def verify(self, roster: People | None = None) -> Verification:
        """Check rules, limits, scores, total and bound from the people and the program alone; see ``rmatch.proof``.

        With a ``roster``, that roster's people are used instead of the ones the matching was made from. Of a matching
        that was loaded, what was saved is checked; without people, only that it does not contradict itself.
        """
        if self.record is not None:
            return self._verify_saved(self.record, roster)
        if roster is not None:
            model, _ = prepare(roster, self.program)
            result = check(self.to_record(), model)
            if self.second_stage is None or not result:
                return result
            full = second_stage_model(roster, model, self.second_stage.pairs)
            assert full is not None  # the program is the same, so it steers
            return replace(self.second_stage, full=full).verify(model, self.chosen, self.parts)
        if self.second_stage is not None:
            return self.second_stage.verify(self.model, self.chosen, self.parts)
        proved = self.status is Status.OPTIMAL
        problem = problem_of(self.program, self.model.mentors, self.model.mentees)
        return verify(problem, self.chosen, self.points, self.parts, self.certificate, proved)

    def _verify_saved(self, record: MatchingRecord, roster: People | None) -> Verification:
        people = self.roster if roster is None else roster
        if people is None or self.solve is None:
            return check_alone(record)
        model = self.model if roster is None else prepare(people, Program.model_validate(record.program))[0]
        solve: Callable[[People, Program], Result] = self.solve
        return check_saved(record, model, lambda program: solve(people, program))

    def audit(self) -> pd.DataFrame:
        """How people were placed by declared group, small groups hidden; see :func:`rmatch.analysis.audit.audit`."""
        return audit(self)

    # ------------------------------------------------------------ words

    def summary(self) -> str:
        """A few lines: how many pairs, the proof, who is left, and what to know before using them."""
        return summary(self)

    def __repr__(self) -> str:
        counted = f"{len(self.points)} pairs, {len(self.waiting)} unmatched"
        return f"Matching({counted}, total {self.total:.4f}, {self.status.name})"

    def _repr_html_(self) -> str:
        shown = self.pairs.head(notebook.MOST_ROWS)
        columns = [c for c in ("mentor_id", "mentor_name", "mentee_id", "mentee_name", "score", "why") if c in shown]
        rows = shown[columns].itertuples(index=False)
        pairs = notebook.table([c.replace("_", " ") for c in columns], rows, len(self.points))
        return notebook.block(f"Matching: {self.state}", notebook.lines(self.summary()), pairs)

    @property
    def plot(self) -> Plots:
        """Drawings: ``plot.scores()``, ``plot.departments()`` and ``plot.skills()``. Needs the extra ``plot``."""
        return Plots(self)

    # ------------------------------------------------------------ out

    def to_record(self) -> MatchingRecord:
        """The matching as plain data; of one that was loaded, what was saved."""
        return record_of(self)

    def to_json(self, path: str | Path | None = None, *, files: dict[str, str] | None = None) -> str:
        """The matching as JSON text, written to ``path`` where one is given."""
        plain = self.to_record().model_copy(update={"files": files or {}}).model_dump(mode="json")
        text = json.dumps(plain, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        if path is not None:
            write_whole(Path(path), text.encode())
        return text

    def save(self, path: str | Path) -> None:
        """Write the matching as one JSON file, which :func:`rmatch.load` reads back."""
        self.to_json(path)

    def to_csv(self, path: str | Path) -> None:
        """Write the pairs as CSV that Excel opens: UTF-8 with BOM, no cell that starts a formula."""
        write_whole(Path(path), csv_bytes(self.pairs))

    def to_excel(self, path: str | Path) -> None:
        """Write an Excel workbook: every table, every text as a text. Needs the extra ``excel``. Raises OutputError."""
        from rmatch.output.workbook import workbook_bytes

        write_whole(Path(path), workbook_bytes(self))

    def to_ics(self, path: str | Path, mentor_id: str | None = None, mentee_id: str | None = None) -> None:
        """Write a calendar file: the term and its meetings or, with both ids, the meetings of one pair.

        A pair meets at the first weekly time that both have; without one, the days to agree on one are marked. It names
        nobody else and no score. Needs the extra ``calendar``. Raises ProgramError without a ``[term]``, RmatchError.
        """
        from rmatch.output.ics import calendar_of

        write_whole(Path(path), calendar_of(self, mentor_id, mentee_id))

    def to_html(self, path: str | Path, view: Literal["owner", "director", "participant", "audit"] = "owner") -> None:
        """Write the report: one HTML file that needs nothing else. Raises OutputError, RmatchError for an unknown view.

        ``view`` says for whose eyes: the owner sees everything; a director no explanations, and no skill that fewer
        than five seniors want; participants a card for each pair, without scores; an audit how declared groups fare.
        """
        from rmatch.output.report import View, report_html

        write_whole(Path(path), report_html(self, View.named(view)))

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The pairs as an Arrow stream, for polars, pyarrow, DuckDB and others."""
        return self.pairs.__arrow_c_stream__(requested_schema)
