"""Lists: filters, words, paging while rows arrive, and the same area as the pages."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from tests import factories as f
from tests.api.conftest import Caller
from xiangling.kernel import engine, scope
from xiangling.org.actors import actor_for, holdings_of

Calling = Callable[[str], Caller]


def _walk(caller: Caller, path: str, between: Callable[[], Any] = lambda: None) -> list[str]:
    codes: list[str] = []
    address: str | None = path
    while address:
        page = caller.get(address).json()
        codes += [item["code"] for item in page["items"]]
        address = page["next"]
        between()
    return codes


@pytest.mark.parametrize("view", ["all", "open", "overdue"])
def test_paging_walks_every_row_once_while_rows_arrive(
    world: f.World, calling: Calling, view: str
) -> None:
    at = f.NOW.replace(month=3)
    first = {f.report(world, at=at, text=f"货架{n}超高").code for n in range(11)}
    seen = _walk(
        calling("inspector"),
        f"hazards?limit=2&view={view}",
        between=lambda: f.report(world, text="新发现的临边无护栏"),
    )
    assert len(seen) == len(set(seen))
    assert first <= set(seen)


def test_paging_goes_back_the_same_way(world: f.World, calling: Calling) -> None:
    for n in range(7):
        f.report(world, text=f"第{n}处灭火器压力不足")
    caller = calling("inspector")
    pages = [caller.get("hazards?limit=3").json()]
    while pages[-1]["next"]:
        pages.append(caller.get(pages[-1]["next"]).json())
    assert [len(page["items"]) for page in pages] == [3, 3, 1]
    back = caller.get(pages[-1]["previous"]).json()
    assert back["items"] == pages[1]["items"]
    assert caller.get(back["previous"]).json()["items"] == pages[0]["items"]


def test_each_post_sees_its_own_area(world: f.World, calling: Calling) -> None:
    here = {f.report(world).code, f.report(world, "owner").code}
    there = _far_hazard(world)
    expected = {
        "inspector": here,
        "committee": here,
        "department": here,
        "owner": here,
        "city": here | {there},
        "auditor": here | {there},
        "outsider": {there},
        "outsider2": {there},
        "far_owner": {there},
        "team": set(),
    }
    for key, codes in expected.items():
        assert set(_walk(calling(key), "hazards")) == codes, key
        actor = actor_for(holdings_of(world.people[key], f.NOW.date())[0], f.NOW.date())
        with scope.use(actor.scope):
            from xiangling.apps.hazards.models import Hazard

            assert set(Hazard.objects.values_list("code", flat=True)) == codes


def _far_hazard(world: f.World) -> str:
    from xiangling.apps.hazards import actions

    facts = {"text": "除尘管道未清扫", "source": "inspection", "found_at": f.NOW}
    with f.acting(world, "outsider") as actor:
        return actions.report_hazard(facts, object_uid=world.other_firm.uid, actor=actor).code


def test_filters_and_words(world: f.World, calling: Calling) -> None:
    graded = f.to_state(world, "graded")
    found = f.report(world, text="氨制冷机房报警器失效")
    caller = calling("inspector")
    assert _walk(caller, "hazards?state=graded") == [graded.code]
    assert _walk(caller, "hazards?q=报警器") == [found.code]
    assert _walk(caller, "hazards?state=graded&q=报警器") == []
    page = caller.get("hazards?state=graded&limit=1").json()["items"][0]
    assert page["facts"]["grade"] == "general"
    assert page["facts"]["object"]["label"] == "海晏五金有限公司"


@pytest.mark.parametrize(
    "query",
    [
        "stat=open",
        "view=none",
        "state=none",
        "limit=0",
        "limit=201",
        "limit=ten",
        f"limit={'9' * 30}",
        "overdue=maybe",
        "found_from=2026-02-30",
        "region=999",
        "after=x",
        "before=%00",
        "after=WzFd%FF",
        f"after={'W' * 400}",
        "after=WyI5OTk5LTEyLTMxIl0",
        "after=WzFlNDAwXQ",
    ],
)
def test_filters_that_make_no_sense_are_refused(calling: Calling, query: str) -> None:
    answer = calling("inspector").get(f"hazards?{query}")
    assert answer.status_code == 422
    assert answer.json()["fields"] or answer.json()["todo"]


def test_a_page_costs_the_same_however_many_rows(
    world: f.World, calling: Calling, django_assert_max_num_queries: Any
) -> None:
    for n in range(6):
        f.report(world, text=f"第{n}层安全出口上锁")
    caller = calling("inspector")
    caller.get("hazards")
    with django_assert_max_num_queries(20):
        assert len(caller.get("hazards").json()["items"]) == 6


def test_to_do_is_what_the_docket_says(world: f.World, calling: Calling) -> None:
    hazard = f.report(world)
    assert _walk(calling("inspector"), "todo") == [hazard.code]
    assert _walk(calling("owner"), "todo") == []
    with f.acting(world, "inspector") as actor:
        engine.move(hazard, "grade", actor=actor, data={"grade": "general"})
    item = calling("inspector").get("todo").json()["items"][0]
    assert (item["state"], item["url"]) == ("graded", f"/api/v1/hazards/{hazard.uid}")


def test_the_timeline_pages_from_the_first_entry(world: f.World, calling: Calling) -> None:
    hazard = f.to_state(world, "submitted")
    caller, path = calling("inspector"), f"/api/v1/hazards/{hazard.uid}/entries?limit=2"
    entries: list[dict[str, Any]] = []
    while path:
        page = caller.get(path).json()
        entries, path = entries + page["items"], page["next"]
    assert [entry["seq"] for entry in entries] == list(range(1, hazard.version + 1))
    assert all(one["hash"] == two["prev"] for one, two in itertools.pairwise(entries))
    assert entries[-1]["proofs"][0]["role"] == "after"
    assert entries[-1]["hash"] == caller.get(f"hazards/{hazard.uid}").json()["head"]
