"""The table of pairs. A line stands for every pair of thousands, so it carries not a tag too many.

Of the first pairs the rows stand in the page. All others stand in ``noscript``: a browser that runs scripts keeps that
as one text, which costs next to nothing until the script asks for a row of it; a browser that runs none shows it.
HTML lets the ends of rows, cells and paragraphs be left out.
"""

from __future__ import annotations

from rmatch.output.report.markup import text, width
from rmatch.output.report.story import Account, Pair, Person

IN_PAGE = 500
"""Pairs whose rows stand in the page itself, and in each table behind it."""


def pairs_table(pairs: tuple[Pair, ...]) -> str:
    """The pairs, best first, each with its explanation below it where there is one."""
    heaviest = max((part.value for pair in pairs if pair.account for part in pair.account.parts), default=1.0) or 1.0
    accounted = any(pair.account for pair in pairs)
    heads = ("Mentor", "Mentee", "Score", *(("Teaches", "Gains") if accounted else ()))
    head = "".join(f"<th scope=col>{name}" for name in heads)
    tables = [
        f'<table class="pairs"><caption class="vh">The pairs, best first</caption><thead><tr>{head}</thead>\n'
        + "\n".join(_row(pair, heaviest, len(heads)) for pair in some)
        + "\n</table>"
        for some in (pairs[k : k + IN_PAGE] for k in range(0, len(pairs), IN_PAGE))
    ]
    rest = "".join(f"\n<noscript>{table}</noscript>" for table in tables[1:])
    return f'<div class="wide" tabindex="0" role="group" aria-label="Pairs">{"".join(tables[:1])}</div>{rest}'


def _row(pair: Pair, heaviest: float, columns: int) -> str:
    row = (
        f"<tbody><tr><th scope=row>{_who(pair.mentor)}<td>{_who(pair.mentee)}"
        f"<td class={width(pair.score)}>{pair.score:.3f}"
    )
    if pair.account is None:
        return row
    return (
        f"{row}<td>{text(pair.account.teaches)}<td>{text(pair.account.gains)}"
        f"<tr><td colspan={columns}>{_why(pair, pair.account, heaviest)}"
    )


def _who(person: Person) -> str:
    known = f"<b>{text(person.name)}</b> <i>{text(person.id)}</i>" if person.name else f"<b>{text(person.id)}</b>"
    place = f"<p>{text(person.department)}" if person.department or person.title else ""
    return known + place + (f"<p>{text(person.title)}" if person.title else "")


def _why(pair: Pair, account: Account, heaviest: float) -> str:
    earned = [part for part in account.parts if part.value > 0]
    lines = "".join(
        f"<li class={width(part.value / heaviest)}><b>{part.value:.3f}</b>{text(part.clause or part.criterion)}"
        for part in earned
    )
    idle = [text(part.criterion) for part in account.parts if part.value <= 0]
    notes = [f"Nothing from {', '.join(idle)}."] if idle and earned else []
    if not earned:
        notes = [text(account.silence)]
    if account.locked:
        notes.append("Set by hand.")
    if account.times:
        notes.append(f"Both have time {text(account.times)}.")
    addresses = ", ".join(person.email for person in (pair.mentor, pair.mentee) if person.email)
    if addresses:
        notes.append(f"Contact: <a>{text(addresses)}</a>")
    return (f"<ul>{lines}</ul>" if lines else "") + (f"<p>{' '.join(notes)}" if notes else "")
