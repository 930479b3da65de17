"""The sections around the pairs, each from its part of the story; empty where the story has none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rmatch.analysis.summary import counted
from rmatch.output.report.charts import heat_map, histogram
from rmatch.output.report.markup import isolated, sentence, text, width
from rmatch.output.report.parity import HEADS
from rmatch.output.report.story import Skill, Story, Waiting

OPEN = 40
"""Names up to which a list stands open."""


def scores(story: Story) -> str:
    """The distribution, as bars and as numbers."""
    if story.scores is None:
        return ""
    spread, steps = story.scores, len(story.scores.counts)
    said = (
        f"Scores run from {spread.least:.2f} to {spread.most:.2f}; the mark is their average, {spread.mean:.2f}. "
        "A score is a share of all that the program rewards: 1 is a pair for whom everything holds."
    )
    rows = [
        (f"{k / steps:.2f} to {(k + 1) / steps:.2f}", f"{count:,}") for k, count in enumerate(spread.counts) if count
    ]
    return f"<p>{said}</p>{histogram(spread)}{_as_table('Pairs by score', ('Score', 'Pairs'), rows)}"


def crossing(story: Story) -> str:
    """Where pairs cross departments, as a map and as numbers."""
    if story.crossing is None:
        return ""
    found = story.crossing
    names = [*found.departments, *(["all others"] if found.others else [])]
    said = f"{found.across:,} of {counted(found.known, 'pair')} join two departments." if found.known else ""
    said += " Mentors’ departments are the rows, mentees’ the columns; frames mark one and the same department."
    if found.others:
        said += f" The {len(found.departments)} largest are shown, {found.others} more share the last line."
    rows = [
        (mentor, mentee, f"{count:,}")
        for mentor, row in zip(names, found.counts, strict=True)
        for mentee, count in zip(names, row, strict=True)
        if count
    ]
    return (
        f"<p>{said}</p>{_scrolling('Map of departments', heat_map(found))}"
        f"{_as_table('Pairs by department', ('Mentor’s department', 'Mentee’s department', 'Pairs'), rows)}"
    )


def shortage(story: Story) -> str:
    """Skills wanted against skills offered."""
    if story.shortage is None:
        return ""
    found = story.shortage
    most = max((max(skill.wanted, skill.offered) for skill in found.skills), default=1)
    said = f"Mentees want {counted(found.wanted, 'different skill')}"
    said += f"; of {found.short:,} there are fewer mentors than mentees who ask. " if found.short else ". "
    said += (
        "The scarcest come first." if found.short else "Of each there are mentors enough. The most wanted come first."
    )
    if found.unnamed:
        said += f" {found.unnamed:,} that fewer than five mentees want are counted, but not named."
    heads = ("Skill", "Mentees want it", "Mentors offer it", "Short by", "Pairs pass it on")
    rows = "".join(_skill(skill, most) for skill in found.skills)
    return f"<p>{said}</p>" + (_table("Skills wanted and offered", heads, rows, "skills") if rows else "")


def _skill(skill: Skill, most: int) -> str:
    return (
        f"<tr><th scope=row>{text(skill.name)}<td class={width(skill.wanted / most)}>{skill.wanted:,}"
        f"<td class={width(skill.offered / most)}>{skill.offered:,}<td>{skill.short or '–'}<td>{skill.taught:,}"
    )


def waiting(story: Story) -> str:
    """Who has no partner, by reason."""
    return "".join(map(_group, story.waiting))


def _group(group: Waiting) -> str:
    said = f"{counted(group.number, group.role)}: {text(group.reason[:1].lower() + group.reason[1:])}"
    if not group.people:
        return f"<p>{said}"
    rows = "".join(
        f"<tr><th scope=row>{text(person.name or person.id)}<td>{text(person.id)}<td>{text(person.department)}"
        f"<td>{text(detail)}"
        for person, detail in group.people
    )
    table = _table(
        f"{counted(group.number, group.role)} without a partner", ("Name", "Id", "Department", "What was found"), rows
    )
    return f"<details{' open' if group.number <= OPEN else ''}><summary>{said}</summary>{table}</details>"


def words(story: Story) -> str:
    """The program in words."""
    book = story.rulebook
    if book is None:
        return ""
    heaviest = max(share for share, _ in book.criteria)
    criteria = "".join(
        f"<li class={width(share / heaviest)}><b>{share:.0%}</b>{text(clause)}" for share, clause in book.criteria
    )
    said = f'<h3>A good pair</h3><ul class="parts">{criteria}</ul>'
    if book.rules or book.limits:
        said += f"<h3>What always holds</h3>{_list([*book.rules, *book.limits])}"
    goal = ", then ".join(book.objectives)
    said += f"<h3>What comes first</h3><p>{sentence(goal)}</p>"
    if book.reached:
        heads = ("In order", "The plan", "Could another do better, given those before?")
        said += _table("What each objective reaches", heads, _lines(book.reached))
    return said + (f"<h3>Left out of the default program</h3>{_list(book.left_out)}" if book.left_out else "")


def _list(clauses: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{sentence(clause)}' for clause in clauses)}</ul>"


def export(story: Story) -> str:
    """What became of the lines of the export, and what was found in them."""
    if not story.accounts and not story.findings:
        return ""
    lines = ", ".join(f"{number:,} {text(status)}" for status, number in story.accounts)
    said = f"<p>Every line of the export is accounted for, once for each role: {lines}.</p>" if lines else ""
    if not story.findings:
        return said + "<p>Nothing in it had to be corrected or passed over.</p>"
    told = any(finding.reason for finding in story.findings)
    heads = ("Kind", "Column", "Times", *(("What was found", "For instance", "What to do") if told else ()))
    rows = "".join(
        f"<tr><td>{_KINDS[found.severity]}<td>{text(found.column) or '–'}<td>{found.times:,}"
        + (
            f"<td>{text(found.reason)}<td>{', '.join(map(isolated, found.values)) or '–'}<td>{text(found.remedy)}"
            if told
            else ""
        )
        for found in story.findings
    )
    where = "<p>issues.csv, written beside the pairs, names the file and row of each.</p>" if told else ""
    return said + _table("What was found in the export", heads, rows, "findings") + where


_KINDS = {"error": "row rejected", "warning": "value changed", "info": "note"}


def behind(story: Story) -> str:
    """The foot of the page: where the plan comes from, and how to check it."""
    if not story.provenance:
        return ""
    facts = "".join(f"<div><dt>{text(label)}<dd>{text(value)}</div>" for label, value in story.provenance)
    return (
        f"<footer><h2>Where this comes from</h2>\n<div><dl>{facts}</dl>"
        "<p><code>rmatch verify</code>, given the folder of the result and the export, recomputes every score and "
        "checks the rules, the limits and all that is said to be proved here.</div></footer>"
    )


def parity(story: Story) -> str:
    """How declared groups were placed, a table for each side and column."""
    if not story.parity:
        return ""
    said = (
        "A ratio below 0.80 is where the four-fifths rule asks why; p is Fisher’s exact test of the group against all "
        "others. Groups below ten people are hidden, others with them where they could be found from a total. "
        "The figures are for you to judge: they are no legal advice."
    )
    tables = "".join(
        f"<h3>{text(table.caption)}</h3>{_table(text(table.caption), HEADS, _lines(table.lines))}"
        for table in story.parity
    )
    return f"<p>{said}</p>{tables}"


def _as_table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    body = _lines(rows)
    return f'<details class="numbers"><summary>The same as a table</summary>{_table(caption, heads, body)}</details>'


def _lines(rows: Iterable[Sequence[str]]) -> str:
    return "".join(
        f"<tr><th scope=row>{text(row[0])}" + "".join(f"<td>{text(cell)}" for cell in row[1:]) for row in rows
    )


def _table(caption: str, heads: Sequence[str], rows: str, kind: str = "plain") -> str:
    head = "".join(f"<th scope=col>{name}" for name in heads)
    table = f'<caption class="vh">{caption}</caption><thead><tr>{head}</thead><tbody>{rows}'
    return _scrolling(caption, f'<table class="{kind}">{table}</table>')


def _scrolling(name: str, wide: str) -> str:
    """A region that scrolls sideways by itself, by keyboard too, where it is wider than the page."""
    return f'<div class="wide" tabindex="0" role="group" aria-label="{name}">{wide}</div>'
