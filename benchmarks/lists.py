"""Pages: the ledger as city, district, town and firm see it, records, home, search, deep pages, the API."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from xiangling.apps.hazards.models import Hazard
from xiangling.kernel import registry
from xiangling.kernel.models import Entry
from xiangling.kernel.scope import use

from . import people, raw
from .figures import Book, timed

LEDGER = {
    "ledger, open by due date": {"view": "open"},
    "ledger, open majors by due date": {"view": "major"},
    "ledger, everything": {"view": "all"},
    "ledger, new this month": {"view": "month"},
    "ledger, two-character word": {"view": "all", "q": "通道"},
    "ledger, four-character word": {"view": "all", "q": "消防通道"},
    "ledger, filters combined": {"view": "all", "grade": "major", "state": "closed"},
}
WANTED = {
    "ledger, open by due date": "60 ms, DB 3 x",
    "ledger, two-character word": "150 ms",
    "ledger, four-character word": "150 ms",
}


def measure(book: Book, times: int = 25) -> None:
    for who, persona in people.AS.items():
        client = people.browser(persona)
        for what, params in LEDGER.items():
            _ledger(book, client, who, what, params, times)
    _deep(book, times)
    _others(book, times)


def _ledger(
    book: Book, client: Client, who: str, what: str, params: dict[str, str], times: int
) -> None:
    address = "/hazards/?" + "&".join(f"{key}={value}" for key, value in params.items())
    spent = timed(lambda: fetch(client, address), times)
    n, ms = queries(client, address)
    found = registry.shelf("lists")["hazards"]
    actor = people.acting(people.holding_of(people.AS[who]))
    with use(actor.scope):
        sql, bound = raw.statement(found.rows(actor, params)[:51])
    bare = timed(lambda: raw.run(sql, bound), times)
    wanted = WANTED.get(what, "") if who == "district" else ""
    book.add(f"{what}, {who}: p95", spent.p95, "ms", wanted=wanted,
             note=f"median {spent.median:.0f} ms, {n} queries")  # fmt: skip
    book.add(f"{what}, {who}: database", ms, "ms", raw=bare.median, raw_what="its SQL")


def fetch(client: Client, address: str) -> Any:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer


def queries(client: Client, address: str) -> tuple[int, float]:
    """(number, milliseconds in the database) of a page's statements."""
    connection.force_debug_cursor = True
    try:
        found = []
        for _ in range(5):
            with CaptureQueriesContext(connection) as caught:
                fetch(client, address)
            found.append(sum(float(query["time"]) for query in caught.captured_queries))
    finally:
        connection.force_debug_cursor = False
    return len(caught), sorted(found)[2] * 1000


def _deep(book: Book, times: int) -> None:
    """The page after the 2,000th row and after the last but one hundred, by the cursor a reader would bring."""
    from xiangling.kernel.lists import NEWEST, _encode

    actor = people.acting(people.holding_of("committee"))
    client = people.browser("committee")
    with use(actor.scope):
        n = Hazard.objects.count()
        for at in (2_000, n - 100):
            row = Hazard.objects.order_by(*NEWEST)[at]
            address = f"/hazards/?view=all&after={_encode(row, NEWEST)}"
            spent = timed(lambda address=address: fetch(client, address), times)
            book.add(f"ledger, page after row {at:,}, city: p95", spent.p95, "ms",
                     note=f"median {spent.median:.0f} ms")  # fmt: skip


def _others(book: Book, times: int) -> None:
    client = people.browser("department")
    with use(people.acting(people.holding_of("department")).scope):
        newest = Hazard.objects.exclude(head="").order_by("-pk").first()
    longest = Entry.objects.filter(case_kind="hazard").order_by("-seq").first()
    assert newest
    assert longest
    pages = {
        "home, city": (people.browser("committee"), "/", ""),
        "home, district": (client, "/", ""),
        "home, firm": (people.browser("owner"), "/", ""),
        "record, district": (client, f"/hazard/{newest.uid}/", "12 queries, 80 ms"),
        f"record of {longest.seq} entries, city": (
            people.browser("committee"), f"/hazard/{longest.case_uid}/", "80 ms"),
        "objects, city": (people.browser("committee"), "/objects/", ""),
        "API, page of 50, district": (client, "/api/v1/hazards?limit=50", ""),
        "search across everything, district": (client, "/search?q=通道", "150 ms"),
    }  # fmt: skip
    for what, (reader, address, wanted) in pages.items():
        spent = timed(lambda r=reader, a=address: fetch(r, a), times)
        n, ms = queries(reader, address)
        book.add(f"{what}: p95", spent.p95, "ms", wanted=wanted,
                 note=f"median {spent.median:.0f} ms, {n} queries, database {ms:.0f} ms")  # fmt: skip
