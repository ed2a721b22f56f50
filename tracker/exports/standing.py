"""What both exports take from a pack: the evidence that stands, its measurements, and what the model's card says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from models_registry.requirements import measurements_of
from models_registry.requirements.digest import plain_number
from models_registry.vocabulary import EvidenceKind
from tracker.audit_pack.facts import Pack

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Measured:
    """One value as the newest evidence gives it. `name`: the metric's own, or what was measured with its unit."""

    name: str
    value: Decimal
    slice: str
    source: str
    low: Decimal | None = None
    high: Decimal | None = None


def standing(pack: Pack, *kinds: EvidenceKind) -> list[Data]:
    """The evidence of these kinds that nothing supersedes and that was shown of the present candidate, oldest first."""
    candidate = pack.content["release"]["candidate"]
    mine = candidate["number"] if candidate else None
    return [
        piece
        for piece in pack.content["evidence"]
        if piece["kind"] in kinds and piece["superseded_by"] is None and piece["version"] in (None, mine)
    ]


def newest_detail(pack: Pack, kind: EvidenceKind) -> Data:
    """The detail of the newest of them; empty when there is none."""
    found = standing(pack, kind)
    detail = found[-1]["detail"] if found else {}
    return detail if isinstance(detail, Mapping) else {}


def measured(pack: Pack) -> list[Measured]:
    """Every measured value, the newest of each thing and slice, in a fixed order."""
    latest: dict[tuple[str, str], Measured] = {}
    for piece in standing(pack, *EvidenceKind):
        for one in _values(piece):
            latest[one.name, one.slice] = one
    return [latest[key] for key in sorted(latest)]


def _values(piece: Data) -> Iterator[Measured]:
    for one in measurements_of(piece["measurements"], source=piece["title"], at=None):
        name = one.code.removeprefix("metric:") if one.code.startswith("metric:") else f"{one.code} ({one.unit})"
        low, high = (one.interval.low, one.interval.high) if one.interval else (None, None)
        yield Measured(name, one.value, one.slice, one.source, low, high)


def as_text(value: Decimal | None) -> str:
    return "" if value is None else plain_number(value)


def texts(detail: Data, name: str) -> list[str]:
    """A list of texts in a detail, without repetitions; empty for anything else."""
    found = detail.get(name)
    return list(dict.fromkeys(str(one) for one in found if str(one).strip())) if isinstance(found, list) else []


def sources(pack: Pack) -> list[Data]:
    """The data sources of the brief in force: the newest signed revision, else the draft."""
    brief = brief_of(pack)
    found = brief.get("data_sources")
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def brief_of(pack: Pack) -> Data:
    briefs = pack.content["briefs"]
    signed = [brief for brief in briefs if brief["signed_at"]]
    content = (signed or briefs)[-1]["content"] if briefs else {}
    return content if isinstance(content, Mapping) else {}
