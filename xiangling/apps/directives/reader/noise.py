"""Scanning noise, traditional characters and half-width punctuation, mended in a copy that knows its raw places."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from xiangling.kernel.script import simplified

from . import lexicon
from .reading import Repair

HAN = "\u3400-\u9fff"
TONES = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹ"
PINYIN = re.compile(
    rf"(?<=[{HAN}])[(（]([a-z{TONES}ü]{{1,7}}(?: [a-z{TONES}ü]{{1,7}}){{0,3}})[)）]"
)
SYLLABLES = re.compile(
    r"(?:(?:[zcs]h|[bpmfdtnlgkhjqxrzcsyw])?[aeiouüv]{1,3}(?:ng?|r)?(?: |$)){2,4}"
)
"""Several syllables of pinyin, which are no word of another language."""
GARBLE = re.compile(
    rf"[?？\ufffd□■◆]+[;；]?(?=[{HAN}A-Za-z;；])[{HAN}A-Za-z]{{0,6}}|[?？\ufffd□■](?=[{HAN}，。])"
)
SET_APART = re.compile(
    r"(?:(?<=[\u2e80-\u9fff，。；：、（])( ))?(?<![\d.])\d{1,4}( )(?=[年月日号个家处项次天周⽉⽇⽇])"
)
HALF = {",": "，", ";": "；", ":": "：", "(": "（", ")": "）"}
BETWEEN = re.compile(rf"(?<=[{HAN}，。；：、”）])[ \u3000](?=[{HAN}“（])")


@dataclass(frozen=True, slots=True)
class Line:
    """A line mended: `text[i]` comes from `raw[origin[i]]`; `origin` has one more entry for the end."""

    raw: str
    text: str
    origin: tuple[int, ...]

    def at(self, place: int) -> int:
        """The raw place of a place in the mended text."""
        return self.origin[place]

    def place(self, raw_place: int) -> int:
        """The first mended place at or after a raw place."""
        low, high = 0, len(self.text)
        while low < high:
            middle = (low + high) // 2
            if self.origin[middle] < raw_place:
                low = middle + 1
            else:
                high = middle
        return low


def mend(paragraph: int, raw: str, is_noisy: bool) -> tuple[Line, list[Repair]]:
    """The line as a reader understands it, and what was repaired or can be offered.

    `is_noisy`: the document has bracketed pinyin elsewhere, so brackets without a tone mark are pinyin too.
    """
    repairs: list[Repair] = []
    dropped: set[int] = set()
    for match in PINYIN.finditer(raw):
        if is_noisy or any(letter in TONES for letter in match[1]) or SYLLABLES.fullmatch(match[1]):
            repairs.append(
                Repair(paragraph, match.start(), match.end(), match[0], "", is_certain=True)
            )
            dropped.update(range(*match.span()))
    dropped |= _spaced_out(raw)
    dropped |= {match.start() for match in IN_DATE.finditer(raw)}
    for match in SET_APART.finditer(raw):
        dropped |= {place for group in (1, 2) for place in range(*match.span(group))}
    repairs += _offers(paragraph, raw)
    table = _plain()
    figures = _misread_figures(raw)
    ruined = {place for match in GARBLE.finditer(raw) for place in range(*match.span())}
    text, origin = [], []
    for place, letter in enumerate(raw):
        if place in dropped:
            continue
        text.append(
            figures.get(place) or _full_width(raw, place, ruined) or table.get(ord(letter), letter)
        )
        origin.append(place)
    return Line(raw, "".join(text), (*origin, len(raw))), repairs


IN_DATE = re.compile(
    r"(?<=[^\d.]\d)[ \u3000](?=\d[月日])|(?<=[\dlIOo])[ \u3000](?=[年月日])|(?<=[年月])[ \u3000](?=[\dlIOo])|(?<=日)[ \u3000](?=前)"
)
"""Blanks within a date: 11 月 20日 前."""
MISREAD = str.maketrans("lIOo", "1100")
SAY_FOR_DAY = re.compile(r"(?<=\d月[\dlIOo])曰|(?<=\d月[\dlIOo]{2})曰")
FIGURE = re.compile(
    r"(?<![A-Za-z\d])(?=[lIOo\d]*[lIOo])(?:[lIOo\d]*\d[lIOo\d]*(?=[年月日曰时點点%％]|个|個|家|项|項)|(?<=[年月])[lIOo]{1,2}(?=[月日曰]))"
)


def _misread_figures(raw: str) -> dict[int, str]:
    """Letters that a scanner took for figures in a date or a count: 10月l5日, 11月3O日."""
    days = {match.start(): "日" for match in SAY_FOR_DAY.finditer(raw)}
    return days | {
        place: raw[place].translate(MISREAD)
        for match in FIGURE.finditer(raw)
        for place in range(*match.span())
        if raw[place] in "lIOo"
    }


@cache
def _compatible() -> dict[int, str]:
    """Radicals that PDF fonts set for characters (⽉ for 月) and full-width figures, as their plain forms."""
    places = (
        *range(0x2E80, 0x2FD6),
        *range(0xFF10, 0xFF1A),
        *range(0xFF21, 0xFF3B),
        *range(0xFF41, 0xFF5B),
    )
    plain = {place: unicodedata.normalize("NFKC", chr(place)) for place in places}
    return {
        place: letter
        for place, letter in plain.items()
        if len(letter) == 1 and letter != chr(place)
    }


@cache
def _plain() -> dict[int, str]:
    return simplified() | _compatible()


def plain_radicals(text: str) -> str:
    """The text with those radicals as characters: the extraction of a PDF brings them in, not the document."""
    return text.translate(_compatible())


def is_noisy(raw: str) -> bool:
    """Whether the document carries bracketed pinyin with tone marks."""
    return sum(any(letter in TONES for letter in found) for found in PINYIN.findall(raw)) >= 3


def _full_width(raw: str, place: int, ruined: set[int]) -> str:
    letter = raw[place]
    if letter in ";；" and place in ruined:
        return "□"
    if letter not in HALF:
        return ""
    around = raw[max(0, place - 1) : place] + raw[place + 1 : place + 2]
    return HALF[letter] if re.search(rf"[{HAN}”“）)》*]", around) else ""


def _spaced_out(raw: str) -> set[int]:
    """Places of the blanks in a line whose characters a scanner has set apart."""
    places = {match.start() for match in BETWEEN.finditer(raw)}
    han = len(re.findall(f"[{HAN}]", raw))
    return places if len(places) >= 4 and len(places) * 3 > han else set()


@cache
def _shifted() -> dict[str, str]:
    """Two-character ruins of the trade's phrases when a byte of GBK text was lost, and the whole phrase."""
    found: dict[str, str] = {}
    for phrase in lexicon.words("phrase"):
        content = phrase.encode("gbk")
        for start in range(1, len(content) - 4, 2):
            ruin = content[start : start + 4].decode("gbk", "ignore")
            if len(ruin) == 2:
                found.setdefault(ruin, phrase)
    return found


def _offers(paragraph: int, raw: str) -> list[Repair]:
    offers = []
    for match in GARBLE.finditer(raw):
        phrase = next((whole for ruin, whole in _shifted().items() if ruin in match[0]), "")
        if phrase or "\ufffd" in match[0]:
            fixed, end = _fit(phrase, raw, match.start(), match.end())
            offers.append(
                Repair(
                    paragraph, match.start(), end, raw[match.start() : end], fixed, is_certain=False
                )
            )
    return offers


def _fit(phrase: str, raw: str, start: int, end: int) -> tuple[str, int]:
    """The part of the phrase that the garble covers: up to where the raw text is whole again."""
    for place in range(start + 1, end + 1):
        for length in (4, 3, 2, 1):
            tail = raw[place : place + length]
            if len(tail) == length and len(phrase) > length and phrase.find(tail) > 1:
                return phrase[: phrase.find(tail)], place
    return phrase, end
