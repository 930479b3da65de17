"""Programs as people have them, by their numbers, in a process for each core: see ``tests/support/judgement.py``."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import cpu_count, get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from _run import Figures

SUPPORT = Path(__file__).parents[1] / "tests" / "support"
ONE_IN = 10
"""Of so many programs one is also saved, read back and verified."""
_PIECE = 50

Wrong = tuple[int, str, str]
"""The number of a program, the kind of what is wrong with its answer, and the words."""


def asked(number: int) -> Figures:
    """Ask about the programs of the numbers from 0 on."""
    seen, wrong, begin = Counter[str](), list[Wrong](), time.perf_counter()
    firsts = range(0, number, _PIECE)
    with ProcessPoolExecutor(cpu_count(), mp_context=get_context("spawn"), initializer=_quiet) as processes:
        for one, other in processes.map(_piece, firsts, [min(first + _PIECE, number) for first in firsts]):
            seen += one
            for each in other:
                print(f"real {each[0]}: {each[2]}", file=sys.stderr)
            wrong += other
    spent = time.perf_counter() - begin
    print(f"real: {number} instances, {len(wrong)} disagreements, {spent:.1f} s", file=sys.stderr)
    kinds = Counter(kind for _, kind, _ in wrong)
    return {
        "oracle": "real",
        "asks": "programs as people have them, 1 × 1 to 8 × 8: an integer program of rows and values, stage by stage; "
        "the bound of every stage, verify, and one in ten read back",
        "instances": number,
        "different": number,
        "disagreements": len(wrong),
        "seconds": round(spent, 1),
        "seen": dict(sorted(seen.items())),
        "false_bounds": kinds["a false bound"],
        "refused_by_verify": kinds["refused by its check"],
        "feasible": seen["feasible"],
        **(
            {"kinds": dict(kinds.most_common()), "wrong": [f"{n}: {words}" for n, _, words in wrong[:5]]}
            if wrong
            else {}
        ),
    }


def _quiet() -> None:
    """HiGHS writes to standard output now and then, where figures go."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.path.insert(0, str(SUPPORT))


def _piece(first: int, last: int) -> tuple[Counter[str], list[Wrong]]:
    from judgement import Disagreement, hold
    from real_programs import numbered

    seen, wrong = Counter[str](), list[Wrong]()
    with TemporaryDirectory() as folder:
        for number in range(first, last):
            try:
                hold(numbered(number), None if number % ONE_IN else Path(folder), seen)
            except Disagreement as error:
                wrong.append((number, error.kind, str(error)[:400]))
            except Exception as error:  # whatever it is, it is no answer
                wrong.append((number, f"failed: {type(error).__name__}", f"{type(error).__name__}: {error}"[:400]))
    return seen, wrong
