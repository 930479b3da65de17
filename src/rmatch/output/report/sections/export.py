"""What became of the lines of the export, and what was found in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rmatch._util.typed import typed
from rmatch.analysis.diagnosis import alike, examples
from rmatch.analysis.tables import accounts_table
from rmatch.output.report.people import shortened
from rmatch.output.report.section import Section, View
from rmatch.result import Result

_KINDS = {"error": "row rejected", "warning": "value changed", "info": "note"}
_SEVERITIES = tuple(_KINDS)


@dataclass(frozen=True)
class Finding:
    """What was found in the export, alike things together; ``values`` are a few examples."""

    severity: str
    column: str
    times: int
    reason: str = ""
    values: tuple[str, ...] = ()
    remedy: str = ""

    @property
    def kind(self) -> str:
        """What became of the row or the value."""
        return _KINDS[self.severity]


@dataclass(frozen=True)
class Exported:
    """How many lines of the export have which status, and what was found; None where the view shows no findings."""

    accounts: tuple[tuple[str, int], ...]
    findings: tuple[Finding, ...] | None

    @property
    def explained(self) -> bool:
        """Whether the findings say more than how often."""
        return any(finding.reason for finding in self.findings or ())


class Export(Section[Exported]):
    """What became of the lines of the export; the owner also sees what was found in them, and a director how often."""

    title = "The export"
    views = (View.OWNER, View.DIRECTOR, View.AUDIT)
    place = 80

    def data(self, result: Result, view: View) -> Exported | None:
        """Return what is known of the lines; None where nothing is."""
        found = {View.OWNER: _findings, View.DIRECTOR: _counts}
        seen = Exported(_accounts(result), _worst_first(found[view](result)) if view in found else None)
        return seen if seen.accounts or seen.findings else None


def _accounts(result: Result) -> tuple[tuple[str, int], ...]:
    if "status" not in result.lines:
        return ()
    return tuple((str(s), int(n)) for s, n in sorted(accounts_table(result)["status"].value_counts().items()))


def _findings(result: Result) -> Iterator[Finding]:
    """What was found in the export, with a few cells of each kind."""
    for (severity, column, reason, remedy), some in alike(result.issues, ("severity", "column", "reason", "remedy")):
        shown = tuple(map(shortened, examples(some)))
        yield Finding(severity, column, len(some), shortened(typed(reason)), shown, shortened(typed(remedy)))


def _counts(result: Result) -> Iterator[Finding]:
    """How many things were found in each column, without a cell of anybody's."""
    for (severity, column), some in alike(result.issues, ("severity", "column")):
        yield Finding(severity, column, len(some))


def _worst_first(found: Iterator[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(found, key=lambda f: (_SEVERITIES.index(f.severity), -f.times, f.column, f.reason, f.remedy)))
