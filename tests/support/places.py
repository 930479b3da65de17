"""Where things stand: the checkout, its examples, and the public data beside it."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
EXAMPLES = ROOT / "examples"
EXAMPLE = EXAMPLES / "data" / "workforce.csv"
DATA = ROOT.parent / "shared" / "data"
"""Public data, which the checkout does not hold: whoever needs it skips where it is missing."""
