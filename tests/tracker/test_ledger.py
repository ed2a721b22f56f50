"""What a release has cost: by kind and currency, what was reversed, and what came after the budget ran out."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from governance.acts.costs import CostFacts, record_cost, reverse_cost
from models_registry.models import Release
from models_registry.vocabulary import Stage
from tests.world import World
from tracker.ledger import ledger_of
from tracker.model_page import model_page


def spend(world: World, release: Release, amount: str, on: date, *, kind: str = "compute", currency: str = "") -> int:
    facts = CostFacts("brief", kind, on, currency=currency, amount=Decimal(amount))
    return record_cost(world.engineer, release.pk, facts, at=world.tick()).pk


def test_nothing_spent_is_told_as_nothing(world: World) -> None:
    ledger = ledger_of(world.release_at(Stage.BRIEF), None)
    assert (bool(ledger.total), ledger.currency, ledger.late, list(ledger.kinds)) == (False, "", Decimal(0), [])


def test_currencies_are_kept_apart_and_the_largest_leads(world: World) -> None:
    release, day = world.release_at(Stage.BRIEF), world.now.date()
    spend(world, release, "100", day)
    spend(world, release, "250", day, currency="USD")
    spend(world, release, "50", day, kind="licences", currency="USD")
    ledger = ledger_of(release, None)
    assert ledger.total.amounts == (("USD", Decimal("300.00")), ("EUR", Decimal("100.00")))
    assert [(one.kind.value, one.amount) for one in ledger.kinds] == [
        ("compute", Decimal("250.00")),
        ("licences", Decimal("50.00")),
    ]


def test_a_reversal_takes_the_money_and_the_hours_back(world: World) -> None:
    release, day = world.release_at(Stage.BRIEF), world.now.date()
    for hours in ("10", "4"):
        facts = CostFacts("brief", "engineering", day, hours=Decimal(hours), rate=Decimal(100))
        entry = record_cost(world.engineer, release.pk, facts, at=world.tick())
    reverse_cost(world.engineer, entry.pk, "Booked twice.", at=world.tick())
    ledger = ledger_of(release, None)
    assert [(one.amount, one.hours) for one in ledger.kinds] == [(Decimal("1000.00"), Decimal(10))]


def test_what_was_incurred_after_the_budget_ran_out_is_told_apart(world: World) -> None:
    release, first = world.release_at(Stage.BRIEF), world.now.date()
    world.tick(timedelta(days=14))
    spend(world, release, "100", first)
    spend(world, release, "40", world.now.date())
    page = model_page(world.lead, release.model.slug, None, world.now)
    assert page.reading.breached
    assert page.ledger.since.amounts == (("EUR", Decimal("40.00")),)
    assert page.ledger.late == Decimal("40.00")


def test_within_the_budget_nothing_is_late(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    spend(world, release, "100", world.now.date())
    assert not model_page(world.lead, release.model.slug, None, world.now).ledger.since
