"""The command line: messages to standard error, data to standard output, and an exit code that says what happened."""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TextIO

from rmatch.cli._arguments import parser
from rmatch.cli._telling import DONE, FAILED, INFEASIBLE, INPUT, INTERRUPTED, OUTPUT, UNVERIFIED, USAGE, hint, say
from rmatch.errors import InfeasibleError, OutputError, ProgramError, RmatchError, SolverError

__all__ = ["DONE", "FAILED", "INFEASIBLE", "INPUT", "INTERRUPTED", "OUTPUT", "UNVERIFIED", "USAGE", "main"]


_CLASS = re.compile(r"(?:^|(?<=: ))([A-Z]\w+):(?= )")
"""What a message begins with that is about an element of a program, also behind the name of the file."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; wrong usage exits with 2, as argparse has it."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed, or there is no console
            setattr(sys, name, io.StringIO())
        _never_choke(getattr(sys, name))
    words = argparse.Namespace(verbose=False)
    try:
        words = parser().parse_args(argv)
        command: Callable[[argparse.Namespace], int] = words.command
        code = command(words)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        say("Interrupted; no result was written.")
        return INTERRUPTED
    except BrokenPipeError:  # whoever read the output has seen enough
        _abandon(sys.stdout)
        return FAILED
    except OSError as error:  # whatever is read or written as a file has an error of ours
        _abandon(sys.stdout)
        say(f"Error: standard output cannot be written: {error.strerror or error}")
        return OUTPUT
    except RmatchError as error:
        if words.verbose and error.__cause__ is not None:  # what went wrong in a class of somebody's own
            traceback.print_exception(error.__cause__)
        say(f"Error: {_told(error)}{hint(error)}")
        return _code(error)
    except MemoryError:
        say("Error: there is not enough memory for this many people.")
        return FAILED
    except Exception as error:  # a bug of ours must still end in one plain line
        if words.verbose:
            raise
        say(
            f"Error: rmatch failed unexpectedly ({type(error).__name__}: {error}). "
            "Run it again with --verbose to see where, and please report it."
        )
        return FAILED


def _code(error: RmatchError) -> int:
    codes = {InfeasibleError: INFEASIBLE, OutputError: OUTPUT, SolverError: FAILED}
    return next((code for kind, code in codes.items() if isinstance(error, kind)), INPUT)


def _told(error: RmatchError) -> str:
    """The message, with an element called as in a program file: ``[[rules]] exclude`` where Python says ``Exclude``."""
    if not isinstance(error, ProgramError):
        return str(error)
    from rmatch.criteria import Criterion
    from rmatch.element import known
    from rmatch.limits import Limit
    from rmatch.objectives import Objective
    from rmatch.rules import Rule

    families = (Criterion, Rule, Limit, Objective)
    names = {cls.__name__: f"[[{each.family}]] {kind}:" for each in families for kind, cls in known(each).items()}
    return _CLASS.sub(lambda found: names.get(found[1], found[0]), str(error))


def _never_choke(stream: TextIO) -> None:
    """Names are in every script of the world; a console that cannot show one shows ``?`` instead.

    One that can show all of them still meets names of files that are no text.
    """
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace" if str(stream.encoding).lower().startswith("utf") else "replace")


def _abandon(stream: TextIO) -> None:
    with suppress(OSError):  # what stands for a stream may have no number
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # so that the interpreter's last flush is quiet
