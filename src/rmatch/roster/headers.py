"""Which row holds the headers: the first ones of a table that are known, whatever stands above them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from rmatch.roster.issues import IssueLog, refusal
from rmatch.roster.sheet import MAX_COLUMNS, Record, SheetKind, refuse_wide
from rmatch.schema.binding import Binding
from rmatch.schema.person import ALIASES, CANONICAL, fold_header
from rmatch.schema.vocabulary import certain

_IMPORT = re.compile(r"\{\s*[\"']ImportId[\"']")
_FIGURES = re.compile(r"[\d.,:/ -]*\d[\d.,:/ -]{3,}|\d{3,}")
_RESPONSES = frozenset({"response", "openendedresponse", "antwort", "réponse", "respuesta", "antwoord"})

_CODE, _WORDS = re.compile(r"Q(?:ID)?\d[\w.#]*", re.ASCII | re.IGNORECASE), re.compile(r"[^\W\d_]{2}")

BEYOND = " \t"
"""Stands for the header of cells that rows have at their end beyond the headers; there must be no text in them."""

ROW = "@row"
"""As a source of ids: the sheet and the row number, such as ``mentors:15``."""

LOOK_AHEAD = 10
"""The headers are looked for in this many rows."""


@dataclass(frozen=True)
class Known:
    """The folded headers by which a header row is known: those of the id, and those of any column."""

    ids: frozenset[str]
    every: frozenset[str]

    def counts(self, cells: list[str]) -> tuple[int, int]:
        """How many cells are headers of the id, and of any column."""
        folded = [fold_header(cell) for cell in cells[:MAX_COLUMNS]]
        return sum(f in self.ids for f in folded), sum(f in self.every for f in folded)

    def has(self, cells: list[str]) -> bool:
        """Whether a row is one of headers: it has the id's, or several of any column where the id has none."""
        ids, every = self.counts(cells)
        return ids > 0 if self.ids else every > 1


@dataclass(frozen=True)
class Wanted:
    """What is asked of a file.

    Attributes:
        name: How the file is called in every message.
        kind: What its people are.
        known: The headers by which the row of headers is known.
        log: Takes what is found while reading.
        encoding: Python's name of the encoding, if the user gave one.
        delimiter: The delimiter, if the user gave one.
        tab: The name of the sheet to read, if the user gave one.
        or_first: Whether another sheet is read where none has that name.
    """

    name: str
    kind: SheetKind
    known: Known
    log: IssueLog
    encoding: str | None = None
    delimiter: str | None = None
    tab: str | None = None
    or_first: bool = False


def sources(binding: Binding, name: str, kind: SheetKind) -> tuple[str, ...]:
    """Return the headers that the program gives for a column on a sheet; none where it leaves that to the reader.

    Args:
        binding: The columns of the program.
        name: The column.
        kind: What the people of the sheet are. A directory has ids of its own, which :data:`ROW` cannot stand for.
    """
    column = binding.columns.get(name)
    if column is not None and column.grid is not None:
        return ()
    if column is not None and column.source is not None:
        found = column.headers(name, kind)
        return () if kind == "directory" and ROW in found else found
    return () if name in CANONICAL else (name,)


def known_headers(binding: Binding, kind: SheetKind) -> Known:
    """Return the headers by which a row of headers is known on a sheet.

    Args:
        binding: The columns of the program. Where it names a source of ids, that alone is one; where it numbers rows,
            none is, and the headers of other columns tell.
        kind: What the people of the sheet are.
    """
    known = {header: each.column for header, each in certain().items()} | ALIASES
    standard = frozenset(alias for alias, name in known.items() if name == "employee_id")
    ids = sources(binding, "employee_id", kind)
    columns = (*binding.columns, *binding.named)
    given = [header for name in columns for header in sources(binding, name, kind) if header != ROW]
    own = frozenset() if ROW in ids else frozenset(map(fold_header, ids)) or standard
    return Known(own, frozenset(known).union(map(fold_header, given)))


def withheld_headers(binding: Binding) -> frozenset[str]:
    """The folded headers that feed withheld columns, on whatever sheet."""
    kinds: tuple[SheetKind, ...] = ("workforce", "mentors", "mentees", "directory")
    given = {header for name in binding.withheld for kind in kinds for header in sources(binding, name, kind)}
    aliases = {alias for alias, name in ALIASES.items() if name in binding.withheld}
    aliases |= {header for header, known in certain().items() if known.column in binding.withheld}
    return frozenset(map(fold_header, given)) | aliases


def find_headers(ahead: list[Record], wanted: Wanted) -> tuple[list[str], list[Record], int]:
    """Return the headers, those of the first rows that stand below them, and the row they are read from.

    Lines above them, and a second row of headers, are no people.

    Args:
        ahead: The first rows that are not blank.
        wanted: Says by which headers the row of headers is known.

    Raises:
        RosterError: There are more than :data:`MAX_COLUMNS`, or a delimiter is missing between two of them.
    """
    known, file, log = wanted.known, wanted.name, wanted.log
    survey = _of_survey(ahead, wanted)
    if survey is not None:
        refuse_wide(len(survey[0]), file)
        return survey
    top = next((k for k, record in enumerate(ahead) if known.has(record.cells)), 0)
    headers, body = ahead[top].cells, ahead[top + 1 :]
    if top:
        reason = f"the headers are read from row {ahead[top].row}; what stands above them is not read"
        log.note("info", file, reason, "Nothing to do, if those are the headers.", row=ahead[top].row)
    again = 0
    while again < len(body) and body[again].cells == headers:
        again += 1
    if body[again:]:
        ids, every = known.counts(body[again].cells)
        text = sum(bool(cell.strip()) for cell in body[again].cells)
        if (ids or not known.ids) and every > 1 and 2 * every >= text:
            headers = body[again].cells if every > known.counts(headers)[1] else headers
            again += 1
    for record in body[:again]:
        log.note("info", file, "a second row of headers is not read as a person", "Nothing to do.", row=record.row)
    body = body[again:]
    if body and (options := _with_options(headers, body[0].cells, known)) is not None:
        reason = "the second row names the options of the questions, and is not read as a person"
        log.note("info", file, reason, "Nothing to do.", row=body[0].row)
        headers, body = options, body[1:]
    fitted = _fitted(headers, body)
    if len(fitted) > len(headers):
        _refuse_glued(headers, known, file)
        more = f"{len(fitted) - len(headers)} more than there are headers"
        reason = f"each row has as many empty cells at its end as make {more}; they are not read"
        remedy = "Nothing to do, if each header stands above its cells; else add the delimiter between two headers."
        log.note("warning", file, reason, remedy, row=ahead[top].row)
    headers = fitted
    refuse_wide(len(headers), file)
    return headers, body, ahead[top].row


def _of_survey(ahead: list[Record], wanted: Wanted) -> tuple[list[str], list[Record], int] | None:
    """The headers of a Qualtrics export: rows of names, of questions and, in JSON, of what to import."""
    every = wanted.known.every
    for k, record in enumerate(ahead[1:], start=1):
        cells = [cell for cell in map(str.strip, record.cells) if cell]
        if cells and 2 * sum(_IMPORT.match(cell) is not None for cell in cells) > len(cells):
            names, questions = ahead[max(k - 2, 0)].cells, ahead[k - 1].cells
            if len(names) != len(questions):
                names = questions
            reason = "the rows with questions and import numbers below the headers are not read as people"
            wanted.log.note("info", wanted.name, reason, "Nothing to do.", row=record.row)
            return _asked(names, questions, every), ahead[k + 1 :], record.row
    if len(ahead) > 1 and _are_questions(ahead[0].cells, ahead[1].cells):
        reason = "the row with questions below the headers is not read as a person"
        wanted.log.note("info", wanted.name, reason, "Nothing to do.", row=ahead[1].row)
        return _asked(ahead[0].cells, ahead[1].cells, every), ahead[2:], ahead[0].row
    return None


def _are_questions(names: list[str], said: list[str]) -> bool:
    """Whether questions stand below codes such as ``Q1_1``: they ask, or stand beside the other headers said again."""
    codes = [k for k, name in enumerate(names) if _CODE.fullmatch(name.strip())]
    if len(names) != len(said) or not codes or not all(_WORDS.search(said[k]) for k in codes):
        return False
    others = [k for k, name in enumerate(names) if name.strip() and k not in codes]
    again = sum(fold_header(names[k]) == fold_header(said[k]) for k in others)
    return 2 * again > len(others) or 2 * sum("?" in said[k] for k in codes) > len(codes)


def _asked(names: list[str], questions: list[str], every: frozenset[str]) -> list[str]:
    """The headers of a form of codes and questions: the question where it is known, or where there is a mere code."""
    often = Counter(map(fold_header, questions))
    headers = []
    for name, question in zip(names, questions, strict=True):
        folded = fold_header(question)
        tells = _CODE.fullmatch(name.strip()) is not None and bool(folded) and often[folded] == 1
        headers.append(question if fold_header(name) not in every and (folded in every or tells) else name)
    return headers


def _with_options(headers: list[str], cells: list[str], known: Known) -> list[str] | None:
    """The headers of a SurveyMonkey export, whose second row says what stands below a question; None where it does not.

    A question stands above the first of its options alone; the header of an option is then ``Question [Option]``. A row
    with an address, a number, or something below the header of the ids is a person's.
    """
    said = [cell.strip() for cell in cells]
    shared = [k for k, cell in enumerate(said) if cell and k < len(headers) and not headers[k].strip()]
    plain = sum(fold_header(cell) in _RESPONSES for cell in said)
    asked = zip(headers, said, strict=False)
    person = any(_is_answer(cell) or (cell and fold_header(header) in known.ids) for header, cell in asked)
    if len(cells) != len(headers) or person or not (plain or len(shared) > 1) or sum(map(bool, said)) == len(said):
        return None
    found, question = [], ""
    for header, option in zip(headers, said, strict=True):
        question = header.strip() or question
        found.append(question if not option or fold_header(option) in _RESPONSES else f"{question} [{option}]")
    return found if plain or shared else None


def _is_answer(cell: str) -> bool:
    """Whether a cell is what a person answers, and not the name of an option: an address, a number, a date."""
    return "@" in cell or bool(_FIGURES.fullmatch(cell))


def _fitted(headers: list[str], body: list[Record]) -> list[str]:
    """The headers, made as wide as most rows of cells are where only blanks at the end make the difference."""
    width = len(headers)
    widths = Counter(len(record.cells) for record in body)
    usual, times = widths.most_common(1)[0] if widths else (width, 0)
    if 2 * times <= len(body):
        return headers
    behind = sum(bool("".join(r.cells[width:]).strip()) for r in body if len(r.cells) == usual)
    if usual > width and 2 * (times - behind) > len(body):
        return headers + [BEYOND] * (usual - width)
    if usual < width and not "".join(headers[usual:]).strip():
        return headers[:usual]
    return headers


def _refuse_glued(headers: list[str], known: Known, file: str) -> None:
    """Raise RosterError where a header is two that are known, so that a delimiter is missing between them."""
    for header in headers:
        folded = fold_header(header)
        for k in range(2, len(folded) - 1) if folded not in known.every else ():
            if folded[:k] in known.every and folded[k:] in known.every:
                reason = f"a delimiter seems to be missing in the header {header.strip()!r}: each row has a cell more"
                raise refusal(file, reason, "Write one between the two headers.")
