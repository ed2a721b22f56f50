"""Triggers that keep the trail and everything closed as they are."""

from typing import Any

from django.db import migrations

from governance.triggers import LAW_GUARDS
from models_registry.triggers import install_in_migration, remove_in_migration


def forwards(apps: Any, editor: Any) -> None:
    install_in_migration(LAW_GUARDS, editor)


def backwards(apps: Any, editor: Any) -> None:
    remove_in_migration(LAW_GUARDS, editor)


class Migration(migrations.Migration):
    dependencies = [("governance", "0002_initial")]

    operations = [migrations.RunPython(forwards, backwards)]
