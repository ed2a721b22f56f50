"""Walks one plan through the acts. A story yields the moment of its next act, so that all are told in order of time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO
from random import Random

from governance.acts import briefs, costs, evidence, files, holds, intake, ownership, reviews, tiers, transitions
from governance.deadlines import rules_of
from governance.dossiers import controls_of, dossier_of
from governance.models import Review, StageOwnership, StageVisit
from models_registry.models import Person, Release
from models_registry.vocabulary import CostKind, EvidenceKind, ReviewState, RiskTier, Stage, Verdict
from tracker.sample.cast import Cast
from tracker.sample.catalogue import BUDGET, HOLDS, PATH, Plan
from tracker.sample.content import LOWERED, brief_for, deployment_for, evidence_for
from tracker.sample.data import detail_for
from tracker.sample.papers import paper_for, with_paper

DAY = 8 * 3600
LEADS = {"payments": "lead", "claims": "lead", "crm": "ingrid", "supply": "hannah"}
Moments = Iterator[datetime]


@dataclass
class Story:
    """One plan being told."""

    plan: Plan
    cast: Cast
    now: datetime
    random: Random

    def __post_init__(self) -> None:
        self.calendar = self.cast.calendar(self.plan.team)
        self.brief = brief_for(self.plan.name, self.random, batch=self.plan.batch, tier=self.plan.tier)
        self.began = self._start()
        self.owner = self.cast.people[self.plan.owner]
        self.lead = self.cast.people[LEADS[self.plan.team]]
        officers = [self.cast.people["officer"], self.cast.people["elena"]]
        self.officers = officers if self.random.random() < 0.6 else officers[::-1]
        self.release: Release

    def tell(self) -> Moments:
        """Yield the moment of each act, then do it."""
        yield self.began
        self._register()
        start = self.began
        for stage in PATH[: PATH.index(self.plan.stage) + 1]:
            yield from {
                Stage.BRIEF: self._brief,
                Stage.VALIDATION: self._validation,
                Stage.COMPLIANCE_REVIEW: self._review,
                Stage.DEPLOYMENT: self._deployment,
                Stage.LIVE: self._live,
                Stage.RETIRED: self._retired,
            }[stage](start)
            if self.is_last(stage) and self.plan.end is None and self.plan.days[stage] > BUDGET.get(stage, 999) * 1.1:
                yield from self._late(start, stage)
            start = self._later(start, self.plan.days.get(stage, 0))
        if self.plan.end is not None:
            yield start
            self._end(start)

    def is_last(self, stage: Stage) -> bool:
        return self.plan.stage == stage

    # -- the stages ---------------------------------------------------------------------------------------------------

    def _register(self) -> None:
        plan = self.plan
        facts = intake.ModelFacts(
            plan.name, plan.purpose, plan.tier, plan.restricted, self.random.random() < 0.5, plan.tags
        )
        self.release = intake.register_model(self.owner, self.cast.teams[plan.team], facts, at=self.began)

    def _brief(self, start: datetime) -> Moments:
        yield (at := self._part(start, Stage.BRIEF, 0.3))
        draft = {key: value for key, value in self.brief.items() if key not in ("latency_ms", "output_schema")}
        briefs.save_brief(self.owner, self.release.pk, draft, at=at)
        if self.is_last(Stage.BRIEF) and self.plan.twist == "vacant":
            yield (at := self._part(start, Stage.BRIEF, 0.5))
            ownership.step_down(self.owner, self.release.pk, "Moved to another project.", at=at)
        if self.is_last(Stage.BRIEF) and self.plan.twist != "signed":
            return
        yield from self._spend(start, Stage.BRIEF, 0.5)
        yield (at := self._part(start, Stage.BRIEF, 0.85))
        briefs.save_brief(self.owner, self.release.pk, self.brief, at=at)
        briefs.sign_brief(self.owner, self.release.pk, at=at)
        if reason := LOWERED.get(self.plan.name):
            yield (at := self._part(start, Stage.BRIEF, 0.95))
            tiers.lower_tier(self.officers[0], self.release.model_id, self.plan.tier, reason, at=at)
        if not self.is_last(Stage.BRIEF):
            yield (at := self._later(start, self.plan.days[Stage.BRIEF]))
            transitions.advance(self.owner, self.release.pk, at=at)

    def _validation(self, start: datetime) -> Moments:
        last, twist = self.is_last(Stage.VALIDATION), self.plan.twist
        yield (at := self._part(start, Stage.VALIDATION, 0.25))
        number, digest = self.release.number, self.random.randbytes(32).hex()
        evidence.name_candidate(
            self.owner, self.release.pk, uri=f"models:/{self.plan.name}/{number}", digest=digest, at=at
        )
        yield from self._attach(start, 0.3, [EvidenceKind.TRAINING_RUN, EvidenceKind.DATASET])
        yield from self._spend(start, Stage.VALIDATION, 0.6)
        if last and twist in HOLDS:
            yield from self._hold(start)
        if last and twist not in ("metric_short",) and self.plan.end is None:
            return
        rest = [kind for kind in self._required() if kind not in (EvidenceKind.TRAINING_RUN, EvidenceKind.DATASET)]
        short_of = "metric" if last and twist == "metric_short" else ""
        yield from self._attach(start, 0.8, sorted({*rest, EvidenceKind.BENCHMARK}), short_of)
        if not last:
            yield (at := self._later(start, self.plan.days[Stage.VALIDATION]))
            transitions.advance(self.owner, self.release.pk, message="All checks are green; ready to look at.", at=at)

    def _review(self, start: datetime) -> Moments:
        last, twist = self.is_last(Stage.COMPLIANCE_REVIEW), self.plan.twist
        if not last or twist or self.random.random() < 0.5:
            yield (at := self._part(start, Stage.COMPLIANCE_REVIEW, 0.2))
            ownership.claim(self.officers[0], self.release.pk, at=at)
        yield from self._spend(start, Stage.COMPLIANCE_REVIEW, 0.1)
        if last and twist in ("changes_requested", "evidence_missing"):
            yield (at := self._part(start, Stage.COMPLIANCE_REVIEW, 0.55))
            why = (
                "Reason codes explain 71 % of the declines; the policy asks for 95 %."
                if twist == "evidence_missing"
                else ("The holiday calendar feed has no registered source in the lineage.")
            )
            self._decide(self.officers[0], "request_changes", why, at)
        elif last and twist == "one_approval":
            yield (at := self._part(start, Stage.COMPLIANCE_REVIEW, 0.7))
            self._decide(self.officers[0], "approve", "Slices and thresholds hold; access grants still to be seen.", at)
        elif not last and twist == "glass":
            yield (at := self._later(start, self.plan.days[Stage.COMPLIANCE_REVIEW]))
            why = "The windscreen backlog after the hailstorm cannot wait for the second officer's leave to end."
            transitions.break_glass(self.lead, self.release.pk, why, next_owner=self.owner, at=at)
        elif not last:
            yield from self._changes_and_again(start)
            yield (at := self._later(start, self.plan.days[Stage.COMPLIANCE_REVIEW]))
            for officer in self.officers[: self._needed()]:
                self._decide(officer, "approve", "Evidence is complete and meets the brief.", at)

    def _deployment(self, start: datetime) -> Moments:
        last, twist = self.is_last(Stage.DEPLOYMENT), self.plan.twist
        if (last and twist == "vacant") or (self.plan.end is not None and last):
            return
        if twist != "glass":
            yield (at := self._part(start, Stage.DEPLOYMENT, 0.05))
            ownership.claim(self.owner, self.release.pk, at=at)
        yield from self._spend(start, Stage.DEPLOYMENT, 0.5)
        if last and twist == "stepped_down":
            yield (at := self._part(start, Stage.DEPLOYMENT, 0.6))
            ownership.step_down(
                self.owner, self.release.pk, "On parental leave from next week; nobody free in the team.", at=at
            )
            return
        yield (at := self._part(start, Stage.DEPLOYMENT, 0.6))
        spec = deployment_for(self.plan.name, self.brief, self.random, complete=not last or twist == "ready")
        evidence.write_deployment(self.owner, self.release.pk, spec, service_owner=self.owner, at=at)
        if last and twist == "slow":
            yield (at := self._part(start, Stage.DEPLOYMENT, 0.9))
            self._supersede_benchmark(at)
        if last and twist == "offered":
            yield (at := self._part(start, Stage.DEPLOYMENT, 0.9))
            note = "On leave from Monday. The canary waits for the GPU quota, PLAT-871; the runbook is done."
            ownership.offer_handover(self.owner, self.release.pk, self.cast.people["engineer"], note, at=at)
        if last:
            return
        yield (at := self._later(start, self.plan.days[Stage.DEPLOYMENT]))
        if twist == "glass":
            why = "Still before the review in retrospect; the clerks are four weeks behind."
            transitions.break_glass(self.lead, self.release.pk, why, next_owner=self.owner, at=at)
        else:
            transitions.advance(self.owner, self.release.pk, at=at)

    def _live(self, start: datetime) -> Moments:
        if self.plan.twist == "second_release":
            yield (at := self._later(start, self.plan.days[Stage.LIVE] - 3))
            intake.start_release(self.owner, self.release.model, at=at)

    def _retired(self, start: datetime) -> Moments:
        yield start
        transitions.retire(self.lead, self.release.pk, "Replaced by the boosted trees of this year.", at=start)

    # -- what happens in them -----------------------------------------------------------------------------------------

    def _end(self, at: datetime) -> None:
        plan = self.plan
        if plan.end is None:
            return
        act = transitions.park if plan.parked else transitions.kill
        said = "Set aside until the next budget round." if plan.parked else "Stopped at the monthly portfolio meeting."
        act(self.lead, self.release.pk, plan.end, f"{plan.end.label}. {said}", at=at)

    def _hold(self, start: datetime) -> Moments:
        reason, waits_on, text = HOLDS[self.plan.twist]
        # A vendor hold came after the budget was already used up; the others stopped the clock in time.
        yield (at := self._part(start, Stage.VALIDATION, 0.9 if self.plan.twist == "held_vendor" else 0.6))
        end = self.now + timedelta(days=-1 if self.plan.twist == "held_overdue" else 6)
        holds.hold(
            self.owner, self.release.pk, reason_code=reason, reason=text, waits_on=waits_on, expected_end=end, at=at
        )

    def _changes_and_again(self, start: datetime) -> Moments:
        if self.random.random() > 0.3:
            return
        yield (at := self._part(start, Stage.COMPLIANCE_REVIEW, 0.6))
        self._decide(self.officers[0], "request_changes", "The model card names no limits of use.", at)
        yield (at := self._part(start, Stage.COMPLIANCE_REVIEW, 0.75))
        card = self.release.evidence.get(kind=EvidenceKind.MODEL_CARD, superseded_by__isnull=True)
        facts = evidence_for(EvidenceKind.MODEL_CARD, self.plan.name, self.brief, self.random)
        evidence.attach_evidence(self.owner, self.release.pk, facts, supersedes=card.pk, at=at)
        reviews.request_review(self.owner, self.release.pk, "Limits of use are in the card now.", at=at)

    def _supersede_benchmark(self, at: datetime) -> None:
        old = self.release.evidence.get(kind=EvidenceKind.BENCHMARK, superseded_by__isnull=True)
        facts = evidence_for(
            EvidenceKind.BENCHMARK, self.plan.name, self.brief, self.random, short_of="latency_p95", worse_by=1.53
        )
        evidence.attach_evidence(self.owner, self.release.pk, facts, supersedes=old.pk, at=at)

    def _attach(self, start: datetime, share: float, kinds: list[EvidenceKind], short_of: str = "") -> Moments:
        for kind in kinds:
            yield (at := self._part(start, Stage.VALIDATION, share))
            detail = detail_for(kind, self.plan.name, self.now.date(), rough=self._rough())
            facts = evidence_for(
                kind, self.plan.name, self.brief, self.random, short_of=short_of, worse_by=1.06, detail=detail
            )
            evidence.attach_evidence(self.owner, self.release.pk, self._with_paper(facts, at), at=at)

    def _with_paper(self, facts: evidence.EvidenceFacts, at: datetime) -> evidence.EvidenceFacts:
        """The record with its file, for the releases that are still looked at."""
        underway = self.plan.stage not in (Stage.LIVE, Stage.RETIRED) and self.plan.end is None
        paper = paper_for(self.plan.name, facts, self.plan.purpose, self.brief) if underway else None
        if paper is None:
            return facts
        name, content = paper
        file = files.store_file(self.owner, self.release.pk, BytesIO(content), name, at=at)
        return with_paper(facts, paper, file.pk)

    def _rough(self) -> bool:
        """Whether something of the data is still open: where nothing asks for it yet, or ever."""
        return self.plan.tier == RiskTier.LOW or self.is_last(Stage.VALIDATION)

    def _spend(self, start: datetime, stage: Stage, intensity: float) -> Moments:
        """Engineering hours and some compute, booked halfway through the stage."""
        yield (at := self._part(start, stage, 0.55))
        hours = Decimal(max(2, round(self.plan.days[stage] * 8 * intensity)))
        lines = [costs.CostFacts(stage, CostKind.ENGINEERING, at.date(), hours=hours, note="Time booked")]
        if stage in (Stage.VALIDATION, Stage.DEPLOYMENT):
            compute = Decimal(self.random.randint(300, 4200))
            lines.append(costs.CostFacts(stage, CostKind.COMPUTE, at.date(), amount=compute, note="Training and tests"))
        costs.record_costs(self.owner, self.release.pk, lines, at=at)

    def _late(self, start: datetime, stage: Stage) -> Moments:
        """Past the budget the hours go on, and the lead asks."""
        yield (at := self._part(start, stage, 0.97))
        hours = Decimal(max(2, round((self.plan.days[stage] - BUDGET[stage]) * 5)))
        late = costs.CostFacts(stage, CostKind.ENGINEERING, at.date(), hours=hours, note="Rework and waiting")
        costs.record_cost(self.owner, self.release.pk, late, at=at)
        spell = StageOwnership.objects.get(visit__release=self.release, until__isnull=True)
        if spell.owner and spell.owner != self.lead:
            holds.nudge(self.lead, self.release.pk, "What does it need to move?", at=at)

    def _decide(self, officer: Person, outcome: str, reason: str, at: datetime) -> None:
        review = Review.objects.get(release=self.release, state=ReviewState.OPEN)
        dossier = dossier_of(self._visit(), at=at)
        if outcome == "approve":
            for state in controls_of(self._visit(), dossier):
                if not state.holds:
                    said = (state.control.code, Verdict.VERIFIED)
                    reviews.judge_control(officer, review.pk, *said, seen_digest=state.digest, at=at)
        reviews.decide(officer, review.pk, outcome, reason, seen_digest=dossier.dossier_digest, at=at)

    def _visit(self) -> StageVisit:
        return StageVisit.objects.select_related("policy", "release__candidate", "release__model__team__calendar").get(
            release=self.release, left_at__isnull=True
        )

    def _required(self) -> list[EvidenceKind]:
        return list(rules_of(self._visit().policy).stage(self.plan.tier, Stage.VALIDATION).evidence)

    def _needed(self) -> int:
        return Review.objects.get(release=self.release, state=ReviewState.OPEN).approvals_needed

    # -- time ---------------------------------------------------------------------------------------------------------

    def _part(self, start: datetime, stage: Stage, share: float) -> datetime:
        return self._later(start, self.plan.days[stage] * share)

    def _later(self, start: datetime, days: float) -> datetime:
        moment = self.calendar.add(start, int(days * DAY))
        if moment is None:
            raise ValueError("The sample's calendar never opens.")
        return min(moment, self.now)

    def _start(self) -> datetime:
        """The moment from which the plan's business days reach exactly until it ends."""
        end = self.now - timedelta(days=self.plan.ended_days_ago)
        wanted = int(sum(self.plan.days.get(stage, 0) for stage in PATH[: PATH.index(self.plan.stage) + 1]) * DAY)
        early, late = end - timedelta(seconds=wanted * 6, days=14), end
        while late - early > timedelta(minutes=1):
            middle = early + (late - early) / 2
            if self.calendar.business_seconds(middle, end) > wanted:
                early = middle
            else:
                late = middle
        return late
