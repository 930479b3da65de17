"""A plan with its tables."""

from __future__ import annotations

import pandas as pd

from rmatch.analysis.audit import audit
from rmatch.analysis.cautions import cautions_table
from rmatch.analysis.costs import stages
from rmatch.analysis.demand import skills
from rmatch.analysis.lottery import RoleAndId, by_lottery
from rmatch.analysis.tables import accounts_table, pairs_table, reasons_of, stages_table, unmatched_table
from rmatch.analysis.unmatched import Unmatched, waiting_of
from rmatch.analysis.wishes import blocking_pairs, wishes_table
from rmatch.result import Result


class TabledResult(Result):
    """A plan whose tables are made when they are asked for. The reference lists the columns of each."""

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
        """Return the eligible pairs who would both rather have each other than a partner, where one wished for it.

        Returns:
            Columns: ``mentor_id``, ``mentee_id``, ``mentor_rank``, ``mentee_rank``, ``score``, ``instead_of_mentor``
            and ``instead_of_mentee``, the partners whom that would replace.

        Raises:
            RmatchError: The plan was loaded without its people.
        """
        return blocking_pairs(self)

    def audit(self) -> pd.DataFrame:
        """Return how people were placed by declared group, small groups hidden.

        Returns:
            Columns: ``side``, ``column``, ``group``, ``kind``, then counts, rates and ratios; see
            :func:`rmatch.analysis.audit.audit`.

        Raises:
            ProgramError: No column is declared sensitive or for audits.
            RmatchError: The plan was loaded without its people.
        """
        return audit(self)
