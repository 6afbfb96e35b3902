"""No migration holds up a table of ten million rows: what would lock it is refused here, with what to do instead."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

from xiangling.kernel.migrating import AddIndexQuietly

HOUSE = "xiangling."
QUIET = (AddIndexQuietly, migrations.RemoveIndex, migrations.CreateModel, migrations.DeleteModel)
STATE_ONLY = (
    migrations.AlterModelOptions,
    migrations.AlterModelManagers,
    migrations.RenameIndex,
    migrations.RemoveField,
    migrations.RemoveConstraint,
)
"""Changes of the catalogue alone: done at once, whatever the size."""


def loud(migration: migrations.Migration, state: object) -> Iterator[str]:
    """Operations of a migration that would read or write a whole table that others wait for."""
    made = {
        operation.name_lower
        for operation in migration.operations
        if isinstance(operation, migrations.CreateModel)
    }
    for operation in migration.operations:
        name = getattr(operation, "model_name", getattr(operation, "name", "")).lower()
        if name in made or isinstance(operation, QUIET + STATE_ONLY):
            continue
        if problem := _problem(operation, migration, state):
            yield f"{migration.app_label}.{migration.name}: {problem}"


def _problem(operation: Operation, migration: migrations.Migration, state: object) -> str:
    match operation:
        case migrations.AddIndex():
            return f"{operation.index.name} locks out writers: AddIndexQuietly, atomic = False"
        case migrations.AddConstraint():
            return f"{operation.constraint.name} reads the whole table under a lock: add it NOT VALID first"
        case migrations.AddField():
            return _added(operation.field, operation.name)
        case migrations.AlterField():
            return _altered(operation, migration, state)
        case migrations.RunSQL() | migrations.RunPython():
            elidable = getattr(operation, "is_quiet", False) or migration.name in LOOKED_AT
            return "" if elidable else "look at what it locks, and enter it in LOOKED_AT"
    return f"{type(operation).__name__} is not known to be quiet"


LOOKED_AT = {
    "0004_textslice": "fills a new table; the old one is only read",
    "0005_report_forms": "a few rows that only the worker and their owner touch",
    "0006_subtotals": "fills a new table; the old one is only read",
    "0007_visits": "fills a new table; the old one is only read",
    "0009_words_by_place": "indexes made and taken CONCURRENTLY",
}
"""Migrations with statements of their own, and why nobody waits for them."""


def _added(field: models.Field, name: str) -> str:
    if isinstance(field, models.GeneratedField):
        return f"{name} writes every row: fill a plain column from a job"
    if field.unique or (field.db_index and not isinstance(field, models.ForeignKey)):
        return f"{name} makes an index under a lock: add the column, then AddIndexQuietly"
    if isinstance(field, models.ForeignKey) and not field.null:
        return f"{name} must be null at first: nobody can fill it at once"
    return ""


def _altered(
    operation: migrations.AlterField, migration: migrations.Migration, state: object
) -> str:
    """A column may lose its index, its default, its choices; not change its type, nor gain an index."""
    before = state.models[migration.app_label, operation.model_name_lower].fields[operation.name]
    after = operation.field
    if type(before) is not type(after) or (before.null and not after.null):
        return (
            f"{operation.name} is rewritten under a lock: add another column and fill it from a job"
        )
    old, new = getattr(before, "max_length", None), getattr(after, "max_length", None)
    if old and new and new < old:
        return f"{operation.name} gets narrower: every row is read under a lock"
    if (after.db_index or after.unique) and not (before.db_index or before.unique):
        return f"{operation.name} gains an index under a lock: AddIndexQuietly"
    return ""


def problems() -> list[str]:
    loader = MigrationLoader(None)
    found = []
    for key in sorted(loader.graph.nodes):
        migration = loader.graph.nodes[key]
        if not type(migration).__module__.startswith(HOUSE) or migration.initial:
            continue
        state = loader.project_state(key, at_end=False)
        found += loud(migration, state)
    return found


def test_no_migration_locks_a_big_table() -> None:
    assert not problems()


@pytest.mark.parametrize(
    "operation",
    [
        migrations.AddIndex("hazard", models.Index(fields=["grade"], name="x")),
        migrations.AddField(
            "hazard", "x", models.CharField(max_length=4, db_index=True, default="")
        ),
        migrations.AlterField("hazard", "place", models.CharField(max_length=20)),
        migrations.AddConstraint(
            "hazard", models.CheckConstraint(condition=models.Q(version__gte=0), name="x")
        ),
        migrations.RunPython(migrations.RunPython.noop),
    ],
)
def test_what_would_lock_is_found(operation: Operation) -> None:
    loader = MigrationLoader(None)
    key = next(key for key in loader.graph.leaf_nodes("hazards"))
    migration = migrations.Migration("0099_loud", "hazards")
    migration.operations = [operation]
    assert list(loud(migration, loader.project_state(key)))
