"""The brief: what production requires of a release. What may stand in it, and what of it can be measured."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from models_registry.requirements.brief_lists import check_data_sources, check_metrics, metric_requirements
from models_registry.requirements.currency import currency_problem
from models_registry.requirements.facts import FieldProblem, Requirement
from models_registry.requirements.risk import check_risk_answers
from models_registry.requirements.schema import check_schema
from models_registry.requirements.units import MONTHLY_COST, PERCENTILES, QUANTITIES
from models_registry.requirements.values import (
    Limits,
    as_number,
    as_sentence,
    as_text,
    choice_problem,
    is_blank,
    number_problems,
    text_problem,
)
from models_registry.vocabulary import Comparison, ServingMode, Stage

FIELDS: Final = (
    "serving_mode", "latency_percentile", "latency_ms", "batch_window_minutes", "throughput_rps",
    "availability_percent", "cpu_cores", "memory_gib", "gpu", "gpu_count", "region", "monthly_budget",
    "budget_currency", "input_schema", "output_schema", "acceptance_metrics", "data_sources", "retraining_plan",
    "risk_answers",
)  # fmt: skip
NUMBERS: Final[Mapping[str, Limits]] = {
    "latency_ms": Limits("Latency", above_zero=True, most=Decimal(86_400_000), example="120"),
    "batch_window_minutes": Limits("The batch window", above_zero=True, most=Decimal(44_640), example="90"),
    "throughput_rps": Limits("Throughput", above_zero=True, most=Decimal(10**9), example="300"),
    "availability_percent": Limits("Availability", above_zero=True, most=Decimal(100), example="99.5"),
    "cpu_cores": Limits("CPU", above_zero=True, most=Decimal(10_000), example="4"),
    "memory_gib": Limits("Memory", above_zero=True, most=Decimal(100_000), example="8"),
    "gpu_count": Limits("The number of GPUs", most=Decimal(10_000), whole=True, example="1"),
    "monthly_budget": Limits("The monthly budget", most=Decimal(10**12), example="4000"),
}
TEXTS: Final[Mapping[str, tuple[str, int]]] = {
    "gpu": ("The GPU", 120),
    "region": ("The region", 80),
    "retraining_plan": ("The retraining plan", 5000),
}
SCHEMAS: Final = ("input_schema", "output_schema")
_MISSING: Final[Mapping[str, str]] = {
    "serving_mode": "Say how the model is served: online, batch, streaming or edge.",
    "latency_percentile": "Say which percentile of the latency counts: 50, 90, 95 or 99.",
    "latency_ms": "Give the latency in milliseconds that the percentile may reach.",
    "batch_window_minutes": "Give the minutes within which a batch must be done.",
    "throughput_rps": "Give the throughput per second that must be carried.",
    "availability_percent": "Give the availability in percent, such as 99.5.",
    "cpu_cores": "Give the CPU cores a replica may use.",
    "memory_gib": "Give the memory in GiB a replica may use.",
    "region": "Name the region the model must run in.",
    "monthly_budget": "Give the monthly budget.",
    "budget_currency": "Give the currency of the budget, such as EUR.",
    "input_schema": "Give the JSON Schema of the input.",
    "output_schema": "Give the JSON Schema of the output.",
    "acceptance_metrics": "Name at least one acceptance metric with its threshold.",
    "data_sources": "Name at least one data source.",
    "retraining_plan": "Say when the model is trained again, and what starts it.",
}
_LATENCY: Final = frozenset({"latency_percentile", "latency_ms"})
_WINDOW: Final = frozenset({"batch_window_minutes"})


def check_brief(raw: Mapping[str, object], *, complete: bool) -> list[FieldProblem]:
    """Every problem of a brief, in the order of its fields.

    A draft (`complete=False`) may leave things out, but what it says must be valid. Fields not known here are ignored.
    """
    problems = [problem for check in _CHECKS for problem in check(raw)]
    problems += check_metrics(raw.get("acceptance_metrics"), complete=complete)
    problems += check_data_sources(raw.get("data_sources"), complete=complete)
    problems += check_risk_answers(raw, complete=complete)
    if complete:
        said = {problem.field.partition(".")[0] for problem in problems}
        problems += [problem for problem in _missing(raw) if problem.field not in said]
    order = {name: index for index, name in enumerate(FIELDS)}
    return sorted(problems, key=lambda problem: order.get(problem.field.partition(".")[0], len(order)))


def _check_numbers(raw: Mapping[str, object]) -> list[FieldProblem]:
    return number_problems(raw, NUMBERS)


def _check_choices(raw: Mapping[str, object]) -> list[FieldProblem]:
    found: list[FieldProblem] = []
    mode, percentile, currency = (raw.get(name) for name in ("serving_mode", "latency_percentile", "budget_currency"))
    if not is_blank(mode) and (wrong := choice_problem(mode, ServingMode)):
        found.append(FieldProblem("serving_mode", as_sentence(wrong)))
    if not is_blank(percentile) and as_number(percentile) not in PERCENTILES:
        found.append(FieldProblem("latency_percentile", "The percentile must be 50, 90, 95 or 99."))
    if not is_blank(currency) and (wrong := currency_problem(str(currency))):
        found.append(FieldProblem("budget_currency", wrong))
    return found


def _check_texts(raw: Mapping[str, object]) -> list[FieldProblem]:
    problems = (
        (name, label, text_problem(raw[name], most))
        for name, (label, most) in TEXTS.items()
        if not is_blank(raw.get(name))
    )
    return [FieldProblem(name, as_sentence(f"{label} {problem}")) for name, label, problem in problems if problem]


def _check_schemas(raw: Mapping[str, object]) -> list[FieldProblem]:
    found: list[FieldProblem] = []
    for name in SCHEMAS:
        text = raw.get(name)
        if is_blank(text):
            continue
        found += (
            check_schema(text, name) if isinstance(text, str) else [FieldProblem(name, "Give the JSON Schema as text.")]
        )
    return found


_CHECKS: Final[Sequence[Callable[[Mapping[str, object]], list[FieldProblem]]]] = (
    _check_choices,
    _check_numbers,
    _check_texts,
    _check_schemas,
)


def _missing(raw: Mapping[str, object]) -> list[FieldProblem]:
    not_asked = _not_asked(raw.get("serving_mode"))
    found = [
        FieldProblem(name, hint) for name, hint in _MISSING.items() if is_blank(raw.get(name)) and name not in not_asked
    ]
    gpus = as_number(raw.get("gpu_count"))
    if gpus and is_blank(raw.get("gpu")):
        found.append(FieldProblem("gpu", "Name the GPU, or set the number of GPUs to 0."))
    if not gpus and not is_blank(raw.get("gpu")):
        found.append(FieldProblem("gpu_count", "Say how many GPUs, or leave the GPU empty."))
    return found


def _not_asked(mode: object) -> frozenset[str]:
    """A batch has a window where the others have a latency; while the mode is unknown, neither is asked for."""
    if mode == ServingMode.BATCH:
        return _LATENCY
    return _WINDOW if choice_problem(mode, ServingMode) is None else _LATENCY | _WINDOW


def requirements_of(raw: Mapping[str, object]) -> tuple[Requirement, ...]:
    """What of a brief can be measured, in a fixed order; parts of a draft that are missing or invalid are left out."""
    found = [*_serving(raw), *_capacity(raw)]
    currency = as_text(raw.get("budget_currency"))
    budget = _number(raw, "monthly_budget")
    if budget is not None and currency_problem(currency) is None:
        found.append(Requirement(MONTHLY_COST, "monthly cost", Comparison.AT_MOST, budget, currency, "", Stage.LIVE))
    return (*found, *metric_requirements(raw.get("acceptance_metrics")))


def _number(raw: Mapping[str, object], name: str) -> Decimal | None:
    value = raw.get(name)
    return as_number(value) if not is_blank(value) and NUMBERS[name].problem(value) is None else None


def _serving(raw: Mapping[str, object]) -> list[Requirement]:
    batch = raw.get("serving_mode") == ServingMode.BATCH
    found: list[Requirement] = []
    percentile = as_number(raw.get("latency_percentile"))
    if batch:
        found += _bound(raw, "batch_window_minutes", "batch_window", Comparison.AT_MOST)
    elif percentile in PERCENTILES:
        found += _bound(raw, "latency_ms", f"latency_p{percentile:.0f}", Comparison.AT_MOST)
    return [
        *found,
        *_bound(raw, "throughput_rps", "throughput", Comparison.AT_LEAST, unit="records/s" if batch else ""),
        *_bound(raw, "availability_percent", "availability", Comparison.AT_LEAST, before=Stage.LIVE),
    ]


def _capacity(raw: Mapping[str, object]) -> list[Requirement]:
    return [
        *_bound(raw, "cpu_cores", "cpu", Comparison.AT_MOST),
        *_bound(raw, "memory_gib", "memory", Comparison.AT_MOST),
        *_bound(raw, "gpu_count", "gpu", Comparison.AT_MOST, before=Stage.LIVE),
    ]


def _bound(
    raw: Mapping[str, object],
    name: str,
    code: str,
    comparison: Comparison,
    *,
    unit: str = "",
    before: Stage = Stage.COMPLIANCE_REVIEW,
) -> list[Requirement]:
    threshold, quantity = _number(raw, name), QUANTITIES[code]
    if threshold is None:
        return []
    return [Requirement(code, quantity.label, comparison, threshold, unit or quantity.unit, "", before)]
