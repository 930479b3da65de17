"""The report of 200, 2,000 and 20,000 pairs: seconds to make it, its size, and how it fares in a browser.

    python benchmarks/report.py --json benchmarks/results/report.json

The plan is made beforehand, its tables too, as ``rmatch match`` has them when it comes to the report. The browser is
Chromium, without a window; where it or playwright (group ``test``) is not installed, its figures are left out.
"""

from __future__ import annotations

import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path

from _run import Figures, alone_in_turn, arguments, median, report, seconds

import rmatch
from rmatch.output.report import View, report_html

SIZES = (200, 2_000, 20_000)
ASKED = {
    "next_page_ms": "document.getElementById('on').click()",
    "search_ms": "document.getElementById('find').value = 'python'; document.getElementById('find').oninput()",
    "sort_ms": "document.querySelector('.pairs thead button').click()",
}


def plan(pairs: int) -> rmatch.Matching:
    """A plan in which everybody has one partner."""
    people = rmatch.datasets.workforce(pairs, pairs, seed=2).assign(capacity="1", manager_id="")
    people["grade"] = people["role"].map({"mentor": "1", "mentee": "5"})
    return rmatch.match(rmatch.from_frame(people))


def measured(pairs: int) -> Figures:
    matching = plan(pairs)
    assert len(matching.pairs) == pairs
    figures: Figures = {"pairs": pairs}
    for view in (View.OWNER, View.DIRECTOR, View.PARTICIPANT):
        report_html(matching, view)
        figures[f"{view.value}_s"] = seconds(lambda view=view: report_html(matching, view), 3)
        figures[f"{view.value}_bytes"] = len(report_html(matching, view))
    chromium = shutil.which("chromium")
    if chromium is None or find_spec("playwright") is None:
        return figures
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.html"
        matching.to_html(file)
        return figures | opened(file, chromium)


def opened(file: Path, chromium: str) -> Figures:
    """Seconds until the page can be used, its elements, and milliseconds for what people do with it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
        )
        page = browser.new_page()
        page.goto(file.as_uri())
        figures: Figures = {
            "open_s": seconds(page.reload, 3),
            "elements": page.evaluate("document.querySelectorAll('*').length"),
        }
        for name, action in ASKED.items():
            spent = page.evaluate(
                f"() => {{ const begin = performance.now(); {action}; return performance.now() - begin }}"
            )
            figures[name] = median([spent])
        browser.close()
    return figures


def main() -> None:
    words = arguments(__doc__ or "")
    sizes, times = ((60,), 1) if words.smallest else (SIZES, 3)
    runs = alone_in_turn(times, *((measured, size) for size in sizes))
    report("report", {"sizes": runs}, words.json)


if __name__ == "__main__":
    main()
