"""Who may see what. A view decides what goes into the story; what it leaves out is not there to be shown."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from rmatch.analysis.summary import counted
from rmatch.errors import RmatchError, suggestion
from rmatch.output.report import background, figures, people
from rmatch.output.report.parity import parity
from rmatch.output.report.story import Headline, Story
from rmatch.result import Result

SMALL = 5
"""What fewer seniors than this have in common is not named to a director."""


class View(Enum):
    """For whose eyes a report is made."""

    OWNER = "owner"
    DIRECTOR = "director"
    PARTICIPANT = "participant"
    AUDIT = "audit"

    @classmethod
    def named(cls, name: str) -> View:
        """The view of this name. Raises RmatchError where there is none."""
        views = {view.value: view for view in cls}
        if name not in views:
            raise RmatchError(
                f"there is no view {name!r} of a report.{suggestion(name, views)} Known: {', '.join(views)}."
            )
        return views[name]


def tell(matching: Result, view: View) -> Story:
    """Gather all that a report for this view says."""
    return _TOLD[view](matching)


def _owner(matching: Result) -> Story:
    return Story(
        view=View.OWNER.value,
        headline=figures.first_words(matching, "Reverse mentoring, for the owner of the programme"),
        scores=figures.distribution(matching),
        crossing=figures.crossing(matching),
        shortage=figures.shortage(matching),
        pairs=people.pairs_with_accounts(matching),
        waiting=background.waiting(matching),
        rulebook=background.rulebook(matching),
        accounts=background.accounts(matching),
        findings=background.findings(matching),
        provenance=background.provenance(matching),
    )


def _director(matching: Result) -> Story:
    return Story(
        view=View.DIRECTOR.value,
        headline=figures.first_words(matching, "Reverse mentoring, for directors"),
        scores=figures.distribution(matching),
        crossing=figures.crossing(matching),
        shortage=figures.shortage(matching, least=SMALL),
        pairs=people.bare_pairs(matching),
        waiting=background.waiting_counts(matching),
        rulebook=background.rulebook(matching),
        accounts=background.accounts(matching),
        findings=background.finding_counts(matching),
        provenance=background.provenance(matching),
    )


def _participant(matching: Result) -> Story:
    cards = people.cards_by_name(matching)
    lead = f"{counted(len(cards), 'pair').capitalize()}, in the order of the mentors' names."
    headline = Headline("Reverse mentoring, for those who take part", "Who learns from whom", (lead,))
    return Story(view=View.PARTICIPANT.value, headline=headline, cards=cards)


def _audit(matching: Result) -> Story:
    return Story(
        view=View.AUDIT.value,
        headline=figures.first_words(matching, "Reverse mentoring, for those who watch over equal treatment"),
        parity=parity(matching),
        accounts=background.accounts(matching),
        provenance=background.provenance(matching),
    )


_TOLD: dict[View, Callable[[Result], Story]] = {
    View.OWNER: _owner,
    View.DIRECTOR: _director,
    View.PARTICIPANT: _participant,
    View.AUDIT: _audit,
}
