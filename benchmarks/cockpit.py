"""The cockpit's answer as the ledger grows: the same picture at 10,000 hazards and at all of them, in one run."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db import connection
from django.db.models import Model

from xiangling.apps.hazards.models import Hazard
from xiangling.insight import recount, tallies, visits
from xiangling.insight.cells import ALL_SECTORS, GRAINS, LEVELS
from xiangling.insight.facts import SPANS
from xiangling.insight.models import Cell, Subtotal

from . import people
from .figures import Book, Spent, timed
from .lists import fetch, queries

FEW, MOST = 10_000, 1_000_000
"""Hazards at which it is looked at first, and beyond which adding up the traces would take longer than anything else."""
ROUNDS = 40
PROBED = 500
PICTURES = {
    "cockpit, city: answer": ("committee", "/api/v1/cockpit"),
    "cockpit, city: page": ("committee", "/cockpit/"),
    "cockpit, district: answer": ("department", "/api/v1/cockpit"),
}


class Growth:
    """What the cockpit took when the ledger was small, beside what it takes now."""

    def __init__(self) -> None:
        self.before: dict[str, Spent] = {}

    def look(self, book: Book) -> None:
        """Time the pictures, the second time beside the first: the least time, which a busy machine disturbs least."""
        sum_up()
        for what, (persona, address) in PICTURES.items():
            client = people.browser(persona)
            spent = timed(partial(fetch, client, address), ROUNDS)
            before = self.before.setdefault(what, spent)
            n_asked, ms = queries(client, address)
            book.add(
                f"{what}: least", spent.least, "ms", wanted="1.3 x",
                raw=None if before is spent else before.least, raw_what=f"at {FEW:,}",
                note=f"median {spent.median:.0f} ms, {n_asked} queries, database {ms:.0f} ms",
            )  # fmt: skip


def sum_up() -> None:
    """Count what the worker has not; make the cells of days in towns and villages from the traces, all others from these."""
    tallies.catch_up()
    *wide, town, village = LEVELS
    cells, day = f'"{Cell._meta.db_table}"', GRAINS[0]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET work_mem = '1GB'")
        for model in recount.SUMS:
            cursor.execute(f'DELETE FROM "{model._meta.db_table}"')
        for level in (town, village):
            _add_up(cursor, Cell, {}, f"({recount.sums_sql(Cell, day, level)}) AS traces")
        for level in wide:
            there = f"{cells} WHERE length(region) = {town}"
            _add_up(cursor, Cell, {"region": f"substr(region, 1, {level})"}, there)
        for grain in GRAINS[1:]:
            first = recount.FIRST[connection.vendor][grain].format("day")
            _add_up(
                cursor,
                Cell,
                {"grain": f"'{grain}'", "day": first},
                f"{cells} WHERE grain = '{day}'",
            )
        lasting = ", ".join(f"'{name}'" for name in SPANS)
        state = {"state": f"CASE WHEN what IN ({lasting}) THEN '' ELSE state END"}
        for words in (state, {**state, "sector": f"'{ALL_SECTORS}'"}):
            _add_up(cursor, Subtotal, words, cells)
        for _pair in visits.differences(mend=True):
            pass
        if connection.vendor == "postgresql":
            cursor.execute("RESET work_mem")
        cursor.execute("VACUUM (ANALYZE)" if connection.vendor == "postgresql" else "ANALYZE")
    rows = Hazard._base_manager.exclude(head="").order_by("-pk")
    made = list(rows.values_list("uid", flat=True)[:PROBED])
    assert tallies.traced("hazard", made) == tallies.count_afresh("hazard", made)


def _add_up(cursor: Any, model: type[Model], words: Mapping[str, str], rows: str) -> None:
    """Write sums of `rows` with some key columns replaced by the expressions of `words`."""
    keys = recount.SUMS[model]
    picked = ", ".join(f"{words.get(name, name)}" for name in keys)
    places = ", ".join(str(number) for number in range(1, len(keys) + 1))
    cursor.execute(
        f'INSERT INTO "{model._meta.db_table}" ({", ".join(keys)}, n, weight) '
        f"SELECT {picked}, SUM(n), SUM(weight) FROM {rows} GROUP BY {places}"
    )
