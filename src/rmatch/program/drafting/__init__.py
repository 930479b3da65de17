"""`rmatch init`: from the files of a round to a commented program."""

from __future__ import annotations

import tomllib
from collections.abc import Callable

from rmatch.program._program import Program
from rmatch.program.drafting._draft import Draft, drafted
from rmatch.program.drafting._files import Files
from rmatch.program.drafting._guesses import Guess
from rmatch.program.drafting._text import CHECK, one_line, text_of

__all__ = ["CHECK", "Draft", "Files", "Guess", "draft_program", "drafted", "one_line"]


def draft_program(files: Files, command: str, worded: Callable[[str], str] = str) -> tuple[str, Draft]:
    """Return a commented program for the files of a round, and what was found.

    The text is read back before it is returned. Nothing is asked, and no file is changed.

    Args:
        files: The files of the round.
        command: The command that uses the program, for its first comment.
        worded: Gives what is open the words of whoever reads the draft, such as those of the command line.

    Raises:
        RosterError: A file cannot be read.
        ProgramError: The draft cannot be read back.
    """
    draft = drafted(files)
    draft.open = [*map(worded, draft.open)]
    text = text_of(draft, command)
    Program.model_validate(tomllib.loads(text))
    return text, draft
