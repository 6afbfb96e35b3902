"""The pages of the object register, through HTTP."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import openpyxl
import pytest
from django.test import Client

from tests.factories import NOW, World, make_object, make_world, to_state
from xiangling.apps.objects.models import SupervisedObject
from xiangling.kernel import clock
from xiangling.kernel.models import Access, Edit
from xiangling.org.models import DutyLine, UnitName

from .rows import code

pytestmark = pytest.mark.django_db
OBJECTS = SupervisedObject._base_manager


@pytest.fixture
def world() -> Any:
    with clock.at(NOW):
        yield make_world()


@pytest.fixture
def as_person(world: World) -> Any:
    def sign_in(key: str) -> Client:
        client = Client(headers={"accept-language": "zh-hans"})
        answer = client.post("/accounts/login/", {"login": key, "password": "Test-2026-pass"})
        assert answer.status_code == 302
        return client

    return sign_in


def page(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


def named(html: str) -> list[str]:
    return re.findall(r'class="cell-title[^"]*"[^>]*><a href="/objects/[^"]+">([^<]+)</a>', html)


def test_the_list_shows_what_lies_in_the_readers_area(world: World, as_person: Any) -> None:
    assert named(page(as_person("inspector"), "/objects/")) == ["海晏五金有限公司"]
    assert set(named(page(as_person("city"), "/objects/"))) == {
        "海晏五金有限公司",
        "山前木业有限公司",
    }


def test_filters_and_words_narrow_the_list(world: World, as_person: Any) -> None:
    client = as_person("city")
    assert named(page(client, "/objects/?region=990102")) == ["山前木业有限公司"]
    assert named(page(client, "/objects/?q=五金")) == ["海晏五金有限公司"]
    assert named(page(client, "/objects/?sector=mine")) == []
    assert named(page(client, "/objects/?view=sites")) == []


def test_open_hazards_are_counted_on_list_and_page(world: World, as_person: Any) -> None:
    hazard = to_state(world, "ordered")
    to_state(world, "closed", seed=2000)
    client = as_person("inspector")
    assert f'<a href="/objects/{world.firm.uid}/#open">1</a>' in page(client, "/objects/")
    html = page(client, f"/objects/{world.firm.uid}/")
    assert f"/hazard/{hazard.uid}/" in html
    assert 'class="stat-link" href="#open">1<' in html


def test_the_page_names_who_answers_in_four_layers_and_the_gap(
    world: World, as_person: Any
) -> None:
    client = as_person("inspector")
    html = page(client, f"/objects/{world.firm.uid}/")
    assert html.count('class="is-gap"') == 1
    for words in ("港口镇应急站", "东区应急管理局", "总经理"):
        assert words in html
    DutyLine.objects.filter(layer="territory").delete()
    assert page(client, f"/objects/{world.firm.uid}/").count('class="is-gap"') == 2


def test_the_page_carries_its_map_as_data(world: World, as_person: Any) -> None:
    html = page(as_person("inspector"), f"/objects/{world.firm.uid}/")
    found = re.search(r'<script id="object-map" type="application/json">(.+?)</script>', html)
    assert found
    assert json.loads(found[1])["points"][0]["lat"] == world.firm.lat
    assert " style=" not in html.split("<main", 1)[1]


def test_another_areas_object_does_not_exist(world: World, as_person: Any) -> None:
    client = as_person("inspector")
    for rest in ("", "edit/", "label/"):
        assert client.get(f"/objects/{world.other_firm.uid}/{rest}").status_code == 404
    assert client.get(f"/objects/new/?firm={world.other_firm.uid}&kind=venue").status_code == 404
    assert client.get("/objects/new/?firm=nonsense").status_code == 404


def test_a_firm_sees_itself_and_cannot_edit(world: World, as_person: Any) -> None:
    client = as_person("owner")
    assert "/edit/" not in page(client, f"/objects/{world.firm.uid}/")
    assert client.get(f"/objects/{world.firm.uid}/edit/").status_code == 403
    assert client.post("/objects/new/", {}).status_code == 403
    assert client.get(f"/objects/{world.other_firm.uid}/").status_code == 404


def facts(**more: str) -> dict[str, str]:
    given = {
        "name": "东港包装有限公司",
        "identifier": code(8),
        "sector": "industry_trade",
        "region": "990101001000",
        "status": "active",
    }
    return {**given, **more}


def test_a_firm_is_registered_with_its_unit(world: World, as_person: Any) -> None:
    client = as_person("inspector")
    answer = client.post("/objects/new/", facts(lat="24.51", lng="118.11"))
    row = OBJECTS.get(identifier=code(8))
    assert answer["Location"] == f"/objects/{row.uid}/"
    assert (row.unit.name, row.unit.kind, row.place) == (row.name, "enterprise", (24.51, 118.11))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"identifier": code(8)[:-1] + ("0" if code(8)[-1] != "0" else "1")}, "identifier"),
        ({"name": ""}, "name"),
        ({"name": "海晏五金有限责任公司", "identifier": ""}, "name"),
        ({"lat": "118.1", "lng": "24.5"}, "lat"),
        ({"region": "990102001000"}, "region"),
    ],
)
def test_a_wrong_fact_is_refused_beside_its_field(
    world: World, as_person: Any, change: dict[str, str], field: str
) -> None:
    before = OBJECTS.count()
    answer = as_person("inspector").post("/objects/new/", facts(**change))
    assert answer.status_code in (200, 409, 422)
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert OBJECTS.count() == before


def test_the_same_form_sent_twice_makes_one_firm(world: World, as_person: Any) -> None:
    client = as_person("inspector")
    client.post("/objects/new/", facts())
    assert client.post("/objects/new/", facts()).status_code == 409
    assert OBJECTS.filter(identifier=code(8)).count() == 1


def test_equipment_is_added_under_its_firm(world: World, as_person: Any) -> None:
    client = as_person("inspector")
    url = f"/objects/new/?firm={world.firm.uid}&kind=equipment"
    assert world.firm.name in page(client, url)
    given = facts(
        name="1号叉车",
        identifier="51109910020200001",
        sector="special_equipment",
        next_test_on="2026-06-01",
    )
    assert client.post(url, given).status_code == 302
    row = OBJECTS.get(kind="equipment")
    assert (row.parent_id, row.unit_id) == (world.firm.pk, world.firm.unit_id)
    html = page(client, f"/objects/{world.firm.uid}/")
    assert "1号叉车" in html
    assert 'data-tone="late"' in html
    assert named(page(client, "/objects/?view=test")) == ["1号叉车"]
    assert named(page(client, "/objects/?overdue_test=on")) == ["1号叉车"]


def test_a_change_keeps_what_was_and_the_former_name(world: World, as_person: Any) -> None:
    client = as_person("inspector")
    url = f"/objects/{world.firm.uid}/edit/"
    assert world.firm.name in page(client, url)
    answer = client.post(url, facts(name="海晏精密五金有限公司", liable_name="王工"))
    assert answer.status_code == 302
    world.firm.refresh_from_db()
    assert (world.firm.name, world.firm.liable_name, world.firm.lat) == (
        "海晏精密五金有限公司",
        "王工",
        None,
    )
    changes = Edit.objects.get(row_id=str(world.firm.pk)).changes
    assert changes["name"] == ["海晏五金有限公司", "海晏精密五金有限公司"]
    assert UnitName.objects.get(unit=world.firm.unit).name == "海晏五金有限公司"
    assert named(page(client, "/objects/?q=精密")) == ["海晏精密五金有限公司"]


def test_test_dates_page_by_page_in_order(world: World, as_person: Any, monkeypatch: Any) -> None:
    from tests.factories import acting
    from xiangling.apps.objects.lists import ObjectList

    unit = world.units["firm"]
    for number in range(1, 8):
        make_object(
            unit,
            f"{number}号锅炉",
            "990101001",
            kind="equipment",
            parent=world.firm,
            next_test_on=f"2026-06-{number:02}",
        )
    seen, cursor = [], ""
    with acting(world, "inspector") as actor:
        for _turn in range(4):
            part = ObjectList().page(actor, {"view": "test", "after": cursor}, size=2)
            seen += [row.name for row in part.rows]
            cursor = part.next
    assert seen == [f"{number}号锅炉" for number in range(1, 8)]


def test_blind_spots_are_listed_and_counted(world: World, as_person: Any) -> None:
    from tests.factories import acting
    from xiangling.apps.objects.queries import count_blind_spots

    make_object(world.units["firm"], "无人管矿场", "990101001", sector="mine", kind="site")
    make_object(
        world.units["firm"], "旧矿场", "990101001", sector="mine", kind="site", status="gone"
    )
    assert named(page(as_person("inspector"), "/objects/?view=blind")) == ["无人管矿场"]
    with acting(world, "inspector") as actor:
        assert count_blind_spots(actor) == 1


def test_an_object_that_a_line_names_is_counted_by_itself(world: World) -> None:
    """The count is asked by the sort of object, the list object by object: both say the same."""
    from tests.factories import acting
    from xiangling.apps.objects.queries import blind_spots, count_blind_spots
    from xiangling.org.models import DutyLine

    mines = [
        make_object(world.units["firm"], f"{n}号矿场", "990101001", sector="mine", kind="site")
        for n in range(4)
    ]
    line = DutyLine.objects.filter(layer="sector").first()
    assert line
    for named, layers in zip(
        mines, (("sector", "territory"), ("territory",), ("sector",)), strict=False
    ):
        for layer in layers:
            line.pk, line.object_uid, line.layer = None, named.uid, layer
            line.sector, line.ends_on = "", None
            line.save(force_insert=True)
    with acting(world, "inspector") as actor:
        counted = count_blind_spots(actor)
        assert counted == blind_spots(actor).count()
        assert 0 < counted < len(mines)


def test_objects_are_found_by_words_or_number_within_the_area(world: World, as_person: Any) -> None:
    client = as_person("inspector")
    found = client.get("/objects/find/?q=五金").json()["objects"]
    assert [row["uid"] for row in found] == [str(world.firm.uid)]
    assert client.get("/objects/find/?q=木业").json()["objects"] == []
    assert client.get("/objects/find/").json()["objects"] == []


def test_the_label_carries_a_qr_and_the_look_is_kept(world: World, as_person: Any) -> None:
    client = as_person("inspector")
    html = page(client, f"/objects/{world.firm.uid}/label/")
    assert "<svg" in html
    assert f"/objects/{world.firm.uid}/" in html
    assert Access.objects.filter(what="label", uid=world.firm.uid).count() == 1


def test_the_list_goes_out_as_a_sheet(world: World, as_person: Any) -> None:
    answer = as_person("city").get("/objects/?format=xlsx")
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    rows = list(openpyxl.load_workbook(io.BytesIO(content)).active.values)
    assert {row[0] for row in rows[1:]} == {"海晏五金有限公司", "山前木业有限公司"}
    assert "东区港口镇" in {cell for row in rows for cell in row}


def test_the_home_page_counts_blind_spots_for_authorities_only(
    world: World, as_person: Any
) -> None:
    make_object(world.units["firm"], "无人管矿场", "990101001", sector="mine", kind="site")
    found = re.search(
        r'href="/objects/\?view=blind"[^>]*>(\d+)<', page(as_person("inspector"), "/")
    )
    assert found
    assert found[1] == "1"
    assert "/objects/?view=blind" not in page(as_person("owner"), "/")
