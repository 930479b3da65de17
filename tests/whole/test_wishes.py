"""Wishes and avoids: read as people write them, scored exactly, kept by every plan, told in plain words."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import oracles
import pandas as pd
import pytest
from judgement import Seen, hold
from places import ROOT
from real_programs import Real, numbered

import rmatch
from rmatch.api.folder import write_folder
from rmatch.criteria import Department, Similarity, Wishes
from rmatch.errors import ProgramError
from rmatch.factors import SCALE
from rmatch.limits import Lock
from rmatch.objectives import MostPairs, Total
from rmatch.rules import Avoids, Shares

CASE = ROOT.parent / "shared" / "cases" / "18-ranked-choices"
SIDES = ("mentee", "mentor", "both")
FREE_OF_MENTEES = rmatch.Program(criteria=(Wishes(),), rules=(Avoids(),))
FREE = rmatch.Program(criteria=(Wishes(side="both"),), rules=(Avoids(),))


def person(id_: str, role: str, wishes: str = "", avoids: str = "", **cells: str) -> dict[str, str]:
    return {"employee_id": id_, "role": role, "wishes": wishes, "avoids": avoids, **cells}


def with_wishes(real: Real, seed: int, avoiding: float) -> Real:
    """The same program for people who also wish and avoid, on both sides."""
    rng = np.random.default_rng(seed)
    records = []
    for record in real.records:
        sides = [real.ids[1 - k] for k, side in enumerate(("mentor", "mentee")) if record["role"] in (side, "both")]
        others = [id_ for side in sides for id_ in side if id_ != record["employee_id"]]
        named = [others[k] for k in rng.permutation(len(others))]
        avoided = [id_ for id_ in named if rng.random() < avoiding]
        records.append(record | {"wishes": "; ".join(named[: rng.integers(0, 5)]), "avoids": "; ".join(avoided)})
    criterion = Wishes(float(rng.integers(1, 4)), side=SIDES[seed % 3])  # type: ignore[arg-type]
    return replace(real, records=tuple(records), criteria=(*real.criteria, criterion), rules=(*real.rules, Avoids()))


@pytest.mark.trials
@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 150, 25))
def test_with_all_older_limits_the_plan_is_the_best_there_is(first: int, tmp_path: Path) -> None:
    seen = Seen()
    for seed in range(first, first + 25):
        hold(with_wishes(numbered(seed, most=5), seed, 0.1), tmp_path, seen)
    assert seen["verified"]
    assert seen["optimal"] + seen["without_a_plan"] >= 20


@pytest.mark.trials
@pytest.mark.slow
@pytest.mark.parametrize("first", [0, 40])
def test_with_locks_totals_and_partner_limits_every_plan_is_proved_best(first: int) -> None:
    seen = Seen()
    for seed in range(first, first + 40):
        real = numbered(seed, most=6, kinds=("total", "lock"), more=1)
        hold(with_wishes(replace(real, objectives=(MostPairs(), Total())), seed, 0.15), None, seen)
    assert not seen["feasible"]
    assert seen["optimal"] >= 20


# ---------------------------------------------------------------- the score


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("weight", [1.0, 0.3])
def test_a_place_is_worth_the_same_to_everybody_to_the_point(side: str, weight: float) -> None:
    rng = np.random.default_rng(5)
    records = [
        person(f"{own}{k}", role, "; ".join(f"{other}{x}" for x in rng.permutation(9)[: k % 8]))
        for own, other, role in (("a", "b", "mentor"), ("b", "a", "mentee"))
        for k in range(9)
    ]
    roster = rmatch.from_records(records)
    wishes = Wishes(weight, side=side)  # type: ignore[arg-type]
    program = rmatch.Program(criteria=(wishes, Similarity(1 - weight, "name")) if weight < 1 else (wishes,), rules=())
    if weight < 1:
        roster = rmatch.from_records([record | {"name": "x"} for record in records])
    matching = rmatch.match(roster, program)
    model = matching.model
    share = round(weight * SCALE)
    i, j = np.divmod(np.arange(81), 9)
    points = model.parts(i, j)[0]
    asked = oracles.scores(wishes, model.mentors, model.mentees)
    by_score: dict[Fraction, set[int]] = {}
    for a, b, got in zip(i.tolist(), j.tolist(), points.tolist(), strict=True):
        exact = asked[a][b]
        assert isinstance(exact, Fraction)
        assert abs(got - exact * share) <= 1 + (side == "both")
        by_score.setdefault(exact, set()).add(got)
    assert by_score[Fraction(0)] == {0}
    assert by_score[max(by_score)] <= {share, round(share * max(by_score))}
    if side != "both":
        assert all(len(points) == 1 for points in by_score.values())


@pytest.mark.parametrize("wrong", [(), (0.0,), (0.5, 0.6), (1.5,), (1.0, -0.1), (float("nan"),), (1.0,) * 101])
def test_places_that_make_no_sense_are_refused(wrong: tuple[float, ...]) -> None:
    with pytest.raises(ProgramError, match="by_rank"):
        Wishes(by_rank=wrong)


def test_a_criterion_that_finds_no_lists_says_so() -> None:
    roster = rmatch.from_records([{"employee_id": "a", "role": "mentor"}, {"employee_id": "b", "role": "mentee"}])
    with pytest.raises(ProgramError, match="needs the column 'wishes'"):
        rmatch.match(roster, rmatch.Program(criteria=(Wishes(),), rules=()))


# ---------------------------------------------------------------- reading


def test_people_are_named_as_they_are_called() -> None:
    roster = rmatch.from_records([
        person("1", "mentor", name="Ann Lee", email="ann@example.org"),
        person("2", "mentor", name="Bo Moe", email="bo@example.org"),
        person("3", "mentor", "Di Orr (4)", name="Cy", email="cy@example.org"),
        person("4", "mentee", "BO@example.org; Lee, Ann; 03", name="Di Orr", email="di@example.org"),
        person("5", "mentee", "Bo Moe, Ann Lee, 3", "Cy", name="Ed", email="ed@example.org"),
    ])  # fmt: skip
    assert roster.mentees["wishes"].tolist() == ["2; 1; 3", "2; 1; 3"]
    assert roster.mentors["wishes"].tolist() == ["", "", "4"]
    assert roster.mentees["avoids"].tolist() == ["", "3"]
    assert not (roster.issues["severity"] != "info").any()


def test_a_wish_that_cannot_count_is_said_and_later_ones_move_up() -> None:
    roster = rmatch.from_records([
        person("a1", "mentor", name="Ann"),
        person("a2", "mentor", name="Ann"),
        person("b1", "mentee", "b1; zz; b2; Ann; a2; a2; a1"),
        person("b2", "mentee"),
    ])  # fmt: skip
    said = roster.issues[roster.issues["column"] == "wishes"].set_index("value")["reason"]
    assert roster.mentees["wishes"].tolist() == ["a2; a1", ""]
    assert set(said.index) == {"b1", "zz", "b2", "Ann", "a2"}
    assert said["b1"] == "this wish names the person who wishes"
    assert said["zz"] == "this wish names nobody in the files"
    assert said["b2"] == "this wish names somebody who does not take part as a mentor"
    assert said["Ann"].startswith("this wish may mean Ann (a")
    assert said["a2"] == "this wish names somebody a second time; the first counts"
    assert set(roster.issues["row"].dropna()) == {4}


def test_only_so_many_wishes_count() -> None:
    everybody = [person(f"a{k}", "mentor") for k in range(103)]
    wishes = "; ".join(f"a{k}" for k in range(103))
    roster = rmatch.from_records([*everybody, person("b", "mentee", wishes)])
    assert roster.mentees["wishes"].iloc[0].count(";") == 99
    assert (roster.issues["reason"] == "only the first 100 wishes of a person count").sum() == 3


def test_several_headers_are_the_wishes_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("id,role,Choice 1,Choice 2\na,mentor,,\nc,mentor,,\nb,mentee,c,a\n")
    columns = {"employee_id": {"source": "id"}, "wishes": {"source": ["Choice 1", "Choice 2"]}}
    program = rmatch.Program.model_validate({"columns": columns, "criteria": [{"kind": "wishes"}], "rules": []})
    roster = rmatch.read_csv(tmp_path / "people.csv", program=program)
    assert roster.mentees["wishes"].tolist() == ["c; a"]


@pytest.mark.skipif(not CASE.exists(), reason="the cases are elsewhere")
def test_the_ranked_choices_of_a_sign_up_sheet() -> None:
    columns = {"employee_id": {"source": "Email"}, "wishes": {"source": {"mentees": ["Choice 1", "Choice 2"]}}}
    program = rmatch.Program.model_validate({"columns": columns, "criteria": [{"kind": "wishes"}], "rules": []})
    roster = rmatch.read_csv(CASE / "mentors.csv", mentees=CASE / "mentees.csv", program=program)
    matching = rmatch.match(roster, program)
    assert matching.pair_ids == [("bo@example.org", "di@example.org"), ("ann@example.org", "cy@example.org")]
    assert matching.pairs["why"].tolist() == [
        "Bo is the first choice of the other.",
        "Ann is the second choice of the other.",
    ]
    assert matching.pairs["score"].round(6).tolist() == [1.0, 0.6]
    assert "Of 2 mentees who wished for partners, 1 got their first choice and 1 got their second choice." in (
        matching.summary().splitlines()
    )


@pytest.mark.parametrize("key", [{"grid": "Topic [*]"}, {"order": ["a"]}, {"use": "audit"}])
def test_columns_of_people_are_nothing_else(key: dict[str, object]) -> None:
    with pytest.raises(ProgramError, match=r"columns\.(wishes|avoids)"):
        rmatch.Program.model_validate({"columns": {"wishes": key}})
    with pytest.raises(ProgramError, match=r"columns\.(wishes|avoids)"):
        rmatch.Program.model_validate({"columns": {"avoids": key}})


# ---------------------------------------------------------------- avoids


def test_nobody_meets_whom_either_would_rather_not() -> None:
    roster = rmatch.from_records([
        person("a", "mentor", avoids="x"), person("b", "mentor"), person("c", "both", avoids="y"),
        person("x", "mentee"), person("y", "mentee", avoids="b"), person("d", "mentor", avoids="c"),
    ])  # fmt: skip
    matching = rmatch.match(roster, FREE)
    barred = {("a", "x"), ("b", "y"), ("c", "y"), ("d", "c")}
    every = set(product("abcd", "cxy")) - {("c", "c")}
    found = {pair for pair in every if matching.why_not(*pair).rules == ("not available",)}
    assert found == barred
    assert matching.verify()
    assert not barred & matching.named


def test_an_avoid_holds_in_both_roles_of_a_person_who_is_on_two_sheets() -> None:
    mentors = pd.DataFrame({"employee_id": ["p", "q"], "avoids": ["q", ""]})
    mentees = pd.DataFrame({"employee_id": ["p", "q"]})
    roster = rmatch.from_frame(mentors, mentees=mentees)
    assert roster.mentors["avoids"].tolist() == roster.mentees["avoids"].tolist() == ["q", ""]


def test_whoever_may_be_meant_is_avoided_and_nobody_is_told_who() -> None:
    roster = rmatch.from_records([
        person("a", "mentor", avoids="Ann"), person("x", "mentee", name="Ann"), person("y", "mentee", name="Ann"),
    ])  # fmt: skip
    assert roster.mentors["avoids"].tolist() == ["x; y"]
    (issue,) = roster.issues[roster.issues["severity"] == "warning"].itertuples()
    assert (issue.value, issue.row) == ("", 2)
    assert issue.reason == "a word of this cell may mean 2 people; none of them is met"


def test_who_avoids_themself_is_told_and_avoids_nobody() -> None:
    rows = [{"employee_id": "1", "role": "mentor", "avoids": "1", "department": "D"},
            {"employee_id": "2", "role": "mentee", "avoids": "", "department": "D"}]  # fmt: skip
    roster = rmatch.from_records(rows)
    assert roster.issues["reason"].str.contains("names the person whose row it is").sum() == 1
    asked = rmatch.Program(criteria=(Department(1.0, prefer="same"),), rules=(Avoids(),))
    assert rmatch.match(roster, asked).pair_ids == [("1", "2")]


def test_an_avoid_of_somebody_unknown_is_an_error_that_names_nobody() -> None:
    records = [person("a", "mentor", avoids="Zoe"), person("x", "mentee", "a")]
    roster = rmatch.from_records(records)
    with pytest.raises(ProgramError, match="1 name in the column `avoids` is nobody's") as caught:
        rmatch.match(roster, FREE)
    assert "Zoe" not in str(caught.value)
    assert "Zoe" not in roster.issues.to_string()
    ignoring = FREE.model_copy(update={"rules": (Avoids(unknown="ignore"),)})
    matching = rmatch.match(roster, ignoring)
    assert matching.left_out == (
        'rules: the rule "not available" could not be applied to somebody whom the files do not have',
    )


def test_only_a_confidential_rule_reads_avoids() -> None:
    for wrong in ({"rules": (Shares("avoids"),)}, {"criteria": (Similarity(1, "avoids"),)}):
        with pytest.raises(ProgramError, match="confidential"):
            rmatch.Program(**wrong)


def test_the_default_program_avoids_where_somebody_does_and_is_silent_elsewhere() -> None:
    cells = {"skills_offered": "SQL", "skills_wanted": "SQL", "grade": "1"}
    people = [person("a", "mentor", **cells), person("b", "mentee", **cells | {"grade": "2"})]
    quiet = rmatch.match(rmatch.from_records(people))
    assert not any("avoids" in note for note in quiet.left_out)
    assert "avoids" not in quiet.to_json()
    people[0]["avoids"] = "b"
    assert not len(rmatch.match(rmatch.from_records(people)).pairs)
    own = rmatch.match(rmatch.from_records(people), rmatch.Program(rules=()))
    assert any("nothing in the program reads the column avoids" in note for note in own.left_out)


def test_no_file_that_is_written_says_whom_somebody_avoids(tmp_path: Path) -> None:
    cells = {"skills_offered": "SQL", "skills_wanted": "SQL"}
    people = [person(id_, role, avoids=avoids, **cells)
              for id_, role, avoids in (("ann", "mentor", "zed"), ("bo", "mentor", ""), ("zed", "mentee", ""),
                                        ("yul", "mentee", ""))]  # fmt: skip
    roster = rmatch.from_records(people)
    matching = rmatch.match(roster)
    write_folder(matching, tmp_path / "plan")
    said = [matching.summary(), str(matching.why_not("ann", "zed")), str(matching.explain("ann", "zed"))]
    for name in ("pairs.csv", "unmatched.csv", "everyone.csv", "issues.csv", "report.html", "audit.jsonl"):
        file = tmp_path / "plan" / name
        said += [file.read_text(encoding="utf-8-sig")] if file.exists() and name != "audit.jsonl" else []
    assert "avoids" not in "\n".join(said).lower()
    assert matching.why_not("ann", "zed").rules == ("not available",)
    with pytest.raises(rmatch.InfeasibleError, match="not available"):
        rmatch.match(roster, matching.program.model_copy(update={"limits": (Lock((("ann", "zed"),)),)}))


# ---------------------------------------------------------------- what came true


def test_a_short_list_gains_what_the_documents_say() -> None:
    people = [person("x", "mentor"), person("y", "mentor"), person("ann", "mentee", "x; y")]
    honest = rmatch.match(rmatch.from_records([*people, person("ben", "mentee", "x; y")]), FREE_OF_MENTEES)
    short = rmatch.match(rmatch.from_records([*people, person("ben", "mentee", "x")]), FREE_OF_MENTEES)
    assert ("x", "ben") in short.named
    assert short.total == pytest.approx(1.6)
    assert honest.total == pytest.approx(1.6)  # either of the two has x, by lot


def test_who_got_which_wish() -> None:
    roster = rmatch.from_records([
        person("a", "mentor", "y"), person("b", "mentor", "x; z"), person("c", "mentor"),
        person("x", "mentee", "a; b"), person("y", "mentee", "a"), person("z", "mentee"), person("w", "mentee", "c; a"),
    ])  # fmt: skip
    matching = rmatch.match(roster, FREE)
    assert matching.named == {("a", "y"), ("b", "x"), ("c", "w")}
    rows = [tuple(None if pd.isna(x) else x for x in row) for row in matching.wishes.itertuples(index=False)]
    assert rows == [
        ("w", "mentee", 2, 1, "c"), ("x", "mentee", 2, 2, "b"), ("y", "mentee", 1, 1, "a"),
        ("a", "mentor", 1, 1, "y"), ("b", "mentor", 2, 1, "x"),
    ]  # fmt: skip
    assert "Of 3 mentees who wished for partners, 2 got their first choice and 1 got their second choice." in (
        matching.summary()
    )


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        (("a", "nobody known", "Kit; Bo"), "Of 3 mentees who wished for partners, 1 got their first choice and 2 none "
        "of them. Nothing on 2 of the lists counts: see the warnings about `wishes`."),
        (("", "x", ""), "Of 1 mentee who wished for partners, nobody got a partner from their list. Nothing on the "
        "list counts: see the warnings about `wishes`."),
        (("", "n/a", "-"), ""),
    ],
)  # fmt: skip
def test_lists_that_cannot_be_read_count_as_lists_that_were_written(wishes: tuple[str, ...], said: str) -> None:
    roster = rmatch.from_records([
        person("a", "mentor"), *(person(who, "mentee", own) for who, own in zip("xyz", wishes, strict=True)),
        person("q", "none", "nobody"),
    ])  # fmt: skip
    program = FREE.model_copy(update={"criteria": (Wishes(),)})
    summary = rmatch.match(roster, program).summary().splitlines()
    assert [line for line in summary if "wished for" in line] == [said] * bool(said)


def _rather(own: list[str], partners: dict[str, int], room: int, other: str, points: int) -> bool:
    """Whether somebody with this list and these partners would rather have another one."""
    if own and other not in own:
        return False
    if len(partners) < room:
        return True
    if own:
        return any(own.index(other) < (own.index(p) if p in own else len(own)) for p in partners)
    return any(worth < points for worth in partners.values())


@pytest.mark.parametrize("seed", range(60))
def test_blocking_pairs_are_those_who_would_both_rather_have_each_other(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 6, 2)
    records = []
    for side, (own, role) in enumerate((("a", "mentor"), ("b", "mentee"))):
        for k in range(sizes[side]):
            others = [f"{'ba'[side]}{x}" for x in rng.permutation(sizes[1 - side])]
            cut = rng.integers(0, 4, 2)
            cells = {"capacity": str(rng.integers(0, 3)), "department": "xyz"[rng.integers(3)]}
            records.append(
                person(f"{own}{k}", role, "; ".join(others[: cut[0]]), "; ".join(others[4 + cut[1] :]), **cells)
            )
    program = rmatch.Program(criteria=(Wishes(0.4, side=SIDES[seed % 3]), Department(0.6)), rules=(Avoids(),))  # type: ignore[arg-type]
    matching = rmatch.match(rmatch.from_records(records), program)
    cells = {record["employee_id"]: record for record in records}
    lists = {id_: [w for w in record["wishes"].split("; ") if w] for id_, record in cells.items()}
    model = matching.model
    worth = {
        (str(a), str(b)): int(model.points(np.array([i]), np.array([j]))[0])
        for (i, a), (j, b) in product(enumerate(model.mentors.ids), enumerate(model.mentees.ids))
    }
    expected = set()
    for (a, b), points in worth.items():
        apart = b in cells[a]["avoids"].split("; ") or a in cells[b]["avoids"].split("; ")
        if apart or (a, b) in matching.named or not (b in lists[a] or a in lists[b]):
            continue
        mine = {y: worth[x, y] for x, y in matching.named if x == a}
        theirs = {x: worth[x, y] for x, y in matching.named if y == b}
        if _rather(lists[a], mine, int(cells[a]["capacity"]), b, points) and _rather(
            lists[b], theirs, int(cells[b]["capacity"]), a, points
        ):
            expected.add((a, b))
    found = matching.blocking_pairs()
    assert set(zip(found["mentor_id"], found["mentee_id"], strict=True)) == expected
    for line in found.itertuples():
        instead = {line.instead_of_mentor} - {""}
        assert not instead or (line.mentor_id, *instead) in matching.named
        assert pd.isna(line.mentor_rank) or lists[line.mentor_id][line.mentor_rank - 1] == line.mentee_id


def test_a_plan_without_its_people_says_what_it_needs(tmp_path: Path) -> None:
    roster = rmatch.from_records([person("a", "mentor"), person("x", "mentee", "a")])
    matching = rmatch.match(roster, FREE)
    matching.save(tmp_path / "plan.json")
    with pytest.raises(rmatch.RmatchError, match="roster="):
        _ = rmatch.load(tmp_path / "plan.json").wishes
    assert rmatch.load(tmp_path / "plan.json", roster).wishes.equals(matching.wishes)
    with pytest.raises(rmatch.RmatchError):
        rmatch.load(tmp_path / "plan.json").blocking_pairs()
