"""What the answers below a header need to be understood: values, separators, an order, levels of a grid, hours."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rmatch.columns import fold
from rmatch.program.drafting._content import SEPARATED, separator_of
from rmatch.program.drafting._guesses import Guess
from rmatch.roster.concluded import nothing_said
from rmatch.roster.grid import are_ranks, is_grid, says_yes
from rmatch.roster.lists import SEPARATORS, WITHHELD
from rmatch.roster.numbers import IN_WORDS, WHOLE
from rmatch.roster.roles import WORDS
from rmatch.roster.texts import Texts
from rmatch.roster.weektimes import DAYS, day_words, intervals, plain
from rmatch.schema.binding import LABELS
from rmatch.schema.person import CELLS
from rmatch.schema.vocabulary import answers

_PIECES = re.compile(r"[;|\r\n\0]")
_WORD = re.compile(r"[^\W\d_]+")
_CLOCK = r"(\d{1,2}(?::\d{2})?\s*(?:am|pm|uhr|h|u)?)\b"
_AFTER = re.compile(rf"\b(?:after|from|ab|nach|apres|a partir de|despues de|na|vanaf)\s+{_CLOCK}")
_BEFORE = re.compile(rf"\b(?:before|until|vor|bis|avant|jusqu'a|antes de|hasta|voor|tot)\s+{_CLOCK}")
_WEEKEND = ("weekend", "week-end", "wochenende", "fin de semana")
_WHOLE_DAY = "09:00-17:00"
_FIRST, _LAST = "8am", "8pm"  # nobody is met before or after

_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\"[^\"]*\"")
_NUMBERED = re.compile(r"(.*?)\s*(\d{1,3})", re.DOTALL)
_PLACES = ("1st first choice 1 erste premier primera eerste", "2nd second choice 2 zweite deuxième segunda tweede",
           "3rd third choice 3 dritte troisième tercera derde", "4th fourth", "5th fifth")  # fmt: skip
_FEW = 60  # answers; more are no grades
_MOST_LINES = 25
_MOST_PARTNERS = 30  # more is a year, or hours
_COUNTS = re.compile(rf"(?<![\w.])(?:\d{{1,3}}|{'|'.join(sorted(IN_WORDS, key=len, reverse=True))})(?![\w.]\d|\w)")


def hours_of(words: Iterable[str], by_day: bool) -> tuple[bool, dict[str, str], list[str]]:
    """Return what answers to a question for times need to be read.

    Args:
        words: The answers.
        by_day: The question is asked for each day, so the answers are hours alone.

    Returns:
        Whether commas separate the items; what each item stands for that cannot be read as it is; the items for
        which there is no proposal.
    """
    said = [*words]
    days = day_words(said)
    pieces = {piece.strip() for word in said for piece in _PIECES.split(word)} - {""}
    unread = {piece for piece in pieces if not _read(piece, by_day, days)}
    parts = {part.strip() for piece in unread for part in piece.split(",")} - {""}
    commas = any("," in piece for piece in unread) and all(
        _read(part, by_day, days) or _proposed(part, by_day, days) for part in parts
    )
    if commas or by_day:
        unread = {part for part in parts if not _read(part, by_day, days)}
    values = {piece: hours for piece in sorted(unread, key=fold) if (hours := _proposed(piece, by_day, days))}
    return commas and not by_day, values, sorted(unread - values.keys(), key=fold)


def _read(piece: str, by_day: bool, days: Mapping[str, int]) -> bool:
    return intervals(f"Mon {piece}" if by_day else piece, days) is not None


def _proposed(piece: str, by_day: bool, days: Mapping[str, int]) -> str:
    """Weekly times, or hours, for words such as ``Monday mornings`` or ``after 5pm``; those of Monday to Friday where
    no day is named; nothing where there is no proposal."""
    text = plain(piece)
    hours = _clock(text)
    if not hours:
        names = [hour for hour in answers()["hours"] if any(_stands(plain(name), text) for name in hour["names"])]
        hours = " and ".join(hour["from_to"] for hour in names)
    if not by_day and not hours and intervals(f"{text} {_WHOLE_DAY}", days) is not None:
        return f"{piece} {_WHOLE_DAY}"
    if by_day or not hours:
        return hours
    named = [days[word] for word in _singular(text) if word in days]
    when = ", ".join(DAYS[day].capitalize() for day in dict.fromkeys(named))
    if not when:
        when = "Sat-Sun" if any(word in text for word in _WEEKEND) else "Mon-Fri"
    return f"{when} {hours}"


def _clock(text: str) -> str:
    """The hours that are written in a text: a range, or its beginning or end alone."""
    after, before = _AFTER.search(text), _BEFORE.search(text)
    found = [f"{after[1]}-{_LAST}"] if after else [f"{_FIRST}-{before[1]}"] if before else []
    found += [match[0] for match in re.finditer(rf"{_CLOCK}\s*-\s*{_CLOCK}", text)]
    return next((each for each in found if intervals(f"Mon {each}") is not None), "")


def _singular(text: str) -> list[str]:
    return [each for word in _WORD.findall(text) for each in (word, word.removesuffix("s")) if len(each) > 1]


def _stands(name: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


@dataclass
class Settings:
    """The keys of one column, what was concluded, and what somebody has to look at."""

    keys: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    idle: dict[str, Any] = field(default_factory=dict)
    """Keys that are proposed in a comment, since nobody but the owner can fill them in."""


def settings(name: str, cells: Sequence[Texts], guesses: Sequence[Guess]) -> Settings:
    """Return what a column needs, from its cells on every sheet and from what was guessed of it there."""
    words = Counter(str(word) for part in cells for word in part.spoken().cells if word)
    found = Settings()
    if any(guess.grid for guess in guesses) or (name not in ("role", "availability") and is_grid(cells)):
        _levels(name, words, cells, found)
    elif name == "role":
        _roles(words, found)
    elif name == "grade":
        _order(words, found)
    elif name == "availability":
        _hours(words, any(guess.headers for guess in guesses), found)
    elif name == "capacity":
        _numbers(words, found)
    elif CELLS[name].kind == "items" if name in CELLS else any(guess.listed for guess in guesses):
        _separator(words, found)
        _nothing(name, words, found)
    elif name in LABELS:
        _nothing(name, words, found)
    return found


def role_of(answer: str) -> str:
    """Return the role that an answer to a question of a form means; empty where that cannot be told."""
    known, said = answers()["roles"], fold(answer)
    if said in WORDS:
        return ""  # understood as it stands
    has = {name: _holds(said, known[name]) for name in ("mentee", "junior", "senior")}
    rest = said
    for word in sorted(map(fold, known["mentee"]), key=len, reverse=True):
        rest = rest.replace(word, " ")
    has["mentor"] = _holds(rest, known["mentor"])
    if any(re.fullmatch(rf"{re.escape(fold(word))}\b.*", said) for word in known["both"]) or (
        has["mentor"] and has["mentee"]
    ):
        return "both" if not (has["junior"] or has["senior"]) else ""
    mentor, mentee = has["mentor"] or has["junior"], has["mentee"] or has["senior"]
    if mentor != mentee:
        return "mentor" if mentor else "mentee"
    if not mentor and any(re.fullmatch(rf"{re.escape(fold(word))}\b.*", said) for word in known["none"]):
        return "none"
    return ""


def _holds(text: str, words: Sequence[str]) -> bool:
    return any(fold(word) in text for word in words)


def _roles(words: Counter[str], found: Settings) -> None:
    strange = [word for word in sorted(words, key=fold) if fold(word) not in WORDS]
    values = {word: role for word in strange if (role := role_of(word))}
    if values:
        found.keys["values"] = dict(list(values.items())[:_MOST_LINES])
        found.checks.append("the mentor is the junior, who teaches; the mentee is the senior, who learns")
    left = [word for word in strange if word not in values]
    if left:
        more = f" and {len(left) - 5} more" if len(left) > 5 else ""
        found.checks.append(f'say what these answers mean, with values = {{ "…" = "mentor" }}: {_some(left)}{more}')


def _some(words: Sequence[str]) -> str:
    return ", ".join(repr(word[:60]) for word in words[:5])


def _order(words: Counter[str], found: Settings) -> None:
    """The order of grades that are no whole numbers."""
    labels = [word for word in words if fold(word) not in WITHHELD]
    if not labels or all(WHOLE.fullmatch(word) for word in labels):
        return
    if len({fold(word) for word in labels}) > _FEW:
        found.checks.append(
            "these are no whole numbers, and too many answers to be put in order: choose another column"
        )
        return
    folded = {fold(word): word for word in sorted(labels, reverse=True)}
    for ladder in answers()["ladders"]:
        steps = [fold(step) for step in ladder["order"]]
        if set(folded) <= set(steps):
            found.keys["order"] = [folded[step] for step in steps if step in folded]
            found.checks.append("the order of the grades, lowest first, as it is usual")
            return
    numbered = {word: match for word in folded.values() if (match := _NUMBERED.fullmatch(word))}
    if len(numbered) == len(folded) and len({fold(match[1]) for match in numbered.values()}) == 1:
        found.keys["order"] = sorted(numbered, key=lambda word: int(numbered[word][2]))
        found.checks.append("the order of the grades, lowest first, by their numbers")
        return
    found.idle["order"] = sorted(folded.values(), key=fold)
    found.checks.append(
        "grades without an order are not used: put `order` in order, lowest first, and remove the `#`; remove those "
        "of the rule `grade_gap` below as well, if it has some"
    )


def _separator(words: Counter[str], found: Settings) -> None:
    """What separates the items, where that is none of the usual marks: a comma outside of brackets, for instance."""
    mark = separator_of(words)
    if not mark and any("," in _BRACKETS.sub("", word) and not SEPARATED.search(word) for word in words):
        found.idle["split"] = [",", *(mark for mark in SEPARATORS if any(mark in word for word in words))]
        found.checks.append(
            "some answers have commas where others have another separator: if commas separate items too, remove the `#`"
        )
    if mark:
        several = sum(number for word, number in words.items() if mark in _BRACKETS.sub("", word))
        found.keys["split"] = mark
        what = "commas separate" if mark == "," else f"{mark!r} separates"
        found.notes.append(f"{what} the items, in {several:,} of {sum(words.values()):,} answers")


def _nothing(name: str, words: Counter[str], found: Settings) -> None:
    """Answers that say there is none, such as ``None``."""
    said = nothing_said(name, words)
    if said:
        found.keys["na"] = said
        found.notes.append("these words mean that there is no answer")


def _levels(name: str, words: Counter[str], cells: Sequence[Texts], found: Settings) -> None:
    """The levels of the places of a grid, the first the highest; of numbers beyond 5 the first three, or halves."""
    if name not in CELLS or not CELLS[name].levels:
        return
    for word in sorted(words, key=fold):
        said = fold(word)
        place = next((k for k, marks in enumerate(_PLACES) if said.split()[0] in marks.split() and len(said) > 2), None)
        if place is not None:
            found.keys.setdefault("chosen", {})[word] = 5 - place
    numbers = {word: int(word) for word in words if word.isdecimal() and len(word) < 3}
    if len(numbers) == len(words) and max(numbers.values(), default=0) > 5:
        ranks = are_ranks(cells, numbers)
        levels = {word: max(6 - k, 0) * (k <= 3) if ranks else (k + 1) // 2 for word, k in numbers.items()}
        if max(levels.values()) <= 5:
            found.keys["chosen"] = dict(sorted(levels.items(), key=lambda each: numbers[each[0]]))
    if "chosen" in found.keys:
        found.checks.append("the levels of the places, 5 the highest")


def _hours(words: Counter[str], by_day: bool, found: Settings) -> None:
    """What the words for times stand for that cannot be read as they are, such as ``mornings``."""
    commas, values, left = hours_of(words, by_day)
    if commas:
        found.keys["split"] = ","
    if values:
        found.keys["values"] = dict(list(values.items())[:_MOST_LINES])
        found.checks.append("the hours that these words stand for")
    if left:
        found.checks.append(f'say what these times mean, with values = {{ "…" = "Mon 9-12" }}: {_some(left)}')


def _numbers(words: Counter[str], found: Settings) -> None:
    """The most that an answer such as ``2 or 3 people`` allows, where it is no number by itself."""
    values, left = {}, []
    for word in sorted(words, key=fold):
        if WHOLE.fullmatch(word) or fold(word) in IN_WORDS:
            continue
        numbers = [int(each) if each.isdigit() else IN_WORDS[each] for each in _COUNTS.findall(fold(word))]
        if not numbers and says_yes(word) is False:
            values[word] = 0
        elif numbers and max(numbers) <= _MOST_PARTNERS:
            values[word] = max(numbers)
        else:
            left.append(word)
    if values:
        found.keys["values"] = dict(list(values.items())[:_MOST_LINES])
        found.checks.append("how many partners these answers allow at most")
    if left:
        found.checks.append(
            f'say how many these answers mean, with values = {{ "…" = 2 }}, else 1 is taken: {_some(left)}'
        )
