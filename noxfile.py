"""Every check as one command: ``nox -s lint``, ``types``, ``tests``, ``fast``, ``docs`` or ``lowest``.

Each has an environment of its own, which ``-R`` uses again as it is; ``nox -l`` lists them. ``pip install nox`` is all
that is needed before.
"""

from __future__ import annotations

import re

import nox

nox.needs_version = ">=2024.10.9"
nox.options.sessions = ["lint", "types", "fast", "docs"]

PYTHONS = ["3.11", "3.12", "3.13"]


def _install(session: nox.Session, *groups: str, lower: tuple[str, ...] = ()) -> None:
    """Install the package and some dependency groups; ``lower`` are versions that may not be passed."""
    session.install("--upgrade", "pip>=25.1")
    words = [word for group in groups for word in ("--group", group)]
    if lower:
        file = f"{session.create_tmp()}/lowest.txt"
        with open(file, "w", encoding="utf-8") as lines:
            lines.write("\n".join(lower) + "\n")
        words += ["--constraint", file]
    session.install("--editable", ".", *words)


@nox.session
def lint(session: nox.Session) -> None:
    """Style, and the order of imports."""
    session.install("--upgrade", "pip>=25.1")
    session.install("--group", "lint")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """Strict types."""
    _install(session, "test", "lint")
    session.run("mypy", "--strict")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The whole suite: some ten minutes on two cores. Words after ``--`` go to pytest."""
    _install(session, "test")
    session.run("pytest", *session.posargs)


@nox.session
def fast(session: nox.Session) -> None:
    """What is worth running after every save: under a minute on two cores."""
    _install(session, "test")
    session.run("pytest", "-m", "not slow", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """What is made from the code is up to date, and what the documents show is what happens."""
    _install(session, "test")
    for maker in ("reference", "architecture"):
        session.run("python", f"docs/{maker}.py", "--check")
    session.run("pytest", "-k", "test_docs or test_readme", *session.posargs)


@nox.session(python=PYTHONS[0])
def lowest(session: nox.Session) -> None:
    """The whole suite with the lowest versions that are declared, on the lowest Python."""
    project = nox.project.load_toml("pyproject.toml")["project"]
    extras = project["optional-dependencies"].values()
    declared = [*project["dependencies"], *(each for extra in extras for each in extra)]
    _install(session, "test", lower=tuple(map(_lowest, declared)))
    session.run("pip", "check")
    session.run("pytest", *session.posargs)


def _lowest(requirement: str) -> str:
    """``name>=1.2; marker`` as ``name==1.2; marker``."""
    exact, changed = re.subn(r"^([\w.-]+)>=([\w.]+)", r"\1==\2", requirement)
    if not changed:
        raise ValueError(f"{requirement!r} declares no lowest version")
    return exact
