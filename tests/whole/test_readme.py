"""The README keeps its word where it says more than its blocks show, which are run with those of all documents."""

from __future__ import annotations

import re
import shlex
import shutil
from itertools import pairwise
from pathlib import Path

import pytest
from places import ROOT

import rmatch
from rmatch import cli

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def blocks(language: str) -> list[str]:
    return [body for name, body in BLOCKS if name == language]


def shown() -> list[tuple[list[str], str]]:
    """Each rmatch command of the README, and the output that follows it."""
    return [
        (shlex.split(command.partition("bin/rmatch ")[2]), output)
        for (one, command), (two, output) in pairwise(BLOCKS)
        if (one, two) == ("sh", "text")
    ]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which the README's relative paths work and nothing is lost."""
    shutil.copytree(ROOT / "examples" / "data", tmp_path / "examples" / "data")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def table(heading: str) -> dict[str, str]:
    """The first two columns of the first table under a heading or phrase."""
    rows = re.findall(r"^\| *(.+?) *\| *(.+?) *\|", README[README.index(heading) :], re.MULTILINE)
    ends = [k for k, row in enumerate(rows) if set(row[0]) == {"-"}] + [len(rows)]
    following = rows[ends[0] + 1 : ends[1] - 1] if len(ends) > 2 else rows[ends[0] + 1 :]
    return {name.strip("`"): meaning for name, meaning in following}


def test_the_python_blocks_run_one_after_the_other(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scope: dict[str, object] = {}
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), scope)
    said = capsys.readouterr().out
    assert "(E1000203) → Sara Stenefield (E1000143): 0.841, paired" in said
    assert "(E1000056) would cost " in said
    assert isinstance(scope["matching"], rmatch.Matching)
    assert scope["matching"].verify(scope["roster"])


def test_the_files_listed_are_those_written(checkout: Path) -> None:
    words, _ = shown()[0]
    cli.main(words)
    assert table("The folder `pairs` then holds").keys() == {file.name for file in Path("pairs").iterdir()}


def test_the_install_commands_are_the_two_that_ci_runs() -> None:
    install = [line for line in README.splitlines() if line.startswith("python3 -m venv")]
    assert [line.split()[-1] for line in install] == ["pairs", ".venv/bin/pytest"]
    assert "grep '^python3 -m venv' README.md" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_nobody_is_told_to_install_the_other_project() -> None:
    for page in [*ROOT.glob("*.md"), *ROOT.glob("examples/*"), *ROOT.glob("docs/**/*.md")]:
        if page.is_file():
            assert not re.search(r"pip3? install (-\S+ )*rmatch\b", page.read_text(encoding="utf-8")), page.name
