"""A brief and a deployment specification with nothing wrong, to be changed by tests in one place each."""

from typing import Any

GOOD_BRIEF: dict[str, Any] = {
    "serving_mode": "online",
    "latency_percentile": "95",
    "latency_ms": "120",
    "throughput_rps": "300",
    "availability_percent": "99.5",
    "cpu_cores": "4",
    "memory_gib": "8",
    "gpu": "",
    "gpu_count": "0",
    "region": "eu-central-1",
    "monthly_budget": "4000",
    "budget_currency": "EUR",
    "input_schema": '{"type": "object", "properties": {"age": {"type": "integer", "minimum": 0}}}',
    "output_schema": '{"type": "number"}',
    "acceptance_metrics": [
        {"metric": "AUC", "comparison": "at_least", "threshold": "0.9", "slice": ""},
        {"metric": "AUC", "comparison": "at_least", "threshold": "0.85", "slice": "region=eu"},
    ],
    "data_sources": [{"name": "Claims", "uri": "s3://claims/2026", "contains_personal_data": True}],
    "retraining_plan": "Every quarter, or when drift exceeds 0.2.",
    "risk_answers": {
        "rights": "no",
        "data": "personal",
        "automation": "person",
        "scale": "many",
        "safety": "no",
        "reversal": "easily",
        "domain": "none",
        "vulnerable": "no",
        "money": "little",
    },
}

GOOD_DEPLOYMENT: dict[str, Any] = {
    "environment": "production",
    "endpoint": "https://models.example/claims",
    "image_digest": "sha256:" + "a" * 64,
    "replicas": 3,
    "cpu_cores": "4",
    "memory_gib": "7.5",
    "region": "EU-central-1",
    "rollback_plan": "Point the route back at release 1.",
    "monitoring_url": "https://grafana.example/d/claims",
    "runbook_url": "https://wiki.example/claims",
    "availability_percent": "99.9",
    "monthly_cost": "3500",
    "currency": "EUR",
}


def brief(**changes: object) -> dict[str, Any]:
    """The good brief with some fields replaced; a field set to `...` is left out."""
    return {name: value for name, value in {**GOOD_BRIEF, **changes}.items() if value is not ...}


def deployment(**changes: object) -> dict[str, Any]:
    """The good specification with some fields replaced; a field set to `...` is left out."""
    return {name: value for name, value in {**GOOD_DEPLOYMENT, **changes}.items() if value is not ...}
