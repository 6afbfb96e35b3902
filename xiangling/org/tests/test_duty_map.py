"""Who answered for this place on 3 March: renamed and merged units, replaced lines, gaps."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from tests.factories import NOW, World, make_object, make_world, report
from xiangling.kernel import clock, jobs
from xiangling.kernel.models import Docket, Edit
from xiangling.kernel.scope import unscoped
from xiangling.org.models import DutyLine, Post
from xiangling.org.queries import uncovered
from xiangling.org.tests.test_people import add_admin, page, text

pytestmark = pytest.mark.django_db
SupervisedObject = apps.get_model("objects", "SupervisedObject")


@pytest.fixture
def world() -> Any:
    with clock.at(NOW):
        made = make_world()
        add_admin(made, "sysadmin", "system_admin", "系统管理员")
        yield made


def sector_line() -> DutyLine:
    return DutyLine.objects.get(layer="sector", sector="industry_trade")


def answer_on(client: Client, world: World, day: str, layer: str = "行业领域") -> list[str]:
    """The units that the page names in a layer for the firm on a day."""
    found = client.get(f"/duties/?object={world.firm.uid}&on={day}")
    assert found.status_code == 200
    rows = {str(row.label): row for row in found.context["rows"]}
    assert all(holder.unit_name in text(found) for row in rows.values() for holder in row.holders)
    return [holder.unit_name for holder in rows[layer].holders]


def test_four_layers_are_named(world: World) -> None:
    client = page(world, "committee")
    assert answer_on(client, world, "2026-06-10") == ["东区应急管理局"]
    assert answer_on(client, world, "2026-06-10", "属地") == ["港口镇应急站"]
    assert answer_on(client, world, "2026-06-10", "企业") == ["海晏五金有限公司"]
    assert answer_on(client, world, "2026-06-10", "个人") == []


def test_a_replaced_line_answers_for_its_own_days(world: World) -> None:
    client, office = page(world, "committee"), world.units["office"]
    line = sector_line()
    form = {"unit": office.pk, "starts_on": "2026-03-04", "basis": "职责划转"}
    assert client.post(f"/duties/lines/{line.pk}/replace/", form).status_code == 302
    assert answer_on(client, world, "2026-03-03") == ["东区应急管理局"]
    assert answer_on(client, world, "2026-03-04") == ["东区安委办"]
    line.refresh_from_db()
    assert (line.unit, line.ends_on) == (world.units["bureau"], date(2026, 3, 3))
    assert Edit.objects.filter(model="org.dutyline", row_id=str(line.pk)).count() == 1
    compared = client.get(f"/duties/?object={world.firm.uid}&on=2026-06-10&against=2026-03-03")
    assert [row.differs for row in compared.context["rows"]] == [False, True, False, False]


def test_a_renamed_unit_is_called_as_it_was(world: World) -> None:
    unit = world.units["bureau"]
    form = {"name": "东区应急局", "on": "2026-05-01", "reason": "机构改革"}
    page(world, "sysadmin").post(f"/people/{unit.pk}/rename/", form)
    client = page(world, "committee")
    assert answer_on(client, world, "2026-03-03") == ["东区应急管理局"]
    assert answer_on(client, world, "2026-06-10") == ["东区应急局"]


def test_a_merged_unit_answers_until_the_day(world: World) -> None:
    station, office = world.units["station"], world.units["office"]
    form = {"into": office.pk, "on": "2026-05-01", "reason": "并站"}
    page(world, "sysadmin").post(f"/people/{station.pk}/merge/", form)
    client = page(world, "committee")
    assert answer_on(client, world, "2026-03-03", "属地") == ["港口镇应急站"]
    assert answer_on(client, world, "2026-05-01", "属地") == ["东区安委办"]


def test_an_ended_line_leaves_a_red_gap_and_a_blind_spot(world: World) -> None:
    client, line = page(world, "committee"), sector_line()
    client.post(f"/duties/lines/{line.pk}/end/", {"last_on": "2026-06-09"})
    assert answer_on(client, world, "2026-06-10") == []
    answer = client.get(f"/duties/?object={world.firm.uid}&on=2026-06-10")
    assert "is-gap" in text(answer)
    with unscoped("test"):
        rows = SupervisedObject.objects.all()
        names = [row.name for row in uncovered(rows.filter(pk=world.firm.pk), "sector")]
        assert names == ["海晏五金有限公司"]
        assert not uncovered(rows, "territory").exists()
        assert not uncovered(rows.filter(pk=world.firm.pk), "sector", date(2026, 6, 9)).exists()


def test_a_line_for_one_object_covers_it_alone(world: World) -> None:
    client = page(world, "committee")
    other = make_object(world.units["firm"], "海晏仓库", "990101001", sector="gas", kind="site")
    third = make_object(world.units["firm"], "海晏车棚", "990101001", sector="gas", kind="site")
    form = {
        "layer": "sector",
        "region": "990101001",
        "sector": "gas",
        "unit": world.units["office"].pk,
        "starts_on": "2026-06-10",
        "basis": "裁定",
    }
    assert client.post(f"/duties/new/?object={other.uid}", form).status_code == 302
    with unscoped("test"):
        rows = SupervisedObject.objects.filter(sector="gas")
        assert list(uncovered(rows, "sector")) == [third]
    again = client.post(f"/duties/new/?object={other.uid}", form)
    assert again.status_code == 422
    assert "已承担" in text(again)


def test_open_cases_follow_a_new_line(world: World) -> None:
    hazard = report(world)
    client, office = page(world, "committee"), world.units["office"]
    line = DutyLine.objects.get(layer="territory", region="990101001")
    form = {"unit": office.pk, "starts_on": "2026-06-10", "basis": "移交"}
    client.post(f"/duties/lines/{line.pk}/replace/", form)
    answer = client.get(f"/duties/lines/{line.pk}/")
    assert "2026-06-09" in text(answer)
    with unscoped("test"):
        row = Docket.objects.get(case_uid=hazard.uid)
    # the unit named as supervisor on the hazard keeps it; a case without one goes with the map
    expected = hazard.supervisor_id or office.pk
    assert row.holder_unit == expected


def test_open_cases_follow_a_line_that_begins_later(world: World) -> None:
    hazard = report(world)
    station, office = world.units["station"], world.units["office"]
    line = DutyLine.objects.get(layer="territory", region="990101001")
    form = {"unit": office.pk, "starts_on": "2026-06-15", "basis": "移交"}
    page(world, "committee").post(f"/duties/lines/{line.pk}/replace/", form)
    Post.objects.filter(unit=station).update(ends_on=date(2026, 6, 14))
    holders = []
    for day in (14, 15, 15):
        with clock.at(NOW.replace(day=day)), unscoped("test"):
            jobs.tick("test")
            holders.append(Docket.objects.get(case_uid=hazard.uid).holder_unit)
    assert holders == [station.pk, office.pk, office.pk]


def test_objects_are_found_by_name(world: World) -> None:
    with unscoped("test"):
        world.firm.save()
    client = page(world, "committee")
    answer = client.get("/duties/", {"q": "海晏五金"})
    assert answer.context["chosen"] == world.firm
    assert "没有" in text(client.get("/duties/", {"q": "查无此厂"}))


def test_a_place_and_a_sector_are_enough(world: World) -> None:
    client = page(world, "committee")
    answer = client.get("/duties/", {"region": "990101", "sector": "fire", "on": "2026-03-03"})
    assert [row.is_gap for row in answer.context["rows"]] == [True, False]
    assert "消防" in text(answer)


@pytest.mark.parametrize(
    "form",
    [
        {"starts_on": "2023-12-31"},
        {"starts_on": "2026-13-01"},
        {"unit": "999999"},
        {"ends_on": "2026-01-01"},
        {"layer": "personal"},
        {"region": "990102"},
        {"basis": ""},
    ],
)
def test_a_line_that_cannot_be_is_refused(world: World, form: dict[str, str]) -> None:
    before = DutyLine.objects.count()
    good = {
        "layer": "sector",
        "region": "990101",
        "sector": "gas",
        "unit": world.units["bureau"].pk,
        "starts_on": "2026-06-10",
        "basis": "三定方案",
    }
    answer = page(world, "committee").post("/duties/new/", good | form)
    assert answer.status_code == 422
    assert DutyLine.objects.count() == before


def test_another_district_cannot_touch_a_line(world: World) -> None:
    line = sector_line()
    client = page(world, "outsider2")
    for address in (f"/duties/lines/{line.pk}/", f"/duties/lines/{line.pk}/end/"):
        assert client.get(address).status_code == 404
    assert client.get(f"/duties/?object={world.firm.uid}").status_code == 404
    assert client.get("/duties/?object=nonsense").status_code == 404


def test_only_the_committee_office_edits(world: World) -> None:
    line, client = sector_line(), page(world, "department")
    assert client.get(f"/duties/lines/{line.pk}/").status_code == 200
    answer = client.post(f"/duties/lines/{line.pk}/end/", {"last_on": "2026-06-10"})
    assert answer.status_code == 403
    line.refresh_from_db()
    assert line.ends_on is None


def test_lines_and_events_are_lists(world: World) -> None:
    answer = page(world, "outsider2").get("/duty_lines/")
    assert answer.status_code == 200
    assert "山前镇应急站" in text(answer)
    assert "港口镇应急站" not in text(answer)
    assert page(world, "auditor").get("/security_events/").status_code == 200
    assert page(world, "department").get("/security_events/").status_code == 403
