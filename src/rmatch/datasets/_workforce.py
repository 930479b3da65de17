"""A synthetic HR export of a reverse-mentoring round, the same on every machine; and one of two tracks."""

from __future__ import annotations

import operator
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd

from rmatch.columns import IntArray, Labels
from rmatch.datasets import _company, _skills, _words
from rmatch.datasets._draws import Draws, chosen, joined, rank_within, zipf
from rmatch.datasets._words import FAMILY
from rmatch.errors import RosterError
from rmatch.schema.person import CANONICAL

MENTOR, MENTEE, OTHER = range(3)
ROLES = ("mentor", "mentee", "none")

VOLUNTARY = ("department", "team", "location", "job_family", "career_path", "tenure_band", "timezone", "languages",
             "availability", "skills_offered", "skills_wanted", "goals")  # fmt: skip
"""Columns in which cells go missing."""

SIGN_UP = ("languages", "availability", "skills_offered", "skills_wanted", "goals", "capacity", "min_pairs")
"""Columns that only people who signed up have filled in."""


def workforce(
    n_mentors: int,
    n_mentees: int,
    *,
    seed: int = 0,
    vocabulary: int = 150,
    n_others: int = 0,
    missing: float = 0.03,
    levels: float = 0.5,
) -> pd.DataFrame:
    """Make up the HR export of a reverse-mentoring round: one row per person, every cell text, canonical columns.

    The same arguments give the same cells on any machine. What the columns imitate:

    ===================  ==================================================================================
    skills               rank k is named about in proportion to 1/(k + 2), as in skill surveys: a few skills
                         that a fifth of all people name, a long tail of rare ones. Half of what a person
                         names comes from one family (data, social media, leadership, …), in what is offered
                         often that of the job, a fifth from a second one, a tenth from the other side's
                         world. Juniors offer what seniors want and the reverse, in another order of
                         popularity, so that some skills are short. Juniors name up to nine and four, seniors
                         up to ten and six; real names come first, a large vocabulary goes on with compounds.
    grade                a pyramid on each side: 46 % of mentors hold grade 1, none more than 4; 36 % of
                         mentees hold grade 5, 5 % grade 9
    manager_id           a tree without cycles among the rows: a manager is one to three grades above, of the
                         same department where one there has a free seat, and has at most nine direct reports;
                         blank for the top, and for whom nobody in the export has a seat left
    department, site     16 each, sizes in proportion to 1/(k + 1); time zone and languages follow the site,
                         job family and job title the department (six in seven)
    tenure, career path  juniors mostly below five years, seniors mostly above
    availability         two to five of twenty weekly slots, local to ``timezone``
    capacity             1 for 85 % of mentors and 94 % of mentees, else 2 or 3; ``min_pairs`` 0.
                         For a one-to-one programme set ``frame["capacity"] = "1"``.
    ===================  ==================================================================================

    Args:
        n_mentors: Rows of role ``mentor``.
        n_mentees: Rows of role ``mentee``.
        seed: Whole number from 0 on.
        vocabulary: How many distinct skills there are, 50 to 14,000; each column of skills draws on all of them.
        n_others: Rows of role ``none``: the chief executive and managers who did not sign up. They hold most of
            the seats in the reporting tree, and nothing in the columns of the sign-up form.
        missing: Share of blank cells in columns that an export leaves blank, 0 to 1. Who has no time zone has no
            availability, and who has no department has no team.
        levels: Share of people who rate their skills from 1 to 5, 0 to 1.

    Returns:
        ``n_mentors + n_mentees + n_others`` rows in the order of ``employee_id``, roles mixed.

    Raises:
        RosterError: An argument lies outside its range.
    """
    counts = _counts(n_mentors=n_mentors, n_mentees=n_mentees, n_others=n_others)
    seed = _whole("seed", seed, 0)
    skills = _skills.vocabulary(_whole("vocabulary", vocabulary, 50, 14_000))
    missing, levels = _share("missing", missing), _share("levels", levels)
    role = np.repeat([MENTOR, MENTEE, OTHER], counts)[Draws(seed, "role").order(sum(counts))]
    cells = _filled(seed, role, skills, levels)
    _blank(cells, seed, role, missing)
    return _frame(cells)


def _filled(seed: int, role: IntArray, skills: _skills.Vocabulary, levels: float) -> dict[str, Labels]:
    """Every canonical column with all its cells, ``(people,)`` each."""
    size = len(role)
    grade = _grades(seed, role)
    department = Draws(seed, "department").pick(size, zipf(len(_words.DEPARTMENTS), offset=1))
    manager = _company.reporting(grade, department, role == OTHER, Draws(seed, "manager"))
    job = _jobs(seed, department)
    site = Draws(seed, "site").pick(size, zipf(len(_words.SITES), offset=1))

    cells: dict[str, Labels] = _identity(seed, size)
    cells["job_title"] = _titles()[grade, job]
    cells["role"] = _text(ROLES, role)
    cells["grade"] = _text([str(g) for g in range(_company.CHIEF + 1)], grade)
    cells["department"] = _text([d.name for d in _words.DEPARTMENTS], department)
    cells["team"] = _teams(seed, department)
    cells["department"][grade == _company.CHIEF] = cells["team"][grade == _company.CHIEF] = "Executive Office"
    cells["manager_id"] = np.append(cells["employee_id"], "")[manager]
    cells["location"] = _text([s.name for s in _words.SITES], site)
    cells["job_family"] = _text([d.field for d in _words.DEPARTMENTS], job)
    cells |= _service(seed, grade)
    cells["timezone"] = _text([s.timezone for s in _words.SITES], site)
    cells["languages"] = _languages(seed, site)
    cells["availability"] = _choices(seed, "availability", _words.AVAILABILITY, np.full(20, 1), size, 2, 5)
    cells |= _skill_cells(seed, role, job, skills, levels)
    cells["goals"] = _choices(seed, "goals", _words.GOALS, zipf(len(_words.GOALS), offset=3), size, 1, 4)
    cells["capacity"] = _capacity(seed, role)
    cells["min_pairs"] = np.full(size, "0", dtype=object)
    return cells


def _blank(cells: dict[str, Labels], seed: int, role: IntArray, missing: float) -> None:
    """Empty the cells that an export leaves blank, also those of the sign-up form for people who did not sign up."""
    for name in VOLUNTARY:
        cells[name][Draws(seed, f"missing {name}").uniform(len(role)) < missing] = ""
    for name in SIGN_UP:
        cells[name][role == OTHER] = ""
    cells["team"][cells["department"] == ""] = ""
    cells["availability"][cells["timezone"] == ""] = ""


def _frame(cells: dict[str, Labels]) -> pd.DataFrame:
    """The cells as a frame of text.

    Python's own strings whether or not pyarrow is installed, so that the frame is the same with and without it; pandas
    before 2.3 has no such type, and holds them as objects.
    """
    text: Any = object
    with suppress(TypeError):
        text = pd.StringDtype("python", na_value=np.nan)
    return pd.DataFrame({name: pd.Series(cells[name], dtype=text) for name in CANONICAL if name in cells})


def _counts(**counts: int) -> list[int]:
    return [_whole(name, value, 0) for name, value in counts.items()]


def _whole(name: str, value: int, least: int, most: int | None = None) -> int:
    allowed = f"from {least:,} to {most:,}" if most is not None else f"of at least {least}"
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if number < least or (most is not None and number > most):
        raise RosterError(f"`{name}` is {value!r}, but must be a whole number {allowed}.")
    return number


def _share(name: str, value: float) -> float:
    if not (isinstance(value, int | float) and 0 <= value <= 1):
        raise RosterError(f"`{name}` is {value!r}, but must be a share between 0 and 1.")
    return float(value)


def _text(labels: Sequence[str], codes: IntArray) -> Labels:
    return np.array(labels, dtype=object)[codes]


def _identity(seed: int, size: int) -> dict[str, Labels]:
    """Unique ids with gaps, names that may be shared, and addresses that are not."""
    number = 1_000_000 + np.cumsum(Draws(seed, "id").whole(size, 1, 3))
    draws = Draws(seed, "name")
    given = draws.whole(size, 0, len(_words.GIVEN_NAMES) - 1)
    family = draws.whole(size, 0, len(_words.FAMILY_NAMES) - 1)
    namesake = rank_within(given * len(_words.FAMILY_NAMES) + family)
    numbering = ["", *(str(k) for k in range(2, int(namesake.max(initial=0)) + 2))]
    address = _text([_plain(name) + "." for name in _words.GIVEN_NAMES], given)
    address = address + _text([_plain(name) for name in _words.FAMILY_NAMES], family)
    return {
        "employee_id": "E" + number.astype(str).astype(object),
        "name": _text(_words.GIVEN_NAMES, given) + " " + _text(_words.FAMILY_NAMES, family),
        "email": address + _text(numbering, namesake) + "@example.org",
    }


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()


def _grades(seed: int, role: IntArray) -> IntArray:
    grade = np.empty(len(role), np.int64)
    pyramids = (_company.MENTOR_GRADES, _company.MENTEE_GRADES, _company.OTHER_GRADES)
    for code, (word, pyramid) in enumerate(zip(ROLES, pyramids, strict=True)):
        rows = np.flatnonzero(role == code)
        grade[rows] = Draws(seed, f"grade {word}").pick(len(rows), pyramid)
    grade[np.flatnonzero(role == OTHER)[:1]] = _company.CHIEF
    return grade


def _jobs(seed: int, department: IntArray) -> IntArray:
    """The profession of each person, named like the department where it is at home; six in seven are."""
    draws = Draws(seed, "job")
    elsewhere = draws.pick(len(department), zipf(len(_words.DEPARTMENTS), offset=1))
    return np.where(draws.uniform(len(department)) < 0.85, department, elsewhere)


def _titles() -> Labels:
    """``titles[grade, job]``; there is no grade 0."""
    titles = np.full((_company.CHIEF + 1, len(_words.DEPARTMENTS)), "", dtype=object)
    for grade, pattern in _words.TITLES.items():
        for job, at in enumerate(_words.DEPARTMENTS):
            title = pattern.format(noun=at.noun, field=at.field)
            titles[grade, job] = title[0].upper() + title[1:]
    return titles


def _teams(seed: int, department: IntArray) -> Labels:
    team = Draws(seed, "team").pick(len(department), zipf(len(_words.TEAMS), offset=1))
    labels = [f"{at.name} {word}" for at in _words.DEPARTMENTS for word in _words.TEAMS]
    return _text(labels, department * len(_words.TEAMS) + team)


def _service(seed: int, grade: IntArray) -> dict[str, Labels]:
    """How people came to the company and how long ago."""
    draws = Draws(seed, "service")
    senior = grade >= 5
    path = np.where(senior, draws.pick(len(grade), np.array([18, 40, 24, 3, 2, 6, 7])),
                    draws.pick(len(grade), np.array([32, 22, 10, 15, 14, 4, 3])))  # fmt: skip
    band = np.where(senior, draws.pick(len(grade), np.array([5, 12, 24, 37, 22])),
                    draws.pick(len(grade), np.array([38, 42, 15, 4, 1])))  # fmt: skip
    return {"career_path": _text(_words.CAREER_PATHS, path), "tenure_band": _text(_words.TENURE_BANDS, band)}


def _languages(seed: int, site: IntArray) -> Labels:
    """English everywhere or nearly, what is spoken at the site, and now and then another language."""
    draws = Draws(seed, "languages")
    code = {language: k for k, language in enumerate(_words.LANGUAGES)}
    likely = np.zeros((len(_words.SITES), len(_words.LANGUAGES)))
    for row, at in enumerate(_words.SITES):
        likely[row, code["English"]] = 1.0 if at.english else 0.85
        for place, language in enumerate(at.languages):
            likely[row, code[language]] = 0.4 / (place + 1) if at.english else 1.0
    speaks = draws.uniform(len(site) * len(code)).reshape(-1, len(code)) < likely[site]
    more = np.flatnonzero(draws.uniform(len(site)) < 0.2)
    speaks[more, draws.pick(len(more), zipf(len(code), offset=1))] = True
    rows, known = np.nonzero(speaks)
    return joined(len(site), rows, _text(_words.LANGUAGES, known))


def _choices(seed: int, topic: str, labels: Sequence[str], mass: IntArray, size: int, fewest: int, most: int) -> Labels:
    draws = Draws(seed, topic)
    rows, items = chosen(draws, np.arange(size), draws.whole(size, fewest, most), mass)
    return joined(size, rows, _text(labels, items))


def _skill_cells(
    seed: int, role: IntArray, job: IntArray, skills: _skills.Vocabulary, levels: float
) -> dict[str, Labels]:
    """What each side offers and wants; offers lean towards the job, wishes do not."""
    juniors, seniors = np.flatnonzero(role == MENTOR), np.flatnonzero(role == MENTEE)
    taught = np.array([FAMILY[at.taught] for at in _words.DEPARTMENTS])
    experience = np.array([FAMILY[at.experience] for at in _words.DEPARTMENTS])
    digital, experienced = _skills.WORLDS
    offered, wanted = (np.full(len(role), "", dtype=object) for _ in range(2))
    for column, rows, popularity, question in (
        (offered, juniors, skills.offered, _skills.Question("mentor offers", digital, 3, 9, taught[job[juniors]])),
        (wanted, juniors, skills.wanted, _skills.Question("mentor wants", experienced, 1, 4)),
        (offered, seniors, skills.offered,
         _skills.Question("mentee offers", experienced, 4, 10, experience[job[seniors]])),
        (wanted, seniors, skills.wanted, _skills.Question("mentee wants", digital, 2, 6)),
    ):  # fmt: skip
        column[rows] = question.answers(Draws(seed, question.topic), len(rows), popularity, skills.labels, levels)
    return {"skills_offered": offered, "skills_wanted": wanted}


def _capacity(seed: int, role: IntArray) -> Labels:
    draws = Draws(seed, "capacity")
    mentors = draws.pick(len(role), np.array([85, 12, 3]))
    mentees = draws.pick(len(role), np.array([94, 5, 1]))
    return _text(["1", "2", "3"], np.where(role == MENTOR, mentors, mentees))


def two_tracks(n_juniors: int, n_seniors: int, *, seed: int = 0, one_track: float = 0.25) -> pd.DataFrame:
    """Return an export of people who sign up for a reverse and a traditional programme.

    Args:
        n_juniors, n_seniors: Number of juniors and of seniors.
        seed: Seed; the same one gives the same people.
        one_track: Share of those who join one track alone; the others left ``tracks`` blank.

    Returns:
        A column of text for each canonical column: ``side`` instead of ``role``, ``tracks``, and ``capacity_total``,
        where half of the people wrote 1.
    """
    frame = workforce(n_juniors, n_seniors, seed=seed)
    draws = Draws(seed, "tracks")
    alone, which = draws.uniform(len(frame)) < one_track, draws.uniform(len(frame)) < 0.5
    tracks = np.where(alone, np.where(which, "reverse", "traditional"), "")
    once = Draws(seed, "capacity_total").uniform(len(frame)) < 0.5
    side = np.where(frame["role"] == "mentor", "junior", "senior")
    frame.insert(list(frame.columns).index("role"), "side", side)
    return frame.drop(columns="role").assign(tracks=tracks, capacity_total=np.where(once, "1", ""))
