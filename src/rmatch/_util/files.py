"""Files that cannot bite: no cell starts a formula, and a file is whole or not there."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd

from rmatch._util.atomic import replace_file
from rmatch.errors import OutputError

_SPECIAL = re.compile(r'[",\r\n]')
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """Return the table as CSV that Excel opens: UTF-8 with BOM, LF, text that would start a formula led by ``'``."""
    columns = [_cells(frame[column]) for column in frame.columns]
    lines = [[_harmless(str(column)) for column in frame.columns], *zip(*columns, strict=True)]
    text = "".join(",".join(map(_quoted, line)) + "\n" for line in lines)
    return "\ufeff".encode() + text.encode("utf-8", "backslashreplace")


def _quoted(cell: str) -> str:
    """The cell in quotes where it must be; ``csv.writer`` would leave a lone CR bare, which ends a row when read."""
    return '"' + cell.replace('"', '""') + '"' if _SPECIAL.search(cell) else cell


def _cells(column: pd.Series) -> list[str]:
    if pd.api.types.is_float_dtype(column.dtype):
        return ["" if pd.isna(value) else f"{value:.6f}" for value in column]
    if pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype):
        return ["" if pd.isna(value) else str(value) for value in column]
    return ["" if value is None or value is pd.NA else _harmless(str(value)) for value in column]


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def unharmed(text: str) -> str:
    """The text of a cell as it was before :func:`csv_bytes` led it by ``'``; any other text as it is."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text


def plain_json(text: str) -> Any:
    """The data of a JSON text.

    Raises:
        ValueError: It is no JSON, or a text in it has half of a surrogate pair.
    """
    data = json.loads(text)
    if "\\ud" in text.lower():
        json.dumps(data, ensure_ascii=False).encode()
    return data


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def write_whole(path: Path, data: bytes) -> None:
    """Write a file beside its target, flush it to disk and rename it: the target is old or new, never half.

    Raises:
        OutputError: It cannot be written.
    """
    try:
        replace_file(path, data)
    except (OSError, ValueError) as error:  # no file is called so
        raise OutputError(f"{path}: cannot be written: {getattr(error, 'strerror', None) or error}") from None
