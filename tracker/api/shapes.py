"""What the API's answers look like, for the schema; `tellings` fills them."""

from __future__ import annotations

from rest_framework import serializers

from models_registry.vocabulary import EvidenceKind, RiskTier, Stage, VisitState, choices

STAGES, TIERS, VISIT_STATES = choices(Stage), choices(RiskTier), choices(VisitState)


class PersonShape(serializers.Serializer[object]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.EmailField()


class TeamShape(serializers.Serializer[object]):
    slug = serializers.CharField()
    name = serializers.CharField()


class ClockShape(serializers.Serializer[object]):
    """Amounts in business seconds of the team's calendar."""

    budget_seconds = serializers.IntegerField(allow_null=True)
    elapsed_seconds = serializers.IntegerField()
    remaining_seconds = serializers.IntegerField(allow_null=True)
    stalls_at = serializers.DateTimeField(allow_null=True)
    breached = serializers.BooleanField()
    on_hold = serializers.BooleanField()
    outside_hours = serializers.BooleanField()


class StandingShape(serializers.Serializer[object]):
    """Where a release is now. `owner` null in a stage that somebody has to answer for is a vacancy."""

    release = serializers.IntegerField()
    number = serializers.IntegerField()
    stage = serializers.ChoiceField(choices=STAGES)
    state = serializers.ChoiceField(choices=VISIT_STATES)
    visit = serializers.IntegerField(help_text="The open visit: send it as `expected_visit` with an act.")
    entered_at = serializers.DateTimeField()
    owner = PersonShape(allow_null=True)
    vacant = serializers.BooleanField()
    clock = ClockShape()
    broken_glass = serializers.BooleanField()


class ModelShape(serializers.Serializer[object]):
    slug = serializers.CharField()
    name = serializers.CharField()
    team = TeamShape()
    purpose = serializers.CharField()
    risk_tier = serializers.ChoiceField(choices=TIERS)
    restricted = serializers.BooleanField()
    personal_data = serializers.BooleanField(allow_null=True, help_text="Null: nobody has said yet.")
    tags = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    newest = StandingShape(allow_null=True, help_text="Where the newest release stands.")


class VersionShape(serializers.Serializer[object]):
    number = serializers.IntegerField()
    uri = serializers.CharField()
    digest = serializers.CharField()
    source_run = serializers.CharField()
    metrics = serializers.DictField()
    added_by = PersonShape(allow_null=True)
    added_at = serializers.DateTimeField()


class ReleaseShape(serializers.Serializer[object]):
    id = serializers.IntegerField()
    model = serializers.CharField(help_text="The slug of the model.")
    number = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    candidate = VersionShape(allow_null=True)
    standing = StandingShape()


class CheckShape(serializers.Serializer[object]):
    code = serializers.CharField()
    title = serializers.CharField()
    met = serializers.BooleanField()
    state = serializers.CharField()
    reason = serializers.CharField()
    owes = serializers.CharField(help_text="The role that has to act; empty once met.")
    action = serializers.CharField()


class GateShape(serializers.Serializer[object]):
    release = serializers.IntegerField()
    from_stage = serializers.ChoiceField(choices=STAGES)
    to_stage = serializers.ChoiceField(choices=STAGES, allow_null=True)
    open = serializers.BooleanField()
    digest = serializers.CharField(help_text="Digest of the dossier that the checks were made on.")
    checks = CheckShape(many=True)


class BriefShape(serializers.Serializer[object]):
    release = serializers.IntegerField()
    number = serializers.IntegerField()
    signed_at = serializers.DateTimeField(allow_null=True)
    signed_by = PersonShape(allow_null=True)
    change_reason = serializers.CharField()
    content = serializers.DictField()
    updated_at = serializers.DateTimeField()


class EvidenceShape(serializers.Serializer[object]):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=choices(EvidenceKind))
    title = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # the word of the evidence
    summary = serializers.CharField()
    digest = serializers.CharField()
    content_digest = serializers.CharField()
    measurements = serializers.ListField(child=serializers.DictField())
    detail = serializers.DictField()
    valid_until = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField(allow_null=True)
    supersedes = serializers.IntegerField(allow_null=True)
    superseded = serializers.BooleanField()
    added_by = PersonShape(allow_null=True)
    added_at = serializers.DateTimeField()


class TrailShape(serializers.Serializer[object]):
    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    act = serializers.CharField()
    actor = serializers.CharField()
    words = serializers.CharField(help_text="The act as a sentence.")
    detail = serializers.DictField()


class MeShape(serializers.Serializer[object]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.EmailField()
    role = serializers.CharField()
    teams = TeamShape(many=True)
    scopes = serializers.ListField(child=serializers.CharField(), help_text="Of the token; empty for a session.")


class FieldErrorShape(serializers.Serializer[object]):
    field = serializers.CharField(required=False)
    check = serializers.CharField(required=False)
    title = serializers.CharField(required=False)
    message = serializers.CharField()


class ProblemShape(serializers.Serializer[object]):
    """Problem details (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField(help_text="Stays the same for the same reason.")
    detail = serializers.CharField()
    remedy = serializers.CharField(required=False)
    errors = FieldErrorShape(many=True, required=False)  # type: ignore[assignment]  # the word of the answer
