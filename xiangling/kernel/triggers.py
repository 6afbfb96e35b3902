"""What the database itself guards: append-only tables, and the word indexes.

Installed after every migration (SQLite drops triggers when it rebuilds a table) and safe to repeat.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connections

from . import search

IMMUTABLE = ("Entry", "Refusal", "Access", "Seal", "Edit", "ProofUse")
"""The kernel's own; a model of another part says `is_append_only = True`."""

_PG_FUNCTION = """
CREATE OR REPLACE FUNCTION kernel_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = '23001';
END $$
"""


def immutable_tables() -> list[str]:
    """The kernel's append-only tables, and those of models that say so (`is_append_only`)."""
    own = [apps.get_model("kernel", name)._meta.db_table for name in IMMUTABLE]
    others = [m._meta.db_table for m in apps.get_models() if getattr(m, "is_append_only", False)]
    return own + others


def searchable_tables() -> dict[str, bool]:
    """The tables with a word index, and whether theirs knows places."""
    return {
        model._meta.db_table: getattr(model, "words_by_place", False)
        for model in apps.get_models()
        if any(isinstance(field, search.SearchField) for field in model._meta.local_fields)
    }


def _guard_sql(table: str, vendor: str) -> list[str]:
    if vendor == "postgresql":
        return [
            f'CREATE OR REPLACE TRIGGER "{table}_no_change" BEFORE UPDATE OR DELETE ON "{table}" '
            "FOR EACH ROW EXECUTE FUNCTION kernel_refuse_change()",
            f'CREATE OR REPLACE TRIGGER "{table}_no_truncate" BEFORE TRUNCATE ON "{table}" '
            "FOR EACH STATEMENT EXECUTE FUNCTION kernel_refuse_change()",
        ]
    return [
        f'CREATE TRIGGER IF NOT EXISTS "{table}_no_{verb.lower()}" BEFORE {verb} ON "{table}" '
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: {verb} refused'); END"
        for verb in ("UPDATE", "DELETE")
    ]


def install(using: str = "default") -> None:
    """Put every guard and word index in place on one database."""
    connection = connections[using]
    present = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_PG_FUNCTION)
        for table in immutable_tables():
            for statement in _guard_sql(table, connection.vendor) if table in present else ():
                cursor.execute(statement)
        for table, by_place in searchable_tables().items():
            if table in present:
                for statement in search.install_sql(table, connection.vendor, by_place=by_place):
                    cursor.execute(statement)


def after_migrate(sender: Any, using: str = "default", **_: Any) -> None:
    """Receiver of Django's post_migrate; runs once, for the last installed app."""
    with_models = [app for app in apps.get_app_configs() if app.models_module is not None]
    if sender is with_models[-1]:
        install(using)


def missing(using: str = "default") -> list[str]:
    """Names of guards that should stand in the database and do not (`xiangling doctor`)."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        suffixes, query = ("no_change", "no_truncate"), "SELECT tgname FROM pg_trigger"
    else:
        suffixes = ("no_update", "no_delete")
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    with connection.cursor() as cursor:
        cursor.execute(query)
        found = {row[0] for row in cursor.fetchall()}
    wanted = [f"{table}_{suffix}" for table in immutable_tables() for suffix in suffixes]
    return [name for name in wanted if name not in found]


@contextmanager
def lifted(using: str = "default") -> Iterator[None]:
    """Take the guards down for a block: what a rogue administrator, or a test's clean-up, would do."""
    connection = connections[using]
    is_pg = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        if is_pg and connection.in_atomic_block:
            # a table whose deferred checks are still to come cannot be altered
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in immutable_tables():
            if is_pg:
                cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
            else:
                for verb in ("update", "delete"):
                    cursor.execute(f'DROP TRIGGER IF EXISTS "{table}_no_{verb}"')
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            if is_pg:
                for table in immutable_tables():
                    cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
        install(using)
