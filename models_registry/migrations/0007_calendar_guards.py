"""The first revision of every calendar, and triggers that keep revisions as they are."""

from typing import Any

from django.db import migrations

from models_registry.triggers import CALENDAR_GUARDS, remove_in_migration, renew_in_migration

FACTS = ("timezone", "hours", "country", "closed_days", "always_open")


def forwards(apps: Any, editor: Any) -> None:
    calendars, revisions = (apps.get_model("models_registry", name) for name in ("WorkCalendar", "CalendarRevision"))
    for calendar in calendars.objects.all():
        facts = {name: getattr(calendar, name) for name in FACTS}
        revisions.objects.create(calendar=calendar, number=1, made_at=calendar.updated_at, **facts)
    renew_in_migration(CALENDAR_GUARDS, editor)


def backwards(apps: Any, editor: Any) -> None:
    remove_in_migration(CALENDAR_GUARDS, editor)


class Migration(migrations.Migration):
    dependencies = [("models_registry", "0006_clocks_and_skills")]

    operations = [migrations.RunPython(forwards, backwards)]
