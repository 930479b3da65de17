"""What each command does: read, ask the library, write, and tell."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, cast

from rmatch.cli._decided import refuse_decided, refuse_unheard
from rmatch.cli._listed import excluding, listed
from rmatch.cli._telling import DONE, INPUT, UNVERIFIED, hint, meanwhile, say, shown, tell
from rmatch.errors import ProgramError, RmatchError, RosterError

if TYPE_CHECKING:
    from pydantic import BaseModel

    from rmatch.matching import Matching
    from rmatch.output.inputs import Inputs
    from rmatch.output.run_log import Run
    from rmatch.problem.history import History
    from rmatch.program import Program
    from rmatch.roster import Roster, SheetKind


def match(words: argparse.Namespace) -> int:
    """Pair the people of an export and write the result."""
    from rmatch.analysis.audit import audited
    from rmatch.api.folder import not_written, refuse_strangers, write_folder

    refuse_strangers(words.out)  # before the work, not after it
    program = _program(words)
    if words.audit:
        audited(program)
    meanwhile(words, f"reading {words.workforce}")
    roster = _roster(words, program)
    asked = excluding(words, roster, program)
    refuse_decided(words, words.out, roster, asked)
    matching = _solve(roster, asked, words, _history(words))
    meanwhile(words, f"writing {words.out}")
    files = write_folder(matching, words.out, _inputs(words), run=_run("match", words), audit=words.audit)
    for name, why in not_written(matching).items() if words.verbose else ():
        say(f"{name} is not written: {why}")
    tell(roster, matching, words, files)
    return DONE


def _run(command: str, words: argparse.Namespace) -> Run:
    """What the record of runs tells of a command: the files that it read, by the names of its options."""
    from rmatch.output.run_log import Run

    read = ("workforce", "mentees", "directory", "program", "edits", "history", "keep", "drop", "away", "exclude")
    named = {name: getattr(words, name, None) for name in read}
    return Run(command, {name: path for name, path in named.items() if path is not None})


def _solve(
    roster: Roster, program: Program | None, words: argparse.Namespace, history: History | None = None
) -> Matching:
    from rmatch.api.match import match

    _announce(roster, words)
    return match(roster, program, history=history, progress=partial(meanwhile, words))


def _announce(roster: Roster, words: argparse.Namespace) -> None:
    meanwhile(words, f"matching {len(roster.mentors):,} mentors with {len(roster.mentees):,} mentees")


def _history(words: argparse.Namespace) -> History | None:
    from rmatch.problem.history import History
    from rmatch.roster.source import encoding_among

    if words.history is None:
        return None
    return History.of(words.history, words.unknown, encoding_among(words.history, words.encoding))


def check(words: argparse.Namespace) -> int:
    """Say what is wrong with an export."""
    import pandas as pd

    from rmatch._util.typed import advised
    from rmatch.analysis.cautions import barred, cautions_beforehand
    from rmatch.analysis.diagnosis import diagnosis
    from rmatch.problem.build import rehearse
    from rmatch.problem.unapplied import with_notes

    program, problem = _program(words), None
    try:
        roster = _roster(words, program)
        issues = pd.concat([roster.issues, roster.withheld_issues], ignore_index=True)
        said = [roster.summary(warnings=False)]
        people = rehearse(roster, excluding(words, roster, program), _history(words))
        cautions = map(str, cautions_beforehand(people, roster.issues))
        said += [*(barred(people.model) if people.whole else ()), *cautions]
        issues = with_notes(issues, people.notes)
    except RosterError as error:
        if error.issues is None:
            raise
        issues, said = error.issues, [f"This cannot be read as people.{hint(error)}"]
    except RmatchError as error:  # the people can be read, but not matched under this program
        problem = error
    bad = bool((issues["severity"] == "error").any())
    if words.json:
        print(advised(issues).to_json(orient="records"))
    else:
        print(shown("\n".join([*said, *diagnosis(issues)])))
    if problem is not None and not bad:
        raise problem
    return INPUT if bad else DONE


def init(words: argparse.Namespace) -> int:
    """Draft a program from the files of a round."""
    from rmatch.cli._drafting import write_draft

    return write_draft(words, _sheet(words.sheet))


def demo(words: argparse.Namespace) -> int:
    """Make up a workforce and pair it."""
    from rmatch._util.files import csv_bytes
    from rmatch.api.folder import refuse_strangers, write_folder
    from rmatch.datasets import workforce
    from rmatch.output.inputs import Inputs
    from rmatch.output.run_log import Run
    from rmatch.roster import from_frame

    refuse_strangers(words.out)
    refuse_decided(words, words.out, None, None)
    meanwhile(words, "making up people")
    people = workforce(words.mentors, words.mentees, seed=words.seed)
    roster = from_frame(people)
    matching = _solve(roster, None, words)
    source = "workforce.csv"
    files = write_folder(
        matching, words.out, Inputs(workforce=words.out / source), {source: csv_bytes(people)}, Run("demo")
    )
    tell(roster, matching, words, files)
    return DONE


def review(words: argparse.Namespace) -> int:
    """Take back an edited plan."""
    from dataclasses import replace

    from rmatch.analysis.review import unlisted
    from rmatch.api.folder import RECORD, refuse_strangers, write_folder
    from rmatch.api.load import read_record, restore
    from rmatch.api.match import match
    from rmatch.program import Program
    from rmatch.roster.source import encoding_among

    record = read_record(words.folder / RECORD)
    words.out, encoding = words.out or words.folder, words.encoding
    refuse_strangers(words.out)
    refuse_unheard(words, record)
    _as_matched(words)
    meanwhile(words, f"reading {words.workforce}")
    roster = _roster(words, Program.model_validate(record.program))
    before = replace(restore(record, roster), solve=partial(match, progress=partial(meanwhile, words)))
    after = before.review(words.edits, encoding=encoding_among(words.edits, encoding))
    if words.out.resolve() != words.folder.resolve():
        refuse_decided(words, words.out, roster, after.program, approved=tuple(after.approved))
    gone = unlisted(words.edits, before.model, before.named, encoding_among(words.edits, encoding))
    files = write_folder(after, words.out, _inputs(words), run=_run("review", words))
    if gone and not words.json:
        pairs = "1 pair is" if len(gone) == 1 else f"{len(gone):,} pairs are"
        undo = f"delete what is too much from `exclude` in {words.out / 'program.toml'} and match again with it"
        say(f"Note: {pairs} no longer in {words.edits}, and so taken as rejected. To undo that, {undo}.")
    tell(roster, after, words, files, before.compare(after, "these decisions").as_decided(gone))
    return DONE


def rematch(words: argparse.Namespace) -> int:
    """Make the next plan near the one in a folder, for the people of another export."""
    from rmatch._util.files import csv_bytes
    from rmatch.api.folder import RECORD, refuse_strangers, write_folder
    from rmatch.api.load import read_record, recorded
    from rmatch.api.rematch import rematch, rematch_curve
    from rmatch.program import Program

    record = read_record(words.folder / RECORD)
    refuse_strangers(words.out)
    before, program = recorded(record), _program(words)
    meanwhile(words, f"reading {words.workforce}")
    asked = program or Program.model_validate(record.program)
    roster = _roster(words, asked)
    keep, drop = (listed(words, option) for option in ("keep", "drop"))
    refuse_decided(words, words.out, roster, asked, keep, drop)
    _announce(roster, words)
    history = _history(words)
    after = rematch(
        before,
        roster,
        program,
        max_changes=words.max_changes,
        keep=keep,
        drop=drop,
        history=history,
        progress=partial(meanwhile, words),
    )
    curve = rematch_curve(before, roster, program, keep=keep, drop=drop, history=history) if words.curve else None
    beside = {} if curve is None else {"curve.csv": csv_bytes(curve)}
    files = write_folder(after, words.out, _inputs(words), beside, _run("rematch", words))
    tell(roster, after, words, files, before.compare(after, "the new plan"), curve)
    return DONE


def verify(words: argparse.Namespace) -> int:
    """Check a result."""
    from rmatch.api.folder import RECORD, changed_files
    from rmatch.api.load import read_record, recorded
    from rmatch.output import run_log
    from rmatch.program import Program

    _whole_input(words)
    record = read_record(words.folder / RECORD)
    roster = None if words.workforce is None else _roster(words, Program.model_validate(record.program))
    result = recorded(record).verify(roster)
    problems = [*changed_files(words.folder, record), *run_log.disagreements(words.folder, RECORD, record)]
    problems += result.problems
    if not (words.folder / run_log.NAME).exists():
        say(f"Note: there is no {run_log.NAME} beside it, which tells of the run.")
    print(shown("\n".join(["Not verified:", *(f"  {problem}" for problem in problems)]) if problems else str(result)))
    return UNVERIFIED if problems else DONE


def report(words: argparse.Namespace) -> int:
    """Write the report for somebody else's eyes."""
    from rmatch.api.folder import RECORD
    from rmatch.api.load import read_record, restore
    from rmatch.errors import OutputError
    from rmatch.output import run_log
    from rmatch.output.inputs import NAME as INPUTS
    from rmatch.program import Program

    record = read_record(words.folder / RECORD)
    _as_matched(words)
    needed = [words.folder / name for name in (RECORD, run_log.NAME, INPUTS, *record.files) if name != "report.html"]
    needed += [path for path in (words.workforce, words.mentees, words.directory) if path is not None]
    if words.out.exists() and any(path.exists() and words.out.samefile(path) for path in needed):
        raise OutputError(f"{words.out}: the report would replace a file of the result or of the people; name another")
    roster = _roster(words, Program.model_validate(record.program))
    restore(record, roster).to_html(words.out, words.view)
    print(shown(f"Written: {words.out}"))
    return DONE


def schema(words: argparse.Namespace) -> int:
    """Print a JSON Schema."""
    from rmatch.program import Program
    from rmatch.schema.person import Person
    from rmatch.schema.record import MatchingRecord

    models: dict[str, type[BaseModel]] = {"person": Person, "program": Program, "matching": MatchingRecord}
    print(json.dumps(models[words.of].model_json_schema(), indent=2))
    return DONE


def _program(words: argparse.Namespace) -> Program | None:
    from rmatch.program import Program

    if words.program is not None and words.program.suffix.lower() in (".csv", ".tsv", ".xlsx"):
        raise ProgramError(
            f"{words.program}: this is a table, and a program is TOML or JSON; pairs that never meet go into --exclude"
        )
    return None if words.program is None else Program.from_file(words.program)


def _roster(words: argparse.Namespace, program: Program | Sequence[Program] | None) -> Roster:
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
    from rmatch.output.inputs import Inputs

    return Inputs.model_validate({name: getattr(words, name) for name in Inputs.model_fields})


def _whole_input(words: argparse.Namespace) -> None:
    if words.workforce is None and (words.mentees or words.directory or words.sheet):
        raise RosterError(
            "--mentees, --directory and --sheet go with --workforce; give all the files that were matched."
        )


def _as_matched(words: argparse.Namespace) -> None:
    """Where no people are named, take those from which the result was made, read as they were then."""
    from rmatch.output.inputs import read_inputs

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
