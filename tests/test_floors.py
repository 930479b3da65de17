"""The house: imports only point down, and the message says which one runs up."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

HOUSE = Path(__file__).parents[1] / "src" / "rmatch"

# From the ground up. Rooms on one floor do not know each other; a package is one room.
FLOORS: list[tuple[str, ...]] = [
    ("blas", "clock", "columns", "diagnosis", "display", "errors", "numbers", "people", "term", "whole"),
    ("binding", "datasets", "export", "factors", "pool", "reasons", "record", "spec"),
    ("bricks", "progress", "roster", "rows", "worth"),
    ("aliases", "criteria", "edits", "engines", "halves", "inputs", "limits", "objectives", "rounds"),
    ("conflicts", "rules"),
    ("eligibility", "program"),
    ("history", "model", "proof", "trail"),
    ("constraints", "loop", "prepare", "review", "shortage"),
    ("aims",),
    ("answer", "ladder", "recording", "tree", "with_whom"),
    ("by_rows", "check", "ics", "report", "workbook"),
    ("solving", "solvers"),
    ("plot", "prints"),
    ("matching",),
    ("engine", "placing"),
    ("rematching", "saved", "testing"),
    ("folder",),
    ("cli",),
    ("__main__",),
]
LEVEL = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
FOUND_BY = {"loop", "ladder", "tree", "engines", "constraints", "aims", "halves", "pool"}
"""What finds a plan, and what compiles limits for it."""


@cache
def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name below it, packages by their own."""
    found = {}
    for path in sorted(HOUSE.rglob("*.py")):
        parts = path.relative_to(HOUSE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """The modules of this package that a file imports, when it runs, and the lines."""
    for node in statements(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((a.name.partition(".")[2], node.lineno) for a in node.names if a.name.split(".")[0] == "rmatch")
        if isinstance(node, ast.ImportFrom) and node.level:
            yield "relative imports hide where they point", node.lineno
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "rmatch":
            base = (node.module or "").partition(".")[2]
            for alias in node.names:
                inner = f"{base}.{alias.name}".strip(".")
                yield (inner if inner in modules() else base), node.lineno


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """Every node but those that only a type checker sees."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            continue
        yield child
        yield from statements(child)


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


def test_imports_only_point_down() -> None:
    up = [
        f"{module}.py, line {line}: imports rmatch.{target}, which stands on floor {LEVEL[room(target)] + 1}, "
        f"not below floor {LEVEL[room(module)] + 1}"
        for module, target, line in crossings()
        if room(target) != room(module) and LEVEL[room(target)] >= LEVEL[room(module)]
    ]
    assert not up, "\n".join(["these imports run up:", *up])


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


def test_nobody_enters_a_private_module_from_outside_its_room() -> None:
    private = [
        f"{module}.py, line {line}: imports rmatch.{target}"
        for module, target, line in crossings()
        if room(target) != room(module) and any(part.startswith("_") for part in target.split("."))
    ]
    assert not private, "\n".join(["these modules are private to their package:", *private])


def test_the_check_of_a_plan_knows_nothing_of_how_it_was_found() -> None:
    """Module by module: what the check needs, and what that needs."""
    needed: set[str] = set()
    todo = [module for module in modules() if room(module) == "proof" or module == "check"]
    while todo:
        here = todo.pop()
        needed.add(here)
        todo += sorted({target for module, target, _ in crossings() if module == here} - needed)
    assert not {module for module in needed if room(module) in FOUND_BY}


def test_the_front_door_opens_nothing_by_itself() -> None:
    assert not list(imports(HOUSE / "__init__.py"))


def test_an_import_that_runs_up_is_named(tmp_path: Path) -> None:
    source = tmp_path / "room.py"
    source.write_text(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import rmatch.cli\n"
        "def late():\n    from rmatch.criteria import _base, Skills\n    import rmatch.loop.kernel as k, os\n"
    )
    assert list(imports(source)) == [("criteria._base", 5), ("criteria", 5), ("loop.kernel", 6)]
