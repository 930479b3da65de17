"""The command line: messages to standard error, data to standard output, and an exit code that says what happened."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, cast

from rmatch.errors import InfeasibleError, OutputError, RmatchError, RosterError, SolverError

if TYPE_CHECKING:
    from pydantic import BaseModel

    from rmatch.difference import Difference
    from rmatch.inputs import Inputs
    from rmatch.matching import Matching
    from rmatch.program import Program
    from rmatch.roster import Roster, SheetKind
    from rmatch.trail import Run

DONE, FAILED, USAGE, INPUT, INFEASIBLE, UNVERIFIED, OUTPUT, INTERRUPTED = 0, 1, 2, 3, 4, 5, 6, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; wrong usage exits with 2, as argparse has it."""
    for stream in (sys.stdout, sys.stderr):
        _never_choke(stream)
    words = _parser().parse_args(argv)
    try:
        command: Callable[[argparse.Namespace], int] = words.command
        code = command(words)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        _say("Interrupted; no result was written.")
        return INTERRUPTED
    except BrokenPipeError:  # whoever read the output has seen enough
        _abandon(sys.stdout)
        return FAILED
    except RmatchError as error:
        _say(f"Error: {error}{_hint(error)}")
        return _code(error)
    except MemoryError:
        _say("Error: there is not enough memory for this many people.")
        return FAILED
    except Exception as error:  # a bug of ours must still end in one plain line
        if words.verbose:
            raise
        _say(
            f"Error: rmatch failed unexpectedly ({type(error).__name__}: {error}). "
            "Run it again with --verbose to see where, and please report it."
        )
        return FAILED


def _code(error: RmatchError) -> int:
    codes = {InfeasibleError: INFEASIBLE, OutputError: OUTPUT, SolverError: FAILED}
    return next((code for kind, code in codes.items() if isinstance(error, kind)), INPUT)


def _hint(error: RmatchError) -> str:
    if not isinstance(error, RosterError) or error.issues is None or not error.issues["row"].notna().any():
        return ""
    return "\n`rmatch check` with the same files lists everything; `--on-bad-rows skip` goes on without those rows."


def _never_choke(stream: TextIO) -> None:
    """Names are in every script of the world; a console that cannot show one shows ``?`` instead."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None and not str(stream.encoding).lower().startswith("utf"):
        reconfigure(errors="replace")


def _abandon(stream: TextIO) -> None:
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # so that the interpreter's last flush is quiet


def _say(text: str) -> None:
    _passing("")
    print(text, file=sys.stderr, flush=True)


def _passing(text: str) -> None:
    """Show one line that the next one replaces, if somebody is looking."""
    if sys.stderr.isatty():
        print(f"\r{text[:78]:<78}\r", end="", file=sys.stderr, flush=True)


def _meanwhile(words: argparse.Namespace, news: object) -> None:
    _say(str(news)) if words.verbose else _passing(str(news))


# ---------------------------------------------------------------- commands


def _match(words: argparse.Namespace) -> int:
    from rmatch.audit import audited
    from rmatch.folder import not_written, refuse_strangers, write_folder

    refuse_strangers(words.out)  # before the work, not after it
    program = _program(words)
    if words.audit:
        audited(program)
    _meanwhile(words, f"reading {words.workforce}")
    roster = _roster(words, program)
    matching = _solve(roster, program, words)
    _meanwhile(words, f"writing {words.out}")
    files = write_folder(matching, words.out, _inputs(words), run=_run("match", words), audit=words.audit)
    for name, why in not_written(matching).items() if words.verbose else ():
        _say(f"{name} is not written: {why}")
    _tell(roster, matching, words, files)
    return DONE


def _run(command: str, words: argparse.Namespace) -> Run:
    """What the record of runs tells of a command: the files that it read, by the names of its options."""
    from rmatch.trail import Run

    named = {name: getattr(words, name, None) for name in ("workforce", "mentees", "directory", "program", "edits")}
    return Run(command, {name: path for name, path in named.items() if path is not None})


def _solve(roster: Roster, program: Program | None, words: argparse.Namespace) -> Matching:
    from rmatch.engine import match

    _meanwhile(words, f"matching {len(roster.mentors):,} mentors with {len(roster.mentees):,} mentees")
    return match(roster, program, progress=partial(_meanwhile, words))


def _tell(
    roster: Roster,
    matching: Matching,
    words: argparse.Namespace,
    files: Sequence[str],
    difference: Difference | None = None,
) -> None:
    _passing("")
    if words.json:
        counts = matching.accounts["status"].value_counts().sort_index()
        found = roster.issues["severity"].value_counts().sort_index()
        figures = {
            "status": matching.status.name,
            "state": matching.state,
            "pairs": len(matching.points),
            "unmatched": len(matching.unmatched),
            "total": matching.total,
            "bound": matching.bound,
            "gap": matching.gap,
            "counts": {str(status): int(number) for status, number in counts.items()},
            "issues": {str(severity): int(number) for severity, number in found.items()},
            "out": str(words.out),
            "files": list(files),
        }
        if difference is not None:
            figures["difference"] = difference.to_dict()
        print(json.dumps(figures))
        return
    from rmatch.summary import best_pair, state

    parts = (roster.summary(), matching.summary(), best_pair(matching))
    if difference is not None:
        parts = (str(difference), matching.summary(), state(matching))
    said = "\n\n".join(part for part in parts if part)
    print(_folded(said), f"Written to {words.out}: {', '.join(files)}", sep="\n\n")


def _folded(text: str, width: int = 100) -> str:
    """The text with long lines broken at blanks, the rest of a line set in."""
    from textwrap import TextWrapper

    wrap = TextWrapper(width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    return "\n".join(wrap.fill(line) for line in text.splitlines())


def _check(words: argparse.Namespace) -> int:
    import pandas as pd

    from rmatch.diagnosis import diagnosis, with_notes
    from rmatch.prepare import prepare

    program, problem = _program(words), None
    try:
        roster = _roster(words, program)
        issues, said = pd.concat([roster.issues, roster.withheld_issues], ignore_index=True), roster.summary()
        issues = with_notes(issues, prepare(roster, program)[1])
    except RosterError as error:
        if error.issues is None:
            raise
        issues, said = error.issues, "This cannot be read as people."
    except RmatchError as error:  # the people can be read, but not matched under this program
        problem = error
    bad = bool((issues["severity"] == "error").any())
    if words.json:
        print(issues.to_json(orient="records"))
    else:
        print("\n".join([said, *diagnosis(issues)]))
    if problem is not None and not bad:
        raise problem
    return INPUT if bad else DONE


def _demo(words: argparse.Namespace) -> int:
    from rmatch.datasets import workforce
    from rmatch.export import csv_bytes
    from rmatch.folder import refuse_strangers, write_folder
    from rmatch.inputs import Inputs
    from rmatch.roster import from_frame
    from rmatch.trail import Run

    refuse_strangers(words.out)
    _meanwhile(words, "making up people")
    people = workforce(words.mentors, words.mentees, seed=words.seed)
    roster = from_frame(people)
    matching = _solve(roster, None, words)
    source = "workforce.csv"
    files = write_folder(
        matching, words.out, Inputs(workforce=words.out / source), {source: csv_bytes(people)}, Run("demo")
    )
    _tell(roster, matching, words, files)
    return DONE


def _review(words: argparse.Namespace) -> int:
    from dataclasses import replace

    from rmatch.engine import solver
    from rmatch.folder import RECORD, refuse_strangers, write_folder
    from rmatch.program import Program
    from rmatch.saved import read_record, restore

    record = read_record(words.folder / RECORD)
    words.out = words.out or words.folder
    refuse_strangers(words.out)
    _as_matched(words)
    _meanwhile(words, f"reading {words.workforce}")
    roster = _roster(words, Program.model_validate(record.program))
    before = replace(restore(record, roster), again=solver(roster, partial(_meanwhile, words)))
    after = before.review(words.edits)
    files = write_folder(after, words.out, _inputs(words), run=_run("review", words))
    _tell(roster, after, words, files, before.compare(after, "these decisions"))
    return DONE


def _verify(words: argparse.Namespace) -> int:
    from rmatch import trail
    from rmatch.check import check_alone
    from rmatch.folder import RECORD, changed_files
    from rmatch.program import Program
    from rmatch.saved import read_record, verified

    _whole_input(words)
    record = read_record(words.folder / RECORD)
    if words.workforce is None:
        result = check_alone(record)
    else:
        program = Program.model_validate(record.program)
        result = verified(record, _roster(words, program))
    problems = [*changed_files(words.folder, record), *trail.disagreements(words.folder, RECORD, record)]
    problems += result.problems
    if not (words.folder / trail.NAME).exists():
        _say(f"Note: there is no {trail.NAME} beside it, which tells of the run.")
    print("\n".join(["Not verified:", *(f"  {problem}" for problem in problems)]) if problems else result)
    return UNVERIFIED if problems else DONE


def _report(words: argparse.Namespace) -> int:
    from rmatch.folder import RECORD
    from rmatch.program import Program
    from rmatch.saved import read_record, restore

    record = read_record(words.folder / RECORD)
    roster = _roster(words, Program.model_validate(record.program))
    restore(record, roster).to_html(words.out, words.view)
    print(f"Written: {words.out}")
    return DONE


def _schema(words: argparse.Namespace) -> int:
    from rmatch.people import Person
    from rmatch.program import Program
    from rmatch.record import MatchingRecord

    models: dict[str, type[BaseModel]] = {"person": Person, "program": Program, "matching": MatchingRecord}
    print(json.dumps(models[words.of].model_json_schema(), indent=2))
    return DONE


def _program(words: argparse.Namespace) -> Program | None:
    from rmatch.program import Program

    return None if words.program is None else Program.from_file(words.program)


def _roster(words: argparse.Namespace, program: Program | None) -> Roster:
    from rmatch.roster import read_files

    return read_files(
        words.workforce,
        _sheet(words.sheet),
        mentees=words.mentees,
        directory=words.directory,
        program=program,
        on_bad_rows=words.on_bad_rows,
        encoding=words.encoding,
        delimiter=words.delimiter,
    )


def _inputs(words: argparse.Namespace) -> Inputs:
    """Where the people come from, as the command line has it."""
    from rmatch.inputs import Inputs

    return Inputs.model_validate({name: getattr(words, name) for name in Inputs.model_fields})


def _whole_input(words: argparse.Namespace) -> None:
    if words.workforce is None and (words.mentees or words.directory or words.sheet):
        raise RosterError(
            "--mentees, --directory and --sheet go with --workforce; give all the files that were matched."
        )


def _as_matched(words: argparse.Namespace) -> None:
    """Where no people are named, take those from which the result was made, read as they were then."""
    from rmatch.inputs import read_inputs

    _whole_input(words)
    if words.workforce is None:
        vars(words).update(dict(read_inputs(words.folder)))


def _sheet(given: Sequence[str]) -> str | Mapping[SheetKind, str] | None:
    """The sheets as they were named: ``S`` is that of the first file, ``mentees=S`` that of the mentees' one."""
    named: dict[SheetKind, str] = {}
    for word in given:
        kind, mark, name = word.partition("=")
        if mark and kind in ("mentees", "directory"):
            named[cast("SheetKind", kind)] = name
        else:
            named |= {"workforce": word, "mentors": word}
    return named or None


# ---------------------------------------------------------------- words


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rmatch",
        description="Reverse mentoring: a spreadsheet in, provably best pairs out, nobody lost.",
        epilog="Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the input cannot be used, 4 no matching satisfies the "
        "limits, 5 verification failed, 6 the output cannot be written, 130 interrupted.",
    )
    parser.set_defaults(verbose=False, on_bad_rows="skip", sheet=())
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    match = commands.add_parser("match", help="pair the people of an export and write the result into a folder")
    _input(match)
    match.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder, or an earlier result")
    match.add_argument(
        "--on-bad-rows", choices=("raise", "skip"), default="raise", help="stop at bad rows, or go on without"
    )
    match.add_argument("--audit", action="store_true", help="also write who was placed by declared group")
    _output(match)
    match.set_defaults(command=_match)

    check = commands.add_parser("check", help="say what is wrong with an export, row by row; changes nothing")
    _input(check)
    check.add_argument("--json", action="store_true", help="print the issues as JSON")
    check.set_defaults(command=_check)

    demo = commands.add_parser("demo", help="make up a workforce and pair it")
    demo.add_argument("--mentors", type=_number, default=60, metavar="N", help="juniors who teach (60)")
    demo.add_argument("--mentees", type=_number, default=50, metavar="N", help="seniors who learn (50)")
    demo.add_argument("--seed", type=_number, default=0, metavar="N", help="other people for another number (0)")
    demo.add_argument("--out", type=Path, default=Path("rmatch-demo"), metavar="DIR", help="the folder (rmatch-demo)")
    _output(demo)
    demo.set_defaults(command=_demo)

    review = commands.add_parser("review", help="take back a plan that was edited by hand and solve the rest again")
    review.add_argument("folder", type=Path, metavar="DIR", help="what `match` wrote")
    review.add_argument("--edits", type=Path, required=True, metavar="FILE", help="the edited pairs: CSV, or .xlsx")
    review.add_argument("--out", type=Path, metavar="DIR", help="where to write the result (into DIR itself)")
    review.add_argument("--workforce", type=Path, metavar="FILE", help="the export, where it is not where it was")
    _reading(review)
    _output(review)
    review.set_defaults(command=_review)

    verify = commands.add_parser("verify", help="check a result: in full with the people, without them in itself")
    verify.add_argument("folder", type=Path, metavar="DIR", help="what `match` wrote")
    verify.add_argument("--workforce", type=Path, metavar="FILE", help="the export that was matched")
    _reading(verify)
    verify.set_defaults(command=_verify)

    report = commands.add_parser("report", help="write the report of a result for somebody else's eyes")
    report.add_argument("folder", type=Path, metavar="DIR", help="what `match` wrote")
    report.add_argument("--workforce", type=Path, required=True, metavar="FILE", help="the export that was matched")
    _reading(report)
    report.add_argument(
        "--view", choices=("owner", "director", "participant", "audit"), default="director", help="(director)"
    )
    report.add_argument("--out", type=Path, required=True, metavar="FILE", help="the HTML file to write")
    report.set_defaults(command=_report)

    schema = commands.add_parser("schema", help="print the JSON Schema of a person, a program or a saved matching")
    schema.add_argument("of", choices=("person", "program", "matching"))
    schema.set_defaults(command=_schema)
    return parser


def _input(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "workforce", type=Path, metavar="WORKFORCE", help="the export, or the mentors' sheet: CSV or .xlsx"
    )
    _reading(parser)
    parser.add_argument("--program", type=Path, metavar="FILE", help="criteria, rules and columns: TOML or JSON")


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
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)
