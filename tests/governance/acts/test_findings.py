"""Conditions and findings, waivers, and approvals that end by themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from governance.acts.evidence import EvidenceFacts, attach_evidence
from governance.acts.findings import close_finding, move_due, raise_finding, reopen_finding, resolve_finding
from governance.acts.lapses import lapse_due
from governance.acts.reviews import Condition, decide, judge_control
from governance.acts.steps import end_approval
from governance.acts.transitions import advance
from governance.acts.waivers import end_waiver, grant_waiver
from governance.dossiers import controls_of, dossier_of, gate_of
from governance.errors import Conflict, Invalid, NotPermitted
from governance.models import Finding, Review, Waiver
from governance.trail import verify
from governance.validity import months_later
from models_registry.models import Membership, Release
from models_registry.vocabulary import FindingState, ReviewState, Stage, TeamRole
from tests.governance.acts.test_policies import published, rules
from tests.world import World

DAY = timedelta(days=1)


def conditional(world: World, title: str = "State the limits") -> tuple[Release, Finding]:
    """A release in deployment whose approval has one condition, due in ten days."""
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    review = world.open_review(release)
    world.verify(release)
    condition = Condition(title, "In the card.", "model_card", "high", world.engineer, world.now + 10 * DAY)
    decide(
        world.officer, review.pk, "approve_with_conditions", "Nearly.",
        seen_digest=world.digest(release), conditions=[condition], at=world.tick(),
    )  # fmt: skip
    return release, Finding.objects.get(title=title)


def stands(world: World, release: Release) -> bool:
    checks = {check.code: check for check in gate_of(world.visit(release), at=world.now).checks}
    return checks["approvals"].met


def test_a_condition_lets_a_concern_pass_and_becomes_a_finding(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    review, visit = world.open_review(release), world.visit(release)
    world.verify(release)
    (card,) = [one for one in controls_of(visit, dossier_of(visit)) if one.control.code == "model_card"]
    said = {"seen_digest": card.digest, "at": world.tick()}
    judge_control(world.officer, review.pk, "model_card", "concern", "No limits.", **said)  # type: ignore[arg-type]
    about = ("State the limits", "", "model_card", "high", world.engineer, world.now + 10 * DAY)
    elsewhere = ("Other", "", "brief", "low", world.engineer, world.now + 10 * DAY)
    seen = world.digest(release)
    with pytest.raises(Conflict, match="Model card"):
        decide(
            world.officer, review.pk, "approve_with_conditions", "Nearly.",
            seen_digest=seen, conditions=[Condition(*elsewhere)], at=world.now,
        )  # fmt: skip
    decision = decide(
        world.officer, review.pk, "approve_with_conditions", "Nearly.",
        seen_digest=seen, conditions=[Condition(*about)], at=world.tick(),
    )  # fmt: skip
    review.refresh_from_db()
    finding = Finding.objects.get()
    assert (review.state, world.visit(release).stage) == (ReviewState.APPROVED_WITH_CONDITIONS, Stage.DEPLOYMENT)
    assert (finding.decision, finding.owner, finding.state) == (decision, world.engineer, FindingState.OPEN)


def test_a_condition_unresolved_past_its_date_ends_the_approval_whether_anything_runs_or_not(world: World) -> None:
    release, finding = conditional(world)
    world.tick(9 * DAY)
    assert stands(world, release)
    assert lapse_due(world.now) == 0
    world.now = finding.due_at
    assert not stands(world, release)
    (check,) = [one for one in gate_of(world.visit(release), at=world.now).unmet if one.code == "approvals"]
    assert (check.state, "ended on" in check.reason) == ("stale", True)
    late = world.tick(3 * DAY)
    assert (lapse_due(late), lapse_due(late)) == (1, 0)
    review = Review.objects.get(release=release)
    assert (review.state, review.ended_at) == (ReviewState.LAPSED, finding.due_at)
    assert review.ended_because == f"“State the limits” was not resolved by {finding.due_at:%-d %B %Y}."
    assert verify().holds


def test_what_is_resolved_in_time_saves_the_approval_and_what_comes_late_does_not(world: World) -> None:
    release, finding = conditional(world)
    late_release, late = conditional(world, "Second")
    resolve_finding(world.engineer, finding.pk, "The card says it now.", at=world.tick())
    world.tick(11 * DAY)
    resolve_finding(world.engineer, late.pk, "Sorry.", at=world.tick())
    assert (stands(world, release), stands(world, late_release)) == (True, False)
    with pytest.raises(NotPermitted):
        reopen_finding(world.engineer, late.pk, "Mine.", due_at=world.now + DAY)
    reopen_finding(world.second_officer, late.pk, "Still wrong.", due_at=world.now + 30 * DAY, at=world.tick())
    assert not stands(world, late_release)
    assert lapse_due(world.now) == 1


def test_only_an_approver_moves_the_date_and_not_after_it(world: World) -> None:
    release, finding = conditional(world)
    for who in (world.engineer, world.lead, world.auditor):
        with pytest.raises(NotPermitted):
            move_due(who, finding.pk, world.now + 20 * DAY, "More time.")
    with pytest.raises(Invalid):
        move_due(world.officer, finding.pk, world.now, "Now.", at=world.now)
    move_due(world.officer, finding.pk, world.now + 20 * DAY, "The vendor is late.", at=world.tick())
    world.tick(15 * DAY)
    assert stands(world, release)
    world.tick(6 * DAY)
    with pytest.raises(Conflict, match="the approval ended with it"):
        move_due(world.officer, finding.pk, world.now + 20 * DAY, "More.", at=world.now)
    assert not stands(world, release)


def test_its_owner_resolves_and_another_closes(world: World) -> None:
    _, finding = conditional(world)
    with pytest.raises(NotPermitted):
        resolve_finding(world.colleague, finding.pk, "Done.")
    with pytest.raises(Conflict, match="not resolved it yet"):
        close_finding(world.officer, finding.pk)
    first = resolve_finding(world.engineer, finding.pk, "Done.", at=world.tick())
    assert resolve_finding(world.engineer, finding.pk, "Done.", at=world.tick()) == first
    with pytest.raises(NotPermitted):
        close_finding(world.engineer, finding.pk)
    with pytest.raises(NotPermitted):
        close_finding(world.lead, finding.pk)
    reopen_finding(world.officer, finding.pk, "Not in the card.", at=world.tick())
    resolve_finding(world.lead, finding.pk, "Now it is.", at=world.tick())
    closed = close_finding(world.officer, finding.pk, "Seen.", at=world.tick())
    assert (closed.state, closed.closed_by) == (FindingState.CLOSED, world.officer)
    with pytest.raises(Conflict, match="Raise a new finding"):
        reopen_finding(world.officer, finding.pk, "Hm.")
    with pytest.raises(IntegrityError), transaction.atomic():
        Finding.objects.filter(pk=finding.pk).update(title="Another")


def test_a_finding_without_a_decision_binds_no_approval(world: World) -> None:
    release, _ = conditional(world)
    Finding.objects.filter(decision__isnull=False).update(
        state="resolved", resolved_by=world.engineer, resolved_at=world.now, resolution="Done."
    )
    review = Review.objects.get(release=release)
    facts = Condition("Rename the endpoint", "", "", "low", world.engineer, world.now + DAY)
    with pytest.raises(NotPermitted):
        raise_finding(world.engineer, review.pk, facts)
    assert raise_finding(world.officer, review.pk, facts, at=world.tick()) == raise_finding(
        world.officer, review.pk, facts, at=world.now
    )
    world.tick(3 * DAY)
    assert stands(world, release)


# --- Validity -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("months", "ends"), [(1, (2027, 2, 28)), (13, (2028, 2, 29)), (12, (2028, 1, 31)), (2, (2027, 3, 31))]
)
def test_validity_counts_calendar_months_to_the_last_day_there_is(months: int, ends: tuple[int, int, int]) -> None:
    assert months_later(datetime(2027, 1, 31, 9, tzinfo=UTC), months) == datetime(*ends, 9, tzinfo=UTC)


def test_an_approval_ends_with_its_validity(world: World) -> None:
    published(world, rules(validity_months=1))
    release = world.release_at(Stage.DEPLOYMENT)
    review = Review.objects.get(release=release)
    assert review.closed_at is not None
    assert review.expires_at == months_later(review.closed_at, 1)
    world.now = review.expires_at - timedelta(seconds=1)
    assert stands(world, release)
    world.tick(timedelta(seconds=1))
    assert not stands(world, release)
    assert lapse_due(world.now) == 1
    review.refresh_from_db()
    assert (review.state, review.ended_at) == (ReviewState.LAPSED, review.expires_at)


def test_one_approval_that_cannot_be_recorded_does_not_hold_up_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(world, rules(validity_months=1))
    releases = [world.release_at(Stage.DEPLOYMENT) for _ in range(3)]
    world.tick(60 * DAY)

    def failing(review: Review, *args: object) -> None:
        if review.release_id == releases[0].pk:
            raise RuntimeError("The row is broken.")
        end_approval(review, *args)  # type: ignore[arg-type]

    monkeypatch.setattr("governance.acts.lapses.end_approval", failing)
    assert lapse_due(world.now) == 2
    monkeypatch.undo()
    assert lapse_due(world.now) == 1


# --- Waivers --------------------------------------------------------------------------------------------------------


def lacking(world: World) -> Release:
    """A release in validation that lacks nothing but its model card."""
    release = world.release_at(Stage.VALIDATION)
    world.prove(release)
    card = release.evidence.get(kind="model_card")
    facts = EvidenceFacts("model_card", "Old card", "cards/0", valid_until=world.now)
    attach_evidence(world.engineer, release.pk, facts, supersedes=card.pk, at=world.tick())
    return release


def test_a_waived_check_is_met_until_its_date(world: World) -> None:
    release = lacking(world)
    until = world.now + 10 * DAY
    assert [one.code for one in gate_of(world.visit(release), at=world.now).unmet] == ["evidence:model_card"]
    waiver = grant_waiver(world.officer, release.pk, "evidence:model_card", "It comes.", until, at=world.tick())
    again = grant_waiver(world.officer, release.pk, "evidence:model_card", "It comes.", until, at=world.tick())
    assert again == waiver
    with pytest.raises(Conflict, match="waived it already"):
        grant_waiver(world.second_officer, release.pk, "evidence:model_card", "Mine.", until, at=world.now)
    report = gate_of(world.visit(release), at=world.now)
    assert (report.open, [one.code for one in report.checks if one.state == "waived"]) == (
        True,
        ["evidence:model_card"],
    )
    assert not gate_of(world.visit(release), at=until).open
    world.now = until
    grant_waiver(world.officer, release.pk, "evidence:model_card", "Longer.", until + DAY, at=world.tick())
    assert Waiver.objects.filter(ended_at=until).count() == 1
    standing = Waiver.objects.get(ended_at__isnull=True)
    end_waiver(world.second_officer, standing.pk, "It is here.", at=world.tick())
    assert not gate_of(world.visit(release), at=world.now).open
    with pytest.raises(Conflict):
        end_waiver(world.officer, standing.pk, "Again.")


def test_a_waiver_whose_time_is_over_is_not_ended_once_more(world: World) -> None:
    release = lacking(world)
    until = world.now + DAY
    waiver = grant_waiver(world.officer, release.pk, "evidence:model_card", "It comes.", until, at=world.tick())
    with pytest.raises(
        Conflict, match=r"It counted until [0-9]+ June 2026, [0-9:]+ UTC, so there is nothing left to end"
    ):
        end_waiver(world.officer, waiver.pk, "It is here.", at=until)
    waiver.refresh_from_db()
    assert (waiver.ended_at, waiver.ended_by) == (None, None)
    end_waiver(world.officer, waiver.pk, "It is here.", at=until - timedelta(seconds=1))


def test_a_waiver_is_an_officers_who_had_no_hand_in_the_release(world: World) -> None:
    release = lacking(world)
    until = world.now + DAY
    for who in (world.lead, world.engineer, world.admin, world.auditor):
        with pytest.raises(NotPermitted):
            grant_waiver(who, release.pk, "evidence:model_card", "Please.", until, at=world.now)
    with pytest.raises(NotPermitted, match="asked for themselves"):
        grant_waiver(world.officer, release.pk, "evidence:model_card", "Mine.", until, world.officer, at=world.now)
    Membership.objects.create(team=world.team, person=world.officer, role=TeamRole.ENGINEER)
    with pytest.raises(NotPermitted, match="outside the team"):
        grant_waiver(world.officer, release.pk, "evidence:model_card", "Ours.", until, at=world.now)
    assert not Waiver.objects.exists()


@pytest.mark.parametrize("code", ["approvals", "candidate", "brief_in_force", "evidence:dataset", "nothing"])
def test_what_cannot_be_waived_is_refused(world: World, code: str) -> None:
    release = lacking(world)
    with pytest.raises(Invalid, match="Choose a check of this release"):
        grant_waiver(world.officer, release.pk, code, "Please.", world.now + DAY, at=world.now)


def test_a_waived_control_carries_an_approval(world: World) -> None:
    release = lacking(world)
    grant_waiver(
        world.officer, release.pk, "evidence:model_card", "It comes.", world.now + 30 * DAY, world.lead, at=world.tick()
    )
    advance(world.engineer, release.pk, at=world.tick())
    world.approve(release)
    assert world.visit(release).stage == Stage.DEPLOYMENT


def test_a_waiver_that_an_approval_rested_on_shuts_the_gate_to_live_when_it_ends(world: World) -> None:
    release = lacking(world)
    until = world.now + 30 * DAY
    waiver = grant_waiver(world.officer, release.pk, "evidence:model_card", "It comes.", until, at=world.tick())
    advance(world.engineer, release.pk, at=world.tick())
    world.approve(release)

    def shut() -> dict[str, str]:
        report = gate_of(world.visit(release), at=world.now)
        return {one.code: one.reason for one in report.unmet if one.state == "stale"}

    assert shut() == {}
    end_waiver(world.second_officer, waiver.pk, "It took too long.", at=world.tick())
    assert list(shut()) == ["evidence:model_card"]
    assert shut()["evidence:model_card"].startswith("Old card counted until")
    attach_evidence(world.engineer, release.pk, EvidenceFacts("model_card", "Card", "cards/1"), at=world.tick())
    assert list(shut()) == ["approvals"]
