"""A search for acts after which an approval stands on what it did not see, or on the word of a hand in the release.

Hypothesis chooses the acts; beside the rows a shadow keeps in plain values what is there and who saw what. The law's
answer is never asked for its own digests: what a control is judged by is written down here a second time.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from governance import deadlines
from governance.acts.briefs import amend_brief, save_brief, sign_brief
from governance.acts.evidence import EvidenceFacts, attach_evidence, name_candidate
from governance.acts.findings import move_due, reopen_finding, resolve_finding
from governance.acts.lapses import lapse_due
from governance.acts.ownership import claim
from governance.acts.policies import draft_policy, publish_policy
from governance.acts.policy_moves import move_to_policy
from governance.acts.reviews import Condition, decide, judge_control, request_review, revoke_approval, withdraw_review
from governance.acts.waivers import end_waiver, grant_waiver
from governance.control_states import ControlState
from governance.dossiers import controls_of, dossier_of, gate_of
from governance.errors import Refused
from governance.models import Finding, Policy, Review, Waiver
from models_registry.models import Membership, Person, Release
from models_registry.vocabulary import EvidenceKind, ReviewState, Stage, TeamRole
from tests.governance.acts.test_policies import rules
from tests.world import COMPLETE_BRIEF, DIGEST, MEASURED, World

KINDS = (EvidenceKind.TRAINING_RUN, EvidenceKind.MODEL_CARD, EvidenceKind.VALIDATION_REPORT, EvidenceKind.BENCHMARK)
ASKED = {"training_run": ("training_run",), "validation_report": ("validation_report",), "limits": ("model_card",)}
MONTH = timedelta(days=31)
START: dict[str, Any] = {}


@dataclass(frozen=True)
class Given:
    """An approval as the shadow remembers it: whose, of which facts, in which review."""

    who: int
    facts: object
    review: int


def policy(question: str, months: int = 1) -> dict[str, Any]:
    """A policy of one control of its own, whose approvals hold a month and may come from team mates."""
    raw = rules(validity_months=months, team_mates_may_approve=True, controls=["limits"])
    return {**raw, "controls": {"limits": {"title": "Limits", "question": question, "evidence": ["model_card"]}}}


class Reviewing(RuleBasedStateMachine):
    """One release of the low tier in compliance review and after, with everything that people may do to it."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        deadlines._published_rules.cache_clear()
        self.world: World = copy(START["world"])
        self.release: Release = START["release"]
        self.people: list[Person] = [self.world.officer, self.world.second_officer, START["hybrid"]]
        self.candidate = 1
        self.latency = "120"
        self.question = "Are they stated?"
        self.version: int = START["version"]
        self.evidence: dict[str, set[tuple[str, int]]] = {kind: {(f"runs/{kind}", 1)} for kind in KINDS}
        self.hands = {self.world.engineer.pk}
        self.seen: dict[tuple[str, object], str] = {}
        self.given: list[Given] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    # --- The shadow --------------------------------------------------------------------------------------------------

    def facts(self) -> object:
        evidence = frozenset((kind, one) for kind, found in self.evidence.items() for one in found)
        return (self.candidate, evidence, self.latency, self.version)

    def beneath(self, code: str) -> object:
        """What one control is judged by."""
        if code == "brief":
            return self.latency
        kinds = ASKED.get(code, ("validation_report", "benchmark"))
        found = frozenset((kind, one) for kind in kinds for one in self.evidence[kind])
        return (self.candidate, found, self.latency if code == "requirements" else self.question * (code == "limits"))

    def states(self) -> dict[str, ControlState]:
        visit = self.world.visit(self.release)
        return {one.control.code: one for one in controls_of(visit, dossier_of(visit, at=self.world.now))}

    def tried(self, act: Callable[[], object]) -> bool:
        """Whether the act was let through; what is refused changes nothing."""
        try:
            act()
        except Refused:
            return False
        return True

    def last_review(self) -> Review:
        return Review.objects.filter(release=self.release).latest("pk")

    # --- What changes the dossier ------------------------------------------------------------------------------------

    @rule(kind=st.sampled_from(KINDS), number=st.integers(1, 3), hybrid=st.booleans(), replaces=st.booleans())
    def attach(self, kind: EvidenceKind, number: int, hybrid: bool, replaces: bool) -> None:
        actor = START["hybrid"] if hybrid else self.world.engineer
        before, source = self.states(), f"more/{kind}/{number}"
        old = self.release.evidence.filter(kind=kind, superseded_by__isnull=True).first() if replaces else None
        known = (source, self.candidate) in self.evidence[kind]
        facts = EvidenceFacts(
            kind, f"{kind.label} {number}", source, measurements=MEASURED if kind == EvidenceKind.BENCHMARK else []
        )
        if known:  # attached a second time it is the record that stands
            attach_evidence(actor, self.release.pk, facts, at=self.world.tick())
            assert self.same(before)
            return
        attach_evidence(actor, self.release.pk, facts, supersedes=old.pk if old else None, at=self.world.tick())
        if old:
            self.evidence[kind].discard((old.source, START["numbers"][old.version_id]))
        self.evidence[kind].add((source, self.candidate))
        self.hands.add(actor.pk)
        self.touched(before, {code for code, kinds in ASKED.items() if kind in kinds} | {"requirements"})

    @rule(number=st.integers(1, 2), hybrid=st.booleans())
    def name(self, number: int, hybrid: bool) -> None:
        actor, before = START["hybrid"] if hybrid else self.world.engineer, self.states()
        digest = DIGEST if number == 1 else "sha256:" + "cd" * 32
        uri = f"models:/{self.release.model.slug}/{number}"
        made = name_candidate(actor, self.release.pk, uri=uri, digest=digest, at=self.world.tick())
        START["numbers"][made.pk] = number
        if number == self.candidate:
            assert self.same(before)
        self.candidate = number
        self.touched(before, {"requirements", *ASKED})

    @rule(latency=st.sampled_from(["120", "120.0", " 120", "150"]), hybrid=st.booleans())
    def amend(self, latency: str, hybrid: bool) -> None:
        actor, before = START["hybrid"] if hybrid else self.world.engineer, self.states()
        amend_brief(actor, self.release.pk, "Another number.", at=self.world.tick())
        save_brief(actor, self.release.pk, {**COMPLETE_BRIEF, "latency_ms": latency}, at=self.world.tick())
        assert self.same(before)  # a draft is nothing yet
        sign_brief(actor, self.release.pk, at=self.world.tick())
        self.hands.add(actor.pk)
        meant = str(int(float(latency)))
        if meant == self.latency:
            assert self.same(before)
        self.latency = meant
        self.touched(before, {"brief", "requirements"})

    @rule(question=st.sampled_from(["Are they stated?", "Are they measured?"]))
    def republish(self, question: str) -> None:
        before = self.states()
        draft = draft_policy(self.world.admin, policy(question), "Again.", at=self.world.tick())
        publish_policy(self.world.officer, draft.pk, at=self.world.tick())
        assert self.same(before)  # open visits keep theirs
        moved = move_to_policy(self.world.officer, draft.pk, [self.release.pk], "All.", at=self.world.tick())
        if moved.moved:
            self.version, self.question = Policy.objects.get(pk=draft.pk).version, question
        self.touched(before, {"limits"})

    # --- What people say of it ---------------------------------------------------------------------------------------

    @rule(who=st.integers(0, 2), verdict=st.sampled_from(["verified", "concern"]), only=st.sampled_from(["", "limits"]))
    def look(self, who: int, verdict: str, only: str = "") -> None:
        review = self.last_review()
        for code, state in self.states().items():
            if (only and code != only) or state.state == verdict:
                continue
            said: dict[str, Any] = {"seen_digest": state.digest, "at": self.world.tick(timedelta(minutes=1))}
            if self.tried(lambda: judge_control(self.people[who], review.pk, code, verdict, "Seen.", **said)):  # noqa: B023
                assert self.people[who].pk not in self.hands
                self.seen[code, self.beneath(code)] = verdict

    @rule(
        who=st.integers(0, 2), ready=st.sampled_from([True, True, False]), old=st.booleans(), conditional=st.booleans()
    )
    def approve(self, who: int, ready: bool, old: bool, conditional: bool) -> None:
        if ready:
            self.make_ready()
            self.look(who, "verified")
        old = old and not ready
        actor, review, before = self.people[who], self.last_review(), self.states()
        seen = "sha256:old" if old else self.world.digest(self.release)
        due = self.world.now + timedelta(days=5)
        conditions = [Condition("Put right", "", "limits", "low", self.world.engineer, due)] if conditional else []
        outcome = "approve_with_conditions" if conditional else "approve"
        at = self.world.tick()
        if not self.tried(
            lambda: decide(actor, review.pk, outcome, "Fine.", seen_digest=seen, conditions=conditions, at=at)
        ):
            return
        assert not old
        assert actor.pk not in self.hands
        assert actor.pk != review.requested_by_id
        for code, state in before.items():
            said = self.seen.get((code, self.beneath(code)))
            assert said == "verified" or state.state == "waived" or (said == "concern" and code == "limits"), code
        self.given.append(Given(actor.pk, self.facts(), review.pk))
        # In deployment, where the approval brought it, the version in force holds.
        self.version = self.world.visit(self.release).policy.version

    @rule(who=st.integers(0, 2), outcome=st.sampled_from(["request_changes", "reject"]))
    def refuse(self, who: int, outcome: str) -> None:
        review, seen = self.last_review(), self.world.digest(self.release)
        at = self.world.tick()
        self.tried(lambda: decide(self.people[who], review.pk, outcome, "No.", seen_digest=seen, at=at))

    @rule(hybrid=st.booleans())
    def ask(self, hybrid: bool) -> None:
        actor, at = START["hybrid"] if hybrid else self.world.engineer, self.world.tick()
        self.tried(lambda: request_review(actor, self.release.pk, "Again.", at=at))

    @rule(revokes=st.booleans())
    def take_back(self, revokes: bool) -> None:
        review, at = self.last_review(), self.world.tick()
        if revokes:
            self.tried(lambda: revoke_approval(self.world.second_officer, review.pk, "Wrong.", at=at))
        else:
            self.tried(lambda: withdraw_review(self.world.engineer, review.pk, "A mistake.", at=at))

    @precondition(lambda self: self.given)
    @rule(what=st.sampled_from(["resolve", "move", "reopen"]))
    def put_right(self, what: str) -> None:
        at = self.world.tick()
        for finding in Finding.objects.filter(release=self.release):
            acts: dict[str, Callable[[], object]] = {
                "resolve": lambda: resolve_finding(self.world.engineer, finding.pk, "Done.", at=at),  # noqa: B023
                "move": lambda: move_due(self.world.officer, finding.pk, at + MONTH, "Later.", at=at),  # noqa: B023
                "reopen": lambda: reopen_finding(self.world.officer, finding.pk, "No.", due_at=at + MONTH, at=at),  # noqa: B023
            }
            missed = self.missed(finding.review_id)
            self.tried(acts[what])
            assert self.missed(finding.review_id) or not missed  # what was missed stays missed

    @rule(who=st.integers(0, 2), ends=st.booleans())
    def waive(self, who: int, ends: bool) -> None:
        at = self.world.tick()
        for waiver in Waiver.objects.filter(release=self.release, ended_at__isnull=True) if ends else ():
            self.tried(lambda: end_waiver(self.people[who], waiver.pk, "Enough.", at=at))  # noqa: B023
        until = at + timedelta(days=4)
        code = "evidence:model_card"
        if not ends and self.tried(
            lambda: grant_waiver(self.people[who], self.release.pk, code, "Soon.", until, at=at)
        ):
            assert self.people[who].pk not in self.hands

    @precondition(lambda self: self.given)
    @rule(hours=st.sampled_from([24, 24 * 6, 24 * 32]), records=st.booleans())
    def wait(self, hours: int, records: bool) -> None:
        self.world.tick(timedelta(hours=hours))
        if records:
            lapse_due(self.world.now)

    @precondition(lambda self: self.given)
    @rule()
    def own(self) -> None:
        at = self.world.tick()
        self.tried(lambda: claim(self.world.colleague, self.release.pk, at=at))

    def make_ready(self) -> None:
        """Everything is shown for the candidate, and a review of it is open."""
        for kind in KINDS:
            if not any(candidate == self.candidate for _, candidate in self.evidence[kind]):
                self.attach(kind, 1, hybrid=False, replaces=False)
        if self.last_review().state != ReviewState.OPEN:
            self.ask(hybrid=False)

    # --- What must hold ----------------------------------------------------------------------------------------------

    def same(self, before: dict[str, ControlState]) -> bool:
        now = self.states()
        return {code: one.digest for code, one in before.items()} == {code: one.digest for code, one in now.items()}

    def touched(self, before: dict[str, ControlState], allowed: set[str]) -> None:
        """Only these controls may have been reopened."""
        moved = {code for code, one in self.states().items() if before[code].digest != one.digest}
        assert moved <= allowed, moved

    def missed(self, review: int) -> bool:
        """Whether a condition of a review was open when its date came."""
        now = self.world.now
        rows = Finding.objects.filter(review=review, decision__isnull=False)
        return any((one.resolved_at or now) >= one.due_at for one in rows)

    def over(self, review: Review) -> bool:
        begun: datetime | None = review.closed_at
        spent = begun is not None and self.world.now >= begun + MONTH
        return spent or self.missed(review.pk) or review.state in {ReviewState.REVOKED, ReviewState.LAPSED}

    @invariant()
    def no_approval_stands_on_what_it_did_not_see(self) -> None:
        report = gate_of(self.world.visit(self.release), at=self.world.now)
        (check,) = [one for one in report.checks if one.code == "approvals"]
        if not check.met:
            return
        assert check.state == "met"
        reviews = {one.pk: one for one in Review.objects.filter(release=self.release)}
        assert [one for one in self.given if one.facts == self.facts() and not self.over(reviews[one.review])], (
            check.reason
        )

    @invariant()
    def a_control_is_verified_only_for_the_facts_that_were_seen(self) -> None:
        for code, state in self.states().items():
            if state.state in {"verified", "concern"}:
                assert self.seen.get((code, self.beneath(code))) == state.state, code


@pytest.mark.django_db
def test_no_sequence_of_acts_leaves_an_approval_on_what_it_did_not_see(world: World) -> None:
    draft = draft_policy(world.admin, policy("Are they stated?"), "One control.", at=world.tick())
    publish_policy(world.officer, draft.pk, at=world.tick())
    hybrid = world.person("Chloé Bernard", role=world.officer.role, team_role=TeamRole.ENGINEER)  # type: ignore[arg-type]
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    for piece in release.evidence.exclude(kind__in=KINDS):
        assert piece.kind not in ASKED
    assert Membership.objects.filter(person=hybrid).exists()
    numbers = {release.candidate_id: 1}
    START.update(world=world, release=release, hybrid=hybrid, version=draft.version, numbers=numbers)
    run_state_machine_as_test(
        Reviewing,
        settings=settings(
            max_examples=8,
            stateful_step_count=18,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
