"""A million rows through ``rmatch.read_csv`` and ``rmatch check``, beside ``pandas.read_csv(dtype=str)``, in one run.

    python benchmarks/reading.py --json benchmarks/results/reading.json

Each reading has a process of its own; the readers take turns, and the figures are medians. Seconds
leave imports out; peak memory is that of the whole process.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

READERS = ("rmatch", "check", "pandas")
SMALLEST = 2_000
WARM = "employee_id,role,skills_offered,skills_wanted\n1,mentor,a,\n2,mentee,,a\n"


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    words.add_argument("--rows", type=int, default=1_000_000)
    words.add_argument("--repeat", type=int, default=3, help="readings of each kind")
    words.add_argument("--smallest", action="store_true", help=f"{SMALLEST} rows, once")
    words.add_argument("--json", type=Path, help="also write the figures here")
    words.add_argument("--read", nargs=2, metavar=("READER", "FILE"), help=argparse.SUPPRESS)
    given = words.parse_args()
    if given.read:
        print(json.dumps(measured(*given.read)))
        return
    figures = compared(*((SMALLEST, 1) if given.smallest else (given.rows, given.repeat)))
    text = json.dumps(figures, indent=2)
    if given.json:
        given.json.write_text(text + "\n", encoding="utf-8")
    print(text)
    print(
        f"{figures['rows']:,} rows in {figures['rmatch']['seconds']} s, {figures['ratio']} times pandas; "
        f"`rmatch check` takes {figures['check_ratio']} times pandas"
    )


def compared(rows: int, repeat: int) -> dict[str, Any]:
    """Read one file by turns with all readers, each time in a new process."""
    from rmatch.datasets import workforce

    runs: dict[str, list[dict[str, float]]] = {reader: [] for reader in READERS}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "workforce.csv"
        frame = workforce(rows * 45 // 100, rows * 45 // 100, n_others=rows - 2 * (rows * 45 // 100), seed=1)
        frame.to_csv(file, index=False)
        size, columns = file.stat().st_size, frame.shape[1]
        del frame
        for _ in range(repeat):
            for reader in READERS:
                child = [sys.executable, __file__, "--read", reader, str(file)]
                runs[reader].append(json.loads(subprocess.run(child, check=True, capture_output=True).stdout))
    medians = {
        reader: {key: round(statistics.median(run[key] for run in each), 3) for key in each[0]}
        for reader, each in runs.items()
    }
    return {
        "rows": rows,
        "columns": columns,
        "megabytes": round(size / 1e6, 1),
        **medians,
        "ratio": round(medians["rmatch"]["seconds"] / medians["pandas"]["seconds"], 2),
        "check_ratio": round(medians["check"]["seconds"] / medians["pandas"]["seconds"], 2),
        "processor_ratio": round(medians["rmatch"]["processor_seconds"] / medians["pandas"]["processor_seconds"], 2),
        "repeat": repeat,
        "versions": {name: version(name) for name in ("rmatch-engine", "pandas", "numpy")}
        | {"python": platform.python_version()},
        "processor": processor(),
    }


def measured(reader: str, file: str) -> dict[str, float]:
    """Seconds, processor seconds and peak memory of one reading in this process."""
    import io

    import pandas as pd

    import rmatch

    read: dict[str, Callable[[Any], object]] = {
        "rmatch": rmatch.read_csv,
        "check": checked,
        "pandas": lambda source: pd.read_csv(source, dtype=str),
    }
    read[reader](io.StringIO(WARM))
    wall, processor_time = time.perf_counter(), time.process_time()
    kept = read[reader](file)
    figures = {"seconds": time.perf_counter() - wall, "processor_seconds": time.process_time() - processor_time}
    del kept
    return figures | peak_memory()


def checked(source: Any) -> int:
    """What ``rmatch check`` does with a file; for a buffer, which the command line cannot name, only the reading."""
    import contextlib
    import io

    import rmatch
    from rmatch.cli import main as command

    if not isinstance(source, str):
        return len(rmatch.read_csv(source).issues)
    with contextlib.redirect_stdout(io.StringIO()):
        return command(["check", source])


def peak_memory() -> dict[str, float]:
    """The most memory this process has held, where the system tells."""
    try:
        import resource
    except ImportError:
        return {}
    unit = 1 if sys.platform == "darwin" else 1024
    return {"peak_gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9}


def processor() -> str:
    """What the machine says of its processor."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
