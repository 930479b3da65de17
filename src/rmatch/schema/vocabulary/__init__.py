"""Headers of known HR systems and of sign-up forms in seven languages, and what their answers mean: data, no rules.

``headers.csv`` has a line for each header: the column that it means, who writes it, and whether that is certain. A
certain header is read as its column where nothing else is; the others are proposed by ``rmatch init``. A header
between stars stands for every header that holds these words.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

from rmatch.columns import fold
from rmatch.schema.person import fold_header

_SHORT = 4  # words of a header that is no question in whole


@dataclass(frozen=True)
class Header:
    """A header that is known: the column that it means, who writes it, and whether that is certain."""

    column: str
    header: str
    known_from: str
    sure: bool

    @property
    def within(self) -> bool:
        """Whether every header that holds these words is meant."""
        return self.header.startswith("*")

    @property
    def folded(self) -> str:
        """The header as headers are compared."""
        return fold_header(self.header)


@cache
def headers() -> tuple[Header, ...]:
    """Return every header of the vocabulary."""
    lines = csv.DictReader(io.StringIO(_text("headers.csv")))
    return tuple(Header(row["column"], row["header"], row["known_from"], row["sure"] == "yes") for row in lines)


@cache
def certain() -> Mapping[str, Header]:
    """Return the headers that are certain to mean their column, by their folded form."""
    return {each.folded: each for each in headers() if each.sure}


@cache
def answers() -> Mapping[str, Any]:
    """Return what is known of answers: ``times``, ``sensitive``, ``roles`` and ``ladders``."""
    return tomllib.loads(_text("answers.toml"))


def asks_sensitive(header: str) -> bool:
    """Return whether a header asks for what nobody should be paired by without consent.

    It does where beside the words that say so stand only those that keep it a question about the person, and in a
    long question where it speaks of nothing to teach or to learn.
    """
    known, said = answers(), fold(header)
    if any(part in said for part in known["sensitive_parts"]):
        return True
    words = _plain_words(header)
    clear, other = _sensitive()
    if len(words) > _SHORT and not any(part in said for part in known["topical"]) and clear.search(" ".join(words)):
        return True
    rest, times = other.subn(" ", " ".join(words))
    return times > 0 and all(len(word) == 1 or word in _personal() for word in rest.split())


def _plain_words(text: str) -> list[str]:
    """Return the words of a text, which camel case parts too, in small letters without accents."""
    parted = "".join(f" {b}" if a.islower() and b.isupper() else b for a, b in pairwise(f" {text}"))
    letters = unicodedata.normalize("NFKD", parted.casefold())
    return re.findall(r"[^\W\d_]+", "".join(each for each in letters if not unicodedata.combining(each)))


@cache
def _sensitive() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What finds in plain words those that are clear in any question, and all that are sensitive."""
    clear, other = answers()["sensitive_in_questions"], answers()["sensitive"]
    either, every = ("|".join(sorted(some, key=len, reverse=True)) for some in (clear, [*clear, *other]))
    return re.compile(rf"\b(?:{either})\b"), re.compile(rf"\b(?:{every})\b")


@cache
def _personal() -> frozenset[str]:
    """The plain words that may stand beside."""
    return frozenset(word for each in (*answers()["personal"], *answers()["small"]) for word in _plain_words(each))


@cache
def zones() -> Mapping[str, Any]:
    """Return what time zones are called: words to ``read`` as one zone, and those that ``several`` have."""
    return tomllib.loads(_text("zones.toml"))


@cache
def words() -> Mapping[str, Any]:
    """Return what cells say that means the same on every sheet: lists of words, each list by its name."""
    return tomllib.loads(_text("words.toml"))


def folded(name: str) -> frozenset[str]:
    """Return a list of :func:`words`, folded."""
    return frozenset(map(fold, words()[name]))


def numbered(name: str) -> dict[str, int]:
    """Return for each folded word of several lists of :func:`words` the place of its list, from 0."""
    return {fold(word): place for place, some in enumerate(words()[name]) for word in some}


def _text(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")
