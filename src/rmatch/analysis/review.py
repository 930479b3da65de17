"""What somebody decided about a plan by hand, and how the program says it.

A review solves again under the old program, without the pairs that were rejected and with those that were approved or
locked. So the program carries every decision, and nothing else has to remember them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

import numpy as np
import pandas as pd

from rmatch._util.files import unharmed
from rmatch.columns import IntArray, Labels, fold
from rmatch.errors import suggestion
from rmatch.limits import Limit, Lock
from rmatch.problem.model import Model
from rmatch.program import Program
from rmatch.roster.edits import DECISION, REASON, REQUIRED, EditedPlan, Edits, read_edits, refusal
from rmatch.roster.issues import IssueLog, excerpt
from rmatch.rules import Exclude, Rule
from rmatch.schema.privacy import REMEDY, Private, names_of, tidied

Pair: TypeAlias = tuple[str, str]
"""``(mentor_id, mentee_id)``."""

_SUGGESTED = 20  # unknown ids are compared with all known ones, so many times at most


class Decision(Enum):
    """What a row of the edited plan says of its pair."""

    LEAVE = ""
    APPROVE = "approve"
    LOCK = "lock"
    REJECT = "reject"


@dataclass(frozen=True)
class Decisions:
    """The pairs that must not be made, those that must, which of the latter were approved, and the reasons given."""

    rejected: frozenset[Pair] = frozenset()
    locked: frozenset[Pair] = frozenset()
    approved: frozenset[Pair] = frozenset()
    reasons: Mapping[Pair, str] = field(default_factory=dict)

    def all_approved(self, before: frozenset[Pair]) -> frozenset[Pair]:
        """The approved pairs, earlier ones among them: an approval stands until its pair is rejected."""
        return (before | self.approved) - self.rejected

    def rules(self, program: Program) -> tuple[Rule, ...]:
        """The program's rules, and that the rejected pairs may not be; the same where nothing is new."""
        barred = {pair: rule.reason for rule in program.rules if isinstance(rule, Exclude) for pair in rule.pairs}
        known = {frozenset(pair): pair for pair in barred}
        told = dict(barred)
        for pair in sorted(self.rejected):
            listed = known.get(frozenset(pair), pair)
            told[listed] = self.reasons.get(pair, told.get(listed))
        others = (rule for rule in program.rules if not isinstance(rule, Exclude))
        alike = _by_reason(told)
        return program.rules if told == barred else (*others, *(Exclude(pairs, why) for why, pairs in alike))

    def limits(self, program: Program) -> tuple[Limit, ...]:
        """The program's limits, and that the locked pairs stand; the same where nothing is new."""
        held = locks(program)
        told = {pair: why for pair, why in held.items() if pair not in self.rejected}
        told |= {pair: told.get(pair) for pair in sorted(self.locked)}
        told |= {pair: why for pair, why in self.reasons.items() if pair in told}
        others = (limit for limit in program.limits if not isinstance(limit, Lock))
        return program.limits if told == held else (*others, *(Lock(pairs, why) for why, pairs in _by_reason(told)))


def locks(program: Program) -> dict[Pair, str | None]:
    """The pairs that a program locks, each once, and why."""
    return {pair: limit.reason for limit in program.limits if isinstance(limit, Lock) for pair in limit.pairs}


def _by_reason(told: Mapping[Pair, str | None]) -> Iterable[tuple[str | None, tuple[Pair, ...]]]:
    """The pairs for each reason, in the order in which they come."""
    alike: dict[str | None, list[Pair]] = {}
    for pair, why in told.items():
        alike.setdefault(why, []).append(pair)
    return [(why, tuple(pairs)) for why, pairs in alike.items()]


def decide(plan: EditedPlan, model: Model, made: frozenset[Pair], private: Callable[[], Private]) -> Decisions:
    """Return what an edited plan decides about the plan ``made``; ``read_edits`` says what it may be.

    A pair whose row is gone, or says reject, is rejected; a pair that was not made before, or says approve or lock, is
    locked. Raises EditsError, naming every row at fault, for people who are not known, a pair that stands twice, people
    with more pairs than they may have, pairs that a rule forbids, unknown words, and reasons in which somebody is
    found: ``private`` says, where there is any, who must not be.
    """
    log = IssueLog()
    edits = read_edits(plan, log)
    reader = _Reader(edits, model, log)
    decided = dict(reader.pairs())
    if made and not len(edits):
        remedy = "To give up every pair, write reject beside each of them."
        log.note("error", edits.file, "there are headers, but no pairs", remedy)
    kept = {pair: said.row for pair, said in decided.items() if said.decision is not Decision.REJECT}
    rejected = frozenset((made | decided.keys()) - kept.keys())
    locked = frozenset(pair for pair in kept if pair not in made or decided[pair].decision is not Decision.LEAVE)
    approved = frozenset(pair for pair in kept if decided[pair].decision is Decision.APPROVE)
    reader.check_room(kept)
    reader.check_rules({pair: kept[pair] for pair in kept if pair not in made})
    standing = locked.union(locks(model.program))
    reader.check_turned({pair: kept[pair] for pair in kept if pair in standing}, rejected)
    told = {pair: said for pair, said in decided.items() if said.reason}
    if told:
        reader.check_reasons(told, standing | rejected, private())
    if log.count("error"):
        raise refusal(log)
    return Decisions(rejected, locked, approved, {pair: said.reason for pair, said in told.items()})


@dataclass(frozen=True)
class _Said:
    """What a row says of its pair."""

    row: int
    decision: Decision
    reason: str


class _Reader:
    """Turns rows of text into pairs of people, and notes what is wrong with each."""

    def __init__(self, edits: Edits, model: Model, log: IssueLog) -> None:
        self._edits, self._model, self._log = edits, model, log
        self._sides = _Side("mentor", model.mentors.ids), _Side("mentee", model.mentees.ids)

    def pairs(self) -> Iterator[tuple[Pair, _Said]]:
        """Each pair that can be read, once, with what its row says."""
        edits, first = self._edits, dict[Pair, int]()
        columns = edits.row.tolist(), edits.mentor_id, edits.mentee_id, edits.decision, edits.reason
        for row, *ids, word, why in zip(*columns, strict=True):
            mentor, mentee = (self._person(side, row, text) for side, text in zip(self._sides, ids, strict=True))
            decision, reason = self._decision(row, word), self._reason(row, why)
            if mentor is None or mentee is None or decision is None or reason is None:
                continue
            pair = mentor, mentee
            if pair in first:
                self._note(row, f"{_named(pair)} stand in row {first[pair]} already", "Keep one of the two rows.")
                continue
            first[pair] = row
            yield pair, _Said(row, decision, reason)

    def _person(self, side: _Side, row: int, text: str) -> str | None:
        found = side.meant(text)
        if found is None:
            self._note(row, *side.unknown(text), column=f"{side.role}_id", value=text)
        return found

    def _decision(self, row: int, word: str) -> Decision | None:
        try:
            return Decision(fold(word))
        except ValueError:
            words = [decision.value for decision in Decision if decision.value]
            remedy = f"Write {', '.join(words)} or nothing.{suggestion(fold(word), words)}"
            self._note(row, f"{excerpt(word)!r} is no decision", remedy, column=DECISION, value=word)
            return None

    def _reason(self, row: int, text: str) -> str | None:
        try:
            return tidied(unharmed(text)) or ""
        except ValueError as error:
            self._note(row, str(error), "Shorten it: a kind of reason is enough.", column=REASON, value=text)
            return None

    def check_room(self, kept: dict[Pair, int]) -> None:
        """Note the rows of everybody who has more of them than pairs may be."""
        for k, side in enumerate(self._sides):
            most = dict(zip(side.ids, self._model.capacity[k].tolist(), strict=True))
            count = Counter(pair[k] for pair in kept)
            for pair, row in kept.items():
                who, has = pair[k], count[pair[k]]
                if has > most[who]:
                    reason = f"the {side.role} {excerpt(who)!r} has {has} pairs, but may have {most[who]}"
                    self._note(row, reason, "Delete what should not be, or write reject.", REQUIRED[k], who)

    def check_rules(self, new: dict[Pair, int]) -> None:
        """Note the pairs that a rule forbids."""
        i, j = (side.places([pair[k] for pair in new]) for k, side in enumerate(self._sides))
        pairs = list(new)
        for rule, barred in self._model.reasons(i, j).items():
            for pair in (pairs[k] for k in np.flatnonzero(barred)):
                remedy = "Take the row out, or change the program and match again."
                self._note(new[pair], f"{_named(pair)} are not allowed: {rule}", remedy)

    def check_turned(self, standing: dict[Pair, int], rejected: frozenset[Pair]) -> None:
        """Note the pairs that are to stand although the same two are rejected the other way round."""
        for pair in standing.keys() & {pair[::-1] for pair in rejected}:
            reason = f"{_named(pair)} are to stand, but the same two are rejected the other way round"
            self._note(standing[pair], reason, "People who are rejected never meet: decide for one of the two.")

    def check_reasons(self, told: Mapping[Pair, _Said], decided: frozenset[Pair], private: Private) -> None:
        """Note the reasons beside pairs about which nothing is decided, and those in which somebody is found."""
        tables = self._model.mentors, self._model.mentees
        for pair, said in told.items():
            if pair not in decided:
                remedy = "Write approve, lock or reject beside it, or take the reason out."
                self._note(said.row, "there is a reason, but no decision", remedy, REASON, said.reason)
            found = private.found_in(said.reason, names_of([pair], tables))
            if found:
                self._note(said.row, f"the reason holds {found}", REMEDY, REASON, said.reason)

    def _note(self, row: int, reason: str, remedy: str, column: str = "", value: str = "") -> None:
        self._log.note("error", self._edits.file, reason, remedy, column=column, value=value, row=row)


class _Side:
    """The people of one side by their ids."""

    def __init__(self, role: str, ids: Labels) -> None:
        self.role, self.ids = role, [str(x) for x in ids]
        self._known = set(self.ids)
        self._bare = Counter(x.lstrip("0") for x in self.ids)
        self._compared = 0

    def meant(self, text: str) -> str | None:
        """The one person with this id, also as a CSV of ours shows it; None where that is nobody, or may be two."""
        found = {text, unharmed(text)} & self._known
        return found.pop() if len(found) == 1 else None

    def unknown(self, text: str) -> tuple[str, str]:
        """Why nobody is meant, and what to do."""
        if not text:
            return f"the {self.role} is missing", "Name one, or take the whole row out."
        if text in self._known:
            return f"{excerpt(text)!r} may be two {self.role}s", "Edit the workbook, which tells them apart."
        reason, bare = f"no {self.role} has the id {excerpt(text)!r}", text.lstrip("0")
        if self._bare[bare] == 1:
            (full,) = (x for x in self.ids if x.lstrip("0") == bare)
            return reason, f"Did you mean {full!r}? A spreadsheet takes zeros away from a CSV; write them again."
        self._compared += 1
        near = suggestion(text, self.ids) if self._compared <= _SUGGESTED else ""
        return reason, f"Name somebody who takes part.{near}"

    def places(self, people: list[str]) -> IntArray:
        """Where these people stand in the model."""
        return pd.Index(self.ids).get_indexer(pd.Index(people, dtype=object)).astype(np.int64)


def _named(pair: Pair) -> str:
    return f"{excerpt(pair[0])!r} and {excerpt(pair[1])!r}"
