"""Triggers for verdicts, feedback, findings and waivers, and again for tables that SQLite copied."""

from typing import Any

from django.db import migrations

from governance.triggers import LAW_GUARDS, REVIEW_GUARDS
from models_registry.triggers import remove_in_migration, renew_in_migration


def forwards(apps: Any, editor: Any) -> None:
    renew_in_migration((*LAW_GUARDS, *REVIEW_GUARDS), editor)


def backwards(apps: Any, editor: Any) -> None:
    remove_in_migration(REVIEW_GUARDS, editor)


class Migration(migrations.Migration):
    dependencies = [("governance", "0004_reviews_in_depth")]

    operations = [migrations.RunPython(forwards, backwards)]
