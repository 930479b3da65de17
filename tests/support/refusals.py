"""What a reader refuses, and what it tells: the same for every kind of file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pandas as pd
import pytest

import rmatch


@contextmanager
def refused(words: str) -> Iterator[None]:
    """The input is refused in these words, with an error and a remedy for each issue."""
    with pytest.raises(rmatch.RosterError, match=words) as caught:
        yield
    assert caught.value.issues is not None
    assert set(caught.value.issues["severity"]) >= {"error"}
    assert (caught.value.issues["remedy"] != "").all()


def told(roster: rmatch.Roster, words: str) -> pd.DataFrame:
    """The issues whose reason holds these words."""
    return roster.issues[roster.issues["reason"].str.contains(words, regex=False)]
