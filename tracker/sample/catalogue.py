"""The sample releases: how far each got, how long each stage took, and what happened on the way."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from models_registry.vocabulary import EndReason, RiskTier, Stage, WaitsOn

B, V, C, D, L = Stage.BRIEF, Stage.VALIDATION, Stage.COMPLIANCE_REVIEW, Stage.DEPLOYMENT, Stage.LIVE
PATH = (B, V, C, D, L, Stage.RETIRED)
BUDGET = {B: 5.0, V: 10.0, C: 8.0, D: 5.0}
SOURCE = Path(__file__).with_name("releases.toml")


@dataclass(frozen=True)
class Plan:
    """One release. `days` are business days per stage; the last stage's days reach until today.

    `twist` names what is special; `stories` says what follows from it.
    """

    name: str
    purpose: str
    team: str
    tier: RiskTier
    owner: str
    stage: Stage
    days: Mapping[Stage, float]
    twist: str = ""
    end: EndReason | None = None
    parked: bool = False
    ended_days_ago: float = 0
    batch: bool = False
    restricted: bool = False
    tags: tuple[str, ...] = field(default=())


HOLDS = {
    "held_access": (
        "data_access",
        WaitsOn.EXTERNAL,
        "Read grant on the invoice archive is with data protection, DP-2291.",
    ),
    "held_vendor": (
        "legal_contract",
        WaitsOn.EXTERNAL,
        "The vendor's graph data licence is with legal.",
    ),
    "held_overdue": ("platform_capacity", WaitsOn.EXTERNAL, "GPU quota requested, PLAT-871."),
}
ENGINEERS = {
    "payments": ("engineer", "priya", "tomasz"),
    "claims": ("diego", "yusuf"),
    "crm": ("chloe", "ravi"),
    "supply": ("ravi", "yusuf", "tomasz"),
}
KILL_REASONS = (
    EndReason.BELOW_THRESHOLD,
    EndReason.DATA_UNAVAILABLE,
    EndReason.NO_VALUE,
    EndReason.PRIORITY_CHANGE,
    EndReason.NOT_COMPLIANT,
)


def plans(random: Random) -> list[Plan]:
    """The told ones, and generated ones that fill eighteen months of history."""
    source = tomllib.loads(SOURCE.read_text(encoding="utf-8"))
    names = [(name, team) for team, names in source["generated"].items() for name in names]
    random.shuffle(names)
    told = [_told(entry) for entry in source["told"]]
    return told + [_generated(index, name, team, random) for index, (name, team) in enumerate(names)]


def _told(entry: dict[str, Any]) -> Plan:
    return Plan(
        **{
            **entry,
            "tier": RiskTier(entry["tier"]),
            "stage": Stage(entry["stage"]),
            "days": dict(zip(PATH, entry["days"], strict=False)),
            "end": EndReason(entry["end"]) if "end" in entry else None,
            "tags": tuple(entry.get("tags", ())),
        }
    )


def _generated(index: int, name: str, team: str, random: Random) -> Plan:
    tier = random.choices(tuple(RiskTier), (4, 4, 2))[0]
    days = {stage: round(BUDGET[stage] * random.lognormvariate(-0.25, 0.45), 1) for stage in (B, V, C, D)}
    owner = random.choice(ENGINEERS[team])
    purpose = f"{name.replace('-', ' ').capitalize()} for {team}."
    age = 520 - index * 17
    if index % 5 in (1, 3):
        stage = (V, C, D, B, V)[index % 7 % 5]
        reason = EndReason.NO_OWNER if stage == D else random.choice(KILL_REASONS)
        return Plan(name, purpose, team, tier, owner, stage, days, end=reason, ended_days_ago=max(age - 60, 8))
    live = max(round(age * 5 / 7 - sum(days.values())), 6)
    return Plan(name, purpose, team, tier, owner, L, {**days, L: live}, batch=random.random() < 0.4)
