"""Who answers, by region x sector x kind of object x layer, as of a date.

The kernel states the question; the module that keeps posts and the duty map registers the answer
with `use_resolver`. Nobody is an answer too: a blind spot, which is listed and never hidden.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True)
class Holder:
    """A unit, and the post and person in it, that answers for something on a date."""

    unit: int | None
    unit_name: str = ""
    post: int | None = None
    title: str = ""
    person: int | None = None
    person_name: str = ""
    phone: str = ""

    def __bool__(self) -> bool:
        return self.unit is not None


NOBODY = Holder(unit=None)


class Resolver(Protocol):
    """Answers duty questions; one instance may cache what it loads for a batch."""

    def resolve(self, duty: str, case: Any, on: date) -> Holder: ...

    def recipients(self, duty: str, case: Any, on: date, level: int | None) -> Sequence[Holder]: ...


class ResolverFactory(Protocol):
    def __call__(self) -> Resolver: ...


_factory: list[ResolverFactory] = []


def use_resolver(factory: ResolverFactory) -> None:
    """Name the module that answers (called once, when the apps are ready)."""
    _factory[:] = [factory]


_kept: ContextVar[Resolver | None] = ContextVar("resolver", default=None)


@contextmanager
def one_resolver() -> Iterator[None]:
    """Read the duty map once for a block of bulk work: what is edited meanwhile counts after it."""
    token = _kept.set(resolver())
    try:
        yield
    finally:
        _kept.reset(token)


def resolver() -> Resolver:
    """A resolver: a fresh one, or that of the block of bulk work. Raises ImproperlyConfigured when no
    module has offered one."""
    if (kept := _kept.get()) is not None:
        return kept
    if not _factory:
        raise ImproperlyConfigured("no duty resolver is registered")
    return _factory[0]()


def resolve(duty: str, case: Any, on: date) -> Holder:
    """Who answers for `duty` on this case on that date; NOBODY is a blind spot."""
    return resolver().resolve(duty, case, on)


def recipients(duty: str, case: Any, on: date, level: int | None = None) -> Iterable[Holder]:
    """Everyone to be told under `duty`; `level` is a division-code length (4, 6, 9) to climb to."""
    return resolver().recipients(duty, case, on, level)
