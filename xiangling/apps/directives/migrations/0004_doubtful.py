"""Lines of a recognised scan that are to be compared with it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('directives', '0003_narrower_indexes'),
    ]

    operations = [
        migrations.AddField(
            model_name='document',
            name='doubtful',
            field=models.JSONField(default=list),
        ),
    ]
