"""Solver subprocess: long solver calls run in a process that ends when the time does or the caller is interrupted.

OR-Tools' graph solvers do not release the interpreter lock, have no time limit and ignore Ctrl-C. A process can be
ended at any moment, and a crash in it does not affect the caller.
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
"""Arcs from which a call may take longer than a second, and so runs in a subprocess."""
COMMAND = (sys.executable, "-P", str(Path(_ortools.__file__)))


ALWAYS_IN_SUBPROCESS = frozenset({"integer_program"})
"""Calls whose duration cannot be predicted from the size of their arguments."""


def call(name: str, *arrays: Any) -> Any:
    """Return the answer of the solver ``name``, from this process or from a subprocess.

    Args:
        name: Name of the solver.
        *arrays: Its arguments.

    Raises:
        SolverError: The subprocess failed.
        TimeUpError: The time is over.
    """
    if over(until()):
        raise TimeUpError
    small = name not in ALWAYS_IN_SUBPROCESS and max(array.size for array in arrays) < LONG
    if small or not sys.executable:
        try:
            return _ortools.ENGINES[name](*arrays)
        except _ortools.FailedError as error:
            raise SolverError(str(error)) from None
    return _in_subprocess(name, arrays)


def _in_subprocess(name: str, arrays: tuple[Any, ...]) -> Any:
    question = pickle.dumps((name, arrays), protocol=pickle.HIGHEST_PROTOCOL)
    left = until() - time.monotonic()
    try:
        with subprocess.Popen(
            COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            try:
                output, complaint = process.communicate(question, None if np.isinf(left) else max(left, 0.0))
            except BaseException:  # the time is over, or the user pressed Ctrl-C
                process.kill()
                raise
    except subprocess.TimeoutExpired:
        raise TimeUpError from None
    except OSError as error:
        raise SolverError(f"a process for the {_spoken(name)} solver cannot be started: {error}") from None
    return _understood(name, process.returncode, output, complaint)


def _understood(name: str, code: int, output: bytes, complaint: bytes) -> Any:
    try:
        kind, answer = _loaded(output) if code == 0 else ("crashed", None)
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


def _loaded(output: bytes) -> tuple[str, Any]:
    kind, answer = pickle.loads(output)
    return kind, answer


def _spoken(name: str) -> str:
    return name.replace("_", "-")
