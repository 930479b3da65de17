"""The command ``rounds``: several rounds at once, or one of them drawn."""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from rmatch._util.typed import advised
from rmatch.cli._commands import _announce, _history, _inputs, _roster, _run, _whole_input
from rmatch.cli._commands import verify as _one_result
from rmatch.cli._decided import refuse_decided
from rmatch.cli._telling import DONE, UNVERIFIED, folded, meanwhile, passing, shown
from rmatch.errors import OutputError, ProgramError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rmatch.api.several import Rounds
    from rmatch.matching import Matching
    from rmatch.roster import Roster

TABLE, CHANCES, JOINT = "rounds.csv", "chances.csv", "rounds.json"
_FOLDER = re.compile(r"round-(\d+)")


def rounds(words: argparse.Namespace) -> int:
    """Plan several rounds and write each of them, or one that is drawn, as a result."""
    from rmatch._util.files import csv_bytes, write_whole
    from rmatch.api.folder import refuse_strangers, write_folder
    from rmatch.api.rounds import rounds
    from rmatch.api.saved_rounds import write_joint
    from rmatch.program import Program
    from rmatch.roster.rounds import read_away
    from rmatch.roster.source import encoding_among

    k = _number(words)
    places = [words.out] if words.draw is not None else _folders(words.out, k)
    for place in places:
        refuse_strangers(place)  # before the work, not after it
    programs = [Program.from_file(path) for path in words.programs]
    program = programs if len(programs) > 1 else programs[0] if programs else None
    away = {} if words.away is None else read_away(words.away, encoding_among(words.away, words.encoding))
    meanwhile(words, f"reading {words.workforce}")
    roster = _roster(words, program)
    for number, place in enumerate(places):
        refuse_decided(words, place, roster, program[number] if isinstance(program, list) else program)
    _announce(roster, words)
    history = _history(words)
    found = rounds(roster, program, k, away=away, history=history, progress=partial(meanwhile, words))
    run, inputs = _run("rounds", words), _inputs(words)
    named = {
        f"program {number}" if len(programs) > 1 else "program": path for number, path in enumerate(words.programs, 1)
    }
    run = replace(run, inputs={**run.inputs, **named})
    meanwhile(words, f"writing {words.out}")
    if words.draw is not None:
        run = replace(run, lottery=found.lottery(words.draw))
        beside = {CHANCES: csv_bytes(found.chances)}
        files = write_folder(found.draw(words.draw), words.out, inputs, beside, run)
    else:
        for place, plan in zip(places, found, strict=True):
            write_folder(plan, place, inputs, run=run)
        write_whole(words.out / TABLE, csv_bytes(found.pairs))
        write_joint(found, words.out)
        files = (*(f"{place.name}/" for place in places), TABLE, JOINT)
    _tell(roster, found, words, files)
    return DONE


def verify(words: argparse.Namespace) -> int:
    """Check a result; of a folder of several rounds each of them, and the proof of all together."""
    if not (words.folder / JOINT).exists():
        return _one_result(words)
    from rmatch.api.folder import changed_files
    from rmatch.api.saved_rounds import folder_of, load_rounds, read_rounds_record, verify_alone
    from rmatch.program import Program

    _whole_input(words)
    _, each = read_rounds_record(words.folder)
    if words.workforce is None:
        result = verify_alone(words.folder)
    else:
        programs = [Program.model_validate(own.program) for own in each]
        result = load_rounds(words.folder, _roster(words, programs)).verify()
    changed = [
        f"round {number}: {problem}"
        for number, own in enumerate(each, 1)
        for problem in changed_files(folder_of(words.folder, number), own)
    ]
    problems = (*changed, *result.problems)
    print(shown(str(replace(result, problems=problems))))
    return UNVERIFIED if problems else DONE


def _number(words: argparse.Namespace) -> int:
    """The number of rounds.

    Raises ProgramError where nothing says it, or the programs are not as many.
    """
    given = len(words.programs)
    if words.rounds is None and given < 2:
        raise ProgramError("how many rounds? Say it with --rounds, or give --program once for each round.")
    k: int = given if words.rounds is None else words.rounds
    if given > 1 and given != k:
        raise ProgramError(
            f"--rounds {k}, but --program is given {given} times: give it once, for all rounds, or once for each round."
        )
    return k


def _folders(out: Path, count: int) -> list[Path]:
    """The folders of the rounds in ``out``, which holds nothing else.

    Raises OutputError where it does.
    """
    wanted = [out / f"round-{number}" for number in range(1, count + 1)]
    try:
        there = sorted(path.name for path in out.iterdir()) if out.exists() else []
    except OSError as error:
        raise OutputError(f"{out}: cannot be read as a folder: {error.strerror or error}; name another one") from None
    own = {TABLE, JOINT, *(path.name for path in wanted)}
    for name in there:
        if name not in own:
            what = "a round of an earlier run with more rounds" if _FOLDER.fullmatch(name) else "no round of rmatch"
            raise OutputError(f"{out} holds {name}, {what}; name a new folder")
    return wanted


def _tell(roster: Roster, found: Rounds, words: argparse.Namespace, files: Sequence[str]) -> None:
    passing("")
    lottery = None if words.draw is None else found.lottery(words.draw)
    if words.json:
        figures: dict[str, object] = {
            "status": found.status.name,
            "total": found.total,
            "bound": found.bound,
            "gap": found.gap,
            "rounds": [_figures(plan) for plan in found],
            "out": str(words.out),
            "files": list(files),
        }
        print(json.dumps(figures if lottery is None else figures | {"lottery": lottery}))
        return
    parts = [roster.summary(warnings=False), "\n".join([found.summary(), *_cautions(found)])]
    if lottery is not None:
        parts.append(
            f"Round {lottery['drawn']} is drawn, with the seed {lottery['seed']}. Each of the "
            f"{lottery['pairs_with_a_chance']:,} pairs of all rounds had the chance {lottery['chance']} ({CHANCES}).\n"
            f"{found.price_in_words()}"
        )
    said = "\n\n".join(parts)
    print(shown(folded(said)), shown(f"Written to {words.out}: {', '.join(files)}"), sep="\n\n")


def _figures(plan: Matching) -> dict[str, object]:
    """What ``--json`` tells of one round."""
    cautions = advised(plan.cautions).to_dict("records")
    return {"pairs": len(plan.points), "total": plan.total, "status": plan.status.name, "cautions": cautions}


def _cautions(found: Rounds) -> list[str]:
    """The cautions of all rounds, each once; of those that do not hold for all, for which."""
    from rmatch.analysis.cautions import cautions_of

    said: dict[str, list[str]] = {}
    for number, plan in enumerate(found, 1):
        for caution in cautions_of(plan):
            said.setdefault(str(caution), []).append(str(number))
    return [
        text if len(numbers) == len(found) else text.replace("Caution", f"Caution, round {', '.join(numbers)}", 1)
        for text, numbers in said.items()
    ]
