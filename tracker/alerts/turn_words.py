"""The words of what people owe each other around a stage: hand-overs, owners, more time, and answers to a stall."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Final

from governance.models import Acknowledgement, Extension, HandoverOffer, StageOwnership, Tenure
from models_registry.vocabulary import AlertKind
from tracker import formats
from tracker.alerts.endings import Ending
from tracker.alerts.matters import Matter
from tracker.alerts.models import Alert

Said = tuple[str, str, str]
"""The sort in a word, the tone, and the sentence."""

GIVEN: Final = {True: ("More time given", "ok", "gave"), False: ("More time refused", "breach", "did not give")}


def said(matter: Matter, now: datetime, zone: tzinfo) -> Said:
    """The finding of a kind of `TURN_KINDS`. One that no longer holds is told as what it was."""
    over, name, place = _over(matter), matter.name, matter.place
    match matter.act:
        case Acknowledgement():
            return _answer(matter, matter.act, now, zone)
        case Alert():
            return ("Moving again", "ok", _moving(matter, matter.act))
        case HandoverOffer():
            stays = (
                f"{matter.act.offered_to} did not answer {matter.act.offered_by}, who goes on owning {place} of {name}"
            )
            return ("Hand-over not answered", "risk", stays)
        case StageOwnership() if matter.opened is not None:
            return ("Owner left", "breach", f"{matter.opened.person} left, {matter.opened.words}")
        case StageOwnership() if matter.act.began == Tenure.EARLY:
            return ("Yours now", "info", f"{name} has come to {place}, which you claimed ahead")
        case StageOwnership() if matter.kind == AlertKind.OWNER_GIVEN:
            verb = "fell" if over else "falls"
            return ("Given to you", "" if over else "info", f"{name} {verb} to you in {place}, as the policy says")
        case StageOwnership():
            verb = "was" if over else "is"
            return ("Owner left", "" if over else "breach", f"{name} {verb} without an owner in {place}")
        case Extension():
            return _extension(matter, matter.act)
    return (matter.kind.label, "", name)


def summary(matter: Matter, now: datetime, zone: tzinfo) -> str:
    """What happened and what follows, in one or two sentences."""
    match matter.act:
        case Acknowledgement():
            day = formats.moment(matter.act.at, now, zone)
            did = "acknowledged it" if matter.act.expected_at else "put it off"
            return f"You {did} {day}. Say what holds it now and by when it moves, or move it."
        case Alert():
            return _after_moving(matter)
        case HandoverOffer():
            return f"The offer ended by itself. {matter.act.offered_by} answers for it, and can ask somebody again."
        case StageOwnership() if matter.opened is not None:
            return "Each is on the claim board, and the time without an owner counts from that moment."
        case StageOwnership() if matter.kind == AlertKind.OWNER_GIVEN:
            return "From now on its clock is yours. Hand it over or step down, with a reason, if you cannot take it."
        case StageOwnership():
            return "The vacancy has a clock of its own. Assign somebody, or ask who can claim it."
        case Extension() if matter.kind == AlertKind.EXTENSION_ASKED:
            return f"{matter.act.asked_by} asks for more time. Until it is given, the clock runs as before."
        case Extension():
            return f"You asked for it {formats.moment(matter.act.asked_at, now, zone)}."
    return ""


def quote(matter: Matter) -> str:
    """The person's own words."""
    match matter.act:
        case Acknowledgement():
            return matter.act.reason
        case HandoverOffer():
            return matter.act.note
        case StageOwnership():
            return matter.act.note
        case Extension() if matter.kind == AlertKind.EXTENSION_DECIDED:
            return matter.act.answer
        case Extension():
            return matter.act.reason
    return ""


def facts(matter: Matter, now: datetime, zone: tzinfo) -> Iterator[tuple[str, str]]:
    """What the letter lists beside the owner."""
    match matter.act:
        case Acknowledgement() if matter.act.expected_at:
            yield "Expected to move", formats.moment(matter.act.expected_at, now, zone)
        case Extension():
            if matter.act.stalls_before:
                yield "Due", formats.moment(matter.act.stalls_before, now, zone)
            if matter.act.stalls_after:
                yield "Due with it", formats.moment(matter.act.stalls_after, now, zone)


def _answer(matter: Matter, said: Acknowledgement, now: datetime, zone: tzinfo) -> Said:
    over = _over(matter)
    if said.expected_at is None:
        verb = "was" if over else "is"
        return (
            "Put off until now",
            "" if over else "risk",
            f"{matter.name} {verb} still in {matter.place}",
        )
    day = formats.moment(said.expected_at, now, zone)
    was = f"{matter.name} was expected to move by {day}"
    return ("Not moved", "", was) if over else ("Not moved", "breach", f"{was} and is still in {matter.place}")


def _extension(matter: Matter, asked: Extension) -> Said:
    days = f"{formats.number(asked.days)} business {'day' if asked.days == 1 else 'days'}"
    if matter.kind == AlertKind.EXTENSION_ASKED:
        over = _over(matter)
        verb = "asked" if over else "asks"
        return (
            "More time asked for",
            "" if over else "info",
            f"{asked.asked_by} {verb} for {days} more for {matter.name}",
        )
    word, tone, did = GIVEN[asked.state == Extension.State.APPROVED]
    return (word, tone, f"{asked.decided_by} {did} {days} more for {matter.name}")


def _moving(matter: Matter, stalled: Alert) -> str:
    name, place = matter.name, matter.place
    match stalled.closed_because:
        case Ending.OWNED:
            return f"{matter.owner or 'Somebody'} owns {place} of {name} now"
        case Ending.WITHIN_BUDGET:
            return f"{name} is within its {matter.stage.label.lower()} budget again"
        case Ending.RESUMED:
            return f"{name} goes on after its hold in {place}"
        case Ending.SENT_BACK:
            return f"{name} was sent back from {place}"
        case Ending.REOPENED:
            return f"{name} was taken up again in {place}"
    return f"{name} has moved on from {place}"


def _after_moving(matter: Matter) -> str:
    reading = matter.stage_reading
    if matter.visit.left_at is None and reading is not None and reading.breached:
        late = formats.duration(reading.overrun, matter.day)
        return f"What you were told of is settled. The stage itself is still {late} past its budget."
    return "You were told that it stalled. That is settled, and there is nothing left for you to do."


def _over(matter: Matter) -> bool:
    """Whether it holds no more; news never did."""
    return matter.alert.closed_because not in ("", Ending.NEWS.value)
