"""What the sample says of its reports: calibration, hardware and load, top features, findings of scans."""

from __future__ import annotations

from random import Random
from typing import Any, Final

from models_registry.vocabulary import EvidenceKind

_FEATURES: Final = ("amount_minor", "days_since_last", "channel", "public_holiday", "tenure_months")
_EDGES: Final = (0.04, 0.15, 0.27, 0.41, 0.58, 0.76, 0.93)


def report_detail(kind: EvidenceKind, name: str, random: Random) -> dict[str, Any]:
    """The detail of a report about a model; nothing for the kinds that have files or other details."""
    if kind is EvidenceKind.VALIDATION_REPORT:
        return _validation(name, random)
    if kind is EvidenceKind.BENCHMARK:
        return {
            "hardware": random.choice(("4 vCPU, 16 GiB", "8 vCPU, 32 GiB", "4 vCPU, 16 GiB, 1 × T4")),
            "load": f"{random.choice((1, 2, 3)) * 150} requests a second, steady",
            "tool": "k6 1.2",
            "minutes": "30",
            "clients": str(random.choice((32, 64, 128))),
        }
    if kind is EvidenceKind.EXPLAINABILITY_REPORT:
        weights = sorted((round(random.uniform(0.03, 0.35), 2) for _ in _FEATURES), reverse=True)
        return {
            "method": "SHAP, tree explainer",
            "scope": "both",
            "features": [
                {"name": feature, "weight": str(weight)} for feature, weight in zip(_FEATURES, weights, strict=True)
            ],
            "limits": "Weights of correlated features share their credit.",
        }
    if kind is EvidenceKind.SECURITY_SCAN:
        found = {
            "critical": "0",
            "high": str(random.choice((0, 0, 1))),
            "medium": str(random.randint(0, 6)),
            "low": "11",
        }
        return {
            "tool": "Trivy",
            "tool_version": "0.58",
            "scanned_digest": f"sha256:{random.randbytes(32).hex()}",
            "found": found,
        }
    return {}


def _validation(name: str, random: Random) -> dict[str, Any]:
    """Seven bins around the diagonal, and the calibration error that follows from them."""
    bins = [
        (edge, round(min(1.0, max(0.0, edge + random.uniform(-0.04, 0.04))), 3), random.randint(900, 9_000))
        for edge in _EDGES
    ]
    total = sum(count for _, _, count in bins)
    error = sum(abs(predicted - observed) * count for predicted, observed, count in bins) / total
    return {
        "measured_on": f"{name} holdout",
        "sample_size": str(total),
        "method": "Latest quarter held out, split by customer; intervals from 1,000 bootstrap samples.",
        "calibration": {"ece": f"{error:.3f}", "brier": f"{random.uniform(0.06, 0.14):.3f}"},
        "bins": [
            {"predicted": str(predicted), "observed": str(observed), "count": str(count)}
            for predicted, observed, count in bins
        ],
    }
