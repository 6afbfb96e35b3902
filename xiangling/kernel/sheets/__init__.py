"""Tables in and out: hostile files read safely, tables written so that nothing in them can run.

`open_sheet` judges a file by its content, walks it once from end to end and refuses it with the reason, or returns a
`Sheet` whose rows then come as a stream. Reading needs no database.
"""

from pathlib import Path

from .columns import Column, is_reason_column, match_columns, missing_columns
from .container import file_kind
from .parts import REASON, UNREAD, Limits, Row, Sheet, SheetError, Value
from .text import open_text
from .values import BadValueError, parse_code, parse_date, serial_to_datetime
from .workbook import open_workbook
from .write import refused_sheet, write_csv, write_xlsx

DEFAULT_LIMITS = Limits()


def open_sheet(path: Path, *, name: str, limits: Limits = DEFAULT_LIMITS, n_rows: int = 0) -> Sheet:
    """Open an XLSX, CSV or JSONL file; `name` is what the user calls it and decides nothing.

    `n_rows` is how many rows it has, where this very file was opened before.

    The file must stay in place while rows are read. Raises SheetError with a stable code: file.empty, file.large,
    file.broken, file.bomb, file.password, file.macro, file.entities, type.old, type.other, type.markup,
    type.unknown, json.array, header.missing, rows.many, columns.many.
    """
    if file_kind(path, limits) == "xlsx":
        return open_workbook(path, name, limits)
    return open_text(path, name, limits, n_rows)


__all__ = [
    "DEFAULT_LIMITS",
    "REASON",
    "UNREAD",
    "BadValueError",
    "Column",
    "Limits",
    "Row",
    "Sheet",
    "SheetError",
    "Value",
    "is_reason_column",
    "match_columns",
    "missing_columns",
    "open_sheet",
    "parse_code",
    "parse_date",
    "refused_sheet",
    "serial_to_datetime",
    "write_csv",
    "write_xlsx",
]  # fmt: skip
