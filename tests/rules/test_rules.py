"""Laws of every rule: it allows what its words allow, for pairs listed in any way, and its penalty agrees."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import oracles
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import (
    KINDS,
    PLAIN,
    RULES,
    SEEDS,
    Crowd,
    Rare,
    category,
    compiled,
    crowds,
    items_of,
    nested,
    number,
    people,
    permuted,
)

import rmatch
from rmatch.columns import Number, Register, ReportingLines, Table
from rmatch.criteria import Criterion, Reciprocity, Skills
from rmatch.errors import ProgramError
from rmatch.factors import SCALE, on_grid
from rmatch.program import Program
from rmatch.roster.named_people import Ranked
from rmatch.roster.weekly import Zones
from rmatch.rules import (
    Accepts,
    Avoids,
    Away,
    Differs,
    Exclude,
    GradeGap,
    MinGain,
    MinScore,
    NoRepeat,
    OptIn,
    OutsideReportingLine,
    Rule,
    Same,
    Shares,
    Sides,
    TimeZoneDistance,
    excused,
    penalty_table,
    rule_in_track,
    same_round,
)
from rmatch.schema.tracks import Teaching

FEW = settings(max_examples=settings.default.max_examples // 3)


def matrix(rule: Rule, mentors: Table, mentees: Table) -> np.ndarray:
    i, j = np.indices((len(mentors.ids), len(mentees.ids))).reshape(2, -1)
    return rule.allows(mentors, mentees)(i, j).reshape(len(mentors.ids), len(mentees.ids))


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES, ids=repr)
@FEW
@given(crowd=crowds())
def test_every_rule_allows_as_its_words_say(rule: Rule, crowd: Crowd) -> None:
    mentors, mentees = crowd.tables()
    expected = np.array(oracles.allowed(rule, mentors, mentees), dtype=bool).reshape(crowd.mentors, crowd.mentees)
    assert np.array_equal(matrix(rule, mentors, mentees), expected)


@pytest.mark.slow
@pytest.mark.parametrize("rule", [*RULES, Rare(5)], ids=repr)
@FEW
@given(crowd=crowds(least=1), seed=SEEDS)
def test_the_answer_for_a_pair_does_not_depend_on_the_list_it_stands_in(rule: Rule, crowd: Crowd, seed: int) -> None:
    mentors, mentees = crowd.tables()
    full, allows = matrix(rule, mentors, mentees), rule.allows(mentors, mentees)
    draw = np.random.default_rng(seed)
    i, j = draw.integers(0, crowd.mentors, 30), draw.integers(0, crowd.mentees, 30)
    some = allows(i, j)
    assert some.dtype == bool
    assert np.array_equal(some, full[i, j])
    assert np.array_equal(np.concatenate([allows(i[:7], j[:7]), allows(i[7:], j[7:])]), some)
    assert allows(i[:0], j[:0]).shape == (0,)
    if getattr(allows, "broadcasts", False):
        assert np.array_equal(allows(i[:, None], j[None, :]), full[np.ix_(i, j)])
        assert allows(i[:0, None], j[None, :]).shape == (0, 30)
        assert allows(i[:, None], j[None, :0]).shape == (30, 0)


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES, ids=repr)
@FEW
@given(crowd=crowds(), seed=SEEDS)
def test_the_answer_follows_the_people_in_any_order(rule: Rule, crowd: Crowd, seed: int) -> None:
    mentors, mentees = crowd.tables()
    others = permuted(mentors, seed), permuted(mentees, seed + 1)
    place = [[list(t.ids).index(id_) for id_ in o.ids] for t, o in zip((mentors, mentees), others, strict=True)]
    assert np.array_equal(matrix(rule, *others), matrix(rule, mentors, mentees)[np.ix_(*place)])


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES, ids=repr)
@FEW
@given(crowd=crowds())
def test_a_penalty_is_nothing_for_the_allowed_and_more_than_any_score_for_the_others(rule: Rule, crowd: Crowd) -> None:
    """Termwise nothing, so that the sum of a tile stays in the range where it is exact."""
    mentors, mentees = crowd.tables()
    penalty = rule.penalty(mentors, mentees)
    if penalty is None:
        assert isinstance(rule, OutsideReportingLine | Exclude | NoRepeat | MinScore | MinGain)
        return
    u, v = (side.dense(np.int64) for side in on_grid(penalty, SCALE))
    allowed = matrix(rule, mentors, mentees)
    assert not (np.abs(u) @ np.abs(v).T)[allowed].any()
    assert np.all((u @ v.T)[~allowed] <= -2 * SCALE)


@given(SEEDS, st.integers(0, 4), st.integers(0, 4), st.integers(0, 6), st.integers(0, 6))
def test_a_penalty_table_forbids_unknown_codes_with_everybody(seed: int, k: int, h: int, m: int, n: int) -> None:
    draw = np.random.default_rng(seed)
    allowed = draw.random((k, h)) < 0.5
    a, b = draw.integers(-1, k, m), draw.integers(-1, h, n)
    penalty = penalty_table(a, b, allowed)
    assert penalty is not None
    expected = [[0.0 if x >= 0 and y >= 0 and allowed[x, y] else -2.0 for y in b] for x in a]
    assert np.array_equal(penalty.matrix(), np.array(expected).reshape(m, n))


def test_a_penalty_wider_than_a_scan_should_be_is_left_to_the_predicate() -> None:
    many = people(*map(str, range(300)), team=category([f"team {k}" for k in range(300)]))
    for rule in (Same(column="team"), Differs(column="team"), Shares(column="team")):
        assert rule.penalty(many, many) is None
        assert np.array_equal(matrix(rule, many, many), np.eye(300, dtype=bool) ^ isinstance(rule, Differs))
    years = people(*map(str, range(300)), years=number(np.arange(300.0)))
    gap = GradeGap(2, column="years")
    assert gap.penalty(years, years) is None
    assert np.array_equal(matrix(gap, years, years), np.subtract.outer(np.arange(300), np.arange(300)) <= -2)


# ---------------------------------------------------------------- known answers


def test_a_blank_satisfies_no_rule_that_reads_it() -> None:
    blank = people("a", grade=number([math.nan]), team=category([""]), consent=category([""]))
    given_ = people("b", grade=number([5]), team=category(["x"]), consent=category(["yes"]))
    for rule in (
        GradeGap(-9),
        Same(column="team"),
        Differs(column="team"),
        Shares(column="team"),
        OptIn(column="consent"),
        Same(column="grade"),
        Differs(column="grade"),
    ):
        for sides in ((blank, given_), (given_, blank), (blank, blank)):
            assert not matrix(rule, *sides).any(), rule


def test_grade_gaps_include_both_ends() -> None:
    mentors, mentees = people("a", grade=number([2])), people(*"bcdef", grade=number([1, 2, 3, 4, 5]))
    assert matrix(GradeGap(1, 2), mentors, mentees).tolist() == [[False, False, True, True, False]]
    assert matrix(GradeGap(), mentors, mentees).tolist() == [[False, False, True, True, True]]
    assert matrix(GradeGap(-1, 0), mentors, mentees).tolist() == [[True, True, False, False, False]]


def test_labels_have_no_gap() -> None:
    labels = people("a", grade=category(["SEO"]))
    with pytest.raises(ProgramError, match=r"order = \[\.\.\.\]"):
        GradeGap().allows(labels, labels)


def test_nobody_manages_the_other_at_any_depth() -> None:
    # 0 ── 1 ── 2 and 3 under 0;  4 alone
    lines = nested(np.array([-1, 0, 1, 0, -1]))
    node = np.arange(5)
    mentors = mentees = Table(np.array(list("vwxyz"), dtype=object), {}, lines, node)
    free = matrix(OutsideReportingLine(), mentors, mentees)
    barred = {(i, j) for i, j in np.ndindex(5, 5) if not free[i, j]}
    assert barred == {(0, 1), (0, 2), (0, 3), (1, 2), (1, 0), (2, 0), (3, 0), (2, 1)}
    shared = matrix(OutsideReportingLine(shared_manager=True), mentors, mentees)
    assert {(i, j) for i, j in np.ndindex(5, 5) if free[i, j] and not shared[i, j] and i != j} == {(1, 3), (3, 1)}


def test_reporting_lines_are_asked_about_where_anybody_has_a_manager() -> None:
    rule = OutsideReportingLine()

    def among(lines: ReportingLines | None) -> Table:
        return Table(np.array(list("ab"), dtype=object), {}, lines, np.arange(2))

    under_the_first, without, unknown = among(nested(np.array([-1, 0]))), among(nested(np.array([-1, -1]))), among(None)
    assert rule.narrowed(under_the_first, under_the_first) is rule
    assert rule.narrowed(without, without) is None
    assert rule.narrowed(unknown, unknown) is None
    assert rule.absent(unknown, unknown) == ("manager_id",)


def test_no_repeat_counts_rounds_from_one() -> None:
    assert NoRepeat().in_words() == "nobody meets a partner again"
    assert NoRepeat(rounds=1).in_words() == "nobody meets a partner again within 1 round"
    assert NoRepeat(rounds=2).in_words() == "nobody meets a partner again within 2 rounds"
    with pytest.raises(ProgramError, match="must be 1 or more, not 0"):
        NoRepeat(rounds=0)


def test_of_pairs_who_met_one_that_is_here_is_enough_and_a_history_may_be_of_others() -> None:
    sides = people("a", "b"), people("x", "y")
    assert NoRepeat(pairs=(("a", "x"), ("gone", "y"))).gaps(*sides) == ""
    assert NoRepeat(pairs=(("a", "gone"), ("x", "a"))).gaps(*sides).startswith("any listed pair")
    assert NoRepeat(pairs=(("a", "gone"),), filled=True).gaps(*sides) == ""
    assert NoRepeat().gaps(*sides) == ""


@pytest.mark.parametrize(
    ("side", "fits"), [("mentor", [[True, False], [True, True]]), ("mentee", [[False, True], [True, False]])]
)
def test_what_one_side_wants_is_not_asked_of_the_other(side: Any, fits: list[list[bool]]) -> None:
    """Of the mentors, ``a`` wants somebody of Ulm and ``b`` anybody; ``x`` wants somebody of Bonn, and ``y`` of Ulm."""
    mentors = people("a", "b", town=category(["Ulm", "Bonn"]), wish=category(["Ulm", ""]))
    mentees = people("x", "y", town=category(["Ulm", "Bonn"]), wish=category(["Bonn", "Ulm"]))
    assert matrix(Accepts(column="wish", of="town", side=side), mentors, mentees).tolist() == fits


def test_a_gap_is_a_number() -> None:
    with pytest.raises(ProgramError, match="GradeGap: `at_most`"):
        GradeGap(at_most="many")  # type: ignore[arg-type]


def test_reporting_lines_need_a_manager_column() -> None:
    with pytest.raises(ProgramError, match="manager_id"):
        OutsideReportingLine().allows(people("a"), people("b"))


def test_who_is_excluded_never_meets_whoever_teaches() -> None:
    rule = Exclude((("x", "y"), ("nobody", "x")))
    assert matrix(rule, people("x", "y", "z"), people("x", "y")).tolist() == [
        [True, False],
        [False, True],
        [True, True],
    ]
    assert matrix(Exclude(), people("x"), people("y")).all()
    assert Exclude.confidential
    assert "x" not in rule.in_words()


@pytest.mark.parametrize("yes", ["yes", "Y", " TRUE ", "1", "x", "OK", "Agreed", "opt-in"])
def test_yes_is_said_in_many_words_and_no_in_all_others(yes: str) -> None:
    sides = people("a", consent=category([yes])), people("b", "c", "d", consent=category(["Yes", "no", "maybe"]))
    assert matrix(OptIn(column="consent"), *sides).tolist() == [[True, False, False]]


def test_a_one_in_a_number_column_is_a_yes() -> None:
    sides = people("a", "b", consent=number([1, 0])), people("c", consent=number([1]))
    assert matrix(OptIn(column="consent"), *sides).tolist() == [[True], [False]]


def test_a_third_as_a_user_writes_it_is_a_third() -> None:
    mentors, mentees = Crowd(3, 8, 8, PLAIN).tables()
    gain = np.array(oracles.scores(Skills(), mentors, mentees), dtype=float)
    for floor in (1 / 3, 0.3333333333333333, 0.25, 0.5, 2 / 3, 1.0):
        assert np.array_equal(matrix(MinGain(mentee=floor), mentors, mentees), gain >= floor - 1e-9)


def test_a_least_gain_of_one_side_needs_what_that_side_gains_alone() -> None:
    assert MinGain(mentee=0.5).reads() == (("skills_offered",), ("skills_wanted",))
    assert MinGain(mentor=0.5).reads() == (("skills_wanted",), ("skills_offered",))
    assert MinGain(0.5, 0.5).reads() == (
        ("skills_offered", "skills_wanted"),
        ("skills_offered", "skills_wanted"),
    )


@pytest.mark.parametrize("in_return", [False, True])
def test_a_least_gain_is_measured_in_the_columns_of_the_criteria_beside_it(in_return: bool) -> None:
    people = pd.DataFrame(
        {
            "employee_id": ["j1", "j2", "s1", "s2"],
            "role": ["mentor"] * 2 + ["mentee"] * 2,
            "teaches": ["python", "rust", "law", "trade"],
            "learns": ["law", "trade", "python", "go"],
        }
    )
    criteria: list[Criterion] = [Skills(offered="teaches", wanted="learns", weight=2.0)]
    criteria += [Reciprocity(offered="teaches", wanted="learns")] if in_return else []
    for rule, left in ((MinGain(mentee=1.0), {("j1", "s1")}), (MinGain(mentor=1.0), {("j1", "s1"), ("j2", "s2")})):
        program = rmatch.Program(criteria=tuple(criteria), rules=(rule,))
        matching = rmatch.match(rmatch.from_frame(people, program=program), program)
        assert set(matching.pair_ids) == left
        assert matching.verify()
    named = MinGain(mentee=1.0, taught=("learns", "learns"))
    assert named.beside(criteria).reads() == (("learns",), ("learns",))


@pytest.mark.parametrize("score", [0.7, 0.1, 1 / 3, 0.0, 1.0, 0.30000001])
def test_no_score_below_the_least_passes(score: float) -> None:
    points = MinScore(score).points
    assert points / SCALE >= score
    assert points == 0 or (points - 1) / SCALE < score


@given(crowds(), st.floats(0, 1))
def test_the_least_score_is_held_against_the_whole_score(crowd: Crowd, score: float) -> None:
    made = compiled(Program(criteria=[Skills()], rules=[MinScore(score)]), *crowd.tables())
    assert np.array_equal(made.eligible(), made.points() / SCALE >= score)


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_every_rule_says_what_it_is(rule: Rule) -> None:
    assert rule.in_words()
    assert rule.name.startswith(type(rule).kind())


@pytest.mark.parametrize(
    "rule", [r for r in RULES if not isinstance(r, Exclude | MinScore | OutsideReportingLine)], ids=repr
)
def test_a_rule_names_the_columns_it_reads(rule: Rule) -> None:
    mentors, mentees = Crowd(1, 3, 3, KINDS[0]).tables()
    named = [
        Table(t.ids, {c: t[c] for c in columns}) for t, columns in zip((mentors, mentees), rule.reads(), strict=True)
    ]
    assert np.array_equal(matrix(rule, *named), matrix(rule, mentors, mentees))
    assert rule.absent(mentors, mentees) == ()
    assert set(rule.absent(people("a"), people("b"))) == set(rule.reads()[0]) | set(rule.reads()[1])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: GradeGap(2, 1), "no gap"),
        (lambda: GradeGap(math.nan), "no gap"),
        (lambda: GradeGap(1, math.nan), "no gap"),
        (lambda: GradeGap(math.inf), "no gap"),
        (lambda: Same(), "`column` is missing"),
        (lambda: Differs(), "`column` is missing"),
        (lambda: OptIn(), "`column` is missing"),
        (lambda: Shares(), "column"),
        (lambda: Shares(column="languages", at_least=0), "1 or more"),
        (lambda: MinScore(1.1), r"\[0, 1\]"),
        (lambda: MinScore(math.nan), r"\[0, 1\]"),
        (lambda: MinGain(mentor=-0.1), r"\[0, 1\]"),
        (lambda: Exclude((("a",),)), "pairs"),  # type: ignore[arg-type]
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(make: object, said: str) -> None:
    with pytest.raises(ProgramError, match=said):
        make()  # type: ignore[operator]


def test_a_rule_without_a_predicate_says_so() -> None:
    with pytest.raises(TypeError, match="must define `allows`"):
        Rule().allows(people("a"), people("b"))


# ---------------------------------------------------------------- penalties and their width


@pytest.mark.parametrize("shape", [(256, 2), (2, 256), (257, 2), (2, 257), (0, 0)])
def test_a_penalty_is_given_up_where_it_is_wider_than_a_scan_should_be(shape: tuple[int, int]) -> None:
    draw = np.random.default_rng(0)
    allowed = draw.random(shape) < 0.5
    a, b = (draw.integers(-1, max(k, 0), 40) if k else np.full(40, -1) for k in shape)
    penalty = penalty_table(a, b, allowed)
    assert (penalty is None) == (max(shape) > 256)
    if penalty is not None:
        may = np.array([[x >= 0 and y >= 0 and bool(allowed[x, y]) for y in b] for x in a])
        assert np.array_equal(penalty.matrix(), np.where(may, 0.0, -2.0))


@pytest.mark.parametrize("rule", [Same(column="team"), Differs(column="team"), Shares(column="team")], ids=repr)
@pytest.mark.parametrize("labels", [256, 257])
def test_labels_have_a_penalty_as_long_as_there_are_not_too_many(rule: Rule, labels: int) -> None:
    ids = np.array([f"p{k}" for k in range(labels)], dtype=object)
    teams = category([f"team {k:03d}" for k in range(labels)])
    table = Table(ids, {"team": teams})
    penalty = rule.penalty(table, table)
    assert (penalty is None) == (labels > 256)
    if penalty is not None:
        assert np.array_equal(penalty.matrix() == 0, matrix(rule, table, table))


def test_only_what_may_be_a_complaint_is_kept_from_results() -> None:
    assert [rule.kind() for rule in RULES if rule.confidential] == ["exclude"]
    assert not Rule.confidential


@pytest.mark.parametrize("more", [(), ((4, 2), (7, 6))])
@pytest.mark.parametrize("shared_manager", [False, True])
def test_reporting_lines_answer_for_a_block_as_for_its_pairs(
    shared_manager: bool, more: tuple[tuple[int, int], ...]
) -> None:
    """Rows about one person may disagree who manages them; both do."""
    parent, enter, leave = [-1, 0, 0, 1, 1, 2, 2, 3], [0, 1, 10, 2, 7, 11, 13, 3], [15, 10, 15, 6, 9, 13, 15, 5]
    lines = ReportingLines(np.array(parent), np.array(enter), np.array(leave), more=more)
    table = Table(np.array([*"abcdefgh"], dtype=object), {}, lines, np.arange(8))
    allows = OutsideReportingLine(shared_manager).allows(table, table)
    i, j = np.indices((8, 8))
    block = allows(np.arange(8)[:, None], np.arange(8)[None, :])
    assert np.array_equal(block, allows(i.ravel(), j.ravel()).reshape(8, 8))
    assert block[6, 7] != bool(more)
    assert not block[7, 0]


@pytest.mark.parametrize(
    ("number", "said"),
    [(1, "x0. Write"), (3, "x0; x1; x2. Write"), (4, "x2, and 1 more. Write"), (1203, ", and 1,200 more.")],
)
def test_of_managers_who_may_be_somebody_else_three_are_quoted_and_the_others_counted(number: int, said: str) -> None:
    none = np.zeros(0, np.int64)
    lines = ReportingLines(none, none, none, unclear=tuple(f"x{k}" for k in range(number)))
    table = Table(np.zeros(0, object), {}, lines)
    assert said in OutsideReportingLine().misfit(table, table)
    assert OutsideReportingLine(unknown="ignore").misfit(table, table) == ""


def avoiding(lost: int) -> Table:
    """Two people of whom the first would rather not meet one whom the files have, and so many whom they do not."""
    known = np.array(["a", "b", "c"], dtype=object)
    said = {"c": 1} | {f"x{k}": 2 + k for k in range(lost)}
    return Table(
        known[:2], {"avoids": Ranked.of_lists([said, {}])}, register=Register(known, known, known, np.arange(3))
    )


@pytest.mark.parametrize(
    ("mentors", "mentees", "said"), [(1, 0, "1 name in"), (1, 1, "1 name in"), (1, 2, "2 names in")]
)
def test_names_that_nobody_has_are_counted_once_and_may_be_passed_over(mentors: int, mentees: int, said: str) -> None:
    sides = avoiding(mentors), avoiding(mentees)
    words = Avoids().misfit(*sides)
    assert words.startswith(f"{said} the column `avoids` {'is' if said[0] == '1' else 'are'} nobody's in the files.")
    assert Avoids(unknown="ignore").misfit(*sides) == ""
    assert Avoids().gaps(*sides) == "somebody whom the files do not have"
    assert Avoids().misfit(avoiding(0), avoiding(0)) == Avoids().gaps(avoiding(0), avoiding(0)) == ""


@pytest.mark.parametrize(
    ("mentors", "mentees", "gaps", "kept"),
    [
        ([True, True], [True], "", "nobody is paired inside their reporting line"),
        ([True, False], [True], "1 of 2 mentors, whose", "for 1 of 2 mentors and all 1 mentees, whose managers are"),
        ([False, True], [False], "1 of 2 mentors and 1 of 1 mentees, whose", "for 1 of 2 mentors and 0 of 1 mentees"),
        ([False, False], [False], "2 of 2 mentors and 1 of 1 mentees, whose", "nobody's reporting line is known to"),
    ],
)
def test_whose_reporting_line_ends_too_early_is_counted(
    mentors: list[bool], mentees: list[bool], gaps: str, kept: str
) -> None:
    followed = np.array([*mentors, *mentees])
    parent = np.full(len(followed), -1)
    lines = ReportingLines(parent, np.arange(len(followed)), np.arange(1, len(followed) + 1), followed=followed)
    ids, node = np.array([f"p{k}" for k in range(len(followed))], dtype=object), np.arange(len(followed))
    sides = [Table(ids[own], {}, lines, node[own]) for own in (slice(0, len(mentors)), slice(len(mentors), None))]
    rule = OutsideReportingLine()
    assert rule.gaps(*sides).startswith(gaps)
    assert bool(rule.gaps(*sides)) == bool(gaps)
    assert kept in rule.kept(*sides)
    forth, back = (rule_in_track(rule, Teaching(*track, mutual=True)) for track in (("A", "junior"), ("B", "senior")))
    assert forth.gaps(*sides) == rule.gaps(*sides)
    assert back.gaps(*sides) == rule.gaps(*sides[::-1])
    assert (forth.kept(*sides), back.kept(*sides)) == (
        f"in A: {rule.kept(*sides)}",
        f"in B: {rule.kept(*sides[::-1])}",
    )
    assert forth.misfit(*sides) == back.misfit(*sides) == ""


def test_a_gain_is_measured_as_the_criteria_measure_it_unless_columns_are_named() -> None:
    criteria = Skills(offered="knows", wanted="likes"), Reciprocity(offered="teaches", wanted="learns")
    gain = MinGain(mentor=0.5, mentee=0.5)
    beside = gain.beside(criteria)
    assert (beside.taught, beside.returned) == (("knows", "likes"), ("teaches", "learns"))
    assert beside.beside((Skills(), Reciprocity())) == beside
    alone = gain.beside(())
    assert (alone.taught, alone.returned) == (None, None)


@pytest.mark.parametrize("make", [lambda: MinScore("high"), lambda: TimeZoneDistance("far"), lambda: GradeGap("two")])
def test_a_word_where_a_number_belongs_is_refused_by_its_field(make: Callable[[], Rule]) -> None:
    with pytest.raises(ProgramError, match=r"(MinScore: `score|TimeZoneDistance: `most|GradeGap: `at_least).*number"):
        make()


def test_one_grade_is_a_grade() -> None:
    assert GradeGap(1).in_words() == "the senior is at least 1 grade above the junior"
    assert GradeGap(2).in_words() == "the senior is at least 2 grades above the junior"


@pytest.mark.parametrize(("mentors", "mentees"), [(256, 257), (257, 256), (256, 256)])
def test_a_table_is_made_of_no_more_than_256_answers_of_a_side(mentors: int, mentees: int) -> None:
    words = tuple(f"w{k:03}" for k in range(257))
    sides = [
        people(*map(str, range(n)), languages=items_of([{k} for k in range(n)], words)) for n in (mentors, mentees)
    ]
    assert (Shares("languages").penalty(*sides) is None) == (max(mentors, mentees) > 256)


def test_clocks_may_have_to_be_the_same_or_half_a_day_apart() -> None:
    assert TimeZoneDistance(0).in_words() == "the clocks of the two are at most 0 hours apart"
    assert TimeZoneDistance(12).most == 12
    for most in (-0.5, 12.5):
        with pytest.raises(ProgramError, match=f"a number of hours from 0 to 12, not {most}"):
            TimeZoneDistance(most)


@pytest.mark.parametrize(
    ("most", "fits"), [(3, [True, False, True, False]), (2.99, [False] * 4), (12, [True, True, True, False])]
)
def test_clocks_are_so_many_hours_apart_at_most_and_no_zone_is_near_to_none(most: float, fits: list[bool]) -> None:
    """From UTC to three hours ahead, a minute more, and as far behind; the last gave no zone, though all others did."""

    def zones(*ahead: float | None) -> Zones:
        known = [minutes for minutes in ahead if minutes is not None]
        codes = np.array([-1 if minutes is None else known.index(minutes) for minutes in ahead])
        names = tuple(f"{minutes:g} ahead" for minutes in known)
        return Zones(codes, np.array(names, dtype=object), names, np.array(known, float).reshape(-1, 1))

    mentors, mentees = people("a", timezone=zones(0)), people(*"wxyz", timezone=zones(180, 181, -180, None))
    rule = TimeZoneDistance(most)
    for one, other in ((mentors, mentees), (mentees, mentors)):
        penalty = rule.penalty(one, other)
        assert penalty is not None
        assert matrix(rule, one, other).ravel().tolist() == (penalty.matrix() == 0).ravel().tolist() == fits


@pytest.mark.parametrize(("away", "said"), [(["a"], "1 person is away"), (["a", "b"], "2 people are away")])
def test_who_is_away_is_counted(away: list[str], said: str) -> None:
    assert Away(away).in_words() == said


def test_a_rule_of_all_tracks_goes_without_the_name_of_one() -> None:
    track = Teaching("reverse", "junior")
    assert rule_in_track(Exclude([("a", "b")]), track, shared=True).name == "exclude"
    assert rule_in_track(Exclude([("a", "b")]), track).name == "reverse_exclude"


def test_where_seniors_teach_a_grade_gap_is_still_that_of_the_senior_above_the_junior() -> None:
    senior = people("s", grade=number([5]), side=category(["senior"]))
    junior = people("j", grade=number([2]), side=category(["junior"]))
    for track, sides in (
        (Teaching("Back", "senior"), (senior, junior)),
        (Teaching("Back", "senior", mutual=True), (junior, senior)),  # whose mentor is the junior
    ):
        assert matrix(rule_in_track(GradeGap(3), track), *sides).all()
        assert not matrix(rule_in_track(GradeGap(4), track), *sides).any()


@pytest.mark.parametrize("mutual", [False, True])
@pytest.mark.parametrize("side", ["junior", "senior"])
@pytest.mark.parametrize("rule", [Same("team"), Differs("team"), GradeGap(2), GradeGap(1, 3)], ids=repr)
def test_a_rule_in_a_track_is_asked_about_its_pairs_and_lets_all_others_be(rule: Rule, side: Any, mutual: bool) -> None:
    """By its predicate and by its penalty; a gap in grades is that of the senior above the junior, whoever teaches."""
    mentors, mentees = ("junior", "senior", "junior"), ("senior", "junior", "senior")
    grades, teams = ([1, 5, 4], [6, 2, 3]), (["red", "blue", "blue"], ["blue", "red", "red"])
    one, other = (
        people(*ids, grade=number(grade), team=category(team), side=category([*own]))
        for ids, grade, team, own in zip(("abc", "xyz"), grades, teams, (mentors, mentees), strict=True)
    )
    led, expected = rule_in_track(rule, Teaching("Own", side, mutual)), np.ones((3, 3), bool)
    for i, j in np.ndindex(3, 3):
        if not mutual and (mentors[i] != side or mentees[j] == side):
            continue
        above = grades[1][j] - grades[0][i]
        if side == "senior" and not mutual:
            above = -above  # the mentor is the senior; where every pair is mutual it is the junior
        if isinstance(rule, GradeGap):
            expected[i, j] = rule.at_least <= above <= (math.inf if rule.at_most is None else rule.at_most)
        else:
            expected[i, j] = (teams[0][i] == teams[1][j]) == (type(rule) is Same)
    assert matrix(led, one, other).tolist() == expected.tolist()
    penalty = led.penalty(one, other)
    assert penalty is not None
    assert (penalty.matrix() == 0).tolist() == expected.tolist()


@pytest.mark.parametrize(
    ("side", "fits"), [("mentor", [[True, True], [False, False]]), ("mentee", [[True, False]] * 2)]
)
def test_where_mentees_teach_in_a_track_a_wish_is_that_of_who_teaches_in_it(side: Any, fits: list[list[bool]]) -> None:
    """The plan's mentees teach: what mentors want is what they want, of the plan's mentors."""
    mentors = people("a", "b", wants=category(["red", "red"]), team=category(["red", "blue"]))
    mentees = people("x", "y", wants=category(["red", "red"]), team=category(["red", "blue"]))
    led = rule_in_track(Accepts(column="wants", of="team", side=side), Teaching("Back", "senior", mutual=True))
    assert matrix(led, mentors, mentees).tolist() == fits


@pytest.mark.parametrize("field", ["mentor", "mentee"])
def test_a_least_gain_is_a_share_of_either_side(field: str) -> None:
    """Nothing and everything are shares too."""
    for share in (0.0, 1.0):
        assert getattr(replace(MinGain(), **{field: share}), field) == share
    for none in (-0.01, 1.01, math.nan):
        with pytest.raises(ProgramError, match=rf"MinGain: `{field}` must lie in \[0, 1\], not {none}"):
            replace(MinGain(), **{field: none})


def test_a_rule_in_a_track_without_a_penalty_has_none() -> None:
    sides = people("a", side=category(["junior"])), people("x", side=category(["senior"]))
    assert rule_in_track(Exclude((("a", "x"),)), Teaching("Own")).penalty(*sides) is None


SIDES_OF_THREE = ("senior", "junior", "senior")


def test_mentor_and_mentee_are_those_of_one_round() -> None:
    """A round of one mentor and two mentees, and one of two mentors and one mentee."""
    rule, sides = same_round([(1, 2), (2, 1)]), (people("a", "b", "c"), people("x", "y", "z"))
    lawful = [[True, True, False], [False, False, True], [False, False, True]]
    assert (rule.name, rule.always) == ("round", True)
    assert matrix(rule, *sides).tolist() == lawful
    penalty = rule.penalty(*sides)
    assert penalty is not None
    assert (penalty.matrix() == 0).tolist() == lawful


def test_a_pair_of_two_sides_is_a_junior_and_a_senior() -> None:
    one, other = (people(*"ab", side=category(["junior", "senior"])), people(*"xyz", side=category([*SIDES_OF_THREE])))
    assert [side.tolist() for side in Sides().sides(one, other)] == [[False, True], [False, True, False]]
    assert matrix(Sides(), one, other).tolist() == [[True, False, True], [False, True, False]]
    assert Sides().reads() == (("side",), ("side",))


@pytest.mark.parametrize("shared", [False, True])
def test_what_is_true_of_a_rule_is_true_of_it_in_a_track(shared: bool) -> None:
    """What it says of these people is what it says of those of the track, and of which track unless it is of all."""
    mentors = people("a", "b", side=category(["junior", "senior"]))
    mentees = people("x", "y", "z", side=category([*SIDES_OF_THREE]))
    track, led = Teaching("Of One", "junior"), "" if shared else "in Of One: "
    for rule in (Exclude((("a", "x"),)), Exclude((("a", "y"),)), Same("team"), NoRepeat(pairs=(("x", "a"),))):
        own = rule_in_track(rule, track, shared)
        assert own.confidential == rule.confidential
        assert own.of_one_track != shared
        assert own.in_words() == led + rule.in_words()
        assert own.kept(mentors, mentees) == led + rule.in_words()
        assert own.misfit(mentors, mentees) == ""
    for pair, said in ((("a", "x"), ""), (("a", "z"), ""), (("x", "a"), ""), (("a", "y"), "any listed pair")):
        assert rule_in_track(Exclude((pair,)), track).gaps(mentors, mentees).startswith(said)
        assert bool(rule_in_track(Exclude((pair,)), track).gaps(mentors, mentees)) == bool(said), "y is in no such pair"
    assert rule_in_track(Same("team"), track).scored(lambda i, j: i, 1, mentors, mentees) is None


def test_nothing_is_asked_for_who_is_away() -> None:
    table = people("a", "b", "c", min_pairs=number([1, 2, math.nan]))
    least = excused([Away(["b"]), Same("team")], table)["min_pairs"]
    assert isinstance(least, Number)
    assert np.array_equal(least.values, [1, math.nan, math.nan], equal_nan=True)
    assert excused([Away(["b"])], people("a", "b")).get("min_pairs") is None
    assert Away(["b"]).away(table).tolist() == [False, True, False]
    assert matrix(Away(["b", "x"]), table, people("x", "y")).tolist() == [[False, True], [False, False], [False, True]]


def test_a_least_score_in_a_track_is_enough_and_holds_for_nobody_else() -> None:
    mentors = people("a", "b", side=category(["junior", "senior"]))
    mentees = people("x", "y", "z", side=category(["senior", "senior", "junior"]))
    points = np.array([[50, 49, 0], [0, 0, 0]])
    rule = rule_in_track(MinScore(0.5), Teaching("Forth", "junior"))
    enough = rule.scored(lambda i, j: points[i, j], 100, mentors, mentees)
    assert enough is not None
    assert enough(*np.indices((2, 3)).reshape(2, -1)).tolist() == [True, False, True, True, True, True]


def test_no_rule_but_that_of_the_sides_is_beyond_question() -> None:
    """A remedy never drops it, and whom it bars was never a partner."""
    assert Sides().always
    assert not any(rule.always for rule in RULES)
