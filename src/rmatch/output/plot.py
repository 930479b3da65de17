"""A matching drawn with matplotlib: how scores lie, where pairs cross departments, which skills are scarce.

The two colours of bars are told apart by the colour-blind (Okabe and Ito 2008) and, by their lightness and a hatch,
in grey; the heat map grows darker evenly and has its numbers written in.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rmatch._util.notebook import MOST_CHARACTERS
from rmatch.analysis.demand import skills
from rmatch.errors import RmatchError
from rmatch.output.report.sections.departments import crossing
from rmatch.output.report.sections.scores import distribution

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patches import Rectangle

    from rmatch.result import Result

BLUE, ORANGE, GREY = "#0072B2", "#E69F00", "#595959"
HEAT = "Blues"

_LABEL = 28
"""Characters of a department or skill beside its bars."""


@dataclass(frozen=True)
class Plots:
    """Drawings of one matching. Each takes the Axes to draw in, else makes a figure, and returns the Axes.

    Raises:
        RmatchError: The extra ``plot`` is not installed.
    """

    matching: Result

    def scores(self, ax: Axes | None = None) -> Axes:
        """Draw how many pairs have which score, in steps of 0.05, and the mean."""
        ax, found = _axes(ax, 7.0, 3.2), distribution(self.matching)
        ax.set_title("Scores of the pairs")
        if found is None:
            return _nothing(ax, "There are no pairs.")
        step = 1 / len(found.counts)
        left = np.arange(len(found.counts)) * step
        ax.bar(left, found.counts, step, align="edge", color=BLUE, edgecolor="white", linewidth=0.8)
        ax.axvline(found.mean, color="black", linestyle="--", label=f"{found.mean:.2f} on average")
        ax.set(xlim=(0, 1), xlabel="score", ylabel="pairs")
        _whole_numbers(ax, "y")
        ax.legend(frameon=False)
        return _bare(ax)

    def departments(self, ax: Axes | None = None) -> Axes:
        """Draw how many pairs lead from which department, in rows, to which, in columns; equal ones are framed.

        The departments with most people have a line each, the others share one.
        """
        found = crossing(self.matching)
        size = 1.6 + 0.5 * (0 if found is None else len(found.counts))
        ax = _axes(ax, max(size + 1.4, 4.0), max(size, 2.5))
        ax.set_title("Pairs across departments")
        if found is None:
            return _nothing(ax, "No pair has departments.")
        counts = np.array(found.counts)
        names = [*map(_label, found.departments), *(["all others"] if found.others else [])]
        ax.imshow(counts, cmap=HEAT, vmin=0, vmax=counts.max())
        for (row, column), count in np.ndenumerate(counts):
            if count:
                ink = "white" if count > 0.6 * counts.max() else "black"
                ax.text(column, row, f"{count:,}", color=ink, ha="center", va="center")
            if row == column < len(found.departments):
                ax.add_patch(_frame(row))
        places = range(len(names))
        ax.set_xticks(places, names, rotation=40, ha="right", rotation_mode="anchor", parse_math=False)
        ax.set_yticks(places, names, parse_math=False)
        ax.set(xlabel="mentee’s department", ylabel="mentor’s department")
        return _bare(ax, "top", "right", "bottom", "left")

    def skills(self, ax: Axes | None = None, most: int = 12) -> Axes:
        """Draw the scarcest skills: how many mentees want each, and how many mentors offer it.

        Args:
            ax: Where to draw.
            most: How many skills: the first lines of :attr:`rmatch.Matching.skills`.

        Raises:
            RmatchError: ``most`` is below 1.
        """
        if most < 1:
            raise RmatchError(f"`most` is the number of skills to draw, 1 or more, not {most!r}")
        table = skills(self.matching).head(most)
        ax = _axes(ax, 7.0, 1.4 + 0.36 * max(len(table), 3))
        ax.set_title("The scarcest skills")
        if table.empty:
            return _nothing(ax, "Nobody wants or offers a skill.")
        place = np.arange(len(table))
        ax.barh(place - 0.19, table["wanted"], 0.36, color=BLUE, label="mentees who want it")
        ax.barh(
            place + 0.19, table["offered"], 0.36, color=ORANGE, hatch="//", edgecolor="white", linewidth=0,
            label="mentors who offer it",
        )  # fmt: skip
        ax.set_yticks(place, list(map(_label, table["skill"])), parse_math=False)
        ax.invert_yaxis()
        ax.set_xlabel("people")
        _whole_numbers(ax, "x")
        ax.legend(frameon=False)
        return _bare(ax)


def _axes(ax: Axes | None, width: float, height: float) -> Axes:
    try:
        from matplotlib import pyplot
    except ImportError:
        raise RmatchError('drawing needs the extra "plot": pip install ".[plot]"') from None
    if ax is not None:
        return ax
    return pyplot.subplots(figsize=(width, height), layout="constrained")[1]


def _frame(k: int) -> Rectangle:
    from matplotlib.patches import Rectangle

    return Rectangle((k - 0.46, k - 0.46), 0.92, 0.92, fill=False, edgecolor=GREY, linewidth=1.2)


def _nothing(ax: Axes, words: str) -> Axes:
    ax.text(0.5, 0.5, words, transform=ax.transAxes, ha="center", va="center")
    ax.set(xticks=[], yticks=[])
    return _bare(ax, "top", "right", "bottom", "left")


def _bare(ax: Axes, *sides: str) -> Axes:
    ax.spines[list(sides or ("top", "right"))].set_visible(False)
    return ax


def _whole_numbers(ax: Axes, which: str) -> None:
    from matplotlib.ticker import MaxNLocator

    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def _label(name: str) -> str:
    """A name as it fits beside its bars: one line, no character that no screen shows."""
    line = " ".join(
        "".join(c for c in name[:MOST_CHARACTERS] if unicodedata.category(c)[0] != "C" or c in "\n\t").split()
    )
    return line if len(line) <= _LABEL else line[: _LABEL - 1].rstrip() + "…"
