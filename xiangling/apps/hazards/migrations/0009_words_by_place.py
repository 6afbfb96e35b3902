"""The word index of hazards knows district and town; the index for beginnings of numbers, which nothing asks, goes."""

from typing import Any

from django.db import migrations

from xiangling.kernel.search import install_sql

TABLE = "hazards_hazard"
GONE = (f"{TABLE}_words", f"{TABLE}_code_5c264a8b_like")


def quietly(_apps: Any, schema_editor: Any) -> None:
    """PostgreSQL only: SQLite keeps its words in a table of their own."""
    if schema_editor.connection.vendor != "postgresql":
        return
    # what an earlier try that was cut off left behind is of no use
    schema_editor.execute(f'DROP INDEX CONCURRENTLY IF EXISTS "{TABLE}_placed_words"')
    for statement in install_sql(TABLE, "postgresql", by_place=True):
        schema_editor.execute(statement.replace("CREATE INDEX", "CREATE INDEX CONCURRENTLY", 1))
    for name in GONE:
        schema_editor.execute(f'DROP INDEX CONCURRENTLY IF EXISTS "{name}"')


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("hazards", "0008_unjudged")]

    operations = [migrations.RunPython(quietly, migrations.RunPython.noop, atomic=False)]
