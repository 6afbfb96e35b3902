"""A table of figures as a sheet of paper: A4, the head on every page, its source and definition below."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from xiangling.documents.model import Block, Document, Paragraph, Run
from xiangling.documents.model import Table as PaperTable

from . import tables
from .tables import Table

_FIRST, _OTHER = 4, 2
"""Relative widths of the first column and of the others."""


def document_of(title: str, table: Table) -> Document:
    """The paper of a table, in the language that is active."""
    header = [str(name) for name in tables.header(table)]
    rows = [tuple(Run(_text(cell)) for cell in line) for line in tables.lines(table)]
    rows[-1] = (Run(_("Total")), *rows[-1][1:])
    blocks: list[Block] = [
        Paragraph((Run(f"{table.place.name}　{table.period.label()}"),), indented=False),
        PaperTable(tuple(header), tuple(rows), (_FIRST, *(_OTHER for _name in header[1:]))),
    ]
    told = [line for line in tables.provenance(table) if line][2:]
    blocks += [Paragraph((Run(f"{label}：{text}"),), indented=False) for label, text in told]
    return Document(title=title, blocks=tuple(blocks))


def _text(cell: Any) -> str:
    return f"{cell:,}" if isinstance(cell, int | float) else str(cell)
