"""The slices of texts get a narrower table: the pair is its key, without an id and a check for each."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("hazards", "0003_closing_unit")]

    operations = [
        migrations.CreateModel(
            name="TextSlice",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "band",
                        "hazard_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("band", models.BigIntegerField()),
                (
                    "hazard",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="slices",
                        to="hazards.hazard",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(
            "INSERT INTO hazards_textslice (band, hazard_id) "
            "SELECT DISTINCT band, hazard_id FROM hazards_textband",
            migrations.RunSQL.noop,
        ),
        migrations.DeleteModel(name="TextBand"),
    ]
