"""Sign-up forms as they come: grids, options, words for numbers, several header rows, one person twice."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest
from refusals import refused, told
from workbooks import sheets, texts, workbook

import rmatch

SKILLS = {"kind": "skills", "weight": 1.0}


def program(**given: object) -> rmatch.Program:
    return rmatch.Program.model_validate({"criteria": [SKILLS], "rules": [], **given})


def two(mentors: str, mentees: str, **given: object) -> rmatch.Roster:
    return rmatch.read_csv(io.StringIO(mentors), mentees=io.StringIO(mentees), program=program(**given))


def one(content: str, on_bad_rows: str = "raise", **given: object) -> rmatch.Roster:
    return rmatch.read_csv(io.StringIO(content), program=program(**given), on_bad_rows=on_bad_rows)  # type: ignore[arg-type]


def offered(roster: rmatch.Roster) -> list[str]:
    return list(roster.mentors["skills_offered"])


@pytest.mark.parametrize("error", ["#SPILL!", "#NV", "#¡REF!", "#DIV/0!", "Err:502", " #bezug! "])
@pytest.mark.parametrize("mark", [";", "|", ","])
def test_an_error_of_a_spreadsheet_among_the_items_of_a_list_is_no_item(error: str, mark: str) -> None:
    roster = one(
        f'employee_id,role,skills_offered\n1,mentor,"C#{mark}{error}"\n2,mentor,"{error}{mark}SQL{mark}{error}"\n'
        f"3,mentor,#1 in sales\n4,mentee,\n",
        columns={"skills_offered": {"split": [mark]}},
    )
    assert offered(roster) == ["C#", "SQL", "#1 in sales"]
    (said,) = told(roster, "an item of the list is an error of the spreadsheet").to_dict("records")
    assert (said["severity"], said["row"]) == ("warning", 2)
    assert "1 more like it" in said["reason"]


# ---------------------------------------------------------------- grids

FORMS = ("Teach [{}]", "Teach - {}", "Teach – {}", "Teach/{}", "Teach: {}", "{}")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("yes", ["Yes", "x", "TRUE", "Ja", "✓", "oui"])
def test_a_grid_of_ticks_gives_the_items_of_its_headers(form: str, yes: str) -> None:
    headers = [form.format(item) for item in ("SQL", "Power BI", "R")]
    roster = one(
        f"employee_id,role,{','.join(headers)}\n1,mentor,{yes},,{yes}\n2,mentor,,{yes},No\n3,mentee,,,\n",
        columns={"skills_offered": {"source": headers}},
    )
    assert offered(roster) == ["R; SQL", "Power BI"]
    assert len(told(roster, "the headers ask for one item each")) == 1


def test_a_declared_grid_finds_its_headers_and_says_what_answers_mean() -> None:
    roster = one(
        "employee_id,role,Topics [SQL],Topics [Excel],topics [ R ]\n"
        "1,mentor,First choice,Second choice,\n2,mentor,,First choice,never heard\n3,mentee,,,\n",
        columns={"skills_offered": {"grid": "Topics [*]", "chosen": {"First choice": 5, "Second choice": 3}}},
    )
    assert offered(roster) == ["Excel:3; SQL:5", "Excel:5"]
    assert list(told(roster, "not understood")["value"]) == ["never heard"]
    again = rmatch.Program.model_validate(program(columns={"skills_offered": {"grid": "A *"}}).to_dict())
    assert again.columns["skills_offered"].grid == "A *"


def test_places_and_ratings_are_told_apart_and_said() -> None:
    def read(*cells: str) -> rmatch.Roster:
        people = "".join(f"{k},mentor,{row}\n" for k, row in enumerate(cells))
        headers = ["T [A]", "T [B]"]
        return one(f"employee_id,role,{','.join(headers)}\n{people}", columns={"skills_offered": {"source": headers}})

    ratings, places, words = read("4,5", "3,3"), read("1,2", "2,1"), read("1st choice,2nd choice")
    assert offered(ratings) == ["A:4; B:5", "A:3; B:3"]
    assert offered(places) == ["A; B", "A; B"]
    assert offered(words) == ["A; B"]
    for roster, word in ((ratings, "levels"), (places, "places"), (words, "places")):
        assert list(told(roster, word)["severity"]) == ["warning"]
        assert "chosen = {" in told(roster, word)["remedy"].item()
    with refused("numbers up to 9"):
        read("9,1")


def test_a_grid_that_is_nowhere_and_one_without_an_asterisk_are_refused() -> None:
    with refused(r"no header has the form 'Topic \[\*\]'"):
        one("employee_id,role,Topics [SQL]\n1,mentor,x\n", columns={"skills_offered": {"grid": "Topic [*]"}})
    for wrong in ({"grid": "Topics"}, {"grid": "T *", "source": "x"}, {"grid": "T *", "use": "audit"}):
        with pytest.raises(rmatch.ProgramError, match="grid"):
            program(columns={"skills_offered": wrong})


def test_a_grid_may_be_asked_on_one_sheet_alone() -> None:
    roster = two(
        "Email,I teach [SQL],I teach [R]\na@x,x,\nb@x,,x\n",
        "Email,Wanted\nc@x,R\n",
        columns={
            "employee_id": {"source": "Email"},
            "skills_offered": {"grid": {"mentors": "I teach [*]"}},
            "skills_wanted": {"source": {"mentees": "Wanted"}},
        },
    )
    assert offered(roster) == ["SQL", "R"]
    assert rmatch.match(roster, roster_program(roster)).pairs["mentor_id"].item() == "b@x"


def roster_program(roster: rmatch.Roster) -> rmatch.Program:
    return program(columns=roster.binding.columns)


# ---------------------------------------------------------------- options that hold the separator


@pytest.mark.parametrize(
    ("cell", "items"),
    [
        ("Writing (papers, talks), Coding", ["Coding", "Writing (papers, talks)"]),
        ("Data [R, SQL], Art {a, b}", ["Art {a, b}", "Data [R, SQL]"]),
        ("Deep (a, (b, c), d), e", ["Deep (a, (b, c), d)", "e"]),
        ('"Law, tax", HR', ["HR", "Law, tax"]),
        ("Plain, simple", ["Plain", "simple"]),
        ("Level (4), Other", ["Level:4", "Other"]),
    ],
)
def test_a_separator_in_brackets_or_quotes_separates_nothing(cell: str, items: list[str]) -> None:
    quoted = cell.replace('"', '""')
    roster = one(f'employee_id,role,skills_offered\n1,mentor,"{quoted}"\n', columns={"skills_offered": {"split": ","}})
    assert offered(roster)[0].split("; ") == items
    assert told(roster, "bracket").empty


def test_a_bracket_without_its_counterpart_is_pointed_out() -> None:
    roster = one(
        'employee_id,role,skills_offered\n1,mentor,"Talks (long, short, Coding"\n',
        columns={"skills_offered": {"split": ","}},
    )
    assert list(told(roster, "bracket without its counterpart")["severity"]) == ["warning"]
    assert "options = [" in told(roster, "bracket")["remedy"].item()


def test_options_are_taken_whole_the_longest_first_and_the_rest_is_split() -> None:
    options = ["Reading, writing", "Reading, writing, and maths", "R"]
    roster = one(
        "employee_id,role,skills_offered\n"
        '1,mentor,"Reading, writing, and maths, R, Other"\n2,mentor,"reading, WRITING, Rust"\n',
        columns={"skills_offered": {"options": options}},
    )
    assert offered(roster) == ["Other; R; Reading, writing, and maths", "Reading, writing; Rust"] or offered(
        roster
    ) == [
        "Other; R; Reading, writing, and maths",
        "reading, WRITING; Rust",
    ]


def test_values_stand_for_whole_cells_for_items_and_for_times() -> None:
    roster = one(
        "employee_id,role,capacity,skills_offered,availability\n"
        '1,Junior (mentor),"Two (each alone)",js;Excel,mornings\n2,Senior (mentee),,,\n',
        columns={
            "role": {"values": {"Junior (mentor)": "mentor", "Senior (mentee)": "mentee"}},
            "capacity": {"values": {"Two (each alone)": 2}},
            "skills_offered": {"values": {"JS": "JavaScript"}},
            "availability": {"values": {"Mornings": "Mon 9-10; Tue 9-10"}},
        },
    )
    assert (list(roster.mentors["capacity"]), offered(roster)) == ([2], ["Excel; JavaScript"])
    assert roster.mentors["availability"].item() == "Mon 09:00; Mon 09:30; Tue 09:00; Tue 09:30"


@pytest.mark.parametrize(
    ("word", "number"), [("One", 1), ("two", 2), ("TWELVE", 12), ("drei", 3), ("cinq", 5), ("zero", 0)]
)
def test_numbers_in_words_are_understood(word: str, number: int) -> None:
    roster = one(f"employee_id,role,capacity\n1,mentor,{word}\n")
    assert list(roster.mentors["capacity"]) == [number]
    assert told(roster, f"a number in words is read as a figure, here as {number}")["value"].tolist() == [word]
    assert told(one("employee_id,role,capacity\n1,mentor,3\n"), "in words").empty


@pytest.mark.parametrize(("word", "grade"), [("4,0", 4), ("-2,00", -2), ("7.0", 7), ("12", 12)])
def test_a_grade_with_zeros_behind_its_comma_is_whole(word: str, grade: int) -> None:
    roster = one(f'employee_id,role,grade\n1,mentor,"{word}"\n2,mentor,"2,5"\n3,mentor,"1,000"\n')
    assert roster.mentors["grade"].fillna(-9).tolist() == [grade, -9, -9]


@pytest.mark.parametrize("word", ["a few", "NaN", "inf", "two or three", "as many as you like"])
def test_what_is_no_number_counts_as_the_default_with_a_warning(word: str) -> None:
    roster = one(f"employee_id,role,capacity,min_pairs\n1,mentor,{word},{word}\n")
    assert (list(roster.mentors["capacity"]), list(roster.mentors["min_pairs"])) == ([1], [0])
    warned = told(roster, "not understood as a number")
    assert list(warned["severity"]) == ["warning"] * 2
    assert "values = {" in warned["remedy"].iloc[0]


# ---------------------------------------------------------------- errors of spreadsheets


@pytest.mark.parametrize(
    "error", ["#N/A", "#REF!", "#DIV/0!", "#NV", "#BEZUG!", "#VALEUR!", "#¡REF!", "#WAARDE!", "#ERROR!"]
)
def test_an_error_of_a_spreadsheet_is_missing_in_every_column(error: str) -> None:
    roster = rmatch.read_csv(
        io.StringIO(
            "employee_id,role,department,grade,skills_offered,own,capacity,manager_id\n"
            + f"1,mentor,{error},{error},{error},{error},{error},{error}\n2,mentee,#1 team,3,,x,,1\n"
        )
    )
    row = roster.mentors.loc["1"]
    assert not row["skills_offered"]
    assert pd.isna(row["grade"])
    assert not row["department"] or pd.isna(row["department"])
    warned = told(roster, "error of the spreadsheet")
    assert list(warned["severity"]) == ["warning"]
    assert "6 cells" in warned["reason"].item()
    assert list(roster.mentees["department"]) == ["#1 team"]


def test_an_error_for_an_id_rejects_the_row() -> None:
    roster = one("employee_id,role\n#N/A,mentor\n2,mentor\n", "skip")
    assert list(roster.mentors.index) == ["2"]


# ---------------------------------------------------------------- headers of surveys

IMPORT = '"{""ImportId"":""QID1""}","{""ImportId"":""QID2""}","{""ImportId"":""QID3_TEXT""}"'


@pytest.mark.parametrize("source", ["Q2", "What can you teach?"])
def test_the_header_rows_of_qualtrics_are_no_people(source: str) -> None:
    columns = {
        "employee_id": {"source": "ResponseId"},
        "role": {"source": "Role"},
        "skills_offered": {"source": source},
    }
    roster = one(
        f"ResponseId,Q1,Q2\nResponse ID,Role,What can you teach?\n{IMPORT}\nR_1,mentor,SQL\nR_2,mentee,\n",
        columns=columns,
    )
    assert offered(roster) == ["SQL"]
    assert list(roster.accounts["row"]) == [4, 5]


def test_a_title_in_the_place_of_the_names_of_qualtrics_names_nothing() -> None:
    columns = {"employee_id": {"source": "Response ID"}, "skills_offered": {"source": "What can you teach?"}}
    roster = one(
        f"Sign-up 2026\nResponse ID,Role,What can you teach?\n{IMPORT}\nR_1,mentor,SQL\nR_2,mentee,\n", columns=columns
    )
    assert offered(roster) == ["SQL"]


def test_the_options_in_the_second_row_of_surveymonkey_belong_to_their_question() -> None:
    roster = one(
        "Respondent ID,Role?,What do you teach?,,\n,Response,SQL,Excel,R\n11,mentor,SQL,,R\n12,mentor,,Excel,\n",
        columns={
            "employee_id": {"source": "Respondent ID"},
            "role": {"source": "Role?"},
            "skills_offered": {"grid": "What do you teach? [*]"},
        },
    )
    assert offered(roster) == ["R; SQL", "Excel"]
    assert list(roster.accounts["row"]) == [3, 4]


def test_the_first_person_is_no_row_of_options_although_headers_are_blank() -> None:
    for answer in ("eve@example.org", "2025-03-04", "10450"):
        roster = one(
            f"Your id,Sign-up,role,What do you teach?,,\n,{answer},mentor,SQL,Go,R\n12,,mentor,Law,,\n",
            columns={"employee_id": {"source": "@row"}, "skills_offered": {"source": "What do you teach?"}},
        )
        assert list(roster.accounts["row"]) == [2, 3]


def test_the_delimiter_is_not_one_within_answers_that_are_headers_too() -> None:
    text = "Name,Topics\nAnn,Law;Sales;Design\nBo,Design;Law;Sales\n"
    columns = {
        "employee_id": {"source": "@row"},
        "skills_offered": {"source": "Topics"},
        **{name: {"source": {"mentees": name}} for name in ("Law", "Sales", "Design")},
    }
    roster = rmatch.read_csv(
        io.StringIO(text), mentees=io.StringIO("Name,Law,Sales,Design\nCy,x,,x\n"), program=program(columns=columns)
    )
    assert list(roster.mentors["name"]) == ["Ann", "Bo"]


def test_a_role_may_be_asked_in_two_questions() -> None:
    answers = [("Yes", "No"), ("No, thanks", "Yes, please"), ("Ja", "ja, gerne"), ("", "no"), ("", "")]
    rows = "".join(f'{k},"{a}","{b}"\n' for k, (a, b) in enumerate(answers))
    roster = one(
        f"employee_id,Teach?,Learn?\n{rows}9,Perhaps,Yes\n",
        columns={"role": {"source": ["Teach?", "Learn?"]}},
        on_bad_rows="skip",
    )
    assert list(roster.accounts["role"]) == ["mentor", "mentee", "mentor", "mentee", "none", "none", ""]
    assert list(roster.accounts["status"])[-1] == "rejected"
    with pytest.raises(rmatch.RosterError, match="takes one header, not 3"):
        one("employee_id,A,B,C\n1,Yes,No,No\n", columns={"role": {"source": ["A", "B", "C"]}})


def test_times_may_be_asked_day_by_day_or_hour_by_hour() -> None:
    by_day = one(
        'employee_id,role,Mon,Tue\n1,mentor,"9-10, Late",No\n2,mentor,,10-11\n',
        columns={"availability": {"source": ["Mon", "Tue"], "values": {"Late": "17-18"}}},
    )
    by_hour = one(
        'employee_id,role,Free [9-10],Free [10-11],Free [Late]\n1,mentor,Monday,,Mon\n2,mentor,,"Tuesday",-\n',
        columns={"availability": {"grid": "Free [*]", "values": {"Late": "17-18"}}},
    )
    by_slot = one(
        "employee_id,role,Free [Mon 9-10],Free [Mon 17-18],Free [Tue 10-11]\n1,mentor,Yes,x,no\n2,mentor,,,Yes\n",
        columns={"availability": {"grid": "Free [*]"}},
    )
    for roster in (by_day, by_hour, by_slot):
        assert [str(cell).split("; ") for cell in roster.mentors["availability"]] == [
            ["Mon 09:00", "Mon 09:30", "Mon 17:00", "Mon 17:30"],
            ["Tue 10:00", "Tue 10:30"],
        ]


def test_two_headers_that_are_alike_are_not_read_as_a_column_that_they_may_mean() -> None:
    roster = one("employee_id,role,Level,Level\n1,mentor,3,4\n")
    assert "grade" not in roster.mentors
    assert roster.issues["reason"].str.contains("2 headers 'Level' may mean the column 'grade'; none is read").any()


def test_anonymous_answers_of_microsoft_forms_have_no_address() -> None:
    roster = one("employee_id,role,Email\n1,mentor,anonymous\n2,mentor,anonymous\n")
    assert [str(cell) for cell in roster.mentors["email"]] == ["", ""]


@pytest.mark.parametrize(
    ("first", "last"),
    [("First name", "Last name"), ("Vorname", "Nachname"), ("Prénom", "Nom"), ("Voornaam", "Achternaam")],
)
def test_first_and_last_name_are_joined(first: str, last: str) -> None:
    roster = rmatch.read_csv(io.StringIO(f"employee_id,role,{last},{first}\n1,mentor,Lee,Ann\n2,mentee,,Bo\n"))
    assert (list(roster.mentors["name"]), list(roster.mentees["name"])) == (["Ann Lee"], ["Bo"])
    assert f"{first} + {last}" in roster.summary()


# ---------------------------------------------------------------- one person twice

TWICE = "employee_id,role,skills_offered,Timestamp\n1,mentor,old,{}\n2,mentor,x,{}\n1,mentor,new,{}\n"


@pytest.mark.parametrize(
    "times",
    [
        ("2025-01-05 10:00", "", "2025-01-06 09:00"),
        ("1/30/2025 9:15:00 PM", "", "2/1/2025 8:00:00 AM"),
        ("30.01.2025 21:15", "", "01.02.2025 08:00"),
        ("2025/01/05 1:00:00 PM GMT+1", "", "2025/01/05 1:30:00 PM GMT+1"),
        ("45321.5", "", "45322.25"),
    ],
)
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)])
def test_the_latest_sign_up_counts(times: tuple[str, str, str], order: Sequence[int]) -> None:
    head, *rows = TWICE.format(*times).splitlines()
    roster = one("\n".join([head, *(rows[k] for k in order)]), keep="latest", by="Timestamp")
    assert dict(zip(roster.mentors.index, offered(roster), strict=True)) == {"1": "new", "2": "x"}
    assert len(roster.accounts) == 3
    assert roster.accounts["reason"].str.contains("later sign-up").sum() == 1
    assert len(told(roster, "1 earlier sign-up is replaced")) == 1


def test_one_grid_on_two_sheets_says_what_each_is() -> None:
    both = "Email,Rank [Go],Rank [SQL]\n{},1,2\n"
    columns: dict[str, Any] = {"employee_id": {"source": "Email"}}
    for name in ("skills_offered", "skills_wanted"):
        columns[name] = {"grid": "Rank [*]", "chosen": {"1": 5, "2": 2}}

    def read() -> rmatch.Roster:
        sheets = io.StringIO(both.format("a@x")), io.StringIO(both.format("b@x"))
        return rmatch.read_csv(sheets[0], mentees=sheets[1], program=program(columns=columns))

    with refused("are read as 'skills_offered', and cannot be 'skills_wanted' too.*grid = { mentees ="):
        read()
    columns["skills_offered"]["grid"] = {"mentors": "Rank [*]"}
    columns["skills_wanted"]["grid"] = {"mentees": "Rank [*]"}
    assert read().mentees["skills_wanted"].tolist() == ["Go:5; SQL:2"]


def test_who_did_not_sign_in_has_no_address_for_an_id() -> None:
    rows = "Email,Name,Can teach\nanonymous,Ann,Go\nanonymous,Bo,SQL\n"
    with refused("no header means 'employee_id'"):
        rmatch.read_csv(io.StringIO(rows), mentees=io.StringIO(rows))
    with refused("the row has no id"):
        rmatch.read_csv(io.StringIO(rows + "cy@x.org,Cy,Go\n"), mentees=io.StringIO("Email,Wants\nd@x,Go\n"))


@pytest.mark.parametrize("again", ["001", "1.0", " 1\u200b", "#1"])
def test_the_latest_sign_up_counts_whatever_its_id_looks_like(again: str) -> None:
    rows = TWICE.format("2025-01-05", "", "2025-01-06").replace("\n1,mentor,new", f"\n{again},mentor,new")
    assert sorted(offered(one(rows, keep="latest", by="Timestamp"))) == ["new", "x"]


def test_without_keep_or_with_one_moment_or_no_order_of_the_date_nobody_is_chosen() -> None:
    with refused("the id stands in 2 rows"):
        one(TWICE.format("2025-01-05", "", "2025-01-06"))
    with refused("the id stands in 2 rows"):
        one(TWICE.format("2025-01-05", "", "2025-01-05"), keep="latest", by="Timestamp")
    with refused("the day or the month first"):
        one(TWICE.format("02/03/2025", "", "01/05/2025"), keep="latest", by="Timestamp")
    with refused("no header means 'When'"):
        one(TWICE.format("", "", ""), keep="latest", by="When")
    with pytest.raises(rmatch.ProgramError, match="go together"):
        program(keep="latest")


@pytest.mark.parametrize("time", ["2025-01-05 soon", "2025-02-31", "yesterday", ""])
def test_a_moment_that_cannot_be_read_chooses_nobody(time: str) -> None:
    with refused("the id stands in 2 rows"):
        one(TWICE.format(time, "", "2025-01-06"), keep="latest", by="Timestamp")


@pytest.mark.parametrize("again", ["001", "1.0", "#1"])
@pytest.mark.parametrize("time", ["yesterday", "2025-01-06"])
def test_a_latest_row_that_cannot_be_told_is_said_where_the_id_is_spelled_otherwise(again: str, time: str) -> None:
    rows = TWICE.format(time, "", "2025-01-06").replace("\n1,mentor,new", f"\n{again},mentor,new")
    roster = one(rows, keep="latest", by="Timestamp")
    assert len(roster.mentors) == 3
    (said,) = roster.issues.loc[roster.issues["reason"].str.contains("signed up several times"), "reason"]
    assert said == "1 person signed up several times, and 'Timestamp' does not tell which was the latest: all rows stay"


def test_rows_without_an_id_or_an_address_are_nobody_s_earlier_sign_up() -> None:
    nobody = TWICE.format("2025-01-05", "", "2025-01-06") + ",mentor,x,2025-01-07\n,mentor,y,2025-01-08\n"
    roster = one(nobody, on_bad_rows="skip", keep="latest", by="Timestamp")
    assert sorted(offered(roster)) == ["new", "x"]
    assert roster.accounts["reason"].str.contains("later sign-up").sum() == 1
    numbered = {"employee_id": {"source": "@row"}, "skills_offered": {"source": "T"}}
    roster = one("role,T\nmentor,2025-01-01\nmentor,2025-01-02\n", keep="latest", by="T", columns=numbered)
    assert len(roster.mentors) == 2


def test_numbered_rows_are_kept_by_the_address() -> None:
    roster = rmatch.read_csv(
        io.StringIO("Email,T\na@x,2025-01-01\nb@x,2025-01-01\nA@X,2025-01-02\n"),
        mentees=io.StringIO("Email,T\nc@x,2025-01-01\n"),
        program=program(
            keep="latest",
            by="T",
            columns={
                "employee_id": {"source": "@row"},
                "skills_offered": {"source": {"mentors": "T"}},
                "skills_wanted": {"source": {"mentees": "T"}},
            },
        ),
    )
    assert list(roster.mentors.index) == ["mentors:3", "mentors:4"]


def test_running_numbers_of_two_forms_are_no_ids() -> None:
    names = ["Ann Lee", "Bo Day", "Cy Orr"]
    mentors = "ID,Full name\n" + "".join(f"{k},{name}\n" for k, name in enumerate(names, start=1))
    strangers = "ID,Full name\n" + "".join(f"{k},Someone {name}\n" for k, name in enumerate("XYZ", start=1))
    staff = [sheet.replace("1,", "E17,").replace("2,", "E5,").replace("3,", "E99,") for sheet in (mentors, strangers)]
    same = "ID,Full name\n" + "".join(
        f"{k},{', '.join(reversed(n.split()))!r}\n".replace("'", '"') for k, n in enumerate(names, start=1)
    )
    columns = {
        "employee_id": {"source": "ID"},
        "skills_offered": {"source": {"mentors": "ID"}},
        "skills_wanted": {"source": {"mentees": "ID"}},
    }
    with refused("3 of 3 ids that this file shares with mentors belong to different people"):
        two(mentors, strangers, columns=columns)
    assert len(two(mentors, same, columns=columns).mentors) == 3
    assert len(two(*staff, columns=columns).mentors) == 3  # ids of people, whose names are warned of
    company = io.StringIO(strangers.replace("ID", "employee_id"))
    with refused("that this file shares with directory belong to different people"):
        rmatch.read_csv(
            io.StringIO(mentors.replace("ID", "employee_id")),
            mentees=io.StringIO("employee_id\n9\n"),
            directory=company,
        )


# ---------------------------------------------------------------- workbooks and pages


def test_a_cover_sheet_is_passed_over_and_a_refusal_names_the_sheets() -> None:
    people = [["employee_id", "role"], ["1", "mentor"], ["2", "mentee"]]
    cover = [["Mentoring 2025"], ["How to read this file"]]
    roster = rmatch.read_excel(sheets(Cover=cover, People=people))
    assert list(roster.accounts["employee_id"]) == ["1", "2"]
    assert len(told(roster, "'People' is read, and not 'Cover'")) == 1
    with refused("This is the sheet 'Cover'; the others are 'More'"):
        rmatch.read_excel(sheets(Cover=cover, More=[["a"], ["b"]]))


def test_title_rows_and_merged_cells_of_a_workbook() -> None:
    def fill(book: object) -> None:
        sheet = book.add_worksheet("People")  # type: ignore[attr-defined]
        texts(
            sheet,
            [
                ["Sign-ups"],
                [],
                ["employee_id", "role", "department"],
                ["1", "mentor", ""],
                ["2", "mentee", ""],
                ["3", "mentee", "IT"],
            ],
        )
        sheet.merge_range(0, 0, 0, 2, "Sign-ups")
        sheet.merge_range(3, 2, 4, 2, "HR")

    roster = rmatch.read_excel(workbook(fill))
    assert [*roster.mentors["department"], *roster.mentees["department"]] == ["HR", "HR", "IT"]
    assert len(told(roster, "1 cells are filled with what the merged cell")) == 1


def test_headers_merged_over_two_rows_are_read_together() -> None:
    def fill(book: object) -> None:
        sheet = book.add_worksheet("People")  # type: ignore[attr-defined]
        texts(
            sheet, [["", "", ""], ["", "", "Offered", "Wanted"], ["1", "mentor", "SQL", ""], ["2", "mentee", "", "SQL"]]
        )
        sheet.merge_range(0, 0, 1, 0, "employee_id")
        sheet.merge_range(0, 1, 1, 1, "role")
        sheet.merge_range(0, 2, 0, 3, "Skills")

    roster = rmatch.read_excel(workbook(fill))
    assert (offered(roster), list(roster.mentees["skills_wanted"])) == (["SQL"], ["SQL"])


@pytest.mark.parametrize("words", [("Yes", "Yes"), ("yes", "no"), ("First choice", "Second choice")])
def test_a_list_of_nothing_but_yes_is_pointed_out(words: tuple[str, str]) -> None:
    roster = one(f"employee_id,role,skills_offered\n1,mentor,{words[0]}\n2,mentor,{words[1]}\n")
    assert list(told(roster, "say whether, and not what")["severity"]) == ["warning"]


def test_text_that_goes_on_far_beyond_an_option_is_no_option() -> None:
    essay = "Excel, " + ", ".join("and so on" for _ in range(30))
    roster = one(
        f'employee_id,role,skills_offered\n1,mentor,"Excel, advanced, SQL"\n2,mentor,"{essay}"\n3,mentee,\n',
        columns={"skills_offered": {"options": ["Excel, advanced"], "split": ","}},
    )
    assert offered(roster) == ["Excel, advanced; SQL", "and so on; Excel"]


def test_a_bracket_that_closes_before_it_opens_is_pointed_out_too() -> None:
    roster = one(
        'employee_id,role,skills_offered\n1,mentor,"basics), R (base, tidy)"\n2,mentee,\n',
        columns={"skills_offered": {"split": ","}},
    )
    assert list(told(roster, "a bracket without its counterpart")["row"]) == [2]


def test_an_error_of_a_spreadsheet_in_a_sensitive_column_is_told_without_its_row() -> None:
    columns = {"gender": {"use": "audit"}, "skills_offered": {"source": "skills_offered"}}
    roster = one("employee_id,role,gender,skills_offered\n1,mentor,#N/A,#REF!\n2,mentee,f,x\n", columns=columns)
    (hidden,) = roster.withheld_issues.itertuples()
    assert hidden.column == "gender"
    assert "holds an error of the spreadsheet" in hidden.reason
    assert "#N/A" not in roster.issues.to_string()
    assert len(told(roster, "1 cell holds an error of the spreadsheet and counts as missing (skills_offered 1)")) == 1


def test_a_column_of_one_s_own_is_a_list_where_it_is_declared_as_one() -> None:
    head = "employee_id,role,skills_offered,Clubs [Chess],Clubs [Go],Tools\n"
    roster = one(
        head + '1,mentor,x,yes,yes,"R, base"\n2,mentee,,,yes,"R, base, SQL"\n',
        columns={"clubs": {"grid": "Clubs [*]"}, "tools": {"source": "Tools", "options": ["R, base"]}},
        limits=[{"kind": "share", "column": column, "differ": False, "least": 0.1} for column in ("clubs", "tools")],
    )
    mentors, mentees = roster.tables()
    assert [mentors["clubs"].of(0), mentees["clubs"].of(0)] == [["Chess", "Go"], ["Go"]]  # type: ignore[union-attr]
    assert [mentors["tools"].of(0), mentees["tools"].of(0)] == [["R, base"], ["R, base", "SQL"]]  # type: ignore[union-attr]
