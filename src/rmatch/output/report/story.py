"""What a report says, as frozen plain data. What is not in a story cannot be on the page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any

import numpy as np

from rmatch._util.typed import typed
from rmatch.analysis.cautions import cautions_of
from rmatch.analysis.claims import bounds, clause, total_label
from rmatch.analysis.summary import counted, headline, proof, weak_pairs
from rmatch.analysis.values import figure
from rmatch.output.record_of import origin_of
from rmatch.output.report.installed import Failure, Placed, every_section
from rmatch.output.report.section import Data, Section, View
from rmatch.output.report.sections.departments import crossing
from rmatch.result import Result

_KINDS = {
    View.OWNER: "Reverse mentoring, for the owner of the programme",
    View.DIRECTOR: "Reverse mentoring, for directors",
    View.PARTICIPANT: "Reverse mentoring, for those who take part",
    View.AUDIT: "Reverse mentoring, for those who watch over equal treatment",
}


@dataclass(frozen=True)
class Headline:
    """The first thing read. ``state`` is where a plan says how far it is, such as ``draft``; it may be empty."""

    kind: str
    title: str
    lead: tuple[str, ...]
    figures: tuple[tuple[str, str], ...] = ()
    """Label and value."""
    state: str = ""


def headline_of(result: Result, view: View) -> Headline:
    """Return the figures, and the proof or the gap; participants see only how many pairs there are."""
    pairs, kind = len(result.points), _KINDS[view]
    if result.program.tracks:
        kind = kind.replace("Reverse mentoring", "Mentoring")
    if view is View.PARTICIPANT:
        first = f"{counted(pairs, 'pair').capitalize()}, in the order of the mentors' names."
        return Headline(kind, "Who learns from whom", (first,))
    who = headline(result).partition(": ")[2]  # the title has the number of pairs
    lead = [who[:1].upper() + who[1:], proof(result)] if pairs else [headline(result), proof(result)]
    title = f"{counted(pairs, 'pair')}, {clause(result)}" if pairs else "No pairs"
    cautions = map(str, cautions_of(result)) if view is View.OWNER else ()
    lead += [*cautions, *weak_pairs(result)]
    return Headline(kind, title, tuple(map(typed, lead)), _figures(result), result.state if pairs else "")


def _figures(result: Result) -> tuple[tuple[str, str], ...]:
    (m, n), pairs = result.model.shape, len(result.points)
    placed = [len(np.unique(side)) for side in result.chosen]
    figures = [
        ("mentors with a partner", f"{placed[0]:,} of {m:,}"),
        ("mentees with a partner", f"{placed[1]:,} of {n:,}"),
    ]
    if pairs:
        found = crossing(result)
        if found is not None and found.known:
            rests = f", of the {found.known:,} whose departments are known" if found.known < pairs else ""
            figures.append((f"pairs across departments{rests}", f"{found.across / found.known:.0%}"))
        figures.append(("average score", f"{result.total / pairs:.2f}"))
        figures.append((total_label(result), f"{result.total:,.2f}"))
    return tuple(figures)


def provenance(result: Result, view: View) -> tuple[tuple[str, str], ...]:
    """Return by what and from what the plan was made, and what bounds its total; nothing for participants."""
    if view is View.PARTICIPANT:
        return ()
    engine, people = origin_of(result)
    return (
        ("Made with", f"{engine}, {_packages()}"),
        ("Seed of the lottery among ties", str(result.program.seed)),
        ("Fingerprint of the people", f"SHA-256 {people}"),
        ("Total", f"{result.total:.6f}"),
        *((label, told if isinstance(told, str) else figure(told)) for label, told in bounds(result)),
    )


@cache
def _packages() -> str:
    return ", ".join(f"{name} {version(name)}" for name in ("numpy", "ortools"))


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
