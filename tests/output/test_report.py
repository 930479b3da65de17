"""The report holds what its view may show and nothing else, and whatever a cell holds stays text."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from exports import GAPS, PLAIN, SHARED, Export, exports
from hypothesis import given
from hypothesis import strategies as st
from naughty import shared
from places import DATA, EXAMPLE, ROOT

import rmatch
from rmatch.columns import fold
from rmatch.limits import Lock
from rmatch.output.report import View, report_html, tell
from rmatch.output.report.page import coded, render, sentence
from rmatch.output.report.people import LONGEST
from rmatch.output.report.sections.cards import Cards
from rmatch.output.report.sections.departments import Departments
from rmatch.output.report.sections.export import Export as ExportSection
from rmatch.output.report.sections.pairs import Pair, Pairs
from rmatch.output.report.sections.scores import Scores
from rmatch.output.report.sections.skills import Skills
from rmatch.output.report.sections.waiting import Waiting
from rmatch.output.report.story import Headline, Story

VIEWS = [view for view in View if view is not View.AUDIT]
TAGS = {
    *("html", "head", "meta", "title", "style", "script", "body", "header", "main", "footer", "nav", "section"),
    *("article", "div", "p", "h1", "h2", "h3", "ul", "li", "dl", "dt", "dd", "details", "summary", "noscript"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td", "svg", "g", "rect", "path", "text"),
    *("label", "input", "select", "option", "button", "a", "b", "i", "bdi", "br", "code", "span"),
}


@pytest.fixture(scope="module")
def example() -> rmatch.Matching:
    return rmatch.match(rmatch.read_csv(EXAMPLE))


def page(matching: rmatch.Matching, view: View = View.OWNER) -> str:
    return report_html(matching, view).decode("utf-8")


def pairs_of(story: Story) -> tuple[Pair, ...]:
    """The pairs that a report for owner or director lists."""
    table = story.of(Pairs)
    return table.pairs if table else ()


class Read(HTMLParser):
    """What a parser finds: tags, attributes, and all text but style and script."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self._inside = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self._inside = tag

    def handle_data(self, data: str) -> None:
        if self._inside not in ("style", "script"):
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""


# ---------------------------------------------------------------- what it tells


def test_the_parts_of_every_pair_sum_to_its_score(example: rmatch.Matching) -> None:
    pairs = pairs_of(tell(example, View.OWNER))
    assert len(pairs) == len(example.pairs)
    for pair in pairs:
        assert pair.account is not None
        assert sum(part.value for part in pair.account.parts) == pair.score


def test_the_owner_sees_everybody(example: rmatch.Matching) -> None:
    said = Read(page(example)).text
    for side in ("mentor", "mentee"):
        for known in ("id", "name", "email"):
            assert [x for x in example.pairs[f"{side}_{known}"] if x not in said] == []
    assert [x for x in example.unmatched["employee_id"] if x not in said] == []
    assert "This is the best possible plan: the rules allow at most 84 pairs" in said
    assert "Proved over all 8,800 possible pairs." in said
    assert "35%the junior offers the skills that the senior wants" in said
    assert "Nobody is paired inside their reporting line." in said
    assert example.to_record().people in said


def test_counts_in_the_figures_add_up(example: rmatch.Matching) -> None:
    story = tell(example, View.OWNER)
    scores, crossing, waiting, export = map(story.of, (Scores, Departments, Waiting, ExportSection))
    assert sum(scores.counts) == sum(map(sum, crossing.counts)) == crossing.pairs == len(example.pairs)
    assert sum(group.number for group in waiting) == len(example.unmatched)
    assert sum(number for _, number in export.accounts) == len(example.accounts)
    known = example.pairs[["mentor_department", "mentee_department"]].replace("", pd.NA).dropna()
    assert crossing.known == len(known)
    assert crossing.across == (known["mentor_department"] != known["mentee_department"]).sum()


@pytest.mark.slow
@given(exports(12, kinds=(PLAIN, GAPS, SHARED)))
def test_the_shortage_is_what_counting_finds(export: Export) -> None:
    roster = rmatch.from_frame(export.frame(), on_bad_rows="skip")
    try:
        matching = rmatch.match(roster)
    except rmatch.RmatchError:
        return
    shortage = tell(matching, View.OWNER).of(Skills)

    def holders(cells: pd.Series) -> Counter[str]:
        names = (fold(item.partition(":")[0]) for cell in cells for item in cell.split("; ") if item)
        return Counter(names)

    wanted, offered = holders(roster.mentees["skills_wanted"]), holders(roster.mentors["skills_offered"])
    assert (shortage.wanted if shortage else 0) == len(wanted)
    for skill in shortage.skills if shortage else ():
        assert (skill.wanted, skill.offered) == (wanted[fold(skill.name)], offered[fold(skill.name)])


def test_a_pair_that_was_locked_is_marked(example: rmatch.Matching) -> None:
    first = example.pairs.iloc[5]
    lock = Lock(((first["mentor_id"], first["mentee_id"]),))
    locked = rmatch.match(rmatch.read_csv(EXAMPLE), rmatch.Program(limits=(lock,)))
    assert page(locked).count("Set by hand.") == 1
    assert "1 pair set by hand." in page(locked)
    assert "Set by hand." not in page(example)


def test_what_is_not_proved_is_not_called_so() -> None:
    matching = rmatch.match(rmatch.from_frame(Export(5, 60, 60, PLAIN).frame()), time_limit=1e-9)
    certificate = replace(matching.certificate, bound=matching.certificate.total + 2**20)
    open_ = replace(matching, certificate=certificate, status=rmatch.Status.FEASIBLE)
    for view in (View.OWNER, View.DIRECTOR):
        said = Read(page(open_, view)).text
        assert "not proved best" in said
        assert "(gap 1.000000)" in said
        assert "best possible" not in said


def test_a_state_and_dates_have_their_places(example: rmatch.Matching) -> None:
    story = tell(example, View.PARTICIPANT)
    (part,) = story.parts
    cards = (replace(part.data[0], dates=("From 1 March", "Six meetings")), *part.data[1:])
    changed = replace(story, headline=replace(story.headline, state="draft"), parts=(replace(part, data=cards),))
    said = render(changed).decode()
    assert '<span class="state">draft</span>' in said
    assert said.count("<dt>Dates<dd>From 1 March<br>Six meetings") == said.count("<dt>Dates") == 1


# ---------------------------------------------------------------- who may see what


@pytest.fixture(scope="module")
def telling() -> rmatch.Matching:
    """A plan in which everything that must not be shown has a word of its own."""
    frame = Export(8, 14, 12, PLAIN).frame().assign(manager_id="", capacity="1")
    seniors = frame.index[frame["role"] == "mentee"]
    frame["email"] = frame["employee_id"].str.lower() + "@example.org"
    frame["skills_offered"] += "; zzseldom; zzoften; zzback"
    frame["skills_wanted"] += "; zzback"
    frame.loc[seniors[:4], "skills_wanted"] += "; zzseldom"
    frame.loc[seniors[4:9], "skills_wanted"] += "; zzoften"
    frame.loc[seniors[0], "skills_wanted"] += "; zzlevel:99"
    return rmatch.match(rmatch.from_frame(frame))


def test_a_director_is_shown_no_skill_of_fewer_than_five_seniors(telling: rmatch.Matching) -> None:
    owner, director = page(telling), page(telling, View.DIRECTOR)
    for word in ("zzseldom", "zzlevel"):
        assert word in owner
        assert word not in director
    assert "zzoften" in director
    assert "fewer than five mentees want are counted, but not named" in director


def test_a_director_is_given_no_reasons_for_single_people(telling: rmatch.Matching) -> None:
    story, said = tell(telling, View.DIRECTOR), page(telling, View.DIRECTOR)
    assert all(pair.account is None for pair in pairs_of(story))
    assert not any(group.people for group in story.of(Waiting))
    assert sum(group.number for group in story.of(Waiting)) == len(telling.unmatched) > 0
    assert not any(finding.values or finding.reason for finding in story.of(ExportSection).findings)
    left = set(telling.unmatched["employee_id"]) - set(telling.pairs["mentor_id"]) - set(telling.pairs["mentee_id"])
    for word in (*left, *telling.unmatched["detail"], *telling.pairs["why"], "@example.org", "teaches", "in return"):
        assert word not in said, word


def test_participants_see_no_score_no_ranking_and_no_reason(telling: rmatch.Matching) -> None:
    story, said = tell(telling, View.PARTICIPANT), page(telling, View.PARTICIPANT)
    assert [type(part.section.section) for part in story.parts] == [Cards]
    assert (story.provenance, story.headline.figures) == ((), ())
    body = said.partition("<body")[2].partition("<script>")[0]
    for score in telling.pairs["score"]:
        assert not re.search(rf"\b{score:.2f}", body)
    for word in ("score", "proved", "gap", "rank", "class=w", *telling.unmatched["detail"]):
        assert word not in body, word
    names = [(card.mentor.name.casefold(), card.mentor.id) for card in story.of(Cards)]
    assert names == sorted(names)
    assert len(names) == len(telling.pairs)


def test_the_order_of_cards_does_not_follow_the_scores(example: rmatch.Matching) -> None:
    worst_first = replace(example, chosen=(example.chosen[0][::-1].copy(), example.chosen[1][::-1].copy()))
    assert page(example, View.PARTICIPANT) == page(worst_first, View.PARTICIPANT)


def test_there_is_no_other_view(example: rmatch.Matching, tmp_path: Path) -> None:
    with pytest.raises(rmatch.RmatchError, match=r"no view 'directors' of a report. Did you mean 'director'\?"):
        example.to_html(tmp_path / "r.html", "directors")  # type: ignore[arg-type]
    assert not any(tmp_path.iterdir())


# ---------------------------------------------------------------- text stays text


@pytest.mark.slow
@given(st.text())
def test_any_text_is_read_back_as_it_was(value: str) -> None:
    plain, shown = (Read(render(Story(View.OWNER, Headline("", title, ()))).decode()) for title in ("", value))
    kept = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]", "\ufffd", value.replace("\r", " "))
    assert (shown.tags, shown.attributes) == (plain.tags, plain.attributes)
    assert shown.text.count(kept) >= 2  # the title of the page, and its heading
    assert len(shown.text) == len(plain.text) + 2 * len(kept)


def test_a_sentence_has_a_capital_and_one_full_stop() -> None:
    assert (sentence("it holds"), sentence("Why?"), sentence("")) == ("It holds.", "Why?", ".")


@pytest.mark.slow
@pytest.mark.parametrize("view", VIEWS)
def test_naughty_strings_make_no_tag_and_no_attribute(view: View) -> None:
    naughty = [s.strip() for s in shared() if s.strip()]
    if not naughty:
        pytest.skip(f"no data in {DATA}")
    naughty = list(dict.fromkeys(naughty))
    half = len(naughty) // 2
    frame = pd.DataFrame({"employee_id": naughty, "name": naughty[::-1], "department": naughty, "job_title": naughty})
    frame["role"] = ["mentor"] * half + ["mentee"] * (len(naughty) - half)
    for column in ("email", "skills_offered", "skills_wanted", "goals", "availability"):
        frame[column] = naughty
    matching = rmatch.match(rmatch.from_frame(frame, on_bad_rows="skip"), rmatch.Program(rules=()))
    assert len(matching.pairs) == half
    plain, found = Read(page(rmatch.match(rmatch.read_csv(EXAMPLE)), view)), Read(page(matching, view))
    assert found.tags <= TAGS
    assert {name for name, _ in found.attributes} <= {name for name, _ in plain.attributes} | {"href"}
    for name, value in found.attributes:
        assert name not in ("href", "src") or value.startswith(("mailto:", "#"))


def test_endless_cells_are_cut(example: rmatch.Matching) -> None:
    frame = pd.read_csv(EXAMPLE, dtype=str, keep_default_na=False).head(20)
    for column in ("name", "job_title", "department", "email"):
        frame[column] = frame[column] + "x" * 10_000
    for view in VIEWS:
        said = page(rmatch.match(rmatch.from_frame(frame)), view)
        assert "x" * (LONGEST // 2) in said
        assert "x" * LONGEST not in said


# ---------------------------------------------------------------- the file


@pytest.mark.parametrize("view", VIEWS)
def test_the_policy_allows_what_stands_there_and_nothing_else(view: View, example: rmatch.Matching) -> None:
    said = page(example, view)
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', said)
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for kind in ("style", "script"):
        (inside,) = re.findall(rf"<{kind}>(.*?)</{kind}>", said, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    found = Read(said)
    assert found.tags <= TAGS
    assert not [name for name, _ in found.attributes if name == "style" or name.startswith("on")]
    assert not re.search(r"(?:src|href)\s*=\s*[\"']?\s*(?:https?:)?//", said)
    assert "http" not in said.replace("http-equiv", "")


def test_the_readme_shows_a_picture_of_it() -> None:
    pictures = re.findall(r"!\[[^]]+\]\((docs/\S+\.png)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert "docs/report.png" in pictures
    for picture in pictures:
        data = (ROOT / picture).read_bytes()
        assert data.startswith(b"\x89PNG")
        assert len(data) < 300_000


def test_no_data_stands_in_the_script(example: rmatch.Matching, telling: rmatch.Matching) -> None:
    scripts = {page(matching, view).partition("<script>")[2] for matching in (example, telling) for view in VIEWS}
    assert len(scripts) == 1


@pytest.mark.slow
def test_five_hundred_pairs_stay_below_400_kilobytes() -> None:
    people = rmatch.datasets.workforce(560, 480, seed=3)
    matching = rmatch.match(rmatch.from_frame(people))
    assert len(matching.pairs) >= 500
    for view in VIEWS:
        assert len(report_html(matching, view)) * 500 / len(matching.pairs) < 400_000


@pytest.mark.slow
@given(exports(8, kinds=(PLAIN, GAPS)), st.integers(0, 2**32 - 1))
def test_the_order_of_rows_does_not_show(export: Export, shuffle: int) -> None:
    frame = pd.concat([export.frame(), export.frame().head(1).assign(grade="high", capacity="many")])
    pages = []
    for some in (frame, frame.sample(frac=1, random_state=shuffle)):
        matching = rmatch.match(rmatch.from_frame(some, on_bad_rows="skip"))
        pages.append([report_html(matching, view) for view in VIEWS])
    assert pages[0] == pages[1]


def test_a_saved_plan_on_its_people_gives_the_same_report(tmp_path: Path) -> None:
    roster = rmatch.from_frame(Export(4, 20, 15, GAPS).frame().drop(columns=["goals"]), on_bad_rows="skip")
    matching = rmatch.match(roster)
    matching.save(tmp_path / "plan.json")
    again = rmatch.load(tmp_path / "plan.json", roster)
    assert len(matching.issues)
    assert "goals" in " ".join(matching.issues["reason"])
    pd.testing.assert_frame_equal(again.issues, matching.issues)
    for view in VIEWS:
        assert report_html(again, view) == report_html(matching, view)
    with pytest.raises(rmatch.RmatchError, match="needs the people"):
        rmatch.load(tmp_path / "plan.json").to_html(tmp_path / "r.html")


@pytest.mark.slow
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"employee_id": ["a", "b"], "role": ["mentor", "mentee"], "skills_offered": ["x", ""],
                      "skills_wanted": ["", "x"]}),
        pd.DataFrame({"employee_id": ["a", "b"], "role": ["mentor", "mentee"], "grade": ["5", "1"],
                      "skills_offered": ["x", ""], "skills_wanted": ["", "y"]}),
        pd.DataFrame({"employee_id": ["a"], "role": ["mentor"], "department": ["Sales"]}),
    ],
    ids=["only skills", "no pair", "no mentee"],
)  # fmt: skip
def test_a_plan_with_next_to_nothing_in_it_has_a_report(frame: pd.DataFrame, view: View) -> None:
    matching = rmatch.match(rmatch.from_frame(frame))
    story = tell(matching, view)
    assert len(story.of(Cards) or pairs_of(story)) == len(matching.pairs)
    assert "<h1>" in page(matching, view)


def test_the_page_says_how_far_the_plan_is(example: rmatch.Matching) -> None:
    assert '<span class="state">draft</span>' in page(example, View.OWNER)
    approved = example.review(example.pairs[["mentor_id", "mentee_id"]].assign(decision="approve"))
    assert '<span class="state">approved</span>' in page(approved, View.DIRECTOR)
    assert 'class="state"' not in page(approved, View.PARTICIPANT)


def test_every_card_has_the_term_and_its_meetings_and_no_address() -> None:
    term = {"start": "2026-03-01", "end": "2026-08-31", "meetings": 14}
    program = rmatch.Program(term=term)
    matching = rmatch.match(rmatch.read_csv(EXAMPLE, program=program), program)
    cards = Read(page(matching, View.PARTICIPANT)).text
    assert cards.count("14 meetings of 60 minutes from 2026-03-01 to 2026-08-31:") == len(matching.pairs)
    assert cards.count("1. 2026-03-01 to 2026-03-13") == len(matching.pairs)
    assert cards.count("and 2 more") == len(matching.pairs)
    assert "@" not in cards


@pytest.fixture(scope="module")
def audited() -> rmatch.Matching:
    frame = rmatch.datasets.workforce(80, 60, seed=2)
    frame["<i>origin"] = np.random.default_rng(1).choice(["<b>here", "there", "prefer not to say"], len(frame))
    program = rmatch.Program(columns={"<i>origin": {"use": "audit", "sensitive": True}})
    return rmatch.match(rmatch.from_frame(frame, program=program), program)


def test_the_page_of_an_audit_says_what_the_audit_says_and_names_nobody(audited: rmatch.Matching) -> None:
    shown, table = Read(page(audited, View.AUDIT)), audited.audit()
    assert shown.tags <= TAGS
    for line in table.itertuples():
        assert f"{line.group}{line.people:,}{line.matched:,}{line.matched_rate:.0%}" in shown.text.replace("\n", "")
    names = {*audited.pairs["mentor_name"], *audited.pairs["mentee_name"]} - {""}
    assert not [name for name in names if name in shown.text]
    for view in VIEWS:
        assert "origin" not in page(audited, view)


def test_without_a_column_for_audits_there_is_no_such_page(example: rmatch.Matching) -> None:
    with pytest.raises(rmatch.ProgramError, match='use = "audit"'):
        report_html(example, View.AUDIT)


def test_the_report_tells_of_weak_pairs_and_of_what_value_first_would_make() -> None:
    frame = pd.DataFrame(
        {
            "employee_id": ["a1", "a2", "b1", "b2"],
            "role": ["mentor", "mentor", "mentee", "mentee"],
            "skills_offered": ["SQL", "Figma", "", ""],
            "skills_wanted": ["", "", "SQL", "Video"],
        }
    )
    program = rmatch.Program(criteria=(rmatch.criteria.Skills(),), rules=())
    matching = rmatch.match(rmatch.from_frame(frame, program=program), program)
    page = report_html(matching).decode()
    assert "1 pair scores below 0.25, made so that as many people as possible take part." in page
    other = matching.value_first()
    assert f"would make {len(other.points)} pair, {other.total:.2f} on average." in page


def test_what_stands_between_backticks_is_code_and_nothing_of_it_is_markup() -> None:
    assert coded('Add `kind = "shares"` & <b>`.') == "Add <code>kind = &#34;shares&#34;</code> &amp; &lt;b&gt;`."
    assert coded("`<i>`") == "<code>&lt;i&gt;</code>"
