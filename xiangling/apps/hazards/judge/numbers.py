"""Numbers with units in a finding, and how they stand to a limit.

Two ways a number decides: against a value of the criterion (11 persons where at most 9 may work), and
against a norm named in the text itself (18 m where 25 m are required; 3,650 where 3,000 are allowed).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from xiangling.apps.standards.library import Threshold

from .reading import Reading, words

DIGIT = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0, "俩": 2, "仨": 3}
SCALE = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
_MEASURES: dict[str, dict[float, str]] = {
    # what is measured -> factor to the base unit -> the ways it is written
    "person": {1.0: "人 名 个人 位 员 工人 号人 口人 个孩子 名工人"},
    "length": {0.001: "mm 毫米", 0.01: "cm 厘米 公分", 1.0: "m 米", 1000.0: "km 公里", 1852.0: "海里"},
    "area": {1.0: "㎡ m2 平方米 平米 平方 平"},
    "volume": {1.0: "m3 立方米 立方 方", 0.001: "升 l"},
    "mass": {0.001: "g 克", 1.0: "kg 公斤 千克", 1000.0: "t 吨", 10_000_000.0: "万吨"},
    "pressure": {0.001: "pa", 1.0: "kpa", 1000.0: "mpa"},
    "voltage": {1.0: "v 伏", 1000.0: "kv 千伏"},
    "power": {1.0: "kw 千瓦", 1000.0: "mw", 10_000.0: "万千瓦"},
    "percent": {1.0: "% 个百分点 %lel"},
    "permille": {1.0: "‰"},
    "ppm": {1.0: "ppm"},
    "speed": {1.0: "m/s 米/秒"},
    "celsius": {1.0: "℃"},
    "degree": {1.0: "度 °"},
    "time": {
        1 / 1440: "分钟 min", 1 / 24: "小时 h", 1.0: "天 日", 7.0: "周", 30.0: "个月 月", 365.0: "年",
    },
    "storey": {1.0: "层 楼"},
    "piece": {1.0: "箱 件 发 个 台 只 瓶 辆 条 处 间 床 套 具 根 次 家 户 桶"},
    "point": {1.0: "分"},
    "grade": {1.0: "级"},
    "times": {1.0: "倍"},
    "gas": {1.0: "μl/l"},
}  # fmt: skip
UNITS = {
    unit: (kind, factor)
    for kind, factors in _MEASURES.items()
    for factor, written in factors.items()
    for unit in written.split()
}
"""Unit as written -> (what it measures, factor to the base unit)."""
_UNIT = "|".join(sorted((re.escape(u) for u in UNITS), key=len, reverse=True))
_HAN = "零〇一二两三四五六七八九十百千万"
QUANTITY = re.compile(
    rf"(?<![a-z0-9.#])(?P<n>\d+(?:\.\d+)?|[{_HAN}]+)(?P<scale>[万千百]?)(?P<more>余|多)?"
    rf"(?P<unit>{_UNIT})(?P<after>多|余)?(?![a-z#])"
)
NORM = "norm"
FARTHEST = 24
"""Characters between a measured value and its norm."""


class State(StrEnum):
    """How a number in the text stands to a limit."""

    MET = "met"
    UNMET = "unmet"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Quantity:
    """A number in its base unit; `start` and `end` in the plain text."""

    value: float
    kind: str
    start: int
    end: int
    unit: str


def number_of(text: str) -> float | None:
    """A number in digits or Chinese numerals, None where it is none. 两百三十 -> 230."""
    try:
        return float(text)
    except ValueError:
        pass
    total = section = digit = 0
    for char in text:
        if char in DIGIT:
            digit = DIGIT[char]
        elif char in SCALE:
            scale = SCALE[char]
            if scale >= 10_000:
                total, section, digit = (total + section + digit) * scale, 0, 0
            else:
                section, digit = section + (digit or 1) * scale, 0
        else:
            return None
    return float(total + section + digit)


def quantities(plain: str) -> list[Quantity]:
    """Every number with a unit, in the order of the text."""
    found = []
    for match in QUANTITY.finditer(plain):
        value = number_of(match["n"])
        if value is None:
            continue
        value *= SCALE.get(match["scale"], 1)
        kind, factor = UNITS[match["unit"]]
        found.append(Quantity(value * factor, kind, *match.span(), match["unit"]))
    return found


@dataclass(frozen=True)
class Pair:
    """A measured value beside the norm it is held against; `bound` is "least", "most" or ""."""

    norm: Quantity
    actual: Quantity
    bound: str

    @property
    def ratio(self) -> float:
        return self.actual.value / self.norm.value if self.norm.value else 0.0

    @property
    def state(self) -> State:
        """Whether the measured value breaks the norm."""
        if self.bound == "most":
            return State.MET if self.ratio > 1 else State.UNMET
        if self.bound == "least":
            return State.MET if self.ratio < 1 else State.UNMET
        return State.UNKNOWN


def pairs(reading: Reading, found: list[Quantity]) -> list[Pair]:
    """Numbers of one kind that stand near each other, one of them called the norm of the other."""
    result: list[Pair] = []
    taken: set[int] = set()
    for i, one in enumerate(found):
        if one.start in taken:
            continue
        for other in found[i + 1 : i + 4]:
            if other.kind == one.kind and (made := _pair(reading.plain, one, other)):
                result.append(made)
                taken |= {one.start, other.start}
                break
    return result


def _pair(plain: str, one: Quantity, other: Quantity) -> Pair | None:
    before, between = plain[max(0, one.start - 12) : one.start], plain[one.end : other.start]
    if len(between) > FARTHEST:
        return None
    patterns = words()
    first, second = (bool(patterns["norm"].search(said)) for said in (before, between))
    if first == second:
        return None
    said = before if first else between
    bound = next((name for name in ("least", "most") if patterns[name].search(said)), "")
    return Pair(one, other, bound) if first else Pair(other, one, bound)


def against(
    threshold: Threshold, reading: Reading, found: list[Quantity], held: list[Pair]
) -> State:
    """Whether the text gives the number a threshold asks for, and on which side of it that is."""
    if threshold.unit == NORM:
        if not held:
            return State.UNKNOWN
        met = any(threshold.met_by(round(one.ratio, 4)) for one in held)
        return State.MET if met else State.UNMET
    kind, factor = UNITS.get(threshold.unit.lower(), ("", 1.0))
    fitting = [one for one in found if one.kind == kind]
    if not fitting:
        return State.UNKNOWN
    if threshold.near:
        places = [m.start() for word in threshold.near for m in re.finditer(word, reading.plain)]
        if not places:
            return State.UNKNOWN
        fitting.sort(key=lambda one: min(abs(one.start - place) for place in places))
    met = threshold.met_by(round(fitting[0].value / factor, 6))
    return State.MET if met else State.UNMET
