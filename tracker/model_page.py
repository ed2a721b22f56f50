"""Everything that the page of a model tells of one release, in a constant number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from django.db.models import Prefetch, Q

from governance.answers import reached, standing
from governance.attribution import Whom
from governance.candidates import absences
from governance.clock import Reading
from governance.deadlines import business_calendar, calendar_of, reading, rules_of, vacancy_reading
from governance.debt import Debt, debt_of
from governance.dossiers import dossier_of, report_on, with_dossier
from governance.errors import NotFound
from governance.gates import Dossier, GateReport
from governance.models import (
    Acknowledgement,
    AuditEvent,
    BreakGlass,
    Decision,
    EarlyClaim,
    Extension,
    HandoverOffer,
    Hold,
    Review,
    StageOwnership,
    StageVisit,
)
from governance.models.visit import OfferState
from governance.permissions import may_read
from governance.policy import BUDGETED_STAGES
from governance.waiting import split_of
from models_registry.models import Brief, CostEntry, DeploymentSpec, Evidence, Person, RegisteredModel, Release
from models_registry.requirements import Compared, compare, compare_deployment, requirements_of
from models_registry.requirements.lineage import Lineage
from models_registry.vocabulary import Stage, VisitState
from tracker.absence_words import away_words
from tracker.dashboard.reasons import Why, why_held, why_shut, why_vacant
from tracker.data_access import DataAccess, data_access
from tracker.journey import Journey, journey_of
from tracker.ledger import Ledger, ledger_of
from tracker.lineage import lineage_of
from tracker.measured_series import Series, telling_series
from tracker.tier_origin import TierOrigin, tier_origin
from tracker.trail_words import Told, told

BEFORE_DEPLOYMENT: Final = (Stage.BRIEF, Stage.VALIDATION, Stage.COMPLIANCE_REVIEW)
RELEASES: Final = 100  # in the chooser
ACTIVITY: Final = 12  # acts shown at first
ACTIVITY_LONG: Final = 500
ENTRIES: Final = 50  # cost entries shown
SUPERSEDED: Final = 100


@dataclass(frozen=True)
class ModelPage:
    """One model, one of its releases, and what is known of it at one moment. Parts are read when they are asked for."""

    model: RegisteredModel
    releases: Sequence[StageVisit]
    visit: StageVisit
    now: datetime

    @property
    def release(self) -> Release:
        return self.visit.release

    @property
    def stage(self) -> Stage:
        return Stage(self.visit.stage)

    @property
    def underway(self) -> bool:
        return self.visit.state == VisitState.UNDERWAY

    @property
    def newest(self) -> bool:
        return self.releases[0].release_id == self.visit.release_id

    @cached_property
    def day(self) -> int:
        """Seconds of a business day of the team."""
        return business_calendar(self.model.team.calendar).day_seconds

    @cached_property
    def reading(self) -> Reading:
        return reading(self.visit, self.now)

    @cached_property
    def spell(self) -> StageOwnership | None:
        """The current spell of ownership or vacancy; None where nobody has to answer."""
        spell = next((spell for spell in self.visit.ownerships.all() if spell.until is None), None)
        if spell is not None:
            spell.visit = self.visit
        return spell

    @property
    def owner(self) -> Person | None:
        return self.spell.owner if self.spell else None

    @cached_property
    def away(self) -> str:
        """Until when the owner is away, and who stands in; empty where they are here."""
        absence = absences([self.owner.pk], self.now).get(self.owner.pk) if self.owner else None
        return away_words(absence) if absence else ""

    @property
    def vacant(self) -> bool:
        return self.spell is not None and self.spell.owner_id is None

    @cached_property
    def vacancy(self) -> Reading | None:
        return vacancy_reading(self.spell, self.visit, self.now) if self.spell and self.vacant else None

    @cached_property
    def held(self) -> Hold | None:
        return next((hold for hold in self.visit.holds.all() if hold.ended_at is None), None)

    # --- The gate and the requirements -------------------------------------------------------------------------------

    @cached_property
    def dossier(self) -> Dossier:
        return dossier_of(self.visit)

    @cached_property
    def report(self) -> GateReport:
        return report_on(self.visit, self.dossier)

    @cached_property
    def debt(self) -> Debt:
        """Everything that is owed up to live, from the first day of the brief."""
        return debt_of(self.dossier, rules_of(self.visit.policy), personal_data=self.model.personal_data)

    @cached_property
    def compared(self) -> tuple[Compared, ...]:
        """Each requirement of the brief beside what was measured, or what the deployment commits to."""
        brief = self.dossier.brief
        if brief is None:
            return ()
        wanted = requirements_of(brief)
        mine = self.dossier.candidate.number if self.dossier.candidate else None
        counted = [piece for piece in self.dossier.evidence if piece.candidate_number in (None, mine)]
        measured = compare(wanted, [value for piece in counted for value in piece.measurements])
        raw = self.dossier.deployment.raw if self.dossier.deployment else None
        promised = {(one.requirement.code, one.requirement.slice): one for one in compare_deployment(raw, brief)}
        return tuple(
            promised.get((one.requirement.code, one.requirement.slice), one)
            if one.requirement.measured_before is Stage.LIVE
            else one
            for one in measured
        )

    @cached_property
    def why(self) -> Why | None:
        """Why it does not move, and whom it waits on; None where it is not to move."""
        if not self.underway or self.report.target is None:
            return why_vacant(self.spell) if self.spell and self.vacant else None
        if self.held is not None:
            return why_held(self.held)
        if self.spell is not None and self.vacant:
            return why_vacant(self.spell)
        return why_shut(self.report, str(self.owner), str(self.model.team))

    # --- The way and the money ---------------------------------------------------------------------------------------

    @cached_property
    def visits(self) -> list[StageVisit]:
        """All visits of the release, oldest first, with their holds and owners."""
        found = list(
            StageVisit.objects.filter(release=self.release)
            .select_related("policy")
            .prefetch_related("holds", Prefetch("ownerships", StageOwnership.objects.select_related("owner")))
            .order_by("entered_at", "pk")
        )
        for visit in found:
            visit.release = self.release
        return sorted(found, key=lambda visit: visit.left_at is None)

    @cached_property
    def journey(self) -> Journey:
        live_owner = str(self.spec.service_owner or "") if self.spec else ""
        ahead = str(self.ahead.person) if self.ahead else ""
        return journey_of(self.visits, self.now, live_owner=live_owner, ahead=ahead)

    @cached_property
    def ahead(self) -> EarlyClaim | None:
        """Who has claimed the deployment before it begins."""
        if self.stage not in BEFORE_DEPLOYMENT:
            return None
        claims = EarlyClaim.objects.filter(release=self.release, stage=Stage.DEPLOYMENT, until__isnull=True)
        return claims.select_related("person").first()

    @property
    def waited(self) -> Mapping[Whom, int]:
        """Whom the release waited on so far, up to live: business seconds of which `day` make a day."""
        sums = dict.fromkeys(Whom, 0)
        for visit in self.visits:
            if visit.state == VisitState.UNDERWAY and visit.stage in BUDGETED_STAGES:
                for whom, seconds in split_of(visit, self.reviews, self.now).items():
                    sums[whom] += seconds * self.day // calendar_of(visit).day_seconds
        return sums

    @property
    def waits(self) -> Mapping[Whom, int]:
        """The same of the present stage."""
        return split_of(self.visit, self.reviews, self.now)

    @cached_property
    def ledger(self) -> Ledger:
        return ledger_of(self.release, self.reading.stalls_at if self.reading.breached else None)

    @cached_property
    def entries(self) -> list[CostEntry]:
        """The newest entries of the ledger, each with whoever reversed it."""
        return list(
            CostEntry.objects.filter(release=self.release)
            .select_related("entered_by", "reversed_by", "reverses")
            .order_by("-incurred_on", "-pk")[:ENTRIES]
        )

    # --- What is written down ----------------------------------------------------------------------------------------

    @cached_property
    def briefs(self) -> list[Brief]:
        """The revisions of the brief, newest first."""
        return list(
            Brief.objects.filter(release=self.release).select_related("author", "signed_by").order_by("-number")
        )

    @property
    def brief(self) -> Brief | None:
        """The revision in force: the newest signed one, else the draft."""
        return next((brief for brief in self.briefs if brief.is_signed), self.briefs[0] if self.briefs else None)

    @property
    def draft(self) -> Brief | None:
        return self.briefs[0] if self.briefs and not self.briefs[0].is_signed else None

    @cached_property
    def _evidence(self) -> list[Evidence]:
        return list(
            Evidence.objects.filter(release=self.release)
            .select_related("version", "added_by", "superseded_by", "file")
            .order_by("kind", "-added_at", "-pk")
        )

    @property
    def evidence(self) -> list[Evidence]:
        """What stands."""
        return [piece for piece in self._evidence if getattr(piece, "superseded_by", None) is None]

    @property
    def superseded(self) -> list[Evidence]:
        """What was superseded, newest first."""
        gone = [piece for piece in self._evidence if getattr(piece, "superseded_by", None) is not None]
        return sorted(gone, key=lambda piece: piece.added_at, reverse=True)[:SUPERSEDED]

    @cached_property
    def lineage(self) -> Lineage:
        """From the data sources to the candidate and what was shown of it."""
        return lineage_of(self.dossier, self.evidence)

    @cached_property
    def data(self) -> DataAccess:
        """What each column holds about people, and who may use the data."""
        return data_access(self.dossier, self.evidence, rules_of(self.visit.policy), self.now)

    @cached_property
    def series(self) -> Series | None:
        """The requirement whose way is worth a figure."""
        return telling_series(self.compared, self._evidence)

    @property
    def spec(self) -> DeploymentSpec | None:
        """The newest deployment specification."""
        return max(self.release.deployment_specs.all(), key=lambda spec: spec.number, default=None)

    @cached_property
    def reviews(self) -> list[Review]:
        """All reviews, newest first, with their decisions."""
        decisions = Prefetch("decisions", Decision.objects.select_related("officer").order_by("decided_at"))
        found = Review.objects.filter(release=self.release).select_related("requested_by").prefetch_related(decisions)
        return list(found.order_by("-requested_at", "-pk"))

    @property
    def holds(self) -> list[Hold]:
        """Every hold of the way, newest first."""
        return sorted(
            (hold for visit in self.visits for hold in visit.holds.all()),
            key=lambda hold: hold.started_at,
            reverse=True,
        )

    @cached_property
    def offer(self) -> HandoverOffer | None:
        """The hand-over that waits for an answer."""
        return (
            HandoverOffer.objects.filter(visit=self.visit, state=OfferState.OPEN)
            .select_related("offered_by", "offered_to")
            .first()
        )

    @cached_property
    def extensions(self) -> list[Extension]:
        """Every request for more time on the way, newest first, with both due dates."""
        found = Extension.objects.filter(visit__release=self.release).select_related("visit", "asked_by", "decided_by")
        return list(found.order_by("-asked_at", "-pk"))

    @property
    def more_time(self) -> Extension | None:
        """The request that waits for an answer."""
        return next((one for one in self.extensions if one.state == Extension.State.ASKED), None)

    @cached_property
    def answer(self) -> Acknowledgement | None:
        """What somebody said to the stall, while it stands."""
        said = Acknowledgement.objects.filter(visit=self.visit).select_related("person")
        return standing(said, self.now) if self.stalls else None

    @property
    def stalls(self) -> bool:
        """Whether people are told of it, so that there is something to answer."""
        return self.underway and reached(self.visit, self.spell, self.now) is not None

    @cached_property
    def glass(self) -> list[BreakGlass]:
        """Every shut gate that this release passed."""
        return list(BreakGlass.objects.filter(release=self.release).select_related("broken_by", "review"))

    @cached_property
    def tier(self) -> TierOrigin:
        """Where the tier comes from."""
        return tier_origin(self.model)

    @cached_property
    def tags(self) -> list[str]:
        return list(self.model.tags.order_by("name").values_list("name", flat=True))

    def activity(self, *, long: bool = False) -> list[Told]:
        """The newest acts on the release and the model, in words; one more than is shown says that there are more."""
        about = Q(release_id=self.release.pk) | Q(release_id__isnull=True)
        events = AuditEvent.objects.filter(about, model_id=self.model.pk).exclude(act="chain.open").order_by("-pk")
        return [told(event) for event in events[: ACTIVITY_LONG if long else ACTIVITY + 1]]


def model_page(person: Person, slug: str, number: int | None, now: datetime) -> ModelPage:
    """The page of a model for this person, of its newest release or of the one asked for. Raises `NotFound`."""
    model = (
        RegisteredModel.objects.filter(slug=slug)
        .select_related("team__calendar", "created_by", "imported_row__run")
        .first()
    )
    if model is None:
        raise NotFound
    mine = StageVisit.objects.filter(may_read(person, "release_id", now), release__model=model, left_at__isnull=True)
    places = mine.select_related("release")
    releases = list(places.order_by("-release__number")[:RELEASES])
    chosen = next((visit for visit in releases if number in (None, visit.release.number)), None)
    if chosen is None and number is not None and len(releases) == RELEASES:
        chosen = places.filter(release__number=number).first()
    if chosen is None:
        raise NotFound
    visit = with_dossier(StageVisit.objects.filter(pk=chosen.pk)).get()
    visit.release.model = model
    return ModelPage(model, releases, visit, now)
