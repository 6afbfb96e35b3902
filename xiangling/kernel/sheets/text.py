"""CSV and JSONL: the file's encoding, its delimiter, and its records, so that one bad record spoils only itself."""

import codecs
import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from .columns import is_reason_column
from .container import not_a_sheet
from .parts import (
    EXCEL_CELL,
    FORMULA_STARTS,
    UNREAD,
    Limits,
    Message,
    Row,
    Sheet,
    SheetError,
    Value,
    cell_problem,
    clean_text,
    column_letter,
    formula_note,
    header_names,
    is_header,
    is_text_fit,
    looks_like_formula,
    no_header,
    no_rows,
    too_many_columns,
    too_many_rows,
)

_CHUNK = 256 * 1024
_RECORD_LINES = 500
_UNREADABLE_SHARE = 0.002
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def sniff_encoding(path: Path) -> str:
    """The codec that reads the file: UTF-8, UTF-16 or GB18030 (GB 18030-2022 contains GBK and GB 2312).

    Raises SheetError when the content is not text in any of them.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(codecs.BOM_UTF8):
        candidates = ["utf-8-sig"]
    elif head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    elif b"\x00" in head:
        even, odd = head[::2].count(0), head[1::2].count(0)
        candidates = ["utf-16-be"] if even > odd else ["utf-16-le"]
    else:
        candidates = ["utf-8", "gb18030"]
    shares = {codec: _unreadable_share(path, codec) for codec in candidates}
    best = min(shares, key=lambda codec: shares[codec])
    if shares[best] > _UNREADABLE_SHARE:
        raise not_a_sheet()
    return best


def _unreadable_share(path: Path, codec: str) -> float:
    """Share of characters that do not decode or that no text holds."""
    decoder = codecs.getincrementaldecoder(codec)(errors="replace")
    bad = total = 0
    with path.open("rb") as file:
        while True:
            piece = file.read(_CHUNK)
            text = decoder.decode(piece, final=not piece)
            total += len(text)
            bad += text.count("\ufffd") + sum(1 for _match in _CONTROL.finditer(text))
            if not piece:
                return bad / max(total, 1)


def open_text(path: Path, name: str, limits: Limits, n_rows: int = 0) -> Sheet:
    """A CSV or JSONL file, of `n_rows` rows where they have been counted. Raises SheetError."""
    encoding = sniff_encoding(path)
    with path.open(encoding=encoding, errors="replace") as file:
        head = file.read(64 * 1024)
    start = head.lstrip("\ufeff \t\r\n")
    if not start:
        raise no_rows()
    if re.match(r"\[\s*\{", start):
        raise SheetError(
            "json.array",
            _("The file is one JSON list. Write one object per line (.jsonl) and upload again."),
        )
    if re.match(r'\{\s*["}]', start):
        return _open_jsonl(path, name, encoding, limits, n_rows)
    return _open_csv(path, name, encoding, _sniff_delimiter(head), limits, n_rows)


def _row_sheet(name: str, kind: str, encoding: str, header: list[str], header_row: int,
               rows: Callable[[], Iterator[Row]], limits: Limits, n_rows: int) -> Sheet:  # fmt: skip
    """Count the rows where that was not done before, then hand out a reader over the same generator."""
    if not n_rows:
        for n_rows, _row in enumerate(rows(), 1):
            if n_rows > limits.rows:
                raise too_many_rows(limits)
    if n_rows == 0:
        raise no_rows()

    return Sheet(
        name=name,
        kind=kind,
        header=header,
        n_rows=n_rows,
        header_row=header_row,
        reader=rows,
        encoding=encoding,
    )


def _unread(text: str) -> dict[str, Value]:
    """What a row that could not be taken apart holds, for the sheet of refused rows."""
    return {UNREAD: clean_text(text[:EXCEL_CELL])}


# CSV


def _sniff_delimiter(head: str) -> str:
    """Of comma, tab, semicolon the one that cuts the first lines most evenly into most pieces."""
    lines = [line for line in head.splitlines()[:60] if line.strip()][:40]

    def score(delimiter: str) -> tuple[float, int]:
        widths = [len(row) for row in _parse_all(lines, delimiter)]
        width, times = Counter(widths).most_common(1)[0] if widths else (1, 0)
        return (times / max(len(widths), 1) if width > 1 else 0.0, width)

    return max((",", "\t", ";"), key=score)


def _parse_all(lines: list[str], delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    for line in lines:
        cells = _parse_record(line, delimiter)
        if cells is not None:
            rows.append(cells)
    return rows


def _parse_record(text: str, delimiter: str) -> list[str] | None:
    try:
        return next(
            csv.reader([text.replace("\x00", "")], delimiter=delimiter, skipinitialspace=False), []
        )
    except csv.Error:
        return None


def _ends_inside_quotes(line: str, delimiter: str, inside: bool) -> bool:
    """Is the quoted field that is open before or within `line` still open at its end?"""
    at = 0
    while True:
        at = line.find('"', at)
        if at < 0:
            return inside
        if inside and line[at + 1 : at + 2] == '"':
            at += 2
            continue
        if inside:
            inside = False
        elif at == 0 or line[at - 1] == delimiter:
            inside = True
        at += 1


def _records(
    path: Path, encoding: str, delimiter: str
) -> Iterator[tuple[int, list[str] | None, str]]:
    """(record number, cells, text). Cells are None where a quotation mark is never closed; the next line goes on."""
    number = 0
    pending: list[str] = []
    with path.open(encoding=encoding, errors="replace", newline=None) as file:
        lines = iter(file)
        while True:
            line = pending.pop() if pending else next(lines, None)
            if line is None:
                return
            number += 1
            if '"' not in line:
                yield number, _parse_record(line, delimiter), line
                continue
            held = [line]
            inside = _ends_inside_quotes(line, delimiter, False)
            while inside and len(held) < _RECORD_LINES:
                more = pending.pop() if pending else next(lines, None)
                if more is None:
                    break
                held.append(more)
                inside = _ends_inside_quotes(more, delimiter, True)
            if inside:
                pending.extend(reversed(held[1:]))
                yield number, None, held[0]
            else:
                text = "".join(held)
                yield number, _parse_record(text, delimiter), text


def _open_csv(
    path: Path, name: str, encoding: str, delimiter: str, limits: Limits, n_rows: int
) -> Sheet:
    header_row, cells, widest = _csv_header(path, encoding, delimiter, limits)
    names = header_names(cells, max(len(cells), 1), limits)
    columns = [
        (index, key, column_letter(index))
        for index, key in enumerate(names)
        if not is_reason_column(key)
    ]
    if not columns or widest == 0:
        raise no_header()

    def rows() -> Iterator[Row]:
        for number, found, text in _records(path, encoding, delimiter):
            if number > header_row:
                row = _csv_row(number, found, text, columns, len(names), limits)
                if row is not None:
                    yield row

    header = [key for _index, key, _letter in columns]
    return _row_sheet(name, "csv", encoding, header, header_row, rows, limits, n_rows)


def _csv_header(
    path: Path, encoding: str, delimiter: str, limits: Limits
) -> tuple[int, list[str], int]:
    """(record number, names, widest record among the first): titles with one filled cell are passed over."""
    first: list[tuple[int, list[str]]] = []
    for number, found, _text in _records(path, encoding, delimiter):
        cells = [clean_text(cell) for cell in found or []]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            first.append((number, cells))
        if len(first) > limits.title_rows:
            break
    widest = max((len(cells) for _number, cells in first), default=0)
    for number, cells in first:
        if sum(1 for cell in cells if cell) > 1 or widest == 1:
            if len(cells) > limits.columns:
                raise too_many_columns(limits)
            if not is_header(list(cells)):
                raise no_header()
            return number, cells, widest
    raise no_header()


def _csv_row(number: int, found: list[str] | None, text: str, columns: list[tuple[int, str, str]], width: int,
             limits: Limits) -> Row | None:  # fmt: skip
    if found is None:
        return Row(
            number,
            _unread(text),
            _("A quotation mark is not closed. Close it or delete it."),
        )
    cells = [cell.strip() if cell.isprintable() else clean_text(cell) for cell in found]
    if not any(cells):
        return None
    if any(cells[width:]):
        return Row(
            number,
            _unread(text),
            _(
                "The row has more cells than column names. Put a cell that contains the delimiter in quotation marks."
            ),
        )
    values: dict[str, Value] = {}
    notes: dict[str, Message] = {}
    problem: Message | None = None
    is_fit = is_text_fit(text, limits)
    for index, key, letter in columns:
        value = cells[index] if index < len(cells) else ""
        if value.startswith("'"):
            if looks_like_formula(value[1:]):
                value = value[1:]
        elif value.startswith(FORMULA_STARTS) and looks_like_formula(value):
            notes[key] = formula_note()
        values[key] = value or None
        if not is_fit and problem is None and value:
            problem = cell_problem(value, f"{letter}{number}", limits)
    return Row(number, values, problem, notes)


# JSONL


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(word)


def _read_object(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _json_lines(path: Path, encoding: str) -> Iterator[tuple[int, str]]:
    with path.open(encoding=encoding, errors="replace", newline=None) as file:
        for number, line in enumerate(file, 1):
            if held := line.strip("\ufeff \t\r\n"):
                yield number, held


def _json_value(value: Any) -> Value:
    if value is None or isinstance(value, bool | int | float):
        return value
    return (
        clean_text(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        or None
    )


def _open_jsonl(path: Path, name: str, encoding: str, limits: Limits, n_rows: int) -> Sheet:
    keys: dict[str, str] = {}  # as written -> as shown
    n_objects = 0
    for _number, line in _json_lines(path, encoding):
        found = _read_object(line)
        n_objects += found is not None
        for key in found or {}:
            if key not in keys and not is_reason_column(key):
                keys[key] = " ".join(clean_text(key).split())[:200]
                if len(keys) > limits.columns:
                    raise too_many_columns(limits)
    if n_objects == 0:
        raise not_a_sheet()
    shown = dict(zip(keys, header_names(list(keys.values()), len(keys), limits), strict=True))
    if not shown:
        raise no_header()

    def rows() -> Iterator[Row]:
        for number, line in _json_lines(path, encoding):
            yield _json_row(number, line, shown, limits)

    return _row_sheet(name, "jsonl", encoding, list(shown.values()), 0, rows, limits, n_rows)


def _json_row(number: int, line: str, shown: dict[str, str], limits: Limits) -> Row:
    found = _read_object(line)
    if found is None:
        return Row(
            number,
            _unread(line),
            _("The line is not a JSON object. Correct it or delete it."),
        )
    values: dict[str, Value] = dict.fromkeys(shown.values())
    problem: Message | None = None
    for key, given in found.items():
        if key in shown:
            value = _json_value(given)
            values[shown[key]] = value
            if problem is None:
                problem = cell_problem(value, shown[key], limits, exact_integers=True)
    if problem is None and not any(value not in (None, "") for value in values.values()):
        problem = format_lazy(_("Line {n} holds no value."), n=number)
    return Row(number, values, problem)
