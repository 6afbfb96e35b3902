"""XLSX (ECMA-376 SpreadsheetML) as a stream of rows.

The XML is read with expat, row by row, because the fast readers build a dense table in memory first: two far-apart
cells, or one long shared text used by every cell, would make a file of some kilobytes take all memory of a worker.
Here memory grows with the shared texts only, and those are limited.
"""

import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.parsers import expat

from django.utils.text import format_lazy

from .cells import Cell, CellReader, parse_styles, unescape
from .columns import is_reason_column
from .container import Package
from .parts import (
    EXCEL_ROWS,
    Limits,
    Message,
    Row,
    Sheet,
    Value,
    broken,
    cell_problem,
    clean_text,
    column_letter,
    header_names,
    is_header,
    no_header,
    no_rows,
    too_many_columns,
    too_many_rows,
)

_READ_FAILURES = (
    zipfile.BadZipFile, zlib.error, expat.ExpatError, EOFError, OSError, ValueError, KeyError, IndexError,
    OverflowError, MemoryError, RuntimeError,  # zipfile: encrypted entries and, as a kind of it, unknown compression
)  # fmt: skip
_LETTERS = re.compile("[A-Z]{1,3}")
_COLUMNS: dict[str, int] = {}  # letters -> column; at most 18,278 entries

Attributes = dict[str, str]
OnStart = Callable[[str, Attributes], None]
OnEnd = Callable[[str], None]
OnText = Callable[[str], None]


@contextmanager
def _damage_refused() -> Iterator[None]:
    try:
        yield
    except _READ_FAILURES as error:
        raise broken() from error


def _refuse_declaration(*_args: object) -> None:
    raise broken("file.entities")


def new_parser(
    on_start: OnStart, on_end: OnEnd | None = None, on_text: OnText | None = None
) -> Any:
    """An expat parser that knows no DTD and no entity, and drops namespace prefixes."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_declaration
    parser.EntityDeclHandler = _refuse_declaration
    parser.StartElementHandler = on_start
    if on_end is not None:
        parser.EndElementHandler = on_end
    if on_text is not None:
        parser.CharacterDataHandler = on_text
    return parser


def local_name(name: str) -> str:
    return name.rpartition(":")[2]


def _elements(content: bytes, wanted: str) -> list[Attributes]:
    found: list[Attributes] = []

    def on_start(name: str, attributes: Attributes) -> None:
        if local_name(name) == wanted:
            found.append({local_name(key): value for key, value in attributes.items()})

    if content:
        new_parser(on_start).Parse(content, True)
    return found


def _shared_strings(package: Package, limits: Limits) -> list[str]:
    """The text table of the workbook; phonetic guides are left out, over-long texts cut to the limit plus one."""
    strings: list[str] = []
    pieces: list[str] = []
    depth = {"t": 0, "rPh": 0}
    held = [0, 0]  # characters kept: in this text, in all

    def on_start(name: str, _attributes: Attributes) -> None:
        name = local_name(name)
        if name in depth:
            depth[name] += 1
        elif name == "si":
            pieces.clear()
            held[0] = 0

    def on_text(text: str) -> None:
        if depth["t"] and not depth["rPh"] and held[0] <= limits.cell:
            pieces.append(text)
            held[0] += len(text)
            held[1] += len(text)

    def on_end(name: str) -> None:
        name = local_name(name)
        if name in depth:
            depth[name] -= 1
        elif name == "si":
            strings.append(clean_text(unescape("".join(pieces))))
            if len(strings) > limits.shared_strings or held[1] > limits.shared_characters:
                raise too_many_rows(limits)

    if "xl/sharedstrings.xml" in package.parts:
        parser = new_parser(on_start, on_end, on_text)
        for piece in package.pieces("xl/sharedStrings.xml"):
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    return strings


@dataclass(frozen=True, slots=True)
class _Book:
    """What the rows of one worksheet need from the rest of the workbook."""

    worksheets: tuple[tuple[str, str], ...]  # title, part name; visible ones in order
    from_1904: bool
    styles: list[str]
    strings: list[str]


def _read_book(package: Package, limits: Limits) -> _Book:
    content = package.small("xl/workbook.xml")
    if not content:
        raise broken()
    targets = {
        item.get("Id", ""): posixpath.normpath(
            posixpath.join("/xl", item.get("Target", ""))
        ).lstrip("/")
        for item in _elements(package.small("xl/_rels/workbook.xml.rels"), "Relationship")
        if item.get("Type", "").endswith("/worksheet")
        and item.get("TargetMode", "Internal") == "Internal"
    }
    worksheets = tuple(
        (clean_text(item.get("name", "")), targets[item["id"]])
        for item in _elements(content, "sheet")
        if item.get("state", "visible") == "visible" and item.get("id") in targets
    )
    properties = _elements(content, "workbookPr")
    from_1904 = bool(properties) and properties[0].get("date1904", "0") in ("1", "true")
    return _Book(worksheets, from_1904, parse_styles(package.small("xl/styles.xml"), new_parser, local_name),
                 _shared_strings(package, limits))  # fmt: skip


@dataclass(slots=True)
class _Extent:
    """How far a worksheet reaches: counted on cells that hold something."""

    n_rows: int = 0
    width: int = 0


def _measure(package: Package, part: str, limits: Limits) -> _Extent:
    """Walk the whole worksheet once so that everything wrong with it shows before the first row is imported."""
    extent = _Extent()
    row, column, counted = 0, -1, False

    def on_start(name: str, attributes: Attributes) -> None:
        nonlocal row, column, counted
        kind = name if ":" not in name else local_name(name)
        if kind == "c":
            column = _column_of(attributes, column)
        elif kind == "v" or kind == "is" or kind == "f":
            if column >= extent.width:
                extent.width = column + 1
                if extent.width > limits.columns:
                    raise too_many_columns(limits)
            if not counted:
                counted = True
                extent.n_rows += 1
                if extent.n_rows > limits.rows + limits.title_rows:
                    raise too_many_rows(limits)
        elif kind == "row":
            row, column, counted = _row_of(attributes, row), -1, False

    parser = new_parser(on_start)
    for piece in package.pieces(part):
        parser.Parse(piece, False)
    parser.Parse(b"", True)
    return extent


def _row_of(attributes: Attributes, previous: int) -> int:
    number = int(attributes["r"]) if "r" in attributes else previous + 1
    if not previous < number <= EXCEL_ROWS:
        raise broken()
    return number


def _column_of(attributes: Attributes, previous: int) -> int:
    reference = attributes.get("r")
    if reference is None:
        return previous + 1
    letters = reference.rstrip("0123456789")
    column = _COLUMNS.get(letters)
    if column is None:
        if not _LETTERS.fullmatch(letters):
            raise broken()
        column = -1
        for letter in letters:
            column = (column + 1) * 26 + ord(letter) - 65
        _COLUMNS[letters] = column
    return column


Found = tuple[int, dict[int, Cell]]


class _RowParser:
    """Turns worksheet XML into (row number, cells); `rows` fills while `parser.Parse` runs."""

    def __init__(self, book: _Book, limits: Limits) -> None:
        self.rows: list[Found] = []
        self._cells = CellReader(book.strings, book.styles, book.from_1904, limits)
        self._limits = limits
        self._row = 0
        self._column = -1
        self._kind = self._style = ""
        self._sink: list[str] | None = None
        self._value: list[str] = []
        self._formula: list[str] = []
        self._has_formula = False
        self._phonetic = 0
        self._current: dict[int, Cell] = {}
        self.parser = new_parser(self._on_start, self._on_end, self._on_text)

    def _on_start(self, name: str, attributes: Attributes) -> None:
        kind = name if ":" not in name else local_name(name)
        if kind == "c":
            self._column = _column_of(attributes, self._column)
            self._kind = attributes.get("t", "n")
            self._style = attributes.get("s", "")
            self._value, self._formula, self._has_formula = [], [], False
        elif kind == "v" or kind == "t":
            self._sink = None if self._phonetic else self._value
        elif kind == "f":
            self._sink, self._has_formula = self._formula, True
        elif kind == "rPh":
            self._phonetic += 1
        elif kind == "row":
            self._row, self._column, self._current = _row_of(attributes, self._row), -1, {}

    def _on_text(self, text: str) -> None:
        if self._sink is not None and len(self._sink) <= self._limits.cell:
            self._sink.append(text)

    def _on_end(self, name: str) -> None:
        kind = name if ":" not in name else local_name(name)
        if kind == "v" or kind == "t" or kind == "f":
            self._sink = None
        elif kind == "c":
            if self._value or self._has_formula:
                text = "".join(self._value)
                formula = "".join(self._formula) if self._has_formula else None
                cell = self._cells.read(self._kind, self._style, text, formula)
                if cell[0] is not None or cell[1] is not None:
                    self._current[self._column] = cell
        elif kind == "rPh":
            self._phonetic -= 1
        elif kind == "row" and self._current:
            self.rows.append((self._row, self._current))


def _found_rows(path: Path, part: str, book: _Book, limits: Limits) -> Iterator[Found]:
    with _damage_refused(), zipfile.ZipFile(path) as archive:
        package = Package(archive, limits)
        rows = _RowParser(book, limits)
        for piece in package.pieces(part):
            rows.parser.Parse(piece, False)
            yield from rows.rows
            rows.rows.clear()
        rows.parser.Parse(b"", True)
        yield from rows.rows


def open_workbook(path: Path, name: str, limits: Limits) -> Sheet:
    """The first visible worksheet that holds a table. Raises SheetError."""
    with _damage_refused(), zipfile.ZipFile(path) as archive:
        package = Package(archive, limits)
        package.check()
        book = _read_book(package, limits)
        extent, title, part = _first_filled(package, book, limits)
    others = tuple(other for other, _part in book.worksheets if other != title)
    top, header = _find_header(_found_rows(path, part, book, limits), extent.width, limits)
    return _sheet(path, name, limits, book, (title, part, others), extent, top, header)


def _first_filled(package: Package, book: _Book, limits: Limits) -> tuple[_Extent, str, str]:
    for title, part in book.worksheets:
        extent = _measure(package, part, limits)
        if extent.n_rows:
            return extent, title, part
    raise no_rows()


def _find_header(
    rows: Iterator[Found], width: int, limits: Limits
) -> tuple[tuple[int, int], list[str]]:
    """((row number, held rows down to it), names): the first row with two words or more, below titles."""
    for turn, (number, cells) in enumerate(rows, 1):
        values: list[Value] = [
            cells[index][0] if index in cells else None for index in range(width)
        ]
        if len(cells) > 1 or width == 1:
            if not is_header(values):
                raise no_header()
            return (number, turn), header_names(
                [str(value) if value is not None else "" for value in values], width, limits
            )
        if turn >= limits.title_rows:
            break
    raise no_header()


def _sheet(
    path: Path, name: str, limits: Limits, book: _Book, titles: tuple[str, str, tuple[str, ...]],
    extent: _Extent, top: tuple[int, int], header: list[str],
) -> Sheet:  # fmt: skip
    title, part, others = titles
    columns = [
        (index, key, column_letter(index))
        for index, key in enumerate(header)
        if not is_reason_column(key)
    ]

    def reader() -> Iterator[Row]:
        for number, cells in _found_rows(path, part, book, limits):
            if number > top[0]:
                row = _row(number, cells, columns, limits)
                if row is not None:
                    yield row

    n_rows = extent.n_rows - top[1]
    if n_rows <= 0 or not columns:
        raise no_rows()
    if n_rows > limits.rows:
        raise too_many_rows(limits)
    return Sheet(name=name, kind="xlsx", header=[key for _index, key, _letter in columns], n_rows=n_rows,
                 header_row=top[0], reader=reader, worksheet=title, other_worksheets=others)  # fmt: skip


def _row(
    number: int, cells: dict[int, Cell],
    columns: list[tuple[int, str, str]], limits: Limits,
) -> Row | None:  # fmt: skip
    values: dict[str, Value] = {}
    notes: dict[str, Message] = {}
    problem: Message | None = None
    held = False
    for index, key, letter in columns:
        cell = cells.get(index)
        if cell is None:
            values[key] = None
            continue
        held = True
        value, trouble, note = cell
        values[key] = value
        if note is not None:
            notes[key] = note
        if problem is None:
            place = f"{letter}{number}"
            problem = (
                placed(place, trouble)
                if trouble is not None
                else cell_problem(value, place, limits)
            )
    return Row(number, values, problem, notes) if held else None


def placed(place: str, message: Message) -> Message:
    """A message about one cell with the cell named in front."""
    return format_lazy("{place}: {message}", place=place, message=message)
