"""`rmatch init`: writes a draft of a program, and says what is certain, guessed and open."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from rmatch._util.typed import typed
from rmatch.cli._telling import DONE, folded, shown
from rmatch.errors import OutputError

if TYPE_CHECKING:
    from rmatch.program.drafting import Draft


def write_draft(words: argparse.Namespace, sheet: object) -> int:
    """Write the draft of a program for the files that ``words`` names."""
    from rmatch._util.files import write_whole
    from rmatch.program.drafting import Files, draft_program

    out: Path = words.out
    if out.exists() and not words.force:
        raise OutputError(f"{out} exists already; name another file with --out, or replace it with --force")
    files = Files(words.workforce, sheet, words.mentees, words.directory, words.encoding, words.delimiter)  # type: ignore[arg-type]
    read = [path for path in (words.workforce, words.mentees, words.directory) if path is not None]
    if out.exists() and any(path.exists() and out.samefile(path) for path in read):
        raise OutputError(f"{out} is a file that the draft is made from; name another one with --out")
    command = _command(words)
    text, draft = draft_program(files, command, typed)
    write_whole(out, text.encode("utf-8", "replace"))
    print(shown(folded("\n".join(_told(draft, out, command)))))
    return DONE


def _command(words: argparse.Namespace) -> str:
    """The command that makes a plan of the same files under the draft."""
    parts = ["rmatch", "match", str(words.workforce)]
    for option in ("mentees", "directory", "encoding", "delimiter"):
        if getattr(words, option) is not None:
            parts += [f"--{option}", str(getattr(words, option))]
    for sheet in words.sheet:
        parts += ["--sheet", sheet]
    return shlex.join([*parts, "--program", str(words.out), "--out", "pairs"])


def _told(draft: Draft, out: Path, command: str) -> list[str]:
    from rmatch.program.drafting import one_line

    lines = [] if draft.roster is None else [draft.roster.summary(), ""]
    for sure, head in ((True, "Certain"), (False, "Guessed, please check")):
        some = [
            f"{one_line(guess.header)!r}"
            f"{f' with {len(guess.headers) - 1} more' * (len(guess.headers) > 1)} is {column.name}"
            for column in draft.columns
            for guess in {guess.header: guess for guess in column.by_sheet.values()}.values()
            if guess.sure == sure
        ]
        lines += [f"{head}: {', '.join(some)}."] if some else []
    if draft.numbered:
        lines.append("Guessed, please check: not everybody has an id or an e-mail address, so the rows are numbered.")
    for column in draft.columns:
        lines += [f"Please check, {column.name}: {' '.join(check.split())}." for check in column.settings.checks]
    if draft.top:
        lines.append("Please check: some signed up more than once, and the latest row counts.")
    lines += [f"Not read: {', '.join(repr(one_line(header)) for header in draft.unread[:12])}."] if draft.unread else []
    lines += [f"Open: {sentence}" for sentence in draft.open]
    then = "Settle what is open in it, then" if draft.open else "Next"
    return [*lines, "", f"Written: {out}. {then}: {command}"]
