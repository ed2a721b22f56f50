"""What the sample says of its data: runs with inputs, tables with columns, and grants for what is personal."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any, Final

from models_registry.vocabulary import DataClass, EvidenceKind, LawfulBasis
from tracker.sample.reports import report_detail

CALENDAR: Final = "public holidays"
_COLUMNS: Final[tuple[tuple[str, str, DataClass], ...]] = (
    ("record_id", "string", DataClass.NONE),
    ("customer_key", "string", DataClass.QUASI_IDENTIFIER),
    ("postcode_area", "string", DataClass.QUASI_IDENTIFIER),
    ("birth_year", "int16", DataClass.QUASI_IDENTIFIER),
    ("amount_minor", "int64", DataClass.FINANCIAL),
    ("channel", "string", DataClass.NONE),
    ("days_since_last", "int32", DataClass.NONE),
    ("public_holiday", "bool", DataClass.NONE),
    ("label", "bool", DataClass.NONE),
)
_HARDWARE: Final = ("8 vCPU, 32 GiB", "16 vCPU, 64 GiB", "1 × A10, 24 GiB")


def sources_for(name: str, *, personal: bool) -> list[dict[str, Any]]:
    """The data sources of a brief: the events that the model learns from, and a calendar about nobody."""
    return [
        {"name": f"{name} events", "uri": f"warehouse/{name}/events", "contains_personal_data": personal},
        {"name": CALENDAR, "uri": "https://data.demo.example/holidays", "contains_personal_data": False},
    ]


def detail_for(kind: EvidenceKind, name: str, today: date, *, rough: bool = False) -> dict[str, Any]:
    """The detail of one kind of evidence; a rough one leaves open what people leave open."""
    random = Random(f"{name}{kind}")  # noqa: S311  # a repeatable sample, nothing secret
    if kind is EvidenceKind.TRAINING_RUN:
        return _run(name, random, rough=rough)
    if kind is EvidenceKind.DATASET:
        return _dataset(name, random, rough=rough)
    if kind is EvidenceKind.ACCESS_GRANT:
        return _grant(name, today, random)
    return report_detail(kind, name, random)


def _run(name: str, random: Random, *, rough: bool) -> dict[str, Any]:
    table = {"name": f"{name} training table", "role": "training", "namespace": "warehouse", "digest": ""}
    holdout = {"name": f"{name} holdout", "role": "test", "namespace": "warehouse", "digest": ""}
    return {
        "inputs": [table, holdout] if rough else [table],
        "outputs": [{"name": name, "role": "model", "namespace": "models", "digest": ""}],
        "code": {
            "repository": f"https://git.demo.example/ml/{name}",
            "commit": random.randbytes(5).hex(),
            "path": "train.py",
        },
        "environment": {
            "image": f"sha256:{random.randbytes(32).hex()}",
            "requirements": "",
            "python": "3.11",
            "hardware": random.choice(_HARDWARE),
        },
        "parameters": [
            {"name": "learning_rate", "value": random.choice(("0.03", "0.05", "0.1"))},
            {"name": "max_depth", "value": str(random.randint(4, 9))},
            {"name": "seed", "value": "17"},
        ],
        "started": "",
        "ended": "",
    }


def _dataset(name: str, random: Random, *, rough: bool) -> dict[str, Any]:
    left_open = {"customer_key", "channel"} if rough else set()
    return {
        "name": f"{name} training table",
        "location": f"warehouse/{name}/train",
        "columns": [
            {"name": column, "type": of, "classification": "" if column in left_open else said.value}
            for column, of, said in _COLUMNS
        ],
        "row_count": str(random.randint(40, 9000) * 1000),
        "sources": [f"{name} events", CALENDAR],
        "retention_months": "24",
        "lawful_basis": random.choice((LawfulBasis.CONTRACT, LawfulBasis.LEGITIMATE_INTERESTS)).value,
    }


def _grant(name: str, today: date, random: Random) -> dict[str, Any]:
    return {
        "grantee": f"{name} training service",
        "grantee_kind": "service",
        "subject": f"{name} events",
        "subject_kind": "dataset",
        "purpose": "Train and validate the model; no other use.",
        "from": "",
        "until": (today + timedelta(days=random.choice((9, 24, 60, 180, 300)))).isoformat(),
    }
