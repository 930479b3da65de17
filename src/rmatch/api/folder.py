"""Result folders: written atomically, with a fingerprint of every other file in ``matching.json``."""

from __future__ import annotations

import csv
import io
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from importlib.util import find_spec
from itertools import count
from pathlib import Path

from rmatch._util.atomic import alone, recover, replace_folder
from rmatch._util.files import csv_bytes, digest, unharmed
from rmatch._util.typed import advised
from rmatch.api.load import JOINT, read_record
from rmatch.errors import OutputError, RmatchError
from rmatch.matching import Matching
from rmatch.output import run_log
from rmatch.output.ics import calendar_of
from rmatch.output.inputs import NAME as INPUTS
from rmatch.output.inputs import Inputs
from rmatch.output.report import View, report_html
from rmatch.output.workbook import too_long, workbook_bytes, workbook_print
from rmatch.program import Program
from rmatch.schema.record import MatchingRecord

RECORD = "matching.json"
AUDIT, AUDIT_PAGE = "audit.csv", "audit.html"

OWN = frozenset(
    {"pairs.csv", "unmatched.csv", "everyone.csv", "issues.csv", "program.toml", "report.html", "pairs.xlsx"}
    | {"calendar.ics", AUDIT, AUDIT_PAGE}
)
"""What a result may hold besides its record: what a record names beyond these is no file of ours."""

_NUMBER = re.compile(r"\d+")
_PLACES = ("file", "row")  # where a line stood in the input: the one thing that may change when rows are shuffled


_MATCH = run_log.Run("match")


def write_folder(
    matching: Matching,
    out: Path,
    inputs: Inputs | None = None,
    beside: Mapping[str, bytes] | None = None,
    run: run_log.Run = _MATCH,
    audit: bool = False,
) -> tuple[str, ...]:
    """Write a result folder, and return the names of its files.

    Args:
        matching: The result.
        out: The folder; new, empty, or an earlier result.
        inputs: Where the people came from; it gets no fingerprint.
        beside: Further files by name; they get no fingerprint.
        run: What to write to the log of runs.
        audit: Whether to write the audit by group, which gets no fingerprint in ``matching.json``.

    Raises:
        OutputError: ``out`` contains something other than an earlier result, or cannot be written. Nothing was changed.
    """
    refuse_strangers(out)
    files = {
        "pairs.csv": csv_bytes(matching.pairs),
        "unmatched.csv": csv_bytes(matching.unmatched),
        "everyone.csv": csv_bytes(matching.accounts),
        "issues.csv": csv_bytes(advised(matching.issues)),
        "program.toml": matching.program.to_toml().encode(),
        "report.html": report_html(matching),
    }
    beyond = not_written(matching)
    files |= {name: write(matching) for name, write in FURTHER.items() if name not in beyond}
    fingerprints = {name: fingerprint(name, data) for name, data in files.items()}
    record = matching.to_json(files=fingerprints).encode()
    fingerprints[RECORD] = digest(record)
    if audit:
        files[AUDIT] = csv_bytes(matching.audit())
        files[AUDIT_PAGE] = report_html(matching, View.AUDIT)
        fingerprints |= {name: digest(files[name]) for name in (AUDIT, AUDIT_PAGE)}
    if inputs is not None:
        files[INPUTS] = inputs.to_json(out)
    files |= beside or {}
    try:
        line = run_log.entry(run, matching.to_record(), fingerprints)
        with alone(out):  # so that of two runs neither loses the other's line
            earlier = {**run_log.outputs(out), **refuse_strangers(out)}
            changed = _changed_by_hand(out, [name for name in fingerprints if name != RECORD], earlier)
            files |= {run_log.NAME: run_log.appended(out, line), RECORD: record, **changed}
            replace_folder(out, files, own={RECORD, INPUTS, *_as_written(out, earlier)})
    except OSError as error:
        raise OutputError(f"{out}: cannot be written: {error.strerror or error}") from None
    return tuple(files)


def _as_written(out: Path, earlier: Mapping[str, str]) -> set[str]:
    """The files of the earlier result that are as it says, by its own names alone: nobody else's file is taken away."""
    found = set()
    for name in OWN & earlier.keys():
        with suppress(OSError, ValueError, csv.Error):
            if fingerprint(name, (out / name).read_bytes()) == earlier[name]:
                found.add(name)
    return found


def edited(out: Path, record: MatchingRecord) -> list[str]:
    """Return the tables of pairs, in which people decide by hand, that are not as the result in ``out`` says."""
    tables = [name for name in ("pairs.csv", "pairs.xlsx") if name in record.files and (out / name).exists()]
    return [name for name in tables if name not in _as_written(out, record.files)]


def _changed_by_hand(out: Path, names: Iterable[str], earlier: Mapping[str, str]) -> dict[str, bytes]:
    """The files that would be overwritten and are not as an earlier run wrote them, under names of their own."""
    kept = {}
    for name in names:
        path = out / name
        if path.is_file() and name not in _as_written(out, {name: earlier.get(name, "")}):
            stem, ending = os.path.splitext(name)
            number = next(k for k in count(1) if not (out / f"{stem}.changed-{k}{ending}").exists())
            kept[f"{stem}.changed-{number}{ending}"] = path.read_bytes()
    return kept


FURTHER: dict[str, Callable[[Matching], bytes]] = {"pairs.xlsx": workbook_bytes, "calendar.ics": calendar_of}
"""Files that need an extra, or a feature of the program."""


def not_written(matching: Matching) -> dict[str, str]:
    """Return the further files that a result does not have, each with the reason."""
    why = {}
    if find_spec("xlsxwriter") is None:
        why["pairs.xlsx"] = 'it needs the extra "excel": pip install ".[excel]"'
    elif too_long(matching):
        why["pairs.xlsx"] = "there are more rows than a sheet holds"
    if matching.program.term is None:
        why["calendar.ics"] = "the program has no [term]"
    elif find_spec("icalendar") is None:
        why["calendar.ics"] = 'it needs the extra "calendar": pip install ".[calendar]"'
    return why


def refuse_strangers(out: Path) -> Mapping[str, str]:
    """Return the files of the earlier result in ``out``, with their fingerprints; none where it is new or empty.

    Raises:
        OutputError: ``out`` cannot become a result folder: it contains something else, is a file, or cannot be
            replaced.
    """
    try:
        recover(out)
        way = next((place for place in (out, *out.parents) if place.exists()), None)
        if way is not None and not way.is_dir():
            raise OutputError(f"{out}: {'this' if way == out else way} is a file, not a folder; name another folder")
        if not out.exists():
            return {}
        filled, fixed = any(out.iterdir()), _fixed(out)
    except OSError as error:
        raise OutputError(f"{out}: cannot be read: {error.strerror or error}") from None
    try:
        earlier = dict(read_record(out / RECORD).files) if filled else {}
    except RmatchError:
        if (out / JOINT).exists():
            raise OutputError(
                f"{out} holds several rounds of rmatch ({JOINT} and a folder for each), and one result cannot take "
                "their place; name a new folder"
            ) from None
        raise OutputError(f"{out} is not empty and holds no earlier result of rmatch; name a new folder") from None
    if fixed:
        raise OutputError(f"{out}: a result takes the place of its folder as a whole, and {fixed}")
    return earlier


def _fixed(out: Path) -> str:
    """Why a folder cannot be replaced, as text; empty where it can."""
    if os.path.ismount(out):
        return "this one is a disk: name a folder in it"
    return "you stand in this one: go one up first" if Path.cwd().is_relative_to(os.path.realpath(out)) else ""


def fingerprint(name: str, data: bytes) -> str:
    """Return the SHA-256 of a file; of tables with input positions, of the sorted lines without these positions.

    So fingerprints do not depend on the order of the input rows.
    """
    if name == "pairs.xlsx":
        return workbook_print(data)
    if name not in ("everyone.csv", "issues.csv"):
        return digest(data)
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    columns = rows[0] if rows else []
    kept = [k for k, column in enumerate(columns) if column not in _PLACES]
    numbered = columns.index("reason") if "reason" in columns else -1
    lines = sorted(
        "\x1f".join(_NUMBER.sub("#", row[k]) if k == numbered else row[k] for k in kept if k < len(row)) for row in rows
    )
    return digest("\x1e".join(lines).encode())


def _ids(data: bytes, columns: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The ids in each line of a table that rmatch wrote, sorted."""
    lines = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    return sorted(tuple(unharmed(line.get(column) or "") for column in columns) for line in lines)


def _agrees(name: str, data: bytes, record: MatchingRecord) -> bool:
    """Whether a file that repeats the record still does: a change is found even if the fingerprint was changed too."""
    if name == "program.toml":
        written = Program.model_validate(record.program).to_toml()  # in another order of columns and values
        return tomllib.loads(data.decode()) == tomllib.loads(written)
    if name == "pairs.csv":
        pairs = sorted((pair.mentor_id, pair.mentee_id) for pair in record.pairs)
        return _ids(data, ("mentor_id", "mentee_id")) == pairs
    return name != "unmatched.csv" or _ids(data, ("employee_id",)) == sorted((u.employee_id,) for u in record.unmatched)


def changed_files(folder: Path, record: MatchingRecord) -> list[str]:
    """Return what is wrong with the files beside a record: missing, or changed since they were written."""
    problems = []
    for name, expected in sorted(record.files.items()):
        if name != Path(name).name:
            problems.append(f"{name!r} is no file beside it")
            continue
        try:
            data = (folder / name).read_bytes()
            if fingerprint(name, data) != expected:
                problems.append(f"{name} is not as it was written")
            elif not _agrees(name, data, record):
                problems.append(f"{name} says something else than {RECORD}")
        except (OSError, ValueError, csv.Error) as error:
            problems.append(f"{name} cannot be read: {error}")
    return problems
