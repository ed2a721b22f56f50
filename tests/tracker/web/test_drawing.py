"""Clocks, journeys, bullets and bars: what is drawn, and how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tracker.web import drawing
from tracker.web.drawing import Bar, Part, Rect, Span, Stack, Step

HOUR = 3600
DAY = 8 * HOUR
NOW = datetime(2026, 6, 16, 8, 24, tzinfo=UTC)


@dataclass
class Reading:
    elapsed: int
    budget: int | None
    stalls_at: datetime | None = None
    paused: bool = False
    rung: object = None

    @property
    def breached(self) -> bool:
        return self.budget is not None and self.elapsed >= self.budget


def clock(reading: Reading) -> drawing.Clock:
    return drawing.clock(reading, DAY, NOW, UTC)


def test_a_breached_clock_says_the_overrun_and_hatches_it_beyond_half_width() -> None:
    face = clock(Reading(14 * DAY + 6 * HOUR, 8 * DAY, datetime(2026, 6, 5, 10, 0, tzinfo=UTC), rung="escalated"))
    assert (face.value.replace("\xa0", " "), face.tone) == ("+6d 6h", "breach")
    assert face.context.replace("\xa0", " ") == "14d 6h of 8d"
    assert face.said == "past budget, was due Fri 5 Jun 10:00"
    assert face.bar == (Rect("el", "0%", "50%"), Rect("ov", "50%", "42.2%"))


def test_an_overrun_beyond_twice_the_budget_is_cut_at_the_frame() -> None:
    assert clock(Reading(100 * DAY, 8 * DAY, rung="x")).bar[1] == Rect("ov", "50%", "50%")


def test_a_clock_at_risk_says_when_it_is_due_and_an_early_one_how_much_is_used() -> None:
    due = datetime(2026, 6, 17, 7, 35, tzinfo=UTC)
    risky = clock(Reading(7 * DAY + HOUR, 8 * DAY, due, rung="at_risk"))
    early = clock(Reading(2 * DAY + HOUR, 10 * DAY, due))
    assert (risky.value, risky.tone, risky.context) == ("7h left", "risk", "due Wed 07:35")
    assert (early.value.replace("\xa0", " "), early.tone) == ("7d 7h left", "")
    assert early.context.replace("\xa0", " ") == "2d 1h of 10d"


def test_a_clock_on_hold_is_not_coloured_while_within_its_budget() -> None:
    assert clock(Reading(7 * DAY + HOUR, 8 * DAY, None, paused=True, rung="at_risk")).tone == ""


def test_a_stage_without_a_budget_has_no_bar_and_one_of_zero_is_used_up() -> None:
    assert clock(Reading(120 * DAY, None)).bar == ()
    assert clock(Reading(120 * DAY, None)).context == "no budget"
    assert clock(Reading(0, 0, rung="x")).bar == (Rect("el", "0%", "50%"), Rect("ov", "50%", "50%"))


def test_the_ring_is_full_when_the_budget_is() -> None:
    assert drawing.ring(Reading(8 * DAY, 8 * DAY, rung="x")) == drawing.Ring("40.84 40.84", "breach")
    assert drawing.ring(Reading(4 * DAY, 8 * DAY)) == drawing.Ring("20.42 40.84", "")
    assert drawing.ring(Reading(99, None)) == drawing.Ring("0.00 40.84", "")


def test_a_journeys_bars_share_one_scale() -> None:
    steps = drawing.journey(
        [
            Step("brief", "done", 5 * DAY, 5 * DAY, entered=date(2026, 5, 4)),
            Step("validation", "current", 11 * DAY, 10 * DAY),
            Step("live", "todo"),
        ]
    )
    assert [step.mark for step in steps] == ["41.8%", "83.6%", ""]
    assert steps[1].bar == (Rect("el", "0%", "83.6%"), Rect("ov", "83.6%", "8.4%"))
    assert steps[1].over == DAY
    assert steps[2].bar == ()
    assert drawing.journey([]) == []


@pytest.mark.parametrize(
    ("value", "limit", "at_most", "met", "text", "tone"),
    [
        ("184", "120", True, False, "+53%", "breach"),
        ("340", "300", False, True, "+13%", ""),
        ("99.94", "99.9", False, True, "+0.04", ""),
        ("120", "120", True, True, "at the limit", ""),
        ("0.75", "0.8", False, False, "−6%", "breach"),
        ("1", "0", True, False, "+1", "breach"),
        (None, "4", True, None, "not measured", ""),
    ],
)
def test_a_bullet_says_the_distance_to_the_limit(
    value: str | None, limit: str, at_most: bool, met: bool | None, text: str, tone: str
) -> None:
    face = drawing.bullet(Decimal(value) if value else None, Decimal(limit), at_most=at_most, met=met)
    assert (face.text, face.tone) == (text, tone)


def test_only_a_missed_ceiling_is_hatched() -> None:
    over = drawing.bullet(Decimal(184), Decimal(120), at_most=True, met=False)
    more = drawing.bullet(Decimal(340), Decimal(300), at_most=False, met=True)
    short = drawing.bullet(Decimal("0.4"), Decimal("0.8"), at_most=False, met=False)
    assert [part.kind for part in over.bar] == ["el", "ov"]
    assert [part.kind for part in more.bar] == ["el", "el"]
    assert [part.kind for part in short.bar] == ["breach"]


def test_stacks_share_one_scale_and_leave_out_empty_parts() -> None:
    parts = [Part("Past budget", 0, "breach"), Part("On time", 2, "rest")]
    short, long = drawing.stacked([Stack("Brief", parts), Stack("Live", [Part("On time", 4, "rest")])])
    assert short.rects == (Rect("rest", "0%", "50%"),)
    assert long.rects == (Rect("rest", "0%", "100%"),)
    assert [text.said for text in short.texts] == ["2"]


def test_shares_stand_on_the_floor_and_fill_the_column() -> None:
    (column,) = drawing.shares([Stack("Q1", [Part("Live", 1, "live"), Part("Never live", 3, "never")])])
    assert column.rects == (Rect("live", "75%", "25%"), Rect("never", "0%", "75%"))
    assert [text.said for text in column.texts] == ["25%", "75%"]


def test_nothing_to_draw_draws_nothing() -> None:
    assert drawing.bars([]) == drawing.funnel([]) == drawing.stacked([]) == drawing.shares([Stack("x", [])])[1:] == []
    assert drawing.spans([])[0] == []
    assert drawing.shares([Stack("x", [])])[0].rects == ()


def test_a_funnel_compares_with_its_first_bar() -> None:
    drawn = drawing.funnel([Bar("Brief", 91, stage="brief"), Bar("Live", 33, stage="live", note="36%", strong=True)])
    assert drawn[1].rects[1] == Rect("stage", "0%", "36.3%")
    assert drawn[1].strong


def test_spans_place_median_upper_top_and_budget_on_one_scale_of_round_days() -> None:
    rows, ticks = drawing.spans([Span("Validation", 7.2, 13.5, 21, 10)])
    assert [said for _, said in ticks] == ["0d", "5d", "10d", "15d", "20d", "25d"]
    assert [part.kind for part in rows[0].rects] == ["acc", "acc-2", "rest"]
    assert rows[0].mark == ticks[2][0]
    assert (rows[0].text, rows[0].note) == ("13.5", "and 21.0")


def test_a_quorum_has_a_dot_for_each_approval() -> None:
    assert [dot.on for dot in drawing.dots(3, 1)] == [True, False, False]
    assert drawing.dots_width(2) == 33
