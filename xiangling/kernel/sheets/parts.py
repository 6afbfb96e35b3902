"""What a sheet is made of: limits, rows, columns, and the refusal that says what to do."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import NamedTuple, TypeAlias

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

Message: TypeAlias = str | Promise
Value: TypeAlias = str | int | float | date | datetime | None

EXCEL_ROWS = 1_048_576
EXCEL_COLUMNS = 16_384
EXCEL_CELL = 32_767

REASON = _("Reason not imported")
REASON_HEADERS = frozenset({"未导入原因", "Reason not imported"})
ORIGINAL_LINE = _("Text that could not be read as a row")
UNREAD = "__unread__"
ORIGINAL_HEADERS = frozenset({"未能识别的原文", "Text that could not be read as a row"})


class SheetError(Exception):
    """A file that is refused as a whole; `code` is stable, `message` tells the user what to do."""

    def __init__(self, code: str, message: Message) -> None:
        super().__init__(code)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return str(self.message)


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, lengths in characters. `ratio` counts only above `ratio_from` unpacked bytes."""

    file_bytes: int = 50 * 1024 * 1024
    unpacked_bytes: int = 600 * 1024 * 1024
    ratio: int = 200
    ratio_from: int = 20 * 1024 * 1024
    zip_entries: int = 5_000
    rows: int = 1_000_000
    columns: int = 200
    cell: int = 10_000
    shared_strings: int = 3_000_000
    shared_characters: int = 100_000_000
    title_rows: int = 20


class Row(NamedTuple):
    """One data row. `number` is 1-based as the user sees it; a row with a `problem` must not be imported.

    `notes` are harmless remarks by column. A row that could not be taken apart has its text under UNREAD in `values`.
    """

    number: int
    values: dict[str, Value]
    problem: Message | None = None
    notes: Mapping[str, Message] = {}


RowReader: TypeAlias = Callable[[], Iterator[Row]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A checked table. `n_rows` is for a progress bar: a row that holds only blanks may be counted but not given."""

    name: str
    kind: str
    header: list[str]
    n_rows: int
    header_row: int
    reader: RowReader = field(repr=False)
    encoding: str = ""
    worksheet: str = ""
    other_worksheets: tuple[str, ...] = ()

    def rows(self, start: int = 0) -> Iterator[Row]:
        """The rows in order without the first `start` of them; the same file gives the same rows every time.

        Raises SheetError only when the file was changed after `open_sheet`.
        """
        return islice(self.reader(), start, None)


_DROPPED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\u200b\u2060\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
DAMAGED_FROM = 10**15
_DAMAGED_TEXT = re.compile(r"[+-]?\d(?:\.\d+)?[eE]\+(?:1[5-9]|[2-9]\d)")
_PLAIN_NUMBER = re.compile(r"[+-]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?%?")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def clean_text(text: str) -> str:
    """Text without control characters, zero-width marks, lone surrogates and outer blanks.

    A database refuses NUL and lone surrogates, and nobody sees the others.
    """
    if not text.isprintable():
        text = _SURROGATE.sub(
            "\ufffd", _DROPPED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
        )
    return text.strip()


def looks_like_formula(text: str) -> bool:
    """Would a spreadsheet program run this text? Plain numbers such as -5 are harmless."""
    return text.startswith(FORMULA_STARTS) and not _PLAIN_NUMBER.fullmatch(text)


def column_letter(index: int) -> str:
    """0 -> A, 25 -> Z, 26 -> AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def header_names(cells: list[str], width: int, limits: Limits) -> list[str]:
    """Unique column names: a repeated name gets (2), a blank one its letter in brackets."""
    names: list[str] = []
    seen: set[str] = set()
    for index in range(width):
        text = " ".join(cells[index].split()) if index < len(cells) else ""
        name = base = text[: limits.cell] or f"[{column_letter(index)}]"
        turn = 2
        while name in seen:
            name = f"{base} ({turn})"
            turn += 1
        seen.add(name)
        names.append(name)
    return names


def is_header(cells: list[Value]) -> bool:
    """Is more than half of what the row holds words, not numbers and dates?"""
    held = [cell for cell in cells if cell not in (None, "")]
    words = [
        cell for cell in held if isinstance(cell, str) and not re.fullmatch(r"[\d\s.,:/%+-]+", cell)
    ]
    return 2 * len(words) > len(held)


def no_header() -> SheetError:
    return SheetError(
        "header.missing",
        _(
            "No row of column names was found. Put the column names in one row above the data and upload again."
        ),
    )


def no_rows() -> SheetError:
    return SheetError(
        "file.empty", _("The file holds no data. Check that you chose the right file.")
    )


def too_many_rows(limits: Limits) -> SheetError:
    return SheetError(
        "rows.many",
        format_lazy(
            _(
                "The file has more than {n} rows. Split it into several files and upload them one by one."
            ),
            n=limits.rows,
        ),
    )


def too_many_columns(limits: Limits) -> SheetError:
    return SheetError(
        "columns.many",
        format_lazy(
            _(
                "The file has more than {n} columns. Delete the columns that are not needed and upload again."
            ),
            n=limits.columns,
        ),
    )


def broken(code: str = "file.broken") -> SheetError:
    return SheetError(
        code,
        _(
            "The file is damaged or incomplete. Open it in Excel, save it again as .xlsx and upload that file."
        ),
    )


def cell_problem(
    value: Value, place: str, limits: Limits, *, exact_integers: bool = False
) -> Message | None:
    """Why this cell makes its row unfit, or None. `exact_integers`: the format keeps every digit of an integer."""
    if isinstance(value, str):
        if len(value) > limits.cell:
            return format_lazy(
                _("{place}: the text is longer than {n} characters. Shorten it."),
                place=place,
                n=limits.cell,
            )
        if "\ufffd" in value:
            return format_lazy(
                _("{place}: some characters cannot be read. Type them again."), place=place
            )
        return damaged_number(place) if _DAMAGED_TEXT.fullmatch(value) else None
    if isinstance(value, float):
        return damaged_number(place) if abs(value) >= DAMAGED_FROM or value != value else None
    if isinstance(value, int) and not exact_integers and abs(value) >= DAMAGED_FROM:
        return damaged_number(place)
    return None


def is_text_fit(text: str, limits: Limits) -> bool:
    """Whether no cell of a row of text can have a problem: most rows are looked at once, as a whole."""
    return len(text) <= limits.cell and "\ufffd" not in text and "+" not in text


def damaged_number(place: str) -> Message:
    return format_lazy(
        _(
            "{place}: a long number has lost its last digits. Format the column as text and type the number again."
        ),
        place=place,
    )


def formula_note() -> Message:
    return _("The cell holds a formula; it was kept as plain text.")
