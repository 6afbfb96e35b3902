"""The cells of a table row as HTML. A page has hundreds: as template nodes they were half of its time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe


def as_html(cells: Iterable[dict[str, Any]]) -> SafeString:
    """`td` elements of one row; every text and address is escaped here."""
    return mark_safe("".join(map(_cell, cells)))  # noqa: S308 - put together from escaped parts


def _cell(cell: dict[str, Any]) -> str:
    chip = cell.get("chip")
    look = f"cell-{escape(cell['key'])}"
    look += f"{' number' if cell['numeric'] else ''}{' has-chip' if chip else ''}"
    look += " is-minor" if cell["minor"] else ""
    inner = _chip(chip) if chip else _text(cell)
    if sub := cell.get("sub"):
        inner += f' <span class="sub">{escape(sub)}</span>'
    return f'<td class="{look}" data-label="{escape(cell["label"])}">{inner}</td>'


def _chip(chip: dict[str, Any]) -> str:
    return (
        f'<span class="chip" data-kind="{escape(chip["kind"])}" data-tone="{escape(chip["tone"])}">'
        f"{escape(chip['label'])}</span>"
    )


def _text(cell: dict[str, Any]) -> str:
    text = cell.get("text")
    said = "" if text is None else escape(text)
    url = cell.get("url")
    return f'<a href="{escape(url)}">{said}</a>' if url else str(said)
