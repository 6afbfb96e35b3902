"""Questions across standards and criteria."""

from __future__ import annotations

import re
import unicodedata

from .library import Library, built_in, cite

_MARKS = re.compile(r"[\s《》「」()（）〔〕\[\]【】·、，,。.第条项款号令]")


def library() -> Library:
    """The library as it stands."""
    return built_in()


def _plain(words: str) -> str:
    return _MARKS.sub("", unicodedata.normalize("NFKC", words)).lower()


def find_clause(library: Library, standard: str, article: str) -> tuple[str, str]:
    """(key of the standard, id of the criterion) that a citation names; "" for what it does not know."""
    wanted = _plain(standard)
    if not wanted:
        return "", ""
    keys = [
        row.key
        for row in library.standards
        if wanted in {_plain(row.name), _plain(row.title), _plain(row.number), row.key.lower()}
    ]
    place = _plain(article)
    for key in keys:
        for row in library.criteria:
            if row.standard == key and place in {
                _plain(row.article),
                _plain(cite(row.article, library.by_key[key].numbering)),
            }:
                return key, row.id
    return (keys[0], "") if keys else ("", "")
