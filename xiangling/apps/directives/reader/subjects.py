"""Where a clause's predicate begins, and who is its subject: steps over dates, counting words, modals, adverbs and units."""

from __future__ import annotations

import re

from .clause import Clause, heads, modal
from .lexicon import one_of, pattern, words
from .units import CORE, GROUP, Unit, UnitList, match_list

GIVEN = re.compile(r"(?:请|由|责成|责令|交由|商请|委托)")
BY = re.compile(r"(?:(?<![自理缘])由|(?<![提报申聘邀约])请|责成|交由)(?=[\u4e00-\u9fff])")
ROLE_GIVEN = re.compile(r"[\u4e00-\u9fff]{1,4}?(?:长|员|人|者|工)(?=[\u4e00-\u9fff]{2})")
NO_DOER = re.compile(
    r"[\u4e00-\u9fff]{0,6}?任(?:副?组长|副?总指挥|主任)|担任|兼任|为(?:副?组长)|自理|自付|自筹|自行承担|签字|签名|签批|签发"
)
"""After 由X: who presides or pays is not who is to do it."""
WITH = re.compile(r"(?:会同|联合|协同|牵头组织|组织协调|组织|配合|协助)(?=[\u4e00-\u9fff])")
TOGETHER = re.compile(r"(?:(?:，)?(?:会同|联合|商)|牵头，?|配合，?)")
SAYER = one_of(
    "会议",
    "全会",
    "书记",
    "市长",
    "县长",
    "区长",
    "镇长",
    "局长",
    "主任",
    "同志",
    "省长",
    "部长",
    "领导",
    "大会",
    "会上",
)
SAYS = re.compile(
    rf"(?:[^，。；：]{{0,14}}?{SAYER}|[他她])?(?:还|并|同时)?"
    r"(?:指出|强调|要求|提出|明确|议定|决定|号召|研究决定|商定)(?:[，：](?!$)|(?=各|全|市|区|县))"
)
PROMISES = re.compile(
    r"(?:(?:相关|主要|有关)?负责人(?:[\u4e00-\u9fff]{2,3}(?=[表承当现在]))?|代表|(?:副?(?:支队长|大队长|局长|主任|总?经理|董事长|书记|镇长|处长|科长))[\u4e00-\u9fff]{0,3}?)?(?:在[^，]{0,6}上)?(?:当场|现场)?(?:表示|承诺|表态(?:称|说|时)?)[，：]?$"
)
PARTY = re.compile(
    r"(?![将把给与和])[^，对向]{2,24}的([\u4e00-\u9fff]{0,4}(?:企业|单位|公司|项目|工地|商户|经营户))，$"
)
PARTY_FAILING = re.compile(
    r"([\u4e00-\u9fff]{1,8}(?:方|企业|单位|公司|业主|经营户|商户))(?:仍?未|拒不|拒绝|逾期|不(?!得|准))[^，]{1,24}的，$"
)
PARTY_CALLED = re.compile(
    r"(?![对向将把给与和由请]|(?:各级?)?负有|(?:各级?)?承担)[^，、：]{2,20}?的([\u4e00-\u9fff]{0,4}(?:企业|单位|公司|项目|工地|商户|经营户|街道|乡镇|镇街|部门|社区))"
    r"(?=要(?![求素点])|必须|务必|须|应当)"
)
NOUN_FORMING = ("重点", "主要", "具体", "专项", "全面", "系统", "负责", "督促", "牵头", "严")
COUNTED = re.compile(r"\d+[万余多]*(?:家|户|人|个|名|处|座|台|辆|所|栋|条|起)")
PERIOD = re.compile(r"[一两二三半\d]+个?(?:周|天|月|年|小时|工作日|日|星期)")
SAID_OF = re.compile(
    r"\d|[一二三四五六七八九十]{1,3}[月日个]|[这此本]次|今[年天后]|明[年天]|年[底内前]|假期|节[前日假]|“?(?:五一|十一)|国庆|元旦|春节|中秋|端午|汛期|据此|依此|就此|至少|最少|全程|统一|抓紧|分头|涉及|有权|配合|协助|未[^，]{1,14}(?:不得|不准|严禁)|[\u4e00-\u9fff]{1,4}前(?=必须|须|应当?|要)|每|本周|下周|这个?[月周季]|本[月季]|晚上|早上|白天|夜间|平时|牵头|负责|已|正|各|会同|不|年|月底|将|可|则|对|接到|收到|自(?=[\d收接今本])|定于|计划于|到期|联手|合力|共同|最迟|最晚|办好|办成|从|向|给|把|凡|一律|[\u4e00-\u9fff]{1,2}内(?=不得|严禁|禁止)|分别|均|都|也|还|同意|拟|愿"
)


RATE = re.compile(r"[^，。；]{2,8}率(?:达|不|为|提|控|保|\d|1)")
"""从业人员|培训合格率100%: a figure of theirs, not what they do."""
THIRD_PARTY = re.compile(r"第三方")
FIRM = re.compile(
    rf"(?![各全对向由请把将给与和据在该])([\u4e00-\u9fff]{{2,4}}(?:{pattern('firm', 'units')}|(?<![带编排列组])队|(?<!工程)项目))"
    r"(?=必须|务必|应当?|须|要(?![求素点])|承诺|将|自?\d|每)"
)


def follows_subject(text: str, place: int, *, is_firm: bool, has_limit: bool = False) -> bool:
    """Whether what stands after a list of units can be said of it; `has_limit`: a time limit stands there."""
    if has_limit and is_firm:
        return True
    rest = text[place:].lstrip(" ")
    if COUNTED.match(rest) and not PERIOD.match(rest):
        return False
    if PERIOD.match(rest) or not rest.strip("，；：。 "):
        return True
    if rest[0] in "的、" or RATE.match(rest):
        return False
    if rest[0] in "，：（(":
        return True
    keys = (
        ("modal", "adverb", "preposition", "action", "result", "general")
        if is_firm
        else ("modal", "adverb", "preposition")
    )
    if any(heads()[key].match(rest) for key in keys):
        return True
    if SAID_OF.match(rest):
        return True
    return not is_firm and bool(heads()["action"].match(rest)) and len(rest) > 5


def find(clause: Clause) -> None:
    """Set the clause's subject, helpers, head, verb and modal."""
    _find_head(clause)
    _find_helpers(clause)


def _promiser(clause: Clause) -> bool:
    """东塘街道负责人表示，: the unit is the subject of what it promises."""
    match = PROMISES.search(clause.text)
    if not match:
        return False
    found = match_list(clause.text[: match.start()], 0)
    if found is None and match[0].startswith("负责人"):
        found = _short(clause.text, 0, match.start())
    if found and found.end == match.start():
        clause.subject = found
        clause.head = len(clause.text)
        clause.has_modal = True  # what follows is held out, not told
    return clause.subject is not None


def _short(text: str, start: int, end: int) -> UnitList | None:
    """龙泉冷链, 中衡建工: a firm by its short name, told by what stands beside it."""
    if not re.fullmatch(r"(?![该其各有相某主本企])[\u4e00-\u9fff]{2,8}", text[start:end]):
        return None
    return UnitList((Unit(start, end, CORE),), end, is_closed=True)


def _find_head(clause: Clause) -> None:
    """Step over counting words, dates, modals, adverbs and the subject to the predicate."""
    text, place = clause.text, 0
    if _promiser(clause):
        return
    if says := SAYS.match(text):
        place = says.end()
    if party := PARTY.match(text) or PARTY_FAILING.match(text):
        found = match_list(text, party.start(1))
        if found and found.end == party.end(1):
            clause.subject, clause.head, clause.is_party = found, len(text), True
            return
    if party := PARTY_CALLED.match(text, place):
        found = match_list(text, party.start(1))
        if found and found.end == party.end(1):
            clause.subject, place = found, found.end
    for _step in range(12):
        before = place
        for step in (
            _over_limit,
            _over_lead,
            _over_limit,
            _over_subject,
            _over_modal,
            _over_adverb,
            _over_helpers,
        ):
            place = step(clause, place)
        while place < len(text) and text[place] in " \u3000，、":
            place += 1
        if place == before:
            break
    clause.head = place
    _find_verb(clause)


def _find_verb(clause: Clause) -> None:
    text, place = clause.text, clause.head
    for key in ("result", "action", "general"):
        if (match := heads()[key].match(text, place)) and len(match[0]) > len(clause.verb):
            clause.verb = match[0]
    if not clause.verb and not heads()["preposition"].match(text, place) and len(text) - place > 4:
        match = heads()["guess"].match(text, place)
        clause.guess = match[0] if match else ""


def _over_limit(clause: Clause, place: int) -> int:
    limit = next((limit for limit in clause.limits if limit.start == place), None)
    return limit.end if limit else place


def _over_lead(clause: Clause, place: int) -> int:
    match = heads()["lead"].match(clause.text, place)
    if not match or THIRD_PARTY.match(clause.text, match.end() - 2):
        return place
    clause.is_lead = clause.is_lead or bool(
        re.match(r"[（(]?[一二三四五六七八九十\d]|第", match[0])
    )
    return match.end()


def _over_subject(clause: Clause, place: int) -> int:
    if clause.subject is None and (found := _subject(clause, place)):
        clause.subject, place = found
    return place


def _over_modal(clause: Clause, place: int) -> int:
    match = heads()["modal"].match(clause.text, place)
    if (
        not match
        and clause.subject
        and clause.text[place : place + 1] == "将"
        and _follows_will(clause.text, place + 1)
    ):
        return place + 1
    if not match:
        return place
    clause.has_modal = True
    return match.end()


def _follows_will(text: str, place: int) -> bool:
    """市局将坚决…, 将对…: what is to come, not 把."""
    return any(
        heads()[key].match(text, place)
        for key in ("adverb", "action", "general", "preposition", "result")
    )


def _over_adverb(clause: Clause, place: int) -> int:
    match = heads()["adverb"].match(clause.text, place)
    return match.end() if match and not _is_predicate(clause.text, match) else place


def _over_helpers(clause: Clause, place: int) -> int:
    """After the subject: 会同市公安局, 牵头."""
    match = TOGETHER.match(clause.text, place) if clause.subject else None
    if not match:
        return place
    if found := match_list(clause.text, match.end()):
        clause.helpers += found.units
        return found.end
    return match.end() if match[0][0] in "牵配" else place


def _is_predicate(text: str, adverb: re.Match[str]) -> bool:
    """Whether what could be an adverb is the verb here (严查…, 督促…), or part of a noun (重点企业)."""
    place = adverb.end()
    follows = any(
        heads()[key].match(text, place)
        for key in ("action", "general", "preposition", "adverb", "result", "modal")
    )
    verb = heads()["action"].match(text, adverb.start())
    if verb and (len(verb[0]) > len(adverb[0]) or not follows):
        return True
    if len(adverb[0]) == 1 and not follows:
        return True
    return text[place - 2 : place] in NOUN_FORMING and not follows


def _subject(clause: Clause, place: int) -> tuple[UnitList, int] | None:
    text = clause.text
    given = GIVEN.match(text, place)
    at = given.end() if given else place
    found = match_list(text, at, is_given=bool(given)) or _of_lines(text, at) or _person(text, at)
    if found is None:
        return _firm(text, at) or _everyone(text, at)
    if given and given[0] == "由" and _is_no_doer(text, found):
        return None
    if given and given[0] in ("请", "商请", "责成", "责令"):
        clause.has_modal = True
    is_firm = found.is_firm or text.startswith(
        ("各", "与会", "全市", "全区", "全县", "全省", "全镇"), at
    )
    if not given and _is_passive(text, found):
        return None  # 智慧工地平台由市住建局负责: what is done, not who does it
    if given:
        if text[found.end : found.end + 1] in ("的", "、"):
            return None
    elif not follows_subject(
        text,
        found.end,
        is_firm=is_firm,
        has_limit=any(limit.start == found.end for limit in clause.limits),
    ):
        if _is_theirs(clause, found):
            return found, found.end
        return _summed_up(text, at) or _firm(text, at) or _everyone(text, at)
    if (
        not given
        and at == 0
        and found.end == len(text.rstrip("，。；"))
        and len(found.units) == 1
        and found.units[0].sort == GROUP
    ):
        return (found, found.end) if text.startswith(words("gather", "units")) else None
    return found, found.end


def _is_no_doer(text: str, found: UnitList) -> bool:
    """After 由: who presides, pays or signs, or leads those that were named before (由主要负责人带队)."""
    if NO_DOER.match(text, found.end):
        return True
    return text.startswith("带队", found.end) and text[: found.end].endswith(words("role", "units"))


def _is_theirs(clause: Clause, found: UnitList) -> bool:
    """铭晟公司|除尘系统于12月20日前更换完毕: a firm, and what of its own is to be done by a day."""
    return clause.text[: found.end].endswith(("公司", "集团")) and any(
        limit.is_bound and limit.day and found.end < limit.start <= found.end + 14
        for limit in clause.limits
    )


CHARGED = re.compile(
    r"(?:具体|组织|统筹|共同|分别)?(?:牵头|负责|承办|主办|承担|组织|实施|清理|处置|督办)"
)


def _is_passive(text: str, found: UnitList) -> bool:
    """智慧工地平台由市住建局负责, 冷库由市应急管理局牵头: what is done stands first, a unit is charged with it."""
    by = BY.search(text, found.end)
    if by is None or by[0] != "由" or modal().search(text, found.end, by.start()):
        return False
    if not found.is_firm:
        return True
    charged = match_list(text, by.end(), is_given=True)
    return charged is not None and charged.is_firm and bool(CHARGED.match(text, charged.end))


PEOPLE = re.compile(
    r"(?![对向由请把将给与和在该各全凡如若未经])([\u4e00-\u9fff]{2,10}(?<![的和与])(?:人员|经营者|使用者|经营单位|管理单位|作业单位|施工企业|施工单位|(?<!企)业主|船东|货主|老板|店主|房东)(?:自己)?)"
    r"(?=(?:每[天日班周月次][^，。；]{0,6})?(?:必须|务必|应当?(?!急)|须|要(?![求素点])|实行))"
)
"""海水浴场经营者应…, 承包商作业人员必须…: whoever does that work."""


def _firm(text: str, place: int) -> tuple[UnitList, int] | None:
    """宏源化工必须…: a firm by its trade, or people by theirs, told by the modal that follows."""
    match = FIRM.match(text, place) or PEOPLE.match(text, place)
    if match and re.search(r"[的在对将把于由]|经(?!营)", match[1]):
        return None
    if not match:
        return None
    found = UnitList((Unit(match.start(1), match.end(1), CORE),), match.end(1), is_closed=True)
    return found, found.end


EVERYONE = re.compile(
    r"各(?:单位|部门|企业|地|级|镇街|乡镇|街道|村|园区|项目部|施工单位|成员单位|学校|医院|车间|班组|县区|县（市、区）|镇（街道）)(?![、的和与及])"
)
ALL_OF_IT = re.compile(r"[^，。；]{2,30}(?:一律|全部|均[须应要]?|必须|不得|严禁|要(?![求素点闻]))")


def _everyone(text: str, place: int) -> tuple[UnitList, int] | None:
    """各单位动火作业全部实行视频监控: who is addressed stands first, whatever noun follows."""
    found: UnitList | None
    if match := EVERYONE.match(text, place):
        found = UnitList((Unit(place, match.end(), GROUP),), match.end(), is_closed=False)
    elif not text.startswith("各", place) or not (found := match_list(text, place)):
        return None
    return (found, found.end) if ALL_OF_IT.match(text, found.end) else None


def _summed_up(text: str, place: int) -> tuple[UnitList, int] | None:
    found = _of_lines(text, place)
    return (found, found.end) if found else None


PERSON = re.compile(
    r"([\u4e00-\u9fff]{1,3}?(?:高工|总工|总监|教授|主任|局长|书记|镇长|县长|区长|市长|经理|科长|处长|所长|队长|厂长|矿长|校长))"
    r"(?=牵头|负责|带队|包保|要(?![求素点])|必须|务必)"
)


def _person(text: str, place: int) -> UnitList | None:
    """祁高工牵头…: somebody by name and title, told by what follows."""
    match = PERSON.match(text, place)
    if not match:
        return None
    return UnitList((Unit(place, match.end(1), GROUP),), match.end(1), is_closed=False)


LINES = re.compile(
    r"((?:[\u4e00-\u9fff]{2,6}、)+[\u4e00-\u9fff]{2,6}?)"
    r"(?:(?:等)?(?:有关|相关)?部门(?=要|须|应|必须|负责|牵头|分别|按)"
    r"|(?:等)?(?:[两三四五六七八九十]|\d{1,2})家(?:企业|单位|公司|项目部|矿山|工地|场所)"
    r"|等[\u4e00-\u9fff]{0,6}(?:单位|企业|场所|部位|工地|船舶|车辆|机构)(?=要(?![求素点])|必须|务必|须|应当?|一律))"
)


def _of_lines(text: str, place: int) -> UnitList | None:
    """气象、水文部门要…, 宏砚、德衡两家企业…, 粮站、竹木加工厂等场所要…: names no list knows, told by what sums them up."""
    match = LINES.match(text, place)
    if not match or re.search(r"[要的和对在将]", match[1]):
        return None
    units, start = [], place
    for name in match[1].split("、"):
        units.append(Unit(start, start + len(name), CORE))
        start += len(name) + 1
    return UnitList(tuple(units), match.end(), is_closed=True)


WITH_WHOM = re.compile(r"(?<![\u4e00-\u9fff]参)(?:与|同)(?=[\u4e00-\u9fff])")
JOINTLY = re.compile(r"[^，。；]{0,12}(?:联合|共同|协同)")


def _find_helpers(clause: Clause) -> None:
    """Units that are to act, though they are not the subject: 由X, 会同X, 联合X, 与X开展联合演练."""
    for match in WITH_WHOM.finditer(clause.text):
        found = match_list(clause.text, match.end())
        if found and found.is_firm and JOINTLY.match(clause.text, found.end):
            clause.helpers += [unit for unit in found.units if not _inside(clause, unit)]
    for match in WITH.finditer(clause.text):
        found = match_list(clause.text, match.end())
        if found and (
            match[0] in ("会同", "联合", "协同", "配合", "牵头组织", "组织协调", "协助")
            or found.is_firm
            or clause.text.startswith(("各", "有关", "相关", "属地"), match.end())
        ):
            clause.helpers += [unit for unit in found.units if not _inside(clause, unit)]
    if clause.subject is None:
        for match in BY.finditer(clause.text):
            found = match_list(clause.text, match.end(), is_given=True)
            if (
                found
                and not _is_no_doer(clause.text, found)
                and clause.text[found.end : found.end + 1] not in ("的", "、")
            ):
                clause.subject = found
                return
            role = ROLE_GIVEN.match(clause.text, match.end())
            if found is None and role and heads()["action"].match(clause.text, role.end()):
                unit = Unit(match.end(), role.end(), GROUP)
                clause.subject = UnitList((unit,), role.end(), is_closed=False)
                return
        _middle_subject(clause)


def _middle_subject(clause: Clause) -> None:
    """整改情况市应急局要于月底前报送: a unit in the middle, directly before a modal or 负责, 牵头."""
    for match in re.finditer(r"(?:必须|务必|应当|须|要(?!求)|负责|牵头)", clause.text):
        for place in range(max(0, match.start() - 24), match.start() - 1):
            if place and clause.text[place - 1] not in "，、）”：的" and place != clause.head:
                continue
            found = match_list(clause.text, place)
            if found and found.end == match.start() and found.is_firm:
                clause.subject = found
                return


def _inside(clause: Clause, unit: Unit) -> bool:
    return clause.subject is not None and any(
        unit.start < other.end and other.start < unit.end for other in clause.subject.units
    )
