"""Who acts: a person sitting on a post."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from .scope import NOTHING, Scope


@dataclass(frozen=True)
class Actor:
    """The person, the post they act for (their own or as deputy), and what it allows.

    ``duties`` are duty codes granted to the post's role on this day; ``rank`` is the division level
    of the post (4 city, 6 district, 9 town) used when the next level up is looked for.
    """

    person: int | None
    post: int | None
    name: str
    title: str
    unit: int | None = None
    unit_name: str = ""
    duties: frozenset[str] = field(default_factory=frozenset)
    scope: Scope = NOTHING
    is_deputy: bool = False
    via: str = ""

    @property
    def label(self) -> str:
        """How the ledger names this actor: name, unit and post as they were at that moment."""
        parts = [self.name, self.unit_name, self.title]
        return " · ".join(part for part in parts if part)

    def may(self, duty: str) -> bool:
        return duty in self.duties


def system(name: str, reason: str) -> Actor:
    """The platform itself (sweep, seal, import of old records); it has no duties of its own."""
    return Actor(person=None, post=None, name=name, title="", scope=Scope(reason=reason))


_loader: list[Callable[[int | None, int | None], Actor]] = []


def use_loader(loader: Callable[[int | None, int | None], Actor]) -> None:
    """Name the function that rebuilds an actor from (person, post), for work done after a request."""
    _loader[:] = [loader]


def load(person: int | None, post: int | None) -> Actor:
    """The actor as of now. Raises LookupError if the person no longer holds the post."""
    return _loader[0](person, post)
