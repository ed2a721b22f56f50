"""What can be measured, the unit it is compared in, and the other units a measurement may come in."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

METRIC: Final = "metric:"
MONTHLY_COST: Final = "monthly_cost"
PERCENTILES: Final = (50, 90, 95, 99)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A measurable thing. `factors`: unit in lower case to how many of `unit` one of it is."""

    label: str
    unit: str
    factors: Mapping[str, Fraction]
    most: Decimal | None = None


def _spelled(spellings: Mapping[str, Fraction | int]) -> Mapping[str, Fraction]:
    """Each spelling of a unit, in lower case, to its factor; several spellings of one unit stand in one text."""
    return {name.casefold(): Fraction(factor) for names, factor in spellings.items() for name in names.split()}


_TIME: Final = _spelled({"ms": 1, "s sec": 1000, "us µs": Fraction(1, 1000), "ns": Fraction(1, 10**6)})
_RUN_TIME: Final = _spelled({"min minutes": 1, "h hours": 60, "s sec seconds": Fraction(1, 60)})
_RATE: Final = _spelled(
    {
        "req/s rps requests/s records/s rows/s events/s 1/s": 1,
        "req/min rpm requests/min records/min rows/min events/min": Fraction(1, 60),
        "req/h requests/h records/h rows/h events/h": Fraction(1, 3600),
    }
)
_CORES: Final = _spelled({"cores core vcpu vcpus cpu cpus": 1, "millicores m": Fraction(1, 1000)})
_MEMORY: Final = _spelled(
    {"GiB": 1, "MiB": Fraction(1, 2**10), "TiB": 2**10, "GB": Fraction(10**9, 2**30), "MB": Fraction(10**6, 2**30)}
)

QUANTITIES: Final[Mapping[str, Quantity]] = {
    **{f"latency_p{share}": Quantity(f"p{share} latency", "ms", _TIME) for share in PERCENTILES},
    "batch_window": Quantity("batch run time", "min", _RUN_TIME),
    "throughput": Quantity("throughput", "req/s", _RATE),
    "availability": Quantity("availability", "%", _spelled({"% percent": 1}), most=Decimal(100)),
    "cpu": Quantity("CPU per replica", "cores", _CORES),
    "memory": Quantity("memory per replica", "GiB", _MEMORY),
    "gpu": Quantity("GPUs per replica", "GPU", _spelled({"gpu gpus": 1})),
}


def metric_code(name: str) -> str:
    """The code of an acceptance metric: `metric:` and its name in lower case, so that `AUC` and `auc` are one."""
    return METRIC + " ".join(name.split()).casefold()


def measured_name(code: str) -> str:
    """What was measured, in words: `auc` for `metric:auc`, `p95 latency` for `latency_p95`."""
    if code.startswith(METRIC):
        return code.removeprefix(METRIC).replace("_", " ")
    return QUANTITIES[code].label if code in QUANTITIES else code.replace("_", " ")


def known_code(code: str) -> str | None:
    """The code as requirements spell it, or None when nothing is measured under it."""
    plain = code.strip()
    if plain.casefold().startswith(METRIC):
        name = plain[len(METRIC) :].strip()
        return metric_code(name) if name else None
    plain = plain.casefold()
    return plain if plain in QUANTITIES or plain == MONTHLY_COST else None


def converted(code: str, value: Decimal, unit: str) -> Decimal | None:
    """A value of a known quantity in the quantity's own unit; no unit means that one. None for an unknown unit."""
    factor = QUANTITIES[code].factors.get(unit.casefold()) if unit else Fraction(1)
    if factor is None:
        return None
    exact = Fraction(value) * factor
    return value if factor == 1 else Decimal(exact.numerator) / Decimal(exact.denominator)
