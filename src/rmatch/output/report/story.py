"""What a report says, as frozen plain data. What is not in a story cannot be on the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rmatch.output.report.headline import Headline, headline_of, provenance
from rmatch.output.report.installed import Installed, installed
from rmatch.output.report.section import Data, Section, View
from rmatch.output.report.sections import shipped
from rmatch.result import Result


@dataclass(frozen=True)
class Part:
    """A section and its data; ``anchor`` is its name in links."""

    section: Section[Any] | Installed
    anchor: str
    data: object


@dataclass(frozen=True)
class Story:
    """All that one report says, from the top of the page to the foot; the page is made from nothing else."""

    view: View
    headline: Headline
    parts: tuple[Part, ...] = ()
    provenance: tuple[tuple[str, str], ...] = ()

    def of(self, kind: type[Section[Data]]) -> Data | None:
        """Return the data of a section, None where this report does not have it."""
        found: list[Any] = [part.data for part in self.parts if isinstance(part.section, kind)]
        return found[0] if found else None


def tell(result: Result, view: View) -> Story:
    """Gather all that a report for this view says.

    Raises:
        ProgramError: The view is that of an audit, and no column is audited.
    """
    own: list[tuple[Section[Any] | Installed, str]] = [(section, section.name()) for section in shipped()]
    further = [(section, f"further-{k}") for k, section in enumerate(installed(), 1)]
    parts = (
        Part(section, anchor, section.data(result, view)) for section, anchor in own + further if view in section.views
    )
    kept = sorted((part for part in parts if part.data is not None), key=lambda part: part.section.place)
    return Story(view, headline_of(result, view), tuple(kept), provenance(result, view))
