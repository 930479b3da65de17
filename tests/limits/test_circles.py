"""Circles: nobody or at least so many, against every plan there is, and what a program with them says."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import meaning
import numpy as np
import pandas as pd
import pytest

import rmatch
from rmatch import criteria, limits, objectives, solvers
from rmatch.limits import Circles, Limit, rows_of
from rmatch.proof.problem import problem_of
from rmatch.proof.verify import broken_limits
from rmatch.rows import Part, People, Row
from rmatch.solve import run
from rmatch.solve.branch_and_bound import settle
from rmatch.testing import Unlawful, check_limit

FIRST = (objectives.MostPairs(), objectives.Total())


def people(draw: np.random.Generator, m: int, n: int) -> pd.DataFrame:
    """Mentors and mentees, some of whom say how many pairs they may have."""
    rows = [(f"j{k}", "mentor") for k in range(m)] + [(f"s{k}", "mentee") for k in range(n)]
    frame = pd.DataFrame(rows, columns=["employee_id", "role"])
    mentor = frame["role"] == "mentor"
    room = np.where(mentor, draw.choice(["", "2", "3", "9"], len(frame)), draw.choice(["", "2"], len(frame)))
    must = np.where(mentor & (draw.random(len(frame)) < 0.1), "1", "")
    team = draw.choice(["a", "b"], len(frame))
    return frame.assign(capacity=room, min_pairs=must, department=team, location=draw.choice(["x", "y"], len(frame)))


def older(draw: np.random.Generator, m: int, n: int) -> list[Limit]:
    """A few of the older limits."""
    every = [
        limits.Spread("mentor", "department", most=2),
        limits.Share("location", least=0.4),
        limits.Group("mentee", "department", most=3),
        limits.TotalPairs(most=int(draw.integers(2, 6))),
        limits.Lock(((f"j{draw.integers(m)}", f"s{draw.integers(n)}"),)),
        limits.Changes(((f"j{draw.integers(m)}", f"s{draw.integers(n)}"),), most=0),
        limits.Capacity(mentees=1),
    ]
    return [limit for limit in every if draw.random() < 0.2]


def orders(draw: np.random.Generator) -> tuple[objectives.Objective, ...]:
    """Objectives in some order."""
    between: list[objectives.Objective] = [
        objectives.WorstPair(),
        objectives.Bands((0.5,)),
        objectives.LeastLoad(),
        objectives.Priority(mentees=("s0", "s1")),
    ]
    some = tuple(each for each in between if draw.random() < 0.15)
    return (*FIRST[:1], *some, *FIRST[1:]) if draw.random() < 0.7 else (objectives.Total(floor=0.25),)


def asked(seed: int) -> tuple[rmatch.Roster, rmatch.Program]:
    """A small programme with circles of two or three."""
    draw = np.random.default_rng(seed)
    m, n = int(draw.integers(1, 4)), int(draw.integers(2, 6))
    scores = np.where(draw.random((m, n)) < 0.85, draw.integers(0, 65, (m, n)) / 64, np.nan)
    open_ = np.flatnonzero(~np.isnan(scores))
    scores.ravel()[draw.permutation(open_)[12:]] = np.nan
    table = pd.DataFrame(scores, [f"j{k}" for k in range(m)], [f"s{k}" for k in range(n)])
    circles = Circles(int(draw.integers(2, 4)), int(draw.integers(3, 5)))
    program = rmatch.Program(
        criteria=(criteria.PairScores(frame=table),),
        rules=(),
        limits=(circles, *older(draw, m, n)),
        objectives=orders(draw),
    )
    return rmatch.from_frame(people(draw, m, n), program=program), program


@pytest.mark.trials
@pytest.mark.slow
@pytest.mark.parametrize("block", range(4))
def test_the_plan_is_the_best_of_all_there_are(block: int) -> None:
    """Also where it is impossible; and no plan with a circle that is too small passes the check."""
    solved = small = 0
    for seed in range(60 * block, 60 * block + 60):
        roster, program = asked(seed)
        question = meaning.Question.of(roster, program)
        best, names = meaning.best_by_trying(question), question.names
        try:
            matching = rmatch.match(roster, program)
        except rmatch.InfeasibleError:
            assert best is None, seed
            continue
        except rmatch.ProgramError:  # nobody has room for a circle, as a test of its own says
            assert best is None or best[0] == 0, seed
            continue
        plan = [(names[0].index(a), names[1].index(b)) for a, b in matching.pair_ids]
        assert meaning.lawful(question)(plan), seed
        assert best == meaning.values(question)(plan), seed
        assert matching.status is rmatch.Status.OPTIMAL, seed
        assert matching.verify(roster).ok, seed
        solved += 1
        problem = problem_of(matching.program, *roster.tables())
        for gone in range(len(plan)):
            less = [pair for k, pair in enumerate(plan) if k != gone]
            said = list(broken_limits(problem, *np.array(less, np.int64).reshape(-1, 2).T))
            assert meaning.keeps(program.limits[0], question)(less) == (not any("circles" in x for x in said)), seed
            small += bool(said)
    assert solved >= 25
    assert small >= 25


def with_changes(seed: int) -> tuple[rmatch.Roster, rmatch.Program]:
    """Some programme with circles or without, and a budget of changes of several earlier pairs."""
    draw = np.random.default_rng(seed)
    roster, program = asked(seed)
    names = [[str(id_) for id_ in table.ids] for table in roster.tables()]
    earlier = sorted({(str(draw.choice(names[0])), str(draw.choice(names[1]))) for _ in range(draw.integers(1, 6))})
    others = tuple(limit for limit in program.limits if not isinstance(limit, limits.Changes))
    own = (*others[draw.random() < 0.3 :], limits.Changes(tuple(earlier), int(draw.integers(0, 2))))
    return roster, program.model_copy(update={"limits": own})


@pytest.mark.trials
@pytest.mark.slow
@pytest.mark.parametrize("block", range(2))
def test_rules_alone_excuse_a_change_and_a_refusal_says_how_many_are_needed(block: int) -> None:
    told = solved = 0
    for seed in range(100 * block, 100 * block + 100):
        roster, program = with_changes(seed)
        question = meaning.Question.of(roster, program)
        try:
            matching = rmatch.match(roster, program)
        except rmatch.InfeasibleError as error:
            said = re.search(r"at least (-?[\d,]+) (?:have to be|given up)", str(error))
        except rmatch.ProgramError:  # nobody has room for a circle
            continue
        else:
            solved += 1
            best = meaning.best_by_trying(question)
            assert best == tuple(stage.value for stage in matching.certificate.stages), seed
            continue
        assert meaning.best_by_trying(question) is None, seed
        (changes,) = (limit for limit in program.limits if isinstance(limit, limits.Changes))
        rest = meaning.lawful(replace(question, limits=tuple(x for x in question.limits if x is not changes)))
        going_on = {question.named(pair) for pair in question.pairs} & {*changes.pairs}
        plans = [{question.named(pair) for pair in plan} for plan in meaning.plans(question.pairs) if rest(plan)]
        needed = min((len(going_on - plan) for plan in plans), default=None)
        assert (None if said is None else int(said[1])) == needed, seed
        told += said is not None
    assert told >= 10
    assert solved >= 20


def company(mentors: int = 12, mentees: int = 15) -> pd.DataFrame:
    return rmatch.datasets.workforce(mentors, mentees, seed=3).drop(columns=["capacity"])


def test_a_circle_is_shown_wherever_pairs_are(tmp_path: Path) -> None:
    roster = rmatch.from_frame(company())
    program = rmatch.Program(limits=(Circles(3, 5), limits.Spread("mentor", "department", most=2)))
    matching = rmatch.match(roster, program)
    pairs = matching.pairs
    assert matching.status is rmatch.Status.OPTIMAL
    assert pairs.groupby("mentor_id").size().between(3, 5).all()
    assert pairs.groupby(["mentor_id", "mentee_department"]).size().max() <= 2
    for mentor, circle in pairs.groupby("mentor_id"):
        for _, pair in circle.iterrows():
            others = sorted(set(circle["mentee_name"]) - {pair["mentee_name"]})
            assert pair["circle"] == "; ".join(others), mentor
    matching.to_html(tmp_path / "cards.html", view="participant")
    assert "In a circle with" in (tmp_path / "cards.html").read_text("utf-8")
    matching.to_html(tmp_path / "report.html")
    assert "In a circle with" in (tmp_path / "report.html").read_text("utf-8")
    waiting = matching.unmatched.query("role == 'mentor' and reason == 'LIMIT_REACHED'")
    assert waiting["detail"].str.contains("a whole circle or none").all()
    assert re.search(r"\d circles of 3 to \d mentees", (tmp_path / "report.html").read_text("utf-8"))


def test_without_circles_there_is_no_column_of_them() -> None:
    assert "circle" not in rmatch.match(rmatch.from_frame(company())).pairs


def test_who_is_asked_how_it_is_solved() -> None:
    method = solvers.which(rmatch.from_frame(company()), rmatch.Program(limits=(Circles(),)))
    assert method.name == "declared rows"
    assert "each mentor has no mentee or a circle of 3 to 8" in str(method)


def test_a_capacity_that_allows_no_circle_is_refused() -> None:
    roster = rmatch.from_frame(company().assign(capacity="2"))
    with pytest.raises(rmatch.ProgramError, match=r"no mentor may have more than 2; raise their `capacity`, or lower"):
        rmatch.match(roster, rmatch.Program(limits=(Circles(),)))


def test_too_few_mentees_for_a_circle_leave_everybody_alone() -> None:
    matching = rmatch.match(rmatch.from_frame(company(4, 2)), rmatch.Program(limits=(Circles(),)))
    assert len(matching.pairs) == 0
    assert matching.status is rmatch.Status.OPTIMAL
    assert matching.program.limits[0].figure(matching.model.people, *matching.chosen) == "no circles"


def test_a_plan_for_many_is_within_a_thousandth(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond so many people, cases are left unlooked at once the plan is that near its bound."""
    monkeypatch.setattr(settle, "_FEW", 0)
    monkeypatch.setattr(settle, "_ENOUGH", 0.05)
    roster, program = rmatch.from_frame(company(40, 30)), rmatch.Program(limits=(Circles(),))
    matching = rmatch.match(roster, program)
    assert matching.gap <= 0.05 * matching.total
    assert matching.verify(roster).ok


def test_more_people_than_rows_are_solved_for_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "MOST_BY_ROWS", 100)
    with pytest.raises(rmatch.ProgramError, match=r"solved for up to 100 pairs of people, and here are 180"):
        rmatch.match(rmatch.from_frame(company()), rmatch.Program(limits=(Circles(),)))


def test_a_stranger_says_it_of_mentees() -> None:
    """A row of one's own may leave either side's people without pairs or with several."""

    class Panels(Limit):
        def rows(self, people: People) -> tuple[Row, ...]:
            return (Row("panels", (Part(),), 2, 3, "mentee", or_none=True),)

        def grants(self, side: str) -> int | None:
            return 3 if side == "mentee" else None

        def in_words(self) -> str:
            return "each mentee has none or two or three"

    matching = rmatch.match(rmatch.from_frame(company(7, 5)), rmatch.Program(limits=(Panels(),)))
    assert set(matching.pairs.groupby("mentee_id").size()) <= {2, 3}
    assert matching.status is rmatch.Status.OPTIMAL


@pytest.mark.parametrize("row", [Row("odd", (Part(),), 2, 3, None, True), Row("odd", (Part(2),), 2, 3, "mentor", True)])
def test_a_row_of_something_else_cannot_be_none(row: Row) -> None:
    class Odd(Limit):
        def rows(self, people: People) -> tuple[Row, ...]:
            return (row,)

    with pytest.raises(Unlawful, match=r"`or_none` is for rows that count each person's pairs"):
        check_limit(Odd())
    roster = rmatch.from_frame(company(3, 3))
    with pytest.raises(rmatch.ProgramError, match=r"`or_none` of the row 'odd' is for rows that count each person's"):
        rows_of((Odd(),), People(*roster.tables(), lambda i, j: i >= 0))
