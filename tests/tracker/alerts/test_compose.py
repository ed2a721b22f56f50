"""What the messages say: the finding, what to do, what it cost, who is told next; each in the reader's own zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from governance.acts import holds, ownership, reviews, transitions
from governance.models import StageVisit
from models_registry.models import CostEntry, Person, Release
from models_registry.vocabulary import AlertKind, OrgRole, Stage
from tests.tracker.alerts.sweeping import business_days
from tests.world import World
from tracker.alerts.compose import message_for
from tracker.alerts.costs import amounts
from tracker.alerts.finding import one_line
from tracker.alerts.letters import Letter, letter
from tracker.alerts.matters import matters_of, with_matters
from tracker.alerts.models import Alert, Channel, Delivery
from tracker.alerts.parcels import claim, due
from tracker.stalls import notice


def written(release: Release, kind: AlertKind, reader: Person, now: datetime) -> Letter:
    alert = Alert.objects.filter(visit__release=release, kind=kind)
    (matter,) = matters_of(list(with_matters(alert)), now)
    return letter(matter, reader, now, UTC)


def labels(said: Letter) -> list[str]:
    return [action.label for action in said.actions]


def spend(release: Release, amount: int, on: datetime, currency: str = "EUR") -> None:
    CostEntry.objects.create(
        release=release,
        stage="brief",
        kind="compute",
        amount=Decimal(amount),
        currency=currency,
        incurred_on=on.date(),
    )


def test_a_stalled_release_says_how_far_whose_and_what_it_cost(world: World) -> None:
    release = world.release_at(Stage.BRIEF, name="claims-triage")
    entered = world.visit(release).entered_at
    late = business_days(entered, 6.25)
    spend(release, 4000, entered)
    spend(release, 500, late)
    spend(release, 120, late, "USD")
    notice(late)
    said = written(release, AlertKind.BREACHED, world.lead, late)
    facts = dict(said.facts)
    assert said.finding.subject == "Stalled: claims-triage release 1 is 1d 2h past its brief budget"
    assert said.summary == "It entered brief on Mon 1 Jun. The budget of 5d ran out Mon 8 Jun 10:00."
    assert said.place == "Brief, low risk, Payments risk"
    assert facts["Owner"] == "Jonas Weber"
    assert facts["Cost so far"] == "€4,500 + $120, of which €500 + $120 since the budget ran out"
    assert facts["Missing for validation"].startswith("Brief complete, risk questionnaire answered, brief signed")
    assert said.bar is not None
    assert (said.bar.used, said.bar.over, said.bar.rest) == (50, 12, 38)
    assert said.why == "you lead Payments risk"


def test_each_reader_is_offered_what_they_may_do(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    late = business_days(world.now, 6)
    notice(late)
    offered = ["Open the model", "Acknowledge it", "Hold it with a reason"]
    assert labels(written(release, AlertKind.BREACHED, world.lead, late)) == offered
    ownership.step_down(world.engineer, release.pk, "On leave.", at=late)
    notice(late)
    kind = AlertKind.VACANCY_OPEN
    assert labels(written(release, kind, world.lead, late)) == ["Assign an owner", "Open the model"]
    assert labels(written(release, kind, world.colleague, late)) == ["Claim it", "Open the model"]
    assert labels(written(release, kind, world.auditor, late)) == ["Open the model"]
    vacant = written(release, kind, world.colleague, late)
    assert dict(vacant.facts)["Owner"] == "none; an ML engineer is needed"
    assert dict(vacant.facts)["Could take it"] == "Jonas Weber (owns 0), Marta Oliveira (owns 0), Priya Raman (owns 0)"


def test_an_ownerless_stall_says_so_first(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT, name="claims-triage")
    late = business_days(world.visit(release).entered_at, 9.5)
    notice(late)
    said = written(release, AlertKind.ESCALATED, world.lead, late)
    assert (
        said.finding.subject == "Still stalled: claims-triage release 1 has no owner, 4d 4h past its deployment budget"
    )


@pytest.mark.parametrize(
    ("days", "kind", "outlook"),
    [
        (4, AlertKind.AT_RISK, "If it has not moved by Mon 8 Jun 10:00, this goes to the leads of Payments risk."),
        (5, AlertKind.BREACHED, "If it has not moved by Wed 10 Jun 14:00, this goes to Yusuf Demir."),
        (7.5, AlertKind.ESCALATED, "If it has not moved by Mon 15 Jun 10:00, this goes to the administrators."),
        (10, AlertKind.ESCALATED_AGAIN, ""),
    ],
)
def test_it_says_who_is_told_next_and_when(world: World, days: float, kind: AlertKind, outlook: str) -> None:
    world.team.escalation_contact = world.stranger
    world.team.save()
    release = world.release_at(Stage.BRIEF)
    at = business_days(world.visit(release).entered_at, days)
    notice(at)
    assert written(release, kind, world.engineer, at).outlook == outlook


def test_without_an_escalation_contact_the_next_to_hear_are_the_administrators(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    at = business_days(world.visit(release).entered_at, 5)
    notice(at)
    said = "If it has not moved by Mon 15 Jun 10:00, this goes to the administrators."
    assert written(release, AlertKind.BREACHED, world.lead, at).outlook == said


def test_each_reader_is_told_why(world: World) -> None:
    world.team.escalation_contact = world.stranger
    world.team.save()
    release = world.release_at(Stage.BRIEF)
    late = business_days(world.visit(release).entered_at, 11)
    notice(late)
    why = {
        person.full_name: written(release, AlertKind.ESCALATED_AGAIN, person, late).why
        for person in (world.engineer, world.lead, world.stranger, world.admin, world.colleague)
    }
    assert why == {
        "Jonas Weber": "you answer for this stage",
        "Marta Oliveira": "you lead Payments risk",
        "Yusuf Demir": "you are the escalation contact of Payments risk",
        "Lena Fischer": "you are an administrator",
        "Priya Raman": "you work in Payments risk",
    }


def test_a_nudge_a_hand_over_and_a_hold_say_what_was_said(world: World) -> None:
    release = world.release_at(Stage.BRIEF, name="claims-triage")
    holds.nudge(world.lead, release.pk, "Any news on the schema?", at=world.tick())
    ownership.offer_handover(world.engineer, release.pk, world.colleague, "The schema is done.", at=world.tick())
    hold = holds.hold(
        world.lead,
        release.pk,
        reason_code="data_access",
        reason="The grant is not signed.",
        waits_on="external",
        expected_end=world.now + timedelta(days=2),
        at=world.tick(),
    )
    now = hold.expected_end
    notice(now)
    nudge = written(release, AlertKind.NUDGE, world.engineer, now)
    assert (nudge.finding.subject, nudge.quote) == (
        "Nudge: Marta Oliveira asks how claims-triage release 1 is getting on",
        "Any news on the schema?",
    )
    offer = written(release, AlertKind.HANDOVER_OFFERED, world.colleague, now)
    assert offer.finding.subject == "Hand-over: Jonas Weber offers you the brief of claims-triage release 1"
    assert labels(offer) == ["Take it over", "Decline", "Open the model"]
    assert offer.why == "it is addressed to you"
    held = written(release, AlertKind.HOLD_OVERDUE, world.engineer, now)
    assert held.finding.subject.startswith("Hold overdue: claims-triage release 1 was expected to go on ")
    assert dict(held.facts)["Waits for"] == "Access to data; it waits on somebody outside"
    assert labels(held)[0] == "Resume it"


def test_a_review_and_its_decision(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW, name="claims-triage")
    review = world.open_review(release)
    notice(world.now)
    asked = written(release, AlertKind.REVIEW_REQUESTED, world.officer, world.now)
    assert asked.finding.subject == "Review requested: claims-triage release 1, due Thu 11 Jun"
    assert (asked.quote, asked.why) == ("Ready for review.", "you are a compliance officer")
    assert labels(asked) == ["Open the review", "Open the model"]
    digest = world.digest(release)
    reviews.decide(world.officer, review.pk, "reject", "It may not be used.", seen_digest=digest, at=world.tick())
    notice(world.now)
    told = written(release, AlertKind.REVIEW_DECIDED, world.engineer, world.now)
    assert told.finding.subject == "Review decided: Samuel Okafor rejected claims-triage release 1"
    assert told.finding.tone == "breach"
    assert told.quote == "It may not be used."


def test_times_are_the_readers_own(world: World) -> None:
    world.lead.timezone = "Asia/Tokyo"
    world.lead.save()
    release = world.release_at(Stage.BRIEF)
    late = business_days(world.visit(release).entered_at, 5.5)
    notice(late)
    text = mail_to(world.lead, late)
    assert "ran out today 19:00" in text
    assert "Sent Mon 8 Jun 2026, 23:00 JST" in text
    world.lead.timezone = "Mars/Olympus"
    world.lead.save()
    assert "UTC" in mail_to(world.lead, late + timedelta(minutes=10))


def mail_to(person: Person, now: datetime) -> str:
    """The text of the mail that would go out; the claim on it runs out again."""
    Delivery.objects.filter(recipient=person, channel=Channel.EMAIL).update(next_attempt_at=now)
    Delivery.objects.exclude(recipient=person).filter(channel=Channel.EMAIL).delete()
    first = due(Channel.EMAIL, now)
    assert first is not None
    parcel = claim(first, now)
    assert parcel is not None
    message, _ = message_for(parcel, now)
    assert message is not None
    return message.text


def test_a_calendar_that_cannot_be_read_does_not_silence_the_alert(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    late = business_days(world.visit(release).entered_at, 5.5)
    notice(late)
    StageVisit.objects.filter(release=release).update(policy=broken_policy())
    said = written(release, AlertKind.BREACHED, world.lead, late)
    assert said.bar is None
    assert said.finding.word == "Stalled"


def broken_policy() -> Any:
    from governance.models import Policy

    return Policy.objects.create(version=77, rules={}, note="Unreadable.")


def test_a_closed_alert_is_told_in_the_past(world: World) -> None:
    release = world.release_at(Stage.BRIEF, name="claims-triage")
    late = business_days(world.visit(release).entered_at, 5.5)
    notice(late)
    transitions.kill(world.lead, release.pk, "no_value", "Nobody needs it.", at=late)
    notice(late)
    said = written(release, AlertKind.BREACHED, world.lead, late)
    assert said.finding.sentence == "claims-triage release 1 was past its brief budget"
    assert said.outlook == ""


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("a\r\nBcc: x", "a Bcc: x"),
        ("a\x00b\x1b[31m", "a b [31m"),
        ("safe\u202egnp.exe", "safegnp.exe"),
        ("  much \t space\u00a0here ", "much space here"),
        ("naïve – ok 🙂", "naïve – ok 🙂"),
    ],
)
def test_one_line_is_one_line(dirty: str, clean: str) -> None:
    assert one_line(dirty) == clean


def test_sums_are_never_mixed() -> None:
    assert amounts({"USD": Decimal(5), "EUR": Decimal(7), "GBP": Decimal(0)}) == "€7 + $5"
    assert amounts({}) == "nothing recorded"


def test_an_officer_in_a_team_is_told_of_their_office(world: World) -> None:
    officer = world.person("Nora Quist", role=OrgRole.COMPLIANCE_OFFICER)
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    notice(world.now)
    vacant = written(release, AlertKind.VACANCY_OPEN, officer, world.now)
    assert dict(vacant.facts)["Owner"] == "none; a compliance officer is needed"
    assert vacant.why == "you are a compliance officer"
    assert labels(vacant)[0] == "Assign an owner"
