"""What was on record before: reasons of holds as rows, and closed visits bound to the calendar their time was counted in."""

from typing import Any

from django.db import migrations
from django.db.models import OuterRef, Subquery

from governance.triggers import CLOCK_GUARDS, LAW_GUARDS, REVIEW_GUARDS
from models_registry.triggers import remove_in_migration, renew_in_migration

REASONS = (
    ("data_access", "Access to data", "external"),
    ("missing_evidence", "Missing evidence", "owner"),
    ("waiting_vendor", "Waiting for a vendor", "external"),
    ("platform_capacity", "Platform capacity", "external"),
    ("legal_contract", "Legal or contract", "external"),
    ("below_threshold", "Below the threshold", "owner"),
    ("people_absent", "People absent", "owner"),
    ("priority_change", "Change of priority", "requester"),
    ("other", "Other", "external"),
)


def forwards(apps: Any, editor: Any) -> None:
    entries = apps.get_model("governance", "HoldReasonEntry")
    for position, (code, label, waits_on) in enumerate(REASONS):
        entries.objects.create(code=code, label=label, waits_on=waits_on, position=position)
    remove_in_migration(LAW_GUARDS, editor)
    visits = apps.get_model("governance", "StageVisit")
    revisions = apps.get_model("models_registry", "CalendarRevision").objects
    first = revisions.filter(number=1, calendar__teams__models__releases__visits=OuterRef("pk")).values("pk")[:1]
    visits.objects.filter(left_at__isnull=False).update(calendar_revision=Subquery(first))
    renew_in_migration((*LAW_GUARDS, *REVIEW_GUARDS, *CLOCK_GUARDS), editor)


def backwards(apps: Any, editor: Any) -> None:
    apps.get_model("governance", "HoldReasonEntry").objects.all().delete()
    remove_in_migration(CLOCK_GUARDS, editor)


class Migration(migrations.Migration):
    dependencies = [("governance", "0008_ownership_and_clocks"), ("models_registry", "0007_calendar_guards")]

    operations = [migrations.RunPython(forwards, backwards)]
