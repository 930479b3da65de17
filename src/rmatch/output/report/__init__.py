"""The report: a plan told for somebody's eyes, as one HTML file that needs nothing else."""

from typing import Any

from rmatch.output.report.page import drawn_section, render
from rmatch.output.report.section import Section, View
from rmatch.output.report.story import tell
from rmatch.result import Result

__all__ = ["Section", "View", "draw", "render", "report_html", "tell"]


def report_html(result: Result, view: View = View.OWNER) -> bytes:
    """Return the report of a plan for one view, as the bytes of one HTML file."""
    return render(tell(result, view))


def draw(section: Section[Any], result: Result, view: View = View.OWNER) -> str:
    """Return one section of a plan's report as HTML, empty where it has no data; errors of its own are raised.

    In a whole report an error of a section from another package is told in its place, by its class only.
    """
    data = section.data(result, view)
    return "" if data is None else str(drawn_section(section, data))
