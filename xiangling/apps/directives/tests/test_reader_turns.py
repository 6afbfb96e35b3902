"""Turns of speech by which papers name who does what until when; each a class, not a document (R-002, R-003, R-015)."""

from __future__ import annotations

import pytest

from xiangling.apps.directives.reader import read

HEAD = "江北区安全生产专题会议纪要\n2026年3月18日\n"
NEWS = "我区开展夜查\n2026年7月10日\n本报讯（记者 林一）7月9日晚，区应急管理局夜查化工园。\n"
Row = tuple[list[str], str, str | None]


def rows(head: str, text: str) -> list[Row]:
    """(owners, deadline as written, its day) of the open tasks of a text below a heading."""
    found = [row for row in read(head + text).directives if row.is_open]
    return [
        (
            [owner.name for owner in row.owners],
            row.deadline.text if row.deadline else "",
            row.deadline.iso.isoformat() if row.deadline and row.deadline.iso else None,
        )
        for row in found
    ]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "会议要求，港华燃气公司接到清单后15个工作日内拿出改造方案。",
            [(["港华燃气公司"], "接到清单后15个工作日内", None)],
        ),
        (
            "港华燃气公司自4月起每月5日前向区住建局报送上月管网巡查情况。",
            [(["港华燃气公司"], "每月5日前", None)],
        ),
        ("镇应急办于每月末将排查台账报区防指备案。", [(["镇应急办"], "于每月末", None)]),
        ("安全环保部对零报告单位重点督导。", [(["安全环保部"], "", None)]),
        (
            "宏源化工须在4月10日前更换探测器。",
            [(["宏源化工"], "在4月10日前", "2026-04-10")],
        ),
        ("通风队自4月3日起每班测风一次。", [(["通风队"], "每班", None)]),
        ("各学校应在开学一周内组织一次疏散演练。", [(["各学校"], "开学一周内", None)]),
    ],
)
def test_who_and_until_when(text: str, wanted: list[Row]) -> None:
    found = [(owners, limit.removeprefix("在"), day) for owners, limit, day in rows(HEAD, text)]
    assert found == [(owners, limit.removeprefix("在"), day) for owners, limit, day in wanted]


@pytest.mark.parametrize(
    "text",
    [
        "会议通报，截至3月15日，全区已完成入户安检3.2万户，占应检户数的61%。",
        "会议由总经理何军主持，各车间、部室负责人参会。",
    ],
)
def test_what_was_told_or_who_came_is_no_task(text: str) -> None:
    assert rows(HEAD, text) == []


@pytest.mark.parametrize(
    ("text", "owner", "day"),
    [
        ("“东盛涂料必须在7月15日前补齐防雷检测。”副局长赵明要求。", "东盛涂料", "2026-07-15"),
        ("区公安局承诺，治安防范检查8月底前全部完成。", "区公安局", "2026-08-31"),
    ],
)
def test_news_quotes_and_promises_are_tasks(text: str, owner: str, day: str) -> None:
    assert [(owners, iso) for owners, _limit, iso in rows(NEWS, text)] == [([owner], day)]


def test_a_third_party_is_no_third_point() -> None:
    found = read(HEAD + "区住建局请第三方机构重新标定探测器。").directives
    assert "第三方机构" in found[0].action


def test_labels_in_lenticular_brackets_close_an_item() -> None:
    plan = "青石镇防汛工作方案\n2026年4月28日\n1.企业停复工。组织涉汛企业停工撤人。\n【责任单位】镇企服办\n【完成时限】9月30日前\n"
    (row,) = [row for row in read(plan).directives if row.is_open]
    assert [owner.name for owner in row.owners] == ["镇企服办"]
    assert row.deadline is not None
    assert str(row.deadline.iso) == "2026-09-30"


def test_pinyin_of_several_syllables_goes() -> None:
    (row,) = read(HEAD + "各街道(jie dao)要完成沿街商铺摸排。").directives
    assert [owner.name for owner in row.owners] == ["各街道"]
    assert "jie" not in row.action
