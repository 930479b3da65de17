"""`rmatch init` on sign-up sheets whose headers nobody knows: the answers say what they are about."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from drafts import Case, files_of, planned

import rmatch
from rmatch.program.drafting import CHECK, Files, draft_program
from rmatch.program.drafting._answers import hours_of
from rmatch.program.drafting._asked import _asks_for
from rmatch.program.drafting._content import separator_of

FREE = '# [[rules]]\n# kind = "shares"\n# column = "availability"'
CASES = {
    "one question on two sheets, as a list with commas": Case(
        'Mail,Which crafts have you done?\nan@x.org,"Pottery, Weaving"\nbe@x.org,"Carving, Pottery"\nce@x.org,Glass\n',
        (("an@x.org", "e@x.org"), ("be@x.org", "f@x.org"), ("ce@x.org", "g@x.org")),
        'Mail,Pastimes\ne@x.org,"Weaving, Pottery"\nf@x.org,"Carving, Knitting"\ng@x.org,"Glass, Knitting"\n',
        said=(f"{CHECK} pastimes on the sheet of mentors: 'Which crafts have you done?'", 'kind = "similarity"'),
    ),
    "what is taught and what is wanted, in three questions": Case(
        'Mail,Which dances would you teach?\nan@x.org,"Tango, Waltz"\nbe@x.org,"Salsa, Swing"\n',
        (("an@x.org", "f@x.org"), ("be@x.org", "e@x.org")),
        "Mail,Dance (First Choice),Level,Dance (Second Choice),Level\ne@x.org,Swing,1,Salsa,2\nf@x.org,Waltz,1,,\n",
        said=(f"{CHECK} skills_wanted: 'Dance (First Choice)', 'Dance (Second Choice)'", "[[criteria]]"),
    ),
    "what one sheet asks item by item, and the other as a list": Case(
        "Mail,Areas you would like to mentor in\nan@x.org,Budget; Law;\nbe@x.org,Design; Sales;\nce@x.org,Ethics;\n",
        (("an@x.org", "g@x.org"), ("be@x.org", "f@x.org"), ("ce@x.org", "e@x.org")),
        "Mail,Budget,Law,Design,Sales,Ethics,Travel\ne@x.org,6,4,2,3,1,5\nf@x.org,6,5,1,2,4,3\ng@x.org,1,2,6,5,4,3\n",
        said=("[columns.skills_wanted.chosen]\n1 = 5\n2 = 4\n3 = 3\n4 = 0", 'mentees = [\n    "Budget",'),
    ),
    "ticks below items, on both sheets": Case(
        "Name,Jazz,Opera,Folk,Paid?\nAn,1,0,1,Yes\nBe,0,1,0,Yes\n",
        (("mentors:2", "mentees:3"), ("mentors:3", "mentees:2")),
        "Name,Jazz,Opera,Folk,Paid?\nE,0,1,0,No\nF,1,0,1,No\n",
        said=(f"{CHECK} interests on the sheet of mentors: 'Jazz', 'Opera', 'Folk', the same",),
        unsaid=('"Paid?",',),
    ),
    "a plain attribute, where there is nothing else": Case(
        "Mail,Home country\nan@x.org,Chile\nbe@x.org,Ghana\nce@x.org,Chile\n",
        (("an@x.org", "f@x.org"), ("be@x.org", "e@x.org")),
        "Mail,Country of origin\ne@x.org,Ghana\nf@x.org,Chile\n",
        said=('column = "country_origin"',),
    ),
    "ranked choices in several questions, with names joined on one side": Case(
        "First name,Last name,Email,How many students would you help?\nAn,Ax,an@x.org,Up to two\nBe,By,be@x.org,1\n",
        (("an@x.org", "e@x.org"), ("an@x.org", "f@x.org"), ("be@x.org", "g@x.org")),
        "Your full name,Email,My first choice is:,My second choice is:\nE,e@x.org,An Ax,\nF,f@x.org,an ax,Be By\n"
        "G,g@x.org,Be By,An Ax\n",
        said=('kind = "wishes"', '"My first choice is:",\n    "My second choice is:"', '"Up to two" = 2'),
    ),
    "a wish about the other": Case(
        "Email,Site,Preferred site of the mentee\nan@x.org,Oslo,Any\nbe@x.org,Bern,Bern\nce@x.org,Rome,Egal\n",
        (("an@x.org", "e@x.org"), ("be@x.org", "f@x.org"), ("ce@x.org", "g@x.org")),
        "Email,Site,Preferred site of the mentor\ne@x.org,Oslo,Oslo\nf@x.org,Bern,No preference\ng@x.org,Rome,Rome\n",
        said=('kind = "accepts"', 'side = "both"', '"egal"'),
    ),
    "a wish about the other's answer that nobody is asked for elsewhere": Case(
        "Email,Gender,Preferred mentee gender\nan@x.org,Woman,No preference\nbe@x.org,Man,No preference\n",
        (("an@x.org", "f@x.org"), ("be@x.org", "e@x.org")),
        "Email,Gender,Preferred mentor gender\ne@x.org,Woman,No preference\nf@x.org,Woman,Woman\n",
        said=('of = "gender"', "people of the other side say what they want of it"),
        unsaid=('kind = "similarity"',),
    ),
    "two questions for the role": Case(
        "Email,Would you like to be a mentor?,Would you like to have a mentor?,Can teach,Wants to learn\n"
        'an@x.org,"Yes, gladly",No,SQL,\nbe@x.org,Yes,Yes,Go,SQL\nce@x.org,No,Yes,,Go\ndi@x.org,No,,,\n',
        (("an@x.org", "be@x.org"), ("be@x.org", "ce@x.org")),
        said=(f"{CHECK} role: 'Would you like to be a mentor?', 'Would you like to have a mentor?'",),
    ),
    "times day by day, in words": Case(
        'Email,Can teach,Monday,Friday\nan@x.org,SQL,"Mornings, After 6pm",\nbe@x.org,SQL,,9am-11am\n',
        (("an@x.org", "e@x.org"), ("be@x.org", "f@x.org")),
        "Email,Wants to learn,Monday,Friday\ne@x.org,SQL,After 6pm,No\nf@x.org,SQL,,Mornings\n",
        said=('"After 6pm" = "6pm-8pm"', 'Mornings = "09:00-12:00"', "# CHECK availability: the hours"),
        edits=((FREE, FREE.replace("# ", "")),),
    ),
    "names as ids where families share an address": Case(
        "Email,Name,Can teach\nan@x.org,An,Flute\nbe@x.org,Be,Piano\n",
        (("an@x.org", "Max Lo"), ("be@x.org", "Mia Lo")),
        "Timestamp,Email,Student's name,Wants to learn\n"
        "1,lo@x.org,Mia Lo,Piano\n2,lo@x.org,Max Lo,Flute\n",
        said=("people of several names give one e-mail address",),
    ),
    "addresses below a remark, beside an empty column of the form": Case(
        "ID,Email,Name,First name,Last name,Email address (work),Can teach\n1,anonymous,,An,Ax,an@x.org,SQL; Go\n"
        "2,anonymous,,Be,By,be@x.org,Law\n",
        (("an@x.org", "e@x.org"), ("be@x.org", "f@x.org")),
        "ID,Email,Name,First name,Last name,Email address (work),Wants to learn\n1,anonymous,,E,Ex,e@x.org,Go\n"
        "2,anonymous,,F,Fy,f@x.org,Law\n",
        said=('source = "Email address (work)"', '"First name",\n    "Last name"'),
    ),
    "managers by an address that stands below a header of no list": Case(
        "Emp ID,Role,Reports to,Bâtiment,Reach me under,Can teach,Wants to learn\n1,Mentor,ef@x.org,C,an@x.org,Go,\n"
        "2,Mentor,,D,be@x.org,Go,\n3,Mentee,,C,ef@x.org,,Go\n4,Mentee,,D,ed@x.org,,Go\n",
        (("1", "4"), ("2", "3")),
        said=(f"{CHECK} email: 'Reach me under', nearly every row has another", f"{CHECK} location: 'Bâtiment'"),
    ),
    "answers that say there is none, and languages of machines": Case(
        "Email,Tech stack,Known languages\nan@x.org,None,Python\nbe@x.org,Web,Rust\n",
        (("be@x.org", "e@x.org"), ("an@x.org", "f@x.org")),
        "Email,Tech stack,Known languages\ne@x.org,Web,Python\nf@x.org,None,Rust\n",
        said=('na = [\n    "None",\n]',),
        unsaid=("[columns.languages]",),
    ),
    "ticks that repeat their header, in a second row of headers": Case(
        "Respondent ID,Email Address,What can you teach?,,\n,,Juggling,Chess,Other (please say)\n"
        "71,an@x.org,,Chess,\n72,be@x.org,Juggling,,\n73,ce@x.org,,,Whist\n",
        (("be@x.org", "e@x.org"), ("an@x.org", "f@x.org"), ("ce@x.org", "g@x.org")),
        "Respondent ID,Email Address,What do you want to learn?,,\n,,Juggling,Chess,Whist\n"
        "81,e@x.org,Juggling,,\n82,f@x.org,,Chess,Whist\n83,g@x.org,,,Whist\n",
        said=("'What can you teach? [Juggling]', 'What can you teach? [Chess]',",),
    ),
    "ticks that repeat their header, on one sheet with semicolons": Case(
        "Email;Role;I can teach - Yoga;I can teach - Tai Chi;I want to learn - Yoga;I want to learn - Tai Chi\n"
        "an@x.org;Mentor;;Tai Chi;;\nbe@x.org;Mentor;YOGA;;;\ne@x.org;Mentee;;;Yoga;\nf@x.org;Mentee;;;;tai chi\n",
        (("be@x.org", "e@x.org"), ("an@x.org", "f@x.org")),
        said=("'I can teach - Yoga', 'I can teach - Tai Chi'",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_draft_by_answers_makes_the_right_plan(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    matching, draft, text = planned(case, tmp_path)
    for words in case.said:
        assert words in text
    assert not any(words in text for words in case.unsaid)
    assert set(zip(matching.pairs["mentor_id"], matching.pairs["mentee_id"], strict=True)) == set(case.pairs)
    assert not draft.open


def test_nobody_is_paired_by_what_answers_tell_unasked(tmp_path: Path) -> None:
    case = Case(
        "Email,Describe yourself\nan@x.org,White\nbe@x.org,Asian\n",
        (),
        "Email,How do you describe yourself?\ne@x.org,Asian\nf@x.org,White\n",
    )
    text, draft = draft_program(files_of(case, tmp_path), "rmatch match")
    assert "similarity" not in text
    assert draft.sensitive == ["Describe yourself", "How do you describe yourself?"]


def test_places_of_one_part_are_no_lists(tmp_path: Path) -> None:
    one = 'Email,Where from?\nan@x.org,"Riga, Latvia"\nbe@x.org,"Oslo, Norway"\n'
    two = 'Email,Home town\ne@x.org,"Oslo, Norway"\nf@x.org,"Riga, Latvia"\n'
    text, _ = draft_program(files_of(Case(one, (), two), tmp_path), "rmatch match")
    assert "[columns.home_town" in text
    assert 'split = ","' not in text


def test_mentors_who_are_too_few_are_told_with_one_line_to_change(tmp_path: Path) -> None:
    one, two = "Email,Can teach\na@x.org,SQL\n", "Email,Wants to learn\nd@x.org,SQL\ne@x.org,SQL\nf@x.org,SQL\n"
    line = 'limits = [{ kind = "capacity", mentors = 3 }]'
    matching, _, _ = planned(Case(one, (), two, edits=((f"# {line}", line),)), tmp_path)
    assert len(matching.pairs) == 3


def test_how_many_partners_is_read_out_of_sentences_and_a_no_is_none(tmp_path: Path) -> None:
    one = (
        "Email,Can teach,How many students?\n"
        'a@x.org,SQL,"No, not now"\nb@x.org,SQL,2 or 3 people\nc@x.org,Go,Whatever\n'
    )
    two = "Email,Wants to learn\nd@x.org,SQL\ne@x.org,SQL\nf@x.org,Go\n"
    matching, draft, _ = planned(Case(one, (), two), tmp_path)
    assert set(matching.pairs["mentor_id"]) == {"b@x.org", "c@x.org"}
    column = draft.column("capacity")
    assert column is not None
    assert column.keys["values"] == {"No, not now": 0, "2 or 3 people": 3}
    assert "'Whatever'" in column.settings.checks[-1]


@pytest.mark.parametrize(
    ("cells", "mark"),
    [
        (("a; b", "c, d"), ""),
        (("a, b", "c"), ","),
        (("Talks (short, long)", "Law"), ""),
        (("法律、艺术", "法律"), "、"),
        (("sing-dance", "dance-cook-sing", "cook"), "-"),
        (("full-time", "part-time"), ""),
        (("art/law", "law/art/wine", "wine/art"), "/"),
    ],
)
def test_what_separates_items_is_seen_by_the_items(cells: tuple[str, ...], mark: str) -> None:
    assert separator_of(cells) == mark


def test_a_role_is_told_by_the_answers_and_ranks_by_the_headers(tmp_path: Path) -> None:
    form = (
        "Email,How would you like to join us?,Your hobbies [First],Your hobbies [Second]\n"
        "a@x.org,I want to be a buddy!,Chess,Tennis\nb@x.org,I want to be a buddy!,Opera,Chess\n"
        "c@x.org,I am seeking a buddy,Opera,Chess\nd@x.org,I am seeking a buddy,Tennis,\n"
    )
    matching, _, _ = planned(Case(form, ()), tmp_path)
    assert set(matching.pair_ids) == {("a@x.org", "d@x.org"), ("b@x.org", "c@x.org")}


def test_an_id_that_only_one_sheet_has_gives_way_to_addresses(tmp_path: Path) -> None:
    one = "Employee ID,Email,Can teach\n07,a@x.org,SQL\n08,b@x.org,Go\n"
    two = "Email,Wants to learn\nd@x.org,SQL\ne@x.org,Go\n"
    matching, _, text = planned(Case(one, (), two), tmp_path)
    assert "only one of the sheets has other ids" in text
    assert set(matching.pairs["mentor_id"]) == {"a@x.org", "b@x.org"}


def test_running_numbers_of_two_forms_are_no_ids_but_keys_of_people_are(tmp_path: Path) -> None:
    for ids, taken in ((("1", "2", "1", "2"), False), (("k7", "q2", "z9", "m4"), True)):
        one = f"Member ID,Can teach\n{ids[0]},SQL\n{ids[1]},Go\n"
        two = f"Member ID,Wants to learn\n{ids[2]},Go\n{ids[3]},SQL\n"
        matching, _, _ = planned(Case(one, (), two), tmp_path)
        assert (ids[0] in set(matching.pairs["mentor_id"])) == taken


@pytest.mark.parametrize(
    ("header", "role"),
    [
        ("Do you want to be a mentor?", "mentor"),
        ("Are you interested in becoming a mentor?", "mentor"),
        ("Would you like a mentee?", "mentor"),
        ("Do you want a mentor?", "mentee"),
        ("Are you looking for a mentor?", "mentee"),
        ("I would like to be mentored", "mentee"),
        ("Möchtest du Mentor:in sein?", "mentor"),
        ("Möchten Sie eine Mentorin haben?", "mentee"),
        ("Souhaitez-vous être mentor ?", "mentor"),
        ("Souhaitez-vous avoir un mentor ?", "mentee"),
        ("¿Quieres ser mentora?", "mentor"),
        ("¿Te gustaría tener un mentor?", "mentee"),
        ("Wil je mentor zijn?", "mentor"),
        ("Wil je een mentor hebben?", "mentee"),
        ("Have you attended a kick-off?", ""),
        ("Mentor's department", ""),
    ],
)
def test_a_question_asks_for_a_role_or_for_none(header: str, role: str) -> None:
    assert _asks_for(header) == role


@pytest.mark.parametrize(
    ("answer", "hours"),
    [
        ("Mornings", "Mon-Fri 09:00-12:00"),
        ("Monday afternoons", "Mon 13:00-17:00"),
        ("Weekend evenings", "Sat-Sun 17:00-20:00"),
        ("vormittags", "Mon-Fri 09:00-12:00"),
        ("Dienstag abends", "Tue 17:00-20:00"),
        ("le matin", "Mon-Fri 09:00-12:00"),
        ("por las tardes", "Mon-Fri 13:00-17:00"),
        ("'s avonds", "Mon-Fri 17:00-20:00"),
        ("after 4pm", "Mon-Fri 4pm-8pm"),
        ("Before 10:30am", "Mon-Fri 8am-10:30am"),
        ("Mornings (8-11)", "Mon-Fri 8-11"),
        ("whenever you like, really", "Mon-Fri 09:00-17:00"),
        ("it depends", ""),
    ],
)
def test_words_for_times_are_proposed_as_hours_that_can_be_read(answer: str, hours: str) -> None:
    commas, values, left = hours_of([answer], by_day=False)
    assert not commas
    assert (values, left) == (({answer: hours}, []) if hours else ({}, [answer]))
    if hours:
        given = [{"id": "1", "role": "mentor", "availability": hours}]
        assert rmatch.from_records([{"employee_id": "1", **given[0]}]).mentors["availability"].iloc[0]


FRENCH = "Matricule;Nom complet;Rôle;{};Niveau;Compétences proposées;Compétences souhaitées\n"
STAFF = (
    "01;Léa Brun;mentor;{0};1,0;SQL;\n02;Zoé Roux;mentee;;4,0;;SQL\n03;Guy Noir;mentor;{0};2,0;SQL;\n"
    "04;Eve Gris;mentee;{0};4,0;;SQL\n05;Luc Vert;mentor;{1};1,0;SQL;\n"
)


@pytest.mark.parametrize("header", ["Responsable", "Chef", "Rattaché à"])
def test_managers_by_full_name_and_grades_with_a_comma_are_drafted(header: str, tmp_path: Path) -> None:
    path = tmp_path / "personnel.csv"
    path.write_text(FRENCH.format(header) + STAFF.format("Zoé Roux", "Eve Gris"), encoding="utf-8")
    text, _ = draft_program(Files(path), "rmatch")
    assert f"{CHECK} manager_id: '{header}'" in text
    assert f"{CHECK} grade: 'Niveau'" in text
    assert '\n[[rules]]\nkind = "outside_reporting_line"' in text
    assert '\n[[rules]]\nkind = "grade_gap"' in text
    program = rmatch.Program.model_validate(tomllib.loads(text))
    roster = rmatch.read_csv(path, program=program)
    assert roster.issues.empty or not (roster.issues["severity"] == "warning").any()
    pairs = rmatch.match(roster, program).pairs
    assert {*zip(pairs["mentor_id"], pairs["mentee_id"], strict=True)} <= {("01", "04"), ("03", "04"), ("05", "02")}


@pytest.mark.parametrize("cells", [("oui", "non"), ("Groupe A", "Groupe B")])
def test_what_names_nobody_is_drafted_as_no_manager(cells: tuple[str, str], tmp_path: Path) -> None:
    path = tmp_path / "personnel.csv"
    path.write_text(FRENCH.format("Responsable" if "oui" in cells else "Équipe B") + STAFF.format(*cells), "utf-8")
    assert "manager_id:" not in draft_program(Files(path), "rmatch")[0]


def test_grades_without_an_order_name_the_rule_to_switch_on(tmp_path: Path) -> None:
    path = tmp_path / "personnel.csv"
    text = (FRENCH.format("Chef") + STAFF.format("", "")).replace("4,0", "cadre").replace("1,0", "employé")
    path.write_text(text.replace("2,0", "agent"), encoding="utf-8")
    drafted = " ".join(draft_program(Files(path), "rmatch")[0].replace("\n#", "").split())
    assert "remove the `#`; remove those of the rule `grade_gap` below as well" in drafted
