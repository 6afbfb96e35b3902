"""Numbers that are given out one after the other, once each, whoever asks at the same time."""

from __future__ import annotations

from django.db import connection

from .models import Series


def take(key: str, amount: int = 1) -> int:
    """Take `amount` numbers of a series in one atomic statement; returns the last of them.

    Within a transaction they are given out with its commit: what is rolled back was never taken.
    """
    table = Series._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" (key, last) VALUES (%s, %s) '
            f'ON CONFLICT (key) DO UPDATE SET last = "{table}".last + excluded.last '
            "RETURNING last",
            [key, amount],
        )
        return int(cursor.fetchone()[0])
