"""In few words: what is to be done, to what, in which trade, and by what it can be measured."""

from __future__ import annotations

import re
from functools import cache

from .clause import Clause
from .kinds import figures
from .lexicon import pattern, sectors
from .rows import Row

LONGEST = 40
RATE = re.compile(
    r"[\u4e00-\u9fff]{2,8}率(?:达到?|不低于|保持|实现)?(?:\d+(?:\.\d+)?[%％]?|百分之[\u4e00-\u9fff]+)?"
)


@cache
def _filler() -> re.Pattern[str]:
    return re.compile(rf"^(?:{pattern('modal')}|{pattern('adverb')}|[，、\s])+")


def _said(clause: Clause) -> str:
    text = clause.text[clause.head :] or clause.text
    for limit in reversed(clause.limits):
        if limit.start >= clause.head and limit.type in ("date", "soft"):
            text = text[: limit.start - clause.head] + text[limit.end - clause.head :]
    return re.sub(r"\s+", "", text).strip("，；：。！？、”")


def action(row: Row) -> str:
    """The predicate of the main clause, without modals and dates."""
    said = _said(row.main)
    plain = _filler().sub("", said)
    return (plain if len(plain) > 3 else said)[:LONGEST]


def object_of(row: Row) -> str:
    """What the main verb acts upon; what stands between 对 and the verb comes first."""
    text = row.text
    if match := re.search(
        r"(?<![相针])对([^，。；]{2,30}?)(?:进行|开展|实施|予以|要|逐|全面|的(?:监管|检查|打击|管理|整治)|，)",
        text,
    ):
        return match[1].strip("各类的")
    said = _filler().sub("", _said(row.main))
    verb = row.main.verb
    rest = said.removeprefix(verb) if verb and said.startswith(verb) else said
    return re.sub(r"^(?:好|了|各项|全市|全区|全县)", "", rest)[:LONGEST]


def sector(*texts: str) -> str:
    """The first trade that the texts speak of, the nearest text first; 综合 where none."""
    for text in texts:
        found = [
            (match.start(), name) for name, words in sectors() if (match := words.search(text))
        ]
        if found:
            return min(found)[1]
    return "综合"


def indicator(row: Row) -> str:
    """Rates and figures that the text itself names."""
    rates = RATE.findall(row.text)
    return "；".join(dict.fromkeys(rates)) or "；".join(
        dict.fromkeys(written for written, _value, _unit in figures(row.text))
    )
