"""The head of the trail outside the database, day by day: in a file and in a mail, so that a rewritten trail shows."""

from tracker.seals.daily import seal_day
from tracker.seals.files import BadSeal, Seal, read_seals, seals_on_disk
from tracker.seals.letters import post
from tracker.seals.proof import against

__all__ = ["BadSeal", "Seal", "against", "post", "read_seals", "seal_day", "seals_on_disk"]
