"""More hazards than ledgers: the database itself writes the city's cases again, at other firms and on other days.

What lists, home pages, the sweep and (with traces) the cockpit read, and nothing else: no entries, judgements or slices.
PostgreSQL only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, models

from xiangling.apps.hazards.models import Hazard
from xiangling.insight.models import Trace
from xiangling.kernel import bulk
from xiangling.kernel.models import Docket

PORTION = 500_000
MOVED = "+ make_interval(days => made.days)"
DAYS = {name: f"one.{name} {MOVED}" for name in ("opened_at", "changed_at", "closed_at", "due_at")}


def write(
    n: int,
    firms: Sequence[Any],
    supervisors: Mapping[str, Sequence[tuple[int, int | None]]],
    years: int,
    *,
    first: int,
    with_traces: bool,
) -> None:
    """Write `n` copies of the cases from id `first` on that have a ledger: the demo city's own are open too often.

    Call while indexes are away and references are not checked.
    """
    with connection.cursor() as cursor:
        _places(cursor, firms, supervisors)
        for start in range(0, n, PORTION):
            _made(cursor, min(PORTION, n - start), years, first)
            _copy(cursor, Hazard, _hazard(), "one.id = made.pk")
            _copy(cursor, Docket, _docket(), "one.case_uid = made.case_uid")
            if with_traces:
                _copy(cursor, Trace, _trace(), "one.case_uid = made.case_uid")


def _places(
    cursor: Any, firms: Sequence[Any], supervisors: Mapping[str, Sequence[tuple[int, int | None]]]
) -> None:
    """Temporary tables of the firms and of who supervises in each town, numbered from 0."""
    cursor.execute(
        "CREATE TEMP TABLE IF NOT EXISTS bench_firm (number int, object_id int, unit_id int, region text, sector text)"
    )
    cursor.execute(
        "CREATE TEMP TABLE IF NOT EXISTS bench_post (town text, number int, n int, unit int, post int)"
    )
    cursor.execute("TRUNCATE bench_firm, bench_post")
    with cursor.copy("COPY bench_firm FROM STDIN") as into:
        for number, firm in enumerate(firms):
            into.write_row((number, firm.pk, firm.unit, firm.region, firm.sector))
    with cursor.copy("COPY bench_post FROM STDIN") as into:
        for town, held in supervisors.items():
            for number, (unit, post) in enumerate(held):
                into.write_row((town, number, len(held), unit, post))
    cursor.execute("ANALYZE bench_firm")
    cursor.execute("ANALYZE bench_post")


def _made(cursor: Any, n: int, years: int, first: int) -> None:
    """Which case each copy is made of, its id, firm, supervisor and by how many whole days it is moved.

    As the city's own: closed cases over the last years, open ones near where they were.
    """
    cursor.execute("DROP TABLE IF EXISTS bench_made")
    cursor.execute(
        """
        CREATE TEMP TABLE bench_made AS
        WITH proven AS (
            SELECT row_number() OVER () - 1 AS number, id, uid, opened_at, changed_at, closed_at
            FROM hazards_hazard WHERE id >= %s AND head <> ''
        ), drawn AS MATERIALIZED (
            SELECT which, random() AS day, floor(random() * %s)::int AS firm, random() AS post, gen_random_uuid() AS uid
            FROM generate_series(0, %s) AS which
        )
        SELECT (SELECT max(id) FROM hazards_hazard) + 1 + which AS id, drawn.uid, proven.id AS pk, proven.uid AS case_uid,
            CASE WHEN closed_at IS NULL THEN
                    least(floor(day * 10)::int - 5, floor(extract(epoch FROM now() - changed_at) / 86400)::int)
                ELSE floor(extract(epoch FROM now() - changed_at) / 86400)::int - floor(day * %s)::int END AS days,
            bench_firm.object_id, bench_firm.unit_id, bench_firm.region, bench_firm.sector,
            bench_post.unit AS supervisor, bench_post.post
        FROM drawn
        JOIN proven ON proven.number = which %% (SELECT count(*) FROM proven)
        JOIN bench_firm ON bench_firm.number = drawn.firm
        JOIN bench_post ON bench_post.town = left(bench_firm.region, 9)
            AND bench_post.number = floor(drawn.post * bench_post.n)::int
        ORDER BY which
        """,
        [first, _count(cursor, "bench_firm"), n - 1, years * 365],
    )
    cursor.execute("ANALYZE bench_made")


def _count(cursor: Any, table: str) -> int:
    cursor.execute(f"SELECT count(*) FROM {table}")
    return int(cursor.fetchone()[0])


def _code() -> str:
    year = f"extract(year FROM one.opened_at {MOVED})"
    return f"'YH-' || left(made.region, 6) || '-' || {year} || '-' || made.id"


def _hazard() -> dict[str, str]:
    days = {name: f"one.{name} {MOVED}" for name in ("found_at", "reported_at")}
    return {
        **DAYS, **days, "id": "made.id", "uid": "made.uid", "code": _code(), "region": "made.region",
        "unit_id": "made.unit_id", "sector": "made.sector", "object_id": "made.object_id", "head": "''",
        "external_id": "''", "supervisor_id": "CASE WHEN one.supervisor_id IS NOT NULL THEN made.supervisor END",
        "deadline": "one.deadline + made.days",
    }  # fmt: skip


def _docket() -> dict[str, str]:
    is_own = "one.holder_unit = one.unit_id"
    return {
        "case_uid": "made.uid", "code": _code(), "region": "made.region", "unit_id": "made.unit_id",
        "sector": "made.sector", "opened_at": DAYS["opened_at"], "due_at": DAYS["due_at"],
        "since": f"one.since {MOVED}", "alarm_at": "now() + make_interval(days => 30 + (made.id % 60)::int)",
        "holder_unit": f"CASE WHEN {is_own} THEN made.unit_id WHEN one.holder_unit IS NOT NULL THEN made.supervisor END",
        "holder_post": f"CASE WHEN {is_own} THEN NULL ELSE made.post END",
    }  # fmt: skip


def _trace() -> dict[str, str]:
    return {
        "case_uid": "made.uid", "region": "made.region", "sector": "made.sector",
        "first_on": "one.first_on + made.days", "until_on": "one.until_on + made.days",
        "weight": "one.weight + CASE WHEN one.what = 'open' THEN made.days ELSE 0 END",
    }  # fmt: skip


def _copy(cursor: Any, model: type[models.Model], words: Mapping[str, str], on: str) -> None:
    """Insert a row for each made case, like the one it is made of but for the expressions of `words`."""
    columns = [one.column for one in bulk.written(model) if one.column != "id" or "id" in words]
    picked = ", ".join(words.get(name, f'one."{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    table = model._meta.db_table
    cursor.execute(
        f'INSERT INTO "{table}" ({names}) SELECT {picked} FROM bench_made AS made JOIN "{table}" AS one ON {on}'
    )
