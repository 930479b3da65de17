"""A process that writes a result over an earlier one, again and again, and is killed at a random moment of the writing.

    python dying.py FOLDER swap|rename TIMES

``FOLDER`` holds ``0.csv`` and ``1.csv``. The writing is slowed down, so that a death lands within it. After each death
the result must be whole: that of the one file or that of the other. Prints what was found as JSON.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from rmatch import cli
from rmatch._util import atomic
from rmatch.api.folder import RECORD, changed_files
from rmatch.api.load import read_record

PAUSE = 0.0005
CALLS = ("open", "fsync", "link", "rename", "replace", "mkdir", "unlink", "rmdir", "chmod")
FOREIGN = "notes.txt"


def main(folder: Path, way: str, times: int) -> dict[str, int]:
    """Kill so many writers and return how many died within the writing and what was found after them."""
    if way == "rename":
        atomic.exchange = lambda one, other: False
    out, draw = folder / "out", random.Random(0)
    results = {}
    for k in (0, 1):
        written(folder, k, out)
        results[print_of(out)] = k
    assert len(results) == 2
    (out / FOREIGN).write_text("by hand", encoding="utf-8")
    found = {"died": 0, "old": 0, "new": 0}
    span = 0.0
    for turn in range(4 * times):
        if found["died"] == times:
            break
        before, k = results[print_of(out)], turn % 2
        child, begun = slow_writer(folder, k, out)
        os.read(begun, 1)
        start = time.perf_counter()
        if turn:  # the first is let live, to measure how long it takes
            time.sleep(draw.uniform(0, span))
            os.kill(child, signal.SIGKILL)
        found["died"] += os.WIFSIGNALED(os.waitpid(child, 0)[1])
        span = span or time.perf_counter() - start
        os.close(begun)
        record = read_record(out / RECORD)  # as every command does first
        assert not changed_files(out, record), "the files are not those of the record"
        assert (out / FOREIGN).read_text(encoding="utf-8") == "by hand"
        after = results[print_of(out)]
        found["new" if after == k else "old"] += before != k
    written(folder, 0, out)
    assert results[print_of(out)] == 0
    return found


def written(folder: Path, k: int, out: Path) -> None:
    """Match one of the files."""
    with redirect_stdout(StringIO()):
        assert cli.main(["match", str(folder / f"{k}.csv"), "--out", str(out)]) == 0


def print_of(out: Path) -> str:
    """The names and the record of the result, but for what is not its own."""
    names = sorted(path.name for path in out.iterdir() if path.name != FOREIGN)
    return hashlib.sha256("/".join(names).encode() + (out / RECORD).read_bytes()).hexdigest()


def slow_writer(folder: Path, k: int, out: Path) -> tuple[int, int]:
    """Start a process that writes slowly; the second number is a file that gets a byte when the writing begins."""
    begun, tell = os.pipe()
    child = os.fork()
    if child:
        os.close(tell)
        return child, begun
    written_by = atomic.replace_folder

    def slowly(*given: Any, **named: Any) -> None:
        for name in CALLS:
            setattr(os, name, slow(getattr(os, name)))
        atomic.exchange = slow(atomic.exchange)
        os.write(tell, b"x")
        written_by(*given, **named)

    sys.modules["rmatch.api.folder"].replace_folder = slowly  # type: ignore[attr-defined]
    try:
        written(folder, k, out)
    finally:
        os._exit(0)


def slow(call: Callable[..., Any]) -> Callable[..., Any]:
    """The same call, with a pause before and after."""

    def paused(*given: Any, **named: Any) -> Any:
        time.sleep(PAUSE)
        try:
            return call(*given, **named)
        finally:
            time.sleep(PAUSE)

    return paused


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))))
