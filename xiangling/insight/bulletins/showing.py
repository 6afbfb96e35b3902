"""How a bulletin looks on its pages: lines of words and figures, tables, and what is counted otherwise."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from xiangling.documents import composing
from xiangling.insight.measures import measures

ROLES = {
    "now": gettext_lazy("this period"),
    "year": gettext_lazy("same time last year"),
    "before": gettext_lazy("period before"),
    "yoy": gettext_lazy("year on year"),
    "mom": gettext_lazy("period on period"),
    "part": gettext_lazy("numerator"),
    "whole": gettext_lazy("denominator"),
    "best": gettext_lazy("best places"),
    "worst": gettext_lazy("worst places"),
}
PLAIN = {
    "period": gettext_lazy("Period"),
    "until": gettext_lazy("Last day of the period"),
    "period_year": pgettext_lazy("bulletin", "Period a year before"),
    "period_before": pgettext_lazy("bulletin", "Word for the period before"),
}
_NUMBER = re.compile(r"[\d,.]*%?|—|未知")
Moved = Mapping[str, list[str]]


def lines(content: Mapping[str, Any], moved: Moved) -> list[dict[str, Any]]:
    """The text of a paper line by line: level (0 for text) and pieces, or a table."""
    found: list[dict[str, Any]] = []
    tables, figures = content.get("tables") or {}, content.get("figures") or {}
    for line in filter(None, map(str.strip, str(content.get("body") or "").splitlines())):
        if (key := composing.table_named(line)) in tables:
            found.append({"table": _table(key, tables[key], moved)})
            continue
        pieces = [
            _figure(piece, figures[piece], moved) if is_place else {"text": piece}
            for piece, is_place in composing.pieces(line, figures)
        ]
        found.append({"level": composing.level_of(line), "pieces": pieces})
    return found


def _figure(key: str, figure: Mapping[str, Any], moved: Moved) -> dict[str, Any]:
    return {
        "key": key,
        "text": figure["text"],
        "link": figure.get("link", ""),
        "label": label_of(key, figure),
        "now": moved[key][1] if key in moved else None,
    }


def _table(key: str, table: Mapping[str, Any], moved: Moved) -> dict[str, Any]:
    rows = [
        [cell if isinstance(cell, dict) else {"text": cell, "link": ""} for cell in row]
        for row in table["rows"]
    ]
    numbers = [
        all(_NUMBER.fullmatch(row[at]["text"]) for row in rows)
        for at in range(len(table["header"]))
    ]
    return {
        "key": f"table:{key}",
        "title": table["title"],
        "header": [
            {"name": name, "is_number": is_number}
            for name, is_number in zip(table["header"], numbers, strict=True)
        ],
        "rows": [
            [{**cell, "is_number": is_number} for cell, is_number in zip(row, numbers, strict=True)]
            for row in rows
        ],
        "n_moved": sum(1 for name in moved if name.startswith(f"{key}/")),
    }


def label_of(key: str, figure: Mapping[str, Any]) -> str:
    """What a figure is: 排查隐患 · 上年同期."""
    if key in PLAIN:
        return str(PLAIN[key])
    measure, _colon, role = str(figure.get("about") or "").partition(":")
    found = measures().get(measure)
    if found is None:
        return key
    said = ROLES.get(role)
    return f"{found.label} · {said}" if said else str(found.label)


def figures(content: Mapping[str, Any], moved: Moved) -> list[dict[str, Any]]:
    """Every figure that the words may use, in order, and whether they do."""
    body = str(content.get("body") or "")
    return [
        {**_figure(key, figure, moved), "is_used": f"{{{key}}}" in body}
        for key, figure in (content.get("figures") or {}).items()
    ]


def moves(content: Mapping[str, Any], moved: Moved) -> list[dict[str, Any]]:
    """What is counted otherwise now, in words; a cell of a table by table, row and column."""
    figures_, tables = content.get("figures") or {}, content.get("tables") or {}
    found = []
    for key, (then, now) in moved.items():
        table, _slash, rest = key.partition("/")
        if rest and table in tables:
            row, _slash, column = rest.rpartition("/")
            heading = tables[table]["header"][int(column) : int(column) + 1]
            label = " · ".join([str(tables[table]["title"]), row, *heading])
            link = ""
        else:
            label = label_of(key, figures_.get(key, {}))
            link = figures_.get(key, {}).get("link", "")
        found.append(
            {"label": label, "then": then or _("none"), "now": now or _("none"), "link": link}
        )
    return found
