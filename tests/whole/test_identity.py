"""Who is meant: no spelling of a person is void, none is somebody else, and nobody is paired with themself."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spellings_of import Someone, barred, companies, in_line, spellings

import rmatch
from rmatch import cli
from rmatch.criteria import Department, PairScores
from rmatch.limits import Group, Lock
from rmatch.objectives import MostPairs, Priority, Stability, Total
from rmatch.roster.resolver import Resolver, email_key, id_key, name_key
from rmatch.roster.rounds import in_order
from rmatch.rules import Exclude, NoRepeat, OutsideReportingLine


def roster_of(people: Sequence[Someone], managers: Sequence[str] | None = None) -> rmatch.Roster:
    records = [
        {"employee_id": who.id, "email": who.email, "name": who.name, "role": who.role, "department": "D",
         "manager_id": managers[k] if managers else ""}
        for k, who in enumerate(people)
    ]  # fmt: skip
    return rmatch.from_records(records)


def program(*rules: Any, **families: Any) -> rmatch.Program:
    return rmatch.Program(criteria=(Department(1.0, prefer="same"),), rules=rules, **families)


def allowed(roster: rmatch.Roster, asked: rmatch.Program) -> set[tuple[str, str]]:
    scores = rmatch.score_matrix(roster, asked)
    return {(str(a), str(b)) for a in scores.index for b in scores.columns if not np.isnan(scores.loc[a, b])}


def possible(people: Sequence[Someone], without: set[tuple[str, str]]) -> set[tuple[str, str]]:
    pairs = {(a.id, b.id) for a in people for b in people if (a.role, b.role) == ("mentor", "mentee")}
    return pairs - without


# ---------------------------------------------------------------- one spelling, one person


@given(companies(), st.data())
def test_a_spelling_of_somebody_is_that_person_and_nobody_else(
    people: tuple[Someone, ...], data: st.DataObject
) -> None:
    who = data.draw(st.sampled_from(people))
    found = Resolver.of(*roster_of(people).tables()).find(data.draw(spellings(who, people)))
    assert (found.ids, found.people) == ((who.id,), 1)


@given(companies(), st.data())
def test_an_exclusion_bars_whomever_it_names_in_whatever_spelling(
    people: tuple[Someone, ...], data: st.DataObject
) -> None:
    pairs = data.draw(st.lists(st.tuples(st.sampled_from(people), st.sampled_from(people)), min_size=1, max_size=3))
    named = tuple((data.draw(spellings(a, people)), data.draw(spellings(b, people))) for a, b in pairs)
    assert allowed(roster_of(people), program(Exclude(named))) == possible(people, barred(pairs))


@given(companies(), st.data())
def test_a_manager_in_whatever_spelling_blocks_the_line(people: tuple[Someone, ...], data: st.DataObject) -> None:
    chosen = [data.draw(st.sampled_from([None, *people])) for _ in people]
    managed = [replace(who, manager=m.id if m else "") for who, m in zip(people, chosen, strict=True)]
    written = [data.draw(spellings(m, people)) if m else "" for m in chosen]
    oracle = possible(managed, in_line(managed))
    found = allowed(roster_of(managed, written), program(OutsideReportingLine()))
    circles = any((who.id, who.id) in in_line(managed) for who in managed)
    assert found == oracle or (circles and found >= oracle)  # a circle is cut, and said
    assert not any((a, b) in found for a in ids(managed) for b in direct(managed, a))


def ids(people: Sequence[Someone]) -> list[str]:
    return [who.id for who in people]


def direct(people: Sequence[Someone], id_: str) -> list[str]:
    return [who.manager for who in people if who.id == id_ and who.manager not in ("", id_)]


@given(companies(), st.data())
def test_two_people_of_one_name_are_asked_about(people: tuple[Someone, ...], data: st.DataObject) -> None:
    other = replace(people[0], id="another", email="another@example.org", role="none")
    with pytest.raises(rmatch.ProgramError, match=r"may be .* Name one of them by the id"):
        rmatch.match(roster_of([*people, other]), program(Exclude(((people[0].name, people[1].id),))))


@pytest.mark.parametrize("word", ["nobody", "p9@example.org", "Ann Leee", "10033", ""])
def test_whom_nobody_knows_is_an_error_or_passed_over_and_said(word: str) -> None:
    people = [Someone("1003", "ann@example.org", "Ann Lee", "mentor"), Someone("2", "b@example.org", "Bo", "mentee")]
    roster = roster_of(people)
    for rule in (Exclude(((word, "2"),)), NoRepeat(pairs=((word, "2"),))):
        with pytest.raises(rmatch.ProgramError, match=r"nobody has the id.*`unknown = \"ignore\"`"):
            rmatch.match(roster, program(rule))
        said = rmatch.match(roster, program(replace(rule, unknown="ignore"))).issues
        assert said["reason"].str.contains("could not be applied to|whom the files do not have; these are passed").any()
        assert not said["reason"].str.contains('"not available"').any()
    with pytest.raises(rmatch.ProgramError, match="no mentor has the id"):
        rmatch.match(roster, program(limits=(Lock(((word, "2"),)),)))


def test_a_near_miss_is_suggested() -> None:
    people = [Someone("1003", "ann@example.org", "Ann Lee", "mentor"), Someone("2", "b@example.org", "Bo", "mentee")]
    for word, meant in (("Ann Leee", "Ann Lee"), ("10033", "1003"), ("anne@example.org", "ann@example.org")):
        with pytest.raises(rmatch.ProgramError, match=f"Did you mean '{meant}'"):
            rmatch.match(roster_of(people), program(Exclude(((word, "2"),))))


@pytest.mark.parametrize(("number", "said"), [(1, "'E100'?"), (3, "'E100', 'E101' or 'E102'?"), (4, "")])
def test_of_equally_near_people_all_are_suggested_or_none(number: int, said: str) -> None:
    people = [Someone(f"E10{k}", "", f"{'Q' * 9}{k}", "mentor") for k in range(number)]
    people.append(Someone("9", "", "Bo", "mentee"))
    with pytest.raises(rmatch.ProgramError, match="nobody has the id 'E10'") as caught:
        rmatch.match(roster_of(people), program(Exclude((("E10", "9"),))))
    assert (f"Did you mean {said}" in str(caught.value)) if said else ("Did you mean" not in str(caught.value))


def test_a_near_miss_of_two_spellings_of_one_person_is_suggested_once() -> None:
    people = [Someone("ann@example.org", "ann@example.org", "Ann", "mentor"), Someone("Bo", "b@x.org", "Bo", "mentee")]
    with pytest.raises(rmatch.ProgramError, match=r"Did you mean 'ann@example\.org'\?"):
        rmatch.match(roster_of(people), program(Exclude((("anne@example.org", "Bo"),))))
    assert rmatch.match(roster_of(people), program(Exclude((("ANN@example.org", "bo"),)))).pair_ids == []


@pytest.mark.parametrize("id_", ["ann@example.org", "Ann@Example.org", "mailto:ann@example.org"])
@pytest.mark.parametrize("email", ["ann@example.org", " ANN@example.org "])
def test_whoever_has_an_address_and_whoever_has_it_as_the_id_are_one_person(id_: str, email: str) -> None:
    people = [Someone("17", email, "Ann Lee", "mentor"), Someone(id_, "", "Ann", "mentee")]
    roster = roster_of(people)
    (told,) = roster.issues.loc[roster.issues["severity"] == "warning", "reason"]
    assert told.startswith(f"one e-mail address stands beside the ids Ann Lee (17) and Ann ({id_}): ")
    assert rmatch.match(roster, program()).pair_ids == []
    several = [Someone(id_, email, "Ann", "mentor"), Someone("18", "bo@example.org", "Bo", "mentee")]
    assert not (roster_of(several).issues["severity"] == "warning").any()


def test_people_are_one_along_a_chain_of_ids_and_addresses() -> None:
    """B signed up as a mentor beside A's address, and as a mentee beside C's: all three are one person."""
    head = "employee_id,email,department\n"
    mentors, mentees = head + "A,y@x.org,D\nB,y@x.org,D\n", head + "B,z@x.org,D\nC,z@x.org,D\n"
    roster = rmatch.read_csv(io.StringIO(mentors), mentees=io.StringIO(mentees))
    assert len(roster.issues[roster.issues["reason"].str.contains("stands beside the ids")]) == 2
    assert allowed(roster, program()) == set()


def test_an_address_that_only_the_directory_gives_to_another_id_is_no_warning() -> None:
    rows = "employee_id,role,email,department\n1,mentor,a@x.org,D\n2,mentee,b@x.org,D\n"
    roster = rmatch.read_csv(io.StringIO(rows), directory=io.StringIO("employee_id,email\n1,a@x.org\n77,a@x.org\n"))
    assert not roster.issues["reason"].str.contains("beside the ids").any()
    assert rmatch.match(roster, program(Exclude((("77", "2"),)))).pair_ids == []


def test_whoever_is_in_the_files_may_be_excluded_without_taking_part() -> None:
    people = [Someone("1", "a@x", "A", "mentor"), Someone("2", "b@x", "B", "mentee"), Someone("3", "c@x", "C", "none")]
    assert rmatch.match(roster_of(people), program(Exclude((("3", "2"),)))).pair_ids == [("1", "2")]
    company = io.StringIO("employee_id,email\n9,gone@x\n")
    rows = io.StringIO("employee_id,role,department\n1,mentor,D\n2,mentee,D\n")
    roster = rmatch.read_csv(rows, directory=company)
    assert rmatch.match(roster, program(Exclude((("GONE@x", "2"),)))).pair_ids == [("1", "2")]


def test_every_reference_of_a_program_is_read_by_one_resolver() -> None:
    people = [Someone(f"00{k}", f"{k}@x.org", f"N{k} Q", "mentor" if k < 4 else "mentee") for k in range(1, 8)]
    roster = roster_of(people)
    asked = program(
        NoRepeat(pairs=(("1", "7@X.ORG"),)),
        limits=(Lock((("N2 Q", "4.0"),)),),
        objectives=(MostPairs(), Priority(mentors=("3",), mentees=("Q, N5",)), Stability((("1", "6"),)), Total()),
    )
    found = rmatch.match(roster, asked)
    assert found.program.rules == (NoRepeat(pairs=(("001", "007"),)),)
    assert found.program.limits == (Lock((("002", "004"),)),)
    assert found.program.objectives[1:3] == (Priority(mentors=("003",), mentees=("005",)), Stability((("001", "006"),)))
    assert "'N2 Q' is read as N2 Q (002)" in found.summary()
    assert str(found.why_not("1@x.org", "N7 Q")) == "N1 Q (001) → N7 Q (007) is not allowed: no_repeat."
    history = pd.DataFrame({"mentor_id": ["1", "n2 q"], "mentee_id": ["4@x.org", "5.0"]})
    again = rmatch.match(roster, program(NoRepeat()), history=history)
    assert again.program.rules == (NoRepeat(pairs=(("001", "004"), ("002", "005")), filled=True),)
    assert "is read as" in again.summary()


def test_scores_of_people_in_other_spellings_are_theirs() -> None:
    people = [
        Someone("001", "a@x", "A", "mentor"),
        Someone("002", "b@x", "B", "mentee"),
        Someone("003", "", "", "mentee"),
    ]
    frame = pd.DataFrame({"mentor_id": ["1", "A@X"], "mentee_id": ["B", "3.0"], "score": [0.25, 0.75]})
    scores = rmatch.score_matrix(roster_of(people), rmatch.Program(criteria=(PairScores(frame=frame),), rules=()))
    assert scores.loc["001"].tolist() == [0.25, 0.75]
    twice = frame.assign(mentee_id=["B", "b@x"])
    with pytest.raises(rmatch.ProgramError, match="two scores: '001' and '002'"):
        rmatch.match(roster_of(people), rmatch.Program(criteria=(PairScores(frame=twice),), rules=()))


# ---------------------------------------------------------------- one person, several ids


@given(companies(), st.data())
def test_nobody_is_paired_with_themself_whatever_the_ids_say(people: tuple[Someone, ...], data: st.DataObject) -> None:
    who = data.draw(st.sampled_from(people))
    id_ = data.draw(st.sampled_from([who.id.swapcase(), f"{who.id}\u200b", f"00{who.id}", "other", f"{who.id}.0"]))
    email = data.draw(st.sampled_from([who.email.upper(), f"mailto:{who.email}", f" {who.email}\u200b"]))
    twins = [*(replace(each, role="mentor") for each in people), Someone(id_, email, who.name, "mentee")]
    if id_ == who.id:
        return
    roster = roster_of(twins)
    assert (who.id, id_) not in allowed(roster, program())
    assert roster.issues["severity"].eq("warning").any()
    other = next(each for each in people if each is not who)
    assert (other.id, id_) not in allowed(roster, program(Exclude(((who.id, other.id),))))


def test_an_office_s_address_makes_nobody_one_person() -> None:
    people = [Someone(str(k), "office@x", f"N{k} Q", "mentor" if k < 3 else "mentee") for k in range(5)]
    roster = roster_of(people)
    assert len(allowed(roster, program())) == 6
    assert "it tells nobody apart" in "".join(roster.issues["reason"])


def test_addresses_are_the_ids_where_there_are_no_others() -> None:
    mentors, mentees = "Email,Name\nAnn@X.org,Ann\nbo@x.org,Bo\n", "Email,Name\n ann@x.org,Ann\ncy@x.org,Cy\n"
    roster = rmatch.read_csv(io.StringIO(mentors), mentees=io.StringIO(mentees))
    assert (list(roster.mentors.index), list(roster.mentees.index)) == (
        ["ann@x.org", "bo@x.org"],
        ["ann@x.org", "cy@x.org"],
    )
    assert "the e-mail addresses in 'Email' are the ids" in "".join(roster.issues["reason"])


NUMBERED = {"employee_id": {"source": "@row"}}


def test_a_numbered_person_is_one_by_address_or_by_name() -> None:
    read = rmatch.Program(columns=NUMBERED, criteria=(Department(1.0),), rules=())  # type: ignore[arg-type]
    for column, other in (("email", "ANN@x.org"), ("name", "Lee, Ann")):
        first = "ann@x.org" if column == "email" else "Ann Lee"
        mentors, mentees = (f'{column},department\n"{who}",D\n' for who in (first, other))
        roster = rmatch.read_csv(io.StringIO(mentors), mentees=io.StringIO(mentees), program=read)
        assert list(roster.mentees.index) == ["mentors:2"]
        assert rmatch.match(roster, read).pair_ids == []
    twice = "email,department\nann@x.org,D\nANN@x.org,D\n"
    with pytest.raises(rmatch.RosterError, match="the e-mail address stands in 2 rows: 2, 3"):
        rmatch.read_csv(io.StringIO(twice), mentees=io.StringIO("email,department\ncy@x.org,D\n"), program=read)
    with pytest.raises(rmatch.ProgramError, match="the same row is somebody else in another file"):
        rmatch.match(roster, read, history=pd.DataFrame({"mentor_id": ["mentors:2"], "mentee_id": ["mentees:2"]}))
    with pytest.raises(rmatch.ProgramError, match="the same row is somebody else in another file"):
        rmatch.rematch(rmatch.match(roster, read), roster, read)


def test_running_numbers_of_two_forms_do_not_join_strangers() -> None:
    mentors, mentees = "ID,Name\n1,Abby A\n2,Binh B\n3,Cy C\n", "ID,Name\n1,Zarek Z\n2,Yngvar Y\n4,Xu X\n"
    read = rmatch.Program(columns={"employee_id": {"source": "ID"}})  # type: ignore[dict-item]
    with pytest.raises(rmatch.RosterError, match="seem to be row numbers"):
        rmatch.read_csv(io.StringIO(mentors), mentees=io.StringIO(mentees), program=read)
    same = mentees.replace("Zarek Z", "ABBY  A").replace("Yngvar Y", "binh b")
    assert len(rmatch.read_csv(io.StringIO(mentors), mentees=io.StringIO(same), program=read).mentees) == 3


@pytest.mark.parametrize("column", ["department", "location", "grade"])
def test_running_numbers_without_names_are_told_by_what_else_a_person_has_one_of(column: str) -> None:
    first, others = (1, 2, 3) if column == "grade" else ("HR", "IT", "Law"), (4, 5, 6)
    mentors, mentees = (
        f"ID,{column}\n" + "".join(f"{k},{cell}\n" for k, cell in enumerate(cells, 1)) for cells in (first, others)
    )
    read = rmatch.Program(columns={"employee_id": {"source": "ID"}})  # type: ignore[dict-item]
    with pytest.raises(rmatch.RosterError, match=r"3 of 3 ids .* seem to be row numbers"):
        rmatch.read_csv(io.StringIO(mentors), mentees=io.StringIO(mentees), program=read)
    assert len(rmatch.read_csv(io.StringIO(mentors), mentees=io.StringIO(mentors), program=read).mentees) == 3


# ---------------------------------------------------------------- reporting lines


def test_rejected_rows_that_disagree_about_a_manager_block_both_chains() -> None:
    rows = "employee_id,role,manager_id\nj,mentor,m\nm,none,a\nm,none,b\na,mentee,\nb,mentee,\nc,mentee,\n"
    roster = rmatch.read_csv(io.StringIO(rows), on_bad_rows="skip")
    lines = roster.tables()[0].lines
    assert lines is not None
    may = OutsideReportingLine().allows(*roster.tables())(np.zeros(3, np.int64), np.arange(3))
    assert dict(zip(roster.mentees.index, may.tolist(), strict=True)) == {"a": False, "b": False, "c": True}


@pytest.mark.parametrize("manager", ["boss@x.org", "Ann Lee"])
def test_a_manager_who_cannot_be_told_is_an_error_until_it_is_passed_over(manager: str) -> None:
    names = {"boss@x.org": ["", "", ""], "Ann Lee": ["Ann Lee", "Ann Lee", "Cy"]}[manager]
    frame = pd.DataFrame({"employee_id": list("abc"), "role": ["mentee", "mentee", "mentor"], "department": "D",
                          "manager_id": ["", "", manager], "name": names})  # fmt: skip
    roster = rmatch.from_frame(frame)
    with pytest.raises(rmatch.ProgramError, match=r"it cannot be told who some managers are.*as `directory=`"):
        rmatch.match(roster, program(OutsideReportingLine()))
    with pytest.raises(rmatch.ProgramError, match="it cannot be told"):
        rmatch.match(roster)
    passed = rmatch.match(roster, program(OutsideReportingLine(unknown="ignore")))
    assert len(passed.pair_ids) == (0 if names[0] else 1)  # whoever may be the manager is one


@pytest.mark.parametrize(
    ("manager", "may_be"),
    [
        ("12; 99", "Ann Lee (012)"),
        ("12, 7", "Ann Lee (012) and Cy Fox (7)"),
        ("ann@x.org, cy@x.org", "Ann Lee (012) and Cy Fox (7)"),
        ("Ann Lee, 12", "Ann Lee (012)"),
        ("12 Ann Lee", "Ann Lee (012)"),
        ("Lee, Ann 00012", "Ann Lee (012)"),
        ("Ann Lee ann@x.org", "Ann Lee (012)"),
        ("Ann Lee & Zed Zu", "Ann Lee (012)"),
        ("Zed Zu, 99", ""),
        ("POS 12", ""),
        ("Lee, Zed", ""),
        ("No Id", "stands in a row without an id"),
    ],
)
def test_a_manager_beside_something_else_in_the_cell_is_not_passed_over(manager: str, may_be: str) -> None:
    frame = pd.DataFrame({"employee_id": ["012", "7", "j", ""], "role": ["mentee", "mentee", "mentor", "mentor"],
                          "email": ["ann@x.org", "cy@x.org", "", ""], "name": ["Ann Lee", "Cy Fox", "Jo", "No Id"],
                          "department": "D", "manager_id": ["", "", manager, ""]})  # fmt: skip
    roster = rmatch.from_frame(frame, on_bad_rows="skip")
    if not may_be:
        assert "nobody here has this id or name" in rmatch.match(roster, program(OutsideReportingLine())).summary()
        return
    with pytest.raises(rmatch.ProgramError, match=f"it cannot be told who some managers are.*{re.escape(may_be)}"):
        rmatch.match(roster, program(OutsideReportingLine()))


def test_a_rule_is_told_as_kept_only_where_it_was_checked(tmp_path: Path) -> None:
    rows = "employee_id,role,department,manager_id\nj1,mentor,D,b\nj2,mentor,D,x\nj3,mentor,D,\n"
    rows += "b,mentee,D,\nc,mentee,D,b\n"
    roster = rmatch.read_csv(io.StringIO(rows))
    matching = rmatch.match(roster)
    said = "for 1 of 3 mentors and all 2 mentees, whose managers are known"
    report = tmp_path / "report.html"
    matching.to_html(report)
    assert said in report.read_text(encoding="utf-8")
    assert "could not be applied to 2 of 3 mentors" in matching.summary()
    (tmp_path / "people.csv").write_text(rows)
    assert cli.main(["check", str(tmp_path / "people.csv")]) == cli.DONE
    full = rmatch.read_csv(io.StringIO(rows.replace(",x\n", ",b\n").replace("j3,mentor,D,\n", "j3,mentor,D,c\n")))
    rule = OutsideReportingLine()
    assert rule.kept(*full.tables()) == rule.in_words()
    assert rule.gaps(*full.tables()) == ""


def test_a_rule_without_effect_is_said() -> None:
    people = [Someone("1", "a@x", "A", "mentor"), Someone("2", "b@x", "B", "mentee"), Someone("3", "c@x", "C", "none")]
    matching = rmatch.match(roster_of(people), program(rmatch.rules.Same("department")))
    assert "same_department bars no pair here" in matching.summary()
    assert "bars no pair" not in rmatch.match(roster_of(people), program(Exclude((("1", "2"),)))).summary()


# ---------------------------------------------------------------- rounds, keys and labels


@pytest.mark.parametrize(
    ("names", "order"),
    [
        (["Round 10", "round 9"], [1, 0]),
        (["Q1 2026", "Q4 2025", "Q3 2025"], [2, 1, 0]),
        (["2024/25", "2023/24"], [1, 0]),
        (["March 2026", "Jan 2026", "December 2025"], [2, 1, 0]),
        (["30.04.2026", "1.12.2025"], [1, 0]),
        (["spring 2026", "autumn 2025"], [1, 0]),
        (["3/4/2026", "4/3/2026"], None),
        (["13/4/2026", "4/3/2026"], [1, 0]),
        (["spring", "autumn"], None),
        (["spring 2025", "autumn 2025"], None),
        (["pilot", "2"], None),
        (["group 1 of 2, 3 in 2026", "group 2 of 2, 3 in 2026"], None),
    ],
)
def test_names_of_rounds_have_an_order_where_they_say_one(names: list[str], order: list[int] | None) -> None:
    found = in_order(names)
    assert (None if found is None else [found[name] for name in names]) == order


def test_keys_fold_what_is_no_difference_and_keep_what_is() -> None:
    assert id_key("００1003.0") == id_key("1003") == id_key("'1003") == id_key(" 1003\u200b")
    assert len({id_key(word) for word in ("1003", "10030", "1003a", "1.5", "15", "c++", "c")}) == 7
    assert email_key("mailto:Ann@X.org ") == email_key("<ann@x.org>") == "ann@x.org"
    assert email_key("ann@x.org.") == email_key("MAILTO:ann@x.org?subject=hi;") == "ann@x.org"
    assert not any(map(email_key, ("ann", "@x", "a@b@c", "Ann <ann@x>")))
    assert name_key("O’Neil, Zoë") == name_key("ZOË  o'neil")
    assert name_key("Ann Lee") != name_key("Lee Ann")


PLACES: dict[str, Callable[[Place, str, str], Any]] = {
    "exclude": lambda at, a, b: at.matched(program(Exclude(((a, b),)))),
    "no_repeat": lambda at, a, b: at.matched(program(NoRepeat(pairs=((a, b),)))),
    "history": lambda at, a, b: at.matched(program(NoRepeat()), history=at.pair(a, b)),
    "lock": lambda at, a, b: at.matched(program(limits=(Lock(((a, b),)),))),
    "stability": lambda at, a, b: at.matched(program(objectives=(MostPairs(), Stability(((a, b),)), Total()))),
    "priority": lambda at, a, b: at.matched(program(objectives=(Priority(mentors=(a,), mentees=(b,)), Total()))),
    "scores": lambda at, a, b: at.matched(at.scored(a, b)),
    "keep": lambda at, a, b: at.again(keep=[(a, b)]),
    "drop": lambda at, a, b: at.again(drop=[(a, b)]),
    "edits": lambda at, a, b: at.first.review(at.pair(a, b)).named,
    "wishes": lambda at, a, b: at.wished("wishes", b),
    "avoids": lambda at, a, b: at.wished("avoids", b),
    "why_not": lambda at, a, b: str(at.first.why_not(a, b)),
}
"""Every place, beside a manager's, in which a person may be named: what it makes of a mentor and a mentee."""


@dataclass
class Place:
    """People of whom somebody names two."""

    people: tuple[Someone, ...]
    mentor: Someone

    def __post_init__(self) -> None:
        self.roster = roster_of(self.people)
        self.first = rmatch.match(self.roster, program())

    def pair(self, a: str, b: str) -> pd.DataFrame:
        return pd.DataFrame({"mentor_id": [a], "mentee_id": [b]})

    def matched(self, asked: rmatch.Program, **more: Any) -> Any:
        return rmatch.match(self.roster, asked, **more).named

    def scored(self, a: str, b: str) -> rmatch.Program:
        return rmatch.Program(criteria=(PairScores(frame=self.pair(a, b).assign(score=1.0), missing=0.0),), rules=())

    def again(self, **given: Any) -> Any:
        return rmatch.rematch(self.first, self.roster, program(), **given).named

    def wished(self, column: str, b: str) -> Any:
        records = [
            {"employee_id": who.id, "email": who.email, "name": who.name, "role": who.role, "department": "D",
             column: b if who is self.mentor else ""}
            for who in self.people
        ]  # fmt: skip
        table = rmatch.from_records(records).tables()[0][column]
        return table.cells().tolist()


@pytest.mark.trials
@pytest.mark.parametrize("place", PLACES)
@settings(max_examples=25)
@given(companies(), st.data())
def test_wherever_people_are_named_every_spelling_means_what_the_id_means(
    place: str, people: tuple[Someone, ...], data: st.DataObject
) -> None:
    mentor, mentee = (
        data.draw(st.sampled_from([p for p in people if p.role == role])) for role in ("mentor", "mentee")
    )
    at, ask = Place(people, mentor), PLACES[place]
    said = data.draw(spellings(mentor, people)), data.draw(spellings(mentee, people))
    assert ask(at, *said) == ask(at, mentor.id, mentee.id)


def test_a_manager_in_a_name_that_is_nearly_somebody_s_is_asked_about() -> None:
    for written in ("Jose Nunez", "NUNEZ Jose", "Dr. José Nuñez", "Núñez-José"):
        people = [Someone("1", "a@x", "Ann Lee", "mentor"), Someone("2", "b@x", "José Núñez", "mentee")]
        with pytest.raises(rmatch.ProgramError, match=r"may be José Núñez \(2\)"):
            rmatch.match(roster_of(people, [written, ""]), program(OutsideReportingLine()))
        with pytest.raises(rmatch.ProgramError, match=r"Did you mean José Núñez \(2\)"):
            rmatch.match(roster_of(people), program(Exclude(((written, "1"),))))


def test_labels_that_are_compared_have_suggestions_and_aliases() -> None:
    rows = [("Human Resources", 12), ("Human Ressources", 1), ("R&D", 9), ("R & D", 1), ("Sales", 3)]
    frame = pd.DataFrame([label for label, times in rows for _ in range(times)], columns=["department"])
    frame = frame.assign(
        employee_id=[f"e{k}" for k in range(len(frame))], role=["mentor", "mentee"] * (len(frame) // 2)
    )
    said = "".join(rmatch.from_frame(frame).issues["reason"])
    assert "'Human Ressources' (1 person) looks like 'Human Resources' (12 people)" in said
    words = {"HR": "Human Resources", "Human Ressources": "Human Resources"}
    read = rmatch.Program(aliases=words, limits=(Group("mentor", "department", "HR", most=2),))
    roster = rmatch.from_frame(frame, program=read)
    assert "Human Ressources" not in {*roster.mentors["department"], *roster.mentees["department"]}
    matching = rmatch.match(roster, read)
    assert (matching.pairs["mentor_department"] == "Human Resources").sum() == 2
