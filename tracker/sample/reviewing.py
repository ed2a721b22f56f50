"""How the sample's releases are looked at: advice, verdicts, decisions, conditions, and approvals that end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from governance.acts import evidence, findings, judging, lapses, reviews, waivers
from governance.acts.conditions import Condition
from governance.dossiers import controls_of, dossier_of
from governance.models import Finding, Outcome, Review
from models_registry.models import Person
from models_registry.vocabulary import EvidenceKind, ReviewState, Stage, Stance, Verdict
from tracker.sample.content import evidence_for
from tracker.sample.exceptions import COMPLAINTS, CONDITIONS, DOUBTS, ROTA, WAIVED, Wanted
from tracker.sample.telling import Moments, Telling

SECURITY: Final = ("tomasz", "ravi", "engineer")
"""Who speaks for Security, the first one without a hand in the release."""


class Reviewing(Telling):
    """The part of a story that is told in reviews."""

    def _waive(self, start: datetime) -> Moments:
        """Before the gate: what an officer lets the release go on without, as the lead asked."""
        for leave in WAIVED.get(self.plan.twist, ()):
            yield (at := self._part(start, Stage.VALIDATION, 0.85))
            said = (f"evidence:{leave.kind}", leave.reason, self.now + leave.until)
            waivers.grant_waiver(self.officers[1], self.release.pk, *said, requested_by=self.lead, at=at)

    def _changes_and_again(self, start: datetime) -> Moments:
        if self.random.random() > 0.3:
            return
        yield (at := self._part(start, Stage.COMPLIANCE_REVIEW, 0.6))
        self._decide(self.officers[0], "request_changes", "The model card names no limits of use.", at)
        yield (at := self._part(start, Stage.COMPLIANCE_REVIEW, 0.75))
        self._supersede(EvidenceKind.MODEL_CARD, at)
        reviews.request_review(self.owner, self.release.pk, "Limits of use are in the card now.", at=at)

    def _supersede(self, kind: EvidenceKind, at: datetime, *, short_of: str = "", worse_by: float = 1.0) -> None:
        old = self.release.evidence.get(kind=kind, superseded_by__isnull=True)
        facts = evidence_for(
            kind, self.plan.name, self.brief, self.random, short_of=short_of, worse_by=worse_by, detail=old.detail
        )
        evidence.attach_evidence(self.owner, self.release.pk, facts, supersedes=old.pk, at=at)

    def _decide(self, officer: Person, outcome: str, reason: str, at: datetime) -> None:
        """Hear the advice, judge what is open where it is an approval, and decide."""
        review = self._review_open()
        if outcome != Outcome.REQUEST_CHANGES:
            self._hear(review, at)
            self._judge(officer, review, at)
        seen = dossier_of(self._visit(), at=at).dossier_digest
        conditions = self._conditions() if outcome == Outcome.APPROVE_WITH_CONDITIONS else []
        reviews.decide(officer, review.pk, outcome, reason, seen_digest=seen, conditions=conditions, at=at)

    def _hear(self, review: Review, at: datetime) -> None:
        """Let Security advise where the policy waits for it."""
        if not review.waits_for_feedback:
            return
        person = next(self.cast.people[key] for key in SECURITY if self.cast.people[key] != self.owner)
        text = "No secrets in the image, and the service account reads one table."
        digest = dossier_of(self._visit(), at=at).dossier_digest
        said = {"group": "security", "stance": Stance.NO_OBJECTION, "text": text, "seen_digest": digest}
        reviews.give_feedback(person, review.pk, **said, at=at)

    def _judge(self, officer: Person, review: Review, at: datetime, *, half: bool = False) -> None:
        """Verify what does not hold yet and can be, but for the doubts of this story; or only the first half of it."""
        doubts = DOUBTS.get(self.plan.twist, {})
        judgements = []
        for state in controls_of(self._visit(), dossier_of(self._visit(), at=at)):
            code, note = state.control.code, doubts.get(state.control.code, "")
            if state.state == "unchecked":
                verdict = Verdict.CONCERN if note else Verdict.VERIFIED
                judgements.append(judging.Judgement(code, verdict, state.digest, note))
        judging.judge_controls(officer, review.pk, judgements[: len(judgements) // 2 if half else None], at=at)

    def _conditions(self) -> list[Condition]:
        return [self._condition(one) for one in CONDITIONS.get(self.plan.twist, ())]

    def _condition(self, wanted: Wanted) -> Condition:
        due = self.now + wanted.due
        return Condition(wanted.title, wanted.text, wanted.control, wanted.severity, self.owner, due)

    def _conditionally(self, start: datetime) -> Moments:
        """One officer approves with conditions, the other without."""
        yield (at := self._later(start, self.plan.days[Stage.COMPLIANCE_REVIEW]))
        why = "It may go on, if what is noted here is put right in time."
        self._decide(self.officers[0], Outcome.APPROVE_WITH_CONDITIONS, why, at)
        for officer in self.officers[1 : self._needed()]:
            self._decide(officer, Outcome.APPROVE, "Agreed, under the same conditions.", at)

    def _on_conditions(self, start: datetime) -> Moments:
        """In deployment: one condition is put right and waits to be confirmed, a small thing is found beside it."""
        yield (at := self._part(start, Stage.DEPLOYMENT, 0.7))
        findings.raise_finding(self.officers[0], self._approved().pk, self._condition(ROTA), at=at)
        yield (at := self._part(start, Stage.DEPLOYMENT, 0.8))
        done = "The plan watches income and tenure now, with an alert at a population stability index of 0.2."
        findings.resolve_finding(self.owner, self._condition_rows()[-1].pk, done, at=at)

    def _missed(self) -> Moments:
        """A condition is not met in time, so that the approval ends; then it is put right and looked at again."""
        due = self._condition_rows()[0].due_at
        yield (at := due + timedelta(hours=1))
        lapses.lapse_due(at)
        yield (at := due + timedelta(hours=20))
        hasty = reviews.request_review(self.owner, self.release.pk, "Please renew the approval.", at=at)
        yield (at := due + timedelta(hours=22))
        reviews.withdraw_review(self.owner, hasty.pk, "The new card is not attached yet.", at=at)
        yield (at := due + timedelta(hours=44))
        self._supersede(EvidenceKind.MODEL_CARD, at)
        done = "Revision two of the card names both, and the service refuses them."
        findings.resolve_finding(self.owner, self._condition_rows()[0].pk, done, at=at)
        yield (at := due + timedelta(hours=45))
        again = "The card is new; nothing else changed since the approval that lapsed."
        reviews.request_review(self.owner, self.release.pk, again, at=at)

    def _taken_back(self, start: datetime) -> Moments:
        """Live: a small finding is put right and closed; then something grave is found, and the approval revoked."""
        officer, review = self.officers[0], self._approved()
        yield (at := self._part(start, Stage.LIVE, 0.2))
        rota = findings.raise_finding(officer, review.pk, self._condition(ROTA), at=at)
        yield (at := self._part(start, Stage.LIVE, 0.4))
        findings.resolve_finding(self.owner, rota.pk, "The runbook names Yusuf, and Diego as his deputy.", at=at)
        yield (at := self._part(start, Stage.LIVE, 0.5))
        findings.close_finding(officer, rota.pk, "Seen in the runbook.", at=at)
        yield (at := self._part(start, Stage.LIVE, 0.8))
        findings.raise_finding(officer, review.pk, self._condition(COMPLAINTS), at=at)
        why = "The ombudsman has two complaints about claims with an injured minor, which nobody had looked at."
        reviews.revoke_approval(officer, review.pk, why, at=at)

    def _review_open(self) -> Review:
        return Review.objects.get(release=self.release, state=ReviewState.OPEN)

    def _approved(self) -> Review:
        """The review that let the release into deployment."""
        return Review.objects.filter(release=self.release, decisions__isnull=False).order_by("pk")[:1].get()

    def _condition_rows(self) -> Sequence[Finding]:
        return list(Finding.objects.filter(release=self.release, decision__isnull=False).order_by("due_at"))

    def _needed(self) -> int:
        return self._review_open().approvals_needed
