"""The documents keep their word: what they show runs, what it prints is what they show, their links lead somewhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pages import PAGES, blocks, run
from places import DOCS, ROOT

import rmatch
from rmatch import cli

NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]
LANGUAGES = {"sh", "python", "text", "toml", "csv", "json"}


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which the documents' relative paths work and nothing is lost."""
    for folder in ("data", "programs"):
        shutil.copytree(ROOT / "examples" / folder, tmp_path / "examples" / folder)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
@pytest.mark.usefixtures("checkout")
@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_what_a_page_shows_is_what_happens(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def said() -> str:
        captured = capsys.readouterr()
        return captured.out + captured.err

    for block, printed in run(page, said):
        if block.shown is not None:
            assert printed == block.shown, f"{page.name}, line {block.line}"


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_block_says_what_it_is(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    found = blocks(text)
    assert {block.language for block in found} <= LANGUAGES
    assert len(re.findall("^```", text, re.MULTILINE)) == sum(2 + 2 * (block.shown is not None) for block in found)


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_the_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)", text):
        there = page if not target else page.parent / target
        assert there.exists(), target
        if anchor:
            assert anchor in anchors(there.read_text(encoding="utf-8")), f"{target}#{anchor}"


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as code hosts make them."""
    headings = re.findall(r"^#+ +(.+?) *$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.slow
@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_reference_is_up_to_date_whatever_the_hash_seed(seed: str) -> None:
    words = [sys.executable, str(DOCS / "reference.py"), "--check"]
    env = os.environ | {"PYTHONHASHSEED": seed, "PYTHONUTF8": "1", "COLUMNS": "40"}
    ran = subprocess.run(words, env=env, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_reference_has_every_public_name() -> None:
    text = (DOCS / "reference.md").read_text(encoding="utf-8")
    missing = [name for name in rmatch.__all__ if f"### {name}\n" not in text and f"`{name}`" not in text]
    assert not [name for name in missing if f"### rmatch.{name}\n" not in text]
    members = [name for name in vars(rmatch.Matching) if name[0] != "_"]
    assert not [name for name in members if f"Matching.{name}(" not in text and f"| `{name}` |" not in text]


def test_the_exit_codes_listed_are_those_of_the_command_line() -> None:
    text = (DOCS / "reference.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| (\d+) \|", text[text.index("### Exit codes") :], re.MULTILINE)
    codes = {cli.DONE, cli.FAILED, cli.USAGE, cli.INPUT, cli.INFEASIBLE, cli.UNVERIFIED, cli.OUTPUT, cli.INTERRUPTED}
    assert {int(code) for code in listed} == codes


def test_the_index_names_every_page() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\(([\w-]+\.md)\)", index))
    assert linked == {page.name for page in PAGES} - {"README.md"}
