"""Make the examples' people, `data/*.csv`, again: the same bytes on every machine."""

from pathlib import Path

from rmatch.datasets import two_tracks, workforce

FILE = Path(__file__).parent / "data" / "workforce.csv"
BOTH = Path(__file__).parent / "data" / "both_directions.csv"


def export() -> bytes:
    """Return a company's export: 110 juniors and 80 seniors who signed up, and 15 managers who did not."""
    frame = workforce(110, 80, n_others=15, seed=7)
    return frame.to_csv(index=False, lineterminator="\n").encode("utf-8")


def both_directions() -> bytes:
    """Return the export of a smaller company in which 60 juniors and 30 seniors teach each other."""
    frame = two_tracks(60, 30, seed=3)
    return frame.to_csv(index=False, lineterminator="\n").encode("utf-8")


if __name__ == "__main__":
    for file, people in ((FILE, export()), (BOTH, both_directions())):
        file.write_bytes(people)
        print(f"{file.name}: {file.stat().st_size:,} bytes")
