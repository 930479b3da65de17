"""Lists as arguments: a type checker accepts any sequence, and what is kept is a tuple."""

from __future__ import annotations

from collections.abc import Sequence
from types import GenericAlias
from typing import Annotated, Any, TypeAlias, TypeVar, get_args

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema

_T = TypeVar("_T")


class _Tuple:
    def __get_pydantic_core_schema__(self, sequence: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return handler.generate_schema(GenericAlias(tuple, (get_args(sequence)[0], ...)))


Listed: TypeAlias = Annotated[Sequence[_T], _Tuple()]
"""A field that is given as a list or a tuple, and validated as a tuple."""
