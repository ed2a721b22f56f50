"""One review: its dossier control by control, who has decided, who may, and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from django.db.models import Prefetch

from governance import permissions
from governance.clock import Reading
from governance.deadlines import business_calendar
from governance.dossiers import dossier_of, with_dossier
from governance.errors import NotFound
from governance.four_eyes import Barred, barred, with_bar
from governance.gates import Check, Dossier
from governance.models import AuditEvent, BreakGlass, Decision, Review, StageVisit
from models_registry.models import Brief, Evidence, Person, RegisteredModel, Release
from models_registry.requirements import Compared, compare, requirements_of
from models_registry.requirements.lineage import Lineage
from models_registry.vocabulary import EvidenceKind, ReviewKind, ReviewState, Stage
from tracker.brief_words import LABELS, Change, changes
from tracker.lineage import lineage_of
from tracker.review_desk.rows import Part, due_clock, part_of, readiness
from tracker.review_desk.since import Since, since_last_approval
from tracker.tier_origin import TierOrigin, tier_origin
from tracker.trail_words import Told, told

ACTIVITY: Final = 15
SCHEMAS: Final = ("input_schema", "output_schema")
# The acts that can change what an approval binds to.
MATERIAL: Final = (
    "brief.sign",
    "candidate.name",
    "evidence.attach",
    "evidence.supersede",
    "stage.advance",
    "stage.send_back",
    "release.reopen",
)


@dataclass(frozen=True, slots=True)
class Control:
    """One thing to look at: a kind of evidence with its pieces. `state` is met, unmet or missing."""

    id: str
    number: str
    title: str
    state: str
    result: str
    pieces: Sequence[Evidence] = ()
    asked: bool = True


@dataclass(frozen=True, slots=True)
class Word:
    """One officer's decision. `stale`: it was given for another state of the dossier than the present one."""

    decision: Decision
    stale: bool


@dataclass(frozen=True)
class ReviewPage:
    """One review as one person sees it at one moment. Parts are read when they are asked for."""

    review: Review
    visit: StageVisit
    person: Person
    now: datetime

    @property
    def release(self) -> Release:
        return self.visit.release

    @property
    def model(self) -> RegisteredModel:
        return self.visit.release.model

    @property
    def open(self) -> bool:
        return self.review.state == ReviewState.OPEN

    @property
    def retrospective(self) -> bool:
        return self.review.kind == ReviewKind.RETROSPECTIVE

    @cached_property
    def dossier(self) -> Dossier:
        return dossier_of(self.visit)

    @property
    def digest(self) -> str:
        """What a decision binds to: of the candidate, the evidence, the brief and the policy as they stand."""
        return self.dossier.dossier_digest

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

    # --- Who decides -------------------------------------------------------------------------------------------------

    @cached_property
    def part(self) -> Part:
        bar = with_bar(Review.objects.filter(pk=self.review.pk), self.person).values_list("bar", flat=True).get()
        mine = any(word.decision.officer_id == self.person.pk and not word.stale for word in self.words)
        return part_of(self.person, self.review, bar, decided=mine)

    @cached_property
    def barred(self) -> list[Barred]:
        return barred(self.review)

    @cached_property
    def words(self) -> list[Word]:
        """The decisions of this review, in their order."""
        found = Decision.objects.filter(review=self.review).select_related("officer").order_by("decided_at", "pk")
        return [Word(decision, decision.dossier_digest != self.digest) for decision in found]

    @property
    def have(self) -> int:
        """The approvals that stand: for a closed review those that were given, for an open one those of the present."""
        return sum(word.decision.outcome == "approve" and not (self.open and word.stale) for word in self.words)

    @property
    def need(self) -> int:
        return self.review.approvals_needed

    @property
    def completes(self) -> bool:
        """Whether one more approval is the last one needed."""
        return self.have + 1 >= self.need

    @property
    def may_withdraw(self) -> bool:
        return self.open and not self.retrospective and permissions.allows(permissions.work_on, self.person, self.model)

    @property
    def may_read_trail(self) -> bool:
        return permissions.allows(permissions.read_trail, self.person)

    @property
    def may_ask_again(self) -> bool:
        """Whether the team may request the next review: this one is over, and the release still waits for approval."""
        waiting = self.visit.stage == Stage.COMPLIANCE_REVIEW and self.visit.is_underway
        over = not self.open and self.review.state != ReviewState.APPROVED and not self.dossier.review_open
        return waiting and over and permissions.allows(permissions.work_on, self.person, self.model)

    # --- The dossier -------------------------------------------------------------------------------------------------

    @cached_property
    def checks(self) -> list[Check]:
        return readiness(self.dossier, self.visit)

    @cached_property
    def compared(self) -> tuple[Compared, ...]:
        """Each requirement that is measured before deployment, beside what was measured on the candidate."""
        wanted = [one for one in requirements_of(self.dossier.brief or {}) if one.measured_before != Stage.LIVE]
        mine = self.dossier.candidate.number if self.dossier.candidate else None
        counted = [piece for piece in self.dossier.evidence if piece.candidate_number in (None, mine)]
        return compare(wanted, [value for piece in counted for value in piece.measurements])

    @property
    def requirements_state(self) -> str:
        if not self.compared or any(one.met is None for one in self.compared):
            return "unmet" if any(one.met is False for one in self.compared) else "missing"
        return "met" if all(one.met for one in self.compared) else "unmet"

    @property
    def requirements_met(self) -> int:
        return sum(one.met is True for one in self.compared)

    @cached_property
    def controls(self) -> list[Control]:
        """The kinds of evidence: those that the policy asks for first, then whatever else is attached."""
        asked = [check for check in self.checks if check.code.startswith("evidence:")]
        kinds = {check.code.removeprefix("evidence:") for check in asked}
        others = [kind.value for kind in EvidenceKind if kind.value not in kinds and self._pieces(kind.value)]
        found = [
            Control(f"c{place}", f"C{place}", check.title, check.state, self._result(check), self._pieces(kind))
            for place, check in enumerate(asked, start=2)
            for kind in [check.code.removeprefix("evidence:")]
        ]
        for place, kind in enumerate(others, start=len(found) + 2):
            pieces = self._pieces(kind)
            label = EvidenceKind(kind).label
            found.append(Control(f"c{place}", f"C{place}", label, "met", pieces[0].title, pieces, asked=False))
        return found

    @property
    def controls_met(self) -> int:
        """How many of the controls that are asked for hold, the requirements among them."""
        return sum(one.state == "met" for one in self.controls if one.asked) + (self.requirements_state == "met")

    @property
    def controls_asked(self) -> int:
        return sum(one.asked for one in self.controls) + 1

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

    @cached_property
    def lineage(self) -> Lineage:
        """From the data sources to the candidate and what was shown of it."""
        return lineage_of(self.dossier, self._evidence)

    # --- What changed ------------------------------------------------------------------------------------------------

    @cached_property
    def since(self) -> Since | None:
        """What changed since a release of this model was last approved; None where none was."""
        return since_last_approval(self.release, self.dossier)

    @cached_property
    def glass(self) -> BreakGlass | None:
        """The broken glass that this review looks back at."""
        return BreakGlass.objects.filter(review=self.review).select_related("broken_by").first()

    @cached_property
    def earlier(self) -> list[Review]:
        """The other reviews of this release, the latest first, with their decisions."""
        decisions = Prefetch("decisions", Decision.objects.select_related("officer").order_by("decided_at"))
        found = Review.objects.filter(release=self.release).exclude(pk=self.review.pk).select_related("requested_by")
        return list(found.prefetch_related(decisions).order_by("-requested_at", "-pk")[:ACTIVITY])

    @cached_property
    def _events(self) -> list[AuditEvent]:
        return list(AuditEvent.objects.filter(release_id=self.release.pk).order_by("-pk")[:ACTIVITY])

    @property
    def activity(self) -> list[tuple[Told, AuditEvent]]:
        """The newest acts on the release, in words, each with its event."""
        return [(told(event), event) for event in self._events]

    @property
    def seen(self) -> int:
        """The newest event that this page knows of."""
        return self._events[0].pk if self._events else 0

    def changed_since(self, event: int) -> list[Told]:
        """The acts after an event that can have changed the dossier, in words."""
        later = AuditEvent.objects.filter(release_id=self.release.pk, pk__gt=event, act__in=MATERIAL)
        return [told(one) for one in later.order_by("pk")[:ACTIVITY]]

    @cached_property
    def _evidence(self) -> list[Evidence]:
        standing = Evidence.objects.filter(release=self.release, superseded_by__isnull=True)
        return list(standing.select_related("version", "added_by", "file").order_by("-added_at", "-pk"))

    def _pieces(self, kind: str) -> list[Evidence]:
        return [piece for piece in self._evidence if piece.kind == kind]

    @staticmethod
    def _result(check: Check) -> str:
        return check.reason.removeprefix("Attached: ").removesuffix(".") if check.met else check.reason


def review_page(person: Person, number: int, now: datetime) -> ReviewPage:
    """The page of a review for this person. Raises `NotFound`, also for what is hidden from them."""
    seen = Review.objects.filter(permissions.may_see(person, "release__model__"), pk=number)
    review = seen.select_related("requested_by", "visit__policy", "visit__release__model__team__calendar").first()
    if review is None:
        raise NotFound
    visits = StageVisit.objects.filter(release=review.release_id, left_at__isnull=True)
    return ReviewPage(review, with_dossier(visits).get(), person, now)
