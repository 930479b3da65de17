"""rmatch: reverse mentoring, a spreadsheet in, provably best pairs out, nobody lost.

The names are listed in ``__init__.pyi`` and looked up when they are first used, so that ``rmatch --help`` need not wait
for pandas and OR-Tools.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from lazy_loader import attach_stub

_attribute, __dir__, __all__ = attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return import_module("importlib.metadata").version("rmatch-engine")
    return _attribute(name)
