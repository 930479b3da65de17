"""People with confidences: exports with sensitive columns, and the programs that may use them."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from exports import DEFAULT, RULES

import rmatch
from rmatch.api.folder import write_folder
from rmatch.criteria import Background, Criterion, Difference, Similarity
from rmatch.limits import Limit
from rmatch.objectives import MostPairs, Objective, Total
from rmatch.rules import Rule
from rmatch.schema.binding import ColumnBinding

ORDER = ("none", "some", "much")
ANSWERS: dict[str, tuple[str, ...]] = {
    "gender": ("woman", "man", "non-binary", "WOMAN"),
    "age": ("23", "31", "58", "60.5"),
    "care": ORDER,
    "faith": ("a; b", "b", "c; a; d", "['a', 'b']"),
}
STEERING: tuple[Criterion, ...] = (
    Difference(0.3, column="gender"),
    Background(0.5, columns=("gender", "location")),
    Similarity(0.2, column="age"),
    Difference(0.4, column="care"),
    Similarity(0.7, column="faith"),
)
SILENCE = (
    ("", "yes"), ("prefer not to say", "yes"), ("Prefer Not To Say;", "YES"), ("  ", "true"),
    ("I'd rather not say", "y"),
    ("", ""), ("{}", "no"), ("{}", ""), ("{}", "maybe"), ("{}", "not yes"), ("zzq", ""), ("zzq; 17; \N{SNOWMAN}", "no"),
    ("Decline to self-identify", "1"),
)  # fmt: skip
"""Cell and consent of somebody who does not share; ``{}`` stands for a real answer."""


def scored(**changes: Any) -> ColumnBinding:
    """A sensitive column that is scored."""
    return ColumnBinding(**({"use": "score", "sensitive": True, "consent": "ok", "purpose": "mixed pairs"} | changes))


def columns(**changes: Any) -> dict[str, ColumnBinding]:
    """The four sensitive columns of these exports."""
    return {
        "gender": scored(**changes),
        "age": scored(**changes),
        "care": scored(order=ORDER, **changes),
        "faith": scored(split=";", **changes),
    }


def program(
    steering: tuple[Criterion, ...] = STEERING[:1],
    visible: tuple[Criterion, ...] = DEFAULT,
    rules: tuple[Rule, ...] = RULES[1],
    limits: tuple[Limit, ...] = (),
    objectives: tuple[Objective, ...] = (MostPairs(), Total()),
    seed: int = 0,
) -> rmatch.Program:
    """A program that scores sensitive columns beside visible ones."""
    return rmatch.Program(
        seed=seed,
        columns=columns(),
        criteria=(*visible, *steering),
        rules=rules,
        limits=limits,
        objectives=objectives,
    )


def without(sensitive: rmatch.Program, columns: dict[str, ColumnBinding] | None = None) -> rmatch.Program:
    """The same program with its visible criteria alone or, where ``columns`` are given, with all and those columns."""
    return rmatch.Program(
        seed=sensitive.seed,
        columns=sensitive.columns if columns is None else columns,
        criteria=sensitive.visible if columns is None else (*sensitive.visible, *sensitive.steering),
        rules=sensitive.rules,
        limits=sensitive.limits,
        objectives=sensitive.objectives,
    )


def filled(frame: pd.DataFrame, seed: int, withheld: float = 0.3) -> pd.DataFrame:
    """The export with sensitive answers at random, and consent from most people."""
    draw = np.random.default_rng(seed)
    answers = {name: draw.choice(words, len(frame)).astype(object) for name, words in ANSWERS.items()}
    return frame.assign(**answers, ok=np.where(draw.random(len(frame)) < withheld, "no", "yes").astype(object))


def silenced(frame: pd.DataFrame, seed: int, way: int | None = None) -> pd.DataFrame:
    """The export, the same third of people without an answer that counts, each in one of the many ways of that."""
    who = np.random.default_rng(seed).random(len(frame)) < 0.35
    draw, frame = np.random.default_rng(seed + (way or 0)), frame.copy()
    for row in np.flatnonzero(who):
        cell, consent = SILENCE[0] if way is None else SILENCE[int(draw.integers(len(SILENCE)))]
        for name in ANSWERS:
            frame.loc[frame.index[row], name] = cell.format(draw.choice(ANSWERS[name]))
        frame.loc[frame.index[row], "ok"] = consent
    return frame


def as_blanks(frame: pd.DataFrame) -> pd.DataFrame:
    """The export as it would be if nobody had been asked who does not agree."""
    return frame.assign(**{name: frame[name].where(frame["ok"] == "yes", "") for name in ANSWERS})


def matched(frame: pd.DataFrame, under: rmatch.Program) -> rmatch.Matching:
    """The people matched under a program."""
    return rmatch.match(rmatch.from_frame(frame, program=under), under)


def written(frame: pd.DataFrame, under: rmatch.Program) -> dict[str, bytes] | str:
    """Every file of the result but the record of runs, which tells the time; or the refusal."""
    roster = rmatch.from_frame(frame, program=under)
    try:
        matching = rmatch.match(roster, under)
    except rmatch.RmatchError as error:
        return str(error)
    with tempfile.TemporaryDirectory() as folder:
        write_folder(matching, Path(folder) / "plan")
        return {p.name: p.read_bytes() for p in (Path(folder) / "plan").iterdir() if p.name != "audit.jsonl"}


def untraced(record: bytes) -> dict[str, Any]:
    """``matching.json`` without the chosen pairs and what is the sum of their visible scores."""
    data: dict[str, Any] = json.loads(record)
    made = sum(pair["points"] for pair in data["pairs"])
    floor = next((o.get("floor", 0) for o in data["program"]["objectives"] if o["kind"] == "total"), 0)
    assert data["certificate"]["total"] == made - len(data["pairs"]) * round(floor * 2**20)
    assert data["certificate"]["bound"] == data["certificate"]["total"]
    pairs = data.pop("pairs")
    shown = ("pairs.csv", "pairs.xlsx", "report.html", "everyone.csv")
    data["files"] |= dict.fromkeys(shown, "")  # which show the pairs
    data["certificate"] |= {"total": 0, "bound": 0, "digest": ""}
    for role in ("mentor_id", "mentee_id"):
        data[role] = sorted(pair[role] for pair in pairs)
    data["locked"] = sorted((pair["mentor_id"], pair["mentee_id"]) for pair in pairs if pair["locked"])
    return data
