"""Many new rows of one table at once: COPY on PostgreSQL, one prepared statement on SQLite.

What `bulk_create` does, without an expression for each value: an import spends most of its time there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.db import DataError, connection, models, transaction
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


def known(model: type[M], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[M]:
    """Stored rows of which only these columns were read, as `QuerySet.only` gives them."""
    alias, found = connection.alias, []
    for values in rows:
        row = model.__new__(model)
        row.__dict__.update(zip(names, values, strict=True))
        state = row.__dict__["_state"] = ModelState()
        state.adding, state.db = False, alias
        found.append(row)
    return found


def create(rows: Sequence[models.Model], *, with_ids: bool = True) -> None:
    """Write new rows of one model, in their order, and give them their ids. No signals are sent.

    Without ids the rows are not to be used afterwards. Raises what saving them would raise
    (IntegrityError), in a transaction of its own or the caller's.
    """
    if not rows:
        return
    model = type(rows[0])
    fields = written(model)
    _follow_related(model, rows)
    with transaction.atomic(savepoint=False):
        if with_ids:
            _number(model, rows)
        else:
            fields = tuple(field for field in fields if field.attribute != model._meta.pk.attname)
        _write(model, fields, _columns_of(rows, fields))
    alias = connection.alias
    for row in rows:
        row._state.adding, row._state.db = False, alias


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
        cursor.executemany(statement, list(zip(*_columns_of(rows, fields), strict=True)))


def write(model: type[models.Model], attributes: Sequence[str], values: Iterable[Any]) -> None:
    """Write rows given as tuples of these attributes, where an object for each would be waste."""
    named = {field.attribute: field for field in written(model)}
    fields = [named[name] for name in attributes]
    columns = list(zip(*values, strict=True))
    plain = [_made_plain(field, column) for field, column in zip(fields, columns, strict=False)]
    with transaction.atomic(savepoint=False):
        _write(model, fields, plain)


def among(
    model: type[models.Model], attribute: str, values: Iterable[Any]
) -> models.expressions.RawSQL:
    """The rows in which a column of texts or uids has one of many values: a filter with one parameter."""
    field = next(one for one in written(model) if one.attribute == attribute)
    asked = json.dumps([one.hex if isinstance(one, UUID) else one for one in values])
    column = f'"{model._meta.db_table}"."{field.column}"'
    if connection.vendor == "postgresql":
        kind = model._meta.get_field(attribute).db_type(connection)
        held = f"= ANY(ARRAY(SELECT jsonb_array_elements_text(%s::jsonb)::{kind}))"
    else:
        held = "IN (SELECT value FROM json_each(%s))"
    return models.expressions.RawSQL(f"{column} {held}", [asked], models.BooleanField())


def written(model: type[models.Model]) -> tuple[Written, ...]:
    """The columns of a model that are written, in order."""
    return _fields(model, connection.vendor)


def write_plain(
    model: type[models.Model], fields: Sequence[Written], values: Iterable[tuple[Any, ...]]
) -> None:
    """Write tuples whose values are what `Written.plain` makes of them."""
    with transaction.atomic(savepoint=False):
        _write(model, fields, list(zip(*values, strict=True)))


def _write(
    model: type[models.Model], fields: Sequence[Written], columns: Sequence[Sequence[Any]]
) -> None:
    if not columns:
        return
    if connection.vendor == "postgresql" and len(columns[0]) >= _COPY_FROM:
        _copy(model, fields, columns)
    else:
        _execute(model, fields, columns)


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
        # the same value with signs for themselves: half as much to send and to take apart
        is_pg = vendor == "postgresql"
        encode = (target.encoder or json.JSONEncoder)(ensure_ascii=not is_pg).encode
        return lambda value: None if value is None else encode(value)
    if isinstance(target, models.CharField | models.TextField):
        return _text
    if isinstance(target, models.AutoField | models.IntegerField | models.FloatField):
        return None
    if vendor == "postgresql" and isinstance(
        target, models.DateField | models.UUIDField | models.BooleanField | models.DecimalField
    ):
        return None
    return lambda value: target.get_db_prep_save(value, connection)


@cache
def _related(model: type[models.Model]) -> dict[str, str]:
    """Relation -> the column that holds it."""
    return {field.name: field.attname for field in model._meta.concrete_fields if field.is_relation}


def _follow_related(model: type[models.Model], rows: Iterable[models.Model]) -> None:
    """What rows point at may have got its id since they were made."""
    related = _related(model)
    for row in rows:
        held, beside = row.__dict__, row._state.fields_cache
        if beside and any(held[related[name]] is None for name in beside if name in related):
            row._prepare_related_fields_for_save(operation_name="bulk_create")  # type: ignore[attr-defined]


def _columns_of(rows: Sequence[models.Model], fields: Sequence[Written]) -> list[Sequence[Any]]:
    """The plain values of rows, column by column."""
    held = [row.__dict__ for row in rows]
    return [
        _made_plain(
            field,
            list(map(itemgetter(field.attribute), held))
            if field.pre_save is None
            else [field.pre_save(row, True) for row in rows],
        )
        for field in fields
    ]


def _made_plain(field: Written, column: Sequence[Any]) -> Sequence[Any]:
    if field.plain is None or (field.plain is _text and set(map(type, column)) == {str}):
        return column
    return list(map(field.plain, column))


def _number(model: type[models.Model], rows: Sequence[models.Model]) -> None:
    """Give the rows that have none an id of the table's own sequence, in their order.

    Whoever waits for the writers of a table to learn that no smaller id is still to come (the seal)
    waits from the moment the ids are taken.
    """
    key = model._meta.pk
    if not isinstance(key, models.AutoField):
        return
    bare = [row for row in rows if row.pk is None]
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f'LOCK TABLE "{table}" IN ROW EXCLUSIVE MODE; '
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [f'"{table}"', key.column, len(bare)],
            )
            cursor.nextset()
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
        row.__dict__[key.attname] = number


def _columns(fields: Sequence[Written]) -> str:
    return ", ".join(f'"{field.column}"' for field in fields)


def _copy(
    model: type[models.Model], fields: Sequence[Written], columns: Sequence[Sequence[Any]]
) -> None:
    statement = f'COPY "{model._meta.db_table}" ({_columns(fields)}) FROM STDIN'
    texts = [_copied(column) for column in columns]
    block = "\n".join(map("\t".join, zip(*texts, strict=True))) + "\n"
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.cursor.copy(statement) as copy,
    ):
        copy.write(block)


_NULL = "\\N"
_ESCAPED = (("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))


def _copied(column: Sequence[Any]) -> list[str]:
    """The values of a column as COPY reads them. Raises DataError for what PostgreSQL cannot hold."""
    kinds = set(map(type, column))
    if len(kinds) == 1:
        return _texts_of(kinds.pop())(column)
    made = {kind: iter(_texts_of(kind)([v for v in column if type(v) is kind])) for kind in kinds}
    return [next(made[type(value)]) for value in column]


@cache
def _texts_of(kind: type) -> Callable[[Sequence[Any]], list[str]]:
    return next(make for known, make in _TEXTS if issubclass(kind, known))


def _text_texts(column: Sequence[str]) -> list[str]:
    # all at once: most columns hold nothing that has to be escaped
    whole = "\0".join(column)
    for sign, escaped in _ESCAPED:
        if sign in whole:
            whole = whole.replace(sign, escaped)
    texts = whole.split("\0")
    if len(texts) != len(column):
        raise DataError("a text for PostgreSQL cannot contain NUL (0x00) bytes")
    return texts


def _moment_texts(column: Sequence[date]) -> list[str]:
    # a batch holds the same moment again and again: the same object, mostly
    made: dict[int, str] = {}
    return [made.get(id(one)) or made.setdefault(id(one), str(one)) for one in column]


def _number_texts(column: Sequence[Any]) -> list[str]:
    return list(map(format, column))


_TEXTS: tuple[tuple[type, Callable[[Sequence[Any]], list[str]]], ...] = (
    (type(None), lambda column: [_NULL] * len(column)),
    (str, _text_texts),
    (bool, lambda column: ["t" if one else "f" for one in column]),
    (int, _number_texts),
    (float, lambda column: list(map(repr, column))),
    (Decimal, _number_texts),
    (UUID, lambda column: [one.hex for one in column]),
    (date, _moment_texts),
)
"""Kinds of plain values, and what makes of a column of them what COPY reads; a datetime is a date."""


def _execute(
    model: type[models.Model], fields: Sequence[Written], columns: Sequence[Sequence[Any]]
) -> None:
    marks = ", ".join(["%s"] * len(fields))
    statement = f'INSERT INTO "{model._meta.db_table}" ({_columns(fields)}) VALUES ({marks})'
    with connection.cursor() as cursor:
        cursor.executemany(statement, list(zip(*columns, strict=True)))
