"""The two tables of the lake, column by column.

Days are local calendar days (Asia/Shanghai). Names of people and free text are left out unless the
export is asked for them: figures need neither (个人信息保护法 art. 6).
"""

from __future__ import annotations

from typing import Any

ENTRIES = {
    "node": "string",
    "city": "string",
    "month": "string",
    "id": "int64",
    "case_uid": "string",
    "case_kind": "string",
    "seq": "int32",
    "kind": "string",
    "step": "string",
    "source": "string",
    "target": "string",
    "effect": "string",
    "actor_person": "int64",
    "actor_post": "int64",
    "at": "moment",
    "day": "day",
    "due_at": "moment",
    "region": "string",
    "sector": "string",
    "hash": "string",
}
"""One row for each entry of the ledger, in the partition of its city and the month it happened in.

`effect` is opened, closed, reopened or "" (neither); `due_at` the due date the entry left behind.
"""
TEXTS = {"actor_label": "string", "data": "string"}
"""What `--with-texts` adds to the entries: the actor by name, and the answers as JSON."""

CASES = {
    "node": "string",
    "city": "string",
    "month": "string",
    "uid": "string",
    "kind": "string",
    "code": "string",
    "region": "string",
    "district": "string",
    "town": "string",
    "sector": "string",
    "unit": "string",
    "mark": "string",
    "state": "string",
    "is_open": "bool",
    "opened_on": "day",
    "opened_day": "int32",
    "closed_on": "day",
    "closed_month": "string",
    "n_days": "int32",
    "due_on": "day",
    "due_day": "int32",
    "was_on_time": "bool",
    "n_reopened": "int32",
    "version": "int32",
    "head": "string",
}
"""One row for each case as it stands, in the partition of its city and the month it was opened in.

`opened_day` and `due_day` count days from 0001-01-01 (1), so that ages are plain subtraction on every
engine; `n_days` is the time from opening to closing; `was_on_time` is null where the case is open or
the due date it was closed under is not known.
"""

DIM = frozenset(
    {
        "node", "city", "month", "case_kind", "kind", "step", "source", "target", "effect", "region",
        "district", "town", "sector", "unit", "mark", "state", "closed_month", "actor_label",
    }
)  # fmt: skip
"""Columns with few different values, stored as dictionaries."""


def schema(columns: dict[str, str]) -> Any:
    """The Arrow schema of a table."""
    import pyarrow as pa  # noqa: PLC0415 - an extra

    types = {
        "string": pa.string(),
        "int64": pa.int64(),
        "int32": pa.int32(),
        "bool": pa.bool_(),
        "day": pa.date32(),
        "moment": pa.timestamp("us", tz="UTC"),
    }
    return pa.schema([(name, types[kind]) for name, kind in columns.items()])
