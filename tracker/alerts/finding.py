"""What an alert says in one sentence, and where it leads. The same words in the subject of a mail and in the inbox."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from django.urls import reverse

from governance.models import Decision, HandoverOffer, Hold, Nudge, Outcome, Review
from models_registry.vocabulary import AlertKind, ReviewKind, Rung
from tracker import formats
from tracker.alerts import reminder_words, turn_words
from tracker.alerts.kinds import PAST_KINDS, REMINDED_KINDS, RUNG_OF, STAGE_KINDS, TURN_KINDS, VACANCY_KINDS
from tracker.alerts.matters import Matter

DECIDED: Final[Mapping[str, tuple[str, str]]] = {
    Outcome.APPROVE: ("ok", "approved"),
    Outcome.APPROVE_WITH_CONDITIONS: ("ok", "approved with conditions"),
    Outcome.REQUEST_CHANGES: ("risk", "asks for changes to"),
    Outcome.REJECT: ("breach", "rejected"),
}
# A name in a subject must neither break the header nor turn the direction of what follows it.
TURNS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
UNSAYABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Finding:
    """`word` names the sort and `sentence` says what was found; `tone` is breach, risk, ok, info or nothing."""

    word: str
    tone: str
    sentence: str

    @property
    def subject(self) -> str:
        return one_line(f"{self.word}: {self.sentence}")


def one_line(text: str) -> str:
    """The text without line ends, control characters, and marks that turn the direction of writing."""
    if UNSAYABLE.search(text):
        kept = (" " if unicodedata.category(char) == "Cc" else char for char in text if char not in TURNS)
        text = "".join(kept)
    return " ".join(text.split())


def finding(matter: Matter, now: datetime, zone: tzinfo) -> Finding:
    """The finding of any kind of alert, with the amounts as of `now`."""
    if matter.kind in STAGE_KINDS:
        return _was_stalled(matter) if matter.alert.closed_at else _stall(matter)
    if matter.kind in VACANCY_KINDS:
        return _was_vacant(matter) if matter.alert.closed_at else _vacancy(matter)
    if matter.kind in REMINDED_KINDS:
        return Finding(*reminder_words.said(matter, now, zone))
    if matter.kind in TURN_KINDS:
        return Finding(*turn_words.said(matter, now, zone))
    match matter.act:
        case Nudge():
            return Finding("Nudge", "info", f"{matter.act.sent_by} asks how {matter.name} is getting on")
        case HandoverOffer():
            return Finding("Hand-over", "info", f"{matter.act.offered_by} offers you {matter.place} of {matter.name}")
        case Hold():
            expected = formats.moment(matter.act.expected_end, now, zone)
            return Finding("Hold overdue", "risk", f"{matter.name} was expected to go on {expected}")
        case Review():
            return _review(matter, matter.act, now, zone)
        case Decision():
            tone, did = DECIDED[matter.act.outcome]
            return Finding("Review decided", tone, f"{matter.act.officer} {did} {matter.name}")
    return Finding(matter.kind.label, "", matter.name)


def thing(matter: Matter) -> str:
    """The path of the page that an alert is about; that page asks before it changes anything."""
    if matter.kind in REMINDED_KINDS:
        return reminder_words.path(matter)
    if matter.opened is not None:
        return reverse("claims")
    match matter.act:
        case Review():
            return reverse("review", args=[matter.act.pk])
        case Decision():
            return reverse("review", args=[matter.act.review_id])
    return page_of(matter)


def page_of(matter: Matter) -> str:
    """The path of the model's page, at the release."""
    return f"{reverse('model', args=[matter.model.slug])}?release={matter.release.number}"


def stalled_for(matter: Matter) -> int:
    """Business seconds past the budget of the clock that the alert is about; 0 within it."""
    return matter.reading.overrun if matter.reading else 0


def _stall(matter: Matter) -> Finding:
    if matter.kind == AlertKind.AT_RISK:
        left = matter.reading.remaining if matter.reading else None
        ownerless = "has no owner and " if matter.owner is None else "has "
        amount = f"{formats.duration(left, matter.day)} left" if left else "little time left"
        return Finding("At risk", "risk", f"{matter.name} {ownerless}{amount} in {matter.place}")
    past = f"{formats.duration(stalled_for(matter), matter.day)} past its {matter.stage.label.lower()} budget"
    verb = "has no owner, " if matter.owner is None else "is "
    return Finding(_how_long("Stalled", matter), "breach", f"{matter.name} {verb}{past}")


def _vacancy(matter: Matter) -> Finding:
    elapsed = matter.reading.elapsed if matter.reading else 0
    if matter.kind in PAST_KINDS:
        lasted = formats.duration(elapsed, matter.day)
        return Finding(
            _how_long("No owner", matter), "breach", f"{matter.name} has had no owner in {matter.place} for {lasted}"
        )
    tone = "" if matter.kind == AlertKind.VACANCY_OPEN else "risk"
    return Finding("No owner", tone, f"{matter.name} waits for somebody in {matter.place}")


def _how_long(word: str, matter: Matter) -> str:
    rung = RUNG_OF[matter.kind]
    return f"Still {word[:1].lower()}{word[1:]}" if rung in (Rung.ESCALATED, Rung.ESCALATED_AGAIN) else word


def _was_stalled(matter: Matter) -> Finding:
    if matter.kind == AlertKind.AT_RISK:
        return Finding("At risk", "", f"{matter.name} was running out of time in {matter.place}")
    return Finding("Stalled", "", f"{matter.name} was past its {matter.stage.label.lower()} budget")


def _was_vacant(matter: Matter) -> Finding:
    return Finding("No owner", "", f"{matter.name} had no owner in {matter.place}")


def _review(matter: Matter, review: Review, now: datetime, zone: tzinfo) -> Finding:
    word = "Review in retrospect" if review.kind == ReviewKind.RETROSPECTIVE else "Review requested"
    due = f", {formats.due(review.due_at, now, zone)}" if review.due_at and not matter.alert.closed_at else ""
    return Finding(word, "info", f"{matter.name}{due}")
