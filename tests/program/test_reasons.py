"""Why something was decided by hand: kept with the decision, counted in the record of runs, and naming nobody."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from exports import GAPS, KINDS, Export, exports, named, solved
from folders import matched
from hypothesis import assume, given
from hypothesis import strategies as st

import rmatch
from rmatch import cli
from rmatch.limits import Lock
from rmatch.program import Program
from rmatch.rules import Exclude
from rmatch.schema.privacy import MOST

pytestmark = pytest.mark.filterwarnings("ignore:.*xtension is not supported:UserWarning")  # openpyxl knows no bars

KINDLY = ("", "conflict of interest", "asked for by both", "=they know each other", "works abroad for 2 months")
COLUMNS = ["mentor_id", "mentee_id", "decision", "reason"]
NAMES = ("María de los Santos", "WILL YOUNG", "王小明", "jane doe", "O'Neill-Þór, Ana", "Ng", "Σωκράτης")


def people(names: tuple[str, ...] = NAMES, **more: object) -> pd.DataFrame:
    """As many juniors as seniors, of which the first have these names; everybody fits everybody."""
    n = 2 * len(names)
    ids = [f"P-{k:03d}x" for k in range(n)]
    roles = ["mentor", "mentee"] * len(names)
    called = [*names, *["Person Nobody"] * len(names)]
    told = {"employee_id": ids, "role": roles, "name": called, "skills_offered": "a", "skills_wanted": "a"}
    return pd.DataFrame(told | more, dtype=object)


PROGRAM = rmatch.Program(criteria=(rmatch.criteria.Skills(),), rules=())


def plan(frame: pd.DataFrame, program: Program = PROGRAM) -> rmatch.Matching:
    return rmatch.match(rmatch.from_frame(frame, program=program), program)


def edited(matching: rmatch.Matching, reason: str, decision: str = "lock", row: int = 0) -> pd.DataFrame:
    """The pairs, with a decision and a reason beside one."""
    frame = matching.pairs[["mentor_id", "mentee_id"]].assign(decision="", reason="")
    frame.loc[row, ["decision", "reason"]] = [decision, reason]
    return frame


def refused(matching: rmatch.Matching, reason: str, decision: str = "lock", row: int = 0) -> str:
    """Why a reason beside one pair is refused."""
    with pytest.raises(rmatch.EditsError) as caught:
        matching.review(edited(matching, reason, decision, row))
    (issue,) = caught.value.issues.itertuples()
    assert (issue.row, issue.column) == (row + 2, "reason")
    return issue.reason


# ---------------------------------------------------------------- laws


@pytest.mark.slow
@given(exports(5, kinds=KINDS[:4]), st.integers(0, 10**6))
def test_each_decision_keeps_its_reason_and_the_program_says_so(export: Export, pick: int) -> None:
    _, matching = solved(export)
    draw, n = np.random.default_rng(pick), len(matching.pairs)
    assume(n)
    words = draw.choice(["approve", "lock", "reject"], n)
    frame = matching.pairs.assign(decision=words, reason=draw.choice(KINDLY, n))
    assume(not {p[::-1] for p in _pairs(frame, "reject")} & _pairs(frame, "approve", "lock"))
    after = matching.review(frame)
    bare = matching.review(frame.drop(columns="reason"))
    assert named(after) == named(bare)
    told = {pair: each.reason for each in (*after.program.rules, *after.program.limits)
            if isinstance(each, Exclude | Lock) for pair in each.pairs}  # fmt: skip
    rows = zip(*(frame[name] for name in COLUMNS), strict=True)
    assert told == {(a, b): why or None for a, b, _, why in rows}
    assert Program.model_validate(tomllib.loads(after.program.to_toml())) == after.program
    assert after.reasons == [told.get(pair) or "" for pair in after.pair_ids]
    assert ("reason" in after.pairs) == any(after.reasons)
    assert after.review(after.pairs) is after
    assert after.review(after.pairs.drop(columns="reason", errors="ignore")) is after
    again = after.review(after.pairs.assign(reason=["another one" if word else "" for word in after.decisions]))
    assert set(filter(None, again.reasons)) <= {"another one"}
    assert named(again) == named(after)


def _pairs(frame: pd.DataFrame, *words: str) -> set[tuple[str, str]]:
    some = frame[frame["decision"].isin(words)]
    return set(zip(some["mentor_id"], some["mentee_id"], strict=True))


BETWEEN = st.sampled_from((" ", "-", "_", ", ", " / "))
CASES = st.sampled_from((str, str.lower, str.upper, str.title, str.swapcase))


@pytest.mark.slow
@given(st.integers(0, 2 * len(NAMES) - 1), st.booleans(), CASES, BETWEEN, st.sampled_from((1, 2)))
def test_nobodys_id_or_name_gets_through(
    person: int, id_: bool, case: Callable[[str], str], mark: str, around: int
) -> None:
    frame = people()
    matching = plan(frame)
    text = frame["employee_id" if id_ else "name"][person]
    assert text not in KINDLY
    said = case(text).replace(" ", mark)
    reason = f"as {said} said" if around == 1 else f"({said})"
    for decision in ("lock", "reject", "approve"):
        assert ("id" if id_ else "name") in refused(matching, reason, decision)
    program = PROGRAM.model_copy(update={"limits": (Lock((matching.pair_ids[0],), reason),)})
    with pytest.raises(rmatch.ProgramError, match="Lock: its `reason` holds"):
        rmatch.match(rmatch.from_frame(frame), program)


@pytest.mark.slow
@pytest.mark.parametrize("reason", [*KINDLY, "they may not meet", "he will be young once", "de facto one team", "Ö"])
def test_what_names_nobody_gets_through(reason: str) -> None:
    matching = plan(people())
    row = next(k for k, pair in enumerate(matching.pairs["mentor_name"]) if pair == "Person Nobody")
    frame = edited(matching, reason, "approve", row)
    assert matching.review(frame).reasons[row] == reason


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("Will knows it", "'Will', which is somebody's name, or part of one"),
        ("ask SANTOS", "'SANTOS', which is somebody's name"),
        ("maria said so", "'maria', which is somebody's name"),
        ("因为王小明要求", "'王小明', which is somebody's name"),
        ("see a.b@example.org", "an address"),
        ("p 000 X", "'p 000 X', which is somebody's id"),
        ("x" * (MOST + 1), f"a reason has {MOST} characters at most"),
    ],
)
def test_what_a_reason_may_not_hold(reason: str, said: str) -> None:
    matching = plan(people())
    row = matching.pairs["mentor_name"].tolist().index("María de los Santos")
    assert said in refused(matching, reason, "lock", row)


def test_a_reason_beside_a_pair_that_is_left_alone_is_refused() -> None:
    matching = plan(people())
    assert refused(matching, "conflict of interest", "") == "there is a reason, but no decision"
    locked = matching.review(edited(matching, ""))
    frame = locked.pairs[["mentor_id", "mentee_id"]].assign(reason="")
    frame.loc[locked.decisions.index("lock"), "reason"] = "asked for by both"  # it stands, whatever the row says
    assert sorted(locked.review(frame).reasons)[-1] == "asked for by both"


def test_the_ids_of_people_who_do_not_take_part_are_refused_too() -> None:
    beyond = pd.DataFrame([("Q-77", "none")], columns=["employee_id", "role"])
    assert "id" in refused(plan(pd.concat([people(), beyond]).fillna("")), "ask q77")


def test_an_answer_that_stands_apart_is_refused_and_not_repeated() -> None:
    apart = rmatch.schema.binding.ColumnBinding(use="audit", sensitive=True)
    program = PROGRAM.model_copy(update={"columns": dict.fromkeys(("faith", "caring", "age", "care"), apart)})
    cells = {"faith": "Jedi Order", "caring": "yes", "age": "57", "care": "a child; an elder"}
    matching = plan(people(**cells), program)
    for reason in ("both are of the jedi order", "both JEDI-ORDER"):
        assert refused(matching, reason) == "the reason holds an answer that stands apart"
    assert matching.review(edited(matching, "yes, at 57 Main Street")).reasons[0]


# ---------------------------------------------------------------- files


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return matched(tmp_path, monkeypatch)


def recorded(name: str) -> list[dict]:
    return [json.loads(line) for line in Path(name, "audit.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
def test_the_record_counts_overrides_by_reason_and_names_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    frame = pd.read_csv("plan/pairs.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    words = ["reject", "lock", "lock", "approve", "lock"]
    whys = ["conflict of interest", "asked for by both", "=asked for by both", "asked for by both", ""]
    frame = frame.assign(decision=[*words, *[""] * (len(frame) - 5)], reason=[*whys, *[""] * (len(frame) - 5)])
    frame.to_csv("edits.csv", index=False)
    assert cli.main(("review", "plan", "--edits", "edits.csv")) == cli.DONE
    assert cli.main(("review", "plan", "--edits", "plan/pairs.csv", "--out", "next")) == cli.DONE
    before, line = recorded("plan")
    assert (before["overrides"]["locks"], before["overrides"]["reasons"]["locks"]) == (0, {})
    assert line["overrides"] == {
        "locks": 4,
        "exclusions": 1,
        "approved": 1,
        "reasons": {
            "locks": {"=asked for by both": 1, "asked for by both": 2},
            "exclusions": {"conflict of interest": 1},
        },
    }
    assert recorded("next")[-1]["overrides"] == line["overrides"], "a later review keeps what was said before"
    everybody = pd.read_csv("people.csv", dtype=str, keep_default_na=False)
    text = Path("plan/audit.jsonl").read_text(encoding="utf-8")
    assert not [cell for column in ("employee_id", "name", "email") for cell in everybody[column] if cell in text]
    capsys.readouterr()
    for words in (("verify", "plan"), ("verify", "plan", "--workforce", "people.csv"), ("verify", "next")):
        assert cli.main(words) == cli.DONE
    for name in ("plan", "next"):
        path = Path(name, "audit.jsonl")
        path.write_text(path.read_text(encoding="utf-8").replace('"asked for by both": 2', '"asked for by both": 3'))
        assert cli.main(("verify", name)) == cli.UNVERIFIED
        assert "audit.jsonl has another overrides than matching.json" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
def test_the_workbook_has_a_column_for_reasons_and_brings_them_back() -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed: no workbook is edited")
    book = openpyxl.load_workbook("plan/pairs.xlsx")
    assert [cell.value for cell in book["Pairs"][1]][:3] == ["decision", "reason", "mentor_id"]
    book["Pairs"]["A2"], book["Pairs"]["B2"] = "lock", "=asked for by both"
    book["Pairs"]["B2"].data_type = "s"
    book.save("edited.xlsx")
    assert cli.main(("review", "plan", "--edits", "edited.xlsx")) == cli.DONE
    book = openpyxl.load_workbook("plan/pairs.xlsx")
    assert "=asked for by both" in {cell.value for cell in book["Pairs"]["B"]}
    assert recorded("plan")[-1]["overrides"]["reasons"]["locks"] == {"=asked for by both": 1}


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
def test_a_program_written_by_hand_gives_reasons_too(capsys: pytest.CaptureFixture[str]) -> None:
    frame = pd.read_csv("plan/pairs.csv", dtype=str)
    pair, name = frame.loc[0, ["mentor_id", "mentee_id"]].tolist(), frame.loc[3, "mentor_name"]
    lock = '[[limits]]\nkind = "lock"\npairs = [{}]\nreason = "{}"\n'
    for why, code in (("  asked for\n by both ".replace("\n", "\\n"), cli.DONE), (f"as {name} said", cli.INPUT)):
        Path("p.toml").write_text(lock.format(json.dumps(pair), why), encoding="utf-8")
        assert cli.main(("match", "people.csv", "--program", "p.toml", "--out", "other")) == code
    assert "lock: its `reason` holds" in capsys.readouterr().err
    assert recorded("other")[-1]["overrides"]["reasons"]["locks"] == {"asked for by both": 1}
    assert cli.main(("check", "people.csv", "--program", "p.toml")) == cli.INPUT
    with pytest.raises(rmatch.ProgramError, match="200 characters"):
        Exclude((("a", "b"),), "x" * 201)
    assert Exclude((("a", "b"),), " \n ") == Exclude((("a", "b"),))


def test_a_misspelt_header_does_not_lose_reasons() -> None:
    matching = plan(Export(5, 4, 4, GAPS).frame())
    with pytest.raises(rmatch.EditsError, match="Rename it to 'reason'"):
        matching.review(matching.pairs.assign(decision="", reasons=""))
