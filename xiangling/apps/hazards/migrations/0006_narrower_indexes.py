"""Indexes that no query uses, or that another one covers, are gone: every step wrote them again."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("hazards", "0005_newest_indexes")]

    operations = [
        migrations.RemoveIndex(
            model_name='extension',
            name='extension_city_due',
        ),
        migrations.RemoveIndex(
            model_name='extension',
            name='extension_district_due',
        ),
        migrations.RemoveIndex(
            model_name='extension',
            name='extension_town_due',
        ),
        migrations.RemoveIndex(
            model_name='extension',
            name='extension_unit_due',
        ),
        migrations.RemoveIndex(
            model_name='extension',
            name='extension_city_new',
        ),
        migrations.RemoveIndex(
            model_name='extension',
            name='extension_district_new',
        ),
        migrations.RemoveIndex(
            model_name='extension',
            name='extension_town_new',
        ),
        migrations.RemoveIndex(
            model_name='extension',
            name='extension_unit_new',
        ),
        migrations.RemoveIndex(
            model_name='hazard',
            name='hazard_city_due',
        ),
        migrations.RemoveIndex(
            model_name='hazard',
            name='hazard_district_due',
        ),
        migrations.RemoveIndex(
            model_name='hazard',
            name='hazard_town_due',
        ),
        migrations.RemoveIndex(
            model_name='hazard',
            name='hazard_unit_due',
        ),
        migrations.RemoveIndex(
            model_name='hazard',
            name='hazard_city_new',
        ),
        migrations.RemoveIndex(
            model_name='hazard',
            name='hazard_district_new',
        ),
        migrations.RemoveIndex(
            model_name='hazard',
            name='hazard_town_new',
        ),
        migrations.RemoveIndex(
            model_name='hazard',
            name='hazard_unit_new',
        ),
        migrations.RemoveIndex(
            model_name='hazard',
            name='hazard_city_major',
        ),
        migrations.RemoveIndex(
            model_name='hazard',
            name='hazard_district_major',
        ),
        migrations.RemoveIndex(
            model_name='hazard',
            name='hazard_town_major',
        ),
        migrations.AlterField(
            model_name='extension',
            name='unit',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='org.unit', verbose_name='Liable unit'),
        ),
        migrations.AlterField(
            model_name='hazard',
            name='external_id',
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AlterField(
            model_name='hazard',
            name='merged_into',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='hazards.hazard'),
        ),
        migrations.AlterField(
            model_name='hazard',
            name='object',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='hazards', to='objects.supervisedobject', verbose_name='Object'),
        ),
        migrations.AlterField(
            model_name='hazard',
            name='supervisor',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='org.unit', verbose_name='Supervising unit'),
        ),
        migrations.AlterField(
            model_name='hazard',
            name='unit',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='org.unit', verbose_name='Liable unit'),
        ),
    ]
