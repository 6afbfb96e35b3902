"""Answers are put together from few prepared questions: they say what plain questions would say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from tests import factories as f
from xiangling.api import sources
from xiangling.api.fields import named_rows
from xiangling.api.records import record_out, rows_out
from xiangling.documents.models import Recipient
from xiangling.kernel import clock, reading, registry
from xiangling.kernel.models import Case, Docket
from xiangling.kernel.refusal import OutOfScope
from xiangling.kernel.scope import NOTHING, Scope, ScopeMissing, unscoped, use
from xiangling.org.loop import public_units
from xiangling.org.models import Holding, Person, Post, Unit, in_force, is_in_force

from .conftest import make_case

KINDS = [kind.key for kind in registry.kinds()]


def scopes(world: f.World) -> Iterator[Scope]:
    """Those of all posts, and those that fit nothing or nearly nothing."""
    for key in world.people:
        yield world.actor(key).scope
    here = world.actor("inspector").scope
    yield from (Scope(), NOTHING, replace(here, sectors=frozenset()), replace(here, region="99010"))
    yield replace(here, sectors=frozenset({"fire"}))
    yield replace(here, units=frozenset())
    yield replace(here, region="990102001")
    yield replace(here, region="990102001", home=world.units["far_station"].pk)


@pytest.mark.parametrize("key", KINDS)
def test_a_record_is_there_exactly_for_those_whom_its_manager_shows_it(
    world: f.World, key: str
) -> None:
    kind, case = registry.kind(key), make_case(world, key)
    seen = []
    if key == "paper":
        Recipient.objects.create(paper=case, unit=world.units["far_station"])
    for scope in (*scopes(world), *scopes(world)):
        with use(scope):
            plain = kind.model._default_manager.filter(uid=case.uid).first()
            found = reading.find(kind.model, case.uid)
            assert reading.find(kind.model, uuid4()) is None
        assert found == plain, scope
        if found is not None and plain is not None:
            assert values(found) == values(plain)
        seen.append(found is not None)
    assert True in seen
    assert False in seen
    with pytest.raises(ScopeMissing):
        reading.find(kind.model, case.uid)


def values(row: models.Model) -> dict[str, Any]:
    return {name: value for name, value in vars(row).items() if name != "_state"}


def test_a_record_is_not_there_for_a_post_that_sees_no_such_kind(world: f.World) -> None:
    hazard = f.report(world)
    with f.acting(world, "inspector") as actor:
        assert sources.record(registry.kind("hazard"), hazard.uid, actor) == hazard
        blind = replace(actor, duties=actor.duties - {"hazard.see"})
        with pytest.raises(OutOfScope):
            sources.record(registry.kind("hazard"), hazard.uid, blind)


@pytest.mark.parametrize("key", KINDS)
def test_what_a_record_names_is_read_with_it(world: f.World, key: str) -> None:
    kind, uid = registry.kind(key), make_case(world, key).uid
    with unscoped("test"):
        plain, found = (kind.model._base_manager.get(uid=uid) for _ in range(2))
        with CaptureQueriesContext(connection) as caught:
            reading.read_related(found, named_rows(kind))
        if connection.vendor == "postgresql":
            assert len(caught) == 1
        with CaptureQueriesContext(connection) as caught:
            rows = [along(found, path) for path in named_rows(kind)]
        assert not caught.captured_queries
        assert rows == [along(plain, path) for path in named_rows(kind)]
        assert rows_out([found], kind) == rows_out([plain], kind)


def along(row: Any, path: str) -> Any:
    """The row at the end of a path, None where it breaks off."""
    for name in path.split("__"):
        row = getattr(row, name, None)
    return row


def test_a_row_that_was_renamed_meanwhile_is_asked_for_again(world: f.World) -> None:
    hazard = f.report(world)
    shop = world.units["shop"]
    with unscoped("test"):
        stale = type(hazard)._base_manager.get(pk=hazard.pk)
        stale.unit_id = shop.pk
        reading.read_related(stale, ("unit",))
        assert stale.unit == shop
        stale.unit_id = 0
        stale._state.fields_cache.clear()
        reading.read_related(stale, ("unit",))
        assert "unit" not in stale._state.fields_cache


def test_the_units_near_a_place_are_those_around_and_within_it(world: f.World) -> None:
    today = f.NOW.date()
    make = Unit.objects.create
    day = {"starts_on": f.START}
    make(name="昨天撤销", kind="station", region="990101001000", level=9, starts_on=f.START,
         ends_on=today - timedelta(days=1))  # fmt: skip
    make(
        name="今天为止",
        kind="station",
        region="990101001000",
        level=9,
        starts_on=f.START,
        ends_on=today,
    )
    make(name="明天设立", kind="station", region="990101001000", level=9,
         starts_on=today + timedelta(days=1))  # fmt: skip
    make(name="外市", kind="department", region="990200000000", level=4, **day)
    make(name="村", kind="station", region="990101001002", level=12, **day)
    make(name="省", kind="department", region="990000000000", level=2, **day)
    make(name="东区安委会", kind="committee", region="990101", level=6, **day)
    places = [
        "",
        "9",
        "9901",
        "990101",
        "990102",
        "990101001",
        "990101001000",
        "990101001002",
        "98%_\\",
    ]
    for place in places:
        case = Docket(region=place)
        assert public_units(case, None) == plainly_near(place, today), place
    for key in world.people:
        actor = world.actor(key, today)
        assert public_units(None, actor) == plainly_near(actor.scope.region, today), key
    assert {name for _pk, name in public_units(Docket(region="990101001000"), None)} == {
        "测试市安委办", "东区安委办", "东区应急管理局", "港口镇应急站", "测试市审计局", "今天为止", "东区安委会",
    }  # fmt: skip


def plainly_near(region: str, today: date) -> list[tuple[int, str]]:
    rows = Unit.objects.exclude(kind__in=Unit.ENTERPRISE_KINDS).order_by("level", "region", "id")
    return [
        (unit.pk, unit.name)
        for unit in rows
        if unit.starts_on <= today <= (unit.ends_on or date.max)
        and unit.region.startswith(region[:4])
        and (region.startswith(unit.prefix) or unit.prefix.startswith(region))
    ]


def test_a_turn_names_who_sits_there_before_those_who_deputise(world: f.World) -> None:
    hazard = f.report(world)
    row = Docket._base_manager.get(case_uid=hazard.uid)
    post = Post.objects.get(pk=row.holder_post)
    holder = post.holdings.get()

    def told() -> tuple[str, str, str]:
        with unscoped("test"):
            one = rows_out([hazard], registry.kind("hazard"))[0]["turn"]
            two = rows_out([hazard, f.report(world)], registry.kind("hazard"))[0]["turn"]
        assert one == two
        assert (one["unit"], one["post"], one["duty"]) == (
            row.holder_unit,
            row.holder_post,
            row.turn,
        )
        assert one["since"] == row.since
        return one["unit_name"], one["title"], one["person_name"]

    assert told() == ("港口镇应急站", post.title, holder.person.name)
    for username, is_deputy in (("deputy", True), ("second", False), ("deputy2", True)):
        person = Person.objects.create(username=username, name=username)
        Holding.objects.create(post=post, person=person, starts_on=f.START, is_deputy=is_deputy)
    assert told()[2] == holder.person.name
    Holding.objects.filter(pk=holder.pk).update(ends_on=f.NOW.date())
    assert told()[2] == "second"
    Holding.objects.filter(person__username="second").delete()
    assert told()[2] == "deputy"
    Holding.objects.filter(post=post, is_deputy=True).delete()
    assert told()[2] == ""
    Docket._base_manager.filter(pk=row.pk).update(holder_post=None, holder_unit=None)
    row.refresh_from_db()
    assert told() == ("", "", "")


def test_a_closed_record_is_nobodys_turn(world: f.World) -> None:
    hazard = f.to_state(world, "closed")
    with f.acting(world, "inspector") as actor:
        assert record_out(hazard, registry.kind("hazard"), actor)["turn"] is None


def test_a_unit_that_was_made_a_moment_ago_is_offered(world: f.World) -> None:
    hazard: Case = f.report(world)
    kind = registry.kind("hazard")

    def offered() -> set[str]:
        with clock.at(f.NOW), f.acting(world, "inspector") as actor:
            steps = {step["name"]: step for step in record_out(hazard, kind, actor)["steps"]}
        fields = {field["name"]: field for field in steps["transfer"]["fields"]}
        return {choice["label"] for choice in fields["unit"]["choices"]}

    before = offered()
    Unit.objects.create(
        name="港口镇消防站", kind="station", region="990101001000", level=9, starts_on=f.START
    )
    assert offered() - before == {"港口镇消防站"}


def test_a_row_that_was_read_is_in_force_on_the_days_the_filter_says(world: f.World) -> None:
    days = [f.NOW.date() + timedelta(days=n) for n in range(-2, 3)]
    post = Post.objects.first()
    assert post is not None
    for ends_on in (None, *days):
        Post.objects.filter(pk=post.pk).update(starts_on=days[1], ends_on=ends_on)
        post.refresh_from_db()
        for day in days:
            assert is_in_force(post, day) == Post.objects.filter(in_force(day), pk=post.pk).exists()
