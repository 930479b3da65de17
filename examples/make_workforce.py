"""Make the example's people, `data/workforce.csv`, again: the same bytes on every machine."""

from pathlib import Path

from rmatch.datasets import workforce

FILE = Path(__file__).parent / "data" / "workforce.csv"


def export() -> bytes:
    """Return a company's export: 110 juniors and 80 seniors who signed up, and 15 managers who did not."""
    frame = workforce(110, 80, n_others=15, seed=7)
    return frame.to_csv(index=False, lineterminator="\n").encode("utf-8")


if __name__ == "__main__":
    FILE.write_bytes(export())
    print(f"{FILE.name}: {FILE.stat().st_size:,} bytes")
