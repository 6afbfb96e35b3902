"""The text of scans: pages drawn and recognised on this machine, by models that come inside a package.

Needs the `ocr` extra (rapidocr, onnxruntime, pypdfium2). A line that was recognised with little certainty is named, so that a
person compares it with the scan; nothing is guessed beyond what the recogniser returns.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from statistics import median
from typing import Any

from .pdf import MOST_PAGES, NEW, PAGE_NUMBER, too_long
from .reading import Unreadable
from .reading import gettext_noop as _

EXTRA = "ocr"
READABLE = frozenset({"scanned", "picture"})
"""Codes of Unreadable for what this module may read."""
DOTS_PER_INCH = 200
MOST_PIXELS = 16_000_000
SURE = 0.8
"""Score of its least certain character below which a line is to be compared with the scan."""
_SPACE = 1.2
"""Heights of a line by which it must be set in, or stop short, to begin or end a paragraph."""


@dataclass(frozen=True, slots=True)
class Line:
    """A recognised line: its text, the score (0-1) of its least certain character, its sides in dots."""

    text: str
    score: float
    left: int
    right: int
    top: int
    height: int

    def plain(self) -> list[Any]:
        return [self.text, round(self.score, 3), self.left, self.right, self.top, self.height]


Page = tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Recognised:
    """The text of a scan, and the numbers (1-based) of its lines that are to be compared with it."""

    text: str
    doubtful: tuple[int, ...]


def is_installed() -> bool:
    return all(find_spec(name) for name in ("rapidocr", "onnxruntime", "pypdfium2"))


def recognise(
    data: bytes,
    *,
    known: Sequence[Page] = (),
    keep: Callable[[Page, int, int], None] = lambda _page, _done, _total: None,
) -> Recognised:
    """The text of a scanned PDF or of a picture.

    `known` are pages of an earlier try that was cut off; `keep(page, done, total)` is told each new page
    and may raise to stop. Raises Unreadable.
    """
    if not is_installed():
        raise Unreadable(
            "scanned", _("Scans are read where the ocr component is installed (xiangling[ocr]).")
        )
    pages = list(known)
    total, pictures = _pictures(data, len(known))
    for picture in pictures:
        page = _lines(picture)
        pages.append(page)
        keep(page, len(pages), total)
    text, doubtful = _paragraphs(pages)
    if not text.strip():
        raise Unreadable("empty", _("No text was recognised. Scan it again at 200 dpi or more."))
    return Recognised(text, doubtful)


def _pictures(data: bytes, first: int) -> tuple[int, Iterator[Any]]:
    """(number of pages, the pages from `first` on as pictures). Raises Unreadable."""
    return _pdf_pages(data, first) if b"%PDF-" in data[:1024] else _frames(data, first)


def _pdf_pages(data: bytes, first: int) -> tuple[int, Iterator[Any]]:
    import pypdfium2  # noqa: PLC0415 - an extra

    try:
        document = pypdfium2.PdfDocument(data)
        total = len(document)
    except pypdfium2.PdfiumError as error:
        raise _broken() from error
    if total > MOST_PAGES:
        raise too_long(total)

    def drawn() -> Iterator[Any]:
        for number in range(first, total):
            try:
                page = document[number]
                width, height = page.get_size()
                scale = DOTS_PER_INCH / 72
                scale *= min(1.0, (MOST_PIXELS / max(1.0, width * height * scale**2)) ** 0.5)
                yield page.render(scale=scale).to_pil().convert("RGB")
            except (pypdfium2.PdfiumError, ValueError, MemoryError) as error:
                raise _broken() from error

    return total, drawn()


def _frames(data: bytes, first: int) -> tuple[int, Iterator[Any]]:
    from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError  # noqa: PLC0415

    damage = (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError)
    try:
        picture = Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "TIFF", "BMP"))
        total = getattr(picture, "n_frames", 1)
    except damage as error:
        raise _broken() from error
    if total > MOST_PAGES:
        raise too_long(total)

    def shown() -> Iterator[Any]:
        try:
            for number, frame in enumerate(ImageSequence.Iterator(picture)):
                if number >= first:
                    page = ImageOps.exif_transpose(frame).convert("RGB")
                    page.thumbnail((4000, 4000))
                    yield page
        except damage as error:
            raise _broken() from error

    return total, shown()


def _broken() -> Unreadable:
    return Unreadable(
        "broken", _("The scan is damaged. Scan it again as PDF, or take a sharp photo of the page.")
    )


@cache
def _engine() -> Any:
    from rapidocr import RapidOCR  # noqa: PLC0415 - an extra that takes a second to load

    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def _lines(picture: Any) -> Page:
    """The lines of a page from top to bottom, pieces of one height joined from left to right."""
    import numpy as np  # noqa: PLC0415 - slow to load for those who read no scan

    found = _engine()(np.asarray(picture), return_word_box=True, return_single_char_box=True)
    if found.boxes is None:
        return ()
    pieces = []
    for box, text, parts in zip(found.boxes, found.txts, found.word_results, strict=True):
        score = min((float(sure) for part, sure, _box in parts if part.isalnum()), default=1.0)
        across, down = [int(x) for x, _y in box], [int(y) for _x, y in box]
        top, height = min(down), max(down) - min(down)
        pieces.append(Line(str(text), score, min(across), max(across), top, height))
    pieces.sort(key=lambda one: one.top + one.height / 2)
    rows: list[list[Line]] = []
    for piece in pieces:
        last = rows[-1][-1] if rows else None
        if last and piece.top + piece.height / 2 < last.top + last.height * 0.8:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return tuple(_joined(sorted(row, key=lambda one: one.left)) for row in rows)


def _joined(row: list[Line]) -> Line:
    return Line(
        "　".join(piece.text for piece in row),
        min(piece.score for piece in row),
        row[0].left,
        max(piece.right for piece in row),
        min(piece.top for piece in row),
        max(piece.height for piece in row),
    )


def _paragraphs(pages: Sequence[Page]) -> tuple[str, tuple[int, ...]]:
    """Lines joined into paragraphs by how they are set: what begins further in, or follows a line that
    stops short, begins anew. Page numbers go."""
    found: list[str] = []
    doubtful: list[int] = []
    is_open = False
    for page in pages:
        lines = [line for line in page if not PAGE_NUMBER.fullmatch(line.text)]
        if not lines:
            continue
        height = median(line.height for line in lines)
        left, right = min(line.left for line in lines), max(line.right for line in lines)
        for line in lines:
            begins = line.left > left + _SPACE * height or NEW.match(line.text)
            if is_open and not begins:
                found[-1] += line.text
            else:
                found.append(line.text)
            is_open = line.right > right - _SPACE * 1.5 * height
            if line.score < SURE and (not doubtful or doubtful[-1] != len(found)):
                doubtful.append(len(found))
    return "\n".join(found), tuple(doubtful)
