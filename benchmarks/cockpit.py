"""The cockpit's answer as the ledger grows: the same picture at 10,000 hazards and at all of them, in one run."""

from __future__ import annotations

from functools import partial

from django.db import connection

from xiangling.apps.hazards.models import Hazard
from xiangling.insight import recount, tallies, visits
from xiangling.insight.cells import GRAINS, LEVELS

from . import people
from .figures import Book, Spent, timed
from .lists import fetch, queries

FEW = 10_000
ROUNDS = 40
PROBED = 500
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
        """Time the pictures, the second time beside the first: the least time, which a busy machine disturbs least."""
        sum_up()
        for what, (persona, address) in PICTURES.items():
            client = people.browser(persona)
            spent = timed(partial(fetch, client, address), ROUNDS)
            before = self.before.setdefault(what, spent)
            n_asked, ms = queries(client, address)
            self.book.add(
                f"{what}: least", spent.least, "ms", wanted="1.3 x",
                raw=None if before is spent else before.least, raw_what=f"at {FEW:,}",
                note=f"median {spent.median:.0f} ms, {n_asked} queries, database {ms:.0f} ms",
            )  # fmt: skip


def sum_up() -> None:
    """Count what the worker has not, and make all cells from the traces, by the rule of the recount."""
    tallies.catch_up()
    with connection.cursor() as cursor:
        for model, columns in recount.SUMS.items():
            keys = ", ".join(columns)
            cursor.execute(f'DELETE FROM "{model._meta.db_table}"')
            for grain in GRAINS:
                for level in LEVELS:
                    cursor.execute(
                        f'INSERT INTO "{model._meta.db_table}" ({keys}, n, weight) '
                        f"SELECT {keys}, SUM(n), SUM(weight) "
                        f"FROM ({recount.sums_sql(model, grain, level)}) AS sums GROUP BY {keys}"
                    )
        for _pair in visits.differences(mend=True):
            pass
        cursor.execute("VACUUM (ANALYZE)" if connection.vendor == "postgresql" else "ANALYZE")
    rows = Hazard._base_manager.exclude(head="").order_by("-pk")
    made = list(rows.values_list("uid", flat=True)[:PROBED])
    assert tallies.traced("hazard", made) == tallies.count_afresh("hazard", made)
