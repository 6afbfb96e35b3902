"""The cockpit's answer as the ledger grows: the same picture at 10,000 hazards and at all of them, in one run."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from xiangling.apps.hazards.models import Hazard
from xiangling.insight import recount, tallies
from xiangling.insight.cells import COLUMNS, GRAINS, LEVELS
from xiangling.insight.facts import row_values
from xiangling.insight.models import Cell, Trace
from xiangling.kernel import bulk

from . import people
from .figures import Book, Spent, timed
from .lists import fetch, queries

FEW = 10_000
BATCH = 2_000
ROUNDS = 40
PICTURES = {
    "cockpit, city: answer": ("committee", "/api/v1/cockpit"),
    "cockpit, city: page": ("committee", "/cockpit/"),
    "cockpit, district: answer": ("department", "/api/v1/cockpit"),
}


class Growth:
    """What the cockpit took when the ledger was small, beside what it takes now."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.before: dict[str, Spent] = {}

    def look(self) -> None:
        """Count what has been made since, then time the picture; the second time beside the first."""
        begun = time.perf_counter()
        n = count()
        self.book.add("counting a made city", n / (time.perf_counter() - begun), "hazards/s")
        for what, (persona, address) in PICTURES.items():
            client = people.browser(persona)
            spent = timed(lambda c=client, a=address: fetch(c, a), ROUNDS)
            before = self.before.setdefault(what, spent)
            n_asked, ms = queries(client, address)
            self.book.add(
                f"{what}: median", spent.median, "ms", wanted="1.3 x",
                raw=None if before is spent else before.median, raw_what=f"at {FEW:,}",
                note=f"{n_asked} queries, database {ms:.0f} ms",
            )  # fmt: skip


def count() -> int:
    """Traces of the hazards that have none, and all cells anew; returns how many were counted."""
    fields = [one for one in bulk.written(Trace) if one.attribute != "id"]
    last = n = 0
    while rows := _batch(last):
        last = rows[-1][0]
        uids = _untraced([uid for _pk, uid in rows])
        bulk.write_plain(Trace, fields, _traces(uids, fields))
        n += len(uids)
    with connection.cursor() as cursor:
        cursor.execute(f'DELETE FROM "{Cell._meta.db_table}"')
        for grain in GRAINS:
            for level in LEVELS:
                cursor.execute(_cells_sql(grain, level))
        cursor.execute("VACUUM (ANALYZE)" if connection.vendor == "postgresql" else "ANALYZE")
    return n


def _batch(last: int) -> list[tuple[int, UUID]]:
    rows = Hazard._base_manager.filter(pk__gt=last).order_by("pk")
    return list(rows.values_list("pk", "uid")[:BATCH])


def _untraced(uids: Sequence[UUID]) -> list[UUID]:
    known = Trace.objects.filter(case_uid__in=uids).values_list("case_uid", flat=True)
    return sorted(set(uids) - set(known))


def _traces(uids: Sequence[UUID], fields: Sequence[bulk.Written]) -> Iterator[tuple[Any, ...]]:
    for uid, (words, facts) in tallies.count_afresh("hazard", uids).items():
        for fact in facts:
            row = {"kind": "hazard", "case_uid": uid, **row_values(fact, words)}
            yield tuple(
                one.plain(row[one.attribute]) if one.plain else row[one.attribute] for one in fields
            )


def _cells_sql(grain: str, level: int) -> str:
    """The cells of one grain and level from the traces, by the rule of the recount."""
    keys = ", ".join(COLUMNS)
    return (
        f'INSERT INTO "{Cell._meta.db_table}" ({keys}, n, weight) SELECT {keys}, SUM(n), SUM(weight) '
        f"FROM ({recount._sums_sql(grain, level)}) AS sums GROUP BY {keys}"
    )
