"""Columns that hold one label for each person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from rmatch.columns import Category, IntArray, Labels, fold
from rmatch.roster.texts import Answers, Texts, labels

WITHHELD = frozenset(
    f"{start}{verb}"
    for start in (
        "prefer not to ",
        "i prefer not to ",
        "rather not ",
        "would rather not ",
        "i would rather not ",
        "i'd rather not ",
        "i’d rather not ",
        "do not wish to ",
        "i do not wish to ",
        "i don't wish to ",
        "i don’t wish to ",
        "choose not to ",
        "i choose not to ",
        "decline to ",
        "i decline to ",
        "declined to ",
    )
    for verb in ("say", "answer", "disclose", "state", "declare", "respond", "self identify")
) | {"not disclosed", "undisclosed", "not stated", "not declared", "undeclared", "withheld"}
"""Folded answers that count as none."""  # fmt: skip


def shown(texts: Texts) -> Answers:
    """A column that is shown and never scored, such as names: every spelling stays its own label."""
    answered = texts.words != ""
    number = np.where(answered, np.arange(len(answered)), -1)
    return Answers(Category(number, texts.words), texts.codes)


def category(texts: Texts, readings: Mapping[str, str] = MappingProxyType({})) -> Answers:
    """Return a column of labels; those with one folded key are one label, in the commonest spelling, sorted by key.

    A blank and the words of :data:`WITHHELD` are missing.

    Args:
        texts: The cells.
        readings: As which word a folded one is read.
    """
    texts = texts.distinct
    if readings:
        texts = Texts(texts.codes, labels([readings.get(fold(word), word) for word in texts.words]), texts.listed)
    keys = [fold(word) for word in texts.words]
    answers = [k for k, key in enumerate(keys) if key and key not in WITHHELD]
    counts = np.bincount(texts.codes, minlength=len(keys))
    spelled, _, chosen = commonest([keys[k] for k in answers], texts.words[answers], counts[answers])
    number = np.full(len(keys), -1, np.int64)
    number[answers] = chosen
    return Answers(Category(number, spelled), texts.codes)


def commonest(keys: Sequence[str], spellings: Labels, counts: IntArray) -> tuple[Labels, Labels, IntArray]:
    """Number the distinct keys in their order; of the spellings of one key choose that with the highest count.

    Of equal counts the smallest spelling is chosen.

    Args:
        keys: The key of each spelling.
        spellings: The spellings, ``(n,)``.
        counts: How many cells have each, ``(n,)`` int64.

    Returns:
        The spelling of each number, its key, and the number of each of ``keys``.
    """
    order = sorted(range(len(keys)), key=lambda k: (keys[k], -counts[k], spellings[k]))
    number = np.zeros(len(keys), np.int64)
    chosen: list[int] = []
    for k in order:
        if not chosen or keys[chosen[-1]] != keys[k]:
            chosen.append(k)
        number[k] = len(chosen) - 1
    return spellings[chosen], labels([keys[k] for k in chosen]), number
