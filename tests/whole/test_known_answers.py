"""Answers that others have published or computed, through the public API alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from places import DATA, EXAMPLES
from scipy.optimize import Bounds, LinearConstraint, milp

import rmatch
from rmatch.columns import IntArray, Items, Number, Table
from rmatch.criteria import Criterion, Factors, PairScores, Wishes, differs, same, table
from rmatch.rules import Exclude, GradeGap, Predicate, Rule

pytestmark = pytest.mark.slow

PROGRAMS = EXAMPLES / "programs"


def data(folder: str) -> Path:
    """A folder of real material, which lies beside the project and is no part of it."""
    if not (DATA / folder).is_dir():
        pytest.skip(f"no data in {DATA / folder}")
    return DATA / folder


def proved(matching: rmatch.Matching, roster: rmatch.Roster) -> bool:
    """Whether a matching claims to be best, and whoever checks it agrees."""
    assert matching.status is rmatch.Status.OPTIMAL
    assert matching.gap == 0
    assert (matching.stages["gap"] == 0).all()
    return bool(matching.verify()) and bool(matching.verify(roster))


def crowd(mentors: int, mentees: int, **columns: tuple[int, int]) -> pd.DataFrame:
    """People with nothing but an id, a role, and numbers that are the same for a whole side."""
    sides = ((f"a{k}", "mentor", 0) for k in range(mentors)), ((f"b{k}", "mentee", 1) for k in range(mentees))
    rows = [(id_, role, *(pair[side] for pair in columns.values())) for some in sides for id_, role, side in some]
    return pd.DataFrame(rows, columns=["employee_id", "role", *columns])


def scored(scores: np.ndarray) -> PairScores:
    m, n = scores.shape
    return PairScores(frame=pd.DataFrame(scores, [f"a{i}" for i in range(m)], [f"b{j}" for j in range(n)]))


# ---------------------------------------------------------------- assignment


@pytest.mark.parametrize(("n", "cost"), [(100, 305), (200, 475), (300, 626), (400, 804)])
def test_or_library_assignments_have_their_published_minimum(n: int, cost: int) -> None:
    numbers = np.array((data("assignment") / f"assign{n}.txt").read_text().split(), dtype=int)
    assert numbers[0] == n
    scores = (128 - numbers[1:].reshape(n, n)) / 128
    roster = rmatch.from_frame(crowd(n, n))
    matching = rmatch.match(roster, rmatch.Program(criteria=(scored(scores),), rules=()))
    assert len(matching.pairs) == n
    assert matching.total == matching.bound == n - cost / 128
    assert proved(matching, roster)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(("instance", "load", "total"), [(1, 6, 124.25), (2, 7, 141.5)])
def test_three_reviewers_a_paper_reach_the_published_total(
    instance: int, load: int, total: float, masked: bool
) -> None:
    folder = data("reviewers")
    words = (folder / f"preflib{instance}.in").read_text().split()
    papers, reviewers = int(words[0]), int(words[1])
    scores = np.array(words[2:], float).reshape(papers, reviewers).T  # reviewers teach, papers learn
    rules = ()
    if masked:
        mask = np.load(folder / f"preflib{instance}.npz")["mask_matrix"]
        assert mask.sum() == {1: 45, 2: 98}[instance]
        rules = (Exclude(tuple((f"a{i}", f"b{j}") for i, j in np.argwhere(mask))),)
    roster = rmatch.from_frame(crowd(reviewers, papers, capacity=(load, 3), min_pairs=(0, 3)))
    matching = rmatch.match(roster, rmatch.Program(criteria=(scored(scores),), rules=rules))
    assert (matching.pairs["mentee_id"].value_counts() == 3).all()
    assert matching.pairs["mentor_id"].value_counts().max() <= load
    assert len(matching.pairs) == 3 * papers
    assert matching.total == total
    assert proved(matching, roster)
    if masked:
        made = matching.pairs[["mentor_id", "mentee_id"]].map(lambda id_: int(id_[1:]))
        assert not mask[made["mentor_id"], made["mentee_id"]].any()


@pytest.mark.parametrize("by_rank", [(1.0,) * 54, (1.0, 0.6, 0.4, 0.25, 0.15)])
@pytest.mark.parametrize(("instance", "load", "total"), [(1, 6, 124.25), (2, 7, 141.5)])
def test_bids_of_reviewers_as_wishes_reach_what_an_integer_program_reaches(
    instance: int, load: int, total: float, by_rank: tuple[float, ...]
) -> None:
    """Reviewers list the papers that they want; SciPy says how many of these bids, or of what rank, can be met."""
    words = (data("reviewers") / f"preflib{instance}.in").read_text().split()
    papers, reviewers = int(words[0]), int(words[1])
    bids = np.array(words[2:], float).reshape(papers, reviewers).T
    yes = [np.flatnonzero(row == 1.0) for row in bids]
    wishes = ["; ".join(f"b{j}" for j in some) for some in yes] + [""] * papers
    frame = crowd(reviewers, papers, capacity=(load, 3), min_pairs=(0, 3)).assign(wishes=wishes)
    program = rmatch.Program(criteria=(Wishes(by_rank=by_rank, side="mentor"),), rules=())
    roster = rmatch.from_frame(frame, program=program)
    matching = rmatch.match(roster, program)
    worth = np.zeros((reviewers, papers))
    for i, some in enumerate(yes):
        worth[i, some[: len(by_rank)]] = by_rank[: len(some)]
    sides = [np.kron(np.eye(reviewers), np.ones(papers)), np.kron(np.ones(reviewers), np.eye(papers))]
    rows = LinearConstraint(np.vstack(sides), [0] * reviewers + [3] * papers, [load] * reviewers + [3] * papers)
    best = milp(-worth.ravel(), constraints=rows, bounds=Bounds(0, 1), integrality=1)
    assert matching.total == pytest.approx(-best.fun, abs=1e-4)
    assert matching.total <= total, "the published total counts every bid, so it is no less"
    assert len(matching.pairs) == 3 * papers
    assert proved(matching, roster)


CHOICES = {
    "A": ("Probab", "GrAppl", "Count", "Tree", "Color"),
    "B": ("Binary", "Sort", "Algo", "Tree", "Color", "Probab"),
    "C": ("Probab", "Count", "Tree", "Color", "Binary"),
    "D": ("Color", "Tree", "Baseball", "Sort", "GrAppl"),
    "E": ("Count",),
    "J": ("Color", "Binary", "GrAppl", "Tree", "Sort"),
    "JM": ("Baseball", "Tree", "Color", "Binary", "Count"),
    "M": ("Baseball", "Color", "Binary", "Tree", "Assign"),
}
"""Students' choices of projects, best first, from the model ``assignment with priorities IP`` of the course Math 308 at
Ohio University, which asks for the smallest sum of priorities if everybody has a project of their own choice."""


def test_a_university_s_ranked_project_choices_reach_the_minimum_of_its_own_model() -> None:
    """The published model says what is best, 12 in all; SciPy solves it, and ``Wishes`` comes to the same."""
    projects = sorted({project for some in CHOICES.values() for project in some})
    frame = pd.DataFrame({"employee_id": [*projects, *CHOICES], "role": ["mentor"] * len(projects) + ["mentee"] * 8})
    frame["wishes"] = [""] * len(projects) + ["; ".join(some) for some in CHOICES.values()]
    by_rank = tuple((7 - rank) / 8 for rank in range(1, 7))
    program = rmatch.Program(criteria=[Wishes(by_rank=by_rank)], rules=[rmatch.rules.MinScore(0.1)])
    roster = rmatch.from_frame(frame, program=program)
    matching = rmatch.match(roster, program)
    priority = np.array([[some.index(p) + 1 if p in some else 99 for p in projects] for some in CHOICES.values()])
    sides = [np.kron(np.eye(8), np.ones(len(projects))), np.kron(np.ones(8), np.eye(len(projects)))]
    rows = LinearConstraint(np.vstack(sides), [1] * 8 + [0] * len(projects), 1)
    best = milp(priority.ravel(), constraints=rows, bounds=Bounds(0, 1), integrality=1)
    made = [CHOICES[mentee].index(mentor) + 1 for mentor, mentee in matching.pair_ids]
    assert sum(made) == round(best.fun) == 12
    assert matching.total == (8 * 7 - 12) / 8
    assert proved(matching, roster)


# ---------------------------------------------------------------- survey


@dataclass(frozen=True)
class Overlap(Criterion):
    """How many wanted skills the junior offers, out of 64."""

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return ("skills_offered",), ("skills_wanted",)

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        offered, wanted = mentors["skills_offered"], mentees["skills_wanted"]
        assert isinstance(offered, Items)
        assert isinstance(wanted, Items)
        keys = np.union1d(offered.keys.astype(str), wanted.keys.astype(str))
        sides = []
        for items in (offered, wanted):
            held = np.zeros((len(items), len(keys)))
            held[items.rows, np.searchsorted(keys, items.keys.astype(str))[items.ids]] = 1
            sides.append(held)
        return (1 / 64) * Factors.of(*sides)


def survey(program: rmatch.Program) -> rmatch.Roster:
    return rmatch.read_csv(data("survey") / "developer_survey_have_want.csv", program=program)


def test_the_survey_reads_as_its_program_says() -> None:
    roster = survey(rmatch.Program.from_file(PROGRAMS / "survey.toml"))
    mentors, mentees = roster.tables()
    have, want = mentors["skills_offered"], mentees["skills_wanted"]
    assert isinstance(have, Items)
    assert isinstance(want, Items)
    assert (int((have.counts > 0).sum()), int((want.counts > 0).sum())) == (97, 194)
    skills = {*have.keys, *want.keys} - {""}
    assert len(skills) == 167
    assert "na" not in skills
    assert len(roster.accounts) == 500


def test_the_survey_overlaps_by_943_skills_at_most() -> None:
    written = rmatch.Program.from_file(PROGRAMS / "survey.toml")
    program = rmatch.Program(roles=written.roles, columns=written.columns, criteria=(Overlap(),), rules=())
    roster = survey(program)
    matching = rmatch.match(roster, program)
    assert matching.total * 64 == 943
    assert proved(matching, roster)


def test_the_survey_is_covered_to_72_470210_at_most() -> None:
    program = rmatch.Program.from_file(PROGRAMS / "survey.toml")
    roster = survey(program)
    matching = rmatch.match(roster, program)
    assert matching.total == pytest.approx(72.470210, abs=1e-4)
    assert proved(matching, roster)


# ---------------------------------------------------------------- sign-up sheets

GRADES = ("AA", "AO", "EO", "HEO", "SEO", "Grade 7", "Grade 6", "SCS1", "SCS2", "SCS3", "SCS4")


@dataclass(frozen=True)
class SchemeScore(Criterion):
    """Three for another organisation, four for one profession, twelve for two grades between them: out of 19."""

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return (("organisation", "job_family", "grade"),) * 2

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        two_apart = (np.abs(np.subtract.outer(np.arange(len(GRADES)), np.arange(len(GRADES)))) == 2).astype(float)
        return (
            3 / 19 * differs(mentors["organisation"], mentees["organisation"])
            + 4 / 19 * same(mentors["job_family"], mentees["job_family"])
            + 12 / 19 * table(mentors["grade"], mentees["grade"], two_apart, GRADES, GRADES)
        )


@dataclass(frozen=True)
class MentorAbove(Rule):
    """In this scheme the mentor is the senior one."""

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return ("grade",), ("grade",)

    def allows(self, mentors: Table, mentees: Table) -> Predicate:
        above, below = mentors["grade"], mentees["grade"]
        assert isinstance(above, Number)
        assert isinstance(below, Number)

        def allowed(i: IntArray, j: IntArray) -> np.ndarray:
            return above.values[i] > below.values[j]

        return allowed


def test_the_sign_up_sheets_reach_722() -> None:
    program = rmatch.Program(
        columns={
            "employee_id": {"source": "email address"},
            "name": {"source": ["first name", "last name"]},
            "job_family": {"source": "profession"},
            "grade": {"order": GRADES},
        },
        criteria=(SchemeScore(),),
        rules=(MentorAbove(),),
    )
    folder = data("mentoring")
    roster = rmatch.read_csv(folder / "mentors.csv", mentees=folder / "mentees.csv", program=program)
    assert (len(roster.mentors), len(roster.mentees)) == (50, 50)
    assert roster.mentors["name"].iloc[0] == "mentor 00"
    matching = rmatch.match(roster, program)
    assert len(matching.pairs) == 50
    assert round(matching.total * 19) == 722
    assert matching.total == pytest.approx(722 / 19, abs=50 * 3 / 2**20)
    assert proved(matching, roster)


# ---------------------------------------------------------------- staff lists

LISTS = {
    # department and date: rows of either sheet, rows that cannot stand, pairs
    "cabinet_office-2011-09-30": ((629, 235), 2, 233),
    "home_office-2012-09-30": ((933, 201), 22, 178),
}


@pytest.fixture(scope="module", params=LISTS)
def staff(request: pytest.FixtureRequest) -> tuple[str, rmatch.Roster, rmatch.Matching]:
    folder = data("organograms")
    program = rmatch.Program.from_file(PROGRAMS / "organogram.toml")
    roster = rmatch.read_csv(
        folder / f"{request.param}-junior.csv",
        mentees=folder / f"{request.param}-senior.csv",
        program=program,
        on_bad_rows="skip",
    )
    return request.param, roster, rmatch.match(roster, program)


def test_every_row_of_a_staff_list_is_accounted_for(staff: tuple[str, rmatch.Roster, rmatch.Matching]) -> None:
    name, _, matching = staff
    (juniors, seniors), rejected, pairs = LISTS[name]
    accounts = matching.accounts
    places = accounts.groupby("file")["row"].apply(sorted)
    assert places[f"{name}-junior.csv"] == [*range(2, juniors + 2)]
    assert places[f"{name}-senior.csv"] == [*range(2, seniors + 2)]
    count = accounts["status"].value_counts()
    assert count["rejected"] == rejected
    assert count["paired"] == 2 * pairs
    assert count["unmatched"] == len(matching.unmatched)
    assert count.sum() == juniors + seniors
    assert (accounts.loc[accounts["status"] == "rejected", "reason"] != "").all()
    assert (matching.unmatched["reason"] != "").all()


def test_a_staff_list_is_paired_by_grade_unit_profession_and_line(
    staff: tuple[str, rmatch.Roster, rmatch.Matching],
) -> None:
    _, roster, matching = staff
    pairs, (mentors, mentees) = matching.pairs, (roster.mentors, roster.mentees)
    juniors, seniors = mentors.loc[pairs["mentor_id"]], mentees.loc[pairs["mentee_id"]]
    order = {grade: k for k, grade in enumerate(matching.program.columns["grade"].order)}
    gap = seniors["grade"].map(order).to_numpy() - juniors["grade"].map(order).to_numpy()
    assert (gap >= 1).all()
    assert pairs["mentor_id"].str.startswith("mentors:").all()
    assert (juniors["manager_id"].to_numpy() != seniors.index.to_numpy()).all()
    elsewhere = np.char.lower(juniors["department"].to_numpy(str)) != np.char.lower(seniors["department"].to_numpy(str))
    assert (pairs["department"] > 0.5).eq(elsewhere).all()
    alike = np.char.lower(juniors["job_family"].to_numpy(str)) == np.char.lower(seniors["job_family"].to_numpy(str))
    known = (juniors["job_family"] != "").to_numpy() & (seniors["job_family"] != "").to_numpy()
    assert (pairs["similarity_job_family"] > 0.39).eq(alike)[known].all()
    assert proved(matching, roster)


def test_staff_lists_lose_only_whom_the_rules_leave_nobody(
    staff: tuple[str, rmatch.Roster, rmatch.Matching],
) -> None:
    name, roster, matching = staff
    left = matching.unmatched
    assert (left.loc[left["role"] == "mentee", "reason"] == "NO_ELIGIBLE_PARTNER").all()
    if name.startswith("home_office"):
        alone = left[left["reason"] == "NO_ELIGIBLE_PARTNER"]
        assert sorted(alone["role"]) == ["mentee"] + ["mentor"] * 5
        permanent_secretary = alone.loc[alone["role"] == "mentee", "employee_id"]
        assert (roster.mentees.loc[permanent_secretary, "grade"] == "SCS4").all()
        assert any(isinstance(rule, GradeGap) for rule in matching.program.rules)
