"""The readers: a file, a table in memory, or records, to a roster."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from rmatch.binding import Binding
from rmatch.errors import ProgramError, RosterError
from rmatch.roster.assemble import OnBadRows, assemble
from rmatch.roster.delimited import read_delimited
from rmatch.roster.frames import Frame, Record, read_frame, read_records
from rmatch.roster.issues import IssueLog
from rmatch.roster.mapping import known_headers
from rmatch.roster.roster import Roster
from rmatch.roster.sheet import Sheet, SheetKind
from rmatch.roster.source import Source, name_of, open_text

_T = TypeVar("_T")


class Bound(Protocol):
    """What the readers ask of a program."""

    def binding(self) -> Binding:
        """Its roles and columns."""
        ...


def read_csv(
    source: Source,
    *,
    mentees: Source | None = None,
    directory: Source | None = None,
    program: Bound | None = None,
    on_bad_rows: OnBadRows = "raise",
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Roster:
    """Read the people of a round from delimited text.

    Args:
        source: Path, binary buffer or text buffer: one export with the roles inside, or the mentors' sign-up sheet.
        mentees: The mentees' sign-up sheet, where there are two; the same id on both has both roles.
        directory: The whole company, for reporting lines and for what people left blank; joined on the id,
            else on the e-mail address.
        program: Binds roles and columns; what it does not name and is not canonical is dropped. Without one
            all columns are kept.
        on_bad_rows: ``"raise"`` refuses the input if any row has an error, ``"skip"`` goes on without those rows.
        encoding: Python's name of the encoding; a byte order mark overrules it, and UTF-8 is assumed.
        delimiter: One character; comma, semicolon, tab and bar are found by themselves.

    Raises:
        RosterError: The input cannot be used; ``issues`` says where, why, and what to do.
    """

    names = [name_of(given, "") for given in (source, mentees, directory) if given is not None]

    def read(given: Source, kind: SheetKind, bound: Binding, log: IssueLog) -> Sheet:
        name = name_of(given, kind)
        if names.count(name) > 1:
            name = f"{name} ({kind})"
        with open_text(given, name, encoding) as text:
            return read_delimited(text, kind, known_headers(bound, kind), log, delimiter)

    return _roster(read, source, mentees, directory, program, on_bad_rows)


def from_frame(
    frame: Frame,
    *,
    mentees: Frame | None = None,
    directory: Frame | None = None,
    program: Bound | None = None,
    on_bad_rows: OnBadRows = "raise",
) -> Roster:
    """Read the people of a round from a table: pandas, or whatever speaks Arrow, such as polars and pyarrow.

    The arguments are those of :func:`read_csv`. Rows count from 2, as below headers in a spreadsheet.
    Raises RosterError where the input cannot be used.
    """

    def read(given: Frame, kind: SheetKind, bound: Binding, log: IssueLog) -> Sheet:
        return read_frame(given, kind, log)

    return _roster(read, frame, mentees, directory, program, on_bad_rows)


def from_records(
    records: Iterable[Record],
    *,
    mentees: Iterable[Record] | None = None,
    directory: Iterable[Record] | None = None,
    program: Bound | None = None,
    on_bad_rows: OnBadRows = "raise",
) -> Roster:
    """Read the people of a round from dicts, one a person, as an HR system's JSON gives them.

    The arguments are those of :func:`read_csv`. Rows count from 2, as below headers in a spreadsheet.
    Raises RosterError where the input cannot be used.
    """

    def read(given: Iterable[Record], kind: SheetKind, bound: Binding, log: IssueLog) -> Sheet:
        return read_records(given, kind, log)

    return _roster(read, records, mentees, directory, program, on_bad_rows)


def _roster(
    read: Callable[[_T, SheetKind, Binding, IssueLog], Sheet],
    people: _T,
    mentees: _T | None,
    directory: _T | None,
    program: Bound | None,
    on_bad_rows: OnBadRows,
) -> Roster:
    if on_bad_rows not in ("raise", "skip"):
        raise RosterError(f"on_bad_rows is {on_bad_rows!r}, but must be 'raise' or 'skip'.")
    if program is not None and not callable(getattr(program, "binding", None)):
        raise ProgramError(
            f"a program is needed, not a {type(program).__name__}: read it with `rmatch.Program.from_file` first"
        )
    binding = program.binding() if program is not None else Binding()
    log = IssueLog(secret=binding.withheld)
    if mentees is None:
        sheets = [read(people, "workforce", binding, log)]
    else:
        sheets = [read(people, "mentors", binding, log), read(mentees, "mentees", binding, log)]
    company = read(directory, "directory", binding, log) if directory is not None else None
    return assemble(sheets, company, binding, program is None, on_bad_rows, log)
