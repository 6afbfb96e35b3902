"""From what a paper is filled with to the document that is set: the text of the pack, the values, the figures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.conf import settings

from . import catalogue
from .catalogue import PaperType
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
from .models import Letterhead, Paper

Content = dict[str, Any]

_PLACE = re.compile(r"\{([a-z_0-9]+)\}")
_TABLE = re.compile(r"^\{table:([a-z_0-9]+)\}$")
FIGURE = re.compile(r"\{([^{}]*)\}")
"""Where a figure stands in a free text."""
_LEVELS = (
    re.compile(r"^[一二三四五六七八九十]+、"),
    re.compile(r"^（[一二三四五六七八九十]+）"),
    re.compile(r"^\d{1,2}[.．](?!\d)"),
    re.compile(r"^（\d{1,2}）"),
)
_LONGEST_HEADING = 40
_STOPS = "。；，、 \n"


def letterhead_of(paper: Paper) -> Letterhead | None:
    return Letterhead.objects.filter(unit=paper.issuer_id).first()


def compose(
    paper: Paper, *, number: str = "", issued_on: date | None = None, address: str = ""
) -> Document:
    """The document of a paper; without a number it is a draft."""
    sort, content = paper.paper_type, paper.content
    head = letterhead_of(paper)
    name = paper.issuer.name_on(issued_on) if issued_on else paper.issuer.name
    is_red = sort.row["head"] == "red"
    dated = catalogue.day_said(issued_on) if issued_on else "年　月　日"
    printed = issued_on and is_red
    return Document(
        title=title_of(sort, content),
        blocks=tuple(_blocks(sort, content)),
        mark=(head.mark if head else name) if is_red else "",
        agency="" if is_red else name,
        number=number,
        addressee="" if _opens_with_facts(sort) else _said(sort, content, "addressee"),
        attachments=tuple(content.get("attachments") or ()),
        issuer=name,
        dated=dated,
        imprint=Imprint(_said(sort, content, "copies"), name, dated) if printed else None,
        address=address,
        is_draft=not number,
    )


def title_of(sort: PaperType, content: Content) -> str:
    """The title of a paper, as far as it is filled in."""
    return _filled(sort, content, str(sort.row["title"])) or sort.name


def _opens_with_facts(sort: PaperType) -> bool:
    """A paper that begins as a form names its addressee there."""
    return "facts" in sort.row["body"][0]


def _said(sort: PaperType, content: Content, key: str) -> str:
    asked = catalogue.asked_for().get(key)
    return asked.said(content.get(key)) if asked else ""


def _filled(sort: PaperType, content: Content, template: str) -> str:
    """A sentence of the pack with the values in their places; an empty place is a gap to write in."""

    def value(match: re.Match[str]) -> str:
        return _said(sort, content, match[1]).rstrip(_STOPS) or "　　　　"

    return _PLACE.sub(value, template)


def _blocks(sort: PaperType, content: Content) -> Iterator[Block]:
    for row in sort.row["body"]:
        if "if" in row and not content.get(row["if"]):
            continue
        if "para" in row:
            yield Paragraph((Run(_filled(sort, content, row["para"])),))
        elif "heading" in row:
            yield Heading(row.get("level", 1), row["heading"])
        elif "items" in row:
            yield Items(tuple(content.get(row["items"]) or ("",)))
        elif "text" in row:
            yield from read_text(content.get(row["text"]) or "", content)
        elif "facts" in row:
            yield Facts(tuple((label, _fact(sort, content, what)) for label, what in row["facts"]))
        elif "signatures" in row:
            yield Signatures(tuple(row["signatures"]))


def _fact(sort: PaperType, content: Content, what: str) -> str:
    """The value of a line of a form: a field, or a sentence with fields, empty where one is missing."""
    if "{" not in what:
        return _said(sort, content, what)
    names = _PLACE.findall(what)
    return _filled(sort, content, what) if all(content.get(name) for name in names) else ""


def read_text(text: str, content: Content) -> Iterator[Block]:
    """A text as people type it, line by line: headings by their numbering, figures and tables in their places."""
    tables = content.get("tables") or {}
    for line in filter(None, map(str.strip, text.splitlines())):
        if (key := table_named(line)) in tables:
            yield _table(tables[key])
        elif level := level_of(line):
            yield Heading(level, line)
        else:
            yield Paragraph(tuple(_runs(line, content.get("figures") or {})))


def level_of(line: str) -> int:
    """The level of a heading by its numbering, 0 for text."""
    if len(line) > _LONGEST_HEADING or "。" in line or "{" in line or line.endswith(("；", "，")):
        return 0
    return next((level for level, mark in enumerate(_LEVELS, 1) if mark.match(line)), 0)


def unknown_places(content: Content, key: str) -> list[str]:
    """Places in a text that name no figure and no table of the paper."""
    known = {*(content.get("figures") or {}), *(f"table:{k}" for k in content.get("tables") or {})}
    return [name for name in FIGURE.findall(content.get(key) or "") if name not in known]


def table_named(line: str) -> str:
    """The key of the table that a line stands for, "" for a line of words."""
    match = _TABLE.match(line)
    return match[1] if match else ""


def pieces(line: str, figures: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """A line as words and figures in turn: (words, False) or (key of a figure, True)."""
    end = 0
    for match in FIGURE.finditer(line):
        if match[1] not in figures:
            continue
        if match.start() > end:
            yield line[end : match.start()], False
        yield match[1], True
        end = match.end()
    if end < len(line):
        yield line[end:], False


def _runs(line: str, figures: dict[str, Any]) -> Iterator[Run]:
    for piece, is_figure in pieces(line, figures):
        yield _figure(figures[piece]) if is_figure else Run(piece)


def _figure(given: Any) -> Run:
    """A figure with the address of its rows, or plain text."""
    if not isinstance(given, dict):
        return Run(str(given))
    link = str(given.get("link") or "")
    return Run(str(given["text"]), f"{settings.PUBLIC_URL}{link}" if link.startswith("/") else "")


def _table(given: dict[str, Any]) -> Table:
    return Table(
        tuple(given["header"]),
        tuple(tuple(_figure(cell) for cell in row) for row in given["rows"]),
        tuple(given.get("shares") or ()),
        str(given.get("title") or ""),
    )
