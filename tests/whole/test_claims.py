"""No output claims more than the certificate: in every status, of every command, every word that claims something."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from confidences import filled, matched, program, without
from exports import PLAIN, TIED, Export, table_of

import rmatch
from rmatch import cli
from rmatch.analysis.unmatched import participant_note
from rmatch.api import load, match, rematch
from rmatch.criteria import Criterion, Department, Factors, PairScores, Similarity, Skills, constant
from rmatch.factors import SCALE
from rmatch.limits import Lock, Share
from rmatch.objectives import MostPairs, Priority, Total, WorstPair
from rmatch.output.report import View, report_html
from rmatch.schema.binding import ColumnBinding

pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported")  # of openpyxl, of bars

# ---------------------------------------------------------------- what counts as a claim

CLAIM = re.compile(
    r"\bproved\b|best possible|\bgap:? (of )?0(\.0+)?(?![.\d])|\bexact(ly)?\b|\boptimal\b|\bOPTIMAL\b"
    r"|no plan (does|within)|no other (one|\d)",
    re.IGNORECASE,
)
DENIED = re.compile(r"\bnot (yet )?(proved|optimal|exact)|is not\.|not known|as far as is proved|Not verified")
OF_NO_PLAN = re.compile(r"everything that this page calls proved|Fisher’s exact test")
OF_ONE_STAGE = re.compile(r"(no|not in the first step): proved")
OF_THE_FIRST_STEP = re.compile(r"first step|who is paired|settled by the visible criteria", re.IGNORECASE)


def claims(text: str, first_step: bool = False) -> list[str]:
    """The sentences that claim something of a plan; without those on its first step where that is proved.

    What is said of one objective by itself is left out: another may have the gap.
    """
    text = OF_ONE_STAGE.sub("", OF_NO_PLAN.sub("", text))
    found = [s for s in re.split(r"(?<=[.;!?])\s|[\n\r\t|]", text) if CLAIM.search(s) and not DENIED.search(s)]
    return [s for s in found if not (first_step and OF_THE_FIRST_STEP.search(s))]


def test_the_words_are_found_and_their_denials_are_not() -> None:
    for said in ("Proved over all 6.", "proved best", "total score, gap 0", "(gap 0.000000)", "the best possible plan"):
        assert len(claims(f"Before. {said} After")) == 1
    for said in ("not proved best", "gap 0.25", "gap 10", "approved", "3, as far as is proved."):
        assert claims(f"Before. {said} After") == []
    first = "Who is paired: settled by the visible criteria, proved best"
    assert claims(first) == [first]
    assert claims(first, first_step=True) == []


# ---------------------------------------------------------------- plans in every status


def opened(matching: rmatch.Matching, **gaps: int) -> rmatch.Matching:
    """The plan as one of which less is proved: each named objective is left that gap."""
    certificate = matching.certificate
    stages = tuple(replace(s, bound=s.bound + gaps.get(s.name, 0)) for s in certificate.stages)
    first = tuple((name, gap + gaps.get(name, 0)) for name, gap in certificate.first_gaps)
    bound = certificate.bound + gaps.get("total", 0)
    changed = replace(certificate, stages=stages, bound=bound, first_gaps=first)
    return replace(matching, certificate=changed, status=rmatch.Status.FEASIBLE)


def plain(mentors: int = 9, mentees: int = 6, time_limit: float | None = None, **families: Any) -> rmatch.Matching:
    under = rmatch.Program(columns={"consent": ColumnBinding(use="audit")}, rules=(), **families)
    people = rmatch.from_frame(Export(3, mentors, mentees, TIED).frame(), program=under)
    return rmatch.match(people, under, time_limit=time_limit)


def staged() -> rmatch.Matching:
    return plain(objectives=(MostPairs(), WorstPair(), Total()), limits=(Share(column="department", least=0.0),))


def sealed() -> rmatch.Matching:
    frame, under = filled(Export(6, 8, 6, PLAIN).frame(), 6), program()
    return rmatch.match(rmatch.from_frame(frame, program=under), under)


PROVED: dict[str, Callable[[], rmatch.Matching]] = {
    "plain": plain,
    "value first": lambda: plain(objectives=(Total(floor=0.3),)),
    "in order": staged,
    "in two steps": sealed,
}
OPEN: dict[str, Callable[[], rmatch.Matching]] = {
    "a gap in the total": lambda: opened(plain(), total=SCALE // 4),
    "a gap of one point": lambda: opened(plain(), total=1),
    "a gap in the pairs alone": lambda: opened(plain(), most_pairs=1),
    "value first, a gap": lambda: opened(PROVED["value first"](), total=SCALE // 4),
    "in order, a gap in the total": lambda: opened(staged(), total=SCALE // 4),
    "in order, a gap before the total": lambda: opened(staged(), worst_pair=SCALE // 8),
    "the first step is open": lambda: opened(sealed(), total=SCALE // 4),
    "the time was over": lambda: plain(60, 50, time_limit=1e-9),
}
SECOND: dict[str, Callable[[], rmatch.Matching]] = {"the second step is open": lambda: opened(sealed())}


def page(html: bytes | str) -> str:
    """The text of a page, a line for each element."""
    text = html.decode() if isinstance(html, bytes) else html
    return unescape(re.sub(r"<[^>]+>", "\n", re.sub(r"(?s)<(style|script)>.*?</\1>", "", text)))


def outputs(matching: rmatch.Matching, folder: Path) -> Iterator[tuple[str, str]]:
    """Everything that is made from a plan in Python, by name, as text."""
    yield "summary", matching.summary()
    yield "repr", repr(matching)
    yield "notebook", page(matching._repr_html_())
    for view in View:
        yield f"report for {view.value}", page(report_html(matching, view))
    for name in ("pairs", "unmatched", "stages", "skills"):
        yield name, getattr(matching, name).to_csv(sep="|")
    matching.to_excel(folder / "plan.xlsx")
    book = openpyxl.load_workbook(folder / "plan.xlsx")
    for sheet in book:
        rows = sheet.iter_rows(values_only=True)
        yield f"sheet {sheet.title}", "\n".join(" ".join(str(c) for c in row if c is not None) for row in rows)
    matching.save(folder / "plan.json")
    yield "loaded", rmatch.load(folder / "plan.json").summary()
    yield "difference", str(matching.compare(matching))
    mentor, mentee = matching.pair_ids[0]
    yield "explain", str(matching.explain(mentor, mentee))
    yield "next best", "\n".join(map(str, matching.explain(mentor, mentee).next_best))
    for who in matching.waiting[:2]:
        others = matching.alternatives(who.employee_id, best=2)
        for other in others[others["role"] == who.role]["partner_id"]:
            pair = (who.employee_id, other) if who.role == "mentor" else (other, who.employee_id)
            yield "why not", str(matching.why_not(*pair))
    if not matching.certificate.sealed:
        for objective in matching.program.objectives[:-1]:
            yield "price", str(matching.price_of(objective.name))
    yield "recruit", str(matching.recruit(Export(8, 5, 1, PLAIN).frame().assign(role="mentor")))


@pytest.mark.slow
@pytest.mark.parametrize("state", PROVED)
def test_what_is_proved_is_said_to_be(state: str, tmp_path: Path) -> None:
    matching = PROVED[state]()
    assert matching.status is rmatch.Status.OPTIMAL
    told = dict(outputs(matching, tmp_path))
    for name in ("summary", "report for owner", "report for director", "report for audit", "sheet Summary", "loaded"):
        assert claims(told[name]), name
    assert not any(DENIED.search(text) for text in told.values())


@pytest.mark.trials
@pytest.mark.slow
@pytest.mark.parametrize("state", [*OPEN, *SECOND])
def test_what_is_not_proved_is_nowhere_said_to_be(state: str, tmp_path: Path) -> None:
    matching = (OPEN | SECOND)[state]()
    assert matching.status is rmatch.Status.FEASIBLE
    found = [(name, claims(text, state in SECOND)) for name, text in outputs(matching, tmp_path)]
    assert [(name, some) for name, some in found if some] == []


@pytest.mark.slow
@pytest.mark.parametrize("state", OPEN)
def test_a_bound_that_is_named_lies_where_the_certificate_has_it(state: str, tmp_path: Path) -> None:
    matching = OPEN[state]()
    if not matching.certificate.sealed:
        floor = matching.model.floor * len(matching.points) / SCALE
        for text in (matching.summary(), page(report_html(matching))):
            for figure in re.findall(r"can exceed[^\d;.]*(\d+\.\d+)", text.replace("0.3 a pair", "")):
                assert float(figure) == pytest.approx(matching.bound - floor, abs=1e-6)


def test_each_objective_is_spoken_of_by_its_own_gap() -> None:
    told = page(report_html(opened(staged(), worst_pair=SCALE // 8)))
    lines = [line for line in told.splitlines() if line]
    answers = {name: lines[lines.index(name) + 2] for name in ("most pairs", "worst pair", "total")}
    assert answers["most pairs"].startswith("no: proved")
    assert answers["worst pair"].startswith("not beyond ")
    assert answers["total"].startswith("no: proved")
    assert "Can another plan do better, with the earlier ones kept?" in lines


# ---------------------------------------------------------------- every command


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an export, a later one of fewer people, and a program with a column for audits."""
    monkeypatch.chdir(tmp_path)
    people = Export(3, 9, 6, PLAIN).frame().drop(columns="consent")
    people.to_csv("people.csv", index=False)
    people.drop(index=[0]).to_csv("later.csv", index=False)
    Path("audit.toml").write_text('[columns.languages]\nuse = "audit"\n', encoding="utf-8")
    return tmp_path


COMMANDS = (
    "check people.csv",
    "match people.csv --program audit.toml --audit --out plan",
    "verify plan --workforce people.csv",
    "verify plan",
    *(f"report plan --workforce people.csv --view {view.value} --out {view.value}.html" for view in View),
    "review plan --edits edited.csv --out reviewed",
    "rematch plan later.csv --max-changes 1 --curve --out next",
    "demo --mentors 6 --mentees 5 --out made",
)


def said_by(words: str, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    code = cli.main(words.split())
    captured = capsys.readouterr()
    assert code == cli.DONE or (words.startswith("verify") and code == cli.UNVERIFIED), captured.err
    return " ".join((captured.out + captured.err).split())


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Every file that a command has written to be read."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".csv", ".html", ".toml") and "people" not in path.name:
            text = path.read_text(encoding="utf-8-sig")
            yield str(path.relative_to(folder)), page(text) if path.suffix == ".html" else text
        if path.suffix == ".xlsx":
            rows = (row for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows(values_only=True))
            yield str(path.relative_to(folder)), "\n".join(" ".join(map(str, filter(None, row))) for row in rows)


def run_all(folder: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """What each command prints, and what is in the files that they wrote."""
    told = {}
    for words in COMMANDS:
        if words.startswith("review"):
            pairs = pd.read_csv(folder / "plan" / "pairs.csv", dtype=str, encoding="utf-8-sig")
            pairs.iloc[1:].to_csv(folder / "edited.csv", index=False)
        told[words] = said_by(words, capsys)
        if "--out" in words and words.split()[0] in ("match", "review", "rematch"):
            told[f"{words} --json"] = said_by(f"{words} --json", capsys)
    return told | dict(texts(folder))


@pytest.mark.trials
@pytest.mark.slow
@pytest.mark.parametrize("gaps", [{"total": SCALE // 4}, {"most_pairs": 1}], ids=str)
def test_no_command_claims_of_a_plan_what_is_not_proved(
    gaps: dict[str, int], folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = match.match

    def unproved(*people: Any, **settings: Any) -> rmatch.Matching:
        return opened(real(*people, **settings), **gaps)

    for module in (match, rematch, load):
        monkeypatch.setattr(module, "match", unproved)
    told = run_all(folder, capsys)
    assert {name: claims(text) for name, text in told.items() if claims(text)} == {}
    assert "not proved best" in told["rematch plan later.csv --max-changes 1 --curve --out next"]
    assert "proved best" not in told["next/curve.csv"].replace("not proved best", "")


@pytest.mark.slow
def test_every_command_says_what_is_proved(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = run_all(folder, capsys)
    for words in COMMANDS:
        figures = told.get(f"{words} --json")
        if figures is not None:
            proved = json.loads(figures)["status"] == "OPTIMAL"
            assert ("This is the best possible plan" in told[words]) == proved
            assert proved or "not proved optimal" in told[words]
    curve = pd.read_csv(folder / "next" / "curve.csv", encoding="utf-8-sig")
    assert (curve["proof"] == "proved best").tolist() == (curve["status"] == "OPTIMAL").tolist()
    for changes, proof in zip(curve["max_changes"], curve["proof"], strict=True):
        assert re.search(rf" {changes} changes: [^:]*, {re.escape(proof)}", told[COMMANDS[-2]])
    assert "Verified" in told["verify plan --workforce people.csv"]


# ---------------------------------------------------------------- two plans, one ruler


def unlike() -> tuple[rmatch.Roster, rmatch.Program, rmatch.Program]:
    """People and two programs that want opposite things of them."""
    roster = rmatch.from_frame(Export(4, 12, 10, PLAIN).frame())
    one, other = (
        rmatch.Program(criteria=(Skills(weight), Department(1 - weight)), rules=()) for weight in (0.95, 0.05)
    )
    return roster, one, other


def test_a_plan_of_other_weights_is_measured_by_those_of_the_first() -> None:
    roster, one, other = unlike()
    before, after = rmatch.match(roster, one), rmatch.match(roster, other)
    assert after.total > before.total, "the plans' own totals would tell a gain"
    told = before.compare(after, "other weights")
    scores = rmatch.score_matrix(roster, one)
    assert told.total_before == before.total
    assert told.total_after == pytest.approx(sum(scores.loc[pair] for pair in after.pair_ids))
    assert told.cost > 0
    assert str(told).splitlines()[-1 - bool(told.lost) - bool(told.found)] == told.measured
    assert told.measured == (
        "Both totals are by the first plan's criteria and people. "
        f"By its own the new plan has {after.total:.6f} in total."
    )
    assert "Cost of other weights" in str(told)
    assert after.compare(before).cost > 0, "neither is better by the other's ruler"


def test_plans_of_one_program_and_one_pool_need_no_word_on_the_ruler() -> None:
    roster, one, _ = unlike()
    before = rmatch.match(roster, one)
    after = before.solve_again(limits=(Lock((before.pair_ids[0],)),))
    assert before.compare(after).measured == ""
    assert before.compare(after).total_after == after.total


def test_joiners_are_measured_by_the_plan_that_knows_them(tmp_path: Path) -> None:
    roster, one, other = unlike()
    people = Export(4, 12, 10, PLAIN).frame()
    fewer = rmatch.from_frame(people.drop(index=[0, 1]))
    before, after = rmatch.match(fewer, one), rmatch.match(roster, other)
    told = before.compare(after)
    scores = rmatch.score_matrix(fewer, one)
    known = [pair for pair in after.pair_ids if pair[0] in scores.index and pair[1] in scores.columns]
    strangers = len(after.pair_ids) - len(known)
    assert strangers
    own = dict(zip(after.pair_ids, (after.points / SCALE).tolist(), strict=True))
    rest = sum(own[pair] for pair in after.pair_ids if pair not in known)
    assert told.total_after == pytest.approx(sum(scores.loc[pair] for pair in known) + rest)
    pairs = f"{strangers} pair{'s' * (strangers > 1)}"
    assert f"{pairs} with people it does not have count as the new plan scored them." in told.measured
    assert told.to_dict()["measured"] == told.measured

    before.save(tmp_path / "before.json")
    after.save(tmp_path / "after.json")
    loaded = rmatch.load(tmp_path / "before.json")
    turned = loaded.compare(after)
    assert turned.total_after == after.total
    assert turned.measured.startswith("Both totals are by the new plan's criteria and people")
    assert turned.measured.endswith(f"By its own the first plan has {before.total:.6f} in total.")
    without_people = loaded.compare(rmatch.load(tmp_path / "after.json"))
    assert (without_people.total_before, without_people.total_after) == (before.total, after.total)
    assert without_people.measured == "Each total is by the plan's own criteria."


# ---------------------------------------------------------------- what is said to whom


def test_priority_is_promised_only_where_the_program_has_it() -> None:
    plainly = "We could not find you a partner this round."
    for objectives, promised in (
        ((MostPairs(), Total()), False),
        ((MostPairs(), Priority(column="urgent"), Total()), False),
        ((MostPairs(), Priority(mentors=("a",)), Total()), False),
        ((MostPairs(), Priority(), Total()), True),
        ((MostPairs(), Priority(mentors=("a",), filled=True), Total()), True),
    ):
        note = participant_note(rmatch.Program(objectives=objectives))
        assert note == (f"{plainly} You have priority next time." if promised else plainly)


def test_whoever_was_promised_priority_has_it() -> None:
    roster = rmatch.from_frame(Export(3, 9, 6, TIED).frame())
    program = rmatch.Program(rules=(), objectives=(MostPairs(), Priority(), Total()))
    first = rmatch.match(roster, program, history=rmatch.History())
    assert set(first.unmatched["participant_note"].str.contains("priority next time")) == {True}
    second = rmatch.match(roster, program, history=rmatch.History.of(first))
    waited = {(who.role, who.employee_id) for who in first.waiting}
    assert not waited & {(who.role, who.employee_id) for who in second.waiting}


class Liking(Criterion):
    """A stranger's criterion that has no words."""

    def factors(self, mentors: object, mentees: object) -> Factors:
        return constant(0.5, len(mentors.ids), len(mentees.ids))  # type: ignore[attr-defined]


def two(**columns: list[str]) -> rmatch.Roster:
    """Mentors 1 and 2 and mentees 3 and 4."""
    people = {"employee_id": list("1234"), "role": ["mentor", "mentor", "mentee", "mentee"], **columns}
    return rmatch.from_frame(pd.DataFrame(people))


def why(roster: rmatch.Roster, *criteria: Criterion) -> dict[tuple[str, str], str]:
    matching = rmatch.match(roster, rmatch.Program(criteria=criteria, rules=()))
    return dict(zip(matching.pair_ids, matching.pairs["why"], strict=True))


def test_a_pair_that_scores_is_never_one_that_no_criterion_speaks_for() -> None:
    table = pd.DataFrame([[1.0, 0.1], [0.1, 0.9]], index=["1", "2"], columns=["3", "4"])
    assert why(two(), PairScores(frame=table)) == {
        ("1", "3"): "1 has a score of 1.00 in the table given.",
        ("2", "4"): "2 has a score of 0.90 in the table given.",
    }
    years = two(years=["10", "20", "11", "20"])
    assert why(years, Similarity(column="years")) == {
        ("1", "3"): "1 is close in years (10 and 11).",
        ("2", "4"): "2 has the same years.",
    }
    assert set(why(two(), Liking()).values()) == {f"{who} has a score of 0.50 here, from liking." for who in "12"}
    far = two(years=["0", "4", "3", "4"])
    assert why(far, Similarity(column="years")) == {
        ("1", "3"): "1 has a score of 0.25 here, from similarity years.",
        ("2", "4"): "2 has the same years.",
    }
    nothing = two(skills_offered=["SQL", "SQL", "", ""], skills_wanted=["", "", "Rust", "Rust"])
    assert {said.partition(" ")[2] for said in why(nothing, Skills()).values()} == {
        f"criterion speaks for {who}; the pair completes the plan." for who in "12"
    }


def test_pairs_that_sensitive_columns_chose_are_not_called_pairs_of_no_criterion() -> None:
    frame, under = filled(Export(6, 8, 6, PLAIN).frame().assign(skills_offered=""), 6), program(visible=(Skills(),))
    matching = rmatch.match(rmatch.from_frame(frame, program=under), under)
    said = "; sensitive columns had a say in who is with whom."
    assert set(matching.pairs["why"].str.partition(" speaks for ")[0]) == {"No visible criterion"}
    assert matching.pairs["why"].str.endswith(said).all()
    assert page(report_html(matching)).count(f"No visible criterion speaks for it{said}") == len(matching.pairs)
    left = next((a, b) for a in matching.model.mentors.ids for b in matching.model.mentees.ids
                if (a, b) not in matching.named)  # fmt: skip
    assert matching.explain(*left).sentence.endswith(" here.")
    openly = matched(frame, without(under))
    assert openly.pairs["why"].str.endswith("the pair completes the plan.").all()


def test_what_a_question_costs_is_hedged_where_a_plan_is_not_proved() -> None:
    people, scores = table_of(np.array([[0.9, 0.5], [0.4, 0.3], [0.3, 0.2]]))
    roster = rmatch.from_frame(people.assign(department="it"))
    limits = (Share(column="department", least=0.0),)
    matching = rmatch.match(roster, rmatch.Program(criteria=(scores,), rules=(), limits=limits))
    pair = next(p for p in (("a0", "b0"), ("a1", "b0")) if p not in matching.named)
    assert matching.why_not(*pair).exact
    loose = opened(matching, total=1)
    assert not loose.why_not(*pair).exact
    assert str(loose.why_not(*pair)).endswith(", as far as is proved.")
    assert str(loose.price_of("most_pairs")).endswith(", as far as is proved.")
    assert "as far as is proved" not in str(matching.price_of("most_pairs"))
    assert loose.stages["cost"].iloc[0].endswith(", as far as is proved")
