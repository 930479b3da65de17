"""People, programs and problems at random. A seed fills the cells, Hypothesis chooses the sizes and the kind.

So a failing example prints as a short, repeatable value, and shrinks to few people.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from rmatch.columns import BoolArray, Category, Column, IntArray, Items, Number, ReportingLines, Table
from rmatch.criteria import (
    Background,
    Criterion,
    Department,
    Difference,
    Goals,
    PairScores,
    Reciprocity,
    Similarity,
    Skills,
    Text,
)
from rmatch.errors import InfeasibleError
from rmatch.limits import Capacity, Limit, Lock
from rmatch.objectives import MostPairs, Objective, Total
from rmatch.problem.bounds import Bounds
from rmatch.problem.build import canonical_order
from rmatch.problem.model import Model, compile_model
from rmatch.program import Program
from rmatch.proof.problem import Problem as Checked
from rmatch.proof.problem import problem_of
from rmatch.roster.weekly import Zones
from rmatch.rules import (
    Away,
    Differs,
    Exclude,
    GradeGap,
    MinGain,
    MinScore,
    NoRepeat,
    OptIn,
    OutsideReportingLine,
    Predicate,
    Rule,
    Same,
    Shares,
    TimeZoneDistance,
)
from rmatch.rules._people import Codes
from rmatch.solve.scan import apart, held, layout, spared, tile_scan
from rmatch.solve.scan import kernel as loop
from rmatch.solve.scan.kernel import Kernel

SEEDS = st.integers(0, 2**32 - 1)
SKILLS = ("Python", "C", "C++", "C#", "Social media", "Data-viz", "Excel", "SQL", "Prompting", "Video", "R", "UX")
WORDS = ("data", "team", "cloud", "sales", "python", "budget", "people", "change", "design", "law")

# ---------------------------------------------------------------- people


@dataclass(frozen=True)
class Kind:
    """How the cells of a crowd are filled."""

    skills: int = 8
    labels: int = 4
    missing: float = 0.1
    levels: bool = True
    wanted: tuple[int, int] = (0, 4)
    stars: float = 0.0
    capacity: tuple[int, int] = (1, 1)
    min_pairs: tuple[int, int] = (0, 0)


PLAIN = Kind()
GAPS = Kind(missing=0.5)
COARSE = Kind(skills=1, labels=1, levels=False, missing=0.0, wanted=(1, 1))
STARS = Kind(skills=12, stars=0.1, wanted=(1, 6))
SHARED = Kind(capacity=(1, 3), labels=3)
NEEDY = Kind(capacity=(1, 3), min_pairs=(0, 1), labels=3)
KINDS = (PLAIN, GAPS, COARSE, STARS, SHARED, NEEDY)


@dataclass(frozen=True)
class Crowd:
    """Mentors and mentees, made again the same from its few numbers."""

    seed: int
    mentors: int
    mentees: int
    kind: Kind = PLAIN

    def tables(self) -> tuple[Table, Table]:
        """The mentors and the mentees."""
        draw = np.random.default_rng(self.seed)
        lines, nodes = reporting_lines(draw, self.mentors + self.mentees)
        sides = []
        for size, prefix, grades, node in (
            (self.mentors, "a", (1, 4), nodes[: self.mentors]),
            (self.mentees, "b", (2, 7), nodes[self.mentors :]),
        ):
            ids = np.array([f"{prefix}{k}" for k in range(size)], dtype=object)
            sides.append(Table(ids, _columns(draw, size, grades, self.kind), lines, node))
        return sides[0], sides[1]


def crowds(most: int = 9, least: int = 0, kinds: tuple[Kind, ...] = KINDS) -> st.SearchStrategy[Crowd]:
    """Crowds of up to ``most`` people a side, in which nobody must have more pairs than the other side has people."""
    sizes = st.integers(least, most)
    return st.builds(Crowd, SEEDS, sizes, sizes, st.sampled_from(kinds)).map(_large_enough)


def _large_enough(crowd: Crowd) -> Crowd:
    """Too few for what somebody must have is refused before anything is solved: see ``test_cover``."""
    least = crowd.kind.min_pairs[1]
    return replace(crowd, mentors=max(crowd.mentors, least), mentees=max(crowd.mentees, least))


def _columns(draw: np.random.Generator, n: int, grades: tuple[int, int], kind: Kind) -> dict[str, Column]:
    offered = _items(draw, n, SKILLS[: kind.skills], kind.wanted, kind.levels)
    star = draw.random(n) < kind.stars
    everything = [(set(range(kind.skills)) if s else set(row)) for s, row in zip(star, _rows(offered), strict=True)]
    return {
        "skills_offered": offered if not star.any() else items_of(everything, SKILLS[: kind.skills]),
        "skills_wanted": _items(draw, n, SKILLS[: kind.skills], kind.wanted, kind.levels),
        "goals": _items(draw, n, ("promotion", "network", "craft", "lead"), (0, 2), False),
        "languages": _items(draw, n, ("en", "de", "fr"), (1, 2), False),
        "department": _category(draw, n, ("Sales", "Legal", "IT", "Human Resources")[: kind.labels], kind.missing),
        "location": _category(draw, n, ("Leeds", "Bath", "York")[: kind.labels], kind.missing),
        "job_family": _category(draw, n, ("ops", "tech", "law")[: kind.labels], kind.missing),
        "career_path": _category(draw, n, ("graduate", "direct")[: kind.labels], kind.missing),
        "tenure_band": _category(draw, n, ("0-2", "2-5", "5-10", "10+")[: kind.labels], kind.missing),
        "consent": _category(draw, n, ("Yes", "no", " YES", "agreed"), kind.missing),
        "timezone": _zones(draw, n),
        "biography": _texts(draw, n, kind.missing),
        "years": number(np.where(draw.random(n) < kind.missing, np.nan, draw.integers(0, 400, n) / 7)),
        "grade": number(np.where(draw.random(n) < min(kind.missing, 0.1), np.nan, draw.integers(*grades, n))),
        "capacity": number(draw.integers(kind.capacity[0], kind.capacity[1] + 1, n)),
        "min_pairs": number(draw.integers(kind.min_pairs[0], kind.min_pairs[1] + 1, n)),
    }


def _zones(draw: np.random.Generator, n: int) -> Zones:
    """Zones of two summers: the offsets of two days, in minutes."""
    names = ("Berlin", "New_York", "Kolkata", "")
    ahead = np.array([[60, 120], [-300, -300], [330, 330], [np.nan, np.nan]])
    return Zones(draw.integers(-1, 4, n), np.array([*names[:3], "Nowhere"], dtype=object), names, ahead)


def people(*ids: str, **columns: Column) -> Table:
    return Table(np.array(ids, dtype=object), columns)


def number(values: np.ndarray | list[float]) -> Number:
    """A column of numbers, NaN where missing."""
    return Number(np.asarray(values, dtype=float))


def category(cells: list[str]) -> Category:
    """A column of labels, empty where missing."""
    labels = sorted(set(cells) - {""})
    return Category(np.array([labels.index(c) if c else -1 for c in cells], np.int64), np.array(labels, dtype=object))


def items_of(rows: list[set[int]] | list[dict[int, int]], words: tuple[str, ...]) -> Items:
    """A list column from positions in ``words``, with their levels where a row is a mapping."""
    ids = [sorted(row) for row in rows]
    levels = [[row[k] if isinstance(row, dict) else 0 for k in sorted(row)] for row in rows]
    start = np.concatenate([[0], np.cumsum([len(row) for row in ids])]).astype(np.int64)
    folded = [w.casefold().replace("-", " ") for w in words]
    return Items(
        start,
        np.array([k for row in ids for k in row], np.int64),
        np.array([level for row in levels for level in row], np.int8),
        np.array(words, dtype=object),
        np.array(folded, dtype=object),
        places=np.array([[*row].index(k) + 1 for row in rows for k in sorted(row)], np.int64),
    )


def _rows(items: Items) -> list[list[int]]:
    return [items.ids[a:b].tolist() for a, b in zip(items.start, items.start[1:], strict=False)]


def _items(draw: np.random.Generator, n: int, words: tuple[str, ...], counts: tuple[int, int], levels: bool) -> Items:
    """Sets whose words stand in an order of this column's own, so that only keys say what is the same."""
    order = draw.permutation(len(words))
    words = tuple(words[k].upper() if draw.random() < 0.3 else words[k] for k in order)
    rows: list[dict[int, int]] = []
    for _ in range(n):
        size = min(int(draw.integers(counts[0], counts[1] + 1)), len(words))
        picked = draw.choice(len(words), size, replace=False)
        rows.append({int(k): int(draw.integers(0, 6)) if levels else 0 for k in picked})
    return items_of(rows, words)


def _category(draw: np.random.Generator, n: int, words: tuple[str, ...], missing: float) -> Category:
    """Labels in an order and in cases of this column's own; two spellings of one label may stand side by side."""
    spelled = [w for word in words for w in ((word, word.upper()) if draw.random() < 0.3 else (word,))]
    order = draw.permutation(len(spelled))
    codes = np.where(draw.random(n) < missing, -1, draw.integers(0, len(spelled), n))
    return Category(codes.astype(np.int64), np.array([spelled[k] for k in order], dtype=object))


def _texts(draw: np.random.Generator, n: int, missing: float) -> Category:
    texts = [
        "" if draw.random() < missing else " ".join(draw.choice(WORDS, int(draw.integers(1, 9)))) for _ in range(n)
    ]
    return category(texts)


def reporting_lines(draw: np.random.Generator, people: int) -> tuple[ReportingLines, IntArray]:
    """A company in which everybody's manager comes before them, and the place of ``people`` in it, a few left out."""
    size = people + 3
    parent = np.array([int(draw.integers(-1, k)) if k and draw.random() < 0.8 else -1 for k in range(size)], np.int64)
    return nested(parent), draw.permutation(size)[:people].astype(np.int64)


def nested(parent: IntArray) -> ReportingLines:
    """The intervals of a forest in which every parent stands before its children."""
    enter, leave, clock = np.zeros(len(parent), np.int64), np.zeros(len(parent), np.int64), 0
    children: dict[int, list[int]] = {k: [] for k in range(-1, len(parent))}
    for k, above in enumerate(parent.tolist()):
        children[above].append(k)
    todo = [(k, False) for k in reversed(children[-1])]
    while todo:
        node, done = todo.pop()
        if done:
            leave[node] = clock
        else:
            enter[node] = clock
            todo += [(node, True), *((c, False) for c in reversed(children[node]))]
        clock += 1
    return ReportingLines(parent, enter, leave)


def permuted(table: Table, seed: int) -> Table:
    """The same people in another order."""
    return table.take(np.random.default_rng(seed).permutation(len(table.ids)))


# ---------------------------------------------------------------- programs


@dataclass(frozen=True, eq=False)
class OneIn:
    """A predicate that may travel to another process."""

    a: IntArray
    b: IntArray
    size: int

    def __call__(self, i: IntArray, j: IntArray) -> BoolArray:
        """Few of the pairs."""
        a, b = self.a[i], self.b[j]
        return ((a * 7919 + b * 104729 + a * b * 31) % 10007) % self.size == 0


@dataclass(frozen=True)
class Rare(Rule):
    """Somebody's own rule, a predicate only: few of all pairs may be, by a hash of the two ids' numbers."""

    one_in: int = 100

    def allows(self, mentors: Table, mentees: Table) -> Predicate:
        return OneIn(*(np.array([int(str(k)[1:]) for k in t.ids], np.int64) for t in (mentors, mentees)), self.one_in)


@dataclass(frozen=True, eq=False)
class Whispers(Codes):
    """A predicate that says it cannot tell people apart, and can."""

    def __call__(self, i: IntArray, j: IntArray) -> BoolArray:
        """Every third pair by the ids' numbers, whatever the codes say."""
        found: BoolArray = (self.a[i] + 2 * self.b[j]) % 3 == 0
        return found

    def kinds(self) -> tuple[IntArray, IntArray]:
        """Everybody is alike."""
        return 0 * self.a, 0 * self.b


@dataclass(frozen=True)
class Lying(Rule):
    """Somebody's own rule that reads ids and names a column."""

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return ("department",), ("department",)

    def allows(self, mentors: Table, mentees: Table) -> Predicate:
        a, b = (np.array([int(str(k)[1:]) for k in t.ids], np.int64) for t in (mentors, mentees))
        return Whispers(a, b, True)


CRITERIA: tuple[Criterion, ...] = (
    Skills(0.35),
    Skills(0.25, rare=True),
    Skills(0.2, order="first_counts_most"),
    Reciprocity(0.15),
    Goals(0.15),
    Department(0.15),
    Department(0.3, prefer="same"),
    Background(0.20),
    Background(0.4, columns=("location", "job_family", "career_path")),
    Similarity(0.1, column="grade"),
    Similarity(0.7, column="years"),
    Similarity(0.2, column="department"),
    Similarity(0.3, column="languages"),
    Difference(0.1, column="grade"),
    Difference(0.1, column="years"),
    Difference(0.2, column="location"),
    Difference(0.2, column="goals"),
    Text(0.3, mentor_column="biography", mentee_column="biography"),
)
"""Every shipped criterion that reads columns, in each of its ways."""

RULES: tuple[Rule, ...] = (
    GradeGap(1),
    GradeGap(-1, 2),
    GradeGap(0.5, column="years"),
    OutsideReportingLine(),
    OutsideReportingLine(shared_manager=True),
    Shares(column="languages"),
    Shares(column="skills_offered", at_least=2),
    Differs(column="department"),
    Differs(column="languages"),
    Same(column="location"),
    Same(column="grade"),
    Same(column="goals"),
    Exclude((("a0", "b0"), ("b1", "a2"), ("a1", "nobody"), ("a3", "a4")), unknown="ignore"),
    NoRepeat(pairs=(("a0", "b0"), ("b1", "a2"), ("a1", "nobody"), ("a3", "b1")), unknown="ignore"),
    NoRepeat(2, filled=True),
    OptIn(column="consent"),
    Away(("a0", "b1", "nobody"), unknown="ignore"),
    TimeZoneDistance(3),
    MinScore(0.4),
    MinGain(mentor=0.2),
    MinGain(mentor=0.5, mentee=1 / 3),
)
"""Every shipped rule, in each of its ways."""


@dataclass(frozen=True)
class Problem:
    """A crowd and a program for it."""

    crowd: Crowd
    criteria: tuple[Criterion, ...]
    rules: tuple[Rule, ...] = ()
    limits: tuple[Limit, ...] = ()
    objectives: tuple[Objective, ...] = (MostPairs(), Total())

    def program(self) -> Program:
        """The program."""
        return Program(
            seed=self.crowd.seed,
            criteria=self.criteria,
            rules=self.rules,
            limits=self.limits,
            objectives=self.objectives,
        )

    def compiled(self) -> Compiled:
        """The problem as the loop takes it."""
        return compiled(self.program(), *self.crowd.tables())


@dataclass(frozen=True, eq=False)
class Compiled:
    """A model, its kernel, and how many pairs each person may and must have beside the locked ones."""

    model: Model
    bounds: Bounds
    kernel: Kernel = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kernel", Kernel.of(self.model))

    def checked(self) -> Checked:
        """The problem as the check takes it: from the program's own words, without the model."""
        return problem_of(self.model.program, self.model.mentors, self.model.mentees)

    def eligible(self) -> BoolArray:
        """Which pairs are open, ``(mentors, mentees)``."""
        i, j = np.indices(self.model.shape).reshape(2, -1)
        return self.kernel.eligible(i, j, self.model.points(i, j)).reshape(self.model.shape)

    def points(self) -> IntArray:
        """The score of every pair in points, ``(mentors, mentees)``."""
        i, j = np.indices(self.model.shape).reshape(2, -1)
        return self.model.points(i, j).reshape(self.model.shape)


def compiled(program: Program, mentors: Table, mentees: Table) -> Compiled:
    """Compile a program for people, locks taken out."""
    mentors, mentees = (t.take(canonical_order(t.ids, program.seed)) for t in (mentors, mentees))
    program, _ = program.resolved(mentors, mentees)
    model = compile_model(program, mentors, mentees)
    load = [np.bincount(place, minlength=size) for place, size in zip(model.locked, model.shape, strict=True)]
    most = [c - used for c, used in zip(model.capacity, load, strict=True)]
    least = [np.maximum(c - used, 0) for c, used in zip(model.minimum, load, strict=True)]
    return Compiled(model, Bounds((most[0], most[1]), (least[0], least[1]), model.most_pairs))


@st.composite
def problems(draw: st.DrawFn, most: int = 9, least: int = 0, locks: bool = True) -> Problem:
    """Programs of every family for crowds of every kind: masks, capacities, least numbers, locks, ties."""
    crowd = draw(crowds(most, least))
    criteria = draw(st.lists(st.sampled_from(CRITERIA), min_size=1, max_size=4))
    rules = draw(st.lists(st.sampled_from((*RULES, Rare(3), Rare(20), Rare(100))), max_size=2))
    limits: list[Limit] = []
    if draw(st.integers(0, 3)) == 0 and crowd.kind.min_pairs == (0, 0):
        mentors, mentees = draw(st.sampled_from((None, 1, 2))), draw(st.sampled_from((None, 1, 3)))
        limits.append(Capacity(mentors=mentors, mentees=mentees))
    objectives = draw(st.sampled_from(((MostPairs(), Total()), (Total(),), (Total(floor=0.4),))))
    problem = Problem(crowd, tuple(criteria), tuple(rules), tuple(limits), objectives)
    if locks and draw(st.integers(0, 3)) == 0:
        problem = _locked(problem, draw(SEEDS))
    return problem


def _locked(problem: Problem, seed: int) -> Problem:
    """The problem with an eligible pair locked, if there is one."""
    try:
        made = problem.compiled()
    except InfeasibleError:  # somebody needs more pairs than there are people for
        return problem
    pairs = np.argwhere(made.eligible())
    if not len(pairs):
        return problem
    i, j = pairs[seed % len(pairs)]
    lock = Lock(((str(made.model.mentors.ids[i]), str(made.model.mentees.ids[j])),))
    return replace(problem, limits=(*problem.limits, lock))


def scored(scores: np.ndarray, **families: object) -> Problem:
    """A problem whose scores are those of the table, NaN where a pair may not be."""
    m, n = scores.shape
    frame = pd.DataFrame(scores, [f"a{k}" for k in range(m)], [f"b{k}" for k in range(n)])
    return Problem(Crowd(0, m, n, COARSE), (PairScores(frame=frame),), **families)  # type: ignore[arg-type]


def chain(length: int, gap: float = 1.0) -> Problem:
    """Mentor k may have mentee k for nothing or mentee k + 1 for ``gap``: all pairs need prices up to length · gap."""
    scores = np.full((length, length), np.nan)
    scores[np.arange(length), np.arange(length)] = 0.0
    scores[np.arange(length - 1), np.arange(1, length)] = gap
    return scored(scores)


# ---------------------------------------------------------------- how the loop cuts its work


@dataclass(frozen=True)
class Cut:
    """How the loop cuts its work: tile size, threads, from which rarity on columns are scattered, where it runs,
    whether the scores of all pairs are held, whether what rules on few kinds of people forbid is left out, and whether
    harvests spare columns.
    """

    rows: int
    columns: int
    threads: int
    rare: float
    elsewhere: bool = False
    held: bool = False
    apart: bool = False
    spared: bool = False


CUTS = st.builds(
    Cut,
    st.integers(1, 7),
    st.integers(1, 7),
    st.integers(1, 3),
    st.sampled_from((0.0, 0.05, 0.3, 2.0)),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
EXECUTOR = ThreadPoolExecutor(2)


class Cutting:
    """Sets the loop's sizes for a while."""

    def __init__(self, cut: Cut) -> None:
        self.cut = cut

    def __enter__(self) -> Cutting:
        self.before = loop.ROWS, loop.COLUMNS, loop._MIN_REMOTE_TILES, layout.RARE, held.MOST_HELD
        self.parts = apart.LARGE, apart._WORTH
        apart.LARGE, apart._WORTH = (1, 2.0) if self.cut.apart else self.parts
        self.sparing = spared.LARGE, spared._EACH, spared._ALL, spared._FEW, tile_scan._OFTEN
        sparing = (1, 1e12, 2.0**19, -1.0, 1) if self.cut.spared else self.sparing
        spared.LARGE, spared._EACH, spared._ALL, spared._FEW, tile_scan._OFTEN = sparing
        held.MOST_HELD = held.MOST_HELD if self.cut.held else 0
        loop.ROWS, loop.COLUMNS, loop._MIN_REMOTE_TILES, layout.RARE = self.cut.rows, self.cut.columns, 2, self.cut.rare
        return self

    def __exit__(self, *_: object) -> None:
        loop.ROWS, loop.COLUMNS, loop._MIN_REMOTE_TILES, layout.RARE, held.MOST_HELD = self.before
        apart.LARGE, apart._WORTH = self.parts
        spared.LARGE, spared._EACH, spared._ALL, spared._FEW, tile_scan._OFTEN = self.sparing

    def kernel(self, made: Compiled) -> Kernel:
        """The kernel, laid out anew."""
        return Kernel.of(made.model, self.cut.threads, EXECUTOR if self.cut.elsewhere else None)
