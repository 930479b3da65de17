"""How pydantic makes the elements of a program from a file."""

from __future__ import annotations

from typing import Any

from pydantic_core import core_schema

from rmatch.element import Spec, json_schema, parse


class Element:
    """Tells pydantic how an element of a family is made from a mapping, and what its JSON Schema is."""

    def __init__(self, family: type[Spec]) -> None:
        self.family = family

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda value: parse(self.family, value),
            serialization=core_schema.plain_serializer_function_ser_schema(lambda element: element.to_dict()),
        )

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        return json_schema(self.family)
