"""Summary of a matching as a few lines of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from rmatch._util.quoted import called, excerpt
from rmatch.analysis.alternatives import SOLVED_AGAIN
from rmatch.analysis.cautions import barred, cautions_of
from rmatch.analysis.claims import above, clause, no_plan, total_above_floor
from rmatch.analysis.demand import skills
from rmatch.analysis.lottery import by_lottery, decided
from rmatch.analysis.people import names_in, tracks_of_pairs
from rmatch.analysis.slots import meetings_in_words
from rmatch.analysis.subjects import department_column
from rmatch.analysis.tables import pairs_table, stages_table, unmatched_table
from rmatch.analysis.unmatched import reported_shortages, waiting_of
from rmatch.analysis.values import figure, in_total
from rmatch.analysis.wishes import wishes_in_words
from rmatch.columns import Category
from rmatch.errors import Reason, Status
from rmatch.factors import SCALE
from rmatch.objectives import MostPairs, Total
from rmatch.problem.compiled import staged
from rmatch.problem.model import Model
from rmatch.result import Result

WEAK = 0.25
"""Score below which a pair is called weak."""

_QUARTERED = 8  # pairs; quartiles of fewer are not informative
_SHORT = 5  # skills
_GROUPS = 2


def summary(matching: Result) -> str:
    """Return the summary: people paired, proof, cautions, scores, departments, people without a partner and why, scarce
    skills, weak pairs.

    A plan that was loaded without its people has one line.
    """
    if matching.saved is not None:
        pairs = len(matching.points)
        return f"{pairs} pairs, total {matching.total:.6f}, {clause(matching)}; loaded without the people."
    lines = [headline(matching), proof(matching), *barred(matching.model), *map(str, cautions_of(matching))]
    lines += [
        *_scores(matching),
        *wishes_in_words(matching),
        *_departments(matching),
        *meetings_in_words(matching),
        *_left(matching),
        *_sharing(matching),
    ]
    lines += [*_short(matching), *weak_pairs(matching)]
    said = {caution.what for caution in cautions_of(matching)}
    notes = (note.partition(": ")[2] for note in matching.notes)
    lines += [f"Note: {note}." for note in notes if note not in said]
    return "\n".join(lines)


def best_pair(matching: Result) -> str:
    """Return a line about the first pair, by name where there are names; empty where there is no pair."""
    if not len(matching.points):
        return ""
    first = pairs_table(matching).iloc[0]
    mentor, mentee = (called(first[f"{role}_id"], names_in(matching)) for role in ("mentor", "mentee"))
    return f"The best pair scores {first['score']:.2f}: {mentor} mentors {mentee}.\n  {first['why']}"


def state(matching: Result) -> str:
    """Return whether the plan is a draft, and how many pairs are approved."""
    pairs, approved = len(matching.pair_ids), matching.decisions.count("approve")
    if matching.state == "approved":
        return f"The plan is approved, {'each pair of it' if pairs > 1 else 'its one pair'}."
    return f"The plan is a draft: {approved:,} of {counted(pairs, 'pair')} approved."


def counted(number: int, word: str) -> str:
    """Return ``1 pair``, ``2 pairs`` or ``no pairs``."""
    return f"{f'{number:,}' if number else 'no'} {word}{'s' * (number != 1)}"


def headline(matching: Result) -> str:
    """Return how many pairs there are, and how many people have a partner."""
    (m, n), pairs = matching.model.shape, len(matching.points)
    if not pairs:
        return f"No pairs from {counted(m, 'mentor')} and {counted(n, 'mentee')}."
    placed = [len(np.unique(side)) for side in matching.chosen]
    mentors, mentees = _share(placed[0], m, "mentor"), _share(placed[1], n, "mentee")
    tracks = Counter(tracks_of_pairs(matching.model, matching.chosen[0]) or ())
    each = f" ({', '.join(f'{number:,} in {track}' for track, number in sorted(tracks.items()))})" if tracks else ""
    return f"{counted(pairs, 'pair')}{each}: {mentors} and {mentees} have a partner."


def _share(some: int, all_: int, word: str) -> str:
    if some < all_:
        return f"{some:,} of {counted(all_, word)}"
    return f"all {counted(all_, word)}" if all_ > 1 else f"the one {word}"


def proof(matching: Result) -> str:
    """Return what is proved of the plan: that it is optimal, or how much better it could be at most."""
    if matching.certificate.sealed:
        return _in_two_steps(matching)
    if staged(matching.program):
        return _in_order(matching)
    model, pairs = matching.model, len(matching.points)
    if matching.status is not Status.OPTIMAL:
        return f"A valid plan, not proved optimal: {'; '.join(_open(matching))}. A longer `time_limit` may help."
    if not pairs:
        return f"No plan within the rules {'makes any' if model.most_pairs else 'gains from any'}.{_over(model)}"
    if model.most_pairs:
        others = f"no other {pairs:,} score" if pairs > 1 else "no other one scores"
        best = f"{_at_most(matching)}, and {others} higher ({in_total(matching.total)})"
    else:
        best = f"no plan within the rules scores higher ({in_total(total_above_floor(matching))}{above(matching)})"
    return f"This is the best possible plan: {best}.{_over(model)}"


def _open(matching: Result) -> Iterator[str]:
    """Yield what is not proved of a plan."""
    yield f"{in_total(total_above_floor(matching))}{above(matching)}"
    if matching.certificate.gap:
        bound = total_above_floor(matching) + matching.gap
        yield f"{_lower(no_plan(matching))} can exceed {bound:.6f} (gap {matching.gap:.6f})"
    for name, value, bound in _figures(matching):
        if name == MostPairs.kind() and bound > value:
            yield f"whether more pairs are possible, up to {bound:,.0f}, is not known"


def _figures(matching: Result) -> Iterator[tuple[str, float, float]]:
    """Yield each objective's name, value and bound."""
    stages = stages_table(matching)
    yield from zip(*(stages[name].tolist() for name in ("objective", "value", "bound")), strict=True)


def _at_most(matching: Result) -> str:
    limits = " and limits" if matching.program.limits else ""
    return f"the rules{limits} allow at most {counted(len(matching.points), 'pair')}"


def _over(model: Model) -> str:
    """Over how many pairs of people the proof extends."""
    cells = int(np.prod(model.shape))
    if cells < 2:
        return " Proved over the one possible pair." * cells
    return f" Proved over all {cells:,} possible pairs."


def _in_two_steps(matching: Result) -> str:
    """What is proved of each stage, where sensitive columns were scored."""
    steps = "The visible criteria alone settled who is paired; sensitive columns only chose with whom."
    total, certificate = f"Total {matching.total:.6f}.", matching.certificate
    if matching.status is Status.OPTIMAL:
        most = f": {_at_most(matching)}" if matching.model.most_pairs and not staged(matching.program) else ""
        return f"{steps} Both steps are proved best{most}. {total}"
    if certificate.proved:
        first = "The first step is proved best; that there are no better partners is not."
    else:
        left = [name.replace("_", " ") for name, gap in certificate.gaps.items() if gap] or ["total"]
        first = f"The first step is not proved best: a gap is left in {' and '.join(left)}."
    return f"{steps} {first} {total}"


def _in_order(matching: Result) -> str:
    """What is proved of each objective in order."""
    order = "; ".join(
        f"{name.replace('_', ' ')} {figure(value)}" + ("" if value == bound else f" (bound {figure(bound)})")
        for name, value, bound in _figures(matching)
    )
    if matching.status is Status.OPTIMAL:
        return f"This is the best possible plan, objective by objective: {order}.{_over(matching.model)}"
    return f"A valid plan, not proved optimal, in order: {order}."


def _scores(matching: Result) -> list[str]:
    if len(matching.points) < 2:
        return []
    scores = matching.points / SCALE
    message = f"Scores run from {scores.min():.2f} to {scores.max():.2f}, {scores.mean():.2f} on average"
    if len(scores) >= _QUARTERED:
        low, high = np.quantile(scores, (0.25, 0.75))
        message += f"; half of them lie between {low:.2f} and {high:.2f}"
    return [f"{message}."]


def _departments(matching: Result) -> list[str]:
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


def _short(matching: Result) -> list[str]:
    """Skills that more mentees want than mentors offer."""
    table = skills(matching)
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


def _left(matching: Result) -> list[str]:
    """People without a partner, by role and reason, and how many of them the lottery decided."""
    lines = []
    table = unmatched_table(matching)
    table = table if "track" in table else table.assign(track="")
    for (role, track, reason), some in table.groupby(["role", "track", "reason"], sort=True):
        has, where = "has" if len(some) == 1 else "have", f" in {track}" if track else ""
        message = f"{counted(len(some), str(role))} {has} no partner{where}: {_lower(Reason[str(reason)].value)}"
        drawn = len((by_lottery(matching) or frozenset()) & {(str(role), str(who)) for who in some["employee_id"]})
        if drawn:
            which = f"For {'each' if drawn == len(some) else f'{drawn:,}'} of them a" if len(some) > 1 else "A"
            message += f" {which}{decided(matching.program.seed)[1:]}"
        lines.append(message)
    return lines


def _sharing(matching: Result) -> list[str]:
    """Groups that share too few partners, the largest shortfall first, and what would help."""
    found = reported_shortages(matching.model, *matching.chosen, waiting_of(matching))[:_GROUPS]
    return [f"Too few partners: {violator.in_words(matching.model)}." for violator in found]


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def weak_pairs(matching: Result) -> list[str]:
    """Return how many pairs are weak because the number of pairs comes first, and what the total first would give."""
    weak = int((matching.points < WEAK * SCALE).sum())
    if not weak or not matching.model.most_pairs:
        return []
    message = (
        f"{counted(weak, 'pair')} score{'s' * (weak == 1)} below {WEAK}, made so that as many people as possible "
        f"take part. Value first, the objective `total` alone with `floor = {WEAK}`, would "
    )
    if matching.roster is None or int(np.prod(matching.model.shape)) > SOLVED_AGAIN or len(matching.program.limits):
        return [message + "leave them out."]
    other = matching.solve_again(objectives=(Total(floor=WEAK),))
    mean = f", {other.points.mean() / SCALE:.2f} on average" if len(other.points) else ""
    return [message + f"make {counted(len(other.points), 'pair')}{mean}."]
