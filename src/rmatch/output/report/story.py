"""What a report says, as frozen plain data. What is not in a story cannot be on the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rmatch.output.report.headline import Headline, headline_of, provenance
from rmatch.output.report.installed import Failure, Placed, every_section
from rmatch.output.report.section import Data, Section, View
from rmatch.result import Result


@dataclass(frozen=True)
class Part:
    """A section and its data, or a :class:`Failure`."""

    section: Placed
    data: object


@dataclass(frozen=True)
class Story:
    """All that one report says, from the top of the page to the foot; the page is made from nothing else."""

    view: View
    headline: Headline
    parts: tuple[Part, ...] = ()
    provenance: tuple[tuple[str, str], ...] = ()

    def of(self, kind: type[Section[Data]]) -> Data | None:
        """Return the data of a section, None where this report does not have it, or it could not be made."""
        found: list[Any] = [part.data for part in self.parts if isinstance(part.section.section, kind)]
        return found[0] if found and not isinstance(found[0], Failure) else None


def tell(result: Result, view: View) -> Story:
    """Gather all that a report for this view says.

    Raises:
        ProgramError: The view is that of an audit, and no column is audited.
    """
    parts = (Part(section, section.data(result, view)) for section in every_section() if view in section.views)
    kept = sorted((part for part in parts if part.data is not None), key=lambda part: part.section.place)
    return Story(view, headline_of(result, view), tuple(kept), provenance(result, view))
