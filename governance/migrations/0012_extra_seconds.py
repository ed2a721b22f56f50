"""What approved extensions add to the budget of a visit."""

from typing import Any

from django.db import migrations, models

from governance.triggers import LAW_GUARDS
from models_registry.triggers import renew_in_migration


def put_guards_back(apps: Any, editor: Any) -> None:
    """SQLite has made a new table of visits, without the triggers of the old one."""
    renew_in_migration(LAW_GUARDS, editor)


class Migration(migrations.Migration):
    dependencies = [("governance", "0011_spells_that_are_told")]

    operations = [
        migrations.AddField(
            model_name="stagevisit",
            name="extra_seconds",
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text="Business seconds that approved extensions add to the budget."
            ),
        ),
        migrations.RunPython(put_guards_back, put_guards_back),
    ]
