"""One review: its dossier control by control, who has decided, who may, and what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from governance import permissions
from governance.control_states import ControlState, control_states
from governance.controls import OFFICERS
from governance.deadlines import rules_of
from governance.four_eyes import Barred, hands_in
from governance.gate_facts import WaiverFacts
from governance.models import APPROVING, AuditEvent, BreakGlass, Decision, Finding
from governance.turns import Turn
from models_registry.models import Person
from models_registry.requirements import Compared, compare, requirements_of
from models_registry.requirements.lineage import Lineage
from models_registry.vocabulary import FindingState, ReviewKind, ReviewState, Stage
from tracker.data_access import DataAccess, data_access
from tracker.lineage import lineage_of
from tracker.review_desk.controls import ControlRow, control_rows
from tracker.review_desk.names import Names, review_names
from tracker.review_desk.reading import Advice, Said, findings_of, people_of, said_of, the_review, the_visit
from tracker.review_desk.rows import Part, is_officer, part_of
from tracker.review_desk.since import Since, evidence_then, since_then
from tracker.review_desk.subject import UnderReview
from tracker.review_desk.turns import decider, group_name, turn_of
from tracker.trail_words import Told, told

ACTIVITY: Final = 15
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
class Word:
    """One officer's decision. `stale`: it was given for another state of the dossier than the present one."""

    decision: Decision
    stale: bool

    @property
    def approves(self) -> bool:
        return self.decision.outcome in set(APPROVING)


@dataclass(frozen=True, slots=True)
class Quorum:
    """How many of a group have approved, of how many that the policy asks for."""

    group: str
    name: str
    have: int
    need: int


@dataclass(frozen=True)
class ReviewPage(UnderReview):
    """One review as one person sees it at one moment. Parts are read when they are asked for."""

    # --- Who decides -------------------------------------------------------------------------------------------------

    @cached_property
    def names(self) -> Names:
        return review_names(self.person, self.now, None if self._last is None else evidence_then(self._last))

    @cached_property
    def part(self) -> Part:
        mine = any(word.decision.officer_id == self.person.pk and not word.stale for word in self.words)
        spoken = {one.group for one in self.said.advice}
        return part_of(self.review, self.review.bar, self.names.voices, decided=mine, spoken=spoken)

    @property
    def may_judge(self) -> bool:
        """Whether the reader may judge controls, raise findings and go on without feedback."""
        return self.open and self.approver

    @property
    def approver(self) -> bool:
        """Whether the reader is one of those whom the policy asks, and no tie holds them back."""
        return self.part.state in {"decide", "decided"}

    @property
    def may_revoke(self) -> bool:
        return self.stands and self.approver

    @cached_property
    def turn(self) -> Turn:
        spoken = {one.group for one in self.said.advice}
        given = {word.decision.officer.email: word.decision.groups or (OFFICERS,) for word in self._approvals}
        return turn_of(self.review, self.review.deputy or "", spoken, given, self.names.groups)

    @property
    def may_take(self) -> bool:
        """Whether nobody in particular decides it yet, and the reader may make it theirs."""
        free = self.open and not decider(self.review)[0]
        return free and self.part.state == "decide" and is_officer(self.person)

    @property
    def may_give(self) -> bool:
        """Whether the reader may say who decides it: where no stage is owned with it, whose owner does."""
        apart = self.open and (self.retrospective or self.visit.stage != Stage.COMPLIANCE_REVIEW)
        return apart and permissions.allows(permissions.give_review, self.person, self.review)

    @cached_property
    def hands(self) -> Mapping[int, str]:
        return hands_in(self.review)

    @cached_property
    def people(self) -> Mapping[int, Person]:
        """The team, and whoever had a hand in the release."""
        return people_of(self.release, [*self.hands, self.person.pk])

    @property
    def barred(self) -> list[Barred]:
        return [Barred(self.people[key], did) for key, did in self.hands.items()]

    @cached_property
    def words(self) -> list[Word]:
        """The decisions of this review, in their order."""
        found = [one for one in self._reviews if one.pk == self.review.pk]
        return [Word(word, word.dossier_digest != self.digest) for one in found for word in one.every_decision]

    @property
    def have(self) -> int:
        """The approvals that stand: for a closed review those that were given, for an open one those of the present."""
        return len(self._approvals)

    @property
    def need(self) -> int:
        return int(self.review.approvals_needed)

    @property
    def quorums(self) -> list[Quorum]:
        return [
            Quorum(one.group, group_name(one.group, self.names.groups), self._given(one.group), one.quorum)
            for one in self.review.asked
        ]

    @property
    def completes(self) -> bool:
        """Whether one more approval, by the reader, is the last one needed."""
        mine = self.names.voices
        return all(one.have + (one.group in mine) >= one.need for one in self.quorums)

    @property
    def _approvals(self) -> list[Word]:
        return [word for word in self.words if word.approves and not (self.open and word.stale)]

    def _given(self, group: str) -> int:
        return sum(group in (word.decision.groups or [OFFICERS]) for word in self._approvals)

    @property
    def may_withdraw(self) -> bool:
        return self.open and not self.retrospective and permissions.allows(permissions.work_on, self.person, self.model)

    @property
    def may_read_trail(self) -> bool:
        return permissions.allows(permissions.read_trail, self.person)

    @property
    def may_waive(self) -> bool:
        """A compliance officer, for whom four eyes does not speak otherwise."""
        return permissions.allows(permissions.waive, self.person, self.model) and not self.review.bar

    @property
    def may_ask_again(self) -> bool:
        """Whether the team may request the next review: this one is over, and the release still waits for approval."""
        waiting = self.visit.stage == Stage.COMPLIANCE_REVIEW and self.visit.is_underway
        over = not self.open and not self.stands and not self.dossier.review_open
        ended = self.review.state in {ReviewState.LAPSED, ReviewState.REVOKED} and self.visit.is_underway
        return (waiting or ended) and over and permissions.allows(permissions.work_on, self.person, self.model)

    # --- Advice ------------------------------------------------------------------------------------------------------

    @cached_property
    def said(self) -> Said:
        return said_of(self.review)

    @property
    def advice(self) -> list[tuple[Advice, str, bool]]:
        """What each said, with the name of the group, and whether the dossier changed since."""
        names = self.names.groups
        return [(one, group_name(one.group, names), one.digest != self.digest) for one in self.said.advice]

    @property
    def silent(self) -> list[str]:
        """The names of the groups that were asked for advice and have given none."""
        spoken = {one.group for one in self.said.advice}
        return [group_name(one, self.names.groups) for one in self.review.feedback_groups if one not in spoken]

    @property
    def advises_for(self) -> list[tuple[str, str]]:
        """The groups that the reader may advise for, as (slug, name)."""
        if not self.open or self.review.bar not in {"", "team"}:
            return []
        mine = [one for one in self.review.feedback_groups if one in self.names.voices]
        return [(one, group_name(one, self.names.groups)) for one in mine]

    # --- The dossier -------------------------------------------------------------------------------------------------

    @cached_property
    def compared(self) -> tuple[Compared, ...]:
        """Each requirement that is measured before deployment, beside what was measured on the candidate."""
        wanted = [one for one in requirements_of(self.dossier.brief or {}) if one.measured_before != Stage.LIVE]
        mine = self.dossier.candidate.number if self.dossier.candidate else None
        counted = [piece for piece in self.dossier.evidence if piece.candidate_number in (None, mine)]
        return compare(wanted, [value for piece in counted for value in piece.measurements])

    @cached_property
    def states(self) -> tuple[ControlState, ...]:
        return control_states(self.dossier, rules_of(self.visit.policy), self.said.verdicts)

    @cached_property
    def controls(self) -> list[ControlRow]:
        return control_rows(
            self.states, self._evidence, self.compared, self.findings, self.brief, self.release, self._seen_then
        )

    @property
    def controls_held(self) -> int:
        return sum(one.holds for one in self.states)

    @property
    def controls_count(self) -> int:
        return len(self.states)

    @property
    def unheld(self) -> list[ControlRow]:
        return [row for row in self.controls if not row.state.holds]

    @property
    def other_evidence(self) -> list[Any]:
        """What is attached and shows none of the controls."""
        shown = {piece.pk for row in self.controls for piece in row.pieces}
        return [piece for piece in self._evidence if piece.pk not in shown]

    @cached_property
    def lineage(self) -> Lineage:
        """From the data sources to the candidate and what was shown of it."""
        return lineage_of(self.dossier, self._evidence)

    @cached_property
    def data(self) -> DataAccess:
        """What each column holds about people, and who may use the data."""
        return data_access(self.dossier, self._evidence, rules_of(self.visit.policy), self.now)

    @property
    def waivers(self) -> list[tuple[WaiverFacts, int]]:
        """The waivers that hold now, each with its key."""
        keys = self.said.waivers
        return [(one, keys[one.code]) for one in self.dossier.waivers if one.until > self.now and one.code in keys]

    @cached_property
    def findings(self) -> list[Finding]:
        return findings_of(self.release)

    @property
    def open_findings(self) -> int:
        return sum(finding.state != FindingState.CLOSED for finding in self.findings)

    @property
    def open_conditions(self) -> list[Finding]:
        """The conditions of this review that nobody has put right yet, the first due first."""
        mine = [one for one in self.findings if one.decision_id and one.review_id == self.review.pk]
        return [one for one in mine if one.state == FindingState.OPEN]

    # --- What changed ------------------------------------------------------------------------------------------------

    @cached_property
    def since(self) -> Since | None:
        """What changed since a release of this model was last approved; None where none was."""
        last = self._last
        return None if last is None else since_then(last, self.names.had, self.dossier, self.states)

    @property
    def reopened(self) -> list[ControlRow]:
        """The controls that were judged before, and that a change since asks to be looked at again."""
        return [row for row in self.controls if row.state.reopened]

    @property
    def came_since(self) -> list[str]:
        """What reopened them, each once."""
        return list(dict.fromkeys(said for row in self.reopened for said in row.since))

    @property
    def glass(self) -> BreakGlass | None:
        """The broken glass that this review looks back at."""
        return getattr(self.review, "broken_glass", None)

    @property
    def earlier(self) -> list[Any]:
        """The other reviews of this release, the latest first, with their decisions."""
        return [one for one in self._reviews if one.pk != self.review.pk][:ACTIVITY]

    @property
    def later(self) -> Any:
        """The newest approval that was asked for after this review; None where this is the newest."""
        after = (one for one in self.earlier if one.requested_at > self.review.requested_at)
        return next((one for one in after if one.kind == ReviewKind.APPROVAL), None)

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

    @property
    def _evidence(self) -> Sequence[Any]:
        found: Sequence[Any] = self.visit.release.standing_evidence
        return found

    @property
    def _reviews(self) -> list[Any]:
        found: list[Any] = self.visit.release.judged_reviews
        return found

    @property
    def _last(self) -> Any:
        return self.visit.release.approved_before

    @property
    def _seen_then(self) -> Mapping[str, str]:
        """The digest of each control as it was last approved, in this release or in the one before."""
        given = [word for one in self._reviews for word in one.approving_decisions if word.controls]
        if given:
            newest: Mapping[str, str] = max(given, key=lambda word: (word.decided_at, word.pk)).controls
            return newest
        return (self._last.controls_then or {}) if self._last is not None else {}


def review_page(person: Person, number: int, now: datetime) -> ReviewPage:
    """The page of a review for this person. Raises `NotFound`, also for what is hidden from them."""
    review = the_review(person, number, now)
    return ReviewPage(review, the_visit(review), person, now)
