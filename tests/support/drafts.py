"""Files of a round with the pairs that are right, and how a draft is made of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import rmatch
from rmatch.program.drafting import Draft, Files, draft_program


@dataclass(frozen=True)
class Case:
    """Files of a round, the pairs that are right, what the draft says, and which of its lines are edited."""

    first: str
    pairs: tuple[tuple[str, str], ...]
    second: str | None = None
    said: tuple[str, ...] = ()
    edits: tuple[tuple[str, str], ...] = ()
    unsaid: tuple[str, ...] = ()


def files_of(case: Case, folder: Path) -> Files:
    """Write the files of a case into a folder."""
    paths = []
    for name, content in (("one.csv", case.first), ("two.csv", case.second)):
        if content is not None:
            (folder / name).write_text(content, encoding="utf-8")
            paths.append(folder / name)
    return Files(paths[0], mentees=paths[1] if len(paths) > 1 else None)


def planned(case: Case, folder: Path) -> tuple[rmatch.Matching, Draft, str]:
    """Draft a program for a case, edit it as the case has it, and return the plan, the draft and its text."""
    files = files_of(case, folder)
    text, draft = draft_program(files, "rmatch match")
    edited = text
    for old, new in case.edits:
        assert edited.count(old) == 1
        edited = edited.replace(old, new)
    (folder / "program.toml").write_text(edited, encoding="utf-8")
    program = rmatch.Program.from_file(folder / "program.toml")
    roster = rmatch.read_csv(files.source, mentees=files.mentees, program=program, on_bad_rows="skip")
    return rmatch.match(roster, program), draft, text
