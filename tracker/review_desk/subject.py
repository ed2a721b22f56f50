"""What is under review: the facts of one review's release, and its brief, without the question who may do what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from governance.clock import Reading
from governance.deadlines import business_calendar, rules_of
from governance.dossiers import dossier_of
from governance.gates import Dossier
from governance.models import STANDING
from governance.policy import StageRule
from models_registry.models import Brief, Person, RegisteredModel, Release
from models_registry.vocabulary import ReviewKind, ReviewState, RiskTier, Stage
from tracker.brief_words import LABELS, Change, changes
from tracker.review_desk.rows import due_clock
from tracker.tier_origin import TierOrigin, tier_origin

SCHEMAS: Final = ("input_schema", "output_schema")


@dataclass(frozen=True)
class UnderReview:
    """One review and the visit that its release is in now, as read for one person at one moment."""

    review: Any
    visit: Any
    person: Person
    now: datetime

    @property
    def release(self) -> Release:
        release: Release = self.visit.release
        return release

    @property
    def model(self) -> RegisteredModel:
        return self.release.model

    @property
    def open(self) -> bool:
        return bool(self.review.state == ReviewState.OPEN)

    @property
    def stands(self) -> bool:
        """Whether an approval was given here that nothing has ended."""
        return self.review.state in set(STANDING)

    @property
    def retrospective(self) -> bool:
        return bool(self.review.kind == ReviewKind.RETROSPECTIVE)

    @cached_property
    def dossier(self) -> Dossier:
        return dossier_of(self.visit, owner_name=self.visit.owner_name or "", at=self.now)

    @property
    def digest(self) -> str:
        """What a decision binds to: of the candidate, the evidence, the brief and the policy as they stand."""
        return self.dossier.dossier_digest

    @cached_property
    def rule(self) -> StageRule:
        """What the policy asks of this review."""
        return rules_of(self.visit.policy).stage(RiskTier(self.visit.tier), Stage.COMPLIANCE_REVIEW)

    @cached_property
    def clock(self) -> Reading:
        return due_clock(self.review, self.now)

    @property
    def day(self) -> int:
        """Seconds of a business day of the team."""
        return business_calendar(self.model.team.calendar).day_seconds

    @cached_property
    def tier(self) -> TierOrigin:
        """Where the model's tier comes from."""
        return tier_origin(self.model)

    @cached_property
    def brief(self) -> Brief | None:
        """The revision that is judged: the newest signed one, else the draft."""
        briefs = sorted(self.release.briefs.all(), key=lambda brief: -brief.number)
        return next((brief for brief in briefs if brief.is_signed), briefs[0] if briefs else None)

    @property
    def brief_lines(self) -> list[Change]:
        """What the brief says, field by field, but for the schemas."""
        content = {key: value for key, value in (self.dossier.brief or {}).items() if key not in SCHEMAS}
        return changes({}, content)

    @property
    def schemas(self) -> list[tuple[str, str]]:
        """The schemas of the brief, by label."""
        brief = self.dossier.brief or {}
        return [(LABELS[name][0], str(brief[name])) for name in SCHEMAS if str(brief.get(name) or "").strip()]
