"""A package outside the repository adds a limit and a criterion: installed, named in TOML, proved like ours."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import rmatch
from rmatch import cli

MOST = 3
CODE = '''
from dataclasses import dataclass

from rmatch.criteria import Criterion, covers, same
from rmatch.limits import Limit
from rmatch.rows import Part, Row


@dataclass(frozen=True)
class Journeys(Limit):
    """At most so many pairs in all have to travel."""

    most: int = 20

    def reads(self):
        return ("location",), ("location",)

    def rows(self, people):
        here, there = people.mentors["location"].cells(), people.mentees["location"].cells()
        return (Row(self.name, (Part(pairs=lambda i, j: here[i] != there[j]),), most=self.most),)

    def in_words(self):
        return f"at most {self.most} pairs travel by train"


@dataclass(frozen=True)
class EasyToMeet(Criterion):
    """Free at the same times, and best at the same place."""

    def reads(self):
        return ("availability", "location"), ("availability", "location")

    def factors(self, mentors, mentees):
        times = covers(mentors["availability"], mentees["availability"])
        return 0.5 * times + 0.5 * same(mentors["location"], mentees["location"])

    def in_words(self):
        return "the two meet without a calendar war"
'''
POINTS = """
[rmatch.limits]
journeys = outside_package:Journeys

[rmatch.criteria]
easy_to_meet = outside_package:EasyToMeet
"""
PROGRAM = f"""
[[criteria]]
kind = "skills"
weight = 0.6

[[criteria]]
kind = "easy_to_meet"
weight = 0.4

[[limits]]
kind = "journeys"
most = {MOST}
"""


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as site-packages is: the package of one file, and what pip writes beside it. Beside both, the people."""
    folder = tmp_path_factory.mktemp("site")
    install(folder, CODE)
    rmatch.datasets.workforce(24, 20, seed=3).to_csv(folder / "people.csv", index=False)
    (folder / "program.toml").write_text(PROGRAM, encoding="utf-8")
    return folder


def install(folder: Path, code: str) -> None:
    (folder / "outside_package.py").write_text(code, encoding="utf-8")
    about = folder / "outside_package-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: outside-package\nVersion: 1.0\n", encoding="utf-8")
    (about / "entry_points.txt").write_text(POINTS, encoding="utf-8")


def run(words: Sequence[object], *sites: Path) -> subprocess.CompletedProcess[str]:
    """Run rmatch in a process of its own, beside what is installed in ``sites``."""
    path = os.pathsep.join([*map(str, sites), *filter(None, [os.environ.get("PYTHONPATH")])])
    env = os.environ | {"PYTHONPATH": path, "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "rmatch", *map(str, words)]
    return subprocess.run(command, env=env, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.fixture(scope="module")
def plan(outside: Path) -> Path:
    """The folder of the result."""
    out = outside / "out"
    ran = run(["match", outside / "people.csv", "--program", outside / "program.toml", "--out", out], outside)
    assert ran.returncode == 0, ran.stderr
    return out


def travelling(outside: Path, plan: Path) -> int:
    """How many pairs have to travel, counted from the files alone."""
    with open(outside / "people.csv", encoding="utf-8", newline="") as people:
        site = {row["employee_id"]: row["location"] for row in csv.DictReader(people)}
    with open(plan / "pairs.csv", encoding="utf-8-sig", newline="") as pairs:
        return sum(site[row["mentor_id"]] != site[row["mentee_id"]] for row in csv.DictReader(pairs))


def test_the_limit_is_kept_and_the_plan_is_proved(outside: Path, plan: Path) -> None:
    record = json.loads((plan / "matching.json").read_text(encoding="utf-8"))
    assert record["status"] == "OPTIMAL"
    assert travelling(outside, plan) == MOST, "the limit holds, and costs something"
    assert len(record["pairs"]) > MOST


def test_a_looser_limit_gives_a_better_plan(outside: Path, plan: Path) -> None:
    program, out = outside / "looser.toml", outside / "looser"
    program.write_text(PROGRAM.replace(f"most = {MOST}", f"most = {MOST + 1}"), encoding="utf-8")
    ran = run(["match", outside / "people.csv", "--program", program, "--out", out], outside)
    assert ran.returncode == cli.DONE, ran.stderr
    records = [json.loads((folder / "matching.json").read_text(encoding="utf-8")) for folder in (plan, out)]
    assert travelling(outside, out) == MOST + 1
    assert len(records[0]["pairs"]) < len(records[1]["pairs"])


def test_verify_asks_the_package_what_its_limit_means(outside: Path, plan: Path, tmp_path: Path) -> None:
    words = ["verify", plan, "--workforce", outside / "people.csv"]
    ran = run(words, outside)
    assert (ran.returncode, ran.stdout.partition(":")[0]) == (0, "Verified against the people"), ran.stderr
    install(tmp_path, CODE.replace("most=self.most", "most=self.most - 1"))
    ran = run(words, tmp_path)
    assert ran.returncode == cli.UNVERIFIED
    assert "journeys" in ran.stdout + ran.stderr


def test_the_report_and_the_tables_speak_its_words(plan: Path) -> None:
    page = (plan / "report.html").read_text(encoding="utf-8")
    assert f"t most {MOST} pairs travel by train" in page
    assert "the two meet without a calendar war" in page
    with open(plan / "pairs.csv", encoding="utf-8-sig", newline="") as pairs:
        rows = list(csv.DictReader(pairs))
    assert any(float(row["easy_to_meet"]) > 0 for row in rows)
    assert all(abs(float(row["skills"]) + float(row["easy_to_meet"]) - float(row["score"])) < 1e-5 for row in rows)


def test_without_the_package_its_kinds_are_unknown(outside: Path, plan: Path, tmp_path: Path) -> None:
    ran = run(["match", outside / "people.csv", "--program", outside / "program.toml", "--out", tmp_path / "out"])
    assert ran.returncode == cli.INPUT
    assert "unknown kind 'easy_to_meet'" in ran.stderr
    assert not (tmp_path / "out").exists()


def test_an_error_within_the_package_is_told_with_its_line(outside: Path, tmp_path: Path) -> None:
    install(tmp_path, CODE.replace("times = covers", "times = 1 / 0 or covers"))
    words = ["match", outside / "people.csv", "--program", outside / "program.toml", "--out", tmp_path / "out"]
    line = CODE[: CODE.index("times = covers")].count("\n") + 1
    for more in ([], ["--verbose"]):
        ran = run([*words, *more], tmp_path)
        assert ran.returncode == cli.INPUT
        assert f"EasyToMeet: `factors` raised ZeroDivisionError in outside_package.py, line {line}" in ran.stderr
        assert ("Traceback" in ran.stderr) == bool(more)


def test_a_package_that_cannot_be_loaded_stands_in_nobodys_way_until_it_is_asked_for(
    outside: Path, tmp_path: Path
) -> None:
    install(tmp_path, "import no_such_module\n" + CODE)
    words = ["match", outside / "people.csv", "--out", tmp_path / "out"]
    ran = run(words, tmp_path)
    assert ran.returncode == cli.DONE, ran.stderr
    ran = run([*words, "--program", outside / "program.toml"], tmp_path)
    assert ran.returncode == cli.INPUT
    said = "easy_to_meet: the entry point 'easy_to_meet' of the package outside-package in rmatch.criteria raised"
    assert f"{said} ModuleNotFoundError" in ran.stderr
    assert "report it" not in ran.stderr


def test_the_schema_lists_its_kinds(outside: Path) -> None:
    properties = json.loads(run(["schema", "program"], outside).stdout)["properties"]
    kinds = {family: json.dumps(properties[family]) for family in ("criteria", "limits")}
    assert '"easy_to_meet"' in kinds["criteria"]
    assert '"journeys"' in kinds["limits"]


def test_both_keep_the_laws(outside: Path) -> None:
    program = (
        "from outside_package import EasyToMeet, Journeys\n"
        "from rmatch.testing import check_criterion, check_limit\n"
        "check_criterion(EasyToMeet())\ncheck_limit(Journeys(most=1))\nprint('lawful')\n"
    )
    env = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [str(outside), os.environ.get("PYTHONPATH")]))}
    ran = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, "lawful\n"), ran.stderr
