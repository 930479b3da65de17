"""Long calls of a solver run in a process of their own, which ends when the time does or the caller is interrupted.

OR-Tools' graph solvers hold the interpreter until they are done, know no time limit and do not hear Ctrl-C. A process
can be ended at any moment; and should one ever crash, it does not take the caller's with it.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from rmatch._util.deadline import TimeUpError, over, until
from rmatch.errors import SolverError
from rmatch.solve.backends import _ortools

LONG = 1 << 20
"""Arcs from which a call may take longer than a second, and so has a process of its own."""
COMMAND = (sys.executable, "-P", str(Path(_ortools.__file__)))


ALWAYS_APART = frozenset({"integer_program"})
"""Engines whose time cannot be told from the size of what they are given."""


def call(name: str, *arrays: Any) -> Any:
    """Return what the engine ``name`` answers, from here or from a process of its own.

    Raises SolverError where it fails or crashes, and TimeUpError where the time is over first.
    """
    if over(until()):
        raise TimeUpError
    small = name not in ALWAYS_APART and max(array.size for array in arrays) < LONG
    if small or not sys.executable:
        try:
            return _ortools.ENGINES[name](*arrays)
        except _ortools.FailedError as error:
            raise SolverError(str(error)) from None
    return _apart(name, arrays)


def _apart(name: str, arrays: tuple[Any, ...]) -> Any:
    question = pickle.dumps((name, arrays), protocol=pickle.HIGHEST_PROTOCOL)
    left = until() - time.monotonic()
    try:
        with subprocess.Popen(
            COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            try:
                said, complaint = process.communicate(question, None if np.isinf(left) else max(left, 0.0))
            except BaseException:  # the time is over, or somebody pressed Ctrl-C
                process.kill()
                raise
    except subprocess.TimeoutExpired:
        raise TimeUpError from None
    except OSError as error:
        raise SolverError(f"a process for the {_spoken(name)} solver cannot be started: {error}") from None
    return _understood(name, process.returncode, said, complaint)


def _understood(name: str, code: int, said: bytes, complaint: bytes) -> Any:
    try:
        kind, answer = _loaded(said) if code == 0 else ("crashed", None)
    except (pickle.UnpicklingError, EOFError, ValueError, TypeError):
        kind, answer = "crashed", None
    if kind == "answer":
        return answer
    if kind == "failed":
        raise SolverError(str(answer))
    last = complaint.decode(errors="replace").strip().rpartition("\n")[2]
    raise SolverError(
        f"the {_spoken(name)} solver crashed in its process (exit code {code}{f': {last}' if last else ''}); "
        "there may be too little memory"
    )


def _loaded(said: bytes) -> tuple[str, Any]:
    kind, answer = pickle.loads(said)
    return kind, answer


def _spoken(name: str) -> str:
    return name.replace("_", "-")
