"""Triggers that keep written-once facts written once."""

from typing import Any

from django.db import migrations

from models_registry.triggers import FACT_GUARDS, install_in_migration, remove_in_migration


def forwards(apps: Any, editor: Any) -> None:
    install_in_migration(FACT_GUARDS, editor)


def backwards(apps: Any, editor: Any) -> None:
    remove_in_migration(FACT_GUARDS, editor)


class Migration(migrations.Migration):
    dependencies = [("models_registry", "0001_initial")]

    operations = [migrations.RunPython(forwards, backwards)]
