"""Charts as inline SVG. Each says in words what it shows, and has its numbers beside it in a table."""

from __future__ import annotations

from rmatch.output.report.markup import text
from rmatch.output.report.story import Crossing, Distribution

_LABEL = 21
"""Characters of a department beside the heat map."""


def histogram(scores: Distribution) -> str:
    """How the scores lie: a bar for each step, its number above it."""
    wide, high, top, left = 720, 150, 24, 6
    step, most = (wide - 2 * left) / len(scores.counts), max(scores.counts)
    bars = []
    for k, count in enumerate(scores.counts):
        if count:
            x, tall = left + k * step, max(high * count / most, 1.5)
            bars.append(
                f'<rect x="{x + 1.5:.1f}" y="{top + high - tall:.1f}" width="{step - 3:.1f}" height="{tall:.1f}"/>'
            )
            bars.append(f'<text x="{x + step / 2:.1f}" y="{top + high - tall - 7:.1f}">{count:,}</text>')
    floor = top + high
    ticks = "".join(
        f'<text x="{left + (wide - 2 * left) * k / 4:.0f}" y="{floor + 22}" class="t{k}">{k / 4:.2g}</text>'
        for k in range(5)
    )
    mean = left + (wide - 2 * left) * scores.mean
    return (
        f'<svg class="chart scores" viewBox="0 0 {wide} {floor + 30}" role="img" aria-labelledby="scores-t">'
        f'<title id="scores-t">Pairs by score: from {scores.least:.2f} to {scores.most:.2f}, {scores.mean:.2f} on '
        f'average</title><g class="bars">{"".join(bars)}</g>'
        f'<path class="axis" d="M{left} {floor}H{wide - left}"/>'
        f'<path class="mean" d="M{mean:.1f} {floor}v6"/>{ticks}</svg>'
    )


def heat_map(crossing: Crossing) -> str:
    """Pairs from each mentor's department (row) to each mentee's (column); equal departments are framed."""
    names = [shown(name) for name in crossing.departments]
    if crossing.others:
        names.append("all others")
    cell, left, top = 48, 190, 116
    most = max(max(row) for row in crossing.counts) or 1
    marks = []
    for r, row in enumerate(crossing.counts):
        y = top + r * cell
        marks.append(f'<text x="{left - 12}" y="{y + cell / 2 + 5:.0f}" class="e">{text(names[r])}</text>')
        x = left + r * cell + cell / 2
        marks.append(f'<text transform="translate({x + 5:.0f} {top - 10})rotate(-40)">{text(names[r])}</text>')
        for c, count in enumerate(row):
            place = f'x="{left + c * cell + 1}" y="{y + 1}" width="{cell - 2}" height="{cell - 2}"'
            heat = -(-4 * count // most)
            framed = " own" if r == c and r < len(crossing.departments) else ""
            marks.append(f'<rect {place} class="h{heat}{framed}"/>')
            if count:
                at = f'x="{left + c * cell + cell // 2}" y="{y + cell / 2 + 5:.0f}"'
                marks.append(f'<text {at} class="n{heat}">{count:,}</text>')
    size = len(crossing.counts) * cell
    box = f"0 0 {left + size + 130} {top + size + 4}"
    return (
        f'<svg class="chart heat" viewBox="{box}" role="img" aria-labelledby="heat-t">'
        f'<title id="heat-t">Number of pairs by the mentor’s department, in rows, and the mentee’s, in columns</title>'
        f"{''.join(marks)}</svg>"
    )


def shown(name: str) -> str:
    """A department as it fits beside the map."""
    return name if len(name) <= _LABEL else name[: _LABEL - 1].rstrip() + "…"
