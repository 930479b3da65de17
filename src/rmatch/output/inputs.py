"""Where the people of a result came from, so that they need not be named again: ``input.json`` in its folder.

Paths differ between machines, so this is kept apart from ``matching.json``, which has no fingerprint of it. Whether the
people are still the same is decided by their own fingerprint.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from rmatch.errors import RosterError
from rmatch.roster.assemble import OnBadRows

NAME = "input.json"

_REMEDY = "give the files that were matched with --workforce, --mentees and --directory"


class Inputs(BaseModel):
    """The files that the people were read from, and how."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    workforce: Path
    mentees: Path | None = None
    directory: Path | None = None
    encoding: str | None = None
    delimiter: str | None = None
    sheet: tuple[str, ...] = ()
    on_bad_rows: OnBadRows = "raise"

    def to_json(self, folder: Path) -> bytes:
        """The text of ``input.json`` in ``folder``: paths as seen from there, so that both may move together."""
        plain = self.model_dump() | {name: _seen_from(folder, path) for name, path in self.files().items()}
        return (json.dumps(plain, indent=1, sort_keys=True) + "\n").encode()

    def files(self) -> dict[str, Path]:
        """The files by the names under which the command line knows them."""
        named = {"workforce": self.workforce, "mentees": self.mentees, "directory": self.directory}
        return {name: path for name, path in named.items() if path is not None}


def read_inputs(folder: Path) -> Inputs:
    """Return where the people of the result in ``folder`` came from.

    Raises:
        RosterError: That was not recorded, or a file is not there any more.
    """
    path = folder / NAME
    try:
        found = Inputs.model_validate(json.loads(path.read_bytes()))
    except (OSError, ValueError, RecursionError):  # pydantic's own error is a ValueError
        raise RosterError(f"{path}: does not say where the people came from; {_REMEDY}") from None
    files = {name: folder / file for name, file in found.files().items()}
    for file in files.values():
        if not file.is_file():
            raise RosterError(
                f"{os.path.normpath(file)}: this file, from which the people came, is not there; {_REMEDY}"
            )
    return found.model_copy(update=files)


def _seen_from(folder: Path, path: Path) -> str:
    """The path relative to the folder, or absolute where there is no way from one to the other, as between drives."""
    path = Path(os.path.realpath(path.parent), path.name)
    try:
        return Path(os.path.relpath(path, os.path.realpath(folder))).as_posix()
    except ValueError:
        return path.as_posix()
