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
    return [run[i : i + 2] for i in range(len(run) - 1)]


def bigrams(*texts: str) -> str:
    """The search column for these texts: space-separated bigrams and whole Latin words."""
    return " ".join(gram for text in texts for run in _runs(text) for gram in _grams(run))


def matching(rows: models.QuerySet[Any], words: str) -> models.QuerySet[Any]:
    """Rows whose search column holds every run of `words` as a phrase; all rows for no words."""
    phrases = [" ".join(_grams(run)) for run in _runs(words)]
    if not phrases:
        return rows.none() if words.strip() else rows
    table = rows.model._meta.db_table
    if connections[rows.db].vendor == "postgresql":
        for phrase in phrases:
            sql = f"to_tsvector('simple', \"{table}\".\"search\") @@ phraseto_tsquery('simple', %s)"
            rows = rows.filter(RawSQL(sql, [phrase], output_field=models.BooleanField()))
        return rows
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
