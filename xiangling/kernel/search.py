"""Word search that finds two-character Chinese words on both databases.

Text is kept as character bigrams in one column of the row itself; SQLite answers with FTS5,
PostgreSQL with a GIN index on a tsvector. (Trigram indexes miss two-character words on both.)
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django.db import connections, models
from django.db.models.expressions import RawSQL

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
    return _RUN.findall(unicodedata.normalize("NFKC", text).lower())


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
    found = [pk for pk, fits in _looked(rows, words, n) if fits]
    return rows.filter(pk__in=found) if len(found) >= n else matching(rows, words)


def count(rows: models.QuerySet[Any], words: str, enough: int) -> tuple[int, bool]:
    """How many of the rows match, and whether that is all of them: see `first`; `enough` are not rare."""
    looked = _looked(rows, words)
    n = sum(fits for _pk, fits in looked)
    if len(looked) < LOOKED:
        return n, True
    if n >= enough:
        return n, False
    n = matching(rows, words).order_by()[: LOOKED + 1].count()
    return min(n, LOOKED), n <= LOOKED


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
        # OFFSET 0 keeps the word index in charge: a row read by any other has to be taken apart again
        held = " AND ".join(
            ["to_tsvector('simple', \"search\") @@ phraseto_tsquery('simple', %s)"] * len(phrases)
        )
        return rows.filter(
            pk__in=RawSQL(f'SELECT id FROM "{table}" WHERE {held} OFFSET 0', phrases)
        )
    query = " AND ".join(f'"{phrase}"' for phrase in phrases)
    sql = f'SELECT rowid FROM "{table}_fts" WHERE "{table}_fts" MATCH %s'
    return rows.filter(pk__in=RawSQL(sql, [query]))


def install_sql(table: str, vendor: str) -> list[str]:
    """Statements that give `table` its word index; each may be run again without harm."""
    if vendor == "postgresql":
        return [
            f'CREATE INDEX IF NOT EXISTS "{table}_words" ON "{table}" '
            "USING GIN (to_tsvector('simple', \"search\"))"
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
