"""A draft of a program: the columns of the files as guessed, tried out on the people themselves."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rmatch.columns import Number, Table, fold
from rmatch.criteria import Background, Criterion, Department, Goals, Reciprocity, Skills
from rmatch.errors import ProgramError, RosterError
from rmatch.program._program import Program
from rmatch.program.drafting._answers import Settings, settings
from rmatch.program.drafting._asked import day_questions, role_answers, role_questions
from rmatch.program.drafting._files import Files
from rmatch.program.drafting._guesses import Guess, guesses, is_sensitive, is_time, share_topics
from rmatch.program.drafting._identity import addressed, email_by_content, joined_names, told_apart, without_doubtful
from rmatch.program.drafting._unnamed import Further, managers_by_content, unnamed
from rmatch.roster.mapping import joined_name
from rmatch.roster.roster import Roster
from rmatch.roster.sheet import Sheet
from rmatch.roster.source import Source
from rmatch.schema.person import CANONICAL, fold_header
from rmatch.schema.vocabulary import answers


@dataclass(frozen=True)
class Column:
    """One column of a draft: the keys of ``[columns.NAME]``, and what is known of them."""

    name: str
    keys: Mapping[str, Any]
    by_sheet: Mapping[str, Guess]
    settings: Settings

    @property
    def sure(self) -> bool:
        """Whether the header is certain on every sheet."""
        return all(guess.sure for guess in self.by_sheet.values())


@dataclass
class Draft:
    """What was found out of files, and what of a program could be tried on them."""

    files: tuple[str, ...]
    columns: list[Column]
    top: dict[str, str] = field(default_factory=dict)
    """Keys of the program itself: ``keep`` and ``by``."""
    numbered: bool = False
    two_sheets: bool = False
    joined: tuple[str, ...] = ()
    """The headers of a first and a last name, which make the name."""
    unread: list[str] = field(default_factory=list)
    sensitive: list[str] = field(default_factory=list)
    resolved: Program | None = None
    """The default program for these people; None where nothing of it can be used."""
    left_out: tuple[str, ...] = ()
    roster: Roster | None = None
    """The people as the draft reads them; None where it cannot yet."""
    ranges: dict[str, Any] | None = None
    """A proposal of ``[roles]``, where nothing says who teaches."""
    further: Further = field(default_factory=Further)
    """Criteria beyond the usual ones."""
    places: int = 0
    """How many mentees a mentor would need for everybody to have one; 0 where that is known, or 1."""
    open: list[str] = field(default_factory=list)
    """What somebody has to decide before there can be a plan."""

    def data(self) -> dict[str, Any]:
        """The part of the program that binds at reading, as plain data."""
        columns = {each.name: dict(each.keys) for each in self.columns if each.keys}
        if self.numbered:
            columns["employee_id"] = {"source": "@row"}
        return {**self.top, **({"columns": columns} if columns else {})}

    def column(self, name: str) -> Column | None:
        """The column of a name, if the files have it."""
        return next((each for each in self.columns if each.name == name), None)


def drafted(files: Files) -> Draft:
    """Return a draft for the files of a round; nothing is asked and nothing is changed. Raises RosterError."""
    sheets = files.sheets()
    found = [guesses(sheet) for sheet in sheets]
    without_doubtful(sheets, found)
    joined_names(sheets[: _own(sheets)], found)
    for sheet, each in zip(sheets, found, strict=True):
        share_topics(sheet, each)
        email_by_content(sheet, each)
        _asked(sheet, each)
    n = _own(sheets)
    further = unnamed(sheets[:n], found[:n])
    told_apart(sheets[:n], found[:n])
    managers_by_content(sheets, found)
    draft = Draft(tuple(sheet.file for sheet in sheets), _columns(sheets, found), further=further)
    draft.two_sheets = files.mentees is not None
    own = list(zip(sheets, found, strict=True))[:n]
    draft.numbered = not all("employee_id" in each or addressed(sheet, each) for sheet, each in own)
    if draft.numbered:
        draft.columns = [column for column in draft.columns if column.name != "employee_id"]
    _repeated(sheets, found, draft)
    _unread(sheets, found, draft)
    _try(files, sheets, draft)
    return draft


def _own(sheets: Sequence[Sheet]) -> int:
    """How many of the sheets are those of the people who take part."""
    return sum(sheet.kind != "directory" for sheet in sheets)


def _asked(sheet: Sheet, found: dict[str, Guess]) -> None:
    """Add what a form asks for in several questions."""
    taken = [k for name, guess in found.items() if name != "role" for k in guess.at]
    sure = "role" in found and found["role"].sure
    if sheet.kind == "workforce" and not sure and (guess := role_questions(sheet, taken)) is not None:
        found["role"] = guess
    if sheet.kind == "workforce" and "role" not in found and (guess := role_answers(sheet, taken)) is not None:
        found["role"] = guess
    if "availability" not in found and (guess := day_questions(sheet, taken)) is not None:
        found["availability"] = guess


def _columns(sheets: Sequence[Sheet], found: Sequence[dict[str, Guess]]) -> list[Column]:
    columns = []
    own = [name for each in found for name in each if name not in CANONICAL]
    for name in (*CANONICAL, *dict.fromkeys(own)):
        by_sheet: dict[str, Guess] = {
            sheet.kind: each[name] for sheet, each in zip(sheets, found, strict=True) if name in each
        }
        if not by_sheet:
            continue
        cells = [
            sheet.columns[k]
            for sheet, each in zip(sheets, found, strict=True)
            if name in each and sheet.kind != "directory"
            for k in each[name].at
        ]
        concluded = settings(name, cells, [*by_sheet.values()])
        columns.append(Column(name, {**_source(by_sheet, sheets), **concluded.keys}, by_sheet, concluded))
    return columns


def _source(by_sheet: Mapping[str, Guess], sheets: Sequence[Sheet]) -> dict[str, Any]:
    """The key that says where a column comes from: one header, or one for each sheet."""
    own = {kind: guess for kind, guess in by_sheet.items() if kind != "directory"} or dict(by_sheet)
    key = "grid" if any(guess.grid for guess in own.values()) else "source"
    said: dict[str, str | list[str]] = {
        kind: guess.grid or [*guess.headers] or guess.header
        for kind, guess in own.items()
        if bool(guess.grid) == (key == "grid")
    }
    if any(isinstance(each, list) for each in said.values()):
        alike = len({str(each) for each in said.values()}) == 1
        return {key: next(iter(said.values())) if alike and len(said) == _own(sheets) else said}
    first = str(next(iter(said.values())))
    elsewhere = any(
        sheet.kind not in by_sheet
        and sheet.kind != "directory"
        and fold_header(first) in map(fold_header, sheet.headers)
        for sheet in sheets
    )
    if len({fold_header(str(header)) for header in said.values()}) == 1 and not elsewhere:
        return {key: first}
    if key == "source" and "directory" in by_sheet:
        said["directory"] = by_sheet["directory"].header
    return {key: said}


def _repeated(sheets: Sequence[Sheet], found: Sequence[dict[str, Guess]], draft: Draft) -> None:
    """Keep the latest of several sign-ups of one person, where every sheet says when they signed up."""
    own = list(zip(sheets, found, strict=True))[: _own(sheets)]
    again = 0
    for sheet, each in own:
        key = (None if draft.numbered else each.get("employee_id")) or each.get("email")
        if key is None or (draft.numbered and not addressed(sheet, each)):
            return
        said = [fold(str(cell)) for cell in sheet.columns[key.place].cells if cell]
        again += len(said) - len(set(said))
    times = [header for header in answers()["times"] if all(_has(sheet, header) for sheet, _ in own)]
    if again and times:
        draft.top = {"keep": "latest", "by": times[0]}


def _has(sheet: Sheet, header: str) -> bool:
    return sum(fold_header(each) == fold_header(header) for each in sheet.headers) == 1


def _unread(sheets: Sequence[Sheet], found: Sequence[dict[str, Guess]], draft: Draft) -> None:
    for sheet, each in zip(sheets, found, strict=True):
        if sheet.kind == "directory":
            continue
        taken = {k for guess in each.values() for k in guess.at}
        both = () if "name" in each else joined_name(sheet.headers, taken)
        draft.joined = draft.joined or tuple(sheet.headers[k].strip() for k in both)
        taken.update(both)
        for k, header in enumerate(map(str.strip, sheet.headers)):
            if header and k not in taken and header not in (*draft.unread, *draft.sensitive) and not is_time(header):
                (draft.sensitive if is_sensitive(header, sheet.columns[k]) else draft.unread).append(header)


def _try(files: Files, sheets: Sequence[Sheet], draft: Draft) -> None:
    """Read the people with the draft, and see which part of the default program they have columns for."""
    told_apart = files.mentees is not None or draft.column("role") is not None
    try:
        roster = _read(files, draft, files.mentees)
    except RosterError as error:
        if told_apart:
            draft.open.append(str(error).replace("\n", " "))
        try:  # everybody in both roles, to see what the columns hold
            roster = _read(files, draft, files.mentees or files.source)
        except RosterError as again:
            draft.open.append(str(again).replace("\n", " "))
            return
    else:
        draft.roster = roster
    if not told_apart and draft.column("side") is not None:
        draft.open.append(
            "The column `side` says who is a junior and who a senior: add [[tracks]] with a `name` and who `teaches`."
        )
    elif not told_apart:
        draft.open.append("Nothing in the file says who teaches and who learns: see [roles] in the program.")
        draft.ranges = _ranges(roster, draft)
    rejected = int((roster.accounts["status"] == "rejected").sum()) if draft.roster is not None else 0
    if errors := roster.issues[roster.issues["severity"] == "error"]["reason"].tolist() if rejected else []:
        draft.open.append(f"Rows are rejected, such as: {errors[0]}. `rmatch check` with this program lists them.")
    tables = roster.tables()
    if not all(len(table.ids) for table in tables):
        why = "look at the rows that are rejected" if draft.two_sheets else "correct the values of `role`"
        draft.open.append(f"The draft reads nobody on one of the two sides: {why}.")
        return
    people = [len(table.ids) for table in tables]
    if draft.roster is not None and people[1] > people[0] and draft.column("capacity") is None:
        draft.places = -(-people[1] // people[0])
    try:
        draft.resolved, draft.left_out = _resolved(draft, tables)
    except ProgramError:
        draft.open.append(_no_criterion(draft))


def _no_criterion(draft: Draft) -> str:
    """What the files lack where nothing in them says what makes a good pair."""
    skills = {name: draft.column(name) is not None for name in ("skills_offered", "skills_wanted")}
    if not any(skills.values()):
        return (
            "Nothing in the files is certain or likely to say what makes a good pair, such as skills: see "
            "[columns.skills_offered] in the program."
        )
    if all(skills.values()):
        return (
            "Nothing says yet what makes a good pair: the mentors have no answers in skills_offered, or the mentees "
            "none in skills_wanted."
        )
    found, lacking = sorted(skills, key=lambda name: not skills[name])
    return (
        f"The column {found} alone does not say what makes a good pair, and no header is certain or likely to mean "
        f"{lacking}: name it in [columns.{lacking}] of the program."
    )


def _resolved(draft: Draft, tables: tuple[Table, Table]) -> tuple[Program, tuple[str, ...]]:
    """The usual program for these people, with what else their forms ask for.

    Raises ProgramError where nothing says what makes a good pair.
    """
    own = _criteria(draft.further.used)
    try:
        usual, left_out = _usual(draft, tables)
        criteria = usual.criteria
        if not own and not any(isinstance(each, Skills | Reciprocity | Goals) for each in criteria):
            own, draft.further.spare = _criteria(draft.further.spare), []
    except ProgramError:
        own, criteria, draft.further.spare = (*own, *_criteria(draft.further.spare)), (), []
        usual, left_out = Program(criteria=own).resolved(*tables)
    wished = {each["of"] for each in draft.further.used if "of" in each}
    criteria = tuple(kept for each in criteria if (kept := _without(each, wished)) is not None)
    offered, wanted = draft.column("skills_offered"), draft.column("skills_wanted")
    if offered is not None and wanted is not None and offered.keys == wanted.keys:
        # one column says what a mentor offers and what a mentee wants, so what a mentor wants is not known
        criteria = tuple(each for each in criteria if not isinstance(each, Reciprocity))
    return usual.model_copy(update={"criteria": (*criteria, *own)}), left_out


def _usual(draft: Draft, tables: tuple[Table, Table]) -> tuple[Program, tuple[str, ...]]:
    """The default program for these people. A rule that they do not allow yet stays, and what it lacks is left open.

    Raises ProgramError where nothing says what makes a good pair.
    """
    try:
        return Program().resolved(*tables)
    except ProgramError as error:
        usual, left_out = Program(rules=()).resolved(*tables)
        draft.open.append(str(error))
        narrowed = (rule.narrowed(*tables) for rule in Program().rules)
        return usual.model_copy(update={"rules": tuple(rule for rule in narrowed if rule is not None)}), left_out


def _without(criterion: Criterion, wished: Collection[str]) -> Criterion | None:
    """A criterion without the columns of which people say themselves what they want; None where none is left."""
    if isinstance(criterion, Background):
        left = tuple(column for column in criterion.columns if column not in wished)
        return replace(criterion, columns=left) if left else None
    return None if isinstance(criterion, Department) and "department" in wished else criterion


def _criteria(given: Sequence[Mapping[str, Any]]) -> Sequence[Criterion]:
    return Program.model_validate({"criteria": [*given]}).criteria if given else ()


def _read(files: Files, draft: Draft, mentees: Source | None) -> Roster:
    """Read the people with the draft; where the row of headers is known by the addresses alone, these are the ids."""
    email = draft.column("email")
    try:
        return files.roster(Program.model_validate(draft.data()), mentees)
    except RosterError:
        if draft.numbered or draft.column("employee_id") is not None or email is None:
            raise
        keys, why = {"source": email.keys["source"]}, "the e-mail addresses are the ids"
        by_sheet = {sheet: replace(guess, why=why) for sheet, guess in email.by_sheet.items()}
        before = draft.columns
        draft.columns = [Column("employee_id", keys, by_sheet, Settings()), *before]
        try:
            return files.roster(Program.model_validate(draft.data()), mentees)
        except RosterError:
            draft.columns = before
            raise


def _ranges(roster: Roster, draft: Draft) -> dict[str, Any] | None:
    """The lowest and the highest third of the grades, as a proposal of who teaches and who learns."""
    grade = roster.tables()[0].get("grade")
    if not isinstance(grade, Number) or grade.missing.all():
        return None
    known = sorted(grade.values[~grade.missing].tolist())
    low, high = known[(len(known) - 1) // 3], known[-1 - (len(known) - 1) // 3]
    if low >= high:
        return None
    ends = [grade.order[int(end)] if grade.order else int(end) for end in (low, high)]
    return {"column": "grade", "mentor": {"at_most": ends[0]}, "mentee": {"at_least": ends[1]}}
