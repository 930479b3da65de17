"""Make the pictures of the report that the README shows, from the people of the example.

    python docs/screenshot.py

It needs Chromium and playwright (group ``docs``). The letters are those of the machine's own ``system-ui`` font.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

import rmatch

HERE = Path(__file__).parent
WIDE = 1120


def main() -> None:
    """Write ``report.png``, the top of the page, and ``report-pairs.png``, the table with one pair opened."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("chromium is not installed")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "report.html"
        rmatch.match(rmatch.read_csv(HERE.parent / "examples" / "data" / "workforce.csv")).to_html(file)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--headless", "--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDE, "height": 900})
        page.goto(file.as_uri())
        below = page.locator("#departments").bounding_box()
        assert below is not None
        high = below["y"] + below["height"] + 20
        page.screenshot(path=HERE / "report.png", full_page=True, clip={"x": 0, "y": 0, "width": WIDE, "height": high})
        page.locator(".open").first.click()
        page.mouse.move(0, 0)
        pairs = page.locator("#pairs").bounding_box()
        assert pairs is not None
        clip = {"x": 0, "y": pairs["y"] + page.evaluate("scrollY"), "width": WIDE, "height": 760}
        page.screenshot(path=HERE / "report-pairs.png", full_page=True, clip=clip)
        browser.close()


if __name__ == "__main__":
    main()
