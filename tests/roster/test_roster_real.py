"""Real exports: two departments' staff lists, a sign-up sheet, a survey."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from given import Given
from places import DATA

import rmatch


def data(name: str) -> Path:
    if not (DATA / name).exists():
        pytest.skip(f"no data in {DATA / name}")
    return DATA / name


STAFF = {
    "employee_id": {"source": {"mentors": "@row", "mentees": "Post Unique Reference"}},
    "department": {"source": {"mentors": "Unit", "mentees": "Unit"}},
    "manager_id": {"source": {"mentors": "Reporting Senior Post", "mentees": "Reports to Senior Post"}},
}


@pytest.mark.parametrize(
    ("department", "juniors", "seniors", "repeated"),
    [("cabinet_office-2011-09-30", 629, 235, 2), ("home_office-2012-09-30", 933, 201, 22)],
)
def test_every_post_of_a_department_is_accounted_for(
    department: str, juniors: int, seniors: int, repeated: int
) -> None:
    order = ["EO", "HEO", "SEO", "Grade 7", "Grade 6", "SCS1", "SCS2", "SCS3", "SCS4"]
    program = Given(columns=STAFF | {"grade": {"order": order}})
    files = [data(f"organograms/{department}-{side}.csv") for side in ("junior", "senior")]
    with pytest.raises(rmatch.RosterError, match=f"{repeated} errors"):
        rmatch.read_csv(files[0], mentees=files[1], program=program)
    roster = rmatch.read_csv(files[0], mentees=files[1], program=program, on_bad_rows="skip")
    accounts = roster.accounts.set_index("file")
    assert list(accounts.loc[files[0].name, "row"]) == list(range(2, juniors + 2))
    assert list(accounts.loc[files[1].name, "row"]) == list(range(2, seniors + 2))
    assert (accounts["status"] == "rejected").sum() == repeated
    assert (len(roster.mentors), len(roster.mentees)) == (juniors, seniors - repeated)
    assert roster.mentors.index[0] == "mentors:2"
    assert (roster.mentees["grade"] != "").all()
    columns = {"grade", "department", "job_family", "job_title", "manager_id"}
    assert columns <= set(roster.mentors.columns) & set(roster.mentees.columns)
    mentors, mentees = roster.tables()
    assert mentors.lines is not None
    direct = mentors.lines.parent[mentors.node]
    assert np.isin(direct, mentees.node).mean() > 0.85
    assert mentors.lines.above(direct, mentors.node).all()


def test_professions_that_differ_only_in_case_are_one() -> None:
    path = data("organograms/profession_variants.csv")
    program = Given(columns={"employee_id": {"source": "@row"}, "job_family": {"source": "raw_value"}})
    roster = rmatch.read_csv(path, mentees=path, program=program)
    families = roster.tables()[0]["job_family"]
    assert len(families.labels) == 36  # type: ignore[union-attr]
    assert set(roster.mentors["job_family"]) == {"", *families.labels}  # type: ignore[union-attr]


def test_the_sign_up_sheet() -> None:
    columns = {"employee_id": {"source": "email address"}, "name": {"source": ["first name", "last name"]}}
    program = Given(
        columns=columns
        | {"grade": {"order": ["AA", "AO", "EO", "HEO", "SEO", "Grade 7", "Grade 6", "SCS1", "SCS2", "SCS3", "SCS4"]}}
    )
    roster = rmatch.read_csv(data("mentoring/mentors.csv"), mentees=data("mentoring/mentees.csv"), program=program)
    assert (len(roster.mentors), len(roster.mentees)) == (50, 50)
    assert roster.mentors.loc["mentor.00@gov.uk", "name"] == "mentor 00"
    assert not (roster.mentors["grade"] == "").any()
    assert "biography" not in roster.mentors


def test_the_survey_has_its_known_juniors_and_seniors() -> None:
    topics = ("Language", "Database", "Platform", "Webframe", "DevEnvs")
    columns: dict[str, Any] = {"employee_id": {"source": "ResponseId"}, "WorkExp": {"na": ["NA"]}}
    for name, ending in (("skills_offered", "HaveWorkedWith"), ("skills_wanted", "WantToWorkWith")):
        columns[name] = {"source": [f"{topic}{ending}" for topic in topics], "na": ["NA"], "split": ";"}
    roles = {"column": "WorkExp", "mentor": {"at_most": 5}, "mentee": {"at_least": 15}}
    roster = rmatch.read_csv(data("survey/developer_survey_have_want.csv"), program=Given(columns=columns, roles=roles))
    assert len(roster.accounts) == 500
    mentors, mentees = roster.tables()
    offered, wanted = mentors["skills_offered"], mentees["skills_wanted"]
    assert (~offered.missing).sum() == 97
    assert (~wanted.missing).sum() == 194
    assert not roster.issues["severity"].isin(["error", "warning"]).any()
    assert "Maven (build tool)" in list(offered.labels)  # type: ignore[union-attr]
