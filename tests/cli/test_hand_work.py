"""What somebody decided by hand is replaced by no command unless that is asked for in so many words."""

from __future__ import annotations

import ast
import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from folders import held, matched
from openpyxl import load_workbook

import rmatch
from rmatch import cli
from rmatch._util.typed import typed

pytestmark = pytest.mark.slow

MATCH = ("match", "people.csv", "--out", "plan")


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


def pairs(name: str = "plan") -> pd.DataFrame:
    return pd.read_csv(f"{name}/pairs.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")


def reviewed(run, word: str, name: str = "plan") -> None:
    """Decide about the last pair, which no test locks otherwise."""
    frame = pairs(name)
    frame.assign(decision=[""] * (len(frame) - 1) + [word]).to_csv("edits.csv", index=False)
    assert run("review", name, "--edits", "edits.csv")[0] == cli.DONE


@pytest.mark.parametrize(("word", "said"), [("approve", "1 approved"), ("lock", "1 locked"), ("reject", "1 rejected")])
def test_a_new_match_takes_no_decision_away(run, word: str, said: str) -> None:
    reviewed(run, word)
    before = held("plan")
    code, out, err = run(*MATCH)
    assert (code, out) == (cli.OUTPUT, "")
    assert f"decided by hand ({said})" in err
    assert "rmatch review plan --edits" in err
    assert "--force" in err
    assert held("plan") == before
    assert run("demo", "--mentors", "5", "--mentees", "4", "--out", "plan")[0] == cli.OUTPUT
    assert run("match", "people.csv", "--out", "other")[0] == cli.DONE
    assert run("review", "other", "--edits", "other/pairs.csv", "--out", "plan")[0] == cli.OUTPUT
    assert run("rematch", "other", "people.csv", "--out", "plan")[0] == cli.OUTPUT
    assert held("plan") == before
    assert run(*MATCH, "--force")[0] == cli.DONE
    assert "decision" not in pairs()
    assert run(*MATCH)[0] == cli.DONE


def test_what_the_program_asks_for_itself_is_no_work_that_is_lost(run) -> None:
    rows = pd.read_csv("people.csv", dtype=str, keep_default_na=False)
    mails = dict(zip(rows["employee_id"], rows["email"], strict=True))
    first = pairs().iloc[[0, 1]][["mentor_id", "mentee_id"]].to_numpy().tolist()
    told = [json.dumps([mails[who].upper() for who in pair]) for pair in first]
    Path("own.toml").write_text(
        f'[[rules]]\nkind = "exclude"\npairs = [{told[0]}]\n[[limits]]\nkind = "lock"\npairs = [{told[1]}]\n',
        encoding="utf-8",
    )
    for _ in range(2):
        assert run(*MATCH, "--program", "own.toml")[0] == cli.DONE
    code, _, err = run(*MATCH)
    assert code == cli.OUTPUT
    assert "(1 locked, 1 rejected)" in err
    reviewed(run, "lock")
    assert "(1 locked)" in run(*MATCH, "--program", "own.toml")[2]
    assert run(*MATCH, "--program", "plan/program.toml")[0] == cli.DONE


def test_a_table_that_waits_to_be_reviewed_is_safe_too(run) -> None:
    pairs().iloc[1:].to_csv("plan/pairs.csv", index=False)
    before = held("plan")
    code, _, err = run(*MATCH)
    assert code == cli.OUTPUT
    assert f"pairs.csv was edited after the run.\n`rmatch review plan --edits {Path('plan/pairs.csv')}`" in err
    assert held("plan") == before
    assert run("review", "plan", "--edits", "plan/pairs.csv")[0] == cli.DONE
    assert "1 rejected" in run(*MATCH)[2]


def test_a_review_leaves_no_edited_table_unheard(run) -> None:
    def edit(word: str) -> None:
        book = load_workbook("plan/pairs.xlsx")
        sheet = book["Pairs"]
        heads = [cell.value for cell in sheet[1]]
        sheet.cell(row=3, column=heads.index("decision") + 1, value=word)
        book.save("plan/pairs.xlsx")

    pristine = pairs().assign(decision="")
    pristine.to_csv("own.csv", index=False)
    edit("reject")
    before, book = held("plan"), str(Path("plan/pairs.xlsx"))
    for out in ((), ("--out", "other")):
        for edits in ("plan/pairs.csv", "own.csv"):
            code, told, err = run("review", "plan", "--edits", edits, *out)
            assert (code, told) == (cli.OUTPUT, "")
            assert f"pairs.xlsx in plan was edited after the run, and `--edits {Path(edits)}` would leave out" in err
            assert f"Read that one: `--edits {book}`. Or leave it out with --force." in err
            assert not Path("other").exists()
    assert held("plan") == before
    shutil.copy("plan/pairs.xlsx", "mine.xlsx")
    assert run("review", "plan", "--edits", "mine.xlsx", "--out", "copy")[0] == cli.DONE
    pristine.iloc[1:].to_csv("plan/pairs.csv", index=False)
    for edits in ("plan/pairs.csv", book):
        code, _, err = run("review", "plan", "--edits", edits)
        assert code == cli.OUTPUT
        assert "Both were edited: bring all decisions into one, name it, and leave out the other" in err
    other = run("review", "plan", "--edits", "own.csv")[2]
    assert other.startswith("Error: pairs.csv and pairs.xlsx in plan were edited")
    assert run("review", "plan", "--edits", book, "--force")[0] == cli.DONE
    program = Path("plan/program.toml").read_text(encoding="utf-8")
    assert pristine["mentor_id"][1] in program
    assert pristine["mentor_id"][0] not in program
    assert Path("plan/pairs.changed-1.csv").exists()
    edit("lock")
    assert run("review", "plan", "--edits", book)[0] == cli.DONE


def test_a_list_of_pairs_that_never_meet_is_kept_by_match_check_review_and_rematch(run) -> None:
    rows = pd.read_csv("people.csv", dtype=str, keep_default_na=False).set_index("employee_id")
    first = pairs()[["mentor_id", "mentee_id"]].to_numpy().tolist()[:2]
    table = pd.DataFrame(first, columns=["mentor_id", "mentee_id"]).assign(why="?")
    table.loc[0] = [rows.loc[who, "email"] for who in first[0]] + ["!"]
    for name, write in (("never.csv", table.to_csv), ("never.xlsx", table.to_excel)):
        write(name, index=False)
        for program in ((), ("--program", "own.toml")):
            Path("own.toml").write_text('[[rules]]\nkind = "grade_gap"\n', encoding="utf-8")
            words = ("people.csv", *program, "--exclude", name)
            assert run("check", *words)[0] == cli.DONE
            for _ in range(2):  # the second time takes no decision away
                assert run("match", *words, "--out", "apart")[0] == cli.DONE, (name, program)
            made = pairs("apart")[["mentor_id", "mentee_id"]].to_numpy().tolist()
            assert not [pair for pair in first if pair in made]
            assert program or len(made) == len(pairs())  # the default rules hold besides
            assert run("verify", "apart", "--workforce", "people.csv")[0] == cli.DONE
            assert run("rematch", "apart", "people.csv", "--out", "next")[0] == cli.DONE
            assert not [pair for pair in first if pair in pairs("next")[["mentor_id", "mentee_id"]].to_numpy().tolist()]
            shutil.rmtree("apart")
            shutil.rmtree("next")
    code, _, err = run(*MATCH, "--program", "never.csv")
    assert code == cli.INPUT
    assert "never.csv: this is a table, and a program is TOML or JSON; pairs that never meet go into --exclude" in err
    wrong = pd.DataFrame({"mentor_id": ["nobody", first[0][0]], "mentee_id": [first[0][1]] * 2})
    wrong.to_csv("wrong.csv", index=False)
    for words in (("check", "people.csv"), ("match", "people.csv", "--out", "apart")):
        code, _, err = run(*words, "--exclude", "wrong.csv")
        assert code == cli.INPUT
        assert "row 2: 'nobody' is nobody in the files" in err
        assert "row 3" not in err
        assert "such as those who left: --unknown ignore" in err
        passed, out, _ = run(*words, "--exclude", "wrong.csv", "--unknown", "ignore")
        assert passed == cli.DONE
        assert "of the pairs that are not available, some name people whom the files do not have" in " ".join(
            out.split()
        )
    assert first[0] not in pairs("apart")[["mentor_id", "mentee_id"]].to_numpy().tolist()


@pytest.mark.parametrize("words", [("check", "people.csv"), ("match", "people.csv", "--out", "apart")])
def test_a_list_of_pairs_that_never_meet_may_say_one_twice_but_names_two_people_a_row(run, words) -> None:
    rows = pd.read_csv("people.csv", dtype=str, keep_default_na=False).set_index("employee_id")
    (a, b), (c, d) = pairs()[["mentor_id", "mentee_id"]].to_numpy().tolist()[:2]
    head, by_mail = "round,mentor_id,mentee_id\n", f"{rows.loc[a, 'email']},{rows.loc[b, 'email']}"
    lines = f"1,{a},{b}\n1,{a},{b}\n,{by_mail}\n,,\n2,{c},{d}\n"
    Path("twice.csv").write_text(head + lines, encoding="utf-8")
    assert run(*words, "--exclude", "twice.csv")[0] == cli.DONE
    if words[0] == "match":
        made = pairs("apart")[["mentor_id", "mentee_id"]].to_numpy().tolist()
        assert [a, b] not in made
        assert [c, d] not in made
        shutil.rmtree("apart")
    Path("blank.csv").write_text(f"{head}1,{a},{b}\n1,{a},\n1,nobody,nothing\n1,,{b}\n1,,here\n", encoding="utf-8")
    code, _, err = run(*words, "--exclude", "blank.csv")
    assert code == cli.INPUT
    told = [line.strip() for line in err.splitlines() if line.startswith("  row")]
    assert [line.partition(":")[0] for line in told] == ["row 3", "row 4", "row 5", "row 6"]
    assert told[0] == "row 3: no mentee is named"
    assert told[1].startswith("row 4: 'nobody' is nobody in the files.")
    assert "; 'nothing' is nobody in the files." in told[1]
    assert told[2] == "row 5: no mentor is named"
    assert told[3].startswith("row 6: no mentor is named; 'here' is nobody in the files.")
    Path("none.csv").write_text(head, encoding="utf-8")
    code, _, err = run(*words, "--exclude", "none.csv")
    assert code == cli.DONE
    assert "none.csv names no pair, so it keeps nobody apart" in err
    for text in ("mentor_id\na\n", f"{head}1,{a}\n"):
        Path("wrong.csv").write_text(text, encoding="utf-8")
        code, _, err = run(*words, "--exclude", "wrong.csv")
        assert code == cli.INPUT
        assert "the table of `--exclude`" in err


def test_a_report_takes_the_place_of_no_other_file_of_the_result(run) -> None:
    before = held("plan")
    for name in ("pairs.xlsx", "pairs.csv", "program.toml", "matching.json", "input.json"):
        code, _, err = run("report", "plan", "--out", f"plan/{name}")
        assert code == cli.OUTPUT, name
        assert "would replace a file of the result" in err
    assert held("plan") == before
    assert run("report", "plan", "--out", "plan/report.html")[0] == cli.DONE


def test_rounds_take_no_decision_away(run) -> None:
    words = ("rounds", "people.csv", "--rounds", "2", "--out", "both")
    assert run(*words)[0] == cli.DONE
    reviewed(run, "lock", "both/round-2")
    before = held("both/round-2")
    code, _, err = run(*words)
    assert code == cli.OUTPUT
    assert f"rmatch review {Path('both/round-2')}" in err
    assert held("both/round-2") == before
    assert run(*words, "--force")[0] == cli.DONE
    assert "decision" not in pairs("both/round-2")


def test_a_rematch_can_be_run_again_with_its_own_lists(run) -> None:
    pairs().iloc[:1].to_csv("keep.csv", index=False)
    pairs().iloc[1:2].to_csv("drop.csv", index=False)
    words = ("rematch", "plan", "people.csv", "--out", "next")
    for _ in range(2):
        assert run(*words, "--keep", "keep.csv", "--drop", "drop.csv")[0] == cli.DONE
    assert "1 locked" in run(*words, "--drop", "drop.csv")[2]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16-le", "mac-roman"])
def test_one_encoding_serves_edits_histories_and_lists_beside_an_export_in_utf_8(run, encoding: str) -> None:
    rows = pd.read_csv("people.csv", dtype=str, keep_default_na=False)
    first = pairs().iloc[0]
    rows.loc[rows["employee_id"] == first["mentor_id"], "name"] = "Zoë Würth"
    rows.to_csv("people.csv", index=False)
    assert run(*MATCH)[0] == cli.DONE
    table = pd.DataFrame({"mentor_id": ["Zoë Würth"], "mentee_id": [first["mentee_id"]], "round": ["1"]})
    table.to_csv("table.csv", index=False, encoding=encoding)
    Path("again.toml").write_text('[[rules]]\nkind = "no_repeat"\n', encoding="utf-8")
    edits = pairs().assign(decision="lock", mentor_id=pairs()["mentor_id"].replace(first["mentor_id"], "Zoë Würth"))
    edits.to_csv("edits.csv", index=False, encoding=encoding)
    for words in (
        ("review", "plan", "--edits", "edits.csv", "--out", "a"),
        (*MATCH[:2], "--program", "again.toml", "--history", "table.csv", "--out", "b"),
        ("rematch", "plan", "people.csv", "--keep", "table.csv", "--out", "c"),
        ("rematch", "plan", "people.csv", "--drop", "table.csv", "--out", "d"),
    ):
        code, _, err = run(*words)
        assert code == cli.INPUT
        assert "--encoding " in err
        assert "encoding=" not in err
        assert run(*words, "--encoding", encoding)[0] == cli.DONE, words
    Path("table.csv").write_text("one,two\na,b\n", encoding="utf-8")
    for option in ("--keep", "--drop"):
        told = run("rematch", "plan", "people.csv", option, "table.csv", "--out", "e")[2]
        assert f"the table of `{option}` cannot be used" in told
        for half in ("{mentor_id},", ",{mentee_id}"):
            Path("half.csv").write_text("mentor_id,mentee_id\n" + half.format(**first) + "\n", encoding="utf-8")
            code, _, told = run("rematch", "plan", "people.csv", option, "half.csv", "--out", "e")
            assert code == cli.INPUT, half
            assert f"the table of `{option}` names {first['mentee_id' if half[0] == ',' else 'mentor_id']!r}" in told
    met = (first["mentor_id"], first["mentee_id"])
    each = {name: set(zip(pairs(name)["mentor_id"], pairs(name)["mentee_id"], strict=True)) for name in "abcd"}
    assert [met in each[name] for name in "abcd"] == [True, False, True, False]


def test_the_command_line_advises_in_its_own_words(run) -> None:
    rows = pd.read_csv("people.csv", dtype=str, keep_default_na=False)
    rows.drop(columns="role").to_csv("no-role.csv", index=False)
    assert "`--mentees FILE`" in run("match", "no-role.csv", "--out", "new")[2]
    rows.assign(role=["boss", *rows["role"][1:]]).to_csv("boss.csv", index=False)
    err = run("match", "boss.csv", "--out", "new")[2]
    assert "go on without those rows with `--on-bad-rows skip`" in err
    assert "on_bad_rows" not in err
    Path("again.toml").write_text('[[rules]]\nkind = "no_repeat"\n', encoding="utf-8")
    err = run("match", "people.csv", "--program", "again.toml", "--out", "new")[2]
    assert "pass `--history FILE`, or name `pairs`" in err
    assert "History" not in err
    pd.DataFrame({"mentor_id": ["nobody"], "mentee_id": ["x"]}).to_csv("past.csv", index=False)
    err = run("match", "people.csv", "--program", "again.toml", "--history", "past.csv", "--out", "new")[2]
    assert err.endswith("where people have left, say so: `--unknown ignore`\n")
    rows.assign(manager_id="9999").to_csv("people.csv", index=False)
    for words in (("check", "people.csv"), ("match", "people.csv", "--out", "new")):
        out = " ".join(run(*words)[1].split())
        assert "`--directory FILE`" in out
        assert "directory=" not in out
    assert "`--directory FILE`" in run("check", "people.csv", "--json")[1]
    assert "`--directory FILE`" in run("match", "people.csv", "--out", "new", "--json")[1]
    for name in ("issues.csv", "report.html"):
        written = Path("new", name).read_text(encoding="utf-8-sig")
        assert "--directory FILE" in written
        assert "directory=" not in written


def test_what_people_wrote_is_shown_as_they_wrote_it() -> None:
    for text in ("https://x.org/?sheet=2&program=3", 'program = "a"', "my_sheet=2", 'encoding="x"', "5-program=x"):
        assert typed(text) == text


def test_no_message_of_the_library_reaches_the_command_line_with_an_argument_of_python() -> None:
    """Every text in the source that gives an argument, docstrings apart, is given as an option."""
    asked = re.compile(r"(?<![\w?&;/.-])(directory|mentees|history|sheet|encoding|delimiter|on_bad_rows|roster|keep)=")
    seen = 0
    for path in sorted(Path(rmatch.__file__).parent.rglob("*.py")):
        if path.parts[-2] in ("cli", "testing") or path.name == "typed.py":
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docs = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docs:
                found = asked.search(node.value)
                seen += found is not None
                assert found is None or not asked.search(typed(node.value)), (path.name, node.value)
    assert seen > 8
