"""Numbers that are given out one after the other, once each, whoever asks at the same time."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import connection

from .models import Series


def take(key: str, amount: int = 1) -> int:
    """Take `amount` numbers of a series in one atomic statement; returns the last of them.

    Within a transaction they are given out with its commit: what is rolled back was never taken.
    """
    return take_many({key: amount})[key]


def take_many(amounts: Mapping[str, int]) -> dict[str, int]:
    """As `take`, for several series in one statement; whoever asks at the same time waits, and nobody forever."""
    table = Series._meta.db_table
    wanted = sorted(amounts.items())
    marks = ", ".join(["(%s, %s)"] * len(wanted))
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" (key, last) VALUES {marks} '
            f'ON CONFLICT (key) DO UPDATE SET last = "{table}".last + excluded.last '
            "RETURNING key, last",
            [value for pair in wanted for value in pair],
        )
        return {key: int(last) for key, last in cursor.fetchall()}
