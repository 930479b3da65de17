"""A section is a module and a template; other packages add theirs, and nothing leaves its element or attribute."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from places import ROOT

import rmatch
from rmatch.errors import ProgramError
from rmatch.limits import Limit
from rmatch.objectives import MostPairs, Total
from rmatch.output.report import Section, View, page, report_html, tell
from rmatch.output.report.installed import shipped
from rmatch.output.report.sections.departments import Departments
from rmatch.output.report.sections.skills import Skills
from rmatch.rows import Part, Row

SRC = ROOT / "src"

# ---------------------------------------------------------------- hostile names, everywhere

PLAIN, HOSTILE = "plain", "\" onclick='x' <b>&lt;\n&amp;</td></noscript>{{ 7 * 7 }}{% endif %}\u202e\u2066\x85\x07"
"""What is written into names: either stands where the other stood, and sorts as it did, for a letter is before it."""


def name(letter: str, rest: str) -> str:
    return f"{letter} {rest}"


@dataclass(frozen=True)
class Named(Limit):
    """At most a thousand pairs, in words of somebody's own."""

    words: str = ""

    def rows(self, people: Any) -> tuple[Row, ...]:
        return (Row(self.words, (Part(),), most=1_000),)

    def in_words(self) -> str:
        return f"there are at most 1,000 {self.words}"


@dataclass(frozen=True)
class Worded(rmatch.rules.Rule):
    """Everybody may be paired, in words of somebody's own."""

    words: str = ""

    def allows(self, mentors: Any, mentees: Any) -> Any:
        return lambda i, j: np.full(len(i), True)

    def in_words(self) -> str:
        return f"nobody is {self.words}"


def plan(rest: str, file: Path) -> rmatch.Matching:
    """People of a CSV file whose every text, and a program whose every name, has this rest."""
    rows, texts = [], ("name", "job_title", "department", "email", "location")
    item = rest.replace(";", ":").replace("\n", " ")  # in a list either begins another
    for k in range(24):
        cell = {text: name("abcdef"[k % 6], rest) for text in texts}
        role = {"employee_id": name(f"{k:02d}", rest), "role": "mentor" if k < 12 else "mentee", "availability": ""}
        lists = {"skills_offered": "qrst"[k % 4], "skills_wanted": "qrst"[(k + 1) % 4], "goals": "op"[k % 2]}
        skills = {column: name(letter, item) for column, letter in lists.items()}
        own = {name("h", rest): name("uvw"[k % 3], rest), name("z", rest): name("xy"[k % 2], rest)}
        rows.append(cell | role | skills | own | {"capacity": "one" if k == 3 else "1"})
    ids = [name(f"{k:02d}", rest) for k in range(24)]
    column, group = name("h", rest), name("z", rest)
    program = rmatch.Program(
        columns={group: {"use": "audit", "sensitive": True}},
        criteria=(
            rmatch.criteria.Skills(),
            rmatch.criteria.Goals(),
            rmatch.criteria.Similarity(column=column),
            rmatch.criteria.Difference(column=column),
        ),
        rules=(Worded(words=rest),),
        limits=(
            rmatch.limits.Share(column, differ=False, least=0.0),
            rmatch.limits.Group("mentee", column, value=name("u", rest), most=20),
            Named(words=rest),
            rmatch.limits.Lock(tuple((ids[k], ids[k + 12]) for k in range(12) if k not in (3, 9))),
        ),
        objectives=(MostPairs(), rmatch.objectives.Priority(column="capacity"), Total()),
    )
    pd.DataFrame(rows).to_csv(file, index=False)
    return rmatch.match(rmatch.read_csv(file, program=program, on_bad_rows="skip"), program)


class Tree(HTMLParser):
    """Tags in order with their attributes, and what stands between them."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.texts: list[str] = []
        self.feed(page.decode("utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        shown = tuple((key, value) for key, value in attrs if key != "content")
        self.tags.append((tag, shown))
        self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        self.tags.append((f"/{tag}", ()))
        self.texts.append("")

    def handle_data(self, data: str) -> None:
        if self.texts:
            self.texts[-1] += data


def cleaned(text: str | None) -> str:
    """A text as a page may hold it, without regard to white space."""
    for control in "\x85\x07":
        text = (text or "").replace(control, "\ufffd")
    return " ".join((text or "").split())


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> tuple[rmatch.Matching, rmatch.Matching]:
    folder = tmp_path_factory.mktemp("people")
    plain, hostile = plan(PLAIN, folder / "plain.csv"), plan(HOSTILE, folder / "hostile.csv")
    assert len(plain.points) == len(hostile.points) == 12
    return plain, hostile


@pytest.mark.parametrize("view", list(View))
def test_hostile_names_leave_neither_element_nor_attribute(
    view: View, plans: tuple[rmatch.Matching, rmatch.Matching]
) -> None:
    """The page is that of plain names, tag for tag and attribute for attribute."""
    plain, hostile = (Tree(report_html(matching, view)) for matching in plans)
    assert [tag for tag, _ in hostile.tags] == [tag for tag, _ in plain.tags]
    for (tag, mine), (_, other) in zip(hostile.tags, plain.tags, strict=True):
        assert [key for key, _ in mine] == [key for key, _ in other], tag
        for (_, value), (_, usual) in zip(mine, other, strict=True):
            assert spelled(value) == cleaned(usual), tag
    assert HOSTILE[:12] in "".join(hostile.texts)


def spelled(text: str | None) -> str:
    return cleaned(text).replace(cleaned(HOSTILE), PLAIN)


# ---------------------------------------------------------------- the contract


def test_every_section_of_this_package_is_found_and_stands_in_its_place() -> None:
    folder = SRC / "rmatch" / "output" / "report" / "sections"
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert {type(section).__module__.rpartition(".")[2] for section in shipped()} == modules
    assert {path.stem for path in folder.glob("*.html")} == modules
    assert [section.name() for section in shipped()] == [
        "parity", "scores", "departments", "skills", "cards", "pairs", "waiting", "program", "export",
    ], "a section of yours joins this list, at its place"  # fmt: skip


def test_a_section_is_for_the_owner_unless_it_says_otherwise() -> None:
    assert Section.views == (View.OWNER,)


def test_an_audit_does_not_say_that_nothing_was_found_where_it_did_not_look(
    plans: tuple[rmatch.Matching, rmatch.Matching],
) -> None:
    assert len(plans[0].issues)
    assert b"rejected, changed or noted" not in report_html(plans[0], View.AUDIT)


# ---------------------------------------------------------------- sections of other packages

OURS = """
from markupsafe import Markup
from rmatch.output.report import Section, View


class Chats(Section):
    title = "Chats <b>& \\"more\\""
    template = "<ul>{% for name in data %}<li title='{{ name }}'>{{ name }}{% endfor %}</ul>"

    def data(self, result, view):
        return ["<script>alert(1)</script>", "' onclick='x", f"{len(result.points)} pairs"]


class Everyone(Chats):
    title = "For everyone"
    views = tuple(View)
    place = 15


class Broken(Chats):
    title = "Broken <i>one"
    views = (View.OWNER, View.DIRECTOR)

    def data(self, result, view):
        raise ValueError("a secret that somebody answered")


class Undrawn(Chats):
    title = "Undrawn"
    template = "{{ data.nothing.here }}"


class Misspelled(Chats):
    title = "Misspelled"
    template = "{% if %}"


class Views(Chats):
    views = ("participant",)


class Untitled(Chats):
    title = ""


def no_section():
    return None
"""
POINTS = """[rmatch.report_sections]
broken = ours:Broken
chats = ours:Chats
everyone = ours:Everyone
function = ours:no_section
gone = ours:Gone
misspelled = ours:Misspelled
undrawn = ours:Undrawn
untitled = ours:Untitled
views = ours:Views
beside = kept.beside:Beside
"""
BESIDE = '''
from rmatch.output.report import Section


class Beside(Section):
    """Its template stands beside it."""

    title = "Beside"

    def data(self, result, view):
        return [("<a>", "1")]
'''
ASKED = """
import json, sys
from places import ROOT

import rmatch
from rmatch.output.report import View, report_html
matching = rmatch.match(rmatch.from_frame(rmatch.datasets.workforce(12, 10, seed=1)))
print(json.dumps({view.value: report_html(matching, view).decode() for view in View if view is not View.AUDIT}))
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Reports where a package outside the repository is installed beside rmatch."""
    place = tmp_path_factory.mktemp("site")
    (place / "ours.py").write_text(OURS, encoding="utf-8")
    (place / "kept").mkdir()
    (place / "kept" / "__init__.py").write_text("", encoding="utf-8")
    (place / "kept" / "beside.py").write_text(BESIDE, encoding="utf-8")
    (place / "kept" / "beside.html").write_text(
        '{% import "parts.html" as parts %}'
        '{% call parts.table("<Beside>", ("A", "B")) %}{{ parts.rows(data) }}{% endcall %}',
        encoding="utf-8",
    )
    known = place / "ours-1.0.dist-info"
    known.mkdir()
    (known / "METADATA").write_text("Metadata-Version: 2.1\nName: ours\nVersion: 1.0\n", encoding="utf-8")
    (known / "entry_points.txt").write_text(POINTS, encoding="utf-8")
    found = [str(place), str(SRC), str(ROOT / "tests" / "support")]
    program = f"import sys; sys.path[:0] = {found!r}\n{ASKED}"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    drawn: dict[str, str] = json.loads(ran.stdout)
    return drawn


def headings(page: str) -> list[str]:
    tree = Tree(page.encode())
    return [text for (tag, _), text in zip(tree.tags, tree.texts, strict=True) if tag == "h2"]


def test_a_section_of_another_package_is_shown_to_the_owner_and_escaped(pages: dict[str, str]) -> None:
    page = pages["owner"]
    assert 'Chats <b>& "more"' in headings(page)
    assert "<li title='&lt;script&gt;alert(1)&lt;/script&gt;'>&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<li title='&#39; onclick=&#39;x'>&#39; onclick=&#39;x" in page
    assert page.count("<script>") == 1
    tags = [tag for tag, _ in Tree(page.encode()).tags]
    assert tags.count("section") == tags.count("/section") == len(headings(page)) - 1  # the foot has one too
    assert not any(key.startswith("on") for _, attributes in Tree(page.encode()).tags for key, _ in attributes)


def test_its_template_may_stand_beside_it_and_use_the_parts_of_ours(pages: dict[str, str]) -> None:
    assert '<caption class="vh">&lt;Beside&gt;</caption>' in pages["owner"]
    assert "<th scope=row>&lt;a&gt;<td>1" in pages["owner"]


class Plain(Section[int]):
    """A section whose author forgot how it looks."""

    title = "Plain"

    def data(self, result: Any, view: View) -> int:
        return 1


def test_a_section_without_a_template_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ProgramError, match=r"^the section Plain has no template: give the class one as `template`"):
        Plain.source()
    monkeypatch.setattr(Plain, "__module__", Departments.__module__)
    assert Plain.source() == Departments.source()
    monkeypatch.setattr(Plain, "__module__", View.__module__)
    with pytest.raises(ProgramError, match=r"write it in section\.html beside the module$"):
        Plain.source()


def test_it_stands_in_the_place_that_it_asks_for_and_is_seen_where_it_says_so(pages: dict[str, str]) -> None:
    assert headings(pages["owner"])[0] == headings(pages["director"])[0] == "For everyone"
    assert headings(pages["participant"]) == ["For everyone", "Pairs"]
    assert "Chats" not in pages["director"] + pages["participant"]
    assert not {"Undrawn", "Misspelled", "gone", "function", "views"} & {*headings(pages["director"])}


def test_a_section_that_fails_says_which_and_takes_nothing_with_it(pages: dict[str, str]) -> None:
    page = pages["owner"]
    for title in ("Scores", "Pairs", "The program", "The export", "Broken <i>one", "Undrawn", "Misspelled", "gone"):
        assert title in headings(page)
    for point, what in {
        "broken": "raised ValueError",
        "undrawn": "raised UndefinedError",
        "misspelled": "raised TemplateSyntaxError",
        "gone": "raised AttributeError when it was loaded",
        "function": "is not a subclass of rmatch.output.report.Section",
        "views": "has views that are not a tuple of rmatch.output.report.View",
        "untitled": "has no title",
    }.items():
        assert f"“<bdi>{point}</bdi>” of the package <bdi>ours</bdi> {what}." in page, point
    assert page.count("<code>pip uninstall ours</code>") == 7
    assert "a secret" not in "".join(pages.values())
    assert "Broken <i>one" in headings(pages["director"])


def test_where_no_package_adds_any_the_story_is_of_ours(plans: tuple[rmatch.Matching, rmatch.Matching]) -> None:
    names: Iterable[str] = [part.section.anchor for part in tell(plans[0], View.PARTICIPANT).parts]
    assert names == ["cards"]


def test_a_section_of_ours_that_fails_takes_nothing_with_it_either(
    plans: tuple[rmatch.Matching, rmatch.Matching], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("what somebody answered")

    monkeypatch.setattr(Skills, "data", broken)
    monkeypatch.setattr(Departments, "template", "{{ data.nothing.here }}")
    page._template.cache_clear()
    drawn = report_html(plans[0]).decode()
    page._template.cache_clear()
    for title, error in ((Skills.title, "KeyError"), (Departments.title, "UndefinedError")):
        said = f"“<bdi>{title}</bdi>” raised {error}. That is a fault of rmatch: please report it."
        assert said in drawn.replace("\n", "")
    assert {"Pairs", "The program"} <= {*headings(drawn)}
    assert "somebody answered" not in drawn
    assert tell(plans[0], View.OWNER).of(Skills) is None
