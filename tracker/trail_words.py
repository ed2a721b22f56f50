"""The trail in words: what each act did, as a sentence that begins with who did it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from governance.controls import group_name
from governance.models import AuditEvent
from models_registry import vocabulary
from models_registry.vocabulary import EvidenceKind, Stage, Word
from tracker import formats

Detail = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """One act in words: `who` `did`. `quote` is what the person wrote; `tone`: breach, ok or nothing."""

    who: str
    did: str
    at: datetime
    icon: str
    tone: str = ""
    quote: str = ""
    act: str = ""


@dataclass(frozen=True, slots=True)
class _Words:
    """How one act is told. `quotes`: the part of its detail that holds the person's own words."""

    icon: str
    did: Callable[[Detail], str]
    quotes: str = ""
    tone: str = ""


def told(event: AuditEvent) -> Told:
    """The act in words; one that is not known here is told by its name."""
    detail: Detail = event.detail if isinstance(event.detail, Mapping) else {}
    words = _ACTS.get(event.act) or _Words("history", lambda _: event.act.replace(".", " ").replace("_", " "))
    return Told(
        who=event.actor_name,
        did=words.did(detail),
        at=event.at,
        icon=words.icon,
        tone=_tone(event.act, words, detail),
        quote=_text(detail, words.quotes) if words.quotes else "",
        act=event.act,
    )


def _tone(act: str, words: _Words, detail: Detail) -> str:
    if act == "stage.advance" and detail.get("target") == Stage.LIVE:
        return "ok"
    if act == "review.decide":
        return "ok" if _text(detail, "outcome").startswith("approve") else "breach"
    if act == "review.judge":
        return "ok" if detail.get("verdict") == vocabulary.Verdict.VERIFIED else "breach"
    return words.tone


def _text(detail: Detail, key: str) -> str:
    value = detail.get(key)
    return "" if value is None else str(value)


def _word(detail: Detail, key: str, words: type[Word]) -> str:
    """A word of a closed list as a person reads it, in the middle of a sentence; an unknown one as it stands."""
    value = _text(detail, key)
    return words(value).label.lower() if value in set(words) else value.replace("_", " ")


def _day(detail: Detail, key: str) -> str:
    """A moment of the detail as its day in UTC; what is none, as it stands."""
    value = _text(detail, key)
    try:
        day = datetime.fromisoformat(value).astimezone(UTC).date()
    except ValueError:
        return value
    return f"{day.day} {day:%b %Y}"


def _stage(detail: Detail, key: str) -> str:
    return _word(detail, key, Stage)


def _owned_by(detail: Detail) -> str:
    owner = _text(detail, "owner")
    return f", {owner} answers for it" if owner else ", nobody owns it yet"


def _hold(detail: Detail) -> str:
    """What the reason was called; the first holds on record kept its code only."""
    said = _text(detail, "reason_label") or _text(detail, "reason_code").replace("_", " ")
    return f"{said[:1].lower()}{said[1:]}"


def _clock(detail: Detail) -> str:
    return ", the clock goes on" if detail.get("pauses_clock") is False else ""


def _more(detail: Detail) -> str:
    days = _text(detail, "days")
    return f"{days} business {'day' if days == '1' else 'days'} more"


def _until(detail: Detail) -> str:
    due = _text(detail, "due_with")[:10]
    return f", now due {due}" if due else ""


def _registered(detail: Detail) -> str:
    return f"registered the model in {_text(detail, 'team')}, {_word(detail, 'risk_tier', vocabulary.RiskTier)} risk"


def _advanced(detail: Detail) -> str:
    through = "past a shut gate, with broken glass, " if detail.get("glass") else ""
    if warned := detail.get("warnings"):
        through = f"past a gate that only warns, with {_counted(warned, 'check')} unmet, "
    return f"moved it {through}into {_stage(detail, 'target')}{_owned_by(detail)}"


def _saved(detail: Detail) -> str:
    names = [str(name).replace("_", " ") for name in detail.get("changed") or ()]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"changed the brief: {', '.join(names[:3])}{more}" if names else "saved the brief"


def _edited(detail: Detail) -> str:
    before, after = detail.get("before") or {}, detail.get("after") or {}
    names = [str(name).replace("_", " ") for name in after if before.get(name) != after.get(name)]
    return f"edited the model: {', '.join(names)}" if names else "edited the model"


def _tier_after(detail: Detail) -> str:
    return _word(detail.get("after") or {}, "risk_tier", vocabulary.RiskTier)


def _assessed(detail: Detail) -> str:
    before, after = _word(detail.get("before") or {}, "risk_tier", vocabulary.RiskTier), _tier_after(detail)
    if before != after:
        return f"raised the risk tier from {before} to {after}, by the answers of the brief"
    asked = _word(detail, "computed", vocabulary.RiskTier)
    return f"answered the risk questionnaire: tier {asked}" + (f", it stays {after}" if asked != after else "")


def _evidence(detail: Detail) -> str:
    kind, title = _text(detail, "kind"), _text(detail, "title")
    label = EvidenceKind(kind).label.lower() if kind in set(EvidenceKind) else kind
    return f"“{title}”, {label}"


def _requested(detail: Detail) -> str:
    if detail.get("kind") == vocabulary.ReviewKind.RETROSPECTIVE:
        return "owes a review in retrospect"
    needed = detail.get("approvals_needed") or 1
    return f"asked for a review, {needed} approvals needed" if needed != 1 else "asked for a review"


def _given(detail: Detail) -> str:
    rule = _word(detail, "rule", vocabulary.AssignmentRule)
    return f"gave the review to {_text(detail, 'after')}{f' by rule, {rule}' if rule else ''}"


_DECIDED: Final = {
    "approve": "approved it",
    "approve_with_conditions": "approved it with conditions",
    "request_changes": "asked for changes",
    "reject": "rejected it",
}


def _decided(detail: Detail) -> str:
    return _DECIDED.get(_text(detail, "outcome"), "decided the review")


def _counted(found: Any, noun: str) -> str:
    number = len(found) if isinstance(found, list) else 0
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _group(detail: Detail) -> str:
    return group_name(_text(detail, "group"))


def _judged(detail: Detail) -> str:
    title = _text(detail, "title")
    verified = detail.get("verdict") == vocabulary.Verdict.VERIFIED
    return f"verified the control “{title}”" if verified else f"has a concern about the control “{title}”"


def _raised(detail: Detail) -> str:
    kind = "the condition" if detail.get("condition") else "the finding"
    return f"raised {kind} “{_text(detail, 'title')}” for {_text(detail, 'owner')}"


def _check(detail: Detail) -> str:
    return formats.check(_text(detail, "check"))


def _finding(verb: str) -> Callable[[Detail], str]:
    return lambda detail: f"{verb} the finding “{_text(detail, 'title')}”"


def _owner_now(verb: str) -> Callable[[Detail], str]:
    def did(detail: Detail) -> str:
        after = _text(detail, "after")
        return verb.format(stage=_stage(detail, "stage"), after=after, before=_text(detail, "before") or "nobody")

    return did


def _ticked(detail: Detail) -> str:
    how = "ticked off" if detail.get("done") else "took the tick from"
    return f"{how} “{_text(detail, 'text')}” of the hand-over"


def _cost(detail: Detail) -> str:
    try:
        amount = f"{Decimal(_text(detail, 'amount')):,.2f}"
    except InvalidOperation:
        amount = _text(detail, "amount")
    kind = _word(detail, "kind", vocabulary.CostKind)
    return f"{amount} {_text(detail, 'currency')} of {kind}, {_stage(detail, 'stage')}"


def _fixed(text: str) -> Callable[[Detail], str]:
    return lambda _: text


_ACTS: Final[Mapping[str, _Words]] = {
    "model.register": _Words("plus", _registered),
    "model.import": _Words("upload", _fixed("imported it from an inventory")),
    "model.import_update": _Words("upload", _fixed("updated it from a newer inventory")),
    "model.edit": _Words("edit", _edited),
    "release.start": _Words("plus", _fixed("started this release")),
    "brief.save": _Words("edit", _saved),
    "brief.sign": _Words("file-certificate", lambda d: f"signed the brief, revision {_text(d, 'number')}"),
    "brief.amend": _Words("edit", lambda d: f"began revision {_text(d, 'number')} of the brief", "reason"),
    "brief.discard": _Words("trash", lambda d: f"discarded revision {_text(d, 'number')} of the brief"),
    "tier.assess": _Words("scale", _assessed, "reason"),
    "tier.lower": _Words("arrow-down", lambda d: f"lowered the risk tier to {_tier_after(d)}", "reason"),
    "candidate.name": _Words("box", lambda d: f"named version {_text(d, 'version')} as the candidate"),
    "evidence.attach": _Words("file-plus", lambda d: f"attached {_evidence(d)}"),
    "evidence.supersede": _Words("replace", lambda d: f"replaced evidence by {_evidence(d)}"),
    "file.store": _Words("upload", lambda d: f"uploaded the file {_text(d, 'name')}"),
    "deployment.write": _Words(
        "server-2", lambda d: f"wrote the deployment specification, revision {_text(d, 'number')}"
    ),
    "owner.assign": _Words("user-check", _owner_now("made {after} the owner of {stage}, before: {before}"), "note"),
    "owner.claim": _Words("hand-stop", _owner_now("claimed {stage}")),
    "owner.by_rule": _Words("user-check", _owner_now("gave {stage} to {after} by the policy's rule"), "note"),
    "owner.begin_early": _Words(
        "user-check", _owner_now("made {after} the owner of {stage}, who had claimed it ahead")
    ),
    "owner.claim_early": _Words("hand-stop", lambda d: f"claimed {_stage(d, 'stage')} before it begins"),
    "owner.assign_early": _Words(
        "user-check", lambda d: f"named {_text(d, 'after')} for {_stage(d, 'stage')} before it begins", "note"
    ),
    "owner.release_early": _Words(
        "user-minus", lambda d: f"gave back {_stage(d, 'stage')}, which {_text(d, 'before')} had claimed ahead", "note"
    ),
    "owner.step_down": _Words("user-minus", _owner_now("stepped down from {stage}"), "note", "breach"),
    "owner.hand_over": _Words("arrows-exchange", _owner_now("took {stage} over from {before}")),
    "owner.leave": _Words("user-x", _owner_now("took {before} out of {stage}; nobody owns it"), "note", "breach"),
    "owner.nudge": _Words("bell-ringing", lambda d: f"nudged {_text(d, 'sent_to')}", "message"),
    "stall.acknowledge": _Words("eye", lambda d: f"acknowledged the stall, to move by {_day(d, 'until')}", "reason"),
    "stall.snooze": _Words("clock-pause", lambda d: f"put the stall off until {_day(d, 'until')}", "reason"),
    "handover.offer": _Words("arrows-exchange", lambda d: f"asked {_text(d, 'offered_to')} to take over", "note"),
    "handover.accept": _Words("user-check", lambda d: f"accepted what {_text(d, 'offered_by')} offered"),
    "handover.decline": _Words("user-x", _fixed("declined to take over"), "answer"),
    "handover.withdraw": _Words("arrow-back-up", _fixed("withdrew the hand-over")),
    "handover.expire": _Words(
        "hourglass", lambda d: f"noted that {_text(d, 'offered_to')} did not answer the hand-over"
    ),
    "handover.tick": _Words("list-check", _ticked),
    "stage.advance": _Words("arrow-right", _advanced),
    "stage.send_back": _Words(
        "arrow-back-up", lambda d: f"sent it back to {_stage(d, 'target')}{_owned_by(d)}", "reason", "breach"
    ),
    "stage.retire": _Words("archive", _fixed("retired it"), "reason"),
    "release.park": _Words("player-pause", lambda d: f"parked it in {_stage(d, 'source')}", "reason"),
    "release.kill": _Words("skull", lambda d: f"gave it up in {_stage(d, 'source')}", "reason", "breach"),
    "release.reopen": _Words("refresh", lambda d: f"reopened it in {_stage(d, 'target')}{_owned_by(d)}", "reason"),
    "glass.break": _Words("hammer", lambda d: f"broke the glass before {_stage(d, 'target')}", "reason", "breach"),
    "review.request": _Words("clipboard-check", _requested, "message"),
    "review.close": _Words(
        "clipboard-list", lambda d: f"closed the review: {_word(d, 'state', vocabulary.ReviewState)}"
    ),
    "review.decide": _Words("gavel", _decided, "reason"),
    "policy.move": _Words(
        "scale", lambda d: f"moved it from version {_text(d, 'before')} of the policy to {_text(d, 'after')}", "reason"
    ),
    "review.assign": _Words("user-check", _given),
    "review.take": _Words("hand-stop", _fixed("took the review")),
    "review.give_up": _Words("user-x", lambda d: f"took the review from {_text(d, 'before')}", "why", "breach"),
    "review.feedback": _Words("message", lambda d: f"gave feedback for {_group(d)}", "text"),
    "review.stop_feedback": _Words("player-play", _fixed("went on without further feedback"), "why"),
    "review.judge": _Words("list-check", _judged, "note"),
    "review.lapse": _Words("hourglass", _fixed("noted that the approval lapsed"), "why", "breach"),
    "review.revoke": _Words("ban", _fixed("revoked the approval"), "why", "breach"),
    "finding.raise": _Words("flag", _raised, "text"),
    "finding.resolve": _Words("circle-check", _finding("resolved"), "resolution"),
    "finding.close": _Words("check", _finding("closed"), "note", "ok"),
    "finding.reopen": _Words("refresh", _finding("reopened"), "reason", "breach"),
    "finding.move": _Words("calendar", _finding("moved the due date of"), "reason"),
    "waiver.grant": _Words("key", lambda d: f"waived the check “{_check(d)}”", "reason"),
    "waiver.end": _Words("lock", lambda d: f"ended the waiver of “{_check(d)}”", "why"),
    "hold.start": _Words("player-pause", lambda d: f"put it on hold: {_hold(d)}{_clock(d)}", "reason"),
    "hold.move": _Words("calendar", lambda d: f"expects the hold to last until {_text(d, 'after')[:10]}", "reason"),
    "extension.ask": _Words("hourglass", lambda d: f"asked for {_more(d)}", "reason"),
    "extension.approve": _Words("hourglass", lambda d: f"gave {_more(d)}{_until(d)}", "answer", "ok"),
    "extension.refuse": _Words("ban", lambda d: f"refused {_more(d)}", "answer", "breach"),
    "extension.withdraw": _Words("arrow-back-up", lambda d: f"took back the request for {_more(d)}"),
    "hold.end": _Words("player-play", _fixed("ended the hold"), "why"),
    "cost.record": _Words("coins", lambda d: f"recorded {_cost(d)}", "note"),
    "cost.reverse": _Words("coins", lambda d: f"reversed {_cost(d)}", "note"),
}
