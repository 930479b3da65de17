"""Tests on a changed copy of the package: each trial is a fork of a process that has imported all that the tests need.

First the tests run once as the package is, and it is noted which of them run which line. A change is then tried by the
tests that run its statement, the quickest first, until one fails. What only runs while modules are imported is tried
by all of them. Nothing of rmatch itself is imported before the fork. Needs a system that can fork.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "rmatch"
PATIENCE = 10.0
"""So many times as long as its tests take otherwise, and that many seconds more, a change may take of a processor.

It may take as many times that by the clock: others may be busy, and a change may make the tests wait for ever.
"""

SLOW = 10.0
"""Processor seconds; a test that takes longer is not asked about every change.

A change that it alone would notice is not.
"""

_MOST_MEMORY = 12 << 30
_WARM = ("coverage", "hypothesis", "numpy", "ortools.graph.python.min_cost_flow", "pandas", "polars", "pyarrow",
         "pydantic", "openpyxl", "python_calamine", "scipy.optimize", "scipy.sparse.csgraph", "threadpoolctl",
         "tomli_w", "xdist", "xlsxwriter")  # fmt: skip


class Verdict(Enum):
    """What a trial tells of a change."""

    NOTICED = "noticed"
    UNNOTICED = "unnoticed"
    UNTOLD = "untold"  # the tests ended by a signal that was not ours


_ENDS = {0: Verdict.UNNOTICED, 1: Verdict.NOTICED, -signal.SIGXCPU: Verdict.NOTICED}


@dataclass(frozen=True)
class Seen:
    """Which tests run which line of which file, and how long each takes; ``""`` stands for the import of modules."""

    runs: Mapping[str, Mapping[int, frozenset[str]]]
    seconds: Mapping[str, float]

    def concerned(self, file: str, lines: range) -> list[str]:
        """The tests that run one of these lines, the quickest first."""
        found = {name for line in lines for name in self.runs.get(file, {}).get(line, ())}
        if "" in found:  # it runs when the module is imported, so it may matter to all
            found = set(self.seconds)
        every = {name for name in self.seconds if name in found or name.partition("::")[0] in found}
        return sorted(every, key=lambda name: (self.seconds[name], name))


@dataclass
class _Watch:
    """A plugin that tells coverage which test runs; what prepares a test may serve all of its file."""

    coverage: Any
    begun: float = 0.0
    seconds: dict[str, float] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        self.coverage.switch_context(_file(item))
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        self.coverage.switch_context(item.nodeid)
        self.begun = _spent()
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        self.coverage.switch_context(_file(item))
        return (yield)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            self.seconds[report.nodeid] = _spent() - self.begun
        elif report.failed:
            self.failed.append(report.nodeid)


@dataclass
class _Chosen:
    """A plugin that runs the named tests in their order."""

    names: Sequence[str]

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        place = {name: k for k, name in enumerate(self.names)}
        items[:] = sorted((item for item in items if item.nodeid in place), key=lambda item: place[item.nodeid])


def _spent() -> float:
    """Processor seconds of this process and of those that it has waited for."""
    return sum(os.times()[:4])


def place_of(name: str) -> str:
    """Where a file of tests stands, by its name: there is one of each. Ends the program where there is not."""
    found = list((ROOT / "tests").rglob(f"test_{name}.py"))
    if len(found) != 1:
        sys.exit(f"no file below tests is called test_{name}.py: name its tests in benchmarks/mutate.py")
    return found[0].relative_to(ROOT).as_posix()


def _file(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


class Trials:
    """A few copies of the package side by side, in each of which one change is tried at a time."""

    def __init__(self, tests: Sequence[str], at_once: int = 2) -> None:
        self.tests, self.at_once = [place_of(name) for name in tests], at_once
        self._serial = 10**9  # a time of change for every change, so that no compiled file is taken for another's
        for name in _WARM:
            try:
                __import__(name)
            except ImportError:
                continue

    @contextmanager
    def copies(self) -> Iterator[list[Path]]:
        """As many folders with a copy of the package as are used at once."""
        with tempfile.TemporaryDirectory() as folder:
            places = [Path(folder) / str(k) for k in range(self.at_once)]
            for place in places:
                shutil.copytree(PACKAGE, place / "rmatch", ignore=shutil.ignore_patterns("__pycache__"))
            yield places

    def watched(self, place: Path, files: Sequence[str]) -> Seen:
        """Run all tests on the package as it is. Ends the program where one fails."""
        told = place / "seen.json"
        child = self._fork(place, lambda: _watch(place, files, self.tests, told))
        _, status = os.waitpid(child, 0)
        if not told.exists():
            sys.exit(f"the tests ended with {os.waitstatus_to_exitcode(status)}: {_said(place)}")
        found = json.loads(told.read_text(encoding="utf-8"))
        if found["failed"]:
            sys.exit(f"its tests fail as it is: {', '.join(found['failed'][:5])}")
        runs = {
            file: {int(line): frozenset(names) for line, names in lines.items()}
            for file, lines in found["runs"].items()
        }
        return Seen(runs, {name: seconds for name, seconds in found["seconds"].items() if seconds <= SLOW})

    def tried(
        self, places: Sequence[Path], seen: Seen, changes: Sequence[tuple[str, range, str]]
    ) -> Iterator[tuple[int, Verdict]]:
        """Try every change, ``(file, lines of its statement, new source)``, and say how each one ends."""
        free, running = list(places), dict[int, tuple[int, Path, float, str]]()
        todo = list(enumerate(changes))[::-1]
        while todo or running:
            while todo and free:
                number, (file, lines, source) = todo.pop()
                names = seen.concerned(file, lines)
                if not names:
                    yield number, Verdict.UNNOTICED
                    continue
                place = free.pop()
                self._write(place / "rmatch" / file, source)
                most = PATIENCE * (1 + sum(seen.seconds[name] for name in names))
                end = time.monotonic() + PATIENCE * most
                child = self._fork(place, lambda place=place, names=names: _test(place, names), int(most))
                running[child] = number, place, end, file
            for child, verdict in _ended(running):
                number, place, _, file = running.pop(child)
                self._write(place / "rmatch" / file, (PACKAGE / file).read_text(encoding="utf-8"))
                free.append(place)
                yield number, verdict

    def _write(self, file: Path, source: str) -> None:
        self._serial += 1
        file.write_text(source, encoding="utf-8")
        os.utime(file, (self._serial, self._serial))

    def _fork(self, place: Path, run: Callable[[], int], seconds: int = resource.RLIM_INFINITY) -> int:
        sys.stdout.flush()
        sys.stderr.flush()
        child = os.fork()
        if child:
            return child
        code = 70
        try:
            os.setsid()
            said = os.open(place / "said.txt", os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
            os.dup2(said, 1)
            os.dup2(said, 2)
            resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.getrlimit(resource.RLIMIT_CPU)[1]))
            os.environ |= {"PYTHONPATH": str(place), "HYPOTHESIS_PROFILE": "trial"}
            sys.path.insert(0, str(place))
            sys.pycache_prefix = str(place / "compiled")
            os.chdir(ROOT)
            code = run()
        except BaseException as error:  # a fork must not go on as if it were its parent
            print(repr(error), file=sys.stderr, flush=True)
        finally:
            os._exit(code)


def _ended(running: Mapping[int, tuple[int, Path, float, str]]) -> list[tuple[int, Verdict]]:
    """Wait for some of the running trials, and end those that take too long."""
    while True:
        found = []
        for child, (_, _, end, _) in running.items():
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                found.append((child, _ENDS.get(os.waitstatus_to_exitcode(status), Verdict.UNTOLD)))
            elif time.monotonic() > end:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
                found.append((child, Verdict.NOTICED))
        if found or not running:
            return found
        time.sleep(0.01)


def _said(place: Path) -> str:
    return (place / "said.txt").read_text(encoding="utf-8", errors="replace")[-1000:]


def _options(place: Path) -> list[str]:
    return ["-q", "-n", "0", "-p", "no:cacheprovider", f"--basetemp={place / 'tmp'}"]


def _hurried() -> None:
    """Examples that fail are not made smaller, nor kept: that they fail is enough."""
    from hypothesis import HealthCheck, Phase, settings

    slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
    settings.register_profile("trial", derandomize=True, deadline=None, max_examples=40, suppress_health_check=slow,
                              phases=(Phase.explicit, Phase.generate), database=None)  # fmt: skip


def _test(place: Path, names: Sequence[str]) -> int:
    """Run the named tests until one fails: 1 where one does or cannot even be gathered, 0 where none does."""
    _hurried()
    files = list(dict.fromkeys(name.partition("::")[0] for name in names))
    code = int(pytest.main([*_options(place), "-x", *files], plugins=[_Chosen(names)]))
    return {0: 0, 1: 1, 2: 1}.get(code, 71)


def _watch(place: Path, files: Sequence[str], tests: Sequence[str], told: Path) -> int:
    from coverage import Coverage

    _hurried()
    package = place / "rmatch"
    coverage = Coverage(data_file=None, config_file=False, include=[str(package / file) for file in files])
    watch = _Watch(coverage)
    coverage.start()
    with pytest.MonkeyPatch.context() as patch:  # conftest stops what measures during a test of many trials
        patch.setattr(Coverage, "current", lambda: None)
        code = int(pytest.main([*_options(place), *tests], plugins=[watch]))
    coverage.stop()
    data = coverage.get_data()
    runs = {file: data.contexts_by_lineno(str(package / file)) for file in files}
    if code in (0, 1):
        found = {"runs": runs, "seconds": watch.seconds, "failed": watch.failed}
        told.write_text(json.dumps(found), encoding="utf-8")
    return code
