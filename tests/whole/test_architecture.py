"""The house: imports only point down, and the message says which one runs up."""

from __future__ import annotations

import ast
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import rmatch
from rmatch import limits, objectives

HOUSE = Path(__file__).parents[2] / "src" / "rmatch"

# From the ground up. Rooms on one floor do not know each other; a package is one room. Imports for types count too.
FLOORS: list[tuple[str, ...]] = [
    ("errors", "columns"),
    ("_util", "schema", "element", "factors"),
    ("roster", "datasets", "rows", "valuation"),
    ("criteria",),
    ("rules", "limits", "objectives"),
    ("program",),
    ("problem", "proof"),
    ("second_stage", "infeasible"),
    ("result", "solve"),
    ("analysis", "solvers"),
    ("output",),
    ("matching",),
    ("api",),
    ("testing", "cli"),
    ("__main__",),
]
LEVEL = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
FOUND_BY = {"problem", "solve", "solvers", "infeasible", "second_stage"}
"""What finds a plan, and what compiles a program for it."""
WORDS = {"columns", "criteria", "factors", "limits", "objectives", "program", "rows", "rules"}
"""What people and a program are made of: the check reads these, and nothing that solves."""
PLAIN = {"_util", "errors"}
MOST_ROOMS, MOST_LINES, MOST_LINES_OF_A_FUNCTION = 30, 350, 60
FAMILIES = {"limits", "objectives", "testing"}
CLASSES = {
    kind.__name__
    for family in (limits, objectives)
    for kind in vars(family).values()
    if isinstance(kind, type) and issubclass(kind, limits.Limit | objectives.Objective)
} - {"Limit", "Objective"}
TOLD_APART = 0
QUALITY = HOUSE.parents[1] / "docs" / "quality.md"
MARKS = "<!-- proof:start -->\n", "<!-- proof:end -->"


@cache
def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name below it, packages by their own."""
    found = {}
    for path in sorted(HOUSE.rglob("*.py")):
        parts = path.relative_to(HOUSE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """The modules of this package that a file imports, when it runs or for types, and the lines."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((a.name.partition(".")[2], node.lineno) for a in node.names if a.name.split(".")[0] == "rmatch")
        if isinstance(node, ast.ImportFrom) and node.level:
            yield "relative imports hide where they point", node.lineno
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "rmatch":
            base = (node.module or "").partition(".")[2]
            for alias in node.names:
                inner = f"{base}.{alias.name}".strip(".")
                yield (inner if inner in modules() else base), node.lineno


def room(module: str) -> str:
    """The room of a module: itself, or the package that it is in."""
    return module.split(".")[0]


@cache
def crossings() -> tuple[tuple[str, str, int], ...]:
    """Every import from one module of the package to another: from, to, line. The front door is not a room."""
    inner = {module: path for module, path in modules().items() if module}
    return tuple((module, target, line) for module, path in inner.items() for target, line in imports(path))


def test_every_room_stands_on_a_floor() -> None:
    rooms = {room(module) for module in modules() if module}
    assert not rooms - LEVEL.keys(), "give each of these a floor in FLOORS"
    assert not LEVEL.keys() - rooms, "these rooms are gone: take them out of FLOORS"
    assert len(LEVEL) == sum(map(len, FLOORS))


@pytest.mark.slow
def test_imports_only_point_down() -> None:
    up = [
        f"{module}.py, line {line}: imports rmatch.{target}, which stands on floor {LEVEL[room(target)] + 1}, "
        f"not below floor {LEVEL[room(module)] + 1}"
        for module, target, line in crossings()
        if room(target) != room(module) and LEVEL[room(target)] >= LEVEL[room(module)]
    ]
    assert not up, "\n".join(["these imports run up:", *up])


@pytest.mark.slow
def test_nothing_inside_a_room_runs_in_circles() -> None:
    inside: dict[str, set[str]] = {module: set() for module in modules()}
    for module, target, _ in crossings():
        if room(target) == room(module) and target != module:
            inside[module].add(target)
    left = dict(inside)
    while left:
        free = [module for module, targets in left.items() if not targets & left.keys()]
        assert free, f"these modules import each other in a circle: {', '.join(sorted(left))}"
        for module in free:
            del left[module]


@pytest.mark.slow
def test_the_house_is_small_enough_to_be_seen_at_once() -> None:
    assert len(LEVEL.keys() - {"__main__"}) <= MOST_ROOMS
    for path in modules().values():
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= MOST_LINES, path
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                assert (node.end_lineno or 0) - node.lineno < MOST_LINES_OF_A_FUNCTION, f"{path}: {node.name}"


@pytest.mark.slow
def test_limits_and_objectives_are_told_apart_nowhere_else() -> None:
    """Whoever needs to know a class asks the class."""
    told = [
        f"{module}.py, line {node.lineno}"
        for module, path in modules().items()
        if room(module) not in FAMILIES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "isinstance" and CLASSES & names_in(node.args[1])
    ]
    assert len(told) <= TOLD_APART, "\n".join(told)


def names_in(node: ast.AST) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def test_nobody_enters_a_private_module_from_outside_its_room() -> None:
    private = [
        f"{module}.py, line {line}: imports rmatch.{target}"
        for module, target, line in crossings()
        if room(target) != room(module) and any(part.startswith("_") for part in target.split(".")[1:])
    ]
    assert not private, "\n".join(["these modules are private to their package:", *private])


def needed_by(start: set[str]) -> set[str]:
    """Modules, what they import, what that imports, and so on."""
    needed, todo = set[str](), sorted(start)
    while todo:
        here = todo.pop()
        needed.add(here)
        todo += sorted({target for module, target, _ in crossings() if module == here} - needed)
    return needed


def proof_modules() -> dict[str, set[str]]:
    """Every module of the check, and the rooms outside it from which it takes something."""
    own = [module for module in modules() if room(module) == "proof"]
    return {
        module: {room(target) for source, target, _ in crossings() if source == module} - {"proof"} for module in own
    }


def test_the_check_of_a_plan_knows_nothing_of_how_it_was_found() -> None:
    """Module by module: what each imports itself, and what that needs in turn."""
    for module, rooms in proof_modules().items():
        assert rooms <= WORDS | PLAIN, f"{module}.py imports {', '.join(sorted(rooms - WORDS - PLAIN))}"
        found = {room(other) for other in needed_by({module})} & FOUND_BY
        assert not found, f"{module}.py needs {', '.join(sorted(found))}"


def test_the_check_of_a_record_knows_nothing_that_solves() -> None:
    """It knows the model, by which it finds people, and why somebody is left."""
    assert not {room(module) for module in needed_by({"output.check"})} & {"solve", "solvers"}


@pytest.mark.slow
def test_a_process_that_checks_a_plan_loads_nothing_that_solves(tmp_path: Path) -> None:
    """And what limits and objectives are compiled into is asked of none of them."""
    people = rmatch.datasets.workforce(12, 10, seed=1)
    limits = rmatch.limits.Share("location", differ=False, least=0.2), rmatch.limits.Spread("mentor", "department")
    order = rmatch.objectives.MostPairs(), rmatch.objectives.LeastLoad(), rmatch.objectives.Total()
    matching = rmatch.match(rmatch.from_frame(people), rmatch.Program(limits=limits, objectives=order))
    model = matching.model
    proof = (model.program, model.mentors, model.mentees), (matching.chosen, matching.points, matching.parts)
    (tmp_path / "plan.pickle").write_bytes(pickle.dumps((*proof, matching.certificate)))
    program = (
        "import pickle, sys\n"
        "from rmatch.objectives import Objective, LeastLoad, MostPairs, Total\n"
        "for each in (Objective, LeastLoad, MostPairs, Total):\n"
        "    each.compile = None\n"
        "from rmatch.proof.problem import problem_of\n"
        "from rmatch.proof.verify import verify\n"
        "made, plan, certificate = pickle.load(open(sys.argv[1], 'rb'))\n"
        "print(verify(problem_of(*made), *plan, certificate, True))\n"
        "print(*sorted({name.split('.')[1] for name in sys.modules if name.startswith('rmatch.')}))\n"
        "print('ortools' in sys.modules)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "plan.pickle")], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    said, loaded, solver = ran.stdout.splitlines()
    assert said == "Verified against the people: rules, limits, scores, total, bound over all pairs."
    assert not FOUND_BY & set(loaded.split())
    assert solver == "False"


def table_of_the_check() -> str:
    """The modules of the check: how long each is, and what it takes from elsewhere."""
    rows = [(module, rooms) for module, rooms in proof_modules().items() if module != "proof"]
    length = {module: len(modules()[module].read_text(encoding="utf-8").splitlines()) for module, _ in rows}
    lines = [
        f"| [`{module.replace('.', '/')}.py`](../src/rmatch/{module.replace('.', '/')}.py) | {length[module]} | "
        f"{', '.join(f'`{name}`' for name in sorted(rooms))} |"
        for module, rooms in rows
    ]
    head = "| module | lines | takes from elsewhere |\n| --- | ---: | --- |"
    return "\n".join([head, *lines, f"| **all** | **{sum(length.values()):,}** | |"]) + "\n"


def test_the_documents_name_every_module_of_the_check_and_what_it_takes() -> None:
    """How long each is they tell as of the last time that ``python tests/whole/test_architecture.py`` wrote it down."""
    written = QUALITY.read_text(encoding="utf-8").partition(MARKS[0])[2].partition(MARKS[1])[0]
    lengths = re.compile(r"\| \**[\d,]+\** \|")
    assert lengths.sub("", written) == lengths.sub("", table_of_the_check()), (
        "run `python tests/whole/test_architecture.py`"
    )


PROOF = HOUSE.parents[1] / "docs" / "proof.md"


def with_lengths(text: str) -> str:
    """The page for auditors with the lines that there are to read, of each row of its table and of all."""
    lengths = []

    def row(found: re.Match[str]) -> str:
        paths = (HOUSE / ("" if name == "rows.py" else "proof") / name for name in re.findall(r"`(\w+\.py)`", found[1]))
        lengths.append(sum(len(path.read_text(encoding="utf-8").splitlines()) for path in paths))
        return f"| {found[1]} | {round(lengths[-1], -1)} |"

    text = re.sub(r"^\| (`\w+\.py`[^|]*) \| \d+ \|", row, text, flags=re.MULTILINE)
    return re.sub(r"read about [\d,]+ lines", f"read about {round(sum(lengths), -2):,} lines", text)


def test_the_page_for_auditors_tells_how_much_there_is_to_read() -> None:
    """To a tenth; ``python tests/whole/test_architecture.py`` writes it anew."""
    text = PROOF.read_text(encoding="utf-8")
    figures = re.compile(r"(?<=read about )[\d,]+|(?<=\| )\d+(?= \|)")
    told, true = (
        [int(figure.replace(",", "")) for figure in figures.findall(page)] for page in (text, with_lengths(text))
    )
    assert len(true) == 10
    assert told == pytest.approx(true, rel=0.1, abs=10), "run `python tests/whole/test_architecture.py`"
    named = {
        name
        for row in re.findall(r"^\| (`\w+\.py`[^|]*) \|", text, re.MULTILINE)
        for name in re.findall(r"`(\w+)\.py`", row)
    }
    assert named == {module.partition(".")[2] for module in proof_modules() if module != "proof"} | {"rows"}


def test_the_front_door_opens_nothing_by_itself() -> None:
    assert not list(imports(HOUSE / "__init__.py"))


def test_an_import_that_runs_up_is_named(tmp_path: Path) -> None:
    source = tmp_path / "room.py"
    source.write_text(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import rmatch.cli\n"
        "def late():\n    from rmatch.criteria import _base, Skills\n    import rmatch.solve.scan.kernel as k, os\n"
    )
    assert sorted(imports(source)) == [("cli", 3), ("criteria", 5), ("criteria._base", 5), ("solve.scan.kernel", 6)]


if __name__ == "__main__":
    PROOF.write_text(with_lengths(PROOF.read_text(encoding="utf-8")), encoding="utf-8")
    before, _, rest = QUALITY.read_text(encoding="utf-8").partition(MARKS[0])
    QUALITY.write_text(
        before + MARKS[0] + table_of_the_check() + MARKS[1] + rest.partition(MARKS[1])[2], encoding="utf-8"
    )
