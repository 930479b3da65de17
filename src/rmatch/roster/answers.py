"""What an answer means where a form, a spreadsheet or a program says so: errors are none, words stand for others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from rmatch.columns import fold
from rmatch.roster.issues import ColumnLog, IssueLog
from rmatch.roster.texts import MARK, Texts, labels
from rmatch.schema.vocabulary import folded

ERRORS = folded("errors")
"""What spreadsheets write where a look-up or a sum failed."""

_FIRST = frozenset("#E")
_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_GUARDS = '([{"'


def is_error(word: str) -> bool:
    """Whether a cell or an item of a list is what a spreadsheet writes where a look-up or a sum failed."""
    return word[:1] in _FIRST and len(word) < 20 and fold(word) in ERRORS


def without_errors(columns: Mapping[str, Sequence[Texts]], file: str, log: IssueLog) -> dict[str, tuple[Texts, ...]]:
    """Return the columns of a sheet, empty where a cell holds an error of a spreadsheet; how many do is said once.

    Args:
        columns: The parts of each column by name.
        file: What the sheet is called.
        log: Takes the warning.
    """
    told: dict[str, int] = {}
    example = ""
    cleaned = {}
    for name, parts in columns.items():
        kept = []
        for part in parts:
            bad = [False] if part.sound else [is_error(word) for word in part.words]
            n = int(part.where(bad).sum()) if any(bad) else 0
            if n:
                shown = min(word for word, wrong in zip(part.words, bad, strict=True) if wrong)
                part = part.saying("" if b else w for w, b in zip(part.words, bad, strict=True))
                if log.hides(name):
                    log.withhold(
                        name, n, "the cell holds an error of the spreadsheet and is read as missing", "Clear it."
                    )
                else:
                    told[name], example = told.get(name, 0) + n, min(filter(None, (example, shown)))
            kept.append(part)
        cleaned[name] = tuple(kept)
    if told:
        n = sum(told.values())
        where = ", ".join(f"{name} {count:,}" for name, count in told.items())
        holds, count = ("cell holds", "counts") if n == 1 else ("cells hold", "count")
        reason = f"{n:,} {holds} an error of the spreadsheet and {count} as missing ({where})"
        log.note("warning", file, reason, "Correct the formulas, or clear the cells.", value=example)
    return cleaned


def signed(texts: Texts) -> Texts:
    """E-mail addresses, empty where Microsoft Forms calls somebody who did not sign in anonymous."""
    words = texts.words.tolist()
    nobody = [len(word) == 9 and word.casefold() == "anonymous" for word in words] if 9 in map(len, words) else []
    if not any(nobody):
        return texts
    return texts.saying("" if n else w for w, n in zip(texts.words, nobody, strict=True))


def reworded(texts: Texts, values: Mapping[str, str]) -> Texts:
    """Return the same cells, where ``values`` has a whole cell, folded, with what it stands for."""
    return texts.saying(values.get(fold(word), word) for word in texts.words) if values else texts


def itemised(
    texts: Texts, marks: Sequence[str], options: Sequence[str], values: Mapping[str, str], log: ColumnLog
) -> Texts:
    """Return the same cells, those marked as lists that plain splitting would tear.

    A separator within brackets or quotes separates nothing. Brackets without their counterparts are pointed out.

    Args:
        texts: The cells.
        marks: The separators.
        options: Answers that are taken whole, the longest first.
        values: What an item stands for, by its folded words.
        log: Takes the warning.
    """
    joined = "\n".join(texts.words.tolist())
    if not options and not values and not any(guard in joined for guard in _GUARDS):
        return texts
    inner = re.compile("|".join(map(re.escape, marks)))
    known = sorted({fold(option): option for option in options}.items(), key=lambda each: -len(each[0]))
    words, torn, changed = [], [], False
    for word in texts.words:
        if word[:1] == MARK or (word[:1] == "[" and word[-1:] == "]"):
            pieces = word[1:].split(MARK) if word[:1] == MARK and values else None
        elif known or values or (any(guard in word for guard in _GUARDS) and inner.search(word)):
            pieces = list(_pieces(word, inner, known))
        else:
            pieces = None
        unbalanced = pieces is not None and any(_unbalanced(p) and fold(p) not in dict(known) for p in pieces)
        torn.append(unbalanced and len(pieces or ()) > 1)
        if pieces is None or (pieces == inner.split(word) and not values):
            words.append(word)
            continue
        said = [part for piece in pieces for part in inner.split(values.get(fold(piece), piece))] if values else pieces
        kept = [piece for piece in map(str.strip, said if values else pieces) if piece]
        whole = MARK if len(kept) == 1 and word[:1] != MARK else ""  # one item of a text, and not a list of one
        words.append(whole + "".join(MARK + piece for piece in kept))
        changed = True
    reason = "an item has a bracket without its counterpart, so the cell may be torn within an option"
    remedy = f"If options hold the separator, list them: [columns.{log.column}] options = [...]."
    bad = [k for k, each in enumerate(torn) if each]
    log.once("warning", texts.rows(torn), min((str(texts.words[k]) for k in bad), default=""), reason, remedy)
    return Texts(texts.codes, labels(words), True) if changed else texts


def _pieces(word: str, inner: re.Pattern[str], known: Sequence[tuple[str, str]]) -> Iterator[str]:
    """The items of a cell, options that the program lists first."""
    at = 0
    while at <= len(word):
        start = at + len(word[at:]) - len(word[at:].lstrip())
        found = next((end for option in known if (end := _option(word, start, option[0], inner))), None)
        end = _end(word, start, inner) if found is None else found
        piece = word[start:end].strip()
        yield piece[1:-1] if piece[:1] == piece[-1:] == '"' and len(piece) > 1 and inner.search(piece) else piece
        mark = inner.match(word, end)
        at = len(word) + 1 if mark is None else mark.end()


def _option(word: str, start: int, option: str, inner: re.Pattern[str]) -> int | None:
    """Where an option ends that begins at ``start``, if it does and a separator or the end follows."""
    for end in [match.start() for match in inner.finditer(word, start + 1)] + [len(word)]:
        if end - start >= len(option) and fold(word[start:end]) == option:
            return end
        if end - start > 2 * len(option) + 40:
            break
    return None


def _end(word: str, start: int, inner: re.Pattern[str]) -> int:
    """Where the item that begins at ``start`` ends: at the next separator outside of brackets and quotes."""
    closing: list[str] = []
    quoted = word[start : start + 1] == '"' and re.match(r'"[^"]*"\s*', word[start:])
    if quoted and (start + quoted.end() == len(word) or inner.match(word, start + quoted.end())):
        return start + quoted.end()
    plain: int | None = None
    for k in range(start, len(word)):
        if word[k] in _BRACKETS:
            closing.append(_BRACKETS[word[k]])
        elif closing and word[k] == closing[-1]:
            closing.pop()
        elif inner.match(word, k):
            if not closing:
                return k
            plain = k if plain is None else plain
    return len(word) if not closing or plain is None else plain


def _unbalanced(piece: str) -> bool:
    """Whether a bracket in an item has no counterpart; smileys and lists such as ``a)`` are none of that."""
    depth = 0
    for letter in piece:
        depth += (letter in "([{") - (letter in ")]}")
        if depth < 0:
            return True
    return depth > 0
