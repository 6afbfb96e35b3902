"""The grammar of unit names."""

from __future__ import annotations

import pytest

from xiangling.apps.directives.reader.units import match_list


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("市应急管理局要牵头", ["市应急管理局"]),
        (
            "市公安局交警支队、市交通运输局、各镇（街道）要",
            ["市公安局交警支队", "市交通运输局", "各镇（街道）"],
        ),
        ("应急、自规等部门要持续", ["应急", "自规"]),
        ("公安、交警、城管部门要", ["公安", "交警", "城管部门"]),
        ("各级各部门要", ["各级各部门"]),
        (
            "各县（市、区）人民政府、市安委会各成员单位",
            ["各县（市、区）人民政府", "市安委会各成员单位"],
        ),
        (
            "市住房和城乡建设局会同市城市管理局，各镇街",
            ["市住房和城乡建设局", "市城市管理局", "各镇街"],
        ),
        ("江北化工园区管委会负责", ["江北化工园区管委会"]),
        ("企业主要负责人要", ["企业主要负责人"]),
        ("区委督查室、区效能办要深入", ["区委督查室", "区效能办"]),
        ("海润化工有限公司须", ["海润化工有限公司"]),
        ("你单位要", ["你单位"]),
        ("全市市场监管系统将", ["全市市场监管系统"]),
        ("各类应急救援队伍要", ["各类应急救援队伍"]),
        ("主办方要", ["主办方"]),
    ],
)
def test_names_are_found_whole(text: str, names: list[str]) -> None:
    found = match_list(text, 0)
    assert found is not None
    assert [text[unit.start : unit.end] for unit in found.units] == names


@pytest.mark.parametrize(
    "text",
    [
        "检查市场、学校",
        "督促企业",
        "加强部门联动",
        "会议要求",
        "消防安全检查",
        "施工现场必须",
        "10日内报市住建局",
    ],
)
def test_what_is_no_unit(text: str) -> None:
    assert match_list(text, 0) is None
