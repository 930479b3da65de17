"""The report: a matching told for somebody's eyes, as one HTML file that needs nothing else."""

from rmatch.output.report.compose import report_html
from rmatch.output.report.views import View, tell

__all__ = ["View", "report_html", "tell"]
