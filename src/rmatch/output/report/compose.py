"""From a matching to the bytes of its report."""

from __future__ import annotations

from rmatch.output.report.page import render
from rmatch.output.report.views import View, tell
from rmatch.result import Result


def report_html(matching: Result, view: View = View.OWNER) -> bytes:
    """The report of a matching for one view, as the bytes of one HTML file."""
    return render(tell(matching, view))
