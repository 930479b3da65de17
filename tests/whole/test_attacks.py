"""Forgeries that the check once took, and rows of strangers that the engine once answered badly."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tamperings import recorded, sign, verified

import rmatch
from rmatch import cli
from rmatch._util.files import digest
from rmatch.api.folder import RECORD, changed_files, write_folder
from rmatch.api.load import read_record
from rmatch.criteria import PairScores
from rmatch.errors import InfeasibleError, ProgramError
from rmatch.factors import SCALE
from rmatch.limits import Limit, Lock, Share, Spread
from rmatch.objectives import Bands, LeastLoad, MostPairs, Objective, Total
from rmatch.proof.certificate import StageProof
from rmatch.proof.check import impossible, shown_bound
from rmatch.proof.claim import Claim, FalseProofError, Frozen
from rmatch.proof.problem import problem_of
from rmatch.proof.verify import Verification
from rmatch.rows import PairValues, Part, People, Row

Points = list[list[float | None]]

# ---------------------------------------------------------------- forgeries


def scored(
    folder: Path, points: Points, *limits: Limit, objectives: tuple[Objective, ...] = (MostPairs(), Total())
) -> tuple[rmatch.Roster, rmatch.Program]:
    """Mentors a0, a1, … and mentees b0, b1, … whose pairs score so many points, None for those that may not be."""
    sides = [[f"{letter}{k}" for k in range(size)] for letter, size in (("a", len(points)), ("b", len(points[0])))]
    people = [
        {"employee_id": id_, "role": role, "location": "here"}
        for role, ids in zip(("mentor", "mentee"), sides, strict=True)
        for id_ in ids
    ]
    (pd.DataFrame(np.array(points, float), index=sides[0], columns=sides[1]) / SCALE).to_csv(folder / "scores.csv")
    criteria = (PairScores(file=str(folder / "scores.csv")),)
    program = rmatch.Program(criteria=criteria, rules=(), limits=limits, objectives=objectives)
    return rmatch.from_records(people), program


def forged(
    roster: rmatch.Roster, program: rmatch.Program, worse: tuple[tuple[str, str], ...], **proof: Any
) -> Verification:
    """What the check says of a worse plan in the place of the best one, with a made-up proof of its total.

    The proof's tree is one leaf at the stage's own prices.
    """
    best = rmatch.match(roster, program)
    other = rmatch.match(roster, program.model_copy(update={"limits": (Lock(worse),)}))
    total = int(other.points.sum())
    assert total < int(best.points.sum())
    data, theirs = recorded(best), recorded(other)
    data["pairs"], data["unmatched"] = [p | {"locked": False} for p in theirs["pairs"]], theirs["unmatched"]
    stage = {"name": "total", "value": total, "bound": total, "scale": 1, "tree": [[0, [], []]]}
    data["certificate"]["stages"][-1] = {**stage, "mentor_prices": {}, "mentee_prices": {}, **proof}
    data["certificate"] |= {"total": total, "bound": total}
    sign(data)
    return verified(data, roster)


@pytest.mark.slow
@pytest.mark.parametrize("price", [(1 << 53) + 3, (1 << 55) + 3, *((1 << 58) + k for k in range(1, 64, 4)), 1 << 70])
def test_what_every_pair_pays_for_the_number_of_pairs_is_no_float_where_that_rounds(tmp_path: Path, price: int) -> None:
    """With one pair in all, its price takes that of the pair down to the very bound, where floats lost forty points."""
    roster, program = scored(tmp_path, [[500_000, 499_960]])
    told = forged(roster, program, (("a0", "b1"),), multipliers={"most_pairs": price})
    assert "a leaf of the tree leaves plans worth" in str(told) or "too large" in str(told)


@pytest.mark.slow
@pytest.mark.parametrize("price", [1 << 62, 1 << 100])
@pytest.mark.parametrize("name", ["share_location (least)", "most_pairs"])
def test_prices_beyond_all_numbers_are_refused_in_words(tmp_path: Path, price: int, name: str) -> None:
    roster, program = scored(tmp_path, [[500_000, 499_960]], Share("location", least=0.0))
    told = forged(roster, program, (("a0", "b1"),), multipliers={name: -price if "share" in name else price})
    assert not told.ok


@dataclass(frozen=True)
class Nothing(Limit):
    """A row in which no pair counts."""

    def rows(self, people: People) -> tuple[Row, ...]:
        return (Row(self.name, (Part(0),), -1, 1),)


@pytest.mark.parametrize("price", [-(1 << 70), 1 << 70])
def test_a_price_beyond_all_numbers_of_a_row_of_nothing_shows_less_and_breaks_nothing(
    tmp_path: Path, price: int
) -> None:
    roster, program = scored(tmp_path, [[500_000, 499_960]], Nothing())
    matching = rmatch.match(roster, program)
    problem, proof = (
        problem_of(matching.program, matching.model.mentors, matching.model.mentees),
        matching.certificate.stages[-1],
    )
    weighed = replace(proof, multipliers={**proof.multipliers, "nothing": np.array([price], object)})
    frozen = (Frozen(MostPairs(), 1, 1),)
    assert shown_bound(problem, Total(), weighed, frozen) == proof.bound + (1 << 70) // proof.scale


# ---------------------------------------------------------------- names


def test_thresholds_that_look_alike_have_names_of_their_own(tmp_path: Path) -> None:
    """The price of one band is not taken for that of the other: a pair below both pays it once."""
    bands = Bands((0.3, 0.3000004))
    assert [stage.name for stage in bands.stages()] == ["bands_0.3", "bands_0.3000004"]
    assert [Bands((threshold,)).name for threshold in (0.3, 1.0, 1 / 3)] == [
        "bands_0.3",
        "bands_1",
        "bands_0.3333333333333333",
    ]
    points: Points = [[314_000, 314_050], [500_000, 510_000]]
    roster, program = scored(tmp_path, points, objectives=(MostPairs(), bands, Total()))
    assert rmatch.match(roster, program).status is rmatch.Status.OPTIMAL
    for name in ("bands_0.3", "bands_0.3000004"):
        prices = {"mentor_prices": {"a0": 314_050, "a1": 510_000}, "multipliers": {name: -(1 << 30)}}
        assert not forged(roster, program, (("a0", "b1"), ("a1", "b0")), **prices)


@dataclass(frozen=True)
class Namesake(Objective):
    """A stranger who goes by another's name."""

    called: str = "total"

    @property
    def name(self) -> str:
        return self.called

    def linear(self, people: People) -> tuple[int, int]:
        return 0, 1


@pytest.mark.parametrize("name", ["total", "most_pairs"])
def test_two_objectives_of_one_name_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ProgramError, match=f"two are called '{name}'"):
        scored(tmp_path, [[1, 2]], objectives=(MostPairs(), Namesake(name), Total()))
    roster, program = scored(tmp_path, [[1, 2]])
    matching = rmatch.match(roster, program)
    problem = problem_of(matching.program, matching.model.mentors, matching.model.mentees)
    frozen = tuple(Frozen(each, 1, 1) for each in (Namesake(name), Namesake(name)))
    with pytest.raises(FalseProofError, match="one name"):
        shown_bound(problem, Total(), matching.certificate.stages[-1], frozen)


# ---------------------------------------------------------------- rows that ask for one pair


@dataclass(frozen=True)
class Asked(Limit):
    """The pair at these places is made, at least and at most so often."""

    mentor: int
    mentee: int
    most: int | None = 1

    def rows(self, people: People) -> tuple[Row, ...]:
        places = (
            [str(x) for x in table.ids].index(f"{letter}{k}")
            for table, letter, k in ((people.mentors, "a", self.mentor), (people.mentees, "b", self.mentee))
        )
        mentor, mentee = (np.array([place], np.int64) for place in places)
        return (Row(self.name, (Part(1, mentor, mentee),), 1, self.most),)


@pytest.mark.slow
@pytest.mark.parametrize("most", [1, 2, 8, None])
@pytest.mark.parametrize("further", [(), (LeastLoad(),)])
def test_a_row_that_asks_for_a_pair_is_proved_whatever_its_most(
    tmp_path: Path, most: int | None, further: tuple[Objective, ...]
) -> None:
    points: Points = [[524_286, 524_290], [524_290, 524_286]]
    limits = Asked(1, 1, most), Spread("mentee", "location", most=1)
    matching = rmatch.match(*scored(tmp_path, points, *limits, objectives=(MostPairs(), *further, Total())))
    assert (matching.status, int(matching.points.sum())) == (rmatch.Status.OPTIMAL, 1_048_572)
    assert matching.verify()


@pytest.mark.parametrize("most", [1, 8])
def test_a_row_that_asks_for_a_pair_that_may_not_be_ends_as_no_plan(tmp_path: Path, most: int) -> None:
    points: Points = [[500_000, 500_000], [500_000, None]]
    with pytest.raises(InfeasibleError, match="asked"):
        rmatch.match(*scored(tmp_path, points, Asked(1, 1, most), Share("location", differ=False, least=0.5)))


@pytest.mark.parametrize("may", [True, False])
def test_a_pair_that_is_asked_for_and_may_not_be_shows_by_itself_that_no_plan_is(tmp_path: Path, may: bool) -> None:
    roster, program = scored(tmp_path, [[500_000, 500_000 if may else None]])
    model = rmatch.match(roster, program).model
    problem = problem_of(program.model_copy(update={"limits": (Asked(0, 1),)}), model.mentors, model.mentees)
    nothing = StageProof("possible", 0, 0, np.zeros(1, np.int64), np.zeros(2, np.int64))
    assert impossible(problem, nothing) is not may


# ---------------------------------------------------------------- files beside the record


def lines_gone(data: bytes) -> bytes:
    return b"".join(data.splitlines(True)[:-1])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "change"),
    [("pairs.csv", lines_gone), ("unmatched.csv", lines_gone), ("program.toml", lambda _: b"seed = 5\n")],
)
def test_a_file_changed_together_with_its_fingerprint_is_found_out(
    tmp_path: Path, name: str, change: Callable[[bytes], bytes]
) -> None:
    matching = rmatch.match(*scored(tmp_path, [[500_000, 499_960]]))
    write_folder(matching, tmp_path / "out")
    path, record = tmp_path / "out" / name, tmp_path / "out" / RECORD
    assert changed_files(record.parent, read_record(record)) == []
    path.write_bytes(change(path.read_bytes()))
    data = json.loads(record.read_text())
    data["files"][name] = digest(path.read_bytes())
    record.write_text(json.dumps(data))
    assert changed_files(record.parent, read_record(record)) == [f"{name} says something else than {RECORD}"]


def test_a_strangers_small_whole_numbers_are_multiplied_without_going_round() -> None:
    """The size of an int8's -128 is 128: the product with a large price needs Python's own numbers."""
    none = np.zeros(1, np.int64)
    smallest = np.array([np.iinfo(np.int8).min], np.int8)
    price = 1 << 60
    claim = Claim(0, 0, 0, none, none, (), ((price, lambda i, j, points: smallest),), (), 0)  # type: ignore[arg-type]
    assert claim.at(none, none, none).tolist() == [-128 * price]


@dataclass(frozen=True)
class Halves(Limit):
    """A limit that is written wrongly in one of the ways in which it can be."""

    way: str = "times"

    def rows(self, people: People) -> tuple[Row, ...]:
        half = np.full(people.shape[1], 0.5)
        wrong: dict[str, Any] = {
            "times": (Row(self.name, (Part(0.5),), most=1),),  # type: ignore[arg-type]
            "yes": (Row(self.name, (Part(True),), most=1),),
            "condition": (Row(self.name, (Part(pairs=lambda i, j: half[j]),), most=1),),  # type: ignore[arg-type,return-value]
            "mask": (Row(self.name, (Part(mentors=half[: people.shape[0]] > 0),), most=1),),  # type: ignore[arg-type]
            "list": (Row(self.name, (Part(mentors=[0]),), most=1),),  # type: ignore[arg-type]
            "most": (Row(self.name, (Part(),), most=1.5),),  # type: ignore[arg-type]
            "least": (Row(self.name, (Part(),), least=half, each="mentee"),),  # type: ignore[arg-type]
            "row": Row(self.name, (Part(),), most=1),
            "parts": (Part(),),
        }
        found: tuple[Row, ...] = wrong[self.way]
        return found


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("times", r"`times` of a part of the row 'halves' is 0\.5, no whole number; multiply the row"),
        ("yes", "`times` of a part of the row 'halves' is True"),
        ("condition", r"an array of bool or of whole numbers, one for each pair, \(4,\), not float64"),
        ("mask", "`np.flatnonzero` makes them of a mask"),
        ("list", "`mentors` of a part of the row 'halves' are positions, an array of whole numbers"),
        ("most", "`most` of the row 'halves' is no whole number"),
        ("least", "`least` of the row 'halves' is no whole number"),
        ("row", "`rows` returns a tuple of `Row`, not Row"),
        ("parts", "one of them is Part"),
    ],
)
def test_a_limit_that_is_no_row_of_whole_numbers_is_refused_and_never_called_kept(
    tmp_path: Path, way: str, words: str
) -> None:
    roster, program = scored(tmp_path, [[500_000, 499_960], [1, 2]], Halves(way=way))
    with pytest.raises(ProgramError, match=words):
        rmatch.match(roster, program)


@dataclass(frozen=True)
class Fractions(Objective):
    """An objective whose values are no whole numbers."""

    def pair_values(self, people: People) -> PairValues:
        return lambda i, j, points: points * 0.3


def test_an_objective_of_fractions_is_refused(tmp_path: Path) -> None:
    roster, program = scored(tmp_path, [[500_000, 499_960], [1, 2]], objectives=(Fractions(), Total()))
    with pytest.raises(ProgramError, match="`pair_values` returns answers with an array of whole numbers, int64"):
        rmatch.match(roster, program)


@pytest.mark.parametrize(
    "columns",
    [
        "[columns.name]\n[columns.email]\n",
        '[columns.grade]\nvalues = { z = "3", a = "1" }\n',
        '[columns.grade]\nna = ["z", "b"]\n[columns.employee_id]\nsource = "employee_id"\n',
        "[columns.team]\n[columns.grade]\n[columns.department]\n",
    ],
)
def test_a_result_verifies_in_whatever_order_the_program_declares_its_columns(columns: str, tmp_path: Path) -> None:
    rows = "employee_id,name,email,role,grade,team,department\n1,A,a@x.org,mentor,1,t,D\n2,B,b@x.org,mentee,3,u,E\n"
    people, program, out = tmp_path / "people.csv", tmp_path / "p.toml", tmp_path / "out"
    people.write_text(rows)
    program.write_text(columns + '[[criteria]]\nkind = "difference"\ncolumn = "grade"\n')
    assert cli.main(["match", str(people), "--program", str(program), "--out", str(out)]) == cli.DONE
    assert cli.main(["verify", str(out), "--workforce", str(people)]) == cli.DONE
    assert cli.main(["verify", str(out)]) == cli.DONE
