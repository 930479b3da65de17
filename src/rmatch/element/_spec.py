"""What the four families of a program share: frozen, validated, written in TOML as ``kind = "snake_case"``."""

from __future__ import annotations

import dataclasses
import inspect
import re
import traceback
import typing
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import PurePath
from types import FunctionType
from typing import Any, ClassVar, Self

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from rmatch.columns import Table, fold
from rmatch.errors import ProgramError, RmatchError

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

    def __init_subclass__(cls, **words: Any) -> None:
        """Refuse a class one of whose fields is called as a method of its family is: there would be no method."""
        super().__init_subclass__(**words)
        for name in (name for name, each in inspect.get_annotations(cls).items() if "ClassVar" not in str(each)):
            method = next((vars(base)[name] for base in cls.__mro__[1:] if name in vars(base)), None)
            if isinstance(method, FunctionType | classmethod) or (
                isinstance(method, property) and name not in vars(cls)
            ):
                raise ProgramError(
                    f"{cls.__name__}: a field cannot be called `{name}`, as every class of its family has `{name}` for "
                    "something else; give the field another name"
                )

    def __new__(cls, *_: object, **__: object) -> Self:
        """Make an element, unless its class has fields that nobody made arguments of."""
        own = {} if "__dataclass_params__" in cls.__dict__ else inspect.get_annotations(cls)
        if any("ClassVar" not in str(annotation) for annotation in own.values()):
            raise ProgramError(
                f"{cls.__name__}: write `@dataclass(frozen=True)` above the class, as its fields need it"
            )
        return super().__new__(cls)

    def __post_init__(self) -> None:
        for field, annotation in fields_of(type(self)).items():
            try:
                value = adapter_of(annotation).validate_python(getattr(self, field))
            except ValidationError as error:
                problem = error.errors()[0]
                where = ".".join([field, *(str(part) for part in problem["loc"])])
                raise ProgramError(f"{type(self).__name__}: `{where}`: {said_of(problem)}") from None
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
    def from_outside(self) -> bool:
        """Whether its class is somebody's own, and so nobody's word but theirs says what it does."""
        return not type(self.whole).__module__.startswith("rmatch.")

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
        plain = {field: _plain(getattr(self, field)) for field in fields_of(type(self))}
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
        method = method if " " in method else f"`{method}`"
        raise ProgramError(f"{called}: {method} raised {type(error).__name__}{_place(error)}") from error


def _place(error: Exception) -> str:
    """Where in a file of somebody's own an error came up, such as `` in own.py, line 12``; empty where nowhere."""
    frames = [*traceback.walk_tb(error.__traceback__)]
    outside = [frame.f_code.co_filename for frame, _ in frames if not frame.f_globals["__name__"].startswith("rmatch.")]
    lines = [line for frame, line in frames if frame.f_code.co_filename in outside[:1]]
    return f" in {PurePath(outside[0]).name}, line {lines[-1]}" if outside else ""


_PLAIN = {
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "string_type": "must be a text, in quotes",
    "tuple_type": "must be a list",
    "dict_type": "must be a table",
}


def said_of(problem: ErrorDetails) -> str:
    """Return what is wrong with a value that a program gives, in words for who writes programs."""
    said = problem["msg"].removeprefix("Value error, ").replace("Input should be a valid ", "must be a ")
    said = _PLAIN.get(
        problem["type"], said.replace("Input should be ", "must be ").replace("a integer", "a whole number")
    )
    return f"{said}, not {problem['input']!r}"


def refuse_unread(element: Spec) -> None:
    """Raise ProgramError where ``reads`` of an element does not return two tuples of names."""
    sides: typing.Any = asked(element.called, "reads", element.reads)
    two = isinstance(sides, tuple) and len(sides) == 2 and all(isinstance(side, tuple) for side in sides)
    if not two or not all(isinstance(column, str) for side in sides for column in side):
        raise ProgramError(
            f"{element.called}: `reads` returns the mentors' columns and the mentees' as two tuples, such as "
            f'(("location",), ("location",)), not {sides!r}'
        )


def refuse_unsaid(element: Spec) -> None:
    """Raise ProgramError where ``in_words`` of somebody's own element does not return a text."""
    words: typing.Any = asked(element.called, "in_words", element.in_words) if element.from_outside else ""
    if not isinstance(words, str):
        raise ProgramError(f"{element.called}: `in_words` returns a text, not {type(words).__name__}")


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


def fields_of(cls: type[Spec]) -> dict[str, Any]:
    known: Any = cls  # mypy asks for the hash of what the class makes, not of the class
    return _hints(known)


@cache
def _hints(cls: type[Spec]) -> dict[str, Any]:
    hints = typing.get_type_hints(cls, include_extras=True)
    return {field.name: hints[field.name] for field in dataclasses.fields(cls) if field.init}


@cache
def adapter_of(annotation: Any) -> TypeAdapter[Any]:
    return TypeAdapter(annotation, config=ConfigDict(arbitrary_types_allowed=True))
