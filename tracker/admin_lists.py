"""What the admin's list of each table shows, filters by and searches in.

`related` are the rows that a line names, read together with it; `search` leads to people by name and to releases by the
name of their model. A table that is not here shows its rows by their names alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from axes.models import AccessAttempt
from django.db.models import Model

from governance.models import (
    ApproverGroup,
    AuditEvent,
    BreakGlass,
    ChainHead,
    ControlVerdict,
    Decision,
    Delegation,
    Feedback,
    Finding,
    GroupMember,
    HandoverOffer,
    Hold,
    Nudge,
    Policy,
    Review,
    StageOwnership,
    StageVisit,
    Waiver,
)
from models_registry.models import (
    Brief,
    CostEntry,
    DeploymentSpec,
    Evidence,
    EvidenceFile,
    ImportedRow,
    ImportRun,
    Membership,
    ModelTag,
    ModelVersion,
    Person,
    RegisteredModel,
    Release,
    RiskAssessment,
    Team,
    WorkCalendar,
)
from tracker.models import Alert, Bundle, Delivery, DeliveryAttempt, Heartbeat, SavedView, SealLetter

List = Mapping[str, Any]


def listing(*columns: str, filters: tuple[str, ...] = (), search: tuple[str, ...] = (), related: str = "") -> List:
    """The options of one list, in Django's words."""
    return {
        "list_display": columns,
        "list_filter": filters,
        "search_fields": search,
        "list_select_related": tuple(related.split()),
    }


BY_RELEASE = ("release__model__name",)
BY_VISIT = ("visit__release__model__name",)

_FACTS: dict[type[Model], List] = {
    Person: listing(
        "full_name", "email", "role", "is_active", "timezone", "last_login", filters=("role", "is_active"),
        search=("full_name", "email"),
    ),
    Team: listing(
        "name", "division", "calendar", "escalation_contact", "hourly_rate", "currency",
        filters=("calendar",), search=("name", "division"), related="calendar escalation_contact",
    ),
    Membership: listing(
        "person", "team", "role", filters=("role",), search=("person__full_name", "team__name"), related="person team"
    ),
    WorkCalendar: listing("name", "timezone", "country", "always_open", "updated_at", search=("name",)),
    RegisteredModel: listing(
        "name", "team", "risk_tier", "restricted", "personal_data", "source", "created_at",
        filters=("risk_tier", "restricted", "source"), search=("name", "slug", "team__name"), related="team",
    ),
    ModelTag: listing("name", "model", search=("name", "model__name"), related="model"),
    ModelVersion: listing(
        "model", "number", "uri", "digest", "added_at", search=("model__name", "uri"), related="model"
    ),
    Release: listing(
        "model", "number", "candidate", "created_by", "created_at", search=("model__name",),
        related="model candidate created_by",
    ),
    Brief: listing(
        "release", "number", "author", "created_at", "signed_by", "signed_at", search=BY_RELEASE,
        related="release__model author signed_by",
    ),
    DeploymentSpec: listing(
        "release", "number", "service_owner", "author", "created_at", search=BY_RELEASE,
        related="release__model service_owner author",
    ),
    Evidence: listing(
        "release", "kind", "title", "digest", "added_by", "added_at", filters=("kind",), search=(*BY_RELEASE, "title"),
        related="release__model added_by",
    ),
    EvidenceFile: listing(
        "release", "name", "media_type", "size", "digest", "added_by", "added_at", filters=("media_type",),
        search=(*BY_RELEASE, "name"), related="release__model added_by",
    ),
    RiskAssessment: listing(
        "model", "computed", "tier", "reason", "assessed_by", "assessed_at", filters=("tier",),
        search=("model__name",), related="model assessed_by",
    ),
    CostEntry: listing(
        "release", "stage", "kind", "amount", "currency", "incurred_on", "entered_by",
        filters=("kind", "stage", "currency"), search=(*BY_RELEASE, "note"), related="release__model entered_by",
    ),
    ImportRun: listing(
        "file_name", "map_name", "as_of", "started_at", "started_by", "created", "updated", "unchanged", "refused",
        search=("file_name",), related="started_by",
    ),
    ImportedRow: listing("key", "model", "run", "line", search=("key", "model__name"), related="model run"),
}  # fmt: skip

_LAW: dict[type[Model], List] = {
    Policy: listing(
        "version", "status", "note", "author", "published_by", "published_at", filters=("status",),
        related="author published_by",
    ),
    StageVisit: listing(
        "release", "stage", "state", "tier", "entered_at", "left_at", "departure", "stalls_at",
        filters=("stage", "state", "tier", "departure"), search=BY_RELEASE, related="release__model",
    ),
    StageOwnership: listing(
        "visit", "owner", "since", "until", "began", filters=("began",), search=(*BY_VISIT, "owner__full_name"),
        related="visit__release__model owner",
    ),
    HandoverOffer: listing(
        "visit", "offered_by", "offered_to", "offered_at", "state", filters=("state",), search=BY_VISIT,
        related="visit__release__model offered_by offered_to",
    ),
    Hold: listing(
        "visit", "reason_code", "waits_on", "started_at", "expected_end", "ended_at",
        filters=("reason_code", "waits_on"), search=BY_VISIT, related="visit__release__model",
    ),
    Nudge: listing(
        "visit", "sent_by", "sent_to", "sent_at", search=BY_VISIT, related="visit__release__model sent_by sent_to"
    ),
    Review: listing(
        "release", "kind", "state", "requested_by", "requested_at", "due_at", "closed_at", filters=("kind", "state"),
        search=BY_RELEASE, related="release__model requested_by",
    ),
    Decision: listing(
        "review", "officer", "outcome", "decided_at", filters=("outcome",),
        search=("review__release__model__name", "officer__full_name"), related="review__release__model officer",
    ),
    ApproverGroup: listing("name", "slug", "purpose", "created_at", search=("name",)),
    GroupMember: listing(
        "group", "person", "added_at", search=("group__name", "person__full_name"), related="group person"
    ),
    Delegation: listing(
        "delegator", "deputy", "starts_at", "ends_at", "reason", "ended_early_at",
        search=("delegator__full_name", "deputy__full_name"), related="delegator deputy",
    ),
    Feedback: listing(
        "review", "group", "person", "stance", "given_at", filters=("stance",),
        search=("review__release__model__name", "person__full_name"), related="review__release__model person",
    ),
    ControlVerdict: listing(
        "release", "control", "verdict", "officer", "given_at", filters=("verdict",), search=(*BY_RELEASE, "control"),
        related="release__model officer",
    ),
    Finding: listing(
        "release", "title", "severity", "owner", "due_at", "state", filters=("state", "severity"),
        search=(*BY_RELEASE, "title"), related="release__model owner",
    ),
    Waiver: listing(
        "release", "check_code", "granted_by", "granted_at", "valid_until", "ended_at", search=BY_RELEASE,
        related="release__model granted_by",
    ),
    BreakGlass: listing(
        "release", "target", "broken_by", "broken_at", filters=("target",), search=BY_RELEASE,
        related="release__model broken_by",
    ),
    AuditEvent: listing(
        "at", "actor_name", "act", "subject_name", "chain", "sequence",
        search=("=act", "=subject", "=actor_name", "=chain"),
    ),
    ChainHead: listing("chain", "sequence", "sealed_sequence", "hash", search=("=chain",)),
}  # fmt: skip

_TELLING: dict[type[Model], List] = {
    Alert: listing(
        "kind", "visit", "occasion", "raised_at", "closed_at", "closed_because", filters=("kind",), search=BY_VISIT,
        related="visit__release__model",
    ),
    Bundle: listing("recipient", "channel", "created_at", filters=("channel",), related="recipient"),
    Delivery: listing(
        "alert", "recipient", "channel", "state", "created_at", "next_attempt_at", "attempts", "delivered_at",
        filters=("channel", "state"), search=("recipient__full_name",), related="alert recipient",
    ),
    SavedView: listing("name", "person", search=("person__full_name", "name"), related="person"),
    SealLetter: listing("day", "recipient", "sequence", "sent_at", "attempts", "answer", related="recipient"),
    DeliveryAttempt: listing(
        "delivery", "at", "succeeded", "answer", filters=("succeeded",), related="delivery__recipient"
    ),
    Heartbeat: listing("name", "at"),
    AccessAttempt: listing(
        "username", "ip_address", "attempt_time", "failures_since_start", search=("username", "ip_address")
    ),
}  # fmt: skip

LISTS: dict[type[Model], List] = {**_FACTS, **_LAW, **_TELLING}
