"""The cards of the participants: who, what, when, and nothing that compares."""

from __future__ import annotations

from rmatch.output.report.markup import isolated, text
from rmatch.output.report.story import Card


def cards_by_name(cards: tuple[Card, ...]) -> str:
    """A card for every pair."""
    return '<div class="cards">\n' + "\n".join(map(_card, cards)) + "\n</div>"


def _card(card: Card) -> str:
    names = [isolated(person.name or person.id) for person in (card.mentor, card.mentee)]
    facts = [
        ("Teaches", text(card.teaches)),
        ("Gains", text(card.gains)),
        ("Goals in common", text(card.goals)),
        ("Both have time", text(card.times)),
        ("Dates", "<br>".join(map(text, card.dates))),
    ]
    known = "".join(f"<dt>{label}<dd>{value}" for label, value in facts if value)
    roles = "".join(
        f"<p>{role}: {', '.join(isolated(x) for x in (person.title, person.department) if x)}"
        for role, person in (("Mentor", card.mentor), ("Mentee", card.mentee))
        if person.title or person.department
    )
    return f"<article><h3>{names[0]} mentors {names[1]}</h3>{roles}<dl>{known}</dl></article>"
