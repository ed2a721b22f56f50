"""Findings, approvals and grants that come to an end, and reviews that wait: told in ranges, and once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from governance.acts.assignment import assign_review, take_review
from governance.acts.conditions import Condition
from governance.acts.evidence import EvidenceFacts, attach_evidence
from governance.acts.findings import move_due, raise_finding, reopen_finding, resolve_finding
from governance.acts.groups import add_to_group, make_group
from governance.acts.ownership import assign, claim
from governance.acts.reviews import give_feedback, revoke_approval, stop_feedback
from governance.acts.transitions import break_glass, park, reopen, retire
from governance.models import Finding, Review
from models_registry.models import Evidence, Person, Release
from models_registry.vocabulary import AlertKind, EvidenceKind, ReviewKind, ReviewState, Stage
from tests.tracker.alerts.sweeping import ending, kinds, told
from tests.tracker.test_stalls_races import at_once
from tests.tracker.test_stalls_robust import without_inserts
from tests.world import World
from tracker.alerts.compose import message_for
from tracker.alerts.kinds import REMINDED_KINDS
from tracker.alerts.models import Alert, Channel, Delivery
from tracker.alerts.parcels import Parcel
from tracker.stalls import notice
from tracker.web.inbox.rows import rows_of

DAY = timedelta(days=1)


def reminded(release: Release, *, open_only: bool = False) -> list[str]:
    """The kinds of this module's alerts of a release, in order."""
    return [kind for kind in kinds(release, open_only=open_only) if kind in REMINDED_KINDS]


def found(
    world: World, release: Release, owner: Person, days: float = 20, title: str = "Name the limits of use"
) -> Finding:
    """Something to be put right on a release, due in so many days."""
    review = Review.objects.filter(release=release).latest("pk")
    at = world.tick()
    facts = Condition(title, "Say what it is not for.", "", "high", owner, at + days * DAY)
    return raise_finding(world.officer, review.pk, facts, at=at)


def granted(world: World, release: Release, days: float, **more: Any) -> Evidence:
    """Access that ends in so many days."""
    facts = EvidenceFacts(EvidenceKind.ACCESS_GRANT, "Card transactions", "IAM-812", valid_until=world.now + days * DAY)
    return attach_evidence(world.engineer, release.pk, facts, at=world.tick(), **more)


def approved_until(world: World, days: float, stage: Stage = Stage.LIVE) -> tuple[Release, Review]:
    """A release at a stage whose approval ends in so many days."""
    release = world.release_at(stage)
    Review.objects.filter(release=release).update(expires_at=world.now + days * DAY)
    return release, Review.objects.get(release=release)


def test_a_finding_is_told_when_opened_then_before_its_date_and_to_the_lead_after(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    finding = found(world, release, world.engineer)
    notice(world.now)
    assert reminded(release) == ["finding_opened"]
    for days, kind in ((-6, "finding_due_in_7"), (-0.5, "finding_due_in_1"), (0, "finding_overdue")):
        notice(finding.due_at + days * DAY)
        assert reminded(release, open_only=True) == ["finding_opened", kind]
        assert told(release, AlertKind(kind)) == {world.engineer}
    notice(finding.due_at + 2 * DAY)
    assert told(release, AlertKind.FINDING_ESCALATED) == {world.engineer, world.lead, world.officer}
    assert ending(release, AlertKind.FINDING_OVERDUE) == "overtaken by the next alert"


def test_a_run_that_was_missed_loses_the_overtaken_rung_only(world: World) -> None:
    release, review = approved_until(world, 400)
    assert review.expires_at is not None
    for days in (31, 30, 29):
        notice(review.expires_at - days * DAY)
    assert reminded(release) == ["approval_expires_in_30"]
    notice(review.expires_at - 0.9 * DAY)  # nobody looked for a month
    assert reminded(release) == ["approval_expires_in_30", "approval_expires_in_1"]
    assert told(release, AlertKind.APPROVAL_EXPIRES_IN_1) == {world.engineer, world.lead}
    assert reminded(release, open_only=True) == ["approval_expires_in_1"]


def test_what_was_said_from_the_beginning_is_not_repeated_at_once(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    grant = granted(world, release, 20)
    finding = found(world, world.release_at(Stage.COMPLIANCE_REVIEW), world.engineer, days=3)
    notice(world.now)
    assert told(release, AlertKind.GRANT_EXPIRES_IN_30) == set()
    assert told(finding.release, AlertKind.FINDING_DUE_IN_7) == set()
    assert grant.valid_until is not None
    notice(grant.valid_until - 5 * DAY)
    assert told(release, AlertKind.GRANT_EXPIRES_IN_7) == {world.engineer, world.lead}


def test_a_date_that_was_moved_is_told_anew(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    finding = found(world, release, world.engineer, days=30)
    notice(finding.due_at - 6 * DAY)
    move_due(world.officer, finding.pk, finding.due_at + 30 * DAY, "The vendor is late.", at=finding.due_at - 6 * DAY)
    notice(finding.due_at - 6 * DAY)
    assert ending(release, AlertKind.FINDING_DUE_IN_7) == "the date was moved"
    notice(finding.due_at + 24 * DAY)
    assert reminded(release) == ["finding_opened", "finding_due_in_7", "finding_due_in_7"]
    mails = Delivery.objects.filter(alert__kind=AlertKind.FINDING_DUE_IN_7, channel=Channel.EMAIL)
    assert mails.filter(recipient=world.engineer).count() == 2


def test_access_is_reminded_of_once_however_far_the_release_moves_meanwhile(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    grant = granted(world, release, 60)
    assert grant.valid_until is not None
    notice(grant.valid_until - 20 * DAY)
    park(world.lead, release.pk, "no_budget", "Next year.", at=grant.valid_until - 19 * DAY)
    notice(grant.valid_until - 18 * DAY)
    assert ending(release, AlertKind.GRANT_EXPIRES_IN_30) == "nobody works on the release any more"
    reopen(world.lead, release.pk, "There is money.", at=grant.valid_until - 17 * DAY)
    for _ in range(2):
        notice(grant.valid_until - 16 * DAY)
    assert reminded(release, open_only=True) == ["grant_expires_in_30"]
    assert Alert.objects.filter(kind=AlertKind.GRANT_EXPIRES_IN_30).count() == 1
    newer = granted(world, release, 400, supersedes=grant.pk)
    notice(grant.valid_until + DAY)
    assert (newer.supersedes, reminded(release)) == (grant, ["grant_expires_in_30"])
    assert ending(release, AlertKind.GRANT_EXPIRES_IN_30) == "replaced by a newer one"


def test_access_that_lapsed_stays_open_until_it_is_replaced(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    grant = granted(world, release, 60)
    assert grant.valid_until is not None
    notice(grant.valid_until + DAY)
    assert reminded(release) == ["grant_lapsed"]
    assert told(release, AlertKind.GRANT_LAPSED) == {world.engineer, world.lead}


def test_the_sweep_lets_an_approval_lapse_and_tells_it_until_nobody_works_there(world: World) -> None:
    release, review = approved_until(world, 3)
    assert notice(world.now + 300 * DAY).lapsed == 1  # a long outage loses nothing
    review.refresh_from_db()
    assert review.state == ReviewState.LAPSED
    assert told(release, AlertKind.APPROVAL_LAPSED) == {world.engineer, world.lead}
    retire(world.lead, release.pk, "Replaced.", at=world.now + 301 * DAY)
    notice(world.now + 302 * DAY)
    assert ending(release, AlertKind.APPROVAL_LAPSED) == "nobody works on the release any more"


def test_an_approval_that_was_taken_back_is_told_to_the_team(world: World) -> None:
    release, review = approved_until(world, 300)
    revoke_approval(world.officer, review.pk, "A leak was found.", at=world.tick())
    notice(world.now)
    assert told(release, AlertKind.APPROVAL_REVOKED) == {world.engineer, world.lead}
    assert reminded(release, open_only=True) == ["approval_revoked"]


def test_what_was_put_right_is_reminded_of_no_more_and_again_when_it_was_not(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    finding = found(world, release, world.engineer)
    soon = finding.due_at - 5 * DAY
    notice(soon)
    resolve_finding(world.engineer, finding.pk, "The card names them now.", at=soon)
    notice(soon)
    assert reminded(release, open_only=True) == []
    assert ending(release, AlertKind.FINDING_DUE_IN_7) == "resolved"
    reopen_finding(world.officer, finding.pk, "One is missing.", at=soon + DAY)
    notice(soon + DAY)
    assert reminded(release, open_only=True) == ["finding_opened", "finding_due_in_7"]
    assert Alert.objects.filter(kind=AlertKind.FINDING_DUE_IN_7).count() == 1


def test_advisers_are_asked_and_the_wait_ends_with_the_review(world: World) -> None:
    legal = make_group(world.admin, "Legal", at=world.tick())
    privacy = make_group(world.admin, "Privacy", at=world.tick())
    add_to_group(world.admin, legal.pk, world.stranger, at=world.tick())
    add_to_group(world.admin, privacy.pk, world.viewer, at=world.tick())
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    review = world.open_review(release)
    Review.objects.filter(pk=review.pk).update(feedback_groups=["legal", "privacy"])
    seen = world.digest(release)
    give_feedback(
        world.stranger, review.pk, group="legal", stance="concern", text="A clause.", seen_digest=seen, at=world.tick()
    )
    notice(world.now)
    assert told(release, AlertKind.FEEDBACK_ASKED) == {world.viewer}
    stop_feedback(world.officer, review.pk, "Privacy is away.", at=world.tick())
    notice(world.now)
    assert ending(release, AlertKind.FEEDBACK_ASKED) == "nobody is waited for any more"


def test_who_is_given_a_review_is_told_and_who_takes_one_is_not(world: World) -> None:
    claimed, given = (world.release_at(Stage.COMPLIANCE_REVIEW) for _ in range(2))
    claim(world.officer, claimed.pk, at=world.tick())
    assign(world.lead, given.pk, world.officer, at=world.tick())
    glass = world.release_at(Stage.VALIDATION)
    break_glass(world.lead, glass.pk, "The backlog cannot wait.", at=world.tick())
    look_back = Review.objects.get(release=glass, kind=ReviewKind.RETROSPECTIVE)
    take_review(world.officer, look_back.pk, at=world.tick())
    notice(world.now)
    assert reminded(claimed) == reminded(glass) == []
    assert told(given, AlertKind.REVIEW_ASSIGNED) == {world.officer}
    assert told(given, AlertKind.REVIEW_REQUESTED) == {world.second_officer}
    assign_review(world.admin, look_back.pk, world.second_officer, at=world.tick())
    notice(world.now)
    assign_review(world.admin, look_back.pk, world.officer, at=world.tick())
    notice(world.now)
    assert told(glass, AlertKind.REVIEW_ASSIGNED) == {world.officer, world.second_officer}
    assert Alert.objects.filter(kind=AlertKind.REVIEW_ASSIGNED, closed_because="given to somebody else").count() == 1


def everything(world: World) -> datetime:
    """One of each sort, and a moment at which all of them are owed something."""
    release, _ = approved_until(world, 5)
    found(world, release, world.engineer, days=40)
    world.tick(36 * DAY)
    Review.objects.filter(release=release).update(expires_at=world.now + 3 * DAY)
    granted(world, world.release_at(Stage.VALIDATION), 90)
    return world.now + 2 * DAY


WORDS = {
    "feedback_asked": "Feedback asked: card-fraud-scorer-1 release 1, due",
    "review_assigned": "Review assigned: card-fraud-scorer-1 release 1, due",
    "finding_opened": "Finding: “Name the limits of use” on card-fraud-scorer-1 release 1, due",
    "finding_due_in_7": "Finding due: “Name the limits of use” on card-fraud-scorer-1 release 1, due",
    "finding_due_in_1": "Finding due: “Name the limits of use” on card-fraud-scorer-1 release 1, due",
    "finding_overdue": "Finding overdue: “Name the limits of use” on card-fraud-scorer-1 release 1 was due",
    "finding_escalated": "Finding still overdue: “Name the limits of use” on card-fraud-scorer-1 release 1, which",
    "approval_expires_in_30": "Approval expires: the approval of card-fraud-scorer-1 release 1 ends",
    "approval_expires_in_7": "Approval expires: the approval of card-fraud-scorer-1 release 1 ends",
    "approval_expires_in_1": "Approval expires: the approval of card-fraud-scorer-1 release 1 ends",
    "approval_lapsed": "Approval lapsed: the approval of card-fraud-scorer-1 release 1 lapsed",
    "approval_revoked": "Approval revoked: the approval of card-fraud-scorer-1 release 1 was revoked",
    "grant_expires_in_30": "Access expires: “Card transactions” for card-fraud-scorer-1 release 1 ends",
    "grant_expires_in_7": "Access expires: “Card transactions” for card-fraud-scorer-1 release 1 ends",
    "grant_expires_in_1": "Access expires: “Card transactions” for card-fraud-scorer-1 release 1 ends",
    "grant_lapsed": "Access lapsed: “Card transactions” for card-fraud-scorer-1 release 1 ended",
}


def test_each_kind_makes_a_letter_and_a_line_in_the_inbox(world: World) -> None:
    release, review = approved_until(world, 40, Stage.DEPLOYMENT)
    finding, grant = found(world, release, world.engineer), granted(world, release, 40)
    rows = {"finding": finding, "grant": grant}
    said = {}
    for kind in REMINDED_KINDS:
        row = rows.get(kind.partition("_")[0], review)
        alert = Alert.objects.create(kind=kind, visit=review.visit, occasion=row.pk, raised_at=world.now)
        delivery = Delivery.objects.create(
            alert=alert, recipient=world.engineer, channel=Channel.EMAIL, next_attempt_at=world.now
        )
        message, _ = message_for(Parcel(world.engineer, Channel.EMAIL, "key", False, (delivery,)), world.now)
        assert message is not None
        assert "None" not in message.text
        said[kind.value] = message.subject.replace("\N{NO-BREAK SPACE}", " ")
        (line,) = rows_of([delivery], world.now, UTC)
        assert line.finding.subject == message.subject
        assert line.url.startswith(("/reviews/", "/releases/evidence/"))
    assert [said[kind] for kind, words in WORDS.items() if not said[kind].startswith(words)] == []
    assert said.keys() == WORDS.keys()


def test_the_sweep_costs_the_same_for_one_of_each_and_for_many(world: World) -> None:
    late = everything(world)
    with transaction.atomic(), CaptureQueriesContext(connection) as one:
        notice(late)
        transaction.set_rollback(True)
    release = Release.objects.get(visits__stage=Stage.LIVE)
    for number in range(20):
        found(world, release, world.engineer, days=2 + number / 100, title=f"Limit {number}")
        granted(world, Release.objects.latest("pk"), 90)
    with CaptureQueriesContext(connection) as many:
        notice(late)
    assert Alert.objects.filter(kind=AlertKind.FINDING_OPENED).count() == 21
    assert without_inserts(many) == without_inserts(one)


@pytest.mark.django_db(transaction=True)
def test_sweeps_that_overlap_and_repeat_remind_once(world: World) -> None:
    late = everything(world)
    at_once(*[lambda: notice(late)] * 4)
    notice(late)
    keys = list(Alert.objects.filter(kind__in=REMINDED_KINDS).values_list("kind", "occasion", "about_at"))
    assert len(keys) == len(set(keys))
    assert {kind for kind, *_ in keys} == {"finding_opened", "finding_due_in_7", "approval_expires_in_1"}
    mails = Delivery.objects.filter(alert__kind=AlertKind.FINDING_DUE_IN_7, channel=Channel.EMAIL)
    assert [mail.recipient for mail in mails] == [world.engineer]
