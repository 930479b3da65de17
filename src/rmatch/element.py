"""What the four families of a program share: frozen, validated, written in TOML as ``kind = "snake_case"``."""

from __future__ import annotations

import dataclasses
import re
import traceback
import typing
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib.metadata import entry_points
from typing import Any, ClassVar, Self

from pydantic import ConfigDict, TypeAdapter, ValidationError

from rmatch.columns import Table, fold
from rmatch.errors import ProgramError, RmatchError, suggestion

Unknown: typing.TypeAlias = typing.Literal["raise", "ignore"]
"""What to do about people whom the files do not have."""


class Who(typing.Protocol):
    """Says whom the words of an element mean."""

    def ids(self, word: str) -> tuple[str, ...]:
        """All ids of the one person meant, or the word itself where nobody is and the element ignores that."""

    def id_of(self, word: str, role: typing.Literal["mentor", "mentee"]) -> str:
        """The one id of somebody in a role."""

    def known(self, word: str, role: typing.Literal["mentor", "mentee"]) -> str | None:
        """The one id of somebody in a role, None where that is nobody."""


class Present(typing.Protocol):
    """Says who of an earlier round is here."""

    def both(self, pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """The pairs of which both people are here, by their ids now."""

    def id_of(self, word: str, role: typing.Literal["mentor", "mentee"]) -> str | None:
        """The id of a person in a role, None where they are not here."""


@dataclasses.dataclass(frozen=True)
class Remembered:
    """What a history tells of the people who are here.

    Args:
        rounds: The pairs of each earlier round, the oldest first.
        mentors, mentees: Who was left without a partner in the last one.
    """

    rounds: tuple[tuple[tuple[str, str], ...], ...]
    mentors: tuple[str, ...]
    mentees: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Spec:
    """One element of a program. Its fields are its keyword arguments, its TOML keys and its JSON Schema."""

    family: ClassVar[str] = ""
    """The family's name in a program file, such as ``criteria``; also the end of its entry-point group."""

    def __post_init__(self) -> None:
        for field, annotation in _fields(type(self)).items():
            try:
                value = _adapter(annotation).validate_python(getattr(self, field))
            except ValidationError as error:
                problem = error.errors()[0]
                where = ".".join([field, *(str(part) for part in problem["loc"])])
                raise ProgramError(
                    f"{type(self).__name__}: `{where}`: {problem['msg']}, not {problem['input']!r}"
                ) from None
            object.__setattr__(self, field, value)

    @classmethod
    def kind(cls) -> str:
        """The name of this class in a program file."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @property
    def name(self) -> str:
        """What results and messages call this element."""
        return type(self).kind()

    @property
    def called(self) -> str:
        """How a message names the class: ``the rule OneTeam``."""
        return f"the {'criterion' if self.family == 'criteria' else self.family[:-1]} {type(self.whole).__name__}"

    @property
    def unspoken(self) -> str:
        """Name of the method that the class must define and does not; else empty."""
        return ""

    @property
    def track(self) -> str | None:
        """The name of the one track that it is about; None where it is about all pairs."""
        return None

    @property
    def whole(self) -> Spec:
        """The element without its track."""
        return self

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the columns this element reads, by name: of the mentors, and of the mentees."""
        return (), ()

    @property
    def compares(self) -> frozenset[str]:
        """The columns whose labels it holds against each other, where they are labels: all that it reads."""
        return frozenset(column for side in self.reads() for column in side)

    def absent(self, mentors: Table, mentees: Table) -> tuple[str, ...]:
        """The columns this element reads that the export does not have."""
        sides = zip((mentors, mentees), self.reads(), strict=True)
        return tuple(dict.fromkeys(column for table, columns in sides for column in columns if column not in table))

    def narrowed(self, mentors: Table, mentees: Table) -> Self | None:
        """This element without the columns that are absent or blank; None where nothing is left.

        The default program is narrowed to what an export has; a program that somebody wrote never is.
        """
        blank = any(
            column not in table or (len(table.ids) > 0 and bool(table[column].missing.all()))
            for table, columns in zip((mentors, mentees), self.reads(), strict=True)
            for column in columns
        )
        return None if blank else self

    @property
    def needs_history(self) -> bool:
        """Whether it asks for earlier rounds, and neither a list nor a history has said yet what happened there."""
        return False

    @property
    def from_history(self) -> bool:
        """Whether a history fills it in."""
        return self.needs_history or bool(getattr(self, "filled", False))

    @property
    def looks_back(self) -> int | None:
        """How many earlier rounds a history is asked for; None for all."""
        return 1

    @property
    def history_fields(self) -> str:
        """What can be written in the program instead of a history."""
        return "`pairs`"

    def remembering(self, past: Remembered) -> Self:
        """Return this element filled in from earlier rounds."""
        return self

    def names_people(self) -> tuple[Iterable[str], Iterable[str]]:
        """Return the ids that it names and that must be those of mentors, and of mentees."""
        return (), ()

    def explained_pairs(self) -> tuple[str | None, Sequence[tuple[str, str]]]:
        """Return the reason that somebody gave for this element, and the pairs that it is about."""
        return None, ()

    def among(self, here: Present) -> Self:
        """Return this element without the people who are not here any more."""
        return self

    def with_ids(self, who: Who) -> Self:
        """Return this element with the people whom it names by their ids."""
        return self

    def beside(self, criteria: Iterable[Spec]) -> Self:
        """Return this element with the columns that it takes from the criteria of its program."""
        return self

    def with_labels(self, readings: Mapping[str, str]) -> Self:
        """Return this element with the label that it names as the alias table reads it; keys are folded labels."""
        value = getattr(self, "value", None)
        read = readings.get(fold(value)) if isinstance(value, str) else None
        changed: dict[str, Any] = {} if read is None else {"value": read}
        return dataclasses.replace(self, **changed) if changed else self

    def in_words(self) -> str:
        """One plain clause for reports."""
        return self.name.replace("_", " ")

    def to_dict(self) -> dict[str, Any]:
        """The element as plain data, ``kind`` first; what equals None is left out."""
        plain = {field: _plain(getattr(self, field)) for field in _fields(type(self))}
        return {"kind": type(self).kind(), **{key: value for key, value in plain.items() if value is not None}}


_T = typing.TypeVar("_T")


def asked(called: str, method: str, answer: Callable[[], _T]) -> _T:
    """Return what a method of an element answers.

    Args:
        called: How a message names the class.
        method: Name of the method, for the message.
        answer: Calls it.

    Raises:
        ProgramError: It raised something else. Of that only the type is told: its text could quote answers.
    """
    try:
        return answer()
    except (RmatchError, MemoryError):
        raise
    except Exception as error:
        *_, (frame, _) = traceback.walk_tb(error.__traceback__)
        if frame.f_code is Table.__getitem__.__code__:
            raise ProgramError(
                f"{called}: `{method}` reads the column {error.args[0]!r} of a side for which `reads` does not "
                "name it; `reads` returns the mentors' columns, then the mentees'"
            ) from error
        raise ProgramError(f"{called}: `{method}` raised {type(error).__name__}") from error


def refuse_unread(element: Spec) -> None:
    """Raise ProgramError where ``reads`` of an element does not return two tuples of names."""
    sides: typing.Any = asked(element.called, "reads", element.reads)
    two = isinstance(sides, tuple) and len(sides) == 2 and all(isinstance(side, tuple) for side in sides)
    if not two or not all(isinstance(column, str) for side in sides for column in side):
        raise ProgramError(
            f"{element.called}: `reads` returns the mentors' columns and the mentees' as two tuples, such as "
            f'(("location",), ("location",)), not {sides!r}'
        )


def pairs_by_id(pairs: Sequence[tuple[str, str]], who: Who) -> tuple[tuple[str, str], ...]:
    """Return pairs (mentor, mentee) by the ids of these people, each once."""
    return tuple(dict.fromkeys((who.id_of(a, "mentor"), who.id_of(b, "mentee")) for a, b in pairs))


def refuse_twice(element: Spec, *fields: str) -> None:
    """Raise ProgramError where a field of the element lists something twice."""
    for field in fields:
        for value, times in Counter(getattr(element, field)).items():
            if times > 1:
                raise ProgramError(f"{type(element).__name__}: `{field}` lists {value!r} twice; list it once")


def _plain(value: Any) -> Any:
    return [_plain(v) for v in value] if isinstance(value, tuple) else value


def _fields(cls: type[Spec]) -> dict[str, Any]:
    known: Any = cls  # mypy asks for the hash of what the class makes, not of the class
    return _hints(known)


@cache
def _hints(cls: type[Spec]) -> dict[str, Any]:
    hints = typing.get_type_hints(cls, include_extras=True)
    return {field.name: hints[field.name] for field in dataclasses.fields(cls) if field.init}


@cache
def _adapter(annotation: Any) -> TypeAdapter[Any]:
    return TypeAdapter(annotation, config=ConfigDict(arbitrary_types_allowed=True))


def known(family: type[Spec]) -> dict[str, type[Spec]]:
    """Return the classes of a family that a program file may name: the shipped ones and installed entry points."""
    shipped = {c.kind(): c for c in _descendants(family) if c.__module__.startswith("rmatch.") and c.__name__[0] != "_"}
    kin: Any = family
    return shipped | _installed(family.family, kin)


def _descendants(cls: type[Spec]) -> list[type[Spec]]:
    return [c for direct in cls.__subclasses__() for c in (direct, *_descendants(direct))]


@cache
def _installed(group: str, family: type[Spec]) -> dict[str, type[Spec]]:
    found: dict[str, type[Spec]] = {}
    for point in entry_points(group=f"rmatch.{group}"):
        cls = point.load()
        if not (isinstance(cls, type) and issubclass(cls, family)):
            raise ProgramError(f"the entry point {point.name!r} of rmatch.{group} is not a {family.__name__}")
        if point.name != cls.kind():
            raise ProgramError(f"the entry point {point.name!r} of rmatch.{group} must be named {cls.kind()!r}")
        found[point.name] = cls
    return found


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
        raise ProgramError(
            f"[[{family.family}]]: unknown kind {kind!r}.{suggestion(kind, classes)} "
            f"Known: {', '.join(sorted(classes))}."
        )
    cls, given = classes[kind], {key: v for key, v in value.items() if key != "kind"}
    for key in given:
        if key not in _fields(cls):
            raise ProgramError(f"[[{family.family}]] {kind}: unknown key {key!r}.{suggestion(key, _fields(cls))}")
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
        for field, annotation in _fields(cls).items():
            try:
                properties[field] = _adapter(annotation).json_schema()
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
