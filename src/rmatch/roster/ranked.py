"""Lists of people: whom each person names, in their order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

import numpy as np
import pandas as pd

from rmatch.columns import IntArray, Items, Labels


class Ranked(Items):
    """People whom each person names, by id: ``levels`` runs beside ``ids`` and holds their place, from 1.

    Ids stand for themselves, letter by letter, so ``keys`` are the ``labels``.
    """

    @classmethod
    def of_lists(cls, lists: Iterable[Mapping[str, int]]) -> Ranked:
        """Return the column of people who name others, each with a place."""
        named = [*lists]
        words = np.array(sorted({id_ for some in named for id_ in some}) or [""], dtype=object)[: sum(map(len, named))]
        code = {word: k for k, word in enumerate(words.tolist())}
        entries = [sorted((code[id_], place) for id_, place in some.items()) for some in named]
        start = np.cumsum([0, *map(len, entries)]).astype(np.int64)
        flat = np.array([pair for some in entries for pair in some], dtype=np.int64).reshape(-1, 2)
        return cls(start, flat[:, 0], flat[:, 1].astype(np.int8), words, words)

    def among(self, partners: Labels) -> tuple[IntArray, IntArray, IntArray]:
        """Return who names whom of some partners, a line each: the row, the position among ``partners``, the place."""
        place = pd.Index(partners, dtype=object).get_indexer(pd.Index(self.labels, dtype=object)).astype(np.int64)
        other = place[self.ids] if len(self.ids) else self.ids
        here = other >= 0
        return self.rows[here], other[here], self.levels[here].astype(np.int64)

    def cells(self) -> Labels:
        """The ids as text in their order, joined with ``; ``."""
        order = np.lexsort((self.ids, self.levels, self.rows))
        flat = self.labels[self.ids[order]].tolist() if len(self.ids) else []
        return np.array(["; ".join(flat[a:b]) for a, b in pairwise(self.start.tolist())], dtype=object)
