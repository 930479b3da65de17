"""Write the tables of ``docs/scale.md`` and ``docs/quality.md`` from the recorded figures in ``benchmarks/results``.

    python -m benchmarks.table            # writes them between the markers
    python -m benchmarks.table --check    # fails where they are out of date
    python -m benchmarks.table --goals    # prints each goal: work, measured, goal, aim, met or not

A benchmark without a recorded file has no table.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import _goals

RESULTS = Path(__file__).parent / "results"
DOCS = Path(__file__).parents[1] / "docs"
START, END = "<!-- benchmarks:start -->", "<!-- benchmarks:end -->"

Figures = dict[str, Any]


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table, the first column to the left and the others to the right."""
    align = ["---", *["---:"] * (len(heads) - 1)]
    return [f"| {' | '.join(cells)} |" for cells in (heads, align, *rows)] + [""]


def seconds(value: float) -> str:
    """Milliseconds, seconds or minutes, to two or three digits."""
    if value >= 120:
        return f"{value / 60:.1f} min"
    if value >= 0.1:
        return f"{value:.0f} s" if value >= 20 else f"{value:.1f} s" if value >= 1 else f"{value:.2f} s"
    return f"{value * 1e3:.0f} ms" if value >= 0.01 else f"{value * 1e3:.1f} ms"


def memory(value: int | None) -> str:
    """Megabytes or gigabytes; a dash if the system did not report it."""
    if value is None:
        return "–"
    return f"{value / 1e9:.1f} GB" if value >= 1e9 else f"{value / 1e6:.0f} MB"


def times(value: float) -> str:
    """A multiple."""
    return f"{value:.0f} ×" if value >= 10 else f"{value:.2g} ×"


def points(run: Figures) -> str:
    """The gap, in whole points: 0 where the plan is proved."""
    return f"{run['gap'] * 2**20:,.0f}"


GOALS = ["work", "measured", "goal", "aim", "met"]


# ---------------------------------------------------------------- one table a benchmark


def by_size(figures: Figures) -> list[str]:
    """Time and memory of the default program by size, beside solvers of the dense matrix."""
    runs = figures["sizes"]
    peers = list(dict.fromkeys(name for run in runs for name in run["peers"]))
    rows = []
    for run in runs:
        us, them = run["rmatch"], run["peers"]
        beside = [f"{seconds(p['assign_s'])}, {memory(p['peak_bytes'])}" if p else "–" for p in map(them.get, peers)]
        whole = [seconds(us["match_s"]), seconds(us["verify_s"]), times(run["whole_over_bare"])]
        other = [seconds(run["beside"][f"{name}_s"]) if "beside" in run else "–" for name in ("scores", "instead")]
        size = f"{run['mentors']:,} × {run['mentees']:,}"
        rows.append([size, *whole, memory(us["peak_bytes"]), points(us), *beside, *other])
    heads = ["default program, one to one", "match", "verify", "both ÷ bare product", "peak memory", "gap", *peers,
             "scores", "by hand"]  # fmt: skip
    lines = [
        "**Time and memory by number of people**",
        "",
        *table(heads, rows),
        "`match` and `verify` are the times of these two calls. A gap of 0 means that the plan is proved best. The "
        f"columns {', '.join(peers)} are other solvers, which store the whole matrix of scores: their time, and their "
        "peak memory. `scores` is the time of `score_matrix`, which they need first. *By hand* is what one would write "
        "instead: some thirty lines of pandas, one product and lapx, without checks, proof or reasons.",
        "",
    ]
    if figures["growth"]:
        grown = figures["growth"]
        memory_grown = f" and memory with n^{grown['memory']:.2f}" if "memory" in grown else ""
        span = f"From {grown['from']:,} to {grown['to']:,} a side"
        lines += [f"{span}, time grows with n^{grown['whole_s']:.2f}{memory_grown}.", ""]
    return lines


def kernel(figures: Figures) -> list[str]:
    """The scan beside the bare product, and the best 32 beside libraries."""
    size = f"{figures['mentors']:,} × {figures['mentees']:,}"
    scans = [
        [
            f"{scan['vocabulary']:,} skills",
            seconds(scan["scan_s"]),
            seconds(scan["bare_s"]),
            times(scan["scan_over_bare"]),
        ]
        for scan in figures["scan"]
    ]
    rows = []
    for vocabulary, found in figures["best"].items():
        for name, run in found.items():
            spent = run.get("both_s", run.get("scores_s"))
            what = "best 32 of both sides" if "both_s" in run else "scores only"
            over = times(spent / found["rmatch"]["both_s"])
            rows.append([f"{name}, {int(vocabulary):,} skills", what, seconds(spent), over])
    return [
        f"**One pass over {size} pairs**",
        "",
        *table(["rules checked, candidates collected", "pass", "bare product", "pass ÷ bare"], scans),
        *table(["", "", "seconds", "÷ rmatch"], rows),
    ]


def shapes(figures: Figures) -> list[str]:
    """Plans of other shapes."""
    rows = [
        [
            f"{run['name'].replace('_', ' ')}: {run['what'][0].lower()}{run['what'][1:].rstrip('.')}",
            f"{run['mentors']:,} × {run['mentees']:,}",
            seconds(run.get("all_s", run["whole_s"])),
            times(run["whole_over_bare"]),
            memory(run["peak_bytes"]),
            points(run),
        ]
        for run in figures["shapes"]
    ]
    heads = ["shape", "mentors × mentees", "matched and verified", "÷ bare product", "peak memory", "gap"]
    return ["**Harder problems and other sizes**", "", *table(heads, rows)]


def checks(figures: Figures) -> list[str]:
    """The check of a plan, and the match before it, by the clock."""
    rows = [
        [
            run["name"].replace("_", " "),
            f"{run['mentors']:,} × {run['mentees']:,}",
            seconds(run["check_s"]),
            times(run["check_over_bare"]),
            times(run["whole_over_bare"]),
            *(f"{run[key]:.0%}" if key in run else "–" for key in ("match_efficiency", "check_efficiency")),
        ]
        for run in figures["shapes"]
    ]
    heads = ["on all cores, by the clock", "mentors × mentees", "check", "check ÷ bare", "match and check ÷ bare",
             "match: use of cores", "check: use of cores"]  # fmt: skip
    note = "The use of cores is the time on one core, divided by the number of cores and by the time on all of them."
    return ["**The check of a plan**", "", *table(heads, rows), note, ""]


def reading(figures: Figures) -> list[str]:
    """The reader beside pandas."""
    us, check, them = (figures[name]["seconds"] for name in ("rmatch", "check", "pandas"))
    return [
        f"Reading a CSV of {figures['rows']:,} rows takes {seconds(us)}, all checks included. For the same file, "
        f"`rmatch check` takes {seconds(check)}, and `pandas.read_csv(dtype=str)` takes {seconds(them)}.",
        "",
    ]


def pilot(figures: Figures) -> list[str]:
    """A small round."""
    us, them = figures["rmatch"], figures.get("mentor-match")
    peer = ""
    if them is not None:
        small = f"it takes {us['small_ms']:.0f} ms, and mentor-match takes {them['small_ms']:.0f} ms"
        peer = f" With a simpler program, which the package mentor-match can express too, {small}."
    size = f"{figures['mentors']:,} × {figures['mentees']:,}"
    spent = f"{us['default_ms']:.0f} ms, not counting the import of the package"
    return [f"For a pilot round of {size} people, `match()` takes {spent}.{peer}", ""]


def reports(figures: Figures) -> list[str]:
    """The report by number of pairs."""

    def milliseconds(run: Figures, *names: str) -> list[str]:
        return [f"{run[name]:.0f} ms" if name in run else "–" for name in names]

    rows = [
        [
            f"{run['pairs']:,} pairs",
            seconds(run["owner_s"]),
            *(f"{run[f'{view}_bytes'] / 1000:,.0f} kB" for view in ("owner", "director", "participant")),
            seconds(run["open_s"]) if "open_s" in run else "–",
            *milliseconds(run, "search_ms", "sort_ms", "next_page_ms"),
        ]
        for run in figures["sizes"]
    ]
    heads = ["`report.html`", "made in", "owner", "director", "participants", "opens in", "search", "sort", "next page"]
    return ["**The report, opened in Chromium**", "", *table(heads, rows)]


def trust(figures: Figures) -> list[str]:
    """Each oracle, its number of instances, and how often the answers differed."""
    rows = [
        [f"{run['oracle']}: {run['asks']}", f"{run['instances']:,}", f"{run['disagreements']}", seconds(run["seconds"])]
        for run in figures["oracles"]
    ]
    rows.append(["**all**", f"**{figures['instances']:,}**", f"**{figures['disagreements']}**", ""])
    seen = [run["seen"] for run in figures["oracles"]]
    without, refused, harmless = (
        sum(one.get(what, 0) for one in seen) for what in ("without_a_plan", "refused", "as_true_as_before")
    )
    return [
        "**Comparison with other solvers**",
        "",
        *table(["compared with", "instances", "different answers", "time"], rows),
        f"In {without:,} of these instances no plan is possible, and both sides said so. {refused:,} falsified results "
        f"were refused. {harmless:,} had other prices that prove the same plan, and were rightly accepted.",
        "",
    ]


def limits(figures: Figures) -> list[str]:
    """What limits, objectives and questions take beside the plain solve, and what is proved of each."""
    runs = figures["sizes"]
    names = list(dict.fromkeys(name for run in runs for name in run["wishes"]))
    heads = ["beside the plain solve", *(f"{run['mentors']:,} a side" for run in runs)]
    rows = [["plain solve", *(", ".join([seconds(run["plain_s"]), *_proof(run["plain"])]) for run in runs)]]
    for name in names:
        wishes = [run["wishes"].get(name) for run in runs]
        rows.append([name, *("–" if w is None else ", ".join([times(w["over_plain"]), *_proof(w)]) for w in wishes)])
    note = (
        "Times are multiples of the plain solve, by the clock. Gaps are fractions of the total. Memory is the peak of "
        "a process that makes the plain plan first."
    )
    also = crossing(figures) if "crossing" in figures and "before" in figures else []
    return ["**Limits, objectives and questions**", "", *table(heads, rows), note, "", *also]


def crossing(figures: Figures) -> list[str]:
    """What limits that cross both sides take and leave open, in an earlier version and now, and what proves them."""
    runs, before = figures["crossing"], figures["before"]
    earlier = {run["mentors"]: run["programs"] for run in before["sizes"]}
    heads = ["limits that cross both sides", *(f"{run['mentors']:,} a side" for run in runs)]
    spent, shown = [], []
    for name in runs[0]["programs"]:
        cells = [(earlier.get(run["mentors"], {}).get(name), run["programs"][name]) for run in runs]
        spent.append([name, *(f"{_crossed(old) if old else '–'} → {_crossed(now)}" for old, now in cells)])
        shown.append([name, *(_shown(now) for _, now in cells)])
    return [
        "**Limits that cross both sides, before and now**",
        "",
        *table(heads, spent),
        "Each cell is a multiple of the plain solve of the same people, in processor time: first in version "
        f"{before['commit']}, then now. The plan is proved `OPTIMAL` with gap 0 unless the cell says otherwise. Where "
        "it says HiGHS, that solver reports the plan as optimal, and rmatch has not proved it. Gaps are fractions of "
        "the total.",
        "",
        *table(["the proof: leaves, certificate, check", *heads[1:]], shown),
        "Leaves are the cases of the proof trees; 0 means that prices alone prove the plan. The size of the "
        "certificate is that of its JSON, compressed in parentheses. The check is the time of `verify()`.",
        "",
    ]


def _crossed(run: Figures) -> str:
    """The multiple of the plain solve, and what is not proved."""
    if run["status"] == "refused":
        return "refused"
    gap = f"gap {run['gap'] / run['total']:.0e}" if run["gap"] else ""
    open_ = ["`FEASIBLE`", *filter(None, [gap]), *run.get("trusts", ())] if run["status"] == "FEASIBLE" else []
    return ", ".join([times(run["over_plain"]), *open_])


def _shown(run: Figures) -> str:
    """What proves a plan, and what it takes to check it."""
    if run["status"] == "refused":
        return "refused"
    size = f"{run['bytes'] / 1e3:.0f} kB ({run['compressed'] / 1e3:.0f} kB)"
    return f"{run['leaves']}, {size}, {seconds(run['verify_s'])}"


def _proof(run: Figures) -> list[str]:
    """The gap, the status if it is not OPTIMAL, the solver that it relies on, and the peak memory."""
    said = [f"gap {run['gap_share']:.0e}" if run["gap_share"] else "gap 0"] if "gap_share" in run else [run["status"]]
    if run["status"] == "FEASIBLE":
        some = f"{run['optimal']} of {run['plans']} `OPTIMAL`" if run["optimal"] else "`FEASIBLE`"
        said += [some, *run.get("trusts", ())]
    return [*said, memory(run["peak_bytes"])]


def fuzz(figures: Figures) -> list[str]:
    """What mutated files did to the reader."""
    return [
        f"A fuzzer changed files at random and had each read in several ways: {figures['inputs']:,} files in "
        f"{seconds(figures['seconds'])}, {figures['executions']:,} reads. {figures['refused']:,} of these were refused "
        f"with a reason; crashes: {figures['crashes']}.",
        "",
    ]


def mutation(figures: Figures) -> list[str]:
    """How many small changes of a module its tests notice."""
    rows = [
        [
            f"`{run['module']}`" + (f", {run['files']} files" if run["files"] > 1 else ""),
            f"{run['tried']:,} of {run['possible']:,}",
            f"{run['killed']:,}",
            f"{run['score']:.0%}",
            f"{run['interval'][0]:.0%} to {run['interval'][1]:.0%}" if run["tried"] < run["possible"] else "all tried",
        ]
        for run in figures["modules"]
    ]
    by_file: dict[str, list[str]] = {}
    for one in (one for run in figures["modules"] for one in run["survivors"]):
        by_file.setdefault(one["file"], []).append(f"{one['line']}: `{one['change']}`")
    survivors = [f"- `{file}` {'; '.join(changes)}" for file, changes in by_file.items()]
    heads = ["module", "changes tried", "noticed", "share", "95 % interval"]
    return [
        "**Mutation tests: small changes that the tests should notice**",
        "",
        *table(heads, rows),
        "Modules, files and lines are those of the version that was measured.",
        "",
        *(["Unnoticed:", "", *survivors, ""] if survivors else []),
    ]


PAGES: dict[str, dict[str, Callable[[Figures], list[str]]]] = {
    "scale.md": {
        "assignment": by_size,
        "shapes": shapes,
        "check": checks,
        "limits": limits,
        "kernel": kernel,
        "reading": reading,
        "pilot": pilot,
        "report": reports,
    },
    "quality.md": {"trust": trust, "fuzz": fuzz, "mutation": mutation},
}


def measured_on(figures: Figures) -> str:
    """On what a benchmark ran."""
    on, versions = figures["on"], figures["versions"]
    packages = ", ".join(f"{name} {version}" for name, version in versions.items())
    return f"{on['processor']}, {on['cores']} cores, {on['system']}, Python {on['python']}; {packages}"


def page(text: str, tables: dict[str, Callable[[Figures], list[str]]], results: Path) -> str:
    """The page with the tables of what is recorded between its markers."""
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    lines: list[str] = []
    machines: list[str] = []
    for name, made in tables.items():
        file = results / f"{name}.json"
        if file.exists():
            figures = json.loads(file.read_text(encoding="utf-8"))
            lines += made(figures)
            machines += [measured_on(figures)] if "on" in figures else []
    lines += [f"Measured on: {machine}.\n" for machine in dict.fromkeys(machines)]
    return "\n".join([before + START, "", *lines]).rstrip("\n") + f"\n\n{END}{after}"


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--check", action="store_true", help="write nothing; fail where the page is out of date")
    words.add_argument("--goals", action="store_true", help="print the goals of speed and memory; write nothing")
    given = words.parse_args()
    if given.goals:
        print("\n".join(table(GOALS, _goals.rows(RESULTS))))
        return
    for name, tables in PAGES.items():
        place = DOCS / name
        old = place.read_text(encoding="utf-8")
        if START not in old or END not in old:
            sys.exit(f"docs/{name} has no markers {START} and {END}")
        new = page(old, tables, RESULTS)
        if given.check and new != old:
            sys.exit(f"docs/{name} is out of date: run `python -m benchmarks.table`")
        if not given.check:
            place.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main()
