"""The audit's table: its figures are those of others who compute them, and no small group can be found in it."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from confidences import filled, matched, program
from exports import PLAIN, SHARED, Export
from fairlearn.metrics import MetricFrame, count, demographic_parity_ratio, selection_rate
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import rmatch
from rmatch._util.files import csv_bytes
from rmatch.analysis.audit import FORM, SMALL, UNKNOWN, fisher_exact, hidden
from rmatch.columns import FEWEST
from rmatch.datasets import workforce
from rmatch.schema.binding import ColumnBinding

AUDIT = rmatch.Program(columns={"group": ColumnBinding(use="audit")})
SIZES = st.lists(st.integers(0, 25), min_size=1, max_size=5)


def programme(mentors: list[int], mentees: list[int], seed: int = 0, capacity: str = "1") -> pd.DataFrame:
    """People in groups ``A``, ``B``, … of these sizes; the last of each side did not say."""
    frame = workforce(sum(mentors), sum(mentees), seed=seed).assign(capacity=capacity, group="")
    for role, sizes in (("mentor", mentors), ("mentee", mentees)):
        words = [
            word for word, size in zip([*"ABCDEFG"[: len(sizes) - 1], ""], sizes, strict=True) for _ in range(size)
        ]
        frame.loc[frame["role"] == role, "group"] = np.random.default_rng(seed).permutation(np.array(words, object))
    return frame


def side_of(table: pd.DataFrame, side: str) -> pd.DataFrame:
    return table[table["side"] == side].set_index("group")


def placed(matching: rmatch.Matching, frame: pd.DataFrame, side: str) -> pd.DataFrame:
    """Who is on a side, in which group, matched or not, and with which mean score."""
    people = frame[frame["role"] == side].set_index("employee_id")[["group"]]
    scores = matching.pairs.groupby(f"{side}_id")["score"].mean()
    return people.assign(matched=people.index.isin(scores.index), score=scores.reindex(people.index))


# ---------------------------------------------------------------- the figures


@pytest.mark.slow
@given(st.integers(0, 10**6), st.lists(st.integers(10, 40), min_size=2, max_size=4), st.integers(5, 60))
def test_counts_and_rates_are_those_of_fairlearn(seed: int, sizes: list[int], seniors: int) -> None:
    frame = programme([*sizes, 12], [seniors, 0], seed % 7)
    matching = matched(frame, AUDIT)
    table = side_of(matching.audit(), "mentor")
    people = placed(matching, frame, "mentor")
    known = people[people["group"] != ""]
    theirs = MetricFrame(
        metrics={"rate": selection_rate, "count": count},
        y_true=known["matched"],
        y_pred=known["matched"],
        sensitive_features=known["group"],
    )
    ours = table[table["kind"] == "group"]
    assert ours["people"].to_dict() == theirs.by_group["count"].astype(int).to_dict()
    assert ours["matched_rate"].to_dict() == pytest.approx(theirs.by_group["rate"].to_dict())
    assert ours["matched"].tolist() == [int(known["matched"][known["group"] == g].sum()) for g in ours.index]
    parity = demographic_parity_ratio(known["matched"], known["matched"], sensitive_features=known["group"])
    assert ours["impact_ratio"].min() == pytest.approx(parity)
    assert ours["impact_ratio"].max() == 1
    unknown = table.loc[UNKNOWN]
    assert (unknown["people"], unknown["kind"]) == (12, "unknown")
    assert unknown[["impact_ratio", "p_value", "scoring_impact_ratio"]].isna().all()


@given(st.integers(0, 60), st.integers(0, 60), st.data())
def test_the_p_value_is_that_of_scipy(people: int, others: int, data: st.DataObject) -> None:
    a, b = data.draw(st.integers(0, people)), data.draw(st.integers(0, others))
    theirs = stats.fisher_exact([[a, people - a], [b, others - b]]).pvalue
    assert fisher_exact(a, people, b, others) == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize(
    "table", [(3, 40_000, 90_000, 100_000), (10, 10, 100_000, 200_000), (0, 0, 0, 0), (500, 1000, 500, 1000)]
)
def test_the_p_value_holds_for_large_and_empty_groups(table: tuple[int, int, int, int]) -> None:
    a, people, b, others = table
    theirs = stats.fisher_exact([[a, people - a], [b, others - b]]).pvalue
    assert fisher_exact(*table) == pytest.approx(theirs, rel=1e-7, abs=1e-300)


@pytest.mark.slow
@pytest.mark.parametrize("capacity", ["1", "3"])
def test_scores_and_loads_are_those_of_the_pairs(capacity: str) -> None:
    frame = programme([40, 30, 20], [35, 25, 15], 3, capacity)
    matching = matched(frame, AUDIT)
    for side in ("mentor", "mentee"):
        table, people = side_of(matching.audit(), side), placed(matching, frame, side)
        load = matching.pairs[f"{side}_id"].value_counts()
        median = people["score"].median()
        for group, line in table.iterrows():
            some = people[people["group"] == ("" if group == UNKNOWN else group)]
            assert line["pairs"] == load.reindex(some.index, fill_value=0).sum()
            assert line["load"] == line["pairs"] / len(some)
            assert line["mean_score"] == pytest.approx(some["score"].mean(), abs=0.005001)
            assert line["mean_score"] == round(line["mean_score"], 2)
            assert line["scoring_rate"] == (some["score"].dropna() > median).mean()
        known = table[table["kind"] == "group"]
        ratios = known["scoring_rate"] / known["scoring_rate"].max()
        assert known["scoring_impact_ratio"].tolist() == ratios.tolist()
        rest = known[["matched", "people"]].sum() - known[["matched", "people"]]
        for group, line in known.iterrows():
            other = rest.loc[group]
            cells = [
                [line["matched"], line["people"] - line["matched"]],
                [other["matched"], other["people"] - other["matched"]],
            ]
            assert line["p_value"] == pytest.approx(stats.fisher_exact(cells).pvalue)


def test_the_form_is_that_of_the_document() -> None:
    table = matched(programme([20, 20, 3], [15, 15, 0]), AUDIT).audit()
    form = {name: pd.Series([], dtype=kind).dtype for name, kind in FORM.items()}  # before pandas 3 texts are objects
    assert table.dtypes.to_dict() == form


# ---------------------------------------------------------------- small groups


@given(SIZES)
def test_what_is_hidden_is_every_small_count_and_enough_beside_it(counts: list[int]) -> None:
    gone = hidden(counts)
    small = {k for k, n in enumerate(counts) if 0 < n < FEWEST}
    assert small <= gone
    assert all(counts[k] for k in gone)
    assert bool(gone) == bool(small)
    everything = {k for k, n in enumerate(counts) if n}
    assert gone in (set(), everything) or (len(gone) >= 2 and sum(counts[k] for k in gone) >= FEWEST)
    large = [k for k, n in enumerate(counts) if n >= FEWEST]
    assert sorted(gone - small) == large[len(large) - len(gone - small) :]


@given(st.lists(st.integers(0, 14), min_size=2, max_size=4))
def test_no_hidden_count_can_be_found_from_what_is_shown(counts: list[int]) -> None:
    gone = sorted(hidden(counts))
    if not gone or all(k in gone for k, n in enumerate(counts) if n):
        return  # nothing is hidden, or nothing is shown
    total = sum(counts[k] for k in gone)
    others = [
        other
        for other in product(range(1, total), repeat=len(gone))
        if sum(other) == total and sorted(hidden(_with(counts, gone, other))) == gone
    ]
    for place, k in enumerate(gone):
        assert {other[place] for other in others} > {counts[k]}, "only one count fits"


def _with(counts: list[int], places: list[int], values: tuple[int, ...]) -> list[int]:
    changed = list(counts)
    for k, value in zip(places, values, strict=True):
        changed[k] = value
    return changed


@pytest.mark.slow
@given(SIZES, st.integers(0, 10**6))
def test_who_is_in_which_of_the_hidden_groups_changes_nothing(sizes: list[int], seed: int) -> None:
    frame = programme([*sizes, 4], [12, 11], seed % 5)
    matching = matched(frame, AUDIT)
    table = matching.audit()
    people = frame[frame["role"] == "mentor"]
    shown = set(table.loc[table["side"] == "mentor", "group"])
    counts = people["group"].value_counts()
    gone = [group for group in counts.index if (group or UNKNOWN) not in shown]
    for other in (np.random.default_rng(seed).permutation, lambda cells: np.roll(cells, 1)):
        changed = frame.copy()
        some = (changed["role"] == "mentor") & changed["group"].isin(gone)
        changed.loc[some, "group"] = other(changed.loc[some, "group"].to_numpy())
        assert matched(changed, AUDIT).audit().equals(table)
    for _, line in table.iterrows():
        assert pd.isna(line["people"]) == pd.isna(line["matched_rate"])
        assert pd.isna(line["people"]) or line["people"] >= FEWEST
        assert line["kind"] == "group" or pd.isna(line["p_value"])


@pytest.mark.slow
def test_lines_of_hidden_groups_name_none_of_them() -> None:
    table = matched(programme([50, 30, 6, 2, 1], [45, 12, 3]), AUDIT).audit()
    assert side_of(table, "mentor")["people"].to_dict() == {"A": 50, SMALL: 39}
    assert side_of(table, "mentee")["people"].to_dict() == {"A": 45, SMALL: 15}
    alone = matched(programme([4, 3, 1], [30, 0]), AUDIT).audit()
    assert side_of(alone, "mentor").index.tolist() == [SMALL]
    assert pd.isna(alone.loc[0, "people"])
    assert alone.loc[0, ["matched_rate", "load", "mean_score", "scoring_rate"]].isna().all()


def test_a_mean_of_few_scores_is_hidden_with_another() -> None:
    frame = programme([60, 30, 12, 20], [30, 0], 1)
    table = side_of(matched(frame, AUDIT).audit(), "mentor")
    few = table["matched"].between(1, FEWEST - 1)
    silent = table["mean_score"].isna()
    assert few.any()
    assert (few <= silent).all()
    assert silent.sum() >= 2
    assert table.loc[silent, "matched"].sum() >= FEWEST
    assert silent.equals(table["scoring_rate"].isna())


# ---------------------------------------------------------------- groups


def test_scales_stand_in_their_order_and_numbers_by_size() -> None:
    draw, frame = np.random.default_rng(0), workforce(90, 60)
    frame["care"], frame["years"] = draw.choice(["some", "none", "much"], 150), draw.choice(["9", "10", "2"], 150)
    frame["faith"] = draw.choice(["b; a", "a", "prefer not to say"], 150)
    under = rmatch.Program(
        columns={
            "care": ColumnBinding(use="audit", order=("none", "some", "much")),
            "years": ColumnBinding(use="audit"),
            "faith": ColumnBinding(use="audit", split=";"),
        }
    )
    table = matched(frame, under).audit()
    mentors = table[table["side"] == "mentor"]
    assert mentors["column"].unique().tolist() == ["care", "faith", "years"]
    assert mentors["group"].tolist() == ["none", "some", "much", "a", "a; b", UNKNOWN, "2", "9", "10"]


@pytest.mark.slow
def test_sensitive_columns_are_audited_by_what_their_owners_agreed_to() -> None:
    frame = filled(Export(2, 200, 120, PLAIN).frame(), 5)
    table = matched(frame, program()).audit()
    gender = side_of(table[table["column"] == "gender"], "mentor")
    mentors = frame[frame["role"] == "mentor"]
    assert gender.loc[UNKNOWN, "people"] == (mentors["ok"] == "no").sum()
    assert gender.loc["man", "people"] == ((mentors["ok"] == "yes") & (mentors["gender"] == "man")).sum()
    assert set(table["column"]) == {"gender", "age", "care", "faith"}


def test_an_answer_that_reads_like_a_line_of_ours_is_not_taken_for_it() -> None:
    frame = programme([30, 20, 15], [40, 0]).assign(group=lambda f: f["group"].replace({"A": UNKNOWN, "B": SMALL}))
    table = side_of(matched(frame, AUDIT).audit(), "mentor")
    assert list(zip(table.index, table["kind"], table["people"], strict=True)) == [
        (SMALL, "group", 20), (UNKNOWN, "group", 30), (UNKNOWN, "unknown", 15)
    ]  # fmt: skip


def test_labels_cannot_bite() -> None:
    frame = programme([30, 20, 15], [40, 0]).assign(group=lambda f: f["group"].replace({"A": "=1+1", "B": "<script>"}))
    table = matched(frame, AUDIT).audit()
    assert "<script>" not in table._repr_html_()  # type: ignore[operator]
    text = csv_bytes(table).decode("utf-8-sig")
    assert ",'=1+1," in text
    assert "nan" not in text.lower()


# ---------------------------------------------------------------- when there is nothing to audit


def test_a_program_without_such_columns_has_no_audit() -> None:
    with pytest.raises(rmatch.ProgramError, match='use = "audit"'):
        rmatch.match(rmatch.from_frame(workforce(5, 4))).audit()


def test_a_loaded_plan_is_audited_with_its_people_alone(tmp_path: Path) -> None:
    frame = filled(Export(2, 50, 40, SHARED).frame(), 5)
    roster = rmatch.from_frame(frame, program=program())
    matching = rmatch.match(roster, program())
    matching.save(tmp_path / "plan.json")
    assert rmatch.load(tmp_path / "plan.json", roster).audit().equals(matching.audit())
    with pytest.raises(rmatch.RmatchError, match="roster="):
        rmatch.load(tmp_path / "plan.json").audit()


@pytest.mark.slow
def test_the_order_of_rows_does_not_matter_for_the_audit() -> None:
    frame = programme([40, 30, 20], [35, 25, 15], 3)
    shuffled = frame.sample(frac=1, random_state=1)
    assert csv_bytes(matched(frame, AUDIT).audit()) == csv_bytes(matched(shuffled, AUDIT).audit())
