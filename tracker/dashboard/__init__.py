"""The read model of the stall dashboard: what is stalled, how long, whose it is, why, and what it costs."""

from tracker.dashboard.figures import Cell, Tally, age_edges, budgets, tally
from tracker.dashboard.horizon import Horizon, ago
from tracker.dashboard.money import Money, Spending, Spent, spending
from tracker.dashboard.reasons import GATE, NO_OWNER, Why, telling, why_held, why_shut, why_vacant
from tracker.dashboard.rows import Acts, StallRow, rows_of, who_is_needed
from tracker.dashboard.stalls import (
    ORDERS,
    Filters,
    StallPage,
    export_rows,
    first_calendar,
    one_row,
    read_page,
    teams_in_sight,
)
from tracker.dashboard.standing import SHOWN, Standing, past_budget, placed, underway, with_marks

__all__ = [
    "GATE",
    "NO_OWNER",
    "ORDERS",
    "SHOWN",
    "Acts",
    "Cell",
    "Filters",
    "Horizon",
    "Money",
    "Spending",
    "Spent",
    "StallPage",
    "StallRow",
    "Standing",
    "Tally",
    "Why",
    "age_edges",
    "ago",
    "budgets",
    "export_rows",
    "first_calendar",
    "one_row",
    "past_budget",
    "placed",
    "read_page",
    "rows_of",
    "spending",
    "tally",
    "teams_in_sight",
    "telling",
    "underway",
    "who_is_needed",
    "why_held",
    "why_shut",
    "why_vacant",
    "with_marks",
]
