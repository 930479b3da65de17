"""The sections of a report, ours and those of installed packages. One that fails takes nothing else with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pkgutil import iter_modules
from typing import Any

from rmatch.errors import RmatchError
from rmatch.output.report import sections
from rmatch.output.report.people import shortened
from rmatch.output.report.section import Section, View
from rmatch.result import Result

GROUP = "rmatch.report_sections"


@dataclass(frozen=True)
class Failure:
    """What is shown in the place of a section that could not be made, and the command that removes its package.

    It never holds the text of an error, which could quote what somebody answered. Our own have no package.
    """

    name: str
    package: str
    what: str
    ours: bool


@dataclass(frozen=True)
class Placed:
    """A section, or why there is none: it could not be loaded, or is not what it should be.

    Args:
        name: Its name in messages: that of the entry point of one of another package.
        anchor: Its name in links.
        section: The section, if there is one.
        point: The entry point of one of another package; None for ours.
        fault: Why there is none.
    """

    name: str
    anchor: str
    section: Section[Any] | None
    point: EntryPoint | None = None
    fault: str = ""

    @property
    def title(self) -> str:
        """Its heading: its name where it has none of its own."""
        return shortened(str(self.section.title if self.section else self.name))

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
        """Return what was made, or a :class:`Failure` where that raises; ours may refuse a report by an RmatchError."""
        try:
            return make()
        except Exception as error:
            if self.point is None and isinstance(error, RmatchError):
                raise
            return self.failure(f"raised {type(error).__name__}")

    def failure(self, what: str) -> Failure:
        """Return what to show in its place."""
        package = self.point.dist.name if self.point and self.point.dist else ""
        return Failure(shortened(self.name), shortened(package), shortened(what), self.point is None)


@cache
def shipped() -> tuple[Section[Any], ...]:
    """Return the sections that stand in the folder ``sections``, in their order."""
    modules = [import_module(f"{sections.__name__}.{found.name}") for found in iter_modules(sections.__path__)]
    kinds = {
        kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Section) and kind.__module__ == module.__name__
    }
    return tuple(sorted((kind() for kind in kinds), key=lambda section: (section.place, section.name())))


@cache
def every_section() -> tuple[Placed, ...]:
    """Return our sections, and those that packages name in the group ``rmatch.report_sections``."""
    own = (Placed(str(section.title), section.name(), section) for section in shipped())
    points = sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value))
    return *own, *(_loaded(point, f"further-{k}") for k, point in enumerate(points, 1))


def _loaded(point: EntryPoint, anchor: str) -> Placed:
    section: Any = None
    try:
        kind = point.load()
        if not (isinstance(kind, type) and issubclass(kind, Section)):
            fault = "is not a subclass of rmatch.output.report.Section"
        else:
            section = kind()
            fault = _fault(section)
    except Exception as error:
        fault = f"raised {type(error).__name__} when it was loaded"
    return Placed(point.name, anchor, None if fault else section, point, fault)


def _fault(section: Any) -> str:
    """What of a section is not what it should be; empty where nothing is."""
    if not isinstance(section.title, str) or not section.title:
        return "has no title"
    if not isinstance(section.views, tuple) or not all(isinstance(view, View) for view in section.views):
        return "has views that are not a tuple of rmatch.output.report.View"
    return "" if isinstance(section.place, int | float) else "has a place that is not a number"
