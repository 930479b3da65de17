"""What a plan says of skills and departments is said of the columns that its program reads."""

from __future__ import annotations

import pandas as pd

import rmatch
from rmatch.criteria import Department, Reciprocity, Skills
from rmatch.output.report.sections.departments import crossing
from rmatch.output.report.sections.skills import shortage

PEOPLE = pd.DataFrame(
    [
        ("a", "mentor", "SQL; Go", "Baking", "Polish", "", "not given", "IT"),
        ("b", "mentor", "Excel", "", "", "", "Sales", "IT"),
        ("c", "mentee", "Baking", "SQL; Excel", "", "Polish", "Law", "IT"),
        ("d", "mentee", "", "Excel; Rust", "", "", "Law", "IT"),
    ],
    columns=["employee_id", "role", "can", "need", "speaks", "learns", "unit", "department"],
)
PROGRAM = rmatch.Program(
    criteria=(
        Skills(offered="can", wanted="need"),
        Skills(offered="speaks", wanted="learns"),
        Department(column="unit"),
    ),
    rules=(),
)


def plan(program: rmatch.Program = PROGRAM) -> rmatch.Matching:
    frame = PEOPLE.astype(object)
    columns = {name: {"split": ";"} for name in ("can", "need", "speaks", "learns")}
    program = rmatch.Program.model_validate({**program.to_dict(), "columns": columns})
    return rmatch.match(rmatch.from_frame(frame, program=program), program)


def test_a_pair_teaches_and_gains_what_the_criteria_read() -> None:
    matching = plan()
    rows = matching.pairs.set_index("mentor_id")
    assert rows["mentee_id"].to_dict() == {"a": "c", "b": "d"}
    assert rows["teaches"].to_dict() == {"a": "SQL; Polish", "b": "Excel"}
    assert rows["gains"].to_dict() == {"a": "Baking", "b": ""}
    assert matching.explain("a", "c").teaches == ("SQL", "Polish")
    back = Reciprocity(offered="learns", wanted="speaks", weight=0.1)
    other = plan(PROGRAM.model_copy(update={"criteria": (*PROGRAM.criteria, back)}))
    assert other.pairs.set_index("mentor_id")["gains"].to_dict() == {"a": "Polish", "b": ""}


def test_the_report_counts_the_same_skills_and_departments_as_the_summary() -> None:
    matching = plan()
    found = shortage(matching)
    assert found is not None
    skills = {(s.name, s.wanted, s.offered, s.taught) for s in found.skills}
    assert skills == {("Excel", 2, 1, 1), ("Rust", 1, 0, 0), ("SQL", 1, 1, 1)}
    assert found.short == 2
    assert "Rust (1 wants it, nobody offers it)" in matching.summary()
    where = crossing(matching)
    assert where is not None
    assert (where.across, where.known) == (2, 2)  # a department may well be called "not given"
    assert "All 2 pairs cross units (100%)." in matching.summary()
