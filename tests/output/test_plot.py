"""Drawings: what is drawn is what the tables say, and it can be read without colours."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

import rmatch

matplotlib = pytest.importorskip("matplotlib", reason="matplotlib is not installed: nothing is drawn")
matplotlib.use("Agg")

from matplotlib import colors, pyplot  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.container import BarContainer  # noqa: E402

DRAWINGS = ("scores", "departments", "skills")


@pytest.fixture(scope="module")
def matching() -> rmatch.Matching:
    return rmatch.match(rmatch.from_frame(rmatch.datasets.workforce(60, 40, seed=3)))


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    pyplot.close("all")


def of(text: str) -> rmatch.Matching:
    """The matching of people given as lines of id, role, department, offered, wanted."""
    columns = ["employee_id", "role", "department", "skills_offered", "skills_wanted"]
    people = pd.DataFrame([line.split(",") for line in text.splitlines()], columns=columns)
    skills = rmatch.criteria.Skills()
    return rmatch.match(rmatch.from_frame(people), rmatch.Program(criteria=(skills,), rules=()))


def bars(ax: Axes) -> list[BarContainer]:
    return [drawn for drawn in ax.containers if isinstance(drawn, BarContainer)]


def labels(ax: Axes, axis: str) -> list[str]:
    return [tick.get_text() for tick in getattr(ax, f"get_{axis}ticklabels")()]


def test_the_bars_of_the_scores_count_the_pairs_of_the_table(matching: rmatch.Matching) -> None:
    ax = matching.plot.scores()
    (drawn,) = bars(ax)
    for bar in drawn:
        low, high = round(bar.get_x(), 9), round(bar.get_x() + bar.get_width(), 9)
        inside = matching.pairs["score"].between(low, high, inclusive="left" if high < 1 else "both")
        assert bar.get_height() == inside.sum()
    assert sum(bar.get_height() for bar in drawn) == len(matching.pairs)
    (mean,) = ax.lines
    assert np.allclose(mean.get_xdata(), matching.pairs["score"].mean())


def test_the_cells_of_the_departments_are_the_cross_table_of_the_pairs(matching: rmatch.Matching) -> None:
    ax = matching.plot.departments()
    rows, columns = labels(ax, "y"), labels(ax, "x")
    given = matching.pairs[["mentor_department", "mentee_department"]].replace("", "not given")
    true = pd.crosstab(given["mentor_department"], given["mentee_department"])
    (image,) = ax.images
    counts = pd.DataFrame(np.asarray(image.get_array()), index=rows, columns=columns)
    assert rows == columns
    assert counts.to_numpy().sum() == len(matching.pairs)
    named = [name for name in rows if name != "all others"]
    pd.testing.assert_frame_equal(
        counts.loc[named, named].astype(int), true.reindex(index=named, columns=named, fill_value=0).astype(int),
        check_names=False, check_index_type=False, check_column_type=False,
    )  # fmt: skip
    written = {(t.get_position()[1], t.get_position()[0]): int(t.get_text().replace(",", "")) for t in ax.texts}
    assert written == {place: count for place, count in np.ndenumerate(counts.to_numpy()) if count}


def test_the_bars_of_the_skills_are_the_first_lines_of_the_table(matching: rmatch.Matching) -> None:
    ax = matching.plot.skills(most=7)
    table = matching.skills.head(7)
    wanted, offered = bars(ax)
    assert [bar.get_width() for bar in wanted] == table["wanted"].tolist()
    assert [bar.get_width() for bar in offered] == table["offered"].tolist()
    assert labels(ax, "y") == table["skill"].tolist()
    assert ax.yaxis_inverted(), "the scarcest skill comes first"


def test_the_two_sides_can_be_told_apart_in_grey(matching: rmatch.Matching) -> None:
    wanted, offered = bars(matching.plot.skills())
    light = [np.dot(colors.to_rgb(some[0].get_facecolor()), (0.2126, 0.7152, 0.0722)) for some in (wanted, offered)]
    assert abs(light[0] - light[1]) > 0.25
    assert (wanted[0].get_hatch(), offered[0].get_hatch()) == (None, "//")


def test_the_heat_map_grows_darker_evenly_in_grey(matching: rmatch.Matching) -> None:
    (image,) = matching.plot.departments().images
    light = image.get_cmap()(np.linspace(0, 1, 64))[:, :3] @ (0.2126, 0.7152, 0.0722)
    assert (np.diff(light) < 0).all()


@pytest.mark.slow
@pytest.mark.parametrize("drawing", DRAWINGS)
def test_it_is_drawn_where_it_is_asked_for(drawing: str, matching: rmatch.Matching) -> None:
    figure, (left, right) = pyplot.subplots(1, 2)
    assert getattr(matching.plot, drawing)(right) is right
    assert getattr(matching.plot, drawing)(ax=right) is right
    assert not left.has_data()
    figure.canvas.draw()


@pytest.mark.parametrize("drawing", DRAWINGS)
def test_a_new_figure_serves_where_none_is_given(drawing: str, matching: rmatch.Matching) -> None:
    one, two = getattr(matching.plot, drawing)(), getattr(matching.plot, drawing)()
    assert one.figure is not two.figure
    assert one.get_title()


@pytest.mark.slow
@pytest.mark.parametrize("drawing", DRAWINGS)
def test_where_there_is_nothing_to_draw_it_says_so(drawing: str) -> None:
    empty = of("a,mentor,,,")
    ax = getattr(empty.plot, drawing)()
    assert [text.get_text()[-1] for text in ax.texts] == ["."]
    assert not ax.patches


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Glyph")
@pytest.mark.parametrize("drawing", DRAWINGS)
def test_any_name_can_be_drawn(drawing: str) -> None:
    hostile = [r"$\frac{", "<script>", "x" * 9_999, "R&D $5 to $6", "\u202eab", "経理"]
    lines = [f"m{k},mentor,{name},{name}," for k, name in enumerate(hostile)]
    lines += [f"s{k},mentee,{name},,{name}" for k, name in enumerate(hostile)]
    ax = getattr(of("\n".join(lines)).plot, drawing)()
    ax.figure.canvas.draw()
    assert all(len(label) <= 28 for label in labels(ax, "y"))


@pytest.mark.parametrize("most", [0, -1])
def test_a_number_of_skills_below_one_is_refused(most: int, matching: rmatch.Matching) -> None:
    with pytest.raises(rmatch.RmatchError, match="1 or more, not"):
        matching.plot.skills(most=most)


@pytest.mark.parametrize("drawing", DRAWINGS)
def test_without_matplotlib_the_extra_is_named(
    drawing: str, matching: rmatch.Matching, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(rmatch.RmatchError, match=r'the extra "plot": pip install "\.\[plot\]"'):
        getattr(matching.plot, drawing)()


def test_asking_for_the_drawings_loads_nothing(matching: rmatch.Matching, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert matching.plot.matching is matching
