"""What the API takes. Only shapes and sizes are looked at here; what may be said is the acts' business."""

from __future__ import annotations

from rest_framework import serializers

from governance.models.review import Outcome
from models_registry.vocabulary import EndReason, EvidenceKind, RiskTier, Stage, WaitsOn, choices


class NewModel(serializers.Serializer[object]):
    team = serializers.CharField(max_length=90, help_text="The team's slug.")
    name = serializers.CharField(max_length=250)
    purpose = serializers.CharField(required=False, allow_blank=True, max_length=20_000)
    risk_tier = serializers.ChoiceField(choices=choices(RiskTier), required=False)
    restricted = serializers.BooleanField(required=False)
    personal_data = serializers.BooleanField(required=False, allow_null=True)
    tags = serializers.ListField(child=serializers.CharField(max_length=60), required=False, max_length=20)
    brief = serializers.DictField(required=False, help_text="The first draft of the brief.")


class ModelChange(serializers.Serializer[object]):
    name = serializers.CharField(max_length=250, required=False)
    purpose = serializers.CharField(required=False, allow_blank=True, max_length=20_000)
    risk_tier = serializers.ChoiceField(choices=choices(RiskTier), required=False)
    restricted = serializers.BooleanField(required=False)
    personal_data = serializers.BooleanField(required=False, allow_null=True)
    tags = serializers.ListField(child=serializers.CharField(max_length=60), required=False, max_length=20)


class BriefContent(serializers.Serializer[object]):
    content = serializers.DictField(help_text="All fields of the brief; what is left out is empty.")


class NewEvidence(serializers.Serializer[object]):
    kind = serializers.ChoiceField(choices=choices(EvidenceKind))
    title = serializers.CharField(max_length=200)
    source = serializers.CharField(max_length=1000)  # type: ignore[assignment]  # the word of the evidence
    summary = serializers.CharField(required=False, allow_blank=True, max_length=20_000)
    content_digest = serializers.CharField(required=False, allow_blank=True, max_length=80)
    measurements = serializers.ListField(child=serializers.DictField(), required=False, max_length=2000)
    detail = serializers.DictField(required=False)
    valid_until = serializers.DateTimeField(required=False, allow_null=True)
    supersedes = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=2**63 - 1)


class Seen(serializers.Serializer[object]):
    expected_visit = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=2**63 - 1,
        help_text="The visit that you saw; if the release has moved since, the act is refused.",
    )


class Advancing(Seen):
    message = serializers.CharField(required=False, allow_blank=True, max_length=5000)
    next_owner = serializers.EmailField(required=False, help_text="Who answers for the next stage.")


class Reasoned(Seen):
    reason = serializers.CharField(max_length=5000)


class SendingBack(Reasoned):
    target = serializers.ChoiceField(choices=choices(Stage))


class SettingAside(Reasoned):
    reason_code = serializers.ChoiceField(choices=choices(EndReason))


class BreakingGlass(Reasoned):
    next_owner = serializers.EmailField(required=False)


class Holding(Reasoned):
    reason_code = serializers.CharField(max_length=24)
    waits_on = serializers.ChoiceField(choices=choices(WaitsOn))
    expected_end = serializers.DateTimeField()


class Assigning(Seen):
    owner = serializers.EmailField()
    note = serializers.CharField(required=False, allow_blank=True, max_length=5000)


class Offering(Seen):
    to = serializers.EmailField()
    note = serializers.CharField(max_length=5000)


class Messaging(Seen):
    message = serializers.CharField(required=False, allow_blank=True, max_length=5000)


class Candidate(serializers.Serializer[object]):
    uri = serializers.CharField(max_length=500)
    digest = serializers.CharField(max_length=80)
    source_run = serializers.CharField(required=False, allow_blank=True, max_length=250)
    metrics = serializers.DictField(required=False)


class Amending(serializers.Serializer[object]):
    reason = serializers.CharField(max_length=5000)


class Nothing(serializers.Serializer[object]):
    """An act that needs no more than its address."""


class Deciding(serializers.Serializer[object]):
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    reason = serializers.CharField(max_length=5000)
    seen_digest = serializers.CharField(max_length=80, help_text="The `digest` of the gate that you read.")
