"""Draw the packages from the imports, and list them: writes ``architecture.svg`` and the table of ``architecture.md``.

    python docs/architecture.py            # write both
    python docs/architecture.py --check    # exit code 1 where one of them is out of date

The floors are those that ``test_architecture.py`` holds. An arrow is a room that another one imports; it is left out
where other arrows lead there already, so the picture shows a quarter of all imports and hides no way.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from html import escape
from itertools import pairwise
from pathlib import Path

HERE = Path(__file__).parent
HOUSE = HERE.parent / "src" / "rmatch"
PAGE, PICTURE = HERE / "architecture.md", HERE / "architecture.svg"
MARKS = "<!-- rooms:start -->\n", "<!-- rooms:end -->"

KINDS = {
    "words": ("what people and programs are made of", "#e7edf5", "#4a6587"),
    "read": ("reads an export", "#fbf0d9", "#8a6414"),
    "solve": ("finds a plan", "#dff0e6", "#1f6f54"),
    "check": ("checks a plan, knows nothing that finds one", "#fbe2d8", "#b3541e"),
    "use": ("what users hold, ask and run", "#eee6f4", "#6a4a87"),
}
"""What a room is for: the words of the legend, and two colours."""

ROOMS = {
    "errors": ("words", "errors, and how an answer ended"),
    "columns": ("words", "typed columns and tables"),
    "_util": ("words", "files, threads, deadlines"),
    "schema": ("words", "a person, columns, privacy"),
    "element": ("words", "what the four families share"),
    "factors": ("words", "a score as a product"),
    "roster": ("read", "bytes to people and issues"),
    "datasets": ("read", "made-up workforces"),
    "criteria": ("words", "how good is this pair?"),
    "rows": ("words", "what a limit means, in rows"),
    "valuation": ("solve", "what a pair is worth"),
    "rules": ("words", "may this pair be?"),
    "limits": ("words", "how many pairs?"),
    "objectives": ("words", "which total comes first?"),
    "program": ("words", "what is asked, as TOML"),
    "problem": ("solve", "people, program to numbers"),
    "proof": ("check", "certificates and their check"),
    "second_stage": ("solve", "uses of sensitive columns"),
    "infeasible": ("solve", "why it cannot be done"),
    "result": ("use", "a plan as data"),
    "solve": ("solve", "numbers to a plan and its prices"),
    "analysis": ("use", "why, why not, who else, the cost"),
    "solvers": ("solve", "which method, what it proves"),
    "output": ("use", "report, workbook, calendar"),
    "matching": ("use", "a result and its questions"),
    "api": ("use", "match, rematch, place, load"),
    "testing": ("use", "is your own class lawful?"),
    "cli": ("use", "the command line"),
    "__main__": ("use", "python -m rmatch"),
}
"""Of every room: its kind, and what it is in a few words."""

WIDE, HIGH, GAP, ROOM, FLOOR = 1240, 46, 16, 192, 92
"""The picture's width, the height of a box, the least gap beside it, its width, and the height of a floor."""
LEFT, TOP = 44, 76


@cache
def floors() -> tuple[tuple[str, ...], ...]:
    """The floors from the ground up, as the test of the house has them."""
    file = next((HERE.parent / "tests").rglob("test_architecture.py"))
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "FLOORS" and node.value is not None:
            return tuple(map(tuple, ast.literal_eval(node.value)))
    raise SystemExit(f"{file} has no FLOORS")


@cache
def imports() -> dict[str, tuple[str, ...]]:
    """What each room imports of the others, when it runs or for types."""
    found: dict[str, set[str]] = {room: set() for floor in floors() for room in floor}
    for path in sorted(HOUSE.rglob("*.py")):
        room = path.relative_to(HOUSE).with_suffix("").parts[0]
        if room == "__init__":
            continue
        for name in _imported(path):
            target = name.split(".")[1]
            if target != room:
                found[room].add(target)
    return {room: tuple(sorted(targets)) for room, targets in found.items()}


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("rmatch."))
        elif isinstance(node, ast.ImportFrom) and node.module == "rmatch":
            yield from (f"rmatch.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("rmatch."):
            yield node.module or ""


@cache
def reached(room: str) -> frozenset[str]:
    """All that a room imports, directly or by others."""
    return frozenset({*imports()[room], *(deep for target in imports()[room] for deep in reached(target))})


def arrows() -> list[tuple[str, str]]:
    """The imports that no other way leads to."""
    return [
        (room, target)
        for room, targets in imports().items()
        for target in targets
        if not any(target in reached(other) for other in targets)
    ]


# ---------------------------------------------------------------- where things stand


@dataclass(eq=False)
class Spot:
    """A room, or a place on a floor that an arrow passes; ``x`` is its middle."""

    level: int
    room: str
    x: float = 0.0

    @property
    def width(self) -> float:
        """How much of the floor it takes."""
        return ROOM if self.room else GAP


def layout() -> tuple[list[list[Spot]], list[list[Spot]]]:
    """Every floor's spots in order, and the spots of every arrow from its room down to the other."""
    levels = [[Spot(level, room) for room in rooms] for level, rooms in enumerate(floors())]
    at = {spot.room: spot for spots in levels for spot in spots}
    ways = []
    for room, target in arrows():
        passed = [Spot(level, "") for level in range(at[room].level - 1, at[target].level, -1)]
        for spot in passed:
            levels[spot.level].append(spot)
        ways.append([at[room], *passed, at[target]])
    beside: dict[Spot, list[Spot]] = {spot: [] for spots in levels for spot in spots}
    for way in ways:
        for upper, lower in pairwise(way):
            beside[upper].append(lower)
            beside[lower].append(upper)
    for spots in levels:
        _spread(spots)
    for turn in range(60):
        down = turn % 2 == 0
        for spots in levels if down else levels[::-1]:
            near = {spot: [other.x for other in beside[spot] if (other.level < spot.level) == down] for spot in spots}
            for spot in spots:
                both = [other.x for other in beside[spot]] if turn >= 40 else near[spot]
                spot.x = sum(both) / len(both) if both else spot.x
            if turn < 40:
                spots.sort(key=lambda spot: spot.x)
            _apart(spots)
    return levels, ways


def _spread(spots: list[Spot]) -> None:
    """Put the spots of a floor side by side about the middle."""
    x = WIDE / 2 - sum(spot.width + GAP for spot in spots) / 2
    for spot in spots:
        spot.x = x + (spot.width + GAP) / 2
        x += spot.width + GAP


def _apart(spots: list[Spot]) -> None:
    """Move spots as little as need be, in their order, until none stands on another or outside."""
    low = [float(LEFT)]
    for spot in spots:
        low.append(low[-1] + spot.width + GAP)
    wished = [spot.x - spot.width / 2 - before for spot, before in zip(spots, low, strict=False)]
    blocks: list[tuple[float, int]] = []  # runs of spots that touch, each with its mean wish and its length
    for wish in wished:
        blocks.append((wish, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (one, k), (other, n) = blocks[-2:]
            blocks[-2:] = [((one * k + other * n) / (k + n), k + n)]
    room = WIDE - LEFT - low[-1]
    shifts = [min(max(wish, 0.0), max(room, 0.0)) for wish, count in blocks for _ in range(count)]
    for spot, before, shift in zip(spots, low, shifts, strict=False):
        spot.x = before + shift + spot.width / 2


# ---------------------------------------------------------------- the picture


def picture() -> str:
    """The packages as an SVG, the ground floor at the bottom."""
    levels, ways = layout()
    high = TOP + FLOOR * len(levels)

    def y(level: int) -> float:
        return high - FLOOR * (level + 1) + (FLOOR - HIGH) / 2

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE + 16} {high}" role="img" aria-labelledby="t d" '
        'font-family="system-ui, sans-serif" font-size="13">',
        '  <title id="t">The packages of rmatch and what they import</title>',
        f'  <desc id="d">{len(levels)} floors from errors and columns at the bottom to the command line at the top. '
        "Every arrow points down. The table of the page says the same in words.</desc>",
        f'  <rect width="{WIDE + 16}" height="{high}" fill="#fff"/>',
        *_legend(),
    ]
    for level in range(len(levels)):
        middle = y(level) + HIGH / 2
        fill = "#f7f7f7" if level % 2 == 0 else "#fff"
        lines.append(f'  <rect y="{middle - FLOOR / 2:g}" width="{WIDE + 16}" height="{FLOOR}" fill="{fill}"/>')
        lines.append(f'  <text x="14" y="{middle + 5:g}" fill="#767676">{level + 1}</text>')
    lines.append('  <g fill="none" stroke-width="1.5" stroke-opacity=".75">')
    lines += [_arrow(way, y) for way in ways]
    lines.append("  </g>")
    lines += [_room(spot, y(spot.level)) for spots in levels for spot in spots if spot.room]
    return "\n".join([*lines, "</svg>"]) + "\n"


def _legend() -> Iterator[str]:
    x = 14.0
    for words, fill, ink in KINDS.values():
        yield f'  <rect x="{x:g}" y="16" width="16" height="16" rx="3" fill="{fill}" stroke="{ink}"/>'
        yield f'  <text x="{x + 23:g}" y="29" fill="#222">{words}</text>'
        x += 44 + 7 * len(words)
    yield '  <text x="14" y="56" fill="#555">An arrow: imports. Left out where other arrows lead there already.</text>'


def _arrow(way: list[Spot], at: Callable[[int], float]) -> str:
    x, top = way[0].x, at(way[0].level) + HIGH
    path = [f"M{x:.0f} {top:g}"]
    for spot in way[1:]:
        below = at(spot.level)
        middle = (top + below) / 2
        path.append(f"C{x:.0f} {middle:g} {spot.x:.0f} {middle:g} {spot.x:.0f} {below:g}")
        x, top = spot.x, below
        if not spot.room:
            top = below + HIGH
            path.append(f"V{top:g}")
    x, end = way[-1].x, at(way[-1].level)
    path.append(f"M{x - 4:.0f} {end - 7:g}L{x:.0f} {end:g}L{x + 4:.0f} {end - 7:g}")
    return f'    <path stroke="{KINDS[ROOMS[way[0].room][0]][2]}" d="{"".join(path)}"/>'


def _room(spot: Spot, y: float) -> str:
    kind, words = ROOMS[spot.room]
    _, fill, ink = KINDS[kind]
    x = spot.x - ROOM / 2
    return (
        f'  <rect x="{x:.0f}" y="{y:g}" width="{ROOM}" height="{HIGH}" rx="6" fill="{fill}" stroke="{ink}"/>'
        f'<text x="{spot.x:.0f}" y="{y + 19:g}" text-anchor="middle" font-weight="600" fill="#111">{spot.room}</text>'
        f'<text x="{spot.x:.0f}" y="{y + 36:g}" text-anchor="middle" font-size="11" fill="#333">{escape(words)}</text>'
    )


# ---------------------------------------------------------------- the table


def table() -> str:
    """Every room with its floor, what it is, and what it imports; from the top down."""
    lines = ["| floor | package | what it is | imports |", "| ---: | --- | --- | --- |"]
    for level, rooms in reversed(list(enumerate(floors(), start=1))):
        for room in rooms:
            path = HOUSE / room
            link = f"../src/rmatch/{room}" if path.is_dir() else f"../src/rmatch/{room}.py"
            targets = ", ".join(imports()[room]) or "nothing"
            lines.append(f"| {level} | [`{room}`]({link}) | {ROOMS[room][1]} | {targets} |")
    return "\n".join(lines) + "\n"


def main(words: list[str]) -> int:
    """Write the picture and the table, or say whether they are up to date."""
    unknown = {room for floor in floors() for room in floor} ^ ROOMS.keys()
    if unknown:
        print(
            f"docs/architecture.py: say in ROOMS what these are, or take them out: {sorted(unknown)}", file=sys.stderr
        )
        return 1
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(MARKS[0])
    made = {PAGE: before + MARKS[0] + table() + MARKS[1] + rest.partition(MARKS[1])[2], PICTURE: picture()}
    if "--check" in words:
        old = [
            path.name for path, text in made.items() if not path.exists() or path.read_text(encoding="utf-8") != text
        ]
        if old:
            print(f"docs: {' and '.join(old)} out of date: run python docs/architecture.py", file=sys.stderr)
        return int(bool(old))
    for path, text in made.items():
        path.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
