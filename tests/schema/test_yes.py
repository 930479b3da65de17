"""One list of words for yes and for no, in every language of the vocabulary."""

from __future__ import annotations

import io

import numpy as np
import pytest

import rmatch
from rmatch.columns import Category, Items, Number
from rmatch.schema.yes import means_yes, neither, said_yes

WORDS = ["Yes", "JA", "oui", "sí", "sim", "sì", "ok", "opted-in", "✓", "1"]


def category(*words: str) -> Category:
    return Category(np.arange(len(words)), np.array(words, dtype=object))


@pytest.mark.parametrize("word", WORDS)
def test_a_yes_is_one_in_every_language(word: str) -> None:
    assert means_yes(word)
    assert said_yes(category(word, "nein", "vielleicht")).tolist() == [True, False, False]


@pytest.mark.parametrize("word", ["", "não", "nee", "yes, but", "gerne", "0"])
def test_all_else_is_none(word: str) -> None:
    assert not means_yes(word)


def test_columns_of_numbers_and_of_items_are_asked_too() -> None:
    assert said_yes(Number(np.array([1.0, 0.0, np.nan, 2.0]))).tolist() == [True, False, False, False]
    words = np.array(["oui"], dtype=object)
    items = Items(np.array([0, 1, 1]), np.array([0]), np.zeros(1, np.int8), words, words)
    assert said_yes(items).tolist() == [True, False]


def test_what_is_neither_is_named_once() -> None:
    assert neither(category("ja", "nein", "gerne", "", "bien sûr")) == ["bien sûr", "gerne"]


def consents(*answers: str, values: dict[str, str] | None = None) -> rmatch.Matching:
    """Two mentors and two mentees with their consents."""
    program = rmatch.Program.model_validate(
        {
            "columns": {"consent": {"values": values or {}}},
            "criteria": [{"kind": "skills", "weight": 1.0}],
            "rules": [{"kind": "opt_in", "column": "consent"}],
        }
    )
    sides = (("mentor", "SQL", ""), ("mentee", "", "SQL")) * 2
    rows = (f"{k},{','.join(side)},{said}" for k, (side, said) in enumerate(zip(sides, answers, strict=True)))
    text = "\n".join(["employee_id,role,skills_offered,skills_wanted,consent", *rows])
    return rmatch.match(rmatch.read_csv(io.StringIO(text), program=program), program)


def test_the_rule_opt_in_understands_them_and_names_what_it_does_not() -> None:
    assert len(consents("oui", "Ja", "sim", "sí").pairs) == 2
    assert not [note for note in consents("oui", "Ja", "não", "").left_out if "could not be applied" in note]
    matching = consents("oui", "avec plaisir", "graag", "con gusto")
    assert len(matching.pairs) == 0
    (caution,) = (what for what in matching.cautions["what"] if "could not be applied" in what)
    assert "the answers 'avec plaisir', 'con gusto', 'graag' in consent" in caution
    assert '[columns.consent] values = { "avec plaisir" = "yes" }' in caution
    told = {"avec plaisir": "yes", "graag": "yes", "con gusto": "yes"}
    assert len(consents("oui", "avec plaisir", "graag", "con gusto", values=told).pairs) == 2
    assert "and 1 more" in str(consents("a1", "b2", "c3", "d4").left_out)
