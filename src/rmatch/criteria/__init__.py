"""Criteria: how good is this pair? And the bricks to make your own from."""

from rmatch.criteria._background import Background, Department, Difference, Similarity
from rmatch.criteria._base import Criterion, OfColumn, Tile
from rmatch.criteria._in_track import InTrack, among_all, balanced, criterion_in_track, spread
from rmatch.criteria._pair_scores import PairScores
from rmatch.criteria._partner import Acceptance, Accepts, Lookup, Wanted
from rmatch.criteria._skills import Goals, Reciprocity, Skills, covered, listing
from rmatch.criteria._text import Text, Vectors
from rmatch.criteria._wishes import Wishes, ordinal
from rmatch.criteria.blocks import align, closeness, covers, differs, same, table
from rmatch.factors import Factors, constant

__all__ = [
    "Acceptance",
    "Accepts",
    "Background",
    "Criterion",
    "Department",
    "Difference",
    "Factors",
    "Goals",
    "InTrack",
    "Lookup",
    "OfColumn",
    "PairScores",
    "Reciprocity",
    "Similarity",
    "Skills",
    "Text",
    "Tile",
    "Vectors",
    "Wanted",
    "Wishes",
    "align",
    "among_all",
    "balanced",
    "closeness",
    "constant",
    "covered",
    "covers",
    "criterion_in_track",
    "differs",
    "listing",
    "ordinal",
    "same",
    "spread",
    "table",
]
