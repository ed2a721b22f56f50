"""Measurements as evidence carries them, and how they compare with what a brief requires."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Context, Decimal
from typing import Final

from models_registry.requirements.currency import currency_problem
from models_registry.requirements.digest import plain_number
from models_registry.requirements.facts import Compared, FieldProblem, Measurement, Requirement
from models_registry.requirements.intervals import PARTS, interval_of, interval_problems, spoken
from models_registry.requirements.units import METRIC, MONTHLY_COST, QUANTITIES, converted, known_code
from models_registry.requirements.values import Limits, as_number, as_sentence, as_text, choice_problem, text_problem
from models_registry.vocabulary import Comparison

MOST_MEASUREMENTS: Final = 500
MOST_SLICE: Final = 120
MOST_METRIC: Final = 80
_KEYS: Final = ("code", "value", "unit", "slice", *PARTS)
_TEXTS: Final = {"code": len(METRIC) + MOST_METRIC, "unit": 20, "slice": MOST_SLICE}
_READABLE: Final = Context(prec=6)
_FOUR_PLACES: Final = Decimal("0.0001")


def check_measurements(raw: object) -> list[FieldProblem]:
    """Every problem of a list of measured values; fields read `measurements.0.value`.

    Each is `{"code", "value", "unit", "slice"}`, and has `low`, `high` and `level` where its interval is known.
    """
    if not isinstance(raw, (list, tuple)):
        return [FieldProblem("measurements", "Measurements must be a list, one entry per measured value.")]
    if len(raw) > MOST_MEASUREMENTS:
        return [
            FieldProblem("measurements", f"Give at most {MOST_MEASUREMENTS} measurements in one piece of evidence.")
        ]
    found: list[FieldProblem] = []
    for index, entry in enumerate(raw):
        problems = _entry_problems(entry) if isinstance(entry, Mapping) else {"": "Give an object with code and value."}
        found += [
            FieldProblem(f"measurements.{index}{'.' if name else ''}{name}", text) for name, text in problems.items()
        ]
    return found


def _entry_problems(entry: Mapping[str, object]) -> dict[str, str]:
    problems: dict[str, str] = {}
    for key in entry:
        if unknown := choice_problem(key, _KEYS):
            problems[str(key)[:40]] = as_sentence(unknown)
    for key, most in _TEXTS.items():
        wrong = text_problem(entry.get(key) or "", most)
        if wrong:
            problems[key] = as_sentence(f"The {key} {wrong}")
    if problems:
        return problems
    code, unit = known_code(as_text(entry.get("code"))), as_text(entry.get("unit"))
    if code is None:
        known = ", ".join((*QUANTITIES, MONTHLY_COST))
        return {"code": f"Name what was measured: {known}, or metric: and the metric's name."}
    if wrong := _value_problem(code, entry.get("value")):
        problems["value"] = as_sentence(wrong)
    if wrong := _unit_problem(code, unit):
        problems["unit"] = wrong
    return problems | interval_problems(entry, as_number(entry.get("value")))


def _value_problem(code: str, value: object) -> str | None:
    if code.startswith(METRIC):
        number = as_number(value)
        return None if number is not None else Limits("The value", example="0.93").problem(value)
    quantity = QUANTITIES.get(code)
    label = quantity.label[:1].upper() + quantity.label[1:] if quantity else "Monthly cost"
    return Limits(label, most=quantity.most if quantity else None).problem(value)


def _unit_problem(code: str, unit: str) -> str | None:
    if code == MONTHLY_COST:
        return currency_problem(unit)
    if code.startswith(METRIC):
        return "A metric has no unit: give its value as the brief writes the threshold." if unit else None
    quantity = QUANTITIES[code]
    if converted(code, Decimal(1), unit) is None:
        return f"“{unit[:20]}” is not a unit of {quantity.label}: give it in {quantity.unit}."
    return None


def measurements_of(raw: Iterable[object], source: str, at: datetime | None) -> tuple[Measurement, ...]:
    """The usable entries of a list, in the units that requirements are written in; unusable ones are left out."""
    entries = (entry for entry in raw if isinstance(entry, Mapping) and not _entry_problems(entry))
    read = (_measurement(entry, source, at) for entry in entries)
    return tuple(measured for measured in read if measured is not None)


def _measurement(entry: Mapping[str, object], source: str, at: datetime | None) -> Measurement | None:
    code, value, unit = (
        known_code(as_text(entry.get("code"))),
        as_number(entry.get("value")),
        as_text(entry.get("unit")),
    )
    if code is None or value is None:
        return None
    known = QUANTITIES.get(code)

    def in_its_unit(number: Decimal) -> Decimal | None:
        return converted(code, number, unit) if known else number

    in_unit = in_its_unit(value)
    if in_unit is None:
        return None
    interval = interval_of(entry, in_its_unit)
    return Measurement(code, in_unit, known.unit if known else unit, as_text(entry.get("slice")), source, at, interval)


def slice_key(text: str) -> str:
    """A slice in the form it is compared in: `Region = EU` and `region=eu` are one."""
    return "=".join(" ".join(part.split()) for part in text.casefold().split("="))


def compare(requirements: Sequence[Requirement], measurements: Sequence[Measurement]) -> tuple[Compared, ...]:
    """Each requirement beside the latest measurement of its code and slice; of equally late ones, the last given."""
    latest: dict[tuple[str, str], Measurement] = {}
    for measured in measurements:
        key = measured.code, slice_key(measured.slice)
        if key not in latest or not _is_later(latest[key], measured):
            latest[key] = measured
    return tuple(_compared(one, latest.get((one.code, slice_key(one.slice)))) for one in requirements)


def _is_later(one: Measurement, other: Measurement) -> bool:
    """Whether `one` was measured after `other`; what has no date counts as oldest."""
    if one.measured_at is None or other.measured_at is None:
        return one.measured_at is not None
    return one.measured_at > other.measured_at


def _compared(requirement: Requirement, measured: Measurement | None) -> Compared:
    if measured is None or not _same_unit(requirement, measured):
        return Compared(requirement, measured, None, None)
    beyond = measured.value - requirement.threshold
    if requirement.comparison is Comparison.AT_LEAST:
        beyond = -beyond
    limit = abs(requirement.threshold)
    distance = (beyond / limit).quantize(_FOUR_PLACES, context=Context(prec=40)) if limit else None
    return Compared(requirement, measured, beyond <= 0, distance)


def _same_unit(requirement: Requirement, measured: Measurement) -> bool:
    """Only money can come in a unit that cannot be compared: everything else was converted when it was read."""
    return requirement.code != MONTHLY_COST or requirement.unit == measured.unit


def sentence(compared: Compared) -> str:
    """The comparison in words: `p95 latency is 184 ms, the brief asks for at most 120 ms`."""
    wanted, measured = compared.requirement, compared.measurement
    name = f"{wanted.label} for {wanted.slice}" if wanted.slice else wanted.label
    bound = "at most" if wanted.comparison is Comparison.AT_MOST else "at least"
    asked = f"the brief asks for {bound} {amount(wanted.threshold, wanted.unit)}"
    if measured is None:
        return f"not measured yet: {name}, {asked}"
    if compared.met is None:
        return f"{name} is given in {measured.unit}, {asked}"
    value = readable(measured.value)
    if value == readable(wanted.threshold) and measured.value != wanted.threshold:
        value = plain_number(measured.value)
    interval = f" ({spoken(measured.interval)})" if measured.interval else ""
    doubt = "; the value meets it and its interval does not" if compared.doubtful else ""
    return f"{name} is {with_unit(value, wanted.unit)}{interval}, {asked}{doubt}"


def readable(number: Decimal) -> str:
    """Six significant digits at most, as a person reads a number."""
    return plain_number(_READABLE.plus(number))


def amount(number: Decimal, unit: str) -> str:
    """A number and its unit: `120 ms`, `99.5 %`, `4000 EUR`."""
    return with_unit(plain_number(number), unit)


def with_unit(number: str, unit: str) -> str:
    return f"{number} {unit}".strip()
