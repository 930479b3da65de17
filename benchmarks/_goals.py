"""What is to be reached, beside what is recorded: a line for each goal of speed and memory.

``python -m benchmarks.table --goals`` prints them. Ratios are those of one run; "bare" is the bare product of the same
people. Where a line has two goals, both are to be met.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Figures = dict[str, Any]
Found = float | None
"""A figure; None where it is not recorded."""


@dataclass(frozen=True)
class Goal:
    """One line.

    Args:
        work: What is measured.
        of: Takes the figure from all recorded ones, by benchmark.
        most: It is to be at most that.
        aim: What is hoped for; None for nothing beyond.
        unit: Written behind the figures.
        least: Whether more is better, so that ``most`` is the least.
    """

    work: str
    of: Callable[[dict[str, Figures]], Found]
    most: float
    aim: float | None = None
    unit: str = ""
    least: bool = False

    def reached(self, found: float, mark: float) -> bool:
        return found >= mark if self.least else found <= mark

    def row(self, recorded: dict[str, Figures]) -> list[str]:
        """The line: work, measured, goal, aim, and whether it is met."""
        found = self.of(recorded)
        goals = [f"{mark:g}{self.unit}" if mark is not None else "" for mark in (self.most, self.aim)]
        if found is None:
            return [self.work, "", *goals, "not measured"]
        beyond = self.aim is not None and self.reached(found, self.aim)
        said = "no" if not self.reached(found, self.most) else "yes, and the aim" if beyond else "yes"
        return [self.work, f"{found:.3g}{self.unit}", *goals, said]


def _size(recorded: dict[str, Figures], size: int) -> Figures:
    return next((run for run in recorded.get("assignment", {}).get("sizes", ()) if run["mentors"] == size), {})


def _sized(size: int, figure: Callable[[Figures], float]) -> Callable[[dict[str, Figures]], Found]:
    return lambda recorded: _or_none(lambda: figure(_size(recorded, size)))


def _scored(size: int, name: str) -> Callable[[dict[str, Figures]], Found]:
    """The ratio to the better of lapx and lapjv."""
    return _sized(size, lambda run: max(them[name] for peer, them in run["peers"].items() if peer != "scipy"))


def _shape(name: str, figure: Callable[[Figures], float]) -> Callable[[dict[str, Figures]], Found]:
    def of(recorded: dict[str, Figures]) -> Found:
        runs = recorded.get("shapes", {}).get("shapes", ())
        return _or_none(lambda: figure(next((run for run in runs if run["name"] == name), {})))

    return of


def _question(name: str, size: int = 10_000, figure: str = "over_plain") -> Callable[[dict[str, Figures]], Found]:
    def of(recorded: dict[str, Figures]) -> Found:
        sizes = {run["mentors"]: run for run in recorded.get("limits", {}).get("sizes", ())}
        return _or_none(lambda: sizes[size]["wishes"][name][figure])

    return of


def _crossing(recorded: dict[str, Figures]) -> Found:
    """The largest multiple of the plain solve; infinite where a plan is not proved."""
    runs = [run for size in recorded.get("limits", {}).get("crossing", ()) for run in size["programs"].values()]
    proved = all(run["status"] == "OPTIMAL" for run in runs)
    return _or_none(lambda: max(run["over_plain"] for run in runs) if proved else float("inf"))


def _kernel(figure: Callable[[Figures], float]) -> Callable[[dict[str, Figures]], Found]:
    return lambda recorded: _or_none(lambda: figure(recorded["kernel"]))


def _or_none(figure: Callable[[], float]) -> Found:
    try:
        return figure()
    except (KeyError, ValueError):  # not recorded yet
        return None


def _check(run: Figures) -> float:
    return float(run["verify_s"] / run["bare_s"])


def _goals() -> Iterator[Goal]:
    for size, most in ((100, 1.3), (500, 1.0), (1_000, 0.6), (2_000, 0.4)):
        yield Goal(f"match ÷ (scores + the better of lapx and lapjv), {size:,} a side, processor time",
                   _scored(size, "match_over_scored_cpu"), most)  # fmt: skip
    for size in (1_000, 2_000, 5_000, 10_000, 20_000):
        yield Goal(f"match ÷ the better of lapx and lapjv alone, {size:,} a side, processor time",
                   _scored(size, "match_over_alone_cpu"), 1.0)  # fmt: skip
    for size, most in ((100, 9), (500, 20), (1_000, 40), (2_000, 110)):
        yield Goal(f"match, {size:,} a side, processor time",
                   _sized(size, lambda run: 1e3 * run["rmatch"]["match_cpu"]), most, unit=" ms")  # fmt: skip
    for size, most, aim in ((100, 0.6, 0.3), (500, 0.4, 0.2), (1_000, 0.3, 0.15), (2_000, 0.25, 0.1)):
        yield Goal(f"match ÷ what one would write instead, {size:,} a side",
                   _sized(size, lambda run: run["match_over_instead"]), most, aim)  # fmt: skip
    for size in (10_000, 20_000):
        for part, least in (("match", 0.7), ("verify", 0.9)):
            yield Goal(f"{part}, {size:,} a side: processor time ÷ (seconds · cores)",
                       _sized(size, lambda run, part=part: run[f"{part}_busy"]), least, least=True)  # fmt: skip
    yield Goal("match and verify ÷ bare, 20,000 a side", _sized(20_000, lambda run: run["whole_over_bare"]), 3, 2)
    yield Goal("match and verify ÷ bare, 100,000 a side", _sized(100_000, lambda run: run["whole_over_bare"]), 1.6, 1.1)
    yield Goal("the same: peak memory",
               _sized(100_000, lambda run: run["rmatch"]["peak_bytes"] / 1e9), 1.4, 1.2, " GB")  # fmt: skip
    yield Goal("verify ÷ bare, 20,000 a side",
               _sized(20_000, lambda run: run["rmatch"]["verify_s"] / run["bare_s"]), 0.6, 0.4)  # fmt: skip
    for name, most, aim in (("half", 0.5, 0.2), ("sites", 0.4, 0.15), ("clusters", 0.3, 0.05)):
        yield Goal(f"verify ÷ bare, shape {name}", _shape(name, _check), most, aim)
    for name, most, aim in (("products", 2, 0.1), ("coarse", 2, 0.1), ("half", 12, 8), ("sites", 6, 3),
                            ("clusters", 6, 3), ("stars", 8, 5), ("capacities", 6, 4)):  # fmt: skip
        yield Goal(
            f"match and verify ÷ bare, shape {name}", _shape(name, lambda run: run["whole_over_bare"]), most, aim
        )
    yield Goal("1,000,000 × 20,000, reading included",
               _shape("1,000,000 × 20,000", lambda run: run["all_s"]), 300, 180, " s")  # fmt: skip
    yield Goal("faiss, two searches ÷ best 32 of both sides, 20,000 a side, 150 skills",
               _kernel(lambda run: run["best"]["150"]["faiss"]["over_ours"]), 1.5, 3, least=True)  # fmt: skip
    yield Goal(
        "`score_matrix` ÷ one pass, 10,000 a side", _kernel(lambda run: run["matrix"]["matrix_over_pass"]), 2, 1.3
    )
    for name, most in (("why_not", 0.5), ("alternatives", 0.5), ("price_of", 1.2), ("backups", 1.2)):
        yield Goal(f"`{name}` ÷ match, 10,000 a side", _question(name), most)
    yield Goal("`rematch` with a budget of changes, 200 a side",
               _question("rematch, each of eight budgets", 200, "seconds"), 0.3, unit=" s")  # fmt: skip
    yield Goal("limits that cross both sides, all proved: the most ÷ plain solve, processor time", _crossing, 10)


def rows(results: Path) -> list[list[str]]:
    """All lines, from what is recorded."""
    recorded = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted(results.glob("*.json"))}
    return [goal.row(recorded) for goal in _goals()]
