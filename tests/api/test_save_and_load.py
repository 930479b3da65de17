"""A matching can be saved and read back, with its people or without; what is no saved matching is named as such."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from exports import GAPS, NEEDY, PLAIN, SHARED, TIED, Export, Rare, table_of
from markupsafe import escape

import rmatch
from rmatch.api.folder import write_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("saved")


@pytest.mark.slow
@pytest.mark.parametrize("kind", [PLAIN, TIED, GAPS, SHARED, NEEDY])
def test_saving_and_loading_changes_nothing(kind: object, folder: Path) -> None:
    roster = rmatch.from_frame(Export(8, 9, 7, kind).frame())  # type: ignore[arg-type]
    matching = rmatch.match(roster)
    matching.save(folder / "plan.json")
    alone, again = rmatch.load(folder / "plan.json"), rmatch.load(folder / "plan.json", roster)
    for other in (alone, again):
        assert other.to_json() == matching.to_json()
        assert (other.status, other.total, other.bound, other.gap) == (
            matching.status,
            matching.total,
            matching.bound,
            matching.gap,
        )
        assert other.verify()
        assert other.verify(roster)
        assert other.program == matching.program
        assert other.reached.equals(matching.reached)
        assert escape(other.summary()) in other._repr_html_()
        assert f"total {matching.total:.4f}" in repr(other)
    assert again.waiting == matching.waiting
    assert alone.waiting == [replace(who, detail=who.recorded) for who in matching.waiting]  # names are not saved
    assert again.unmatched.equals(matching.unmatched)
    assert again.stages.equals(matching.stages)
    assert alone.stages.equals(matching.stages.assign(cost=""))
    assert again.pairs.equals(matching.pairs)
    assert again.accounts.equals(matching.accounts)
    shown = alone.pairs
    assert shown.equals(matching.pairs[list(shown)])
    if len(matching.pairs):
        first = matching.pairs.iloc[0]
        assert again.explain(first["mentor_id"], first["mentee_id"]).score == first["score"]
        assert again.why_not(first["mentor_id"], first["mentee_id"]).loss == 0
    for ask in ("explain", "why_not"):
        with pytest.raises(rmatch.RmatchError, match="roster="):
            getattr(alone, ask)("a", "b")
    for ask in ("alternatives", "losses", "price_of", "recruit"):
        with pytest.raises(rmatch.RmatchError, match="roster="):
            getattr(alone, ask)("a")
    with pytest.raises(rmatch.RmatchError, match="roster="):
        alone.backups()
    with pytest.raises(rmatch.RmatchError, match="roster="):
        _ = alone.accounts


def test_scores_of_somebody_else_are_kept_by_their_file_and_fingerprint(tmp_path: Path) -> None:
    people, scores = table_of(np.array([[0.5, 1.0], [0.25, 0.75]]))
    assert scores.frame is not None
    scores.frame.to_csv(tmp_path / "scores.csv")
    (tmp_path / "program.toml").write_text('rules = []\n[[criteria]]\nkind = "pair_scores"\nfile = "scores.csv"\n')
    roster = rmatch.from_frame(people)
    matching = rmatch.match(roster, rmatch.Program.from_file(tmp_path / "program.toml"))
    assert matching.total == 1.25
    matching.save(tmp_path / "plan.json")
    assert "0.75" not in (tmp_path / "plan.json").read_text()
    assert rmatch.load(tmp_path / "plan.json", roster).verify()
    scores.frame.iloc[0, 0] = 0.6
    scores.frame.to_csv(tmp_path / "scores.csv")
    with pytest.raises(rmatch.ProgramError, match=r"scores\.csv are not those that were recorded"):
        rmatch.load(tmp_path / "plan.json", roster)


def test_scores_that_were_in_memory_are_known_by_their_fingerprint_alone(tmp_path: Path) -> None:
    people, scores = table_of(np.array([[0.5, 1.0], [0.25, 0.75]]))
    roster, program = rmatch.from_frame(people), rmatch.Program(criteria=(scores,), rules=())
    matching = rmatch.match(roster, program)
    assert matching.verify(roster)
    matching.save(tmp_path / "plan.json")
    assert rmatch.load(tmp_path / "plan.json").verify()
    assert rmatch.load(tmp_path / "plan.json").total == matching.total
    with pytest.raises(rmatch.ProgramError, match="give the same `frame` again"):
        rmatch.load(tmp_path / "plan.json", roster)


def test_a_result_of_a_class_that_is_not_installed_is_readable_but_says_what_is_missing(tmp_path: Path) -> None:
    roster = rmatch.from_frame(Export(8, 9, 7, PLAIN).frame())
    matching = rmatch.match(roster, rmatch.Program(rules=(Rare(2),)))
    assert matching.verify()
    assert matching.verify(roster)
    matching.save(tmp_path / "plan.json")
    alone = rmatch.load(tmp_path / "plan.json")
    assert alone.verify()
    assert alone.pairs["score"].tolist() == matching.pairs["score"].tolist()
    with pytest.raises(rmatch.ProgramError, match="unknown kind 'rare'"):
        rmatch.load(tmp_path / "plan.json", roster)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("status",), "GREAT"), (("format",), 99), (("pairs",), 3), (("surprise",), 1),
        (("unmatched", 0, "reason"), "X"), (("unmatched", 0, "role"), "boss"), (("pairs", 0, "points"), 10**30),
        (("pairs", 0, "points"), 0.5), (("pairs", 0, "parts"), []),
        (("certificate", "stages", 1, "mentor_prices", "x"), "high"),
        (("certificate", "bound"), None),
        (("certificate", "digest"), 7), (("certificate", "stages", 0, "scale"), 0),
        (("certificate", "stages", 0, "bound"), 1 << 201),
        (("certificate", "stages", 1, "multipliers", "most_pairs"), []),
        (("certificate", "cover"), {"mentors": "all", "mentees": []}), (("certificate", "stages", 0, "tree"), "none"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_saved_matching_is_named_as_such(path: tuple, value: object, folder: Path) -> None:
    roster = rmatch.from_frame(Export(21, 14, 9, PLAIN).frame())
    data = json.loads(rmatch.match(roster).to_json())
    place: Any = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    (folder / "odd.json").write_text(json.dumps(data), encoding="utf-8")
    for people in (None, roster):
        with pytest.raises(rmatch.RmatchError, match=r"odd\.json: not a saved matching"):
            rmatch.load(folder / "odd.json", people)


def test_a_folder_is_loaded_as_its_result_and_of_several_rounds_one_is_asked_for(folder: Path) -> None:
    roster = rmatch.from_frame(Export(21, 14, 9, PLAIN).frame())
    matching = rmatch.match(roster)
    write_folder(matching, folder / "plan")
    assert rmatch.load(folder / "plan").pair_ids == matching.pair_ids
    assert rmatch.load(str(folder / "plan"), roster).verify()
    with pytest.raises(rmatch.RmatchError, match=r"matching\.json: not a saved matching: there is no such file"):
        rmatch.load(folder)
    rmatch.save_rounds(rmatch.rounds(roster, k=2), folder / "both")
    with pytest.raises(rmatch.RmatchError, match=r"both holds several rounds; name one of them, such as .*round-1"):
        rmatch.load(folder / "both")


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"null", b"\xff\xfe", b'{"format": 1}', b'{"format": 2}', b"[" * 100_000, b"NaN"]
)
def test_bytes_that_are_no_saved_matching_end_in_an_error_of_ours(content: bytes, folder: Path) -> None:
    (folder / "odd.json").write_bytes(content)
    with pytest.raises(rmatch.RmatchError, match="not a saved matching"):
        rmatch.load(folder / "odd.json")
    with pytest.raises(rmatch.RmatchError, match="there is no such file"):
        rmatch.load(folder / "missing.json")
