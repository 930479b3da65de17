"""The words of the command line: every command with its options, as argparse reads them."""

from __future__ import annotations

import argparse
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from rmatch.cli import _commands, _rounds

if TYPE_CHECKING:
    _Commands: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line; ``words.command`` is what was asked for."""
    whole = argparse.ArgumentParser(
        prog="rmatch",
        description="Reverse mentoring: a spreadsheet in, provably best pairs out, nobody lost.",
        epilog="Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the input cannot be used, 4 no matching satisfies the "
        "limits, 5 verification failed, 6 the output cannot be written, 130 interrupted.",
    )
    whole.add_argument("--version", action="version", version=f"rmatch-engine {version('rmatch-engine')}")
    whole.set_defaults(verbose=False, on_bad_rows="skip", sheet=())
    kinds = whole.add_subparsers(required=True, metavar="COMMAND")
    for command in (_match, _check, _init, _demo, _review, _rematch, _several, _verify, _report, _schema):
        command(kinds)
    return whole


def _match(kinds: _Commands) -> None:
    parser = kinds.add_parser("match", help="pair the people of an export and write the result into a folder")
    _input(parser)
    _into(parser)
    _exclude(parser)
    _history(parser)
    parser.add_argument("--audit", action="store_true", help="also write who was placed by declared group")
    _output(parser)
    parser.set_defaults(command=_commands.match)


def _check(kinds: _Commands) -> None:
    parser = kinds.add_parser("check", help="say what is wrong with an export, row by row; changes nothing")
    _input(parser)
    _exclude(parser)
    _history(parser)
    parser.add_argument("--json", action="store_true", help="print the issues as JSON")
    parser.set_defaults(command=_commands.check)


def _init(kinds: _Commands) -> None:
    parser = kinds.add_parser(
        "init", help="draft a program with comments from the files; asks nothing, changes nothing"
    )
    parser.add_argument(
        "workforce", type=Path, metavar="WORKFORCE", help="the export, or the mentors' sheet: CSV or .xlsx"
    )
    _reading(parser)
    parser.add_argument(
        "--out", type=Path, default=Path("program.toml"), metavar="FILE", help="the program to write (program.toml)"
    )
    parser.add_argument("--force", action="store_true", help="replace the file if it exists")
    parser.set_defaults(command=_commands.init)


def _demo(kinds: _Commands) -> None:
    parser = kinds.add_parser("demo", help="make up a workforce and pair it")
    parser.add_argument("--mentors", type=_number, default=60, metavar="N", help="juniors who teach (60)")
    parser.add_argument("--mentees", type=_number, default=50, metavar="N", help="seniors who learn (50)")
    parser.add_argument("--seed", type=_number, default=0, metavar="N", help="other people for another number (0)")
    parser.add_argument("--out", type=Path, default=Path("rmatch-demo"), metavar="DIR", help="the folder (rmatch-demo)")
    _output(parser)
    parser.set_defaults(command=_commands.demo)


def _review(kinds: _Commands) -> None:
    parser = kinds.add_parser("review", help="take back a plan that was edited by hand and solve the rest again")
    parser.add_argument("folder", type=Path, metavar="DIR", help="what `match` wrote")
    parser.add_argument("--edits", type=Path, required=True, metavar="FILE", help="the edited pairs: CSV, or .xlsx")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where to write the result (into DIR itself)")
    parser.add_argument("--workforce", type=Path, metavar="FILE", help="the export, where it is not where it was")
    _reading(parser)
    _output(parser)
    parser.set_defaults(command=_commands.review)


def _rematch(kinds: _Commands) -> None:
    parser = kinds.add_parser("rematch", help="make the next plan near an earlier one, for a new export")
    parser.add_argument("folder", type=Path, metavar="DIR", help="the earlier plan: what `match` wrote")
    _input(parser)
    parser.add_argument("--max-changes", type=_number, metavar="K", help="part at most so many pairs (no limit)")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="pairs that stay: CSV with mentor_id, mentee_id")
    parser.add_argument("--drop", type=Path, metavar="FILE", help="pairs that never meet again: CSV as for --keep")
    parser.add_argument("--curve", action="store_true", help="also say what each budget of changes buys")
    _history(parser)
    _into(parser)
    _output(parser)
    parser.set_defaults(command=_commands.rematch)


def _several(kinds: _Commands) -> None:
    parser = kinds.add_parser("rounds", help="plan several rounds at once in which no pair is made twice")
    _people(parser)
    parser.add_argument(
        "--program",
        dest="programs",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="criteria, rules and columns; given several times, of each round in order",
    )
    parser.add_argument("--rounds", type=_number, metavar="K", help="how many rounds, where --program does not say it")
    parser.add_argument("--away", type=Path, metavar="FILE", help="who is not there: CSV with employee_id and round")
    parser.add_argument(
        "--draw", type=_number, metavar="SEED", help="write one of them only, drawn with the same chance for each"
    )
    _into(parser)
    _history(parser)
    _output(parser)
    parser.set_defaults(command=_rounds.rounds)


def _verify(kinds: _Commands) -> None:
    parser = kinds.add_parser("verify", help="check a result: in full with the people, without them in itself")
    parser.add_argument("folder", type=Path, metavar="DIR", help="what `match` or `rounds` wrote")
    parser.add_argument("--workforce", type=Path, metavar="FILE", help="the export that was matched")
    _reading(parser)
    parser.set_defaults(command=_rounds.verify)


def _report(kinds: _Commands) -> None:
    parser = kinds.add_parser("report", help="write the report of a result for somebody else's eyes")
    parser.add_argument("folder", type=Path, metavar="DIR", help="what `match` wrote")
    parser.add_argument("--workforce", type=Path, metavar="FILE", help="the export, where it is not where it was")
    _reading(parser)
    parser.add_argument(
        "--view", choices=("owner", "director", "participant", "audit"), default="director", help="(director)"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the HTML file to write")
    parser.set_defaults(command=_commands.report)


def _schema(kinds: _Commands) -> None:
    parser = kinds.add_parser("schema", help="print the JSON Schema of a person, a program or a saved matching")
    parser.add_argument("of", choices=("person", "program", "matching"))
    parser.set_defaults(command=_commands.schema)


def _people(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "workforce", type=Path, metavar="WORKFORCE", help="the export, or the mentors' sheet: CSV or .xlsx"
    )
    _reading(parser)


def _input(parser: argparse.ArgumentParser) -> None:
    _people(parser)
    parser.add_argument("--program", type=Path, metavar="FILE", help="criteria, rules and columns: TOML or JSON")


def _exclude(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--exclude", type=Path, metavar="FILE", help="pairs that are never made: CSV or .xlsx with mentor_id, mentee_id"
    )


def _into(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder, or an earlier result")
    parser.add_argument(
        "--on-bad-rows", choices=("raise", "skip"), default="raise", help="stop at bad rows, or go on without"
    )


def _history(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--history", type=Path, metavar="FILE", help="earlier rounds: CSV with mentor_id, mentee_id and round"
    )
    parser.add_argument(
        "--unknown",
        choices=("raise", "ignore"),
        default="raise",
        help="what to do about people of the history, or of --exclude, who are not in the export",
    )


def _reading(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--mentees", type=Path, metavar="FILE", help="the mentees' sign-up sheet, where there are two")
    parser.add_argument("--directory", type=Path, metavar="FILE", help="the whole company, for reporting lines")
    parser.add_argument(
        "--sheet",
        action="append",
        default=[],
        metavar="S",
        help="the sheet of a workbook (.xlsx) with several; `--sheet mentees=S` for that of the mentees",
    )
    parser.add_argument("--encoding", metavar="E", help="such as cp1252, where a file is neither UTF-8 nor UTF-16")
    parser.add_argument("--delimiter", metavar="D", help="such as ';', where it is not recognised")


def _output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--force", action="store_true", help="replace a result in which pairs are approved, locked, rejected or edited"
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--verbose", action="store_true", help="say what happens meanwhile")


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a whole number that can be meant")
    return int(text)
