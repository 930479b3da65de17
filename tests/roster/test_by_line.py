"""Lines that are rows for sure are split at once: the rows are those that ``csv`` reads, and so is the roster."""

from __future__ import annotations

import csv
import io
import random

import pytest

import rmatch
from rmatch.errors import RosterError
from rmatch.roster import delimited, source, texts
from rmatch.roster.delimited import by_line
from rmatch.roster.texts import Gatherer, Texts

CELLS = ["", "a", " a", "a ", "#N/A", "Err:502", '"x,y"', '"x;y"', 'in"side', '"a""b"', '"torn', '"a\nb"', "C#; D", "é"]
HEADERS = ["employee_id", "role", "name", "email", "skills_offered"]


def pages(seed: int) -> str:
    """A small table with odd cells, line ends and rows."""
    some = random.Random(seed)
    end, share = some.choice(["\n", "\n", "\r\n", "\r"]), some.choice([0.0, 0.05, 0.3])
    lines = [",".join(HEADERS)]
    for k in range(some.randrange(5, 40)):
        row = [f"E{k % 37:03d}", some.choice(["mentor", "mentee"]), f"Ann {k}", f"a{k}@example.org", "Git; SQL"]
        lines.append(",".join(some.choice(CELLS) if some.random() < share else cell for cell in row))
    for _ in range(some.choice([0, 0, 1, 2])):
        lines.insert(
            some.randrange(4, len(lines)),
            some.choice(["", ",,,,", " " + lines[0], lines[0], "E1,mentor", "a,b,c,d,e,f"]),
        )
    return end.join(lines) + some.choice([end, ""])


def told(text: str) -> object:
    """All that a reading says."""
    try:
        roster = rmatch.read_csv(io.StringIO(text, newline=""), on_bad_rows="skip")
    except RosterError as error:
        return str(error)
    frames = roster.mentors, roster.mentees, roster.issues, roster.accounts
    return [frame.to_json(orient="split") for frame in frames], roster.summary()


def test_a_roster_is_the_same_whether_lines_are_split_at_once_or_read_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    split = [0]

    def counted(part: str, delimiter: str) -> list[list[str]] | None:
        rows = by_line(part, delimiter)
        split[0] += rows is not None
        return rows

    monkeypatch.setattr(source, "_PART", 150)
    monkeypatch.setattr(delimited, "_HEAD_LINES", 2)
    for seed in range(300):
        text = pages(seed)
        monkeypatch.setattr(delimited, "by_line", lambda part, delimiter: None)
        one = told(text)
        monkeypatch.setattr(delimited, "by_line", counted)
        assert told(text) == one, seed
    assert split[0] > 300


def test_what_is_split_at_once_is_what_csv_reads() -> None:
    for seed in range(300):
        some = random.Random(seed)
        plain = [cell for cell in CELLS if "\n" not in cell and cell.count('"') % 2 == 0 and '""' not in cell]
        lines = [",".join(some.choices(plain, k=some.randrange(1, 6))) for _ in range(8)]
        text = some.choice(["\n", "\r\n"]).join([*lines, ""])
        rows = by_line(text, ",")
        assert rows is not None
        read = [*csv.reader(io.StringIO(text, newline=""), skipinitialspace=True, strict=True)]
        assert [[cell.lstrip(" ") for cell in row] for row in rows] == read


@pytest.mark.parametrize("part", ["", "a,b\rc,d\n", 'a,"b\nc",d\n', 'a,"b"c\n', 'a,"b""c"\n', 'a,b"c\n', "a," * 70_000])
def test_what_may_be_no_row_is_left_to_csv(part: str) -> None:
    assert by_line(part, ",") is None


def test_headers_that_stand_again_are_found_behind_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "_PART", 60)
    monkeypatch.setattr(delimited, "_HEAD_LINES", 2)
    rows = [f"{k}, mentor" for k in range(40)]
    text = "\n".join(["employee_id,role", *rows, "employee_id, none", " employee_id, role", *rows])
    with pytest.raises(RosterError, match="row 43: the headers stand again"):
        rmatch.read_csv(io.StringIO(text))


def test_a_column_of_mostly_distinct_words_knows_its_blanks_and_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "_SOME", 3)
    for odd in ("", "#N/A", "Err:502", "a"):
        for where in range(9):
            cells = [f" word {k}" for k in range(9)]
            cells[where] = odd
            column = Gatherer()
            for k in range(0, 9, 3):
                column.add(cells[k : k + 3])
            read = column.texts()
            apart = Texts.of(cells)
            assert read.cells.tolist() == apart.cells.tolist()
            assert read.empty.tolist() == apart.empty.tolist()
            assert read.sound is apart.sound is (odd in ("", "a"))
