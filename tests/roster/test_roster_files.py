"""What a file may look like, and what is refused: encodings, delimiters, quotes, headers, widths, limits."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from places import DATA, DOCS
from refusals import refused, told

import rmatch
from rmatch import cli
from rmatch.roster import source
from rmatch.roster.delimited import read_delimited
from rmatch.roster.headers import Known, Wanted
from rmatch.roster.issues import IssueLog
from rmatch.roster.lists import MAX_ITEMS
from rmatch.roster.sheet import MAX_CELL, MAX_COLUMNS, Sheet
from rmatch.roster.source import open_text

MESSY = DATA / "messy"
HEAD = "employee_id,role,name\n"
GOOD = HEAD + "1,mentor,Zoë\n2,mentee,Åke\n"


def read(content: str | bytes, **options: object) -> rmatch.Roster:
    buffer = io.StringIO(content, newline="") if isinstance(content, str) else io.BytesIO(content)
    return rmatch.read_csv(buffer, **options)  # type: ignore[arg-type]


def sheet(content: str | bytes, ids: str = "no such header") -> Sheet:
    buffer = io.StringIO(content, newline="") if isinstance(content, str) else io.BytesIO(content)
    with open_text(buffer, "file.csv") as text:
        known = Known(frozenset({ids}), frozenset({ids}))
        return read_delimited(text, Wanted("file.csv", "workforce", known, IssueLog()))


# ---------------------------------------------------------------- csv-spectrum


@pytest.mark.parametrize("path", sorted(MESSY.glob("csv-spectrum/csvs/*.csv")), ids=lambda path: path.stem)
def test_csv_spectrum_reads_as_its_authors_say(path: Path) -> None:
    found = sheet(path.read_bytes())
    records = json.loads((path.parents[1] / "json" / f"{path.stem}.json").read_text(encoding="utf-8"))
    rows = [
        dict(zip(found.headers, cells, strict=True)) for cells in zip(*(c.cells for c in found.columns), strict=True)
    ]
    if path.stem == "location_coordinates":  # its JSON has another telephone number
        records = [records | {"Contact Phone Number": "2095257564"}]
    assert rows == records


def test_csv_spectrum_is_there() -> None:
    if not MESSY.is_dir():
        pytest.skip(f"no data in {MESSY}")
    assert len(list(MESSY.glob("csv-spectrum/csvs/*.csv"))) == 12


def test_naughty_strings_round_trip_as_id_name_and_skill() -> None:
    if not MESSY.is_dir():
        pytest.skip(f"no data in {MESSY}")
    strings = json.loads((MESSY / "naughty_strings.json").read_text(encoding="utf-8"))
    strings = [s for s in strings if s.strip() and "\0" not in s]
    out = io.StringIO()
    csv.writer(out).writerows(
        [["employee_id", "role", "name", "skills_offered"], *([s, "mentor", s, s] for s in strings)]
    )

    class SplitNowhere:
        def binding(self) -> rmatch.roster.read.Binding:
            return rmatch.roster.read.Binding.model_validate({"columns": {"skills_offered": {"split": "\x01"}}})

    roster = rmatch.read_csv(io.BytesIO(out.getvalue().encode()), program=SplitNowhere(), delimiter=",")
    said = [s.strip() for s in strings]
    assert list(roster.mentors.index) == said
    assert list(roster.mentors["name"]) == said
    skills = roster.tables()[0]["skills_offered"]
    assert all(len(skills.of(k)) == 1 for k in range(len(said)))
    assert len(set(skills.labels)) == len(set(skills.keys)) <= len(set(said))


@pytest.mark.parametrize("path", sorted(p for p in MESSY.rglob("*") if p.is_file()), ids=lambda path: path.name)
def test_every_messy_file_is_read_or_refused_for_a_stated_reason(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = cli.main(["check", str(path)])
    out = capsys.readouterr().out
    assert code == (cli.INPUT if "ERROR" in out else cli.DONE)
    assert "ERROR" not in out or ("What to do: " in out and path.name in out)
    numbered = rmatch.Program(columns={"employee_id": {"source": "@row"}})  # type: ignore[dict-item]
    try:
        issues = rmatch.read_csv(path, mentees=path, program=numbered, on_bad_rows="skip").issues
    except rmatch.RosterError as error:
        issues = error.issues
    assert issues is not None
    assert (issues["reason"] != "").all()


# ---------------------------------------------------------------- encodings


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_the_mark_tells_the_encoding(encoding: str) -> None:
    assert list(read(GOOD.encode(encoding)).mentors["name"]) == ["Zoë"]


@pytest.mark.parametrize(("mark", "encoding"), [(codecs.BOM_UTF16_BE, "utf-16-be"), (codecs.BOM_UTF32_BE, "utf-32-be")])
def test_the_mark_tells_the_byte_order_and_overrules_the_argument(mark: bytes, encoding: str) -> None:
    assert list(read(mark + GOOD.encode(encoding), encoding="cp1252").mentors["name"]) == ["Zoë"]


def test_another_encoding_must_be_named() -> None:
    content = GOOD.replace("Åke", "Ake").encode("cp1252")
    with refused(r"not utf-8 near line 2 \(byte 0xeb\).*encoding='cp1252'"):
        read(content)
    assert list(read(content, encoding="cp1252").mentors["name"]) == ["Zoë"]
    with refused(r"not ascii near line 2"):
        read(content, encoding="ascii")
    with refused(r"not utf-16 (near line 1|\(.*BOM)"):  # the words of Python 3.13, and of those before
        read(GOOD.encode("utf-16-le"), encoding="utf-16")
    for unknown in ("klingon", "hex", "\0"):
        with refused("unknown encoding"):
            read(content, encoding=unknown)


def test_a_file_that_ends_within_a_character_is_said_to_break_off() -> None:
    with refused(r"not utf-8 near line 4 \(byte 0xc3\).*It may also break off there"):
        read(GOOD.encode() + b"3,mentor,Zo\xc3")
    with pytest.raises(rmatch.RosterError) as caught:
        read(GOOD.encode("latin-1"))
    assert "break off" not in str(caught.value)


def test_a_character_may_lie_across_two_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    for size in (1, 2, 3, 7):
        monkeypatch.setattr(source, "_BLOCK", size)
        for end in ("\n", "\r\n", "\r"):
            roster = read(GOOD.replace("\n", end).encode())
            assert list(roster.mentors["name"]) == ["Zoë"], (size, end)
            assert list(roster.accounts["row"]) == [2, 3]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\n\n  \n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (HEAD.encode(), "no people"),
        (HEAD.encode() + b",,\n , ,\n", "no people"),
        (b"PK\x03\x04rest", "Excel workbook"),
        (b"\x1f\x8brest", "gzip"),
        (b"employee_id,role\n1,men\0tor\n", "NUL character stands in line 2"),
        (GOOD.encode("utf-16-le"), "encoding='utf-16-le'"),
        (b"\xff\xfea\x00b", "not utf-16-le"),
        (bytes(range(128, 256)) * 20, "not utf-8"),
    ],
)
def test_what_is_no_table_of_people_is_refused(content: bytes, words: str) -> None:
    with refused(words):
        read(content)


@pytest.mark.parametrize("damage", [lambda zipped: zipped[:-9], lambda zipped: zipped[:30] + b"\xff" * 3 + zipped[33:]])
def test_a_damaged_archive_that_is_opened_as_a_file_is_refused(damage: Callable[[bytes], bytes]) -> None:
    with refused("it cannot be read"):
        rmatch.read_csv(gzip.GzipFile(fileobj=io.BytesIO(damage(gzip.compress(GOOD.encode() * 50)))))


@pytest.mark.parametrize("delimiter", [7, "", ";;", " "])
def test_what_is_no_delimiter_is_refused(delimiter: object) -> None:
    with pytest.raises(rmatch.RosterError, match="is no delimiter"):
        rmatch.read_csv(io.StringIO(GOOD), delimiter=delimiter)  # type: ignore[arg-type]


def test_half_a_surrogate_pair_is_refused() -> None:
    with refused("surrogate"):
        read(HEAD + "1,mentor,\ud800\n")


# ---------------------------------------------------------------- paths and buffers


def test_paths_and_buffers_of_all_kinds_are_read(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(GOOD, encoding="utf-8")
    with path.open("rb") as binary, path.open(encoding="utf-8") as text:
        rosters = [rmatch.read_csv(each) for each in (path, str(path), binary, text)]
        assert not binary.closed
    for roster in rosters:
        assert list(roster.mentors["name"]) == ["Zoë"]
        assert set(roster.accounts["file"]) == {"people.csv"}
    assert set(read(GOOD).accounts["file"]) == {"workforce"}


def test_two_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "people.csv").write_text("employee_id\n1\n", encoding="utf-8")
    roster = rmatch.read_csv(tmp_path / "a" / "people.csv", mentees=tmp_path / "b" / "people.csv")
    assert set(roster.accounts["file"]) == {"people.csv (mentors)", "people.csv (mentees)"}


def test_what_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    (tmp_path / "workforce.csv").write_text(GOOD, encoding="utf-8")
    with refused(r"no file.*Did you mean 'workforce.csv'"):
        rmatch.read_csv(tmp_path / "workforse.csv")
    with refused("is a folder"):
        rmatch.read_csv(tmp_path)
    with refused("no path"):
        rmatch.read_csv("a\0b")
    with refused("cannot be read"):
        rmatch.read_csv("x" * 5000)
    with refused("from a list"):
        rmatch.read_csv([GOOD])  # type: ignore[arg-type]
    with refused("from a bytes"):
        rmatch.read_csv(GOOD.encode())  # type: ignore[arg-type]
    closed = io.StringIO(GOOD)
    closed.close()
    with refused("closed"):
        rmatch.read_csv(closed)
    with pytest.raises(rmatch.RosterError, match="on_bad_rows"):
        read(GOOD, on_bad_rows="ignore")


def test_a_buffer_that_fails_is_an_error_of_ours() -> None:
    class Broken(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: object) -> int:
            raise OSError("the cable is out")

    with refused("the cable is out"):
        rmatch.read_csv(io.BufferedReader(Broken()))


# ---------------------------------------------------------------- limits


def test_cells_lines_columns_and_files_have_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    with refused(r"row 3: a cell has more than"):
        read(GOOD[: len(HEAD)] + "1,mentor,x\n2,mentee," + "x" * (MAX_CELL + 1))
    with refused("10,001 columns"):
        read(",".join(["employee_id", *map(str, range(10_000))]) + "\n1\n")
    with refused("the first 1,000 rows are empty"):
        read("\n" * 5_000 + GOOD)
    monkeypatch.setattr(source, "MAX_LINE", 2**20)
    with refused("line 2 has more than"):
        read(HEAD + "x" * 2**22)
    monkeypatch.setattr(source, "MAX_BYTES", 1000)
    with refused("more than 1,000"):
        read(HEAD + "1,mentor,x\n" * 100)


def test_the_size_of_a_file_is_looked_at_before_it_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "large.csv").write_bytes(b"x" * 1001)
    monkeypatch.setattr(source, "MAX_BYTES", 1000)
    with refused("more than 1,000 bytes"):
        rmatch.read_csv(tmp_path / "large.csv")


def test_the_limit_of_a_cell_holds_where_others_have_raised_the_module_s() -> None:
    before = csv.field_size_limit(10**9)
    try:
        with refused("row 2: a cell has more than"):
            read(HEAD + f"1,mentor,{'x' * (MAX_CELL + 1)}\n")
    finally:
        csv.field_size_limit(before)


def test_a_list_has_a_limit() -> None:
    roster = read(
        f"employee_id,role,skills_offered\n1,mentor,{';'.join(map(str, range(1001)))}\n2,mentee,\n", on_bad_rows="skip"
    )
    assert list(roster.mentees.index) == ["2"]
    assert list(roster.accounts["status"]) == ["rejected", "taking part"]


def test_the_limits_are_those_that_the_documents_state() -> None:
    text = " ".join((DOCS / "files.md").read_text(encoding="utf-8").split())
    limits = f"{source.MAX_BYTES // 2**30} GB a file, {source.MAX_LINE:,} characters a line, {MAX_CELL:,} a cell, "
    assert limits + f"{MAX_COLUMNS:,} columns, {MAX_ITEMS:,} items in a list" in text


# ---------------------------------------------------------------- delimiters and quotes


@pytest.mark.parametrize(("delimiter", "name"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_another_delimiter_is_found_and_told(delimiter: str, name: str) -> None:
    roster = read(
        'employee_id,role,"na;me|x,\ty"\n1,mentor,"a;b,c"\n'.replace(",", delimiter).replace("x" + delimiter, "x,")
    )
    assert len(roster.mentors) == 1
    assert len(told(roster, f"separated by {name}")) == 1
    assert name[:-1] in roster.summary()


def test_a_comma_is_no_news_and_a_given_delimiter_is_taken() -> None:
    assert read(GOOD).issues.empty
    assert list(read("employee_id~role\n1~mentor\n", delimiter="~").mentors.index) == ["1"]
    for delimiter in ("", ";;", '"', "\n", "\0"):
        with refused("no delimiter"):
            read(GOOD, delimiter=delimiter)


def test_an_open_quote_is_refused_at_its_row() -> None:
    with refused("row 3: a quote that opens in this row is never closed"):
        read(HEAD + '1,mentor,A\n2,"mentee,B\n3,mentee,C\n')


def test_a_quote_that_swallows_rows_is_refused() -> None:
    with refused("row 3: a quoted cell spans 2 lines"):
        read(HEAD + '1,mentor,A\n2,mentee,"B\n3,mentee,"C"\n')


def test_text_after_a_quote_rejects_the_row_alone() -> None:
    content = HEAD + '1,mentor,A\n2,mentee,"B" C\n\n4,mentee,"D, E"\n5,mentee,"F\nG"\n6,mentee,H\n'
    with refused("1 error"):
        read(content)
    roster = read(content, on_bad_rows="skip")
    assert list(roster.accounts["row"]) == [2, 3, 5, 6, 7]
    assert list(roster.accounts["status"]) == ["taking part", "rejected", *["taking part"] * 3]
    assert list(roster.mentees["name"]) == ["D, E", "F\nG", "H"]


def test_a_bad_quote_is_told_from_a_swallowed_row_far_down_too() -> None:
    people = "".join(f'{k},mentor,"a\r\nb\rc\nd"\n' for k in range(3, 33))
    roster = read(HEAD + people + '33,mentor,"x"y\n34,mentor,z\n', on_bad_rows="skip")
    assert list(roster.accounts["row"]) == list(range(2, 34))
    assert list(roster.accounts["status"])[-2:] == ["rejected", "taking part"]
    with refused("row 32: a quoted cell spans 2 lines"):
        read(HEAD + people + '33,mentor,"x\n34,mentor,"z"\n')


def test_headers_that_cannot_be_read_are_refused() -> None:
    with refused("row 1: the first row, perhaps that of the headers, cannot be read"):
        read('"employee_id"x,role\n1,mentor\n')
    with refused("no row can be read"):
        read('"employee_id"x,role\n')
    roster = read('Report,\n"All" people,\n' + GOOD)
    assert list(roster.accounts["row"]) == [4, 5]


def test_a_quote_inside_a_cell_is_text() -> None:
    assert list(read(HEAD + '1,mentor,5" disk\n').mentors["name"]) == ['5" disk']


# ---------------------------------------------------------------- headers


def test_lines_above_the_headers_are_passed_over() -> None:
    roster = read("sep=,\nHR report,,\n\n" + GOOD)
    assert list(roster.accounts["row"]) == [5, 6]
    assert list(told(roster, "read from row 4")["row"]) == [4]


def test_a_second_row_of_headers_is_no_person() -> None:
    roster = read("USERID,role,department\nUser ID,Role,Department\n1,mentor,Sales\n")
    assert list(roster.accounts["row"]) == [3]
    assert list(told(roster, "second row of headers")["row"]) == [2]
    roster = read("EMPID,X1,X2\nEmployee ID,Role,Department\n1,mentor,Sales\n")
    assert list(roster.mentors["department"]) == ["Sales"]


def test_a_header_may_hold_a_line_end() -> None:
    assert list(read('"Employee\nNumber",Role\n1,mentor\n').mentors.index) == ["1"]


def test_an_empty_header_is_told_only_above_text() -> None:
    assert read("employee_id,role,\n1,mentor,\n").issues.empty
    roster = read("employee_id,,role\n1,x,mentor\n2,,mentee\n")
    assert len(told(roster, "column 2 has no header; its 1 cells are not read")) == 1


# ---------------------------------------------------------------- rows of another width


def test_a_long_row_and_a_short_row_are_rejected_by_number() -> None:
    roster = read(HEAD + "1,mentor,A\n2,mentee,B,C\n3,mentee\n4,mentee,D\n", on_bad_rows="skip")
    assert list(roster.accounts["status"]) == ["taking part", "rejected", "rejected", "taking part"]
    assert list(told(roster, "the row has 4 cells where the headers have 3")["row"]) == [3]
    assert list(told(roster, "the row has 2 cells where the headers have 3")["row"]) == [4]
    assert list(roster.accounts["employee_id"]) == ["1", "", "", "4"]


@pytest.mark.parametrize(
    "content", ["employee_id,role\n1,mentor,\n2,mentee,\n", "employee_id,role,,\n1,mentor\n2,mentee\n"]
)
def test_delimiters_at_the_end_of_every_row_are_tolerated(content: str) -> None:
    roster = read(content)
    assert set(roster.issues["severity"]) <= {"warning"}  # a delimiter may be missing between two headers as well
    assert len(roster.accounts) == 2


def test_two_short_rows_are_no_habit() -> None:
    roster = read(HEAD + "1,mentor,A\n2,mentor\n3,mentor\n", on_bad_rows="skip")
    assert list(roster.mentors.index) == ["1"]


def test_empty_cells_that_were_left_out_are_put_back() -> None:
    body = "".join(f"{k},mentor,N{k}\n" if k % 3 else f"{k},mentor\n" for k in range(1, 13))
    roster = read(HEAD + body)
    assert list(roster.mentors["name"])[:4] == ["N1", "N2", "", "N4"]
    assert list(roster.accounts["row"]) == list(range(2, 14))
    assert len(told(roster, "4 rows are read with empty cells at their end")) == 1


def test_a_file_that_breaks_off_is_noticed() -> None:
    roster = read(HEAD + "1,mentor,A\n2,ment", on_bad_rows="skip")
    assert list(told(roster, "breaks off in this row")["row"]) == [3]
    assert list(roster.accounts["status"]) == ["taking part", "rejected"]


def test_rows_are_numbered_as_in_a_spreadsheet() -> None:
    roster = read(HEAD + '\n1,mentor,"A\nB"\n,,\n  , ,\n2,mentee,C')
    assert list(roster.accounts["row"]) == [3, 6]
    far = read(HEAD + "1,mentor,A\n" + "\n" * 2_000 + "2,mentee,B\n")
    assert list(far.accounts["row"]) == [2, 2_003]


def test_columns_that_turn_out_distinct_are_read_as_any_other() -> None:
    n = 9_000
    body = "".join(f"E{k},{'mentor' if k % 2 else 'mentee'},Name {k % 7 if k < 4_000 else k}\n" for k in range(n))
    roster = read(HEAD + body)
    assert [*roster.mentors.index, *roster.mentees.index] == [f"E{k}" for k in [*range(1, n, 2), *range(0, n, 2)]]
    assert list(roster.mentees["name"]) == [f"Name {k % 7 if k < 4_000 else k}" for k in range(0, n, 2)]


@pytest.mark.parametrize(
    ("content", "given", "taken"),
    [
        ("Zoë".encode(), "cp1252", None),
        ("é" * 2**20, "cp1252", None),
        ("Zoë".encode("cp1252"), "cp1252", "cp1252"),
        (b"Zoe", "utf-7", "utf-7"),
        ("Zoë".encode() + b"\xc3", "cp1252", "cp1252"),
        ("Zoë".encode(), None, None),
    ],
)
def test_of_files_that_share_an_option_those_in_utf_8_are_read_as_that(tmp_path, content, given, taken) -> None:
    from rmatch.roster.source import encoding_among

    path = tmp_path / "people.csv"
    path.write_bytes(content if isinstance(content, bytes) else b"x" + content.encode())
    assert encoding_among(path, given) == taken
    assert encoding_among(io.BytesIO(path.read_bytes()), given) == given
