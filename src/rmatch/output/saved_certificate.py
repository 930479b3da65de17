"""A certificate as plain data, and back: people by their ids, so that it does not hang on the order of rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import TypeAlias

import numpy as np

from rmatch.columns import IntArray, Labels, Table
from rmatch.program import Program
from rmatch.proof.certificate import Certificate, StageProof
from rmatch.proof.tree import Tree
from rmatch.rows import Couples, Row
from rmatch.schema.person import CANONICAL
from rmatch.schema.record import CertificateRecord, StageRecord

CHANGED = "the certificate's numbers are not those that were written"


Each: TypeAlias = Mapping[str, int | Couples]
"""Of the rows of which there are several, by name: the side of the people, 0 for mentors and 1 for mentees, or the
couples."""


def each_person(rows: Iterable[Row]) -> dict[str, int | Couples]:
    """Whom the rows bound of which there is one for each person, or for each couple, by the row's name."""
    return {
        row.name: row.each if isinstance(row.each, Couples) else ("mentor", "mentee").index(row.each)
        for row in rows
        if row.each is not None
    }


def certificate_record(certificate: Certificate, sides: tuple[Labels, Labels], each: Each) -> CertificateRecord:
    """Return a certificate as plain data, people by their ids: ``sides`` are those of the mentors and the mentees."""
    record = CertificateRecord(
        stages=tuple(_stage(stage, sides, each) for stage in certificate.stages),
        total=certificate.total,
        bound=certificate.bound,
        sealed=certificate.sealed,
        first_gaps=dict(certificate.first_gaps),
        digest="",
    )
    return record.model_copy(update={"digest": digest_of(record)})


def digest_of(record: CertificateRecord) -> str:
    """SHA-256 over a certificate's numbers, but the digest itself."""
    plain = record.model_dump(mode="json", exclude={"digest"})
    return hashlib.sha256(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode("utf-8")).hexdigest()


def _stage(stage: StageProof, sides: tuple[Labels, Labels], each: Each) -> StageRecord:
    return StageRecord(
        name=stage.name,
        value=int(stage.value),
        bound=int(stage.bound),
        scale=int(stage.scale),
        mentor_prices=_by_id(sides[0], stage.mentor_prices),
        mentee_prices=_by_id(sides[1], stage.mentee_prices),
        multipliers={
            name: _by_whom(sides, each[name], price) if name in each else int(price[0])
            for name, price in sorted(stage.multipliers.items())
        },
        tree=None if stage.tree is None else stage.tree.to_plain(),
    )


def _by_id(ids: Labels, prices: IntArray) -> dict[str, int]:
    """What is not 0, by the person's id."""
    some = np.flatnonzero(prices)
    return dict(zip(map(str, ids[some]), map(int, prices[some]), strict=True))


def _by_whom(sides: tuple[Labels, Labels], each: int | Couples, prices: IntArray) -> dict[str, int]:
    """What is not 0, by the person's id, or by the ids of the two."""
    if not isinstance(each, Couples):
        return _by_id(sides[each], prices)
    some = np.flatnonzero(prices)
    return dict(zip(map("\t".join, each.names(some)), map(int, prices[some]), strict=True))


def certificate_of(record: CertificateRecord, sides: tuple[Labels, Labels], each: Each) -> Certificate | str:
    """Return a certificate from plain data, or what stands in the way; ``each`` is that of :func:`each_person`."""
    if record.digest != digest_of(record):
        return CHANGED
    places = [{str(x): k for k, x in enumerate(ids)} for ids in sides]
    try:
        stages = tuple(_stage_of(saved, places, each) for saved in record.stages)
    except ValueError as error:
        return str(error)
    return Certificate(stages, record.total, record.bound, record.sealed, tuple(record.first_gaps.items()))


def without_prices(saved: CertificateRecord) -> Certificate:
    """Return what a saved certificate claims, without the numbers that show it."""
    none = np.zeros(0, np.int64)
    stages = tuple(StageProof(stage.name, stage.value, stage.bound, none, none) for stage in saved.stages)
    return Certificate(stages, saved.total, saved.bound, saved.sealed, tuple(saved.first_gaps.items()))


def _stage_of(saved: StageRecord, places: list[dict[str, int]], each: Each) -> StageProof:
    """A stage with its prices in the order of the people; ValueError, with a sentence, where it is for others."""
    multipliers: dict[str, IntArray] = {}
    for name, price in saved.multipliers.items():
        if isinstance(price, int) == (name in each):
            raise ValueError(f"the certificate weighs {name!r} otherwise than the program")
        multipliers[name] = _exact([price]) if isinstance(price, int) else _of_each(price, places, each[name])
    prices = [_placed(saved.mentor_prices, places[0]), _placed(saved.mentee_prices, places[1])]
    tree = None if saved.tree is None else Tree.from_plain(saved.tree)
    return StageProof(saved.name, saved.value, saved.bound, prices[0], prices[1], multipliers, saved.scale, tree)


def _of_each(prices: Mapping[str, int], places: list[dict[str, int]], each: int | Couples) -> IntArray:
    """Prices by id, or by the ids of two, as an array."""
    if not isinstance(each, Couples):
        return _placed(prices, places[each])
    return _placed(prices, {"\t".join(pair): k for k, pair in enumerate(each.names(np.arange(len(each))))})


def _placed(prices: Mapping[str, int], place: Mapping[str, int]) -> IntArray:
    """Prices by id as an array in the order of the people; ValueError where one is nobody's."""
    strangers = sorted(prices.keys() - place.keys())
    if strangers:
        raise ValueError(f"the certificate has a price of {strangers[0]!r}, who is not here")
    found = _exact([0] * len(place), max((abs(p) for p in prices.values()), default=0))
    for id_, price in prices.items():
        found[place[id_]] = price
    return found


def _exact(numbers: list[int], most: int | None = None) -> IntArray:
    """Whole numbers as int64, or as Python's own where they are too large for that."""
    most = max(map(abs, numbers), default=0) if most is None else most
    return np.array(numbers, np.int64 if most < 1 << 62 else object)


def fingerprint(mentors: Table, mentees: Table, program: Program) -> str:
    """SHA-256 over everybody's cells in the known columns and those that the program reads, in canonical order.

    The same people give the same, whatever the order of rows and whatever other columns were read with them.
    """
    digest, read = hashlib.sha256(), program.binding().named.union(CANONICAL)
    for table in (mentors, mentees):
        digest.update("\x1e".join(map(str, table.ids)).encode("utf-8", "surrogatepass"))
        for name in sorted(read.intersection(table)):
            cells = "\x1e".join(map(str, table[name].cells()))
            digest.update(f"\x1d{name}\x1f{cells}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
