"""The review desk: the queue, what surrounds it, and one review with its dossier."""

from tracker.review_desk.around import Arriving, Closed, Lately, closed_of, closed_reviews
from tracker.review_desk.page import ReviewPage, review_page
from tracker.review_desk.queue import SIZE, Counts, Desk, every_row, read_desk
from tracker.review_desk.rows import Filters, Part, Row, is_officer

__all__ = [
    "SIZE",
    "Arriving",
    "Closed",
    "Counts",
    "Desk",
    "Filters",
    "Lately",
    "Part",
    "ReviewPage",
    "Row",
    "closed_of",
    "closed_reviews",
    "every_row",
    "is_officer",
    "read_desk",
    "review_page",
]
