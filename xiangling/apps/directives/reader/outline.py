"""Lines, headings, sentences and clauses, numbered; nothing is lost: the pieces join to the raw text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .reading import Piece

SENTENCE_END = re.compile(r"[。！？]+[”’」』）)]*")
CLAUSE_END = re.compile(r"[，,；;：:]+[”’」』）)]*")
LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
NUMBER = "[一二三四五六七八九十]{1,3}"
NUMBERINGS = (
    (
        2,
        re.compile(
            rf"\s*(?:{NUMBER}、|第{NUMBER}(?:部分)?[，、]|第(?:{NUMBER}|\d{{1,2}})[章节条项](?:\s|[：:]))"
        ),
    ),
    (3, re.compile(rf"\s*[（(]{NUMBER}[）)]")),
    (4, re.compile(r"\s*\d{1,2}(?:[．、]|\.(?!\d))\s*")),
    (5, re.compile(r"\s*(?:[（(]\d{1,2}[）)]|[①-⑳])")),
)
ORDER = re.compile(rf"\s*(?:{NUMBER}[是要]|其[一二三四五六七八九十])[，,：:]?")
HEADING_LENGTH = 60


def split_lines(raw: str) -> list[tuple[str, str]]:
    """(text, line end) of every line, as `raw.split("\\n")` would count them."""
    found = []
    for match in LINE.finditer(raw):
        whole = match[0]
        text = whole.rstrip("\r\n")
        found.append((text, whole[len(text) :]))
        if not whole[len(text) :]:
            break
    return found


def sentences(line: str) -> list[tuple[int, int]]:
    """[(start, end)] of the sentences of one line, as the labelled files count them."""
    found, start = [], 0
    for match in SENTENCE_END.finditer(line):
        found.append((start, match.end()))
        start = match.end()
    if line[start:].strip():
        found.append((start, len(line)))
    return found


def clauses(line: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """(start, end) of the clauses of a sentence."""
    for match in CLAUSE_END.finditer(line, start, end):
        if match.end() < end:
            yield start, match.end()
            start = match.end()
    yield start, end


def numbering(text: str) -> tuple[int, str]:
    """(level, numbering as written) at the start of a line or sentence; (0, "") where there is none."""
    for level, pattern in NUMBERINGS:
        if match := pattern.match(text):
            return level, match[0].strip()
    match = ORDER.match(text)
    return 0, match[0].strip() if match else ""


def is_heading(line: str) -> bool:
    """A numbered short line without a full stop at its end."""
    text = line.strip()
    return (
        bool(text)
        and len(text) <= HEADING_LENGTH
        and numbering(text)[0] > 0
        and text[-1] not in "。！？；;"
    )


def pieces(raw: str) -> tuple[Piece, ...]:
    """The numbered pieces of a text."""
    found: list[Piece] = []
    for paragraph, (text, line_end) in enumerate(split_lines(raw), 1):
        found += _line(paragraph, text, line_end)
    return tuple(found)


def _line(paragraph: int, text: str, line_end: str) -> list[Piece]:
    spans = sentences(text)
    if not spans:
        return [Piece(paragraph, 0, 0, 0, len(text + line_end), 0, "", text + line_end)]
    if spans[-1][1] < len(text):
        spans[-1] = (spans[-1][0], len(text))
    heading = numbering(text)[0] if is_heading(text) else 0
    found = []
    for number, (start, end) in enumerate(spans, 1):
        for order, (a, b) in enumerate(clauses(text, start, end), 1):
            mark = numbering(text[a:b])[1] if order == 1 else ""
            whole = text[a:b] + (line_end if b == len(text) else "")
            found.append(Piece(paragraph, number, order, a, a + len(whole), heading, mark, whole))
    return found
