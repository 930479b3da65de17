"""From a matching to the bytes of its report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rmatch.output.report.page import render
from rmatch.output.report.views import View, tell

if TYPE_CHECKING:
    from rmatch.matching import Matching


def report_html(matching: Matching, view: View = View.OWNER) -> bytes:
    """The report of a matching for one view, as the bytes of one HTML file."""
    return render(tell(matching, view))
