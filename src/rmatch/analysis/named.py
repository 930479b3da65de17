"""People by name: whom an id stands for, as far as the export says."""

from __future__ import annotations

from collections.abc import Mapping

from rmatch._util.kept import kept
from rmatch.columns import Category
from rmatch.result import Result


def called(who: str, names: Mapping[str, str]) -> str:
    """Return a person by name and id, or by the id alone where no name is known."""
    return f"{names[who]} ({who})" if names.get(who) else who


@kept
def contacts_of(plan: Result) -> dict[str, dict[str, str]]:
    """Return names and e-mail addresses by id, as far as the people have these columns; nothing without the people."""
    if plan.saved is not None:
        return {}
    sides, found = (plan.model.mentors, plan.model.mentees), {}
    for column in ("name", "email"):
        cells = [(side.ids, side.get(column)) for side in sides]
        if any(isinstance(some, Category) for _, some in cells):
            known = sides[0].register
            own = {} if known is None else dict(zip(known.ids, getattr(known, f"{column}s"), strict=True))
            for ids, some in cells:
                own |= zip(ids, some.cells(), strict=True) if isinstance(some, Category) else ()
            found[column] = own
    return found
