"""Tables out: XLSX and CSV in which no text can run as a formula, and the sheet of refused rows."""

import csv
import io
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import xlsxwriter
from django.utils.translation import gettext as _

from .parts import (
    EXCEL_CELL,
    EXCEL_ROWS,
    FORMULA_STARTS,
    ORIGINAL_LINE,
    REASON,
    UNREAD,
    Message,
    clean_text,
    looks_like_formula,
)

_ZONE = ZoneInfo("Asia/Shanghai")
_WIDEST, _NARROWEST = 50, 6
_EXACT_INTEGER = 10**15
DATE_FORMAT, DATETIME_FORMAT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm"


def write_xlsx(
    target: Path | str | BinaryIO,
    header: Sequence[Message],
    rows: Iterable[Sequence[Any]],
    *,
    title: Message = "",
    column_formats: Mapping[str, str] | None = None,
    text_columns: Collection[str] = (),
) -> int:
    """Write a table and return its number of rows; memory stays flat whatever the length.

    `column_formats` maps a header to an Excel number format, `text_columns` names headers whose cells stay text
    (codes, telephone numbers). Aware times are shown in Asia/Shanghai. Past Excel's last row a further worksheet
    with the same header begins.
    """
    names = [str(name) for name in header]
    options = {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        "nan_inf_to_errors": True,
    }  # fmt: skip
    book = xlsxwriter.Workbook(target if not isinstance(target, Path) else str(target), options)
    try:
        writer = _SheetWriter(book, names, str(title), column_formats or {}, text_columns)
        for row in rows:
            writer.add(row)
        writer.finish()
    finally:
        book.close()
    return writer.n_rows


class _SheetWriter:
    """Fills worksheets of one workbook row by row."""

    def __init__(
        self,
        book: Any,
        names: list[str],
        title: str,
        formats: Mapping[str, str],
        texts: Collection[str],
    ) -> None:
        self._book = book
        self._names = names
        self._title = re.sub(r"[\[\]:*?/\\']", " ", clean_text(title)).strip()[:25] or "Sheet"
        self._text = {index for index, name in enumerate(names) if name in texts}
        self._head = book.add_format(
            {
                "bold": True,
                "bg_color": "#E9EDF2",
                "bottom": 1,
                "text_wrap": True,
                "valign": "vcenter",
            }
        )
        shown = {name: "@" if name in texts else formats.get(name) for name in names}
        self._formats = [
            book.add_format({"num_format": shown[name]}) if shown[name] else None for name in names
        ]
        self._day = book.add_format({"num_format": DATE_FORMAT})
        self._moment = book.add_format({"num_format": DATETIME_FORMAT})
        self._quoted = book.add_format({"num_format": "@", "quote_prefix": True})
        self._widths = [_shown_width(name) + 3 for name in names]
        self.n_rows = 0
        self._sheets = 0
        self._begin()

    def _begin(self) -> None:
        self._sheets += 1
        suffix = f" {self._sheets}" if self._sheets > 1 else ""
        self._sheet = self._book.add_worksheet(self._title + suffix)
        self._line = 1
        for index, name in enumerate(self._names):
            self._sheet.write_string(0, index, clean_text(name)[:EXCEL_CELL], self._head)
        self._sheet.freeze_panes(1, 0)

    def add(self, row: Sequence[Any]) -> None:
        if self._line >= EXCEL_ROWS:
            self.finish()
            self._begin()
        for index, value in enumerate(row[: len(self._names)]):
            if value is not None and value != "":
                self._write(index, value)
        self._line += 1
        self.n_rows += 1

    def _write(self, index: int, value: Any) -> None:
        chosen = self._formats[index]
        if isinstance(value, bool):
            self._put(index, _("Yes") if value else _("No"), chosen)
        elif index in self._text:
            self._put(index, value_text(value), chosen)
        elif isinstance(value, datetime):
            local = value.astimezone(_ZONE).replace(tzinfo=None) if value.tzinfo else value
            self._widen(index, 18)
            self._sheet.write_datetime(self._line, index, local, chosen or self._moment)
        elif isinstance(value, date):
            self._widen(index, 12)
            self._sheet.write_datetime(
                self._line, index, datetime.combine(value, time()), chosen or self._day
            )
        elif isinstance(value, int | float | Decimal) and abs(float(value)) < _EXACT_INTEGER:
            self._widen(index, len(str(value)) + 2)
            self._sheet.write_number(self._line, index, value, chosen)
        else:
            self._put(index, value_text(value), chosen)

    def _put(self, index: int, text: str, chosen: Any) -> None:
        text = clean_text(text)
        if len(text) > EXCEL_CELL:
            text = text[: EXCEL_CELL - 1] + "…"
        if self._widths[index] < _WIDEST:
            self._widen(index, _shown_width(text[:_WIDEST]) + 2)
        self._sheet.write_string(
            self._line, index, text, self._quoted if text.startswith(FORMULA_STARTS) else chosen
        )

    def _widen(self, index: int, width: int) -> None:
        if width > self._widths[index]:
            self._widths[index] = width

    def finish(self) -> None:
        for index, width in enumerate(self._widths):
            self._sheet.set_column(
                index, index, max(_NARROWEST, min(width, _WIDEST)), self._formats[index]
            )
        if self._names:
            self._sheet.autofilter(0, 0, max(self._line - 1, 0), len(self._names) - 1)


def _shown_width(text: str) -> int:
    """Width in narrow characters: a Chinese character takes two."""
    return max(
        (sum(2 if ord(mark) > 0x2E7F else 1 for mark in line) for line in text.splitlines()),
        default=0,
    )


def value_text(value: Any) -> str:
    """A value as text in a table: days and times in ISO order, times in Asia/Shanghai, None as nothing."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return (value.astimezone(_ZONE) if value.tzinfo else value).strftime("%Y-%m-%d %H:%M:%S")
    return str(value)


def write_csv(
    target: Path | str | BinaryIO, header: Sequence[Message], rows: Iterable[Sequence[Any]]
) -> int:
    """Write UTF-8 with a byte-order mark (Excel needs it) and return the number of rows.

    A text that a spreadsheet program would run gets an apostrophe in front (OWASP, CSV injection); `open_sheet`
    takes it away again.
    """
    if isinstance(target, Path | str):
        with Path(target).open("wb") as file:
            return write_csv(file, header, rows)
    text = io.TextIOWrapper(target, encoding="utf-8-sig", newline="", write_through=True)
    n_rows = 0
    try:
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow([_csv_cell(name) for name in header])
        for row in rows:
            writer.writerow([_csv_cell(value) for value in row])
            n_rows += 1
    finally:
        text.flush()
        text.detach()
    return n_rows


def _csv_cell(value: Any) -> str:
    text = clean_text(value_text(value))
    return f"'{text}" if looks_like_formula(text) else text


def refused_sheet(
    target: Path | str | BinaryIO,
    header: Sequence[str],
    refused: Iterable[tuple[int, Mapping[str, Any], Message]],
    *,
    title: Message = "",
) -> int:
    """Write the refused rows as they came, the reason in the first column; returns their number.

    `header` is the sheet's header, `refused` gives (row number, values, reason). The user corrects the rows and
    uploads the same file: the reason column is then ignored. Rows that could not be taken apart stand in a last column as they were.
    """

    def rows() -> Iterable[list[Any]]:
        for _number, values, reason in refused:
            yield [str(reason), *(values.get(name) for name in header), values.get(UNREAD)]

    return write_xlsx(
        target, [REASON, *header, ORIGINAL_LINE], rows(), title=title or _("Refused rows")
    )
