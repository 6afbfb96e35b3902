"""Word search that finds two-character Chinese words on both databases.

Text is kept as character bigrams in one column of the row itself; SQLite answers with FTS5,
PostgreSQL with a GIN index on a tsvector. (Trigram indexes miss two-character words on both.)
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable
from typing import Any

from django.db import connections, models
from django.db.models.expressions import Col, RawSQL
from django.db.models.lookups import Exact
from django.db.models.sql.where import AND, WhereNode

from . import once

LOOKED = 5000
"""Rows that are looked through one by one before the word index is asked."""
_RUN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+|[0-9a-z]+")


class SearchField(models.TextField):
    """The bigrams of a row's searchable text, filled by whoever writes the row."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", "")
        kwargs.setdefault("blank", True)
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)


def _runs(text: str) -> list[str]:
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return _RUN.findall(plain.lower())


def _grams(run: str) -> list[str]:
    if run[0] < "\u3400" or len(run) == 1:
        return [run]
    return list(map(str.__add__, run, run[1:]))


def bigrams(*texts: str) -> str:
    """The search column for these texts: space-separated bigrams and whole Latin words."""
    found: list[str] = []
    for text in texts:
        for run in _runs(text):
            found += _grams(run)
    return " ".join(found)


def phrases_of(words: str) -> list[str]:
    """What must stand in the search column, one phrase for each run of `words`."""
    return [" ".join(_grams(run)) for run in _runs(words)]


def first(rows: models.QuerySet[Any], words: str, n: int) -> models.QuerySet[Any]:
    """At least the first `n` of the rows that match, for rows in an order that an index gives.

    A word that stands in many rows is soon found by walking them from the front; a rare one, by the word
    index. The database does not know which is which for two characters, and is told.
    """
    if not phrases_of(words):
        return matching(rows, words)
    found = [pk for pk, fits in _looked(rows, words, n) if fits]
    if len(found) < n:  # all of them, where there are no more rows than were looked at
        is_all = not rows.values_list("pk", flat=True)[LOOKED : LOOKED + 1]
        ask = (lambda: found) if is_all else (lambda: _held(rows, words))
        found = once.asked(_question(rows, words), ask)[:n]
    return rows.filter(pk__in=found)


def count(rows: models.QuerySet[Any], words: str, enough: int) -> tuple[int, bool]:
    """How many of the rows match, and whether that is all of them: see `first`; `enough` are not rare."""
    held = once.known(_question(rows, words))
    if held is None:
        looked = _looked(rows, words)
        n = sum(fits for _pk, fits in looked)
        if len(looked) < LOOKED:
            return n, True
        if n >= enough:
            return n, False
        held = _held(rows, words)
    return min(len(held), LOOKED), len(held) <= LOOKED


def _held(rows: models.QuerySet[Any], words: str) -> list[Any]:
    """The ids of rows with rare words, by the word index, in their order."""
    return list(
        matching(rows, words).select_related(None).values_list("pk", flat=True)[: LOOKED + 1]
    )


def _question(rows: models.QuerySet[Any], words: str) -> Hashable:
    sql, params = rows.select_related(None).query.sql_with_params()
    return "held", sql, str(params), words


def _looked(rows: models.QuerySet[Any], words: str, n: int | None = None) -> list[tuple[Any, bool]]:
    """(id, whether it matches) of the first rows; only matches, and not more than `n`, where that is given."""
    phrases = phrases_of(words)
    if not phrases:
        return []
    inner = rows.select_related(None).values("pk", "search")[:LOOKED]
    sql, params = inner.query.sql_with_params()
    table = connections[rows.db].ops.quote_name
    held = " AND ".join(["' ' || looked.search || ' ' LIKE %s"] * len(phrases))
    likes = [f"% {phrase} %" for phrase in phrases]
    with connections[rows.db].cursor() as cursor:
        if n is None:
            cursor.execute(f"SELECT pk, {held} FROM ({sql}) AS looked", [*likes, *params])
            return [(pk, bool(fits)) for pk, fits in cursor.fetchall()]
        cursor.execute(
            f"SELECT looked.{table('pk')} FROM ({sql}) AS looked WHERE {held} LIMIT %s",
            [*params, *likes, n],
        )
        return [(row[0], True) for row in cursor.fetchall()]


def matching(rows: models.QuerySet[Any], words: str) -> models.QuerySet[Any]:
    """Rows whose search column holds every run of `words` as a phrase; all rows for no words."""
    phrases = phrases_of(words)
    if not phrases:
        return rows.none() if words.strip() else rows
    table = rows.model._meta.db_table
    if connections[rows.db].vendor == "postgresql":
        by_place = getattr(rows.model, "words_by_place", False)
        text, place = _text(by_place), _place_in(rows.query.where, table) if by_place else ""
        asked = [*phrases, place] if place else phrases
        # OFFSET 0 keeps the word index in charge: a row read by any other has to be taken apart again
        held = " AND ".join(
            [f"to_tsvector('simple', {text}) @@ phraseto_tsquery('simple', %s)"] * len(asked)
        )
        return rows.filter(pk__in=RawSQL(f'SELECT id FROM "{table}" WHERE {held} OFFSET 0', asked))
    query = " AND ".join(f'"{phrase}"' for phrase in phrases)
    sql = f'SELECT rowid FROM "{table}_fts" WHERE "{table}_fts" MATCH %s'
    return rows.filter(pk__in=RawSQL(sql, [query]))


_PLACES = {"district": "d", "town": "t"}
"""Columns whose values stand in a word index by place, each behind its letter."""


def _text(by_place: bool) -> str:
    """What the word index holds of a row."""
    places = [f" || ' {letter}' || \"{column}\"" for column, letter in _PLACES.items()]
    return '"search"' + "".join(places if by_place else ())


def _place_in(where: WhereNode, table: str) -> str:
    """The district or town to which a query keeps, as the word index knows it; "" where it does not."""
    if where.negated or where.connector != AND:
        return ""
    for child in where.children:
        if isinstance(child, WhereNode) and (found := _place_in(child, table)):
            return found
        if isinstance(child, Exact) and isinstance(child.lhs, Col) and child.lhs.alias == table:
            letter = _PLACES.get(child.lhs.target.name)
            if letter:
                return f"{letter}{child.rhs}"
    return ""


def install_sql(table: str, vendor: str, *, by_place: bool = False) -> list[str]:
    """Statements that give `table` its word index; each may be run again without harm."""
    if vendor == "postgresql":
        name = f"{table}_placed_words" if by_place else f"{table}_words"
        return [
            f'CREATE INDEX IF NOT EXISTS "{name}" ON "{table}" '
            f"USING GIN (to_tsvector('simple', {_text(by_place)}))"
        ]
    fts = f"{table}_fts"
    drop = f'INSERT INTO "{fts}"("{fts}", rowid, search) VALUES (\'delete\', old.id, old.search);'
    add = f'INSERT INTO "{fts}"(rowid, search) VALUES (new.id, new.search);'
    return [
        f'CREATE VIRTUAL TABLE IF NOT EXISTS "{fts}" USING fts5('
        f"search, content='{table}', content_rowid='id')",
        f'CREATE TRIGGER IF NOT EXISTS "{fts}_ai" AFTER INSERT ON "{table}" BEGIN {add} END',
        f'CREATE TRIGGER IF NOT EXISTS "{fts}_ad" AFTER DELETE ON "{table}" BEGIN {drop} END',
        f'CREATE TRIGGER IF NOT EXISTS "{fts}_au" AFTER UPDATE OF search ON "{table}" '
        f"BEGIN {drop} {add} END",
    ]
