"""Governance's own records: visits, ownership, holds, reviews, policies and the trail."""

from governance.models.controls import ControlVerdict, Feedback, Finding, Waiver
from governance.models.groups import ApproverGroup, Delegation, GroupMember
from governance.models.policy import Policy, PolicyStatus
from governance.models.review import APPROVING, STANDING, BreakGlass, Decision, Outcome, Review
from governance.models.trail import AuditEvent, ChainHead
from governance.models.visit import (
    Acknowledgement,
    Departure,
    EarlyClaim,
    Extension,
    HandoverOffer,
    Hold,
    HoldReasonEntry,
    Nudge,
    OfferState,
    StageOwnership,
    StageVisit,
    Tenure,
)

__all__ = [
    "APPROVING",
    "STANDING",
    "Acknowledgement",
    "ApproverGroup",
    "AuditEvent",
    "BreakGlass",
    "ChainHead",
    "ControlVerdict",
    "Decision",
    "Delegation",
    "Departure",
    "EarlyClaim",
    "Extension",
    "Feedback",
    "Finding",
    "GroupMember",
    "HandoverOffer",
    "Hold",
    "HoldReasonEntry",
    "Nudge",
    "OfferState",
    "Outcome",
    "Policy",
    "PolicyStatus",
    "Review",
    "StageOwnership",
    "StageVisit",
    "Tenure",
    "Waiver",
]
