"""What a language model proposes, checked word by word: a quote, an owner or a date that is not in the text is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from . import noise, outline
from .dates import Calendar
from .reading import Deadline, Directive, Owner, Reading

Ask = Callable[[str, str], str]
PORTION = 3000  # characters of text per question
QUOTE = 12
SYSTEM = (
    "你是公文任务提取助手。只依据给出的文字，列出尚待办理的任务。输出JSON数组，每项含："
    "paragraph（行号，整数）、quote（原文连续文字，逐字照抄）、owners（责任单位名称数组，逐字照抄原文，没有则为空）、"
    "deadline（表示时限的原文，没有则为空字符串）、date（时限对应的日期YYYY-MM-DD，原文推不出则为空字符串）。"
    "不得补充原文没有的单位和日期，不输出其他文字。"
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A proposal that was not taken. `code`: form, place, quote, owner, date, known."""

    code: str
    paragraph: int
    words: str


@dataclass(frozen=True, slots=True)
class Proposals:
    """What held, as directives a person may take or leave, and what did not."""

    directives: tuple[Directive, ...]
    refusals: tuple[Refusal, ...]


def propose(reading: Reading, ask: Ask) -> Proposals:
    """Ask a model for tasks that the rules have not found.

    `ask(system, question)` gives its answer and may raise; that goes through.
    """
    check = _Check(reading)
    for portion in _portions(reading.text_lines):
        check.take(ask(SYSTEM, portion))
    return Proposals(tuple(check.taken), tuple(check.refused))


def _portions(lines: tuple[str, ...]) -> Iterator[str]:
    """The numbered lines, some thousand characters at a time."""
    portion: list[str] = []
    size = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if portion and size + len(line) > PORTION:
            yield "\n".join(portion)
            portion, size = [], 0
        portion.append(f"{number}: {line}")
        size += len(line)
    if portion:
        yield "\n".join(portion)


class _Check:
    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.taken: list[Directive] = []
        self.refused: list[Refusal] = []
        self._calendar = Calendar(reading.issued_on)
        is_noisy = noise.is_noisy(reading.raw)
        self._lines = [
            noise.mend(number, line, is_noisy)[0]
            for number, line in enumerate(reading.text_lines, 1)
        ]

    def take(self, answer: str) -> None:
        """Check every proposal of one answer."""
        match = re.search(r"\[.*\]", answer, re.DOTALL)
        try:
            found = json.loads(match[0]) if match else None
        except ValueError:
            found = None
        if not isinstance(found, list):
            self.refused.append(Refusal("form", 0, answer[:80]))
            return
        for proposal in found:
            self._take_one(proposal if isinstance(proposal, dict) else {})

    def _take_one(self, proposal: dict[str, Any]) -> None:
        paragraph, quote = proposal.get("paragraph"), proposal.get("quote")
        if not isinstance(quote, str) or not quote.strip() or not isinstance(paragraph, int):
            self.refused.append(Refusal("form", 0, str(proposal)[:80]))
            return
        if not 1 <= paragraph <= len(self._lines):
            self.refused.append(Refusal("place", 0, quote[:80]))
            return
        span = self._find(paragraph, quote)
        if span is None:
            self.refused.append(Refusal("quote", paragraph, quote[:80]))
            return
        if any(
            known.paragraph == paragraph and known.offset < span[1] and span[0] < known.end
            for known in self.reading.directives
        ):
            self.refused.append(Refusal("known", paragraph, quote[:80]))
            return
        owners = self._owners(paragraph, span, proposal.get("owners"))
        deadline = self._deadline(paragraph, proposal.get("deadline"), proposal.get("date"))
        if isinstance(owners, Refusal) or isinstance(deadline, Refusal):
            self.refused += [one for one in (owners, deadline) if isinstance(one, Refusal)]
            return
        self.taken.append(self._directive(paragraph, span, owners, deadline))

    def _find(self, paragraph: int, words: str) -> tuple[int, int] | None:
        """The raw place of words in a line, be they copied from the raw or from the mended text."""
        line = self._lines[paragraph - 1]
        words = words.strip()
        if (place := line.raw.find(words)) >= 0:
            return place, place + len(words)
        if (place := line.text.find(words)) >= 0:
            return line.at(place), line.at(place + len(words) - 1) + 1
        return None

    def _anywhere(self, paragraph: int, words: str) -> tuple[int, int, int] | None:
        """(paragraph, start, end) of words, in this line or else anywhere."""
        for number in (paragraph, *range(1, len(self._lines) + 1)):
            if span := self._find(number, words):
                return number, *span
        return None

    def _owners(
        self, paragraph: int, span: tuple[int, int], given: object
    ) -> tuple[Owner, ...] | Refusal:
        names = (
            [name for name in given if isinstance(name, str) and name.strip()]
            if isinstance(given, list)
            else []
        )
        found = []
        for name in names:
            place = self._anywhere(paragraph, name) if len(name.strip()) > 1 else None
            if place is None:
                return Refusal("owner", paragraph, name[:80])
            line = self._lines[place[0] - 1]
            is_near = place[0] == paragraph and self._sentence(
                paragraph, place[1]
            ) == self._sentence(paragraph, span[0])
            norm = line.text[line.place(place[1]) : line.place(place[2])]
            found.append(Owner(line.raw[place[1] : place[2]], norm, is_near, "named", *place))
        return tuple(found)

    def _deadline(self, paragraph: int, words: object, day: object) -> Deadline | Refusal | None:
        """The limit by our own reckoning; a date that these words do not give is refused."""
        words = words if isinstance(words, str) else ""
        if not words.strip():
            return Refusal("date", paragraph, str(day)) if day else None
        place = self._anywhere(paragraph, words)
        if place is None:
            return Refusal("date", paragraph, words[:80])
        line = self._lines[place[0] - 1]
        limits = self._calendar.limits(line.text[line.place(place[1]) : line.place(place[2])])
        limit = next((limit for limit in limits if limit.day), limits[0] if limits else None)
        ours = limit.day if limit else None
        if day and (ours is None or str(day) != ours.isoformat()):
            return Refusal("date", paragraph, f"{words[:40]} → {str(day)[:20]}")
        return Deadline(
            line.raw[place[1] : place[2]],
            limit.type if limit else "soft",
            ours,
            place[1],
            place[2],
            place[0],
        )

    def _sentence(self, paragraph: int, place: int) -> int:
        spans = outline.sentences(self._lines[paragraph - 1].raw)
        return next(
            (number for number, (start, end) in enumerate(spans, 1) if start <= place < end), 1
        )

    def _directive(
        self,
        paragraph: int,
        span: tuple[int, int],
        owners: tuple[Owner, ...],
        deadline: Deadline | None,
    ) -> Directive:
        raw = self._lines[paragraph - 1].raw[span[0] : span[1]]
        return Directive(
            paragraph=paragraph,
            sentence=self._sentence(paragraph, span[0]),
            offset=span[0],
            end=span[1],
            quote_start=raw[:QUOTE],
            kind="task",
            mode="directive",
            owners=owners,
            action=raw.strip("，；。 ")[:40],
            object="",
            sector="综合",
            deadline=deadline,
            indicator="",
        )
