"""The day an imported file speaks of, so that an older edition does not overwrite a newer one."""

from datetime import date

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("models_registry", "0002_guards")]

    operations = [
        migrations.AddField(
            model_name="importrun",
            name="as_of",
            field=models.DateField(
                default=date(2000, 1, 1),
                help_text="The day the file speaks of; an older file does not overwrite a newer one.",
            ),
            preserve_default=False,
        ),
    ]
