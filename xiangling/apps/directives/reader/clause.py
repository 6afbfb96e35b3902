"""A clause and what it can be; the words by which the reader tells."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

from .dates import Limit
from .lexicon import one_of, pattern, words
from .units import Unit, UnitList

FRAME, SUBJECT, LIGHT, ACTION, RESULT, BAN, REPORT, OTHER = (
    "frame", "subject", "light", "action", "result", "ban", "report", "other",
)  # fmt: skip
OPENING = {
    "（": "）",
    "(": ")",
    "“": "”",
    "《": "》",
    "「": "」",
    "【": "】",
    "［": "］",
    "〔": "〕",
    "‘": "’",
}
BREAKS = "，；：,;"
QUOTED = re.compile(r"“[^”]*”|《[^》]*》")


@dataclass(slots=True)
class Clause:
    """One clause of the mended line, [start, end).

    `sort`: frame (按照…要求，), subject (各镇街，), light (坚持…，), action, result (确保…), ban (不得…), report, other.
    """

    start: int
    end: int
    text: str
    sort: str = OTHER
    head: int = 0  # where its predicate begins, in the clause
    verb: str = ""
    guess: str = ""  # what looks like a verb of action and is in no list
    subject: UnitList | None = None
    helpers: list[Unit] = field(default_factory=list)  # 会同, 联合, 配合: in the clause
    limits: list[Limit] = field(default_factory=list)
    has_modal: bool = False
    is_done: bool = False
    is_party: bool = False  # …的企业，: the subject, unless another is named after it
    is_lead: bool = False  # begins a counted member: 一是, 第二


@cache
def heads() -> dict[str, re.Pattern[str]]:
    """What a predicate or what stands before it may begin with, by class."""
    morphemes = "".join(words("verb.morpheme"))
    return {
        "lead": re.compile(
            rf"(?:[—－\-·•]{{1,2}}|{pattern('lead')}|[（(]?[一二三四五六七八九十\d]{{1,2}}[）)、．.]|第[一二三四五六七八九十]+[件项条点]?|其[一二三四五六]|[①-⑳])[，、：]?"
        ),
        "adverb": re.compile(
            rf"{pattern('adverb')}|逐[\u4e00-\u9fff](?:逐[\u4e00-\u9fff])?|一[\u4e00-\u9fff]一[\u4e00-\u9fff]"
        ),
        "preposition": re.compile(rf"(?!{pattern('preposition.not')}){pattern('preposition')}"),
        "guess": re.compile(rf"(?!{pattern('noun.start')})[{morphemes}][\u4e00-\u9fff]"),
        **{
            name: re.compile(pattern(key))
            for name, key in (
                ("modal", "modal"),
                ("result", "verb.result"),
                ("action", "verb.action"),
                ("general", "verb.general"),
                ("state", "verb.state"),
                ("light", "verb.light"),
            )
        },
    }


@cache
def modal() -> re.Pattern[str]:
    """必须, 须, 应, 要 where they call for something: not in 主要, 需求, 相应, 要求."""
    must = one_of(
        "必须",
        "必须要",
        "务必",
        "务必要",
        "一定要",
        "应当",
        "应该",
        "不得",
        "不准",
        "不能",
        "严禁",
        "一律",
        "予以",
    )
    return re.compile(
        rf"(?<![主需重首紧不只将必])(?:{must}|需(?![求要])|须|(?<![相对适反响供])应(?![急用对付力变有邀答])"
        r"|(?<![主需重首紧简摘纪])要(?![求素点闻件害塞道领么])|不得|不准|不能|严禁|一律|予以)"
    )


@cache
def done() -> re.Pattern[str]:
    """Marks of what has happened: 已, 了, 累计, 同比, 发生…事故."""
    counted = one_of(
        "出动",
        "检查",
        "排查",
        "发现",
        "整改",
        "查处",
        "开展",
        "组织",
        "召开",
        "处置",
        "立案",
        "完成",
    )
    return re.compile(
        rf"(?:已(?!知|有的|久)|(?<![为除明])了(?![解望])|共{counted}|{pattern('mark.done')}"
        r"|(?:(?:发生|造成)[^，。]{0,24}(?:事故|死亡|受伤|损失|火灾|坍塌|爆炸)|[死夹烧摔砸轻重灼]伤|伤亡|身亡|溺亡|坠落|被困|起火|着火|引燃|闪爆|受到)"
        r"(?![^，。]*的)|发现[^，。]{2,40}存在)"
    )


def split(text: str, start: int, end: int, breaks: str = BREAKS) -> list[tuple[int, int]]:
    """(start, end) of the clauses in text[start:end]; quotes and brackets that close are not cut."""
    inside = _inside(text, start, end)
    found, begin = [], start
    for place in range(start, end):
        if text[place] in breaks and not inside[place - start]:
            found.append((begin, place + 1))
            begin = place + 1
    if text[begin:end].strip(" \u3000"):
        found.append((begin, end))
    return found


def _inside(text: str, start: int, end: int) -> list[bool]:
    """For each place, whether it stands between a bracket or quote and its closing one."""
    open_: list[tuple[str, int]] = []
    change = [0] * (end - start + 1)
    for place in range(start, end):
        letter = text[place]
        if letter in OPENING:
            open_.append((OPENING[letter], place))
        elif any(letter == closer for closer, _begin in open_[-4:]):
            while open_:
                closer, begin = open_.pop()
                if closer == letter:
                    change[begin - start] += 1
                    change[place - start] -= 1
                    break
    found, depth = [], 0
    for step in change[:-1]:
        depth += step
        found.append(depth > 0)
    return found
