"""Statements that go to the server together: what a step reads first, and what it writes last.

PostgreSQL takes them in one message, each with what was committed before it begins; SQLite, where
nothing travels, takes them one after the other. Their SQL is put together once for each model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from django.db import connection, models

from . import bulk

M = TypeVar("M", bound=models.Model)
Convert = Callable[[Any, Any, Any], Any]


class Question(Protocol):
    """What `read` sends, and what it makes of each row of the answer."""

    def statement(self) -> Statement: ...

    def made(self, values: Sequence[Any]) -> Any: ...


@dataclass(frozen=True)
class Rows(Generic[M]):
    """The rows of a model, whatever their scope, in which a column has a value, or one from it up to
    another; locked, if asked."""

    model: type[M]
    attribute: str
    value: Any
    up_to: Any = None
    is_locked: bool = False

    def statement(self) -> Statement:
        plan = self.plan()
        given = [self.value] if self.up_to is None else [self.value, self.up_to]
        marks = "= %s" if self.up_to is None else "BETWEEN %s AND %s"
        lock = " FOR UPDATE" if self.is_locked and connection.features.has_select_for_update else ""
        params = [plan.plain(one) for one in given] if plan.plain else given
        return Statement(f"{plan.sql} {marks}{lock}", params, is_question=True)

    def made(self, values: Sequence[Any]) -> M:
        made: M = self.plan().made(values)
        return made

    def plan(self) -> _Select:
        return _select(self.model, self.attribute, connection.vendor)


class Statement(NamedTuple):
    """A question, or a write whose `row` gets the id that the database gives it."""

    sql: str
    params: Sequence[Any]
    row: models.Model | None = None
    is_question: bool = False

    def answer(self, cursor: Any) -> list[tuple[Any, ...]]:
        return cursor.fetchall() if self.is_question or self.row is not None else []


def read(*asked: Question) -> list[list[Any]]:
    """The rows of each question, in the order of the questions."""
    answers = _run([one.statement() for one in asked])
    return [
        [one.made(values) for values in found] for one, found in zip(asked, answers, strict=True)
    ]


def write(*statements: Statement | None) -> None:
    """Carry out all of them. Raises what saving the rows would raise (IntegrityError)."""
    sent = [one for one in statements if one is not None]
    for one, found in zip(sent, _run(sent), strict=True):
        if one.row is not None:
            one.row.pk = found[0][0]
            one.row._state.adding, one.row._state.db = False, connection.alias


def stored(row: models.Model) -> tuple[Any, ...]:
    """A row's values as they are written, to be compared with what they become."""
    return tuple(_values(row, bulk.written(type(row)), is_new=False))


def inserted(row: models.Model) -> Statement:
    """A new row whose id the database gives."""
    model = type(row)
    fields = [one for one in bulk.written(model) if one.column != model._meta.pk.column]
    sql = _insert(model, connection.vendor)
    return Statement(sql, _values(row, fields, is_new=True), row)


def changed(row: models.Model, before: tuple[Any, ...]) -> Statement | None:
    """The columns of a row that are no longer as `stored` saw them; None where all are."""
    model, key = type(row), row._meta.pk.column
    fields = bulk.written(model)
    now = _values(row, fields, is_new=False)
    fresh = [n for n, value in enumerate(now) if value != before[n] and fields[n].column != key]
    if not fresh:
        return None
    names = ", ".join(f'"{fields[n].column}" = %s' for n in fresh)
    sql = f'UPDATE "{model._meta.db_table}" SET {names} WHERE "{key}" = %s'
    return Statement(sql, [*(now[n] for n in fresh), row.pk])


def removed(row: models.Model) -> Statement:
    """A row that nothing refers to goes."""
    return Statement(
        f'DELETE FROM "{row._meta.db_table}" WHERE "{row._meta.pk.column}" = %s', [row.pk]
    )


def _run(sent: Sequence[Statement]) -> list[list[tuple[Any, ...]]]:
    """The rows that each statement answers with."""
    found: list[list[tuple[Any, ...]]] = []
    if not sent:
        return found
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            params = [value for one in sent for value in one.params]
            cursor.execute("; ".join(one.sql for one in sent), params)
            for one in sent:
                found.append(one.answer(cursor))
                cursor.nextset()
        else:
            for one in sent:
                cursor.execute(one.sql, one.params)
                found.append(one.answer(cursor))
    return found


def _values(row: models.Model, fields: Sequence[bulk.Written], *, is_new: bool) -> list[Any]:
    made = []
    for _column, name, plain, before in fields:
        value = getattr(row, name) if before is None else before(row, is_new)
        made.append(value if plain is None else plain(value))
    return made


class _Select(NamedTuple):
    sql: str
    plain: bulk.Value | None
    made: Callable[[Sequence[Any]], Any]


@cache
def _select(model: type[models.Model], attribute: str, vendor: str) -> _Select:
    compiler = model._base_manager.all().query.get_compiler(connection=connection)
    columns = [field.get_col(model._meta.db_table) for field in model._meta.concrete_fields]
    shown = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields)
    asked = next(one for one in bulk.written(model) if one.attribute == attribute)
    sql = f'SELECT {shown} FROM "{model._meta.db_table}" WHERE "{asked.column}"'
    convert, make = converting(compiler, columns), instances(model)
    return _Select(sql, asked.plain, lambda values: make(convert(values)))


def instances(model: type[M]) -> Callable[[Sequence[Any]], M]:
    """What makes an instance of the values of all columns."""
    names = tuple(field.attname for field in model._meta.concrete_fields)
    return lambda values: model.from_db(connection.alias, names, values)


def converting(compiler: Any, columns: Sequence[Any]) -> Callable[[Sequence[Any]], list[Any]]:
    """What turns a row of these columns, as the driver gives it, into the values of fields."""
    converters = tuple(
        (place, tuple(found), column)
        for place, (found, column) in sorted(compiler.get_converters(columns).items())
    )

    def convert(values: Sequence[Any]) -> list[Any]:
        given = list(values)
        for place, converts, column in converters:
            for one in converts:
                given[place] = one(given[place], column, connection)
        return given

    return convert


@cache
def _insert(model: type[models.Model], vendor: str) -> str:
    key = model._meta.pk.column
    names = [one.column for one in bulk.written(model) if one.column != key]
    columns, marks = ", ".join(f'"{name}"' for name in names), ", ".join(["%s"] * len(names))
    return f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({marks}) RETURNING "{key}"'
