"""Would the tests notice? One module is changed in one place at a time, and its tests should fail each time.

    python -m benchmarks.mutate prices eligibility --json benchmarks/results/mutation.json

Changes are small and of the kind that people make: ``<`` for ``<=``, ``+`` for ``-``, a number off by one, a step left
out, ``max`` for ``min``. Where there are more than ``--most``, they are spread evenly over the module. A change is
killed if a test fails or takes ten times as long as all tests do otherwise; one that survives is printed. Each is
tried on a copy of the package, so nothing here is touched. It takes minutes a module: run it on demand.
"""

from __future__ import annotations

import ast
import copy
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from _run import Figures, parser, report

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "rmatch"
TESTS = {
    "eligibility": ("eligibility", "locks", "kernel", "laws"),
    "prices": ("prices", "certify"),
    "limits": ("locks", "program", "laws"),
    "verify": ("verify", "sensitive"),
    "certify": ("certify",),
    "export": ("export", "verify"),
}
"""Which tests concern a module; another's are those that bear its name."""

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
    """One change: where, what it says, and the whole module with it."""

    line: int
    change: str
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """Every change of a module, in the order of its lines."""
    tree = ast.parse(source)
    spots = [node for node in ast.walk(tree) if isinstance(node, ast.expr | ast.stmt)]
    untouched = {id(inner) for node in ast.walk(tree) for inner in _untouched(node)}
    found = []
    for number, node in enumerate(spots):
        if id(node) in untouched:
            continue
        for way in range(_ways(node)):
            changed = copy.deepcopy(tree)
            twin = [n for n in ast.walk(changed) if isinstance(n, ast.expr | ast.stmt)][number]
            before = ast.unparse(twin).partition("\n")[0]
            after = _change(twin, way)
            found.append(Mutant(node.lineno, f"{before}  →  {after}", ast.unparse(ast.fix_missing_locations(changed))))
    yield from sorted(found, key=lambda mutant: mutant.line)


def _untouched(node: ast.AST) -> Iterator[ast.AST]:
    """What says nothing when it runs: annotations, docstrings, messages of errors, names of classes' bases."""
    inner: list[ast.AST | None] = []
    if isinstance(node, ast.FunctionDef):
        inner += [node.returns, *(a.annotation for a in (*node.args.args, *node.args.kwonlyargs)), *node.decorator_list]
    if isinstance(node, ast.AnnAssign):
        inner.append(node.annotation)
    if isinstance(node, ast.ClassDef):
        inner += [*node.bases, *node.decorator_list]
    if isinstance(node, ast.Raise):
        inner.append(node)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        inner.append(node)
    for one in inner:
        if one is not None:
            yield from ast.walk(one)


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


# ---------------------------------------------------------------- trying


def tested(package: Path, tests: list[str], most: float | None) -> bool:
    """Whether the tests pass on a copy of the package; too long is not."""
    words = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", *tests]
    environment = os.environ | {"PYTHONPATH": str(package.parent), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, timeout=most, check=False)
    except subprocess.TimeoutExpired:
        return False
    if done.returncode not in (0, 1, 2):  # tests that passed, failed, or could not be gathered; all else says nothing
        sys.exit(f"the tests ended with {done.returncode}: {done.stderr.decode(errors='replace')[-500:]}")
    return done.returncode == 0


def tried(module: str, most: int) -> Figures:
    """Change one module in up to so many places, one at a time."""
    tests = [str(ROOT / "tests" / f"test_{name}.py") for name in TESTS.get(module, (module,))]
    every = list(mutants((PACKAGE / f"{module}.py").read_text(encoding="utf-8")))
    step = max(len(every) / most, 1.0)
    some = [every[int(k * step)] for k in range(min(most, len(every)))]
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "rmatch"
        shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
        place = package / f"{module}.py"
        begin = time.perf_counter()
        place.write_text(ast.unparse(ast.parse(place.read_text(encoding="utf-8"))), encoding="utf-8")
        if not tested(package, tests, None):
            sys.exit(f"{module}: its tests fail as it is")
        usual = time.perf_counter() - begin
        survivors = []
        for mutant in some:
            place.write_text(mutant.source, encoding="utf-8")
            if tested(package, tests, 10 * usual):
                survivors.append({"line": mutant.line, "change": mutant.change})
                print(f"{module}.py, line {mutant.line}: {mutant.change}  survives", file=sys.stderr)
    killed = len(some) - len(survivors)
    return {
        "module": module,
        "tests": [Path(test).name for test in tests],
        "possible": len(every),
        "tried": len(some),
        "killed": killed,
        "score": round(killed / max(len(some), 1), 3),
        "seconds": round(time.perf_counter() - begin, 1),
        "survivors": survivors,
    }


def main() -> None:
    words = parser(__doc__ or "")
    words.add_argument("modules", nargs="*", metavar="MODULE", help="such as prices")
    words.add_argument("--most", type=int, default=40, metavar="N", help="changes of a module; 40 unless told")
    given = words.parse_args()
    modules, most = (["first_pool"], 1) if given.smallest else (given.modules, given.most)
    if not modules:
        words.error("name at least one module")
    report("mutation", {"modules": [tried(module, most) for module in modules]}, given.json)


if __name__ == "__main__":
    main()
