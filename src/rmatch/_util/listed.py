"""Lists and tables as arguments: what a type checker accepts where something else is kept."""

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


class _First:
    def __get_pydantic_core_schema__(self, either: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return handler.generate_schema(get_args(either)[0])


Told: TypeAlias = Annotated[_T | Any, _First()]
"""A field that may be given as a table of its keys, as in a file: a type checker accepts it, and it is validated."""
