"""The report in a real browser: it works by mouse and keyboard, bright and dark, on paper and without scripts."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from places import EXAMPLE

import rmatch
from rmatch.output.report import View
from rmatch.output.report.sections.pairs import Pairs

pytestmark = pytest.mark.slow

sync = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: no report is opened")

QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
)  # fmt: skip
HOSTILE = (
    "<script>document.title = 'owned'</script>", "<img src=x onerror=alert(1)>", "=cmd|' /C calc'!A0",
    "\u202egnorw eht yaw dnuor\u202c", "\u05d0\u05d1\u05d2 <b>bold</b>", '" onmouseover="alert(1)', "'; alert(1); '",
    "&amp; &lt;b&gt; &#60;", "</noscript></table></script><h1>out</h1>", "<tbody><tr><td>row", "<!-- never closed",
    "https://example.org/?a=1&b=2", "javascript:alert(1)", "{{7*7}} ${7*7}",
)  # fmt: skip

Open = Callable[..., "sync.Page"]


OF_PAIRS = [view for view in View if view is not View.AUDIT]


@pytest.fixture(scope="session")
def browser() -> Iterator[sync.Browser]:
    """Debian's Chromium, started once."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed: no report is opened in a browser")
    with sync.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        yield started
        started.close()


@pytest.fixture
def visit(browser: sync.Browser) -> Iterator[Open]:
    """Opens a file; at the end nobody complained, and nothing but that file was asked for."""
    contexts, complaints, requests = [], [], []

    def opened(file: Path, **settings: object) -> sync.Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **settings})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(file.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []
    assert all(url.startswith("file://") and url.endswith(".html") for url in requests)
    assert len(requests) == len(contexts)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="module")
def example(folder: Path) -> dict[View, Path]:
    """The reports of the example, as the audit's with a column of its own."""
    matching = rmatch.match(rmatch.read_csv(EXAMPLE))
    frame = pd.read_csv(EXAMPLE, dtype=str, keep_default_na=False)
    audited = of_groups(frame.assign(origin=(["here", "there", "elsewhere"] * len(frame))[: len(frame)]))
    for view in View:
        (audited if view is View.AUDIT else matching).to_html(folder / f"{view.value}.html", view.value)
    return {view: folder / f"{view.value}.html" for view in View}


def of_groups(frame: pd.DataFrame) -> rmatch.Matching:
    """The people matched, to be audited by ``origin``."""
    program = rmatch.Program(columns={"origin": {"use": "audit", "sensitive": True}})
    return rmatch.match(rmatch.from_frame(frame, program=program, on_bad_rows="skip"), program)


@pytest.fixture(scope="module")
def large(folder: Path) -> Path:
    """The report of 2,000 pairs."""
    people = rmatch.datasets.workforce(2_000, 2_000, seed=2).assign(capacity="1", manager_id="")
    people["grade"] = people["role"].map({"mentor": "1", "mentee": "5"})
    matching = rmatch.match(rmatch.from_frame(people))
    assert len(matching.pairs) == 2_000
    matching.to_html(folder / "large.html")
    return folder / "large.html"


@pytest.fixture(scope="module")
def hostile(folder: Path) -> dict[View, Path]:
    """Reports of people whose every cell means harm, or goes on and on."""
    texts = [*HOSTILE, "w" * 10_000, "word " * 2_000]
    frame = pd.DataFrame({"employee_id": [f"{k}{text}" for k, text in enumerate(2 * texts)], "name": 2 * texts})
    frame["role"] = ["mentor"] * len(texts) + ["mentee"] * len(texts)
    for column in ("job_title", "department", "email", "skills_offered", "skills_wanted", "goals", "grade"):
        frame[column] = frame["name"] if column != "grade" else ["1"] * len(texts) + ["9"] * len(texts)
    matching = rmatch.match(rmatch.from_frame(frame, on_bad_rows="skip"))
    assert len(matching.pairs) == len(texts)
    audited = of_groups(frame.assign(origin=["<b>&amp;", "=1+1"] * len(texts)))
    for view in View:
        (audited if view is View.AUDIT else matching).to_html(folder / f"hostile-{view.value}.html", view.value)
    return {view: folder / f"hostile-{view.value}.html" for view in View}


def names(page: sync.Page, column: int = 0) -> list[str]:
    """The first line of a cell, for every row that is shown."""
    script = (
        "(rows, k) => rows.map(row => row.cells[k].querySelector('b, button')?.textContent ?? row.cells[k].innerText)"
    )
    return page.locator(".pairs tbody tr:first-child").evaluate_all(script, column)


def cells(page: sync.Page, column: int) -> list[str]:
    return page.locator(".pairs tbody tr:first-child").evaluate_all(
        "(rows, k) => rows.map(r => r.cells[k].innerText)", column
    )


def said(page: sync.Page) -> str:
    return page.locator("#said").inner_text()


# ---------------------------------------------------------------- the table


def test_the_search_finds_names_ids_and_skills(example: dict[View, Path], visit: Open) -> None:
    page = visit(example[View.OWNER])
    assert said(page) == "84 pairs"
    for word, column in (("chloe", 1), ("E1000176", 0), ("pivot TABLES", 3), ("Customer Service", 1)):
        page.fill("#find", word)
        shown = page.locator(".pairs tbody tr:first-child").all_inner_texts()
        assert 0 < len(shown) < 84
        assert said(page) == f"{len(shown)} of 84 pairs"
        folded = [text.lower().replace("é", "e") for text in shown]
        assert all(word.lower() in text for text in folded)
        assert any(word.lower() in text.lower().replace("é", "e") for text in cells(page, column))
    page.fill("#find", "nobody is called this")
    assert said(page) == "0 of 84 pairs"
    page.fill("#find", "")
    assert len(names(page)) == 84


def test_a_filter_by_department_and_score(example: dict[View, Path], visit: Open) -> None:
    page = visit(example[View.OWNER])
    page.select_option("#department", "Legal")
    both = list(zip(cells(page, 0), cells(page, 1), strict=True))
    assert len(both) > 1
    assert all("\nLegal" in mentor or "\nLegal" in mentee for mentor, mentee in both)
    page.select_option("#department", "")
    page.fill("#least", "0.75")
    scores = [float(score) for score in cells(page, 2)]
    assert len(scores) > 3
    assert min(scores) >= 0.75


def test_every_column_sorts_both_ways_and_says_so(example: dict[View, Path], visit: Open) -> None:
    page = visit(example[View.OWNER])
    heads = page.locator(".pairs thead th")
    assert [heads.nth(k).get_attribute("aria-sort") for k in range(5)] == [None, None, "descending", None, None]
    for k in range(5):
        for _ in range(2):
            heads.nth(k).locator("button").click()
            way = heads.nth(k).get_attribute("aria-sort")
            shown = [x.casefold() for x in (names(page, k) if k < 2 else cells(page, k))]
            order = "([a, b]) => a.map((x, k) => Math.sign(new Intl.Collator('en', {numeric: true}).compare(x, b[k])))"
            signs = set(page.evaluate(order, [shown[:-1], shown[1:]]))
            assert signs <= ({0, -1} if way == "ascending" else {0, 1}), (k, way)
        assert page.locator("[aria-sort]").count() == 1


def test_a_row_opens_by_mouse_and_by_keyboard(example: dict[View, Path], visit: Open) -> None:
    page = visit(example[View.OWNER])
    button, other = page.locator(".open").nth(0), page.locator(".open").nth(1)
    why = page.locator(f"#{button.get_attribute('aria-controls')}")
    assert (button.get_attribute("aria-expanded"), why.is_visible()) == ("false", False)
    button.click()
    assert (button.get_attribute("aria-expanded"), why.is_visible()) == ("true", True)
    for word in ("0.350", "teaches Excel pivot tables and SQL", "gains Motivation in return", "Fri 10:00-11:00 UTC"):
        assert word in why.inner_text()
    assert why.locator("a").get_attribute("href") == "mailto:rafael.feriby%40example.org,chloe.stenevic%40example.org"
    assert other.get_attribute("aria-expanded") == "false"
    button.focus()
    page.keyboard.press("Enter")
    assert not why.is_visible()
    page.keyboard.press("Tab")
    assert other.evaluate("button => button === document.activeElement")
    page.keyboard.press("Space")
    assert other.get_attribute("aria-expanded") == "true"
    page.locator(".pairs tbody tr:first-child").nth(2).locator("td").nth(1).click()
    assert page.locator(".open").nth(2).get_attribute("aria-expanded") == "true"


def test_two_thousand_pairs_come_page_by_page(large: Path, visit: Open) -> None:
    page = visit(large)
    assert (said(page), page.locator(".pages span").inner_text()) == ("2,000 pairs", "1–100 of 2,000")
    seen, back, on = names(page, 1), page.locator("#back"), page.locator("#on")
    assert back.is_disabled()
    for _ in range(19):
        on.click()
        seen += cells(page, 1)
    assert (len(seen), len(set(seen))) == (2_000, 2_000)
    assert on.is_disabled()
    assert page.locator(".pages span").inner_text() == "1,901–2,000 of 2,000"
    last = names(page)[-1]
    page.fill("#find", last)
    assert last in names(page)
    assert page.locator("noscript").count() == 3


def test_cards_can_be_searched(example: dict[View, Path], visit: Open) -> None:
    page = visit(example[View.PARTICIPANT])
    assert said(page) == "84 pairs"
    page.fill("#find", "chloe stenevic")
    assert page.locator("article:visible").count() == 1
    assert page.locator("article:visible h3").text_content() == "Rafael Feriby mentors Chloé Stenevic"


# ---------------------------------------------------------------- without scripts, on paper, in the dark, on a phone


@pytest.mark.parametrize("view", OF_PAIRS)
def test_without_scripts_everything_is_there(view: View, example: dict[View, Path], visit: Open) -> None:
    page = visit(example[view], java_script_enabled=False)
    assert not page.locator("#find").is_visible()
    shown = page.locator("article, .pairs tbody tr")
    assert shown.count() == (168 if view is View.OWNER else 84)
    assert all(one.is_visible() for one in shown.all())


def test_without_scripts_a_large_plan_is_there_too(large: Path, visit: Open) -> None:
    page = visit(large, java_script_enabled=False)
    assert page.locator(".pairs tbody tr:first-child").count() == 2_000
    assert page.locator(".pairs tbody tr:first-child").last.is_visible()
    assert page.locator("h1").is_visible()


def test_on_paper_all_pairs_are_printed(large: Path, example: dict[View, Path], visit: Open) -> None:
    page = visit(large)
    page.fill("#least", "0.8")
    chosen = int(said(page).split()[0].replace(",", ""))
    assert 100 < chosen < 2_000
    page.evaluate("addEventListener('beforeprint', () => window.printed = document.querySelectorAll('.live').length)")
    assert page.pdf(format="A4").startswith(b"%PDF")
    assert page.evaluate("window.printed") == chosen
    assert page.locator(".pairs tbody").count() == 100
    paper = visit(example[View.OWNER])
    paper.emulate_media(media="print")
    for gone in (".tools", "nav", ".pages"):
        assert not paper.locator(gone).is_visible()
    assert paper.locator(".pairs tbody").count() == 84
    assert paper.locator("#waiting td").last.is_visible()


def test_the_dark_is_dark_and_paper_is_bright(example: dict[View, Path], visit: Open) -> None:
    colour = "() => getComputedStyle(document.documentElement).backgroundColor"
    bright, dark = visit(example[View.OWNER]), visit(example[View.OWNER], color_scheme="dark")
    assert bright.evaluate(colour) == "rgb(253, 253, 251)"
    assert dark.evaluate(colour) == "rgb(20, 24, 26)"
    dark.emulate_media(media="print")
    assert dark.evaluate(colour) == "rgba(0, 0, 0, 0)"
    assert dark.evaluate("() => getComputedStyle(document.documentElement).color") == "rgb(28, 35, 33)"


def test_no_width_makes_the_page_scroll_sideways(
    example: dict[View, Path], hostile: dict[View, Path], visit: Open
) -> None:
    for file in (*example.values(), *hostile.values()):
        page = visit(file, viewport={"width": 320, "height": 800})
        for button in page.locator(".open").all()[:3]:
            button.click()
        for width in (320, 390, 768, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (file.name, width)


# ---------------------------------------------------------------- harm and help


@pytest.mark.parametrize("view", OF_PAIRS)
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_hostile_text_is_shown_as_text(view: View, scripts: bool, hostile: dict[View, Path], visit: Open) -> None:
    page = visit(hostile[view], java_script_enabled=scripts)
    assert page.title() != "owned"
    everything = page.locator("main").evaluate("main => main.textContent")
    for text in HOSTILE:
        assert text in everything, text
    assert page.locator("script").count() == page.locator("h1").count() == 1
    assert page.locator("main :is(img, script, iframe, link, h1)").count() == 0
    if view is not View.PARTICIPANT:
        assert sorted(set(names(page)) & set(HOSTILE)) == sorted(HOSTILE)


def test_hostile_text_can_be_searched_and_chosen(hostile: dict[View, Path], visit: Open) -> None:
    page = visit(hostile[View.OWNER])
    for text in ("&amp; &lt;b&gt;", "<script>document", '" onmouseover="', "</noscript>"):
        page.fill("#find", text)
        assert names(page), text
    page.fill("#find", "")
    for text in ("&amp; &lt;b&gt; &#60;", "<img src=x onerror=alert(1)>"):
        page.select_option("#department", text)
        assert 0 < len(names(page)) < 16


def test_quotes_are_found_in_the_rows_that_the_page_keeps_as_text(
    tmp_path: Path, visit: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pairs, "in_page", 1)
    texts = ["O'Brien", 'Lee "Bee" Cho', "&#34; and &#39;"]
    frame = pd.DataFrame({"employee_id": list("abcdef"), "name": 2 * texts, "department": 2 * texts})
    frame = frame.assign(role=["mentor"] * 3 + ["mentee"] * 3, goals="x")
    rmatch.match(rmatch.from_frame(frame)).to_html(tmp_path / "quotes.html")
    page = visit(tmp_path / "quotes.html")
    assert page.locator("noscript").count() == 2
    for text in texts:
        page.fill("#find", text)
        assert 0 < len(names(page)) < 3
        assert all(text in line for line in page.locator(".pairs tbody tr:first-child").all_inner_texts())
    page.fill("#find", "")
    for text in texts:
        page.select_option("#department", text)
        assert 0 < len(names(page)) < 3


@pytest.mark.trials
@pytest.mark.parametrize("dark", [False, True], ids=["bright", "dark"])
@pytest.mark.parametrize("view", list(View))
def test_axe_finds_nothing(
    view: View, dark: bool, example: dict[View, Path], hostile: dict[View, Path], visit: Open
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    bright = () if dark else ((example[view], 390), (hostile[view], 1280))
    for file, width in ((example[view], 1280), *bright):
        page = visit(
            file, bypass_csp=True, color_scheme="dark" if dark else "light", viewport={"width": width, "height": 900}
        )
        if view is View.OWNER:
            page.locator(".open").nth(1).click()
            page.locator("summary").first.click()
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        found = axe.Axe().run(page, options={"runOnly": tags, "resultTypes": ["violations"]})  # not each that is fine
        assert found.violations_count == 0, found.generate_report()
        assert len(found.response["passes"]) > 25
