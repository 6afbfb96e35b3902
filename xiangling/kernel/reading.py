"""One record by its uid, and the rows that it names: a message each, in SQL that is put together once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.db import connection, models

from . import together
from .prepared import Given, Prepared, prepare
from .scope import Scope, active, use

M = TypeVar("M", bound=models.Model)


def find(model: type[M], uid: UUID) -> M | None:
    """The record that the active scope may see, as the model's own manager says; None for any other."""
    found: M | None = _by_uid(model, active(), connection.vendor).first(uid=uid)
    return found


@lru_cache(maxsize=2000)
def _by_uid(model: type[models.Model], scope: Scope, vendor: str) -> Prepared:
    with use(scope):
        return prepare(model._default_manager.filter(uid=Given("uid", models.UUIDField())))


def read_related(row: models.Model, paths: Sequence[str]) -> None:
    """Read the rows along these paths ("object__parent") that are not yet kept with the row, and keep
    them, as `select_related` would have, whatever their scope."""
    links = [
        link
        for link in _links(type(row), tuple(paths), connection.vendor)
        if not _is_kept(row, link)
    ]
    keys = [(link, getattr(row, link.key)) for link in links]
    wanted = [link.question.asked(key=key) for link, key in keys if key is not None]
    found = iter(together.read(*wanted))
    for link, key in keys:
        _keep(row, link, next(iter(next(found)), None) if key is not None else None)


def _is_kept(row: models.Model, link: _Link) -> bool:
    """Whether a row, or that there is none, is known along the whole of a path."""
    holder: Any = row
    for name in (*link.above, link.field.cache_name):
        if name not in holder._state.fields_cache:
            return False
        holder = holder._state.fields_cache[name]
        if holder is None:
            return True
    return True


def _keep(row: models.Model, link: _Link, found: models.Model | None) -> None:
    """Put a row in its place, unless what stands before it has changed meanwhile and names another one."""
    holder: Any = row
    for name in link.above:
        holder = holder._state.fields_cache.get(name)
        if holder is None:
            return
    field = link.field
    if field.concrete:
        if getattr(holder, field.attname) == (found.pk if found else None):
            field.set_cached_value(holder, found)
    else:  # the other side of a one-to-one
        field.set_cached_value(holder, found)
        if found is not None:
            field.remote_field.set_cached_value(found, holder)


class _Link(NamedTuple):
    """A row to be read along a path: after which others, by which value of the first row, and how."""

    above: tuple[str, ...]
    field: Any
    key: str
    question: Prepared


@cache
def _links(model: type[models.Model], paths: tuple[str, ...], vendor: str) -> list[_Link]:
    """A link for each step of the paths, those above before those below."""
    parts = [tuple(path.split("__")) for path in paths]
    steps = dict.fromkeys(part[:n] for part in parts for n in range(1, len(part) + 1))
    return [_link(model, step) for step in sorted(steps, key=len)]


def _link(model: type[models.Model], step: tuple[str, ...]) -> _Link:
    first: Any = model._meta.get_field(step[0])
    forward = first if first.concrete else first.field
    key = Given("key", forward.target_field)
    by = "pk" if first.concrete else forward.attname
    rows, field = first.related_model._base_manager.filter(**{by: key}), first
    for name in step[1:]:
        field = field.related_model._meta.get_field(name)
    if len(step) > 1:
        rows = field.related_model._base_manager.filter(
            pk=models.Subquery(rows.values("__".join(step[1:])))
        )
    return _Link(step[:-1], field, first.attname if first.concrete else "pk", prepare(rows))
