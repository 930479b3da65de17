"""An exclusion is often a complaint: nothing that is shown says that there was one, let alone whose."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from exports import PLAIN, Export

import rmatch
from rmatch.api.folder import write_folder
from rmatch.limits import Lock
from rmatch.rules import Exclude, GradeGap


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    frame = Export(12, 4, 3, PLAIN).frame().assign(manager_id="", capacity="1")
    frame["employee_id"] = ["anna", "ben", "cleo", "dina", "emil", "finn", "gus"]
    frame["grade"] = ["1", "1", "1", "4", "5", "5", "4"]
    return frame


BARRED = (("emil", "anna"), ("anna", "finn"), ("anna", "gus"), ("ben", "finn"), ("nobody", "ben"))
PROGRAM = rmatch.Program(rules=(GradeGap(1), Exclude(BARRED, "a complaint", "ignore")))


def test_no_file_and_no_sentence_names_an_exclusion(
    frame: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    roster = rmatch.from_frame(frame, program=PROGRAM)
    steps: list[str] = []
    matching = rmatch.match(roster, PROGRAM, progress=lambda event: steps.append(str(event)))
    write_folder(matching, tmp_path / "plan")
    said = [*steps, matching.summary(), repr(matching), matching._repr_html_(), str(matching.verify(roster))]
    said += [str(matching.why_not(a, b)) + str(matching.explain(a, b)) + matching.explain(a, b)._repr_html_()
             for a in roster.mentors.index for b in roster.mentees.index]  # fmt: skip
    said += [matching.alternatives(person).to_string() for person in frame["employee_id"]]
    said += [repr(matching.certificate), matching.stages.to_string(), *capsys.readouterr()]
    for name in ("pairs.csv", "unmatched.csv", "everyone.csv", "issues.csv", "report.html"):
        said.append((tmp_path / "plan" / name).read_text(encoding="utf-8-sig"))
    for view in ("director", "participant"):
        matching.to_html(tmp_path / "seen.html", view)
        said.append((tmp_path / "seen.html").read_text(encoding="utf-8"))
    record = json.loads((tmp_path / "plan" / "matching.json").read_text(encoding="utf-8"))
    assert "exclude" in json.dumps(record.pop("program"))
    said.append(json.dumps(record))
    assert "exclu" not in "\n".join(said).lower()
    assert "complain" not in "\n".join(said).lower()
    assert "exclude" in (tmp_path / "plan" / "program.toml").read_text(encoding="utf-8")


def test_an_excluded_pair_is_only_not_available_in_either_direction(frame: pd.DataFrame) -> None:
    matching = rmatch.match(rmatch.from_frame(frame, program=PROGRAM), PROGRAM)
    for mentor, mentee in (("anna", "emil"), ("anna", "finn"), ("ben", "finn")):
        assert matching.why_not(mentor, mentee).rules == ("not available",)
        assert str(matching.why_not(mentor, mentee)).endswith(f"({mentee}) is not allowed: not available.")
    scores = rmatch.score_matrix(rmatch.from_frame(frame, program=PROGRAM), PROGRAM)
    assert scores.loc["anna"].isna().all()
    left = matching.unmatched.set_index("employee_id").loc["anna"]
    assert left["reason"] == "NO_ELIGIBLE_PARTNER"
    assert left["detail"] == "Of 3 mentees, removed by: not available 3."
    shown = rmatch.shortlist(rmatch.from_frame(frame, program=PROGRAM), PROGRAM, best=9)
    assert "anna" not in set(shown["mentor_id"])


def test_errors_do_not_betray_an_exclusion(frame: pd.DataFrame) -> None:
    roster = rmatch.from_frame(frame, program=PROGRAM)
    with pytest.raises(rmatch.InfeasibleError, match=r"\(anna\) → .*\(emil\).*not available") as caught:
        rmatch.match(roster, PROGRAM.model_copy(update={"limits": (Lock((("anna", "emil"),)),)}))
    assert "exclu" not in str(caught.value).lower()
    needy = rmatch.from_frame(frame.assign(min_pairs=["1", *["0"] * 6]), program=PROGRAM)
    with pytest.raises(rmatch.InfeasibleError, match="anna") as caught:
        rmatch.match(needy, PROGRAM)
    assert "exclu" not in str(caught.value).lower()
    record = rmatch.match(roster, rmatch.Program(rules=())).to_record()
    from rmatch.output.check import check
    from rmatch.problem.build import prepare

    pairs = {(pair.mentor_id, pair.mentee_id) for pair in record.pairs}
    later = rmatch.Program(rules=(Exclude(tuple(pairs)),))
    told = str(check(record, prepare(roster, later)[0]))
    assert "breaks the rule 'not available'" in told
    assert "exclu" not in told.lower()
