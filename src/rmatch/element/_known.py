"""Which classes a program file may name, and how an element is made of what stands there."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from rmatch.element._spec import Spec, adapter_of, fields_of
from rmatch.errors import ProgramError, suggestion


def known(family: type[Spec]) -> dict[str, type[Spec]]:
    """Return the classes of a family that a program file may name: the shipped ones and installed entry points."""
    shipped = {c.kind(): c for c in _descendants(family) if c.__module__.startswith("rmatch.") and c.__name__[0] != "_"}
    kin: Any = family
    return shipped | _installed(family.family, kin)[0]


def _descendants(cls: type[Spec]) -> list[type[Spec]]:
    return [c for direct in cls.__subclasses__() for c in (direct, *_descendants(direct))]


@cache
def _installed(group: str, family: type[Spec]) -> tuple[dict[str, type[Spec]], dict[str, str]]:
    """The classes of installed entry points by kind, and what is wrong with the others, a sentence by name and kind.

    One that is wrong stands in nobody's way until a program asks for it.
    """
    found: dict[str, type[Spec]] = {}
    faults: dict[str, str] = {}
    for point in entry_points(group=f"rmatch.{group}"):
        whose = f" of the package {point.dist.name}" if point.dist else ""
        fault, names = f"the entry point {point.name!r}{whose} in rmatch.{group}", {point.name}
        try:
            cls = point.load()
        except Exception as error:
            fault += f" raised {type(error).__name__} when it was loaded ({error})"
        else:
            if isinstance(cls, type) and issubclass(cls, family) and point.name == cls.kind():
                found[point.name] = cls
                continue
            if isinstance(cls, type) and issubclass(cls, family):
                fault += f" must be named {cls.kind()!r}, as its class is"
                names.add(cls.kind())
            else:
                fault += f" is not a {family.__name__}"
        faults |= dict.fromkeys(names, f"{fault}. Mend that package, or remove it")
    return found, faults


def parse(family: type[Spec], value: Any) -> Spec:
    """Return ``value`` as an element of ``family``: itself, or made from a mapping with a ``kind``.

    Raises:
        ProgramError: A kind or key is unknown, a value is invalid, or it belongs to another family.
    """
    if isinstance(value, family):
        return value
    if isinstance(value, Spec):
        raise ProgramError(f"`{family.family}`: {value.called} belongs in `{value.family}`")
    if isinstance(value, type) and issubclass(value, Spec):
        raise ProgramError(f"`{family.family}`: {value.__name__} is a class; write `{value.__name__}(...)`")
    if not isinstance(value, Mapping) or not isinstance(value.get("kind"), str):
        raise ProgramError(f"[[{family.family}]]: an element needs a text `kind`, not {value!r}")
    classes, kind = known(family), value["kind"]
    if kind not in classes:
        kin: Any = family
        fault = _installed(family.family, kin)[1].get(kind)
        if fault is not None:
            raise ProgramError(f"[[{family.family}]] {kind}: {fault}")
        raise ProgramError(
            f"[[{family.family}]]: unknown kind {kind!r}.{suggestion(kind, classes)} "
            f"Known: {', '.join(sorted(classes))}. A class of your own is known where an installed package has it as "
            f"an entry point of rmatch.{family.family}."
        )
    cls, given = classes[kind], {key: v for key, v in value.items() if key != "kind"}
    for key in given:
        if key not in fields_of(cls):
            raise ProgramError(f"[[{family.family}]] {kind}: unknown key {key!r}.{suggestion(key, fields_of(cls))}")
    needed = [f.name for f in dataclasses.fields(cls) if f.init and not _has_default(f) and f.name not in given]
    if needed:
        raise ProgramError(f"[[{family.family}]] {kind}: `{needed[0]}` is missing")
    return cls(**given)


def _has_default(field: dataclasses.Field[Any]) -> bool:
    return field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING


def json_schema(family: type[Spec]) -> dict[str, Any]:
    """Return the JSON Schema of one element of the family: one of its known kinds."""
    schemas = []
    for kind, cls in sorted(known(family).items()):
        properties: dict[str, Any] = {"kind": {"const": kind}}
        for field, annotation in fields_of(cls).items():
            try:
                properties[field] = adapter_of(annotation).json_schema()
            except Exception:  # a class may take values that no file can hold, such as a table in memory
                properties[field] = {}
        needed = [f.name for f in dataclasses.fields(cls) if f.init and not _has_default(f)]
        schemas.append(
            {
                "type": "object",
                "title": cls.__name__,
                "description": (cls.__doc__ or "").strip().split("\n")[0],
                "properties": properties,
                "required": ["kind", *needed],
                "additionalProperties": False,
            }
        )
    return {"oneOf": schemas}
