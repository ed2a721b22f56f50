"""`manage.py check_files`: whether every uploaded original is there and is what was uploaded."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from governance.stored_files import state_of, stored_names
from models_registry.models import EvidenceFile
from tracker.formats import count


class Command(BaseCommand):
    help = "Read every uploaded original and compare its digest; name what is missing, changed, or without a record."

    def handle(self, *args: Any, **options: Any) -> None:
        known: set[str] = set()
        found = {"whole": 0, "missing": 0, "changed": 0}
        files = EvidenceFile.objects.select_related("release__model").order_by("pk")
        for file in files.iterator(chunk_size=500):
            state = state_of(file)
            found[state] += 1
            known.add(file.stored_as)
            if state != "whole":
                self.stdout.write(f"{state}: {file.name} of {file.release}, {file.digest}")
        left = [name for name in stored_names() if name not in known]
        for name in left:
            self.stdout.write(f"left over: {name} has no record; it is safe to delete when no upload is running")
        self.stdout.write(f"{count(found['whole'], 'file')} whole, {count(len(left), 'file')} left over")
        if found["missing"] or found["changed"]:
            raise CommandError(f"{found['missing']} missing, {found['changed']} changed: restore them from a backup.")
