"""The table of the cache that all processes share; it has no model, since nobody reads it by itself."""

from typing import Any

from django.core.management import call_command
from django.db import migrations

TABLE = "tracker_sharedcache"


def forwards(apps: Any, editor: Any) -> None:
    call_command("createcachetable", TABLE, database=editor.connection.alias, verbosity=0)


def backwards(apps: Any, editor: Any) -> None:
    editor.execute(f"DROP TABLE IF EXISTS {editor.quote_name(TABLE)}")


class Migration(migrations.Migration):
    dependencies = [("tracker", "0007_rests_of_destinations")]

    operations = [migrations.RunPython(forwards, backwards)]
