"""The closed word lists of Throughline: one place for the words that rows, pages and the law share.

Every list is a `StrEnum`, so that a member *is* the text kept in the database. `label` is what a person reads.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Word(StrEnum):
    """A member of a closed list; its label is the value in plain words unless `SPELLED_OUT` says otherwise."""

    @property
    def label(self) -> str:
        plain = self.value.replace("_", " ")
        return SPELLED_OUT.get(type(self).__name__, {}).get(self.value, plain[:1].upper() + plain[1:])


class Stage(Word):
    BRIEF = "brief"
    VALIDATION = "validation"
    COMPLIANCE_REVIEW = "compliance_review"
    DEPLOYMENT = "deployment"
    LIVE = "live"
    RETIRED = "retired"


class RiskTier(Word):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class TeamRole(Word):
    LEAD = "lead"
    ENGINEER = "engineer"
    VIEWER = "viewer"


class OrgRole(Word):
    MEMBER = "member"
    ADMIN = "admin"
    COMPLIANCE_OFFICER = "compliance_officer"
    AUDITOR = "auditor"


class EvidenceKind(Word):
    TRAINING_RUN = "training_run"
    DATASET = "dataset"
    ACCESS_GRANT = "access_grant"
    VALIDATION_REPORT = "validation_report"
    BENCHMARK = "benchmark"
    EXPLAINABILITY_REPORT = "explainability_report"
    MODEL_CARD = "model_card"
    DOCUMENT = "document"
    SECURITY_SCAN = "security_scan"


class ServingMode(Word):
    ONLINE = "online"
    BATCH = "batch"
    STREAMING = "streaming"
    EDGE = "edge"


class CostKind(Word):
    ENGINEERING = "engineering"
    COMPUTE = "compute"
    LICENCES = "licences"
    OTHER = "other"


class Comparison(Word):
    AT_MOST = "at_most"
    AT_LEAST = "at_least"

    @property
    def symbol(self) -> str:
        return "≤" if self is Comparison.AT_MOST else "≥"


class VisitState(Word):
    UNDERWAY = "underway"
    PARKED = "parked"
    KILLED = "killed"


class WaitsOn(Word):
    OWNER = "owner"
    REVIEWER = "reviewer"
    REQUESTER = "requester"
    EXTERNAL = "external"


class EndReason(Word):
    """Why a release was parked or killed."""

    NO_BUDGET = "no_budget"
    NO_VALUE = "no_value"
    DATA_UNAVAILABLE = "data_unavailable"
    BELOW_THRESHOLD = "below_threshold"
    NOT_COMPLIANT = "not_compliant"
    SUPERSEDED = "superseded"
    VENDOR_WITHDREW = "vendor_withdrew"
    NO_OWNER = "no_owner"
    PRIORITY_CHANGE = "priority_change"
    OTHER = "other"


class ReviewKind(Word):
    APPROVAL = "approval"
    RETROSPECTIVE = "retrospective"


class ReviewState(Word):
    """An open review waits for feedback or for a decision, as `governance.models.Review.waits_for_feedback` says.

    Approved ones may end later: an approval lapses with time or with a condition that was not met, or is revoked.
    """

    OPEN = "open"
    APPROVED = "approved"
    APPROVED_WITH_CONDITIONS = "approved_with_conditions"
    CHANGES_REQUESTED = "changes_requested"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    REVOKED = "revoked"


class DataClass(Word):
    """What a column of a dataset holds about people or secrets; `none` is a finding, not an absence of one."""

    NONE = "none"
    PERSONAL = "personal"
    SPECIAL_CATEGORY = "special_category"
    FINANCIAL = "financial"
    CREDENTIAL = "credential"
    QUASI_IDENTIFIER = "quasi_identifier"


class LawfulBasis(Word):
    """Why personal data may be processed: Article 6(1) of the GDPR, (a) to (f)."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    VITAL_INTERESTS = "vital_interests"
    PUBLIC_TASK = "public_task"
    LEGITIMATE_INTERESTS = "legitimate_interests"


class InputRole(Word):
    """What a training run used one of its inputs for."""

    TRAINING = "training"
    VALIDATION = "validation"
    TEST = "test"
    REFERENCE = "reference"
    BASE_MODEL = "base_model"


class OutputRole(Word):
    """What one of the outputs of a training run is."""

    MODEL = "model"
    DATASET = "dataset"
    METRICS = "metrics"
    ARTEFACT = "artefact"


class GranteeKind(Word):
    """Who holds an access grant."""

    PERSON = "person"
    TEAM = "team"
    SERVICE = "service"


class SubjectKind(Word):
    """What an access grant is for."""

    DATASET = "dataset"
    MODEL = "model"


class Severity(Word):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class FindingState(Word):
    """`resolved` is what its owner says; `closed` is what an approver confirms."""

    OPEN = "open"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Stance(Word):
    """What feedback says of a release; it advises and decides nothing."""

    NO_OBJECTION = "no_objection"
    CONCERN = "concern"


class Verdict(Word):
    """What a reviewer says of one control, for the facts under it as they stand."""

    VERIFIED = "verified"
    CONCERN = "concern"


class ExplanationScope(Word):
    """Whether an explanation speaks of the model as a whole, of single predictions, or of both."""

    GLOBAL = "global"
    LOCAL = "local"
    BOTH = "both"


class CardFormat(Word):
    """What kind of file a model card was read from."""

    HUGGING_FACE = "hugging_face"
    MLMODEL = "mlmodel"
    MODEL_CARD_TOOLKIT = "model_card_toolkit"


class GateMode(Word):
    """Whether an unmet check keeps a release from moving, or is told and recorded while it moves."""

    PREVENT = "prevent"
    WARN = "warn"


class AssignmentRule(Word):
    """Who answers for a review when it begins: nobody until it is taken, or an officer by rule."""

    NONE = "none"
    ROUND_ROBIN = "round_robin"
    LEAST_LOADED = "least_loaded"


class OwnerRule(Word):
    """Who answers for a stage that nobody was named for: nobody, the next by turn, whoever has least to do, or whoever
    answered for this stage of the model last.
    """

    NONE = "none"
    ROUND_ROBIN = "round_robin"
    LEAST_LOADED = "least_loaded"
    PREVIOUS_OWNER = "previous_owner"


class Skill(Word):
    """What the work of a stage takes, and what a person brings."""

    PIPELINE = "pipeline"
    SERVING = "serving"
    MONITORING = "monitoring"
    RETRAINING = "retraining"


class Recipient(Word):
    """Who a policy may say is told of a rung of a clock. `able`: everybody with the role and a skill that it takes."""

    OWNER = "owner"
    ABLE = "able"
    LEAD = "lead"
    CONTACT = "contact"
    ADMIN = "admin"


class Rung(Word):
    """A step of the escalation ladder; `percent` is the share of the time budget used when it is reached."""

    AT_RISK = "at_risk"
    BREACHED = "breached"
    ESCALATED = "escalated"
    ESCALATED_AGAIN = "escalated_again"

    @property
    def percent(self) -> int:
        return RUNG_PERCENT[self.value]


class AlertKind(Word):
    """What an alert tells: the rungs of both clocks, what people owe each other, and what ends by itself."""

    AT_RISK = "at_risk"
    BREACHED = "breached"
    ESCALATED = "escalated"
    ESCALATED_AGAIN = "escalated_again"
    VACANCY_OPEN = "vacancy_open"
    VACANCY_AT_RISK = "vacancy_at_risk"
    VACANCY_BREACHED = "vacancy_breached"
    VACANCY_ESCALATED = "vacancy_escalated"
    VACANCY_ESCALATED_AGAIN = "vacancy_escalated_again"
    HANDOVER_OFFERED = "handover_offered"
    REVIEW_REQUESTED = "review_requested"
    REVIEW_DECIDED = "review_decided"
    HOLD_OVERDUE = "hold_overdue"
    NUDGE = "nudge"
    HANDOVER_EXPIRED = "handover_expired"
    OWNER_GIVEN = "owner_given"
    OWNER_LEFT = "owner_left"
    EXTENSION_ASKED = "extension_asked"
    EXTENSION_DECIDED = "extension_decided"
    MOVING_AGAIN = "moving_again"
    NOT_MOVED = "not_moved"
    FEEDBACK_ASKED = "feedback_asked"
    REVIEW_ASSIGNED = "review_assigned"
    FINDING_OPENED = "finding_opened"
    FINDING_DUE_IN_7 = "finding_due_in_7"
    FINDING_DUE_IN_1 = "finding_due_in_1"
    FINDING_OVERDUE = "finding_overdue"
    FINDING_ESCALATED = "finding_escalated"
    APPROVAL_EXPIRES_IN_30 = "approval_expires_in_30"
    APPROVAL_EXPIRES_IN_7 = "approval_expires_in_7"
    APPROVAL_EXPIRES_IN_1 = "approval_expires_in_1"
    APPROVAL_LAPSED = "approval_lapsed"
    APPROVAL_REVOKED = "approval_revoked"
    GRANT_EXPIRES_IN_30 = "grant_expires_in_30"
    GRANT_EXPIRES_IN_7 = "grant_expires_in_7"
    GRANT_EXPIRES_IN_1 = "grant_expires_in_1"
    GRANT_LAPSED = "grant_lapsed"


RUNG_PERCENT: Final[Mapping[str, int]] = {"at_risk": 80, "breached": 100, "escalated": 150, "escalated_again": 200}

SPELLED_OUT: Final[Mapping[str, Mapping[str, str]]] = {
    "ExplanationScope": {"global": "The model as a whole", "local": "Single predictions"},
    "CardFormat": {
        "hugging_face": "Hugging Face model card",
        "mlmodel": "MLflow MLmodel",
        "model_card_toolkit": "Model Card Toolkit",
    },
    "EndReason": {
        "no_value": "No value shown",
        "data_unavailable": "Data not available",
        "below_threshold": "Below the threshold",
        "no_owner": "No owner found",
        "priority_change": "Change of priority",
    },
    "AlertKind": {
        "breached": "Past budget",
        "vacancy_open": "No owner",
        "vacancy_at_risk": "No owner, at risk",
        "vacancy_breached": "No owner, past budget",
        "vacancy_escalated": "No owner, escalated",
        "vacancy_escalated_again": "No owner, escalated again",
        "handover_offered": "Hand-over offered",
        "handover_expired": "Hand-over not answered",
        "owner_given": "Given to you by rule",
        "owner_left": "Owner left",
        "extension_asked": "More time asked for",
        "extension_decided": "More time decided",
        "hold_overdue": "Hold past its expected end",
        "finding_due_in_7": "Finding due in 7 days",
        "finding_due_in_1": "Finding due in 1 day",
        "finding_escalated": "Finding overdue, escalated",
        "approval_expires_in_30": "Approval expires in 30 days",
        "approval_expires_in_7": "Approval expires in 7 days",
        "approval_expires_in_1": "Approval expires in 1 day",
        "grant_expires_in_30": "Access expires in 30 days",
        "grant_expires_in_7": "Access expires in 7 days",
        "grant_expires_in_1": "Access expires in 1 day",
        "grant_lapsed": "Access lapsed",
    },
}


def choices(words: type[Word]) -> list[tuple[str, str]]:
    """The (value, label) pairs of a list, in its order, as forms and model fields take them."""
    return [(word.value, word.label) for word in words]
