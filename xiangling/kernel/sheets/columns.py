"""Which column of the user's file is which field."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .parts import ORIGINAL_HEADERS, REASON_HEADERS, Message

_MARKS = re.compile(r"[\s*_:\u200b\ufeff·]+")
_REMARK = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】")


@dataclass(frozen=True, slots=True)
class Column:
    """A field that an import takes; found by its label, its key or one of its aliases."""

    key: str
    label: Message
    aliases: tuple[str, ...] = ()
    required: bool = False


def plain_name(name: str) -> str:
    """A column name reduced to what matters: narrow, lower case, no blanks, asterisks or colons."""
    return _MARKS.sub("", unicodedata.normalize("NFKC", name)).casefold()


def match_columns(header: Sequence[str], columns: Sequence[Column]) -> dict[str, str | None]:
    """For each column's key the name in `header` that stands for it, or None.

    The label wins over the key and the aliases; a remark in brackets such as （必填） is ignored when nothing
    matches without that. No name of the header serves two columns.
    """
    free = {plain_name(name): name for name in reversed(header) if not is_reason_column(name)}
    short = {
        plain_name(_REMARK.sub("", unicodedata.normalize("NFKC", name))): name
        for name in reversed(header)
        if not is_reason_column(name)
    }
    found: dict[str, str | None] = {column.key: None for column in columns}
    taken: set[str] = set()

    def take(column: Column, wanted: Iterable[str], names: Mapping[str, str]) -> None:
        for word in wanted:
            name = names.get(plain_name(word))
            if found[column.key] is None and name is not None and name not in taken:
                found[column.key] = name
                taken.add(name)

    for names in (free, short):
        for column in columns:
            take(column, [str(column.label)], names)
        for column in columns:
            take(column, [column.key, *column.aliases], names)
    return found


def missing_columns(matched: Mapping[str, str | None], columns: Sequence[Column]) -> list[Column]:
    """The required columns that the file does not have."""
    return [column for column in columns if column.required and matched.get(column.key) is None]


_OURS = {plain_name(word) for word in REASON_HEADERS | ORIGINAL_HEADERS}


def is_reason_column(name: str) -> bool:
    """Was this column written by `refused_sheet`? It is ignored when the file comes back."""
    return plain_name(name) in _OURS
