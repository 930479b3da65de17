"""A draft as the text of a program: what was found, how certain that is, and what to change where it is wrong."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

import tomli_w

from rmatch.element import Spec
from rmatch.program._program import Program
from rmatch.program.drafting._draft import Column, Draft

CHECK = "CHECK"
"""Stands before each comment on what was guessed."""

_WIDTH = 110
_SHOWN = 40  # headers that are listed as not read
_PRINTABLE = dict.fromkeys((*range(32), *range(127, 160), 0x2028, 0x2029), " ")

_OTHERS: tuple[tuple[str, str, str], ...] = (
    ("employee_id", "Limits: how many pairs, and for whom. Nobody has more than two mentees:",
     '[[limits]]\nkind = "capacity"\nmentors = 2'),
    ("languages", "Only pairs who share a language:", '[[rules]]\nkind = "shares"\ncolumn = "languages"'),
    ("availability", "Only pairs who are both free at some time of the week:",
     '[[rules]]\nkind = "shares"\ncolumn = "availability"'),
    ("location", "Only pairs at one place:", '[[rules]]\nkind = "same"\ncolumn = "location"'),
    ("skills_wanted", "No pair below a score of 0.25:", '[[rules]]\nkind = "min_score"\nscore = 0.25'),
)  # fmt: skip
"""Alternatives that a draft names in comments: the column they need, what they do, and their lines."""


def text_of(draft: Draft, command: str) -> str:
    """Return the program as TOML with comments.

    Args:
        draft: What was found.
        command: The command that uses the program, for the first comment.
    """
    parts = [*_head(draft, command), *_columns(draft), *_roles(draft), *_families(draft), *_alternatives(draft)]
    return "\n".join(parts).rstrip() + "\n"


def one_line(text: str) -> str:
    """Text from a file as it may stand in a comment and on a terminal: on one line, and not too long."""
    plain = " ".join(text.translate(_PRINTABLE).split())
    return plain if len(plain) <= 90 else f"{plain[:89]}…"


def _comment(text: str) -> Iterator[str]:
    yield from (f"# {line}" for line in textwrap.wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False))


def _head(draft: Draft, command: str) -> Iterator[str]:
    yield from _comment(f"A program for rmatch, drafted from {', '.join(map(one_line, draft.files))}.")
    yield from _comment(f"Look at each line marked {CHECK}, then run: {command.translate(_PRINTABLE)}")
    for sentence in draft.open:
        yield from _comment(f"{CHECK} Open: {sentence}")
    yield ""
    if draft.top:
        yield from _comment(f"{CHECK} Some signed up more than once; of each person the latest row counts.")
        yield from (tomli_w.dumps(draft.top).strip(), "")
    if draft.places:
        yield from _comment(
            "There are more mentees than mentors, and nobody says how many they take. To let mentors have up to "
            f"{draft.places}, remove the `# `:"
        )
        yield from (f'# limits = [{{ kind = "capacity", mentors = {draft.places} }}]', "")


def _columns(draft: Draft) -> Iterator[str]:
    yield from _comment("Where each column comes from. `rmatch check` shows what was understood.")
    yield ""
    if draft.numbered:
        yield from _comment(
            f"{CHECK} Not everybody has an id or an e-mail address in the files, so the rows are numbered. In the next "
            "round such an id means somebody else."
        )
        yield from (tomli_w.dumps({"columns": {"employee_id": {"source": "@row"}}}).strip(), "")
    elif draft.column("employee_id") is None:
        yield from _comment("employee_id: no header is certain to mean it, so the e-mail addresses are the ids.")
        yield ""
    if draft.joined:
        yield from _comment(f"name: {' and '.join(map(repr, map(one_line, draft.joined)))} are joined.")
        yield ""
    for column in draft.columns:
        yield from _column(column)
    lacking = [name for name in ("skills_offered", "skills_wanted") if draft.column(name) is None]
    if lacking and draft.unread:
        yield from _comment(f"No header is read as {' or '.join(lacking)}. If one means it, remove the `# `:")
        for name in lacking:
            yield from (f"# [columns.{name}]", f"# source = {_quoted(draft.unread[0])}", "")
    for what, headers in (
        ("Not read", draft.unread),
        ("Not read, since nobody should be paired by it unasked", draft.sensitive),
    ):
        if headers:
            more = f" and {len(headers) - _SHOWN} more" if len(headers) > _SHOWN else ""
            yield from _comment(f"{what}: {', '.join(map(repr, map(one_line, headers[:_SHOWN])))}{more}.")
            yield ""


def _column(column: Column) -> Iterator[str]:
    for sheet, guess in column.by_sheet.items():
        where = "" if len(column.by_sheet) == 1 else f" on the sheet of {sheet}"
        mark = "" if guess.sure else f"{CHECK} "
        headers = ", ".join(repr(one_line(header)) for header in guess.headers or (guess.header,))
        yield from _comment(f"{mark}{column.name}{where}: {headers}, {one_line(guess.why)}.")
        if guess.others:
            yield from _comment(
                f"Other headers that may mean it: {', '.join(map(repr, map(one_line, guess.others[:8])))}."
            )
    for note in column.settings.notes:
        yield from _comment(f"{note[0].upper()}{note[1:]}.")
    for check in column.settings.checks:
        yield from _comment(
            f"{CHECK} {column.name}: {one_line(check) if len(check) > 400 else ' '.join(check.split())}."
        )
    yield tomli_w.dumps({"columns": {column.name: dict(column.keys)}}).strip()
    yield from _idle(column.settings.idle)
    yield ""


def _idle(keys: Mapping[str, Any]) -> Iterator[str]:
    """Keys as comments, each on one line."""
    for key, values in keys.items():
        yield f"# {key} = [{', '.join(_quoted(one_line(value)) for value in values)}]"


def _quoted(text: str) -> str:
    return tomli_w.dumps({"k": text}).strip().partition(" = ")[2]


def _roles(draft: Draft) -> Iterator[str]:
    yield from _comment("Who teaches (the mentor, the junior) and who learns (the mentee, the senior).")
    if draft.two_sheets:
        yield from _comment("Each of the two sheets is a role.")
    elif draft.column("role") is not None:
        yield from _comment("The column `role` says it: mentor, mentee, both or none.")
    if draft.ranges is not None:
        yield from _comment(f"{CHECK} Nothing says it. To go by grades, remove the `# ` before these lines:")
        yield from ("# [roles]", f"# column = {_quoted(draft.ranges['column'])}")
        for side, bound in (("mentor", "at_most"), ("mentee", "at_least")):
            end = draft.ranges[side][bound]
            yield f"# {side} = {{ {bound} = {_quoted(end) if isinstance(end, str) else end} }}"
    elif any("who teaches" in sentence for sentence in draft.open):
        yield from _comment(
            f"{CHECK} Nothing says it. Give a column `role`, two sheets (--mentees FILE), or ranges of a number:"
        )
        yield from (
            "# [roles]",
            '# column = "Years of experience"',
            "# mentor = { at_most = 5 }",
            "# mentee = { at_least = 15 }",
        )
    yield ""


def _families(draft: Draft) -> Iterator[str]:
    """Criteria, rules and objectives for which the files have columns; the other usual ones as comments."""
    yield from _comment("What makes a good pair; the weights are shares. Change them, or leave a criterion out.")
    yield ""
    yield from _family(draft, "criteria")
    yield from _comment("Which pairs may not be.")
    yield ""
    yield from _family(draft, "rules")
    yield from _comment("What comes first.")
    yield ""
    for element in Program().objectives:
        yield from (*_comment(_sentence(element.in_words())), _element("objectives", element), "")


def _family(draft: Draft, family: str) -> Iterator[str]:
    kept: tuple[Spec, ...] = () if draft.resolved is None else getattr(draft.resolved, family)
    for element in kept:
        yield from (*_comment(_sentence(element.in_words())), _element(family, element), "")
    used = {element.kind() for element in kept}
    for element in getattr(Program(), family):
        if element.kind() in used:
            continue
        start = f"{family}: {element.name} "
        needs = ", ".join(sorted({c for side in element.reads() for c in side})) or "manager_id"
        why = next((note[len(start) :] for note in draft.left_out if note.startswith(start)), f"it needs {needs}")
        yield from _comment(f"Not used ({why.removeprefix('is left out, ')}): {element.in_words()}.")
        yield from (f"# {line}" for line in _element(family, element).splitlines())
        yield ""


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _element(family: str, element: Spec) -> str:
    return f"[[{family}]]\n{tomli_w.dumps(element.to_dict()).strip()}"


def _alternatives(draft: Draft) -> Iterator[str]:
    yield from _comment("Further lines that you may want; remove the `# ` before them.")
    yield ""
    for column, what, lines in _OTHERS:
        if (column == "employee_id" and not draft.places) or draft.column(column) is not None:
            yield from _comment(what)
            yield from (f"# {line}" for line in lines.splitlines())
            yield ""
