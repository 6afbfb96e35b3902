"""What holds for a whole sentence: its opening day, what it reports, what is yet to come in it, what it most likely orders."""

from __future__ import annotations

import re

from . import clauses as c
from . import kinds
from .dates import Limit
from .rows import Row

PLANNED = re.compile(r"计划|拟|预计|力争|将")
FROM_NOW = re.compile(r"(?:今后|下一步|后续|接下来|此后)(?:要|将|须)?")
GIVEN = re.compile(r"(?:^|，)(?:由|请|责成|责令)")


REST = re.compile(r"(?:剩余|其余|余下|剩下)的?[^，]{1,40}?(?:由|要|须|必须)|请各?[^，]{2,10}\d")


def is_to_come(part: c.Clause) -> bool:
    """剩余45户由各村落实…, 请各村书记6月9日前…: charged with something amid an account of what was done."""
    return part.subject is not None and not part.is_done and bool(REST.match(part.text))


TARGET = re.compile(
    r"(?:率|比例|数量?|覆盖面|水平)[^，。；]{0,8}(?:达到?|不低于|不少于|不超过|提高|控制|下降|降至)|零(?:发生|死亡|事故|伤亡)|实现“?[双零]零?"
)


def take_targets(parts: list[c.Clause]) -> None:
    """2月底前，安装率达到100%: what is to be reached by a day is ordered, though no verb calls for it."""
    if not any(limit.day and limit.is_bound for limit in parts[0].limits):
        return
    for part in parts:
        if part.sort == c.OTHER and not part.is_done and TARGET.search(part.text):
            part.sort = c.ACTION


def gives_task(parts: list[c.Clause]) -> bool:
    """Whether somebody is charged with something by a day, be it amid an account of what was done."""
    return any(part.subject and GIVEN.match(part.text) for part in parts) and any(
        part.sort in (c.ACTION, c.BAN) for part in parts
    )


OTHER_JOB = re.compile(r"发现|的，|如|若|遇|严禁|不得|禁止")


def opening(parts: list[c.Clause]) -> tuple[Limit, int] | None:
    """The day that stands by itself before a sentence and holds for what one unit is to do in it."""
    first = parts[0]
    if len(parts) < 3 or first.sort != c.FRAME or first.text[first.head :].strip("，"):
        return None
    limit = next((limit for limit in first.limits if limit.day and limit.is_bound), None)
    return (limit, first.start) if limit else None


def is_same_job(row: Row) -> bool:
    """Whether a later clause goes on with what was begun: no doer of its own, no case of its own."""
    return not any(part.subject or part.limits for part in row.clauses) and not OTHER_JOB.search(
        row.text
    )


def reports(parts: list[c.Clause]) -> list[Row]:
    """One row for each stretch between semicolons that reports something."""
    rows: list[Row] = []
    pending: list[c.Clause] = []
    for part in parts:
        if is_to_come(part) or (FROM_NOW.match(part.text) and part.verb):
            continue
        pending.append(part)
        if part.text.rstrip().endswith("；"):
            rows.append(Row(pending, is_report=True))
            pending = []
    if pending:
        rows.append(Row(pending, is_report=True))
    rows = [
        row
        for row in rows
        if not (
            PLANNED.search(row.main.text)
            and any(limit.type == "date" and limit.is_bound for limit in row.main.limits)
        )
    ]
    return [
        row
        for row in rows
        if any(part.is_done or part.verb or kinds.figures(part.text) for part in row.clauses)
    ]


def likely(parts: list[c.Clause], *, is_noted: bool) -> c.Clause | None:
    """Where a sentence calls on somebody and no clause tells its predicate: the longest that is neither frame nor subject."""
    rest = [part for part in parts if part.sort == c.OTHER]
    is_called = is_noted or any(
        part.subject and (part.has_modal or GIVEN.match(part.text)) for part in parts
    )
    return max(rest, key=lambda part: len(part.text), default=None) if is_called else None


def planned(parts: list[c.Clause]) -> list[Row]:
    """In a report, what is yet to come by a day: 计划8月底前整改到位."""
    found = []
    for part in parts:
        is_from_now = FROM_NOW.match(part.text) and part.verb and (part.limits or part.subject)
        if (
            is_to_come(part)
            or is_from_now
            or (
                PLANNED.search(part.text)
                and any(limit.type == "date" and limit.is_bound for limit in part.limits)
            )
        ):
            part.sort = c.ACTION
            found.append(Row([part]))
    return found


def take_as_order(parts: list[c.Clause]) -> None:
    """What has an owner set beside it is an order, whatever its first word."""
    first = next((part for part in parts if part.sort not in (c.FRAME, c.SUBJECT)), None)
    if first and first.sort in (c.OTHER, c.LIGHT, c.REPORT) and not first.is_done:
        first.sort = c.ACTION
