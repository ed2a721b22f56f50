"""A small organisation for tests, walked through real acts: nobody sets a stage or an owner by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest

from governance.acts.briefs import save_brief, sign_brief
from governance.acts.calendars import revision_in_force
from governance.acts.evidence import EvidenceFacts, attach_evidence, name_candidate, write_deployment
from governance.acts.intake import ModelFacts, register_model
from governance.acts.judging import Judgement, judge_controls
from governance.acts.ownership import claim
from governance.acts.policies import draft_policy, install_policy, publish_policy
from governance.acts.reviews import decide
from governance.acts.transitions import advance, retire
from governance.dossiers import controls_of, dossier_of
from governance.models import HoldReasonEntry, Policy, Review, StageOwnership, StageVisit
from governance.policy import DEFAULT_RULES
from models_registry.models import Membership, Person, Release, Team, WorkCalendar
from models_registry.vocabulary import EvidenceKind, OrgRole, ReviewState, RiskTier, Stage, TeamRole
from tests.models_registry.details import detail_of

MONDAY = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DIGEST = "sha256:" + "ab" * 32
DATA_SOURCE = "card transactions"

INPUT_SCHEMA = """{
  "type": "object",
  "properties": {"amount": {"type": "integer", "minimum": 0}},
  "required": ["amount"]
}"""
OUTPUT_SCHEMA = '{"type": "object", "properties": {"score": {"type": "number"}}}'

COMPLETE_BRIEF: dict[str, Any] = {
    "serving_mode": "online",
    "latency_percentile": "95",
    "latency_ms": "120",
    "throughput_rps": "300",
    "availability_percent": "99.9",
    "cpu_cores": "2",
    "memory_gib": "4",
    "gpu": "",
    "gpu_count": "",
    "region": "eu-west-1",
    "monthly_budget": "1500",
    "budget_currency": "EUR",
    "input_schema": INPUT_SCHEMA,
    "output_schema": OUTPUT_SCHEMA,
    "acceptance_metrics": [{"metric": "auc", "comparison": "at_least", "threshold": "0.9", "slice": ""}],
    "data_sources": [{"name": DATA_SOURCE, "uri": "warehouse/cards", "contains_personal_data": True}],
    "retraining_plan": "Every quarter, or when the weekly drift check fails twice.",
    "risk_answers": {
        "rights": "no",
        "data": "personal",
        "automation": "person",
        "scale": "many",
        "safety": "no",
        "reversal": "easily",
        "domain": "none",
        "vulnerable": "no",
        "money": "little",
    },
}

MEASURED: list[dict[str, str]] = [
    {"code": "latency_p95", "value": "84", "unit": "ms", "slice": ""},
    {"code": "throughput", "value": "340", "unit": "req/s", "slice": ""},
    {"code": "cpu", "value": "1.7", "unit": "vCPU", "slice": ""},
    {"code": "memory", "value": "3.1", "unit": "GiB", "slice": ""},
    {"code": "metric:auc", "value": "0.93", "unit": "", "slice": ""},
]

COMPLETE_DEPLOYMENT: dict[str, Any] = {
    "environment": "production",
    "endpoint": "https://scoring.example/card-fraud",
    "image_digest": "sha256:" + "cd" * 32,
    "replicas": "3",
    "cpu_cores": "2",
    "memory_gib": "4",
    "region": "eu-west-1",
    "availability_percent": "99.95",
    "monthly_cost": "1200",
    "currency": "EUR",
    "rollback_plan": "Point the alias back to the release before.",
    "monitoring_url": "https://grafana.example/d/card-fraud",
    "runbook_url": "https://wiki.example/card-fraud",
}

REASONS = import_module("governance.migrations.0009_clock_guards").REASONS
ORDER = (Stage.BRIEF, Stage.VALIDATION, Stage.COMPLIANCE_REVIEW, Stage.DEPLOYMENT, Stage.LIVE, Stage.RETIRED)


@dataclass
class World:
    """People, one team, and releases at any stage. `now` is the moment of the last act; acts are an hour apart."""

    now: datetime = MONDAY
    _count: int = field(default=0, repr=False)

    def __post_init__(self) -> None:
        install_policy(DEFAULT_RULES, "The first policy.", at=self.now - timedelta(days=30))
        self.calendar = WorkCalendar.objects.create(name="Weekdays", timezone="UTC")
        revision_in_force(self.calendar, self.now)
        # A migration brought them; a test that emptied all tables took them along.
        if not HoldReasonEntry.objects.exists():
            for position, (code, label, waits_on) in enumerate(REASONS):
                HoldReasonEntry.objects.create(code=code, label=label, waits_on=waits_on, position=position)
        self.team = self.make_team("Payments risk")
        self.lead = self.person("Marta Oliveira", team_role=TeamRole.LEAD)
        self.engineer = self.person("Jonas Weber", team_role=TeamRole.ENGINEER)
        self.colleague = self.person("Priya Raman", team_role=TeamRole.ENGINEER)
        self.viewer = self.person("Ravi Menon", team_role=TeamRole.VIEWER)
        self.officer = self.person("Samuel Okafor", role=OrgRole.COMPLIANCE_OFFICER)
        self.second_officer = self.person("Elena Rossi", role=OrgRole.COMPLIANCE_OFFICER)
        self.auditor = self.person("Aiko Tanaka", role=OrgRole.AUDITOR)
        self.admin = self.person("Lena Fischer", role=OrgRole.ADMIN)
        self.stranger = self.person("Yusuf Demir")

    def publish(self, **changes: Any) -> Policy:
        """The default policy but for these keys, drafted by an officer and published by an administrator."""
        draft = draft_policy(self.officer, {**DEFAULT_RULES, **changes}, "Another policy.", at=self.tick())
        return publish_policy(self.admin, draft.pk, at=self.tick())

    def make_team(self, name: str) -> Team:
        return Team.objects.create(name=name, slug=name.lower().replace(" ", "-"), calendar=self.calendar)

    def person(
        self,
        name: str,
        *,
        role: OrgRole = OrgRole.MEMBER,
        team_role: TeamRole | None = None,
        team: Team | None = None,
    ) -> Person:
        email = f"{name.lower().replace(' ', '.')}@team.example"
        person = Person.objects.create_user(email, "a long passphrase", full_name=name, role=role)
        if team_role is not None:
            Membership.objects.create(team=team or self.team, person=person, role=team_role)
        return person

    def tick(self, step: timedelta = HOUR) -> datetime:
        self.now += step
        return self.now

    def release_at(
        self,
        stage: Stage,
        *,
        name: str = "",
        tier: RiskTier = RiskTier.LOW,
        team: Team | None = None,
        restricted: bool = False,
        actor: Person | None = None,
    ) -> Release:
        """A release that went through every act up to this stage; review and deployment begin without an owner."""
        self._count += 1
        actor = actor or self.engineer
        facts = ModelFacts(name or f"card-fraud-scorer-{self._count}", "Scores card payments.", tier, restricted)
        release = register_model(actor, team or self.team, facts, at=self.tick())
        for target in ORDER[1 : ORDER.index(stage) + 1]:
            self._bring(release, target, actor)
        return Release.objects.select_related("model__team__calendar", "candidate").get(pk=release.pk)

    def sign(self, release: Release, actor: Person | None = None, **changes: Any) -> None:
        actor = actor or self.engineer
        save_brief(actor, release.pk, {**COMPLETE_BRIEF, **changes}, at=self.tick())
        sign_brief(actor, release.pk, at=self.tick())

    def prove(self, release: Release, actor: Person | None = None, tier: RiskTier | None = None) -> None:
        """Name a candidate and attach everything the policy asks of the tier, with values that meet the brief."""
        actor = actor or self.engineer
        name_candidate(actor, release.pk, uri=f"models:/{release.model.slug}/1", digest=DIGEST, at=self.tick())
        for kind in EvidenceKind:
            measured = MEASURED if kind == EvidenceKind.BENCHMARK else []
            detail = detail_of(kind, DATA_SOURCE)
            facts = EvidenceFacts(kind, f"{kind.label} 1", f"runs/{kind}", measurements=measured, detail=detail)
            attach_evidence(actor, release.pk, facts, at=self.tick())

    def visit(self, release: Release) -> StageVisit:
        return StageVisit.objects.select_related("policy", "release__model__team__calendar", "release__candidate").get(
            release=release, left_at__isnull=True
        )

    def spell(self, release: Release) -> StageOwnership:
        return StageOwnership.objects.get(visit__release=release, until__isnull=True)

    def open_review(self, release: Release) -> Review:
        return Review.objects.get(release=release, state=ReviewState.OPEN)

    def digest(self, release: Release) -> str:
        return dossier_of(self.visit(release)).dossier_digest

    def verify(self, release: Release, officer: Person | None = None) -> None:
        """An officer looks at every control of the open review and finds that it holds, all at the present moment."""
        review, visit = self.open_review(release), self.visit(release)
        states = controls_of(visit, dossier_of(visit, at=self.now))
        unseen = [Judgement(one.control.code, "verified", one.digest) for one in states if not one.holds]
        judge_controls(officer or self.officer, review.pk, unseen, at=self.now)

    def approve(self, release: Release) -> None:
        """As many officers as the policy wants look at the controls and approve what is there."""
        review = self.open_review(release)
        self.verify(release)
        for officer in (self.officer, self.second_officer)[: review.approvals_needed]:
            decide(officer, review.pk, "approve", "Meets the policy.", seen_digest=self.digest(release), at=self.tick())

    def _bring(self, release: Release, target: Stage, actor: Person) -> None:
        if target == Stage.VALIDATION:
            self.sign(release, actor)
            advance(actor, release.pk, at=self.tick())
        elif target == Stage.COMPLIANCE_REVIEW:
            self.prove(release, actor)
            advance(actor, release.pk, message="Ready for review.", at=self.tick())
        elif target == Stage.DEPLOYMENT:
            self.approve(release)
        elif target == Stage.LIVE:
            claim(actor, release.pk, at=self.tick())
            write_deployment(actor, release.pk, COMPLETE_DEPLOYMENT, service_owner=actor, at=self.tick())
            advance(actor, release.pk, at=self.tick())
        elif target == Stage.RETIRED:
            lead = self.lead if release.model.team_id == self.team.pk else self.admin
            retire(lead, release.pk, "Replaced by the next release.", at=self.tick())


@pytest.fixture
def world(db: None) -> World:
    return World()
