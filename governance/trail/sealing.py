"""The seal: the organisation's chain notes where the other chains stand, so that none can be cut short unseen."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from governance.models import ChainHead
from governance.trail.chain import ORGANISATION, Entry, append, locked_head

SEAL_BATCH = 5_000


def seal(at: datetime) -> int:
    """Bind every head that moved since the last seal into the organisation's chain. Returns how many were bound.

    The organisation's own head needs no note: each link of that chain already covers all links before it.
    """
    bound = 0
    while count := _seal_some(at):
        bound += count
    return bound


def _seal_some(at: datetime) -> int:
    """One transaction's worth. A chain that is being written to just now is left to the next seal.

    The organisation's head comes first: acts that write to both kinds of chain take it before a release's, too.
    """
    with transaction.atomic():
        moved = ChainHead.objects.exclude(chain=ORGANISATION).filter(sequence__gt=F("sealed_sequence"))
        if not moved.exists():
            return 0
        locked_head(ORGANISATION)
        heads = list(moved.select_for_update(skip_locked=True).order_by("chain")[:SEAL_BATCH])
        if not heads:
            return 0
        bound = {head.chain: [head.sequence, head.hash] for head in heads}
        append(
            ORGANISATION,
            [Entry(act="trail.seal", subject="trail", subject_name="The trail", at=at, detail={"heads": bound})],
        )
        for head in heads:
            head.sealed_sequence = head.sequence
        ChainHead.objects.bulk_update(heads, ["sealed_sequence"], batch_size=500)
        return len(heads)
