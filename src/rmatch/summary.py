"""A matching in a few calm lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rmatch.errors import Reason, Status
from rmatch.factors import SCALE

if TYPE_CHECKING:
    from rmatch.matching import Matching

WEAK = 0.25
"""A pair below this score is called weak."""

_COMPARED = 4_000_000  # pairs; beyond it the second plan that the comparison needs is left to the user


def summary(matching: Matching) -> str:
    """The number of pairs, the proof, who is left and why, weak pairs, and what the default program left out."""
    lines = [_headline(matching), _proof(matching)]
    if len(matching.points) > 1:
        scores = matching.points / SCALE
        lines.append(f"Scores run from {scores.min():.2f} to {scores.max():.2f}, {scores.mean():.2f} on average.")
    lines += _left(matching) + _weak(matching)
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


def _headline(matching: Matching) -> str:
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


def _proof(matching: Matching) -> str:
    model, pairs, certificate = matching.model, len(matching.points), matching.certificate
    if matching.status is not Status.OPTIMAL:
        most = f"a better plan could reach {matching.bound:.6f} at most (gap {matching.gap:.6f})"
        return f"Total {matching.total:.6f}; {most}. {matching.status.value}"
    if certificate.sealed:
        return (
            f"Proved: no plan within the rules makes more than {counted(pairs, 'pair')}. The visible criteria alone "
            f"settled who is paired; sensitive columns only chose with whom. Total {matching.total:.6f}."
        )
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


def _left(matching: Matching) -> list[str]:
    table = matching.unmatched
    return [
        f"{counted(len(some), str(role))} without a partner: {_lower(Reason[str(reason)].value)}"
        for (role, reason), some in table.groupby(["role", "reason"], sort=True)
    ]


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def _weak(matching: Matching) -> list[str]:
    """Most pairs first can make pairs that are worse than none: say how many, and what value first would give."""
    weak = int((matching.points < WEAK * SCALE).sum())
    if not weak or not matching.model.most_pairs:
        return []
    said = (
        f"{counted(weak, 'pair')} score{'s' * (weak == 1)} below {WEAK}, made so that as many people as possible "
        f"take part. Value first, the objective `total` alone with `floor = {WEAK}`, would "
    )
    if matching.again is None or int(np.prod(matching.model.shape)) > _COMPARED or len(matching.program.limits):
        return [said + "leave them out."]
    other = matching.value_first(WEAK)
    mean = f", {other.points.mean() / SCALE:.2f} on average" if len(other.points) else ""
    return [said + f"make {counted(len(other.points), 'pair')}{mean}."]
