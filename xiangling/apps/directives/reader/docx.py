"""The text of a DOCX file (ECMA-376 WordprocessingML): a line for each paragraph, a line with tabs for each row of a table.

Numbers that Word counts by itself are written out where the document's numbering says how (一、, （一）, 1., (1)).
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from .reading import Unreadable
from .reading import gettext_noop as _

MOST_ENTRIES = 5_000
MOST_UNPACKED = 64 * 1024 * 1024
MOST_RATIO = 200
RATIO_FROM = 8 * 1024 * 1024
MOST_DEPTH = 200
_CHUNK = 256 * 1024
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, expat.ExpatError, EOFError, OSError, ValueError, KeyError,
    RuntimeError,  # zipfile: encrypted entries and, as a kind of it, unknown compression
)  # fmt: skip
HAN = "〇一二三四五六七八九"


def text_of(data: bytes) -> str:
    """The text of the document's body. Raises Unreadable."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = _check(archive)
            numbering = _Numbering()
            if "word/numbering.xml" in names:
                numbering.load(_part(archive, names["word/numbering.xml"]))
            body = _Body(numbering)
            _parse(_part(archive, names["word/document.xml"]), body.start, body.end, body.text)
            return "\n".join(body.lines)
    except _DAMAGE as error:
        raise Unreadable(
            "broken", _("The file is damaged. Open it in Word, save it anew and read that file.")
        ) from error


def _check(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    infos = archive.infolist()
    names = {info.filename.lstrip("/").lower(): info for info in infos}
    if any(info.flag_bits & 0x1 for info in infos):
        raise Unreadable(
            "password",
            _("The file is protected by a password. Remove the password and read it again."),
        )
    unpacked, packed = (
        sum(info.file_size for info in infos),
        sum(info.compress_size for info in infos),
    )
    is_bomb = unpacked > RATIO_FROM and unpacked > MOST_RATIO * max(packed, 1)
    if len(infos) > MOST_ENTRIES or is_bomb:
        raise _bomb()
    if "word/document.xml" not in names:
        raise Unreadable(
            "type",
            _("This is no Word document. Read a .txt, .docx or .pdf file, or paste the text."),
        )
    return names


def _bomb() -> Unreadable:
    return Unreadable(
        "bomb",
        _(
            "The file unpacks to far too much data. Copy its text into a new document and read that."
        ),
    )


def _part(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """A part, counting what really comes out of the decompressor."""
    pieces, size = [], 0
    with archive.open(info) as part:
        while piece := part.read(_CHUNK):
            size += len(piece)
            if size > MOST_UNPACKED:
                raise _bomb()
            pieces.append(piece)
    return b"".join(pieces)


def _refuse(*_args: object) -> None:
    raise Unreadable(
        "entities",
        _(
            "The file holds XML declarations that no Word document has. Save it anew in Word and read that file."
        ),
    )


def _parse(
    content: bytes,
    on_start: Callable[[str, dict[str, str]], None],
    on_end: Callable[[str], None],
    on_text: Callable[[str], None],
) -> None:
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MOST_DEPTH:
            raise ValueError("nested too deeply")
        on_start(_local(name), {_local(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        on_end(_local(name))

    parser: Any = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = _refuse
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = (
        start,
        end,
        on_text,
    )
    parser.Parse(content, True)


def _local(name: str) -> str:
    return name.rpartition(":")[2]


@dataclass
class _Level:
    form: str = "decimal"
    text: str = ""
    start: int = 1


@dataclass
class _Numbering:
    """Which number stands before a paragraph that Word numbers."""

    abstract: dict[str, dict[int, _Level]] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)
    counts: dict[tuple[str, int], int] = field(default_factory=dict)

    def load(self, content: bytes) -> None:
        here: list[Any] = ["", 0, ""]  # abstract list, level, list

        def start(name: str, attributes: dict[str, str]) -> None:
            value = attributes.get("val", "")
            if name == "abstractNum":
                here[0] = attributes.get("abstractNumId", "")
                self.abstract[here[0]] = {}
            elif name == "num":
                here[2] = attributes.get("numId", "")
            elif name == "abstractNumId" and here[2]:
                self.lists[here[2]] = value
            elif name == "lvl" and here[0] in self.abstract:
                here[1] = int(attributes.get("ilvl", "0"))
                self.abstract[here[0]][here[1]] = _Level()
            elif name in ("numFmt", "lvlText", "start") and here[1] in self.abstract.get(
                here[0], {}
            ):
                level = self.abstract[here[0]][here[1]]
                if name == "start":
                    level.start = int(value or 1)
                else:
                    setattr(level, "form" if name == "numFmt" else "text", value)

        _parse(content, start, lambda _name: None, lambda _text: None)

    def next(self, number_id: str, depth: int) -> str:
        """The number of the next paragraph of a list at a depth; "" for bullets and unknown lists."""
        levels = self.abstract.get(self.lists.get(number_id, ""), {})
        level = levels.get(depth)
        if level is None or level.form in ("bullet", "none"):
            return ""
        key = (number_id, depth)
        self.counts[key] = self.counts.get(key, level.start - 1) + 1
        for other in [other for other in self.counts if other[0] == number_id and other[1] > depth]:
            del self.counts[other]

        def figure(match: re.Match[str]) -> str:
            place = int(match[1]) - 1
            shown = levels.get(place, level)
            return _figure(self.counts.get((number_id, place), shown.start), shown.form)

        return re.sub(r"%(\d)", figure, level.text)


def _figure(number: int, form: str) -> str:
    if (
        "chinese" in form
        or "ideograph" in form
        or form in ("taiwaneseCounting", "japaneseCounting")
    ):
        return _han(number)
    if form == "decimalEnclosedCircleChinese" or form == "decimalEnclosedCircle":
        return chr(0x245F + number) if 1 <= number <= 20 else str(number)
    if form in ("upperLetter", "lowerLetter"):
        letter = chr(ord("a") + (number - 1) % 26)
        return letter.upper() if form == "upperLetter" else letter
    return str(number)


def _han(number: int) -> str:
    if not 0 < number < 100:
        return str(number)
    tens, ones = divmod(number, 10)
    return (HAN[tens] if tens > 1 else "") + ("十" if tens else "") + (HAN[ones] if ones else "")


class _Body:
    """Gathers lines while the document is parsed; text deleted, hidden in fields or doubled for old readers is left out."""

    def __init__(self, numbering: _Numbering) -> None:
        self.lines: list[str] = []
        self.numbering = numbering
        self._paragraphs: list[list[str]] = []
        self._rows: list[list[list[str]]] = []  # open rows: cells: paragraphs
        self._in_text = 0
        self._left_out = 0
        self._number: tuple[str, int] = ("", 0)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in ("Fallback", "del", "moveFrom", "pPrChange", "rPrChange"):
            self._left_out += 1
        elif name == "p":
            self._paragraphs.append([])
            self._number = ("", 0)
        elif name == "tr":
            self._rows.append([])
        elif name == "tc" and self._rows:
            self._rows[-1].append([])
        elif name in ("t", "tab", "br", "cr", "noBreakHyphen"):
            self._mark(name)
        elif name == "ilvl":
            self._number = (self._number[0], int(attributes.get("val", "0")))
        elif name == "numId":
            self._number = (attributes.get("val", ""), self._number[1])

    def _mark(self, name: str) -> None:
        if name == "t":
            self._in_text += 1
        elif self._paragraphs and not self._left_out:
            self._paragraphs[-1].append({"tab": "\t", "noBreakHyphen": "-"}.get(name, "\n"))

    def end(self, name: str) -> None:
        if name in ("Fallback", "del", "moveFrom", "pPrChange", "rPrChange"):
            self._left_out -= 1
        elif name == "t":
            self._in_text -= 1
        elif name == "p" and self._paragraphs:
            number = self.numbering.next(*self._number) if self._number[0] not in ("", "0") else ""
            self._number = ("", 0)
            self._finish("".join(self._paragraphs.pop()), number)
        elif name == "tr" and self._rows:
            cells = [
                " ".join(part for part in cell if part.strip())
                .replace("\n", " ")
                .replace("\t", " ")
                for cell in self._rows.pop()
            ]
            self._finish("\t".join(cells), "")

    def _finish(self, line: str, number: str) -> None:
        line = number + line if line.strip() else line
        if self._rows and self._rows[-1]:
            self._rows[-1][-1].append(line)
        elif not self._left_out:
            self.lines += line.split("\n")

    def text(self, text: str) -> None:
        if self._in_text and self._paragraphs and not self._left_out:
            self._paragraphs[-1].append(text)
