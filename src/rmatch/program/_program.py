"""A program: criteria, rules, limits and objectives, with the roles and columns they rest on."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import tomli_w
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from rmatch._util import notebook
from rmatch._util.files import plain_json
from rmatch._util.listed import Listed, Told
from rmatch.columns import Table
from rmatch.criteria import Background, Criterion, Department, Goals, Reciprocity, Skills
from rmatch.element import Spec, said_of
from rmatch.errors import ProgramError, suggestion
from rmatch.limits import Limit, refuse_contradictions
from rmatch.objectives import MostPairs, Objective, Total
from rmatch.program._checks import (
    decimal_comma,
    no_criterion,
    omission,
    refuse_misfits,
    refuse_order,
    refuse_personal,
    refuse_unspoken,
    require_columns,
    require_personal,
)
from rmatch.program._element import Element
from rmatch.program._people import with_ids
from rmatch.program._tracks import Track, elements, refuse_apart, refuse_tracks, settled, share_of, told, written
from rmatch.roster.aliases import alias_table
from rmatch.roster.resolver import Resolver
from rmatch.rules import Avoids, GradeGap, OutsideReportingLine, Rule
from rmatch.schema.binding import SKILLS, Binding, ColumnBinding, Mirror, Range, Roles, refuse_withheld
from rmatch.schema.person import CANONICAL, CELLS
from rmatch.schema.personal import Personal
from rmatch.schema.term import ProgramTerm

FAMILIES = ("criteria", "rules", "limits", "objectives")


class Program(BaseModel):
    """What a good pair is, which pairs may be, how many, and which total comes first. Frozen.

    A family that is not given takes its default, narrowed to the columns that the export has; what is
    given is taken at its word, and a column that is not there is an error.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    seed: Annotated[int, Field(ge=0, lt=2**63, description="Draws the lottery that breaks ties.")] = 0
    roles: Told[Roles] | None = None
    columns: dict[str, Told[ColumnBinding]] = Field(default_factory=dict)
    keep: Annotated[
        Literal["latest", "joined"] | None,
        Field(description="Of somebody in several rows the latest counts, or all are joined; else they are refused."),
    ] = None
    by: Annotated[str | None, Field(description="The header of the time of a sign-up, for `keep`.")] = None
    term: Told[ProgramTerm] | None = None
    personal: Told[Personal] | None = None
    aliases: Annotated[
        dict[str, str],
        BeforeValidator(alias_table, json_schema_input_type=str | Path | dict[str, str]),
        Field(description="What labels are called otherwise: a table, or a CSV with the columns alias and canonical."),
    ] = Field(default_factory=dict)
    criteria: Listed[Annotated[Criterion, Element(Criterion)]] = (
        Skills(0.35),
        Reciprocity(0.15),
        Goals(0.15),
        Department(0.15),
        Background(0.20),
    )
    rules: Listed[Annotated[Rule, Element(Rule)]] = (GradeGap(at_least=1), OutsideReportingLine(), Avoids())
    limits: Listed[Annotated[Limit, Element(Limit)]] = ()
    objectives: Listed[Annotated[Objective, Element(Objective)]] = (MostPairs(), Total())
    tracks: Annotated[Listed[Told[Track]], Field(description="In which juniors, or seniors, teach.")] = ()
    mirror: Annotated[Mirror, Field(description="Whether two people may meet in both directions.")] = "allow"

    @model_validator(mode="wrap")
    @classmethod
    def _speak_plainly(cls, data: Any, handler: Callable[[Any], Program]) -> Program:
        try:
            program = handler(data)
        except ValidationError as error:
            raise ProgramError(_first_problem(error)) from None
        if (program.keep == "latest") != (program.by is not None):
            raise ProgramError('`keep = "latest"` and `by` go together: by = "Timestamp", the header of the time')
        if not program.criteria:
            raise ProgramError("`criteria` is empty: a program needs at least one")
        refuse_unspoken((*program.criteria, *program.rules, *program.limits, *program.objectives))
        refuse_tracks(program.tracks, program.mirror)
        _keep_apart(program)
        refuse_order(program.objectives, program.limits)
        refuse_contradictions(program.limits)
        return program

    @classmethod
    def from_file(cls, path: str | Path) -> Program:
        """Read a program from TOML, or from JSON where the name ends in ``.json``.

        Args:
            path: The file; files that it names are looked for beside it.

        Raises:
            ProgramError: The file cannot be read, or what stands in it cannot be used.
        """
        path = Path(path)
        try:
            text = path.read_text(encoding="utf-8-sig")
        except OSError as error:
            raise ProgramError(f"{path}: cannot be read: {error.strerror or error}") from None
        except UnicodeDecodeError as error:
            raise ProgramError(f"{path}: not UTF-8 text: {error}") from None
        try:
            data = plain_json(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
        except (ValueError, RecursionError) as error:
            form = "JSON" if path.suffix.lower() == ".json" else "TOML"
            raise ProgramError(f"{path}: not {form}: {error}{decimal_comma(text, str(error))}") from None
        if not isinstance(data, dict):
            raise ProgramError(f"{path}: a program is a table of keys, not a {type(data).__name__}")
        tracks = data.get("tracks")
        tables = [data, *(track for track in (tracks if isinstance(tracks, list) else ()) if isinstance(track, dict))]
        # a file of scores lies beside the program that names it
        for criteria in (table.get("criteria") for table in tables):
            for element in criteria if isinstance(criteria, list) else ():
                if isinstance(element, dict) and isinstance(element.get("file"), str):
                    element["file"] = str(path.parent / element["file"])
        if isinstance(data.get("aliases"), str):
            data["aliases"] = str(path.parent / data["aliases"])
        try:
            return cls.model_validate(data)
        except ProgramError as error:
            raise type(error)(f"{path}: {error}") from None

    def to_dict(self) -> dict[str, Any]:
        """The program as plain data: reading it back gives the same program.

        A family that was left to its default stays so; a resolved program names them all.
        """
        untouched = {family for family in FAMILIES if family not in self.model_fields_set}
        whole = self.model_copy(update=written(self.tracks, {family: getattr(self, family) for family in FAMILIES}))
        data = whole.model_dump(mode="json", exclude_none=True, exclude=untouched)
        if not self.tracks:
            del data["tracks"], data["mirror"]
        elif not whole.criteria:  # every one is a track's own
            del data["criteria"]
        if not data["aliases"]:
            del data["aliases"]
        for binding in data["columns"].values():
            for key in [k for k, value in binding.items() if value in ([], {}, False)]:
                del binding[key]
        return data

    def to_toml(self) -> str:
        """The program as TOML."""
        return tomli_w.dumps(self.to_dict())

    @property
    def visible(self) -> tuple[Criterion, ...]:
        """The criteria that settle who is paired, and that are shown: those that read no sensitive column."""
        return tuple(c for c in self.criteria if not self._sensitive(c))

    @property
    def steering(self) -> tuple[Criterion, ...]:
        """The criteria that read a sensitive column: they help to choose with whom, never whether."""
        return tuple(c for c in self.criteria if self._sensitive(c))

    def require_steering(self, mentors: Table, mentees: Table) -> None:
        """Raise ProgramError where a criterion that reads a sensitive column does not find all its columns."""
        for criterion in self.steering:
            require_columns(criterion, mentors, mentees)

    def _sensitive(self, element: Spec) -> bool:
        """Whether an element that the user named reads a sensitive column; the default ones never do."""
        return "criteria" in self.model_fields_set and bool(_read(element) & self._apart)

    @property
    def _apart(self) -> set[str]:
        return {name for name, column in self.columns.items() if column.withheld}

    def binding(self) -> Binding:
        """What a reader needs to know: roles, columns, and which further columns to keep."""
        elements: tuple[Spec, ...] = (*self.criteria, *self.rules, *self.limits, *self.objectives, *self._of_tracks)
        named = {column for element in elements for column in _read(element)}
        named |= {self.personal.column} if self.personal is not None else set()
        scored = (each.whole for each in elements)
        skills = {c for each in scored if isinstance(each, Skills | Reciprocity) for c in _read(each)}
        return Binding(
            roles=self.roles,
            columns=self.columns,
            named=frozenset(named),
            aliases=self.aliases,
            skills=SKILLS | skills,
            labels=frozenset(self._compared() - skills - SKILLS - self._apart),
            keep=self.keep,
            by=self.by,
            tracks=tuple(track.roles for track in self.tracks),
            mirror=self.mirror,
        )

    @property
    def _of_tracks(self) -> tuple[Spec, ...]:
        """The elements that tracks have of their own."""
        return tuple(element for track in self.tracks for element in track.own)

    def _compared(self) -> set[str]:
        """The columns of labels that the program compares; numbers, times and sentences are none."""
        elements: tuple[Spec, ...] = (*self.criteria, *self.rules, *self.limits, *self._of_tracks)
        named = {column for each in elements for column in each.whole.compares}
        return {name for name in named if name not in CANONICAL or CELLS[name].kind in ("category", "items")}

    def _elements(self, family: str) -> Iterator[tuple[Spec, bool]]:
        """The elements of a family as they hold with tracks, and whether somebody named each."""
        return elements(self.tracks, self.mirror, family, getattr(self, family), family in self.model_fields_set)

    def resolved(self, mentors: Table, mentees: Table) -> tuple[Program, tuple[str, ...]]:
        """Return the program for this export, every family explicit, and what was left out for lack of a column.

        Args:
            mentors, mentees: The people.

        Raises:
            ProgramError: Something the user named needs a column, a value or people that are not there.
            InfeasibleError: The numbers of a limit cannot hold for so many people.
        """
        left_out: list[str] = []
        kept: dict[str, Any] = {}
        resolver, readings = Resolver.of(mentors, mentees), self.binding().readings() if self.aliases else {}
        for family in FAMILIES:
            kept_here: list[Spec] = []
            for named, given in self._elements(family):
                element = with_ids(named.beside(self.visible), resolver, left_out).with_labels(readings)
                if family == "criteria" and self._sensitive(element):  # its columns stand apart
                    kept_here.append(element)
                    continue
                if given:
                    require_columns(element, mentors, mentees)
                    kept_here.append(element)
                    continue
                narrow = element.narrowed(mentors, mentees)
                if narrow is not None:
                    kept_here.append(narrow)
                if narrow != element and not getattr(element, "confidential", False):
                    left_out.append(omission(element, narrow, (mentors, mentees)))
            kept[family] = tuple(kept_here)
        if all(self._sensitive(criterion) for criterion in kept["criteria"]):
            raise no_criterion((mentors, mentees), bool(self.columns))
        asked: dict[str, Any] = {
            "rules": kept["rules"],
            "criteria": [c for c in kept["criteria"] if not self._sensitive(c)],
        }
        for family, some in asked.items():
            for each in some:
                if problem := each.misfit(mentors, mentees):
                    raise ProgramError(f"[[{family}]] {each.name}: {problem}")
        kept |= settled(self.tracks, self.mirror, kept, mentors, mentees)
        refuse_misfits(kept["limits"], kept["objectives"], mentors, mentees)
        require_personal(self.personal, mentees)
        return self.model_copy(update=kept), tuple(left_out)

    def __repr__(self) -> str:
        parts = [f"{len(getattr(self, family))} {family}" for family in FAMILIES]
        return f"Program({', '.join(parts)}, seed {self.seed})"

    __str__ = __repr__  # pydantic's own lists every field of every element

    def _repr_html_(self) -> str:
        shares = [share_of(criterion, self.criteria) for criterion in self.criteria]
        rows = [
            (c.name.replace("_", " "), f"{share:.0%}", told(c, self.tracks))
            for c, share in zip(self.criteria, shares, strict=True)
        ]
        elements: tuple[Spec, ...] = (*self.rules, *self.limits, *self.objectives)
        rows += [(element.name.replace("_", " "), element.family[:-1], element.in_words()) for element in elements]
        rows += [("personal", "", self.personal.in_words())] if self.personal is not None else []
        return notebook.block(f"Program, seed {self.seed}", notebook.table(("", "counts", "in words"), rows, len(rows)))


def _read(element: Spec) -> set[str]:
    return {column for side in element.reads() for column in side}


def _keep_apart(program: Program) -> None:
    """Raise ProgramError where a sensitive column would decide who takes part, or an audited one would be scored."""
    try:
        refuse_withheld(program.roles, program.columns)
    except ValueError as error:
        raise ProgramError(str(error)) from None
    binding = program.binding()
    for family in FAMILIES:
        for element in getattr(program, family) if family in program.model_fields_set else ():
            if "avoids" in _read(element) and not getattr(element, "confidential", False):
                raise ProgramError(
                    f"[[{family}]] {element.name} reads 'avoids', which is confidential: only a confidential rule may, "
                    "such as `avoids`"
                )
            for column in sorted(_read(element) & binding.withheld):
                if column in binding.consents:
                    raise ProgramError(
                        f"[[{family}]] {element.name} reads {column!r}, in which people agree to the use of a "
                        "sensitive column: a no must cost nobody anything, so nothing else may read it"
                    )
                if program.columns[column].use == "audit":
                    raise ProgramError(
                        f"[[{family}]] {element.name} reads {column!r}, but [columns.{column}] is for audits only: "
                        'name another column, or declare `use = "score"` with `consent` and `purpose`'
                    )
                if family != "criteria":
                    raise ProgramError(
                        f"[[{family}]] {element.name} reads {column!r}, which is sensitive: it may choose with whom "
                        "somebody is paired, never whether, so only a criterion may read it"
                    )
    refuse_apart(program.tracks, program.mirror, program.steering, binding.withheld)
    refuse_personal(program.personal, program.tracks, program.steering, binding.withheld)
    if program.steering and not all(objective.hides_scores for objective in program.objectives):
        raise ProgramError(
            "`bands` cannot be kept where sensitive columns choose with whom somebody is paired; use `worst_pair`, the "
            "rule `min_score`, or no sensitive criterion"
        )
    if "criteria" in program.model_fields_set and not program.visible:
        raise ProgramError(
            "every criterion reads a sensitive column; at least one that reads none must settle who is paired"
        )


def _first_problem(error: ValidationError) -> str:
    problem = min(error.errors(), key=lambda each: each["type"] != "extra_forbidden")  # an unknown key comes first
    kind, where = problem["type"], [str(part) for part in problem["loc"]]
    if kind == "extra_forbidden":
        return f"unknown key `{'.'.join(where)}`.{suggestion(where[-1], _keys_at(where[:-1]))}"
    if kind == "tuple_type" and isinstance(problem["input"], Mapping):
        return f"`{'.'.join(where)}` is a list: write [[{where[-1]}]], in two brackets, above each of them"
    return f"`{'.'.join(where)}`" + (" is missing" if kind == "missing" else f": {said_of(problem)}")


def _keys_at(where: list[str]) -> Mapping[str, Any]:
    if not where:
        return Program.model_fields
    tables: dict[str, Any] = {"term": ProgramTerm, "personal": Personal, "tracks": Track, "columns": ColumnBinding}
    found: type[BaseModel] = tables.get(where[0], Range if len(where) > 1 else Roles)
    return found.model_fields
