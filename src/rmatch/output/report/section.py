"""What a section of the report is: a title, the views it is for, the data that it takes from a result, a template."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from enum import Enum
from typing import ClassVar, Generic, TypeVar

from rmatch._util.templates import source
from rmatch.errors import ProgramError, RmatchError, suggestion
from rmatch.result import Result

Data = TypeVar("Data")


class View(Enum):
    """For whose eyes a report is made."""

    OWNER = "owner"
    DIRECTOR = "director"
    PARTICIPANT = "participant"
    AUDIT = "audit"

    @classmethod
    def named(cls, name: str) -> View:
        """Return the view of this name.

        Raises:
            RmatchError: There is no such view.
        """
        views = {view.value: view for view in cls}
        if name not in views:
            raise RmatchError(
                f"there is no view {name!r} of a report.{suggestion(name, views)} Known: {', '.join(views)}."
            )
        return views[name]


class Section(ABC, Generic[Data]):
    """One section of the report.

    A section of this package is a module in ``sections/`` with the template of the same name beside it; both are found
    there. One from elsewhere is named by the entry point group ``rmatch.report_sections``.
    """

    title: ClassVar[str]
    """Its heading, and its line in the table of contents."""

    views: ClassVar[tuple[View, ...]] = (View.OWNER,)
    """For whose eyes it is. Directors and participants see only sections that name their views."""

    place: ClassVar[int] = 100
    """Sections stand in the order of their places, then of their names."""

    template: ClassVar[str] = ""
    """A Jinja2 template; where it is empty, the file ``.html`` beside the module, of the same name, is the template."""

    @abstractmethod
    def data(self, result: Result, view: View) -> Data | None:
        """Return what the template shows as ``data``; None leaves the section out of this report.

        Args:
            result: The plan, its people and its program.
            view: For whose eyes the report is made; always one of ``views``.
        """

    @classmethod
    def name(cls) -> str:
        """Return its name in links: that of the class in small letters."""
        return cls.__name__.lower()

    @classmethod
    def source(cls) -> str:
        """Return the text of its template.

        Raises:
            ProgramError: It has none, neither in the class nor as a file beside its module.
        """
        if cls.template:
            return cls.template
        package, _, module = sys.modules[cls.__module__].__name__.rpartition(".")
        try:
            return source(package, f"{module}.html")
        except (FileNotFoundError, ValueError):  # the latter of a module outside packages, such as a script
            raise ProgramError(
                f"the section {cls.__name__} has no template: give the class one as `template`, or, in a package, "
                f"write it in {module}.html beside the module"
            ) from None
