"""One SpreadsheetML cell to one value (ECMA-376 part 1, 18.3.1.4 and 18.8)."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from .parts import EXCEL_CELL, Limits, Message, Value, clean_text, formula_note
from .values import serial_to_datetime

_BUILT_IN_DATES = {14: "d", 15: "d", 16: "d", 17: "d", 18: "t", 19: "t", 20: "t", 21: "t", 22: "dt", 45: "t", 46: "t",
                   47: "t"}  # fmt: skip
# 27-36 and 50-58 are dates in the Chinese, Japanese and Korean editions of Excel; 32-35 and 55-56 differ by edition.
_BUILT_IN_DATES |= dict.fromkeys(
    [27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58], "d"
) | dict.fromkeys([32, 33, 34, 35, 55, 56], "t")
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)


class Cell(NamedTuple):
    """A value, why it must not be used, and a harmless remark."""

    value: Value
    problem: Message | None = None
    note: Message | None = None


def format_kind(code: str) -> str:
    """'d' day, 't' time of day, 'dt' both, '' number or duration, for a number format code such as yyyy"年"m"月"d"日"."""
    if _ELAPSED.search(code):
        return ""
    bare = _LITERAL.sub("", code.split(";", maxsplit=1)[0]).lower()
    if "general" in bare:
        return ""
    day = (
        "d"
        if "y" in bare or "d" in bare or ("m" in bare and "h" not in bare and "s" not in bare)
        else ""
    )
    return day + ("t" if "h" in bare or "s" in bare else "")


def parse_styles(
    content: bytes, new_parser: Callable[..., Any], local_name: Callable[[str], str]
) -> list[str]:
    """For each cell style of styles.xml its format kind (see `format_kind`)."""
    formats = {str(number): kind for number, kind in _BUILT_IN_DATES.items()}
    styles: list[str] = []
    inside = False

    def on_start(name: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        kind = local_name(name)
        if kind == "numFmt":
            formats[attributes.get("numFmtId", "")] = format_kind(attributes.get("formatCode", ""))
        elif kind == "cellXfs":
            inside = True
        elif kind == "xf" and inside:
            styles.append(formats.get(attributes.get("numFmtId", ""), ""))

    def on_end(name: str) -> None:
        nonlocal inside
        if local_name(name) == "cellXfs":
            inside = False

    if content:
        new_parser(on_start, on_end).Parse(content, True)
    return styles


def unescape(text: str) -> str:
    """Undo Excel's _x000D_ writing of characters that XML cannot hold."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


class CellReader:
    """Reads cells of one workbook."""

    def __init__(
        self, strings: list[str], styles: list[str], from_1904: bool, limits: Limits
    ) -> None:
        self._strings = strings
        self._styles = styles
        self._from_1904 = from_1904
        self._limits = limits

    def read(self, kind: str, style: str, text: str, formula: str | None) -> Cell:
        """`kind` and `style` are the cell's t and s attributes, `text` its cached value.

        Raises ValueError or IndexError where the file contradicts itself.
        """
        if kind == "s" and text:
            return Cell(self._strings[_index(text)] or None)
        if formula is not None and not text:
            return Cell(clean_text(f"={formula}"[:EXCEL_CELL]), None, formula_note())
        if kind in ("str", "inlineStr", "d"):
            return Cell(clean_text(unescape(text[:EXCEL_CELL])) or None)
        if kind == "e":
            return Cell(
                None,
                _(
                    "The cell shows an error instead of a value. Correct the formula or type the value."
                ),
            )
        if kind == "b":
            return Cell(text.strip() == "1")
        return self._number(text.strip(), style)

    def _number(self, text: str, style: str) -> Cell:
        if not text:
            return Cell(None)
        kind = (
            self._styles[int(style)] if style.isdecimal() and int(style) < len(self._styles) else ""
        )
        if kind:
            return self._moment(float(text), kind)
        if _INTEGER.fullmatch(text):
            return Cell(int(text))
        number = float(text)
        return Cell(int(number) if number.is_integer() and abs(number) < 1e15 else number)

    def _moment(self, serial: float, kind: str) -> Cell:
        if 0 <= serial < 1 and "t" in kind:
            minutes = round(serial * 1440) % 1440
            return Cell(f"{minutes // 60:02d}:{minutes % 60:02d}")
        try:
            moment = serial_to_datetime(serial, from_1904=self._from_1904)
        except (ValueError, OverflowError):
            return Cell(serial, _("This is not a date of the calendar. Write it like 2026-03-05."))
        return Cell(moment.date() if serial == int(serial) else moment)


def _index(text: str) -> int:
    index = int(text)
    if index < 0:
        raise ValueError(text)
    return index
