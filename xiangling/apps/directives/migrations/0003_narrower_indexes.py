"""Indexes that no query uses, or that another one covers, are gone: every step wrote them again."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("directives", "0002_newest_indexes")]

    operations = [
        migrations.RemoveIndex(
            model_name='task',
            name='task_city_due',
        ),
        migrations.RemoveIndex(
            model_name='task',
            name='task_district_due',
        ),
        migrations.RemoveIndex(
            model_name='task',
            name='task_town_due',
        ),
        migrations.RemoveIndex(
            model_name='task',
            name='task_unit_due',
        ),
        migrations.RemoveIndex(
            model_name='task',
            name='task_city_new',
        ),
        migrations.RemoveIndex(
            model_name='task',
            name='task_district_new',
        ),
        migrations.RemoveIndex(
            model_name='task',
            name='task_town_new',
        ),
        migrations.RemoveIndex(
            model_name='task',
            name='task_unit_new',
        ),
        migrations.AlterField(
            model_name='task',
            name='unit',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='org.unit', verbose_name='Liable unit'),
        ),
    ]
