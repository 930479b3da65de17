"""The tile of a criterion, held to what a tile answers where the criterion is somebody's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmatch.columns import FloatArray, IntArray, Table
from rmatch.criteria._base import Criterion, Tile
from rmatch.element import Spec, asked
from rmatch.errors import ProgramError

_FAR = 1_000_000  # whatever is larger may be infinite in points


def held(criterion: Spec, tile: Tile) -> Tile:
    """Return the tile of a criterion; one from outside the package is held to what a tile answers."""
    return CheckedTile(criterion.called, tile) if criterion.from_outside else tile


def clauses_of(criterion: Criterion, mentors: Table, mentees: Table, i: IntArray, j: IntArray) -> list[str]:
    """Return the clause of a criterion about each listed pair.

    Raises:
        ProgramError: ``because`` failed, or does not answer with a list of texts, one for each pair.
    """
    clauses: list[str] = asked(criterion.called, "because", lambda: criterion.because(mentors, mentees, i, j))
    said: Any = clauses
    if not (isinstance(said, list) and len(said) == len(i) and all(isinstance(clause, str) for clause in said)):
        found = type(said).__name__
        if isinstance(said, list):
            kinds = sorted({type(clause).__name__ for clause in said})
            found = f"a list of {len(said):,}, of {' and '.join(kinds) or 'nothing'}"
        raise ProgramError(
            f"{criterion.called}: `because` answers with a list of texts, one for each pair, {len(i):,}, not {found}; "
            "`rmatch.testing.check_criterion` tests such a class"
        )
    return clauses


@dataclass(frozen=True, eq=False)
class CheckedTile(Tile):
    """A tile whose answers are looked at: arrays of numbers, one for each pair asked for."""

    called: str
    tile: Tile

    def block(self, rows: IntArray, columns: IntArray) -> FloatArray:
        """Return the scores of a block; a ProgramError names the class whose answer is of another shape or kind."""
        return self._held(
            "block", asked(self.called, "block", lambda: self.tile.block(rows, columns)), len(rows), len(columns)
        )

    def at(self, i: IntArray, j: IntArray) -> FloatArray:
        """Return the scores of listed pairs, held likewise."""
        return self._held("at", asked(self.called, "at", lambda: self.tile.at(i, j)), len(i))

    def _held(self, method: str, answer: Any, *wanted: int) -> NDArray[np.float64]:
        if not (isinstance(answer, np.ndarray) and answer.dtype.kind in "biuf" and answer.shape == wanted):
            kind = f"{answer.dtype} {answer.shape}" if isinstance(answer, np.ndarray) else type(answer).__name__
            raise ProgramError(
                f"{self.called}: `{method}` of its tile answers with an array of numbers, one for each pair, {wanted}, "
                f"not {kind}; `rmatch.testing.check_criterion` tests such a class"
            )
        scores: FloatArray = answer.astype(np.float64, copy=False)
        if (np.abs(scores) > _FAR).any():
            raise ProgramError(
                f"{self.called}: `{method}` of its tile answers with a score that is infinite or beyond {_FAR:,}, "
                "which is refused for every pair; a score lies in [0, 1], and is NaN where the pair may not be"
            )
        return scores
