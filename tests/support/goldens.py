"""Fingerprints of every example's result, which nobody changes without noticing.

    python tests/support/goldens.py           # make them anew, and say what changed
    python tests/support/goldens.py --show    # print what they are here and now, and write nothing

What is golden is SHA-256 of ``pairs.csv``, ``unmatched.csv`` and ``matching.json``, the last without the fingerprints
that a folder adds to it of its other files: XlsxWriter and icalendar write some of these, and another version may
write them otherwise. Real data lies beside the project; where it is missing, its fingerprints are left as they were.

Where several plans are equally good, the solver's version settles which one is made, so the bytes are golden for the
recorded versions of :data:`MADE_WITH`. ``figures`` are golden for all: people, number of pairs, total and bound.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import Executor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from places import DATA, EXAMPLES

import rmatch
from rmatch._util.files import csv_bytes, digest

KEPT = Path(__file__).with_suffix(".json")
MADE_WITH = ("numpy", "ortools")
"""Whose version may settle which of several equally good plans is made."""

Prints = dict[str, str]
"""By the name of the file, and ``figures``."""


@dataclass(frozen=True)
class Example:
    """A file of people, or two sheets, and a program for them."""

    people: Path
    program: str | None = None
    mentees: Path | None = None

    @property
    def here(self) -> bool:
        """Whether its people are at hand."""
        return self.people.exists()

    @property
    def own_ids(self) -> bool:
        """Whether everybody has an id that does not depend on the row."""
        return self.mentees is None

    def under(self) -> rmatch.Program | None:
        """Its program."""
        return None if self.program is None else rmatch.Program.from_file(EXAMPLES / "programs" / self.program)

    def roster(self) -> rmatch.Roster:
        """Its people, read from their files."""
        return rmatch.read_csv(self.people, mentees=self.mentees, program=self.under(), on_bad_rows="skip")


def _staff(name: str) -> Example:
    folder = DATA / "organograms"
    return Example(folder / f"{name}-junior.csv", "organogram.toml", folder / f"{name}-senior.csv")


GOLDENS = {
    "workforce": Example(EXAMPLES / "data" / "workforce.csv"),
    "workforce, half a year": Example(EXAMPLES / "data" / "workforce.csv", "half_year.toml"),
    "both directions": Example(EXAMPLES / "data" / "both_directions.csv", "both_directions.toml"),
    "survey": Example(DATA / "survey" / "developer_survey_have_want.csv", "survey.toml"),
    "cabinet office": _staff("cabinet_office-2011-09-30"),
    "home office": _staff("home_office-2012-09-30"),
}


def prints(roster: rmatch.Roster, program: rmatch.Program | None, executor: Executor | None = None) -> Prints:
    """The fingerprints of a roster's result."""
    matching = rmatch.match(roster, program, executor=executor)
    record = matching.to_record()
    settled = record.certificate
    figures = f"{len(record.pairs)} pairs, total {settled.total}, bound {settled.bound}, people {record.people}"
    files = {
        "pairs.csv": csv_bytes(matching.pairs),
        "unmatched.csv": csv_bytes(matching.unmatched),
        "matching.json": matching.to_json().encode(),
    }
    return {"figures": figures} | {name: digest(data) for name, data in files.items()}


def all_here() -> dict[str, Prints]:
    """Every example whose people are at hand."""
    return {name: prints(example.roster(), example.under()) for name, example in GOLDENS.items() if example.here}


def kept() -> dict[str, Prints]:
    """What is recorded."""
    found: dict[str, Prints] = json.loads(KEPT.read_text(encoding="utf-8"))["examples"]
    return found


def other_versions() -> str:
    """Which libraries are others here than those the fingerprints were made with, in words; empty where none is."""
    made = json.loads(KEPT.read_text(encoding="utf-8"))["made_with"]
    return "; ".join(f"{name} {made[name]}, here {version(name)}" for name in MADE_WITH if made[name] != version(name))


def main() -> None:
    """Show or renew."""
    found = all_here()
    if sys.argv[1:] == ["--show"]:
        print(json.dumps(found))
        return
    before = kept() if KEPT.exists() else {}
    for name in GOLDENS:
        if name not in found:
            print(f"{name}: its people are not here; left as it was")
            continue
        for file, print_ in found[name].items():
            old = before.get(name, {}).get(file)
            if old != print_:
                print(f"{name}: {file} {'is new' if old is None else f'changed from {old}'}: {print_}")
    if all(before.get(name) == prints_ for name, prints_ in found.items()):
        print("nothing changed")
    made = {name: version(name) for name in MADE_WITH}
    text = json.dumps({"made_with": made, "examples": before | found}, indent=1)
    KEPT.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
