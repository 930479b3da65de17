"""`rmatch init`: a program drafted from files that people really have is read back, and makes the right plan."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from drafts import Case, files_of, planned
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from workbooks import sheets

import rmatch
from rmatch import cli
from rmatch.program.drafting import CHECK, Files, draft_program
from rmatch.program.drafting._answers import role_of
from rmatch.schema.person import ALIASES, CANONICAL, fold_header
from rmatch.schema.vocabulary import answers, certain, headers

CASES = {
    "a Google form": Case(
        "Timestamp,Email Address,Full name,Are you a mentor or a mentee?,What can you teach?,"
        "What would you like to learn?,Which department do you work in?,Seniority,Gender,Anything else?\n"
        '2025-01-07 09:12:00,ann@x.org,Ann,Mentor (junior),"SQL, Python",,IT,Junior,f,\n'
        '2025-01-07 09:13:00,bo@x.org,Bo,Mentor (junior),"Excel (pivot, charts), Figma",,HR,Associate,m,\n'
        '2025-01-07 10:12:00,cy@x.org,Cy,Mentee (senior),,"SQL, R",Law,Director,f,hi\n'
        '2025-01-07 11:12:00,di@x.org,Di,I want to learn,,"Excel (pivot, charts)",IT,VP,m,\n'
        '2025-01-08 09:12:00,ann@x.org,Ann,Mentor (junior),"SQL, Python, R",,IT,Junior,f,\n',
        (("ann@x.org", "cy@x.org"), ("bo@x.org", "di@x.org")),
        said=('by = "Timestamp"', '"I want to learn" = "mentee"', 'split = ","', "since nobody should be paired by it"),
    ),
    "a German grid": Case(
        "Zeitstempel;E-Mail-Adresse;Vorname;Nachname;Teilnahme als;Das kann ich vermitteln [SQL];"
        "Das kann ich vermitteln [Excel];Das möchte ich lernen [SQL];Das möchte ich lernen [Excel];Entgeltgruppe\n"
        "07.01.2025 09:12;ann@x.org;Ann;Ax;Mentor:in;Ja;;;;E9\n07.01.2025 09:13;bo@x.org;Bo;By;Mentor:in;;Ja;;;E10\n"
        "07.01.2025 09:14;cy@x.org;Cy;Cz;Mentee;;;Ja;;E14\n07.01.2025 09:15;di@x.org;Di;Dx;Mentee;;;;Ja;E13\n",
        (("ann@x.org", "cy@x.org"), ("bo@x.org", "di@x.org")),
        said=(
            'grid = "Das kann ich vermitteln [*]"',
            "'Vorname' and 'Nachname' are joined",
            '"E9",\n    "E10",\n    "E13"',
        ),
    ),
    "two Microsoft forms of anonymous people": Case(
        "ID,Start time,Completion time,Email,Name,Skills you can share\n"
        "1,1/7/2025 9:00,1/7/2025 9:05,anonymous,Ann,SQL;Python;\n2,1/7/2025 9:00,1/7/2025 9:05,anonymous,Bo,Excel;\n",
        (("mentors:2", "mentees:3"), ("mentors:3", "mentees:2")),
        "ID,Start time,Completion time,Email,Name,What do you hope to learn?\n"
        "1,1/7/2025 9:00,1/7/2025 9:05,anonymous,Cy,Excel;\n2,1/7/2025 9:00,1/7/2025 9:05,anonymous,Di,SQL;\n",
        said=('source = "@row"', "the rows are numbered"),
    ),
    "two French sheets with other headers": Case(
        "Matricule;Nom;Prénom;Je peux enseigner;Service\n01;Ax;Ann;SQL;IT\n02;By;Bo;Excel;RH\n",
        (("01", "04"), ("02", "03")),
        "Identifiant salarié;Nom complet;Je souhaite apprendre;Département\n03;Cy;Excel;IT\n04;Di;SQL;IT\n",
        said=('mentors = "Matricule"', 'mentees = "Identifiant salarié"', 'mentors = "Service"'),
    ),
    "a Workday export with title rows and no roles": Case(
        "Mentoring export,,,,,,\n,,,,,,\n"
        "Employee ID,Worker,Worker's Manager,Supervisory Organization,Management Level,Location,Skills\n"
        "0001,Ann,,IT,1,Rome,SQL; Go\n0002,Bo,0003,HR,2,Bonn,Excel\n"
        "0003,Cy,,IT,5,Bonn,SQL\n0004,Di,0003,Law,6,Rome,Go\n",
        (("0001", "0003"), ("0002", "0004")),
        said=(f"{CHECK} Nothing says it. To go by grades", f"{CHECK} grade: 'Management Level'"),
        edits=(
            ("# [roles]", "[roles]"),
            ('# column = "grade"', 'column = "grade"'),
            ("# mentor = {", "mentor = {"),
            ("# mentee = {", "mentee = {"),
        ),
    ),
    "a Spanish form with questions nobody knows": Case(
        "Marca temporal,Correo electrónico,Nombre completo,Quiero participar como,"
        "¿Qué te atreves a enseñar a los demás?,¿Y qué querrías aprender tú?\n"
        "7/1/2025 9:12:00,ann@x.org,Ann,Mentora,SQL; Go,\n7/1/2025 9:13:00,bo@x.org,Bo,Mentora,Excel,\n"
        "7/1/2025 9:14:00,cy@x.org,Cy,Aprendiz,,Excel\n7/1/2025 9:15:00,di@x.org,Di,Aprendiz,,Go\n",
        (("ann@x.org", "di@x.org"), ("bo@x.org", "cy@x.org")),
        said=(f"{CHECK} skills_offered", f"{CHECK} skills_wanted", "Aprendiz = \"mentee\""),
    ),
    "two sheets with one question": Case(
        'Email,Topics\nann@x.org,"Writing (papers, talks)"\nbo@x.org,"Coding, Networking"\n',
        (("ann@x.org", "di@x.org"), ("bo@x.org", "cy@x.org")),
        'Email,Topics\ncy@x.org,"Coding, Networking"\ndi@x.org,"Writing (papers, talks)"\n',
        said=(f"{CHECK} skills_offered: 'Topics'", 'mentors = "Topics"', 'mentees = "Topics"', 'split = ","'),
    ),
    "one sheet with one question": Case(
        "Email,Mentor or mentee?,Skills\nann@x.org,Mentor,SQL\nbo@x.org,Mentor,Go\n"
        "cy@x.org,Mentee,Go\ndi@x.org,Mentee,SQL\n",
        (("ann@x.org", "di@x.org"), ("bo@x.org", "cy@x.org")),
        said=(f"{CHECK} skills_wanted: 'Skills'", "# kind = \"reciprocity\""),
    ),
    "a Dutch export with places": Case(
        "Personeelsnummer,Naam,Ik wil deelnemen als,Kan uitleggen [Go],Kan uitleggen [SQL],Wil leren\n"
        "7,Ann,mentor,First choice,Second choice,\n8,Bo,mentor,,First choice,\n9,Cy,mentee,,,Go\n10,Di,mentee,,,SQL\n",
        (("7", "9"), ("8", "10")),
        said=('"First choice" = 5', '"Second choice" = 4', f"{CHECK} skills_offered: the levels of the places"),
    ),
    "a form with one odd answer in each question": Case(
        "Email,Full name,How would you like to take part?,Can teach,Wants to learn,Line manager,"
        "Anyone you would prefer not to be paired with?\n"
        'ann@x.org,Ann Ax,Be a mentor,"SQL, Go",,Cy Cole,Di Do\nbo@x.org,Bo By,Be a mentor,R; Go,,,\n'
        "cy@x.org,Dr. Cy Cole,To learn,,SQL,,\ndi@x.org,Di Do,To learn,,Go,,\ned@x.org,Ed Er,To learn,,SQL,,\n"
        ",Fay Fu,Be a mentor,SQL,,,\ngil@x.org,Gil Go,Not this year,,,,\nhal@x.org,Hal Hu,Ask me in June,,,,\n"
        "ivy@x.org,Ivy Io,Not this year,,,,\njo@x.org,Jo Ju,Not this year,,,,\n",
        (("ann@x.org", "ed@x.org"), ("bo@x.org", "di@x.org")),
        said=(
            'source = "How would you like to take part?"',
            "mean, with values = { \"…\" = \"mentor\" }: 'Ask me in June'",
            '"Not this year" = "none"', '[columns.avoids]\nsource = [\n    "Anyone you would prefer not',
            '# split = [",", ";"]', "Open: Rows are rejected, such as: the row has no id",
            "Open: [[rules]] outside_reporting_line: it cannot be told who some managers are: 'Cy Cole'",
        ),
        edits=(
            ('# split = [",", ";"]', 'split = [",", ";"]'), ("shared_manager = false", 'unknown = "ignore"'),
        ),
    ),
}  # fmt: skip


def run(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "rmatch", *map(str, words)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.mark.parametrize("name", CASES)
def test_a_draft_is_read_back_and_makes_the_right_plan(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    matching, draft, text = planned(case, tmp_path)
    for words in case.said:
        assert words in text
    assert set(zip(matching.pairs["mentor_id"], matching.pairs["mentee_id"], strict=True)) == set(case.pairs)
    assert bool(draft.open) == bool(case.edits)


@pytest.mark.parametrize("name", CASES)
def test_each_proposal_in_a_comment_is_a_program_of_its_own(name: str, tmp_path: Path) -> None:
    """Whoever removes the marks before a block of lines has TOML that a program may hold."""
    text, _ = draft_program(files_of(CASES[name], tmp_path), "rmatch match")
    blocks = re.findall(r"(?m)^# \[\[(?:criteria|rules|limits)\]\]\n(?:# .*\n)+", text)
    assert len(blocks) >= 4
    for block in blocks:
        given = tomllib.loads(re.sub(r"(?m)^# ", "", block))
        assert rmatch.Program.model_validate(given).model_fields_set == set(given)


def test_the_command_line_writes_a_draft_once_and_says_what_is_open(tmp_path: Path) -> None:
    case = CASES["a Workday export with title rows and no roles"]
    files_of(case, tmp_path)
    done = run("init", "one.csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "Certain: 'Employee ID' is employee_id, 'Worker' is name" in said
    assert "Guessed, please check: 'Management Level' is grade" in said
    assert "Open: Nothing in the file says who teaches and who learns" in said
    assert "Written: program.toml. Settle what is open in it, then: rmatch match one.csv --program" in said
    before = (tmp_path / "program.toml").read_bytes()
    (tmp_path / "program.toml").write_bytes(before + b"# mine\n")
    again = run("init", "one.csv", cwd=tmp_path)
    assert again.returncode == 6
    assert "program.toml exists already" in again.stderr
    assert "--force" in again.stderr
    assert (tmp_path / "program.toml").read_bytes() == before + b"# mine\n"
    assert run("init", "one.csv", "--force", cwd=tmp_path).returncode == 0
    assert (tmp_path / "program.toml").read_bytes() == before
    assert (tmp_path / "one.csv").read_text(encoding="utf-8") == case.first


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["missing.csv"], 3, "missing.csv"),
        (["empty.csv"], 3, "empty.csv"),
        (["one.csv", "--out", "one.csv", "--force"], 6, "is a file that the draft is made from"),
        (["one.csv", "--out", "nowhere/program.toml"], 6, "cannot be written"),
        (["one.csv", "--sheet", "Juniors"], 3, "no file is an Excel workbook"),
    ],
)
def test_bad_input_gives_a_clear_error_and_loses_nothing(
    words: list[str], code: int, said: str, tmp_path: Path
) -> None:
    files_of(CASES["a Google form"], tmp_path)
    (tmp_path / "empty.csv").write_bytes(b"")
    done = run("init", *words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert "unexpectedly" not in done.stderr
    assert (tmp_path / "one.csv").read_text(encoding="utf-8") == CASES["a Google form"].first
    assert not (tmp_path / "program.toml").exists()


def test_the_next_command_takes_the_draft(tmp_path: Path) -> None:
    files_of(CASES["two French sheets with other headers"], tmp_path)
    assert run("init", "one.csv", "--mentees", "two.csv", "--out", "p.toml", cwd=tmp_path).returncode == 0
    done = run("match", "one.csv", "--mentees", "two.csv", "--program", "p.toml", "--out", "pairs", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "2 pairs: all 2 mentors and all 2 mentees have a partner." in done.stdout


def test_who_cannot_match_is_told_of_a_draft(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("Key,Kann\n1,SQL\n", encoding="utf-8")
    done = run("match", "one.csv", "--out", "pairs", cwd=tmp_path)
    assert done.returncode == 3
    assert "`rmatch init` with the same files drafts a program for them." in done.stderr


def test_who_finds_no_skills_is_shown_where_to_name_them(tmp_path: Path) -> None:
    """One edited line, and there is a plan."""
    case = Case("employee_id,role,Zauber\n1,mentor,SQL\n2,mentee,SQL\n", ())
    files = files_of(case, tmp_path)
    text, draft = draft_program(files, "rmatch match")
    assert draft.resolved is None
    assert "what makes a good pair" in draft.open[0]
    for name in ("skills_offered", "skills_wanted"):
        block = f'# [columns.{name}]\n# source = "Zauber"\n'
        assert block in text
        text = text.replace(block, block.replace("# ", ""))
    program = rmatch.Program.model_validate(tomllib.loads(text))
    matching = rmatch.match(rmatch.read_csv(files.source, program=program), program)
    assert matching.pairs["teaches"].tolist() == ["SQL"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            "employee_id,Can teach\n1,SQL\n2,Git\n",
            "The column skills_offered alone does not say what makes a good pair, and no header is certain or likely "
            "to mean skills_wanted",
        ),
        (
            "employee_id,role,Wants to learn\n1,mentor,\n2,mentee,Git\n",
            "The column skills_wanted alone does not say what makes a good pair, and no header is certain or likely "
            "to mean skills_offered",
        ),
        (
            "employee_id,role,Can teach,Wants to learn\n1,mentor,SQL,\n2,mentee,,\n",
            "Nothing says yet what makes a good pair: the mentors have no answers in skills_offered, or",
        ),
    ],
)
def test_who_has_half_of_what_says_a_good_pair_is_told_which_half_is_lacking(
    rows: str, said: str, tmp_path: Path
) -> None:
    _, draft = draft_program(files_of(Case(rows, ()), tmp_path), "rmatch match")
    assert draft.resolved is None
    assert draft.open[-1].startswith(said)


def test_a_workbook_with_a_cover_sheet_is_drafted_from(tmp_path: Path) -> None:
    people = "Your name,E-mail,I want to be a,Areas of expertise,I'd like to learn\n"
    people += "Ann,ann@x.org,mentor,SQL,\nBo,bo@x.org,mentee,,SQL\n"
    rows = [line.split(",") for line in people.splitlines()]
    path = tmp_path / "signup.xlsx"
    path.write_bytes(sheets(About=[["Welcome"]], People=rows).getvalue())
    text, draft = draft_program(Files(path), "rmatch match")
    assert not draft.open
    assert 'source = "Areas of expertise"' in text


def test_headers_cannot_break_out_of_their_comments(tmp_path: Path) -> None:
    header = 'x\n[[limits]]\nkind = "total_pairs"\nmost = 0'
    quoted = header.replace('"', '""')
    (tmp_path / "one.csv").write_text(
        f'employee_id,role,skills_offered,skills_wanted,"{quoted}","Skills you ""share""\n[seed]"\n'
        "1,mentor,SQL,,a,b\n2,mentee,,SQL,a,b\n",
        encoding="utf-8",
    )
    text, draft = draft_program(Files(tmp_path / "one.csv"), "rmatch match 'a\nb'")
    assert header in draft.unread
    assert rmatch.Program.model_validate(tomllib.loads(text)).limits == ()


@pytest.mark.parametrize(
    ("answer", "role"),
    [
        ("Mentor (junior)", "mentor"), ("Mentor:in", "mentor"), ("I want to teach", "mentor"),
        ("Ich möchte lernen", "mentee"),
        ("Mentoré(e)", "mentee"), ("Mentee – senior leader", "mentee"),
        ("Both!", "both"), ("Mentor und Mentee", "both"),
        ("Les deux", "both"), ("No thanks", "none"), ("Nein", "none"), ("Mentor (senior)", ""), ("Junior mentee", ""),
        ("Perhaps", ""), ("mentor", ""), ("Mentorizado", "mentee"), ("Ambos", "both"),
    ],
)  # fmt: skip
def test_what_an_answer_means_is_told_or_left_open(answer: str, role: str) -> None:
    assert role_of(answer) == role


def test_the_vocabulary_holds_known_columns_once_each() -> None:
    every = headers()
    assert {each.column for each in every} <= set(CANONICAL)
    assert all(each.folded for each in every)
    plain = [each.folded for each in every if not each.within]
    assert len(plain) == len(set(plain))
    assert not set(plain) & set(ALIASES)
    assert not any(each.within and each.sure for each in every)
    for language in ("German", "French", "Spanish", "Dutch", "Portuguese", "Japanese"):
        known = {each.column for each in every if each.known_from == language and each.sure}
        assert {"employee_id", "name", "email", "role", "department", "skills_offered", "skills_wanted"} <= known
    assert all(len(ladder["order"]) > 2 for ladder in answers()["ladders"])


@pytest.mark.parametrize("header", sorted(certain()))
def test_a_certain_header_is_read_and_said_without_a_program(header: str) -> None:
    known = certain()[header]
    wanted = known.column
    own = {"employee_id": "1", "role": "mentor"}.get(wanted, "3" if wanted in ("capacity", "grade") else "Bo Bix")
    if wanted == "timezone":
        own = "Europe/Berlin"
    if wanted == "availability":
        own = "Mon 09:00-11:00"
    records = [{"employee_id": "1", "role": "mentor"}, {"employee_id": "2", "role": "mentee"}]
    for record in records:
        record.pop(wanted, None)
    records = [
        record | {known.header: own if k == 0 or wanted != "employee_id" else "2"} for k, record in enumerate(records)
    ]
    roster = rmatch.from_records(records)
    assert f"{known.header!r} read as {wanted}" in roster.summary()


FORMS = {
    "German": "Zeitstempel,E-Mail-Adresse,Vor- und Nachname,Rolle,Was kann ich anbieten?,Was möchte ich lernen?",
    "Spanish": "Marca temporal,Correo electrónico,Nombre y apellidos,Rol,¿Qué puedes enseñar?,¿Qué quieres aprender?",
    "French": "Horodateur,Adresse e-mail,Nom et prénom,Rôle,Que pouvez-vous enseigner ?,Que souhaitez-vous apprendre ?",
    "Dutch": "Tijdstempel,E-mailadres,Naam,Rol,Wat kan ik aanbieden?,Wat wil ik leren?",
    "Portuguese": "Hora de início,Endereço de e-mail,Nome completo,Papel no programa,Posso ensinar,Quero aprender",
    "Japanese": "タイムスタンプ,メールアドレス,氏名,役割,教えられること,学びたいこと",
}
ANSWERS = {
    "Spanish": ("Mentor", "Mentorizado"),
    "French": ("Mentor", "Mentoré"),
    "Portuguese": ("Mentora", "Mentorada"),
}
ANSWERS |= {"Japanese": ("メンター", "メンティー")}


@pytest.mark.parametrize("language", FORMS)
def test_a_form_in_any_of_the_languages_is_read_by_init_and_nothing_else(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    junior, senior = ANSWERS.get(language, ("Mentor", "Mentee"))
    skills = ["SQL", "Excel", "Go"]
    rows = [f"2025-01-01,j{k}@x.org,Jo {k},{junior},{skill}," for k, skill in enumerate(skills)]
    rows += [f"2025-01-02,s{k}@x.org,Si {k},{senior},,{skill}" for k, skill in enumerate(reversed(skills))]
    rows.append(rows[0].replace("2025-01-01", "2024-12-01").replace("SQL", "Excel"))  # an earlier sign-up
    Path("form.csv").write_text("\n".join([FORMS[language], *rows]), encoding="utf-8")
    assert cli.main(["init", "form.csv", "--out", "form.toml"]) == 0
    assert cli.main(["match", "form.csv", "--program", "form.toml", "--out", "plan"]) == 0
    pairs = pd.read_csv("plan/pairs.csv", encoding="utf-8-sig")
    assert set(zip(pairs["mentor_name"], pairs["mentee_name"], strict=True)) == {
        (f"Jo {k}", f"Si {2 - k}") for k in range(3)
    }
    assert sorted(pairs["teaches"]) == sorted(skills)


def test_two_certain_headers_of_one_column_are_said_and_not_read() -> None:
    record = {"employee_id": "1", "role": "mentor", "Abteilung": "IT", "Organisationseinheit": "HR"}
    roster = rmatch.from_records([record, record | {"employee_id": "2", "role": "mentee"}])
    found = roster.issues[roster.issues["column"] == "department"]
    assert found["severity"].tolist() == ["info"]
    assert "none is read as it: 'Abteilung', 'Organisationseinheit'" in found["reason"].iloc[0]
    assert 'source = "Abteilung"' in found["remedy"].iloc[0]
    assert "department" not in roster.mentors.columns


def test_a_withheld_column_is_withheld_under_any_header() -> None:
    program = rmatch.Program.model_validate(
        {
            "columns": {"tenure_band": {"use": "audit", "sensitive": True}},
            "criteria": [{"kind": "skills", "weight": 1}],
            "rules": [],
        }
    )
    record = {
        "employee_id": "1",
        "role": "mentor",
        "skills_offered": "SQL",
        "skills_wanted": "",
        "Betriebszugehörigkeit": "9",
    }
    other = {**record, "employee_id": "2", "role": "mentee", "skills_offered": "", "skills_wanted": "SQL"}
    roster = rmatch.from_records([record, other], program=program)
    assert "tenure_band" not in roster.mentors.columns
    assert fold_header("Betriebszugehörigkeit") not in {fold_header(each) for each in roster.mentors.columns}


WORDS = st.sampled_from(
    ["Topics", "Skills", "ID", "Email", "Vorname", "Nachname", "Rolle", "Grade", "Stufe", "employee_id", "Teach [SQL]",
     "Teach [Go]", "Teach [*]", "I want to learn/SQL", "I want to learn/Go", "Timestamp", "Gender", "mentor", "mentee",
     "Yes", "First choice", "1", "007", "a@x.org", "anonymous", "SQL; Go", "SQL, Go", "Band 7", "Band 6", "Senior", "",
     "'", '"""', "# [x]", "\\", "\u2028", "é", "=1+1", "<b>", "Mentor (senior)", "prefer not to say"]
)  # fmt: skip


@given(table=st.lists(st.lists(WORDS | st.text(max_size=8), min_size=4, max_size=4), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_cells_are_the_draft_is_a_program_or_the_file_is_refused(
    table: list[list[str]], tmp_path: Path
) -> None:
    out = io.StringIO()
    csv.writer(out).writerows(table)
    path = tmp_path / "any.csv"
    path.write_text(out.getvalue(), encoding="utf-8", errors="replace", newline="")
    try:
        text, draft = draft_program(Files(path), "rmatch match any.csv")
    except rmatch.RosterError:
        return
    program = rmatch.Program.model_validate(tomllib.loads(text))
    assert set(program.columns) <= set(CANONICAL)
    if draft.roster is not None:
        assert len(draft.roster.accounts) >= 1
