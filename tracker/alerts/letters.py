"""The parts of a message about one alert: the finding, what happened, the facts, the next step and who is told next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Final

import structlog
from django.conf import settings
from django.urls import reverse

from governance import permissions, time_permissions
from governance.clock import Reading
from governance.dossiers import gate_of, with_dossier
from governance.models import Acknowledgement, Decision, Extension, HandoverOffer, Hold, Nudge, Review, StageVisit
from models_registry.models import Person
from models_registry.vocabulary import AlertKind, OrgRole, ReviewState, RiskTier, Stage, TeamRole, WaitsOn
from tracker import formats
from tracker.alerts import reminder_words, turn_words
from tracker.alerts.costs import amounts, spent
from tracker.alerts.finding import Finding, finding, one_line, page_of, thing
from tracker.alerts.kinds import CLOCK_KINDS, MUTABLE, REMINDED_KINDS, STAGE_KINDS, TURN_KINDS
from tracker.alerts.matters import Matter
from tracker.alerts.models import Alert
from tracker.alerts.outlook import has_room, what_follows

logger = structlog.get_logger(__name__)

MOST_MISSING: Final = 6
# What asks for an answer; a vacancy that has just begun asks for an owner.
ANSWERED: Final = CLOCK_KINDS - {AlertKind.VACANCY_OPEN} | {AlertKind.NOT_MOVED}
WAITS_ON: Final = {
    WaitsOn.OWNER: "the owner",
    WaitsOn.REVIEWER: "a reviewer",
    WaitsOn.REQUESTER: "whoever requested it",
    WaitsOn.EXTERNAL: "somebody outside",
}


@dataclass(frozen=True, slots=True)
class Action:
    """A link to a page that asks; following it changes nothing."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Bar:
    """The clock on a scale of twice the budget: whole percents of its width, and what stands under it."""

    used: int
    over: int
    budget: str
    elapsed: str

    @property
    def rest(self) -> int:
        return 100 - self.used - self.over


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything that both parts of a mail say. `mute`: the page that asks whether to hear no more of the model."""

    finding: Finding
    headline: str
    place: str
    summary: str
    quote: str
    bar: Bar | None
    facts: tuple[tuple[str, str], ...]
    vacant: bool
    actions: tuple[Action, ...]
    outlook: str
    why: str
    mute: str = ""

    @property
    def preheader(self) -> str:
        cost = dict(self.facts).get("Cost so far", "")
        spending = f" {cost} spent so far." if cost and not cost.startswith("nothing") else ""
        return f"{self.summary}{spending}"


def letter(matter: Matter, reader: Person, now: datetime, zone: tzinfo) -> Letter:
    """The letter to one reader, in their zone."""
    found = finding(matter, now, zone)
    tier = RiskTier(matter.visit.tier).label.lower()
    return Letter(
        finding=found,
        headline=one_line(found.sentence),
        place=one_line(f"{matter.stage.label}, {tier} risk, {matter.model.team}"),
        summary=one_line(_summary(matter, now, zone)),
        quote=_quote(matter),
        bar=_bar(matter),
        facts=tuple((label, one_line(value)) for label, value in _facts(matter, now, zone)),
        vacant=matter.owner is None and matter.kind in CLOCK_KINDS,
        actions=tuple(_actions(matter, reader)),
        outlook=one_line(what_follows(matter, now, zone)),
        why=one_line(why(matter, reader)),
        mute=link(reverse("inbox_mute", args=[matter.model.slug])) if _may_mute(matter, reader) else "",
    )


def _may_mute(matter: Matter, reader: Person) -> bool:
    """Whether it is not the reader's to answer; the page that mutes looks closer, and asks."""
    team, owner = matter.model.team, matter.owner.pk if matter.owner else None
    theirs = reader.pk in (owner, team.escalation_contact_id)
    return matter.kind in MUTABLE and not theirs and permissions.team_role(reader, team.pk) != TeamRole.LEAD


def link(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}"


def why(matter: Matter, reader: Person) -> str:
    """Why this person is told, for the foot of the message."""
    team = matter.model.team
    if matter.kind == AlertKind.NOT_MOVED:
        return "you answered for it until now"
    if matter.kind == AlertKind.MOVING_AGAIN:
        return "you were told that it stalled"
    if matter.owner is not None and matter.owner.pk == reader.pk:
        return "you answer for this stage"
    if matter.kind not in CLOCK_KINDS and reader.role != OrgRole.COMPLIANCE_OFFICER:
        return "it is addressed to you"
    role = permissions.team_role(reader, team.pk)
    if role == TeamRole.LEAD:
        return f"you lead {team}"
    if team.escalation_contact_id == reader.pk:
        return f"you are the escalation contact of {team}"
    if role is not None:
        return f"you work in {team}"
    if reader.role == OrgRole.MEMBER:
        return "you stand in for somebody who is away"
    return f"you are {'an' if reader.role == OrgRole.ADMIN else 'a'} {_role(reader)}"


def _role(reader: Person) -> str:
    return "administrator" if reader.role == OrgRole.ADMIN else OrgRole(reader.role).label.lower()


def _summary(matter: Matter, now: datetime, zone: tzinfo) -> str:
    if matter.kind in REMINDED_KINDS:
        return reminder_words.summary(matter, now, zone)
    if matter.kind in TURN_KINDS:
        return turn_words.summary(matter, now, zone)
    entered = formats.day_of(matter.visit.entered_at.astimezone(zone).date(), now.astimezone(zone).date())
    arrived = f"It entered {matter.stage.label.lower()} on {entered}."
    match matter.act:
        case Nudge():
            return f"{matter.act.sent_by} would like to hear from you. {arrived}"
        case HandoverOffer():
            return "Nothing changes until you accept. Until then the present owner answers for it."
        case Hold():
            since = formats.moment(matter.act.started_at, now, zone)
            stood = "Its clock has stood still" if matter.act.pauses_clock else "It is on hold, its clock running,"
            return f"{stood} since {since}. Let it go on, or say until when it has to wait."
        case Review():
            return f"{matter.act.requested_by} asks for a decision on the release as it stands now."
        case Decision():
            return _after_decision(matter.act)
    reading = matter.reading
    if reading is not None and reading.stalls_at is not None:
        verb = "ran" if reading.breached else "runs"
        budget = formats.duration(reading.budget or 0, matter.day)
        what = "The budget" if matter.kind in STAGE_KINDS else "The time to find an owner"
        return f"{arrived} {what} of {budget} {verb} out {formats.moment(reading.stalls_at, now, zone)}."
    return arrived


def _after_decision(decision: Decision) -> str:
    if decision.review.state == ReviewState.OPEN:
        return "A further approval is needed before it can move."
    if decision.review.state == ReviewState.APPROVED:
        return "The review is closed: approved."
    if decision.review.state == ReviewState.APPROVED_WITH_CONDITIONS:
        return "The review is closed: approved. Each condition has an owner and a date, past which the approval lapses."
    return "The review is closed. Read the reason, change what it names, and request a review again."


def _quote(matter: Matter) -> str:
    if matter.kind in REMINDED_KINDS:
        return reminder_words.quote(matter)
    if matter.kind in TURN_KINDS:
        return turn_words.quote(matter)
    match matter.act:
        case Nudge() | Review():
            return matter.act.message
        case HandoverOffer():
            return matter.act.note
        case Hold() | Decision():
            return matter.act.reason
    return ""


def _bar(matter: Matter) -> Bar | None:
    reading = matter.reading
    if matter.kind not in CLOCK_KINDS | {AlertKind.NOT_MOVED} or reading is None or not reading.budget:
        return None
    return Bar(
        used=max(_share(min(reading.elapsed, reading.budget), reading), 1),
        over=_share(min(reading.overrun, reading.budget), reading),
        budget=formats.duration(reading.budget, matter.day),
        elapsed=formats.duration(reading.elapsed, matter.day),
    )


def _share(seconds: int, reading: Reading) -> int:
    """Whole percent of twice the budget."""
    return int(Decimal(seconds) * 50 / (reading.budget or 1))


def _facts(matter: Matter, now: datetime, zone: tzinfo) -> Iterator[tuple[str, str]]:
    if matter.kind in CLOCK_KINDS | TURN_KINDS or isinstance(matter.act, Nudge | HandoverOffer | Hold):
        yield "Owner", str(matter.owner) if matter.owner else f"none; {needed(matter)} is needed"
    if matter.kind in CLOCK_KINDS and matter.answer is not None:
        yield "Acknowledged", acknowledged(matter.answer, now, zone)
    if matter.kind in TURN_KINDS:
        yield from turn_words.facts(matter, now, zone)
    if matter.kind in REMINDED_KINDS:
        yield from reminder_words.facts(matter, now, zone)
        yield "Cost so far", _cost(matter)
        return
    match matter.act:
        case Hold():
            yield "Waits for", f"{matter.act.label}; it waits on {WAITS_ON[WaitsOn(matter.act.waits_on)]}"
        case Review():
            if matter.act.due_at:
                yield "Due", formats.moment(matter.act.due_at, now, zone)
            yield "Approvals", f"{matter.act.approvals_needed} needed"
    yield "Cost so far", _cost(matter)
    if not isinstance(matter.act, Review | Decision | Alert) and (missing := _missing(matter.visit)):
        yield missing
    if matter.owner is None and matter.kind in CLOCK_KINDS and (room := has_room(matter)):
        yield "Could take it", room


def acknowledged(answer: Acknowledgement, now: datetime, zone: tzinfo) -> str:
    """Who answered the stall, until when, and why."""
    ends = formats.moment(answer.quiet_until or answer.at, now, zone)
    did = f"to move by {ends}" if answer.expected_at else f"put off until {ends}"
    return f"by {answer.person}, {did}: {answer.reason}"


def needed(matter: Matter) -> str:
    """The role that an ownerless stage waits for."""
    return "a compliance officer" if matter.stage == Stage.COMPLIANCE_REVIEW else "an ML engineer"


def _cost(matter: Matter) -> str:
    reading = matter.stage_reading
    breached_at = reading.stalls_at if reading and reading.breached else None
    total, since = spent({matter.release.pk: breached_at})[matter.release.pk]
    more = f", of which {amounts(since)} since the budget ran out" if since else ""
    return f"{amounts(total)}{more}"


def _missing(visit: StageVisit) -> tuple[str, str] | None:
    """What the gate ahead still asks for."""
    try:
        report = gate_of(with_dossier(StageVisit.objects.filter(pk=visit.pk)).get())
    except Exception:
        # The alert matters more than this line of it.
        logger.exception("gate_unreadable", visit=visit.pk)
        return None
    if report.target is None or not report.unmet:
        return None
    titles = [check.title for check in report.unmet]
    shown = ", ".join([titles[0], *map(_uncapitalised, titles[1:MOST_MISSING])])
    more = f" and {len(titles) - MOST_MISSING} more" if len(titles) > MOST_MISSING else ""
    done = len(report.checks) - len(titles)
    return f"Missing for {report.target.label.lower()}", f"{shown}{more} ({done} of {len(report.checks)} done)"


def _uncapitalised(title: str) -> str:
    """The title as it reads inside a sentence; an abbreviation keeps its capitals."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def _actions(matter: Matter, reader: Person) -> Iterator[Action]:
    release, visit = matter.release, matter.visit
    match matter.act:
        case _ if matter.kind in REMINDED_KINDS:
            yield Action(reminder_words.action(matter), link(thing(matter)))
        case Review():
            yield Action("Open the review", link(thing(matter)))
        case Decision():
            yield Action("Read the decision", link(thing(matter)))
        case HandoverOffer() if matter.kind == AlertKind.HANDOVER_OFFERED:
            yield Action("Take it over", link(reverse("offer_accept", args=[matter.act.pk])))
            yield Action("Decline", link(reverse("offer_decline", args=[matter.act.pk])))
        case Hold() if permissions.allows(permissions.hold, reader, visit):
            yield Action("Resume it", link(reverse("release_resume", args=[release.pk])))
            yield Action("Move the date", link(reverse("release_hold_move", args=[release.pk])))
        case Extension() if matter.kind == AlertKind.EXTENSION_ASKED:
            if permissions.allows(time_permissions.decide_extension, reader, visit):
                yield Action("Decide", link(reverse("release_extension_decide", args=[release.pk])))
        case HandoverOffer() if matter.kind == AlertKind.HANDOVER_EXPIRED and reader.pk == matter.act.offered_by_id:
            yield Action("Offer it again", link(reverse("release_offer", args=[release.pk])))
    if matter.kind in CLOCK_KINDS | {AlertKind.OWNER_LEFT}:
        if matter.owner is None and permissions.allows(permissions.assign, reader, visit):
            yield Action("Assign an owner", link(reverse("release_assign", args=[release.pk])))
        elif matter.owner is None and permissions.allows(permissions.own_stage, reader, matter.model, visit.stage):
            yield Action("Claim it", link(reverse("release_claim", args=[release.pk])))
    yield Action("Open the model", link(page_of(matter)))
    if matter.kind in ANSWERED and permissions.allows(permissions.answer, reader, visit):
        yield Action("Acknowledge it", link(reverse("release_acknowledge", args=[release.pk])))
    if matter.kind in STAGE_KINDS and permissions.allows(permissions.hold, reader, visit):
        yield Action("Hold it with a reason", link(reverse("release_hold", args=[release.pk])))
