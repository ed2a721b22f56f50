"""Walks one plan through the acts. A story yields the moment of its next act, so that all are told in order of time."""

from __future__ import annotations

from datetime import datetime, timedelta

from governance.acts import briefs, early, evidence, handovers, holds, intake, ownership, tiers, transitions
from governance.handing_over import CHECKLISTS
from models_registry.vocabulary import EvidenceKind, Stage
from tracker.sample.catalogue import BUDGET, HOLDS, PATH
from tracker.sample.content import LOWERED, deployment_for
from tracker.sample.exceptions import CONDITIONS
from tracker.sample.reviewing import Reviewing
from tracker.sample.telling import Moments

AHEAD = {"merchant-risk-tier": "tomasz"}
"""Who has claimed which deployment before it begins."""


class Story(Reviewing):
    """One plan being told."""

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
        rest = self._required()
        first = [kind for kind in (EvidenceKind.TRAINING_RUN, EvidenceKind.DATASET) if kind in rest or self._rough()]
        yield from self._attach(start, 0.3, first)
        yield from self._spend(start, Stage.VALIDATION, 0.6)
        if last and twist in HOLDS:
            yield from self._hold(start)
        if last and twist not in ("metric_short",) and self.plan.end is None:
            return
        rest = [kind for kind in rest if kind not in (EvidenceKind.TRAINING_RUN, EvidenceKind.DATASET)]
        short_of = "metric" if last and twist == "metric_short" else ""
        yield from self._attach(start, 0.8, sorted({*rest, EvidenceKind.BENCHMARK}), short_of)
        yield from self._waive(start)
        if not last:
            yield (at := self._later(start, self.plan.days[Stage.VALIDATION]))
            transitions.advance(self.owner, self.release.pk, message="All checks are green; ready to look at.", at=at)

    def _review(self, start: datetime) -> Moments:
        last, twist = self.is_last(Stage.COMPLIANCE_REVIEW), self.plan.twist
        if who := AHEAD.get(self.plan.name):
            yield (at := self._part(start, Stage.COMPLIANCE_REVIEW, 0.1))
            early.claim_early(self.cast.people[who], self.release.pk, at=at)
        if not last or twist or self.random.random() < 0.5:
            yield (at := self._part(start, Stage.COMPLIANCE_REVIEW, 0.2))
            ownership.claim(self.officers[0], self.release.pk, at=at)
        yield from self._spend(start, Stage.COMPLIANCE_REVIEW, 0.1)
        if last and twist in ("changes_requested", "evidence_missing"):
            yield (at := self._part(start, Stage.COMPLIANCE_REVIEW, 0.55))
            self._judge(self.officers[0], self._review_open(), at, half=True)
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
        elif twist in CONDITIONS:
            yield from self._conditionally(start)
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
            self._supersede(EvidenceKind.BENCHMARK, at, short_of="latency_p95", worse_by=1.53)
        if last and twist == "conditional":
            yield from self._on_conditions(start)
        if last and twist == "lapsed":
            yield from self._missed()
        if last and twist == "offered":
            yield (at := self._part(start, Stage.DEPLOYMENT, 0.9))
            note = "On leave from Monday. The canary waits for the GPU quota, PLAT-871; the runbook is done."
            to, lines = self.cast.people["engineer"], CHECKLISTS[Stage.DEPLOYMENT]
            offer = ownership.offer_handover(self.owner, self.release.pk, to, note, checklist=lines, at=at)
            for line in (0, 1):
                handovers.tick(self.owner, offer.pk, line, done=True, at=at)
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
        if self.plan.twist == "revoked":
            yield from self._taken_back(start)

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
