"""From a table in memory, or records, to a sheet: every cell becomes the text that an export would show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
import pandas as pd

from rmatch.columns import IntArray
from rmatch.errors import RosterError
from rmatch.roster.issues import IssueLog, Places, refusal
from rmatch.roster.sheet import MAX_CELL, Sheet, SheetKind, Unreadable, refuse_wide, sheet_of
from rmatch.roster.texts import MARK, Texts, labels

_UNFIT = MARK + MARK  # a list has no empty items, so it never reads so
_LISTS = (list, tuple, set, frozenset)
_NOT_READ = (
    "the cell holds bytes, a nested record, a character that no file can hold, "
    f"or more than {MAX_CELL:,} characters, and is read as missing"
)


@runtime_checkable
class ArrowStream(Protocol):
    """A table that speaks Arrow: polars, pyarrow, and others."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The table as a capsule."""
        ...


Frame: TypeAlias = pd.DataFrame | ArrowStream
Record: TypeAlias = Mapping[str, Any]


def read_frame(frame: Frame, kind: SheetKind, log: IssueLog) -> Sheet:
    """Return the sheet of a table; its first row counts as row 2, as below the headers of a spreadsheet.

    A list in a cell is a list of items; an index with a name is a column. A cell that holds bytes, a
    nested record or a NUL character is reported and read as missing.

    Args:
        frame: A frame of pandas, or what speaks Arrow.
        kind: What its people are.
        log: Takes what is noted.

    Raises:
        RosterError: It is no table, or two columns have one name.
    """
    if not isinstance(frame, pd.DataFrame):
        frame = from_arrow(frame, kind)
    if isinstance(frame.columns, pd.MultiIndex):
        raise refusal(kind, "the columns have several levels", "Flatten them to one header each.")
    frame = _with_index(frame)
    refuse_wide(frame.shape[1], kind)
    columns = [frame.iloc[:, k] for k in range(frame.shape[1])]
    return _sheet(kind, [str(header) for header in frame.columns], columns, np.arange(len(frame)) + 2, [], log)


def _with_index(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with the named levels of its index as its first columns, but those that it has as a column already."""
    levels = {name: k for k, name in enumerate(frame.index.names) if name is not None and name not in frame.columns}
    if not levels:
        return frame
    wider = frame.reset_index(drop=True)
    for place, (name, k) in enumerate(levels.items()):
        wider.insert(place, name, frame.index.get_level_values(k))
    return wider


def read_records(records: Iterable[Record], kind: SheetKind, log: IssueLog) -> Sheet:
    """Return the sheet of records such as JSON gives; the first counts as row 2.

    Cells are read as :func:`read_frame` reads them; what is not a dict is an unreadable row.

    Args:
        records: The records.
        kind: What their people are.
        log: Takes what is noted.

    Raises:
        RosterError: They are no series.
    """
    if isinstance(records, str | bytes | Mapping) or not isinstance(records, Iterable):
        raise refusal(
            kind, f"a {type(records).__name__} is no series of records", "Give a list of dicts, one a person."
        )
    rows, numbers, unreadable = list[Record](), list[int](), list[Unreadable]()
    for number, record in enumerate(records, start=2):
        if isinstance(record, Mapping):
            rows.append(record)
            numbers.append(number)
        else:
            reason = f"the record is no dict but a {type(record).__name__}"
            unreadable.append(Unreadable(number, reason, "Give a dict for each person."))
    headers = list(dict.fromkeys(key for record in rows for key in record))
    refuse_wide(len(headers), kind)
    columns = [pd.Series([record.get(key) for record in rows], dtype=object) for key in headers]
    numbered = np.array(numbers, dtype=np.int64)
    return _sheet(kind, [str(header) for header in headers], columns, numbered, unreadable, log)


def _sheet(
    kind: SheetKind,
    headers: list[str],
    columns: list[pd.Series[Any]],
    rows: IntArray,
    unreadable: list[Unreadable],
    log: IssueLog,
) -> Sheet:
    for k, header in enumerate(headers, start=1):
        if not _storable(header):
            reason = f"the header of column {k} holds a character that no file can hold, or too many"
            raise refusal(kind, reason, "Rename the column.")
    places = Places((kind,), np.zeros(len(rows), np.int64), rows)
    texts = [_texts(column) for column in columns]
    for k, (header, column) in enumerate(zip(headers, texts, strict=True)):
        unfit = [word == _UNFIT for word in column.words]  # numpy drops NULs where it compares
        if any(unfit):
            bad = column.rows(unfit)
            log.on(places, header).rows(
                "warning", bad, labels([""] * len(bad)), _NOT_READ, "Give text, a number or a list."
            )
            texts[k] = Texts(column.codes, np.where(unfit, "", column.words), column.listed)
    return sheet_of(kind, kind, headers, texts, rows, log, unreadable, "from memory")


def from_arrow(frame: ArrowStream, kind: SheetKind) -> pd.DataFrame:
    """Return a table that speaks Arrow as a frame of Python's own values.

    Args:
        frame: The table.
        kind: What its people are, for the message.

    Raises:
        RosterError: It is no table, or pyarrow is not installed.
    """
    if not isinstance(frame, ArrowStream):
        remedy = "Give a pandas, polars or pyarrow table; `read_csv` takes files and `from_records` dicts."
        raise refusal(kind, f"a {type(frame).__name__} is no table", remedy)
    try:
        import pyarrow as pa
    except ImportError:
        raise RosterError(
            f"{kind}: reading a {type(frame).__name__} needs pyarrow. Install the extra: rmatch-engine[arrow]."
        ) from None
    try:
        table = pa.table(frame)
    except (ValueError, TypeError):  # a column speaks Arrow too
        raise refusal(kind, f"a {type(frame).__name__} is no table", "Give the whole table.") from None
    columns = {k: pd.Series(labels(column.to_pylist()), dtype=object) for k, column in enumerate(table.columns)}
    return pd.DataFrame(columns).set_axis(table.column_names, axis=1)


def _texts(column: pd.Series[Any]) -> Texts:
    """The column as text; each distinct value is written once where values are told apart cheaply."""
    if isinstance(column.dtype, pd.ArrowDtype):
        column = column.astype(object)
    if column.dtype == object and pd.api.types.infer_dtype(column, skipna=True) != "string":
        words = [_text(value) for value in column]
        return Texts.of(words, listed=any(word[:1] == MARK for word in words))
    codes, values = pd.factorize(column)
    words = ["", *(_text(value).strip() for value in np.asarray(values, dtype=object))]
    return Texts((codes + 1).astype(np.int32), labels(words))


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value if _storable(value) else _UNFIT
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, _LISTS):
        if any(isinstance(item, _LISTS) for item in value):
            return _UNFIT
        items = [_text(item).strip() for item in value]
        items = sorted(items) if isinstance(value, set | frozenset) else items
        listed = "".join(MARK + item for item in items if item)
        return _UNFIT if any(MARK in item for item in items) or len(listed) > MAX_CELL else listed
    if isinstance(value, bytes | bytearray | memoryview | Mapping):
        return _UNFIT
    if isinstance(value, float | np.floating) and float(value).is_integer() and abs(float(value)) < 1e15:
        return str(int(value))
    try:
        if value is None or pd.isna(value) is True:
            return ""
        text = str(value)
    except Exception:  # an integer of more digits than Python writes, a signalling NaN, or whatever an object raises
        return _UNFIT
    return text if _storable(text) else _UNFIT


def _storable(text: str) -> bool:
    if text.isascii():
        return MARK not in text and len(text) <= MAX_CELL
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return MARK not in text and len(text) <= MAX_CELL
