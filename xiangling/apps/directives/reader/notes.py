"""Who and until when, set beside a task: （责任单位：…；完成时限：…）, labels in a line, cells of a flattened table."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache

from .dates import Calendar, Limit
from .days import number
from .lexicon import one_of, pattern, words
from .units import match_list

BRACKET = re.compile(
    r"[（(〔【\[［]([^（）()〔〕【】\[\]［］]{0,200}(?:[（(][^（）()]{0,40}[）)][^（）()〔〕【】\[\]［］]{0,200}){0,8})[）)〕】\]］]"
)
LEFT = re.compile(r"^(?:由|请|：|:|\s|，|。)+")
RIGHT = re.compile(
    r"(?:负责落实|具体负责|分别负责|共同负责|按照?各自职责(?:分工)?负责|按照?职责分工负责|按照?职责分工|分工负责|负责制?|牵头负责|牵头|配合|落实|实施|等|主办|协办|承办|主责|组织实施|督导|督促|指导|监督|\s|。|；|;|，)+$"
)
CUT = re.compile(
    r"(?:牵头负责|牵头|负责|主办)(?:[，,；;、]|(?=[\u4e00-\u9fff])(?!人|同志|的))|会同|[、，,；;/／\n]|\s+|和(?=各|市|区|县)|及(?=各|市|区|县)|以及"
    r"|(?:配合|责任|牵头|主责|协办)(?:单位|部门)?[:：]"
)
SAME = re.compile(
    r"^(?:同上|〃|″|\"|同前|同左)$|^(?:责任单位)?同(?:本表)?第?\s*([0-9一二三四五六七八九十]+)\s*[项条行]?$"
)
CELL = re.compile(r"[ \u3000]*[\t|｜│┃][ \u3000]*|[ \u3000]{2,}")
WIDE_CELL = re.compile(r"[ \u3000]*[\t|｜│┃][ \u3000]*|[ \u3000]+")


MOST_LABEL = 24
LABEL = re.compile(r"[^：:]{2,10}[：:]")


@dataclass(frozen=True, slots=True)
class Note:
    """A statement of owners and limit in a line: [start, end) of it, and the places of the owners' names."""

    start: int
    end: int
    owners: tuple[tuple[int, int], ...]
    limit: Limit | None  # places count in the line
    has_limit: bool  # a limit is stated, be it 待定
    how: str  # bracket, table
    same_as: int = -1  # 同第3项: 3; 同上: 0; -1: not so
    each: tuple[Limit, ...] = ()  # 分别于8月15日、9月1日: a day for each part between semicolons


@cache
def _labels() -> re.Pattern[str]:
    kinds = ("owner", "person", "deadline", "task", "other")
    parts = "|".join(f"(?P<{kind}>{pattern(f'label.{kind}')})" for kind in kinds)
    return re.compile(
        rf"(?<![\u4e00-\u9fff])(?:[【\[]\s*)?(?:{parts})\s*(?:[（(][^（）()]{{1,8}}[）)])?\s*(?:(?<![】\]])[：:]|[】\]](?<=】|\])[：:]?(?=\s*\S))"
    )


def begins_with_label(text: str) -> bool:
    """责任单位：…, 【完成时限】…"""
    return bool(_labels().match(text))


@cache
def _line_labels() -> re.Pattern[str]:
    return re.compile(
        rf"\s*(?:[（(]?[一二三四五六七八九十\d]{{1,2}}[）)、．.]\s*)?(?:(?P<fault>{pattern('label.fault')})|{pattern('label.task')})[：:]\s*"
    )


def line_label(text: str) -> str:
    """What a line is by its label: 存在问题：… a fault, 整改措施：… a task; "" without one."""
    found = _line_labels().match(text)
    return "" if found is None else "fault" if found["fault"] else "task"


@cache
def _bystander() -> re.Pattern[str]:
    """督办单位：X。: who watches, by label; nothing is to be done."""
    beside = one_of(*(word for word in words("label.other") if word.endswith("单位")))
    return re.compile(rf"\s*{beside}[：:][^。；]*[。；]?")


def without_label(text: str) -> str:
    """The line with the label at its head blanked out."""
    found = _line_labels().match(text) or _bystander().match(text)
    return " " * found.end() + text[found.end() :] if found else text


def _shift(limit: Limit, by: int) -> Limit:
    return replace(limit, start=limit.start + by, end=limit.end + by)


WEEKDAY = re.compile(r"(?:星期|周)[一二三四五六日天]")
LEADS = re.compile(r"[（(](?:牵头|配合|主责|主办|协办|负责)[）)]$")
"""What says in a bracket how a listed unit takes part."""


def named(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The names listed in a label's value or a cell, as written."""
    found: list[tuple[int, int]] = []
    depth, begin, place = 0, start, start
    while place <= end:
        letter = text[place] if place < end else "、"
        if letter in "（(" and place < end:
            depth += 1
        elif letter in "）)" and depth:
            depth -= 1
        cut = CUT.match(text, place, end) if place < end and not depth else None
        if cut or place == end:
            _take(text, begin, place, found)
            begin = cut.end() if cut else end
            place = max(begin, place + 1)
            continue
        place += 1
    return found


def _take(text: str, start: int, end: int, found: list[tuple[int, int]]) -> None:
    piece = text[start:end]
    left = LEFT.match(piece)
    start += left.end() if left else 0
    lead = LEADS.search(text[start:end])
    end -= len(lead[0]) if lead else 0
    right = RIGHT.search(text[start:end])
    end -= len(right[0]) if right else 0
    piece = text[start:end]
    if 1 < len(piece) <= 30 and not SAME.match(piece) and re.search(r"[\u4e00-\u9fff]", piece):
        found.append((start, end))


def is_units(text: str, start: int, end: int) -> bool:
    """Whether a stretch holds nothing but a list of units."""
    found = match_list(text, start)
    rest = text[found.end : end].strip(" 。；，") if found else "x"
    return found is not None and (
        not rest
        or bool(
            re.fullmatch(
                r"(?:按照?(?:各自)?职责分工)?(?:牵头|负责|配合|落实|分别负责|共同负责|具体负责|牵头负责)+",
                rest,
            )
        )
    )


def brackets(text: str, calendar: Calendar) -> list[Note]:
    """The brackets of a line that name owners or a limit, and labels outside brackets, in order."""
    found = [note for match in BRACKET.finditer(text) if (note := _bracket(text, match, calendar))]
    found += _labelled(text, calendar, found)
    return sorted(found, key=lambda note: note.start)


def _bracket(text: str, match: re.Match[str], calendar: Calendar) -> Note | None:
    start, end = match.span(1)
    inside = match[1]
    if WEEKDAY.fullmatch(inside):
        return None  # 4月25日（星期五）前
    if _labels().search(inside):
        return _read_labels(text, match.start(), match.end(), start, end, calendar, "bracket")
    limits = calendar.limits(inside)
    parts = re.split(r"[；;，,]", inside)
    if (
        len(inside) >= 3
        and _is_people(text, start, _before_limit(text, start, end, limits))
        and _closes(text, match)
    ):
        owners = tuple(
            owner for owner in named(text, start, end) if not _in_limit(owner, limits, start)
        )
        limit = _shift(limits[0], start) if limits else None
        return Note(match.start(), match.end(), owners, limit, bool(limits), "bracket")
    if limits and len(parts) == 1 and len(inside) - (limits[0].end - limits[0].start) <= 6:
        return Note(
            match.start(), match.end(), (), _shift(limits[0], start), has_limit=True, how="bracket"
        )
    return None


def _before_limit(text: str, start: int, end: int, limits: list[Limit]) -> int:
    """Where the names end: before 5月1日前（完成）, if that closes the bracket."""
    if limits and re.fullmatch(
        r"(?:前|底)?(?:完成|落实|到位)?[。；，]?", text[start + limits[-1].end : end]
    ):
        return start + limits[0].start
    return end


def _closes(text: str, match: re.Match[str]) -> bool:
    """市发改委（粮食局）会同…: such a bracket belongs to the name; one about the task is followed by a stop."""
    return not re.match(r"[\u4e00-\u9fff、]", text[match.end() :]) or bool(
        re.search(r"牵头|负责|配合", match[1])
    )


def _in_limit(owner: tuple[int, int], limits: list[Limit], start: int) -> bool:
    return any(owner[0] < limit.end + start and limit.start + start < owner[1] for limit in limits)


def _is_people(text: str, start: int, end: int) -> bool:
    """（市应急局牵头，市公安局配合，6月底前完成）: units and nothing else but who leads."""
    inside = text[start:end]
    if re.search(r"(?:牵头|配合|负责)(?:[，,；;。]|$)", inside) and match_list(text, start):
        return True
    return is_units(text, start, end) and bool(
        re.search(r"局|委|办|镇|街|部门|单位|公司|支队|大队|中心|政府", inside)
    )


def _labelled(text: str, calendar: Calendar, taken: list[Note]) -> list[Note]:
    """Labels that stand in the line itself: 责任单位：市应急局  完成时限：6月底."""
    labels = [
        match
        for match in _labels().finditer(text)
        if not any(note.start <= match.start() < note.end for note in taken)
    ]
    labels = [match for match in labels if match.lastgroup != "person" or len(labels) > 1]
    marked = [match for match in labels if match.lastgroup in ("owner", "deadline", "person")]
    if all(match.lastgroup == "person" for match in marked):
        return []
    return [
        _read_labels(
            text, marked[0].start(), len(text), marked[0].start(), len(text), calendar, "table"
        )
    ]


def _read_labels(
    text: str, start: int, end: int, begin: int, stop: int, calendar: Calendar, how: str
) -> Note:
    owners: list[tuple[int, int]] = []
    limit, has_limit, same = None, False, -1
    each: tuple[Limit, ...] = ()
    labels = list(_labels().finditer(text, begin, stop))
    has_owner = any(label.lastgroup == "owner" for label in labels)
    for label, after in zip(labels, [*labels[1:], None], strict=True):
        value_end = after.start() if after else stop
        value = text[label.end() : value_end].strip(" \u3000；;。，,|\t")
        is_owner = label.lastgroup == "owner" or (label.lastgroup == "person" and not has_owner)
        if is_owner and label.lastgroup == "person" and not match_list(value, 0):
            continue  # a person's name
        if is_owner:
            same = _same(value) if _same(value) >= 0 else same
            limits = [
                _shift(one, label.end()) for one in calendar.limits(text[label.end() : value_end])
            ]
            owners += [
                owner
                for owner in named(text, label.end(), value_end)
                if not _in_limit(owner, limits, 0)
            ]
            if limits and not has_limit:
                limit, has_limit = limits[0], True
        elif label.lastgroup == "deadline":
            limit, has_limit = whole_limit(text, label.end(), value_end, calendar), True
            each = _each(text, label.end(), value_end, calendar)
    return Note(start, end, tuple(owners), limit, has_limit, how, same, each)


def _each(text: str, start: int, end: int, calendar: Calendar) -> tuple[Limit, ...]:
    """The days of 分别于8月15日、9月1日前, in order; none where there is but one."""
    days = [limit for limit in calendar.limits(text[start:end]) if limit.day]
    return tuple(_shift(limit, start) for limit in days) if len(days) > 1 else ()


def _same(value: str) -> int:
    """3 of 同第3项, 0 of 同上, -1 of anything else."""
    match = SAME.match(value)
    if not match:
        return -1
    return number(match[1]) if match[1] else 0


def whole_limit(text: str, start: int, end: int, calendar: Calendar) -> Limit | None:
    """The limit that a label's value or a cell states; a bare month or year is its last day."""
    value = text[start:end]
    limits = calendar.limits(value)
    dated = [limit for limit in limits if limit.day]
    if limits:
        return _shift((dated or limits)[-1 if dated else 0], start)
    stripped = value.strip(" \u3000。；;，,")
    if re.fullmatch(pattern("standing.time"), stripped):
        offset = start + value.index(stripped)
        return Limit(offset, offset + len(stripped), "recurring", None, is_bound=True)
    bare = calendar.limits(stripped + "底") if re.search(r"\d(?:月份?|年)$", stripped) else []
    if bare and bare[0].day:
        offset = start + value.index(stripped)
        return replace(bare[0], start=offset, end=offset + len(stripped))
    return None


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of a flattened table, by the labels of its header line."""

    columns: tuple[str, ...]  # owner, person, deadline, task, other, "" per cell
    cut: re.Pattern[str]


def header(text: str) -> Table | None:
    """The table that this line begins; None where it is no header."""
    for cut in (CELL, WIDE_CELL):
        cells = [cell for _start, _end, cell in cells_of(text, cut)]
        kinds = tuple(label_kind(cell) for cell in cells)
        if (
            len(cells) >= 3
            and sum(bool(kind) for kind in kinds) * 3 >= len(cells) * 2
            and {"owner", "deadline", "task"} & set(kinds)
        ):
            return Table(kinds, cut)
    return None


COLUMNS = re.compile(r"[（(]([^（）()]+(?:[/／|｜、 \u3000][^（）()]+){2,})[）)]\s*$")


def header_in(text: str) -> Table | None:
    """The table whose columns a heading names in a bracket: 任务清单（序号 / 任务 / 责任单位 / 时限）."""
    match = COLUMNS.search(text)
    found = header(re.sub(r"\s*[/／|｜、]\s*|\s+", "\t", match[1])) if match else None
    return Table(found.columns, WIDE_CELL) if found else None


def label_kind(cell: str) -> str:
    """owner, person, deadline, task or other, if the cell is the name of such a column; else ""."""
    if len(cell) > MOST_LABEL or re.match(r"(?:附?表|附件)[一二三四五六七八九十\d（(：:]", cell):
        return ""
    name = re.sub(r"\s|[（(].*[）)]", "", cell)
    for kind in ("owner", "person", "deadline", "task", "other"):
        if name in words(f"label.{kind}"):
            return kind
    for kind in ("owner", "deadline", "task"):
        if name.endswith(words(f"label.{kind}")) and len(name) <= 8:
            return kind
    return ""


def cells_of(text: str, cut: re.Pattern[str]) -> list[tuple[int, int, str]]:
    """(start, end, text) of the cells of a line, empty first and last cells left out."""
    found, start = [], 0
    for match in cut.finditer(text):
        found.append((start, match.start(), text[start : match.start()]))
        start = match.end()
    found.append((start, len(text), text[start:]))
    while found and not found[0][2].strip():
        found.pop(0)
    while found and not found[-1][2].strip():
        found.pop()
    return found


def upright_row(
    cells: list[tuple[int, str, str]], calendar: Calendar
) -> tuple[Note, list[tuple[int, int, int]], int]:
    """(note, (paragraph, start, end) of its owners, paragraph of its limit) of a row whose cells (paragraph, kind, text)
    are lines."""
    owners: list[tuple[int, int, int]] = []
    limit, has_limit, same, until = None, False, -1, 0
    for paragraph, kind, text in cells:
        if kind == "owner":
            same = max(same, _same(text.strip()))
            owners += [(paragraph, *name) for name in named(text, 0, len(text))]
        elif kind == "deadline":
            limit, has_limit, until = whole_limit(text, 0, len(text), calendar), True, paragraph
    names = tuple((start, end) for _paragraph, start, end in owners)
    return Note(0, 0, names, limit, has_limit, "table", same), owners, until


def table_row(
    text: str, table: Table, calendar: Calendar
) -> tuple[list[tuple[int, int]], Note] | None:
    """(places of the task cells, note) of a table's line; None where the line does not fit the columns."""
    cells = cells_of(text, table.cut)
    if len(cells) > len(table.columns):
        cells = [cell for cell in cells if cell[2].strip()]
    if len(cells) < 2 or len(cells) > len(table.columns):
        return None
    kinds = table.columns[: len(cells)]
    tasks = [
        (start, end)
        for (start, end, _cell), kind in zip(cells, kinds, strict=True)
        if kind == "task"
    ]
    owners: list[tuple[int, int]] = []
    limit, has_limit, same = None, False, -1
    for (start, end, cell), kind in zip(cells, kinds, strict=True):
        if kind == "owner":
            same = _same(cell.strip()) if _same(cell.strip()) >= 0 else same
            stated = whole_limit(text, start, end, calendar)
            if stated and not has_limit:  # an empty cell before it has left no trace
                limit, has_limit = stated, True
            owners += [] if stated else named(text, start, end)
        elif kind == "deadline" and (cell.strip() or not has_limit):
            limit, has_limit = whole_limit(text, start, end, calendar), bool(cell.strip())
    if not tasks:
        tasks = [
            max(((start, end) for start, end, _cell in cells), key=lambda span: span[1] - span[0])
        ]
    if owners:
        same = -1  # 同上 beside a name: only what is named here is sure
    return tasks[-1:], Note(0, len(text), tuple(owners), limit, has_limit, "table", same)
