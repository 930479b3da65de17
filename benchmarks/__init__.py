"""Time and memory, measured: one command a file, ``python -m benchmarks.NAME`` or ``python benchmarks/NAME.py``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # the files import each other by plain name, so that both commands work
