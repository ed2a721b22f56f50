"""The read model of the claim board: what nobody owns, one's own work with its next step, hand-overs, who has room."""

from tracker.claims.asks import asks_line
from tracker.claims.board import (
    WORK_SHOWN,
    ClaimBoard,
    Claimed,
    Offer,
    every_vacancy,
    every_work,
    own_work,
    owner_of,
    read_board,
    work_of,
)
from tracker.claims.load import ROOM, Load, loads, peers
from tracker.claims.rows import Vacancy, Work, vacancy_rows, with_marks, work_rows
from tracker.claims.vacancies import Filters, Tally, claimable, vacancies

__all__ = [
    "ROOM",
    "WORK_SHOWN",
    "ClaimBoard",
    "Claimed",
    "Filters",
    "Load",
    "Offer",
    "Tally",
    "Vacancy",
    "Work",
    "asks_line",
    "claimable",
    "every_vacancy",
    "every_work",
    "loads",
    "own_work",
    "owner_of",
    "peers",
    "read_board",
    "vacancies",
    "vacancy_rows",
    "with_marks",
    "work_of",
    "work_rows",
]
