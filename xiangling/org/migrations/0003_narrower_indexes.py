"""Indexes that no query uses, or that another one covers, are gone: every step wrote them again."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("org", "0002_newest_indexes")]

    operations = [
        migrations.RemoveIndex(
            model_name='dispute',
            name='dispute_city_due',
        ),
        migrations.RemoveIndex(
            model_name='dispute',
            name='dispute_district_due',
        ),
        migrations.RemoveIndex(
            model_name='dispute',
            name='dispute_town_due',
        ),
        migrations.RemoveIndex(
            model_name='dispute',
            name='dispute_unit_due',
        ),
        migrations.RemoveIndex(
            model_name='dispute',
            name='dispute_city_new',
        ),
        migrations.RemoveIndex(
            model_name='dispute',
            name='dispute_district_new',
        ),
        migrations.RemoveIndex(
            model_name='dispute',
            name='dispute_town_new',
        ),
        migrations.RemoveIndex(
            model_name='dispute',
            name='dispute_unit_new',
        ),
        migrations.AlterField(
            model_name='dispute',
            name='unit',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='org.unit', verbose_name='Liable unit'),
        ),
    ]
