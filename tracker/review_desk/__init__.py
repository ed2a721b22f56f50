"""The review desk: the queue, what surrounds it, and one review with its dossier."""

from tracker.review_desk.around import Arriving, Closed, Lately, closed_of, closed_reviews
from tracker.review_desk.names import Names, queue_names
from tracker.review_desk.page import ReviewPage, review_page
from tracker.review_desk.queue import SIZE, Counts, Desk, every_row, read_desk
from tracker.review_desk.rows import ENDED, EXPIRING, Filters, Part, Row, is_officer
from tracker.review_desk.turns import TURNS
from tracker.review_desk.urgency import EXPLAINED, ORDER_IN_WORDS

__all__ = [
    "ENDED",
    "EXPIRING",
    "EXPLAINED",
    "ORDER_IN_WORDS",
    "SIZE",
    "TURNS",
    "Arriving",
    "Closed",
    "Counts",
    "Desk",
    "Filters",
    "Lately",
    "Names",
    "Part",
    "ReviewPage",
    "Row",
    "closed_of",
    "closed_reviews",
    "every_row",
    "is_officer",
    "queue_names",
    "read_desk",
    "review_page",
]
