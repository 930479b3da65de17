"""Cautions: what a plan is to be used with care for, held against people of whom it is true and of whom it is not."""

from __future__ import annotations

import pandas as pd
import pytest

import rmatch
from rmatch.criteria import Department, Skills
from rmatch.limits import Share
from rmatch.schema.vocabulary import asks_sensitive


def people(mentors: int, mentees: int, **columns: object) -> pd.DataFrame:
    """Mentors who teach SQL to mentees who want it, with columns by number of the row."""
    number = mentors + mentees
    rows = {
        "employee_id": [f"p{k:02}" for k in range(number)],
        "role": ["mentor"] * mentors + ["mentee"] * mentees,
        "skills_offered": ["SQL" if k % 3 else "Go" for k in range(mentors)] + [""] * mentees,
        "skills_wanted": [""] * mentors + ["SQL"] * mentees,
    }
    return pd.DataFrame(rows | {name: [of(k) for k in range(number)] for name, of in columns.items()})  # type: ignore[operator]


def cautions(frame: pd.DataFrame, program: rmatch.Program | None = None) -> list[tuple[str, int]]:
    matching = rmatch.match(rmatch.from_frame(frame, program=program), program)
    told = matching.cautions
    assert list(told.columns) == ["what", "number", "which", "remedy"]
    assert len(told) <= 5
    assert all(told["remedy"])
    assert [line.startswith("Caution: ") for line in matching.summary().splitlines()].count(True) == len(told)
    return list(zip(told["what"], told["number"], strict=True))


def test_a_plan_with_nothing_against_it_has_no_cautions() -> None:
    frame = people(4, 2)
    assert cautions(frame) == []
    matching = rmatch.match(rmatch.from_frame(frame))
    assert matching.cautions["number"].dtype == "int64"


def test_a_share_that_typing_slips_could_prove_has_a_caution_before_all_others() -> None:
    def department(k: int) -> str:
        return "Human Resources" if k < 8 else "Human Ressources"

    frame = people(8, 8, department=department, capacity=lambda k: "x" if k in (3, 5) else "")
    program = rmatch.Program(limits=(Share("department", least=1.0),))
    told = cautions(frame, program)
    assert "may be one label in two spellings" in told[0][0]
    assert told[1][0].startswith("capacity: ")
    assert told[1][1] == 2
    matching = rmatch.match(rmatch.from_frame(frame, program=program), program)
    assert "Human Ressources" in matching.cautions["which"][0]
    assert matching.status is rmatch.Status.OPTIMAL
    without = cautions(frame)  # the default program compares departments: they count, after what was misread
    assert [what.partition(" ")[0] for what, _ in without][:2] == ["capacity:", "the"]
    clean = frame.assign(department=["Law" if k < 8 else "Sales" for k in range(16)])
    assert not any("spellings" in what for what, _ in cautions(clean, program))


@pytest.mark.parametrize(
    ("header", "source", "said"),
    [
        ("Gender", None, True),
        ("date of birth", None, True),
        ("Geschlecht", "group", True),
        ("Behinderung", ["Behinderung"], True),
        ("Floor", "Floor", False),
    ],
)
def test_a_column_that_seems_sensitive_and_is_not_declared_has_one(header: str, source: object, said: bool) -> None:
    name = header if source is None else "group"
    frame = people(4, 2, **{header: lambda k: "ab"[k % 2]})
    columns = {} if source is None else {name: {"source": header if source == "group" else source}}
    for element in (
        {"rules": [{"kind": "same", "column": name}]},
        {"criteria": [{"kind": "skills"}, {"kind": "similarity", "column": name}]},
        {"limits": [{"kind": "group", "side": "mentor", "column": name, "value": "a", "least": 1}]},
    ):
        program = rmatch.Program.model_validate({"columns": columns, **element})
        roster = rmatch.from_frame(frame, program=program)
        told = [what for what in rmatch.match(roster, program).cautions["what"] if "seems to be sensitive" in what]
        assert told == [f"{name} seems to be sensitive, is not declared so, and may decide who gets a partner"] * said
    frame = frame.assign(consent="yes", other="x")
    declared = {"use": "score", "sensitive": True, "consent": "consent", "purpose": "p", "source": header}
    criteria = [{"kind": "skills"}, {"kind": "similarity", "column": "own", "weight": 0.5}]
    program = rmatch.Program.model_validate({"columns": {"own": declared}, "criteria": criteria})
    assert not any("sensitive" in what for what, _ in cautions(frame, program))
    assert not any("sensitive" in what for what, _ in cautions(frame.drop(columns=["consent", "other"])))


SENSITIVE = """
age; Alter; âge; Edad; leeftijd; idade; ageGroup; age_band_2; Tranche d'âge; DOB; dateOfBirth; birth_year;
Geburtsjahr; Date de naissance; ano de nascimento; Nationality; Staatsangehörigkeit; nacionalidad; marital_status;
MaritalStatus; Familienstand; état civil; trade_union; Trade-Union-Member; Gewerkschaft; vakbond; Konfession; faith;
religious beliefs; Herkunft; Gesundheit; health_status; pregnancy; veteran_status; political_party; caste;
Skin Colour; genero; GÊNERO; Geschlecht (m/w/d); Gender / Geschlecht / Genre; Race/Ethnicity; genderIdentity;
Gender (self-described); Sexo; raça; annual salary; Gehalt; LGBTQ+; Disabled?; 您的性别; 国籍; 생년월일;
How would you describe your gender at work?; What is your age?; Do you have a disability that we should plan for?
"""
HARMLESS = """
Sussex; Essex; middlesex; sexton; sextant; unisex; trace_id; terrace; horse_race; race_team; race_day; grace;
embrace; Tracey; orientation_week; orientation; religious_studies_skill; Religionsunterricht; gender_studies;
health_tech; healthcare_division; health_and_safety_training; ethnic_marketing; disability_insurance_team; stage;
page; language; birth_control_project; faithful; age_of_company; Gesundheitsmanagement; alter_ego; genre_of_music;
union_square; party_planning; status; Country of origin; Which gender studies topics can you teach?; group; of; 2;
How many years of experience do you have in health care?; What do you want to learn about religion and belief?
"""


@pytest.mark.parametrize("header", [each.strip() for each in SENSITIVE.split(";")])
def test_a_header_asks_for_what_is_sensitive_in_whole_words_of_any_language(header: str) -> None:
    assert asks_sensitive(header)
    assert asks_sensitive(header.upper()) or header != header.lower()


@pytest.mark.parametrize("header", [each.strip() for each in HARMLESS.split(";")])
def test_a_header_that_holds_such_letters_asks_for_nothing_sensitive(header: str) -> None:
    assert not asks_sensitive(header)


@pytest.mark.parametrize(("name", "said"), [("Ann Lee", True), ("ANN  LEE", True), ("Ann Leigh", False), ("", False)])
def test_a_pair_of_one_name_may_be_one_person_under_two_ids(name: str, said: bool) -> None:
    frame = people(1, 1, name=lambda k: name if k else "Ann Lee" * bool(name))
    told = cautions(frame)
    assert any("two people of one name" in what for what, _ in told) == said
    numbered = rmatch.Program(columns={"employee_id": {"source": "@row"}})
    assert any("one name" in what for what, _ in cautions(frame, numbered)) == said
    matching = rmatch.match(rmatch.from_frame(frame))
    assert ("(p00) → " in matching.summary()) == said


@pytest.mark.parametrize(("known", "said"), [(3, True), (4, False), (0, False)])
def test_a_figure_that_rests_on_few_known_departments_has_one(known: int, said: bool) -> None:
    frame = people(8, 8, department=lambda k: ("Law" if k < 8 else "Tax") if k % 8 < known else "")
    program = rmatch.Program(criteria=(rmatch.criteria.Skills(),), rules=(rmatch.rules.Same("pair"),))
    frame = frame.assign(pair=[str(k % 8) for k in range(16)])
    found = [told for told in cautions(frame, program) if "departments rests on" in told[0]]
    expected = f"what is said of departments rests on {known} of 8 pairs, whose departments are known"
    assert found == [(expected, 8 - known)] * said


def test_pairs_that_teach_nothing_or_share_nothing_are_counted() -> None:
    frame = people(
        4,
        4,
        languages=lambda k: ("German", "French")[k >= 4] if k % 4 else "",
        availability=lambda k: ("Mon 09:00-10:00", "Tue 09:00-10:00")[k >= 4] if k % 4 < 2 else "Wed 12:00-13:00",
        timezone=lambda _: "UTC",
        pair=lambda k: str(k % 4),
    )
    program = rmatch.Program(criteria=(rmatch.criteria.Skills(),), rules=(rmatch.rules.Same("pair"),))
    assert cautions(frame, program) == [
        ("2 of 4 pairs teach nothing that the mentee wants", 2),
        ("2 of 4 pairs have no time in common, although both named some", 2),
        ("3 of 4 pairs have no language in common, although both named some", 3),
    ]
    one = cautions(people(1, 1), rmatch.Program(criteria=(rmatch.criteria.Skills(),)))
    assert one == [("the one pair teaches nothing that the mentee wants", 1)]


@pytest.mark.parametrize(("mentors", "said"), [(10, True), (9, False)])
def test_a_skill_that_everybody_offers_tells_nobody_apart(mentors: int, said: bool) -> None:
    frame = people(mentors, 3).assign(skills_offered=["SQL"] * mentors + [""] * 3)
    assert cautions(frame) == [("nearly every mentor offers the same, which tells nobody apart: SQL", 1)] * said


@pytest.mark.parametrize("second", ["Ann  LEE", "Lee, Ann", "Cy Fox"])
def test_a_pair_of_two_people_of_one_name_has_one_before_all_others(second: str) -> None:
    frame = people(1, 1, name=lambda k: ("Ann Lee", second)[k])
    found = [what for what, _ in cautions(frame) if "of one name" in what]
    assert found == ["a pair joins two people of one name, who may be one person under two ids"] * (second != "Cy Fox")
    assert not any("of one name" in what for what, _ in cautions(frame.drop(columns="name")))
    several = people(3, 3, name=lambda k: f"Ann {k % 3}", group=lambda k: str(k % 3))
    program = rmatch.Program(criteria=(rmatch.criteria.Skills(),), rules=(rmatch.rules.Same("group"),))
    assert cautions(several, program)[0] == (
        "3 pairs join two people of one name, who may be one person under two ids",
        3,
    )


def test_a_rule_that_bars_nobody_has_one() -> None:
    frame = people(4, 2, site=lambda _: "Bonn")
    (what, number), *others = cautions(frame, rmatch.Program(rules=(rmatch.rules.Same("site"),)))
    assert what.startswith("same_site bars no pair here: ")
    assert (number, others) == (1, [])


def test_a_rule_that_could_not_be_applied_to_everybody_has_one_and_no_note_besides() -> None:
    frame = people(4, 2, manager_id=lambda k: "p05" if k < 3 else "")
    matching = rmatch.match(rmatch.from_frame(frame))
    told = [what for what in matching.cautions["what"] if " could not be applied to " in what]
    assert len(told) == 1
    assert matching.summary().count(told[0]) == 1


def test_the_order_of_rows_does_not_show_and_a_plan_without_people_says_that_it_cannot_know(tmp_path) -> None:
    frame = people(8, 8, capacity=lambda k: f"x{k}" if k % 5 == 0 else "", grade=lambda k: "?" if k % 4 == 0 else "")
    one, other = (rmatch.match(rmatch.from_frame(each)) for each in (frame, frame.iloc[::-1]))
    assert one.cautions.equals(other.cautions)
    assert len(one.cautions) > 0
    one.save(tmp_path / "plan.json")
    with pytest.raises(rmatch.RmatchError, match="roster="):
        rmatch.load(tmp_path / "plan.json").cautions.empty  # noqa: B018


def test_everybody_is_named_with_their_partners() -> None:
    frame = people(3, 2, name=lambda k: f"Name {k}", email=lambda k: f"n{k}@example.org" if k else "")
    frame = frame.assign(capacity=["2", "1", "1", "2", "1"])
    matching = rmatch.match(rmatch.from_frame(frame))
    names = dict(zip(frame["employee_id"], frame["name"], strict=True))
    mails = dict(zip(frame["employee_id"], frame["email"], strict=True))
    for line in matching.accounts.to_dict("records"):
        own = matching.pairs[matching.pairs[f"{line['role']}_id"] == line["employee_id"]]
        others = own["mentee_id" if line["role"] == "mentor" else "mentor_id"].tolist()
        assert (line["name"], line["email"]) == (names[line["employee_id"]], mails[line["employee_id"]])
        assert line["partner_id"] == "; ".join(others)
        assert line["partner_name"] == "; ".join(names[who] for who in others)
        assert line["partner_email"] == "; ".join(mails[who] for who in others if mails[who])
        assert bool(others) == (line["status"] == "paired")
    waiting = rmatch.match(rmatch.from_frame(frame.drop(columns="capacity"))).unmatched
    assert list(waiting.columns[:3]) == ["employee_id", "name", "email"]
    assert [names[who] for who in waiting["employee_id"]] == waiting["name"].tolist()
    bare = rmatch.match(rmatch.from_frame(frame.drop(columns=["name", "email"])))
    assert "name" not in bare.unmatched
    assert list(bare.accounts.columns)[-1] == "partner_id"


def test_answers_about_a_plan_name_people_and_ids() -> None:
    frame = rmatch.datasets.workforce(14, 9, seed=3)
    matching = rmatch.match(rmatch.from_frame(frame))
    names = dict(zip(frame["employee_id"], frame["name"], strict=True))
    mentor = matching.pairs["mentor_id"][0]
    mentee = matching.alternatives(mentor)["partner_id"].iloc[0]
    answer = matching.why_not(mentor, mentee)
    assert str(answer).startswith(f"{names[mentor]} ({mentor}) → {names[mentee]} ({mentee}) would cost ")
    assert all(f"{names[a]} ({a}) → {names[b]} ({b})" in str(answer) for a, b in answer.displaced[:4])
    after = matching.review(matching.pairs.iloc[1:])
    difference = matching.compare(after)
    for a, b in (*difference.new, *difference.gone):
        assert f"{names[a]} ({a}) → {names[b]} ({b})" in str(difference)
    for role, who in (*difference.lost, *difference.found):
        assert f"{role} {names[who]} ({who})" in str(difference)
    assert "names" not in difference.to_dict()
    bare = rmatch.match(rmatch.from_frame(frame.drop(columns=["name"])))
    assert str(bare.why_not(mentor, mentee)).startswith(f"{mentor} → {mentee} would cost ")


@pytest.mark.parametrize(
    ("weights", "none"), [((1e-9, 1.0), "skills"), ((1e9, 1e-9), "department"), ((1.0, 1e-7), "department"),
                          ((1e-300, 1e300), "skills"), ((1.0, 1e-6), ""), ((1e-9, 1e-9), ""), ((2.0, 1.0), "")]
)  # fmt: skip
def test_a_criterion_that_weighs_nothing_beside_the_others_is_told(weights: tuple[float, float], none: str) -> None:
    program = rmatch.Program(criteria=[Skills(weight=weights[0]), Department(weight=weights[1])], rules=[])
    frame = people(4, 2, department=lambda k: "ABCDEF"[k])
    told = [what for what, _ in cautions(frame, program) if "counts nothing" in what]
    assert told == [f"{none}: the weight is so small beside the others that it counts nothing"] * bool(none)
    matching = rmatch.match(rmatch.from_frame(frame, program=program), program)
    worth = {name: matching.pairs[name].max() for name in ("skills", "department")}
    assert [name for name, most in worth.items() if most == 0] == [none] * bool(none)
