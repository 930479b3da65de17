"""Demand: skills wanted and offered, and how many pairs teach each."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from rmatch._util.kept import kept
from rmatch.analysis.subjects import taught_columns
from rmatch.columns import Items
from rmatch.criteria import covered
from rmatch.criteria.blocks import as_items
from rmatch.result import Result

COLUMNS = ("skill", "wanted", "offered", "taught")


@kept
def skills(result: Result) -> pd.DataFrame:
    """Return one line per skill: how many mentees want it, mentors offer it, and pairs teach it; the scarcest first.

    The columns are those of the program's first ``Skills`` criterion.
    """
    model = result.model
    offering, wanting = taught_columns(model.program)[0]
    offered, wanted = model.mentors.get(offering), model.mentees.get(wanting)
    if offered is None or wanted is None:
        return pd.DataFrame({name: [] for name in COLUMNS}).astype({"skill": object} | dict.fromkeys(COLUMNS[1:], int))
    labels, counts = dict[str, str](), [Counter[str](), Counter[str]()]
    for items, count in zip((as_items(offered), as_items(wanted)), counts, strict=True):
        labels |= dict(zip(items.keys, items.labels, strict=True))
        count.update(_people(items))
    key_of = {label: key for key, label in labels.items()}
    taught = Counter(key_of[label] for some in covered(offered, wanted, *result.chosen) for label in some)
    keys = sorted(counts[0] | counts[1])
    frame = pd.DataFrame(
        {
            "skill": np.array([labels[key] for key in keys], dtype=object),
            "wanted": [counts[1][key] for key in keys],
            "offered": [counts[0][key] for key in keys],
            "taught": [taught[key] for key in keys],
        }
    )
    short = frame["offered"] - frame["wanted"]
    order = np.lexsort((np.arange(len(frame)), -frame["wanted"], short))
    return frame.iloc[order].reset_index(drop=True)


def _people(items: Items) -> dict[str, int]:
    number = np.bincount(items.ids, minlength=len(items.keys)).tolist()
    return {key: n for key, n in zip(items.keys, number, strict=True) if n}
