"""Titles say what the figures find, for no data and for little of it, too; no database is needed to prove that."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from models_registry.models import Person
from models_registry.vocabulary import RiskTier, Stage
from tracker.insight import Arrivals, Loss, Losses, Quarter, Scope, StageTime, Times, scope_of, words
from tracker.insight.cohorts import Cell
from tracker.web.insights import figures

QUARTERS = tuple(Quarter(2025, number) for number in (1, 2, 3, 4))
NOW = datetime(2025, 12, 1, tzinfo=UTC)


def scope(period: str = "1y") -> Scope:
    return scope_of(Person(), period=period, now=NOW)


def arrived(*quarters: tuple[int, int, int], team: int = 1) -> Arrivals:
    """Live, in flight and never live of each quarter, the latest last; what never went live ended in validation."""
    first = len(QUARTERS) - len(quarters)
    cells = [
        cell
        for place, (live, flight, never) in enumerate(quarters, start=first)
        for cell in (
            Cell(place, team, 4, False, live),
            Cell(place, team, 2, True, flight),
            Cell(place, team, 1, False, never),
        )
        if cell.count
    ]
    return Arrivals(QUARTERS, cells, {team: "Payments risk"})


@pytest.mark.parametrize(
    ("found", "title"),
    [
        (arrived(), "No model has been briefed yet"),
        (arrived((0, 1, 0)), "No quarter is decided yet: 1 of 1 model is in flight"),
        (arrived((1, 8, 0)), "No quarter is decided yet: 8 of 9 models are in flight"),
        (arrived((1, 0, 0)), "100% of the models of Q4 ’25 are live, the one decided quarter"),
        (arrived((1, 0, 0), (0, 0, 3)), "1 of 4 models of the decided quarters is live"),
        (
            arrived((1, 0, 9), (2, 0, 8), (5, 0, 5), (0, 4, 0)),
            "The rate rose in every decided quarter, from 10% to 50%",
        ),
        (arrived((9, 0, 1), (5, 0, 5), (1, 0, 9)), "The rate fell in every decided quarter, from 90% to 10%"),
        (arrived((2, 0, 8), (9, 0, 1), (5, 0, 5)), "Between 20% and 90% of a quarter’s models arrive"),
        (arrived((1, 0, 9), (2, 0, 8)), "Between 10% and 20% of a quarter’s models arrive"),
        (arrived((5, 0, 5), (5, 0, 5)), "50% of the models of every quarter arrive"),
        (arrived((1, 0, 0), (2, 0, 8), (5, 0, 5)), "Between 20% and 50% of a quarter’s models arrive"),
    ],
)
def test_the_title_of_the_cohorts(found: Arrivals, title: str) -> None:
    assert words.cohort_title(found) == title


@pytest.mark.parametrize(
    ("found", "title"),
    [
        (arrived(), "No model has been briefed yet"),
        (arrived((0, 3, 0)), "0 of 3 models got to live so far"),
        (arrived((3, 0, 0)), "No model was lost on the way: all 3 are live"),
        (arrived((3, 0, 7)), "Validation to compliance review loses most: 7 of 10"),
    ],
)
def test_the_title_of_the_funnel(found: Arrivals, title: str) -> None:
    assert words.funnel_title(found) == title


def test_the_answer_in_one_sentence() -> None:
    assert words.summary(arrived(), scope()) == ("No model has been briefed since October 2024.", "")
    assert words.summary(arrived((1, 2, 1)), scope()) == (
        "4 models briefed since October 2024:",
        "1 is live, 1 was closed without going live, 2 are in flight.",
    )
    assert words.summary(arrived((1, 0, 0)), scope("all"))[0] == "1 model briefed so far:"


def test_what_was_left_out_is_said() -> None:
    found = Arrivals(QUARTERS, [Cell(3, 1, 4, False, 2), Cell(-2, 1, 4, False, 7), Cell(-3, 1, 4, False, 1)], {})
    note = words.cohort_note(found)
    assert "1 quarter of fewer than 5 models left out of the title" in note
    assert "7 models imported without a brief left out" in note
    assert "1 model with estimated dates left out" in note
    assert found.all.total == 2


def timed(stage: Stage, median: float, upper: float, *budgets: str) -> StageTime:
    days = [(tier, Decimal(budget)) for tier, budget in zip(RiskTier, budgets, strict=False)]
    return StageTime(stage, median, upper, upper + 1, 4, days)


def test_the_title_of_the_times() -> None:
    late = timed(Stage.DEPLOYMENT, 4, 10, "5", "5")
    good = timed(Stage.BRIEF, 1, 4, "5")
    mixed = timed(Stage.VALIDATION, 9, 30, "5", "8")
    assert words.times_title(Times([], 0)) == "No stay in a stage has ended yet"
    assert words.times_title(Times([good, late], 0)) == (
        "Deployment runs furthest past its 5-day budget: 15% of stays take over 10.0 weekdays"
    )
    assert words.times_title(Times([good], 0)) == "In every stage 85% of the stays end within the budget"
    assert words.times_title(Times([good, mixed], 0)) == (
        "Validation takes longest: half of the stays more than 9.0 weekdays"
    )
    assert "3 imported stays with estimated dates left out" in words.times_note(Times([good], 3), scope())
    assert figures.time_table(Times([mixed], 0)).rows[0][-2] == "low 5, medium 8"


def lost(name: str, label: str, releases: int, **amounts: str) -> Loss:
    sums = {currency: Decimal(amount) for currency, amount in amounts.items()}
    return Loss(name, label, killed=releases, amounts=sums, medians=sums)


def test_the_title_of_the_losses() -> None:
    assert words.losses_title(Losses([], [])) == "No release was given up or set aside before it went live"
    assert words.reasons_title(Losses([], [])) == "Nothing has ended, so there is no reason to count"
    free = Losses([lost("brief", "Brief", 1)], [lost("no_value", "No value shown", 1)])
    assert words.losses_title(free) == "1 release never went live; no cost is recorded for it"
    assert words.reasons_title(free) == "“No value shown” ended 1 of 1 release"
    paid = Losses(
        [lost("brief", "Brief", 1), lost("validation", "Validation", 3, EUR="2310000", USD="1200")],
        [lost("no_value", "No value shown", 3, EUR="1155000"), lost("other", "Other", 1, EUR="1155000", USD="1200")],
    )
    assert words.losses_title(paid) == "€2.31\N{NO-BREAK SPACE}M and $1,200 went into 4 releases that never went live"
    assert words.reasons_title(paid) == "“No value shown” ended 3 of 4 releases, with 50% of the money"


def test_bars_say_what_they_hold_with_other_currencies_apart() -> None:
    paid = Losses(
        [lost("brief", "Brief", 1), lost("compliance_review", "Compliance review", 3, EUR="20000", USD="1200")], []
    )
    bars = figures.loss_bars(paid.stages, paid)
    assert [(bar.label, bar.value, bar.text, bar.note) for bar in bars] == [
        ("Brief", 0, "no cost", "1 release"),
        ("Compliance", Decimal(20000), "€20k + $1,200", "3 releases, median €20,000"),
    ]
    free = Losses([lost("brief", "Brief", 1)], [])
    assert [(bar.value, bar.text) for bar in figures.loss_bars(free.stages, free)] == [(1, "1 release")]


def test_undecided_quarters_are_drawn_paler_and_the_worst_step_is_marked() -> None:
    found = arrived((2, 0, 8), (1, 4, 0))
    assert [(stack.label, stack.note, stack.pale) for stack in figures.cohort_stacks(found)] == [
        ("Q3 ’25", "10 briefs", False),
        ("Q4 ’25", "not decided", True),
    ]
    assert [bar.label for bar in figures.funnel_bars(found) if bar.strong] == ["Compliance"]
    assert figures.funnel_bars(arrived())[0].value == 0
    assert [row[-3:] for row in figures.cohort_table(found).rows] == [
        ["20%", "6% – 51%", "yes"],
        ["20%", "4% – 62%", "no"],
    ]
