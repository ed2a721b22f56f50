"""How a model comes to its risk tier: raised by the answers of a signed brief, lowered by an officer with a reason."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from governance import deadlines, permissions
from governance.acts.locks import moment, open_visit
from governance.errors import Conflict, NotFound, NotPermitted, invalid
from governance.four_eyes import hand_in
from governance.tiering import assess, rank
from governance.trail import writers
from models_registry.models import Brief, Person, RegisteredModel, Release, RiskAssessment
from models_registry.requirements import answers_of
from models_registry.vocabulary import RiskTier, Stage

KEPT = "The model stands at a higher tier than the answers ask for, and only a compliance officer lowers it."


def assess_signed(brief: Brief, actor: Person, at: datetime) -> RiskAssessment | None:
    """Hold the model's tier against the answers of a brief that is being signed; None when it has none.

    Part of signing: the release is locked. The answers raise a tier and never lower it, and an officer's word on the
    same answers stands.
    """
    answers = answers_of(brief.content)
    if not answers:
        return None
    release = brief.release
    model = _locked(release.model_id)
    computed, before = assess(answers).tier, RiskTier(model.risk_tier)
    lowered = _lowered_for(model, answers)
    tier = before if lowered or rank(before) >= rank(computed) else computed
    assessment = RiskAssessment.objects.create(
        model=model,
        release=release,
        answers=answers,
        computed=computed,
        tier=tier,
        reason="" if tier == computed else lowered or KEPT,
        assessed_by=actor,
        assessed_at=at,
    )
    if tier != before:
        _set(model, tier, at)
        release.model.risk_tier = tier
        _raise_visit(release, tier, at)
    writers.tier_assessed(release, assessment, before, actor, at)
    return assessment


def lower_tier(
    actor: Person,
    model_id: int,
    tier: str,
    reason: str,
    *,
    expected: datetime | None = None,
    at: datetime | None = None,
) -> RegisteredModel:
    """Lower the risk tier of a model, as a compliance officer who had no hand in it. Stages underway keep theirs.

    `expected` is the model's `updated_at` as the person's page showed it.
    """
    at = moment(at)
    with transaction.atomic():
        model = _locked(model_id)
        permissions.lower_tier(actor, model)
        if did := hand_in(actor, model):
            raise NotPermitted(
                f"You {did}, so somebody else has to lower its tier.", remedy="Ask another officer.", code="four_eyes"
            )
        if expected is not None and model.updated_at != expected:
            raise Conflict("Somebody changed this model meanwhile.", remedy="Look at the change, then decide again.")
        _refuse_no_lowering(model, tier, reason)
        before = model.risk_tier
        last = model.risk_assessments.order_by("-assessed_at", "-pk").first()
        assessment = RiskAssessment.objects.create(
            model=model,
            release=last.release if last else None,
            answers=last.answers if last else {},
            computed=last.computed if last else before,
            tier=tier,
            reason=reason.strip(),
            assessed_by=actor,
            assessed_at=at,
        )
        _set(model, RiskTier(tier), at)
        writers.tier_lowered(assessment, before, actor, at)
        return model


def _locked(model_id: int) -> RegisteredModel:
    locked = RegisteredModel.objects.select_for_update(of=("self",)).select_related("team")
    model = locked.filter(pk=model_id).first()
    if model is None:
        raise NotFound
    return model


def _refuse_no_lowering(model: RegisteredModel, tier: str, reason: str) -> None:
    if tier not in set(RiskTier):
        raise invalid("tier", "Choose the tier that it should have.")
    if tier == model.risk_tier:
        raise Conflict(f"{model} stands at {RiskTier(tier).label.lower()} already.")
    if rank(tier) > rank(model.risk_tier):
        raise invalid("tier", "That is higher. A lead raises a tier, or the answers of the brief do.")
    if not reason.strip():
        raise invalid("reason", "Say why the tier is too high for this model; the auditor reads it.")


def _lowered_for(model: RegisteredModel, answers: dict[str, str]) -> str:
    """Why an officer lowered the tier in the face of these very answers; empty where none did."""
    last = model.risk_assessments.order_by("-assessed_at", "-pk").first()
    if last is None or last.answers != answers or rank(last.tier) >= rank(last.computed):
        return ""
    return last.reason


def _set(model: RegisteredModel, tier: RiskTier, at: datetime) -> None:
    model.risk_tier, model.updated_at = tier, max(at, model.updated_at)
    model.save(update_fields=["risk_tier", "updated_at"])


def _raise_visit(release: Release, tier: RiskTier, at: datetime) -> None:
    """A stage of brief is travelled under the tier that its own brief leads to; later stages keep theirs."""
    visit = open_visit(release)
    if visit.stage == Stage.BRIEF:
        visit.tier = tier
        visit.save(update_fields=["tier"])
        deadlines.refresh(visit, at)
