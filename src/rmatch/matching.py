"""What users hold: a plan, and everything that can be asked of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Literal, cast

import pandas as pd

from rmatch._util import notebook
from rmatch.analysis.alternatives import alternatives, backups, losses
from rmatch.analysis.costs import Price, price_of
from rmatch.analysis.difference import Difference
from rmatch.analysis.explain import Explanation, explain
from rmatch.analysis.recruiting import Directory, Recruitment, recruit
from rmatch.analysis.residual import Residual, residual_of
from rmatch.analysis.review import decide
from rmatch.analysis.summary import WEAK, summary
from rmatch.analysis.unmatched import shortage
from rmatch.analysis.why_not import WhyNot, why_not
from rmatch.errors import RmatchError, RosterError, Status
from rmatch.infeasible.witness import Violator
from rmatch.limits import Limit
from rmatch.objectives import Objective, Total
from rmatch.output.check import check, check_alone, check_saved
from rmatch.output.saved_certificate import fingerprint
from rmatch.output.written import WrittenResult
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


class Matching(WrittenResult):
    """The plan for one roster and one program. Frozen; tables are made when they are asked for.

    One that was loaded without its people is a matching too: what needs them raises RmatchError.
    """

    # ------------------------------------------------------------ one pair, one person

    def explain(self, mentor_id: str, mentee_id: str) -> Explanation:
        """Explain any pair: its parts, the skills and goals by name, a sentence, and any rules that forbid it.

        Args:
            mentor_id, mentee_id: The pair, in the plan or not.

        Returns:
            The explanation; its ``parts`` by criterion sum to its ``score``.

        Raises:
            RmatchError: An id is unknown.
        """
        return explain(self, mentor_id, mentee_id)

    def why_not(self, mentor_id: str, mentee_id: str) -> WhyNot:
        """Say which rules forbid a pair or what the best plan that contains it would lose, and who moves.

        Where one search cannot tell, the people are matched again with the pair locked.

        Args:
            mentor_id, mentee_id: The pair.

        Returns:
            ``rules``; or ``loss``, in the objective ``total`` and as a score, ``pairs_lost``, and the pairs that are
            ``displaced`` and ``made``.

        Raises:
            RmatchError: An id is unknown.
            SolverError: Matching again finds no plan and does not prove that there is none.
        """
        return why_not(self, mentor_id, mentee_id)

    def alternatives(self, employee_id: str, best: int = 5) -> pd.DataFrame:
        """Return the best other partners of one person, for the owner's eyes, and what each would cost the whole plan.

        Args:
            employee_id: The person.
            best: Most partners in each of their roles.

        Returns:
            Columns: ``role``, ``partner_id``, ``score``, ``loss``, ``pairs_lost``, ``exact``. ``loss`` and
            ``pairs_lost`` are those of :meth:`why_not`: ``loss`` is infinite where no plan that keeps the limits has
            that pair, and ``pairs_lost`` blank where plans as good differ in it. Where ``exact`` is false, the plan is
            not proved best, and ``loss`` is the least that the prices prove; or it is blank, as the program has more
            objectives than the most pairs and their total, or limits on groups. Ask :meth:`why_not` then.

        Raises:
            RmatchError: The id is unknown.
        """
        return alternatives(self, employee_id, best)

    def losses(self, employee_id: str) -> pd.DataFrame:
        """Return every eligible partner of one person, cheapest first; present ones cost nothing.

        Args:
            employee_id: The person.

        Returns:
            The columns of :meth:`alternatives`.

        Raises:
            RmatchError: The id is unknown.
        """
        return losses(self, employee_id)

    @property
    def residual(self) -> Residual | None:
        """Where losses are looked up; None where solving again is needed. See :mod:`rmatch.analysis.residual`."""
        return residual_of(self)

    # ------------------------------------------------------------ the whole plan

    def backups(self) -> pd.DataFrame:
        """Return a second choice for every mentee who has a partner, all possible together: each may say no once.

        They are the plan that a match finds in which nobody has a partner that they have now, locks and budgets of
        changes set aside.

        Returns:
            Columns: ``mentee_id``, ``mentor_id``, ``backup_id``, ``score``, ``spare``. ``backup_id`` is empty for whom
            there is nobody else; ``spare`` says that this mentee can go there now while everybody else stays, and
            rooms, least numbers and limits are kept.

        Raises:
            InfeasibleError: No such plan keeps the limits.
        """
        return backups(self)

    def price_of(self, element: Rule | Limit | Objective | str) -> Price:
        """Say what one rule, limit or objective costs: "``grade_gap`` costs 4 pairs and 3.2 % of the total".

        The people are matched again without it, and both plans are compared in all objectives that both programs have.

        Args:
            element: One of the program's, or its name.

        Raises:
            RmatchError: The program has no such element, or several, or makes no sense without it; or sensitive columns
                were scored.
        """
        return price_of(self, element)

    def recruit(
        self, directory: Directory, best: int = 10, side: Literal["mentor", "mentee"] = "mentor"
    ) -> Recruitment:
        """Say whom to invite, so that most of those who wait on the other side have a partner.

        Joiners count with the room that the directory's column ``capacity`` or the program gives them, 1 where neither
        does, and must have no least number of pairs. What is told of them is the next match with them in it, and nobody
        is invited without whom as many would be placed. Where the directory does not tell what people offer or want,
        ``profiles`` says which kinds of people to ask.

        Args:
            directory: The company: a table, dicts, the path of a CSV file or a roster; people of the programme are
                passed over.
            best: Most people to invite.
            side: Whom to invite: mentors, for mentees who wait, or mentees.

        Raises:
            RosterError: The directory cannot be read.
            RmatchError: ``best`` is below 1, ``side`` is neither, the program has tracks, or the plan was loaded
                without its people.
        """
        if self.solve is None or self.roster is None:
            raise RmatchError(NEEDS_PEOPLE)
        return recruit(self, self.solve, directory, best, side)

    def shortage(self) -> list[Violator]:
        """Say which groups share too few eligible partners, so that somebody in them has none; the largest lack first.

        Returns:
            The groups, each as small as was found; ``in_words(matching.model)`` of each says who they are, what the
            rules removed, and which single change would be enough. Empty where everybody has a partner or could have
            one in another plan.

        Raises:
            RmatchError: More than 50 million pairs would have to be looked at.
        """
        return shortage(self)

    def compare(self, after: Matching, cause: str = "the change") -> Difference:
        """Say which pairs another plan keeps, makes and gives up, and what that costs by this plan's own criteria.

        Args:
            after: The other plan, of much the same people.
            cause: What changed, for the words of the answer.

        Raises:
            TypeError: ``after`` is no plan.
        """
        return Difference.between(self, after, cause)

    def summary(self) -> str:
        """Return a few lines: how many pairs, the proof, who is left, and what to know before using them."""
        return summary(self)

    # ------------------------------------------------------------ another plan

    def solve_again(self, **changes: Any) -> Matching:
        """Match the same people under the program with some of its families changed.

        Args:
            **changes: New ``criteria``, ``rules``, ``limits`` or ``objectives``, as tuples.

        Raises:
            RmatchError: The plan was loaded without its people.
            InfeasibleError: No plan keeps the limits.
        """
        return cast(Matching, super().solve_again(**changes))

    def value_first(self, floor: float = WEAK) -> Matching:
        """Match again for the largest total above a floor instead of the most pairs.

        Args:
            floor: Score that a pair must exceed to be worth making.

        Raises:
            RmatchError: The plan was loaded without its people.
        """
        return self.solve_again(objectives=(Total(floor=floor),))

    def review(self, plan: EditedPlan, *, encoding: str | None = None) -> Matching:
        """Return the plan after somebody edited it by hand, all that was left open solved again.

        ``reject`` and a missing row exclude a pair; ``approve``, ``lock`` and a new row lock it; ``approve`` also marks
        it as approved. The new program says so, with the reasons, and :meth:`compare` what it cost.

        Args:
            plan: A table or the path of a CSV file or workbook with the columns ``mentor_id`` and ``mentee_id`` and
                perhaps ``decision`` and ``reason``: the pairs as they were written, with rows deleted, added, or given
                another partner.
            encoding: Of a CSV file, such as ``cp1252``, where it is neither UTF-8 nor UTF-16.

        Raises:
            EditsError: Rows are at fault; it names every one.
            InfeasibleError: No plan keeps to the decisions.
            RosterError: The plan was loaded, and the people are not as they were when it was made.
        """
        people = self.model.mentors, self.model.mentees
        if self.record is not None and fingerprint(*people, self.program) != self.record.people:
            raise RosterError("the people have changed since the plan was made: match again, then review")
        private = partial(Private.of, people, self.withheld or (), rows_of(self.lines))
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

    # ------------------------------------------------------------ the check

    def verify(self, roster: People | None = None) -> Verification:
        """Check rules, limits, scores, total and bound from the people and the program alone; see ``rmatch.proof``.

        Of a matching that was loaded, what was saved is checked; without people, only that it does not contradict
        itself.

        Args:
            roster: People to use instead of the ones that the matching was made from.

        Returns:
            Whether all is well, as a truth value and as a sentence that says what was checked or what is wrong.
        """
        if self.record is not None:
            return self._verify_saved(self.record, roster)
        if roster is not None:
            model, _ = prepare(roster, self.program)
            result = check(self.to_record(), model)
            if self.second_stage is None or not result:
                return result
            full = second_stage_model(roster, model, self.second_stage.pairs)
            assert full is not None  # the program is the same, so it scores sensitive columns
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

    # ------------------------------------------------------------ on screen

    def __repr__(self) -> str:
        counted = f"{len(self.points)} pairs, {len(self.waiting)} unmatched"
        return f"Matching({counted}, total {self.total:.4f}, {self.status.name})"

    def _repr_html_(self) -> str:
        shown = self.pairs.head(notebook.MOST_ROWS)
        columns = [c for c in ("mentor_id", "mentor_name", "mentee_id", "mentee_name", "score", "why") if c in shown]
        rows = shown[columns].itertuples(index=False)
        pairs = notebook.table([c.replace("_", " ") for c in columns], rows, len(self.points))
        return notebook.block(f"Matching: {self.state}", notebook.lines(self.summary()), pairs)
