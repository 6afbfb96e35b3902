"""From the clauses of a sentence to its directives: where one ends and the next begins."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from .clause import ACTION, BAN, FRAME, LIGHT, OTHER, REPORT, RESULT, SUBJECT, Clause
from .dates import Limit

SHORT = 4
TO_WHAT = re.compile(r"(?:[（(]?[一二三四五六七八九十\d]+[）)、.．])?\s*对[^，]+，")
OF_WHAT = re.compile(r"(?:需|应|须|尚|未|已|不|无|经|列入|存在)[^，]{2,20}的[^，]{2,16}，")
"""需拆除重建的2座桥，由…: a thing and its state."""
REPORTS = re.compile(
    r"(?:并|一并)?(?:抄)?报(?!送|告|废|警|备)[\u4e00-\u9fff（）]{2,16}(?:备案|审定|审批|审核|汇总|同意|备查)?[，。；]?$"
)


@dataclass(slots=True)
class Row:
    """The clauses of one directive, frames before and results after included."""

    clauses: list[Clause] = field(default_factory=list)
    is_report: bool = False

    @property
    def start(self) -> int:
        return self.clauses[0].start

    @property
    def end(self) -> int:
        return self.clauses[-1].end

    @property
    def text(self) -> str:
        return "".join(clause.text for clause in self.clauses)

    @property
    def main(self) -> Clause:
        """The clause that says what is to be done."""
        order = (ACTION, BAN, LIGHT, RESULT, REPORT)
        return next(
            (clause for sort in order for clause in self.clauses if clause.sort == sort),
            self.clauses[-1],
        )


def group(clauses: list[Clause]) -> list[Row]:
    """The rows of a sentence that orders something."""
    rows: list[Row] = []
    pending: list[Clause] = []
    for clause, following in pairwise(clauses):
        if clause.sort == ACTION and clause.subject is None and _is_of_what(clause, following):
            clause.sort = FRAME
    is_dated = False
    for clause in clauses:
        if is_dated and clause.sort == OTHER and clause.subject is None and _opens_with_day(clause):
            clause.sort = ACTION  # 7月1日前拆除三分之一，年底前全部拆除
        is_dated = is_dated or (clause.sort == ACTION and any(map(_is_day, clause.limits)))
    for segment in _segments(clauses):
        made, pending = _group_segment(pending + segment)
        rows += made
    if pending:
        if rows:
            rows[-1].clauses += pending
        elif any(clause.sort in (LIGHT, RESULT) for clause in pending):
            rows.append(Row(pending))
    return rows


def _is_of_what(clause: Clause, following: Clause) -> bool:
    """对新发现的停用系统，由产权单位…: what comes next is to be done to it."""
    what = TO_WHAT.fullmatch(clause.text) or OF_WHAT.fullmatch(clause.text)
    return bool(what) and following.text.startswith("由")


def _segments(clauses: list[Clause]) -> list[list[Clause]]:
    """Clauses between semicolons."""
    found: list[list[Clause]] = [[]]
    for clause in clauses:
        found[-1].append(clause)
        if clause.text.rstrip().endswith(("；", ";")):
            found.append([])
    return [segment for segment in found if segment]


def _group_segment(clauses: list[Clause]) -> tuple[list[Row], list[Clause]]:
    """(rows, clauses at the end that wait for what comes after the semicolon)."""
    rows: list[Row] = []
    pending: list[Clause] = []
    for clause in clauses:
        if clause.is_lead and any(waiting.sort in (LIGHT, RESULT) for waiting in pending):
            rows.append(Row(pending))
            pending = []
        if (
            rows
            and not pending
            and (
                ALL_ABOVE.match(clause.text)
                or _says_who(rows[-1], clause)
                or _says_when(rows[-1], clause)
            )
        ):
            rows[-1].clauses.append(clause)
            continue
        if any(
            waiting.sort == LIGHT
            and waiting.subject
            and (_is_own_case(clause) or _is_beside(waiting, clause))
            for waiting in pending
        ):
            rows.append(Row(pending))
            pending = []
        if clause.sort == ACTION:
            is_loose = all(waiting.sort == OTHER and not waiting.subject for waiting in pending)
            if rows and is_loose and _belongs(rows[-1], clause):
                rows[-1].clauses += [*pending, clause]
                pending = []
            else:
                rows.append(Row([*pending, clause]))
                pending = []
        elif clause.sort in (RESULT, BAN):
            pending = _attach(rows, pending, clause)
        else:
            pending.append(clause)
    if pending and rows:
        if _stands_alone(pending):
            rows.append(Row(pending))
        else:
            rows[-1].clauses += pending
        pending = []
    elif any(clause.sort in (LIGHT, RESULT) for clause in pending):
        rows.append(Row(pending))
        pending = []
    return rows, pending


DRAFT = ("初稿", "首轮", "首批", "送审稿")
ALL_ABOVE = re.compile(r"(?:上述|以上|前述)(?:各项)?(?:工作|任务|事项|问题|内容)")
OWN_CASE = re.compile(r"(?:对|凡)[^，]{2,16}的，?|[^，]{2,16}的，?(?:一律|依法|严肃|从严)")


def _says_who(row: Row, clause: Clause) -> bool:
    """…，由所在乡镇负责: who is to do what precedes and names nobody."""
    return (
        clause.sort == SUBJECT
        and clause.text.startswith(("由", "具体由"))
        and not any(part.subject for part in row.clauses)
    )


def _says_when(row: Row, clause: Clause) -> bool:
    """…，4月底前结束: by when what precedes and has no day is to be over, told by no verb of action."""
    return (
        clause.sort in (FRAME, OTHER)
        and clause.subject is None
        and any(_is_day(limit) for limit in clause.limits)
        and not any(_is_day(limit) for part in row.clauses for limit in part.limits)
        and bool(COMPLETED.match(clause.text[clause.limits[-1].end :]))
    )


def _is_own_case(clause: Clause) -> bool:
    """对弄虚作假的严肃追责, 并于每学期末…报告: more than the end of what was begun."""
    if clause.sort != ACTION or clause.subject:
        return False
    is_timed = clause.text.startswith(("并", "同时")) and any(
        limit.type in ("date", "recurring") for limit in clause.limits
    )
    return is_timed or bool(OWN_CASE.match(clause.text))


STANDING = re.compile(r"(?:切实|坚决|严格|认真)?(?:压实|压紧|扛牢|扛起|夯实|落实|紧盯|盯紧|盯住)")


def _is_beside(standing: Clause, clause: Clause) -> bool:
    """要压实属地责任，8月10日前…: what is to be done by a day is not how a duty is borne."""
    return (
        clause.sort == ACTION
        and clause.subject is None
        and _opens_with_day(clause)
        and bool(STANDING.match(standing.text, standing.head))
    )


def _stands_alone(pending: list[Clause]) -> bool:
    return any(clause.sort == LIGHT and clause.subject for clause in pending)


def _opens_with_day(clause: Clause) -> bool:
    first = next(iter(clause.limits), None)
    return first is not None and first.start == 0 and _is_day(first) and first.is_bound


def _is_day(limit: Limit) -> bool:
    return limit.type == "date"


def _attach(rows: list[Row], pending: list[Clause], clause: Clause) -> list[Clause]:
    """A result or ban belongs to what precedes it, unless it has a subject or a date of its own, or nothing precedes."""
    has_own = clause.subject is not None or any(limit.type == "date" for limit in clause.limits)
    has_frame = any(
        waiting.subject or waiting.text.rstrip("，；").endswith("的") for waiting in pending
    )
    if not rows:
        if clause.sort == BAN:
            rows.append(Row([*pending, clause]))
            return []
        return [*pending, clause]
    if clause.sort == BAN and clause.subject is None and COMPLETED.match(clause.text):
        rows[-1].clauses += [*pending, clause]  # 修复时间不得迟于11月10日
        return []
    is_free = not any(_is_day(limit) for part in rows[-1].clauses for limit in part.limits)
    is_before = all(limit.end <= clause.head or limit.start < 4 for limit in clause.limits)
    is_thing = clause.verb.startswith(("形成", "建成", "实现")) and not (
        EACH_ITS_FILE.match(clause.text, clause.head) or COVERING.search(clause.text)
    )  # 4月10日前形成首期通报: a job of its own
    if (
        clause.sort == RESULT
        and is_free
        and is_before
        and not (clause.subject or has_frame or is_thing)
    ):
        has_own = False  # the day by which what precedes is to have come about
    is_plain_ban = clause.sort == BAN and clause.text.startswith(("严禁", "禁止"))
    if has_own or is_plain_ban or (has_frame and clause.sort == BAN):
        rows.append(Row([*pending, clause]))
    else:
        rows[-1].clauses += [*pending, clause]
    return []


HANDED_IN = re.compile(
    r"(?:经[^，]{2,16}后)?(?:并|一并)?(?:将|把)?[^，]{0,12}?(?:报送?|报至|抄送|送|提请|报请|呈报|提交|交[到至]|反馈|发(?=各|有关))[\u4e00-\u9fff（）]{2,16}"
)
OWN_PAPER = re.compile(r"[将把](?!结果|情况|名单)")
"""将自查报告报…: a job of its own; 将结果反馈… ends the one before."""
ISSUED = re.compile(r"以[^，]{2,12}(?:印发|下发|发布|公布)")
EACH = re.compile(r"各?(?:建成|完成|达到|不)(?:不少于|不低于|少于|低于)")
EACH_ITS_FILE = re.compile(r"(?:形成|建成)“?一[\u4e00-\u9fff]一")
COVERING = re.compile(r"全覆盖[，。；]?$")
YIELD = re.compile(
    r"(?:首份|首次|首期|首批|第一份)?([\u4e00-\u9fff]{2})?(?:结果|报告|清单|情况|台账|信息|通报)(?:汇总后)?(?:须|要|应|务必|必须)?[于在]?$"
)
HANDED_ON = re.compile(r"(?:书面)?(?:报|交|送|反馈|发|印发|下发|通报|抄|上传|公布|提交)")


def _is_its_paper(row: Row, clause: Clause) -> bool:
    """开展自查，自查报告9月4日前报…: by when the paper of what precedes goes to whom; a 总结 is a job of its own."""
    limit = next((limit for limit in clause.limits if _is_day(limit)), None)
    if limit is None or not HANDED_ON.match(clause.text, limit.end):
        return False
    named = YIELD.fullmatch(clause.text[: limit.start])
    return named is not None and (named[1] in (None, "落实", "贯彻") or named[1] in row.text)


PAPER = re.compile(
    r"列出|论证|写出|制定|制订|编制|形成|汇总|总结|填写|填报|分解|拟定|起草|细化|清点|梳理|自查|排查|摸排|核实|核查|剖析"
)
COMPLETED = re.compile(
    r"(?:[\u4e00-\u9fff]{0,4}(?:到位|完毕)|(?:全部|全面)?(?:完成|办结|销号|清零|见效|完成整改|建成投用|建成|投用|投入使用|建成使用"
    r"|结束|[\u4e00-\u9fff]{1,2}完(?:毕)?|上线(?:运行)?|启用|出台|(?:印发|下发|发布|公布)(?:实施|执行|施行)?|公示|通报|上墙(?:公示)?|进驻|投运|运行|见到[^，]{0,4}成效|取得[^，]{0,4}成效|见底)(?:整改)?)(?:并报[\u4e00-\u9fff]{2,16})?[，。；]?$|[\u4e00-\u9fff]{0,4}(?:期限|时限|时间)|(?:最迟)?不得?[晚迟]于|是(?:最后)?期限|(?:全)?覆盖[到至]?[\u4e00-\u9fff]{0,8}[，。；]?$|[\u4e00-\u9fff]{2,6}率(?:达到?|不低于)[\d.]+[%％][，。；]?$"
)


def _belongs(row: Row, clause: Clause) -> bool:
    """A few characters more of the same (明职责、强担当), or that the paper just made is handed in, or when it is to be done."""
    if clause.subject is not None or clause.is_lead:
        return False
    if REPORTS.match(clause.text[clause.head :]):
        has_day = any(limit.type == "date" for limit in clause.limits)
        timed = {limit.type for part in row.clauses for limit in part.limits}
        return not (has_day and timed & {"date", "recurring"})
    rest = clause.text[clause.head :]
    if (limit := next(iter(clause.limits), None)) and "限" in clause.text[
        clause.head : limit.start
    ]:
        rest = clause.text[limit.end :]  # 限后天18时前|完成
    if limit and clause.text[clause.head : limit.start].startswith(DRAFT):
        rest = clause.text[limit.end :]  # 初稿4月上旬|完成
    if ISSUED.match(clause.text):
        return True
    is_undated = not any(limit.type == "date" for part in row.clauses for limit in part.limits)
    if is_undated and (
        (COMPLETED.match(rest) and not rest.startswith("拨付"))
        or _is_its_paper(row, clause)
        or EACH.match(rest)
        or (HANDED_IN.match(rest) and not OWN_PAPER.match(rest) and PAPER.search(row.main.text))
    ):
        return True
    if clause.limits:
        return False
    return len(re.sub(r"[，。；、]", "", clause.text[clause.head :])) <= SHORT


__all__ = ["ALL_ABOVE", "FRAME", "OTHER", "REPORT", "SUBJECT", "Row", "group"]
