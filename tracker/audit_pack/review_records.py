"""What was judged of a release, as a pack tells it: controls and verdicts, reviews, findings, waivers, broken glass."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch

from governance.control_states import control_states
from governance.deadlines import rules_of
from governance.gates import Dossier
from governance.models import (
    BreakGlass,
    ControlVerdict,
    Decision,
    Feedback,
    Finding,
    Review,
    StageVisit,
    Waiver,
)
from models_registry.models import Release
from models_registry.vocabulary import RiskTier

Record = dict[str, Any]


def controls(visit: StageVisit, dossier: Dossier) -> list[Record]:
    """Every control of the policy in force, with all verdicts that were given on it, the oldest first.

    A verdict that no longer `fits` was given on facts that have changed since, and holds nothing up any more.
    """
    rules = rules_of(visit.policy)
    digests = {one.control.code: one.digest for one in control_states(dossier, rules)}
    verdicts: dict[str, list[Record]] = {}
    given = ControlVerdict.objects.filter(release=visit.release_id).select_related("officer")
    for verdict in given.order_by("given_at", "pk"):
        verdicts.setdefault(verdict.control, []).append(
            {
                "verdict": verdict.verdict,
                "note": verdict.note,
                "digest": verdict.digest,
                "fits": verdict.digest == digests.get(verdict.control),
                "officer": str(verdict.officer),
                "given": verdict.given_at,
            }
        )
    known = [
        {
            "code": control.code,
            "title": control.title,
            "question": control.question,
            "evidence": list(control.evidence),
            "digest": digests[control.code],
            "references": [f"{one.framework}: {one.clause}" for one in control.references],
            "verdicts": verdicts.pop(control.code, []),
        }
        for control in rules.controls_of(RiskTier(visit.tier))
    ]
    # A verdict of an earlier policy's control was given all the same.
    gone = [{"code": code, "title": code, "verdicts": found} for code, found in sorted(verdicts.items())]
    return [*known, *gone]


def reviews(release: Release) -> list[Record]:
    decisions = Prefetch("decisions", Decision.objects.select_related("officer").order_by("decided_at", "pk"))
    advice = Prefetch("feedback", Feedback.objects.select_related("person").order_by("given_at", "pk"))
    found = Review.objects.filter(release=release).select_related("requested_by", "assignee")
    return [_review(review) for review in found.prefetch_related(decisions, advice).order_by("requested_at", "pk")]


def _review(review: Review) -> Record:
    return {
        "number": review.pk,
        "kind": review.kind,
        "state": review.state,
        "requested_by": str(review.requested_by),
        "requested": review.requested_at,
        "message": review.message,
        "due": review.due_at,
        "closed": review.closed_at,
        "expires": review.expires_at,
        "ended": review.ended_at,
        "ended_because": review.ended_because,
        "assignee": str(review.assignee or ""),
        "quorums": review.quorums,
        "decisions": [_decision(decision) for decision in review.decisions.all()],
        "feedback": [
            {
                "group": said.group,
                "person": str(said.person),
                "stance": said.stance,
                "text": said.text,
                "dossier_digest": said.dossier_digest,
                "given": said.given_at,
            }
            for said in review.feedback.all()
        ],
    }


def _decision(decision: Decision) -> Record:
    return {
        "officer": str(decision.officer),
        "outcome": decision.outcome,
        "reason": decision.reason,
        "dossier_digest": decision.dossier_digest,
        "groups": decision.groups,
        "controls": decision.controls,
        "signature": decision.signature,
        "decided": decision.decided_at,
    }


def findings(release: Release) -> list[Record]:
    people = ("owner", "raised_by", "resolved_by", "closed_by")
    return [
        {
            "number": finding.pk,
            "control": finding.control,
            "title": finding.title,
            "text": finding.text,
            "severity": finding.severity,
            "state": finding.state,
            "condition": finding.decision_id is not None,
            "due": finding.due_at,
            "raised": finding.raised_at,
            "resolution": finding.resolution,
            "resolved": finding.resolved_at,
            "closed": finding.closed_at,
            **{name: str(getattr(finding, name) or "") for name in people},
        }
        for finding in Finding.objects.filter(release=release).select_related(*people).order_by("raised_at", "pk")
    ]


def waivers(release: Release) -> list[Record]:
    people = ("granted_by", "requested_by", "ended_by")
    return [
        {
            "check": waiver.check_code,
            "reason": waiver.reason,
            "granted": waiver.granted_at,
            "valid_until": waiver.valid_until,
            "ended": waiver.ended_at,
            **{name: str(getattr(waiver, name) or "") for name in people},
        }
        for waiver in Waiver.objects.filter(release=release).select_related(*people).order_by("granted_at", "pk")
    ]


def broken_glass(release: Release) -> list[Record]:
    found = BreakGlass.objects.filter(release=release).select_related("broken_by")
    return [
        {
            "target": glass.target,
            "reason": glass.reason,
            "unmet": glass.unmet,
            "broken_by": str(glass.broken_by),
            "broken": glass.broken_at,
            "review": glass.review_id,
        }
        for glass in found.order_by("broken_at", "pk")
    ]
