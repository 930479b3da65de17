"""A program, as far as a reader cares."""

from __future__ import annotations

from typing import Any

from rmatch.schema.binding import Binding


class Given:
    """A program, as far as a reader cares: the parts of its binding."""

    def __init__(self, **parts: Any) -> None:
        self.parts = parts

    def binding(self) -> Binding:
        return Binding.model_validate(self.parts)
