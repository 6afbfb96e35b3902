"""What each clause of a sentence is: a frame, a subject, a definite action, a light one, a result, a ban, a report, or none."""

from __future__ import annotations

import re
from functools import cache

from . import subjects
from .clause import (
    ACTION,
    BAN,
    FRAME,
    LIGHT,
    OTHER,
    QUOTED,
    REPORT,
    RESULT,
    SUBJECT,
    Clause,
    done,
    heads,
    modal,
    split,
)
from .dates import Calendar
from .lexicon import pattern

BASIS = re.compile(r"(?:在|针对|鉴于|为|对|凡|如)[^，]*(?:基础上|背景下|的|后|问题|情况|成果)，$")
WAY = re.compile(
    r"(?:采取|运用|综合运用|利用|借助|通过|依托|应用|广泛应用|采用|以)[^，]*(?:手段|方式|形式|技术|措施|办法|途径|平台|等)[，；]?$"
)
EQUALS = re.compile(r"(?<![要就还凡都特其尤别总但不])是(?![否指非])")
FRAME_END = re.compile(
    r"(?:的|时|后|前|中|下|上|方面|领域|期间|基础上?|同时|来看|起|问题|情况|关系)[，；：]?$"
)
FORMAL = re.compile(
    r"按照|按|根据|依据|依照|围绕|紧紧围绕|针对|结合|紧密结合|以|本着|对照|鉴于|为了|坚持"
)
TOPIC_NOUN = re.compile(
    r"(?:情况|结果|报告|工作(?=[于由要须应])|对象|范围|人员|任务|资料|材料|记录|台账|表|费用|经费|过程|计划表|信息|数据|成效|机构|小组|组)"
)
EXCEPT = re.compile(
    r"[^，]{1,24}的，?(?:一律|坚决|立即|依法|当场|严肃|从严|从重|予以|及时|限期|由|要|应|须|必须|不得|严禁|不准|不予"
    r"|停止|停用|调离|清退|责令|关停|取缔|移送|追究|通报|约谈|处罚|退出|更换|拆除|整改|立案|查封|扣押|移交|上报|撤离|转移|封存|报废|暂停|吊销|协调|按)"
    r"|一经[^，]{1,10}，?(?:一律|依法|立即|坚决|从严|从重|严肃|予以)"
)
FAILING = re.compile(
    rf"(?:不|未|拒|逾期|经|凡|仍|没有|无|达不到|超|情节|整改|验收|屡)[^，]{{0,14}}的，?(?:{pattern('verb.action')})"
)
PHASE = re.compile(r"(?:为|是)[^，；。]{2,10}(?:阶段|时期)[，；。]?$")
ABOUT = re.compile(r"(?:\d+[.、．]|[（(]?[一二三四五六七八九十]+[）)、])?(?:关于|针对|就)[^，]+，$")
LED_BY = re.compile(r"由[^，]{2,10}(?:牵头|带队|负责|负总责)")
PHASE_NAME = re.compile(r"[\u4e00-\u9fff]{2,8}阶段")
MEANWHILE = re.compile(r"[^，。；要应须]{2,14}(?:期间|之际)，")
"""转运期间，: while what follows is to be done."""
TOGETHER = re.compile(
    r"(?:会同|联合|协同)(?:[^，。；、]{2,14}、)*[^，。；、]{1,14}"
    r"(?:局|委|办|队|政府|街道|镇|乡|公司|中心|院|部门|单位|管委会|组|处)，"
)
"""会同区卫健委、区公安分局，: with whom, all of a clause."""
HELD_AGAINST = re.compile(
    r"(?:对照|依照|参照)[^，]{0,12}(?:要点|方案|清单|标准|要求|目录|办法|指南|通知|计划|表)"
)
BY_THEN = re.compile(r"[^，。；]{2,16}(?:后|起)\d+个?(?:小时|分钟|日|天|工作日)(?:之?内|以内)，")
"""预警发布后1小时内，: by when what follows is to be done."""
SHARE_OF = re.compile(r"占[^，。]{1,14}(?:的|达)?\s*(?:\d|[一二三四五六七八九]成|近|超)")
PLACED = re.compile(r"(?:以|为|把|将)[^，]*(?:作为|(?<![行改变修])为|放在|摆在|统一到|贯穿)")
THIN = re.compile(r"(?:总结|举一反三|学习|领会|重视|反思|部署|配合|支持)$")
BAN_START = re.compile(
    r"(?:不得|严禁|不准|不能|禁止|不允许|绝不|决不|不(?=参加|搞|留|走|出现|发生|漏|打|让|允许|再|能|可))"
)
BANNED = re.compile(r"未[^，]{1,14}(?:不得|不准|严禁|一律不|不予)")
CARRIES_OUT = re.compile(
    r"(?:具体|组织|负责|共同|协同|按职责)*(?:实施|负责|负总责|总负责|落实|配合|牵头|承办|主办|协办|承担|协助|参加|参与|参演|派员|派人)"
)


@cache
def _purpose() -> re.Pattern[str]:
    """为切实做好…，: what for; 为32公里路段加装护栏 is an order."""
    return re.compile(
        rf"为了?(?:{pattern('adverb')})*(?:{pattern('verb.action')}|{pattern('verb.general')}|{pattern('verb.result')})"
    )


CARRIED_OUT = re.compile(
    r"(?!对|将|把|凡)[^，]{2,28}(?:全部|一律|均)?(?:实行|施行)(?!情况|过程|方案)[^，]{2,}"
)
CHARGED = re.compile(r"(?:具体|共同|分别|统一)?负责")
LEANING = re.compile(r"围绕|紧紧围绕|结合|利用|依托|借助|立足|着眼")


@cache
def _deed() -> re.Pattern[str]:
    """A verb of action that is no noun's part: not after 的 or 、, and with something after it."""
    return re.compile(rf"(?<![的、等和])(?:{pattern('verb.action')})(?=[\u4e00-\u9fff]{{2}})")


@cache
def _manner() -> re.Pattern[str]:
    """要对在册的213家承包商重新评级: an adverb after the object's noun begins the predicate."""
    return re.compile(rf"(?<=[\u4e00-\u9fff]{{2}}){pattern('adverb')}[\u4e00-\u9fff]{{2,}}$")


@cache
def _closer() -> re.Pattern[str]:
    return re.compile(rf"{pattern('closer')}[，；：]?$")


@cache
def _attitude() -> re.Pattern[str]:
    return re.compile(rf"{pattern('attitude')}[，；。]?$")


def analyse(text: str, start: int, end: int, calendar: Calendar) -> Clause:
    """What the clause line[start:end] is."""
    clause = Clause(start, end, text[start:end])
    clause.limits = calendar.limits(clause.text)
    subjects.find(clause)
    unquoted = QUOTED.sub("", clause.text)
    clause.has_modal = (
        clause.has_modal or bool(modal().search(unquoted)) or unquoted.startswith("希望")
    )
    clause.is_done = bool(done().search(clause.text)) or _is_past(clause, calendar)
    is_ahead = calendar.issued_on and any(
        limit.is_bound and limit.day and limit.day > calendar.issued_on for limit in clause.limits
    )  # 9月底累计完成2.2万个
    if is_ahead or BASIS.match(clause.text) or ABOUT.match(clause.text):
        clause.is_done = False
    if ABOUT.match(clause.text) and clause.subject is None:
        clause.sort = FRAME
    elif PHASE.search(clause.text):  # tells what a stretch of time is for
        clause.limits, clause.sort = [], OTHER
    else:
        clause.sort = sort_of(clause)
    return clause


def _is_past(clause: Clause, calendar: Calendar) -> bool:
    """On a day gone by, no limit being set."""
    if clause.has_modal:
        return False
    if calendar.issued_on is None:
        return "上半年" in clause.text and not any(limit.day for limit in clause.limits)
    return any(
        limit.day and not limit.is_bound and limit.day <= calendar.issued_on
        for limit in clause.limits
    )


def sort_of(clause: Clause) -> str:
    """What the clause is, once its head is found."""
    rest = clause.text[clause.head :].strip("，；：。！？ ”")
    if not rest:
        return SUBJECT if clause.subject else FRAME
    if clause.is_done and not clause.has_modal:
        return REPORT
    return _set_phrase(clause, rest) or _by_verb(clause, rest)


def _set_phrase(clause: Clause, rest: str) -> str:
    """The sort of a clause that a fixed pattern settles; "" for others."""
    if clause.subject is None:
        if TOGETHER.fullmatch(clause.text):
            return SUBJECT
        if not clause.has_modal and EQUALS.search(QUOTED.sub("", rest)):
            return OTHER
        if (EXCEPT.match(rest) or FAILING.match(rest)) and not FRAME_END.search(rest):
            return ACTION
        if clause.verb and TOPIC_NOUN.match(rest, len(clause.verb)):
            return _noun_first(clause, rest)
    elif _leads_in(clause, clause.subject.end, rest):
        return SUBJECT
    if SHARE_OF.match(rest):
        return REPORT
    if PHASE_NAME.fullmatch(rest) or any(
        form.fullmatch(clause.text) for form in (BY_THEN, MEANWHILE)
    ):
        return FRAME
    if rest.endswith("举一反三"):
        return LIGHT
    if heads()["light"].match(rest) and not re.match(
        r"突出抓|统筹推|统筹抓|统筹做|统筹开|创新开", rest
    ):
        return _light(clause, rest)
    if BANNED.match(rest) or BAN_START.match(clause.text[_before_modal(clause) :]):
        return BAN
    return ""


def _leads_in(clause: Clause, subject_end: int, rest: str) -> bool:
    """Who does what follows: 涉氨冷库由市应急管理局负责，, 县政府由主要领导牵头，, 市应急局会同市公安局，."""
    after = clause.text[subject_end:].strip("，")
    if TOGETHER.fullmatch(clause.text, clause.head):
        return True
    if not clause.text.endswith("，"):
        return False
    is_charged = subject_end > clause.head and CARRIES_OUT.fullmatch(after)
    return bool(is_charged or LED_BY.fullmatch(rest))


def _by_verb(clause: Clause, rest: str) -> str:
    if heads()["preposition"].match(rest) and not clause.verb:
        return _after_preposition(clause, rest)
    if match := heads()["result"].match(rest):
        return RESULT if len(match[0]) >= len(clause.verb) else ACTION
    if clause.verb:
        return _after_verb(clause, rest)
    if clause.guess and clause.subject:
        return ACTION
    return _noun_first(clause, rest)


def _light(clause: Clause, rest: str) -> str:
    if _closer().search(rest) and re.match(r"坚持|立足|着眼|围绕|紧紧围绕|聚焦|结合|紧扣", rest):
        return FRAME
    if LEANING.match(rest) and any(match.start() > 4 for match in _deed().finditer(rest)):
        return ACTION
    return ACTION if any(limit.type == "date" for limit in clause.limits) else LIGHT


def _before_modal(clause: Clause) -> int:
    match = re.search(
        r"(?:也|还|更|均|都)?(?:不得|严禁|不准|不能|禁止|不允许|绝不|决不)",
        clause.text[: clause.head + 3],
    )
    return match.start() if match else clause.head


def _after_verb(clause: Clause, rest: str) -> str:
    if WAY.match(rest + clause.text[-1:]) or WAY.match(rest):
        return LIGHT
    if _closer().search(rest) and re.match(
        f"(?:{pattern('preposition')}|坚持|立足|着眼|围绕|聚焦|结合|对照|对标)", rest
    ):
        return FRAME
    if rest.endswith(("的", "时", "后", "前")) and not rest.endswith(
        ("目的", "及时", "同时", "前后")
    ):
        return FRAME
    if clause.subject and CARRIES_OUT.fullmatch(rest):
        return SUBJECT
    if clause.text.endswith("，") and HELD_AGAINST.fullmatch(rest) and not clause.limits:
        return FRAME
    is_bare = len(rest) <= len(clause.verb) <= 4 and clause.subject is None and not clause.has_modal
    if re.match(r"摸清|摸准|掌握", clause.verb) or is_bare or (THIN.match(rest) and len(rest) <= 4):
        return ACTION if any(limit.type == "date" for limit in clause.limits) else LIGHT
    if (
        _attitude().search(rest)
        and re.match(r"(?:强化|落实|严格落实|压实|夯实|压紧压实|扛牢|加强)", rest)
        and len(rest) <= 16
        and not clause.limits
    ):
        return LIGHT
    return ACTION


def _after_preposition(clause: Clause, rest: str) -> str:
    action = re.compile(rf"(?<!的)(?:{pattern('verb.action')})")
    does = any(match.start() > 1 for match in action.finditer(rest))
    tail = re.search(r"的([^，的]{1,16})$", rest)
    if _purpose().match(rest) and clause.text.endswith("，"):
        return FRAME
    if clause.subject and not does and re.match(r"为(?!了)|作为", rest):
        return FRAME
    if clause.subject and clause.has_modal and does and any(one.day for one in clause.limits):
        return ACTION
    if re.match(r"(?:把|将)(?!会)", rest) and not PLACED.match(rest):
        return FRAME if re.search(r"(?:的|后|时|前|中)，$", clause.text) else ACTION
    is_object = rest.startswith("对") and clause.text.endswith("，")
    is_called = clause.has_modal and tail and _manner().search(tail[1])
    if tail and is_object and not (is_called or action.search(tail[1]) or modal().search(rest)):
        return FRAME
    is_frame = _closer().search(rest) if FORMAL.match(rest) or not does else FRAME_END.search(rest)
    is_whole = does and not clause.text.endswith("，") and (clause.subject or clause.limits)
    if is_frame and not is_whole and not modal().search(QUOTED.sub("", rest)):
        return FRAME
    if PLACED.match(rest):
        return LIGHT
    if (
        does
        or modal().search(rest)
        or (clause.subject and not clause.is_done)
        or any(limit.type == "date" for limit in clause.limits)
    ):
        return ACTION
    return FRAME


def _noun_first(clause: Clause, rest: str) -> str:
    if CARRIED_OUT.match(rest) and not clause.is_done:
        return ACTION
    verb = re.search(pattern("verb.action"), rest)
    is_bound = any(limit.is_bound or limit.type in ("soft", "recurring") for limit in clause.limits)
    if rest.endswith(("的", "时", "后", "前", "期间")) and not rest.endswith(
        ("目的", "及时", "同时")
    ):
        return FRAME
    if clause.has_modal and (verb or len(rest) > 4 or clause.subject):
        return ACTION
    if (
        is_bound
        and len(rest) > 3
        and any(limit.type == "date" and limit.is_bound for limit in clause.limits)
    ):
        return ACTION
    if clause.subject and (verb or is_bound or CHARGED.match(clause.text, clause.subject.end)):
        return ACTION
    if verb and is_bound and not heads()["state"].search(rest):
        return ACTION
    return OTHER


__all__ = [
    "ACTION",
    "BAN",
    "FRAME",
    "LIGHT",
    "OTHER",
    "REPORT",
    "RESULT",
    "SUBJECT",
    "Clause",
    "analyse",
    "split",
]
