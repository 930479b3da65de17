"""Several rounds on disk: a record for each, and the proof of all together beside them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rmatch._util.files import write_whole
from rmatch.api.load import JOINT, read_as, read_record, restore
from rmatch.api.own_rounds import people_of
from rmatch.api.rounds import several_of
from rmatch.api.several import Rounds, models_of
from rmatch.output.check import check_alone
from rmatch.output.record_of import record_of
from rmatch.problem.build import People
from rmatch.problem.rounds import together
from rmatch.proof.verify import Verification
from rmatch.schema.record import MatchingRecord, RoundsRecord
from rmatch.schema.rounds import called_in

RECORD = "matching.json"
"""The proof of all rounds together, and the record of each round in its folder."""


def folder_of(folder: Path, number: int) -> Path:
    """Return the folder of a round, numbered from 1."""
    return folder / f"round-{number}"


def write_joint(found: Rounds, folder: Path) -> None:
    """Write the proof of all rounds together into ``folder``, beside the folders of the rounds."""
    record = RoundsRecord(rounds=len(found), apart=found.apart, joint=record_of(found.joint))
    write_whole(folder / JOINT, (record.model_dump_json(indent=1) + "\n").encode("utf-8"))


def save_rounds(found: Rounds, folder: str | Path) -> None:
    """Write rounds as a folder that :func:`rmatch.load_rounds` reads back: a record for each, and the proof of all.

    Args:
        found: The rounds.
        folder: A folder; it is made where it is not there.
    """
    folder = Path(folder)
    for number, plan in enumerate(found, 1):
        folder_of(folder, number).mkdir(parents=True, exist_ok=True)
        plan.save(folder_of(folder, number) / RECORD)
    write_joint(found, folder)


def read_rounds_record(folder: str | Path) -> tuple[RoundsRecord, tuple[MatchingRecord, ...]]:
    """Read saved rounds as plain data: the proof of all together, and each round.

    Raises:
        RmatchError: The folder holds no saved rounds, or not all of them.
    """
    record = read_as(Path(folder) / JOINT, RoundsRecord, "saved rounds")
    each = range(1, record.rounds + 1)
    return record, tuple(read_record(folder_of(Path(folder), number) / RECORD) for number in each)


def load_rounds(folder: str | Path, roster: People) -> Rounds:
    """Read saved rounds with their people.

    Args:
        folder: The folder that :func:`save_rounds` or ``rmatch rounds`` wrote.
        roster: The people.

    Raises:
        RmatchError: The folder holds no saved rounds, or they were made for other people.
    """
    record, each = read_rounds_record(folder)
    plans = tuple(restore(own, roster) for own in each)
    if record.apart:
        models = models_of(plans)
        joint = together(models)
        return Rounds(restore(record.joint, people_of(roster, models, joint), joint), plans, apart=True)
    return Rounds(restore(record.joint, several_of(roster, plans[0].model, record.rounds)), plans)


def verify_alone(folder: str | Path) -> Verification:
    """Check saved rounds without their people: that no record contradicts itself or the others."""
    record, each = read_rounds_record(folder)
    problems = [f"all rounds: {problem}" for problem in check_alone(record.joint).problems]
    for number, own in enumerate(each, 1):
        problems += [f"round {number}: {problem}" for problem in check_alone(own).problems]
    problems += _apart(record, each)
    return Verification(tuple(problems), ("sums", "counts", "claim", "rounds"), with_people=False)


def _apart(record: RoundsRecord, each: tuple[MatchingRecord, ...]) -> Iterator[str]:
    """Whether the rounds share no pair, and are those of the proof."""
    made = [(pair.mentor_id, pair.mentee_id, pair.points) for own in each for pair in own.pairs]
    if len({pair[:2] for pair in made}) < len(made):
        yield "a pair is in two rounds"
    if record.apart:
        names = [f"round {number}" for number in range(1, len(each) + 1)]
        made = [
            (called_in(name, pair.mentor_id), called_in(name, pair.mentee_id), pair.points)
            for name, own in zip(names, each, strict=True)
            for pair in own.pairs
        ]
    if sorted(made) != sorted((pair.mentor_id, pair.mentee_id, pair.points) for pair in record.joint.pairs):
        yield "the rounds are not the pairs that the proof is about"
