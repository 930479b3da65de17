"""The sections of the report: each is a module and, beside it, the template of the same name."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from rmatch.output.report.section import Section


@cache
def shipped() -> tuple[Section[Any], ...]:
    """Return the sections that stand in this folder, in their order."""
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    kinds = {
        kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Section) and kind.__module__ == module.__name__
    }
    return tuple(sorted((kind() for kind in kinds), key=lambda section: (section.place, section.name())))
