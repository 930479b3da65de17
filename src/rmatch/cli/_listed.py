"""Pairs that the file of an option lists: to keep, to drop, and never to make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rmatch.cli._telling import say
from rmatch.errors import ProgramError, RosterError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from pathlib import Path

    from rmatch.program import Program
    from rmatch.roster import Roster

_SHOWN = 20


def listed(words: argparse.Namespace, option: str) -> Mapping[tuple[str, str], int]:
    """Return the pairs that the file of an option lists, with their rows.

    Raises:
        ProgramError: The file cannot be used, or a row names one person alone.
    """
    from rmatch._util.quoted import excerpt
    from rmatch.roster.rounds import read_rounds
    from rmatch.roster.source import encoding_among

    path: Path | None = getattr(words, option)
    if path is None:
        return {}
    table = read_rounds(path, encoding_among(path, words.encoding), f"the table of `--{option}`")
    rounds = table.rounds
    alone = [who for each in rounds for who in (*each.mentors, *each.mentees)]
    if alone:
        raise ProgramError(f"the table of `--{option}` names {excerpt(alone[0])!r} without a partner; fill in both ids")
    return table.rows


def _apart(path: Path, encoding: str | None) -> list[tuple[int, tuple[str, str]]]:
    """Return the rows of ``--exclude`` that name somebody, each with its mentor and mentee; one of them may be blank.

    Raises:
        ProgramError: The file cannot be used.
    """
    from rmatch.roster.issues import IssueLog
    from rmatch.roster.small import as_written, problems, read_small
    from rmatch.roster.source import encoding_among

    called, log, sides = "the table of `--exclude`", IssueLog(), ("mentor_id", "mentee_id")
    hint = "Name the columns `mentor_id` and `mentee_id`."
    try:
        table = read_small(path, called, sides, log, hint=hint, encoding=encoding_among(path, encoding))
    except RosterError as error:
        raise ProgramError(f"{called} cannot be used: {error}") from None
    if log.count("error"):
        raise ProgramError(problems(log, f"{called} has")[0])
    mentors, mentees = (as_written(table.columns[name]).tolist() for name in sides)
    pairs = zip(mentors, mentees, strict=True)
    return [(row, pair) for row, pair in zip(table.rows.tolist(), pairs, strict=True) if any(pair)]


def excluding(words: argparse.Namespace, roster: Roster, program: Program | None) -> Program | None:
    """Return the program with a rule against the pairs of ``--exclude``; as it is where there are none.

    Args:
        words: What was typed.
        roster: The people, whom the pairs may name by id, e-mail address or name.
        program: The program; None for the default one.

    Raises:
        ProgramError: The file cannot be used, or a row does not name two people of the files.
    """
    from rmatch._util.quoted import excerpt
    from rmatch.program import Program
    from rmatch.roster.resolver import Resolver
    from rmatch.rules import Exclude

    if words.exclude is None:
        return program
    pairs, resolver, wrong = _apart(words.exclude, words.encoding), Resolver.of(*roster.tables()), []
    for row, pair in pairs:
        said = []
        for side, word in zip(("mentor", "mentee"), pair, strict=True):
            found = resolver.find(word)
            if not word:
                said.append(f"no {side} is named")
            elif found.people != 1 and (found.ids or words.unknown == "raise"):
                may = (
                    f"may be {resolver.called(found.ids)}"
                    if found.ids
                    else f"is nobody in the files.{resolver.near(word)}"
                )
                said.append(f"{excerpt(word)!r} {may}")
        if said:
            wrong.append(f"  row {row}: {'; '.join(said)}")
    if wrong:
        more = [f"  and {len(wrong) - _SHOWN:,} more"] * (len(wrong) > _SHOWN)
        head = "the table of `--exclude` does not name two people of the files in each row:"
        remedy = "Correct it, or pass over whoever is not in the files, such as those who left: --unknown ignore."
        raise ProgramError("\n".join([head, *wrong[:_SHOWN], *more, remedy]))
    if not pairs:
        say(f"Note: {words.exclude} names no pair, so it keeps nobody apart.")
        return program
    before = program or Program()
    named = tuple(dict.fromkeys(pair for _, pair in pairs))
    after = before.model_copy(update={"rules": (*before.rules, Exclude(named, unknown=words.unknown))})
    if "rules" not in before.model_fields_set:  # the default rules still hold as far as there are columns for them
        after.model_fields_set.discard("rules")
    return after
