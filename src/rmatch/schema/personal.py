"""What counts more for a mentee who says so."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Personal(BaseModel):
    """A mentee's own top criterion (``[personal]``): the one that their cell names counts ``factor`` times for them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: Annotated[str, Field(description="The mentees' column of names of criteria; a blank cell names none.")]
    factor: Annotated[float, Field(gt=1, le=100, description="How many times that criterion counts for this mentee.")]

    def in_words(self) -> str:
        """One plain clause for reports."""
        return f"the criterion that a mentee names in {self.column!r} counts {self.factor:g} times for this mentee"
