"""In few words: what is to be done, to what, in which trade, and by what it can be measured."""

from __future__ import annotations

import re
from functools import cache

from .clause import Clause
from .kinds import figures
from .lexicon import pattern, sectors
from .rows import Row

LONGEST = 40
UNIT_NAME = re.compile(r"[\u4e00-\u9fff]{0,4}(?:局|支队|大队|部门|办公室|委员会|公司|安委办|中心)")
RATE = re.compile(
    r"[\u4e00-\u9fff]{2,8}率(?:达到?|不低于|保持|实现)?(?:\d+(?:\.\d+)?[%％]?|百分之[\u4e00-\u9fff]+)?"
)


@cache
def _filler() -> re.Pattern[str]:
    return re.compile(rf"^(?:{pattern('modal')}|{pattern('adverb')}|[，、\s])+")


@cache
def _verb() -> re.Pattern[str]:
    return re.compile(rf"^(?:{pattern('verb.action')}|{pattern('verb.general')})")


def _said(clause: Clause) -> str:
    """The predicate as it stands, without dates."""
    text = clause.text[clause.head :] or clause.text
    for limit in reversed(clause.limits):
        if limit.start >= clause.head and limit.type in ("date", "soft"):
            text = text[: limit.start - clause.head] + text[limit.end - clause.head :]
    text = re.sub(r"\s+", "", text).strip("，；：。！？、")
    return (
        text
        if text.startswith(clause.verb or "\0")
        else re.sub(r"^[在于](?=[\u4e00-\u9fff])", "", text)
    )


def action(row: Row) -> str:
    """The predicate of the main clause, without modals and dates."""
    said = _said(row.main)
    if row.main.verb and said.startswith(row.main.verb):
        return said[:LONGEST]
    plain = _filler().sub("", said)
    return (plain if len(plain) > 3 else said)[:LONGEST]


def object_of(row: Row) -> str:
    """What the main verb acts upon; what stands between 对 and the verb comes first."""
    text = row.text
    if match := re.search(
        r"(?<![相针])对(?![照标接应外])([^，。；]{2,30}?)(?:进行|开展|实施|予以|要|逐|全面|的(?:监管|检查|打击|管理|整治)|，)",
        text,
    ):
        return match[1].strip("各类的")
    said = _said(row.main)
    rest = _filler().sub("", said) if not _verb().match(said) else said
    rest = _verb().sub("", rest, count=1)
    return re.sub(r"^(?:完毕|好|了|各项)|^(?:全市|全区|全县|全镇)(?=[\u4e00-\u9fff]{2})", "", rest)[
        :LONGEST
    ]


def sector(*texts: str) -> str:
    """The first trade that the texts speak of, the nearest text first; 综合 where none. A unit's name is no trade."""
    for text in texts:
        plain = UNIT_NAME.sub("", text)
        found = [
            (match.start(), name) for name, words in sectors() if (match := words.search(plain))
        ]
        if found:
            return min(found)[1]
    return "综合"


def indicator(row: Row) -> str:
    """Rates and counts that the text itself names; times are no measure."""
    if rates := RATE.findall(row.text):
        return "；".join(dict.fromkeys(rates))
    counts = [written for written, _value, unit in figures(row.text) if unit not in ("小时", "个")]
    return "；".join(dict.fromkeys(counts))
