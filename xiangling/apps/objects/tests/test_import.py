"""Objects by sheet: one record for one firm, refusals in words, nothing taken from another area."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import NOW, World, acting, make_object, make_world
from xiangling.apps.objects.intake import take
from xiangling.apps.objects.models import SupervisedObject
from xiangling.kernel import registry
from xiangling.kernel.imports import Line, matched
from xiangling.kernel.models import Edit
from xiangling.kernel.sheets import open_sheet
from xiangling.org.models import Unit, UnitName

from .rows import code, firm, write

pytestmark = pytest.mark.django_db
OBJECTS = SupervisedObject._base_manager


@pytest.fixture
def world() -> World:
    return make_world()


def send(world, tmp_path, *rows, who="inspector"):
    """Take rows in as that person; returns what became of each."""
    path = write(tmp_path / "sheet.csv", rows)
    sheet = open_sheet(path, name=path.name)
    columns = matched(registry.shelf("importers")["objects"], sheet)
    lines = [
        Line(row.number, {key: row.values.get(name) for key, name in columns.items() if name}, "")
        for row in sheet.rows()
    ]
    with acting(world, who) as actor:
        return take(lines, actor)


def statuses(outcomes):
    return [outcome.status for outcome in outcomes]


def test_a_firm_comes_in_with_its_unit(world, tmp_path):
    assert statuses(send(world, tmp_path, firm(1))) == ["new"]
    row = OBJECTS.get(identifier=code(1))
    assert (row.region, row.sector, row.staff_count, row.liable_name) == (
        "990101001000",
        "industry_trade",
        12,
        "陈工",
    )
    assert (row.unit.kind, row.unit.name, row.unit.path) == (
        "enterprise",
        row.name,
        f"/{row.unit.pk}/",
    )
    assert row.town == "990101001"


def test_two_imports_of_one_firm_give_one_record(world, tmp_path):
    send(world, tmp_path, firm(1))
    assert statuses(send(world, tmp_path, firm(1, 名称="港口第1机械有限责任公司"))) == ["merged"]
    assert OBJECTS.filter(identifier=code(1)).count() == 1
    assert Unit.objects.filter(name__startswith="港口第1").count() == 1


def test_without_a_code_the_name_within_the_town_decides(world, tmp_path):
    send(world, tmp_path, firm(1, 统一社会信用代码=""))
    again = firm(1, 统一社会信用代码="", 名称="港口第1机械（有限责任公司）")
    assert statuses(send(world, tmp_path, again)) == ["merged"]
    assert statuses(send(world, tmp_path, firm(1))) == ["merged"]
    assert OBJECTS.get(name="港口第1机械有限公司").identifier == code(1)
    assert statuses(send(world, tmp_path, firm(1, 统一社会信用代码=code(2)))) == ["new"]


def test_the_same_name_in_another_town_is_another_firm(world, tmp_path):
    send(world, tmp_path, firm(1, 统一社会信用代码=""), who="city")
    assert statuses(
        send(world, tmp_path, firm(1, 统一社会信用代码="", 镇街="山前镇"), who="city")
    ) == ["new"]


def test_twice_in_one_sheet_is_one_record(world, tmp_path):
    outcomes = send(world, tmp_path, firm(1, 地址=""), firm(1, 地址="滨海路1号"))
    assert statuses(outcomes) == ["new", "merged"]
    assert OBJECTS.get(identifier=code(1)).address == "滨海路1号"


def test_a_merge_fills_blanks_takes_changes_and_keeps_what_was(world, tmp_path):
    send(world, tmp_path, firm(1, 地址="滨海路1号"))
    send(world, tmp_path, firm(1, 地址="", 联系电话="13900000001", 从业人数="30"))
    row = OBJECTS.get(identifier=code(1))
    assert (row.address, row.liable_phone, row.staff_count) == ("滨海路1号", "13900000001", 30)
    edit = Edit.objects.get(row_id=str(row.pk))
    assert edit.changes == {"liable_phone": ["", "13900000001"], "staff_count": [12, 30]}
    assert edit.actor_person == world.people["inspector"].pk


def test_a_row_that_says_nothing_new_leaves_no_trace(world, tmp_path):
    send(world, tmp_path, firm(1))
    before = OBJECTS.get(identifier=code(1)).changed_at
    send(world, tmp_path, firm(1))
    assert not Edit.objects.exists()
    assert OBJECTS.get(identifier=code(1)).changed_at == before


def test_a_renamed_firm_keeps_its_former_name(world, tmp_path):
    send(world, tmp_path, firm(1))
    send(world, tmp_path, firm(1, 名称="港口远航机械有限公司"))
    row = OBJECTS.get(identifier=code(1))
    assert row.unit.name == row.name == "港口远航机械有限公司"
    assert UnitName.objects.get(unit=row.unit).name == "港口第1机械有限公司"


def test_a_merged_row_is_found_by_its_new_words(world, tmp_path):
    from xiangling.apps.objects.queries import find_objects

    send(world, tmp_path, firm(1))
    send(world, tmp_path, firm(1, 地址="望海巷9号"))
    with acting(world, "inspector"):
        assert [row.identifier for row in find_objects("望海")] == [code(1)]
        assert find_objects("远洋") == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"统一社会信用代码": code(1)[:-1] + ("0" if code(1)[-1] != "0" else "1")}, "check digit"),
        ({"统一社会信用代码": "9199"}, "not 18"),
        ({"行业领域": "炼金"}, "no sector called 炼金"),
        ({"行业领域": ""}, "sector is missing"),
        ({"镇街": "无此镇"}, "no town called 无此镇"),
        ({"镇街": ""}, "town is missing"),
        ({"镇街": "110101001"}, "another city"),
        ({"镇街": "990101999"}, "no town here"),
        ({"镇街": "山前镇"}, "outside your area"),
        ({"名称": ""}, "name is missing"),
        ({"名称": "长" * 121}, "longer than 120"),
        ({"类别": "火箭"}, "no kind called 火箭"),
        ({"状态": "飞行"}, "no status called 飞行"),
        ({"从业人数": "-3"}, "number of people"),
        ({"从业人数": "三十"}, "not a number"),
        ({"纬度": "118.1", "经度": "24.5"}, "exchanged"),
        ({"纬度": "24.5"}, "come together"),
        ({"下次检验日期": "2026-02-30"}, "not a date"),
        ({"下次检验日期": "2199-01-01"}, "cannot be on"),
    ],
)
def test_a_bad_row_is_refused_with_the_reason(world, tmp_path, change, said):
    from django.utils import translation

    with translation.override("en"):
        bad, good = send(world, tmp_path, firm(1, **change), firm(2))
    assert (bad.status, good.status) == ("refused", "new")
    assert said in bad.reason
    assert not OBJECTS.filter(name__startswith="港口第1").exists()


def test_a_firm_of_another_area_is_neither_doubled_nor_changed(world, tmp_path):
    send(world, tmp_path, firm(1, 镇街="山前镇"), who="city")
    assert statuses(send(world, tmp_path, firm(1, 责任人="某人"))) == ["refused"]
    assert OBJECTS.get(identifier=code(1)).liable_name == "陈工"


def test_a_department_takes_in_its_own_sectors_only(world, tmp_path):
    outcomes = send(
        world, tmp_path, firm(1, 行业领域="矿山"), firm(2, 行业领域="消防"), who="department"
    )
    assert statuses(outcomes) == ["refused", "new"]


def crane(**facts):
    row = {
        "类别": "设备",
        "名称": "1号起重机",
        "统一社会信用代码": "42109910020200001",
        "类型": "起重机械",
        "下次检验日期": "2027年3月5日",
    }
    return {**row, **facts}


def test_equipment_hangs_under_its_firm_by_code_or_name_in_any_order(world, tmp_path):
    outcomes = send(
        world, tmp_path, crane(所属企业代码=code(1)), firm(1),
        crane(名称="2号起重机", 统一社会信用代码="42109910020200002", 所属企业="港口第1机械有限责任公司"),
    )  # fmt: skip
    assert statuses(outcomes) == ["new", "new", "new"]
    owner = OBJECTS.get(identifier=code(1))
    rows = list(OBJECTS.filter(kind="equipment").order_by("name"))
    assert [(row.parent_id, row.unit_id, row.region, row.sector) for row in rows] == [
        (owner.pk, owner.unit_id, owner.region, "special_equipment")
    ] * 2
    assert rows[0].next_test_on == date(2027, 3, 5)


def test_equipment_of_an_unknown_firm_is_refused(world, tmp_path):
    outcomes = send(
        world, tmp_path, crane(所属企业="无名公司"), crane(所属企业代码=code(9)), crane()
    )
    assert statuses(outcomes) == ["refused"] * 3
    assert not OBJECTS.filter(kind="equipment").exists()


def test_equipment_twice_is_one_and_another_firms_number_is_refused(world, tmp_path):
    send(world, tmp_path, firm(1), firm(2), crane(所属企业代码=code(1)))
    assert statuses(
        send(world, tmp_path, crane(所属企业代码=code(1), 下次检验日期="2028-01-01"))
    ) == ["merged"]
    assert statuses(send(world, tmp_path, crane(所属企业代码=code(2)))) == ["refused"]
    assert OBJECTS.get(kind="equipment").next_test_on == date(2028, 1, 1)


def test_a_name_that_two_firms_bear_needs_the_code(world, tmp_path):
    for town in ("港口镇", "山前镇"):
        send(world, tmp_path, firm(1, 统一社会信用代码="", 镇街=town), who="city")
    assert statuses(send(world, tmp_path, crane(所属企业="港口第1机械有限公司"), who="city")) == [
        "refused"
    ]
    near = crane(所属企业="港口第1机械有限公司", 镇街="港口镇")
    assert statuses(send(world, tmp_path, near, who="city")) == ["new"]


def test_a_record_written_by_hand_is_the_same_firm(world, tmp_path):
    unit = world.units["firm"]
    row = make_object(unit, "港口手工（机械）有限公司", "990101001")
    assert statuses(send(world, tmp_path, firm(5, 名称="港口手工机械有限责任公司"))) == ["merged"]
    row.refresh_from_db()
    assert (row.identifier, row.name) == (code(5), "港口手工（机械）有限公司")


def test_queries_do_not_grow_with_the_rows(world, tmp_path):
    def cost(first, last):
        rows = [firm(number, 地址="新地址") for number in range(first, last)]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            send(world, tmp_path, *rows)
        return len([query for query in captured if "SAVEPOINT" not in query["sql"]])

    few, many = cost(0, 10), cost(100, 500)
    batches = 400 // 30
    assert many <= few + 4 * batches


def test_towns_by_code_district_and_full_name(world, tmp_path):
    rows = [firm(n, 镇街=town, 区县=near) for n, (town, near) in enumerate([
        ("990101001", ""), ("990101001000", ""), ("港口镇", "东区"), ("东区港口镇", ""), ("测试市东区 港口镇", ""),
    ])]  # fmt: skip
    assert statuses(send(world, tmp_path, *rows)) == ["new"] * 5
    assert set(OBJECTS.filter(identifier__startswith="9199").values_list("region", flat=True)) == {
        "990101001000"
    }
    assert OBJECTS.get(identifier=code(0)).created_at == NOW
