"""`manage.py load_demo`: the sample portfolio, once."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from models_registry.models import Person, RegisteredModel
from tracker.sample.portfolio import load


class Command(BaseCommand):
    help = "Load the sample portfolio into an empty database; a database with models or people in it is left alone."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The sample has published passwords. Set THROUGHLINE_MODE=demo to load it.")
        if RegisteredModel.objects.exists() or Person.objects.exists():
            self.stdout.write("The database has data already; it is kept as it is.")
            return
        with transaction.atomic():
            load(timezone.now(), lambda line: self.stdout.write(f"  {line}"))
