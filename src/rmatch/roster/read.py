"""The readers: a file, a table in memory, or records, to a roster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol, TypeAlias, TypeVar, get_args

from rmatch.errors import ProgramError, RosterError, suggestion
from rmatch.roster.assemble import OnBadRows, assemble
from rmatch.roster.formats import FORMATS, FileFormat, endings, read_file
from rmatch.roster.frames import Frame, Record, read_frame, read_records
from rmatch.roster.headers import Known, Wanted, known_headers, withheld_headers
from rmatch.roster.issues import IssueLog
from rmatch.roster.roster import Roster
from rmatch.roster.sheet import Sheet, SheetKind
from rmatch.roster.source import Source, encoding_among, name_of
from rmatch.schema.binding import Binding
from rmatch.schema.vocabulary import headers

SheetName: TypeAlias = str | Mapping[SheetKind, str] | None
"""Which sheet of a workbook is read: its name, or a name for each of several files."""

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
    program: Bound | Sequence[Bound] | None = None,
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
            all columns are kept, and what the cells say of a column for certain, such as commas between items, is said.
            Several are those of several rounds, see :func:`rmatch.rounds`.
        on_bad_rows: ``"raise"`` refuses the input if any row has an error, ``"skip"`` goes on without those rows.
        encoding: Python's name of the encoding; a byte order mark overrules it, and UTF-8 is assumed.
        delimiter: One character; comma, semicolon, tab and bar are found by themselves.

    Raises:
        RosterError: The input cannot be used; ``issues`` says where, why, and what to do.
    """
    files = _Files(source, mentees, directory, None, encoding, delimiter, among=[f for f in FORMATS if f.text])
    return _roster(files.read, source, mentees, directory, program, on_bad_rows)


def read_excel(
    source: Source,
    sheet: SheetName = None,
    *,
    mentees: Source | None = None,
    directory: Source | None = None,
    program: Bound | Sequence[Bound] | None = None,
    on_bad_rows: OnBadRows = "raise",
) -> Roster:
    """Read the people of a round from Excel workbooks (.xlsx); needs the extra ``excel``.

    Args:
        source: Path or binary buffer: one export with the roles inside, or the mentors' sign-up sheet.
        sheet: The name of the sheet in ``source``. For two sheets of one workbook, which is then given as ``mentees``
            too, names by what they are: ``{"mentors": "Juniors", "mentees": "Seniors"}``. Without a name the first
            visible sheet that holds something is read.
        mentees: See :func:`read_csv`, as for the other arguments; a workbook.
        directory: A workbook.
        program: Binds roles and columns.
        on_bad_rows: ``"raise"`` or ``"skip"``.

    Raises:
        RosterError: The input cannot be used; ``issues`` says where, why, and what to do.
    """
    files = _Files(source, mentees, directory, sheet, among=[f for f in FORMATS if f.workbook], otherwise=0)
    return _roster(files.read, source, mentees, directory, program, on_bad_rows)


def read_files(
    source: Source,
    sheet: SheetName = None,
    *,
    mentees: Source | None = None,
    directory: Source | None = None,
    program: Bound | Sequence[Bound] | None = None,
    on_bad_rows: OnBadRows = "raise",
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Roster:
    """Read the people of a round from files, each by its content, else by the ending of its name.

    The arguments are those of :func:`read_csv` and :func:`read_excel`; the formats are those of
    ``rmatch.roster.formats``. A file that is UTF-8 is read as that, whatever ``encoding`` says of the others.

    Raises:
        RosterError: The input cannot be used.
    """
    files = _Files(source, mentees, directory, sheet, encoding, delimiter)
    return _roster(files.read, source, mentees, directory, program, on_bad_rows)


def raw_sheets(
    source: Source,
    sheet: SheetName = None,
    *,
    mentees: Source | None = None,
    directory: Source | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> list[Sheet]:
    """Return the sheets of files as text, before it is known which header means what.

    The arguments are those of :func:`read_files`. Where no header is certain to hold ids, the row of headers is the
    first one that has several of any column, of those as well that are merely likely.

    Raises:
        RosterError: A file cannot be read.
    """
    files = _Files(source, mentees, directory, sheet, encoding, delimiter)
    first: SheetKind = "workforce" if mentees is None else "mentors"
    given: list[tuple[Source | None, SheetKind]] = [(source, first), (mentees, "mentees"), (directory, "directory")]
    found = []
    for each, kind in ((each, kind) for each, kind in given if each is not None):
        known = known_headers(Binding(), kind)
        with suppress(RosterError):
            certain = files.read(each, kind, known, IssueLog())
            if known.counts(list(certain.headers))[0]:
                found.append(certain)
                continue
        likely = known.every.union(header.folded for header in headers() if not header.within)
        found.append(files.read(each, kind, Known(frozenset(), likely), IssueLog()))
    return found


class _Files:
    """The files of one call, and what was said of them."""

    def __init__(
        self,
        source: Source,
        mentees: Source | None,
        directory: Source | None,
        sheet: SheetName,
        encoding: str | None = None,
        delimiter: str | None = None,
        among: Sequence[FileFormat] = FORMATS,
        otherwise: int = -1,
    ) -> None:
        self._names = [name_of(each, "") for each in (source, mentees, directory) if each is not None]
        self._tabs = _tabs(sheet, mentees)
        self._encoding, self._delimiter, self._among, self._otherwise = encoding, delimiter, among, otherwise
        self._mixed = among is FORMATS
        tabbed = (*endings(tabs=True), ".xls")
        if self._mixed and sheet is not None and not any(each.lower().endswith(tabbed) for each in self._names):
            raise RosterError("A sheet is named, but no file is an Excel workbook (.xlsx, .xls).")

    def read(self, given: Source, kind: SheetKind, known: Known, log: IssueLog) -> Sheet:
        """Return the sheet of a file, which is called by its name, with what it is where two have the same."""
        name = name_of(given, kind)
        name = f"{name} ({kind})" if self._names.count(name) > 1 else name
        encoding = encoding_among(given, self._encoding) if self._mixed else self._encoding
        wanted = Wanted(name, kind, known, log, encoding, self._delimiter, self._tabs.get(kind))
        return read_file(given, wanted, self._among, self._otherwise)


def _tabs(sheet: SheetName, mentees: Source | None) -> Mapping[SheetKind, str]:
    """The sheet to read of each workbook; one name alone is that of the first."""
    if not isinstance(sheet, Mapping):
        return {} if sheet is None else {"workforce" if mentees is None else "mentors": sheet}
    for kind in sheet:
        if kind not in get_args(SheetKind):
            known = get_args(SheetKind)
            raise RosterError(f"`sheet` names {kind!r}, which is none of {', '.join(known)}.{suggestion(kind, known)}")
    return sheet


def from_frame(
    frame: Frame,
    *,
    mentees: Frame | None = None,
    directory: Frame | None = None,
    program: Bound | Sequence[Bound] | None = None,
    on_bad_rows: OnBadRows = "raise",
) -> Roster:
    """Read the people of a round from a table: pandas, or whatever speaks Arrow, such as polars and pyarrow.

    The arguments are those of :func:`read_csv`. Rows count from 2, as below headers in a spreadsheet.

    Raises:
        RosterError: The input cannot be used.
    """

    def read(given: Frame, kind: SheetKind, _: Known, log: IssueLog) -> Sheet:
        return read_frame(given, kind, log)

    return _roster(read, frame, mentees, directory, program, on_bad_rows)


def from_records(
    records: Iterable[Record],
    *,
    mentees: Iterable[Record] | None = None,
    directory: Iterable[Record] | None = None,
    program: Bound | Sequence[Bound] | None = None,
    on_bad_rows: OnBadRows = "raise",
) -> Roster:
    """Read the people of a round from dicts, one a person, as an HR system's JSON gives them.

    The arguments are those of :func:`read_csv`. Rows count from 2, as below headers in a spreadsheet.

    Raises:
        RosterError: The input cannot be used.
    """

    def read(given: Iterable[Record], kind: SheetKind, _: Known, log: IssueLog) -> Sheet:
        return read_records(given, kind, log)

    return _roster(read, records, mentees, directory, program, on_bad_rows)


def _binding(program: Bound | Sequence[Bound] | None) -> Binding:
    """Roles and columns of a program, or of those of several rounds, which have the same."""
    several = program if isinstance(program, Sequence) else () if program is None else (program,)
    for each in several:
        if isinstance(each, type) or not callable(getattr(each, "binding", None)):
            raise ProgramError(
                f"a program is needed, not a {type(each).__name__}: read it with `rmatch.Program.from_file` first"
            )
    return Binding.of_rounds([each.binding() for each in several]) if several else Binding()


def _roster(
    read: Callable[[_T, SheetKind, Known, IssueLog], Sheet],
    people: _T,
    mentees: _T | None,
    directory: _T | None,
    program: Bound | Sequence[Bound] | None,
    on_bad_rows: OnBadRows,
) -> Roster:
    if on_bad_rows not in ("raise", "skip"):
        raise RosterError(f"on_bad_rows is {on_bad_rows!r}, but must be 'raise' or 'skip'.")
    binding = _binding(program)
    log = IssueLog(secret=binding.withheld, headers=withheld_headers(binding))
    first: SheetKind = "workforce" if mentees is None else "mentors"
    others: tuple[tuple[_T | None, SheetKind], ...] = (mentees, "mentees"), (directory, "directory")
    given = [(people, first), *((each, kind) for each, kind in others if each is not None)]
    sheets = [read(each, kind, known_headers(binding, kind), log) for each, kind in given]
    company = sheets.pop() if directory is not None else None
    return assemble(sheets, company, binding, program is None, on_bad_rows, log)
