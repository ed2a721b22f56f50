"""The whole trail in words: the organisation's acts beside those on releases, and what each changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from governance.models import AuditEvent
from models_registry import vocabulary
from models_registry.vocabulary import Word
from tracker.trail_words import Told, told

Detail = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """What an act changed: the thing, and what it was and is, in words. An empty `before`: it was not there."""

    what: str
    before: str
    after: str


# The label of each act in the list of acts; the order is that of the list.
ACTS: Final[Mapping[str, str]] = {
    "model.register": "Model registered",
    "model.edit": "Model edited",
    "model.import": "Model imported",
    "model.import_update": "Model updated by an import",
    "release.start": "Release started",
    "brief.save": "Brief changed",
    "brief.sign": "Brief signed",
    "brief.amend": "Brief amended",
    "brief.discard": "Amendment discarded",
    "tier.assess": "Risk tier assessed",
    "tier.lower": "Risk tier lowered",
    "candidate.name": "Candidate named",
    "evidence.attach": "Evidence attached",
    "evidence.supersede": "Evidence superseded",
    "file.store": "File uploaded",
    "deployment.write": "Deployment specified",
    "stage.advance": "Advanced",
    "stage.send_back": "Sent back",
    "stage.retire": "Retired",
    "release.park": "Parked",
    "release.kill": "Killed",
    "release.reopen": "Reopened",
    "glass.break": "Glass broken",
    "owner.assign": "Owner assigned",
    "owner.claim": "Stage claimed",
    "owner.by_rule": "Owner given by rule",
    "owner.claim_early": "Stage claimed ahead",
    "owner.assign_early": "Stage assigned ahead",
    "owner.release_early": "Claim ahead given back",
    "owner.begin_early": "Claim ahead begun",
    "owner.step_down": "Owner stepped down",
    "owner.hand_over": "Handed over",
    "owner.leave": "Owner taken out",
    "owner.nudge": "Owner nudged",
    "stall.acknowledge": "Stall acknowledged",
    "stall.snooze": "Stall put off",
    "handover.offer": "Hand-over offered",
    "handover.accept": "Hand-over accepted",
    "handover.decline": "Hand-over declined",
    "handover.withdraw": "Hand-over withdrawn",
    "handover.expire": "Hand-over not answered",
    "handover.tick": "Checklist ticked",
    "hold.start": "Put on hold",
    "hold.move": "Expected end moved",
    "hold.end": "Hold ended",
    "extension.ask": "More time asked for",
    "extension.approve": "More time given",
    "extension.refuse": "More time refused",
    "extension.withdraw": "Request for more time taken back",
    "review.request": "Review requested",
    "review.decide": "Review decided",
    "review.close": "Review closed",
    "review.assign": "Review assigned",
    "review.take": "Review taken",
    "review.give_up": "Review given up",
    "review.feedback": "Feedback given",
    "review.stop_feedback": "Feedback not awaited",
    "review.judge": "Control judged",
    "review.lapse": "Approval lapsed",
    "review.revoke": "Approval revoked",
    "finding.raise": "Finding raised",
    "finding.resolve": "Finding resolved",
    "finding.close": "Finding closed",
    "finding.reopen": "Finding reopened",
    "finding.move": "Due date moved",
    "waiver.grant": "Check waived",
    "waiver.end": "Waiver ended",
    "cost.record": "Cost recorded",
    "cost.reverse": "Cost reversed",
    "team.create": "Team created",
    "team.edit": "Team edited",
    "team.member": "Team membership changed",
    "person.add": "Person added",
    "person.edit": "Person edited",
    "person.skills": "Skills changed",
    "person.deactivate": "Access ended",
    "person.reactivate": "Access given back",
    "group.create": "Group created",
    "group.edit": "Group edited",
    "group.add": "Seat in a group given",
    "group.remove": "Seat in a group taken away",
    "delegation.start": "Deputy named",
    "delegation.end": "Deputy no longer needed",
    "token.issue": "API token made",
    "token.revoke": "API token revoked",
    "calendar.save": "Calendar saved",
    "hold_reason.add": "Reason of holds added",
    "hold_reason.edit": "Reason of holds edited",
    "hold_reason.move": "Reason of holds reordered",
    "hold_reason.retire": "Reason of holds retired",
    "hold_reason.restore": "Reason of holds offered again",
    "destination.add": "Destination of alerts added",
    "destination.edit": "Destination of alerts edited",
    "destination.key": "Signing key renewed",
    "destination.gone": "Destination of alerts gone",
    "destination.remove": "Destination of alerts removed",
    "policy.draft": "Policy drafted",
    "policy.publish": "Policy published",
    "policy.move": "Moved to another policy",
    "import.run": "File imported",
    "chain.open": "Chain opened",
    "trail.seal": "Trail sealed",
}

_NOBODY: Final = {"owner", "assignee", "service_owner", "escalation_contact"}
_WORDS: Final[Mapping[str, type[Word]]] = {
    "stage": vocabulary.Stage,
    "source": vocabulary.Stage,
    "target": vocabulary.Stage,
    "source_state": vocabulary.VisitState,
    "target_state": vocabulary.VisitState,
    "risk_tier": vocabulary.RiskTier,
    "computed": vocabulary.RiskTier,
    "waits_on": vocabulary.WaitsOn,
    "state": vocabulary.ReviewState,
    "rule": vocabulary.AssignmentRule,
}


def tell(event: AuditEvent) -> Told:
    """Any act in words."""
    words = _ORGANISATION.get(event.act)
    if words is None:
        return told(event)
    icon, did = words
    return Told(who=event.actor_name, did=did(_detail(event)), at=event.at, icon=icon, act=event.act)


def label_of(act: str) -> str:
    """The act's label; of one that is not known here, its name."""
    return ACTS.get(act) or act.replace(".", " ").replace("_", " ").capitalize()


def changes_of(event: AuditEvent) -> tuple[Change, ...]:
    """What the act says was before and is after, where it says so."""
    return tuple(_changes(event.act, _detail(event)))


def facts_of(event: AuditEvent) -> tuple[tuple[str, str], ...]:
    """Everything else the act tells, each by name and in words."""
    told_as_change = {"before", "after", "source", "source_state", "target", "target_state"}
    found = ((key, value) for key, value in _detail(event).items() if key not in told_as_change)
    return tuple((in_words(key), spoken(key, value)) for key, value in found if value not in (None, "", [], {}))


def in_words(name: str) -> str:
    """The name of a column or key as a person says it."""
    plain = name.replace("_", " ")
    return plain[:1].upper() + plain[1:]


def spoken(name: str, value: object) -> str:
    """A value of a trail's detail in words."""
    if value is None or value == "":
        return "nobody" if name in _NOBODY else "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        words = _WORDS.get(name)
        return words(value).label if words is not None and value in set(words) else value
    if name == "answers" and isinstance(value, Mapping):
        return "; ".join(f"{in_words(str(key)).lower()}: {answer}" for key, answer in value.items())
    if isinstance(value, list) and all(isinstance(part, str | int) for part in value):
        return ", ".join(str(part) for part in value) or "none"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)


def _detail(event: AuditEvent) -> Detail:
    return event.detail if isinstance(event.detail, Mapping) else {}


def _changes(act: str, detail: Detail) -> Iterator[Change]:
    if "source" in detail and "target" in detail and "target_state" in detail:
        yield Change("Stage", _place(detail, "source"), _place(detail, "target"))
    if act == "candidate.name":
        yield Change("Candidate", spoken("", detail.get("before")), f"v{detail.get('version')}")
        return
    before, after = detail.get("before"), detail.get("after")
    if isinstance(after, Mapping) or isinstance(before, Mapping):
        was, now = (side if isinstance(side, Mapping) else {} for side in (before, after))
        for key in sorted({*was, *now}):  # PostgreSQL keeps no order of keys
            if was.get(key) != now.get(key):
                yield Change(in_words(key), spoken(key, was[key]) if key in was else "", spoken(key, now.get(key)))
    elif before != after:
        name = {
            "team.member": "role",
            "policy.move": "policy",
            "finding.move": "due date",
            "hold.move": "expected end",
            "hold_reason.move": "place in the list",
            "finding.reopen": "due date",
        }.get(act, "assignee" if act.startswith("review.") else "owner")
        yield Change(in_words(name), spoken(name, before), spoken(name, after))


def _place(detail: Detail, side: str) -> str:
    """The stage, and the state where the release was not underway in it."""
    stage, state = spoken(side, detail[side]), detail.get(f"{side}_state")
    if state in (None, vocabulary.VisitState.UNDERWAY):
        return stage
    return f"{spoken(f'{side}_state', state)} in {stage.lower()}"


def _names(detail: Detail) -> str:
    return ", ".join(change.what.lower() for change in _changes("", detail))


def _edited(noun: str) -> Callable[[Detail], str]:
    def did(detail: Detail) -> str:
        names = _names(detail)
        return f"edited the {noun}: {names}" if names else f"saved the {noun}"

    return did


def _member(detail: Detail) -> str:
    person, before, after = (detail.get(key) for key in ("person", "before", "after"))
    if after is None:
        return f"took {person} out of the team"
    return f"changed {person} from {before} to {after}" if before else f"brought {person} into the team as {after}"


def _added(detail: Detail) -> str:
    after = detail.get("after")
    role = after.get("role", "") if isinstance(after, Mapping) else ""
    return f"added the person as {str(role).replace('_', ' ')}" if role else "added the person"


def _imported(detail: Detail) -> str:
    counts = ("created", "updated", "unchanged", "refused")
    return "imported the file: " + ", ".join(f"{name} {detail.get(name, 0):,}" for name in counts)


def _sealed(detail: Detail) -> str:
    heads = detail.get("heads")
    count = len(heads) if isinstance(heads, Mapping) else 0
    return f"sealed {count:,} chain" if count == 1 else f"sealed {count:,} chains"


_ORGANISATION: Final[Mapping[str, tuple[str, Callable[[Detail], str]]]] = {
    "team.create": ("users-group", lambda _: "created the team"),
    "team.edit": ("users-group", _edited("team")),
    "team.member": ("users", _member),
    "person.add": ("user-plus", _added),
    "person.edit": ("user", _edited("person")),
    "person.skills": ("target", lambda _: "changed what the person brings"),
    "person.deactivate": ("user-x", lambda _: "ended the person's access"),
    "person.reactivate": ("user-check", lambda _: "gave the person access again"),
    "group.create": ("users-group", lambda _: "created the group"),
    "group.edit": ("users-group", _edited("group")),
    "group.add": ("user-plus", lambda d: f"gave {d.get('person')} a seat in the group"),
    "group.remove": ("user-minus", lambda d: f"took {d.get('person')} out of the group"),
    "delegation.start": ("calendar", lambda d: f"let {d.get('deputy')} stand in for {d.get('person')}"),
    "token.issue": (
        "key",
        lambda d: f"made the API token {d.get('token')}, which may {', '.join(d.get('scopes') or [])}",
    ),
    "token.revoke": ("key", lambda d: f"revoked the API token {d.get('token')}"),
    "delegation.end": (
        "user-check",
        lambda d: f"ended the absence of {d.get('person')}, whom {d.get('deputy')} stood in for",
    ),
    "calendar.save": ("calendar", _edited("calendar")),
    "hold_reason.add": ("plus", lambda _: "added the reason of holds"),
    "hold_reason.edit": ("edit", _edited("reason of holds")),
    "hold_reason.move": ("list", lambda _: "put the reason of holds elsewhere in the list"),
    "hold_reason.retire": ("archive", lambda _: "retired the reason of holds"),
    "hold_reason.restore": ("refresh", lambda _: "offered the reason of holds again"),
    "destination.add": ("plus", lambda d: f"let alerts of {d.get('whose')} go to the destination"),
    "destination.edit": ("edit", _edited("destination of alerts")),
    "destination.key": ("refresh", lambda _: "made a new signing key for the destination"),
    "destination.gone": ("ban", lambda _: "switched off the destination, which answered that it is gone,"),
    "destination.remove": ("trash", lambda d: f"let alerts of {d.get('whose')} go no more to the destination"),
    "policy.draft": ("scale", lambda _: "drafted a policy"),
    "policy.publish": ("scale", lambda _: "published the policy"),
    "import.run": ("upload", _imported),
    "chain.open": ("link", lambda _: "opened the chain of this release"),
    "trail.seal": ("lock", _sealed),
}
