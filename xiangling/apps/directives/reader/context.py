"""What a document is and what each of its lines is for: title, date, speaker, sections, addressee, tables."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from . import notes, outline
from .dates import Calendar
from .dating import alone, dated
from .lexicon import pattern
from .noise import Line
from .units import SPECIFIC, match_list

META = re.compile(
    r"\s*(?:会议)?(?:时\s*间|日\s*期|地\s*点|主\s*持(?:人)?|参\s*加(?:人员)?|参会(?:人员|单位)?|出\s*席(?:人员)?|列\s*席(?:人员|单位)?"
    r"|缺\s*席|请\s*假|记\s*录(?:人)?|议\s*题|主\s*送|抄\s*送|发\s*送|分\s*送|附\s*件|来\s*源|作\s*者|记\s*者|编\s*辑|责任编辑"
    r"|签\s*发(?:人)?|联\s*系\s*人|联系电话|电\s*话|文\s*号|编\s*号|发文单位|印发单位|共印)\s*[：:]"
)
MADE = re.compile(r"(?:印发|（此件公开发布）|（此页无正文）|签发)\s*$")
GENRES = (
    ("minutes", re.compile(r"纪要|会议记录|专题会|办公会|例会")),
    ("plan", re.compile(r"方案|计划|要点|任务清单|任务分解|行动表|分工|措施清单|整改清单|安排表")),
    ("notice", re.compile(r"通知|通报|通告|函|督办单|意见|紧急|指令|提示|令")),
    ("speech", re.compile(r"讲话|发言|致辞|讲稿")),
    ("news", re.compile(r"讯[）)]?|报道|记者|本报|通讯员|日报")),
)  # fmt: skip
FROM_PRESS = re.compile(r"(?:来源|记者|作者|责编|编辑)\s*[：:]")
"""来源：安平县融媒体中心: the line below a headline; papers put on a site have it too, under titles of their own."""
MOTTO = 14
"""Characters of a numbered line that may head what is numbered below it, full stop and all."""
TITLED = re.compile(
    r"^[^，。；：]+(?:方案|计划|办法|清单|要点|分工表|分解表|任务表|汇总表|一览表|规定|制度)$|^(?![^关]*(?:听取|审议|传达|印发|学习))[^，。；：]{0,24}关于[^。；]+的(?:通知|通报|函|意见|决定|报告|请示|批复|通告|公告|提示)$"
)
SALUTATION = re.compile(r"[^。；]{2,80}[：:]\s*$")
SPEAKER = re.compile(
    r"^[（(]?\s*(?:[\u4e00-\u9fff、，·\s]{0,30}(?:书记|市长|县长|区长|局长|主任|厅长|部长|镇长|秘书长))?\s*([\u4e00-\u9fff]{2,3})\s*[）)]?$"
)
SAID = re.compile(r"(?:^|[，。：；])([\u4e00-\u9fff]{2,3})(?:同志)?(?:指出|强调|要求|表示)[，,：:]")


HEADING_NUMBER = re.compile(
    r"\s*(?:[一二三四五六七八九十]+、|[（(][^）)]{1,3}[）)]|\d+[．.、]|第[一二三四五六七八九十]+[，、])?\s*"
)


@dataclass(slots=True)
class Place:
    """A line and what it is for. `role`: blank, title, meta, salutation, heading, table_head, table_row, sign, body."""

    paragraph: int
    line: Line
    role: str = "body"
    level: int = 0
    section: tuple[str, ...] = ()  # headings above, outermost first
    is_background: bool = False  # under a heading that tells what is
    is_finding: bool = False  # one of the faults that a line before announces
    is_aim: bool = False  # under a heading that tells what is aimed at
    owners: tuple[
        tuple[int, int, int], ...
    ] = ()  # (paragraph, start, end): the heading's unit, or else the addressees
    owners_how: str = ""  # heading, elided
    table: notes.Table | None = None
    upright: tuple[tuple[int, ...], tuple[str, ...]] = (
        (),
        (),
    )  # the lines of its row and their kinds


@dataclass(slots=True)
class Context:
    """A document's frame."""

    title: str = ""
    issued_on: date | None = None
    year: int | None = None
    is_year_assumed: bool = False  # it stands nowhere in the document
    speaker: str = ""
    medium: str = ""
    genre: str = "other"
    writer: tuple[tuple[int, int, int], ...] = ()  # (paragraph, start, end): who signs at the end
    places: list[Place] = field(default_factory=list)


def frame(lines: list[Line], today: date | None = None) -> Context:
    """Title, date, genre and the purpose of every line; `today` tells the year of a document that names none."""
    texts = [line.text for line in lines]
    context = Context(places=[Place(number, line) for number, line in enumerate(lines, 1)])
    context.title = _title(context)
    context.genre = _genre(context.title, texts)
    context.issued_on, context.year, context.is_year_assumed = dated(
        texts, is_news=context.genre == "news", today=today
    )
    context.medium = _medium(texts)
    context.speaker = _speaker(context, texts)
    _lay_out(context)
    return context


def _title(context: Context) -> str:
    for place in context.places[:12]:
        text = place.line.text.strip()
        if not text or (META.match(text) and not text.startswith("附件")):
            continue
        if notes.header(text) or notes.label_kind(text):
            return ""
        if len(text) > 60 or text.endswith(("。", "：", "；")) or outline.numbering(text)[0]:
            return "" if len(text) > 60 else text if text.endswith("纪要") else ""
        if re.fullmatch(
            r"[^\u4e00-\u9fff]*|.{0,20}[〔\[（(]20\d\d[〕\]）)].{0,4}\d+号|[（(].*[）)]", text
        ):
            place.role = "meta"
            continue
        place.role = "title"
        return text
    return ""


def _genre(title: str, texts: list[str]) -> str:
    head = title + "\n" + "\n".join(text for text in texts if text.strip())[:160]
    if re.search(
        r"(?:网|报|社|台|日)讯[（(，\s]|本报讯|本网讯|（?记者\s*[\u4e00-\u9fff]|通讯员|报道", head
    ):
        return "news"
    if FROM_PRESS.search(head) and not re.search(
        r"纪要|关于[^。；]+的[^。；]{2,3}$|方案|讲话", title
    ):
        return "news"
    if GENRES[3][1].search(title):
        return "speech"
    for genre, mark in GENRES:
        if mark.search(title):
            return genre
    if re.search(r"同志们|我讲|我就讲|我强调", "\n".join(texts)):
        return "speech"
    if re.search(r"纪要", head):
        return "minutes"
    return next(
        (genre for genre, mark in (GENRES[3], GENRES[1], GENRES[2]) if mark.search(head)), "other"
    )


def _medium(texts: list[str]) -> str:
    head = "\n".join(text for text in texts if text.strip())[:200]
    match = re.search(
        r"来源[：:]\s*([^\s，。）)]{2,20})|([\u4e00-\u9fff]{2,14}(?:网|报|台|社|客户端))讯|(?<![\u4e00-\u9fff])(本报|本网|本台)讯",
        head,
    )
    return next((part for part in match.groups() if part), "") if match else ""


def _speaker(context: Context, texts: list[str]) -> str:
    if context.genre == "speech":
        for place in context.places[:8]:
            text = place.line.text.strip()
            if (
                place.role != "title"
                and text
                and (match := SPEAKER.match(text))
                and not re.search(r"同志|大家|各位", text)
            ):
                return match[1]
    names = Counter(
        name
        for text in texts
        for name in SAID.findall(text)
        if name not in ("会议", "全会", "总书记", "同时", "大家", "负责人", "他还", "会上")
        and not name.endswith(("局", "会议", "组", "记"))
    )
    return names.most_common(1)[0][0] if names and context.genre == "news" else ""


def _lay_out(context: Context) -> None:
    """Give every line its role, its section and whom its heading or the salutation names."""
    headings: dict[int, str] = {}
    owners: dict[int, tuple[tuple[int, int, int], ...]] = {}
    table: notes.Table | None = None
    for index, place in enumerate(context.places):
        text = place.line.text
        if not text.strip():
            place.role = "blank"
            continue
        if place.role in ("title", "meta"):
            continue
        if place.role in ("table_head", "table_row", "table_cell"):
            _settle(place, headings, owners)
            continue
        if _upright(context, index):
            place.role = "table_head"
            continue
        if found := notes.header(text):
            table, place.role = found, "table_head"
            continue
        if (
            len(text.strip()) <= 40
            and "。" not in text
            and alone(text)
            and not notes.begins_with_label(text.strip())
            and not outline.numbering(text.strip())[0]
        ):
            place.role = "meta"
            continue
        place.role, place.level = _role(context, index)
        if place.role == "heading":
            table = _beyond_heading(context, index, table)
            headings = {level: name for level, name in headings.items() if level < place.level} | {
                place.level: text.strip()
            }
            owners = {level: names for level, names in owners.items() if level < place.level}
            if names := _units_of_heading(place):
                owners[place.level] = names
        elif place.role == "salutation":
            owners[0] = _addressees(place)
        elif table and len(notes.cells_of(text, table.cut)) >= 2 and _fits(text, table):
            place.role, place.table = "table_row", table
        table = _columns_named(place) or table
        _settle(place, headings, owners)
    _mark_faults(context)


def _mark_faults(context: Context) -> None:
    """Which lines tell what was found wrong: those listed below …存在下列问题：, and those labelled so with their heading."""
    is_listing = False
    above: Place | None = None
    for place in context.places:
        if place.role not in ("body", "heading", "salutation", "table_row"):
            continue
        text = place.line.text
        label = notes.line_label(text)
        is_numbered = bool(outline.numbering(text.strip())[0])
        is_listing = _tells_faults(text) or (is_listing and is_numbered and not label)
        place.is_finding = label == "fault" or (is_listing and not _tells_faults(text))
        place.is_background = place.is_background and label != "task"
        if label == "fault" and above is not None:
            above.is_finding = True
        above = place if is_numbered and not label else None


FAULTS = re.compile(r"(?:问题|隐患|不足|违法行为|违法事实|情形)(?:如下)?[：:]$")


def _tells_faults(text: str) -> bool:
    """…存在下列问题：: what is numbered after it is found, not ordered."""
    return bool(FAULTS.search(text.strip())) and not re.search(r"要求|整改以下|解决", text)


def _columns_named(place: Place) -> notes.Table | None:
    """The table below a heading, or a long line, that names its columns in a bracket."""
    found = notes.header_in(place.line.text)
    if found and place.role == "body":
        place.role = "table_head"
    return found


def _upright(context: Context, index: int) -> bool:
    """A table whose cells stand one below the other: lay out its header and its rows, a line per cell."""
    if not notes.label_kind(context.places[index].line.text.strip()):
        return False
    filled = [place for place in context.places[index:] if place.line.text.strip()]
    kinds: list[str] = []
    while len(kinds) < len(filled) and (
        kind := notes.label_kind(filled[len(kinds)].line.text.strip())
    ):
        kinds.append(kind)
    if len(kinds) < 3 or not {"task", "owner", "deadline"} & set(kinds):
        return False
    for place in filled[: len(kinds)]:
        place.role = "table_head"
    rest = filled[len(kinds) :]
    while of_row := _kinds_of_row(rest, kinds):
        row = tuple(place.paragraph for place in rest[: len(of_row)])
        for place, kind in zip(rest, of_row, strict=False):
            place.role, place.upright = (
                ("table_row" if kind == "task" else "table_cell"),
                (row, tuple(of_row)),
            )
        rest = rest[len(of_row) :]
    return True


def _is_limit(place: Place) -> bool:
    text = place.line.text.strip()
    return bool(notes.whole_limit(text, 0, len(text), Calendar(None)))


SERIAL = re.compile(r"[\d一二三四五六七八九十]{1,3}[.、．]?")


def _kinds_of_row(rest: list[Place], kinds: list[str]) -> list[str]:
    """The kinds of the cells of the row that begins here; an empty cell leaves no line behind. Empty where none begins."""
    if len(rest) >= len(kinds) and _is_upright_row(rest[: len(kinds)], kinds):
        return kinds
    drops = [*(at for at, kind in enumerate(kinds) if kind == "owner"), len(kinds) - 1]
    for at in reversed(drops):
        fewer = [*kinds[:at], *kinds[at + 1 :]]
        ends = len(rest) == len(fewer) or (
            len(rest) > len(fewer) and SERIAL.fullmatch(rest[len(fewer)].line.text.strip())
        )
        if kinds[0] == "other" and ends and _is_upright_row(rest[: len(fewer)], fewer):
            return fewer
    return []


def _is_upright_row(row: list[Place], kinds: list[str]) -> bool:
    if any(after.paragraph - before.paragraph > 2 for before, after in pairwise(row)):
        return False
    if kinds[0] == "other" and not SERIAL.fullmatch(row[0].line.text.strip()):
        return False
    if any(
        SERIAL.fullmatch(place.line.text.strip()) or (kind == "owner" and _is_limit(place))
        for place, kind in zip(row[1:], kinds[1:], strict=True)
    ):
        return False
    return all(
        len(place.line.text) <= 40
        for place, kind in zip(row, kinds, strict=True)
        if kind in ("owner", "deadline")
    )


def _fits(text: str, table: notes.Table) -> bool:
    cells = notes.cells_of(text, table.cut)
    if len(cells) > len(table.columns):
        cells = [cell for cell in cells if cell[2].strip()]
    return len(cells) <= len(table.columns) and len(cells) >= max(2, len(table.columns) - 2)


def _beyond_heading(context: Context, index: int, table: notes.Table | None) -> notes.Table | None:
    """The table that goes on below a heading between two of its rows."""
    if table is None:
        return None
    below = (place.line.text for place in context.places[index + 1 :])
    text = next((text for text in below if text.strip()), "")
    is_row = len(notes.cells_of(text, table.cut)) >= 2 and _fits(text, table)
    return table if is_row else None


def _settle(
    place: Place, headings: dict[int, str], owners: dict[int, tuple[tuple[int, int, int], ...]]
) -> None:
    place.section = tuple(headings[level] for level in sorted(headings))
    place.is_background = _is_background(place.section)
    place.is_aim = any(re.search(pattern("aims"), name) for name in place.section)
    named = {level: names for level, names in owners.items() if names}
    if named:
        level = max(named)
        place.owners, place.owners_how = named[level], "heading" if level else "elided"


def _is_background(section: tuple[str, ...]) -> bool:
    """Whether the nearest title that tells says what is, and not what is to be done."""
    for name in reversed(section):
        if re.search(pattern("remedy"), name):
            return False
        if re.search(pattern("background"), name):
            return True
    return False


def _role(context: Context, index: int) -> tuple[str, int]:
    place = context.places[index]
    text = place.line.text.strip()
    level = outline.numbering(text)[0]
    if notes.begins_with_label(text) and not META.match(text):
        return "body", level
    if META.match(text) or MADE.search(text):
        return "meta", 0
    if _is_signature(context, index):
        if signed := match_list(place.line.text, 0):
            context.writer = tuple((place.paragraph, unit.start, unit.end) for unit in signed.units)
        return "meta", 0
    if SALUTATION.fullmatch(text) and not level:
        if index < 12 and (_is_call(text) or match_list(text, 0)):
            return "salutation", 0
        return ("heading", 6) if len(text) <= 30 else ("body", 0)
    if (
        outline.is_heading(text)
        and not notes.BRACKET.search(text[6:])
        and _heads_something(context, index, level)
    ):
        return "heading", level
    if _is_motto(context, index, level) or _is_led(context, index, level):
        return "heading", level
    after = next(
        (
            place.line.text
            for place in context.places[index + 1 : index + 3]
            if place.line.text.strip()
        ),
        "",
    )
    if (
        not level
        and alone(after)
        and len(after) < 24
        and (found := match_list(text, 0))
        and found.end == len(text)
    ):
        return "meta", 0
    if TITLED.search(text) and len(text) <= 50 and not level:
        return "heading", 1
    is_short = len(text) <= 26 and text[-1] not in "。；;！？：，"
    is_label = notes.LABEL.match(text) or notes.begins_with_label(text)
    if is_short and not level and not re.search(r"\d", text) and not is_label:
        return "heading", 1
    return "body", level


def _is_motto(context: Context, index: int, level: int) -> bool:
    """二、把隐患找出来。 above （一）…: a heading, its full stop notwithstanding."""
    text = context.places[index].line.text.strip()
    if level != 2 or len(text) > MOTTO or text.find("。") != len(text) - 1:
        return False
    below = (place.line.text.strip() for place in context.places[index + 1 :])
    return outline.numbering(next(filter(None, below), ""))[0] > level


LED = re.compile(r"[（(]([^（()）]{2,24}?)(?:牵头)?负责[）)]$")


def _is_led(context: Context, index: int, level: int) -> bool:
    """（一）危险化学品领域（危化监管科负责）, above what that office is to do; in a row of such lines each is a task."""
    text = context.places[index].line.text.strip()
    if not level or not LED.search(text) or not outline.is_heading(text):
        return False
    below = (place.line.text.strip() for place in context.places[index + 1 :])
    own = re.sub(r"^\S+?[、）)．.]", "", text)
    return outline.numbering(next(filter(None, below), ""))[0] != level and not _is_order(own)


def _is_call(text: str) -> bool:
    return bool(
        re.match(r"同志们|各位|各有关|各镇|各区|各县|各街|各成员|各单位|各部门|各科|各", text)
    )


def _is_order(text: str) -> bool:
    return bool(re.match(f"{pattern('verb.action')}|{pattern('modal')}", text)) or bool(
        match_list(text, 0)
    )


def _is_signature(context: Context, index: int) -> bool:
    """A unit or a date by itself among the last lines."""
    text = context.places[index].line.text.strip()
    if len(text) > 40 or len(context.places) - index > 40:
        return False
    after = [place for place in context.places[index + 1 :] if place.line.text.strip()]
    if len(after) > 6:
        return False
    if text[-1] not in "。；;" and alone(text) and not _is_order(text):
        return True
    found = match_list(text, 0)
    return bool(
        found
        and found.end == len(text)
        and all(unit.sort == SPECIFIC for unit in found.units)
        and outline.numbering(text)[0] == 0
    )


def _heads_something(context: Context, index: int, level: int) -> bool:
    """A short numbered line heads what follows unless it is one of several short tasks in a row."""
    text = context.places[index].line.text.strip()
    following = next(
        (
            place.line.text.strip()
            for place in context.places[index + 1 :]
            if place.line.text.strip()
        ),
        "",
    )
    if level in (2, 3) and not re.search(r"\d+[月日]|前完成", text):
        own = re.sub(r"^\S+?[、）)．.]", "", text)
        if level == 2 or outline.numbering(following)[0] != level or not _is_order(own):
            return True
    if not following:
        return False
    next_level = outline.numbering(following)[0]
    if next_level == level or re.search(r"\d+月|\d+日", text):
        return False
    return not notes.BRACKET.fullmatch(following) and not re.match(
        pattern("label.owner"), following
    )


def _units_of_heading(place: Place) -> tuple[tuple[int, int, int], ...]:
    """The units that a heading consists of: （一）市应急管理局."""
    text = place.line.text
    if led := LED.search(text.rstrip()):
        return tuple((place.paragraph, *span) for span in notes.named(text, *led.span(1)))
    start = HEADING_NUMBER.match(text)
    begin = start.end() if start else 0
    found = match_list(text, begin)
    if found is None:
        return ()
    rest = text[found.end :].strip(" \u3000：:。")
    if rest and not re.fullmatch(r"[（(].*[）)]|负责的?(?:事项|任务|工作)?|方面|任务|职责", rest):
        return ()
    return tuple((place.paragraph, unit.start, unit.end) for unit in found.units)


def _addressees(place: Place) -> tuple[tuple[int, int, int], ...]:
    if re.match(r"同志们|各位", place.line.text.strip()):
        return ()
    return tuple(
        (place.paragraph, start, end)
        for start, end in notes.named(place.line.text, 0, len(place.line.text.rstrip("：: ")))
    )
