"""The workbook says what the tables say, in typed cells that cannot act, and is the same to the byte."""

from __future__ import annotations

import builtins
import importlib.util
import io
import re
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
import python_calamine
from exports import GAPS, PLAIN, SHARED, TIED, Export, exports
from hypothesis import given
from hypothesis import strategies as st

import rmatch
from rmatch.api.folder import changed_files, not_written, write_folder
from rmatch.api.load import read_record
from rmatch.output import workbook
from rmatch.output.workbook import DECISION, DECISIONS, MAX_TEXT, PAGES, workbook_bytes, workbook_print
from rmatch.roster.edits import REASON
from rmatch.rules import Exclude

pytestmark = pytest.mark.filterwarnings("ignore:.*xtension is not supported:UserWarning")  # openpyxl knows no bars


@pytest.fixture(scope="module")
def plan() -> tuple[rmatch.Matching, rmatch.Roster]:
    roster = rmatch.from_frame(Export(3, 12, 9, GAPS).frame())
    return rmatch.match(roster), roster


def table(data: bytes, name: str) -> pd.DataFrame:
    """A sheet as it is read back, every cell as the workbook types it."""
    header, *rows = python_calamine.load_workbook(io.BytesIO(data)).get_sheet_by_name(name).to_python()
    return pd.DataFrame(rows, columns=header, dtype=object)


def with_pairs(matching: rmatch.Matching, pairs: pd.DataFrame) -> rmatch.Matching:
    """The matching as if these were its pairs."""
    other = replace(matching)
    other.__dict__["rmatch.analysis.tables.pairs_table"] = pairs
    return other


def as_text(frame: pd.DataFrame) -> list[list[str]]:
    return [["" if value is None or value is pd.NA else str(value) for value in row] for row in frame.to_numpy(object)]


# ---------------------------------------------------------------- what it says


@pytest.mark.slow
@given(exports(5, kinds=(PLAIN, TIED, GAPS, SHARED)))
def test_the_pairs_come_back_from_the_workbook(export: Export) -> None:
    matching = rmatch.match(rmatch.from_frame(export.frame()))
    back = table(workbook_bytes(matching), "Pairs")
    assert list(back) == [DECISION, REASON, *matching.pairs]
    assert (back[[DECISION, REASON]] == "").all(axis=None)
    for name, column in matching.pairs.items():
        if column.dtype.kind == "f":
            assert back[name].map(type).isin([float]).all()
            np.testing.assert_allclose(back[name].astype(float), column, rtol=0, atol=1e-12)
        else:
            assert list(back[name]) == ["" if cell is None else cell for cell in column]


def test_each_sheet_holds_its_table(plan: tuple[rmatch.Matching, rmatch.Roster]) -> None:
    matching, roster = plan
    data = workbook_bytes(matching)
    assert tuple(python_calamine.load_workbook(io.BytesIO(data)).sheet_names) == PAGES
    unmatched, everyone = table(data, "Unmatched"), table(data, "Everyone")
    assert list(unmatched["employee_id"]) == list(matching.unmatched["employee_id"])
    assert [int(n) for n in unmatched["eligible"]] == list(matching.unmatched["eligible"])
    assert as_text(everyone.drop(columns="row")) == as_text(matching.accounts.drop(columns="row"))
    assert [int(row) for row in everyone["row"]] == list(matching.accounts["row"])
    issues = table(data, "Issues")
    assert list(issues["reason"])[: len(roster.issues)] == list(roster.issues["reason"])
    assert len(issues) == len(roster.issues) + len(matching.left_out) > 0
    figures = dict(table(data, "Summary").to_numpy().tolist())
    assert figures["pairs"] == len(matching.pairs)
    assert figures["total score"] == pytest.approx(matching.total)
    assert figures["status"] == matching.status.sentence
    assert sum(n for name, n in figures.items() if name.startswith("unmatched")) == len(matching.unmatched)


def test_the_program_stands_there_in_words_and_as_toml(plan: tuple[rmatch.Matching, rmatch.Roster]) -> None:
    page = table(workbook_bytes(plan[0]), "Program")
    toml = "\n".join(page.loc[page["part"] == "TOML", "in words"]) + "\n"
    assert toml == plan[0].program.to_toml()
    assert "the two share goals" in set(page["in words"])
    shares = [float(word.rstrip("%")) for word in page.loc[page["part"] == "criterion", "weight"]]
    assert sum(shares) == pytest.approx(100, abs=0.3)


def test_an_exclusion_is_named_nowhere() -> None:
    program = rmatch.Program(rules=(Exclude((("E001", "whistleblower"),), unknown="ignore"),))
    roster = rmatch.from_frame(Export(3, 4, 4, PLAIN).frame(), program=program)
    data = workbook_bytes(rmatch.match(roster, program))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        everything = b"".join(map(archive.read, archive.namelist())).lower()
    assert b"whistleblower" not in everything
    assert b"exclu" not in everything
    assert b"some pairs are not available" in everything


def test_a_plan_without_pairs_or_issues_is_written_too() -> None:
    people = pd.DataFrame({"employee_id": ["a"], "role": ["mentor"], "skills_offered": ["x"], "skills_wanted": ["y"]})
    matching = rmatch.match(rmatch.from_frame(people))
    data = workbook_bytes(replace(matching, left_out=()))
    assert [len(table(data, name)) for name in PAGES[:4]] == [0, 1, 1, 0]


# ---------------------------------------------------------------- how it looks


def test_headers_stay_in_sight_and_everything_can_be_filtered(plan: tuple[rmatch.Matching, rmatch.Roster]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook_bytes(plan[0])))
    for sheet in book:
        assert sheet.freeze_panes == {"Pairs": "E2", "Unmatched": "B2"}.get(sheet.title, "A2")
        last = openpyxl.utils.get_column_letter(sheet.max_column)
        assert sheet.auto_filter.ref == f"A1:{last}{sheet.max_row}"
        assert all(cell.font.bold for cell in sheet[1])
        widths = [dimension.width for dimension in sheet.column_dimensions.values()]
        assert len(widths) > 0
        assert all(9 <= width <= 62 for width in widths)


def test_scores_have_bars_and_decisions_are_chosen_from_a_list(plan: tuple[rmatch.Matching, rmatch.Roster]) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(workbook_bytes(plan[0])))["Pairs"]
    header = [cell.value for cell in sheet[1]]
    score = sheet.cell(1, header.index("score") + 1).column_letter
    ((where, (bar,)),) = [(str(area.sqref), rules) for area, rules in sheet.conditional_formatting._cf_rules.items()]
    assert (where, bar.type) == (f"{score}2:{score}{sheet.max_row}", "dataBar")
    (choice,) = sheet.data_validations.dataValidation
    assert (str(choice.sqref), choice.formula1) == (f"A2:A{sheet.max_row}", f'"{",".join(DECISIONS)}"')
    assert sheet[f"{score}2"].number_format == "0.000"
    assert sheet.column_dimensions["A"].number_format == "@" or sheet["A2"].number_format == "@"


# ---------------------------------------------------------------- nothing acts

HOSTILE = [
    "=cmd|' /C calc'!A0", "=1+1", "+1", "-1", "@x", "\tx", "＝1", "007", "1E5", "TRUE", "2-5", "https://example.org",
    "mailto:a@b", "\u202eevil\u202c", "👩\u200d🔬 Zoë", "a\x00b", "\x01\x1f", "line\nbreak", "cr\rlf\r\n", "_x0041_",
    "<r><t>markup</t></r>", "<script>&amp;", "  spaces  ", "#N/A", "x" * MAX_TEXT,
]  # fmt: skip


def named(matching: rmatch.Matching, texts: list[str]) -> bytes:
    """A workbook whose pairs have these names."""
    pairs = pd.DataFrame({"mentor_id": pd.Series(texts, dtype=object), "score": 0.5, "mentee_id": "007"})
    return workbook_bytes(with_pairs(matching, pairs))


@pytest.mark.slow
def test_hostile_texts_come_back_as_texts(plan: tuple[rmatch.Matching, rmatch.Roster]) -> None:
    data = named(plan[0], HOSTILE)
    assert list(table(data, "Pairs")["mentor_id"]) == HOSTILE
    sheet = openpyxl.load_workbook(io.BytesIO(data))["Pairs"]
    for row in range(2, len(HOSTILE) + 2):
        for column in (3, 5):
            cell = sheet.cell(row, column)
            assert (cell.data_type, cell.number_format, cell.hyperlink) == ("s", "@", None), HOSTILE[row - 2][:20]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
    headed = workbook_bytes(with_pairs(plan[0], pd.DataFrame({"=1+1": ["x"], "score": [0.5]})))
    assert list(table(headed, "Pairs")) == [DECISION, REASON, "=1+1", "score"]


@pytest.mark.slow
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"), max_size=12)))
def test_any_text_comes_back(texts: list[str]) -> None:
    matching = rmatch.match(rmatch.from_frame(Export(3, 2, 2, PLAIN).frame()))
    back = table(named(matching, texts), "Pairs")
    assert list(back["mentor_id"]) == texts


def test_what_no_cell_can_hold_is_cut_or_spelled_out(plan: tuple[rmatch.Matching, rmatch.Roster]) -> None:
    texts = ["x" * 40_000, "😀" * 20_000, "half \ud800 pair", "no \ufffe \uffff character"]
    back = list(table(named(plan[0], texts), "Pairs")["mentor_id"])
    assert back[0] == "x" * (MAX_TEXT - 1) + "…"
    assert back[1] == "😀" * ((MAX_TEXT - 1) // 2) + "…"
    assert back[2:] == ["half \\ud800 pair", "no \\ufffe \\uffff character"]


def test_more_rows_than_a_sheet_has_are_refused(
    plan: tuple[rmatch.Matching, rmatch.Roster], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(workbook, "MAX_ROWS", 5)
    with pytest.raises(rmatch.OutputError, match=r"'Pairs' would have \d+ rows, but Excel has 5"):
        plan[0].to_excel(tmp_path / "x.xlsx")
    assert not list(tmp_path.iterdir())
    assert "pairs.xlsx" not in write_folder(plan[0], tmp_path / "plan")
    assert "more rows than a sheet" in not_written(plan[0])["pairs.xlsx"]


def test_a_place_that_cannot_be_written_is_named(plan: tuple[rmatch.Matching, rmatch.Roster], tmp_path: Path) -> None:
    with pytest.raises(rmatch.OutputError, match="cannot be written"):
        plan[0].to_excel(tmp_path / "no" / "x.xlsx")


# ---------------------------------------------------------------- the same to the byte


def test_the_same_plan_gives_the_same_bytes(
    plan: tuple[rmatch.Matching, rmatch.Roster], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plan[0].to_excel(tmp_path / "one.xlsx")
    one = (tmp_path / "one.xlsx").read_bytes()
    if hasattr(time, "tzset"):
        monkeypatch.setenv("TZ", "Pacific/Apia")
        time.tzset()
    try:
        again = rmatch.match(rmatch.from_frame(Export(3, 12, 9, GAPS).frame()))
        assert workbook_bytes(again) == one
    finally:
        monkeypatch.undo()
        if hasattr(time, "tzset"):
            time.tzset()
    with zipfile.ZipFile(io.BytesIO(one)) as archive:
        assert {member.date_time[0] for member in archive.infolist()} == {1980}


@pytest.mark.slow
def test_the_fingerprint_is_that_of_what_is_said_whatever_the_order_of_rows() -> None:
    frame = Export(3, 12, 9, GAPS).frame()
    frame.loc[3, "capacity"] = "many"
    frame.loc[[7, 8], "employee_id"] = "E000"
    shuffled = frame.sample(frac=1, random_state=5)
    one, two = (workbook_bytes(rmatch.match(rmatch.from_frame(some, on_bad_rows="skip"))) for some in (frame, shuffled))
    assert one != two
    assert workbook_print(one) == workbook_print(two)
    other = frame.assign(department="Elsewhere")
    assert workbook_print(one) != workbook_print(
        workbook_bytes(rmatch.match(rmatch.from_frame(other, on_bad_rows="skip")))
    )


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_a_change_in_any_sheet_changes_the_fingerprint(
    plan: tuple[rmatch.Matching, rmatch.Roster], page: str, tmp_path: Path
) -> None:
    write_folder(plan[0], tmp_path / "plan")
    record = read_record(tmp_path / "plan" / "matching.json")
    assert changed_files(tmp_path / "plan", record) == []
    path = tmp_path / "plan" / "pairs.xlsx"
    part = f"xl/worksheets/sheet{PAGES.index(page) + 1}.xml"
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    last = list(re.finditer(rb"<t>([^<]+)</t>", parts[part]))[-1]
    parts[part] = parts[part][: last.start(1)] + b"other" + parts[part][last.end(1) :]
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    assert changed_files(tmp_path / "plan", record) == ["pairs.xlsx is not as it was written"]


CELL = '<c{0} r="{1}" t="inlineStr"><is><t>{2}</t></is></c>'


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("</row></sheetData>", CELL.format("", "A2", "other") + "</row></sheetData>"),  # a second cell in one place
        ("</row></sheetData>", CELL.format(' s="2"', "Z2", "other") + "</row></sheetData>"),
        ("</sheetData>", '<row\tr="999">' + CELL.format("", "A999", "other") + "</row></sheetData>"),
        ("</sheetData>", '<row spans="1:1" r="999">' + CELL.format("", "A999", "other") + "</row></sheetData>"),
        ('<row r="2"', '<row r="2" hidden="1"'),
    ],
)
def test_a_sheet_that_is_written_otherwise_has_another_fingerprint(
    plan: tuple[rmatch.Matching, rmatch.Roster], old: str, new: str
) -> None:
    """Be it only that some reader of workbooks would see other cells."""
    whole, changed = workbook_bytes(plan[0]), io.BytesIO()
    part = f"xl/worksheets/sheet{PAGES.index('Everyone') + 1}.xml"
    with zipfile.ZipFile(io.BytesIO(whole)) as archive, zipfile.ZipFile(changed, "w") as other:
        for name in archive.namelist():
            content = archive.read(name).decode()
            assert name != part or content.count(old) == 1
            other.writestr(name, content.replace(old, new) if name == part else content)
    assert workbook_print(changed.getvalue()) != workbook_print(whole)


@pytest.mark.slow
@given(st.binary(max_size=60), st.integers(0, 10**6))
def test_any_bytes_have_a_fingerprint(junk: bytes, place: int) -> None:
    whole = workbook_bytes(rmatch.match(rmatch.from_frame(Export(3, 2, 2, PLAIN).frame())))
    place %= len(whole)
    for data in (junk, whole[:place] + junk, whole[:place] + junk + whole[place + len(junk) :]):
        assert re.fullmatch("[0-9a-f]{64}", workbook_print(data))


# ---------------------------------------------------------------- without the extra


def test_without_the_extra_the_other_files_are_written(
    plan: tuple[rmatch.Matching, rmatch.Roster], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert "pairs.xlsx" in write_folder(plan[0], tmp_path / "plan")
    real, found = builtins.__import__, importlib.util.find_spec

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "xlsxwriter":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    monkeypatch.setattr("rmatch.api.folder.find_spec", lambda name: None if name == "xlsxwriter" else found(name))
    with pytest.raises(rmatch.OutputError, match=r'pip install "\.\[excel\]"'):
        plan[0].to_excel(tmp_path / "x.xlsx")
    assert r'pip install ".[excel]"' in not_written(plan[0])["pairs.xlsx"]
    files = write_folder(plan[0], tmp_path / "plan")
    assert "pairs.xlsx" not in files
    assert sorted(path.name for path in (tmp_path / "plan").iterdir()) == sorted(files), "none of an earlier plan stays"
    assert not changed_files(tmp_path / "plan", read_record(tmp_path / "plan" / "matching.json"))


def test_a_plan_without_its_people_says_what_is_needed(
    plan: tuple[rmatch.Matching, rmatch.Roster], tmp_path: Path
) -> None:
    plan[0].save(tmp_path / "plan.json")
    with pytest.raises(rmatch.RmatchError, match="needs the people"):
        rmatch.load(tmp_path / "plan.json").to_excel(tmp_path / "x.xlsx")
    rmatch.load(tmp_path / "plan.json", plan[1]).to_excel(tmp_path / "x.xlsx")
    assert len(table((tmp_path / "x.xlsx").read_bytes(), "Pairs")) == len(plan[0].pairs)
