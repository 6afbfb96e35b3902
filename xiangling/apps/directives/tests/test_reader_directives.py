"""Directives out of documents of several kinds: what is ordered, of whom, until when (R-001 to R-004, R-015, S04, S24)."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiangling.apps.directives.reader import Directive, Reading, read

MINUTES = """专题会议纪要
2024年5月22日

会议听取了区建设交通局关于管道整改情况的汇报。
一、关于管道改造。由区建设交通局牵头，港华燃气公司具体实施，2024年10月31日前完成9.6公里铸铁管更新改造。改造资金由区财政局统筹解决。
二、关于违规占压。会议议定，属地街道一周内完成入户告知，区综合执法局15个工作日内依法拆除。拆除前，港华燃气公司要派人24小时看护。
三、下次会议定于6月19日召开，听取整改情况汇报。
参会人员：何立群、赵启明
"""

PLAN = """城北区用气安全整治方案
一、总体要求
坚持问题导向，确保形势持续稳定向好。
二、重点任务
（一）餐饮场所。对全区用气餐饮单位逐户排查，建立隐患台账。（区商务局牵头，区市场监管局配合，2025年6月底前完成）
（二）老旧管道
1.更换超期橡胶软管。
牵头单位：区住建局
配合单位：各街道
完成时限：9月15日前
2.规范瓶装气配送。（责任单位：同第1项；完成时限：待定）
三、工作要求
各单位要于4月10日前报送联络员名单。
城北区安全生产委员会
2025年3月20日
"""

TABLE = """附件：任务分解表
序号|重点任务|责任单位|完成时限
1|清理堵塞的疏散通道|区消防救援大队、各街道|2023年12月10日前
2|每月开展一次夜查|同上|长期坚持
"""

UPRIGHT = """夏季任务表
（2025年5月12日印发）
序号
任务
责任单位
完成时限
1
检查高陡边坡
县应急管理局
5月30日前
2
更新公示牌
县水利局、各乡镇
6月底
"""

ORDER = """督办单
云安办督〔2024〕17号
宏盛铸造有限公司：
2024年7月11日检查发现，你单位冷却水系统未设置漏水报警装置。
一、你单位须在7月25日前完成报警装置的安装调试。
二、整改完成后5日内，你单位应向县应急管理局提出书面复查申请。
云川县安全生产委员会办公室
2024年7月12日
"""


def open_tasks(reading: Reading) -> list[Directive]:
    return [found for found in reading.directives if found.is_open]


def seen(found: Directive) -> tuple[list[str], str, str]:
    iso = found.deadline.iso if found.deadline else None
    how = found.owners[0].how if found.owners else ""
    return [owner.name for owner in found.owners], how, str(iso or "")


def test_minutes() -> None:
    reading = read(MINUTES)
    assert (reading.genre, str(reading.issued_on)) == ("minutes", "2024-05-22")
    assert [seen(found) for found in open_tasks(reading)] == [
        (["区建设交通局", "港华燃气公司"], "named", "2024-10-31"),
        (["区财政局"], "named", ""),
        (["属地街道"], "named", "2024-05-29"),
        (["区综合执法局"], "named", "2024-06-13"),
        (["港华燃气公司"], "named", ""),
    ]
    heard = reading.directives[0]
    assert heard.mode == "report"  # a report heard is no task


def test_plan_with_brackets_labels_and_a_reference() -> None:
    reading = read(PLAN)
    assert (reading.genre, str(reading.issued_on)) == ("plan", "2025-03-20")
    assert [seen(found) for found in open_tasks(reading)] == [
        (["区商务局", "区市场监管局"], "bracket", "2025-06-30"),
        (["区商务局", "区市场监管局"], "bracket", "2025-06-30"),
        (["区住建局", "各街道"], "table", "2025-09-15"),
        (["区住建局", "各街道"], "anaphora", ""),
        (["各单位"], "named", "2025-04-10"),
    ]
    assert next(found.kind for found in reading.directives) == "principle"


def test_table_with_bars() -> None:
    reading = read(TABLE)
    assert [seen(found) for found in open_tasks(reading)] == [
        (["区消防救援大队", "各街道"], "table", "2023-12-10"),
        (["区消防救援大队", "各街道"], "anaphora", ""),
    ]


def test_table_whose_cells_are_lines() -> None:
    reading = read(UPRIGHT)
    assert [(found.paragraph, *seen(found)) for found in open_tasks(reading)] == [
        (8, ["县应急管理局"], "table", "2025-05-30"),
        (12, ["县水利局", "各乡镇"], "table", "2025-06-30"),
    ]


def test_you_is_the_addressee() -> None:
    reading = read(ORDER)
    assert [seen(found) for found in open_tasks(reading)] == [
        (["宏盛铸造有限公司"], "anaphora", "2024-07-25"),
        (["宏盛铸造有限公司"], "anaphora", ""),
    ]
    assert not open_tasks(reading)[0].owners[0].is_explicit
    assert [found.deadline.type for found in open_tasks(reading) if found.deadline] == [
        "date",
        "event",
    ]


LETTER = """关于石潭水库除险加固工程的函
南川县人民政府、市水务局：
一、你县要明确一名县领导包案，你局于9月底前派专家驻点指导。
二、请你们每3日报告一次进展。
三、我办将于10月中旬组织复查。
安山市安全生产委员会办公室
2025年8月20日
"""


def test_a_letter_to_two_tells_them_apart() -> None:
    """R-002: 你县 is the county, 你局 the bureau, 你们 both, 我办 who signs."""
    tasks = open_tasks(read(LETTER))
    assert [[owner.norm for owner in task.owners] for task in tasks] == [
        ["南川县人民政府"],
        ["市水务局"],
        ["南川县人民政府", "市水务局"],
        ["安山市安全生产委员会办公室"],
    ]
    assert not any(owner.is_explicit for task in tasks for owner in task.owners)


def test_those_named_above_are_all_that_the_line_called_on() -> None:
    """R-002: 上述企业 is neither the example in between nor the addressee."""
    text = (
        "通知\n各县区：\n3月2日，邻省一家造纸厂发生爆炸。\n"
        "各粉尘企业要全面自查。各涉氨企业须更新台账。上述企业发现重大隐患的，应立即停产。\n"
    )
    last = open_tasks(read(text))[-1]
    assert [owner.norm for owner in last.owners] == ["各粉尘企业", "各涉氨企业"]


def test_a_right_of_appeal_is_no_task_and_a_day_no_part_of_a_name() -> None:
    text = (
        "整改通知书\n2025年3月4日\n市应急局4月底前检查水库，问题清单5月5日前交市防指。\n"
        "如不服本决定，可在六十日内申请行政复议。\n"
    )
    tasks = open_tasks(read(text))
    assert {owner.norm for task in tasks for owner in task.owners} == {"市应急局"}
    assert {task.paragraph for task in tasks} == {3}


def test_an_empty_cell_moves_no_other_into_its_place() -> None:
    text = "2026年任务表\n序号\t工作内容\t牵头部门\t配合部门\t完成时限\n1\t治理粉尘危害\t区卫健局\t\t全年\n"
    (task,) = open_tasks(read(text))
    assert [owner.norm for owner in task.owners] == ["区卫健局"]
    assert task.deadline is not None
    assert task.deadline.type == "recurring"


def test_the_day_that_opens_a_sentence_holds_for_the_whole_job() -> None:
    """R-004: but not for what is done in a case that may arise."""
    text = "会议纪要\n2025年3月3日\n会后5日内，县安委办将任务分解到人，在政府网站公示，发现漏项的及时补充。\n"
    days = [str(task.deadline.iso) if task.deadline else "" for task in open_tasks(read(text))]
    assert days == ["2025-03-08", "2025-03-08", "None"]


def test_what_is_done_is_never_a_task() -> None:
    reading = read(
        "截至2月27日，全市共出动检查人员3.4万人次，排查企业1.5万家。\n去年，市应急局开展了专项检查，整改隐患****处。"
    )
    assert open_tasks(reading) == []
    assert [figure for found in reading.directives for figure in found.figures] == [
        ("3.4万人次", "34000", "人次"),
        ("1.5万家", "15000", "家"),
        ("****处", "", "处"),  # masked: unknown, never guessed
    ]


def test_a_clause_cites_its_own_words() -> None:
    reading = read(PLAN)
    for found in reading.directives:
        line = reading.text_lines[found.paragraph - 1]
        assert line[found.offset : found.end].startswith(found.quote_start)
        assert found.sentence in dict(reading.sentences(found.paragraph))


def test_scanning_noise_is_repaired_or_offered() -> None:
    reading = read("市市場監(jiān)管局要督促企業(yè)在?；钒踩C合治理(lǐ)中整改(gǎi)隐患。")
    certain = [repair.raw for repair in reading.repairs if repair.is_certain]
    offered = [(repair.raw, repair.fixed) for repair in reading.repairs if not repair.is_certain]
    assert certain == ["(jiān)", "(yè)", "(lǐ)", "(gǎi)"]
    assert len(offered) == 1
    assert "危化品安全综合治理" in reading.raw.replace(*offered[0])
    assert "uncertain_repairs" in reading.warnings
    assert reading.raw.startswith("市市場監(jiān)管局")
    assert [(owner.name, owner.norm) for owner in reading.directives[0].owners] == [
        ("市市場監(jiān)管局", "市市场监管局")
    ]


@pytest.mark.parametrize("text", [MINUTES, PLAN, TABLE, UPRIGHT, ORDER])
def test_every_character_is_kept(text: str) -> None:
    reading = read(text)
    assert "".join(piece.text for piece in reading.pieces) == text


WORDS = """
市应急局 各镇街 你单位 该公司 要 须 应 由 会同 、 ， 。 ； ： （责任单位： ） 完成时限： 6月底前 10日内 每月25日前 同第3项 1. 一、 （二）
完成 排查 隐患 建立台账 已 了 共检查3家 的 对 | 序号|任务|责任单位|完成时限 2024年6月3日 立即 ** 坚持 确保 监(jiān) ?;钒踩
"""
PARTS = [*WORDS.split(), "\n", "\t", " "]


@given(st.lists(st.sampled_from(PARTS), max_size=60).map("".join).filter(str.strip))
def test_nothing_is_invented_whatever_the_text(text: str) -> None:
    reading = read(text)
    assert "".join(piece.text for piece in reading.pieces) == text
    for found in reading.directives:
        for owner in found.owners:
            assert reading.text_lines[owner.paragraph - 1][owner.start : owner.end] == owner.name
        if found.deadline:
            line = reading.text_lines[found.deadline.paragraph - 1]
            assert line[found.deadline.start : found.deadline.end] == found.deadline.text


def test_a_hundred_pages_in_ten_seconds() -> None:
    text = (MINUTES + PLAN + ORDER) * 80  # some 60,000 characters
    begin = time.process_time()
    assert len(open_tasks(read(text))) > 500
    assert time.process_time() - begin < 10


def test_the_reader_needs_no_django() -> None:
    code = "import sys; from xiangling.apps.directives.reader import read; read('各镇要检查。'); assert 'django' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
