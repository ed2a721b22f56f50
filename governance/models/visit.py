"""Where a release stands, who answers for it, and what pauses its clock."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from models_registry.vocabulary import EndReason, RiskTier, Stage, VisitState, WaitsOn, choices

PERSON = settings.AUTH_USER_MODEL


class Departure(models.TextChoices):
    """How a visit ended."""

    ADVANCED = "advanced", "Advanced"
    SENT_BACK = "sent_back", "Sent back"
    PARKED = "parked", "Parked"
    KILLED = "killed", "Killed"
    REOPENED = "reopened", "Reopened"
    RETIRED = "retired", "Retired"
    CORRECTED = "corrected", "Corrected by an import"


class StageVisit(models.Model):
    """One stay of a release in one stage. The open one is the only truth for where the release is now.

    A parked or killed release has an open visit in that state, in the stage where it stopped, with no clock.
    `extra_seconds` is the sum of the approved rows of `Extension`, kept by the act that approves them.
    `stalls_at` (when the time budget is used up) and `notice_at` (when the sweep must look again) are hints for the
    index; `governance.deadlines` recomputes them from the facts.
    """

    release = models.ForeignKey("models_registry.Release", on_delete=models.PROTECT, related_name="visits")
    stage = models.CharField(max_length=20, choices=choices(Stage))
    state = models.CharField(max_length=12, choices=choices(VisitState), default=VisitState.UNDERWAY)
    tier = models.CharField(max_length=8, choices=choices(RiskTier))
    policy = models.ForeignKey("governance.Policy", on_delete=models.PROTECT, related_name="visits")
    entered_at = models.DateTimeField(default=timezone.now)
    entered_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    arrived_by = models.CharField(max_length=12, blank=True, help_text="How the visit before this one ended.")
    reason_code = models.CharField(max_length=24, blank=True, choices=choices(EndReason))
    reason = models.TextField(blank=True, help_text="Why it was sent back, parked, killed or reopened.")
    dates_estimated = models.BooleanField(default=False, help_text="An import could not read the date.")
    left_at = models.DateTimeField(null=True, blank=True)
    departure = models.CharField(max_length=12, blank=True, choices=Departure.choices)
    stalls_at = models.DateTimeField(null=True, blank=True)
    notice_at = models.DateTimeField(null=True, blank=True)
    extra_seconds = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Business seconds that approved extensions add to the budget."
    )
    calendar_revision = models.ForeignKey(
        "models_registry.CalendarRevision",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Set when the visit is left: the calendar as it was then.",
    )

    class Meta:
        ordering = ["release_id", "entered_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["release"], condition=Q(left_at__isnull=True), name="visit_one_open_per_release"
            ),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True, departure="") | (Q(left_at__isnull=False) & ~Q(departure="")),
                name="visit_departure_is_dated",
            ),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True) | Q(left_at__gte=models.F("entered_at")),
                name="visit_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(state=VisitState.UNDERWAY) | (~Q(reason_code="") & ~Q(reason="")),
                name="visit_set_aside_has_reason",
            ),
            models.CheckConstraint(
                condition=~Q(arrived_by__in=["sent_back", "retired"]) | ~Q(reason=""), name="visit_return_has_reason"
            ),
        ]
        indexes = [
            models.Index(
                fields=["stalls_at", "id"],
                condition=Q(left_at__isnull=True, state="underway"),
                name="visit_stalled",
            ),
            models.Index(
                fields=["notice_at"], condition=Q(left_at__isnull=True, notice_at__isnull=False), name="visit_notice"
            ),
            models.Index(fields=["stage", "state"], condition=Q(left_at__isnull=True), name="visit_open_by_stage"),
            models.Index(fields=["stage", "entered_at"], name="visit_by_stage_entry"),
        ]

    def __str__(self) -> str:
        return f"{self.release} in {self.stage}"

    @property
    def is_open(self) -> bool:
        return self.left_at is None

    @property
    def is_underway(self) -> bool:
        return self.left_at is None and self.state == VisitState.UNDERWAY


class Tenure(models.TextChoices):
    """How a spell of ownership, or of vacancy, began."""

    ENTERED = "entered", "Stage entered"
    CARRIED = "carried", "Carried over"
    ASSIGNED = "assigned", "Assigned"
    BY_RULE = "by_rule", "Given by rule"
    CLAIMED = "claimed", "Claimed"
    HANDED_OVER = "handed_over", "Handed over"
    STEPPED_DOWN = "stepped_down", "Stepped down"
    DEACTIVATED = "deactivated", "Left the organisation"
    UNFIT = "unfit", "May own it no longer"
    EARLY = "early", "Claimed before the stage began"
    IMPORTED = "imported", "Imported"


TENURES_TOLD = (Tenure.BY_RULE.value, Tenure.DEACTIVATED.value, Tenure.EARLY.value)
"""Spells that began without the hand of whom they concern, who is told of them: few, and found by an index."""


class StageOwnership(models.Model):
    """A spell of one owner, or of nobody: the spells of a visit follow each other without gap or overlap.

    `owner` empty is a vacancy, timed from `since`, with its own `stalls_at` and `notice_at`.
    """

    visit = models.ForeignKey(StageVisit, on_delete=models.PROTECT, related_name="ownerships")
    owner = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="ownerships")
    since = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True, blank=True)
    began = models.CharField(max_length=16, choices=Tenure.choices)
    given_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)
    stalls_at = models.DateTimeField(null=True, blank=True)
    notice_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["visit_id", "since", "id"]
        constraints = [
            models.UniqueConstraint(fields=["visit"], condition=Q(until__isnull=True), name="ownership_one_current"),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=models.F("since")), name="ownership_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(owner__isnull=True) | Q(stalls_at__isnull=True, notice_at__isnull=True),
                name="ownership_clock_only_for_vacancy",
            ),
        ]
        indexes = [
            models.Index(fields=["owner"], condition=Q(until__isnull=True), name="ownership_current_owner"),
            models.Index(
                fields=["stalls_at", "id"], condition=Q(until__isnull=True, owner__isnull=True), name="vacancy_open"
            ),
            models.Index(
                fields=["notice_at"], condition=Q(until__isnull=True, notice_at__isnull=False), name="vacancy_notice"
            ),
            models.Index(fields=["id"], condition=Q(began__in=TENURES_TOLD), name="ownership_told"),
        ]

    def __str__(self) -> str:
        return f"{self.owner or 'nobody'} for {self.visit_id}"


class OfferState(models.TextChoices):
    OPEN = "open", "Open"
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"
    EXPIRED = "expired", "Expired"


class HandoverOffer(models.Model):
    """The owner asks one person to take over; the old owner answers until it is accepted."""

    visit = models.ForeignKey(StageVisit, on_delete=models.PROTECT, related_name="offers")
    offered_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="offers_made")
    offered_to = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="offers_received")
    note = models.TextField()
    checklist = models.JSONField(default=list, blank=True, help_text="`[{text, done}]`, as it was when offered.")
    offered_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Unanswered until then, the offer ends.")
    state = models.CharField(max_length=12, choices=OfferState.choices, default=OfferState.OPEN)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True)

    class Meta:
        ordering = ["-offered_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["visit"], condition=Q(state="open"), name="offer_one_open_per_visit"),
            models.CheckConstraint(
                condition=Q(state="open", answered_at__isnull=True) | (~Q(state="open") & Q(answered_at__isnull=False)),
                name="offer_answer_is_dated",
            ),
            models.CheckConstraint(condition=~Q(offered_by=models.F("offered_to")), name="offer_to_somebody_else"),
        ]
        indexes = [
            models.Index(fields=["offered_to"], condition=Q(state="open"), name="offer_open_to"),
            models.Index(fields=["expires_at"], condition=Q(state="open"), name="offer_open_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.offered_by} offers {self.visit_id} to {self.offered_to}"


class EarlyClaim(models.Model):
    """Somebody answers for a stage to come, as early as the brief; ends when the stage begins, or is given back."""

    release = models.ForeignKey("models_registry.Release", on_delete=models.PROTECT, related_name="early_claims")
    stage = models.CharField(max_length=20, choices=choices(Stage))
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="early_claims")
    given_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["release_id", "since", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["release", "stage"], condition=Q(until__isnull=True), name="early_claim_one_per_stage"
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=models.F("since")), name="early_claim_ends_after_start"
            ),
        ]
        indexes = [models.Index(fields=["person"], condition=Q(until__isnull=True), name="early_claim_current")]

    def __str__(self) -> str:
        return f"{self.person} for {self.stage} of {self.release_id}"


class HoldReasonEntry(models.Model):
    """One entry of the taxonomy of holds. A retired one is offered no more and stays readable where it was used."""

    code = models.SlugField(max_length=24, unique=True)
    label = models.CharField(max_length=80)
    waits_on = models.CharField(max_length=12, choices=choices(WaitsOn), default=WaitsOn.EXTERNAL)
    position = models.PositiveSmallIntegerField(default=0)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "label"]
        verbose_name_plural = "hold reason entries"

    def __str__(self) -> str:
        return self.label


class HoldManager(models.Manager["Hold"]):
    """Holds with the label that their reason has now, so that no list has to ask for each."""

    def get_queryset(self) -> models.QuerySet[Hold]:
        entry = HoldReasonEntry.objects.filter(code=OuterRef("reason_code")).order_by()
        return super().get_queryset().annotate(label_now=Subquery(entry.values("label")[:1]))


class Hold(models.Model):
    """A hold: why, whom it waits on, and until when it is expected to last.

    `pauses_clock` is what the policy in force at entry says of its reason, fixed when the hold began.
    """

    visit = models.ForeignKey(StageVisit, on_delete=models.PROTECT, related_name="holds")
    reason_code = models.CharField(max_length=24)
    pauses_clock = models.BooleanField(default=True)
    reason = models.TextField()
    waits_on = models.CharField(max_length=12, choices=choices(WaitsOn))
    expected_end = models.DateTimeField()
    started_at = models.DateTimeField(default=timezone.now)
    started_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = HoldManager()

    class Meta:
        ordering = ["visit_id", "started_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["visit"], condition=Q(ended_at__isnull=True), name="hold_one_open"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=models.F("started_at")),
                name="hold_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(expected_end__gt=models.F("started_at")), name="hold_expected_end_is_ahead"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="hold_has_reason"),
        ]
        indexes = [
            models.Index(fields=["expected_end"], condition=Q(ended_at__isnull=True), name="hold_open_by_end"),
        ]

    def __str__(self) -> str:
        return f"hold on {self.visit_id}: {self.reason_code}"

    @property
    def label(self) -> str:
        """The reason as people read it: as it is called now, or by its code where no entry was read along."""
        known = getattr(self, "label_now", None)
        return str(known) if known else self.reason_code.replace("_", " ").capitalize()


class Extension(models.Model):
    """More time for a visit: asked for with a reason, and given or refused by somebody else. Both dates are kept."""

    class State(models.TextChoices):
        ASKED = "asked", "Asked for"
        APPROVED = "approved", "Approved"
        REFUSED = "refused", "Refused"
        WITHDRAWN = "withdrawn", "Withdrawn"

    visit = models.ForeignKey(StageVisit, on_delete=models.PROTECT, related_name="extensions")
    days = models.DecimalField(max_digits=6, decimal_places=2, help_text="Business days asked for.")
    extra_seconds = models.PositiveIntegerField(help_text="The same in business seconds of the calendar at that time.")
    reason = models.TextField()
    asked_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=12, choices=State.choices, default=State.ASKED)
    decided_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True)
    stalls_before = models.DateTimeField(null=True, blank=True, help_text="The due date without it.")
    stalls_after = models.DateTimeField(null=True, blank=True, help_text="The due date with it.")

    class Meta:
        ordering = ["visit_id", "asked_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["visit"], condition=Q(state="asked"), name="extension_one_asked"),
            models.CheckConstraint(condition=Q(days__gt=0), name="extension_is_positive"),
            models.CheckConstraint(condition=~Q(reason=""), name="extension_has_reason"),
            models.CheckConstraint(
                condition=Q(state="asked", decided_at__isnull=True) | (~Q(state="asked") & Q(decided_at__isnull=False)),
                name="extension_decision_is_dated",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | (Q(decided_by__isnull=False) & ~Q(decided_by=models.F("asked_by"))),
                name="extension_by_somebody_else",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.days} days more for {self.visit_id}"


class Acknowledgement(models.Model):
    """Somebody who was told of a stall answers: seen, why, and by when it moves; or only asks for quiet for a while.

    While `quiet_until` lies ahead, that person gets no message of this visit's clock but of a higher rung.
    """

    visit = models.ForeignKey(StageVisit, on_delete=models.PROTECT, related_name="acknowledgements")
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="acknowledgements")
    reason = models.TextField()
    expected_at = models.DateTimeField(null=True, blank=True, help_text="When it is expected to move; empty: a snooze.")
    quiet_until = models.DateTimeField(null=True, blank=True)
    rung = models.CharField(max_length=24, blank=True, help_text="The kind of the alert that it answers.")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="acknowledgement_has_reason")]
        indexes = [models.Index(fields=["visit", "person", "-at"], name="acknowledgement_latest")]

    def __str__(self) -> str:
        return f"{self.person} answers for {self.visit_id}"


class Nudge(models.Model):
    """A polite reminder to the owner, sent by hand, with a cool-down."""

    visit = models.ForeignKey(StageVisit, on_delete=models.PROTECT, related_name="nudges")
    sent_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    sent_to = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="nudges_received")
    message = models.TextField(blank=True)
    sent_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-sent_at", "-id"]
        indexes = [models.Index(fields=["visit", "-sent_at"], name="nudge_latest")]

    def __str__(self) -> str:
        return f"{self.sent_by} nudges {self.sent_to}"
