"""Columns that nothing reads, and what a rule would need of them: who manages whom, and the grades."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from rmatch.columns import Register, is_one_of
from rmatch.roster.issues import IssueLog
from rmatch.roster.mapping import SheetMap, quotable
from rmatch.roster.sheet import Sheet
from rmatch.roster.texts import Texts
from rmatch.schema.binding import Binding
from rmatch.schema.person import CANONICAL, fold_header
from rmatch.schema.vocabulary import certain, headers

_NEARLY_ALL = 0.9
_LONG = 4  # characters of an id that is no number of a team or floor
_PARTNERS = ("mentor", "mentee", "buddy", "tandem")


def unread(
    sheets: Sequence[Sheet], maps: Sequence[SheetMap], binding: Binding, declared: Collection[str] = ()
) -> dict[str, Texts]:
    """Return the columns that are read as none of rmatch's own, nor as a declared one, by their headers.

    Withheld ones are left out.
    """
    return {
        header.strip(): sheet.columns[k]
        for sheet, found in zip(sheets, maps, strict=True)
        if quotable(sheet, binding)
        for k, header in enumerate(sheet.headers)
        if header.strip()
        and k not in {at for name in (*CANONICAL, *declared, *binding.withheld) for at in found.columns.get(name, ())}
    }


def names_managers(header: str, cells: Texts, people: Register) -> bool:
    """Whether the cells below a header seem to be the managers of people.

    Nearly all of them name people of the files, by id, address or full name, and each of these on average twice; below
    a usual header for managers half of them are enough, and nobody has to stand there twice.
    """
    texts = cells.distinct
    words, filled = {*texts.words.tolist()} - {""}, int((~texts.empty).sum())
    usual = means("manager_id", header)
    if not usual and not _may_be(header, words, filled):
        return False
    known: set[str] = set()
    for column in (people.ids, people.emails, people.names):
        known.update(column[is_one_of(column, words)].tolist())
    return int(texts.where(is_one_of(texts.words, known)).sum()) >= (0.5 if usual else _NEARLY_ALL) * filled > 0


def may_be_managers(header: str, cells: Sequence[str]) -> bool:
    """Whether what stands below a header that nobody knows may be managers: words that stand there twice on average.

    A header of partners, and words as short as the number of a team, are none.
    """
    return _may_be(header, {*cells}, len(cells))


def _may_be(header: str, words: Collection[str], filled: int) -> bool:
    apart = all(len(word) >= _LONG for word in words) and not any(word in header.casefold() for word in _PARTNERS)
    return apart and 2 * len(words) <= filled


def means(column: str, header: str) -> bool:
    """Whether a header is known to mean a column, for certain or likely."""
    folded = fold_header(header)
    known = certain().get(folded) or next((each for each in headers() if each.folded == folded), None)
    return known is not None and known.column == column


def tell_unread(columns: Mapping[str, Texts], people: Register, name: str, file: str, log: IssueLog) -> None:
    """Warn where no column is read as managers, or as grades, though one seems to hold them.

    Args:
        columns: The columns that nothing reads, by their headers.
        people: Everybody in the files.
        name: The column ``manager_id`` or ``grade``.
        file: What the file is called.
        log: Takes the warning.
    """
    managers = name == "manager_id"
    for header, cells in columns.items():
        if names_managers(header, cells, people) if managers else means(name, header) and not cells.empty.all():
            what, rule = (
                ("who manages whom", "no reporting line is kept") if managers else ("grades", "none are compared")
            )
            reason = f"{header!r} seems to say {what} and is not read, so {rule}"
            remedy = f"If it does, write [columns.{name}] source = {header!r} in a program; `rmatch init` drafts one."
            log.note("warning", file, reason, remedy, column=name)
            return
