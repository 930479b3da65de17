"""Loading saved matchings, with the people or without."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar, cast

import numpy as np
from pydantic import ValidationError

from rmatch._util.atomic import recover
from rmatch._util.files import plain_json
from rmatch.api.match import match
from rmatch.errors import RmatchError, Status
from rmatch.matching import Matching
from rmatch.output.check import located
from rmatch.output.saved_certificate import CHANGED, without_prices
from rmatch.problem.build import People, prepare
from rmatch.problem.model import Model
from rmatch.program import Program
from rmatch.result import NoPeople
from rmatch.schema.record import FORMAT, MatchingRecord, RoundsRecord

JOINT = "rounds.json"
"""The file beside the folders of several rounds."""

Saved = TypeVar("Saved", MatchingRecord, RoundsRecord)


def read_as(path: Path, kind: type[Saved], what: str) -> Saved:
    """Read a saved file as plain data.

    Raises:
        RmatchError: The file is not ``what`` it should be.
    """
    try:
        recover(path.parent)
        data = plain_json(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise RmatchError(f"{path}: not {what}: there is no such file") from None
    except (OSError, ValueError, RecursionError) as error:
        raise RmatchError(f"{path}: not {what}: {error}") from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise RmatchError(f"{path}: not {what} of format {FORMAT}")
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise RmatchError(f"{path}: not {what}: `{where}`: {problem['msg']}") from None


def read_record(path: str | Path) -> MatchingRecord:
    """Read a saved matching as plain data.

    Raises:
        RmatchError: The file is not a saved matching.
    """
    path = Path(path)
    path = path / "matching.json" if path.is_dir() else path
    if not path.exists() and (path.parent / JOINT).exists():
        raise RmatchError(f"{path.parent} holds several rounds; name one of them, such as {path.parent / 'round-1'}")
    return read_as(path, MatchingRecord, "a saved matching")


def load(path: str | Path, roster: People | None = None) -> Matching:
    """Read a saved matching.

    Args:
        path: The file, or the folder that ``rmatch match`` wrote.
        roster: The people; with them the matching can explain and verify itself in full.

    Raises:
        RmatchError: The file is not a saved matching, or was made for other people.
    """
    record = read_record(path)
    return recorded(record) if roster is None else restore(record, roster)


def restore(record: MatchingRecord, roster: People, model: Model | None = None) -> Matching:
    """Return a saved matching on its people. What it displays is recomputed; what it verifies and writes is what was
    saved.

    Args:
        record: What was saved.
        roster: The people.
        model: Their model; that of the record's program if None.

    Raises:
        RmatchError: The matching was made for other people, or was changed after it was saved.
    """
    model = prepare(roster, Program.model_validate(record.program))[0] if model is None else model
    found = located(record, model)
    if found == CHANGED:
        raise RmatchError(f"the matching was changed after it was saved: {found}")
    if isinstance(found, str):
        raise RmatchError(
            f"the matching was made for other people: {found}; the people have changed since, match again"
        )
    pairs, certificate = found
    return Matching(
        model,
        pairs,
        certificate,
        Status[record.status],
        record.left_out,
        roster=roster,
        solve=match,
        approved=_approved(record),
        record=record,
    )


def recorded(record: MatchingRecord) -> Matching:
    """Return a saved matching without its people: ids, scores, reasons and the proof."""
    none = np.zeros(0, np.int64)
    return Matching(
        cast(Model, NoPeople()),
        (none, none),
        without_prices(record.certificate),
        Status[record.status],
        record.left_out,
        solve=match,
        approved=_approved(record),
        record=record,
    )


def _approved(record: MatchingRecord) -> frozenset[tuple[str, str]]:
    return frozenset((pair.mentor_id, pair.mentee_id) for pair in record.pairs if pair.approved)
