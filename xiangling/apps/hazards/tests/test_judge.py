"""The judge from outside: what it says of findings, and that nothing a person types stops it (R-070, R-071, R-085)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiangling.apps.hazards.judge import Depth, Finding, Verdict, examples, judge, training
from xiangling.apps.standards import library as books

MAJOR = [
    ("construction", "住宅项目", "十七层外架整层没打连墙件，工人照样上架", "FW-015"),
    (
        "industry_trade",
        "家具厂",
        "砂光机木粉除尘器灰斗底下直接扎了个编织袋，锁气卸灰阀早拆了",
        "GM-056",
    ),
    ("chemicals", "农药厂", "氯化釜的紧急停车按钮没接线，操作工说从来没用过", "WH-004"),
    ("mine", "铁矿", "主扇晚班不开，值班员说电费太贵", "KS-020"),
    ("special_equipment", "小区", "3号梯层门门锁被短接线跨了，电梯还在载人", "TS-024"),
    ("fire", "商场", "负一楼超市只有一部疏散楼梯，另一部去年砌墙封掉了", "XF-005"),
    ("gas", "液化气站", "灌瓶台上给外单位的钢瓶充气，瓶身喷着别的站名", "RQ-014"),
    ("fishing", "渔船", "核定16人，查时船上19人", "YC-007"),
]
GENERAL = [
    ("construction", "住宅项目", "外架个别连墙件松动，当场紧固完毕"),
    ("fishing", "渔船", "核定7人的小船救生筏超期"),
    ("industry_trade", "机械厂", "冲床光电保护失灵，已停机挂牌"),
    ("mine", "尾矿库", "干滩长度实测131m，设计不小于120m"),
    ("industry_trade", "铸造厂", "中频炉炉坑干燥，未发现积水"),
    ("fire", "酒店", "未发现安全出口锁闭，喷淋末端放水正常"),
]


@pytest.mark.parametrize(("sector", "venue", "text", "criterion"), MAJOR)
def test_a_deadly_finding_is_never_called_general_and_its_clause_is_named(
    sector, venue, text, criterion
):
    found = judge().judge(Finding(text, sector, venue))
    assert found.verdict in (Verdict.MAJOR, Verdict.UNSURE)
    assert found.matches[0].criterion == criterion
    assert found.matches[0].article == judge().library.by_id[criterion].article
    assert found.depth is Depth.SUBSTANTIVE
    for start, end in found.spans:
        assert 0 <= start < end <= len(text)


def test_most_deadly_findings_are_called_major_outright():
    found = [judge().judge(Finding(text, sector, venue)) for sector, venue, text, _id in MAJOR]
    assert sum(one.verdict is Verdict.MAJOR for one in found) >= len(MAJOR) - 1


@pytest.mark.parametrize(("sector", "venue", "text"), GENERAL)
def test_put_right_sound_or_under_the_limit_is_not_major(sector, venue, text):
    assert judge().judge(Finding(text, sector, venue)).verdict is not Verdict.MAJOR


def test_script_width_and_slips_of_the_keyboard_do_not_matter():
    plain = judge().judge(Finding("核定16人，查时船上19人", "fishing", "渔船"))
    odd = judge().judge(Finding("核定１６人，查時船上１９人", "fishing", "渔船"))
    assert odd.verdict is plain.verdict
    assert odd.matches[0].criterion == plain.matches[0].criterion


def test_spans_are_places_in_the_text_as_it_was_typed():
    text = "　外架　整层　没打連牆件　"
    found = judge().judge(Finding(text, "construction", "住宅项目"))
    shown = "".join(text[start:end] for start, end in found.spans)
    assert "件" in shown
    assert all(0 <= start < end <= len(text) for start, end in found.spans)


def test_the_edition_is_chosen_by_the_day_and_a_missing_text_is_said():
    text, sector = "歌厅三百八十平米只有一个门能出去", "fire"
    old = judge().judge(Finding(text, sector, "KTV", date(2025, 10, 31)))
    new = judge().judge(Finding(text, sector, "KTV", date(2025, 11, 1)))
    undated = judge().judge(Finding(text, sector, "KTV"))
    assert old.verdict is Verdict.MAJOR
    assert new.verdict is Verdict.NOT_COVERED
    assert new.unheld == ("XF25",)
    assert undated.verdict is old.verdict
    assert undated.superseded == ("XF",)


def test_a_sector_without_any_standard_is_not_covered_rather_than_harmless():
    found = judge().judge(
        Finding("样机电源线截面积不足，温升试验不合格", "product_quality", "电器厂")
    )
    assert found.verdict is Verdict.NOT_COVERED


@pytest.mark.parametrize(("sector", "venue", "text", "criterion"), MAJOR)
def test_a_finding_that_names_no_sector_is_not_harmless_for_it(sector, venue, text, criterion):
    known = judge().judge(Finding(text, sector, venue))
    for nowhere in ("", "nowhere"):
        found = judge().judge(Finding(text, nowhere, venue))
        assert found.major_probability >= known.major_probability
        assert found.verdict in (Verdict.MAJOR, Verdict.UNSURE)


def test_unsure_names_the_missing_fact_as_a_question():
    unsure = [
        found
        for row in examples.annotated()
        if (found := judge().judge(row.finding)).verdict is Verdict.UNSURE
    ]
    assert unsure
    for found in unsure:
        assert found.missing
        assert all(question.endswith(("？", "?")) for question in found.missing)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "危",
        "x" * 100_000,
        "坏" * 100_000,
        "Fire exit blocked",
        "ï»¿å®‰å…¨",
        "🔥🔥",
        "\x00\ud800",
        "１２３",
    ],
)
@pytest.mark.parametrize("sector", ["fire", "", "nowhere"])
def test_bad_input_gets_a_verdict(text, sector):
    found = judge().judge(Finding(text, sector))
    assert found.verdict in set(Verdict)
    assert 0 <= found.major_probability <= 1


@settings(max_examples=300, deadline=None)
@given(
    st.text(
        alphabet=st.one_of(
            st.characters(), st.sampled_from("未设无缺已停用，。；0123456789人米%≥#炉积水连墙件氨")
        ),
        max_size=80,
    ),
    st.sampled_from(["industry_trade", "construction", "fire", "fishing", "gas", ""]),
)
def test_whatever_is_typed_the_answer_holds_together(text, sector):
    found = judge().judge(Finding(text, sector, text[:6]))
    assert 0 <= found.major_probability <= 1
    assert all(0 <= start < end <= len(text) for start, end in found.spans)
    if found.verdict is Verdict.MAJOR:
        assert found.matches
        assert found.depth is Depth.SUBSTANTIVE
    for match in found.matches:
        assert match.criterion in judge().library.by_id
    assert found == judge().judge(Finding(text, sector, text[:6]))


def test_an_imported_criterion_is_judged_by_its_words():
    standard = books.Standard("ZZ", "ZZ", "玻璃栈道重大隐患判定", "试1号", date(2020, 1, 1))
    row = books.criterion_of(
        {
            "id": "ZZ-001",
            "article": "1",
            "text": "玻璃栈道承重玻璃破裂仍开放",
            "subject": ["玻璃栈道", "玻璃桥"],
            "defect": ["破裂", "裂纹", "碎"],
            "ask": "是否仍对游客开放？",
        },
        "ZZ",
    )
    court = type(judge())(judge().library.with_more([standard], [row]))
    found = court.judge(Finding("玻璃桥面板有一块承重玻璃破裂，照常售票", "other", "景区"))
    assert "ZZ-001" in {match.criterion for match in found.matches}


def test_the_model_belongs_to_the_examples_and_criteria_it_comes_with():
    assert judge().version == training.fingerprint()


def test_every_criterion_can_be_asked_for_and_cited():
    library = books.built_in()
    assert len(library.criteria) == 456
    for row in library.criteria:
        assert row.ask, row.id
        assert row.subject, row.id
        assert library.cite(row.id)
    assert library.cite("GM-001") == "第三条第（一）项"
    assert library.cite("TS-031") == "4.7d"
