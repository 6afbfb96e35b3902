"""The raw references: what the driver alone takes for the same rows and statements."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from typing import Any

from django.db import connection, models, transaction

from xiangling.kernel import bulk

IS_PG = connection.vendor == "postgresql"


def copy_rate(tables: Sequence[tuple[type[models.Model], list[tuple[Any, ...]]]], n: int) -> float:
    """Rows/s of writing these rows into empty copies of their tables, all indexes included, one transaction."""
    with connection.cursor() as cursor:
        for model, _rows in tables:
            _clone(cursor, model._meta.db_table)
        begun = time.perf_counter()
        with transaction.atomic():
            for model, rows in tables:
                _write(cursor, model, rows)
        spent = time.perf_counter() - begun
        for model, _rows in tables:
            cursor.execute(f'DROP TABLE "raw_{model._meta.db_table}"')
    return n / spent


def _clone(cursor: Any, table: str) -> None:
    if IS_PG:
        cursor.execute(f'CREATE TABLE "raw_{table}" (LIKE "{table}" INCLUDING ALL)')
        return
    cursor.execute(
        "SELECT type, sql FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL", [table]
    )
    for kind, sql in cursor.fetchall():
        if kind == "table":
            cursor.execute(sql.replace(f'"{table}"', f'"raw_{table}"', 1))
        elif kind == "index":
            head, _on, tail = sql.partition(f' ON "{table}"')
            name = head.split('"')[1]
            cursor.execute(f'{head.replace(name, f"raw_{name}")} ON "raw_{table}"{tail}')


def _write(cursor: Any, model: type[models.Model], rows: list[tuple[Any, ...]]) -> None:
    columns = ", ".join(f'"{one.column}"' for one in bulk.written(model))
    table = f"raw_{model._meta.db_table}"
    if IS_PG:
        with cursor.cursor.copy(f'COPY "{table}" ({columns}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join(["%s"] * len(bulk.written(model)))
    cursor.executemany(f'INSERT INTO "{table}" ({columns}) VALUES ({marks})', rows)


def rows_of(model: type[models.Model], found: models.QuerySet[Any]) -> list[tuple[Any, ...]]:
    """Stored rows as tuples that may be written again."""
    fields = bulk.written(model)
    plain = [(one.attribute, one.plain or (lambda value: value)) for one in fields]
    return [tuple(make(getattr(row, name)) for name, make in plain) for row in found]


def move_rate(hazards: Sequence[Any], entry: Any) -> float:
    """Steps/s of one UPDATE and two INSERTs for each case, a transaction for each."""
    from xiangling.kernel.models import Arrival, Entry

    fields = [one for one in bulk.written(Entry) if one.attribute != "id"]
    columns = ", ".join(f'"{one.column}"' for one in fields)
    marks = ", ".join(["%s"] * len(fields))
    base = {
        one.attribute: (one.plain or (lambda v: v))(getattr(entry, one.attribute)) for one in fields
    }
    ident = (lambda uid: uid) if IS_PG else (lambda uid: uid.hex)
    with connection.cursor() as cursor:
        begun = time.perf_counter()
        for hazard in hazards:
            with transaction.atomic():
                cursor.execute(
                    "UPDATE hazards_hazard SET state = 'graded', grade = 'general', version = version + 1, "
                    "due_at = due_at WHERE id = %s",
                    [hazard.pk],
                )
                row = base | {"uid": ident(uuid.uuid4()), "case_uid": ident(hazard.uid),
                              "seq": hazard.version + 5000}  # fmt: skip
                cursor.execute(
                    f"INSERT INTO kernel_entry ({columns}) VALUES ({marks})",
                    [row[one.attribute] for one in fields],
                )
                cursor.execute(
                    f'INSERT INTO "{Arrival._meta.db_table}" (case_kind, case_uid) VALUES (%s, %s)',
                    ["raw", ident(hazard.uid)],
                )
        return len(hazards) / (time.perf_counter() - begun)


def statement(rows: models.QuerySet[Any]) -> tuple[str, Any]:
    """The bare SQL of a query set and its parameters."""
    sql, params = rows.query.sql_with_params()
    return sql, params


def run(sql: str, params: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())
