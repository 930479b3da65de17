"""Laws of the synthetic workforces: repeatable, as many as asked for, shaped like a company, and messy as promised."""

from __future__ import annotations

import csv
import hashlib
import inspect
import io
import runpy
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from places import EXAMPLE, EXAMPLES

from rmatch.columns import fold
from rmatch.datasets import BadRow, Fault, messy, two_tracks, workforce
from rmatch.datasets._skills import vocabulary as skill_vocabulary
from rmatch.datasets._words import FAMILIES
from rmatch.datasets._workforce import SIGN_UP, VOLUNTARY
from rmatch.errors import RosterError
from rmatch.schema.person import ALIASES, CANONICAL, fold_header

OTHERS = ("wishes", "avoids", "side", "tracks", "capacity_total")
COLUMNS = tuple(name for name in CANONICAL if name not in OTHERS)
"""What the made-up people answer."""

COUNTS = st.integers(0, 60)
SEEDS = st.integers(0, 2**40)
BY_ROLE = {"mentor": range(1, 5), "mentee": range(5, 10)}


@pytest.fixture(scope="module")
def crowd() -> pd.DataFrame:
    """Enough people for shares to settle."""
    return workforce(12_000, 8_000, seed=11)


def skills_of(frame: pd.DataFrame, role: str, column: str) -> pd.Series:
    """Every skill that people of a role name, without its level, indexed by person."""
    cells = frame.loc[frame["role"] == role].set_index("employee_id")[column]
    return cells[cells != ""].str.split("; ").explode().str.replace(r":[1-5]$", "", regex=True)


def bytes_of(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False, lineterminator="\n").encode()


# Repeatable


@pytest.mark.slow
@given(COUNTS, COUNTS, SEEDS)
def test_the_same_arguments_give_the_same_cells(n_mentors: int, n_mentees: int, seed: int) -> None:
    first = workforce(n_mentors, n_mentees, seed=seed)
    skill_vocabulary.cache_clear()
    assert first.equals(workforce(n_mentors, n_mentees, seed=seed))


def test_another_seed_gives_other_people() -> None:
    one, two = workforce(50, 50, seed=1), workforce(50, 50, seed=2)
    assert all((one[name] != two[name]).any() for name in COLUMNS if name != "min_pairs")


def test_the_cells_are_the_same_on_every_machine() -> None:
    frame = workforce(60, 40, seed=3, vocabulary=14_000, n_others=5)
    assert (
        hashlib.sha256(bytes_of(frame)).hexdigest()
        == "06c73821af821a5a0ed7a6153334b16c6b674350f28f9b77d74fa66167c67b07"
    )


def test_the_shipped_example_is_what_its_script_makes() -> None:
    script = runpy.run_path(str(EXAMPLES / "make_workforce.py"))
    assert script["export"]() == EXAMPLE.read_bytes()
    assert script["both_directions"]() == (EXAMPLE.parent / "both_directions.csv").read_bytes()


def test_who_joins_one_track_alone_and_who_has_one_place_is_drawn() -> None:
    frame = two_tracks(300, 200, seed=4, one_track=0.5)
    assert frame["side"].value_counts().to_dict() == {"junior": 300, "senior": 200}
    assert "role" not in frame
    assert set(frame["tracks"]) == {"", "reverse", "traditional"}
    assert 0.4 < (frame["tracks"] == "").mean() < 0.6
    assert 0.4 < (frame["capacity_total"] == "1").mean() < 0.6
    assert frame.equals(two_tracks(300, 200, seed=4, one_track=0.5))


def test_one_argument_changes_only_its_own_columns() -> None:
    plain = workforce(80, 60, seed=5, missing=0.0)
    wide = workforce(80, 60, seed=5, missing=0.0, vocabulary=2_000)
    changed = {name for name in COLUMNS if (plain[name] != wide[name]).any()}
    assert changed == {"skills_offered", "skills_wanted"}
    sparse = workforce(80, 60, seed=5, missing=0.3)
    assert ((sparse == plain) | (sparse == "")).all(axis=None)


# As many as asked for


@pytest.mark.slow
@given(COUNTS, COUNTS, COUNTS, SEEDS)
def test_every_role_has_exactly_as_many_rows_as_asked(mentors: int, mentees: int, others: int, seed: int) -> None:
    frame = workforce(mentors, mentees, n_others=others, seed=seed)
    assert tuple(frame.columns) == COLUMNS
    assert Counter(frame["role"]) == +Counter(mentor=mentors, mentee=mentees, none=others)
    assert frame["employee_id"].is_unique
    assert frame["employee_id"].is_monotonic_increasing


@pytest.mark.slow
def test_every_cell_is_text_whether_or_not_pyarrow_is_there(crowd: pd.DataFrame) -> None:
    assert all(type(cell) is str for name in crowd for cell in crowd[name].to_numpy(dtype=object))
    missing_is_nan = "na_value" in inspect.signature(pd.StringDtype).parameters  # since pandas 2.3; objects before
    assert set(crowd.dtypes) == {pd.StringDtype("python", na_value=np.nan) if missing_is_nan else np.dtype(object)}


def test_addresses_are_unique_ascii_and_at_a_reserved_domain(crowd: pd.DataFrame) -> None:
    assert crowd["email"].is_unique
    assert crowd["email"].str.fullmatch(r"[a-z]+\.[a-z]+[0-9]*@example\.org").all()
    assert not crowd["name"].is_unique


@pytest.mark.trials
@pytest.mark.slow
@pytest.mark.parametrize("size", [50, 51, 150, 600])
def test_a_vocabulary_is_used_up_and_never_exceeded(size: int) -> None:
    frame = workforce(15_000, 15_000, vocabulary=size, seed=2)
    named = pd.concat(
        [skills_of(frame, role, column) for role in BY_ROLE for column in ("skills_offered", "skills_wanted")]
    )
    assert set(named) == set(skill_vocabulary(size).labels)
    assert len({fold(skill) for skill in named.unique()}) == size


def test_the_largest_vocabulary_has_14000_skills_that_survive_a_list_cell() -> None:
    labels = skill_vocabulary(14_000).labels
    assert len({fold(label) for label in labels}) == 14_000
    assert not any(set(label) & set(",;|:\n") or label != label.strip() for label in labels)


@given(st.integers(50, 3_000), st.integers(50, 3_000))
def test_a_smaller_vocabulary_is_part_of_a_larger_one(one: int, two: int) -> None:
    small, large = sorted((one, two))
    assert set(skill_vocabulary(small).labels) <= set(skill_vocabulary(large).labels)


def test_the_usual_vocabulary_is_made_of_real_names_only() -> None:
    real = {skill for family in FAMILIES for skill in family.skills}
    assert set(skill_vocabulary(150).labels) <= real
    assert len(real) == sum(len(family.skills) for family in FAMILIES)


# Shaped like a company


@pytest.mark.slow
@given(COUNTS, COUNTS, COUNTS, SEEDS)
def test_managers_are_in_the_export_stand_higher_and_have_few_reports(
    mentors: int, mentees: int, others: int, seed: int
) -> None:
    frame = workforce(mentors, mentees, n_others=others, seed=seed)
    grade = dict(zip(frame["employee_id"], frame["grade"].astype(int), strict=True))
    led = frame[frame["manager_id"] != ""]
    steps = [grade[boss] - grade[one] for boss, one in zip(led["manager_id"], led["employee_id"], strict=True)]
    assert all(1 <= step <= 3 for step in steps)  # so nobody is their own manager, at any depth
    assert led["manager_id"].value_counts().max() <= 9 if len(led) else True


def test_nearly_everybody_has_a_manager_mostly_of_the_same_department() -> None:
    frame = workforce(900, 600, n_others=60, seed=1, missing=0.0)
    led = frame[frame["manager_id"] != ""]
    department = frame.set_index("employee_id")["department"]
    assert len(led) > 0.97 * len(frame)
    assert (department.loc[led["manager_id"]].to_numpy() == led["department"].to_numpy()).mean() > 0.7


def test_the_people_outside_the_programme_are_its_managers_and_have_no_sign_up() -> None:
    frame = workforce(200, 150, n_others=40, seed=6)
    outside = frame[frame["role"] == "none"]
    assert (outside[list(SIGN_UP)] == "").all(axis=None)
    assert outside["employee_id"].isin(frame["manager_id"]).mean() > 0.7
    assert frame["manager_id"].isin(outside["employee_id"]).mean() > 0.4
    assert (frame["grade"] == "10").sum() == 1


def test_grades_are_a_pyramid_on_each_side(crowd: pd.DataFrame) -> None:
    for role, grades in BY_ROLE.items():
        share = crowd.loc[crowd["role"] == role, "grade"].value_counts(normalize=True)
        heights = [share[str(grade)] for grade in grades]
        assert len(share) == len(grades)
        assert heights == sorted(heights, reverse=True)
        assert heights[0] > 4 * heights[-1]


def test_departments_and_sites_differ_in_size(crowd: pd.DataFrame) -> None:
    for name in ("department", "location", "team"):
        sizes = crowd.loc[crowd[name] != "", name].value_counts()
        assert len(sizes) >= 16
        assert sizes.iloc[0] > 4 * sizes.iloc[-1]


def test_time_zone_and_languages_follow_the_site() -> None:
    frame = workforce(1_500, 1_500, seed=8, missing=0.0)
    assert (frame.groupby("location")["timezone"].nunique() == 1).all()
    german = frame["languages"].str.contains("German").groupby(frame["location"]).mean()
    assert german["Berlin"] == 1
    assert german["Tokyo"] < 0.3
    assert (frame["languages"] != "").all()


def test_seniors_have_served_longer(crowd: pd.DataFrame) -> None:
    long = crowd["tenure_band"].isin(["10-19 years", "20+ years"]).groupby(crowd["role"]).mean()
    assert long["mentee"] > 4 * long["mentor"]


def test_capacity_is_mostly_one(crowd: pd.DataFrame) -> None:
    share = crowd["capacity"].value_counts(normalize=True)
    assert set(share.index) == {"1", "2", "3"}
    assert 0.8 < share["1"] < 0.95
    assert set(crowd["min_pairs"]) == {"0"}


# Skills as surveys find them


@pytest.mark.slow
@pytest.mark.parametrize("size", [150, 14_000])
def test_a_few_skills_are_everywhere_and_most_are_rare(size: int) -> None:
    frame = workforce(8_000, 8_000, seed=4, vocabulary=size)
    for role, column in (("mentor", "skills_offered"), ("mentee", "skills_wanted")):
        share = skills_of(frame, role, column).value_counts() / (frame["role"] == role).sum()
        assert share.iloc[0] > 0.1
        assert share.iloc[0] > 8 * share.median()
        assert share.iloc[: len(share) // 10].sum() > 0.35 * share.sum()


def test_skills_of_one_family_go_together(crowd: pd.DataFrame) -> None:
    family = {skill: place for place, known in enumerate(FAMILIES) for skill in known.skills}
    named = skills_of(crowd, "mentor", "skills_offered").map(family)
    person, kind = named.index.to_numpy(), named.to_numpy()
    together = (kind[1:] == kind[:-1])[person[1:] == person[:-1]].mean()
    by_chance = (named.value_counts(normalize=True) ** 2).sum()
    assert together > 3 * by_chance


def test_some_skills_are_short_and_some_plentiful(crowd: pd.DataFrame) -> None:
    offered = skills_of(crowd, "mentor", "skills_offered").value_counts(normalize=True)
    wanted = skills_of(crowd, "mentee", "skills_wanted").value_counts(normalize=True)
    ratio = (wanted / offered).dropna()
    assert (ratio > 1.5).sum() >= 10
    assert (ratio < 1 / 1.5).sum() >= 10


@pytest.mark.slow
def test_nobody_names_a_skill_twice(crowd: pd.DataFrame) -> None:
    for role, column, most in (
        ("mentor", "skills_offered", 9),
        ("mentor", "skills_wanted", 4),
        ("mentee", "skills_offered", 10),
        ("mentee", "skills_wanted", 6),
    ):
        named = skills_of(crowd, role, column).groupby(level=0)
        assert (named.size() == named.nunique()).all()
        assert named.size().max() == most


def test_levels_are_given_by_the_share_of_people_asked_for() -> None:
    rated = {
        levels: workforce(2_000, 1, seed=9, missing=0.0, levels=levels)["skills_offered"].str.contains(r":[1-5](?:;|$)")
        for levels in (0.0, 0.5, 1.0)
    }
    assert not rated[0.0].any()
    assert 0.45 < rated[0.5].mean() < 0.55
    assert rated[1.0].mean() > 0.95


# Missing answers


def test_the_share_of_blank_cells_is_the_one_asked_for(crowd: pd.DataFrame) -> None:
    blank = (crowd == "").mean()
    for name in set(VOLUNTARY) - {"team", "availability"}:
        assert 0.02 < blank[name] < 0.04
    assert 0.04 < blank["team"] < 0.08
    assert 0.04 < blank["availability"] < 0.08
    assert (blank[list(set(COLUMNS) - set(VOLUNTARY) - {"manager_id"})] == 0).all()


@pytest.mark.parametrize(("missing", "blank"), [(0.0, 0.0), (1.0, 1.0)])
def test_nothing_or_everything_may_be_missing(missing: float, blank: float) -> None:
    frame = workforce(30, 30, missing=missing)
    assert ((frame[list(VOLUNTARY)] == "").mean() == blank).all()


# Wrong arguments


@pytest.mark.parametrize(
    "wrong",
    [
        {"n_mentors": -1},
        {"n_mentees": -3},
        {"n_mentors": 2.5},
        {"n_others": -1},
        {"seed": -1},
        {"vocabulary": 49},
        {"vocabulary": 14_001},
        {"missing": 1.1},
        {"missing": float("nan")},
        {"levels": -0.1},
        {"levels": "half"},
    ],
)
def test_a_wrong_argument_is_named_with_its_value(wrong: dict[str, Any]) -> None:
    ((name, value),) = wrong.items()
    with pytest.raises(RosterError, match=f"`{name}` is {value!r}, but must be"):
        workforce(**({"n_mentors": 3, "n_mentees": 3} | wrong))


# The messy variant


def records_of(data: bytes, delimiter: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter))


@pytest.mark.slow
@given(COUNTS, COUNTS, COUNTS, SEEDS, st.sampled_from([",", ";", "\t"]))
def test_everybody_is_either_accepted_or_rejected(
    mentors: int, mentees: int, others: int, seed: int, delimiter: str
) -> None:
    spoilt = messy(mentors, mentees, n_others=others, seed=seed, delimiter=delimiter)  # type: ignore[arg-type]
    people = workforce(mentors, mentees, n_others=others, seed=seed)["employee_id"]
    nameless = sum(not row.employee_id for row in spoilt.rejected)
    known = {*spoilt.accepted, *(row.employee_id for row in spoilt.rejected)} - {""}
    assert known <= set(people)
    assert len(known) + nameless == len(people)
    assert not set(spoilt.accepted) & {row.employee_id for row in spoilt.rejected}
    assert len(records_of(spoilt.data, delimiter)) == 1 + spoilt.good_rows + spoilt.bad_rows + spoilt.blank_rows


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_file_holds_exactly_the_bad_rows_that_are_listed(delimiter: Any) -> None:
    spoilt = messy(700, 500, n_others=40, seed=13, delimiter=delimiter)
    header, *records = records_of(spoilt.data, delimiter)
    records = [[cell.strip() for cell in record] for record in records if any(record)]
    often = Counter(record[0] for record in records)
    place = COLUMNS.index("capacity")

    def fault(record: list[str]) -> Fault | None:
        if len(record) != len(header):
            return Fault.TOO_MANY_FIELDS if len(record) > len(header) else Fault.TOO_FEW_FIELDS
        if not record[0]:
            return Fault.NO_ID
        if often[record[0]] > 1:
            return Fault.REPEATED_ID
        return None if 0 <= int(record[place] or 1) <= 1000 else Fault.CAPACITY

    found = [(record[0], fault(record)) for record in records]
    assert [BadRow(one, bad) for one, bad in found if bad] == list(spoilt.rejected)
    assert [one for one, bad in found if not bad] == list(spoilt.accepted)
    assert {bad for _, bad in found} == {None, *Fault}
    assert spoilt.blank_rows > 0


def test_the_file_is_what_a_spreadsheet_writes() -> None:
    spoilt = messy(60, 40, seed=1)
    assert spoilt.data.startswith(b"\xef\xbb\xbf")
    header = spoilt.data.splitlines()[0].decode("utf-8-sig").split(";")
    assert spoilt.data.count(b"\r\n") >= 1 + spoilt.good_rows + spoilt.bad_rows + spoilt.blank_rows
    assert tuple(ALIASES[fold_header(name)] for name in header[: len(COLUMNS)]) == COLUMNS
    assert [fold_header(name) in ALIASES for name in header[len(COLUMNS) :]] == [False, False]
    assert header[-1] == ""


def test_only_spelling_and_missing_answers_tell_the_good_rows_from_the_clean_ones() -> None:
    spoilt, clean = messy(300, 200, seed=21), workforce(300, 200, seed=21).set_index("employee_id")
    records = {record[0].strip(): record for record in records_of(spoilt.data, ";")[1:] if any(record)}
    dirty = pd.DataFrame([records[one] for one in spoilt.accepted]).set_axis(
        pd.Index(spoilt.accepted, name="employee_id"), axis=0
    )
    for name in ("name", "role", "grade", "department", "tenure_band", "location"):
        told = dirty[COLUMNS.index(name)].map(fold)
        answered = ~told.isin(["n/a", "prefer not to say"])
        assert answered.mean() > 0.9
        assert (told == clean.loc[dirty.index, name].map(fold))[answered].all()
    assert np.mean(dirty[COLUMNS.index("manager_id")].str.contains("X")) > 0.01


def test_an_unknown_delimiter_is_refused() -> None:
    with pytest.raises(RosterError, match="`delimiter` is '/'"):
        messy(3, 3, delimiter="/")  # type: ignore[arg-type]
