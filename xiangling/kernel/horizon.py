"""How far a growing table may be read once and for all: no smaller number is still on its way.

PostgreSQL gives numbers when a row is inserted and shows the row when its transaction commits, so a
reader that remembers "read up to 120" loses row 119 if that commits later. Whoever inserts holds the
table's ROW EXCLUSIVE lock from before the number is drawn until the end of the transaction. So: note
the largest number that shows, then wait until everybody who holds that lock now has ended. Nobody is
kept from writing meanwhile. SQLite has one writer at a time: there the largest number is the answer.
"""

from __future__ import annotations

import time

from django.db import connection, models

_PAUSE = 0.02
_WRITERS = """
SELECT virtualtransaction FROM pg_locks
WHERE mode = 'RowExclusiveLock' AND granted AND pid IS DISTINCT FROM pg_backend_pid()
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND relation IN (SELECT %s::regclass::oid UNION SELECT relid::oid FROM pg_partition_tree(%s::regclass))
"""


def settled(model: type[models.Model], *, patience: float = 10.0) -> int | None:
    """The largest id below which nothing more will appear; 0 for an empty table.

    None where writers under way did not end within `patience` seconds: then nothing can be said now.
    """
    largest: int = model._base_manager.aggregate(last=models.Max("id"))["last"] or 0
    if connection.vendor != "postgresql":
        return largest
    table = f'"{model._meta.db_table}"'
    waiting = _writers(table)
    limit = time.monotonic() + patience
    while waiting and time.monotonic() < limit:
        time.sleep(_PAUSE)
        waiting &= _writers(table)
    return None if waiting else largest


def _writers(table: str) -> set[str]:
    """The transactions that may still show rows with numbers drawn before now."""
    with connection.cursor() as cursor:
        cursor.execute(_WRITERS, [table, table])
        return {row[0] for row in cursor.fetchall()}
