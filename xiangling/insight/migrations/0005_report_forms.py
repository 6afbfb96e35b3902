from django.db import migrations, models


def name_forms(apps, schema_editor):
    """Files made before are workbooks: their path loses its ending, and they say what they counted."""
    files = apps.get_model("insight", "ReportFile").objects.exclude(path="")
    for made in files.select_related("report").iterator():
        made.path = made.path.removesuffix(".xlsx")
        made.forms = ["xlsx"]
        made.region = made.report.ask.get("region", "")
        made.save(update_fields=["path", "forms", "region"])


class Migration(migrations.Migration):

    dependencies = [
        ('insight', '0004_bulletins'),
    ]

    operations = [
        migrations.AddField(
            model_name='reportfile',
            name='forms',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='reportfile',
            name='region',
            field=models.CharField(blank=True, max_length=12),
        ),
        migrations.AddField(
            model_name='reportfile',
            name='sectors',
            field=models.JSONField(null=True),
        ),
        migrations.RunPython(name_forms, migrations.RunPython.noop),
    ]
