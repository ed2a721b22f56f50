"""Which results of a card are measured values beyond doubt, and why the others are not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from models_registry.requirements import check_measurements, metric_code, plain_number
from models_registry.requirements.measuring import MOST_SLICE
from models_registry.requirements.values import FINEST_PLACES
from tracker.integrations.cards.found import Findings, shortened

# Metrics that lie from 0 to 1 and are often written in percent.
SHARES: Final = frozenset(
    {
        "acc",
        "accuracy",
        "auc",
        "auroc",
        "average_precision",
        "exact_match",
        "f1",
        "f1_score",
        "map",
        "precision",
        "recall",
        "roc_auc",
        "sensitivity",
        "specificity",
    }
)
_FINEST: Final = Decimal(1).scaleb(-FINEST_PLACES)


@dataclass(frozen=True, slots=True)
class Result:
    """One result as a card has it. `dataset`: on what; `slice`: of whom, empty for everybody."""

    metric: str
    value: str
    dataset: str = ""
    slice: str = ""
    line: int | None = None
    low: str = ""
    high: str = ""


def take_results(found: Findings, results: Sequence[Result]) -> None:
    """Keep all results as the card has them, and those that are measured values beyond doubt as such."""
    found.rows(
        "results",
        [{"metric": one.metric, "value": one.value, "dataset": one.dataset, "slice": one.slice} for one in results],
    )
    plain = [one for one in results if one.metric and one.value]
    datasets: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in plain:
        datasets[metric_code(one.metric), one.slice].add(one.dataset)
    keyed = [(one, _slice(one, len(datasets[metric_code(one.metric), one.slice]) > 1)) for one in plain]
    values: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one, part in keyed:
        values[metric_code(one.metric), part].add(one.value)
    taken: Counter[tuple[str, str]] = Counter()
    for one, part in keyed:
        key = metric_code(one.metric), part
        row = _row(one, part)
        if why := _doubt(one, row, twice=len(values[key]) > 1):
            found.skip(one.line, f"{one.metric} {one.value} {one.dataset}".strip(), f"No measured value: {why}")
        elif not taken[key]:
            taken[key] += 1
            found.measurements.append(row)


def _slice(one: Result, several: bool) -> str:
    """The slice of a result; the dataset tells results of one metric apart."""
    said = one.slice or (f"dataset={one.dataset}" if several else "")
    return shortened(said)[:MOST_SLICE]


def _row(one: Result, part: str) -> dict[str, str]:
    ends = {"low": _rounded(one.low), "high": _rounded(one.high)} if one.low and one.high else {}
    return {"code": metric_code(one.metric), "value": _rounded(one.value), **ends, "unit": "", "slice": part}


def _doubt(one: Result, row: dict[str, str], *, twice: bool) -> str:
    if twice:
        return "the card gives it more than once, with different values."
    if problems := check_measurements([row]):
        return problems[0].message
    plain = one.metric.casefold().replace(" ", "_").replace("-", "_")
    if plain in SHARES and Decimal(row["value"]) > 1:
        return "it lies above 1, so it may be in percent; give it as the brief writes its threshold."
    return ""


def _rounded(text: str) -> str:
    """The number with as many places as a record keeps; a text that is none, as it is."""
    try:
        number = Decimal(text.strip())
        exponent = number.as_tuple().exponent
        fine = isinstance(exponent, int) and -exponent > FINEST_PLACES and abs(number) < 10**6
        return plain_number(number.quantize(_FINEST)) if fine else text.strip()
    except InvalidOperation:
        return text.strip()
