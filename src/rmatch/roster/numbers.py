"""Columns that hold one number for each person: counts with bounds, grades and scales, measures."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import annotated_types
import numpy as np

from rmatch.columns import BoolArray, FloatArray, Number, fold
from rmatch.roster.issues import ColumnLog, listing, refusal
from rmatch.roster.texts import Answers, Texts
from rmatch.schema.person import Person
from rmatch.schema.vocabulary import numbered

WHOLE = re.compile(r"([+-]?\d{1,9})(?:[.,]0{1,2}|\.0+)?", re.ASCII)
"""A whole number, perhaps with zeros behind a point or a decimal comma: ``4``, ``4.0``, ``4,0``."""

_PLAIN = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?", re.ASCII)
_COMMA = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:,\d{1,15})?", re.ASCII)


IN_WORDS = numbered("numbers")
"""Numbers as people write them in words, in English, German, French, Spanish and Dutch."""

_FIGURES = re.compile(r"[+-]?[\d.,]+(?:e[+-]?\d+)?", re.IGNORECASE)


def bounds(name: str) -> tuple[float, float]:
    """The least and the greatest value that the schema allows in a column."""
    metadata = Person.model_fields[name].metadata
    least = next((float(str(m.ge)) for m in metadata if isinstance(m, annotated_types.Ge)), -np.inf)
    most = next((float(str(m.le)) for m in metadata if isinstance(m, annotated_types.Le)), np.inf)
    return least, most


def count(texts: Texts, default: float, log: ColumnLog, blank: float | None = None) -> Answers:
    """Return a column of whole numbers within the bounds of the schema; another number rejects its row.

    Words from zero to twelve are understood.

    Args:
        texts: The cells.
        default: What a cell counts as that is no number, with a warning, and a blank one.
        log: Takes warnings and errors.
        blank: What a blank cell counts as, where that is something else.
    """
    texts = texts.distinct
    least, most = bounds(log.column)
    values = np.array([_in_words(word) if word else default for word in texts.words], dtype=float)
    unread = np.array([_FIGURES.fullmatch(word) is None for word in texts.words], dtype=bool) & np.isnan(values)
    values[unread] = default
    bad = ~((values >= least) & (values <= most))
    unclear = f"this is not understood as a number, so {default:g} is taken"
    remedy = f'Say what it means: [columns.{log.column}] values = {{ "…" = 2 }}, or write a figure.'
    log.words("warning", texts, unread, unclear, remedy)
    said = np.array([fold(word) in IN_WORDS for word in texts.words], dtype=bool)
    if said.any():
        word, number = str(texts.words[said][0]), values[said][0]
        read = f"a number in words is read as a figure, here as {number:g}"
        log.once("info", texts.rows(said), word, read, "Nothing to do, if that is right.")
    if blank is not None:
        values[[not word for word in texts.words]] = blank
    reason = f"this is no whole number from {least:g} to {most:g}"
    otherwise = "" if Person.model_fields[log.column].default is None else f" for {default:g}"
    log.words("error", texts, bad, reason, f"Write one, or leave the cell empty{otherwise}.")
    return Answers(Number(np.where(bad, default, values)), texts.codes)


def ordered(texts: Texts, order: Sequence[str], log: ColumnLog) -> Answers:
    """Return a column of labels as their places in an order: 0, 1, 2, …

    Args:
        texts: The cells.
        order: The labels; another is a warning, and missing.
        log: Takes the warnings.
    """
    texts = texts.distinct
    place = {fold(label): k for k, label in enumerate(order)}
    if len(place) < len(order):
        reason, remedy = (
            f"`order` names one label twice: {listing(list(order), 50)}",
            f"Correct [columns.{log.column}].",
        )
        raise refusal(log.places.files[0], reason, remedy, column=log.column)
    values, bad = _read(texts, lambda word: place.get(fold(word), np.nan))
    remedy = f"Add it to [columns.{log.column}] `order`, or correct the cell."
    log.words("warning", texts, bad, "this label is not in the declared order", remedy)
    return Answers(Number(values, tuple(order)), texts.codes)


def whole(texts: Texts, log: ColumnLog) -> Answers:
    """A column of whole numbers of any sign, such as grades; what is none is missing, and said once."""
    texts = texts.distinct
    values, bad = _read(texts, lambda word: float(found[1]) if (found := WHOLE.fullmatch(word)) else np.nan)
    shown = listing(sorted(texts.words[bad].tolist()))
    reason = f"this is no whole number, so the {log.column} is missing"
    remedy = f"If the labels have an order, declare it, lowest first: [columns.{log.column}] order = [...]."
    log.once("warning", texts.rows(bad), shown, reason, remedy)
    return Answers(Number(values), texts.codes)


def measured(texts: Texts, log: ColumnLog) -> Answers:
    """A column of plain numbers; what is none is a warning, and missing."""
    texts = texts.distinct
    values, bad = _read(texts, _point if decimal_commas(texts) else plain_number)
    log.words("warning", texts, bad, "this is no plain number, so it is missing", "Write digits, or leave it empty.")
    return Answers(Number(values), texts.codes)


def measures(texts: Texts, log: ColumnLog) -> Answers | None:
    """A column of plain finite numbers without leading zeros, or None where a cell is anything else.

    Decimal commas are read where they cannot be thousands separators, and said.

    Args:
        texts: The cells.
        log: Is told how commas are read.
    """
    texts = texts.distinct
    words = [word for word in texts.words if word]
    if not words:
        return None
    if all(map(_PLAIN.fullmatch, words)):
        return Answers(Number(_read(texts, plain_number)[0]), texts.codes)
    if not all(map(_COMMA.fullmatch, words)):
        return None
    with_comma = texts.rows(["," in word for word in texts.words])
    if not decimal_commas(texts):
        reason = "the commas may stand for decimals or for thousands, so these are not read as numbers"
        log.once("warning", with_comma, "", reason, "Write decimals with a point and thousands without a mark.")
        return None
    log.once("info", with_comma, "", "a decimal comma is read as a point", "Nothing to do.")
    return Answers(Number(_read(texts, _point)[0]), texts.codes)


def decimal_commas(texts: Texts) -> bool:
    """Whether commas in this column must be decimal ones: after one of them stand other than three digits."""
    return any(_COMMA.fullmatch(word) and len(word.partition(",")[2]) not in (0, 3) for word in texts.words)


def _read(texts: Texts, number_of: Callable[[str], float]) -> tuple[FloatArray, BoolArray]:
    """The number that each word means, NaN for none, and which words mean none though something is written."""
    values = np.array([number_of(word) for word in texts.words], dtype=float)
    return values, np.isnan(values) & (texts.words != "")


def _point(word: str) -> float:
    """The same as :func:`plain_number`, where a comma stands for the point."""
    return float(word.replace(",", ".")) if _COMMA.fullmatch(word) else plain_number(word)


def plain_number(word: str) -> float:
    """The number that a word of digits, and perhaps a point, means; NaN for any other."""
    return float(word) if _PLAIN.fullmatch(word) else np.nan


def _in_words(word: str) -> float:
    found = WHOLE.fullmatch(word)
    return float(found[1]) if found else IN_WORDS.get(fold(word), np.nan)
