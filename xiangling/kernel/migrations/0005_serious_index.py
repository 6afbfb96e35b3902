"""Open cases of the worst grade are counted on every cockpit, and are few among the open."""

from django.db import migrations, models

from xiangling.kernel.migrating import AddIndexQuietly


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("kernel", "0004_narrower_indexes")]

    operations = [
        AddIndexQuietly(
            model_name="docket",
            index=models.Index(
                fields=["due_at"], name="docket_serious", condition=models.Q(mark="major")
            ),
        ),
    ]
