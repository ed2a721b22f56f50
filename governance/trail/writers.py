"""One writer per act, called inside the act's transaction. Writers copy names; the trail holds no foreign keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from governance.gates import Check
from governance.models import (
    BreakGlass,
    EarlyClaim,
    HandoverOffer,
    Hold,
    Nudge,
    Policy,
    StageOwnership,
    StageVisit,
)
from governance.trail.chain import ORGANISATION, Entry, append, open_chains, release_chain
from models_registry.models import (
    Brief,
    CostEntry,
    DeploymentSpec,
    Evidence,
    EvidenceFile,
    ModelVersion,
    Person,
    RegisteredModel,
    Release,
    RiskAssessment,
    Team,
    WorkCalendar,
)

Detail = Mapping[str, Any]


def release_entry(
    release: Release, act: str, actor: Person | None, at: datetime, detail: Detail | None = None
) -> Entry:
    """An entry about a release, before it is chained; imports collect these for `open_chains`."""
    return Entry(
        act=act,
        subject=f"release:{release.pk}",
        subject_name=str(release),
        at=at,
        actor=actor,
        release_id=release.pk,
        model_id=release.model_id,
        detail=detail or {},
    )


def on_release(release: Release, act: str, actor: Person | None, at: datetime, **detail: Any) -> None:
    append(release_chain(release.pk), [release_entry(release, act, actor, at, detail)])


def on_organisation(
    act: str, subject: str, subject_name: str, actor: Person | None, at: datetime, **detail: Any
) -> None:
    append(
        ORGANISATION, [Entry(act=act, subject=subject, subject_name=subject_name, at=at, actor=actor, detail=detail)]
    )


def registered(release: Release, visit: StageVisit, owner: Person | None, actor: Person, at: datetime) -> None:
    model = release.model
    detail = {
        "team": model.team.name,
        "risk_tier": model.risk_tier,
        "restricted": model.restricted,
        "stage": visit.stage,
        "policy": visit.policy.version,
        "owner": str(owner) if owner else None,
    }
    act = "model.register" if release.number == 1 else "release.start"
    open_chains([release], [[release_entry(release, act, actor, at, detail)]], at, actor)


def model_edited(model: RegisteredModel, before: Detail, after: Detail, actor: Person, at: datetime) -> None:
    append(
        ORGANISATION,
        [
            Entry(
                act="model.edit",
                subject=f"model:{model.pk}",
                subject_name=model.name,
                at=at,
                actor=actor,
                model_id=model.pk,
                detail={"before": before, "after": after},
            )
        ],
    )


def tier_assessed(release: Release, one: RiskAssessment, before: str, actor: Person, at: datetime) -> None:
    """What the answers of a signed brief came to, and the tier that the model has after them."""
    on_release(
        release,
        "tier.assess",
        actor,
        at,
        before={"risk_tier": before},
        after={"risk_tier": one.tier},
        computed=one.computed,
        answers=one.answers,
        reason=one.reason,
    )


def tier_lowered(one: RiskAssessment, before: str, actor: Person, at: datetime) -> None:
    model = one.model
    detail = {"before": {"risk_tier": before}, "after": {"risk_tier": one.tier}, "computed": one.computed}
    entry = Entry(
        act="tier.lower",
        subject=f"model:{model.pk}",
        subject_name=model.name,
        at=at,
        actor=actor,
        model_id=model.pk,
        detail={**detail, "reason": one.reason},
    )
    append(ORGANISATION, [entry])


def brief_saved(brief: Brief, changed: Sequence[str], actor: Person, at: datetime) -> None:
    on_release(brief.release, "brief.save", actor, at, number=brief.number, changed=list(changed))


def brief_signed(brief: Brief, actor: Person, at: datetime) -> None:
    on_release(brief.release, "brief.sign", actor, at, number=brief.number, digest=brief.digest)


def brief_amended(brief: Brief, actor: Person, at: datetime) -> None:
    on_release(brief.release, "brief.amend", actor, at, number=brief.number, reason=brief.change_reason)


def brief_discarded(brief: Brief, actor: Person, at: datetime) -> None:
    """What was thrown away is kept here, since its row is gone."""
    detail = {"number": brief.number, "reason": brief.change_reason, "content": brief.content}
    append(release_chain(brief.release_id), [release_entry(brief.release, "brief.discard", actor, at, detail)])


def candidate_named(release: Release, version: ModelVersion, before: str | None, actor: Person, at: datetime) -> None:
    on_release(
        release,
        "candidate.name",
        actor,
        at,
        version=version.number,
        uri=version.uri,
        digest=version.digest,
        before=before,
    )


def evidence_attached(evidence: Evidence, actor: Person, at: datetime) -> None:
    on_release(
        evidence.release,
        "evidence.supersede" if evidence.supersedes_id else "evidence.attach",
        actor,
        at,
        evidence=evidence.pk,
        kind=evidence.kind,
        title=evidence.title,
        source=evidence.source,
        digest=evidence.digest,
        supersedes=evidence.supersedes_id,
        **({"file": evidence.file.name, "file_digest": evidence.file.digest} if evidence.file else {}),
    )


def file_stored(file: EvidenceFile, actor: Person, at: datetime) -> None:
    on_release(
        file.release,
        "file.store",
        actor,
        at,
        file=file.pk,
        name=file.name,
        media_type=file.media_type,
        size=file.size,
        digest=file.digest,
    )


def deployment_written(spec: DeploymentSpec, changed: Sequence[str], actor: Person, at: datetime) -> None:
    on_release(
        spec.release,
        "deployment.write",
        actor,
        at,
        number=spec.number,
        changed=list(changed),
        service_owner=str(spec.service_owner) if spec.service_owner else None,
    )


def owner_changed(
    act: str,
    release: Release,
    spell: StageOwnership,
    before: Person | None,
    actor: Person | None,
    at: datetime,
    **more: Any,
) -> None:
    """Assign, claim, hand-over accepted, step down: who answered before and who answers now."""
    on_release(
        release,
        act,
        actor,
        at,
        stage=spell.visit.stage,
        before=str(before) if before else None,
        after=str(spell.owner) if spell.owner else None,
        after_id=spell.owner_id,
        note=spell.note,
        **more,
    )


def early_changed(
    act: str,
    release: Release,
    claim: EarlyClaim,
    before: Person | None,
    after: Person | None,
    actor: Person,
    at: datetime,
    *,
    note: str = "",
) -> None:
    """Who answers for a stage that has not begun: claimed, named, given back."""
    on_release(
        release,
        act,
        actor,
        at,
        stage=claim.stage,
        before=str(before) if before else None,
        after=str(after) if after else None,
        after_id=after.pk if after else None,
        note=note,
    )


def offer_changed(act: str, offer: HandoverOffer, release: Release, actor: Person | None, at: datetime) -> None:
    on_release(
        release,
        act,
        actor,
        at,
        offer=offer.pk,
        offered_by=str(offer.offered_by),
        offered_to=str(offer.offered_to),
        note=offer.note,
        answer=offer.answer,
    )


def checklist_ticked(
    offer: HandoverOffer, release: Release, text: str, actor: Person, at: datetime, *, done: bool
) -> None:
    on_release(release, "handover.tick", actor, at, offer=offer.pk, text=text, done=done)


def moved(
    act: str, release: Release, left: StageVisit, entered: StageVisit, actor: Person | None, at: datetime, **more: Any
) -> None:
    """Every change of where a release stands: from which stage and state to which."""
    on_release(
        release,
        act,
        actor,
        at,
        source=left.stage,
        source_state=left.state,
        target=entered.stage,
        target_state=entered.state,
        policy=entered.policy.version,
        reason_code=entered.reason_code,
        reason=entered.reason,
        **more,
    )


def unmet_of(checks: Sequence[Check]) -> list[dict[str, str]]:
    """What a gate still asked for, as the trail keeps it."""
    return [{"code": check.code, "title": check.title, "reason": check.reason} for check in checks]


def glass_broken(release: Release, broken: BreakGlass, actor: Person, at: datetime) -> None:
    on_release(
        release,
        "glass.break",
        actor,
        at,
        source=broken.visit.stage,
        target=broken.target,
        reason=broken.reason,
        unmet=broken.unmet,
        review=broken.review_id,
        review_due=broken.review.due_at,
    )


def held(hold: Hold, release: Release, actor: Person, at: datetime) -> None:
    on_release(
        release,
        "hold.start",
        actor,
        at,
        hold=hold.pk,
        stage=hold.visit.stage,
        reason_code=hold.reason_code,
        reason_label=hold.label,
        reason=hold.reason,
        waits_on=hold.waits_on,
        expected_end=hold.expected_end,
        pauses_clock=hold.pauses_clock,
    )


def resumed(hold: Hold, release: Release, actor: Person | None, at: datetime, why: str = "") -> None:
    on_release(release, "hold.end", actor, at, hold=hold.pk, stage=hold.visit.stage, why=why)


def nudged(nudge: Nudge, release: Release, actor: Person, at: datetime) -> None:
    on_release(release, "owner.nudge", actor, at, sent_to=str(nudge.sent_to), message=nudge.message)


def cost_recorded(entry: CostEntry, actor: Person, at: datetime) -> None:
    on_release(
        entry.release,
        "cost.reverse" if entry.reverses_id else "cost.record",
        actor,
        at,
        entry=entry.pk,
        stage=entry.stage,
        kind=entry.kind,
        amount=entry.amount,
        currency=entry.currency,
        reverses=entry.reverses_id,
        note=entry.note,
    )


def team_changed(act: str, team: Team, actor: Person, at: datetime, **detail: Any) -> None:
    on_organisation(act, f"team:{team.pk}", team.name, actor, at, **detail)


def person_changed(act: str, person: Person, actor: Person | None, at: datetime, **detail: Any) -> None:
    on_organisation(act, f"person:{person.pk}", str(person), actor, at, **detail)


def calendar_changed(calendar: WorkCalendar, before: Detail, after: Detail, actor: Person | None, at: datetime) -> None:
    on_organisation("calendar.save", f"calendar:{calendar.pk}", calendar.name, actor, at, before=before, after=after)


def policy_changed(act: str, policy: Policy, actor: Person | None, at: datetime) -> None:
    on_organisation(act, f"policy:{policy.pk}", str(policy), actor, at, rules=policy.rules, note=policy.note)


def policy_taken(
    visit: StageVisit, before: Policy, reason: str, changed: Sequence[str], actor: Person, at: datetime
) -> None:
    """A release underway went over to another version of the policy; `changed` says in words what it differs in."""
    on_release(
        visit.release,
        "policy.move",
        actor,
        at,
        stage=visit.stage,
        before=before.version,
        after=visit.policy.version,
        reason=reason,
        changed=list(changed),
        due=visit.stalls_at,
    )
