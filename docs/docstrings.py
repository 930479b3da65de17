"""Docstrings, signatures and fields of the code as Markdown."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterable
from typing import Any

_HARD = "\N{NO-BREAK SPACE}"


def prose(thing: object) -> str:
    """A docstring as Markdown."""
    return marked(inspect.getdoc(thing) or "")


def marked(text: str) -> str:
    """Docstring text as Markdown: no roles, single backticks, lists of arguments as lists."""
    text = re.sub(r":mod:`([\w.]+)`", r"`\1`", text)
    text = re.sub(r":\w+:`~?(?:[\w.]+\.)?(\w+)`", r"`\1`", text).replace("``", "`")
    text = re.sub(r"::$", ":", text, flags=re.MULTILINE)
    lines, listing = [], ""
    for line in text.splitlines():
        if line in _SECTIONS:
            listing = line
            lines.append(f"{_SECTIONS[line]}\n")
        elif listing and listing != "Returns:" and (entry := _ENTRY.fullmatch(line)):
            names = ", ".join(f"`{name}`" for name in entry[1].split(", "))
            lines.append(f"- {names}: {entry[2]}")
        elif listing and line.startswith("    "):
            lines.append(line.strip() if listing == "Returns:" else f"  {line.strip()}")
        else:
            lines.append(line)
    return "\n".join(lines)


_SECTIONS = {"Args:": "Arguments:", "Returns:": "Returns:", "Raises:": "Raises:"}
_ENTRY = re.compile(r" {4}(\*{0,2}\w+(?:, \w+)*): (.*)")


def arguments(thing: object) -> tuple[str, dict[str, str]]:
    """A docstring without its arguments, and the description of each of them."""
    kept, found, names = [], dict[str, str](), list[str]()
    inside = False
    for line in (inspect.getdoc(thing) or "").splitlines():
        inside = line == "Args:" or (inside and (not line or line.startswith(" ")))
        if not inside:
            kept.append(line)
        elif entry := _ENTRY.fullmatch(line):
            names = entry[1].split(", ")
            found |= dict.fromkeys(names, entry[2])
        elif line.strip() and line != "Args:":
            found |= {name: f"{found[name]} {line.strip()}" for name in names}
    return "\n".join(kept).strip(), found


def first(thing: object) -> str:
    """The first sentence of a docstring, on one line."""
    return " ".join(prose(thing).split("\n\n")[0].split())


def table(headers: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    cells = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in [list(headers), *map(list, rows)]]
    lines = [f"| {' | '.join(row)} |" for row in cells]
    return "\n".join([lines[0], "|---" * len(cells[0]) + "|", *lines[1:]])


def annotation(given: object) -> str:
    """An annotation as it is written in the code, a field that takes any list as a sequence."""
    return _plain(ast.parse(given, mode="eval").body) if isinstance(given, str) else inspect.formatannotation(given)


def signature(name: str, function: Any) -> str:
    """The call of a function as code, broken where it is long."""
    parts, star = [], False
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name == "self":
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not star:
            parts, star = [*parts, "*"], True
        default = "" if parameter.default is parameter.empty else f" = {parameter.default!r}"
        hint = "" if parameter.annotation is parameter.empty else f": {annotation(parameter.annotation)}"
        stars = "**" if parameter.kind is parameter.VAR_KEYWORD else ""
        parts.append(f"{stars}{parameter.name}{hint}{default}")
    back = inspect.signature(function).return_annotation
    end = ")" if back is inspect.Signature.empty else f") -> {annotation(back)}"
    whole = [part.replace(" ", _HARD) for part in parts]  # lines break between parameters
    call = f"{name}({', '.join(whole)}{end.replace(' ', _HARD)}"
    folded = textwrap.fill(call, 110, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
    return folded.replace(_HARD, " ")


def code(text: str) -> str:
    """A block of text that is no program to run."""
    return f"```text\n{text}\n```"


class _Plain(ast.NodeTransformer):
    """Leaves of ``Annotated[kind, …]`` and ``Told[kind]`` the kind, and makes ``Listed`` a sequence."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """Visit what stands inside first."""
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id == "Listed":
            node.value.id = "Sequence"
        kind = node.value.id if isinstance(node.value, ast.Name) else ""
        annotated = kind == "Annotated" and isinstance(node.slice, ast.Tuple)
        return node.slice.elts[0] if annotated else node.slice if kind == "Told" else node


def _plain(annotation: ast.expr) -> str:
    return ast.unparse(_Plain().visit(annotation))


def fields(cls: type) -> dict[str, tuple[str, str]]:
    """The public fields of a class: the type of each, and what stands below it in the code."""
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    assert isinstance(body, ast.ClassDef)
    found = {}
    for node, after in zip(body.body, [*body.body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id[0] != "_":
            told = after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else ""
            found[node.target.id] = (_plain(node.annotation), " ".join(str(told).split()))
    return found
