"""Pairs that the file of an option lists: to keep, to drop, and never to make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rmatch.errors import ProgramError

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

    pairs, resolver, wrong = listed(words, "exclude"), Resolver.of(*roster.tables()), []
    for word, row in ((word, row) for pair, row in pairs.items() for word in pair):
        found = resolver.find(word)
        if found.people != 1:
            may = (
                f"may be {resolver.called(found.ids)}" if found.ids else f"is nobody in the files.{resolver.near(word)}"
            )
            if found.ids or words.unknown == "raise":
                wrong.append(f"  row {row}: {excerpt(word)!r} {may}")
    if wrong:
        more = [f"  and {len(wrong) - _SHOWN:,} more"] * (len(wrong) > _SHOWN)
        head = "the table of `--exclude` names somebody who is not one person of the files:"
        remedy = "Correct it, or pass over whoever is not in the files, such as those who left: --unknown ignore."
        raise ProgramError("\n".join([head, *wrong[:_SHOWN], *more, remedy]))
    if not pairs:
        return program
    before = program or Program()
    after = before.model_copy(update={"rules": (*before.rules, Exclude(tuple(pairs), unknown=words.unknown))})
    if "rules" not in before.model_fields_set:  # the default rules still hold as far as there are columns for them
        after.model_fields_set.discard("rules")
    return after
