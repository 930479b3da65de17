"""A made-up company in which juniors and seniors teach each other."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rmatch.datasets._draws import Draws
from rmatch.datasets._workforce import workforce


def two_tracks(n_juniors: int, n_seniors: int, *, seed: int = 0, one_track: float = 0.25) -> pd.DataFrame:
    """Return an export of people who sign up for a reverse and a traditional programme.

    Args:
        n_juniors, n_seniors: Number of juniors and of seniors.
        seed: Seed; the same one gives the same people.
        one_track: Share of those who join one track alone; the others left ``tracks`` blank.

    Returns:
        A column of text for each canonical column: ``side`` instead of ``role``, ``tracks``, and ``capacity_total``,
        where half of the people wrote 1.
    """
    frame = workforce(n_juniors, n_seniors, seed=seed)
    draws = Draws(seed, "tracks")
    alone, which = draws.uniform(len(frame)) < one_track, draws.uniform(len(frame)) < 0.5
    tracks = np.where(alone, np.where(which, "reverse", "traditional"), "")
    once = Draws(seed, "capacity_total").uniform(len(frame)) < 0.5
    side = np.where(frame["role"] == "mentor", "junior", "senior")
    frame.insert(list(frame.columns).index("role"), "side", side)
    return frame.drop(columns="role").assign(tracks=tracks, capacity_total=np.where(once, "1", ""))
