"""Task, principle or statistic; ordered, promised or already done."""

from __future__ import annotations

import re
from functools import cache

from .clause import ACTION, Clause
from .lexicon import pattern, words
from .rows import Row

FIGURE = re.compile(
    r"(?P<value>\d+(?:\.\d+)?(?:%|％|‰)?|[*＊]{1,6})(?P<scale>[千百万亿]*)(?P<more>余|多)?"
    r"(?P<unit>个百分点|人次|家次|台套|小时|公里|平方米|立方米|万元|亿元|[家人起处件台套辆艘只座栋户条项次份场吨个名亩元米组支块张盏所])?"
)
SCALES = {"百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
EVENT = re.compile(
    r"死亡|受伤|失联|发生|坍塌|爆炸|同比|下降|上升|排名|召开|审议通过|通报了|传达了|形势|获评|荣获|会议"
)
PROMISE = re.compile(
    r"(?:我们|我局|我市|我区|我县|我镇|我委|我办|我公司|本公司)?将(?:[\u4e00-\u9fff]{0,4})?(?:会|继续|坚决|按照|切实|进一步|全力|认真|严格|组织|开展|对|在|于|把)|我们(?:要|将)|表态"
)
DEFINITE = re.compile(
    r"\d|[一两三四五六七八九十]+[个家处项次名台套份]|台账|清单|方案|名单|机制|制度|平台|系统|活动|演练|培训|检查|排查|整治|执法|督查|督导|考核|通报|约谈|执法|评估|验收|处罚|查处|打击|报送|上报|印发|建立|制定|完善"
)


@cache
def _principle() -> re.Pattern[str]:
    return re.compile(pattern("principle"))


def figures(text: str) -> tuple[tuple[str, str, str], ...]:
    """(as written, value or "" where masked, unit) of the figures in a text: 3.4万人次 is 34000 人次."""
    found = []
    for match in FIGURE.finditer(text):
        if not match["unit"] and not match["value"].endswith(("%", "％", "‰")):
            continue
        found.append(
            (match[0], _value(match["value"], match["scale"]), match["unit"] or match["value"][-1])
        )
    return tuple(found)


def _value(value: str, scale: str) -> str:
    if not value[0].isdigit():
        return ""
    whole, _point, part = value.rstrip("%％‰").partition(".")
    number, factor = int(whole + part), 1
    for letter in scale:
        factor *= SCALES[letter]
    number *= factor
    if not part:
        return str(number)
    digits = str(number).rjust(len(part) + 1, "0")
    return f"{digits[: -len(part)]}.{digits[-len(part) :]}".rstrip("0").rstrip(".")


def is_principle(row: Row, *, has_day: bool) -> bool:
    """Whether a row holds up an attitude and orders nothing that could be checked."""
    if has_day:
        return False
    weight = 2 if re.match(r"[^，]{0,6}我们", row.text) else 0
    for clause in row.clauses:
        hits = len(set(_principle().findall(clause.text)))
        if hits:
            weight += 1
        if is_definite(clause):
            weight -= 2 if not hits else 1
    return weight > 0


def join_principles(rows: list[Row]) -> list[Row]:
    """A sentence of principle stays whole: what follows in it and names nothing to be seen belongs to it."""
    found: list[Row] = []
    for row in rows:
        if found and is_principle(found[-1], has_day=False) and not is_tangible(row.clauses):
            found[-1].clauses += row.clauses
        else:
            found.append(row)
    return found


def is_tangible(clauses: list[Clause]) -> bool:
    """Whether clauses name a doer, a day or something that can be seen done."""
    return any(
        clause.subject
        or any(limit.type == "date" for limit in clause.limits)
        or (clause.sort == ACTION and DEFINITE.search(clause.text[clause.head :]))
        for clause in clauses
    )


def is_definite(clause: Clause) -> bool:
    """Whether a clause orders something that can be seen done."""
    rest = clause.text[clause.head :]
    if clause.sort != ACTION or not clause.verb:
        return False
    return bool(DEFINITE.search(rest)) or clause.verb not in words("verb.general")


def report_kind(row: Row) -> str:
    """A report of figures or events is a statistic, of other deeds a task already done."""
    return (
        "statistic" if figures(row.text) or EVENT.search(row.text) or not row.main.verb else "task"
    )


def mode(row: Row) -> str:
    if row.is_report:
        return "report"
    return "commitment" if PROMISE.search(row.text) else "directive"
