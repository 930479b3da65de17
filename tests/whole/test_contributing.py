"""What a newcomer reads and runs first: links lead somewhere, the picture is that of the imports, versions named."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib

import pytest
from places import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
USERS = [*PROJECT["project"]["dependencies"], *(each for extra in EXTRAS.values() for each in extra)]


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "SECURITY.md"])
def test_the_links_lead_somewhere(page: str) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#\s]+)", (ROOT / page).read_text(encoding="utf-8"))
    assert len(targets) > 5
    assert not [target for target in targets if not (ROOT / target).exists()]


def test_two_files_are_named_for_everything_that_can_be_added() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (an? .+?) \| (.+?) \| (.+?) \|", text, re.MULTILINE)
    for thing in ("criterion", "rule", "limit", "objective", "file format", "file that is written", "section"):
        (row,) = (row for row in rows if re.match(rf"an? {thing}\b", row[0]))
        assert all(re.search(r"\w+/\w+\.\w+|objectives\.py", cell) for cell in row[1:]), row


def test_the_fast_set_has_something_of_every_package() -> None:
    """Not every test of a folder is marked slow."""
    for folder in sorted(path for path in (ROOT / "tests").iterdir() if any(path.glob("test_*.py"))):
        texts = [path.read_text(encoding="utf-8") for path in folder.glob("test_*.py")]
        assert any("pytestmark = pytest.mark.slow" not in text for text in texts), folder.name


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_picture_of_the_packages_is_up_to_date_whatever_the_hash_seed(seed: str) -> None:
    words = [sys.executable, str(ROOT / "docs" / "architecture.py"), "--check"]
    env = os.environ | {"PYTHONHASHSEED": seed, "PYTHONUTF8": "1"}
    ran = subprocess.run(words, env=env, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("requirement", USERS)
def test_every_dependency_of_a_user_declares_the_lowest_version_that_is_tested(requirement: str) -> None:
    assert re.match(r"[\w.-]+>=[\w.]+(; .+)?$", requirement)


def test_the_groups_hold_the_lowest_versions_of_the_extras() -> None:
    """What the tests need of an extra is no newer than what its users may have."""
    groups = PROJECT["dependency-groups"]
    assert {"test", "lint", "docs", "bench", "dev"} == groups.keys()
    for requirement in USERS:
        name = requirement.partition(">=")[0]
        for other in groups["test"]:
            assert other.partition(">=")[0] != name or other == requirement


def test_users_install_nothing_that_only_tests_need() -> None:
    only = {"pytest", "hypothesis", "ruff", "mypy", "nox", "coverage", "playwright"}
    assert not {re.split("[<>=;]", requirement)[0] for requirement in USERS} & only
    assert not {"test", "dev", "bench"} & EXTRAS.keys()
