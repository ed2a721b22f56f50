"""`manage.py set_up`: what a new installation needs before the first sign-in."""

from __future__ import annotations

import getpass
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from governance.acts.calendars import revision_in_force
from governance.acts.policies import install_policy
from governance.policy import DEFAULT_RULES
from governance.trail import writers
from models_registry.models import Person, WorkCalendar
from models_registry.vocabulary import OrgRole

CALENDAR = "Weekdays"


class Command(BaseCommand):
    help = "Publish the first policy, make the first calendar and the first administrator. What is there stays."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--admin", metavar="EMAIL", help="make this person the first administrator")
        parser.add_argument("--name", default="", help="the administrator's full name")
        parser.add_argument("--timezone", default="UTC", help="of the administrator and of the first calendar")

    def handle(self, *args: Any, **options: Any) -> None:
        email = (options["admin"] or "").strip().lower()
        if email and Person.objects.filter(role=OrgRole.ADMIN, is_active=True).exclude(email=email).exists():
            raise CommandError("There is an administrator already, who adds people under Settings, People.")
        # Asked before the transaction: nobody types while the database is locked.
        password = self._password() if email and not Person.objects.filter(email=email).exists() else ""
        with transaction.atomic():
            policy = install_policy(DEFAULT_RULES, "The policy that Throughline starts with.")
            if policy:
                self.stdout.write(f"Published {policy}.")
            if not WorkCalendar.objects.exists():
                self._make_calendar(options["timezone"])
                self.stdout.write(
                    f"Made the calendar {CALENDAR}, Monday to Friday, 09:00 to 17:00 {options['timezone']}."
                )
            if password:
                self._make_admin(email, options["name"] or email, options["timezone"], password)

    def _make_calendar(self, zone: str) -> None:
        calendar = WorkCalendar.objects.create(name=CALENDAR, timezone=zone)
        said = {"name": CALENDAR, "timezone": zone, "hours": calendar.hours}
        revision_in_force(calendar, timezone.now())
        writers.calendar_changed(calendar, {}, said, None, timezone.now())

    def _make_admin(self, email: str, name: str, zone: str, password: str) -> None:
        person = Person.objects.create_superuser(email, password, full_name=name, timezone=zone)
        writers.person_changed("person.add", person, None, timezone.now(), after={"email": email, "role": "admin"})
        self.stdout.write(f"Made {email} the administrator.")

    def _password(self) -> str:
        password = getpass.getpass("Password of the administrator: ")
        try:
            validate_password(password)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        return password
