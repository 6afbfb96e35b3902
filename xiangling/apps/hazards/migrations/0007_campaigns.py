"""Special campaigns, and in which of them a hazard was found."""

import django.db.models.deletion
import django.db.models.functions.text
import uuid
from django.db import migrations, models

from xiangling.kernel.migrating import AddIndexQuietly


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('hazards', '0006_narrower_indexes'),
        ('org', '0003_narrower_indexes'),
    ]

    operations = [
        migrations.CreateModel(
            name='Campaign',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('region', models.CharField(max_length=12, verbose_name='Region')),
                ('city', models.GeneratedField(db_persist=True, expression=django.db.models.functions.text.Substr('region', 1, 4), output_field=models.CharField(max_length=4))),
                ('district', models.GeneratedField(db_persist=True, expression=django.db.models.functions.text.Substr('region', 1, 6), output_field=models.CharField(max_length=6))),
                ('town', models.GeneratedField(db_persist=True, expression=django.db.models.functions.text.Substr('region', 1, 9), output_field=models.CharField(max_length=9))),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('name', models.CharField(max_length=80, unique=True, verbose_name='Name')),
                ('sectors', models.JSONField(default=list, verbose_name='Sectors')),
                ('begins_on', models.DateField(verbose_name='Begins')),
                ('ends_on', models.DateField(verbose_name='Ends')),
                ('basis', models.CharField(blank=True, max_length=200, verbose_name='Basis')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='org.unit', verbose_name='Ordering unit')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='handling',
            name='campaign',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='hazards.campaign'),
        ),
        AddIndexQuietly(
            model_name='handling',
            index=models.Index(condition=models.Q(('campaign__isnull', False)), fields=['campaign', 'found_on'], name='handling_campaign'),
        ),
    ]
