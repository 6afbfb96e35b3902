"""Numbers typed into the words of a bulletin by hand: they lead to no rows, and are pointed out."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

_PLACE = re.compile(r"\{[^{}]*\}")
_HEADING = re.compile(
    r"^(?:\d{1,2}[.．](?!\d)|（\d{1,2}）|[一二三四五六七八九十]+、|（[一二三四五六七八九十]+）)"
)
_NO_FIGURE = re.compile(
    r"\d{4}年(?:\d{1,2}(?:[-至—]\d{1,2})?月)?(?:\d{1,2}日)?|\d{1,2}月\d{1,2}日|\d{1,2}月(?!\d)|〔\d{4}〕\d+号"
    r"|第\d+[条款项号章]|《[^《》]*》|\d{3,4}-\d{7,8}|1\d{10}"
)
"""Dates, numbers of papers and articles, titles, phones: digits that count nothing."""
_FIGURE = re.compile(
    r"[0-9０-９][0-9０-９,，.．]*[%％]?|(?:[二两三四五六七八九十百千万]|[一二三四五六七八九十百千万]{2,})(?=余?[条起家处人项])"
)
_AROUND = 12


@dataclass(frozen=True)
class Typed:
    """A number typed by hand, with the words around it."""

    number: str
    before: str
    after: str


def typed(text: str, drafted: str = "") -> list[Typed]:
    """The numbers of a text that are no figures of it and did not stand in the words as drafted."""
    known = Counter(found.number for found in _find(drafted))
    fresh = []
    for found in _find(text):
        if known[found.number] > 0:
            known[found.number] -= 1
        else:
            fresh.append(found)
    return fresh


def _find(text: str) -> list[Typed]:
    found = []
    for line in text.splitlines():
        bare = _HEADING.sub(lambda match: " " * len(match[0]), line.strip())
        bare = _NO_FIGURE.sub(lambda match: " " * len(match[0]), _PLACE.sub(_blank, bare))
        shown = _PLACE.sub(_blank, line.strip())
        for match in _FIGURE.finditer(bare):
            number = match[0].rstrip(",，.．")
            end = match.start() + len(number)
            found.append(
                Typed(
                    number,
                    shown[max(0, match.start() - _AROUND) : match.start()],
                    shown[end : end + _AROUND],
                )
            )
    return found


def _blank(match: re.Match[str]) -> str:
    return "□" * len(match[0])
