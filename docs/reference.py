"""Writes the reference from the code: docstrings, fields, help texts, and the columns of real tables.

python docs/reference.py            # writes docs/reference.md
python docs/reference.py --check    # ends with 1 where it is not up to date
"""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
import io
import os
import re
import sys
import textwrap
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
from docstrings import annotation, arguments, code, fields, first, marked, prose, signature, table
from pydantic import BaseModel

import rmatch
from rmatch import cli, result
from rmatch import columns as columns_
from rmatch import rows as rows_
from rmatch.criteria import Criterion
from rmatch.element import Spec, known
from rmatch.limits import Limit
from rmatch.objectives import Objective
from rmatch.output import report
from rmatch.output.plot import Plots
from rmatch.program import Track
from rmatch.rules import Rule
from rmatch.schema.binding import ColumnBinding, Range, Roles
from rmatch.schema.person import CANONICAL, CELLS
from rmatch.schema.personal import Personal
from rmatch.schema.term import ProgramTerm

PAGE = Path(__file__).parent / "reference.md"

HEAD = """# Reference

Made from the code by `python docs/reference.py`; the tests check that it is up to date. For what the words mean see
[Concepts](concepts.md).

[Command line](#command-line) · [Columns](#columns) · [Tables](#tables) · [Program](#program) · [Criteria](#criteria) ·
[Rules](#rules) · [Limits](#limits) · [Objectives](#objectives) · [Functions](#functions) · [Classes](#classes) ·
[Errors](#errors) · [Modules](#modules)
"""

KINDS = {
    "id": "text, unique",
    "text": "text",
    "category": "one label",
    "number": "whole number",
    "whole": "whole number, or a label of a declared order",
    "items": "list",
    "times": "list of weekly times",
    "people": "list of people: IDs, e-mail addresses or full names",
    "role": "`mentor`, `mentee`, `both` or `none`",
}

COLUMNS = {
    "mentor_id": "the junior, who teaches",
    "mentee_id": "the senior, who learns",
    "mentor_name": "as in the export, where it is there; so are the following",
    "decision": "`approve` or `lock`, once somebody has decided something by hand",
    "score": "from 0 to 1; the sum of the columns after it",
    "skills": "what this criterion adds; a column for each visible criterion, by its name",
    "teaches": "the wanted skills that the mentor offers",
    "gains": "the skills that the mentor wants and the mentee offers",
    "shared_times": "when both have time, in UTC, with a `[term]` on the mentee's clock; where anybody gave times",
    "slot": "the weekly meeting on the clocks of both; with a `[term]`, where anybody gave times",
    "why": "a sentence made of the parts",
    "employee_id": "who",
    "name": "by name, where the export has names",
    "email": "the address, where the export has addresses",
    "role": "`mentor` or `mentee`",
    "reason": "why",
    "eligible": "how many partners the rules allow",
    "detail": "the reason in full, for the owner of the programme, and whether only the lottery decided",
    "participant_note": "what may be passed on as it is",
    "file": "the file",
    "row": "the row as a spreadsheet counts; missing where the file as a whole is meant",
    "status": "`paired`, `unmatched`, `not taking part` or `rejected`; of a roster `taking part` for the first two",
    "column": "the column",
    "value": "the cell, shortened",
    "severity": "`error` (the row is rejected), `warning` (a cell counts as blank, or was changed) or `info`",
    "remedy": "what to do",
    "objective": "`most_pairs`, then `total`",
    "bound": "what no plan can exceed that is as good in the objectives before",
    "gap": "the bound less the value",
    "skill": "in its commonest spelling",
    "wanted": "how many mentees want it",
    "offered": "how many mentors offer it",
    "taught": "how many pairs teach it",
    "partner_id": "the partner",
    "partner_name": "the names of the partners, where the export has names",
    "partner_email": "their addresses, where the export has addresses",
    "loss": "what the best plan with this partner has less in the objective `total`; infinite where there is none",
    "pairs_lost": "how many pairs fewer it has; blank where plans as good differ in that, or where it is not known",
    "exact": "whether `loss` is exact; otherwise it is the least that the prices prove, or blank",
    "cost": "what this objective cost the next one, in words",
    "max_changes": "the budget: how many pairs that stand may be parted",
    "changed": "how many are",
    "pairs": "how many pairs there are then",
    "mean_score": "their mean score",
    "total": "their total",
    "proof": "what is proved of that plan, in words",
    "backup_id": "the second choice; empty where there is nobody else",
    "spare": "whether the mentee can go there now, everybody else staying where they are",
    "invite": "how many to invite",
    "people": "how many there are in the directory",
    "rank": "1 is the best",
}
"""What a column holds, in whichever table it stands."""

ELSEWHERE = {
    "pairs": {"reason": "why it was decided so, once somebody has said"},
    "wishes": {
        "wishes": "how many people they wished for, of those who take part on the other side",
        "rank": "the best place on their list that came true; blank where none did",
        "partner_id": "the partner who has that place",
    },
    "blocking pairs": {
        "mentor_rank": "the mentee's place on the mentor's list; blank where not on it",
        "mentee_rank": "the mentor's place on the mentee's list; blank where not on it",
        "instead_of_mentor": "the mentee whom the mentor would give up; empty where the mentor has room",
        "instead_of_mentee": "the mentor whom the mentee would give up; empty where the mentee has room",
    },
    "unmatched": {"reason": "one of the names under [Reason](#reason)"},
    "accounts": {
        "role": "`mentor`, `mentee` or `none`; empty where the row cannot be read",
        "partner_id": "the partners, best first, with `; ` between them; empty for none",
    },
    "stages": {"value": "what was reached"},
    "alternatives": {"role": "the role that the person has in such a pair", "score": "what that pair would score"},
    "shortlist": {"score": "what that pair would score"},
    "audit": {
        "side": "`mentor` or `mentee`",
        "column": "the column that was declared sensitive, or for audits",
        "group": "the answer, or `(small groups)`, or `(unknown)`",
        "kind": "`group`, `small` or `unknown`",
        "people": "how many there are on that side",
        "matched": "how many of them have a partner",
        "matched_rate": "matched / people",
        "impact_ratio": "that rate / the highest of any group",
        "p_value": "Fisher's exact test, two-sided: this group against all other groups together",
        "mean_score": "of the matched, the mean of their pairs' visible scores",
        "scoring_rate": "the share of the matched who score above the median of their side",
        "scoring_impact_ratio": "that rate / the highest of any group",
        "pairs": "pairs that the group serves",
        "load": "pairs / people",
    },
}
"""What a column holds in one table in particular."""


# ---------------------------------------------------------------- command line and tables


def helped(*words: str) -> str:
    """What ``--help`` prints, every entry on one line."""
    said, columns = io.StringIO(), os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = "2000"
    try:
        with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
            cli.main([*words, "--help"])
    finally:
        os.environ.pop("COLUMNS") if columns is None else os.environ.update(COLUMNS=columns)
    return said.getvalue()


def command_line() -> Iterator[str]:
    """Every command with its options, and the exit codes."""
    overview = helped()
    yield "## Command line\n\nMessages go to standard error, data to standard output."
    for name, what in re.findall(r"^    (\w+) +(.+)$", overview, re.MULTILINE):
        usage, _, rest = helped(name).partition("\n\n")
        usage = textwrap.fill(usage, 110, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
        yield f"### rmatch {name}\n\n{what[:1].upper()}{what[1:]}.\n\n{code(usage + chr(10) * 2 + rest.rstrip())}"
    codes = " ".join(overview.partition("Exit codes: ")[2].split()).rstrip(".").split(", ")
    yield "### Exit codes\n\n" + table(("code", "meaning"), (code.split(" ", 1) for code in codes))


def columns() -> str:
    """The columns that an export may have, and the headers by which they are known."""
    rows = []
    for name in CANONICAL:
        cell, field = CELLS[name], rmatch.Person.model_fields[name]
        kind = KINDS[cell.kind] + (", with levels" if cell.levels else "")
        rows.append((f"`{name}`", kind, str(field.description), ", ".join(cell.aliases)))
    return "## Columns\n\n" + "\n\n".join(
        (
            "What an export may have; only `employee_id` is required. Headers match whatever their case, spaces and "
            "punctuation. The headers of known HR systems and of sign-up forms in seven languages are in "
            "[headers.csv](../src/rmatch/schema/vocabulary/headers.csv).",
            table(("column", "a cell holds", "what it is", "also known as"), rows),
        )
    )


def tables() -> Iterator[str]:
    """The columns of every table, from a matching of made-up people."""
    roster = rmatch.from_frame(rmatch.datasets.workforce(20, 15, seed=1))
    matching = rmatch.match(roster)
    matching = matching.review(matching.pairs.assign(decision="approve", reason="asked for by both"))
    some = str(matching.pairs["mentor_id"].iloc[0])
    people = rmatch.datasets.workforce(40, 30, seed=1)
    declared = rmatch.Program(columns={"location": ColumnBinding(use="audit")})
    audited = rmatch.match(rmatch.from_frame(people, program=declared), declared)
    yield "## Tables"
    for name, where, frame in (
        ("pairs", "`Matching.pairs`, `pairs.csv`, and the sheet Pairs of `pairs.xlsx`", matching.pairs),
        ("unmatched", "`Matching.unmatched`, `unmatched.csv`, and the sheet Unmatched", matching.unmatched),
        (
            "accounts",
            "`Matching.accounts`, `Roster.accounts`, `everyone.csv`, and the sheet Everyone",
            matching.accounts,
        ),
        ("issues", "`Roster.issues`, `Matching.issues`, `issues.csv`, and the sheet Issues", matching.issues),
        ("stages", "`Matching.stages`", matching.stages),
        ("skills", "`Matching.skills`", matching.skills),
        (
            "alternatives",
            "`Matching.alternatives(employee_id)` and `Matching.losses(employee_id)`",
            matching.alternatives(some),
        ),
        ("backups", "`Matching.backups()`", matching.backups()),
        ("wishes", "`Matching.wishes`", matching.wishes),
        ("blocking pairs", "`Matching.blocking_pairs()`", matching.blocking_pairs()),
        (
            "curve",
            "`rematch_curve(matching, roster)`, and `curve.csv`",
            rmatch.rematch_curve(matching, roster, changes=[0]),
        ),
        ("shortlist", "`shortlist(roster)`", rmatch.shortlist(roster)),
        ("audit", "`Matching.audit()`, and `audit.csv` where `--audit` asks for it", audited.audit()),
    ):
        yield f"### {name}\n\n{where}.\n\n{table(('column', 'holds'), _described(name, frame))}"


def _described(name: str, frame: pd.DataFrame) -> Iterator[tuple[str, str]]:
    meant = COLUMNS | ELSEWHERE.get(name, {})
    criteria = {criterion.name for criterion in rmatch.Program().criteria}
    for column in map(str, frame.columns):
        if name == "skills" or column not in criteria - {"skills"}:
            shown = re.fullmatch(r"(mentor|mentee)_(name|email|job_title|department|location)", column)
            said = f"the {shown[1]}’s {shown[2].replace('_', ' ')}" if shown else meant[column]
            yield f"`{column}`", said
        else:
            yield f"`{column}`", "the same for this criterion"


# ---------------------------------------------------------------- programs


def models(*classes: type[BaseModel]) -> Iterator[str]:
    """The keys of pydantic models."""
    for cls, heading in zip(
        classes,
        ("[columns.NAME]", "[roles]", "mentor and mentee in [roles]", "[[tracks]]", "[term]", "[personal]"),
        strict=True,
    ):
        rows = [
            (f"`{name}`", "" if field.is_required() else f"`{field.default!r}`", field.description or "")
            for name, field in cls.model_fields.items()
        ]
        yield f"### {heading}\n\n{first(cls)}\n\n{table(('key', 'default', 'what it is'), rows)}"


def family(title: str, base: type[Spec], words: str) -> Iterator[str]:
    """Every class of a family with its keys in a program file."""
    yield f"## {title}\n\n{words}"
    for kind, cls in sorted(known(base).items()):
        if not cls.__module__.startswith("rmatch."):
            continue
        hints = {name: note for c in reversed(cls.__mro__) for name, note in vars(c).get("__annotations__", {}).items()}
        rows = []
        for field in dataclasses.fields(cls):
            default = "none: it is needed" if _needed(cls, field) else f"`{field.default!r}`"
            rows.append((f"`{field.name}`", f"`{annotation(hints[field.name])}`", default))
        keys = table(("key", "type", "default"), rows) if rows else "It has no keys."
        yield f'### {cls.__name__}\n\n`kind = "{kind}"`\n\n{prose(cls)}\n\n{keys}'


def _needed(cls: type[Spec], field: dataclasses.Field[Any]) -> bool:
    """Whether an element must say this; where the default is an empty text, it may be one that is always refused."""
    if field.default == "":
        with contextlib.suppress(rmatch.ProgramError):
            cls()
            return False
    return field.default in (dataclasses.MISSING, "")


# ---------------------------------------------------------------- names


def described(cls: type) -> str:
    """A class: its docstring, fields, properties and methods, inherited ones of this package too."""
    plain = dataclasses.is_dataclass(cls)
    text = arguments(cls)[0] if plain else inspect.getdoc(cls) or ""
    line = [base for base in reversed(cls.__mro__) if base.__module__.startswith("rmatch.")]
    parts = [f"### {cls.__name__}", marked(text)]
    if issubclass(cls, Enum):
        parts.append(
            table(
                ("name", "what it says"),
                ((f"`{member.name}`", getattr(member, "sentence", str(member.value))) for member in cls),
            )
        )
        return "\n\n".join(parts)
    members = {name: member for base in line for name, member in vars(base).items()}
    own = [(name, member) for name, member in members.items() if name[0] != "_" and name not in ("model_config",)]
    rows = []
    for base in line if plain else ():
        notes = arguments(base)[1]
        rows += [
            (f"`{n}`", f"`{kind}`", marked(below or notes.get(n, ""))) for n, (kind, below) in fields(base).items()
        ]
    if issubclass(cls, BaseModel):
        types = fields(cls)
        rows = [(f"`{n}`", f"`{types[n][0]}`", info.description or "") for n, info in cls.model_fields.items()]
    for name, member in own:
        getter = getattr(member, "fget", None) or getattr(member, "func", None)
        if getter is not None:
            back = annotation(inspect.signature(getter).return_annotation)
            rows.append((f"`{name}`", f"`{back}`", first(getter)))
    if rows:
        parts.append(table(("attribute", "type", "what it is"), rows))
    for name, member in own:
        function = getattr(member, "__func__", member)
        if inspect.isfunction(function) and inspect.getdoc(function):
            parts.append(f"{code(signature(f'{cls.__name__}.{name}', getattr(cls, name)))}\n\n{prose(function)}")
    return "\n\n".join(parts)


def public() -> dict[str, Any]:
    """The public names of the package."""
    return {name: getattr(rmatch, name) for name in rmatch.__all__}


def names() -> Iterator[str]:
    """Functions, classes, errors and modules of the package."""
    things = public()
    yield "## Functions"
    for name, thing in things.items():
        if inspect.isfunction(thing):
            yield f"### {name}\n\n{code(signature(name, thing))}\n\n{prose(thing)}"
    yield "## Classes"
    yield from (
        described(thing) for thing in things.values() if inspect.isclass(thing) and not issubclass(thing, Exception)
    )
    yield described(Plots)
    errors = [
        (name, thing) for name, thing in things.items() if inspect.isclass(thing) and issubclass(thing, Exception)
    ]
    rows = ((f"`{name}`", f"`{thing.__base__.__name__}`", first(thing)) for name, thing in errors)
    yield "## Errors\n\n" + table(("error", "is a", "what it says"), rows)
    yield "## Modules"
    yield from (module(name, thing) for name, thing in things.items() if inspect.ismodule(thing))
    yield from (module(thing.__name__.removeprefix("rmatch."), thing) for thing in (columns_, rows_, report, result))


def own(thing: ModuleType) -> list[str]:
    """The classes and functions that a module without ``__all__`` defines for others."""
    if thing.__name__.count(".") > 1 or thing in (rmatch.solvers, rmatch.datasets):
        return []
    return [
        name
        for name, value in vars(thing).items()
        if name[0] != "_" and getattr(value, "__module__", "") == thing.__name__ and callable(value)
    ]


def said(thing: ModuleType, name: str) -> str:
    """What a name of a module is: its docstring, or the text that stands below it in the code."""
    value = getattr(thing, name)
    if callable(value) and first(value):
        return first(value)
    for source in map(inspect.getsource, {thing, *(m for m in sys.modules.values() if of(m, thing))}):
        found = re.search(rf'^{name}(?:: TypeAlias)? = [^\n]*\n"""(.*?)(?:\n\n|""")', source, re.DOTALL | re.MULTILINE)
        if found:
            return marked(" ".join(found[1].split()))
    return ""


def of(module: object, package: ModuleType) -> bool:
    """Whether a module is one of a package."""
    return inspect.ismodule(module) and module.__name__.startswith(f"{package.__name__}.")


def module(name: str, thing: ModuleType) -> str:
    """A module: what it offers, beyond what has a section of its own."""
    kinds = {cls for base in (Criterion, Rule, Limit, Objective) for cls in known(base).values()}
    offered = [n for n in getattr(thing, "__all__", own(thing)) if getattr(thing, n) not in kinds]
    rows = [(f"`{n}`", said(thing, n)) for n in sorted(offered)]
    return f"### rmatch.{name}\n\n{prose(thing)}" + (f"\n\n{table(('name', 'what it is'), rows)}" if rows else "")


def page() -> str:
    """The whole reference."""
    program = (
        "## Program\n\nTOML or JSON, as `rmatch schema program` has it: a `seed`, `aliases` of skills, the families "
        "below, and these tables."
    )
    parts = [
        HEAD.rstrip(),
        *command_line(),
        columns(),
        *tables(),
        program,
        *models(ColumnBinding, Roles, Range, Track, ProgramTerm, Personal),
        *family("Criteria", Criterion, "`[[criteria]]`: how good is this pair? Every one has a `weight` above 0."),
        *family("Rules", Rule, "`[[rules]]`: may this pair be?"),
        *family("Limits", Limit, "`[[limits]]`: how many pairs?"),
        *family("Objectives", Objective, "`[[objectives]]`: which total comes first?"),
        *names(),
    ]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def main(words: list[str]) -> int:
    """Write the reference, or say whether it is up to date."""
    text = page()
    if "--check" in words:
        if PAGE.read_text(encoding="utf-8") == text:
            return 0
        print("docs/reference.md is out of date: run python docs/reference.py", file=sys.stderr)
        return 1
    PAGE.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
