"""Columns that a form asks for in several questions: who somebody wants to be, and when they are free, day by day."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from rmatch.columns import fold
from rmatch.program.drafting._answers import role_of
from rmatch.program.drafting._guesses import Guess
from rmatch.roster.grid import items_of, questions, says_yes
from rmatch.roster.roles import NAMES, UNKNOWN, WORDS
from rmatch.roster.sheet import Sheet
from rmatch.roster.weektimes import CLEAR, plain
from rmatch.schema.person import fold_header
from rmatch.schema.vocabulary import answers

_FEW = 12  # different answers; a question of roles has no more
_MOST = 0.8  # of the people answer such a question with a role; what the others mean is left to be said


def role_questions(sheet: Sheet, taken: Sequence[int]) -> Guess | None:
    """The two questions that ask whether somebody would teach, and whether they would learn; None without both."""
    places = {"mentor": list[int](), "mentee": list[int]()}
    for k, header in enumerate(sheet.headers):
        if k not in taken and (role := _asks_for(header)) and _yes_or_no(sheet, k):
            places[role].append(k)
    if not all(len(some) == 1 for some in places.values()):
        return None
    at = (places["mentor"][0], places["mentee"][0])
    headers = tuple(sheet.headers[k].strip() for k in at)
    why = "the first asks who would teach, the second who would learn"
    return Guess("role", headers[0], at[0], why, False, places=at, headers=headers)


def role_answers(sheet: Sheet, taken: Sequence[int]) -> Guess | None:
    """The question that nearly everybody answers with a role, some with each; None where there is none, or several."""
    found = []
    for k, header in enumerate(sheet.headers):
        words = Counter(str(word) for word in sheet.columns[k].cells if word)
        said = {word: role_of(word) or NAMES[WORDS.get(fold(word), UNKNOWN)] for word in words if len(words) < _FEW}
        known = sum(words[word] for word, role in said.items() if role)
        if (
            k not in taken
            and header.strip()
            and {*said.values()} >= {"mentor", "mentee"}
            and known >= _MOST * words.total()
        ):
            found.append(Guess("role", header.strip(), k, "its answers say who would teach and who would learn", False))
    return found[0] if len(found) == 1 else None


def _asks_for(header: str) -> str:
    """Whether a question asks for people who want to be a mentor, or for those who want one."""
    said = fold(header)
    known = answers()["role_questions"]
    asked = [role for role in ("mentee", "mentor") if any(re.search(pattern, said) for pattern in known[role])]
    return asked[0] if len(asked) == 1 else ""


def _yes_or_no(sheet: Sheet, place: int) -> bool:
    words = [str(word) for word in sheet.columns[place].words]
    return any(map(says_yes, words)) and all(says_yes(word) is not None for word in words)


def day_questions(sheet: Sheet, taken: Sequence[int]) -> Guess | None:
    """The questions that ask for times day by day, or for days hour by hour; None where there are not two."""
    for places in (*questions(sheet.headers).values(), [*range(len(sheet.headers))]):
        items = items_of([sheet.headers[k] for k in places])
        days = [k for k, item in zip(places, items, strict=True) if plain(item).rstrip("s") in CLEAR and k not in taken]
        if len({fold_header(sheet.headers[k]) for k in days}) == len(days) > 1:
            headers = tuple(sheet.headers[k].strip() for k in days)
            why = f"one question for each of {len(days)} days"
            return Guess("availability", headers[0], days[0], why, False, places=tuple(days), headers=headers)
    return None
