"""Model cards as other tools write them, read into what evidence says: pure, without a database."""

from tracker.integrations.cards.found import CardRead, Unread, UnreadableCardError
from tracker.integrations.cards.reading import MOST_BYTES, read_card

__all__ = ["MOST_BYTES", "CardRead", "Unread", "UnreadableCardError", "read_card"]
