"""What is written down: models, briefs, evidence, candidates, deployment specifications, costs."""

from decimal import Decimal
from typing import Any

import pytest

from governance.acts.briefs import amend_brief, discard_amendment, save_brief, sign_brief
from governance.acts.costs import CostFacts, record_cost, record_costs, reverse_cost
from governance.acts.evidence import EvidenceFacts, attach_evidence, name_candidate, write_deployment
from governance.acts.intake import ModelFacts, edit_model, register_model, start_release
from governance.errors import Conflict, Invalid, NotPermitted
from governance.models import AuditEvent
from models_registry.models import CostEntry, Evidence, ModelVersion, RegisteredModel
from models_registry.vocabulary import CostKind, EvidenceKind, RiskTier, Stage
from tests.world import COMPLETE_BRIEF, COMPLETE_DEPLOYMENT, DIGEST, World


def test_a_registered_model_starts_in_its_brief_owned_by_who_registered_it(world: World) -> None:
    release = register_model(world.engineer, world.team, ModelFacts("  card\tfraud ", tags=("Fraud", "fraud", " ")))
    assert (release.model.name, release.model.slug, release.number) == ("card fraud", "card-fraud", 1)
    assert [tag.name for tag in release.model.tags.all()] == ["fraud"]
    assert (world.visit(release).stage, world.spell(release).owner) == (Stage.BRIEF, world.engineer)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        (ModelFacts(" "), "name"),
        (ModelFacts("x" * 121), "name"),
        (ModelFacts("x", risk_tier="extreme"), "risk_tier"),
        (ModelFacts("x", tags=("t" * 61,)), "tags"),
    ],
)
def test_an_unusable_model_is_refused_by_field(world: World, facts: ModelFacts, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        register_model(world.engineer, world.team, facts)
    assert refusal.value.field == field
    assert not RegisteredModel.objects.exists()


def test_a_team_has_no_two_models_of_one_name(world: World) -> None:
    register_model(world.engineer, world.team, ModelFacts("scorer"))
    with pytest.raises(Invalid, match="already has a model called scorer"):
        register_model(world.lead, world.team, ModelFacts("Scorer"))
    other = world.make_team("Motor claims")
    assert register_model(world.admin, other, ModelFacts("scorer")).model.slug == "scorer-2"


def test_only_the_team_registers_in_it(world: World) -> None:
    for other in (world.stranger, world.viewer, world.auditor, world.officer):
        with pytest.raises(NotPermitted):
            register_model(other, world.team, ModelFacts("scorer"))


def test_a_further_release_copies_the_signed_brief_and_waits_for_the_one_before(world: World) -> None:
    first = world.release_at(Stage.LIVE)
    second = start_release(world.engineer, first.model, at=world.tick())
    assert (second.number, second.briefs.get().content) == (2, COMPLETE_BRIEF)
    assert world.visit(first).stage == Stage.LIVE
    with pytest.raises(Conflict, match="Release 2 is still in its brief"):
        start_release(world.engineer, first.model)


def test_an_edit_keeps_before_and_after_and_a_stale_form_is_refused(world: World) -> None:
    model = world.release_at(Stage.BRIEF).model
    seen = model.updated_at
    edit_model(world.engineer, model.pk, ModelFacts(model.name, "New purpose.", model.risk_tier), expected=seen)
    with pytest.raises(Conflict):
        edit_model(world.engineer, model.pk, ModelFacts(model.name, "Other."), expected=seen)
    event = AuditEvent.objects.get(act="model.edit")
    assert (event.detail["before"]["purpose"], event.detail["after"]["purpose"]) == (
        "Scores card payments.",
        "New purpose.",
    )


def test_the_tier_is_changed_by_a_lead_only(world: World) -> None:
    model = world.release_at(Stage.BRIEF).model
    facts = ModelFacts(model.name, model.purpose, RiskTier.HIGH)
    with pytest.raises(NotPermitted):
        edit_model(world.engineer, model.pk, facts)
    assert edit_model(world.lead, model.pk, facts).risk_tier == RiskTier.HIGH


def test_a_draft_may_be_incomplete_but_not_wrong(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    save_brief(world.engineer, release.pk, {"serving_mode": "online"}, at=world.tick())
    with pytest.raises(Invalid) as refusal:
        save_brief(world.engineer, release.pk, {"serving_mode": "online", "latency_ms": "-5"}, at=world.tick())
    assert refusal.value.problems[0].field == "latency_ms"
    assert release.briefs.get().content == {"serving_mode": "online"}
    with pytest.raises(Invalid, match="not complete"):
        sign_brief(world.engineer, release.pk)


def test_a_signed_brief_is_amended_by_a_new_revision_with_a_reason(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    world.sign(release)
    with pytest.raises(Conflict, match="no longer changes"):
        save_brief(world.engineer, release.pk, COMPLETE_BRIEF)
    with pytest.raises(Invalid):
        amend_brief(world.engineer, release.pk, "")
    assert amend_brief(world.engineer, release.pk, "Faster.", at=world.tick()).number == 2
    with pytest.raises(Conflict, match="still a draft"):
        amend_brief(world.engineer, release.pk, "Faster still.")


def test_an_amendment_is_discarded_and_the_trail_keeps_what_it_said(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    with pytest.raises(Conflict, match="only brief"):
        discard_amendment(world.engineer, release.pk)
    world.sign(release)
    amend_brief(world.engineer, release.pk, "Faster.", at=world.tick())
    with pytest.raises(NotPermitted):
        discard_amendment(world.viewer, release.pk)
    assert discard_amendment(world.engineer, release.pk, at=world.tick()) == 2
    assert [brief.is_signed for brief in release.briefs.all()] == [True]
    assert AuditEvent.objects.get(act="brief.discard").detail["content"] == COMPLETE_BRIEF
    with pytest.raises(Conflict, match="no longer changes"):
        discard_amendment(world.engineer, release.pk)


def _document(**changes: Any) -> EvidenceFacts:
    return EvidenceFacts(**{"kind": EvidenceKind.DOCUMENT, "title": "DPIA", "source": "doc/9", **changes})


def test_the_same_evidence_twice_is_one_record(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    first = attach_evidence(world.engineer, release.pk, _document(), at=world.tick())
    assert attach_evidence(world.engineer, release.pk, _document(), at=world.tick()) == first
    assert Evidence.objects.count() == 1


def test_evidence_is_superseded_once_and_only_by_evidence_of_the_same_release(world: World) -> None:
    release, other = world.release_at(Stage.VALIDATION), world.release_at(Stage.VALIDATION)
    first = attach_evidence(world.engineer, release.pk, _document(), at=world.tick())
    with pytest.raises(Invalid):
        attach_evidence(world.engineer, other.pk, _document(), supersedes=first.pk)
    attach_evidence(world.engineer, release.pk, _document(source="doc/10"), supersedes=first.pk, at=world.tick())
    with pytest.raises(Conflict, match="already superseded"):
        attach_evidence(world.engineer, release.pk, _document(source="doc/11"), supersedes=first.pk)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "rumour"}, "kind"),
        ({"title": ""}, "title"),
        ({"source": " "}, "source"),
        ({"content_digest": "abc"}, "content_digest"),
        ({"measurements": [{"code": "latency_p95", "value": "fast"}]}, "measurements.0.value"),
    ],
)
def test_unusable_evidence_names_the_field(world: World, changes: dict[str, Any], field: str) -> None:
    release = world.release_at(Stage.VALIDATION)
    with pytest.raises(Invalid) as refusal:
        attach_evidence(world.engineer, release.pk, _document(**changes))
    assert refusal.value.problems[0].field == field


def test_the_same_artefact_is_the_same_version(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    first = name_candidate(world.engineer, release.pk, uri="models:/a/1", digest=DIGEST, at=world.tick())
    second = name_candidate(world.engineer, release.pk, uri="models:/a/1", digest=DIGEST[7:].upper(), at=world.tick())
    assert (second, ModelVersion.objects.count()) == (first, 1)
    with pytest.raises(Invalid) as refusal:
        name_candidate(world.engineer, release.pk, uri="", digest="sha256:12")
    assert [problem.field for problem in refusal.value.problems] == ["uri", "digest"]


def test_each_change_of_the_deployment_specification_is_a_revision(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    first = write_deployment(world.engineer, release.pk, {"environment": "production"}, at=world.tick())
    assert write_deployment(world.engineer, release.pk, {"environment": "production"}, at=world.tick()) == first
    assert write_deployment(world.engineer, release.pk, COMPLETE_DEPLOYMENT, at=world.tick()).number == 2
    with pytest.raises(Invalid) as refusal:
        write_deployment(world.engineer, release.pk, COMPLETE_DEPLOYMENT, service_owner=world.stranger)
    assert refusal.value.field == "service_owner"


def _cost(world: World, **changes: Any) -> CostFacts:
    day = world.now.date()
    return CostFacts(**{"stage": Stage.BRIEF, "kind": CostKind.ENGINEERING, "incurred_on": day, **changes})


def test_hours_cost_the_rate_of_the_team(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    entry = record_cost(world.engineer, release.pk, _cost(world, hours=Decimal("7.5")), at=world.tick())
    assert (entry.amount, entry.currency) == (Decimal("712.50"), "EUR")


def test_a_double_click_costs_once(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    facts = _cost(world, hours=Decimal(2), once="form-1")
    assert record_cost(world.engineer, release.pk, facts) == record_cost(world.engineer, release.pk, facts)
    assert CostEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"hours": Decimal(-1)}, "hours"),
        ({"hours": Decimal("NaN")}, "hours"),
        ({"hours": None}, "hours"),
        ({"hours": Decimal(10**12)}, "hours"),
        ({"kind": CostKind.COMPUTE, "amount": Decimal(0)}, "amount"),
        ({"kind": "lunch", "amount": Decimal(9)}, "kind"),
        ({"hours": Decimal(1), "currency": "XXL"}, "currency"),
        ({"hours": Decimal(1), "stage": "limbo"}, "stage"),
    ],
)
def test_an_unusable_cost_names_the_field(world: World, changes: dict[str, Any], field: str) -> None:
    release = world.release_at(Stage.BRIEF)
    with pytest.raises(Invalid) as refusal:
        record_cost(world.engineer, release.pk, _cost(world, **changes), at=world.now)
    assert refusal.value.problems[0].field == field
    assert not CostEntry.objects.exists()


def test_several_lines_are_recorded_together_or_not_at_all(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    with pytest.raises(Invalid) as refusal:
        record_costs(world.engineer, release.pk, [_cost(world, hours=Decimal(1)), _cost(world, hours=Decimal(-1))])
    assert refusal.value.problems[0].field == "line 2: hours"
    assert not CostEntry.objects.exists()


def test_an_entry_is_reversed_once_with_a_reason(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    entry = record_cost(world.engineer, release.pk, _cost(world, hours=Decimal(2)), at=world.tick())
    with pytest.raises(Invalid):
        reverse_cost(world.engineer, entry.pk, "")
    reversal = reverse_cost(world.engineer, entry.pk, "Wrong release.", at=world.tick())
    for again in (entry, reversal):
        with pytest.raises(Conflict):
            reverse_cost(world.engineer, again.pk, "Once more.")
    assert sum(row.amount for row in CostEntry.objects.all()) == 0
