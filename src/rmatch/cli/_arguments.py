"""The words of the command line: every command with its options, as argparse reads them."""

from __future__ import annotations

import argparse
from importlib.metadata import version
from pathlib import Path

from rmatch.cli import _commands


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

    match = kinds.add_parser("match", help="pair the people of an export and write the result into a folder")
    _input(match)
    match.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder, or an earlier result")
    match.add_argument(
        "--on-bad-rows", choices=("raise", "skip"), default="raise", help="stop at bad rows, or go on without"
    )
    _history(match)
    match.add_argument("--audit", action="store_true", help="also write who was placed by declared group")
    _output(match)
    match.set_defaults(command=_commands.match)

    check = kinds.add_parser("check", help="say what is wrong with an export, row by row; changes nothing")
    _input(check)
    check.add_argument("--json", action="store_true", help="print the issues as JSON")
    check.set_defaults(command=_commands.check)

    demo = kinds.add_parser("demo", help="make up a workforce and pair it")
    demo.add_argument("--mentors", type=_number, default=60, metavar="N", help="juniors who teach (60)")
    demo.add_argument("--mentees", type=_number, default=50, metavar="N", help="seniors who learn (50)")
    demo.add_argument("--seed", type=_number, default=0, metavar="N", help="other people for another number (0)")
    demo.add_argument("--out", type=Path, default=Path("rmatch-demo"), metavar="DIR", help="the folder (rmatch-demo)")
    _output(demo)
    demo.set_defaults(command=_commands.demo)

    review = kinds.add_parser("review", help="take back a plan that was edited by hand and solve the rest again")
    review.add_argument("folder", type=Path, metavar="DIR", help="what `match` wrote")
    review.add_argument("--edits", type=Path, required=True, metavar="FILE", help="the edited pairs: CSV, or .xlsx")
    review.add_argument("--out", type=Path, metavar="DIR", help="where to write the result (into DIR itself)")
    review.add_argument("--workforce", type=Path, metavar="FILE", help="the export, where it is not where it was")
    _reading(review)
    _output(review)
    review.set_defaults(command=_commands.review)

    rematch = kinds.add_parser("rematch", help="make the next plan near an earlier one, for a new export")
    rematch.add_argument("folder", type=Path, metavar="DIR", help="the earlier plan: what `match` wrote")
    _input(rematch)
    rematch.add_argument("--max-changes", type=_number, metavar="K", help="part at most so many pairs (no limit)")
    rematch.add_argument("--keep", type=Path, metavar="FILE", help="pairs that stay: CSV with mentor_id, mentee_id")
    rematch.add_argument("--drop", type=Path, metavar="FILE", help="pairs that never meet again: CSV as for --keep")
    rematch.add_argument("--curve", action="store_true", help="also say what each budget of changes buys")
    _history(rematch)
    rematch.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder, or an earlier result")
    rematch.add_argument(
        "--on-bad-rows", choices=("raise", "skip"), default="raise", help="stop at bad rows, or go on without"
    )
    _output(rematch)
    rematch.set_defaults(command=_commands.rematch)

    verify = kinds.add_parser("verify", help="check a result: in full with the people, without them in itself")
    verify.add_argument("folder", type=Path, metavar="DIR", help="what `match` wrote")
    verify.add_argument("--workforce", type=Path, metavar="FILE", help="the export that was matched")
    _reading(verify)
    verify.set_defaults(command=_commands.verify)

    report = kinds.add_parser("report", help="write the report of a result for somebody else's eyes")
    report.add_argument("folder", type=Path, metavar="DIR", help="what `match` wrote")
    report.add_argument("--workforce", type=Path, required=True, metavar="FILE", help="the export that was matched")
    _reading(report)
    report.add_argument(
        "--view", choices=("owner", "director", "participant", "audit"), default="director", help="(director)"
    )
    report.add_argument("--out", type=Path, required=True, metavar="FILE", help="the HTML file to write")
    report.set_defaults(command=_commands.report)

    schema = kinds.add_parser("schema", help="print the JSON Schema of a person, a program or a saved matching")
    schema.add_argument("of", choices=("person", "program", "matching"))
    schema.set_defaults(command=_commands.schema)
    return whole


def _input(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "workforce", type=Path, metavar="WORKFORCE", help="the export, or the mentors' sheet: CSV or .xlsx"
    )
    _reading(parser)
    parser.add_argument("--program", type=Path, metavar="FILE", help="criteria, rules and columns: TOML or JSON")


def _history(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--history", type=Path, metavar="FILE", help="earlier rounds: CSV with mentor_id, mentee_id and round"
    )
    parser.add_argument(
        "--unknown",
        choices=("raise", "ignore"),
        default="raise",
        help="what to do about people of the history who are not in the export",
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
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--verbose", action="store_true", help="say what happens meanwhile")


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a whole number that can be meant")
    return int(text)
