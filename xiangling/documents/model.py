"""What an official paper consists of, whatever it is written in: the model both renderers read.

Nothing here knows fonts, pages or databases. All text is Chinese as it stands on the paper.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from xiangling.kernel.digest import canonical, digest, plain


@dataclass(frozen=True)
class Run:
    """A piece of a line; `link` is the address behind a figure, "" for plain words."""

    text: str
    link: str = ""


@dataclass(frozen=True)
class Heading:
    """A heading inside the text, by level 1 to 4: 一、黑体，（一）楷体，1. 仿宋，（1）仿宋."""

    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of the text; an unindented one stands flush left."""

    runs: tuple[Run, ...]
    indented: bool = True


@dataclass(frozen=True)
class Items:
    """Numbered items, one a paragraph: 1. 2. 3."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """The lines of a form: (label, value). An empty value is a line to write on."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Table:
    """A table with a head; `shares` are the relative widths of the columns."""

    header: tuple[str, ...]
    rows: tuple[tuple[Run, ...], ...]
    shares: tuple[int, ...] = ()
    title: str = ""

    @property
    def widths(self) -> tuple[int, ...]:
        """A share for every column: equal ones where none fit."""
        n = len(self.header)
        return self.shares if len(self.shares) == n else (1,) * n


@dataclass(frozen=True)
class Signatures:
    """Lines that people sign by hand, each with room for a name and a date."""

    labels: tuple[str, ...]


Block = Heading | Paragraph | Items | Facts | Table | Signatures


_KEPT_CHARACTERS = 8 * 28


@dataclass(frozen=True)
class Imprint:
    """The imprint (版记) at the foot of the last page: copies to, printed by, printed on."""

    copies: str
    printer: str
    printed_on: str


@dataclass(frozen=True)
class Document:
    """One paper (GB/T 9704-2012, clause 7).

    ``mark`` is the issuing mark in red ("" for enforcement papers, which carry `agency` above the
    title instead); ``number`` the number of the paper or "" while it is a draft; ``address`` what
    the QR code opens, "" for none.
    """

    title: str
    blocks: tuple[Block, ...]
    mark: str = ""
    agency: str = ""
    number: str = ""
    addressee: str = ""
    attachments: tuple[str, ...] = ()
    issuer: str = ""
    dated: str = ""
    imprint: Imprint | None = None
    address: str = ""
    is_draft: bool = False

    def as_plain(self) -> dict[str, Any]:
        """The document as JSON keeps it; every block says its `kind`."""
        found: dict[str, Any] = plain(asdict(self))
        for block, made in zip(self.blocks, found["blocks"], strict=True):
            made["kind"] = type(block).__name__.lower()
        return found

    def digest(self) -> str:
        """The digest of all that stands on the paper."""
        return digest(canonical(self.as_plain()))

    @property
    def is_signed(self) -> bool:
        return bool(self.issuer or self.dated or self.address)

    @property
    def keeps_last(self) -> bool:
        """Whether the last piece of the text stays with the signature, so that no page holds that alone.

        A piece of more than eight lines is left to break as it may.
        """
        if not (self.is_signed and self.blocks):
            return False
        last = (*(_words_of(self.blocks[-1]) or ("",)), *self.attachments)[-1]
        return len(last) <= _KEPT_CHARACTERS

    def words(self) -> Iterator[str]:
        """Every piece of text of the paper, in reading order."""
        yield from filter(None, (self.mark, self.agency, self.number, self.title, self.addressee))
        for block in self.blocks:
            yield from _words_of(block)
        yield from self.attachments
        yield from filter(None, (self.issuer, self.dated))
        if self.imprint:
            yield from filter(None, (self.imprint.copies, self.imprint.printer))


def _words_of(block: Block) -> Sequence[str]:
    match block:
        case Heading():
            return [block.text]
        case Paragraph():
            return ["".join(run.text for run in block.runs)]
        case Items():
            return block.lines
        case Facts():
            return [word for row in block.rows for word in row if word]
        case Table():
            cells = [run.text for row in block.rows for run in row]
            return [*filter(None, [block.title]), *block.header, *cells]
        case Signatures():
            return block.labels
