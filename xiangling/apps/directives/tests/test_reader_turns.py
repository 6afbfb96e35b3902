"""Turns of speech by which papers name who does what until when; each a class, not a document (R-002, R-003, R-015)."""

from __future__ import annotations

from datetime import date

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


@pytest.mark.parametrize(
    ("text", "owners"),
    [
        ("宏丰、利达两家企业要在月底前更换法兰。", [["宏丰", "利达"]]),
        ("油坊、纸箱厂等易燃场所必须加装避雷针。", [["油坊", "纸箱厂"]]),
        ("各单位动火、登高作业一律实行视频监控。", [["各单位"]]),
        ("停车场运营方（顺达公司）即日起执行预约入场。", [["顺达公司"]]),
        ("县财政统筹保障专班经费。", [["县财政"]]),
        ("钱高工牵头编制变更管理指引。", [["钱高工"]]),
        ("专职消防队与三家企业签订互助协议。", [["专职消防队", "三家企业"]]),
        ("施工单位未取得交底单不得动土。", [["施工单位"]]),
        ("船舶超过三排的，由港长下达清港指令。", [["港长"]]),
        ("成立由县政府主要领导任组长的工作专班。", [[]]),
        ("检修费用由企业自理，区应急管理局每月抽查一次。", [["区应急管理局"]]),
        ("1.冷却水系统加装备用泵两台。（责任单位：区工信局）", [["区工信局"]]),
        ("涉氨冷库由市应急管理局负责，月底前组织专家会诊。", [["市应急管理局"]]),
        ("船员轮训由市培训中心承办，月底前办完两期。", [["市培训中心"]]),
        ("港口所在地镇政府每日18时前掌握在航船位。", [["港口所在地镇政府"]]),
        ("澜州车务段和北关街道在下月10日前走进小学宣讲。", [["澜州车务段", "北关街道"]]),
        ("海水浴场经营者应配备持证救生员。", [["海水浴场经营者"]]),
        ("供水、供热企业要加密巡检。", [["供水", "供热企业"]]),
        ("各酒厂进入发酵罐必须先检测。", [["各酒厂"]]),
        ("监理单位实行旁站。", [["监理单位"]]),
        ("记者从市应急管理局获悉，该局将于4月底前完成企业体检。", [["市应急管理局"]]),
        ("铭晟公司除尘系统于4月20日前更换完毕。", [["铭晟公司"]]),
        ("县城管局负责、县民政局协助，切断装置4月15日前必须全部装齐。", [["县城管局", "县民政局"]]),
        (
            "市应急局牵头，市消防支队参加，4月中旬在云埠站组织一次演练。",
            [["市应急局", "市消防支队"]],
        ),
        ("各医院氧气间要做到禁油禁火。", [["各医院"]]),
        ("对新发现的停用氨系统，由设备产权单位在停用后30日内抽氨。", [["设备产权单位"]]),
        ("各街道办事处组织物业服务企业在4月28日前签订协议。", [["各街道办事处"]]),
        ("成立由区教育局局长任组长的专班。", [[]]),
        ("每天开园前，作坊老板自己每天收工前要断电查火。", [["作坊老板自己"]]),
        ("他要求区督查室每10天核查一次。", [["区督查室"]]),
        ("由海事部门联合县农业农村局查处“三无”船舶。", [["海事部门", "县农业农村局"]]),
        (
            "区发展和改革局要逐台检修。该局要会同区应急管理局开展执法。",
            [["区发展和改革局"], ["区发展和改革局", "区应急管理局"]],
        ),
        ("区资规局负责向区住建局提供资料。该局要明确一名联络员。", [["区资规局"], ["区资规局"]]),
        ("区安委办要进行约谈。该办还要提请追责。", [["区安委办"], ["区安委办"]]),
        ("江口镇、杨树镇要每半月巡查一次。上述两镇还要签订协议。", [["江口镇", "杨树镇"]] * 2),
        ("古驿影视城管委会要与每个剧组签订协议。", [["古驿影视城管委会"]]),
        (
            "景区运营单位要坚持首班前试车。烘干塔运营主体要办理审批。",
            [["景区运营单位"], ["烘干塔运营主体"]],
        ),
        (
            "由区文旅局牵头，会同区卫健委、区公安分局，4月10日前完成检查。",
            [["区文旅局", "区卫健委", "区公安分局"]],
        ),
        ("预警发布后1小时内，各镇街要关停水上活动。", [["各镇街"]]),
        ("需拆除重建的2座旧桥，由区交通局于4月30日前完成立项。", [["区交通局"]]),
    ],
)
def test_names_that_no_list_knows(text: str, owners: list[list[str]]) -> None:
    found = rows(HEAD, text)
    assert [names for names, _limit, _day in found] == owners


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("区住建局在两个月内查清原因，并将结果报区安委办。", ["2026-05-18", "2026-05-18"]),
        ("区住建局在两个月内查清原因，并对有关人员开展培训。", ["2026-05-18", None]),
        ("整改完成后，区住建局应在5个工作日内组织验收。", [None]),
        ("对拒不整改的，区住建局5日内立案查处。", [None]),
        ("区消防救援大队检查重点单位，区住建局抽查工地，上述工作务必于4月20日前完成。", ["2026-04-20"] * 2),
        ("优化接警流程，到场时间压缩至10分钟以内。（责任单位：区应急管理局；完成时限：6月底前）", ["2026-06-30"]),
        ("组建专家库；编印图册；举办轮训。（责任单位：区应急管理局；完成时限：分别于4月15日、5月1日、6月20日前）",
         ["2026-04-15", "2026-05-01", "2026-06-20"]),
        ("区住建局于4月l5日前报送清单。", ["2026-04-15"]),
        ("区住建局于4月3O日前报送清单。", ["2026-04-30"]),
        ("2026年6月底前，报警装置安装率达到100%。", ["2026-06-30"]),
        ("市总工会负责指导，区住建局于4月25日（星期五）前抽查15家。", [None, "2026-04-25"]),
        ("自4月6日起，区消防救援大队分9个组驻点，两个月内轮训一遍。", [None]),
        ("区住建局于6月2O曰前完成自检。", ["2026-06-20"]),
        ("采取周末上门等方式开展安检。", [None]),
        ("区住建局对租赁厂房逐栋核查，下月10日前形成“一栋一档”。", ["2026-04-10"]),
        ("区住建局负责现场核实，4月3日前将结果反馈区府办。", ["2026-04-03"]),
        ("各镇要组织企业观看警示片，10天内覆盖到每个班组。", ["2026-03-28"]),
        ("江口街道须于明日设置硬质围挡。", ["2026-03-19"]),
        ("剩下的5台由区住建局盯着检完，4月20日是最后期限。", ["2026-04-20"]),
        ("区住建局自查报告于4月3日前（星期五）报区安委办。", ["2026-04-03"]),
        ("区住建局修订应急预案，4月15日前印发。", ["2026-04-15"]),
        ("各镇明确一名联络员，名单4月15日前报区安委办。", [None, "2026-04-15"]),
        ("各镇要压实属地责任，4月15日前组织一次演练。", [None, "2026-04-15"]),
        ("区农业农村局麦收前组织一次培训。（完成时限：6月底前）", [None]),
        ("各镇要立即开展桥梁排查，4月20日前将排查结果报区安委办。", [None, "2026-04-20"]),
        ("区住建局牵头制定管理规范，4月15日前印发实施。", ["2026-04-15"]),
        ("区交通局委托机构对2000年以前建成的31座桥梁进行评定。", [None]),
        ("区水利局要在10日内制定方案,?月底前将落实情况报区安委办。", ["2026-03-28", None]),
        ("区住建局6月底前完成1.4万个，9月底前累计完成2.2万个。", ["2026-06-30", "2026-09-30"]),
        ("区住建局4月1日前拆除三分之一，年底前全部拆除。", ["2026-04-01", "2026-12-31"]),
        ("各镇要在5个工作日内完成底数核实，并反馈区住建局。", ["2026-03-25"] * 2),
        ("各成员单位要对照本要点，在4月28日前制定工作计划。", ["2026-04-28"]),
        ("区市场监管局要对超期未检的企业立案查处，三季度末前实现检验率100%。", [None, "2026-09-30"]),
        ("区财政局要统筹安排资金，4月30日前拨付到位。", [None, "2026-04-30"]),
        ("区住建局要开展评估，4月30日前出具评估结论。", [None, "2026-04-30"]),
        ("各企业应于验收前3日内报送资料。", [None]),
        ("区财政局对4月30日前主动改造的每户补助800元。", [None]),
        ("区住建局于4月30日前完成登记造册，逐台建立“一机一档”。", ["2026-04-30"] * 2),
        ("区住建局每月5日前报送进展。区安委办负责汇总，10日前印发通报。", [None, None, None]),
    ],
)  # fmt: skip
def test_which_day_holds(text: str, days: list[str | None]) -> None:
    assert [day for _owners, _limit, day in rows(HEAD, text)] == days


@pytest.mark.parametrize(
    ("today", "wanted"),
    [(date(2026, 3, 20), "2026-04-15"), (date(2026, 1, 5), "2025-04-15"), (None, None)],
)
def test_the_year_of_a_report_that_names_none(today: date | None, wanted: str | None) -> None:
    text = "我区开展夜查\n本报讯（记者 林一）3月9日，区应急管理局夜查化工园。会议要求，区住建局要在4月15日前报送清单。\n"
    found = read(text, today=today)
    (row,) = [row for row in found.directives if row.is_open]
    assert row.deadline
    assert (row.deadline.iso.isoformat() if row.deadline.iso else None) == wanted
    assert ("year_assumed" in found.warnings) == (today is not None)


def test_a_year_in_characters_with_letters_for_zero() -> None:
    found = read(
        "关于冬季检查的通知\n各镇：\n各镇要在十日内报送名单。\n区安委办\n二O二六年十月二十日\n"
    )
    assert found.issued_on == date(2026, 10, 20)


def test_label_lines_of_one_item_do_not_speak_for_the_item_before() -> None:
    text = (
        "第1项  打通通道\n拆除占用通道的雨棚。\n责任单位：区城管局\n完成时限：4月10日前\n"
        "第2项  管住店铺\n查封违规店铺。\n责任单位：各街道\n完成时限：5月10日前\n"
    )
    assert [row[0::2] for row in rows(HEAD, text)] == [
        (["区城管局"], "2026-04-10"),
        (["各街道"], "2026-05-10"),
    ]


def test_what_is_left_amid_an_account_is_a_task() -> None:
    found = rows(HEAD, "全县共登记危房76栋，已搬迁31户，剩余45户由各村落实看护。")
    assert [owners for owners, _limit, _day in found] == [["各村"]]


@pytest.mark.parametrize("text", ["七、关于应急联动。", "（2026年3月1日领导小组会议审议通过）"])
def test_what_only_heads_or_frames_is_no_task(text: str) -> None:
    assert rows(HEAD, text) == []


def test_of_faults_and_remedies_only_the_remedies_are_tasks() -> None:
    text = (
        "二、问题清单及整改措施\n（一）动态监控形同虚设。\n存在问题：4家监控平台无人值守。\n"
        "整改措施：1. 区交通局逐一约谈。2. 各运营单位要配齐监控人员。\n"
        "责任单位：区交通局\n整改时限：11月底前\n"
    )
    found = rows(HEAD, text)
    assert [owners for owners, _limit, _day in found] == [["区交通局"], ["各运营单位", "区交通局"]]
    assert {day for _owners, _limit, day in found} == {"2026-11-30"}


def test_a_paper_signed_before_its_annex_is_dated() -> None:
    text = (
        "关于冬季检查的通知\n各镇：\n各镇要在十日内报送名单。\n"
        + "区安委办将适时开展督查。\n" * 8
        + "区安委办\n2026年10月20日\n附件：分工表\n序号\t任务\t责任单位\n1\t修复坞门\t海丰公司\n"
        "2\t更换制动器\t长礁船厂\n3\t拆除休息室\t北澳公司\n4\t补装栏杆\t北澳公司\n5\t出具意见\t区工信局\n"
    )
    assert read(text).issued_on == date(2026, 10, 20)


def test_a_phase_on_a_line_of_its_own_dates_what_stands_below() -> None:
    text = (
        "（一）自查阶段（3月20日至4月30日）\n各企业要开展一次自查。\n1．对照标准列出清单。\n"
        "（二）总结阶段（5月）\n各镇要在5月20日前报送总结。\n三、工作要求\n各镇要明确一名联络员。\n"
    )
    assert [day for _owners, _limit, day in rows(HEAD, text)] == [
        "2026-04-30",
        "2026-04-30",
        "2026-05-20",
        None,
    ]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("区教育局要组织一次企业主要负责人培训。", ["区教育局"]),
        ("住房城乡建设、水利部门要督促停工工地断电。", ["住房城乡建设", "水利部门"]),
        ("建筑业管理股要制定复工检查方案。", ["建筑业管理股"]),
        (
            "各级负有安全监管职责的部门要编制年度执法计划。",
            ["各级负有安全监管职责的部门"],
        ),
        ("施工单位中衡建工要编制吊装方案。", ["中衡建工"]),
        ("各企业要由主要负责人带队开展一次自查。", ["各企业"]),
        ("各企业要停用储罐。转运期间，区公安局负责现场警戒。", ["区公安局"]),
        ("龙泉冷链负责人赵志远表示，将在4月底前完成管道检测。", ["龙泉冷链"]),
    ],
)
def test_who_it_is_under_another_form(text: str, wanted: list[str]) -> None:
    assert rows(HEAD, text)[-1][0] == wanted


def test_offices_charged_in_a_heading_are_to_do_what_stands_below() -> None:
    text = "（一）危险化学品领域（危化监管科负责）\n4月底前完成装置评估。\n（二）工贸领域（工贸监管科负责）\n摸清企业底数。\n"
    assert [owners for owners, _limit, _day in rows(HEAD, text)] == [["危化监管科"], ["工贸监管科"]]


def test_labels_alone_and_those_who_watch_are_no_tasks() -> None:
    text = "整改要求：\n（1）区商场立即停用扶梯。\n督办单位：区应急管理局。整改时限：2026年4月15日前。\n"
    assert [owners for owners, _limit, _day in rows(HEAD, text)] == [["区商场"]]


def test_a_table_goes_on_below_a_heading_between_its_rows() -> None:
    text = (
        "序号\t任务\t责任单位\t完成时限\n一、责任体系\n1\t修订职责清单。\t区安委办\t4月底前\n"
        "二、隐患清零\n2\t开展专项检查。\t区教育局\t5月底前\n"
    )
    assert [(owners, day) for owners, _limit, day in rows(HEAD, text)] == [
        (["区安委办"], "2026-04-30"),
        (["区教育局"], "2026-05-31"),
    ]


def test_a_report_on_the_work_done_says_what_comes_next() -> None:
    head = "江北区住房和城乡建设局\n关于燃气安全工作情况的报告\n区人民政府：\n"
    text = "一、工作开展情况\n完成入户安检3万户。\n二、下一步工作打算\n燃气站牵头，4月20日前完成信息核对。\n区住建局\n2026年3月18日\n"
    assert [(owners, day) for owners, _limit, day in rows(head, text)] == [
        (["燃气站"], "2026-04-20")
    ]


def test_in_the_news_that_company_is_where_they_have_been() -> None:
    text = "在华瑞化工，检查组查看了罐区。\n林一要求，该公司要立即更换探测器。\n"
    assert [owners for owners, _limit, _day in rows(NEWS, text)] == [["华瑞化工"]]
    plain = "林一带队检查企业\n来源：江北融媒\n2026年7月10日\n检查组看到，通道被货物占用，两处照明损坏。\n"
    assert rows("", plain) == []
