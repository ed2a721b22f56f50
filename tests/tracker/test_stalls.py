"""What one sweep notices, whom it tells, and what it leaves alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from governance.acts import holds, organisation, ownership, reviews, transitions
from governance.deadlines import reading
from models_registry.vocabulary import AlertKind, OrgRole, Stage, TeamRole
from tests.tracker.alerts.sweeping import business_days, ending, kinds, told
from tests.tracker.stall_reading import on_hold
from tests.world import World
from tracker.alerts.models import Alert, Channel, Delivery, DeliveryState
from tracker.stalls import notice

# A release in the brief stage has five business days: at risk after four, past after five, escalated after 7.5 and 10.


def test_a_release_within_its_budget_is_nobodys_news(world: World) -> None:
    world.release_at(Stage.BRIEF)
    assert not notice(business_days(world.now, 3.9))
    assert Alert.objects.count() == 0


def test_the_owner_hears_at_eighty_percent_and_owner_and_lead_at_the_breach(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    notice(business_days(world.now, 4))
    assert kinds(release) == ["at_risk"]
    assert told(release, AlertKind.AT_RISK) == {world.engineer}
    notice(business_days(world.now, 5))
    assert kinds(release) == ["at_risk", "breached"]
    assert told(release, AlertKind.BREACHED) == {world.engineer, world.lead}
    assert told(release, AlertKind.BREACHED, Channel.INBOX) == {world.engineer, world.lead}


def test_after_the_breach_it_goes_to_the_escalation_contact_and_then_to_the_administrators(world: World) -> None:
    world.team.escalation_contact = world.stranger
    world.team.save()
    release = world.release_at(Stage.BRIEF)
    for days in (4, 5, 7.5, 10):
        notice(business_days(world.now, days))
    assert kinds(release) == ["at_risk", "breached", "escalated", "escalated_again"]
    assert told(release, AlertKind.ESCALATED) == {world.engineer, world.lead, world.stranger}
    assert told(release, AlertKind.ESCALATED_AGAIN) == {world.engineer, world.lead, world.stranger, world.admin}


def test_without_an_escalation_contact_the_leads_go_on_hearing_of_it(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    notice(business_days(world.now, 8))
    assert told(release, AlertKind.ESCALATED) == {world.engineer, world.lead}


def test_of_several_rungs_found_at_once_only_the_highest_is_told(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    notice(business_days(world.now, 8))
    assert kinds(release) == ["at_risk", "breached", "escalated"]
    assert kinds(release, open_only=True) == ["escalated"]
    assert ending(release, AlertKind.BREACHED) == "overtaken by the next alert"
    assert told(release, AlertKind.AT_RISK) == told(release, AlertKind.BREACHED) == set()


def test_a_rung_closes_the_one_below_and_calls_back_its_unsent_mail(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    notice(business_days(world.now, 4))
    notice(business_days(world.now, 5))
    assert kinds(release, open_only=True) == ["breached"]
    at_risk = Delivery.objects.filter(alert__kind=AlertKind.AT_RISK)
    assert at_risk.get(channel=Channel.EMAIL).state == DeliveryState.CANCELLED
    assert at_risk.get(channel=Channel.INBOX).state == DeliveryState.DELIVERED


def test_an_ownerless_stage_that_stalls_is_the_leads_matter(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    ownership.step_down(world.engineer, release.pk, "On leave.", at=world.tick())
    notice(business_days(world.now, 0.1))
    notice(business_days(world.now, 4))
    assert told(release, AlertKind.AT_RISK) == {world.lead}


def test_a_vacancy_is_told_at_once_to_those_who_may_own_the_stage(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    notice(world.now)
    assert told(release, AlertKind.VACANCY_OPEN) == {world.lead, world.engineer, world.colleague}


def test_a_vacant_compliance_review_is_told_to_the_officers(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    notice(world.now)
    assert told(release, AlertKind.VACANCY_OPEN) == {world.officer, world.second_officer}


def test_a_vacancy_climbs_its_own_ladder(world: World) -> None:
    world.team.escalation_contact = world.stranger
    world.team.save()
    release = world.release_at(Stage.DEPLOYMENT)
    for days in (0, 0.8, 1, 1.5):
        notice(business_days(world.now, days))
    ladder = ["vacancy_open", "vacancy_at_risk", "vacancy_breached", "vacancy_escalated"]
    assert kinds(release, about="vacancy") == ladder
    assert told(release, AlertKind.VACANCY_AT_RISK) == set()  # a last call to the inbox, not a mail
    assert told(release, AlertKind.VACANCY_AT_RISK, Channel.INBOX) == {world.lead, world.engineer, world.colleague}
    assert told(release, AlertKind.VACANCY_BREACHED) == {world.lead}
    assert told(release, AlertKind.VACANCY_ESCALATED) == {world.lead, world.stranger}


def test_each_vacancy_of_a_visit_is_told_anew(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    notice(world.now)
    ownership.claim(world.engineer, release.pk, at=world.tick())
    ownership.step_down(world.engineer, release.pk, "Too much at once.", at=world.tick())
    notice(world.now)
    assert kinds(release, about="vacancy") == ["vacancy_open", "vacancy_open"]
    assert kinds(release, about="vacancy", open_only=True) == ["vacancy_open"]


def test_who_hears_of_a_stall_is_not_told_of_the_vacancy_as_well(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    notice(business_days(world.now, 6))
    assert told(release, AlertKind.BREACHED) == {world.lead}
    assert told(release, AlertKind.VACANCY_ESCALATED_AGAIN) == {world.admin}


def test_a_team_of_nobody_stalls_before_the_administrators(world: World) -> None:
    team = world.make_team("Imported bureau")
    release = world.release_at(Stage.BRIEF, team=team, actor=world.admin)
    ownership.step_down(world.admin, release.pk, "Only imported.", at=world.tick())
    notice(business_days(world.now, 5))
    assert told(release, AlertKind.BREACHED) == {world.admin}


def test_nobody_who_left_or_may_not_see_the_model_is_told(world: World) -> None:
    world.team.escalation_contact = world.stranger
    world.team.save()
    second = world.person("Diego Santos", team_role=TeamRole.LEAD)
    release = world.release_at(Stage.BRIEF, restricted=True, actor=world.lead)
    second.is_active = False
    second.save()
    notice(business_days(world.now, 8))
    assert told(release, AlertKind.ESCALATED) == {world.lead}


def test_leaving_the_stage_closes_its_alerts_and_says_how(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    late = business_days(world.now, 5.5)
    notice(late)
    transitions.park(world.lead, release.pk, "no_budget", "Paused for the quarter.", at=late)
    notice(late)
    assert kinds(release, open_only=True) == []
    assert ending(release, AlertKind.BREACHED) == "parked"


def test_claiming_closes_the_alert_of_the_vacancy(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    notice(world.now)
    ownership.claim(world.engineer, release.pk, at=world.tick())
    notice(world.now)
    assert ending(release, AlertKind.VACANCY_OPEN) == "somebody owns it"
    told_of_it = Delivery.objects.filter(alert__kind=AlertKind.VACANCY_OPEN, channel=Channel.EMAIL)
    assert set(told_of_it.values_list("state", flat=True)) == {DeliveryState.CANCELLED}


def test_a_hold_closes_the_alert_and_the_end_of_it_opens_it_again_without_telling_twice(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    late = business_days(world.now, 5.5)
    notice(late)
    before = set(Delivery.objects.values_list("key", flat=True))
    holds.hold(
        world.engineer,
        release.pk,
        reason_code="waiting_vendor",
        reason="The vendor has to sign.",
        waits_on="external",
        expected_end=late + timedelta(days=7),
        at=late,
    )
    notice(late)
    assert ending(release, AlertKind.BREACHED) == "on hold"
    holds.resume(world.engineer, release.pk, at=late + timedelta(days=1))
    notice(late + timedelta(days=1))
    assert kinds(release) == ["at_risk", "breached"]
    assert kinds(release, open_only=True) == ["breached"]
    assert set(Delivery.objects.values_list("key", flat=True)) == before
    waiting = Delivery.objects.filter(state=DeliveryState.WAITING)
    assert waiting.count() == 2  # the mails that the hold had called back are sent after all


def test_a_hold_that_began_before_a_rung_delays_it(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    held = holds.hold(
        world.engineer,
        release.pk,
        reason_code="other",
        reason="Waiting.",
        waits_on="owner",
        expected_end=world.now + timedelta(days=60),
        at=business_days(world.now, 3),
    )
    assert not notice(business_days(world.now, 6))
    resumed = holds.resume(world.engineer, release.pk, at=business_days(held.started_at, 4))
    assert resumed.ended_at is not None
    assert not notice(business_days(resumed.ended_at, 0.5))
    notice(business_days(resumed.ended_at, 1.1))
    assert kinds(release) == ["at_risk"]


def test_a_calendar_that_gives_time_back_closes_the_alert(world: World) -> None:
    from governance.acts.calendars import save_calendar

    release = world.release_at(Stage.BRIEF)
    late = business_days(world.now, 5.1)
    notice(late)
    assert kinds(release, open_only=True) == ["breached"]
    closed = [(world.now + timedelta(days=day)).date().isoformat() for day in range(1, 5)]
    save_calendar(world.admin, {"closed_days": closed}, calendar=world.calendar, at=late)
    assert not reading(world.visit(release), late).breached
    notice(late)
    assert ending(release, AlertKind.BREACHED) == "within its budget again"
    assert kinds(release, open_only=True) == []


def test_hints_are_never_trusted(world: World) -> None:
    """A wrong hint costs one look; what is told follows from the clock alone, and the hint is put right."""
    release = world.release_at(Stage.BRIEF)
    visit = world.visit(release)
    right = visit.stalls_at
    visit.stalls_at = visit.notice_at = world.now
    visit.save()
    notice(world.now)
    assert kinds(release) == []
    visit.refresh_from_db()
    assert visit.stalls_at == right
    assert visit.notice_at == business_days(visit.entered_at, 4)


def test_after_the_last_rung_the_visit_is_not_looked_at_again(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    notice(business_days(world.now, 11))
    assert world.visit(release).notice_at is None
    assert not notice(business_days(world.now, 40))


def test_a_nudge_reaches_the_person_nudged(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    holds.nudge(world.lead, release.pk, "How is it going?", at=world.tick())
    notice(world.now)
    assert told(release, AlertKind.NUDGE) == {world.engineer}
    ownership.assign(world.lead, release.pk, world.colleague, at=world.tick())
    notice(world.now)
    assert ending(release, AlertKind.NUDGE) == "the owner changed"


def test_a_nudge_that_came_too_late_tells_nobody(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    holds.nudge(world.lead, release.pk, at=world.tick())
    transitions.park(world.lead, release.pk, "no_budget", "Paused for the quarter.", at=world.tick())
    notice(world.now)
    assert told(release, AlertKind.NUDGE) == set()
    assert ending(release, AlertKind.NUDGE) == "parked"


def test_a_hand_over_is_offered_to_one_person_until_it_is_answered(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    offer = ownership.offer_handover(
        world.engineer, release.pk, world.colleague, "The schema is done, the budget is open.", at=world.tick()
    )
    notice(world.now)
    assert told(release, AlertKind.HANDOVER_OFFERED) == {world.colleague}
    ownership.decline_handover(world.colleague, offer.pk, "No room this week.", at=world.tick())
    notice(world.now)
    assert ending(release, AlertKind.HANDOVER_OFFERED) == "declined"


def test_a_review_is_told_to_every_officer_whom_four_eyes_leave_free(world: World) -> None:
    maker = world.person("Chloé Bernard", role=OrgRole.COMPLIANCE_OFFICER, team_role=TeamRole.ENGINEER)
    release = world.release_at(Stage.COMPLIANCE_REVIEW, actor=maker)
    notice(world.now)
    assert told(release, AlertKind.REVIEW_REQUESTED) == {world.officer, world.second_officer}
    world.approve(release)
    notice(world.now)
    assert ending(release, AlertKind.REVIEW_REQUESTED) == "approved"


def test_a_decision_is_told_to_who_asked_and_who_answers_for_the_work(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    review = world.open_review(release)
    reviews.decide(
        world.officer,
        review.pk,
        "request_changes",
        "The slice for the EU is missing.",
        seen_digest=world.digest(release),
        at=world.tick(),
    )
    notice(world.now)
    assert told(release, AlertKind.REVIEW_DECIDED) == {world.engineer}
    decided = Alert.objects.get(kind=AlertKind.REVIEW_DECIDED)
    assert decided.closed_because == "nothing to settle"


def test_a_hold_past_its_expected_end_is_told_to_who_started_it_and_to_the_owner(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    expected = world.now + timedelta(days=3)
    holds.hold(
        world.lead,
        release.pk,
        reason_code="data_access",
        reason="The grant is not signed.",
        waits_on="external",
        expected_end=expected,
        at=world.tick(),
    )
    notice(expected - timedelta(minutes=1))
    assert kinds(release) == []
    notice(expected)
    assert told(release, AlertKind.HOLD_OVERDUE) == {world.lead, world.engineer}
    holds.resume(world.lead, release.pk, at=expected + timedelta(hours=1))
    notice(expected + timedelta(hours=1))
    assert ending(release, AlertKind.HOLD_OVERDUE) == "resumed"


def test_a_hold_whose_date_was_moved_is_told_anew_when_that_date_passes(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    expected = world.now + timedelta(days=3)
    holds.hold(
        world.colleague,
        release.pk,
        reason_code="data_access",
        reason="The grant is not signed.",
        waits_on="external",
        expected_end=expected,
        at=world.tick(),
    )
    notice(expected)
    assert told(release, AlertKind.HOLD_OVERDUE) == {world.colleague, world.engineer, world.lead}
    moved = expected + timedelta(days=2)
    holds.move_hold(world.engineer, release.pk, moved, "The vendor is late.", at=expected + timedelta(hours=1))
    notice(expected + timedelta(hours=2))
    assert ending(release, AlertKind.HOLD_OVERDUE) == "the date was moved"
    notice(moved)
    notice(moved + timedelta(hours=1))
    alerts = Alert.objects.filter(kind=AlertKind.HOLD_OVERDUE).order_by("pk")
    assert [(alert.about_at, alert.closed_at is None) for alert in alerts] == [(expected, False), (moved, True)]


def test_a_hold_for_which_the_clock_goes_on_is_told_of_as_of_any_other_stall(world: World) -> None:
    world.publish(pausing=[])
    release = world.release_at(Stage.BRIEF)
    due = world.visit(release).stalls_at
    assert due is not None
    on_hold(world, release, until=due + timedelta(days=30))
    notice(due)
    assert told(release, AlertKind.BREACHED) == {world.lead, world.engineer}
    notice(due + timedelta(minutes=1))
    assert Alert.objects.get(kind=AlertKind.BREACHED).closed_at is None


def test_a_review_in_retrospect_stays_open_after_the_release_moved_on(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    transitions.break_glass(world.lead, release.pk, "The regulator wants it live on Monday.", at=world.tick())
    transitions.send_back(world.lead, release.pk, Stage.BRIEF, "Not like this.", at=world.tick())
    notice(world.now)
    assert "review_requested" in kinds(release, open_only=True)


def test_what_deactivation_leaves_behind_is_a_vacancy_that_is_told(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    organisation.deactivate_person(world.admin, world.engineer.pk, at=world.tick())
    notice(world.now)
    assert told(release, AlertKind.VACANCY_OPEN) == {world.lead, world.colleague}


@pytest.mark.parametrize("repetitions", [2, 5])
def test_a_repeated_sweep_changes_nothing(world: World, repetitions: int) -> None:
    world.release_at(Stage.BRIEF)
    world.release_at(Stage.COMPLIANCE_REVIEW)
    world.release_at(Stage.DEPLOYMENT)
    late = business_days(world.now, 9)
    notice(late)
    before = list(Alert.objects.order_by("pk").values()), list(Delivery.objects.order_by("pk").values())
    for _ in range(repetitions):
        assert not notice(late)
    assert (list(Alert.objects.order_by("pk").values()), list(Delivery.objects.order_by("pk").values())) == before
