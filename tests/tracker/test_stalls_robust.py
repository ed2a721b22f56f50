"""A sweep may be killed anywhere, repeated, and meet a row it cannot read: nothing is told twice, nothing is lost."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from django.core.exceptions import ObjectDoesNotExist
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from pytest_django import DjangoAssertNumQueries

from governance.acts import holds, ownership
from governance.clock import due_rungs
from governance.deadlines import business_calendar, visit_facts
from governance.errors import Refused
from governance.models import Policy, StageVisit
from models_registry.models import Release
from models_registry.vocabulary import Stage
from tests.tracker.alerts.sweeping import Killed, business_days, killed_at, kinds
from tests.world import World
from tracker.alerts.models import Alert, Delivery
from tracker.stalls import notice
from tracker.stalls.batches import in_batches
from tracker.stalls.clocks import POSTPONED

IDLE_QUERIES = 26


def snapshot() -> tuple[Counter[tuple[object, ...]], Counter[tuple[object, ...]]]:
    """What was told of what, without row numbers and keys, which differ from try to try."""
    alerts = Alert.objects.values_list("visit_id", "kind", "occasion", "closed_because")
    deliveries = Delivery.objects.values_list(
        "alert__visit_id", "alert__kind", "alert__occasion", "recipient_id", "channel", "state"
    )
    return Counter(alerts), Counter(deliveries)


def late_releases(world: World) -> datetime:
    """Releases in several situations, and a moment at which something is owed for each."""
    world.release_at(Stage.BRIEF)
    ownerless = world.release_at(Stage.BRIEF)
    ownership.step_down(world.engineer, ownerless.pk, "On leave.", at=world.tick())
    nudged = world.release_at(Stage.BRIEF)
    holds.nudge(world.lead, nudged.pk, at=world.tick())
    world.release_at(Stage.COMPLIANCE_REVIEW)
    return business_days(world.now, 9)


def test_a_kill_at_any_statement_leaves_nothing_half_and_the_next_sweep_does_the_rest(world: World) -> None:
    late = late_releases(world)
    with transaction.atomic():
        notice(late)
        wanted = snapshot()
        transaction.set_rollback(True)
    assert Alert.objects.count() == 0
    statement, finished = 1, False
    while not finished:
        with transaction.atomic():
            try:
                with killed_at(statement):
                    notice(late)
                finished = True
            except Killed:
                told = Delivery.objects.values("alert_id")
                loud = Alert.objects.filter(closed_because="")
                assert loud.exclude(pk__in=told).count() == 0  # no alert without the deliveries it owes
            notice(late)
            assert snapshot() == wanted
            transaction.set_rollback(True)
        statement += 1
    assert statement > 30


def test_a_visit_that_cannot_be_read_is_put_aside_and_blocks_nobody(world: World) -> None:
    poisoned, healthy = world.release_at(Stage.BRIEF), world.release_at(Stage.BRIEF)
    broken = Policy.objects.create(version=99, rules={"no": "rules"}, note="Not readable.")
    StageVisit.objects.filter(release=poisoned, left_at__isnull=True).update(policy=broken)
    late = business_days(world.now, 5)
    notice(late)
    assert kinds(healthy) == ["at_risk", "breached"]
    assert kinds(poisoned) == []
    assert world.visit(poisoned).notice_at == late + POSTPONED
    StageVisit.objects.filter(release=poisoned, left_at__isnull=True).update(
        policy=Policy.objects.exclude(pk=broken.pk).get()
    )
    notice(late + POSTPONED)
    assert kinds(poisoned) == ["at_risk", "breached"]


def test_a_batch_that_fails_is_done_again_item_by_item() -> None:
    done: list[int] = []
    aside: list[int] = []

    def work(items: list[int]) -> int:
        if 7 in items:
            raise ValueError(items)
        done.extend(items)
        return len(items)

    assert in_batches(list(range(450)), lambda batch: work(list(batch)), aside.append) == 449
    assert sorted(done) == [number for number in range(450) if number != 7]
    assert aside == [7]


def test_an_idle_sweep_costs_a_fixed_number_of_queries_and_writes_nothing(
    world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    late = late_releases(world)
    notice(late)
    with django_assert_num_queries(IDLE_QUERIES) as captured:
        assert not notice(late)
    assert all(query["sql"].startswith(("SELECT", "(SELECT")) for query in captured.captured_queries)


def test_fifty_overdue_visits_cost_the_statements_of_one(world: World) -> None:
    world.release_at(Stage.BRIEF)
    late = business_days(world.now + timedelta(days=30), 5)
    with transaction.atomic(), CaptureQueriesContext(connection) as one:
        notice(late)
        transaction.set_rollback(True)
    for _ in range(49):
        world.release_at(Stage.BRIEF)
    with CaptureQueriesContext(connection) as fifty:
        notice(late)
    assert Alert.objects.filter(closed_at__isnull=True).count() == 50
    assert without_inserts(fifty) == without_inserts(one)


def without_inserts(captured: CaptureQueriesContext) -> int:
    """SQLite takes a long insert in several portions, each for a hundred rows or so."""
    return sum(not query["sql"].startswith("INSERT") for query in captured.captured_queries)


class AnyOrder(TestCase):
    """Whatever people do and whenever the sweep looks: one alert per visit and rung, one delivery each."""

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    @given(
        steps=st.lists(
            st.tuples(
                st.sampled_from(["sweep", "sweep", "hold", "resume", "claim", "step_down", "nudge", "killed"]),
                st.integers(min_value=1, max_value=30),
            ),
            max_size=14,
        )
    )
    def test_each_rung_is_raised_once_however_the_sweeps_fall(self, steps: list[tuple[str, int]]) -> None:
        world = World()
        release = world.release_at(Stage.BRIEF)
        visit = world.visit(release)
        now = world.now
        for step, hours in steps:
            now = business_calendar(world.calendar).add(now, hours * 3600) or now
            self.take(step, world, release, now)
        notice(now)
        self.check(StageVisit.objects.get(pk=visit.pk), now)
        before = snapshot()
        notice(now)
        assert snapshot() == before

    def take(self, step: str, world: World, release: Release, now: datetime) -> None:
        try:
            match step:
                case "sweep":
                    notice(now)
                case "killed":
                    with transaction.atomic(), killed_at(12):
                        notice(now)
                case "hold":
                    until = now + timedelta(days=2)
                    holds.hold(
                        world.lead,
                        release.pk,
                        reason_code="other",
                        reason="Waits.",
                        waits_on="external",
                        expected_end=until,
                        at=now,
                    )
                case "resume":
                    holds.resume(world.lead, release.pk, at=now)
                case "claim":
                    ownership.claim(world.colleague, release.pk, at=now)
                case "step_down":
                    owner = world.spell(release).owner
                    if owner is not None:
                        ownership.step_down(owner, release.pk, "Away.", at=now)
                case "nudge":
                    holds.nudge(world.lead, release.pk, at=now)
        except (Refused, Killed, ObjectDoesNotExist):
            pass  # an act out of place is refused, and that is part of the history too

    def check(self, visit: StageVisit, now: datetime) -> None:
        raised = Counter(Alert.objects.filter(visit=visit).values_list("kind", "occasion"))
        assert set(raised.values()) <= {1}
        deliveries = Counter(Delivery.objects.values_list("alert_id", "recipient_id", "channel"))
        assert set(deliveries.values()) <= {1}
        reached = {rung.value for rung in due_rungs(visit_facts(visit), now)}
        stage = {kind for kind, occasion in raised if occasion == 0}
        held = visit.holds.filter(ended_at__isnull=True).exists()
        assert stage <= reached
        assert held or stage == reached  # on hold, what was not told before waits for the end of it
        open_stage = Alert.objects.filter(visit=visit, occasion=0, closed_at__isnull=True)
        assert open_stage.count() == (1 if reached and not held else 0)
        vacancies = visit.ownerships.filter(owner__isnull=True)
        for spell in vacancies:
            of_spell = Alert.objects.filter(visit=visit, occasion=spell.pk, kind__startswith="vacancy")
            assert of_spell.filter(closed_at__isnull=True).count() == (1 if spell.until is None else 0)
            assert spell.until is not None or of_spell.count() >= 1
