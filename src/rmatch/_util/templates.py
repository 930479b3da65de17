"""Templates beside the code that fills them: every value is escaped, and a name that nobody gave is an error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

Filters = Mapping[str, Callable[..., object]]


def source(package: str, name: str) -> str:
    """Return the text of a file that stands beside a package's modules."""
    return (files(package) / name).read_text(encoding="utf-8").replace("\r\n", "\n")


def environment(package: str, filters: Filters | None = None) -> Environment:
    """Return a Jinja2 environment for the templates of a package, with autoescape for each of them.

    Jinja2 is imported here, and so only where something is drawn.
    """
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    made = Environment(
        loader=FunctionLoader(lambda name: source(package, name)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters.update(filters or {})
    return made
