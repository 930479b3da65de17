"""Columns of labels in which nearly everybody has an answer of their own: warned of, and told as no difference."""

from __future__ import annotations

import io

import pytest
from refusals import told

import rmatch
from rmatch.schema.bands import apart


def people(header: str, answers: list[str], program: rmatch.Program | None = None) -> rmatch.Roster:
    """As many people as there are answers, the first of them a mentee."""
    rows = [
        f'{k},{"mentor" if k else "mentee"},"{answer}",{"SQL" if k else ""},{"" if k else "SQL"}'
        for k, answer in enumerate(answers)
    ]
    text = "\n".join([f"employee_id,role,{header},skills_offered,skills_wanted", *rows])
    return rmatch.read_csv(io.StringIO(text), program=program)


SINGULAR = {
    "Length of service": ["0.4", "19.9", "0.5"],
    "tenure_band": ["12", "3", "8", "31"],
    "Tenure": ["3.5 years", "7 years", "11.25 Years"],
    "Years of service": ["7 years 3 months", "25 yrs, 1 mo", "7 años y 2 meses", "3 Jahre und 1 Monat"],
    "tenure band": [f"{k} years {m} months" for k in range(5) for m in range(9) for _ in range(3)],
    "job family": ["3 Monate", "10 Jahre", "1,5 Jahre", "2 ans", "4 años"],
    "Site": [f"Desk {k} by the window" for k in range(25)],
    "career path": ["1,5", "2,5", "30,25"],
    "Profession": [f"{k / 10:.1f}" for k in range(40) for _ in range(3)],
}
SHARED = {
    "tenure_band": ["0-5", "6-10", "11+"],
    "Length of service": ["1", "2", "1", "2"],
    "Tenure": ["0-5 years", "6-10 years", "11+ years"],
    "Years of service": ["1 year 6 months to 3 years", "3 years to 5 years 6 months", "longer"],
    "job family": ["1st", "2nd", "3rd", "4th"],
    "Site": ["100", "200", "100", "300"],
    "Profession": ["IT", "Law", "Tax"],
    "career path": ["2.5", "2.5", "2.5", "2.5", "5.0", "5.0", "7.5"],
}


@pytest.mark.parametrize("header", SINGULAR)
def test_labels_that_nobody_shares_are_warned_of_and_compared_with_none(header: str) -> None:
    roster = people(header, SINGULAR[header])
    found = told(roster, "these are no bands")
    assert len(found) == 1
    assert found["severity"].tolist() == ["warning"]
    if header in ("Tenure", "job family", "Years of service", "tenure band"):
        assert "numbers without their unit" in found["remedy"].iloc[0]
    elif header != "Site":
        assert f'source = "{header}"' in found["remedy"].iloc[0]
    matching = rmatch.match(roster)
    assert "differs in" not in " ".join(matching.pairs["why"])
    assert any("nearly everybody has an answer of their own in" in note for note in matching.left_out)


@pytest.mark.parametrize("header", SHARED)
def test_bands_that_are_some_stay_bands(header: str) -> None:
    roster = people(header, SHARED[header])
    assert told(roster, "these are no bands").empty
    assert "background" in rmatch.match(roster).pairs.columns


def test_the_remedy_compares_numbers_as_numbers() -> None:
    answers = ["7.2", "7.1", "25.3"]
    remedy = told(people("Years of Service", answers), "these are no bands")["remedy"].iloc[0]
    name = remedy.partition("[columns.")[2].partition("]")[0]
    program = rmatch.Program.model_validate(
        {
            "columns": {name: {"source": "Years of Service"}},
            "criteria": [{"kind": "difference", "weight": 1, "column": name}],
            "rules": [],
        }
    )
    roster = people("Years of Service", answers, program)
    assert told(roster, "these are no bands").empty
    assert rmatch.match(roster, program).pairs["mentor_id"].tolist() == ["2"]


def test_a_department_of_ones_own_is_no_other_department() -> None:
    roster = people("department", [f"Team of person {k}" for k in range(30)])
    matching = rmatch.match(roster)
    assert "another department" not in " ".join(matching.pairs["why"])
    assert any("department is left out, nearly everybody" in note for note in matching.left_out)


def test_what_a_program_names_is_compared_and_warned_of() -> None:
    program = rmatch.Program(criteria=(rmatch.criteria.Difference(column="tenure_band"),), rules=())
    roster = people("tenure_band", SINGULAR["tenure_band"], program)
    assert len(told(roster, "these are no bands")) == 1
    assert "differs in tenure band" in rmatch.match(roster, program).pairs["why"].iloc[0]


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({}, False),
        ({"7": 1, "8": 1}, False),
        ({"7": 1, "8": 1, "9": 1}, True),
        ({"7": 1, "8": 1, "9": 2}, False),
        ({f"{k}.5": 100 for k in range(13)}, True),
        ({f"{k}.5": 100 for k in range(12)}, False),
        ({f"word {k}": 1 for k in range(19)}, False),
        ({f"word {k}": 1 for k in range(20)}, True),
        ({f"word {k}": 1 + (k < 5) for k in range(20)}, False),
    ],
)
def test_where_answers_of_ones_own_begin(counts: dict[str, int], said: bool) -> None:
    assert apart(counts) == said
