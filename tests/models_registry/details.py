"""Details of evidence with nothing wrong: a run, its training table, and a grant for what the table was made from."""

from __future__ import annotations

from typing import Any

from models_registry.vocabulary import EvidenceKind


def run_detail(*inputs: str, **changes: Any) -> dict[str, Any]:
    return {
        "inputs": [{"name": name, "role": "training", "namespace": "warehouse", "digest": ""} for name in inputs],
        "outputs": [{"name": "scorer", "role": "model", "namespace": "models", "digest": ""}],
        "code": {"repository": "https://git.example/scorer", "commit": "9f2c1d7", "path": "train.py"},
        "environment": {"image": "sha256:" + "e" * 64, "requirements": "", "python": "3.11", "hardware": "8 vCPU"},
        "parameters": [{"name": "max_depth", "value": "6"}],
        "started": "2026-05-04 08:00",
        "ended": "2026-05-04 09:30",
        **changes,
    }


def dataset_detail(name: str, *sources: str, **changes: Any) -> dict[str, Any]:
    return {
        "name": name,
        "location": f"warehouse/{name.replace(' ', '_')}",
        "columns": [
            {"name": "customer_email", "type": "string", "classification": "personal"},
            {"name": "amount", "type": "int64", "classification": "none"},
        ],
        "row_count": "120000",
        "sources": list(sources),
        "retention_months": "24",
        "lawful_basis": "contract",
        **changes,
    }


def grant_detail(subject: str, **changes: Any) -> dict[str, Any]:
    return {
        "grantee": "Payments risk",
        "grantee_kind": "team",
        "subject": subject,
        "subject_kind": "dataset",
        "purpose": "Train and validate the scorer.",
        "from": "2020-01-01",
        "until": "",
        **changes,
    }


def detail_of(kind: EvidenceKind, source: str) -> dict[str, Any]:
    """The detail that a kind of evidence needs, for a release whose brief names this data source."""
    made = {
        EvidenceKind.TRAINING_RUN: lambda: run_detail(source),
        EvidenceKind.DATASET: lambda: dataset_detail(source),
        EvidenceKind.ACCESS_GRANT: lambda: grant_detail(source),
    }
    return made[kind]() if kind in made else {}
