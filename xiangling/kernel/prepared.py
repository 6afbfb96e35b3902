"""Questions that Django puts into SQL once; each asking brings its own values.

Putting a query together costs Django several times what answering it costs the database.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models.expressions import Expression

from . import together

_NO_ROWS = "SELECT NULL WHERE 1 = 0"


class Given(Expression):
    """A value that comes with each asking, of the kind that a column holds."""

    def __init__(self, name: str, output_field: models.Field[Any, Any]) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", [_Slot(self.name, self.output_field)]


class _Slot(NamedTuple):
    """Where a given value stands among the parameters."""

    name: str
    field: models.Field[Any, Any]


@dataclass(frozen=True)
class Prepared:
    """A query in SQL, and what makes an instance or a tuple of each row."""

    sql: str
    params: tuple[Any, ...]
    made: Callable[[Sequence[Any]], Any]

    def asked(self, **given: Any) -> Asked:
        """The question with its values, to be read together with others."""
        return Asked(self, given)

    def all(self, **given: Any) -> list[Any]:
        (found,) = together.read(self.asked(**given))
        return found

    def first(self, **given: Any) -> Any:
        """The first row, or None."""
        return next(iter(self.all(**given)), None)


class Asked(NamedTuple):
    """A prepared question and the values of this asking."""

    question: Prepared
    given: dict[str, Any]

    def statement(self) -> together.Statement:
        params = [
            one.field.get_db_prep_value(self.given[one.name], connection)
            if isinstance(one, _Slot)
            else one
            for one in self.question.params
        ]
        return together.Statement(self.question.sql, params, is_question=True)

    def made(self, values: Sequence[Any]) -> Any:
        return self.question.made(values)


def prepare(rows: models.QuerySet[Any, Any], *paths: str) -> Prepared:
    """Put a query into SQL, with a place for each `Given`; whoever asks often keeps what this returns.

    Its rows are tuples where the query set gives tuples; else instances, with what was annotated and with
    the rows that `select_related` would bring along these paths of foreign keys ("post__unit").
    """
    if rows.query.default_cols:
        made = _Instances(rows, paths)
        return _prepare(rows.values_list(*made.columns), made)
    return _prepare(rows, tuple)


def _prepare(rows: models.QuerySet[Any, Any], make: Callable[[Sequence[Any]], Any]) -> Prepared:
    compiler: Any = rows.query.get_compiler(connection=connection)
    try:
        sql, params = compiler.as_sql()
    except EmptyResultSet:
        sql, params = _NO_ROWS, ()
    convert = together.converting(compiler, [column for column, _sql, _alias in compiler.select])
    return Prepared(sql, tuple(params), lambda values: make(convert(values)))


class _Part(NamedTuple):
    """The columns of one instance among those of a row, and where it is kept."""

    step: tuple[str, ...]
    model: type[models.Model]
    field: Any
    names: tuple[str, ...]
    first: int

    @property
    def end(self) -> int:
        return self.first + len(self.names)


class _Instances:
    """What makes an instance of a row, and keeps with it those that it names."""

    def __init__(self, rows: models.QuerySet[Any, Any], paths: Sequence[str]) -> None:
        ways = [tuple(path.split("__")) for path in paths]
        self.parts = [_part((), rows.model, None, 0)]
        for step in dict.fromkeys(way[:n] for way in ways for n in range(1, len(way) + 1)):
            above = next(one.model for one in self.parts if one.step == step[:-1])
            field: Any = above._meta.get_field(step[-1])
            self.parts.append(_part(step, field.related_model, field, self.parts[-1].end))
        self.annotated = tuple(rows.query.annotations)

    @property
    def columns(self) -> list[str]:
        plain = ["__".join((*one.step, name)) for one in self.parts for name in one.names]
        return [*plain, *self.annotated]

    def __call__(self, values: Sequence[Any]) -> models.Model:
        root = self._made(self.parts[0], values)
        held: dict[tuple[str, ...], models.Model | None] = {(): root}
        for part in self.parts[1:]:
            holder = held[part.step[:-1]]
            is_named = holder is not None and getattr(holder, part.field.attname) is not None
            held[part.step] = row = self._made(part, values) if is_named else None
            if holder is not None:
                part.field.set_cached_value(holder, row)
        for name, value in zip(self.annotated, values[self.parts[-1].end :], strict=True):
            setattr(root, name, value)
        return root

    @staticmethod
    def _made(part: _Part, values: Sequence[Any]) -> models.Model:
        return part.model.from_db(connection.alias, part.names, values[part.first : part.end])


def _part(step: tuple[str, ...], model: type[models.Model], field: Any, first: int) -> _Part:
    names = tuple(one.attname for one in model._meta.concrete_fields)
    return _Part(step, model, field, names, first)
