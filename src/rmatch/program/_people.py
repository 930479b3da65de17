"""The people whom a program names: every spelling becomes the id that the export has, and is said."""

from __future__ import annotations

from rmatch._util.quoted import excerpt, read_otherwise
from rmatch.element import Spec
from rmatch.errors import ProgramError
from rmatch.roster.resolver import Found, Resolver, Role

_SHOWN = 3


def with_ids(element: Spec, resolver: Resolver, notes: list[str]) -> Spec:
    """Return an element with the ids of the people whom it names; ``notes`` take what was read otherwise.

    Raises:
        ProgramError: People are not known, or cannot be told apart.
    """
    who = References(element, resolver)
    found = element.with_ids(who)
    notes += who.notes()
    return found


class References:
    """Looks up the people of one element."""

    def __init__(self, element: Spec, resolver: Resolver) -> None:
        self._element, self._resolver = element, resolver
        self._read: dict[str, str] = {}
        self._unknown: dict[str, None] = {}

    def ids(self, word: str) -> tuple[str, ...]:
        """Return all ids of the one person who is meant, in whatever role.

        Where that is nobody, the word itself if the element ignores unknown people.

        Raises:
            ProgramError: Several people may be meant, or no one and that is not ignored.
        """
        found, whole = self._meant(word), self._element.whole
        if found.ids:
            return found.ids
        if getattr(whole, "unknown", "raise") != "ignore" and not getattr(whole, "filled", False):
            remedy = ' Correct it, or pass over whoever is not in the files: `unknown = "ignore"`.'
            raise ProgramError(
                f"{self._called}: nobody has the id {excerpt(word)!r}.{self._resolver.near(word)}{remedy}"
            )
        self._unknown[word] = None
        return (word,)

    def id_of(self, word: str, role: Role) -> str:
        """Return the one id of somebody in a role.

        Raises:
            ProgramError: No one, or several, may be meant.
        """
        found = self._meant(word, role)
        if not found.ids:
            near = "" if found.people else self._resolver.near(word)
            here = " The person is in the files, but not in that role." if found.people else ""
            if found.people and self._element.track is not None:
                raise ProgramError(
                    f"{self._called}: {excerpt(word)!r} does not have that part in the track {self._element.track!r}. "
                    "Of each pair, name who teaches first"
                )
            raise ProgramError(f"{self._called}: no {role} has the id {excerpt(word)!r}.{here}{near}")
        return found.ids[0]

    def known(self, word: str, role: Role) -> str | None:
        """Return the one id of somebody in a role, None where that is nobody.

        Raises:
            ProgramError: Several may be meant.
        """
        found = self._meant(word, role)
        if not found.people:
            self._unknown[word] = None
        return found.ids[0] if found.ids else None

    def _meant(self, word: str, role: Role | None = None) -> Found:
        """Who is meant; several ids of one person are fine where no role is asked for. Raises ProgramError."""
        found = self._resolver.find(word, role)
        if (found.people if role is None else len(found.ids)) > 1:
            called = self._resolver.called(found.ids)
            raise ProgramError(f"{self._called}: {excerpt(word)!r} may be {called}. Name one of them by the id.")
        if found.ids and not found.exact:
            self._read[word] = found.ids[0]
        return found

    def notes(self) -> list[str]:
        """What was read otherwise than it is written, and whom nobody is; of confidential elements only how many."""
        said, family = [], self._element.family
        if self._hidden:
            told = "of the pairs that are not available, some name people"
            said += [f"{family}: {told} otherwise than by the id, and they were found"] * bool(self._read)
            said += [f"{family}: {told} whom the files do not have; these are passed over"] * bool(self._unknown)
            return said
        if self._read:
            pairs = [read_otherwise(*both) for both in list(self._read.items())[:_SHOWN]]
            more = f" and {len(self._read) - _SHOWN:,} more" if len(self._read) > _SHOWN else ""
            said.append(f"{family}: {self._element.name}: {', '.join(pairs)}{more}")
        if self._unknown:
            number = len(self._unknown)
            who = f"{number:,} {'person' if number == 1 else 'people'} whom the files do not have"
            example = excerpt(next(iter(self._unknown)))
            said.append(f"{family}: {self._element.name} could not be applied to {who}, such as {example!r}")
        return said

    @property
    def _hidden(self) -> bool:
        return bool(getattr(self._element, "confidential", False))

    @property
    def _called(self) -> str:
        return type(self._element.whole).__name__
