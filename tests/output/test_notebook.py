"""What a notebook shows of each value: small, escaped, capped, and readable in light and dark."""

from __future__ import annotations

import html.parser
import re
import unicodedata

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rmatch
from rmatch._util import notebook
from rmatch.limits import Lock
from rmatch.rules import Exclude

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "x" * 10_000,
    "\u202eback",
    '"><b>',
    "&lt;",
    "a\0b",
)


class Page(html.parser.HTMLParser):
    """The tags and the text of a fragment; fails where tags do not close as they opened."""

    def __init__(self, fragment: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self._open: list[str] = []
        self.feed(fragment)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def shown(value: object) -> Page:
    page = Page(value._repr_html_())  # type: ignore[attr-defined]
    assert set(page.tags) <= {"div", "table", "thead", "tbody", "tr", "th", "td"}
    assert page.attributes <= {"style", "dir", "scope"}
    return page


def people(cell: str, number: int = 15) -> pd.DataFrame:
    """People with a hostile name, department and skill each, and as many bad rows."""
    rows = []
    for side, role in (("a", "mentor"), ("b", "mentee")):
        for k in range(number):
            who = {"employee_id": f"{side}{k}", "role": role, "name": cell, "department": f"{cell}{k % 2}"}
            skills = {"skills_offered": f"{cell}{k % 3}", "skills_wanted": f"{cell}{k % 3}"}
            rows.append(who | skills | {"capacity": "-1" if k > 12 else "1"})
    return pd.DataFrame(rows)


@pytest.mark.slow
@pytest.mark.parametrize("cell", HOSTILE)
def test_hostile_cells_are_text_and_everything_is_capped(cell: str) -> None:
    roster = rmatch.from_frame(people(cell.replace("\0", "?")), on_bad_rows="skip")
    pair = ("a0", "b0")
    program = rmatch.Program(rules=(Exclude(((f"{cell}!", "b1"),), unknown="ignore"),), limits=(Lock((pair,)),))
    matching = rmatch.match(roster, program)
    values = [roster, program, matching.program, matching, matching.explain(*pair), matching.why_not("a1", "b2")]
    values += [matching.certificate, matching.verify(), matching.compare(matching)]
    for value in values:
        page = shown(value)
        assert len(value._repr_html_()) < 40_000
        assert "\0" not in page.text
        assert repr(value)
        assert len(repr(value)) < 1_000 or isinstance(value, rmatch.Explanation | rmatch.WhyNot | rmatch.Difference)
    assert page.tags.count("tr") <= 12


def test_each_value_says_what_it_is() -> None:
    roster = rmatch.from_frame(people("x"), on_bad_rows="skip")
    matching = rmatch.match(roster)
    assert "13 mentors and 13 mentees take part" in shown(roster).text
    assert "errors: 4" in shown(roster).text
    assert shown(roster).tags.count("tr") == 5, "the headers, and one row for each"
    assert matching.summary() in shown(matching).text
    assert "draft" in shown(matching).text
    assert f"… and {len(matching.pairs) - 10} more" in shown(matching).text
    assert shown(matching).tags.count("tr") == 11
    assert "44%" in shown(rmatch.Program(criteria=(rmatch.criteria.Skills(4), rmatch.criteria.Goals(5)))).text
    assert "some pairs are not available" in shown(rmatch.Program(rules=(Exclude((("a", "b"),)),))).text
    assert "Certificate: proved best" in shown(matching.certificate).text
    told = matching.explain("a0", "b0")
    assert told.sentence in shown(told).text
    assert all(f"{part:.3f}" in shown(told).text for part in told.parts.values())
    assert "Verified" in shown(matching.verify()).text
    loaded = matching.review(matching.pairs.assign(decision="approve"))
    assert "Matching: approved" in shown(loaded).text


def test_colours_are_those_of_the_notebook() -> None:
    fragment = rmatch.match(rmatch.from_frame(people("x", 12)))._repr_html_()
    assert not re.search(r"(?<!border-)color:(?!inherit)", fragment)
    assert "background:" not in fragment


@given(st.lists(st.lists(st.text(max_size=20), min_size=2, max_size=2), max_size=14), st.text(max_size=30))
def test_any_text_is_shown_as_text(rows: list[list[str]], title: str) -> None:
    page = Page(notebook.block(title, notebook.lines(title), notebook.table(("a", "b"), rows, len(rows))))
    assert page.tags.count("td") == 2 * min(len(rows), notebook.MOST_ROWS)
    assert "".join(c for c in title if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")) in page.text


def test_tables_are_cut_and_say_so() -> None:
    assert notebook.table(("a",), []) == ""
    assert "… and 5 more" in notebook.table(("a",), ((k,) for k in range(15)), 15)
    assert "… and more" in notebook.table(("a",), ((k,) for k in range(15)))
    assert "more" not in notebook.table(("a",), ((k,) for k in range(10)), 10)
    assert notebook.table(["h"] * 40, [range(40)]).count("<td") == notebook.MOST_COLUMNS


def test_a_part_that_is_not_made_here_is_text() -> None:
    assert "&lt;b&gt;bold" in notebook.block("title", "<b>bold")
    assert "<b>" not in notebook.block("<b>title", "<b>bold", notebook.lines("<b>line"))
