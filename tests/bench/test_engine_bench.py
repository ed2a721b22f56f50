"""The part of the engine in short: both sides of the sweep write the same, and everybody who claims wins one."""

from __future__ import annotations

import pytest
from django.utils import timezone

from bench import claimers, claiming, engine, one_sweep, posting
from governance.models import StageOwnership
from models_registry.models import Person

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_a_sweep_writes_what_is_written_by_hand() -> None:
    engine.fill_visits(1000)
    now, wrote = timezone.now(), []
    for side in (one_sweep.by_hand, one_sweep.sweep):
        engine.put_back()
        side(now)
        wrote.append(engine.written())
        one_sweep.idle_by_hand(now)
    assert wrote[0] == wrote[1]
    assert sum(alerts for _, _, alerts, _, _ in wrote[0]) == 15  # ten are due, and half of them skip a rung


def test_everybody_who_claims_wins_one() -> None:
    releases = claiming.fill_vacancies(4)
    for person in Person.objects.filter(email__startswith="claimer"):
        assert len(claimers.until_won(person, releases[:4])) <= 4
    assert StageOwnership.objects.filter(until__isnull=True, owner__isnull=False).count() == 4
    found = claiming.Claimed(4, 4, 6, 49.0, 10.0)
    assert (found.meets, claiming.line(found).endswith("missed")) == (True, False)
    assert not claiming.Claimed(4, 3, 6, 49.0, 10.0).meets


@pytest.mark.parametrize(
    ("sweep", "megabytes", "idle", "meets"),
    [(1.5, 199.0, 0.02, True), (1.6, 99.0, 0.02, False), (1.0, 201.0, 0.02, False), (1.0, 99.0, 0.03, False)],
)
def test_a_sweep_meets_times_and_memory(sweep: float, megabytes: float, idle: float, *, meets: bool) -> None:
    found = engine.Swept(1000, 10, sweep, 1.0, megabytes, idle, 0.01)
    assert found.meets is meets
    assert ("missed" in engine.lines(found)) is not meets
    claimed = claiming.Claimed(4, 4, 6, 10.0, 10.0)
    posted = posting.Delivered(10, 10, 500.0, 900.0)
    assert ("Missed by the sweep." in engine.verdict(found, claimed, posted)) is not meets


@pytest.mark.parametrize(
    ("arrived", "rate", "bare", "meets"),
    [(10, 400.0, 800.0, True), (9, 400.0, 800.0, False), (10, 399.0, 400.0, False)],
)
def test_posts_meet_half_the_bare_rate(arrived: int, rate: float, bare: float, *, meets: bool) -> None:
    found = posting.Delivered(10, arrived, rate, bare)
    assert (found.meets, posting.line(found).endswith("missed")) == (meets, not meets)
