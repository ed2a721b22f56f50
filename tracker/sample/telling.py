"""What every story needs: its plan, its people, its time, and the papers and hours of its stages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO
from random import Random

from governance.acts import costs, evidence, files, holds
from governance.deadlines import rules_of
from governance.models import StageOwnership, StageVisit
from models_registry.models import Release
from models_registry.vocabulary import CostKind, EvidenceKind, RiskTier, Stage
from tracker.sample.cast import Cast
from tracker.sample.catalogue import BUDGET, PATH, Plan
from tracker.sample.content import brief_for, evidence_for
from tracker.sample.data import detail_for
from tracker.sample.days import DAY, days_before
from tracker.sample.exceptions import EXPIRED, WAIVED
from tracker.sample.papers import paper_for, with_paper

LEADS = {"payments": "lead", "claims": "lead", "crm": "ingrid", "supply": "hannah"}
Moments = Iterator[datetime]


@dataclass
class Telling:
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

    def is_last(self, stage: Stage) -> bool:
        return self.plan.stage == stage

    def _attach(self, start: datetime, share: float, kinds: list[EvidenceKind], short_of: str = "") -> Moments:
        for kind in kinds:
            yield (at := self._part(start, Stage.VALIDATION, share))
            detail = detail_for(kind, self.plan.name, self.now.date(), rough=self._rough())
            facts = evidence_for(
                kind, self.plan.name, self.brief, self.random, short_of=short_of, worse_by=1.06, detail=detail
            )
            if (ago := EXPIRED.get((self.plan.twist, kind))) is not None:
                facts = replace(facts, valid_until=self.now - ago)
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

    def _visit(self) -> StageVisit:
        return StageVisit.objects.select_related("policy", "release__candidate", "release__model__team__calendar").get(
            release=self.release, left_at__isnull=True
        )

    def _required(self) -> list[EvidenceKind]:
        """What validation and the review ask for, without what an officer waives."""
        rules, waived = rules_of(self._visit().policy), {one.kind for one in WAIVED.get(self.plan.twist, ())}
        stages = (Stage.VALIDATION, Stage.COMPLIANCE_REVIEW)
        asked = {kind for stage in stages for kind in rules.stage(self.plan.tier, stage).evidence}
        return sorted(asked - waived)

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
        stages = PATH[: PATH.index(self.plan.stage) + 1]
        return days_before(self.calendar, end, sum(self.plan.days.get(stage, 0) for stage in stages))
