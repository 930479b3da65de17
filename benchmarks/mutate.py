"""Would the tests notice? A room of the package is changed in one place at a time, and its tests should fail each time.

    python -m benchmarks.mutate factors rules roster --most 300 --json benchmarks/results/mutation.json

A room is a module or a package, by its name or its path. Changes are small and of the kind that people make: ``<`` for
``<=``, ``+`` for ``-``, a number off by one, a step left out, ``max`` for ``min``. Where a room has more than
``--most``, so many are drawn, the same ones for the same ``--seed``. A change is noticed if a test fails or takes ten
times as long as usual; one that is not is printed. Each is tried on a copy of the package, so nothing here is touched.
Rooms that the file named by ``--json`` has already, and that are not asked for, stay in it.
"""

from __future__ import annotations

import json
import math
import random
import sys
import time
from pathlib import Path

from _changes import mutants
from _run import Figures, parser, report
from _trial import PACKAGE, Trials, Verdict, place_of

ROSTER = (
    *(f"roster_{what}" for what in ("cells", "columns", "files", "laws", "memory", "people", "real")),
    *("bad_input", "any_input", "excel_reading", "aliases", "spellings", "naughty", "leaks", "sensitive"),
)
SOLVED = ("column_generation", "limits_and_objectives_short")
TESTS = {
    "factors": ("factors", "criteria", "rules", "kernel", "laws"),
    "criteria/blocks": ("factors", "criteria", "rules", "about_the_partner", "laws"),
    "rules": ("rules", "eligibility", "testing", "program", "locks", "confidential", "questions", "laws"),
    "criteria": ("criteria", "testing", "program", "questions", "naughty", "laws"),
    "eligibility": ("eligibility", "own_classes", "locks", "kernel", "laws"),
    "files": ("written_files", "naughty", "paths", "atomic", "order"),
    "roster": ROSTER,
    "kernel": ("kernel", "top_k"),
    "layout": ("layout", "kernel", "top_k"),
    "reductions": ("reductions", "kernel", "top_k"),
    "duals": ("duals", "duals_edges", *SOLVED),
    "limits": (
        *("limits", "locks", "circles", "representative", "in_track", "program", "reasons"),
        *("own_classes", "limits_end_to_end", "rows"),
    ),
    "proof": (
        *("verify_edges", "verify", "forged", "self_check", "skips", "alike"),
        *("branch_and_bound", "limits_end_to_end"),
    ),
    "output/check": ("verify", "forged", "sensitive"),
    "record_of": ("save_and_load", "verify", "forged", "limits_end_to_end"),
    "rows": ("rows", "limits", "verify_edges"),
    "problem/compile": ("self_check", "found_faults", "limits_end_to_end", *SOLVED),
    "column_generation": SOLVED,
    "cover": ("cover", *SOLVED),
    "initial_columns": ("initial_columns", "cover", "column_generation"),
    "lazy_rows": ("circles", "limits"),
    "solve/branch_and_bound": ("branch_and_bound", "circles", "limits_and_objectives_short"),
    "solve/rounds": ("rounds",),
    "valuation": ("duals_edges", "problem_reductions", "kernel", *SOLVED),
    "review": ("review", "reasons"),
    "run_log": ("run_log", "reasons"),
}
"""Which tests concern a room; another's are those that bear its name."""


def files_of(room: str) -> list[str]:
    """The files of a package, or the one of a module wherever it stands, by their paths below the package.

    Ends the program where there is none, or where several bear the name.
    """
    own = PACKAGE / f"{room}.py"
    package = sorted((PACKAGE / room).glob("*.py"))
    paths = package or ([own] if own.exists() else sorted(PACKAGE.rglob(f"{room}.py")))
    names = [path.relative_to(PACKAGE).as_posix() for path in paths]
    if not names:
        sys.exit(f"no package or module is called {room}")
    if len(names) > 1 and not package:
        sys.exit(f"{room} may be {' or '.join(names)}: write its path")
    return names


def tests_of(room: str) -> tuple[str, ...]:
    """The names of the tests that concern a room."""
    return TESTS.get(room, (Path(room).name,))


def tried(room: str, most: int, seed: int, at_once: int, before: Figures | None = None) -> Figures:
    """Change one room in up to so many places, one at a time; or only where ``before`` says nothing noticed it."""
    begin, files = time.perf_counter(), files_of(room)
    every = [(file, one) for file in files for one in mutants((PACKAGE / file).read_text(encoding="utf-8"))]
    if before is not None:
        if before["possible"] != len(every) or before["untold"]:
            sys.exit(f"{room} is another since it was tried: try it anew, without --again")
        most, seed = before["tried"] + before["untold"], before["seed"]
    drawn = sorted(random.Random(seed).sample(range(len(every)), min(most, len(every))))
    some = [every[k] for k in drawn]
    trials, verdicts = Trials(tests_of(room), at_once), dict[int, Verdict]()
    if before is not None:
        left = [(one["file"], one["line"], one["change"]) for one in before["survivors"]]
        verdicts = {
            k: Verdict.NOTICED for k, (file, one) in enumerate(some) if (file, one.line, one.change) not in left
        }
    todo = [k for k in range(len(some)) if k not in verdicts]
    with trials.copies() as places:
        seen = trials.watched(places[0], files)
        changes = [(some[k][0], some[k][1].statement, some[k][1].source) for k in todo]
        for place, verdict in trials.tried(places, seen, changes):
            number = todo[place]
            verdicts[number] = verdict
            file, one = some[number]
            if verdict is not Verdict.NOTICED:
                print(f"{len(verdicts)}: {file}, line {one.line}: {one.change}  {verdict.value}", file=sys.stderr)
    told = [verdict for verdict in verdicts.values() if verdict is not Verdict.UNTOLD]
    killed = told.count(Verdict.NOTICED)
    return {
        "module": room,
        "files": len(files),
        "tests": [Path(test).name for test in trials.tests],
        "possible": len(every),
        "tried": len(told),
        "untold": len(some) - len(told),
        "seed": seed,
        "killed": killed,
        "score": round(killed / max(len(told), 1), 3),
        "interval": interval(killed, len(told), len(every)),
        "seconds": round(time.perf_counter() - begin, 1),
        "survivors": [
            {"file": some[k][0], "line": some[k][1].line, "change": some[k][1].change}
            for k in sorted(verdicts)
            if verdicts[k] is Verdict.UNNOTICED
        ],
    }


def interval(killed: int, tried: int, possible: int) -> list[float]:
    """The 95 % interval of the share that would be noticed if all were tried; Wilson (1927), without replacement.

    The share itself, twice, where all were tried.
    """
    if tried in (0, possible):
        return [round(killed / max(tried, 1), 3)] * 2
    size = tried * (possible - 1) / (possible - tried)  # as much as a sample of this size tells with replacement
    share, z = killed / tried, 1.96
    middle = (share + z * z / (2 * size)) / (1 + z * z / size)
    half = z / (1 + z * z / size) * math.sqrt(share * (1 - share) / size + z * z / (4 * size * size))
    return [round(max(middle - half, 0.0), 3), round(min(middle + half, 1.0), 3)]


def recorded(file: Path | None) -> list[Figures]:
    """The rooms that a file of figures holds."""
    return json.loads(file.read_text(encoding="utf-8"))["modules"] if file is not None and file.exists() else []


def main() -> None:
    words = parser(__doc__ or "")
    words.add_argument("modules", nargs="*", metavar="MODULE", help="such as factors, or roster")
    words.add_argument("--most", type=int, default=200, metavar="N", help="changes of a module, 200 by default")
    words.add_argument("--seed", type=int, default=0, metavar="N", help="which ones are drawn")
    words.add_argument("--at-once", type=int, default=2, metavar="N", help="trials side by side")
    words.add_argument("--again", action="store_true", help="only what the file of --json says went unnoticed")
    given = words.parse_args()
    modules, most = (["notebook"], 1) if given.smallest else (given.modules, given.most)
    if not modules:
        words.error("name at least one module")
    for room in (*TESTS, *modules):  # a name that went out of use is found whichever room is asked for
        files_of(room)
        for test in tests_of(room):
            place_of(test)
    before = {one["module"]: one for one in recorded(given.json)} if given.again else {}
    figures = [tried(module, most, given.seed, given.at_once, before.get(module)) for module in modules]
    kept = [] if given.smallest else [old for old in recorded(given.json) if old["module"] not in modules]
    report("mutation", {"modules": sorted([*kept, *figures], key=lambda one: one["module"])}, given.json)


if __name__ == "__main__":
    main()
