"""Lists of cases stand newest first by the day they were opened: the indexes for it, made beside the work."""

from django.db import migrations, models

from xiangling.kernel.migrating import AddIndexQuietly


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('documents', '0001_initial'),
        ('org', '0001_initial'),
    ]

    operations = [
        AddIndexQuietly(
            model_name='paper',
            index=models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['city', 'due_at', 'id', 'sector'], name='paper_city_open'),
        ),
        AddIndexQuietly(
            model_name='paper',
            index=models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['district', 'due_at', 'id', 'sector'], name='paper_district_open'),
        ),
        AddIndexQuietly(
            model_name='paper',
            index=models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['town', 'due_at', 'id', 'sector'], name='paper_town_open'),
        ),
        AddIndexQuietly(
            model_name='paper',
            index=models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['unit', 'due_at', 'id', 'sector'], name='paper_unit_open'),
        ),
        AddIndexQuietly(
            model_name='paper',
            index=models.Index(fields=['city', '-opened_at', '-id', 'sector'], name='paper_city_newest'),
        ),
        AddIndexQuietly(
            model_name='paper',
            index=models.Index(fields=['district', '-opened_at', '-id', 'sector'], name='paper_district_newest'),
        ),
        AddIndexQuietly(
            model_name='paper',
            index=models.Index(fields=['town', '-opened_at', '-id', 'sector'], name='paper_town_newest'),
        ),
        AddIndexQuietly(
            model_name='paper',
            index=models.Index(fields=['unit', '-opened_at', '-id', 'sector'], name='paper_unit_newest'),
        ),
    ]
