"""The text of a PDF file that carries text; scans are told apart (`ocr` reads them)."""

from __future__ import annotations

import io
import logging
import re

from . import noise
from .reading import Unreadable
from .reading import gettext_noop as _

MOST_PAGES = 300
# Whatever else a hostile file provokes in the library; NotImplementedError is how it refuses rare filters.
_DAMAGE = (
    ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, RecursionError, MemoryError, ArithmeticError,
    NotImplementedError, AssertionError,
)  # fmt: skip
PAGE_NUMBER = re.compile(
    r"\s*[-—－–·]*\s*(?:第\s*)?\d{1,4}\s*(?:页)?(?:\s*[/共]\s*\d{1,4}\s*页?)?\s*[-—－–·]*\s*"
)
ENDS = "。！？；：;:”）)"
NEW = re.compile(
    r"\s*(?:[一二三四五六七八九十]{1,3}[、.．]|[（(][一二三四五六七八九十\d]{1,3}[）)]|\d{1,2}[.．、]"
    r"|第[一二三四五六七八九十]+[章节条，、]|附件|附：)"
)


def text_of(data: bytes) -> str:
    """The text, lines that the page's width broke joined again. Raises Unreadable."""
    import pypdf  # noqa: PLC0415 - a quarter of a second, for those who read no PDF
    from pypdf.errors import PyPdfError  # noqa: PLC0415

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable(
                "password",
                _("The file is protected by a password. Remove the password and read it again."),
            )
        n_pages = len(reader.pages)
        if n_pages > MOST_PAGES:
            raise too_long(n_pages)
        pages = [page.extract_text() or "" for page in reader.pages]
    except Unreadable:
        raise
    except (PyPdfError, *_DAMAGE) as error:
        raise Unreadable(
            "broken", _("The PDF file is damaged. Print it to a new PDF file, or paste its text.")
        ) from error
    if sum(len(page.strip()) for page in pages) < 8 * max(1, n_pages) and not any(
        len(page.strip()) > 40 for page in pages
    ):
        raise Unreadable(
            "scanned",
            _(
                "This PDF is a scan. Paste its text, or have the ocr component (xiangling[ocr]) installed, which reads scans."
            ),
        )
    return "\n".join(
        reflow([line for page in pages for line in noise.plain_radicals(page).splitlines()])
    )


def too_long(n_pages: int) -> Unreadable:
    return Unreadable(
        "long",
        _(
            "The document has %(n)d pages; at most %(most)d are read at once. Split it and read the parts one by one."
        ),
        n=n_pages,
        most=MOST_PAGES,
    )


def reflow(lines: list[str]) -> list[str]:
    """Paragraphs from the lines of a page: a full line that ends in mid-sentence goes on in the next; page numbers go."""
    lines = [line.rstrip() for line in lines if not PAGE_NUMBER.fullmatch(line)]
    lengths = sorted(len(line) for line in lines if line.strip())
    full = lengths[len(lengths) * 8 // 10] - 3 if lengths else 0
    found: list[str] = []
    is_open = False
    for line in lines:
        if is_open and line.strip() and not NEW.match(line):
            found[-1] += line.strip()
        else:
            found.append(line.strip() if line.strip() else "")
        is_open = (
            len(line) >= max(full, 12) and not line.endswith(tuple(ENDS)) and bool(line.strip())
        )
    return found
