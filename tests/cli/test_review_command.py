"""``rmatch review``: from the folder that ``match`` wrote and a file that somebody edited to the next folder."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from folders import held, matched

import rmatch
from rmatch import cli

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test stands in a folder of its own with people and a plan for them in ``plan``."""
    return matched(tmp_path, monkeypatch)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> object:
    capsys.readouterr()

    def ran(*words: str) -> tuple[int, str, str]:
        code = cli.main(words)
        return code, *capsys.readouterr()

    return ran


def edit(change: object, name: str = "edits.csv") -> pd.DataFrame:
    frame = pd.read_csv("plan/pairs.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    frame = change(frame.assign(decision=""))  # type: ignore[operator]
    frame.to_csv(name, index=False)
    return frame


def decided(k: int, word: str) -> object:
    return lambda frame: frame.assign(decision=[word if row == k else "" for row in range(len(frame))])


def test_without_an_edit_every_file_stays_as_it_was(run) -> None:
    before = held("plan")
    code, out, err = run("review", "plan", "--edits", "plan/pairs.csv")
    assert (code, err) == (cli.DONE, "")
    assert out.startswith("8 pairs as before, 0 new, 0 gone.\n")
    assert "The plan is a draft: 0 of 8 pairs approved." in out
    assert held("plan") == before
    assert run("review", "plan", "--edits", "plan/pairs.csv", "--out", "copy")[0] == cli.DONE
    assert held("copy") == before
    edit(lambda frame: frame)
    assert run("review", "plan", "--edits", "edits.csv")[0] == cli.DONE
    assert held("plan") == before


def test_rows_that_are_missing_are_said_to_be_rejected(run) -> None:
    frame = edit(lambda frame: frame.iloc[2:])
    code, out, err = run("review", "plan", "--edits", "edits.csv", "--out", "next")
    assert code == cli.DONE
    toml = Path("next/program.toml")
    assert err == (
        "Note: 2 pairs are no longer in edits.csv, and so taken as rejected. To undo that, delete what is too much "
        f"from `exclude` in {toml} and match again with it.\n"
    )
    assert "Gone (rejected, without a row): " in out
    assert "not available" not in out
    code, told, err = run("review", "plan", "--edits", "edits.csv", "--out", "same", "--json")
    assert (code, err) == (cli.DONE, "")
    assert json.loads(told)["difference"]["because"].count("rejected, without a row") == 2
    edit(lambda frame: frame.iloc[1:].assign(mentee_id=[frame["mentee_id"][0], *frame["mentee_id"][2:]]))
    code, out, err = run("review", "plan", "--edits", "edits.csv", "--out", "other")  # one is gone, one has another
    assert (code, err) == (cli.DONE, "")
    before = held("plan")
    for rows, share in ((3, "5 of 8"), (1, "7 of 8")):
        edit(lambda frame, rows=rows: frame.tail(rows))
        code, _, err = run("review", "plan", "--edits", "edits.csv")
        assert code == cli.INPUT
        assert f"edits.csv: {share} pairs are no longer in it, as if it was filtered or cut short" in err
        assert "write reject beside each" in err
    assert held("plan") == before
    assert len(frame) == 6


def test_decisions_are_kept_said_and_verified(run) -> None:
    before = held("plan")
    frame = edit(decided(0, "reject"))
    code, out, _ = run("review", "plan", "--edits", "edits.csv", "--out", "next", "--json")
    told = json.loads(out)
    gone = (frame["mentor_id"][0], frame["mentee_id"][0])
    assert code == cli.DONE
    assert list(gone) in told["difference"]["gone"]
    assert told["difference"]["cost"] > 0
    assert told["difference"]["total_after"] == told["total"]
    assert (told["state"], told["out"]) == ("draft", "next")
    assert held("plan") == before
    assert run("verify", "next", "--workforce", "people.csv")[0] == cli.DONE
    assert run("verify", "next")[1].startswith("Verified in itself")
    code, out, _ = run("review", "plan", "--edits", "edits.csv")
    assert re.search(rf"\({gone[0]}\) → .*\({gone[1]}\)", out)
    assert "Cost of these decisions: " in out
    assert held("plan") == held("next")


def test_a_plan_becomes_approved_and_stays_so(run) -> None:
    edit(lambda frame: frame.assign(decision="approve"))
    assert "The plan is approved, each pair of it." in run("review", "plan", "--edits", "edits.csv")[1]
    assert json.loads(Path("plan/matching.json").read_text(encoding="utf-8"))["state"] == "approved"
    approved = held("plan")
    assert set(pd.read_csv("plan/pairs.csv")["decision"]) == {"approve"}
    assert run("review", "plan", "--edits", "plan/pairs.csv")[0] == cli.DONE
    assert held("plan") == approved
    assert run("verify", "plan", "--workforce", "people.csv")[0] == cli.DONE


def test_bad_edits_are_named_by_row_and_nothing_is_written(run) -> None:
    before = held("plan")

    def spoilt(frame: pd.DataFrame) -> pd.DataFrame:
        frame.loc[0, "mentor_id"] = "nobody"
        frame.loc[1, "decision"] = "aprove"
        frame.loc[2, "mentee_id"] = frame.loc[3, "mentee_id"]
        return frame

    edit(spoilt)
    for out in (("--out", "next"), ()):
        code, said, err = run("review", "plan", "--edits", "edits.csv", *out)
        assert (code, said) == (cli.INPUT, "")
        assert "the edited plan has 4 problems; nothing was changed" in err
        assert all(f"edits.csv, row {row}:" in err for row in (2, 3, 4, 5))
        assert "on-bad-rows" not in err
        assert held("plan") == before
        assert not Path("next").exists()


def test_locks_that_no_plan_can_keep_end_as_limits_do(run) -> None:
    people = pd.read_csv("people.csv", dtype=str, keep_default_na=False)
    people = people[people["role"].isin(["mentor", "mentee"])]
    mentee = people[people["role"] == "mentee"].iloc[0]["employee_id"]
    people["min_pairs"] = ["1" if id_ == mentee else "0" for id_ in people["employee_id"]]
    people.to_csv("people.csv", index=False)
    assert run("match", "people.csv", "--out", "plan")[0] == cli.DONE
    frame = pd.read_csv("plan/pairs.csv", dtype=str, keep_default_na=False)
    everybody = people[people["role"] == "mentor"]["employee_id"]
    more = pd.DataFrame({"mentor_id": everybody, "mentee_id": mentee, "decision": "reject"})
    own = frame[frame["mentee_id"] != mentee]
    pd.concat([own, more]).fillna("").to_csv("edits.csv", index=False)
    code, out, err = run("review", "plan", "--edits", "edits.csv")
    assert (code, out) == (cli.INFEASIBLE, "")
    assert mentee in err


def test_the_people_are_found_where_they_were_and_nowhere_else(run) -> None:
    assert json.loads(Path("plan/input.json").read_text(encoding="utf-8"))["workforce"] == "../people.csv"
    Path("moved").mkdir()
    shutil.move("plan", "moved/plan")
    shutil.move("people.csv", "moved/people.csv")
    assert run("review", "moved/plan", "--edits", "moved/plan/pairs.csv")[0] == cli.DONE
    shutil.move("moved/people.csv", "elsewhere.csv")
    before = held("moved/plan")
    code, _, err = run("review", "moved/plan", "--edits", "moved/plan/pairs.csv")
    assert code == cli.INPUT
    assert str(Path("moved/people.csv")) in err
    assert "--workforce" in err
    words = ("review", "moved/plan", "--edits", "moved/plan/pairs.csv", "--workforce", "elsewhere.csv", "--out", "new")
    assert run(*words)[0] == cli.DONE
    assert json.loads(Path("new/input.json").read_text(encoding="utf-8"))["workforce"] == "../elsewhere.csv"
    assert held("new").keys() == before.keys()
    same = before.keys() - {"input.json", "everyone.csv", "pairs.xlsx"}  # these name the file
    assert [name for name in same if held("new")[name] != before[name]] == []


@pytest.mark.parametrize(
    "text", [None, "", "[]", '{"workforce": 3}', '{"workforce": "x", "more": 1}', '{"workforce": "\\u0000"}']
)
def test_a_folder_that_does_not_say_where_its_people_are(run, text: str | None) -> None:
    Path("plan/input.json").unlink()
    if text is not None:
        Path("plan/input.json").write_text(text)
    code, out, err = run("review", "plan", "--edits", "plan/pairs.csv")
    assert (code, out) == (cli.INPUT, "")
    assert "--workforce" in err
    assert run("review", "plan", "--edits", "plan/pairs.csv", "--workforce", "people.csv")[0] == cli.DONE


def test_other_people_are_refused(run) -> None:
    before = held("plan")
    people = pd.read_csv("people.csv", dtype=str, keep_default_na=False)
    for change in (
        people.assign(department="Sales"),
        people.iloc[:-6],
        people.assign(employee_id="x" + people["employee_id"]),
    ):
        change.to_csv("people.csv", index=False)
        code, out, err = run("review", "plan", "--edits", "plan/pairs.csv")
        assert (code, out) == (cli.INPUT, "")
        assert "the people have changed" in err
        assert "match again" in err
        assert held("plan") == before


def test_rows_that_were_left_out_then_are_left_out_again_and_two_sheets_are_two(run) -> None:
    people = pd.read_csv("people.csv", dtype=str, keep_default_na=False)
    for role in ("mentor", "mentee"):
        some = people[people["role"] == role].drop(columns="role")
        pd.concat([some, some.tail(1)]).to_csv(f"{role}s.csv", index=False, sep="~")
    files = ("mentors.csv", "--mentees", "mentees.csv", "--directory", "people.tsv")
    people.to_csv("people.tsv", index=False, sep="~")
    options = ("--delimiter", "~", "--on-bad-rows", "skip")
    assert run("match", *files, *options, "--out", "two")[0] == cli.DONE
    before = held("two")
    assert run("review", "two", "--edits", "two/pairs.csv")[0] == cli.DONE
    assert held("two") == before
    code, _, err = run("review", "two", "--edits", "two/pairs.csv", "--mentees", "mentees.csv")
    assert (code, "--workforce" in err) == (cli.INPUT, True)


def test_what_is_no_result_cannot_be_reviewed_and_a_strange_folder_is_left_alone(run) -> None:
    Path("mine").mkdir()
    Path("mine/diary.txt").write_text("secret")
    assert run("review", "mine", "--edits", "plan/pairs.csv")[0] == cli.INPUT
    code, out, err = run("review", "plan", "--edits", "plan/pairs.csv", "--out", "mine")
    assert (code, out) == (cli.OUTPUT, "")
    assert "not empty" in err
    assert held("mine") == {"diary.txt": b"secret"}


def test_a_demo_can_be_reviewed_too(run) -> None:
    assert run("demo", "--mentors", "12", "--mentees", "9", "--out", "demo")[0] == cli.DONE
    assert run("review", "demo", "--edits", "demo/pairs.csv")[0] == cli.DONE
    assert run("verify", "demo", "--workforce", "demo/workforce.csv")[0] == cli.DONE


def test_a_result_written_without_its_inputs_does_not_keep_those_of_another(run) -> None:
    from rmatch.api.folder import write_folder

    roster = rmatch.read_csv("people.csv")
    write_folder(rmatch.match(roster), Path("plan"))
    assert "input.json" not in held("plan")
