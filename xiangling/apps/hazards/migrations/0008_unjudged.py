"""The findings that an import has stored and the judge has not read yet."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('hazards', '0007_campaigns'),
    ]

    operations = [
        migrations.CreateModel(
            name='Unjudged',
            fields=[
                ('hazard', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='unjudged', serialize=False, to='hazards.hazard')),
            ],
        ),
    ]
