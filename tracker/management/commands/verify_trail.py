"""`manage.py verify_trail`: walk the trail and say whether it holds. Exit code 0 when it does, else 1."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from governance.models import AuditEvent
from governance.trail import ORGANISATION, Flaw, Verdict, first_of, seal, verify
from tracker.formats import count
from tracker.seals import BadSeal, against, read_seals, seals_on_disk


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

        parser.add_argument(
            "--seals",
            metavar="FILE",
            type=Path,
            help="a file of daily seals, or a folder of them, kept elsewhere: each must still be a link of that chain",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["seal"]:
            self.stdout.write(f"Sealed {count(seal(timezone.now()), 'chain')} that had moved.")
        verdict = verify()
        compared, unlike = _against(options["seals"]) if options["seals"] else (0, [])
        flaws = [*verdict.flaws, *_unexpected(options["expect"].strip().lower()), *unlike]
        if flaws:
            raise CommandError(self._told(verdict, flaws))
        self.stdout.write(f"The trail holds: {_extent(verdict)}. Head of the organisation's chain: {_head(verdict)}.")
        if options["seals"]:
            self.stdout.write(f"It keeps to {count(compared, 'seal')} of {options['seals']}.")

    def _told(self, verdict: Verdict, flaws: Sequence[Flaw]) -> str:
        """Name the flaws; returns the last word."""
        for flaw in flaws:
            self.stderr.write(str(flaw))
        unnamed = verdict.found - len(verdict.flaws)
        if unnamed:
            self.stderr.write(f"and {count(unnamed, 'more flaw')} that are not named here")
        last = f"The trail does not hold: {count(len(flaws) + unnamed, 'flaw')} in {_extent(verdict)}."
        broken = first_of(flaws)
        return f"{last} First broken link: {broken.chain}#{broken.sequence}." if broken and broken.sequence else last


def _unexpected(expected: str) -> list[Flaw]:
    if not expected or _is_still_there(expected):
        return []
    return [Flaw(ORGANISATION, 0, f"the expected head {expected} is no link of it any more")]


def _is_still_there(digest: str) -> bool:
    return AuditEvent.objects.filter(chain=ORGANISATION, hash=digest).exists()


def _against(place: Path) -> tuple[int, list[Flaw]]:
    """The seals of a file or folder beside the trail."""
    try:
        if place.is_dir():
            return against(seals_on_disk(place))
        with place.open(encoding="utf-8", errors="replace") as file:
            return against(read_seals(file))
    except BadSeal as error:
        raise CommandError(f"{place}, {error}. Give a file as Throughline writes it.") from error
    except OSError as error:
        raise CommandError(f"{place} cannot be read: {error.strerror}.") from error


def _extent(verdict: Verdict) -> str:
    return f"{count(verdict.events, 'event')} in {count(verdict.chains, 'chain')}"


def _head(verdict: Verdict) -> str:
    return verdict.head or "none yet"
