"""Who is who on the sheets of a round: which column gives the ids, and which headers make the name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rmatch.columns import fold
from rmatch.program.drafting._guesses import Guess
from rmatch.roster.mapping import joined_name
from rmatch.roster.resolver import email_key
from rmatch.roster.sheet import Sheet
from rmatch.schema.person import fold_header

_NEARLY_ALL = 0.9


def without_doubtful(sheets: Sequence[Sheet], found: Sequence[dict[str, Guess]]) -> None:
    """Take out names that the reader joins of two headers, and numbers of a form where there are better ids."""
    own = sum(sheet.kind != "directory" for sheet in sheets)
    for sheet, each in zip(sheets, found, strict=True):
        guess, both = each.get("name"), joined_name(sheet.headers)
        doubtful = guess is not None and (not guess.sure or guess.place in both)
        if both and guess is not None and (doubtful or not any(sheet.columns[guess.place].cells)):
            del each["name"]
        guess = each.get("employee_id")
        if guess is not None and not guess.sure and (addressed(sheet, each) or (own > 1 and _runs(sheet, guess))):
            del each["employee_id"]


def _runs(sheet: Sheet, guess: Guess) -> bool:
    """Whether ids are the running numbers of a form, which mean somebody else on the next."""
    cells = [str(cell) for cell in sheet.columns[guess.place].cells]
    numbers = [int(cell) for cell in cells if cell.isdigit() and len(cell) < 10]
    return len(numbers) == len(cells) > 0 and max(numbers) - min(numbers) < 2 * len(numbers)


def email_by_content(sheet: Sheet, found: dict[str, Guess]) -> None:
    """Let the first header below which nearly everybody has an e-mail address of their own be the addresses."""
    if "email" in found:
        return
    taken = {k for guess in found.values() for k in guess.at}
    for k, header in enumerate(map(str.strip, sheet.headers)):
        cells = [email_key(str(cell)) for cell in sheet.columns[k].cells]
        own = len({*cells} - {""})
        if header and k not in taken and own >= max(_NEARLY_ALL * len(cells), 2):
            found["email"] = Guess("email", header, k, "nearly every row has another e-mail address there", False)
            return


def joined_names(sheets: Sequence[Sheet], found: Sequence[dict[str, Guess]]) -> None:
    """Name the headers of first and last names, where a header is called ``name`` on some sheet and would be read."""
    plain = all(
        "name" not in each and "name" not in map(fold_header, s.headers) for s, each in zip(sheets, found, strict=False)
    )
    for sheet, each in zip(sheets, found, strict=False):
        both = joined_name(sheet.headers)
        if both and "name" not in each and not plain:
            headers = tuple(sheet.headers[k].strip() for k in both)
            why = "the first and the last name are joined"
            each["name"] = Guess("name", headers[0], both[0], why, True, places=both, headers=headers)


def told_apart(sheets: Sequence[Sheet], found: Sequence[dict[str, Guess]]) -> None:
    """Let names be the ids where people of several names give one e-mail address, as families do.

    Where one sheet of two has ids, and both have addresses, these are the ids.
    """
    having = ["employee_id" in each for each in found]
    if any(having) and not all(having) and all(addressed(s, each) for s, each in zip(sheets, found, strict=True)):
        why = "only one of the sheets has other ids, so the e-mail addresses are the ids"
        for each in found:
            each["employee_id"] = replace(each["email"], column="employee_id", why=why, sure=False)
        return
    shared = [_named_alike(sheet, each) for sheet, each in zip(sheets, found, strict=True)]
    if not any(shared) or not all(
        "employee_id" in each or addressed(s, each) for s, each in zip(sheets, found, strict=True)
    ):
        return
    for each, by_name in zip(found, shared, strict=True):
        if "employee_id" not in each:
            guess = each["name" if by_name else "email"]
            if guess.headers:
                continue  # an id has one header
            why = (
                "people of several names give one e-mail address" if by_name else "the e-mail addresses tell them apart"
            )
            each["employee_id"] = Guess("employee_id", guess.header, guess.place, f"{why}, so these are the ids", False)


def _named_alike(sheet: Sheet, found: Mapping[str, Guess]) -> bool:
    """Whether people of several names give one e-mail address on a sheet that has no ids."""
    email, name = found.get("email"), found.get("name")
    if "employee_id" in found or email is None or name is None:
        return False
    addresses = [fold(str(cell)) for cell in sheet.columns[email.place].cells]
    parts = zip(*(sheet.columns[k].cells for k in name.at), strict=True)
    names = [fold(" ".join(map(str, each))) for each in parts]
    return all(names) and len({*zip(addresses, names, strict=True)}) > len({*addresses})


def addressed(sheet: Sheet, found: Mapping[str, Guess]) -> bool:
    """Whether e-mail addresses tell the people of a sheet apart: nearly all have one, and the others can be asked.

    Who did not sign in is called anonymous.
    """
    if "email" not in found:
        return False
    cells = [str(cell) for cell in sheet.columns[found["email"].place].cells]
    return bool(cells) and sum("@" in cell for cell in cells) >= _NEARLY_ALL * len(cells)
