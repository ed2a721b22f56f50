"""What production asks of a release, on one line: `p95 ≤ 120 ms · 300 req/s · 99.9% · 2 vCPU, 4 GiB · eu-west-1`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models_registry.requirements import Requirement, requirements_of

NBSP = "\N{NO-BREAK SPACE}"


def asks_line(content: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The parts of the line; what the brief does not say yet is left out."""
    if not content:
        return ()
    wanted = {one.code: one for one in requirements_of(content) if not one.slice}
    latency = next((one for code, one in wanted.items() if code.startswith("latency_p")), None)
    parts = [
        f"{latency.code.removeprefix('latency_')} {latency.comparison.symbol} {_amount(latency)}" if latency else "",
        f"batch in {_amount(wanted['batch_window'])}" if "batch_window" in wanted else "",
        _amount(wanted.get("throughput")),
        _amount(wanted.get("availability")),
        ", ".join(filter(None, (_amount(wanted.get("cpu")), _amount(wanted.get("memory"))))),
        f"{wanted['gpu'].threshold:f} × {content.get('gpu')}" if "gpu" in wanted and content.get("gpu") else "",
        str(content.get("region") or ""),
    ]
    return tuple(filter(None, parts))


def _amount(wanted: Requirement | None) -> str:
    if wanted is None:
        return ""
    number = f"{wanted.threshold.normalize():f}"
    return f"{number}%" if wanted.unit == "%" else f"{number}{NBSP}{wanted.unit}"
