"""Many new rows of one table at once: COPY on PostgreSQL, one prepared statement on SQLite.

What `bulk_create` does, without an expression for each value: an import spends most of its time there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple, TypeVar

from django.db import connection, models, transaction
from django.db.models.base import ModelState

M = TypeVar("M", bound=models.Model)
Value = Callable[[Any], Any]
_COPY_FROM = 4
"""Fewer rows are sooner inserted than copied."""


class Written(NamedTuple):
    """A column as it is written: its name, the attribute it comes from, and what makes the value plain."""

    column: str
    attribute: str
    plain: Value | None
    pre_save: Callable[[models.Model, bool], Any] | None


def new(model: type[M], **values: Any) -> M:
    """An unsaved row as `model(**values)` makes it, at a fraction of its price: a batch makes thousands.

    The names are those of columns (`unit_id`, not `unit`); no signal is sent.
    """
    row = model.__new__(model)
    plain, made = _defaults(model)
    held = row.__dict__
    held.update(plain)
    held.update(values)
    for name, make in made:
        if name not in values:
            held[name] = make()
    held["_state"] = ModelState()
    return row


@cache
def _defaults(
    model: type[models.Model],
) -> tuple[dict[str, Any], list[tuple[str, Callable[[], Any]]]]:
    """What columns hold that nothing was said of: values, and what makes one anew for each row."""
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    fresh = [field for field in fields if field.has_default() and callable(field.default)]
    plain = {field.attname: field.get_default() for field in fields if field not in fresh}
    return plain, [(field.attname, field.get_default) for field in fresh]


def create(rows: Sequence[models.Model]) -> None:
    """Write new rows of one model, in their order, and give them their ids. No signals are sent.

    Raises what saving them would raise (IntegrityError), in a transaction of its own or the caller's.
    """
    if not rows:
        return
    model = type(rows[0])
    fields = written(model)
    for row in rows:  # what they point at may have got its id since they were made
        if row._state.fields_cache:
            row._prepare_related_fields_for_save(operation_name="bulk_create")  # type: ignore[attr-defined]
    with transaction.atomic(savepoint=False):
        _number(model, rows)
        write_plain(model, fields, _values(rows, fields))
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


def update(rows: Sequence[models.Model], attributes: Sequence[str]) -> None:
    """Write these attributes of stored rows of one model. No signals are sent."""
    if not rows:
        return
    model = type(rows[0])
    named = {field.attribute: field for field in written(model)}
    key = model._meta.pk.attname
    fields = [named[name] for name in (*attributes, key)]
    changes = ", ".join(f'"{field.column}" = %s' for field in fields[:-1])
    statement = f'UPDATE "{model._meta.db_table}" SET {changes} WHERE "{fields[-1].column}" = %s'
    with connection.cursor() as cursor:
        cursor.executemany(statement, list(_values(rows, fields)))


def write(model: type[models.Model], attributes: Sequence[str], values: Iterable[Any]) -> None:
    """Write rows given as tuples of these attributes, where an object for each would be waste."""
    named = {field.attribute: field for field in written(model)}
    fields = [named[name] for name in attributes]
    if any(field.plain for field in fields):
        plain = [field.plain or (lambda value: value) for field in fields]
        values = [
            tuple(make(value) for make, value in zip(plain, row, strict=True)) for row in values
        ]
    write_plain(model, fields, values)


def written(model: type[models.Model]) -> tuple[Written, ...]:
    """The columns of a model that are written, in order."""
    return _fields(model, connection.vendor)


def write_plain(
    model: type[models.Model], fields: Sequence[Written], values: Iterable[tuple[Any, ...]]
) -> None:
    """Write tuples whose values are what `Written.plain` makes of them."""
    rows = list(values)
    with transaction.atomic(savepoint=False):
        if connection.vendor == "postgresql" and len(rows) >= _COPY_FROM:
            _copy(model, fields, rows)
        elif rows:
            _execute(model, fields, rows)


@cache
def _fields(model: type[models.Model], vendor: str) -> tuple[Written, ...]:
    concrete = [
        field
        for field in model._meta.local_concrete_fields
        if not field.generated and field.column is not None
    ]
    return tuple(
        Written(
            field.column or field.name,
            field.attname,
            _plain(field, vendor),
            field.pre_save if _sets_itself(field) else None,
        )
        for field in concrete
    )


def _sets_itself(field: models.Field[Any, Any]) -> bool:
    """Whether saving changes the value: a date set by itself, a file that is stored."""
    if isinstance(field, models.DateField | models.TimeField):
        return field.auto_now or field.auto_now_add
    return type(field).pre_save is not models.Field.pre_save


def _text(value: Any) -> Any:
    return value if type(value) is str or value is None else str(value)


def _plain(field: models.Field[Any, Any], vendor: str) -> Value | None:
    """What turns an attribute into a value the driver writes as it is; None where it is one already."""
    target = field
    while isinstance(target, models.ForeignKey):
        target = target.target_field
    if isinstance(target, models.JSONField):
        encoder = target.encoder
        return lambda value: None if value is None else json.dumps(value, cls=encoder)
    if isinstance(target, models.CharField | models.TextField):
        return _text
    if isinstance(target, models.AutoField | models.IntegerField | models.FloatField):
        return None
    if vendor == "postgresql" and isinstance(
        target, models.DateField | models.UUIDField | models.BooleanField | models.DecimalField
    ):
        return None
    return lambda value: target.get_db_prep_save(value, connection)


def _values(rows: Iterable[models.Model], fields: Sequence[Written]) -> Iterator[tuple[Any, ...]]:
    plan = [(name, plain, before) for _column, name, plain, before in fields]
    for row in rows:
        made, held = [], row.__dict__
        for name, plain, before in plan:
            value = held[name] if before is None else before(row, True)
            if plain is None or (plain is _text and type(value) is str):
                made.append(value)
            else:
                made.append(plain(value))
        yield tuple(made)


def _number(model: type[models.Model], rows: Sequence[models.Model]) -> None:
    """Give the rows that have none an id of the table's own sequence, in their order."""
    key = model._meta.pk
    if not isinstance(key, models.AutoField):
        return
    bare = [row for row in rows if row.pk is None]
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [f'"{table}"', key.column, len(bare)],
            )
            ids: Iterable[int] = sorted(row[0] for row in cursor.fetchall())
        else:  # one writer at a time, and this is the one
            cursor.execute(
                "SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = %s), 0), "
                f'coalesce((SELECT max("{key.column}") FROM "{table}"), 0))',
                [table],
            )
            first = int(cursor.fetchone()[0]) + 1
            ids = range(first, first + len(bare))
    for row, number in zip(bare, ids, strict=True):
        row.pk = number


def _columns(fields: Sequence[Written]) -> str:
    return ", ".join(f'"{field.column}"' for field in fields)


def _copy(
    model: type[models.Model], fields: Sequence[Written], values: Sequence[tuple[Any, ...]]
) -> None:
    statement = f'COPY "{model._meta.db_table}" ({_columns(fields)}) FROM STDIN'
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.cursor.copy(statement) as copy,
    ):
        for row in values:
            copy.write_row(row)


def _execute(
    model: type[models.Model], fields: Sequence[Written], values: Sequence[tuple[Any, ...]]
) -> None:
    marks = ", ".join(["%s"] * len(fields))
    statement = f'INSERT INTO "{model._meta.db_table}" ({_columns(fields)}) VALUES ({marks})'
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)
