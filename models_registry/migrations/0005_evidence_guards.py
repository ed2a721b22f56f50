"""Triggers for the new written-once tables, and again for those that SQLite copied when columns were added."""

from typing import Any

from django.db import migrations

from models_registry.triggers import EVIDENCE_GUARDS, FACT_GUARDS, remove_in_migration, renew_in_migration


def forwards(apps: Any, editor: Any) -> None:
    renew_in_migration((*FACT_GUARDS, *EVIDENCE_GUARDS), editor)


def backwards(apps: Any, editor: Any) -> None:
    remove_in_migration(EVIDENCE_GUARDS, editor)


class Migration(migrations.Migration):
    dependencies = [("models_registry", "0004_evidence_in_depth")]

    operations = [migrations.RunPython(forwards, backwards)]
