"""Synthetic workforces: an HR export of any size, and the same export as messy as real ones are."""

from rmatch.datasets._messy import BadRow, Fault, Messy, messy
from rmatch.datasets._workforce import two_tracks, workforce

__all__ = ["BadRow", "Fault", "Messy", "messy", "two_tracks", "workforce"]
