"""One release under review as Hypothesis plays with it, and beside it a plain record of who saw what.

The record is kept by hand from what was done. Neither a digest nor a tie nor a date of the law's own is asked for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from governance import deadlines
from governance.acts.briefs import amend_brief, save_brief, sign_brief
from governance.acts.evidence import EvidenceFacts, attach_evidence, name_candidate
from governance.acts.findings import move_due, resolve_finding
from governance.acts.lapses import lapse_due
from governance.acts.ownership import claim
from governance.acts.policies import draft_policy, publish_policy
from governance.acts.policy_moves import move_to_policy
from governance.acts.reviews import Condition, decide, judge_control, request_review, revoke_approval, withdraw_review
from governance.control_states import ControlState
from governance.dossiers import controls_of, dossier_of, report_on
from governance.errors import Refused
from governance.gates import Check
from governance.models import Finding, Review
from models_registry.models import Person, Release
from models_registry.vocabulary import EvidenceKind, ReviewState, Stage, TeamRole
from tests.governance.acts.test_policies import rules
from tests.world import COMPLETE_BRIEF, DIGEST, MEASURED, World

KINDS = (EvidenceKind.TRAINING_RUN, EvidenceKind.MODEL_CARD, EvidenceKind.VALIDATION_REPORT, EvidenceKind.BENCHMARK)
BENEATH = {
    "brief": (),
    "requirements": ("validation_report", "benchmark"),
    "training_run": ("training_run",),
    "validation_report": ("validation_report",),
    "limits": ("model_card",),
}
"""The kinds of evidence that each control of the policy below is judged by."""
ARTEFACTS = {1: DIGEST, 2: "sha256:" + "cd" * 32}
QUESTIONS = ("Are they stated?", "Are they measured?")
MONTH = timedelta(days=31)
ENDING = ("brief", "replacement", "candidate", "evidence", "policy")
CHANGES = (*ENDING, "brief typed otherwise")
HANDS = ("evidence", "candidate", "brief")
OFFICER, HYBRID = 0, 1
RECORD = (
    "world", "candidate", "latency", "policy", "question", "evidence", "hands", "requested_by", "named_by", "seen",
    "approvals", "count",
)  # fmt: skip
"""What the record consists of, to be kept and put back."""


@dataclass(frozen=True)
class Piece:
    """A standing piece of evidence: what it is, where it came from, and the version that it is about."""

    kind: str
    source: str
    candidate: int


@dataclass(frozen=True)
class Facts:
    """What there is to see: the content of candidate, evidence and brief, and the version of the policy."""

    candidate: str
    evidence: frozenset[Piece]
    latency: float
    policy: int


@dataclass
class Given:
    """An approval: whose, of which facts, and what ends it."""

    who: int
    seen: Facts
    review: int
    ends_at: datetime
    conditions: dict[int, datetime] = field(default_factory=dict)
    over: bool = False

    def stands(self, facts: Facts, now: datetime) -> bool:
        self.over = self.over or now >= self.ends_at or any(now >= due for due in self.conditions.values())
        return not self.over and self.seen == facts


@dataclass(frozen=True)
class Start:
    """A release that waits for its first decision, with everything shown. The hybrid is an officer and of its team."""

    world: World
    release: Release
    hybrid: Person
    policy: int
    evidence: dict[Piece, int]


def policy(question: str) -> dict[str, Any]:
    """A policy of one control of its own, whose approvals hold a month and may come from team mates."""
    raw = rules(validity_months=1, team_mates_may_approve=True, controls=["limits"])
    return {**raw, "controls": {"limits": {"title": "Limits", "question": question, "evidence": ["model_card"]}}}


def start(world: World) -> Start:
    draft = draft_policy(world.admin, policy(QUESTIONS[0]), "One control.", at=world.tick())
    publish_policy(world.officer, draft.pk, at=world.tick())
    hybrid = world.person("Chloé Bernard", role=world.officer.role, team_role=TeamRole.ENGINEER)  # type: ignore[arg-type]
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    evidence = {Piece(one.kind, one.source, 1): one.pk for one in release.evidence.all()}
    return Start(world, release, hybrid, draft.version, evidence)


class Reviewing(RuleBasedStateMachine):
    """One release of the low tier in compliance review and after. Subclassed with the `given` start of a test."""

    given: ClassVar[Start]

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        deadlines._published_rules.cache_clear()
        self.world, self.release = copy(self.given.world), self.given.release
        self.team = (self.world.engineer, self.given.hybrid)
        self.officers = (self.world.officer, self.given.hybrid)
        self.candidate, self.latency, self.policy, self.question = 1, 120.0, self.given.policy, 0
        self.evidence = dict(self.given.evidence)
        self.hands = {self.world.engineer.pk: "registered, wrote, attached"}
        self.requested_by, self.named_by = self.world.engineer.pk, {1: self.world.engineer.pk}
        self.seen: set[tuple[str, object]] = set()
        self.approvals: list[Given] = []
        self.count = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    # --- The record --------------------------------------------------------------------------------------------------

    def facts(self) -> Facts:
        return Facts(ARTEFACTS[self.candidate], frozenset(self.evidence), self.latency, self.policy)

    def beneath(self, code: str) -> object:
        """What one control is judged by."""
        kinds = BENEATH[code]
        found = frozenset(one for one in self.evidence if one.kind in kinds)
        by_the_brief = self.latency if code in ("brief", "requirements") else None
        return (found, kinds and self.candidate, by_the_brief, self.question if code == "limits" else None)

    def tied(self, person: Person) -> bool:
        """Whether this person had a hand in what is decided."""
        return person.pk in {*self.hands, self.requested_by, self.named_by[self.candidate]}

    # --- What people do ----------------------------------------------------------------------------------------------

    def approve(self, who: int, conditional: bool = False) -> None:
        """Everything is shown, looked at and approved, if the law lets this person."""
        self.make_ready()
        officer, review, facts = self.officers[who], self.last_review(), self.facts()
        self.look(officer, review)
        at, due = self.world.tick(), self.world.now + timedelta(days=5)
        conditions = [Condition("Put right", "", "limits", "low", self.world.engineer, due)] if conditional else []
        outcome = "approve_with_conditions" if conditional else "approve"
        said: dict[str, Any] = {"seen_digest": self.world.digest(self.release), "conditions": conditions, "at": at}
        if not tried(lambda: decide(officer, review.pk, outcome, "Fine.", **said)):
            return
        assert not self.tied(officer), f"{officer} approved what they had a hand in"
        for code in BENEATH:
            assert (code, self.beneath(code)) in self.seen, f"approved with {code} unseen"
        raised = Finding.objects.filter(review=review, decision__officer=officer)
        self.approvals.append(Given(officer.pk, facts, review.pk, at + MONTH, {one.pk: due for one in raised}))
        # The approval brings it into deployment, where the version in force holds.
        self.policy = self.world.visit(self.release).policy.version

    @rule(who=st.integers(0, 1), conditional=st.booleans())
    def approve_at_random(self, who: int, conditional: bool) -> None:
        self.approve(who, conditional)

    @initialize(before=st.sampled_from(("nothing", *CHANGES)), kind=st.sampled_from(KINDS))
    def begin_by_trying_everything(self, before: str, kind: EvidenceKind) -> None:
        """After one change: an approval and each thing that ends one, and each hand that keeps somebody from approving.

        Each is taken back before the next, so that one visit of a state tries them all, and the search goes on from it.
        """
        if before != "nothing":
            self.change(before, kind, 0)
        with self.aside():
            self.approve(OFFICER)
            self.check()
            for what in ENDING:
                with self.aside():
                    self.change(what, kind, 0)
                    self.check()
            self.wait(32)
            self.check()
        with self.aside():
            self.approve(OFFICER, conditional=True)
            self.wait(6)
            self.check()
        for what in HANDS:
            with self.aside():
                self.change(what, kind, HYBRID)
                self.approve(HYBRID)
                self.check()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What happens inside is taken back, in the database and on the record."""
        record = self.__dict__
        kept = {name: copy(record[name]) for name in RECORD}
        kept["approvals"] = [replace(one, conditions=dict(one.conditions)) for one in self.approvals]
        point = transaction.savepoint()
        try:
            yield
        finally:
            transaction.savepoint_rollback(point)
            deadlines._published_rules.cache_clear()  # the next policy may have the number of one that is gone
            record.update(kept)

    @rule(what=st.sampled_from(CHANGES), kind=st.sampled_from(KINDS), actor=st.integers(0, 1))
    def change(self, what: str, kind: EvidenceKind, actor: int = 0) -> None:
        """One change of the dossier; an approval falls with it, and no verdict of another control."""
        facts, before = self.facts(), {code: self.beneath(code) for code in BENEATH}
        stood, shown = self.approvals_check().met, self.states()
        self.apply(what, kind, self.team[actor])
        for code, state in self.states().items():
            same = self.beneath(code) == before[code]
            assert same == (state.digest == shown[code].digest), f"{what} and the digest of {code}"
        if self.facts() == facts:
            assert self.approvals_check().met == stood, f"{what} changes nothing"

    def wait(self, days: int) -> None:
        """Time goes by, and what it ended is not recorded yet."""
        self.world.tick(timedelta(days=days))

    @precondition(lambda self: self.approvals)
    @rule(days=st.sampled_from([1, 6, 32]))
    def wait_and_record(self, days: int) -> None:
        self.wait(days)
        self.check()
        lapse_due(self.world.now)

    @precondition(lambda self: self.approvals)
    @rule(resolves=st.booleans())
    def settle(self, resolves: bool) -> None:
        """Conditions are met or put off: too late for those whose date has come."""
        at, facts = self.world.tick(), self.facts()
        for approval in self.approvals:
            approval.stands(facts, at)
            for key in list(approval.conditions):
                if resolves and tried(lambda: resolve_finding(self.world.engineer, key, "Done.", at=at)):  # noqa: B023
                    del approval.conditions[key]
                later = at + MONTH
                if not resolves and tried(lambda: move_due(self.world.officer, key, later, "Later.", at=at)):  # noqa: B023
                    approval.conditions[key] = later

    @rule(how=st.sampled_from(["revoke", "withdraw", "refuse"]))
    def take_back(self, how: str) -> None:
        review, at, officer = self.last_review(), self.world.tick(), self.world.second_officer
        said: dict[str, Any] = {"seen_digest": self.world.digest(self.release), "at": at}
        acts: dict[str, Callable[[], object]] = {
            "revoke": lambda: revoke_approval(officer, review.pk, "Wrong.", at=at),
            "withdraw": lambda: withdraw_review(self.world.engineer, review.pk, "A mistake.", at=at),
            "refuse": lambda: decide(officer, review.pk, "request_changes", "No.", **said),
        }
        if tried(acts[how]):
            for approval in self.approvals:
                approval.over = approval.over or approval.review == review.pk

    @precondition(lambda self: self.approvals)
    @rule()
    def own(self) -> None:
        """The hybrid takes what was approved into deployment."""
        claimed = tried(lambda: claim(self.given.hybrid, self.release.pk, at=self.world.tick()))
        if claimed and self.world.visit(self.release).stage != Stage.COMPLIANCE_REVIEW:
            self.hands[self.given.hybrid.pk] = "owned"

    # --- How they do it ----------------------------------------------------------------------------------------------

    def make_ready(self) -> None:
        for kind in KINDS:
            if not any(one.kind == kind and one.candidate == self.candidate for one in self.evidence):
                self.attach(kind, self.world.engineer)
        if self.last_review().state != ReviewState.OPEN and tried(
            lambda: request_review(self.world.engineer, self.release.pk, "Again.", at=self.world.tick())
        ):
            self.requested_by = self.world.engineer.pk

    def look(self, officer: Person, review: Review) -> None:
        for code, state in self.states().items():
            said: dict[str, Any] = {"seen_digest": state.digest, "at": self.world.now}
            if not state.holds and tried(lambda: judge_control(officer, review.pk, code, "verified", **said)):  # noqa: B023
                assert not self.tied(officer), f"{officer} judged what they had a hand in"
                self.seen.add((code, self.beneath(code)))

    def apply(self, what: str, kind: EvidenceKind, actor: Person) -> None:
        if what in ("evidence", "replacement"):
            self.attach(kind, actor, replaces=what == "replacement")
        elif what == "candidate":
            self.name(3 - self.candidate, actor)
        elif what == "policy":
            self.republish()
        else:
            other = 270 - self.latency if what == "brief" else self.latency
            self.amend(f" {other}0" if what != "brief" else str(int(other)), actor)
            self.latency = other

    def attach(self, kind: EvidenceKind, actor: Person, *, replaces: bool = False) -> None:
        self.count += 1
        piece = Piece(kind, f"more/{self.count}", self.candidate)
        old = next((one for one in self.evidence if one.kind == kind), None) if replaces else None
        measured = MEASURED if kind == EvidenceKind.BENCHMARK else []
        facts = EvidenceFacts(kind, kind.label, piece.source, measurements=measured)
        supersedes = self.evidence.pop(old) if old else None
        made = attach_evidence(actor, self.release.pk, facts, supersedes=supersedes, at=self.world.tick())
        self.evidence[piece] = made.pk
        self.hands[actor.pk] = "attached"

    def name(self, number: int, actor: Person) -> None:
        uri = f"models:/{self.release.model.slug}/{number}"
        name_candidate(actor, self.release.pk, uri=uri, digest=ARTEFACTS[number], at=self.world.tick())
        self.candidate = number
        self.named_by.setdefault(number, actor.pk)

    def amend(self, latency: str, actor: Person) -> None:
        amend_brief(actor, self.release.pk, "Another number.", at=self.world.tick())
        save_brief(actor, self.release.pk, {**COMPLETE_BRIEF, "latency_ms": latency}, at=self.world.tick())
        sign_brief(actor, self.release.pk, at=self.world.tick())
        self.hands[actor.pk] = "wrote"

    def republish(self) -> None:
        question = 1 - self.question
        draft = draft_policy(self.world.admin, policy(QUESTIONS[question]), "Again.", at=self.world.tick())
        publish_policy(self.world.officer, draft.pk, at=self.world.tick())
        if move_to_policy(self.world.officer, draft.pk, [self.release.pk], "All.", at=self.world.tick()).moved:
            draft.refresh_from_db()
            self.policy, self.question = draft.version, question

    # --- What must hold ----------------------------------------------------------------------------------------------

    def last_review(self) -> Review:
        return Review.objects.filter(release=self.release).latest("pk")

    def states(self) -> dict[str, ControlState]:
        visit = self.world.visit(self.release)
        return {one.control.code: one for one in controls_of(visit, dossier_of(visit, at=self.world.now))}

    def approvals_check(self) -> Check:
        visit = self.world.visit(self.release)
        report = report_on(visit, dossier_of(visit, at=self.world.now))
        return next(check for check in report.checks if check.code == "approvals")

    @invariant()
    def check(self) -> None:
        """The gate counts an approval only where the record knows one of the present facts that nothing ended."""
        facts, now = self.facts(), self.world.now
        standing = [one for one in self.approvals if one.stands(facts, now)]
        said = self.approvals_check()
        assert standing or not said.met, f"{said.reason} Of what is there now nobody approved, or no longer."


def tried(act: Callable[[], object]) -> bool:
    """Whether the act was let through; what is refused changes nothing."""
    try:
        act()
    except Refused:
        return False
    return True
