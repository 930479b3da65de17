"""A matching in a few calm lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rmatch.aims import staged
from rmatch.answer.alternatives import SOLVED_AGAIN
from rmatch.answer.subjects import department_column
from rmatch.answer.unmatched import told_shortages
from rmatch.columns import Category
from rmatch.errors import Reason, Status
from rmatch.factors import SCALE
from rmatch.roster.issues import excerpt

if TYPE_CHECKING:
    from rmatch.matching import Matching

WEAK = 0.25
"""A pair below this score is called weak."""

_QUARTERED = 8  # pairs; fewer have no quarters worth speaking of
_SHORT = 5  # skills
_GROUPS = 2


def summary(matching: Matching) -> str:
    """How many are paired, the proof, the scores, departments, who is left and why, what is scarce, and weak pairs.

    Last comes what the default program left out.
    """
    lines = [headline(matching), proof(matching)]
    lines += [*_scores(matching), *_departments(matching), *_left(matching), *_sharing(matching)]
    lines += [*_short(matching), *weak_pairs(matching)]
    lines += [f"Note: {note.partition(': ')[2]}." for note in matching.left_out]
    return "\n".join(lines)


def best_pair(matching: Matching) -> str:
    """The first pair, by name where there are names, with its sentence; empty where there is no pair."""
    if not len(matching.points):
        return ""
    first = matching.pairs.iloc[0]
    mentor, mentee = first["mentor_id"], first["mentee_id"]
    if first.get("mentor_name") and first.get("mentee_name"):
        who = f"{first['mentor_name']} ({mentor}) mentors {first['mentee_name']} ({mentee})"
    else:
        who = f"mentor {mentor} with mentee {mentee}"
    return f"The best pair scores {first['score']:.2f}: {who}.\n  {first['why']}"


def state(matching: Matching) -> str:
    """Whether the plan is still a draft, and how many pairs are approved."""
    pairs, approved = len(matching.pair_ids), matching.decisions.count("approve")
    if matching.state == "approved":
        return f"The plan is approved, {'each pair of it' if pairs > 1 else 'its one pair'}."
    return f"The plan is a draft: {approved:,} of {counted(pairs, 'pair')} approved."


def counted(number: int, word: str) -> str:
    """``1 pair``, ``2 pairs``, ``no pairs``."""
    return f"{f'{number:,}' if number else 'no'} {word}{'s' * (number != 1)}"


def headline(matching: Matching) -> str:
    """How many pairs, and how many people have a partner."""
    (m, n), pairs = matching.model.shape, len(matching.points)
    if not pairs:
        return f"No pairs from {counted(m, 'mentor')} and {counted(n, 'mentee')}."
    placed = [len(np.unique(side)) for side in matching.chosen]
    mentors, mentees = _share(placed[0], m, "mentor"), _share(placed[1], n, "mentee")
    return f"{counted(pairs, 'pair')}: {mentors} and {mentees} have a partner."


def _share(some: int, all_: int, word: str) -> str:
    if some < all_:
        return f"{some:,} of {counted(all_, word)}"
    return f"all {counted(all_, word)}" if all_ > 1 else f"the one {word}"


def proof(matching: Matching) -> str:
    """That the plan is proved best, or how much better one could be at most."""
    model, pairs, certificate = matching.model, len(matching.points), matching.certificate
    if certificate.sealed:
        return _in_two_steps(matching)
    if staged(matching.program):
        return _in_order(matching)
    if matching.status is not Status.OPTIMAL:
        most = f"a better plan could reach {matching.bound:.6f} at most (gap {matching.gap:.6f})"
        return f"Total {matching.total:.6f}; {most}. {matching.status.value}"
    cells = int(np.prod(model.shape))
    proved = f"Proved best among all {cells:,} possible pairs: " if cells > 1 else "Proved: "
    if not pairs:
        return f"{proved}no plan within the rules {'makes any' if model.most_pairs else 'gains from any'} (gap 0)."
    if model.most_pairs:
        total = f"no other {pairs:,} score" if pairs > 1 else "no other one scores"
        return (
            f"{proved}no plan within the rules makes more than {counted(pairs, 'pair')}, and {total} more than "
            f"{matching.total:.6f} in total (gap 0)."
        )
    above = f" above the floor of {model.floor / SCALE:g} a pair" if model.floor else ""
    return f"{proved}no plan within the rules scores more than {certificate.total / SCALE:.6f} in total{above} (gap 0)."


def _in_two_steps(matching: Matching) -> str:
    """What is proved where sensitive columns were scored: of each step, and of the second without a figure."""
    steps = "The visible criteria alone settled who is paired; sensitive columns only chose with whom."
    total = f"Total {matching.total:.6f}."
    if matching.status is Status.OPTIMAL:
        most = f"no plan within the rules makes more than {counted(len(matching.points), 'pair')}"
        return f"Proved: {most if matching.model.most_pairs else 'both steps are best'}. {steps} {total}"
    certificate = matching.certificate
    left = [name.replace("_", " ") for name, gap in certificate.gaps.items() if gap] or ["total"]
    if certificate.proved:
        first = "The first step is proved best; that there are no better partners is not."
    else:
        first = f"The first step is not proved best: a gap is left in {' and '.join(left)}."
    return f"{steps} {first} {total}"


def _in_order(matching: Matching) -> str:
    """What is proved of each objective in order."""
    stages = matching.reached
    columns = (stages[name].tolist() for name in ("objective", "value", "bound"))
    order = "; ".join(
        f"{name.replace('_', ' ')} {figure(value)}" + ("" if value == bound else f" (bound {figure(bound)})")
        for name, value, bound in zip(*columns, strict=True)
    )
    if matching.status is Status.OPTIMAL:
        return (
            f"Proved best among all {int(np.prod(matching.model.shape)):,} possible pairs, in order: {order} (gap 0)."
        )
    return f"In order: {order}. {matching.status.value}"


def figure(value: float) -> str:
    """A count as a whole number, a score with six digits."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:.6f}"


def _scores(matching: Matching) -> list[str]:
    if len(matching.points) < 2:
        return []
    scores = matching.points / SCALE
    said = f"Scores run from {scores.min():.2f} to {scores.max():.2f}, {scores.mean():.2f} on average"
    if len(scores) >= _QUARTERED:
        low, high = np.quantile(scores, (0.25, 0.75))
        said += f"; half of them lie between {low:.2f} and {high:.2f}"
    return [f"{said}."]


def _departments(matching: Matching) -> list[str]:
    """How many pairs cross departments, of those in which both are known."""
    model, pairs = matching.model, len(matching.points)
    column = department_column(model.program)
    one, two = model.mentors.get(column), model.mentees.get(column)
    if not pairs or not (isinstance(one, Category) and isinstance(two, Category)):
        return []
    labels = [np.append(c.keys, "")[c.codes[k]] for c, k in zip((one, two), matching.chosen, strict=True)]
    known = (labels[0] != "") & (labels[1] != "")
    if not known.any():
        return []
    across, of = int((labels[0] != labels[1])[known].sum()), int(known.sum())
    which = counted(of, "pair") + ("" if of == pairs else f" whose {column}s are known")
    some = f"{across:,} of {'' if of == pairs else 'the '}" if across < of else "All " if of > 1 else ""
    return [f"{some}{which} cross{'es' * (across == 1)} {column}s ({across / of:.0%})."]


def _short(matching: Matching) -> list[str]:
    """The skills that more mentees want than mentors offer."""
    table = matching.skills
    short = table[table["wanted"] > table["offered"]]
    if short.empty:
        return []
    head = short.head(_SHORT)
    shown = [
        f"{excerpt(skill)} ({wanted:,} want{'s' * (wanted == 1)} it, {_offer(offered)})"
        for skill, wanted, offered in zip(head["skill"], head["wanted"], head["offered"], strict=True)
    ]
    more = f" and {counted(len(short) - len(head), 'other')}" if len(short) > len(head) else ""
    return [f"Skills in short supply: {', '.join(shown)}{more}."]


def _offer(offered: int) -> str:
    return f"{offered:,} offer{'s' * (offered == 1)} it" if offered else "nobody offers it"


def _left(matching: Matching) -> list[str]:
    table = matching.unmatched
    return [
        f"{counted(len(some), str(role))} without a partner: {_lower(Reason[str(reason)].value)}"
        for (role, reason), some in table.groupby(["role", "reason"], sort=True)
    ]


def _sharing(matching: Matching) -> list[str]:
    """Which groups share too few partners, the largest lack first, and what would help."""
    found = told_shortages(matching.model, *matching.chosen, matching.waiting)[:_GROUPS]
    return [f"Too few partners: {violator.in_words(matching.model)}." for violator in found]


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def weak_pairs(matching: Matching) -> list[str]:
    """Most pairs first can make pairs that are worse than none: say how many, and what value first would give."""
    weak = int((matching.points < WEAK * SCALE).sum())
    if not weak or not matching.model.most_pairs:
        return []
    said = (
        f"{counted(weak, 'pair')} score{'s' * (weak == 1)} below {WEAK}, made so that as many people as possible "
        f"take part. Value first, the objective `total` alone with `floor = {WEAK}`, would "
    )
    if matching.again is None or int(np.prod(matching.model.shape)) > SOLVED_AGAIN or len(matching.program.limits):
        return [said + "leave them out."]
    other = matching.value_first(WEAK)
    mean = f", {other.points.mean() / SCALE:.2f} on average" if len(other.points) else ""
    return [said + f"make {counted(len(other.points), 'pair')}{mean}."]
