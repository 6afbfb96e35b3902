"""The index of posts by unit is gone: the one by unit and role answers the same."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("org", "0003_narrower_indexes")]

    operations = [
        migrations.AlterField(
            model_name='post',
            name='unit',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='posts', to='org.unit', verbose_name='Unit'),
        ),
    ]
