"""What a new result would take away from a folder: decisions that somebody made by hand about the earlier one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rmatch.errors import OutputError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Collection
    from pathlib import Path

    from rmatch.analysis.difference import Pair
    from rmatch.program import Program
    from rmatch.roster import Roster
    from rmatch.schema.record import MatchingRecord


def refuse_decided(
    words: argparse.Namespace,
    out: Path,
    roster: Roster | None,
    program: Program | None,
    keep: Collection[Pair] = (),
    drop: Collection[Pair] = (),
    approved: Collection[Pair] = (),
) -> None:
    """Refuse to replace a result about which somebody has decided, unless that is forced.

    A pair that the new program locks or excludes too is no decision that would be lost.

    Args:
        words: What was typed; with ``force`` everything may be replaced.
        out: The folder, which is new, empty, or an earlier result.
        roster: The people of the new result; None where they are others than those of the earlier one.
        program: Its program; None for the default one.
        keep, drop: Pairs that the new result keeps or separates besides.
        approved: Pairs that are approved in it too.

    Raises:
        OutputError: Pairs are approved, locked or rejected there, or a table of pairs was edited.
    """
    from rmatch.api.folder import RECORD, edited
    from rmatch.api.load import read_record

    if words.force or not (out / RECORD).exists():
        return
    record = read_record(out / RECORD)
    files = edited(out, record)
    lost = [
        f"{number:,} {word}"
        for word, number in _lost(record, roster, program, (keep, drop, approved)).items()
        if number
    ]
    said = [f"pairs are decided by hand ({', '.join(lost)})"] * bool(lost)
    said += [f"{' and '.join(files)} {'was' if len(files) == 1 else 'were'} edited after the run"] * bool(files)
    if said:
        file = out / files[0] if files else "FILE"
        raise OutputError(
            f"{out} holds work of yours that a new result would replace: {'; '.join(said)}.\n"
            f"`rmatch review {out} --edits {file}` keeps what was decided and solves the rest again. Or name another "
            "folder with --out, or replace this one with --force."
        )


def refuse_unheard(words: argparse.Namespace, record: MatchingRecord) -> None:
    """Refuse to review a plan while a table in its folder was edited that is not the one to read, unless forced.

    Args:
        words: What was typed; a copy of a table, byte for byte, is as good as the table.
        record: The plan.

    Raises:
        OutputError: Decisions in a table would not be read.
    """
    from rmatch.api.folder import edited

    changed = [] if words.force else edited(words.folder, record)
    given = words.edits.read_bytes() if changed and words.edits.is_file() else None
    unheard = [name for name in changed if (words.folder / name).read_bytes() != given]
    if unheard:
        remedy = f"Read that one: `--edits {words.folder / unheard[0]}`. Or leave it out with --force."
        if len(changed) > 1:
            remedy = "Both were edited: bring all decisions into one, name it, and leave out the other with --force."
        raise OutputError(
            f"{' and '.join(unheard)} in {words.folder} {'was' if len(unheard) == 1 else 'were'} edited after the run, "
            f"and `--edits {words.edits}` would leave out what was decided there.\n{remedy}"
        )


def _lost(
    record: MatchingRecord, roster: Roster | None, program: Program | None, told: tuple[Collection[Pair], ...]
) -> dict[str, int]:
    """How many pairs are approved, locked and rejected in a result, beyond what a new one has by itself: by its program
    or as pairs to keep, to separate, and approved.
    """
    from rmatch.program import Program
    from rmatch.roster.resolver import Resolver

    resolver = None if roster is None else Resolver.of(*roster.tables())

    def meant(who: str) -> str:
        found = () if resolver is None else resolver.find(who).ids
        return found[0] if len(found) == 1 else who

    def pairs(asked: Program) -> tuple[set[tuple[str, ...]], set[frozenset[str]]]:
        from rmatch.analysis.review import locks
        from rmatch.rules import Exclude

        barred = {pair for rule in asked.rules if isinstance(rule, Exclude) for pair in rule.pairs}
        return {tuple(map(meant, pair)) for pair in locks(asked)}, {frozenset(map(meant, pair)) for pair in barred}

    locked, rejected = pairs(Program.model_validate(record.program))
    keep, drop, agreed = ({tuple(map(meant, pair)) for pair in some} for some in told)
    approved = {(meant(pair.mentor_id), meant(pair.mentee_id)) for pair in record.pairs if pair.approved} - agreed
    own_locks, own_rejected = pairs(Program() if program is None else program)
    locked -= own_locks | keep
    rejected -= own_rejected | set(map(frozenset, drop))
    return {"approved": len(approved), "locked": len(locked - approved), "rejected": len(rejected)}
