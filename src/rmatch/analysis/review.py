"""Review: decisions made by hand about a plan, expressed as rules and limits of the program.

A review solves again under the old program, without the rejected pairs and with the approved or locked ones, so the
program records every decision.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

import numpy as np
import pandas as pd

from rmatch._util.files import unharmed
from rmatch._util.quoted import arrow, called, excerpt, names_of, read_otherwise
from rmatch.columns import IntArray, Labels, fold
from rmatch.element import Unknown
from rmatch.errors import suggestion
from rmatch.limits import Limit, Lock
from rmatch.problem.model import Model
from rmatch.program import Program
from rmatch.roster.edits import DECISION, REASON, REQUIRED, EditedPlan, Edits, read_edits, refusal
from rmatch.roster.issues import IssueLog
from rmatch.roster.resolver import Resolver, Role
from rmatch.rules import Exclude, Rule
from rmatch.schema.privacy import REMEDY, Private, names_in_pairs, tidied

Pair: TypeAlias = tuple[str, str]
"""``(mentor_id, mentee_id)``."""


class Decision(Enum):
    """Decision in a row of the edited plan."""

    LEAVE = ""
    APPROVE = "approve"
    LOCK = "lock"
    REJECT = "reject"


@dataclass(frozen=True)
class Decisions:
    """Rejected pairs, locked pairs, which of these were approved, and the reasons given."""

    rejected: frozenset[Pair] = frozenset()
    locked: frozenset[Pair] = frozenset()
    approved: frozenset[Pair] = frozenset()
    reasons: Mapping[Pair, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """What was read otherwise than it is written, a sentence each."""

    def all_approved(self, before: frozenset[Pair]) -> frozenset[Pair]:
        """Return the approved pairs, earlier ones included; an approval lasts until the pair is rejected."""
        return (before | self.approved) - self.rejected

    def rules(self, program: Program) -> Sequence[Rule]:
        """Return the program's rules with the rejected pairs excluded; unchanged where nothing is new."""
        barred = {pair: rule.reason for rule in program.rules if isinstance(rule, Exclude) for pair in rule.pairs}
        known = {frozenset(pair): pair for pair in barred}
        reasons_by_pair = dict(barred)
        for pair in sorted(self.rejected):
            listed = known.get(frozenset(pair), pair)
            reasons_by_pair[listed] = self.reasons.get(pair, reasons_by_pair.get(listed))
        others = (rule for rule in program.rules if not isinstance(rule, Exclude))
        lists = [rule for rule in program.rules if isinstance(rule, Exclude)]
        unknown: Unknown = "ignore" if any(rule.unknown == "ignore" for rule in lists) else "raise"
        alike = (Exclude(pairs, why, unknown) for why, pairs in _by_reason(reasons_by_pair))
        return program.rules if reasons_by_pair == barred else (*others, *alike)

    def limits(self, program: Program) -> Sequence[Limit]:
        """Return the program's limits with the locked pairs; unchanged where nothing is new."""
        locked_reasons = locks(program)
        reasons_by_pair = {pair: why for pair, why in locked_reasons.items() if pair not in self.rejected}
        reasons_by_pair |= {pair: reasons_by_pair.get(pair) for pair in sorted(self.locked)}
        reasons_by_pair |= {pair: why for pair, why in self.reasons.items() if pair in reasons_by_pair}
        others = (limit for limit in program.limits if not limit.fixed_pairs)
        return (
            program.limits
            if reasons_by_pair == locked_reasons
            else (*others, *(Lock(pairs, why) for why, pairs in _by_reason(reasons_by_pair)))
        )


def locks(program: Program) -> dict[Pair, str | None]:
    """Return the pairs that a program locks, each with its reason."""
    return {pair: limit.explained_pairs()[0] for limit in program.limits for pair in limit.fixed_pairs}


def _by_reason(reasons_by_pair: Mapping[Pair, str | None]) -> Iterable[tuple[str | None, tuple[Pair, ...]]]:
    """The pairs by reason, in order of first occurrence."""
    alike: dict[str | None, list[Pair]] = {}
    for pair, why in reasons_by_pair.items():
        alike.setdefault(why, []).append(pair)
    return [(why, tuple(pairs)) for why, pairs in alike.items()]


def decide(
    plan: EditedPlan, model: Model, made: frozenset[Pair], private: Callable[[], Private], encoding: str | None = None
) -> Decisions:
    """Return the decisions of an edited plan about the plan ``made``.

    A pair whose row is missing, or is marked reject, is rejected; a pair that was not made, or is marked approve or
    lock, is locked.

    Args:
        plan: The edited plan, as ``read_edits`` accepts it.
        made: Pairs of the current plan.
        private: Returns the people and values that must not be identifiable in reasons.

    Raises:
        EditsError: A row is at fault; the error lists all of them.
    """
    log = IssueLog()
    edits = read_edits(plan, log, encoding)
    reader = _Reader(edits, model, log)
    decided = dict(reader.pairs())
    gone = _unlisted(made, decided)
    if made and not len(edits):
        remedy = "To give up every pair, write reject beside each of them."
        log.note("error", edits.file, "there are headers, but no pairs", remedy)
    elif 2 * len(gone) > len(made) and not log.count("error"):
        reason = f"{len(gone):,} of {len(made):,} pairs are no longer in it, as if it was filtered or cut short"
        log.note("error", edits.file, reason, "Give the whole list. To reject these pairs, write reject beside each.")
    reader.check_age(decided, made)
    kept = {pair: entry.row for pair, entry in decided.items() if entry.decision is not Decision.REJECT}
    rejected = frozenset((made | decided.keys()) - kept.keys())
    locked = frozenset(pair for pair in kept if pair not in made or decided[pair].decision is not Decision.LEAVE)
    approved = frozenset(pair for pair in kept if decided[pair].decision is Decision.APPROVE)
    reader.check_capacity(kept)
    reader.check_rules({pair: kept[pair] for pair in kept if pair not in made})
    standing = locked.union(locks(model.program))
    reader.check_turned({pair: kept[pair] for pair in kept if pair in standing}, rejected)
    reasons_by_pair = {pair: entry for pair, entry in decided.items() if entry.reason}
    if reasons_by_pair:
        reader.check_reasons(reasons_by_pair, standing | rejected, private())
    if log.count("error"):
        raise refusal(log)
    reasons, notes = {pair: entry.reason for pair, entry in reasons_by_pair.items()}, reader.notes()
    return Decisions(rejected, locked, approved, reasons, notes)


def unlisted(plan: EditedPlan, model: Model, made: frozenset[Pair], encoding: str | None = None) -> frozenset[Pair]:
    """Return the pairs of ``made`` that an edited plan rejects by having no row about them any more.

    Args:
        plan, encoding: The edited plan, as :func:`decide` took it.
        model: The people.
        made: Pairs of the current plan.
    """
    log = IssueLog()
    return _unlisted(made, dict(_Reader(read_edits(plan, log, encoding), model, log).pairs()))


def _unlisted(made: frozenset[Pair], decided: Mapping[Pair, _Entry]) -> frozenset[Pair]:
    """The pairs without a row, but for those of which one person has another partner in a new row."""
    new = decided.keys() - made
    moved = {mentor for mentor, _ in new}, {mentee for _, mentee in new}
    return frozenset(pair for pair in made - decided.keys() if pair[0] not in moved[0] and pair[1] not in moved[1])


@dataclass(frozen=True)
class _Entry:
    """A row's decision about its pair."""

    row: int
    decision: Decision
    reason: str


class _Reader:
    """Turns rows of text into pairs, and logs what is wrong with each."""

    def __init__(self, edits: Edits, model: Model, log: IssueLog) -> None:
        self._edits, self._model, self._log = edits, model, log
        resolver = Resolver.of(model.mentors, model.mentees)
        self._names = names_of(model.mentors, model.mentees)
        self._sides = _Side("mentor", model.mentors.ids, resolver), _Side("mentee", model.mentees.ids, resolver)

    def check_age(self, decided: Mapping[Pair, _Entry], made: frozenset[Pair]) -> None:
        """Report a list of an earlier plan: it rejects what the program bars already, and other rows are new."""
        barred = {frozenset(p) for rule in self._model.program.rules if isinstance(rule, Exclude) for p in rule.pairs}
        entries = [(pair, entry) for pair, entry in decided.items() if pair not in made]
        again = [e.row for pair, e in entries if e.decision is Decision.REJECT and frozenset(pair) in barred]
        new = sum(entry.decision is Decision.LEAVE for _, entry in entries)
        if again and new:
            one = "1 other row is" if new == 1 else f"{new:,} other rows are"
            reason = f"this pair has been rejected before, and {one} about pairs that the plan does not have"
            remedy = "The list seems to be that of an earlier plan: edit the plan as it is now."
            for row in again:
                self._note(row, reason, remedy)

    def pairs(self) -> Iterator[tuple[Pair, _Entry]]:
        """Yield each pair that can be read, once, with its entry."""
        edits, first = self._edits, dict[Pair, int]()
        columns = edits.row.tolist(), edits.mentor_id, edits.mentee_id, edits.decision, edits.reason
        for row, *ids, word, why in zip(*columns, strict=True):
            mentor, mentee = (self._person(side, row, text) for side, text in zip(self._sides, ids, strict=True))
            decision, reason = self._decision(row, word), self._reason(row, why)
            if mentor is None or mentee is None or decision is None or reason is None:
                continue
            pair = mentor, mentee
            if pair in first:
                self._note(
                    row, f"{arrow(*pair, self._names)} stands in row {first[pair]} already", "Keep one of the two rows."
                )
                continue
            first[pair] = row
            yield pair, _Entry(row, decision, reason)

    def notes(self) -> tuple[str, ...]:
        """Who is named otherwise than by the id."""
        meant = [both for side in self._sides for both in side.read.items()]
        read = [read_otherwise(*both) for both in meant]
        shown = [*read[:3], *([f"{len(read) - 3:,} more people are found likewise"] if len(read) > 3 else [])]
        return (f"edits: {'; '.join(shown)}",) if shown else ()

    def _person(self, side: _Side, row: int, text: str) -> str | None:
        found = side.meant(text)
        if found is None:
            self._note(row, *side.unknown(text), column=f"{side.role}_id", value=text)
        return found

    def _decision(self, row: int, word: str) -> Decision | None:
        try:
            return Decision(fold(word))
        except ValueError:
            choices = [decision.value for decision in Decision if decision.value]
            remedy = f"Write {', '.join(choices)} or nothing.{suggestion(fold(word), choices)}"
            self._note(row, f"{excerpt(word)!r} is no decision", remedy, column=DECISION, value=word)
            return None

    def _reason(self, row: int, text: str) -> str | None:
        try:
            return tidied(unharmed(text)) or ""
        except ValueError as error:
            self._note(row, str(error), "Shorten it: a kind of reason is enough.", column=REASON, value=text)
            return None

    def check_capacity(self, kept: dict[Pair, int]) -> None:
        """Log the rows of people with more pairs than their capacity."""
        for k, side in enumerate(self._sides):
            most = dict(zip(side.ids, self._model.capacity[k].tolist(), strict=True))
            count = Counter(pair[k] for pair in kept)
            for pair, row in kept.items():
                who, has = pair[k], count[pair[k]]
                if has > most[who]:
                    reason = f"the {side.role} {called(who, self._names)} has {has} pairs, but may have {most[who]}"
                    self._note(row, reason, "Delete what should not be, or write reject.", REQUIRED[k], who)

    def check_rules(self, new: dict[Pair, int]) -> None:
        """Log the pairs that a rule forbids."""
        i, j = (side.places([pair[k] for pair in new]) for k, side in enumerate(self._sides))
        pairs = list(new)
        for rule, barred in self._model.reasons(i, j).items():
            for pair in (pairs[k] for k in np.flatnonzero(barred)):
                remedy = "Take the row out, or change the program and match again."
                self._note(new[pair], f"{arrow(*pair, self._names)} is not allowed: {rule}", remedy)

    def check_turned(self, standing: dict[Pair, int], rejected: frozenset[Pair]) -> None:
        """Log the kept pairs of which the same two people are rejected the other way round."""
        for pair in standing.keys() & {pair[::-1] for pair in rejected}:
            reason = f"{arrow(*pair, self._names)} is to stand, but the same two are rejected the other way round"
            self._note(standing[pair], reason, "People who are rejected never meet: decide for one of the two.")

    def check_reasons(self, reasons_by_pair: Mapping[Pair, _Entry], decided: frozenset[Pair], private: Private) -> None:
        """Log reasons without a decision, and reasons in which a person is identifiable."""
        tables = self._model.mentors, self._model.mentees
        for pair, entry in reasons_by_pair.items():
            if pair not in decided:
                remedy = "Write approve, lock or reject beside it, or take the reason out."
                self._note(entry.row, "there is a reason, but no decision", remedy, REASON, entry.reason)
            found = private.found_in(entry.reason, names_in_pairs([pair], tables))
            if found:
                self._note(entry.row, f"the reason holds {found}", REMEDY, REASON, entry.reason)

    def _note(self, row: int, reason: str, remedy: str, column: str = "", value: str = "") -> None:
        self._log.note("error", self._edits.file, reason, remedy, column=column, value=value, row=row)


class _Side:
    """The people of one side, by whatever names them."""

    def __init__(self, role: Role, ids: Labels, resolver: Resolver) -> None:
        self.role, self.ids, self._resolver = role, [str(x) for x in ids], resolver
        self._known = set(self.ids)
        self.read: dict[str, str] = {}

    def meant(self, text: str) -> str | None:
        """Return the one person meant, also as a CSV file shows the id; None where there is none, or several."""
        exact = {text, unharmed(text)} & self._known
        if exact:
            return exact.pop() if len(exact) == 1 else None
        found = self._resolver.find(unharmed(text), self.role).ids
        if len(found) != 1:
            return None
        self.read[text] = found[0]
        return found[0]

    def unknown(self, text: str) -> tuple[str, str]:
        """Return why the id matches no person, and the remedy."""
        if not text:
            return f"the {self.role} is missing", "Name one, or take the whole row out."
        if text in self._known:
            return f"{excerpt(text)!r} may be two {self.role}s", "Edit the workbook, which tells them apart."
        found = self._resolver.find(unharmed(text), self.role)
        if found.ids:
            some = self._resolver.called(found.ids)
            return f"{excerpt(text)!r} may be {some}", "Write the id of the one who is meant."
        near = " The person is in the files, but not in that role." if found.people else self._resolver.near(text)
        return f"no {self.role} has the id {excerpt(text)!r}", f"Name somebody who takes part.{near}"

    def places(self, people: list[str]) -> IntArray:
        """Return the positions of people in the model, int64."""
        return pd.Index(self.ids).get_indexer(pd.Index(people, dtype=object)).astype(np.int64)
