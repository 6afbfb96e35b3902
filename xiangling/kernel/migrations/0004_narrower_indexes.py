"""Indexes that no query uses, or that another one covers, are gone: every step wrote them again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("kernel", "0003_newest_indexes")]

    operations = [
        migrations.RemoveIndex(
            model_name='notice',
            name='notice_post',
        ),
    ]
