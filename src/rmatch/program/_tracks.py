"""Tracks of a program: parts of a programme in which juniors, or seniors, teach, with criteria, rules and limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from rmatch._util.listed import Listed
from rmatch.columns import Table, fold
from rmatch.criteria import Criterion, balanced, criterion_in_track
from rmatch.element import Spec
from rmatch.errors import ContradictionError, ProgramError, RmatchError
from rmatch.limits import Limit, limit_in_track, refuse_contradictions, refuse_misfits, with_implied
from rmatch.program._checks import refuse_unspoken
from rmatch.program._element import Element
from rmatch.rules import MinScore, Rule, Sides, rule_in_track
from rmatch.schema.binding import Mirror, TrackRoles
from rmatch.schema.tracks import Seniority, Teaching


class Track(BaseModel):
    """A part of the programme in which juniors teach seniors, or seniors juniors (``[[tracks]]``).

    Its own criteria and rules stand in the place of the program's. Its own limits hold for its pairs, beside those of
    the program, which hold for the pairs of all tracks together.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    name: Annotated[str, Field(description="What people write in the column `tracks`.")]
    teaches: Annotated[Seniority, Field(description="Who teaches.")]
    criteria: Annotated[
        Listed[Annotated[Criterion, Element(Criterion)]] | None,
        Field(description="In the place of the program's."),
    ] = None
    rules: Annotated[
        Listed[Annotated[Rule, Element(Rule)]] | None, Field(description="In the place of the program's.")
    ] = None
    limits: Annotated[Listed[Annotated[Limit, Element(Limit)]] | None, Field(description="Beside the program's.")] = (
        None
    )

    @property
    def roles(self) -> TrackRoles:
        """What a reader needs to know."""
        return TrackRoles(name=self.name, teaches=self.teaches)

    def teaching(self, mirror: Mirror) -> Teaching:
        """Return its name and who teaches, for elements."""
        return Teaching(self.name, self.teaches, mirror == "require")

    @property
    def own(self) -> tuple[Spec, ...]:
        """The elements of its own."""
        return (*(self.criteria or ()), *(self.rules or ()), *(self.limits or ()))


def told(criterion: Criterion, tracks: Sequence[Track]) -> str:
    """Return a criterion in words: with tracks, of the mentor and the mentee instead of a junior and a senior."""
    words = criterion.in_words()
    if not tracks or criterion.track is not None:
        return words
    return words.replace("junior", "mentor").replace("senior", "mentee")


def share_of(criterion: Criterion, criteria: Sequence[Criterion]) -> float:
    """Return the share of a criterion in the score of a pair: among those of its track, or of all where all count."""
    own = [each.weight for each in criteria if each.pool == criterion.pool]
    heaviest = max(own)  # the plain sum could be infinite
    return criterion.weight / heaviest / sum(weight / heaviest for weight in own)


def refuse_tracks(tracks: Sequence[Track], mirror: Mirror) -> None:
    """Raise ProgramError where tracks contradict themselves or one another."""
    seen: dict[str, Track] = {}
    for track in tracks:
        called = f"the track {track.name!r}"
        if not track.name.strip():
            raise ProgramError("[[tracks]]: a track has no name; people join it by its name in the column `tracks`")
        if fold(track.name) in seen:
            raise ProgramError(f"[[tracks]]: two tracks are called {track.name!r}; give each a name of its own")
        for other in seen.values():
            if other.teaches == track.teaches:
                raise ProgramError(
                    f"[[tracks]]: {track.teaches}s teach in {other.name!r} and in {track.name!r}; there may be one "
                    "track in which juniors teach and one in which seniors do: make one of the two"
                )
        seen[fold(track.name)] = track
        if track.criteria is not None and not track.criteria:
            raise ProgramError(f"[[tracks]] {called}: `criteria` is empty; leave it out to take the program's")
        for limit in track.limits or ():
            if limit.instead:
                raise ProgramError(
                    f"[[tracks]] {called}: `{limit.name}` is about people's pairs in both tracks: {limit.instead}"
                )
        refuse_unspoken(track.own)
        refuse_contradictions(track.limits or ())
    if mirror != "allow" and len(tracks) < 2:
        raise ProgramError(
            f'mirror = "{mirror}" is about two people who meet in both directions: give two [[tracks]], one in which '
            "juniors teach and one in which seniors do"
        )


def refuse_apart(
    tracks: Sequence[Track], mirror: Mirror, sensitive: Sequence[Criterion], withheld: frozenset[str]
) -> None:
    """Raise ProgramError where a track reads columns that stand apart, or sensitive ones are scored beside its own.

    Args:
        tracks, mirror: Those of the program.
        sensitive: The program's criteria that read a sensitive column.
        withheld: The columns that stand apart.
    """
    if sensitive and (mirror == "forbid" or any(track.criteria for track in tracks)):
        raise ProgramError(
            f"{sensitive[0].name!r} reads a sensitive column; with tracks that goes only where they share all "
            'criteria, and without mirror = "forbid"'
        )
    for track in tracks:
        for element in track.own:
            columns = {column for side in element.reads() for column in side}
            if "avoids" in columns and not getattr(element, "confidential", False):
                raise ProgramError(f"[[tracks]] {track.name!r}: {element.name} reads 'avoids', which is confidential")
            for column in sorted(columns & withheld):
                raise ProgramError(
                    f"[[tracks]] {track.name!r}: {element.name} reads {column!r}, which stands apart; only a criterion "
                    "that all tracks share may read it"
                )


def elements(
    tracks: Sequence[Track], mirror: Mirror, family: str, shared: Sequence[Spec], given: bool
) -> Iterator[tuple[Spec, bool]]:
    """Yield the elements of a family as they hold with tracks, and whether somebody named each.

    Args:
        mirror: Whether two people must meet in both directions.
        family: The family's name.
        shared: The program's own elements.
        given: Whether somebody named these.
    """
    mutual = mirror == "require" and not any(element.track is not None for element in shared)
    if family == "criteria" and (mutual or any(track.criteria is not None for track in tracks)):
        for track in tracks:
            for criterion in shared if track.criteria is None else track.criteria:
                assert isinstance(criterion, Criterion)
                yield criterion_in_track(criterion, track.teaching(mirror)), given or track.criteria is not None
    elif family == "rules" and tracks:
        yield from _rules(tracks, mirror, [rule for rule in shared if isinstance(rule, Rule)], given)
    else:
        yield from ((element, given) for element in shared)
    if family == "limits":
        for track in tracks:
            yield from ((limit_in_track(limit, track.teaching(mirror)), True) for limit in track.limits or ())


def _rules(tracks: Sequence[Track], mirror: Mirror, shared: Sequence[Rule], given: bool) -> Iterator[tuple[Rule, bool]]:
    """The rules with tracks: a rule about a junior and a senior as such is asked in each track in its own way.

    One of the program's that lists people holds in every track, whatever rules that has.
    """
    apart = any(track.rules is not None for track in tracks)
    if not any(isinstance(rule, Sides) for rule in shared):
        yield Sides(), False
    for rule in sorted(shared, key=lambda rule: rule.of_one_track):
        plain = isinstance(rule, MinScore | Sides) or rule.track is not None
        everywhere = not apart or rule.lists_people
        if plain or (everywhere and not (rule.of_juniors or mirror == "require")):
            yield rule, given
        elif everywhere:
            yield from ((rule_in_track(rule, track.teaching(mirror), shared=True), given) for track in tracks)
    for track in tracks if apart else ():
        others = [rule for rule in shared if not (isinstance(rule, MinScore | Sides) or rule.lists_people)]
        for rule in others if track.rules is None else track.rules:
            beside = rule.beside(track.criteria or ())
            yield rule_in_track(beside, track.teaching(mirror)), given or track.rules is not None


def settled(
    tracks: Sequence[Track], mirror: Mirror, families: Mapping[str, Any], mentors: Table, mentees: Table
) -> dict[str, Any]:
    """Return what changes in a program whose elements are those of :func:`elements`.

    Each person's ``capacity_total`` becomes a limit; what tracks had of their own now stands among the others.

    Raises:
        ProgramError, InfeasibleError: Limits of a track name what its people do not have, or cannot hold for them.
    """
    for track in tracks:
        _, asked = track.teaching(mirror).asked(mentors, mentees)
        _refuse_other_pairs(track, [limit for limit in families["limits"] if limit.track == track.name], *asked)
        try:
            refuse_misfits(track.limits or (), *asked)
        except RmatchError as error:
            raise type(error)(f"[[tracks]] {track.name!r}: {error}") from None
    if mirror == "forbid":
        _refuse_locked_twice(families["limits"])
    limits = with_implied(families["limits"], mentors, mentees, mirror)
    in_order = sorted(limits, key=lambda limit: limit.track is not None)  # as they are read again: proofs count rows
    changed: dict[str, Any] = {"limits": tuple(in_order)}
    if tracks:
        own = {"criteria": None, "rules": None, "limits": None}
        changed["tracks"] = tuple(track.model_copy(update=own) for track in tracks)
    if mirror == "require":
        changed["criteria"] = balanced(families["criteria"])
    return changed


def _refuse_other_pairs(track: Track, limits: Sequence[Limit], teachers: Table, learners: Table) -> None:
    """Raise ProgramError where a limit of a track lists a pair that is none of the track's."""
    known = [frozenset(map(str, table.ids)) for table in (teachers, learners)]
    for limit in (limit.whole for limit in limits):
        for a, b in (*limit.fixed_pairs, *zip(*limit.names_people(), strict=False)):
            if a not in known[0] or b not in known[1]:
                learns = "junior" if track.teaches == "senior" else "senior"
                raise ProgramError(
                    f"[[tracks]] {track.name!r}: {limit.name} lists ({a}, {b}), which is no pair of this track: "
                    f"{track.teaches}s teach {learns}s in it. Name the {track.teaches} first, or move the pair to the "
                    "other track"
                )


def _refuse_locked_twice(limits: Sequence[Limit]) -> None:
    locked = {pair for limit in limits for pair in limit.fixed_pairs}
    for a, b in sorted(locked):
        if (b, a) in locked:
            raise ContradictionError(
                f'({a}, {b}) and ({b}, {a}) are both locked, and mirror = "forbid" lets two people meet in one '
                "direction only: drop one of the locks"
            )


def written(tracks: Sequence[Track], families: Mapping[str, Sequence[Spec]]) -> dict[str, Any]:
    """Return the families and tracks as they are written in a file: each element of a track with its track."""
    found: dict[str, Any] = {}
    of_track: dict[str, dict[str, Any]] = {track.name: {} for track in tracks}
    for family in ("criteria", "rules", "limits"):
        own, rest = list[Spec](), list[Spec]()
        for each in families[family]:
            if getattr(each, "shared", False):  # it stands there once for each track
                rest += [each.whole] if each.track == tracks[0].name else []
            elif not isinstance(each, Sides):
                (rest if each.track is None else own).append(each)
        found[family] = tuple(rest)
        for track in tracks:
            mine = tuple(each.whole for each in own if each.track == track.name)
            of_track[track.name][family] = mine if own else getattr(track, family)
    found["tracks"] = tuple(track.model_copy(update=of_track[track.name]) for track in tracks)
    return found
