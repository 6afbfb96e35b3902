"""From text to a reading: lines mended, framed, cut into sentences and clauses, grouped into directives."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from . import clauses as c
from . import context, describe, kinds, noise, notes, outline, owners, whole
from .covers import Cover, Covers
from .dates import Calendar, Limit
from .reading import Deadline, Directive, Owner, Piece, Reading, Repair
from .rows import ALL_ABOVE, Row, group

QUOTE = 12
MOST_SENTENCE = 3000  # what is longer is no sentence
TOPIC = 30
SLOGAN = 22
PHASE = re.compile(r"[^，；。（(]{0,4}?[（(]?[^，；。（(]{2,16}[（(]([^）)]{2,30})[）)]。?")
PHASE_TOLD = re.compile(r"[^，；。]{2,16}(?:阶段|时段|环节)，([^，；。]{3,30})。?")
MOTTO = 9
SKIP = re.compile(
    r"如下[^，。]{0,6}[。：]?$|^[^，]{0,8}现将|^特此"
    r"|(?:制定|制订|印发|形成)本(?:方案|计划|办法|通知|意见|纪要|清单)|(?:参加|出席|列席)了?(?:会议|座谈|本次会议)。$|等参加。$|(?:参会|与会|到会)。$"
    r"|^（[^（）]*(?:通过|印发|召开|修订)）$|以下[一二三四五六七八九十几]?个?方面|几点(?:意见|要求|建议)|要[^，]{0,6}(?:认识|看|意识)到|(?:抓好|做好|落实|完成)(?:以下)?[一二三四五六七八九十几](?:项|个|方面|件)[^，]{0,6}[。：]?$|申请行政复议|提起行政诉讼|负责解释。$|自(?:印发|发布|公布)之日起(?:施行|实施)|下次会议|会议定于|(?:以下|下列)事项"
)
AGENDA = re.compile(
    r"\s*(?:[一二三四五六七八九十]+、|[（(][一二三四五六七八九十][）)]|\d+[.、．])?(?:会议)?(?:传达|听取|通报|审议|观看|学习传达|集体学习)"
)
WHOLE_QUOTE = re.compile(r"\s*“([^“”]+)”\s*")
SAID = re.compile(r"(?:强调|要求|指出|提出|表示|号召|议定|决定|明确)(?:[，：]|(?=各|全|市|区|县))")
COUNTED = re.compile(
    r"\s*(?:第[一二三四五六七八九十][，,]|[一二三四五六七八九]是|——|[（(][一二三四五六七八九十][）)])"
)
"""In a report, what is counted up is what somebody demands."""
WILL = re.compile(r"将(?!有|出现|迎来|进入|至|达|会有|持续|[士近来军]|于?\d{0,4}年?\d)")


def read_text(raw: str, today: date | None = None) -> Reading:
    """Read a text. Never raises for what is in it."""
    texts = [text for text, _line_end in outline.split_lines(raw)]
    is_noisy = noise.is_noisy(raw)
    mended, repairs = [], []
    for paragraph, text in enumerate(texts, 1):
        line, found = noise.mend(paragraph, text, is_noisy)
        mended.append(line)
        repairs += found
    frame = context.frame(mended, today)
    directives = _Engine(frame).run()
    pieces = outline.pieces(raw)
    return Reading(
        title=frame.title,
        issued_on=frame.issued_on,
        speaker=frame.speaker,
        medium=frame.medium,
        genre=frame.genre,
        raw=raw,
        text_lines=tuple(texts),
        pieces=pieces,
        repairs=tuple(repairs),
        directives=directives,
        unmapped=_unmapped(frame, pieces, directives),
        warnings=_warnings(frame, repairs, directives),
    )


def _unmapped(
    frame: context.Context, pieces: tuple[Piece, ...], directives: tuple[Directive, ...]
) -> tuple[Piece, ...]:
    covered: dict[int, list[Directive]] = {}
    for directive in directives:
        covered.setdefault(directive.paragraph, []).append(directive)
    return tuple(
        piece
        for piece in pieces
        if piece.sentence
        and frame.places[piece.paragraph - 1].role in ("body", "table_row")
        and not any(
            d.offset < piece.end and piece.start < d.end for d in covered.get(piece.paragraph, ())
        )
    )


def _warnings(
    frame: context.Context, repairs: list[Repair], directives: tuple[Directive, ...]
) -> tuple[str, ...]:
    """Codes of what a person should know: no_date, year_assumed, no_directive, uncertain_repairs."""
    found = []
    if frame.issued_on is None:
        found.append("no_date")
    if frame.is_year_assumed:
        found.append("year_assumed")
    if not any(directive.is_open for directive in directives):
        found.append("no_directive")
    if any(not repair.is_certain for repair in repairs):
        found.append("uncertain_repairs")
    return tuple(found)


class _Engine:
    """One pass down the document."""

    def __init__(self, frame: context.Context) -> None:
        self.frame = frame
        self.calendar = Calendar(frame.issued_on, frame.year)
        self.said = owners.Said(frame)
        self.covers = Covers(frame, self.calendar)
        self.found: list[Directive] = []
        self.dated: Deadline | None = None  # the last limit of the sentence
        self.closing: tuple[Limit, int] | None = None  # the day that ends it: 上述工作于…完成
        self.going_on = (
            False  # whether that limit stood before its predicate, so that 并… goes on under it
        )
        self.opening: tuple[Limit, int] | None = None  # the day that opens it: 会后3日内，…
        self.phase: Limit | None = None
        self.stage: tuple[int, Limit] | None = None  # the phase, and the level, of the last heading

    def run(self) -> tuple[Directive, ...]:
        for place in self.frame.places:
            opens_stage = self._note_stage(place.line.text)
            if place.role in ("body", "table_row") and not opens_stage:
                self._read_line(place)
        return tuple(self.found)

    def _note_stage(self, line: str) -> bool:
        """（二）自查阶段（7月1日至31日）, on a line of its own: what stands below it is to be done by its last day."""
        level = outline.numbering(line)[0]
        if self.stage and 0 < level <= self.stage[0]:
            self.stage = None
        head = PHASE.fullmatch(line.strip())
        if head is None or not c.PHASE_NAME.search(head[0]):
            return False
        limit = notes.whole_limit(head[1], 0, len(head[1]), self.calendar)
        self.stage = (level, limit) if limit and limit.day else None
        return True

    # Lines and sentences -------------------------------------------------------------------------

    def _read_line(self, place: context.Place) -> None:
        text = self.covers.masked[place.paragraph]
        self.said.line, self.said.spoken = (), []
        spans = [
            (place.line.place(a), place.line.place(b)) for a, b in outline.sentences(place.line.raw)
        ]
        cells = self.covers.cells.get(place.paragraph)
        is_report, is_said = False, False
        opens_phase = False
        self.phase = self.stage[1] if self.stage else None
        for index, (start, end) in enumerate(spans):
            begin, stop = (max(start, cells[0]), min(end, cells[1])) if cells else (start, end)
            if quote := WHOLE_QUOTE.fullmatch(
                text, begin, stop
            ):  # “…。”局长要求: said, and cut like any other
                begin, stop, is_said = *quote.span(1), True
            if begin >= stop or stop - begin > MOST_SENTENCE or not text[begin:stop].strip():
                continue
            following = (
                text[spans[index + 1][0] : spans[index + 1][1]] if index + 1 < len(spans) else ""
            )
            is_said = (
                is_said
                or bool(SAID.search(text[begin:stop][:40]))
                or bool(COUNTED.match(text, begin))
            )
            sentence = _Sentence(place, index + 1, begin, stop, is_report, is_said)
            self.said.sentence, self.dated, self.going_on = (), None, False
            parts = [c.analyse(text, a, b, self.calendar) for a, b in c.split(text, begin, stop)]
            if index == 0 and (
                head := PHASE.fullmatch(place.line.text, begin, stop)
                or PHASE_TOLD.fullmatch(place.line.text, begin, stop)
            ):  # 动员部署（11月10日前）。 自查阶段，9月8日至25日。
                limit = notes.whole_limit(place.line.text, *head.span(1), self.calendar)
                self.phase = limit if limit and limit.day else None
                opens_phase = self.phase is not None
            is_topic = self._is_topic(place, parts, text[begin:stop], following)
            if index == 0 and opens_phase and following.strip():
                continue
            if index == 0 and (is_topic or self._is_slogan(parts, text[begin:stop], len(spans))):
                continue
            if is_topic and not kinds.is_tangible(parts):
                continue
            is_report = self._read_sentence(sentence, parts) or is_report

    def _is_topic(
        self, place: context.Place, parts: list[c.Clause], text: str, following: str
    ) -> bool:
        """A numbered first sentence that only names what the line goes on to say."""
        if not outline.numbering(text.strip())[1] and not re.match(
            r"\s*第[一二三四五六七八九十]+[件项条点]?[，、]", text
        ):
            return False
        if re.fullmatch(r"[^，；]{0,4}[、.．)）]\s*关于[^，；。]{2,24}。?\s*", text):
            return True
        if any(part.sort == c.BAN or re.search("不得|不准|严禁|一律", part.text) for part in parts):
            return False
        if (
            following.strip()
            and (phase := PHASE.fullmatch(text.strip()))
            and re.search(r"\d月?日?(?:至|—|－|-|～)|起至|月$", phase[1])
        ):
            return True
        if (
            not following.strip()
            or re.search(r"如下[。：]", following)
            or re.search(r"\d", re.sub(r"^\s*\d+", "", text))
            or outline.numbering(following.strip())[1]
        ):
            return False
        has_owner = any(part.subject for part in parts)
        has_day = any(limit.day for part in parts for limit in part.limits)
        if (
            re.fullmatch(r"[^，；]{2,24}(?:阶段)?(?:[（(][^）)]*[）)])?。?\s*", text)
            and "阶段" in text
        ):
            return True
        return len(text.strip()) <= TOPIC and not has_owner and not has_day

    def _is_slogan(self, parts: list[c.Clause], text: str, n_sentences: int) -> bool:
        """In a speech, the motto that opens a paragraph: 高标准推动，提升管理水平。"""
        if (
            self.frame.genre != "speech"
            or n_sentences < 2
            or len(text.strip()) > (TOPIC if n_sentences > 2 else SLOGAN)
        ):
            return False
        if len(text.strip()) <= MOTTO and not any(part.subject for part in parts):
            return True
        return not any(
            part.subject or part.has_modal or part.limits or part.is_done for part in parts
        ) and not re.search(r"\d", text)

    def _read_sentence(self, sentence: _Sentence, parts: list[c.Clause]) -> bool:
        """Take the directives of a sentence; True if it opens an account of what was done."""
        text = "".join(part.text for part in parts)
        if SKIP.search(text.strip()) or text.rstrip().endswith(("？", "?")):
            return False
        self.opening = whole.opening(parts)
        self.closing = self._closing(parts)
        whole.take_targets(parts)
        if any(
            cover.note.how == "table" or cover.note.owners
            for cover in self.covers.over(sentence.place.paragraph, sentence.start)
        ):
            whole.take_as_order(parts)
        if self._is_report(sentence, parts, text):
            for row in whole.reports(parts):
                self._emit(sentence, row, parts)
            for row in whole.planned(parts):
                self._emit(sentence, row, parts)
            return "以来" in text or bool(re.search(r"汇报了|介绍了|汇报|主要做法", text))
        if not self._is_directive(sentence, parts, text):
            for row in whole.planned(parts):
                self._emit(sentence, row, parts)
            return False
        for before, part in pairwise(parts):
            if part.sort == c.OTHER and part.guess and before.sort in (c.ACTION, c.BAN, c.LIGHT):
                part.sort = c.ACTION
        rows = group(parts)
        is_noted = any(
            cover.note.how == "table"
            for cover in self.covers.over(sentence.place.paragraph, sentence.start)
        )
        if not rows and (likely := whole.likely(parts, is_noted=is_noted)):
            likely.sort = c.ACTION
            rows = group(parts)
        for row in kinds.join_principles(rows):
            self._emit(sentence, row, parts)
        return False

    def _closing(self, parts: list[c.Clause]) -> tuple[Limit, int] | None:
        """上述工作务必于6月20日前完成: the day of all that the sentence orders before."""
        for part in parts:
            if ALL_ABOVE.match(part.text):
                limit = next((limit for limit in part.limits if limit.day), None)
                return (limit, part.start) if limit else None
        return None

    def _is_report(self, sentence: _Sentence, parts: list[c.Clause], text: str) -> bool:
        has_modal = any(part.has_modal for part in parts) or (
            WILL.search(text) and any(part.subject for part in parts)
        )
        if has_modal:
            return False
        if self.frame.genre == "minutes" and AGENDA.match(text):
            return True
        if any(part.is_done for part in parts):
            return not any(
                part.sort in (c.ACTION, c.BAN)
                and any(limit.is_bound and limit.day for limit in part.limits)
                for part in parts
            )
        if sentence.is_report and whole.gives_task(parts):
            return False
        if sentence.is_report or sentence.place.is_background or sentence.place.is_finding:
            return any(part.verb for part in parts)
        return (
            self.frame.genre == "news" and not sentence.is_said and any(part.verb for part in parts)
        )

    def _is_directive(self, sentence: _Sentence, parts: list[c.Clause], text: str) -> bool:
        first = next((part for part in parts if part.sort not in (c.FRAME, c.SUBJECT)), None)
        if first is None or (
            sentence.place.is_finding and not any(part.has_modal for part in parts)
        ):
            return False
        has_call = any(part.has_modal for part in parts) or bool(WILL.search(text))
        if self.frame.genre == "news" and not sentence.is_said and not has_call:
            return False
        if has_call:
            return True
        if first.sort == c.OTHER:
            return any(
                (
                    part.sort in (c.ACTION, c.BAN)
                    and (part.subject or any(limit.is_bound for limit in part.limits))
                )
                or (part.sort == c.SUBJECT and whole.GIVEN.match(part.text))
                for part in parts
            )
        return first.sort in (c.ACTION, c.LIGHT, c.RESULT, c.BAN)

    # Directives ----------------------------------------------------------------------------------

    def _emit(self, sentence: _Sentence, row: Row, parts: list[c.Clause]) -> None:
        place, line = sentence.place, sentence.place.line
        covers = self.covers.over(place.paragraph, row.start)
        noted, how, is_near = self.covers.owners(place, covers)
        deadline = self._deadline(sentence, row, covers)
        found = owners.of_row(self.said, place.paragraph, row, noted, how, is_near=is_near)
        kind = kinds.report_kind(row) if row.is_report else "task"
        is_dated = bool(deadline and deadline.iso)
        is_aim = place.is_aim and not is_dated and not any(part.subject for part in row.clauses)
        if not row.is_report and (is_aim or kinds.is_principle(row, has_day=is_dated)):
            kind = "principle"
        start = line.at(row.start + len(row.text) - len(row.text.lstrip(" \u3000")))
        end = line.at(row.start + len(row.text.rstrip()) - 1) + 1
        self.found.append(
            Directive(
                paragraph=place.paragraph,
                sentence=sentence.number,
                offset=start,
                end=end,
                quote_start=line.raw[start:end].rstrip("。；")[:QUOTE],
                kind=kind,
                mode=kinds.mode(row),
                owners=found,
                action=describe.action(row),
                object=describe.object_of(row),
                sector=describe.sector(
                    row.text, "".join(part.text for part in parts), *reversed(place.section)
                ),
                deadline=deadline,
                indicator=describe.indicator(row),
                figures=kinds.figures(row.text),
            )
        )

    def _binds(self, part: c.Clause, limit: Limit) -> bool:
        """A day merely named is a limit where it lies ahead and stands as an adverbial: 6月16日开展…, 于6月16日."""
        if limit.day is None or self.frame.issued_on is None or limit.day <= self.frame.issued_on:
            return False
        follows_doer = part.subject is not None and part.subject.end == limit.start
        before = part.text[max(0, limit.start - 1) : limit.start + 1]
        return limit.end <= part.head or follows_doer or any(word in before for word in "于在后")

    def _of_part(self, place: context.Place, cover: Cover, row: Row) -> Limit | None:
        """The day for the part between semicolons in which a row stands, where there are as many as days."""
        if (
            not cover.note.each
            or cover.first[0] != place.paragraph
            or cover.paragraph != place.paragraph
        ):
            return None
        text = self.covers.masked[place.paragraph]
        before = text.count("；", cover.first[1], row.start)
        parts = text.count("；", cover.first[1], cover.note.start) + 1
        return cover.note.each[before] if parts == len(cover.note.each) else None

    def _is_by_case(self, sentence: _Sentence, part: c.Clause, limit: Limit) -> bool:
        """整改完成后，…5日内, 对到访不遇的…7日内: counted from what happens, not from the document."""
        if not RELATIVE.fullmatch(part.text, limit.start, limit.end):
            return False
        before = sentence.place.line.text[sentence.start : part.start + limit.start]
        ahead = part.text[: limit.start]
        return bool(HAPPENS.search(before)) or bool(OF_CASE.match(ahead)) or ahead.endswith("的")

    def _is_monthly(self, sentence: _Sentence, part: c.Clause, limit: Limit) -> bool:
        """每月5日前报进展。…，10日前印发通报: a day of every month."""
        if not DAY_OF_MONTH.fullmatch(part.text, limit.start, limit.end):
            return False
        before = sentence.place.line.text[: part.start + limit.start]
        return bool(EVERY_MONTH.search(before)) and not re.search(r"\d月", before)

    def _deadline(
        self, sentence: _Sentence, row: Row, covers: tuple[Cover, ...]
    ) -> Deadline | None:
        if row.is_report:
            return None
        place = sentence.place
        own, is_by_case = self._own_limits(sentence, row)
        if not own and self.dated and "一并" in row.text:
            return self.dated
        noted_day = any(cover.note.limit and cover.note.limit.day for cover in covers)
        if not own and not noted_day:
            if self.going_on and GOES_ON.match(row.text):
                return self.dated
            own = self._shared_limit(row)
        best = _best([limit for limit, _start in own])
        if best and (
            best.day
            or is_by_case
            or not any(cover.note.has_limit for cover in covers)
            or best.type != "soft"
        ):
            by = next(start for limit, start in own if limit is best)
            self.dated = _as_deadline(place.line, place.paragraph, best, by)
            self.going_on = any(
                limit is best and limit.day and limit.end + PREDICATE < len(part.text)
                for part in row.clauses
                for limit in part.limits
            )
            return self.dated
        self.going_on = False
        return self._noted_limit(place, covers, row)

    def _own_limits(self, sentence: _Sentence, row: Row) -> tuple[list[tuple[Limit, int]], bool]:
        """(limits that a row states and where its clause begins, whether one counts from what happens)."""
        found: list[tuple[Limit, int]] = []
        is_by_case = False
        for part in sorted(row.clauses, key=lambda part: part is not row.main):
            for limit in () if CASE_ONLY.fullmatch(part.text) else part.limits:
                if part.text[: limit.start].endswith("对") and OF_WHOM.match(part.text, limit.end):
                    continue
                if not (limit.is_bound or self._binds(part, limit)):
                    continue
                if self._is_by_case(sentence, part, limit):
                    is_by_case = True
                    limit = replace(limit, type="event", day=None)  # noqa: PLW2901
                elif self._is_monthly(sentence, part, limit):
                    limit = replace(limit, type="recurring", day=None)  # noqa: PLW2901
                found.append((limit, part.start))
        return found, is_by_case

    def _shared_limit(self, row: Row) -> list[tuple[Limit, int]]:
        """The day that opens or ends the sentence, or that of its phase."""
        if self.opening and whole.is_same_job(row):
            return [self.opening]
        if self.closing:
            return [self.closing]
        return [(self.phase, 0)] if self.phase else []

    def _noted_limit(
        self, place: context.Place, covers: tuple[Cover, ...], row: Row
    ) -> Deadline | None:
        for cover in covers:
            if limit := self._of_part(place, cover, row):
                return _as_deadline(place.line, place.paragraph, limit, 0)
            if cover.note.limit:
                paragraph = cover.until or cover.paragraph
                return _as_deadline(
                    self.frame.places[paragraph - 1].line, paragraph, cover.note.limit, 0
                )
        return None


PREDICATE = 3
"""Characters after a limit that make it an adverbial: 在两个月内|查清事实, not 初稿4月底前|完成."""
RELATIVE = re.compile(
    r"(?:在)?[\d一二两三四五六七八九十半]+个?(?:工作日|日|天|小时|周|月)(?:之内|以内|内)"
)
HAPPENS = re.compile(
    r"(?:完成|结束|解除|发生|发现|接到|收到|合格|出现|受理)[^，。；]{0,10}(?:后|时)，"
    r"|(?:对|凡)[^，。；]{2,16}的，[^，]{0,14}$|[自从][^，。；]{2,8}起，"
)
OF_CASE = re.compile(r"(?:对|凡)[^，]{2,14}的")
CASE_ONLY = re.compile(r"(?:凡[^，]{2,24}|[^，]{2,16}(?:未|不|没有)[^，]{1,12})的，")
"""凡春节前停产的，: of whom what follows is said."""
OF_WHOM = re.compile(r"[^，。；]{2,14}的")
"""对4月30日前主动改造的每户补助…: whom it is about, not by when."""
DAY_OF_MONTH = re.compile(r"(?:于|在)?\d{1,2}[日号](?:之前|以前|前)")
EVERY_MONTH = re.compile(r"[每次]月(?:第?\d{1,2}[日号]|[底末初])")
GOES_ON = re.compile(
    r"\s*(?:(?:并|同时)(?:把|将)[^，。；]{0,14}(?:报|送|抄|反馈|通报|上传|告知|公示|公布|公开|移交|移送)|(?:逐[\u4e00-\u9fff])?(?:建立|形成)“?一[\u4e00-\u9fff]一[\u4e00-\u9fff]|并(?:同时)?(?:抄[送报告]|反馈|上报|通报)|并向[^，。；]{2,16}(?:提交|报告|报送|通报|反馈))"
)


@dataclass(slots=True)
class _Sentence:
    place: context.Place
    number: int
    start: int
    end: int
    is_report: bool  # within an account of what was done
    is_said: bool  # within what somebody demands


RANK = {
    "date": 5,
    "masked": 4,
    "recurring": 3,
    "event": 3,
    "unspecified": 2,
    "start": 2,
    "duration": 2,
    "soft": 1,
}


def _best(limits: list[Limit]) -> Limit | None:
    """The limit that binds most: a day before anything else."""
    return max(limits, key=lambda limit: (bool(limit.day), RANK[limit.type]), default=None)


def _as_deadline(line: noise.Line, paragraph: int, limit: Limit, by: int) -> Deadline:
    start, end = line.at(limit.start + by), line.at(limit.end + by - 1) + 1
    return Deadline(line.raw[start:end], limit.type, limit.day, start, end, paragraph)


__all__ = ["Owner", "read_text"]
