"""Laws of programs: frozen, complete in a file, strict about every key, and exact when they meet their people."""

from __future__ import annotations

import json
import math
import tomllib
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from strategies import (
    COARSE,
    CRITERIA,
    GAPS,
    PLAIN,
    RULES,
    SEEDS,
    SHARED,
    Crowd,
    Problem,
    category,
    compiled,
    crowds,
    number,
    people,
    permuted,
    problems,
)

import rmatch
from rmatch.columns import Column, Table
from rmatch.criteria import Background, Criterion, Department, Factors, Goals, PairScores, Reciprocity, Skills, constant
from rmatch.element import _known as elements
from rmatch.errors import InfeasibleError, ProgramError
from rmatch.factors import SCALE
from rmatch.limits import Capacity, Changes, Group, Limit, Lock, Share, Spread, TotalPairs
from rmatch.objectives import Bands, LeastLoad, MostPairs, Objective, Priority, Stability, Total, WorstPair
from rmatch.problem.build import canonical_order
from rmatch.problem.model import compile_model
from rmatch.program import Program
from rmatch.program._tracks import Track
from rmatch.rules import Exclude, GradeGap, MinScore, OutsideReportingLine, Rule, Same

DEFAULT = """
seed = 0
[[criteria]]
kind = "skills"
weight = 0.35
[[criteria]]
kind = "reciprocity"
weight = 0.15
[[criteria]]
kind = "goals"
weight = 0.15
[[criteria]]
kind = "department"
weight = 0.15
[[criteria]]
kind = "background"
weight = 0.20
columns = ["location", "job_family", "career_path", "tenure_band"]
[[rules]]
kind = "grade_gap"
at_least = 1
[[rules]]
kind = "outside_reporting_line"
[[rules]]
kind = "avoids"
[[objectives]]
kind = "most_pairs"
[[objectives]]
kind = "total"
"""
FAMILIES = ("criteria", "rules", "limits", "objectives")


# ---------------------------------------------------------------- in a file and back


def test_the_default_program_is_the_documented_one_word_for_word() -> None:
    written = Program.model_validate(tomllib.loads(DEFAULT))
    for family in FAMILIES:
        assert getattr(written, family) == getattr(Program(), family)


LIMITS: tuple[Limit, ...] = (
    Capacity(mentors=2),
    Capacity(mentees=3),
    Lock((("a0", "b0"), ("a1", "b1"))),
    TotalPairs(least=2, most=9),
    Group("mentee", "location", "Berlin", most=5),
    Share(("department", "location"), least=0.4),
    Spread("mentor", "department"),
    Changes((("a0", "b0"),), most=1),
)
OBJECTIVES: tuple[tuple[Objective, ...], ...] = (
    (MostPairs(), Total()),
    (Total(floor=0.25),),
    (MostPairs(), Bands((0.3, 0.5)), LeastLoad(), Total()),
    (MostPairs(), Priority("waited"), WorstPair(), Stability((("a0", "b0"),)), Total()),
)
PROGRAMS = st.builds(
    Program,
    seed=st.integers(0, 2**63 - 1),
    criteria=st.lists(st.sampled_from(CRITERIA), min_size=1, max_size=4),
    rules=st.lists(st.sampled_from(RULES), max_size=4),
    limits=st.lists(st.sampled_from(LIMITS), max_size=4),
    objectives=st.sampled_from(OBJECTIVES),
)


@given(PROGRAMS)
def test_a_program_written_to_a_file_is_the_same_program(
    tmp_path_factory: pytest.TempPathFactory, program: Program
) -> None:
    folder = tmp_path_factory.mktemp("programs")
    (folder / "program.toml").write_text(program.to_toml(), encoding="utf-8")
    (folder / "program.json").write_text(json.dumps(program.to_dict()), encoding="utf-8")
    for name in ("program.toml", "program.json"):
        assert Program.from_file(folder / name) == program


def test_roles_and_columns_are_written_too() -> None:
    text = """
    [roles]
    column = "WorkExp"
    mentor = { at_most = 5 }
    mentee = { at_least = 15 }
    [columns.employee_id]
    source = "@row"
    [columns.skills_offered]
    source = ["LanguageHaveWorkedWith", "DatabaseHaveWorkedWith"]
    na = ["NA"]
    split = ";"
    [columns.department]
    source = { mentors = "Unit", mentees = "Department" }
    """
    program = Program.model_validate(tomllib.loads(text))
    assert Program.model_validate(tomllib.loads(program.to_toml())) == program
    assert program.binding().columns["department"].headers("department", "mentees") == ("Department",)


def test_a_program_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Program().seed = 1  # type: ignore[misc]
    with pytest.raises(AttributeError):
        Skills().weight = 2  # type: ignore[misc]


def test_a_file_of_scores_lies_beside_its_program(tmp_path: Path) -> None:
    pd.DataFrame([[0.5]], ["a0"], ["b0"]).to_csv(tmp_path / "scores.csv")
    (tmp_path / "program.toml").write_text('[[criteria]]\nkind = "pair_scores"\nfile = "scores.csv"\n')
    program = Program.from_file(tmp_path / "program.toml")
    (scores,) = program.criteria
    assert isinstance(scores, PairScores)
    assert scores.sha256


def test_the_schema_is_json_and_knows_every_kind() -> None:
    text = json.dumps(Program.model_json_schema())
    for family in (Criterion, Rule, Limit, Objective):
        for kind in elements.known(family):
            assert f'"{kind}"' in text


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sead = 1", r"`sead`.*'seed'"),
        ("[[criterion]]\nkind = 'skills'", "'criteria'"),
        ("[[criteria]]\nkind = 'skill'", r"'skill'.*'skills'"),
        ("[[criteria]]\nkind = 'skills'\nweigth = 1", r"'weigth'.*'weight'"),
        ("[[criteria]]\nweight = 1", "`kind`"),
        ("[[criteria]]\nkind = 3", "`kind`"),
        ("criteria = ['skills']", "`kind`"),
        ("criteria = []", "at least one"),
        ("[[criteria]]\nkind = 'skills'\nweight = 0", "above 0"),
        ("[[criteria]]\nkind = 'skills'\nweight = -1", "above 0"),
        ("[[criteria]]\nkind = 'skills'\nweight = inf", "finite"),
        ("[[criteria]]\nkind = 'skills'\nweight = nan", "finite"),
        ("[[criteria]]\nkind = 'skills'\nweight = 'half'", "weight"),
        ("[[criteria]]\nkind = 'similarity'", "column"),
        ("[[criteria]]\nkind = 'strategies.Rare'", "unknown kind"),
        ("[[rules]]\nkind = 'os.system'", "unknown kind"),
        ("[[rules]]\nkind = 'grade_gap'\nat_leest = 1", "'at_least'"),
        ("[[limits]]\nkind = 'capacity'\nmentors = 0", "1 or more"),
        ("[[limits]]\nkind = 'capacity'\nmentors = 1.5", "mentors"),
        ("[[limits]]\nkind = 'lock'\npairs = [['a', 'b'], ['a', 'b']]", "twice"),
        ("[[limits]]\nkind = 'lock'\npairs = [['a', 'b', 'c']]", "pairs"),
        ("[[limits]]\nkind = 'share'\nleast = 0.4", "`column` is missing"),
        ("[[limits]]\nkind = 'group'\nside = 'mentors'\ncolumn = 'x'\nmost = 1", "'mentors'"),
        ("[[limits]]\nkind = 'total_pairs'\nleast = 5\n[[limits]]\nkind = 'total_pairs'\nmost = 4", "contradict"),
        ("[[limits]]\nkind = 'share'\ncolumn = 'x'\nleest = 0.4", "'least'"),
        ("[[objectives]]\nkind = 'bands'\n[[objectives]]\nkind = 'total'", "`thresholds` is missing"),
        ("[[objectives]]\nkind = 'worst_pair'\n[[objectives]]\nkind = 'total'", "most_pairs` then `worst_pair"),
        ("[[objectives]]\nkind = 'most_pairs'", "most_pairs` then `total"),
        ("[[objectives]]\nkind = 'total'\n[[objectives]]\nkind = 'most_pairs'", "most_pairs` then `total"),
        ("[[objectives]]\nkind = 'total'\nfloor = 2", r"\[0, 1\]"),
        ("seed = -1", "seed"),
        ("seed = 1.5", "seed"),
        ("seed = 9223372036854775808", "seed"),
        ("[roles]\ncolumn = 'x'\nmentor = { at_most = 1 }", "mentee"),
        ("[roles]\ncolumn = 'x'\nmentor = { at_mots = 1 }\nmentee = { at_least = 2 }", "at_most"),
        ("[columns.grade]\nordre = ['a']", "order"),
        ("[columns.grade]\norder = ['a', 'a']", "twice"),
        ("not toml", "not TOML"),
        ("seed = 1\nweight = 0,35", r"not TOML: .*a decimal number has a point: 0\.35"),
        ("[a]\nx = {", r"not TOML: [^;]*$"),
        ("kind = 'a'\nkind = 'b'", "not TOML"),
    ],
)
def test_a_program_that_makes_no_sense_is_refused_with_the_reason(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "program.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ProgramError, match=said) as error:
        Program.from_file(path)
    assert "program.toml" in str(error.value)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("program.toml", b"\xff\xfe\x00", "UTF-8"),
        ("program.toml", b"\xef\xbb\xbfseed = 1", None),
        ("program.json", b"{", "not JSON"),
        ("program.json", b"[]", "table of keys"),
        ("program.json", b'"x"', "table of keys"),
        ("program.json", b'{"seed": 4}', None),
    ],
)
def test_a_file_that_is_no_program_is_refused(tmp_path: Path, name: str, content: bytes, said: str | None) -> None:
    (tmp_path / name).write_bytes(content)
    if said is None:
        assert Program.from_file(tmp_path / name).seed in (1, 4)
        return
    with pytest.raises(ProgramError, match=said):
        Program.from_file(tmp_path / name)


def test_a_file_that_is_not_there_is_an_error_of_ours(tmp_path: Path) -> None:
    for path, why in ((tmp_path / "none.toml", "No such file or directory"), (tmp_path, "")):
        with pytest.raises(ProgramError, match=f"cannot be read: {why}"):
            Program.from_file(path)


# ---------------------------------------------------------------- strangers


@dataclass(frozen=True)
class Stranger(Criterion):
    """Half a point for everybody."""

    share: float = 0.5

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        return constant(self.share, len(mentors.ids), len(mentees.ids))


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lets a test say which entry points are installed."""

    def install(**points: str) -> None:
        found = [EntryPoint(name, value, "rmatch.criteria") for name, value in points.items()]
        monkeypatch.setattr(elements, "entry_points", lambda group: found if group == "rmatch.criteria" else [])
        elements._installed.cache_clear()

    yield install
    monkeypatch.undo()
    elements._installed.cache_clear()


def test_a_class_enters_a_file_by_its_entry_point_alone(installed: Any) -> None:
    element = {"kind": "stranger", "weight": 2.0, "share": 0.25}
    with pytest.raises(ProgramError, match="unknown kind"):
        Program.model_validate({"criteria": [element]})
    installed(stranger=f"{__name__}:Stranger")
    program = Program.model_validate({"criteria": [element]})
    assert program.criteria == (Stranger(weight=2.0, share=0.25),)
    assert Program.model_validate(tomllib.loads(program.to_toml())) == program
    assert '"stranger"' in json.dumps(Program.model_json_schema())


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ({"other": f"{__name__}:Stranger"}, "must be named 'stranger'"),
        ({"path": "pathlib:Path"}, "is not a Criterion. Mend"),
        (
            {"gone": "no_such_module:Gone"},
            "raised ModuleNotFoundError when it was loaded .No module named 'no_such_module'",
        ),
    ],
)
def test_an_entry_point_that_does_not_fit_is_named(installed: Any, points: dict[str, str], said: str) -> None:
    installed(**points)
    for kind in points:
        with pytest.raises(ProgramError, match=f"{kind}: the entry point '{kind}' in rmatch.criteria {said}"):
            Program.model_validate({"criteria": [{"kind": kind}]})
    with pytest.raises(
        ProgramError, match=r"must be named 'stranger'|unknown kind 'stranger'.*an entry point of rmatch"
    ):
        Program.model_validate({"criteria": [{"kind": "stranger"}]})
    assert Program.model_validate({"criteria": [{"kind": "skills"}]}).criteria == (Skills(),)
    assert '"skills"' in json.dumps(Program.model_json_schema())


# ---------------------------------------------------------------- meeting an export


@given(
    crowds(most=5, least=1, kinds=(PLAIN,)),
    st.sets(st.sampled_from(sorted({*"abc"} | set(Crowd(0, 1, 1).tables()[0])))),
)
def test_the_default_leaves_out_what_the_export_lacks_and_says_so(crowd: Crowd, gone: set[str]) -> None:
    sides = [replace(t, columns={c: v for c, v in t.items() if c not in gone}) for t in crowd.tables()]
    answered = [{c for c, column in side.items() if not column.missing.all()} for side in sides]
    both = answered[0] & answered[1]
    scored_ = {"goals", "department", "location", "job_family", "career_path", "tenure_band"}
    skills = [("skills_offered", "skills_wanted"), ("skills_wanted", "skills_offered")]
    if not both & scored_ and not any(a in answered[0] and b in answered[1] for a, b in skills):
        with pytest.raises(ProgramError, match="no default criterion"):
            Program().resolved(*sides)
        return
    program, left_out = Program().resolved(*sides)
    for element in (*program.criteria, *program.rules):
        assert all(set(columns) <= side for columns, side in zip(element.reads(), answered, strict=True))
    lost = {*scored_, "grade"} - both
    assert all(any(column in note for note in left_out) for column in lost)
    again, nothing = program.resolved(*sides)
    assert (again, nothing) == (program, ())


def test_what_a_user_names_is_never_left_out() -> None:
    mentors, mentees = (replace(t, columns={"skills_offered": t["skills_offered"]}) for t in Crowd(0, 2, 2).tables())
    for program, column in (
        (Program(criteria=[Skills()]), "skills_wanted"),
        (Program(criteria=[Goals()]), "goals"),
        (Program(criteria=[Stranger()], rules=[GradeGap()]), "grade"),
        (Program(criteria=[Stranger()], rules=[Same(column="skils_offered")]), "'skils_offered'.*'skills_offered'"),
    ):
        with pytest.raises(ProgramError, match=column):
            program.resolved(mentors, mentees)
    lines = replace(mentors, lines=None)
    with pytest.raises(ProgramError, match="manager_id"):
        Program(criteria=[Stranger()], rules=[OutsideReportingLine()]).resolved(lines, mentees)


def test_the_reader_is_told_which_columns_to_keep() -> None:
    program = Program(criteria=[Background(columns=("hat", "shoes"))], rules=[Same(column="shift")])
    assert program.binding().named == {"hat", "shoes", "shift"}


@given(st.lists(st.floats(5e-324, 1.7e308), min_size=1, max_size=12))
def test_weights_sum_to_exactly_the_whole(weights: list[float]) -> None:
    """Whatever their size: a hair's breadth, or so large that their sum is infinite."""
    sides = people("a"), people("b")
    model = compile_model(Program(criteria=[Stranger(w, share=1.0) for w in weights], rules=()), *sides)
    parts = model.parts(np.array([0]), np.array([0]))[:, 0]
    assert parts.sum() == SCALE
    assert parts.min() >= 0
    exact = np.array(weights) / max(weights)
    assert np.all(np.abs(parts - exact / exact.sum() * SCALE) <= 1)


def test_criteria_of_one_kind_have_names_of_their_own() -> None:
    model = compile_model(Program(criteria=[Stranger(), Stranger(), Stranger()], rules=()), people("a"), people("b"))
    assert len(set(model.names)) == 3


# ---------------------------------------------------------------- the model


@pytest.mark.slow
@given(problems(most=8))
def test_a_pair_may_be_exactly_where_nothing_forbids_it(problem: Problem) -> None:
    model = problem.compiled().model
    i, j = np.indices(model.shape).reshape(2, -1)
    barred = np.zeros(len(i), bool)
    for reason in model.reasons(i, j).values():
        barred |= reason
    assert np.array_equal(model.eligible(i, j), ~barred)


def test_nobody_is_paired_with_themselves() -> None:
    same = people("x", "y"), people("y", "z", "x")
    model = compile_model(Program(criteria=[Stranger()], rules=()), *same)
    i, j = np.indices(model.shape).reshape(2, -1)
    assert [
        (same[0].ids[a], same[1].ids[b]) for a, b in zip(i, j, strict=True) if not model.eligible(i, j)[3 * a + b]
    ] == [
        ("x", "x"),
        ("y", "y"),
    ]


def test_reasons_say_nothing_of_a_complaint() -> None:
    program = Program(criteria=[Stranger()], rules=[Exclude((("x", "y"),)), MinScore(0.9)])
    model = compile_model(program, people("x"), people("y"))
    reasons = model.reasons(np.array([0]), np.array([0]))
    assert {name for name, barred in reasons.items() if barred[0]} == {"not available", "min_score"}


@given(SEEDS, st.integers(0, 30), st.integers(0, 2**63 - 1))
def test_the_canonical_order_is_one_order_of_the_ids(seed: int, size: int, key: int) -> None:
    draw = np.random.default_rng(seed)
    ids = np.array([f"E{k:03d}" for k in draw.permutation(size)], dtype=object)
    ordered = ids[canonical_order(ids, key)]
    again = draw.permutation(size)
    assert np.array_equal(ids[again][canonical_order(ids[again], key)], ordered)
    assert sorted(ordered) == sorted(ids)


def test_the_seed_draws_the_lottery() -> None:
    ids = np.array([f"E{k}" for k in range(50)], dtype=object)
    assert len({tuple(canonical_order(ids, seed)) for seed in range(20)}) == 20


@pytest.mark.slow
@given(problems(most=7, locks=False), SEEDS)
def test_points_belong_to_people_and_not_to_rows(problem: Problem, seed: int) -> None:
    mentors, mentees = problem.crowd.tables()
    one = compiled(problem.program(), mentors, mentees)
    two = compiled(problem.program(), permuted(mentors, seed), permuted(mentees, seed + 1))
    assert np.array_equal(one.model.mentors.ids, two.model.mentors.ids)
    assert np.array_equal(one.points(), two.points())
    assert np.array_equal(one.eligible(), two.eligible())


# ---------------------------------------------------------------- capacities and locks


def test_capacities_come_from_the_columns_and_from_limits() -> None:
    mentors = people("a", "b", "c", capacity=number([9, math.nan, 0]), min_pairs=number([2, math.nan, 0]))
    mentees = people("x", "y")
    program = Program(criteria=[Stranger()], rules=())
    model = compile_model(program, mentors, mentees)
    assert [c.tolist() for c in model.capacity] == [[3, 1, 0], [1, 1]], (
        "nobody has room for more than there are and one who joins"
    )
    assert [c.tolist() for c in model.minimum] == [[2, 0, 0], [0, 0]]
    limited = Program(criteria=[Stranger()], rules=(), limits=[Capacity(mentors=2, mentees=4), Capacity(mentees=2)])
    assert [c.tolist() for c in compile_model(limited, mentors, mentees).capacity] == [[2, 2, 0], [2, 2]]


def test_more_pairs_needed_than_allowed_is_an_error_naming_the_person() -> None:
    needy = people("ann", capacity=number([1]), min_pairs=number([2]))
    with pytest.raises(InfeasibleError, match=r"ann needs 2 pairs .* may have 1"):
        compile_model(Program(criteria=[Stranger()], rules=()), needy, people("x", "y"))
    with pytest.raises(InfeasibleError, match=r"ann needs 2 pairs .* there is 1 mentee$"):
        compile_model(Program(criteria=[Stranger()], rules=()), needy, people("x"))


def locked(*pairs: tuple[str, str], rules: tuple[Rule, ...] = (), **capacity: Column) -> Program:
    return Program(criteria=[Stranger()], rules=rules, limits=[Lock(pairs)])


def test_a_lock_that_breaks_a_rule_names_both() -> None:
    sides = people("a", team=category(["x"])), people("b", team=category(["y"]))
    with pytest.raises(InfeasibleError, match=r"a → b .*same"):
        compile_model(locked(("a", "b"), rules=(Same(column="team"),)), *sides)
    with pytest.raises(InfeasibleError, match=r"a → b .*not available"):
        compile_model(locked(("a", "b"), rules=(Exclude((("b", "a"),)),)), *sides)
    with pytest.raises(InfeasibleError, match=r"a → b .*min_score"):
        compile_model(locked(("a", "b"), rules=(MinScore(0.75),)), *sides)


def test_a_lock_that_breaks_another_names_both() -> None:
    with pytest.raises(InfeasibleError, match=r"a → x and a → y give a 2 pairs.*capacity of 1"):
        compile_model(locked(("a", "x"), ("a", "y")), people("a"), people("x", "y"))
    with pytest.raises(InfeasibleError, match=r"a → x and b → x give x 2 pairs"):
        compile_model(locked(("a", "x"), ("b", "x")), people("a", "b"), people("x"))


def test_a_lock_on_nobody_is_an_error_with_a_suggestion() -> None:
    with pytest.raises(ProgramError, match=r"no mentor has the id 'ana'.*'ann'"):
        compile_model(locked(("ana", "x")), people("ann"), people("x"))
    with pytest.raises(ProgramError, match="no mentee"):
        compile_model(locked(("ann", "y")), people("ann"), people("x"))


def test_a_pair_locked_by_two_limits_is_locked_once() -> None:
    program = Program(criteria=[Stranger()], rules=(), limits=[Lock((("a", "x"),)), Lock((("a", "x"),))])
    for kind in (1, 2):
        sides = people("a", capacity=number([kind])), people("x", capacity=number([kind]))
        assert compile_model(program, *sides).locked_keys.tolist() == [0]


# ---------------------------------------------------------------- what a criterion of one's own may do wrong


@dataclass(frozen=True)
class Both(Stranger):
    def tile(self, mentors: Table, mentees: Table) -> Any:
        return object()


@dataclass(frozen=True)
class Neither(Criterion):
    pass


@dataclass(frozen=True)
class Across(Stranger):
    def factors(self, mentors: Table, mentees: Table) -> Factors:
        return constant(0.5, len(mentors.ids), len(mentees.ids)).T


@dataclass(frozen=True)
class Uneven(Stranger):
    def factors(self, mentors: Table, mentees: Table) -> Factors:
        return Factors.of(np.full((len(mentors.ids), 1), 0.3), np.full((len(mentees.ids), 1), 0.3))


@pytest.mark.parametrize(
    ("criterion", "said"),
    [(Both(), "either"), (Neither(), "either"), (Across(), "mentors × mentees"), (Uneven(), "uneven: off the grid")],
    ids=lambda x: str(x),
)
def test_a_criterion_that_cannot_be_compiled_is_named(criterion: Criterion, said: str) -> None:
    with pytest.raises(ProgramError, match=said):
        compile_model(Program(criteria=[criterion], rules=()), people("a"), people("x", "y"))


@pytest.mark.parametrize("kind", [PLAIN, GAPS, COARSE, SHARED], ids=["plain", "gaps", "coarse", "shared"])
def test_the_default_program_compiles_for_people_of_every_kind(kind: Any) -> None:
    made = compiled(Program(), *Crowd(1, 20, 15, kind).tables())
    assert made.model.names == ("skills", "reciprocity", "goals", "department", "background")
    assert made.points().max() <= SCALE
    assert [type(c) for c in made.model.program.criteria] == [Skills, Reciprocity, Goals, Department, Background]


def test_a_family_left_to_its_default_stays_so_in_a_file() -> None:
    """Reading back must not turn what was merely usual into something that the user insists on."""
    program = Program(criteria=(Skills(),))
    again = Program.model_validate(tomllib.loads(program.to_toml()))
    assert again == program
    assert again.model_fields_set & {"criteria", "rules", "limits", "objectives"} == {"criteria"}
    bare = rmatch.from_records(
        [
            {"employee_id": "1", "role": "mentor", "skills_offered": "SQL"},
            {"employee_id": "2", "role": "mentee", "skills_wanted": "SQL"},
        ]
    )
    assert len(rmatch.match(bare, again).pairs) == 1


def test_what_is_left_out_says_whose_answers_are_missing() -> None:
    """Where the others have some, a column without answers is that of one side."""
    people = [
        {"employee_id": "1", "role": "mentor", "skills_offered": "SQL", "goals": "a", "location": "Berlin"},
        {"employee_id": "2", "role": "mentee", "skills_wanted": "SQL"},
    ]
    notes = [note.partition(", ")[2] for note in rmatch.match(rmatch.from_records(people)).left_out]
    assert notes == [
        "the export has no answers in the mentees' skills_offered, the mentors' skills_wanted",
        "the export has no answers in the mentees' goals",
        "the export has no answers in department",
        "the export has no answers in career_path, job_family, the mentees' location, tenure_band",
        "the export has no answers in grade",
        "the export has no answers in manager_id",
    ]


def test_lists_are_taken_and_kept_as_tuples() -> None:
    """By a type checker too: no field says that it must be a tuple of any length."""
    program = Program(rules=[Exclude([("a", "b")])], objectives=[MostPairs(), Bands([0.2, 0.4]), Total()])
    assert program == Program(rules=(Exclude((("a", "b"),)),), objectives=(MostPairs(), Bands((0.2, 0.4)), Total()))
    assert str(program) == "Program(5 criteria, 1 rules, 0 limits, 3 objectives, seed 0)"
    assert hash(program.rules[0]) == hash(Exclude((("a", "b"),)))
    families: list[Any] = [Criterion, Rule, Limit, Objective]
    for kind in [Program, Track, *(kind for family in families for kind in elements.known(family).values())]:
        assert not [note for note in vars(kind).get("__annotations__", {}).values() if ", ...]" in note], kind


def test_tables_are_taken_as_a_file_has_them() -> None:
    """By a type checker too: no field says that its class must be made first."""
    program = Program(
        roles={"column": "grade", "mentor": {"at_most": 4}, "mentee": {"at_least": 8}},
        columns={"grade": {"source": "Level"}},
        term={"start": "2026-03-02", "end": "2026-08-30", "meetings": 6},
        tracks=[{"name": "reverse", "teaches": "junior"}],
        criteria=[Skills(values={"SQL": 2.0})],
    )
    assert isinstance(program.tracks[0], Track)
    assert program == Program.model_validate(tomllib.loads(program.to_toml()))
    assert (program.columns["grade"].source, program.criteria) == ("Level", (Skills(values=[("SQL", 2.0)]),))
    personal = Program(personal={"column": "focus", "factor": 2})
    assert personal.personal is not None
    assert personal.personal.factor == 2
    with pytest.raises(rmatch.ProgramError, match=r"unknown key `columns.grade.sorce`. Did you mean 'source'"):
        Program(columns={"grade": {"sorce": "Level"}})
