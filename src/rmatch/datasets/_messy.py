"""The same workforce as a messy CSV export, with the rows known that no reader may accept."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Literal, NamedTuple

import numpy as np

from rmatch.columns import IntArray, Labels
from rmatch.datasets._draws import Draws
from rmatch.datasets._workforce import workforce
from rmatch.errors import RosterError
from rmatch.schema.person import CANONICAL

HEADERS: dict[str, str] = {
    "employee_id": " Emp ID",
    "name": "Full Name",
    "email": "E-MAIL ADDRESS",
    "job_title": "Position Title ",
    "role": "Programme Role",
    "grade": "Job Grade",
    "department": "Dept.",
    "team": "Team Name",
    "manager_id": "Reports To",
    "location": "work location",
    "job_family": "Profession",
    "career_path": "Entry Route",
    "tenure_band": "Length of  Service",
    "timezone": "Time Zone",
    "languages": "Spoken_Languages",
    "availability": "Available Times",
    "skills_offered": "I can teach",
    "skills_wanted": "I want to learn",
    "goals": "Programme Goals",
    "capacity": "Max. Pairs",
    "min_pairs": "Minimum Pairs",
}
"""What the export calls the canonical columns."""


class Fault(Enum):
    """What makes a row unusable."""

    REPEATED_ID = "another row has the same id"
    NO_ID = "the id is blank"
    CAPACITY = "the capacity is negative or above one thousand"
    TOO_MANY_FIELDS = "the row has more fields than the header"
    TOO_FEW_FIELDS = "the row has fewer fields than the header"


class BadRow(NamedTuple):
    """A row that must be rejected: whose it is (empty where the id is blank), and why."""

    employee_id: str
    fault: Fault


@dataclass(frozen=True)
class Messy:
    """A CSV file as bytes, and what a reader owes it: ``accepted`` ids in, ``rejected`` rows out, nobody lost.

    ``rejected`` has one entry for each bad row, in the order of the file; ``blank_rows`` counts lines
    that hold nothing, or nothing but delimiters, and are nobody's.
    """

    data: bytes
    accepted: tuple[str, ...]
    rejected: tuple[BadRow, ...]
    blank_rows: int

    @property
    def good_rows(self) -> int:
        """How many rows can be used."""
        return len(self.accepted)

    @property
    def bad_rows(self) -> int:
        """How many rows must be rejected."""
        return len(self.rejected)


class _Slip(NamedTuple):
    """A small untidiness that costs nobody a place: in ``share`` of the filled cells of some columns."""

    topic: str
    columns: tuple[str, ...]
    share: float
    change: Callable[[str], str]


_SLIPS: tuple[_Slip, ...] = (
    _Slip("prefer", ("career_path", "tenure_band"), 0.04, lambda _: "prefer not to say"),
    _Slip("no answer", ("team", "location", "job_family"), 0.02, lambda _: "N/A"),
    _Slip("dash", ("career_path", "team"), 0.01, lambda _: "-"),
    _Slip("stranger", ("manager_id",), 0.03, lambda cell: cell.replace("E", "X")),
    _Slip("upper", ("department", "location", "role", "email"), 0.10, str.upper),
    _Slip("lower", ("department", "job_family", "skills_offered", "goals"), 0.10, str.lower),
    _Slip("title", ("role", "skills_wanted"), 0.30, str.title),
    _Slip("blank capacity", ("capacity", "min_pairs"), 0.10, lambda _: ""),
    _Slip("lines", ("skills_offered", "goals"), 0.10, lambda cell: cell.replace("; ", "\n")),
    _Slip("bars", ("skills_wanted", "languages"), 0.10, lambda cell: cell.replace("; ", " | ")),
    _Slip("form", ("skills_offered", "skills_wanted", "goals"), 0.20, lambda cell: cell.replace("; ", ";") + ";"),
    _Slip("space", ("employee_id", "manager_id", "role", "grade", "name"), 0.05, lambda cell: f"  {cell} "),
    _Slip("hard space", ("department", "location"), 0.03, lambda cell: f"{cell}\u00a0"),
)


def messy(
    n_mentors: int,
    n_mentees: int,
    *,
    seed: int = 0,
    vocabulary: int = 150,
    n_others: int = 0,
    delimiter: Literal[",", ";", "\t"] = ";",
) -> Messy:
    """Spoil the CSV of :func:`workforce` in the ways that exports are spoilt, and say which rows are past saving.

    The file is UTF-8 with a byte order mark and CRLF; its headers are an HR system's own, every line ends in a
    delimiter too many, and there is a column that nobody asked for. Cells carry stray and hard spaces, other case,
    line breaks and ``|`` between items, a trailing ``;``, words for no answer, and managers who do not exist; one
    person reports to themselves. Half a percent of the people each fall to every :class:`Fault`, at least one where
    that leaves half of them whole; the second row of a repeated id stands at the end. Two in a hundred rows are
    followed by a blank one.

    Args:
        n_mentors: People of role ``mentor``, as in :func:`workforce`.
        n_mentees: People of role ``mentee``.
        seed: Whole number from 0 on.
        vocabulary: How many distinct skills there are, 50 to 14,000.
        n_others: People of role ``none``.
        delimiter: What separates the fields.

    Raises:
        RosterError: An argument lies outside its range.
    """
    if delimiter not in (",", ";", "\t"):
        raise RosterError(f"`delimiter` is {delimiter!r}, but must be a comma, a semicolon or a tab.")
    frame = workforce(n_mentors, n_mentees, seed=seed, vocabulary=vocabulary, n_others=n_others)
    ids = frame["employee_id"].to_list()
    fallen = _fallen(len(frame), Draws(seed, "messy faults"))

    columns = {name: frame[name].to_numpy(dtype=object, copy=True) for name in CANONICAL if name in frame}
    _spoil_cells(columns, fallen, seed)
    people = [[*cells, f"CC{row % 97:03d}", ""] for row, cells in enumerate(zip(*columns.values(), strict=True))]
    blank_after = set(np.flatnonzero(Draws(seed, "messy blank").uniform(len(frame)) < 0.02).tolist())
    repeated = [row for row, fault in fallen.items() if fault is Fault.REPEATED_ID]
    lines = [[*(HEADERS[name] for name in columns), "Cost Centre", ""]]
    lines += _lines(people, fallen, blank_after)
    lines += [people[row] for row in repeated]

    rejected = [BadRow("" if fault is Fault.NO_ID else ids[row], fault) for row, fault in fallen.items()]
    rejected += [BadRow(ids[row], Fault.REPEATED_ID) for row in repeated]
    accepted = tuple(employee for row, employee in enumerate(ids) if row not in fallen)
    return Messy(_encoded(lines, delimiter), accepted, tuple(rejected), len(blank_after))


def _spoil_cells(columns: dict[str, Labels], fallen: dict[int, Fault], seed: int) -> None:
    """Write the slips and the unusable cells into the columns of a clean export."""
    own = np.flatnonzero(columns["manager_id"] != "")[-1:]
    columns["manager_id"][own] = columns["employee_id"][own]
    for slip in _SLIPS:
        for name in slip.columns:
            _spoil(columns[name], slip, Draws(seed, f"messy {slip.topic} {name}"))
    for row, fault in fallen.items():
        if fault is Fault.CAPACITY:
            columns["capacity"][row] = "-1" if row % 2 else "5000"
        elif fault is Fault.NO_ID:
            columns["employee_id"][row] = " "


def _lines(people: list[list[str]], fallen: dict[int, Fault], blank_after: set[int]) -> list[list[str]]:
    """The fields of every line below the header, of unusable rows and of blank ones too."""
    lines: list[list[str]] = []
    for row, cells in enumerate(people):
        match fallen.get(row):
            case Fault.TOO_MANY_FIELDS:
                lines.append([*cells, "see attachment", "?"])
            case Fault.TOO_FEW_FIELDS:
                lines.append(cells[: len(cells) // 2])
            case _:
                lines.append(cells)
        if row in blank_after:
            lines.append([""] * len(cells) if row % 2 else [])
    return lines


def _fallen(size: int, draws: Draws) -> dict[int, Fault]:
    """The rows that are spoilt for good, ascending, each with its fault."""
    each = max(1, size // 200)
    order = draws.order(size)
    victims = {
        int(row): fault
        for place, fault in enumerate(Fault)
        if (place + 1) * each <= size // 2
        for row in order[place * each : (place + 1) * each]
    }
    return dict(sorted(victims.items()))


def _spoil(column: Labels, slip: _Slip, draws: Draws) -> None:
    rows: IntArray = np.flatnonzero((draws.uniform(len(column)) < slip.share) & (column != ""))
    column[rows] = [slip.change(cell) for cell in column[rows]]


def _encoded(lines: list[list[str]], delimiter: str) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(lines)
    return text.getvalue().encode("utf-8-sig")
