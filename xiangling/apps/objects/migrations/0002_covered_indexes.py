"""The index by unit is gone: the one by unit and kind answers the same, and each import wrote both."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("objects", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name='supervisedobject',
            name='unit',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='objects_of', to='org.unit', verbose_name='Enterprise'),
        ),
    ]
