"""Lists of cases stand newest first by the day they were opened: the indexes for it, made beside the work."""

from django.db import migrations, models

from xiangling.kernel.migrating import AddIndexQuietly


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('hazards', '0004_textslice'),
        ('objects', '0001_initial'),
        ('org', '0001_initial'),
    ]

    operations = [
        AddIndexQuietly(
            model_name='extension',
            index=models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['city', 'due_at', 'id', 'sector'], name='extension_city_open'),
        ),
        AddIndexQuietly(
            model_name='extension',
            index=models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['district', 'due_at', 'id', 'sector'], name='extension_district_open'),
        ),
        AddIndexQuietly(
            model_name='extension',
            index=models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['town', 'due_at', 'id', 'sector'], name='extension_town_open'),
        ),
        AddIndexQuietly(
            model_name='extension',
            index=models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['unit', 'due_at', 'id', 'sector'], name='extension_unit_open'),
        ),
        AddIndexQuietly(
            model_name='extension',
            index=models.Index(fields=['city', '-opened_at', '-id', 'sector'], name='extension_city_newest'),
        ),
        AddIndexQuietly(
            model_name='extension',
            index=models.Index(fields=['district', '-opened_at', '-id', 'sector'], name='extension_district_newest'),
        ),
        AddIndexQuietly(
            model_name='extension',
            index=models.Index(fields=['town', '-opened_at', '-id', 'sector'], name='extension_town_newest'),
        ),
        AddIndexQuietly(
            model_name='extension',
            index=models.Index(fields=['unit', '-opened_at', '-id', 'sector'], name='extension_unit_newest'),
        ),
        AddIndexQuietly(
            model_name='hazard',
            index=models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['city', 'due_at', 'id', 'sector'], name='hazard_city_open'),
        ),
        AddIndexQuietly(
            model_name='hazard',
            index=models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['district', 'due_at', 'id', 'sector'], name='hazard_district_open'),
        ),
        AddIndexQuietly(
            model_name='hazard',
            index=models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['town', 'due_at', 'id', 'sector'], name='hazard_town_open'),
        ),
        AddIndexQuietly(
            model_name='hazard',
            index=models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['unit', 'due_at', 'id', 'sector'], name='hazard_unit_open'),
        ),
        AddIndexQuietly(
            model_name='hazard',
            index=models.Index(fields=['city', '-opened_at', '-id', 'sector'], name='hazard_city_newest'),
        ),
        AddIndexQuietly(
            model_name='hazard',
            index=models.Index(fields=['district', '-opened_at', '-id', 'sector'], name='hazard_district_newest'),
        ),
        AddIndexQuietly(
            model_name='hazard',
            index=models.Index(fields=['town', '-opened_at', '-id', 'sector'], name='hazard_town_newest'),
        ),
        AddIndexQuietly(
            model_name='hazard',
            index=models.Index(fields=['unit', '-opened_at', '-id', 'sector'], name='hazard_unit_newest'),
        ),
        AddIndexQuietly(
            model_name='hazard',
            index=models.Index(condition=models.Q(('merged_into__isnull', False)), fields=['merged_into'], name='hazard_merged'),
        ),
        AddIndexQuietly(
            model_name='hazard',
            index=models.Index(condition=models.Q(('closed_at__isnull', True), ('grade', 'major')), fields=['city', 'due_at', 'id', 'sector'], name='hazard_city_serious'),
        ),
        AddIndexQuietly(
            model_name='hazard',
            index=models.Index(condition=models.Q(('closed_at__isnull', True), ('grade', 'major')), fields=['district', 'due_at', 'id', 'sector'], name='hazard_district_serious'),
        ),
        AddIndexQuietly(
            model_name='hazard',
            index=models.Index(condition=models.Q(('closed_at__isnull', True), ('grade', 'major')), fields=['town', 'due_at', 'id', 'sector'], name='hazard_town_serious'),
        ),
    ]
