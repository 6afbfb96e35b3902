"""Lists of cases stand newest first by the day they were opened: the indexes for it, made beside the work."""

from django.db import migrations, models

from xiangling.kernel.migrating import AddIndexQuietly


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('kernel', '0002_arrival'),
    ]

    operations = [
        AddIndexQuietly(
            model_name='notice',
            index=models.Index(fields=['post', '-at', '-id'], name='notice_latest'),
        ),
        AddIndexQuietly(
            model_name='notice',
            index=models.Index(condition=models.Q(('read_at__isnull', True)), fields=['post', '-at', '-id'], name='notice_unread'),
        ),
    ]
