"""What a list costs does not follow the closed history (R-330): rows read by EXPLAIN, statements counted.

The history is made three times as long; every page and its count must read as many rows as before. (A firm with
workshops sees several units at once, which no index puts in one order: it reads its own history.)
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import factories as f
from tests.api.conftest import Caller, give_token
from xiangling.kernel import clock, lists, registry, search
from xiangling.kernel.lists import List
from xiangling.kernel.models import Access, Case, Entry, Notice, Refusal
from xiangling.kernel.scope import use
from xiangling.web import lists as shown
from xiangling.web.lists import list_of

pytestmark = pytest.mark.django_db

HISTORY = 150
SLACK = 40
"""Rows that a page may read more: neighbours in an index, a longer list of names."""
WORDS = {"": {}, "words": {"q": "通道"}}


def all_lists() -> dict[str, List]:
    """Every list that is registered, and those made for kinds that registered none."""
    found = dict(registry.shelf("lists"))
    for kind in registry.kinds():
        made = list_of(kind.plural)
        if made is not None:
            found[kind.plural] = made
    return found


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[f.World]:
    """A city with some open work, a little closed work, and small pages so that small numbers tell."""
    for module, name, value in (
        (lists, "COUNT_CAP", 20), (lists, "COUNT_AMONG", 40), (search, "LOOKED", 40), (lists, "PAGE", 5),
        (shown, "REMEMBERED", 40),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, value)
    made = f.make_world()
    with clock.at(f.NOW):
        for n in range(3):
            f.report(made, text=f"二层通道堆放杂物第{n}处")
        f.to_state(made, "closed", seed=77)
        yield made


def grow(n: int) -> None:
    """The same past again and again: closed cases, their entries, what was told, looked at and refused."""
    for kind in registry.kinds():
        _again(kind.model, models.Q(closed_at__isnull=False), n)
    for model in (Entry, Notice, Access, Refusal):
        _again(model, models.Q(), n)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _again(model: type[models.Model], which: models.Q, n: int) -> None:
    row = model._base_manager.filter(which).order_by("id").first()
    if row is None:
        return
    is_pg = connection.vendor == "postgresql"
    fresh = "gen_random_uuid()" if is_pg else "lower(hex(randomblob(16)))"
    fields = [
        one for one in model._meta.concrete_fields if not one.generated and not one.primary_key
    ]
    some = "substr(md5(random()::text), 1, 16)" if is_pg else "hex(randomblob(8))"
    changed = {"uid": fresh, "code": f"'X-' || {some}"}
    if model is Entry:
        changed["case_uid"] = fresh
    if not issubclass(model, Case):
        changed.pop("code")
    values = ", ".join(changed.get(one.column, f'"{one.column}"') for one in fields)
    columns = ", ".join(f'"{one.column}"' for one in fields)
    numbers = (
        f"generate_series(1, {n}) AS numbers"
        if is_pg
        else f"(WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < {n}) SELECT x FROM c)"
    )
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" ({columns}) SELECT {values} FROM "{table}", {numbers} WHERE id = %s',
            [row.pk],
        )


WALKED = ("seqscan", "sort", "bitmapscan", "hashjoin")
"""Ways that PostgreSQL takes on small tables only."""


def rows_read(sql: str) -> int:
    """Rows that a statement reads from tables and indexes, with the plans a big table would get.

    SQLite does not say how many: there, a table that is sorted to show its first rows counts as a whole.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            steps = [row[3] for row in cursor.fetchall()]
            if not any("TEMP B-TREE FOR ORDER BY" in step for step in steps):
                return 0  # in the order of an index, it stops where the page is full
            return sum(_scanned(step, cursor) for step in steps)
        if "to_tsvector" in sql:
            return 0  # the word index is asked for rare words only, and reads what matches
        for way in WALKED:
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
        plan = cursor.fetchone()[0]
        for way in WALKED:
            cursor.execute(f"SET LOCAL enable_{way} = on")
    return _read(json.loads(plan)[0]["Plan"] if isinstance(plan, str) else plan[0]["Plan"])


GROWING = ("hazards_hazard", "kernel_entry", "kernel_notice", "kernel_access", "kernel_refusal")


def _scanned(step: str, cursor: Any) -> int:
    for table in GROWING:
        if step.startswith(f"SCAN {table}") and "INDEX" not in step:
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            return int(cursor.fetchone()[0])
    return 0


def _read(plan: dict[str, Any]) -> int:
    below = sum(_read(part) for part in plan.get("Plans", ()))
    if "Relation Name" not in plan:
        return below
    left_out = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
    return int(below + (plan["Actual Rows"] + left_out) * plan["Actual Loops"])


def cost(found: List, actor: Any, params: dict[str, str]) -> tuple[int, int]:
    """(rows read, statements) of a page of a list and of its count."""
    with CaptureQueriesContext(connection) as caught:
        found.page(actor, params, size=5)
        found.count(actor, params)
    asked = [query["sql"] for query in caught.captured_queries]
    return sum(rows_read(sql) for sql in asked if sql.lstrip().startswith("SELECT")), len(asked)


@pytest.mark.parametrize("who", ["committee", "inspector"])
def test_no_list_reads_the_closed_history(world: f.World, who: str) -> None:
    with f.acting(world, who, f.NOW) as actor:
        asked = [
            (key, found, {"view": view.key, **words})
            for key, found in all_lists().items()
            for view in found.views
            for words in WORDS.values()
            if found.is_searchable or not words
        ]
        grow(HISTORY)
        before = {(key, str(params)): cost(found, actor, params) for key, found, params in asked}
        grow(2 * HISTORY)
        for key, found, params in asked:
            rows, statements = cost(found, actor, params)
            was_rows, was_statements = before[key, str(params)]
            assert rows <= was_rows + SLACK, (
                f"{key} {params}: {was_rows} rows read before, {rows} after"
            )
            assert statements <= was_statements, f"{key} {params}"


def test_a_record_page_asks_at_most_twelve_questions(world: f.World) -> None:
    hazard = f.to_state(world, "fixing", seed=78)
    client = Client()
    client.force_login(
        world.people["inspector"], backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    client.get(f"/hazard/{hazard.uid}/")
    with CaptureQueriesContext(connection) as caught:
        assert client.get(f"/hazard/{hazard.uid}/").status_code == 200
    asked = [query["sql"] for query in caught.captured_queries]
    assert len(asked) <= 12, "\n".join(asked)


def test_a_step_asks_and_writes_together(world: f.World) -> None:
    """On PostgreSQL: begin, read, library, who answers, write, two for what is kept beside, commit."""
    hazard = f.report(world, text="三层通道堆放杂物")
    with CaptureQueriesContext(connection) as caught:
        f.step(world, hazard, "grade", "inspector", f.NOW, grade="general")
    step = [query["sql"] for query in caught.captured_queries]
    begun = next(place for place, sql in enumerate(step) if "kernel_docket" in sql)
    most = 7 if connection.vendor == "postgresql" else 13
    assert len(step[begun:]) <= most, "\n".join(step[begun:])


def test_a_step_by_http_asks_for_little_beside_it(world: f.World) -> None:
    """On PostgreSQL: whose token, the record, what it names; the step; whose turn now, who could take it over."""
    hazard = f.report(world, text="四层通道堆放杂物")
    caller = Caller(give_token(world, "inspector"))
    caller.get(f"hazards/{hazard.uid}")
    with CaptureQueriesContext(connection) as caught:
        assert caller.post(f"hazards/{hazard.uid}/grade", {"grade": "general"}).status_code == 200
    asked = [query["sql"] for query in caught.captured_queries]
    most = 15 if connection.vendor == "postgresql" else 27
    assert len(asked) <= most, "\n".join(asked)


@pytest.mark.parametrize("who", ["committee", "inspector"])
def test_words_are_found_whether_they_are_common_or_rare(world: f.World, who: str) -> None:
    """Walked from the front or by the word index, for all places or for one: the same rows, on every page."""
    grow(60)
    hazards = all_lists()["hazards"]
    with f.acting(world, who, f.NOW) as actor:
        for words in ("通道", "二层通道堆放", "第1处", "没有这样的词"):
            params = {"view": "all", "q": words}
            whole = f" {search.phrases_of(words)[0]} "
            every = hazards.rows(actor, {"view": "all"})
            wanted = [row.pk for row in every if whole in f" {row.search} "]
            assert [row.pk for row in hazards.rows(actor, params)] == wanted
            seen: list[int] = []
            after = ""
            while True:
                page = hazards.page(actor, {**params, "after": after}, size=7)
                seen += [row.pk for row in page.rows]
                after = page.next
                if not after:
                    break
            assert seen == wanted
            n, is_exact = hazards.count(actor, params)
            assert n == len(wanted) if is_exact else n <= len(wanted)


def test_a_count_among_filters_is_never_too_high(world: f.World) -> None:
    hazards = all_lists()["hazards"]
    with f.acting(world, "committee", f.NOW) as actor:
        params = {"view": "all", "state": "found"}
        with use(actor.scope):
            exact = hazards.rows(actor, params).count()
        assert hazards.count(actor, params) == (exact, True)
        grow(60)
        n, is_exact = hazards.count(actor, params)
        assert n <= exact
        assert not is_exact, (
            "three open ones stand behind more than the rows that are looked through"
        )
