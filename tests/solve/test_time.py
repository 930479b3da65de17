"""Whenever the time ends there is an answer: a lawful plan with a true bound. No solver outlives its caller."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import oracles
import pandas as pd
import pytest
from ending import ending
from hypothesis import given
from hypothesis import strategies as st
from strategies import SEEDS, Problem, problems
from threadpoolctl import threadpool_info

import rmatch
from rmatch._util import deadline
from rmatch._util.threads import one_thread
from rmatch.criteria import PairScores
from rmatch.errors import InfeasibleError, SolverError
from rmatch.limits import Share, Spread
from rmatch.problem.build import prepare
from rmatch.proof.problem import Problem as Checked
from rmatch.proof.verify import verify
from rmatch.solve.backends import _ortools, _subprocess
from rmatch.solve.fallback import greedy_plan
from rmatch.solve.run import certified, solve
from rmatch.solve.scan import executors, kernel
from rmatch.solve.scan.kernel import Kernel

pytestmark = pytest.mark.slow

SLEEPS = (sys.executable, "-c", "import sys, time; sys.stdin.buffer.read(); time.sleep(60)")


@given(problems(most=10), st.integers(0, 60))
def test_whenever_the_time_ends_the_plan_is_lawful_and_the_bound_true(problem: Problem, patience: int) -> None:
    made = problem.compiled()
    model, bounds = made.model, made.bounds
    worth = made.points() - model.floor
    expected = oracles.best_by_milp(worth, made.eligible(), bounds.capacity, bounds.minimum, bounds.most_pairs)
    with ending(patience):
        try:
            proof = solve(model)
        except InfeasibleError:
            assert expected is None
            return
    assert expected is not None
    pairs, certificate = certified(model, proof)
    parts = model.parts(*pairs)
    result = verify(made.checked(), pairs, parts.sum(0), parts, certificate, proved=certificate.proved)
    assert result.ok, result
    locked = len(model.locked[0])
    most = certificate.stage("most_pairs")
    if most is not None:
        assert most.value == len(pairs[0]) <= expected[0] + locked <= most.bound
        assert not certificate.proved or len(proof.i) == expected[0]
    if len(proof.i) == expected[0] or most is None:
        assert proof.total <= expected[1] <= proof.bound


def test_a_limit_that_is_over_at_once_still_gives_a_plan_that_verifies() -> None:
    roster = rmatch.from_frame(rmatch.datasets.workforce(300, 200, seed=1))
    matching = rmatch.match(roster, time_limit=1e-9)
    assert matching.status is rmatch.Status.FEASIBLE
    assert matching.total < matching.bound
    assert matching.verify()
    assert matching.verify(roster)
    best = rmatch.match(roster)
    assert matching.total <= best.total <= matching.bound
    assert rmatch.match(roster, time_limit=1e9).to_json() == best.to_json()
    assert rmatch.match(roster, time_limit=10**400).to_json() == best.to_json()


@pytest.mark.parametrize("seed", range(3))
def test_without_any_time_shares_leave_as_many_pairs(seed: int) -> None:
    roster = rmatch.from_frame(rmatch.datasets.workforce(60, 50, seed=seed))
    shares = Share("department", differ=False, least=0.3), Share("location", differ=False, least=0.4)
    plain = rmatch.match(roster)
    program = plain.program.model_copy(update={"limits": (*plain.program.limits, *shares)})
    best, hasty = rmatch.match(roster, program), rmatch.match(roster, program, time_limit=1e-9)
    assert len(hasty.pairs) == len(best.pairs) > 40
    assert hasty.total <= best.total + 1e-9
    assert hasty.total + hasty.gap >= best.total - 1e-9
    assert hasty.verify()


def test_a_bound_on_the_number_of_pairs_that_nothing_proves_is_the_room_there_is() -> None:
    """Twelve pairs are possible, one for everybody, and the hasty plan finds few of them."""
    scores = np.full((12, 12), np.nan)
    scores[np.arange(12), (np.arange(12) * 5 + 3) % 12] = 0.5
    frame = pd.DataFrame(scores, [f"a{k}" for k in range(12)], [f"b{k}" for k in range(12)])
    people = [{"employee_id": id_, "role": "mentor" if id_[0] == "a" else "mentee"} for id_ in (*frame.index, *frame)]
    program = rmatch.Program(criteria=(PairScores(frame=frame),), rules=())
    roster = rmatch.from_records(people, program=program)
    late, best = rmatch.match(roster, program, time_limit=1e-9), rmatch.match(roster, program)
    found = late.stages.set_index("objective").loc["most_pairs"]
    assert (found["value"], found["bound"], found["gap"]) == (len(late.pairs), 12, 12 - len(late.pairs))
    assert len(late.pairs) < len(best.pairs) == 12
    assert late.status is rmatch.Status.FEASIBLE
    assert late.verify(roster)


@pytest.mark.parametrize("least", ["0", "1"])
@pytest.mark.parametrize("limits", [(), (Spread("mentor", "location"),)], ids=["plain", "spread"])
def test_whoever_must_have_a_pair_has_one_however_little_time_there_is(least: str, limits: tuple[Spread, ...]) -> None:
    people = rmatch.datasets.workforce(30, 20, seed=3).assign(manager_id="", capacity="2")
    people.loc[people["role"] == "mentee", "min_pairs"] = least
    roster = rmatch.from_frame(people)
    late = rmatch.match(roster, rmatch.Program(rules=(), limits=limits), time_limit=1e-9)
    assert late.verify(roster)
    assert least == "0" or set(late.pairs["mentee_id"]) == set(roster.mentees.index)
    best = rmatch.match(roster, rmatch.Program(rules=(), limits=limits))
    most = late.stages.set_index("objective").loc["most_pairs", "bound"]
    assert len(late.pairs) <= len(best.pairs) <= most


def test_limits_nest_and_end_with_their_block() -> None:
    assert deadline.until() == np.inf
    with deadline.limited(100):
        outer = deadline.until()
        with deadline.limited(1e6):
            assert deadline.until() == outer
        with deadline.limited(1):
            assert deadline.until() < outer
        with deadline.limited(None):
            assert deadline.until() == outer
    assert deadline.until() == np.inf


# ---------------------------------------------------------------- a process of its own


@given(SEEDS, st.integers(1, 6))
def test_engines_answer_the_same_in_a_process_of_their_own(seed: int, n: int) -> None:
    """A few examples only: each starts three processes."""
    if seed % 8:
        return
    draw = np.random.default_rng(seed)
    tail, head = (k.astype(np.int64) for k in np.nonzero(draw.random((n, n)) < 0.7))
    if not len(tail):
        return
    cost, ones = draw.integers(-9, 9, len(tail)), np.ones(len(tail), np.int64)
    supply = np.zeros(2 * n, np.int64)
    supply[tail[0]], supply[n + head[0]] = 1, -1
    questions = [
        ("assignment", np.array(n), tail, head, cost),
        ("largest_flow", tail, n + head, ones, np.array([tail[0], n + head[0]])),
        ("cheapest_flow", tail, n + head, ones, cost, supply),
    ]
    for question in questions:
        here = _subprocess.call(*question)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_subprocess, "LONG", 0)
            apart = _subprocess.call(*question)
        assert (here is None) == (apart is None)
        assert here is None or np.array_equal(here, apart)


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Every call has a process of its own."""
    monkeypatch.setattr(_subprocess, "LONG", 0)
    return monkeypatch


ONE = np.ones(1, np.int64)
QUESTION = "largest_flow", 0 * ONE, ONE, ONE, np.array([0, 1])


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import os; os.abort()", "crashed in its process"),
        ("import sys; sys.exit('no room left')", "no room left"),
        ("print('gibberish')", "crashed in its process"),
        ("", "crashed in its process"),
    ],
)
def test_a_crash_is_an_error_and_not_the_end(apart: pytest.MonkeyPatch, program: str, said: str) -> None:
    apart.setattr(_subprocess, "COMMAND", (sys.executable, "-c", program))
    with pytest.raises(SolverError, match=said):
        _subprocess.call(*QUESTION)


def test_a_process_that_cannot_start_is_an_error(apart: pytest.MonkeyPatch) -> None:
    apart.setattr(_subprocess, "COMMAND", ("/no/such/python",))
    with pytest.raises(SolverError, match="cannot be started"):
        _subprocess.call(*QUESTION)


def test_a_status_that_is_no_answer_is_told_by_the_process(apart: pytest.MonkeyPatch) -> None:
    nowhere = "largest_flow", 0 * ONE, ONE, ONE, np.array([0, 0])  # from a node to itself
    with pytest.raises(SolverError, match="largest-flow solver ended with"):
        _subprocess.call(*nowhere)
    apart.setattr(_subprocess, "LONG", 1 << 20)
    with pytest.raises(SolverError, match="largest-flow solver ended with"):
        _subprocess.call(*nowhere)


def test_the_process_ends_when_the_time_does(apart: pytest.MonkeyPatch) -> None:
    apart.setattr(_subprocess, "COMMAND", SLEEPS)
    begin = time.monotonic()
    with deadline.limited(0.3), pytest.raises(deadline.TimeUpError):
        _subprocess.call(*QUESTION)
    assert time.monotonic() - begin < 50  # it would have slept for sixty
    with deadline.limited(1e-9), pytest.raises(deadline.TimeUpError):
        _subprocess.call(*QUESTION)


@pytest.mark.skipif(os.name == "nt", reason="an interrupt cannot be sent to one's own thread there")
def test_an_interrupt_ends_the_process_and_reaches_the_caller(apart: pytest.MonkeyPatch) -> None:
    apart.setattr(_subprocess, "COMMAND", SLEEPS)
    begin = time.monotonic()
    timer = threading.Timer(0.5, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        _subprocess.call(*QUESTION)
    assert time.monotonic() - begin < 50


def test_a_problem_solved_apart_is_solved_the_same(apart: pytest.MonkeyPatch) -> None:
    roster = rmatch.from_frame(rmatch.datasets.workforce(40, 30, seed=1))
    assert rmatch.match(roster).to_json() == _with_everything_here(roster)


def _with_everything_here(roster: rmatch.Roster) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_subprocess, "LONG", 1 << 60)
        return rmatch.match(roster).to_json()


def test_the_program_of_the_process_imports_nothing_of_ours() -> None:
    source = Path(_ortools.__file__).read_text(encoding="utf-8")
    assert "from rmatch" not in source
    assert "import rmatch" not in source


# ---------------------------------------------------------------- threads


def test_an_interrupt_in_a_scan_waits_for_no_more_than_the_tiles_in_work() -> None:
    seen = []

    def work(job: int, workspace: executors.Workspace) -> int:
        seen.append(job)
        if job == 3:
            raise KeyboardInterrupt
        time.sleep(0.001)
        return job

    with pytest.raises(KeyboardInterrupt):
        executors.here(range(10_000), work, lambda found: found, 2)
    assert len(seen) < 9_000


def test_several_threads_may_match_at_once_and_blas_is_given_back() -> None:
    rosters = [rmatch.from_frame(rmatch.datasets.workforce(600, 500, seed=seed)) for seed in range(3)]
    alone = [rmatch.match(roster).to_json() for roster in rosters]
    before = [library["num_threads"] for library in threadpool_info()]
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(lambda roster: rmatch.match(roster).to_json(), rosters))
    assert together == alone
    assert [library["num_threads"] for library in threadpool_info()] == before


def test_overlapping_uses_of_one_thread_restore_what_was() -> None:
    before = [library["num_threads"] for library in threadpool_info()]
    first, second = one_thread(), one_thread()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    blas = [library for library in threadpool_info() if library["user_api"] == "blas"]
    assert all(library["num_threads"] == 1 for library in blas)
    second.__exit__(None, None, None)
    assert [library["num_threads"] for library in threadpool_info()] == before


def test_blas_has_one_thread_while_a_plan_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its threads would go on waiting beside ours, long after a small product."""
    matching = rmatch.match(rmatch.from_frame(rmatch.datasets.workforce(30, 30)))
    seen: list[int] = []

    def points(problem: object, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        seen.extend(library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas")
        return own(problem, i, j)

    own = Checked.points
    monkeypatch.setattr(Checked, "points", points)
    assert matching.verify()
    assert seen
    assert set(seen) == {1}


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other allocators have rules of their own")
def test_memory_that_is_freed_is_kept_for_the_next_array() -> None:
    """So its pages, 977 of them here, are made once and no more than once. In a process where nothing else was."""
    script = """
import resource
import numpy as np
from rmatch._util.memory import keep_freed_memory
keep_freed_memory()
for _ in range(2):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    np.ones((1000, 1000), np.float32)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
    own = {key: value for key, value in os.environ.items() if not key.startswith(("MALLOC_", "GLIBC_TUNABLES"))}
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=own).stdout
    assert int(told) < 100


def test_few_pairs_are_scanned_on_one_thread_and_others_on_every_core(monkeypatch: pytest.MonkeyPatch) -> None:
    model, _ = prepare(rmatch.from_frame(rmatch.datasets.workforce(30, 40)), None)
    monkeypatch.setattr(kernel, "THREADS", 3)
    assert Kernel.of(model).threads == 1
    monkeypatch.setattr(kernel, "_FEW", 30 * 40 - 1)
    assert Kernel.of(model).threads == 3
    assert Kernel.of(model, threads=2).threads == 2


@given(problems(most=10, locks=False), st.integers(1, 3))
def test_a_hasty_plan_is_lawful_however_soon_it_must_be_made(problem: Problem, rounds: int) -> None:
    made = problem.compiled()
    bounds = replace(made.bounds, minimum=(0 * made.bounds.minimum[0], 0 * made.bounds.minimum[1]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rmatch.solve.fallback._ROUNDS", rounds)
        plan = greedy_plan(made.model, made.kernel, bounds)
    assert made.model.eligible(plan.i, plan.j).all()
    for side, capacity in zip((plan.i, plan.j), bounds.capacity, strict=True):
        assert (np.bincount(side, minlength=len(capacity)) <= capacity).all()
    assert plan.total <= plan.bound


_PARENT = """
import pickle, subprocess, sys, time
child = (
    "import time; from rmatch.solve.backends import _ortools as e; "
    "e.ENGINES['sleep'] = lambda: time.sleep(60); print('ready', flush=True); e._serve()"
)
with subprocess.Popen([sys.executable, "-c", child], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
    process.stdout.readline()
    process.stdin.write(pickle.dumps(("sleep", ())))
    process.stdin.close()
    print(process.pid, flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a call of Linux")
def test_a_solvers_process_does_not_outlive_the_one_that_asked() -> None:
    with subprocess.Popen([sys.executable, "-c", _PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        time.sleep(1)  # it is at work
        assert Path(f"/proc/{child}/stat").exists()
        parent.kill()
    for _ in range(100):
        stat = Path(f"/proc/{child}/stat")
        if not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.1)
    pytest.fail("the solver's process lives on")
