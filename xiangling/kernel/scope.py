"""Who may see which rows: region prefix x sectors x own units. Fails closed.

Every query on a scoped model needs an active scope; without one it raises. A job that must see
everything says why with `unscoped(reason)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from django.db import models

LEVELS = {4: "city", 6: "district", 9: "town", 12: "region"}
"""Length of a division-code prefix -> the column that holds it (GB/T 2260: 2-2-2-3-3 digits)."""


class ScopeMissing(RuntimeError):
    """A scoped model was queried with no scope active: a programming error, never a wide answer."""


@dataclass(frozen=True)
class Scope:
    """What one post may see. None means unrestricted in that dimension; an empty set means nothing.

    ``units`` are an enterprise post's own units (a team sees its own cases); ``firm`` is the whole
    enterprise, for what all of it shares (its objects). ``home`` is the post's own unit: what was sent to it
    by name may be shown to it wherever it lies, by models that know such a thing.
    """

    region: str = ""
    sectors: frozenset[str] | None = None
    units: frozenset[int] | None = None
    firm: frozenset[int] | None = None
    home: int | None = None
    reason: str = ""

    def q(self, model: type[models.Model]) -> models.Q:
        """The filter for `model`, whose `scope_columns` name its columns (see ScopedModel)."""
        columns: dict[str, str] = model.scope_columns  # type: ignore[attr-defined]
        q = models.Q()
        if self.region:
            level = LEVELS.get(len(self.region))
            if level is None:
                return models.Q(pk__in=[])
            prefix = columns.get("region", "")
            q &= models.Q(**{prefix.format(level=level): self.region})
        if self.sectors is not None and "sector" in columns:
            q &= models.Q(**{f"{columns['sector']}__in": sorted(self.sectors)})
        for own, column in ((self.units, "unit"), (self.firm, "firm")):
            if own is not None and column in columns:
                q &= models.Q(**{f"{columns[column]}__in": sorted(own)})
        return q

    def covers(self, row: Any) -> bool:
        """Whether a loaded row with region, sector and unit_id lies inside this scope."""
        if not (row.region or "").startswith(self.region):
            return False
        if self.sectors is not None and row.sector not in self.sectors:
            return False
        return self.units is None or row.unit_id in self.units


NOTHING = Scope(region="-", sectors=frozenset(), units=frozenset(), firm=frozenset())

_active: ContextVar[Scope | None] = ContextVar("scope", default=None)


def active() -> Scope:
    """The scope in force. Raises ScopeMissing when there is none."""
    found = _active.get()
    if found is None:
        raise ScopeMissing("no scope is active: use kernel.scope.use() or kernel.scope.unscoped()")
    return found


@contextmanager
def use(scope: Scope) -> Iterator[Scope]:
    """Restrict every scoped query in the block to `scope`."""
    token = _active.set(scope)
    try:
        yield scope
    finally:
        _active.reset(token)


@contextmanager
def unscoped(reason: str) -> Iterator[Scope]:
    """Lift the scope for a job; `reason` must say why (it shows up in reviews and in greps)."""
    if not reason.strip():
        raise ValueError("unscoped() needs a reason")
    with use(Scope(reason=reason)) as scope:
        yield scope


M = TypeVar("M", bound=models.Model)


class ScopedQuerySet(models.QuerySet[M]):
    """Rows the active scope may see; apps add adjectives by subclassing."""


class ScopedManager(models.Manager[M], Generic[M]):
    """Applies the active scope to every query that starts here; combine with `from_queryset`."""

    use_in_migrations = False

    def get_queryset(self) -> models.QuerySet[M]:
        return super().get_queryset().filter(active().q(self.model))


class ScopedModel(models.Model):
    """A model whose rows belong to a place, a trade and a unit."""

    scope_columns: ClassVar[dict[str, str]] = {
        "region": "{level}",
        "sector": "sector",
        "unit": "unit_id",
    }

    class Meta:
        abstract = True
