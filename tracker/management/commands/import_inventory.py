"""`manage.py import_inventory FILE`: bring an inventory of models in, or its next edition.

Every row is accounted for; the last line is `created N, updated N, unchanged N, refused N`.
"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from governance.errors import Refused
from models_registry.models import Person
from tracker.integrations.inventory.builtin_maps import BUILT_IN
from tracker.integrations.inventory.choosing import open_inventory
from tracker.integrations.inventory.files import UnreadableFileError
from tracker.integrations.inventory.importing import Report, import_table
from tracker.integrations.inventory.map_files import MapProblemError
from tracker.integrations.inventory.mapping import Map
from tracker.integrations.inventory.reading import Table


class Command(BaseCommand):
    help = "Imports an inventory of models (CSV or XLSX) as models, releases and visits with their real dates."

    def add_arguments(self, parser: ArgumentParser) -> None:
        names = ", ".join(one.name for one in BUILT_IN)
        parser.add_argument("file", type=Path, help="a CSV or XLSX file")
        parser.add_argument("--map", default="", help=f"a built-in map ({names}) or a map file; else it is found out")
        parser.add_argument("--sheet", default="", help="the sheet of a workbook; else the one with the inventory")
        parser.add_argument("--division", default="", help="the division of rows that name none")
        parser.add_argument("--as", dest="actor", default="", metavar="EMAIL", help="the administrator who imports")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            actor = _administrator(options["actor"])
            table, chosen = open_inventory(options["file"], options["map"], options["sheet"], options["division"])
            self._introduce(table, chosen)
            report = import_table(table, chosen, now=timezone.now(), actor=actor, dry_run=options["dry_run"])
        except (UnreadableFileError, MapProblemError, Refused) as problem:
            raise CommandError(str(problem)) from problem
        self._account(report, dry_run=options["dry_run"])

    def _introduce(self, table: Table, chosen: Map) -> None:
        self.stdout.write(f"{table.file_name}: {len(table.rows):,} rows and {len(table.headers)} columns")
        for note in table.notes:
            self.stdout.write(f"  {note}")
        self.stdout.write(f"Map {chosen.name}: {chosen.title}")
        self.stdout.write("\n".join(_columns(table, chosen)))

    def _account(self, report: Report, *, dry_run: bool) -> None:
        self.stdout.write(f"The file speaks of {report.plan.as_of}; later dates are plans.")
        for note in report.notes:
            self.stdout.write(f"  {note}")
        for refusal in report.refusals:
            self.stdout.write(f"  refused line {refusal.line}: {refusal.reason}")
        if dry_run:
            self.stdout.write("Dry run: nothing was written.")
        self.stdout.write(str(report))


def _columns(table: Table, chosen: Map) -> list[str]:
    """Which column was read as what; a guess with how sure it is, and the fields that the file does not have."""
    places = chosen.locate(table.headers).places
    guesses = {guess.field: guess for guess in chosen.guesses}
    lines = []
    for wanted in chosen.columns:
        headers = " + ".join(repr(_short(table.headers[place])) for place in places.get(wanted, ()))
        if wanted in guesses:
            headers += f", a guess: {guesses[wanted].confidence:.0%} sure, {guesses[wanted].why}"
        lines.append(f"  {wanted}: {headers or 'no such column'}")
    return lines


def _short(header: str, limit: int = 70) -> str:
    return header if len(header) <= limit else header[: limit - 1] + "…"


def _administrator(email: str) -> Person | None:
    if not email:
        return None
    person = Person.objects.filter(email__iexact=email).first()
    if person is None:
        raise CommandError(f"There is nobody here with the address {email}; leave --as out or name an administrator.")
    return person
