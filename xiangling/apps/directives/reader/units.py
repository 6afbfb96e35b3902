"""The grammar of unit names: 市应急管理局, 各镇（街道）, 应急、公安等部门, 你单位."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from .lexicon import one_of, pattern, words

STOP = "的了对在为是把将于及由请按从并也还须需就被使以其这那此要应等和与跟会至到每，。；：！？、（）()《》“”‘’【】\\[\\]\\s|｜"
SAFE = f"(?:所在地|专委会|防委会|供应|反应|应用|[润祥泰永人]和|和[平谐顺兴信达美泰]|[^{STOP}])"
MOST = 16
TAIL = re.compile(
    r"等(?:\d+|[一二三四五六七八九十两多几]+)?(?:个|家)?(?:有关|相关|责任|成员|职能|主管|涉及|配合|执法|监管)*(?:部门|单位|企业|地区|机构)?"
)
SHARED = re.compile(r"[两三四五六七]?(?:主管|监管|执法|有关|相关|职能)*(?:部门|单位|机构)")
THOSE = "(?:上述|以上|你)[两二三四五六](?:家|个|处)?(?:单位|部门|企业|公司|局|镇|乡|区|县|街道|厂|矿|库|校|院|站|村|园区)"
SPECIFIC, GROUP, ANAPHOR, CORE = "specific", "group", "anaphor", "core"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit's name in a text: [start, end) and what it is (specific, group, anaphor, core)."""

    start: int
    end: int
    sort: str


@cache
def _heads() -> str:
    """What a name ends in; 部 is no head in 部门, nor 市 in 市场."""
    choices = one_of(
        *(word for key in ("office", "venue", "place") for word in words(key, "units"))
    )
    not_in = {
        "部": "门",
        "局": "长|面|部|势|限",
        "市": "场",
        "区": "域|县",
        "组": "织|成|建",
        "委": "托|派|员(?!会)|会(?![同商议诊见])",
        "所": "有|在(?!\\d)",
        "办": "理|法|方",
        "队": "伍",
        "股": "份|东|权|票|民|价|本|息|金",
        "站": "位",
    }
    never = (
        "(?<!城市)(?<!现场)(?<!盲区)(?<!过场)(?<![主承协督侦]办)(?<![入控参持退]股)(?<!逐[\u4e00-\u9fff])(?<!签署)(?<!任组)"
        "(?:(?<=办事处)|(?<!处(?=于|理|置|罚|在)))"
    )
    return f"(?:{choices}{never}{''.join(f'(?<!{head}(?={after}))' for head, after in not_in.items())})"


@cache
def _names() -> tuple[re.Pattern[str], ...]:
    """Patterns tried at a place, in this order: anaphor, gathered group, core with its head, named, group, core."""
    core = one_of(
        *words("core", "units"), "安全生产委员会", "安委会", "人力资源社会保障", "管委会", "减灾委"
    )
    heads = _heads()
    groups, roles = pattern("group", "units"), pattern("role", "units")
    gather = pattern("gather", "units")
    bracket = r"(?:[（(][\u4e00-\u9fff、]{1,14}[）)])?(?:“?两委”?)?"
    office = pattern("office", "units")
    of_role = f"(?:的?{roles})?"
    return (
        re.compile(rf"(?:{pattern('anaphor', 'units')}|{THOSE}){of_role}"),
        re.compile(
            rf"{gather}(?:{gather})*(?:{core}|{SAFE}){{0,9}}?(?:{groups}|{heads}|{roles}){bracket}(?:{heads})?{of_role}"
        ),
        re.compile(rf"{SAFE}{{0,6}}?{core}{heads}"),
        re.compile(rf"(?:{core}|{SAFE}){{1,{MOST}}}?(?={office}){heads}"),
        re.compile(rf"(?:{core}|{SAFE}){{1,{MOST}}}?{heads}"),
        re.compile(rf"(?:{SAFE}){{0,8}}?{groups}{of_role}"),
        re.compile(rf"{SAFE}{{0,6}}?{roles}"),
        re.compile(core),
    )


@cache
def _more() -> re.Pattern[str]:
    """What may follow a head within one name: 市公安局|交警支队, 临江镇|人民政府."""
    core = pattern("core", "units")
    heads = _heads()
    bracket = r"[（(][\u4e00-\u9fff、]{1,12}[）)]"
    groups, gather = pattern("group", "units"), pattern("gather", "units")
    return re.compile(
        rf"(?:的?{pattern('role', 'units')}|{core}{heads}|{gather}+{SAFE}{{0,4}}?{groups}|{SAFE}{{0,4}}?{groups}"
        rf"|{SAFE}{{0,6}}?{heads}|{bracket})"
    )


@cache
def _verb_start() -> re.Pattern[str]:
    return re.compile(
        f"(?:{pattern('verb.action')}|{pattern('verb.general')}|{pattern('modal')}|{pattern('adverb')}|{pattern('preposition')}|{pattern('verb.result')})"
    )


@cache
def _office_start() -> re.Pattern[str]:
    """Names that begin like a verb and are none: 检查组, 宣传部, 监测中心, 教育局, 建设单位."""
    return re.compile(
        rf"(?:{pattern('core', 'units')}{pattern('office', 'units')}|{pattern('group', 'units')}"
        r"|(?:检查|督导|督查|巡查|调查|工作|指挥|服务|监测|检测|调度|宣传|监察|督办|救援|应急|安全|综合|专项|整治|验收|考核|评估"
        rf"|培训)+{pattern('office', 'units')}"
        rf"|{pattern('desk', 'units')}+(?:部|科|处|室|中心|组)(?!门|长|理|置|罚|织)"
        r"|[\u4e00-\u9fff]{2,4}(?:车间|工段|事业部|分公司|分厂))"
    )


@cache
def _of_few() -> re.Pattern[str]:
    return re.compile(rf"{pattern('core', 'units')}(?=[两三四五六七八](?:部门|单位))")


def match_unit(text: str, place: int) -> Unit | None:
    """The unit named at this place, the longest reading that makes sense; None where none is."""
    if few := _of_few().match(text, place):  # 公安、市场监管|两部门
        return Unit(place, few.end(), CORE)
    sorts = (ANAPHOR, GROUP, SPECIFIC, SPECIFIC, SPECIFIC, GROUP, GROUP, CORE)
    found: Unit | None = None
    line = _names()[-1].match(text, place)
    line_of_work = line.end() if line else place
    for sort, name in zip(sorts, _names(), strict=True):
        match = name.match(text, place)
        if not match or (sort in (SPECIFIC, GROUP) and _is_phrase(text, place, match.end(), sort)):
            continue
        if sort == SPECIFIC and match.end() < line_of_work:
            continue  # 住房城乡|建设
        unit = Unit(place, match.end(), sort)
        if sort == ANAPHOR:
            whole = _extended(text, unit)  # 贵区公安分局 is a name
            return Unit(place, whole.end, SPECIFIC) if whole.end > unit.end else unit
        if sort == CORE:
            return _extended(text, found) if found else unit
        found = found or unit
        if sort == SPECIFIC:  # the name with its line of work comes first and is surest
            break
        if sort == GROUP:
            break
    return _extended(text, found) if found else None


def _is_phrase(text: str, start: int, end: int, sort: str) -> bool:
    """Whether what looks like a name is a verb with its object (检查市场) or holds one (应急局组织各镇)."""
    name = text[start:end]
    if name in words("never", "units") or (
        sort == SPECIFIC and name.endswith(words("no_office", "units"))
    ):
        return True
    if name in words("office", "units") and name.endswith("所"):
        return False
    if opens := _office_start().match(text, start, end):
        return sort == SPECIFIC and _holds_verb(text[opens.end() : end])
    if name.startswith(words("gather", "units")):
        name = re.sub(f"^{pattern('gather', 'units')}+", "", name)
        return len(name) > 16 or bool(re.search("组织|配合|督促|会同|指导", name))
    if name.endswith("企业主"):
        return True  # 企业主|要负责人
    if name.endswith("系统") and not re.search(
        f"{pattern('core', 'units')}|^{pattern('gather', 'units')}", name
    ):
        return True  # 冷却水系统: a device
    if re.match(r"有(?![关色限])|[该这此]项", name):
        return True
    if re.match(r"[\d报查抓盯找访罚\W]", name) or re.search(r"[\d余多][处所家座]$", name):
        return True
    if name in words("group", "units") or name in words("role", "units"):
        return False
    name = re.sub(f"{pattern('role', 'units')}$", "", name)
    verb = _verb_start().match(name)
    if verb is None:
        return _holds_verb(name)
    return not re.match(f"{pattern('core', 'units')}", name) or sort == GROUP


@cache
def _inner() -> re.Pattern[str]:
    return re.compile(
        r"组织|开展|负责|牵头|督促|指导|检查|排查|整治|落实|加强|强化|制定|完成|推进|推动|配合|协调|报送|建立|完善|处置|查处|不|没有"
        r"|造成|发生|所有|涉及|(?<!安)全部|进行|重点|反映|防止|搞|分[一二三四五六七八九十两\d]|同意|已|出场|出站|[一二三四五六七八九十两][个次批]|提出"
        r"|后经|分头|盯|带队|进驻|任|约谈|责成|责令|处于|处在|位于|导致|属于|本企业|本单位"
        r"|报(?!社|刊|告|业|纸|道)|送(?=[市县区省])|交(?=[市县区省镇])|\d[月日]|[日底]前|成立|组成|组建|设立|建立|召开|一[家名座处]|某"
        r"|[明今去]年|期前|当日|剩余|距|实行|建成|违规|抄[送报]|分送|(?<![方走定])向|叮嘱|嘱咐|回复|带着|(?:元旦|春节|国庆|中秋)(?!节)|联合(?![会体社国])"
    )


def _holds_verb(name: str) -> bool:
    match = _inner().search(name)
    if match is None:
        return False
    rest = name[match.end() :]
    return not (len(rest) <= 4 and _office_tail().fullmatch(rest))


@cache
def _office_tail() -> re.Pattern[str]:
    return re.compile(rf"(?:{pattern('office', 'units')}|站|科|处|所|队|院|组|局|委)+")


def _extended(text: str, unit: Unit) -> Unit:
    """Names go on: 市公安局交警支队, 江北园区管委会."""
    end = unit.end
    if re.match(r"长(?![期效远江时])", text[end : end + 2]):
        return Unit(unit.start, end + 1, GROUP)  # 乡镇长: whoever leads it
    while match := _more().match(text, end):
        rest = text[end : match.end()]
        if rest.endswith("系统") and text[:end].endswith(FIRM_ENDS):
            break  # 轻合金公司|湿式除尘系统: a device of theirs
        is_whole = _office_start().fullmatch(rest) or _whole().fullmatch(rest)
        is_name = is_whole or not (_verb_start().match(rest) or _holds_verb(rest))
        if match.end() == end or not is_name or match.end() - unit.start > 26:
            break
        end = match.end()
    return Unit(unit.start, end, unit.sort)


FIRM_ENDS = ("公司", "集团", "厂", "企业", "矿")


@cache
def _whole() -> re.Pattern[str]:
    """A head or group by itself, whatever it begins with: 督查室, 监管系统."""
    keys = ("office", "venue", "place", "group")
    return re.compile(
        rf"(?:监管|主管|管理|执法|行政)*{one_of(*(word for key in keys for word in words(key, 'units')))}"
    )


SOME = re.compile(r"一些|部分|个别|少数|有的|不少|某些|多数|某|一[家名个座]")
ORDERED = re.compile(r"要(?![求素点闻件])|必须|须|应当|务必")
COUNTED = re.compile(
    r"(?:全[省市区县镇])?(?:\d{1,4}|[一二两三四五六七八九十百]{1,4})(?:家|个|座|所|处)[\u4e00-\u9fff]{0,10}?(?:企业|单位|公司|工地|项目|矿山|学校|医院|商场|街道|乡镇|镇街)"
    r"(?=要(?![求素点])|必须|务必|须|应当?(?!急)|分别要|均须|均要|于\d)"
)
LEVEL = re.compile(
    r"[省市县区镇](?:财政|公安|民政|教育|司法|人社|审计|税务|住建|消防|卫健|应急|农业农村|市场监管|水利|交通)"
    r"(?=要(?![求素点])|必须|须|应当|统筹|已|每|在|于|负责|按|予以|保障|安排|承担|将|会同|牵头)"
)
SCHOOLS = re.compile(r"各(?:中小学)?校(?![长园区舍车内外])")
LED = re.compile(r"(?:牵头负责|负责牵头|牵头|主办|主责|负责)[、](?=[\u4e00-\u9fff])")
HELPS = re.compile(r"(?:分别|积极|共同|协同|具体)?(?:配合|协助|参与|协办|参加)(?!单位|部门)")
PARTS = re.compile(
    r"(?:建设|施工|监理|设计|勘察|代建|总承包|总包|分包|使用|产权|管理|运营|维保|责任|事故|涉事|属地|承包|承建|中标|检测|牵头|主办|承办|出租|承租)(?:单位|企业|方)|业主(?:单位)?"
)
APPOSED = re.compile(
    rf"[\u4e00-\u9fff]{{2,14}}?(?:{PARTS.pattern})(?=[\u4e00-\u9fff]{{2,16}}(?:公司|集团|厂))"
)
CHARGED_WITH = re.compile(
    r"(?:各级|各|[省市县区]级)?(?:负有|承担)[\u4e00-\u9fff]{2,16}职责的(?:部门|单位|机构)"
)
CALLED = re.compile(
    rf"(?:{PARTS.pattern})(?![人的是对将应须要负])([\u4e00-\u9fff]{{2,6}}?)(?=要(?![求素点负])|必须|务必|须)"
)
"""施工单位中衡建工要: a firm by its short name after its part."""
BRACKETED = re.compile(r"[\u4e00-\u9fff]{2,10}(?:方|单位|企业)[（(]")
"""停车场运营方（X公司）: the unit in the bracket is who is meant."""
JOIN = re.compile(r"\s*(?:、|，?会同|，?联合|以及|和|与|及|/|／|，(?=各|市|区|县|省|镇))\s*")


@dataclass(frozen=True, slots=True)
class UnitList:
    """Units named one after another, and where the list ends (等部门 included)."""

    units: tuple[Unit, ...]
    end: int
    is_closed: bool  # ends in 等部门 or a shared 部门, so that bare lines of work count as units

    @property
    def is_firm(self) -> bool:
        """Whether all of it is certainly units."""
        return self.is_closed or all(unit.sort in (SPECIFIC, ANAPHOR) for unit in self.units)


def match_list(text: str, place: int, *, is_given: bool = False) -> UnitList | None:
    """The list of units that begins at this place; None where there is none.

    A bare line of work (应急, 公安) counts in a list, before 等部门, or where `is_given`: after 由, 请.
    """
    if SOME.match(text, place):
        return None
    if alone := _fixed(text, place):
        return alone
    units: list[Unit] = []
    end = place
    is_led = False
    while unit := match_unit(text, end if not units else _joined(text, end)):
        if units and unit.start == end:
            break
        units.append(unit)
        end = unit.end
        if LED.match(text, end) and match_unit(text, _joined(text, end)):
            is_led = True
        elif not JOIN.match(text, end):
            break
    if not units:
        return None
    units = [_without_role(text, unit) for unit in units]
    if is_led and (helped := HELPS.match(text, end)):
        return UnitList(tuple(units), helped.end(), is_closed=True)
    return _closed(text, units, end, is_given=is_given)


def _closed(text: str, units: list[Unit], end: int, *, is_given: bool) -> UnitList | None:
    """The list with 等部门 at its end; None where it is but a bare line of work."""
    tail = TAIL.match(text, end)
    is_closed = bool(tail)
    if tail:
        end = tail.end()
    elif units[-1].sort == CORE and (shared := SHARED.match(text, end)):
        last = units.pop()
        named = end if shared[0][0] in "两三四五六七" else shared.end()  # 公安、市场监管|两部门
        end, is_closed = shared.end(), True
        units.append(Unit(last.start, named, CORE))
    if _is_bare(units) and not is_closed and not is_given:
        name = text[units[0].start : end]
        if name not in words("alone", "units") or not ORDERED.match(text, end):
            return None
    return UnitList(tuple(units), end, is_closed)


def _is_bare(units: list[Unit]) -> bool:
    return len(units) < 2 and units[0].sort == CORE


def _joined(text: str, end: int) -> int:
    match = LED.match(text, end) or JOIN.match(text, end)
    return match.end() if match else end


def _without_role(text: str, unit: Unit) -> Unit:
    """建设单位市公路集团: the unit is the one that is named after its part."""
    match = PARTS.match(text, unit.start, unit.end)
    if match is None or unit.sort == ANAPHOR or unit.end - match.end() < 4:
        return unit
    inner = match_unit(text, match.end())
    return Unit(match.end(), unit.end, SPECIFIC) if inner and inner.end == unit.end else unit


def _fixed(text: str, place: int) -> UnitList | None:
    """What a form of its own tells: 12家企业须, 园区运营方X公司, 管委会要."""
    for form in (LEVEL, SCHOOLS):
        if short := form.match(text, place):
            return UnitList((Unit(place, short.end(), SPECIFIC),), short.end(), is_closed=False)
    if counted := COUNTED.match(text, place):
        return UnitList((Unit(place, counted.end(), GROUP),), counted.end(), is_closed=False)
    if charged := CHARGED_WITH.match(text, place):
        return UnitList((Unit(place, charged.end(), GROUP),), charged.end(), is_closed=False)
    if (called := CALLED.match(text, place)) and not _is_phrase(text, *called.span(1), SPECIFIC):
        return UnitList((Unit(*called.span(1), CORE),), called.end(1), is_closed=True)
    if bracketed := BRACKETED.match(text, place):
        unit = match_unit(text, bracketed.end())
        if unit and unit.sort == SPECIFIC and text[unit.end : unit.end + 1] in ("）", ")"):
            return UnitList((unit,), unit.end + 1, is_closed=False)
    if apposed := APPOSED.match(text, place):
        unit = match_unit(text, apposed.end())
        if unit and unit.sort == SPECIFIC and text[: unit.end].endswith(("公司", "集团", "厂")):
            return UnitList((unit,), unit.end, is_closed=False)
    if standing := _standing().match(text, place):
        unit = Unit(place, standing.end(), SPECIFIC)
        return UnitList((unit,), standing.end(), is_closed=False)
    return None


@cache
def _standing() -> re.Pattern[str]:
    """管委会, 督查室 by themselves, before what can be said of them."""
    return re.compile(
        rf"{pattern('standing', 'units')}(?=要(?![求素点])|必须|须|应当?(?!急)|将|每|于|负责|牵头|已|成立|组织|会同|按|统一|定期|对)"
    )
