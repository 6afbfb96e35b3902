"""What is read out of a document, and `read`, the one way in.

Places are counted as the labelled files count them: a paragraph is a line of the text (1-based, blank lines counted), a
sentence ends at 。！？ with its closing quotes (1-based in its paragraph), an offset is a character index in the line of the
raw text, spaces and noise included.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date


def gettext_noop(message: str) -> str:
    """Mark a message id for the catalogue; pages translate it, the command shows it as it is."""
    return message


class Unreadable(Exception):
    """The document cannot be read. `code` names the case; `message` % `values` says why and what to do (a message id)."""

    def __init__(self, code: str, message: str, **values: int) -> None:
        super().__init__(message % values)
        self.code = code
        self.message = message
        self.values = values


@dataclass(frozen=True, slots=True)
class Piece:
    """A clause, a heading or a blank line; all pieces in order give back the raw text, line ends included."""

    paragraph: int
    sentence: int  # 1-based in the paragraph; 0 on a blank line
    clause: int  # 1-based in the sentence; 0 on a blank line
    start: int
    end: int  # the line end belongs to the last piece of its line
    level: int  # 0: running text; 1: title; 2: 一、; 3: （一）; 4: 1.; 5: （1）
    numbering: str  # as written: "一、", "（二）", "三要"; "" where there is none
    text: str


@dataclass(frozen=True, slots=True)
class Repair:
    """Scanning noise and what it stands for; the raw text is kept. Uncertain repairs are offered, never applied."""

    paragraph: int
    start: int
    end: int
    raw: str
    fixed: str
    is_certain: bool


@dataclass(frozen=True, slots=True)
class Owner:
    """A responsible unit, always with words of the document behind it."""

    name: str  # as written (raw text)
    norm: str  # simplified, noise repaired
    is_explicit: bool  # named in the sentence, the item's bracket or the table row
    how: str  # named, bracket, table, heading, anaphora, elided
    paragraph: int = 0  # where the name stands; 0 where it is put together from several places
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Deadline:
    """A time limit; `iso` only where words of the document give a calendar day."""

    text: str
    type: str  # date, soft, recurring, start, event, duration, masked, unspecified
    iso: date | None
    start: int
    end: int
    paragraph: int = 0  # the line that `start` and `end` count in


@dataclass(frozen=True, slots=True)
class Directive:
    """One thing ordered, promised, reported or held up as a principle."""

    paragraph: int
    sentence: int
    offset: int
    end: int
    quote_start: str  # its first 12 characters at most, raw
    kind: str  # task, principle, statistic
    mode: str  # directive, commitment, report
    owners: tuple[Owner, ...]
    action: str
    object: str
    sector: str
    deadline: Deadline | None
    indicator: str
    figures: tuple[tuple[str, str, str], ...] = ()  # (as written, value or "" where masked, unit)

    @property
    def is_open(self) -> bool:
        """Whether it is a task still to be done."""
        return self.kind == "task" and self.mode != "report"


@dataclass(frozen=True, slots=True)
class Reading:
    """A document read. `unmapped` are the pieces of running text that no directive covers."""

    title: str
    issued_on: date | None
    speaker: str
    medium: str
    genre: str  # speech, minutes, plan, notice, news, other
    raw: str
    text_lines: tuple[str, ...]
    pieces: tuple[Piece, ...]
    repairs: tuple[Repair, ...]
    directives: tuple[Directive, ...]
    unmapped: tuple[Piece, ...]
    warnings: tuple[str, ...] = field(default=())
    doubtful: tuple[int, ...] = field(
        default=()
    )  # lines of a recognised scan to be compared with it

    def sentences(self, paragraph: int) -> Iterator[tuple[int, str]]:
        """(number, raw text) of the sentences of a paragraph."""
        parts: dict[int, str] = {}
        for piece in self.pieces:
            if piece.paragraph == paragraph and piece.sentence:
                parts[piece.sentence] = parts.get(piece.sentence, "") + piece.text
        yield from ((number, text.rstrip("\r\n")) for number, text in parts.items())


def read(
    data: bytes | str, name: str = "", *, media_type: str = "", today: date | None = None
) -> Reading:
    """Read a document: bytes of a TXT, DOCX or PDF file, or pasted text.

    `name` is the file's name (its ending helps to tell the format); `today` tells the year of a document that names none,
    without it such a document gets no days. Raises Unreadable for an empty, broken, encrypted,
    scanned or oversized document.
    """
    from . import documents, engine  # noqa: PLC0415 - they build what is declared here

    return engine.read_text(documents.text_of(data, name, media_type), today)
