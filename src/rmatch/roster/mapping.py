"""Which header feeds which column: what the program says, then canonical names, then the alias table."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rmatch.errors import RosterError, suggestion
from rmatch.roster.grid import no_grid, pattern
from rmatch.roster.headers import ROW, known_headers, sources
from rmatch.roster.issues import IssueLog, listing, refusal
from rmatch.roster.sheet import Sheet
from rmatch.roster.texts import Texts
from rmatch.schema.binding import Binding
from rmatch.schema.person import ALIASES, CANONICAL, fold_header
from rmatch.schema.vocabulary import certain, words

_SUGGESTED = 50
"""So many headers are compared with the canonical ones, each of which takes a millisecond."""

_EXACT = {fold_header(name): name for name in CANONICAL}
_NAMES = tuple(frozenset(map(fold_header, words()[half])) for half in ("first_name", "last_name"))


@dataclass
class SheetMap:
    """Where one sheet has each column."""

    columns: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """The positions of the headers that feed a column."""
    grids: dict[str, list[str]] = field(default_factory=dict)
    """The items of columns that are asked for as a grid, beside ``columns``."""
    numbered: bool = False
    """The ids are row numbers."""
    addressed: bool = False
    """The ids are e-mail addresses, for want of others."""
    aliased: dict[str, str] = field(default_factory=dict)
    """Canonical columns that were found under another header."""
    kept: list[str] = field(default_factory=list)
    """Headers that became columns of their own."""
    dropped: list[str] = field(default_factory=list)
    """Headers that are not read."""

    def __contains__(self, name: str) -> bool:
        return name in self.columns or (name == "employee_id" and self.numbered)

    @property
    def taken(self) -> set[int]:
        """The positions of all headers that feed a column."""
        return {k for positions in self.columns.values() for k in positions}

    def read_as(self, name: str, positions: Sequence[int], sheet: Sheet) -> None:
        """Let headers feed a column that is not called so."""
        self.columns[name] = tuple(positions)
        self.aliased[name] = " + ".join(sheet.headers[k].strip() for k in positions)


def quotable(sheet: Sheet, binding: Binding) -> bool:
    """Return whether a sheet's headers may be quoted: without a row of headers, the first person's cells stand there.

    Args:
        sheet: The sheet.
        binding: The columns of the program.
    """
    ids, every = known_headers(binding, sheet.kind).counts(list(sheet.headers))
    return not binding.withheld or ids > 0 or every > 1


def map_headers(sheets: Sequence[Sheet], binding: Binding, keep_all: bool, log: IssueLog) -> list[SheetMap]:
    """Return where each sheet has each column.

    Args:
        sheets, binding: The sheets, and the columns of the program.
        keep_all: Whether a header that is no column's becomes one of its own; else it is dropped. Both are said.
        log: Takes what is noted.

    Raises:
        RosterError: A header that the program names is nowhere, two mean one column, or nothing gives the ids.
    """
    _require(sheets, binding)
    spellings = {fold_header(name): name for name in _own_names(binding)}
    maps = [_map(sheet, binding, keep_all, spellings, log) for sheet in sheets]
    for sheet, found in zip(sheets, maps, strict=True):
        if "employee_id" not in found:
            _by_address(sheet, found, binding, log)
        _keep_apart(sheet, found, binding)
    _require_grids(sheets, maps, binding)
    for consent in sorted(binding.consents):
        if not any(consent in found.columns for found in maps):
            reason = f"no header means {consent!r}, in which people agree to the use of a sensitive column"
            raise refusal(sheets[0].file, reason, "Add the column, or correct `consent`.", column=consent)
    _suggest(sheets, maps, log)
    return maps


def _own_names(binding: Binding) -> list[str]:
    """The columns beyond the canonical ones that the program names."""
    roles = {binding.roles.column} if binding.roles is not None else set()
    return [
        name for name in sorted({*binding.columns, *binding.named, *binding.consents, *roles}) if name not in CANONICAL
    ]


def _positions(sheet: Sheet) -> dict[str, list[int]]:
    """Where each folded header stands; an empty header has none."""
    found: dict[str, list[int]] = defaultdict(list)
    for k, header in enumerate(sheet.headers):
        if header.strip():
            found[fold_header(header) or header.strip()].append(k)
    return found


def _at(header: str, places: dict[str, list[int]]) -> list[int]:
    return places.get(fold_header(header) or header.strip(), [])


def _require(sheets: Sequence[Sheet], binding: Binding) -> None:
    """Every header that the program names stands on its sheet, or, named for no sheet in particular, on one of them."""
    needed = {*binding.columns, *binding.consents}
    if binding.roles is not None and any(sheet.kind == "workforce" for sheet in sheets):
        needed.add(binding.roles.column)
    places = [_positions(sheet) for sheet in sheets]
    for name in sorted(needed):
        given = [sources(binding, name, sheet.kind) for sheet in sheets]
        if name != "employee_id" and any(ROW in headers for headers in given):
            raise refusal(sheets[0].file, f"{ROW!r} is a source of ids, not of {name!r}", "Name a header.", column=name)
        absent = [
            next((header for header in headers if header != ROW and not _at(header, at)), None)
            for headers, at in zip(given, places, strict=True)
        ]
        column = binding.columns.get(name)
        if None in absent and not (column is not None and isinstance(column.source, dict)):
            continue
        for sheet, header in zip(sheets, absent, strict=True):
            if header is not None:
                seen = sheet.headers if quotable(sheet, binding) else ()
                near = suggestion(header, [h.strip() for h in seen if h.strip()])
                reason = f"there is no header {header!r}, which the program reads as {name!r}"
                remedy = f"Correct [columns.{name}] `source`, or the header.{near}"
                raise refusal(sheet.file, reason, remedy, column=name)


def _map(sheet: Sheet, binding: Binding, keep_all: bool, spellings: dict[str, str], log: IssueLog) -> SheetMap:
    found, places = SheetMap(), _positions(sheet)
    _map_grids(sheet, found, binding)
    for name in [*(n for n in CANONICAL if n in binding.columns), *_own_names(binding)]:
        headers = sources(binding, name, sheet.kind)
        at = [_at(header, places) for header in headers if header != ROW]
        for positions in at:
            if len(positions) > 1:
                raise _twice(sheet, name, positions)
        if ROW in headers:
            found.numbered = True
        elif at and all(at):
            found.columns[name] = tuple(positions[0] for positions in at)
    _map_aliases(sheet, found, log)
    if "name" not in found.columns and "name" not in binding.columns:
        both = joined_name(sheet.headers, found.taken)
        if both:
            found.read_as("name", both, sheet)
    _map_certain(sheet, found, log)
    _keep_the_rest(sheet, found, keep_all, spellings, binding, log)
    return found


def _meaning(sheet: Sheet, known: Mapping[str, str], found: SheetMap) -> Mapping[str, list[int]]:
    """Where headers stand that mean a column which was not found yet."""
    taken, meant = found.taken, defaultdict[str, list[int]](list)
    for k, header in enumerate(sheet.headers):
        name = known.get(fold_header(header))
        if name is not None and name not in found and k not in taken:
            meant[name].append(k)
    return meant


def _map_aliases(sheet: Sheet, found: SheetMap, log: IssueLog) -> None:
    """Map the headers that are a column's own name, or stand for it in the alias table. Raises RosterError."""
    for name, positions in _meaning(sheet, ALIASES, found).items():
        exact = [k for k in positions if fold_header(sheet.headers[k]) in _EXACT]
        chosen = exact or positions
        if len(chosen) > 1 and (exact or len({fold_header(sheet.headers[k]) for k in chosen}) > 1):
            raise _twice(sheet, name, chosen)
        if len(chosen) > 1:
            header = sheet.headers[chosen[0]].strip()
            reason = f"{len(chosen)} headers {header!r} may mean the column {name!r}; none is read"
            log.note("warning", sheet.file, reason, "Rename the one that is meant.", column=name)
        elif exact:
            found.columns[name] = (exact[0],)
        else:
            found.read_as(name, chosen, sheet)


def _map_certain(sheet: Sheet, found: SheetMap, log: IssueLog) -> None:
    """Map the headers of another system or language, where that is certain and one header alone means a column."""
    known = {header: each.column for header, each in certain().items()}
    for name, positions in _meaning(sheet, known, found).items():
        if len(positions) == 1:
            found.read_as(name, positions, sheet)
            continue
        several = [sheet.headers[k].strip() for k in positions]
        reason = f"{len(several)} headers may mean the column {name!r}, and none is read as it: {listing(several)}"
        remedy = f'Choose one in a program: [columns.{name}] source = "{several[0]}".'
        log.note("info", sheet.file, reason, remedy, column=name)


def joined_name(headers: Sequence[str], taken: Collection[int] = ()) -> tuple[int, ...]:
    """Return where a first and a last name stand, if each is there once; else nothing.

    Args:
        headers: The headers of a sheet.
        taken: The positions that feed another column.
    """
    halves = [
        [k for k, header in enumerate(headers) if k not in taken and fold_header(header) in half] for half in _NAMES
    ]
    return (halves[0][0], halves[1][0]) if len(halves[0]) == len(halves[1]) == 1 else ()


def _map_grids(sheet: Sheet, found: SheetMap, binding: Binding) -> None:
    """Map the columns that the program declares as grids."""
    for name, column in binding.columns.items():
        asked = column.grid_on(sheet.kind)
        if asked is None:
            continue
        taken = found.taken
        matches = [(k, pattern(asked).fullmatch(header)) for k, header in enumerate(sheet.headers)]
        items = {k: " ".join(match[1].split()) for k, match in matches if match is not None and k not in taken}
        if items:
            found.columns[name], found.grids[name] = tuple(items), list(items.values())


def _require_grids(sheets: Sequence[Sheet], maps: Sequence[SheetMap], binding: Binding) -> None:
    """Raise RosterError where no header has the form of a grid that the program names."""
    for name, column in binding.columns.items():
        for sheet in sheets if isinstance(column.grid, dict) else sheets[:1]:
            asked = column.grid_on(sheet.kind)
            held = [found for each, found in zip(sheets, maps, strict=True) if each is sheet or column.grid == asked]
            if asked is not None and not any(name in found.grids for found in held):
                raise no_grid(sheet, name, asked, [each for found in held for each in found.grids])


def _keep_the_rest(
    sheet: Sheet,
    found: SheetMap,
    keep_all: bool,
    spellings: dict[str, str],
    binding: Binding,
    log: IssueLog,
) -> None:
    taken = found.taken
    for k, header in enumerate(map(str.strip, sheet.headers)):
        if k in taken:
            continue
        if not header:
            filled = int((~sheet.columns[k].empty).sum())
            if filled:
                reason = f"column {k + 1} has no header; its {filled:,} cells are not read"
                log.note("info", sheet.file, reason, "Give it a header, if it matters.")
            continue
        name = _EXACT.get(fold_header(header)) or spellings.setdefault(fold_header(header) or header, header)
        if keep_all and name in found.kept:
            raise _twice(sheet, name, [found.columns[name][0], k])
        if keep_all and name not in CANONICAL and name not in found.columns:
            found.columns[name] = (k,)
            found.kept.append(name)
        elif sheet.kind != "directory":
            found.dropped.append(header)
    if not quotable(sheet, binding):
        found.dropped = [f"{len(found.dropped):,} more"] * bool(found.dropped)
    if found.dropped:
        what = "columns that the program reads from elsewhere" if keep_all else "columns that the program does not name"
        reason = f"{what} are not read: {listing(found.dropped, 20)}"
        log.note("info", sheet.file, reason, "Nothing to do, or name them in the program.")


def _twice(sheet: Sheet, name: str, positions: Sequence[int]) -> RosterError:
    headers = [sheet.headers[k] for k in positions]
    spelled = listing(headers)
    if len(set(map(str.strip, headers))) > 1:
        remedy = f"Rename one of them, or choose in the program: [columns.{name}] source = {headers[0].strip()!r}."
    else:
        remedy = "Rename or remove one of them."
    return refusal(sheet.file, f"{len(headers)} headers mean the column {name!r}: {spelled}", remedy, column=name)


def _keep_apart(sheet: Sheet, found: SheetMap, binding: Binding) -> None:
    """Raise RosterError where one header feeds a withheld column and another one.

    A column that is seen would show its cells; of two that are withheld, the audit of one would tell what the other
    hides, where they group the same answers otherwise.
    """
    apart = {k: name for name in sorted(binding.withheld) for k in found.columns.get(name, ())}
    for name, positions in found.columns.items():
        for k in positions:
            if name != apart.get(k, name):
                reason = f"the header {sheet.headers[k].strip()!r} feeds {name!r} and {apart[k]!r}, which is withheld"
                raise refusal(sheet.file, reason, "Let each have a header of its own, or one name.", column=name)


def _no_ids(sheet: Sheet, quotable: bool) -> RosterError:
    folded = {fold_header(header): header for header in sheet.headers if header.strip() and quotable}
    ids = [alias for alias, name in ALIASES.items() if name == "employee_id"]
    close = [folded[f] for f in folded if difflib.get_close_matches(f, ids, n=1, cutoff=0.75)]
    near = f" Did you mean {close[0]!r}?" if close else ""
    return refusal(
        sheet.file,
        f"no header means 'employee_id'; {_listed(folded.values())}",
        f'Name the column `employee_id`, or give its header in the program: [columns.employee_id] source = "…" '
        f'(or "{ROW}" to number the rows).{near}' + f" {sheet.beside}".rstrip(),
        column="employee_id",
    )


def _tells_apart(column: Texts) -> bool:
    """Whether a column of addresses has some, or user names of which none comes twice; not one word for everybody."""
    filled = [word for word in column.words[column.codes].tolist() if word.strip()]
    return any("@" in word or "\uff20" in word for word in column.words) or 1 < len(filled) == len(set(filled))


def _by_address(sheet: Sheet, found: SheetMap, binding: Binding, log: IssueLog) -> None:
    """Take the e-mail addresses as ids, where there is such a column and no other. Raises RosterError."""
    column = sheet.columns[found.columns["email"][0]] if "email" in found.columns else None
    if "employee_id" in binding.columns or column is None or not _tells_apart(column):
        raise _no_ids(sheet, quotable(sheet, binding))
    found.columns["employee_id"], found.addressed = found.columns["email"], True
    header = sheet.headers[found.columns["email"][0]].strip()
    reason = f"no header means 'employee_id', so the e-mail addresses in {header!r} are the ids"
    log.note("info", sheet.file, reason, "Nothing to do, if everybody has an address of their own.")


def _listed(headers: Iterable[str]) -> str:
    shown = listing(list(headers), 12)
    return f"the headers are {shown}" if shown else "the first row may be no row of headers, so it is not shown"


def _suggest(sheets: Sequence[Sheet], maps: Sequence[SheetMap], log: IssueLog) -> None:
    """Say which header of its own looks like a canonical column that no sheet has; it is not taken for it."""
    absent = {fold_header(n): n for n in CANONICAL if not any(n in found.columns for found in maps)}
    for sheet, found in zip(sheets, maps, strict=True):
        for header in [*found.kept, *found.dropped][:_SUGGESTED] if sheet.kind != "directory" else ():
            for near in difflib.get_close_matches(fold_header(header), absent, n=1, cutoff=0.8):
                reason = f"this header looks like {absent[near]!r}, but is not read as that column"
                remedy = f"If it is, rename it, or write [columns.{absent[near]}] source = {header!r}."
                log.note("info", sheet.file, reason, remedy, column=header)
