"""Sections that installed packages add to the report. One that fails takes nothing else with it, and says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from rmatch.output.report.people import shortened
from rmatch.output.report.section import Section, View
from rmatch.result import Result

GROUP = "rmatch.report_sections"


@dataclass(frozen=True)
class Failure:
    """What is shown in the place of a section that could not be made, and the command that removes its package.

    It never holds the text of an error, which could quote what somebody answered.
    """

    name: str
    package: str
    what: str
    remedy: str


@dataclass(frozen=True)
class Installed:
    """A section of another package, or why there is none: it could not be loaded, or is not what it should be."""

    point: EntryPoint
    section: Section[Any] | None
    fault: str = ""

    @property
    def title(self) -> str:
        """Its heading: the name of the entry point where it has none of its own."""
        return shortened(str(self.section.title if self.section else self.point.name))

    @property
    def views(self) -> tuple[View, ...]:
        """For whose eyes it is; that it could not be loaded is for the owner's."""
        return self.section.views if self.section else (View.OWNER,)

    @property
    def place(self) -> float:
        """Where it stands."""
        return self.section.place if self.section else Section.place

    def data(self, result: Result, view: View) -> object:
        """Return its data, None where it has none, or a :class:`Failure`."""
        if self.section is None:
            return self.failure(self.fault)
        section = self.section
        return self.guarded(lambda: section.data(result, view))

    def guarded(self, make: Callable[[], object]) -> object:
        """Return what was made, or a :class:`Failure` where that raises."""
        try:
            return make()
        except Exception as error:
            return self.failure(f"raised {type(error).__name__}")

    def failure(self, what: str) -> Failure:
        """Return what to show in its place."""
        package = self.point.dist.name if self.point.dist else ""
        remedy = f"pip uninstall {package}" if package else ""
        return Failure(*map(shortened, (self.point.name, package, what, remedy)))


@cache
def installed() -> tuple[Installed, ...]:
    """Return what packages name in the group ``rmatch.report_sections``, by the names that they gave it."""
    points = sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value))
    return tuple(map(_loaded, points))


def _loaded(point: EntryPoint) -> Installed:
    try:
        kind = point.load()
        if not (isinstance(kind, type) and issubclass(kind, Section)):
            return Installed(point, None, "is not a subclass of rmatch.output.report.Section")
        section = kind()
        if not isinstance(section.title, str) or not section.title:
            return Installed(point, None, "has no title")
        if not isinstance(section.views, tuple) or not all(isinstance(view, View) for view in section.views):
            return Installed(point, None, "has views that are not a tuple of rmatch.output.report.View")
        if not isinstance(section.place, int | float):
            return Installed(point, None, "has a place that is not a number")
    except Exception as error:
        return Installed(point, None, f"raised {type(error).__name__} when it was loaded")
    return Installed(point, section)
