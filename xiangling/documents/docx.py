"""A paper as DOCX, with the fonts of GB/T 9704 by name: an office that has them sees them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from math import ceil
from typing import Any

import docx as office
import segno
from docx.enum.section import WD_SECTION
from docx.enum.table import WD_ALIGN_VERTICAL
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_LINE_SPACING
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from . import measures as m
from .fonts import PROPER
from .model import (
    Block,
    Document,
    Facts,
    Heading,
    Imprint,
    Items,
    Paragraph,
    Run,
    Signatures,
    Table,
)
from .wording import title_lines

_RED = RGBColor.from_string(m.RED.removeprefix("#").upper())
_TWIPS = 20
_BREAK = "\u200b"
"""A place without width where a line may end."""
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML cannot hold."""
_ORDER = [
    qn(f"w:{name}")
    for name in (
        *("widowControl", "pBdr", "tabs", "overflowPunct", "snapToGrid"),
        *("spacing", "ind", "jc", "outlineLvl", "rPr"),
    )
]
"""Properties of a paragraph in the order of the schema, as far as they are used here."""
_HEADING_FONTS = {1: "hei", 2: "kai", 3: "body", 4: "body"}


def render(document: Document, *, at: datetime) -> bytes:
    """The DOCX of a paper; the same paper at the same moment gives the same words and layout."""
    writer = _Writer(at)
    writer.write(document)
    out = io.BytesIO()
    writer.file.save(out)
    return out.getvalue()


def _breaking(runs: Iterable[Run]) -> Iterator[Run]:
    """A line may end between a percentage and the bracket after it, as in the PDF."""
    before = ""
    for piece in runs:
        text = piece.text.replace("%（", f"%{_BREAK}（")
        if before.endswith("%") and text.startswith("（"):
            text = _BREAK + text
        yield Run(text, piece.link)
        before = text


def _element(name: str, **attributes: Any) -> Any:
    made = OxmlElement(f"w:{name}")
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), str(value))
    return made


class _Writer:
    """Fills one DOCX, block by block."""

    def __init__(self, at: datetime) -> None:
        self.file: Any = office.Document()
        self._set_page()
        self._set_style()
        for name in ("created", "modified"):
            setattr(self.file.core_properties, name, at.replace(tzinfo=None))
        self.file.core_properties.author = ""
        self.file.core_properties.comments = ""

    # --- the page

    def _set_page(self) -> None:
        section = self.file.sections[0]
        section.start_type = WD_SECTION.NEW_PAGE
        section.page_width, section.page_height = Mm(m.PAGE[0]), Mm(m.PAGE[1])
        section.top_margin, section.bottom_margin = Mm(m.TOP), Mm(m.BOTTOM)
        section.left_margin, section.right_margin = Mm(m.BINDING), Mm(m.RIGHT)
        section.header_distance = Mm(15)
        section.footer_distance = Mm(m.BOTTOM - m.NUMBER_BELOW - 5)
        for old in section._sectPr.findall(qn("w:docGrid")):  # noqa: SLF001 - no public way
            section._sectPr.remove(old)  # noqa: SLF001
        grid = _element("docGrid", type="lines", linePitch=int(m.PITCH * _TWIPS))
        section._sectPr.append(grid)  # noqa: SLF001
        self.file.settings.odd_and_even_pages_header_footer = True
        self._number(section.footer, ALIGN.RIGHT)
        self._number(section.even_page_footer, ALIGN.LEFT)

    def _set_style(self) -> None:
        style = self.file.styles["Normal"]
        style.font.size = Pt(m.BODY)
        style.font.name = PROPER["body"]
        style.element.rPr.rFonts.set(qn("w:eastAsia"), PROPER["body"])
        for old in style.element.rPr.findall(qn("w:lang")):
            style.element.rPr.remove(old)
        style.element.rPr.append(_element("lang", val="en-US", eastAsia="zh-CN", bidi="ar-SA"))
        form = style.paragraph_format
        form.space_before = form.space_after = Pt(0)
        form.line_spacing_rule = WD_LINE_SPACING.EXACTLY
        form.line_spacing = Pt(m.PITCH)
        form.widow_control = False

    def _number(self, footer: Any, align: Any) -> None:
        """— 1 —, one character from the outer edge."""
        footer.is_linked_to_previous = False
        line = footer.paragraphs[0]
        line.alignment = align
        line.paragraph_format.line_spacing = Pt(m.NOTE)
        indent = Pt(m.NOTE)
        line.paragraph_format.left_indent = indent if align == ALIGN.LEFT else None
        line.paragraph_format.right_indent = indent if align == ALIGN.RIGHT else None
        self._run(line, "— ", "song", m.NOTE, closer=False)
        for kind in ("begin", "", "end"):
            run = self._run(line, "", "song", m.NOTE, closer=False)
            if kind:
                run._r.append(_element("fldChar", fldCharType=kind))  # noqa: SLF001
            else:
                code = OxmlElement("w:instrText")
                code.text = "PAGE"
                run._r.append(code)  # noqa: SLF001
        self._run(line, " —", "song", m.NOTE, closer=False)

    # --- pieces

    def _run(
        self,
        line: Any,
        text: str,
        part: str = "body",
        size: float = m.BODY,
        *,
        bold: bool = False,
        closer: bool = True,
        underline: bool = False,
    ) -> Any:
        run = line.add_run(_ILLEGAL.sub("", text))
        run.font.size, run.font.bold = Pt(size), bold or None
        run.font.underline = underline or None
        self._dress(run._r, part, closer=closer and size == m.BODY)  # noqa: SLF001
        return run

    def _dress(self, element: Any, part: str, *, closer: bool) -> None:
        """Name the font for every script, and set the characters closer."""
        properties = element.get_or_add_rPr()
        fonts = properties.get_or_add_rFonts()
        for script in ("ascii", "hAnsi", "eastAsia", "cs"):
            fonts.set(qn(f"w:{script}"), PROPER[part])
        if closer:
            spacing = _element("spacing", val=-int(m.CLOSER * _TWIPS))
            size = properties.find(qn("w:sz"))
            properties.insert(list(properties).index(size), spacing) if size is not None else None

    def _line(self, text: str = "", part: str = "body", **how: Any) -> Any:
        line = self._plain(self.file.add_paragraph())
        if text:
            self._run(line, text, part, **how)
        return line

    def _plain(self, line: Any) -> Any:
        """No mark hangs over the edge of the core, and the pitch is that of the style alone."""
        names = ("overflowPunct", "snapToGrid")
        self._insert(line, *[_element(name, val=0) for name in names])
        return line

    def _blank(self, n: int) -> None:
        for _number in range(n):
            self._line()

    def _text(self, runs: Iterable[Run], *, indented: bool = True) -> Any:
        line = self._line()
        line.alignment = ALIGN.JUSTIFY
        if indented:
            line.paragraph_format.first_line_indent = Pt(m.STEP * 2)
        self._runs(line, runs)
        return line

    def _runs(self, line: Any, runs: Iterable[Run], **how: Any) -> None:
        for piece in _breaking(runs):
            if piece.link:
                self._linked(line, piece, **how)
            else:
                self._run(line, piece.text, **how)

    def _linked(self, line: Any, piece: Run, **how: Any) -> None:
        relation = line.part.relate_to(piece.link, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
        holder = OxmlElement("w:hyperlink")
        holder.set(qn("r:id"), relation)
        run = self._run(line, piece.text, **how)
        line._p.remove(run._r)  # noqa: SLF001
        holder.append(run._r)  # noqa: SLF001
        line._p.append(holder)  # noqa: SLF001

    # --- the paper

    def write(self, document: Document) -> None:
        self.file.core_properties.title = _ILLEGAL.sub("", document.title)[:250]
        if document.is_draft:
            head = self.file.sections[0]
            for header in (head.header, head.even_page_header):
                header.is_linked_to_previous = False
                self._run(header.paragraphs[0], "草稿", "hei", m.NOTE)
        self._head(document)
        for block in document.blocks:
            self._block(block)
        self._foot(document)
        first = self.file.element.body[0]
        if first.tag == qn("w:p") and not len(first):
            self.file.element.body.remove(first)

    def _head(self, document: Document) -> None:
        if document.mark:
            self._mark(document)
        if document.agency:
            line = self._line(document.agency, "title", closer=False)
            line.alignment = ALIGN.CENTER
        for text in title_lines(document.title):
            line = self._line(text, "title", size=m.TITLE)
            line.alignment = ALIGN.CENTER
        if not document.mark:
            self._line(document.number).alignment = ALIGN.CENTER
        if document.mark or document.addressee:
            self._blank(1)
        if document.addressee:
            self._text([Run(f"{document.addressee}：")], indented=False)

    def _mark(self, document: Document) -> None:
        """Mark, number and red line 4 mm below it: nine lines of the grid, then two blank ones."""
        size = m.mark_size(document.mark)
        height, before = size * 1.2, m.MARK_BELOW * m.MM
        line = self._line(document.mark, "title", size=size)
        line.runs[0].font.color.rgb = _RED
        line.alignment = ALIGN.CENTER
        line.paragraph_format.space_before = Pt(before)
        line.paragraph_format.line_spacing = Pt(height)
        number = self._line(document.number)
        number.alignment = ALIGN.CENTER
        number.paragraph_format.space_before = Pt(m.PITCH * 7 - before - height)
        number.paragraph_format.space_after = Pt(m.PITCH - m.RULE_BELOW - m.RULE)
        border = _element("pBdr")
        colour = m.RED.removeprefix("#")
        border.append(
            _element("bottom", val="single", sz=int(m.RULE * 8), space=m.RULE_BELOW, color=colour)
        )
        self._insert(number, border)
        self._blank(2)

    def _block(self, block: Block) -> None:
        match block:
            case Heading(level, text):
                line = self._text([])
                line.paragraph_format.keep_with_next = True
                self._run(line, text, _HEADING_FONTS[level], bold=level == 3)
            case Paragraph(runs, indented):
                self._text(runs, indented=indented)
            case Items(lines):
                for number, text in enumerate(lines, 1):
                    self._text([Run(f"{number}. {text}")])
            case Facts(rows):
                for label, value in rows:
                    self._fact(label, value)
            case Table():
                self._table(block)
            case Signatures(labels):
                for label in labels:
                    self._signature(label)

    def _fact(self, label: str, value: str) -> None:
        line = self._line()
        self._run(line, f"{label}：")
        if value:
            self._run(line, value, underline=True)
        else:
            self._rule(line, m.CORE[0] * m.MM)

    def _rule(self, line: Any, until: float, align: str = "right") -> None:
        """A line to write on, up to so many points from the left."""
        tabs = _element("tabs")
        tabs.append(_element("tab", val=align, leader="underscore", pos=int(until * _TWIPS)))
        self._insert(line, tabs)
        line.add_run("\t")

    def _signature(self, label: str) -> None:
        line = self._line()
        self._run(line, f"{label}：")
        self._rule(line, (m.CHARACTERS - 8.5) * m.STEP, "left")
        self._run(line, "　　年　　月　　日")

    def _table(self, block: Table) -> None:
        if block.title:
            line = self._line(block.title, "hei", size=m.NOTE)
            line.alignment = ALIGN.CENTER
            line.paragraph_format.keep_with_next = True
        n = len(block.header)
        table = self.file.add_table(rows=0, cols=n)
        table.style, table.autofit = "Table Grid", False
        margins = _element("tblCellMar")
        for side in ("left", "right"):
            margins.append(_element(side, w=int(m.CELL_INSET * _TWIPS), type="dxa"))
        table._tbl.tblPr.append(margins)  # noqa: SLF001
        shares = block.widths
        widths = [Mm(m.CORE[0] * share / sum(shares)) for share in shares]
        for column, width in zip(table.columns, widths, strict=True):
            column.width = width
        header = tuple(Run(text) for text in block.header)
        for number, cells in enumerate((header, *block.rows)):
            row = table.add_row()
            properties = row._tr.get_or_add_trPr()  # noqa: SLF001
            if m.is_kept_whole([run.text for run in cells], shares):
                properties.append(_element("cantSplit"))
            if not number:
                properties.append(_element("tblHeader"))
            for cell, run, width in zip(row.cells, cells, widths, strict=True):
                cell.width, cell.vertical_alignment = width, WD_ALIGN_VERTICAL.CENTER
                line = self._plain(cell.paragraphs[0])
                line.alignment = ALIGN.CENTER
                self._runs(line, [run], part="body" if number else "hei", size=m.CELL)

    def _foot(self, document: Document) -> None:
        if document.attachments:
            self._blank(1)
        several = len(document.attachments) > 1
        for number, name in enumerate(document.attachments, 1):
            line = self._line()
            line.paragraph_format.left_indent = Pt(m.STEP * 5)
            line.paragraph_format.first_line_indent = Pt(-m.STEP * 3 if number == 1 else 0)
            self._run(
                line, ("附件：" if number == 1 else "") + (f"{number}. {name}" if several else name)
            )
        if document.is_signed:
            self._signed(document)
        if document.imprint:
            self._imprint(document.imprint)

    def _signed(self, document: Document) -> None:
        """Issuer and date at the right, the QR code at the left, kept with the last line of the text."""
        if document.keeps_last:
            self.file.paragraphs[-1].paragraph_format.keep_with_next = True
        table = self.file.add_table(rows=1, cols=2)
        table.autofit = False
        row = table.rows[0]
        properties = row._tr.get_or_add_trPr()  # noqa: SLF001
        properties.append(_element("cantSplit"))
        properties.append(
            _element("trHeight", val=int(m.PITCH * m.SIGNED_LINES * _TWIPS), hRule="exact")
        )
        left, right = row.cells
        for number, width in enumerate((30, m.CORE[0] - 30)):
            table.columns[number].width = row.cells[number].width = Mm(width)
        for cell in (left, right):
            cell.vertical_alignment = WD_ALIGN_VERTICAL.BOTTOM
            margins = _element("tcMar")
            for side in ("left", "right"):
                margins.append(_element(side, w=0, type="dxa"))
            cell._tc.get_or_add_tcPr().append(margins)  # noqa: SLF001
        if document.address:
            picture = io.BytesIO()
            segno.make(document.address, error="m", micro=False).save(
                picture, kind="png", scale=8, border=0
            )
            line = left.paragraphs[0]
            line.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
            line.add_run().add_picture(picture, width=Mm(24))
        first, second = self._plain(right.paragraphs[0]), self._plain(right.add_paragraph())
        away = m.signer_from_right(document.issuer, document.dated)
        for line, text, characters in (
            (first, document.issuer, away),
            (second, document.dated, m.DATE_FROM_RIGHT),
        ):
            line.alignment = ALIGN.RIGHT
            line.paragraph_format.right_indent = Pt(m.STEP * characters)
            self._run(line, text)

    def _imprint(self, imprint: Imprint) -> None:
        """A table at the foot of the last page's core, ruled above, between and below."""
        copies = f"抄送：{imprint.copies}。" if imprint.copies else ""
        width = m.CORE[0] * m.MM
        n_lines = 1 + ceil(len(copies) * m.NOTE / (width - 2 * m.NOTE))
        top = (m.TOP + m.CORE[1]) * m.MM - n_lines * m.PITCH
        texts = [*filter(None, [copies]), f"{imprint.printer}\t{imprint.printed_on}印发"]
        self._gap()
        table = self.file.add_table(rows=len(texts), cols=1)
        table.autofit = False
        properties = table._tbl.tblPr  # noqa: SLF001
        place = _element(
            "tblpPr",
            leftFromText=0, rightFromText=0, vertAnchor="page", horzAnchor="margin",
            tblpX=1, tblpY=int(top * _TWIPS),
        )  # fmt: skip
        borders = _element("tblBorders")
        for side, size in (("top", 8), ("bottom", 8), ("insideH", 6)):
            borders.append(_element(side, val="single", sz=size, space=0, color="000000"))
        properties.insert(1, place)
        properties.append(borders)
        for row, text in zip(table.rows, texts, strict=True):
            cell = row.cells[0]
            cell.width = Mm(m.CORE[0])
            line = self._plain(cell.paragraphs[0])
            self._run(line, text, size=m.NOTE)
            tabs = _element("tabs")
            tabs.append(_element("tab", val="right", pos=int((width - m.NOTE) * _TWIPS)))
            self._insert(line, tabs)
        self._gap()

    def _gap(self) -> None:
        """A line of no height: between two tables, and a table is never the last thing."""
        self._line().paragraph_format.line_spacing = Pt(1)

    @staticmethod
    def _insert(line: Any, *made: Any) -> None:
        """Put properties into a paragraph in the order that the schema asks for."""
        properties = line._p.get_or_add_pPr()  # noqa: SLF001
        for element in made:
            following = _ORDER[_ORDER.index(element.tag) + 1 :]
            later = next((child for child in properties if child.tag in following), None)
            if later is None:
                properties.append(element)
            else:
                later.addprevious(element)
