"""The trail beside seals that were kept outside: whoever rewrote all of it cannot have known what they hold."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Final

from governance.models import AuditEvent
from governance.trail import ORGANISATION, Flaw
from tracker.seals.files import Seal

_BATCH: Final = 500


def against(seals: Iterable[Seal]) -> tuple[int, list[Flaw]]:
    """How many seals were compared, and each that the organisation's chain does not keep any more, in their order."""
    compared, flaws, left = 0, [], iter(seals)
    while some := list(islice(left, _BATCH)):
        compared += len(some)
        places = {seal.sequence for seal in some}
        found = AuditEvent.objects.filter(chain=ORGANISATION, sequence__in=places)
        kept = dict(found.values_list("sequence", "hash"))
        flaws += [
            Flaw(ORGANISATION, seal.sequence, f"is not the link that was sealed on {seal.day.isoformat()}")
            for seal in some
            if kept.get(seal.sequence) != seal.head
        ]
    return compared, flaws
