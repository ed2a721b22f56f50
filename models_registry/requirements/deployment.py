"""The deployment specification: how a release runs in production, and what it commits to towards the brief."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from models_registry.requirements.brief import requirements_of
from models_registry.requirements.brief_lists import uri_problem
from models_registry.requirements.currency import currency_problem
from models_registry.requirements.facts import Compared, FieldProblem, Measurement
from models_registry.requirements.measuring import compare
from models_registry.requirements.units import MONTHLY_COST, QUANTITIES
from models_registry.requirements.values import (
    Limits,
    as_number,
    as_sentence,
    as_text,
    is_blank,
    number_problems,
    text_problem,
)

NUMBERS: Final[Mapping[str, Limits]] = {
    "replicas": Limits("The number of replicas", least=Decimal(1), most=Decimal(10_000), whole=True, example="2"),
    "cpu_cores": Limits("CPU", above_zero=True, most=Decimal(10_000), example="4"),
    "memory_gib": Limits("Memory", above_zero=True, most=Decimal(100_000), example="8"),
    "gpu_count": Limits("The number of GPUs", most=Decimal(10_000), whole=True, example="1"),
    "availability_percent": Limits("Availability", above_zero=True, most=Decimal(100), example="99.5"),
    "monthly_cost": Limits("The monthly cost", most=Decimal(10**12), example="3500"),
}
_TEXTS: Final[Mapping[str, tuple[str, int]]] = {
    "environment": ("The environment", 40),
    "region": ("The region", 80),
    "rollback_plan": ("The rollback plan", 5000),
}
_MISSING: Final[Mapping[str, str]] = {
    "environment": "Name the environment, such as production.",
    "endpoint": "Give the endpoint, the topic or the job that serves the model.",
    "image_digest": "Give the digest of the image, sha256: and 64 hexadecimal characters.",
    "replicas": "Say how many replicas run.",
    "cpu_cores": "Give the CPU cores of a replica.",
    "memory_gib": "Give the memory in GiB of a replica.",
    "region": "Name the region it runs in.",
    "rollback_plan": "Say how to go back to what ran before.",
    "monitoring_url": "Give the address of the monitoring page.",
    "runbook_url": "Give the address of the runbook.",
    "availability_percent": "Give the availability in percent that is committed to.",
    "monthly_cost": "Give the expected monthly cost.",
    "currency": "Give the currency of the cost, such as EUR.",
}
DEPLOYMENT_FIELDS: Final = (*_MISSING, "gpu_count")
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_PAGES: Final = ("monitoring_url", "runbook_url")
_COMMITTED: Final[Mapping[str, str]] = {
    "cpu_cores": "cpu",
    "memory_gib": "memory",
    "gpu_count": "gpu",
    "availability_percent": "availability",
    "monthly_cost": MONTHLY_COST,
}


def check_deployment(raw: Mapping[str, object], *, complete: bool) -> list[FieldProblem]:
    """Every problem of a specification, in the order of its fields. A draft may leave things out."""
    problems = number_problems(raw, NUMBERS) + _check_texts(raw)
    if complete:
        problems += [FieldProblem(name, hint) for name, hint in _MISSING.items() if is_blank(raw.get(name))]
    return sorted(problems, key=lambda problem: DEPLOYMENT_FIELDS.index(problem.field))


def _check_texts(raw: Mapping[str, object]) -> list[FieldProblem]:
    found = {name: text_problem(raw[name], most) for name, (_, most) in _TEXTS.items() if not is_blank(raw.get(name))}
    problems = {name: f"{_TEXTS[name][0]} {wrong}" for name, wrong in found.items() if wrong}
    for name in ("endpoint", *_PAGES):
        wrong = None if is_blank(raw.get(name)) else uri_problem(raw[name], ("https", "http") if name in _PAGES else ())
        if wrong:
            problems[name] = wrong
    image, currency = raw.get("image_digest"), raw.get("currency")
    if not is_blank(image) and not _DIGEST.fullmatch(as_text(image)):
        problems["image_digest"] = "The image digest must be sha256: and 64 hexadecimal characters, in lower case"
    if not is_blank(currency) and (wrong := currency_problem(str(currency))):
        problems["currency"] = wrong
    return [FieldProblem(name, as_sentence(wrong)) for name, wrong in problems.items()]


def commitments_of(raw: Mapping[str, object]) -> tuple[Measurement, ...]:
    """What a specification commits to, as values to compare with the brief. No GPU named means none is used."""
    given = {"gpu_count": 0, **{name: value for name, value in raw.items() if not is_blank(value)}}
    return tuple(
        Measurement(code, number, _unit(code, raw), "", "deployment specification", None)
        for name, code in _COMMITTED.items()
        if (number := as_number(given.get(name))) is not None and NUMBERS[name].problem(number) is None
    )


def _unit(code: str, raw: Mapping[str, object]) -> str:
    return as_text(raw.get("currency")) if code == MONTHLY_COST else QUANTITIES[code].unit


def compare_deployment(raw: Mapping[str, object] | None, brief: Mapping[str, object]) -> tuple[Compared, ...]:
    """Each requirement of the brief that a specification can commit to, beside the commitment; None: nothing is yet."""
    codes = set(_COMMITTED.values())
    wanted = [one for one in requirements_of(brief) if one.code in codes]
    return compare(wanted, () if raw is None else commitments_of(raw))


def region_agrees(raw: Mapping[str, object], brief: Mapping[str, object]) -> bool:
    """Whether it runs in the region the brief names; upper and lower case count as the same."""
    wanted, given = as_text(brief.get("region")), as_text(raw.get("region"))
    return bool(wanted) and wanted.casefold() == given.casefold()
