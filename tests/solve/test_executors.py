"""Where the work is done cannot be seen: no executor, threads, processes and a Dask cluster give the same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np
import pytest

import rmatch
from rmatch.columns import Table
from rmatch.criteria import Department, Skills
from rmatch.errors import SolverError
from rmatch.program import Program
from rmatch.rules import GradeGap, Predicate, Rule
from rmatch.solve.scan import executors, kernel

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def roster() -> rmatch.Roster:
    """Enough people that the first pass has many tiles."""
    return rmatch.from_frame(rmatch.datasets.workforce(n_mentors=420, n_mentees=380, seed=11, vocabulary=900))


@pytest.fixture
def journeys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make tiles small and every pass worth a journey."""
    monkeypatch.setattr(kernel, "ROWS", 64)
    monkeypatch.setattr(kernel, "COLUMNS", 2048)
    monkeypatch.setattr(kernel, "_MIN_REMOTE_TILES", 2)


@contextmanager
def processes() -> Iterator[Executor]:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield pool


@contextmanager
def dask() -> Iterator[Executor]:
    distributed = pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client.get_executor()


@pytest.mark.usefixtures("journeys")
@pytest.mark.parametrize(
    "where", [lambda: ThreadPoolExecutor(3), processes, dask], ids=["threads", "processes", "dask"]
)
def test_every_executor_gives_the_same_bytes(where: object, roster: rmatch.Roster) -> None:
    here = rmatch.match(roster).to_json()
    with where() as executor:  # type: ignore[operator]
        assert rmatch.match(roster, executor=executor).to_json() == here


class Counting(ThreadPoolExecutor):
    """Counts how often the cargo travels."""

    def __init__(self) -> None:
        super().__init__(2)
        self.sent: list[str] = []

    def submit(self, fn: object, /, *args: object, **kwargs: object) -> Future[object]:  # type: ignore[override]
        if args[1] is not None:
            self.sent.append(str(args[0]))
        return super().submit(fn, *args, **kwargs)  # type: ignore[arg-type]


@pytest.mark.usefixtures("journeys")
def test_what_all_tasks_need_travels_once_to_each_worker(roster: rmatch.Roster) -> None:
    executors._scans.clear()
    with Counting() as executor:
        rmatch.match(roster, executor=executor)
    loops = set(executor.sent)
    assert loops
    assert len(executor.sent) <= 4 * len(loops)  # threads share one memory; at most as many as were under way at once


@pytest.mark.usefixtures("journeys")
def test_nothing_that_travels_knows_a_name(roster: rmatch.Roster) -> None:
    cargo: list[bytes] = []

    class Spying(ThreadPoolExecutor):
        def submit(self, fn: object, /, *args: object, **kwargs: object) -> Future[object]:  # type: ignore[override]
            import pickle

            cargo.append(pickle.dumps(args))
            return super().submit(fn, *args, **kwargs)  # type: ignore[arg-type]

    with Spying(2) as executor:
        matching = rmatch.match(roster, executor=executor)
    seen = b"".join(cargo)
    assert len(seen) > 10_000
    for word in [*matching.pairs["mentor_name"].head(20), *matching.pairs["mentee_id"].head(20)]:
        assert word.encode() not in seen


@dataclass(frozen=True)
class Closed(Rule):
    """A stranger's rule whose predicate is a closure."""

    def allows(self, mentors: Table, mentees: Table) -> Predicate:
        """Everybody."""
        return lambda i, j: np.ones(len(i), bool)


@pytest.mark.usefixtures("journeys")
def test_a_rule_that_cannot_travel_is_a_clear_error(roster: rmatch.Roster) -> None:
    program = Program(criteria=(Skills(), Department()), rules=(GradeGap(), Closed()))
    with ThreadPoolExecutor(1) as executor, pytest.raises(SolverError, match="cannot travel"):
        rmatch.match(roster, program, executor=executor)


class Broken(ThreadPoolExecutor):
    """A cluster that loses its workers."""

    def submit(self, fn: object, /, *args: object, **kwargs: object) -> Future[object]:  # type: ignore[override]
        lost: Future[object] = Future()
        lost.set_exception(ConnectionError("the worker is gone"))
        return lost


@pytest.mark.usefixtures("journeys")
def test_a_lost_worker_is_a_clear_error(roster: rmatch.Roster) -> None:
    with Broken(1) as executor, pytest.raises(SolverError, match="the worker is gone"):
        rmatch.match(roster, executor=executor)


class Asleep(Executor):
    """Takes every piece of work and never does any."""

    def submit(self, *_: object, **__: object) -> Future[object]:  # type: ignore[override]
        return Future()


@pytest.mark.usefixtures("journeys")
def test_an_executor_that_sleeps_costs_no_more_than_the_time_that_was_given(roster: rmatch.Roster) -> None:
    matching = rmatch.match(roster, executor=Asleep(), time_limit=0.5)
    assert matching.status is rmatch.Status.FEASIBLE
    assert matching.verify()
