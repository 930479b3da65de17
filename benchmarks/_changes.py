"""Small changes of a module, of the kind that people make: what :mod:`benchmarks.mutate` tries."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Mult, ast.Div: ast.Mult, ast.Mod: ast.Mult,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.LShift: ast.RShift, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
NAMES = {"min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum", "any": "all", "all": "any"}
"""What is called instead."""


@dataclass(frozen=True)
class Mutant:
    """One change: its line, the lines of the statement that it is in, what it says, and the whole module with it."""

    line: int
    statement: range
    change: str
    source: str


def mutants(source: str) -> list[Mutant]:
    """Every change of a module, in the order of its lines."""
    tree = ast.parse(source)
    within = {id(inner): lines for lines, some in _statements(tree) for inner in some}
    spots = [node for node in ast.walk(tree) if isinstance(node, ast.expr | ast.stmt)]
    untouched = {id(inner) for node in ast.walk(tree) for one in _untouched(node) for inner in ast.walk(one)}
    found = []
    for number, node in enumerate(spots):
        if id(node) in untouched:
            continue
        for way in range(_ways(node)):
            changed = copy.deepcopy(tree)
            twin = [n for n in ast.walk(changed) if isinstance(n, ast.expr | ast.stmt)][number]
            before = ast.unparse(twin).partition("\n")[0]
            after = _change(twin, way)
            whole = ast.unparse(ast.fix_missing_locations(changed))
            found.append(Mutant(node.lineno, within[id(node)], f"{before}  →  {after}", whole))
    return sorted(found, key=lambda mutant: mutant.line)


def _statements(tree: ast.AST) -> Iterator[tuple[range, list[ast.AST]]]:
    """The lines of every statement, and what is in it: of one that holds others the head alone."""
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            inner = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt | ast.excepthandler)]
            last = min((child.lineno for child in inner), default=(node.end_lineno or node.lineno) + 1)
            own = [child for child in ast.iter_child_nodes(node) if child not in inner]
            yield range(node.lineno, max(last, node.lineno + 1)), [node, *(n for one in own for n in ast.walk(one))]


def _untouched(node: ast.AST) -> Iterator[ast.AST]:
    """What says nothing when it runs, or nothing but a mistake of ours.

    Annotations, docstrings, errors that are raised and their words, bases and decorators, what only a type checker
    sees, the classes that ``isinstance`` is asked about, and ``strict=True``, which no lawful call needs.
    """
    if isinstance(node, ast.FunctionDef):
        every = (*node.args.args, *node.args.kwonlyargs, *node.args.posonlyargs, node.args.vararg, node.args.kwarg)
        yield from filter(None, [node.returns, *(a.annotation for a in every if a is not None), *node.decorator_list])
    elif isinstance(node, ast.AnnAssign):
        yield node.annotation
        if ast.unparse(node.annotation) == "TypeAlias":
            yield node
    elif isinstance(node, ast.ClassDef):
        yield from (*node.bases, *node.decorator_list)
    elif isinstance(node, ast.Raise) or (
        (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ):
        yield node
    elif isinstance(node, ast.Call):
        yield from (each.value for each in node.keywords if each.arg == "strict")
        if _called(node) in ("isinstance", "cast"):
            yield from node.args[_called(node) == "isinstance" :][:1]


def _ways(node: ast.AST) -> int:
    """In how many ways a node can be changed."""
    if isinstance(node, ast.Compare):
        return len(node.ops)
    if isinstance(node, ast.BinOp | ast.BoolOp):
        return int(type(node.op) in OPERATORS)
    if isinstance(node, ast.Constant):
        return int(isinstance(node.value, bool | int))
    if isinstance(node, ast.Call):
        return int(_called(node) in NAMES)
    if isinstance(node, ast.UnaryOp):
        return int(isinstance(node.op, ast.Not | ast.Invert | ast.USub))
    return int(isinstance(node, ast.Expr | ast.AugAssign | ast.If | ast.IfExp | ast.Continue | ast.Break))


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _change(node: ast.AST, way: int) -> str:
    """Change a node where it stands, and return what it says now."""
    if isinstance(node, ast.Compare):
        node.ops[way] = OPERATORS[type(node.ops[way])]()  # type: ignore[assignment]
    elif isinstance(node, ast.BinOp | ast.BoolOp):
        node.op = OPERATORS[type(node.op)]()  # type: ignore[assignment]
    elif isinstance(node, ast.Constant):
        node.value = not node.value if isinstance(node.value, bool) else int(str(node.value)) + 1
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        node.func.attr = NAMES[node.func.attr]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        node.func.id = NAMES[node.func.id]
    elif isinstance(node, ast.UnaryOp):
        node.operand = ast.UnaryOp(node.op, node.operand)  # twice is not at all
    elif isinstance(node, ast.If | ast.IfExp):
        node.test = ast.UnaryOp(ast.Not(), node.test)
    elif isinstance(node, ast.Expr):
        node.value = ast.Constant(None)
    elif isinstance(node, ast.AugAssign):
        node.value = node.target if isinstance(node.target, ast.Name) else ast.Constant(0)
    return ast.unparse(node).partition("\n")[0]
