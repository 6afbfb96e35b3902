"""Special campaigns: ordered for an area, named by findings, counted by their rows (R-069, R-071, R-085)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from tests import factories as f
from xiangling.apps.hazards.jobs import IMPORTER
from xiangling.apps.hazards.models import Campaign, Handling, Hazard
from xiangling.kernel import clock, registry
from xiangling.kernel.imports import Line
from xiangling.kernel.models import Edit, Entry
from xiangling.kernel.refusal import Refused
from xiangling.kernel.scope import unscoped

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
FACTS: dict[str, Any] = {
    "name": "粉尘涉爆专项检查",
    "begins_on": "2026-06-01",
    "ends_on": "2026-06-30",
    "sectors": ["industry_trade"],
    "basis": "东安委办〔2026〕3号",
}


@pytest.fixture
def world() -> Any:
    made = f.make_world()
    with clock.at(f.NOW):
        yield made


def browser(world: f.World, key: str) -> Client:
    client = Client()
    client.force_login(world.people[key], BACKEND)
    return client


def order(world: f.World, by: str = "committee", **facts: Any) -> Campaign:
    answer = browser(world, by).post("/campaigns/new/", {**FACTS, **facts})
    assert answer.status_code == 302, answer.content.decode()
    return Campaign._base_manager.get(name=facts.get("name", FACTS["name"]))


def report(world: f.World, by: str = "inspector", **answers: Any) -> Any:
    given = {
        "object": str(world.firm.uid),
        "text": "砂光机除尘器灰斗未设锁气卸灰装置",
        "source": "inspection",
        "hazard_class": "safety",
        "campaign": FACTS["name"],
        "alike": "seen",
        "uid": str(uuid4()),
        **answers,
    }
    return browser(world, by).post("/hazard/new/", given)


def test_a_campaign_is_ordered_changed_and_every_edit_kept(world: f.World) -> None:
    row = order(world)
    assert (row.unit, row.region) == (world.units["office"], world.units["office"].region)
    page = browser(world, "committee").get(f"/campaigns/{row.uid}/")
    assert FACTS["basis"] in page.content.decode()
    changed = browser(world, "committee").post(
        f"/campaigns/{row.uid}/edit/", {**FACTS, "ends_on": "2026-07-31"}
    )
    assert changed.status_code == 302
    edits = list(Edit.objects.filter(model="hazards.campaign").order_by("id"))
    assert [sorted(edit.changes) for edit in edits][1:] == [["ends_on"]]
    assert edits[0].changes["name"] == [None, FACTS["name"]]


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"ends_on": "2026-05-31"}, "结束日期早于开始日期"),
        ({"name": ""}, "必填"),
        ({"begins_on": "6月"}, "日期"),
        ({"sectors": ["nonsense"]}, "nonsense"),
    ],
)
def test_bad_facts_are_refused_beside_their_field(
    world: f.World, facts: dict[str, Any], said: str
) -> None:
    answer = browser(world, "committee").post("/campaigns/new/", {**FACTS, **facts})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Campaign._base_manager.exists()


def test_who_may_order_change_and_see(world: f.World) -> None:
    for key in ("inspector", "owner", "leader", "auditor"):
        assert browser(world, key).post("/campaigns/new/", FACTS).status_code == 403
    row = order(world)
    address = f"/campaigns/{row.uid}/"
    assert browser(world, "department").post(f"{address}edit/", FACTS).status_code == 403
    for key in ("inspector", "owner", "city", "auditor"):
        assert browser(world, key).get(address).status_code == 200
    for key in ("outsider", "outsider2", "far_owner"):
        assert browser(world, key).get(address).status_code == 404
        assert FACTS["name"] not in browser(world, key).get("/campaigns/").content.decode()
    twice = browser(world, "committee").post("/campaigns/new/", FACTS)
    assert twice.status_code == 422


def test_a_finding_names_its_campaign_and_the_ledger_keeps_it(world: f.World) -> None:
    row = order(world)
    assert FACTS["name"] in browser(world, "inspector").get("/hazard/new/").content.decode()
    assert report(world).status_code == 302
    with unscoped("test"):
        hazard = Hazard.objects.get()
    assert Handling.objects.get(hazard=hazard).campaign == row
    assert Entry.objects.get(case_uid=hazard.uid, seq=1).data["campaign"] == FACTS["name"]
    assert FACTS["name"] in browser(world, "owner").get(f"/hazard/{hazard.uid}/").content.decode()


@pytest.mark.parametrize(
    ("facts", "found_at", "said"),
    [
        ({"region": "west"}, "", "不覆盖此处"),
        ({"sectors": ["gas"]}, "", "不涉及此对象"),
        ({}, "2026-05-20T10:00", "查出日期不在其中"),
    ],
)
def test_a_finding_that_cannot_belong_to_it_is_refused(
    world: f.World, facts: dict[str, Any], found_at: str, said: str
) -> None:
    is_west = facts.pop("region", "") == "west"
    order(world, "outsider2" if is_west else "committee", **facts)
    answer = report(world, "city" if is_west else "inspector", found_at=found_at)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    with unscoped("test"):
        assert not Hazard.objects.exists()


def test_the_import_takes_the_name_and_refuses_what_is_not_there(world: f.World) -> None:
    row = order(world)
    texts = [
        ("砂光机除尘器灰斗未设锁气卸灰装置", FACTS["name"]),
        ("2号冲床光栅被短接", "没有这一行动"),
        ("3号冲床光栅被短接", ""),
    ]
    lines = [
        Line(n, {"text": text, "object": world.firm.name, "campaign": name}, f"c:{n}")
        for n, (text, name) in enumerate(texts, 1)
    ]
    with f.acting(world, "inspector") as actor:
        outcomes = IMPORTER.take(lines, actor)
    assert [outcome.status for outcome in outcomes] == ["new", "refused", "new"]
    assert "专项行动清单" in str(outcomes[1].reason)
    campaigns = Handling.objects.order_by("hazard_id").values_list("campaign", flat=True)
    assert list(campaigns) == [row.pk, None]


def test_its_days_cannot_leave_its_findings_outside(world: f.World) -> None:
    row = order(world)
    report(world)
    answer = browser(world, "committee").post(
        f"/campaigns/{row.uid}/edit/", {**FACTS, "ends_on": "2026-06-05"}
    )
    assert answer.status_code == 422
    row.refresh_from_db()
    assert row.ends_on == date(2026, 6, 30)


def test_the_list_counts_the_rows_behind_its_number(world: f.World) -> None:
    row = order(world)
    report(world)
    report(world, text="抛光间地面积尘厚约5毫米", campaign="")
    with f.acting(world, "inspector") as actor:
        (shown,) = registry.shelf("lists")["campaigns"].page(actor, {}).rows
        rows = registry.shelf("lists")["hazards"]
        assert shown.n_found == 1
        assert rows.count(actor, {"view": "all", "campaign": str(row.pk)}) == (1, True)


def test_an_action_call_with_a_campaign_that_is_over_is_refused(world: f.World) -> None:
    order(world, begins_on="2026-05-01", ends_on="2026-05-31")
    with f.acting(world, "inspector", f.NOW + timedelta(days=1)) as actor:
        hazard = Hazard(uid=uuid4(), text="卸灰口敞开", source="inspection")
        intake = registry.kind("hazard").intake
        assert intake is not None
        with pytest.raises(Refused):
            intake.prepare(hazard, {"object": world.firm.uid, "campaign": FACTS["name"]}, actor)
        assert not Hazard.objects.exists()
