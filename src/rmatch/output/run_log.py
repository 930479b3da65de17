"""The record of runs: ``audit.jsonl`` beside a result, one line for each run, and no person in it.

It says when, by which versions, from which program and which files a result was made, how it ended, what was imposed
by hand and why, and the fingerprints of all that was written. Earlier lines stay when a result is written again.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rmatch._util.files import digest
from rmatch.errors import OutputError
from rmatch.schema.binding import PEOPLE
from rmatch.schema.record import MatchingRecord

NAME = "audit.jsonl"
FORMAT = 1

_VERSIONS = ("rmatch-engine", "numpy", "ortools")
_BLOCK = 1 << 20
_WHO = ("employee_id", "name", "email", "manager_id", *PEOPLE)  # columns whose cells say who somebody is


@dataclass(frozen=True)
class Run:
    """What was asked for: the command, the files that it read by the names of the command line, and what a lottery
    over several rounds is.
    """

    command: str
    inputs: Mapping[str, Path] = field(default_factory=dict)
    lottery: Mapping[str, object] | None = None


def entry(run: Run, record: MatchingRecord, outputs: Mapping[str, str]) -> dict[str, Any]:
    """Return the line of one run as plain data; ``outputs`` are the fingerprints of the files beside ``record``.

    Raises:
        OutputError: An input cannot be read any more.
    """
    return {
        "format": FORMAT,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": run.command,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _VERSIONS}},
        "inputs": {name: _of_file(path) for name, path in run.inputs.items()},
        "outputs": dict(outputs),
        **({} if run.lottery is None else {"lottery": dict(run.lottery)}),
        **_told(record),
    }


def appended(folder: Path, line: Mapping[str, Any]) -> bytes:
    """Return the record of ``folder``, as it is now, with one more line."""
    path = folder / NAME
    old = path.read_bytes() if path.is_file() else b""
    if old and not old.endswith(b"\n"):
        old += b"\n"
    return old + (json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n").encode("utf-8", "backslashreplace")


def last(folder: Path) -> dict[str, Any] | None:
    """Return the last line of the record in ``folder``, or None where there is no record.

    Raises:
        ValueError, OSError: It cannot be read.
    """
    path = folder / NAME
    if not path.is_file():
        return None
    lines = path.read_bytes().rstrip(b"\n").split(b"\n")  # a text may hold other ends of lines
    line = json.loads(lines[-1].decode("utf-8")) if lines[-1] else None
    if not (isinstance(line, dict) and line.get("format") == FORMAT and isinstance(line.get("outputs"), dict)):
        raise ValueError("no record of a run")
    return line


def outputs(folder: Path) -> dict[str, str]:
    """The files that the last run wrote into ``folder``, with their fingerprints, as far as its record says so."""
    try:
        line = last(folder)
    except (OSError, ValueError, RecursionError):
        return {}
    return {} if line is None else {name: str(print_) for name, print_ in line["outputs"].items()}


def disagreements(folder: Path, name: str, record: MatchingRecord) -> list[str]:
    """Return in what the last line of the record does not agree with the result beside it, whose file is ``name``."""
    try:
        line = last(folder)
    except (OSError, ValueError, RecursionError):
        return [f"the last line of {NAME} is not the record of a run"]
    if line is None:
        return []
    problems = [
        f"{NAME} has another {key.replace('_', ' ')} than {name}"
        for key, value in _told(record).items()
        if line.get(key) != value
    ]
    outputs = line["outputs"]
    if not outputs.items() >= record.files.items():
        problems.append(f"{NAME} has other fingerprints than {name}")
    for own in sorted(outputs.keys() - record.files.keys()):
        try:
            print_ = digest((folder / own).read_bytes())
        except (OSError, ValueError) as error:
            problems.append(f"{own} cannot be read: {error}")
        else:
            if print_ != outputs[own]:
                problems.append(f"{own} is not as {NAME} has it")
    return problems


def _told(record: MatchingRecord) -> dict[str, Any]:
    """What the record of a run repeats of the result."""
    saved = record.certificate
    return {
        "people": record.people,
        "status": record.status,
        "certificate": {
            "pairs": len(record.pairs),
            "total": saved.total,
            "bound": saved.bound,
            "gap": saved.bound - saved.total,
            "gaps": saved.first_gaps
            if saved.sealed
            else {stage.name: stage.bound - stage.value for stage in saved.stages},
        },
        "overrides": _overrides(record),
        "counts": record.counts,
        "program": _impersonal(record.program),
    }


def _overrides(record: MatchingRecord) -> dict[str, Any]:
    """What people imposed: how many pairs they locked, excluded and approved, and how many for each reason."""
    imposed = {
        "locks": _by_reason(record.program.get("limits"), "lock"),
        "exclusions": _by_reason(record.program.get("rules"), "exclude"),
    }
    return {
        **{what: sum(reasons.values()) for what, reasons in imposed.items()},
        "approved": sum(pair.approved for pair in record.pairs),
        "reasons": {what: {why: n for why, n in reasons.items() if why} for what, reasons in imposed.items()},
    }


def _by_reason(elements: Any, kind: str) -> dict[str, int]:
    """How many pairs the elements of one kind list, by their reasons; an empty one where none is given."""
    found: dict[str, int] = {}
    for element in elements if isinstance(elements, list) else ():
        if isinstance(element, dict) and element.get("kind") == kind and isinstance(element.get("pairs"), list):
            why = str(element.get("reason", ""))
            found[why] = found.get(why, 0) + len(element["pairs"])
    return found


def _impersonal(plain: Any) -> Any:
    """The program without the people it names: of lists of them only the number stays; and without folders of files."""
    if isinstance(plain, list):
        return [_impersonal(item) for item in plain]
    if not isinstance(plain, dict):
        return plain
    short = {key: _impersonal(value) for key, value in plain.items()}
    for named in ("pairs", "people", "mentors", "mentees") if "kind" in plain else ():
        if isinstance(plain.get(named), list):
            short[named] = len(plain[named])
    if "kind" in plain and plain.get("column") in _WHO and isinstance(plain.get("value"), str):
        short["value"] = "(somebody)"
    if isinstance(plain.get("file"), str):
        short["file"] = Path(plain["file"]).name
    return short


def _of_file(path: Path) -> str | None:
    """SHA-256 of a file; None for what is no regular file, such as a pipe, which can be read only once."""
    try:
        if not path.is_file():
            return None
        found = hashlib.sha256()
        with open(path, "rb") as file:
            while block := file.read(_BLOCK):
                found.update(block)
    except OSError as error:
        raise OutputError(f"{path}: cannot be read again for the record: {error.strerror or error}") from None
    return found.hexdigest()
