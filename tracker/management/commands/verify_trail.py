"""`manage.py verify_trail`: walk the trail and say whether it holds. Exit code 0 when it does, else 1."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from governance.models import AuditEvent
from governance.trail import ORGANISATION, Verdict, seal, verify
from tracker.formats import count


class Command(BaseCommand):
    help = "Verifies the hash chains of the trail: finds any edit, removal, insertion, reorder, or vanished chain."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seal", action="store_true", help="seal first: bind where every chain stands now")
        parser.add_argument(
            "--expect",
            metavar="HASH",
            default="",
            help="a head that an earlier run printed; it must still be a link of the organisation's chain",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["seal"]:
            self.stdout.write(f"Sealed {count(seal(timezone.now()), 'chain')} that had moved.")
        verdict = verify()
        problems = [str(flaw) for flaw in verdict.flaws]
        expected = options["expect"].strip().lower()
        if expected and not _is_still_there(expected):
            problems.append(f"{ORGANISATION}: the expected head {expected} is no link of it any more")
        if problems:
            for problem in problems:
                self.stderr.write(problem)
            raise CommandError(f"The trail does not hold: {count(len(problems), 'flaw')} in {_extent(verdict)}.")
        self.stdout.write(f"The trail holds: {_extent(verdict)}. Head of the organisation's chain: {_head(verdict)}.")


def _is_still_there(digest: str) -> bool:
    return AuditEvent.objects.filter(chain=ORGANISATION, hash=digest).exists()


def _extent(verdict: Verdict) -> str:
    return f"{count(verdict.events, 'event')} in {count(verdict.chains, 'chain')}"


def _head(verdict: Verdict) -> str:
    return verdict.head or "none yet"
