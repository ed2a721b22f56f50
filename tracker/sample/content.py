"""What sample releases say of themselves: briefs, evidence and deployment specifications that pass the gates."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from random import Random
from typing import Any

from governance.acts.evidence import EvidenceFacts
from models_registry.vocabulary import EvidenceKind, RiskTier
from tracker.sample.data import sources_for

Brief = dict[str, Any]

TITLES = {
    EvidenceKind.TRAINING_RUN: "Training run {run}",
    EvidenceKind.DATASET: "Training table, snapshot {run}",
    EvidenceKind.ACCESS_GRANT: "Read grant DP-{run}",
    EvidenceKind.VALIDATION_REPORT: "Holdout validation {run}",
    EvidenceKind.BENCHMARK: "Load test {run}",
    EvidenceKind.EXPLAINABILITY_REPORT: "Attribution report {run}",
    EvidenceKind.MODEL_CARD: "Model card, revision {run}",
    EvidenceKind.DOCUMENT: "Technical file {run}",
    EvidenceKind.SECURITY_SCAN: "Image scan {run}",
}


HARMLESS = {
    "rights": "no",
    "data": "none",
    "automation": "person",
    "scale": "few",
    "safety": "no",
    "reversal": "easily",
    "domain": "none",
    "vulnerable": "no",
    "money": "little",
}
ANSWERS = {
    RiskTier.LOW: {"data": "personal", "scale": "many"},
    RiskTier.MEDIUM: {"rights": "service", "data": "personal", "automation": "sample", "scale": "mass"},
    RiskTier.HIGH: {"rights": "access", "data": "personal", "scale": "mass", "money": "noticeable"},
}
"""What the briefs of each tier answer otherwise than the harmless ones."""

LOWERED = {
    "invoice-ocr": "It proposes a posting and books nothing; a clerk sees each one before it reaches the ledger.",
}
"""Models whose tier an officer lowered, with the reason."""

DOMAINS = {
    "invoice-ocr": {"money": "much"},
    "credit-limit-advisor": {"domain": "services", "automation": "sample"},
    "claims-triage": {"data": "special", "vulnerable": "some"},
}


def brief_for(name: str, random: Random, *, batch: bool, tier: RiskTier) -> Brief:
    """A complete brief; online models state latency and throughput, batch models their window."""
    metric, least = random.choice((("auc", "0.88"), ("f1", "0.80"), ("recall", "0.85"), ("average_precision", "0.74")))
    serving: Brief = (
        {"serving_mode": "batch", "batch_window_minutes": str(random.choice((30, 45, 90))), "throughput_rps": "500"}
        if batch
        else {
            "serving_mode": "online",
            "latency_percentile": "95",
            "latency_ms": str(random.choice((80, 120, 200, 250))),
            "throughput_rps": str(random.choice((40, 120, 300, 900))),
        }
    )
    return {
        **serving,
        "availability_percent": random.choice(("99", "99.5", "99.9")),
        "cpu_cores": str(random.choice((2, 4, 8))),
        "memory_gib": str(random.choice((4, 8, 16, 32))),
        "gpu": "",
        "gpu_count": "",
        "region": random.choice(("eu-west-1", "eu-central-1", "eu-north-1")),
        "monthly_budget": str(random.choice((600, 900, 1500, 2400))),
        "budget_currency": "EUR",
        "input_schema": _schema(
            {"record_id": {"type": "string", "maxLength": 32}, "amount_minor": {"type": "integer"}}
        ),
        "output_schema": _schema({"score": {"type": "number", "minimum": 0, "maximum": 1}}),
        "acceptance_metrics": [
            {"metric": metric, "comparison": "at_least", "threshold": least, "slice": ""},
            {"metric": metric, "comparison": "at_least", "threshold": f"{float(least) - 0.06:.2f}", "slice": "age=65+"},
        ],
        "data_sources": sources_for(name, personal=random.random() < 0.6),
        "retraining_plan": "Every quarter, and at once when the weekly drift check fails twice in a row.",
        "risk_answers": {**HARMLESS, **ANSWERS[tier], **DOMAINS.get(name, {})},
    }


def evidence_for(
    kind: EvidenceKind,
    name: str,
    brief: Brief,
    random: Random,
    *,
    short_of: str = "",
    worse_by: float = 1.0,
    detail: Mapping[str, Any] | None = None,
) -> EvidenceFacts:
    """Evidence of one kind. `short_of` is a code whose value misses the brief by the factor `worse_by`."""
    run = random.randint(11, 480)
    rows: list[dict[str, str]] = []
    if kind == EvidenceKind.BENCHMARK:
        rows = _speeds(brief, random, short_of, worse_by)
    elif kind == EvidenceKind.VALIDATION_REPORT:
        rows = [_metric(row, random, short_of, worse_by) for row in brief["acceptance_metrics"]]
    return EvidenceFacts(
        kind=kind,
        title=TITLES[kind].format(run=run),
        source=f"https://ml.demo.example/{name}/{kind}/{run}",
        summary="",
        content_digest=digest_for(f"{name}{kind}{run}"),
        measurements=rows,
        detail=detail or {},
    )


def deployment_for(name: str, brief: Brief, random: Random, *, complete: bool = True) -> dict[str, Any]:
    """A deployment specification within the brief; an incomplete one lacks its rollback plan and monitoring."""
    spec = {
        "environment": "production",
        "endpoint": f"https://models.demo.example/{name}",
        "image_digest": digest_for(f"image {name}"),
        "replicas": str(random.choice((2, 3, 4))),
        "cpu_cores": brief["cpu_cores"],
        "memory_gib": brief["memory_gib"],
        "region": brief["region"],
        "availability_percent": brief["availability_percent"],
        "monthly_cost": str(int(float(brief["monthly_budget"]) * 0.8)),
        "currency": "EUR",
        "runbook_url": f"https://wiki.demo.example/{name}/runbook",
    }
    if complete:
        spec["rollback_plan"] = "Point the alias back to the release before; rehearsed in staging."
        spec["monitoring_url"] = f"https://monitoring.demo.example/{name}"
    return spec


def digest_for(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _speeds(brief: Brief, random: Random, short_of: str, worse_by: float) -> list[dict[str, str]]:
    def at_most(code: str, limit: str, unit: str) -> dict[str, str]:
        share = worse_by if code == short_of else random.uniform(0.6, 0.95)
        return {"code": code, "value": f"{float(limit) * share:.1f}", "unit": unit, "slice": ""}

    rows = [at_most("cpu", brief["cpu_cores"], "vCPU"), at_most("memory", brief["memory_gib"], "GiB")]
    share = 1 / worse_by if short_of == "throughput" else random.uniform(1.05, 1.3)
    rows.append(
        {"code": "throughput", "value": f"{float(brief['throughput_rps']) * share:.0f}", "unit": "", "slice": ""}
    )
    if brief["serving_mode"] == "batch":
        return [at_most("batch_window", brief["batch_window_minutes"], "min"), *rows]
    return [at_most("latency_p95", brief["latency_ms"], "ms"), *rows]


def _metric(row: dict[str, str], random: Random, short_of: str, worse_by: float) -> dict[str, str]:
    least = float(row["threshold"])
    value = least / worse_by if short_of == "metric" else min(0.99, least + random.uniform(0.01, 0.05))
    # A slice has fewer cases, so its interval is the wider one, and sometimes reaches below what its value meets.
    spread = 0.031 if row["slice"] else 0.008
    return {
        "code": f"metric:{row['metric']}",
        "value": f"{value:.3f}",
        "low": f"{value - spread:.3f}",
        "high": f"{min(value + spread, 1):.3f}",
        "level": "95",
        "unit": "",
        "slice": row["slice"],
    }


def _schema(properties: dict[str, Any]) -> str:
    return json.dumps({"type": "object", "properties": properties, "required": sorted(properties)}, indent=2)
