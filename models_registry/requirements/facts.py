"""What the requirements law takes and gives: requirements, measurements, and how the two compare."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from models_registry.vocabulary import Comparison, Stage


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """Something wrong with what a person gave. `field` is a form field's name; entries of a list read `list.0.name`.

    `line` counts from 1 within the field's text. The message ends with the way out.
    """

    field: str
    message: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Requirement:
    """One line of a brief that can be measured. `code`: `latency_p95`, `throughput`, `metric:auc` and so on.

    `slice` is empty for the whole population, else for example `region=eu`. `measured_before`: the stage that must not
    be entered before it is measured and met; live for what only the deployment can commit to.
    """

    code: str
    label: str
    comparison: Comparison
    threshold: Decimal
    unit: str
    slice: str = ""
    measured_before: Stage = Stage.COMPLIANCE_REVIEW


@dataclass(frozen=True, slots=True)
class Interval:
    """The confidence interval of a measured value, in the value's unit; `level` in percent, None when not given."""

    low: Decimal
    high: Decimal
    level: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measured value, in the unit that requirements of its code are written in. `source`: where it was read."""

    code: str
    value: Decimal
    unit: str
    slice: str
    source: str
    measured_at: datetime | None
    interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """A requirement beside its latest measurement.

    `met` is None when nothing comparable was measured. `distance` is how far the value lies beyond the limit, as a
    share of the threshold: positive on the wrong side, negative on the right one; None for a threshold of 0.
    """

    requirement: Requirement
    measurement: Measurement | None
    met: bool | None
    distance: Decimal | None

    @property
    def interval_met(self) -> bool | None:
        """Whether the whole interval of the value meets the requirement; None without one, or nothing comparable."""
        if self.met is None or self.measurement is None or self.measurement.interval is None:
            return None
        if self.requirement.comparison is Comparison.AT_MOST:
            return self.measurement.interval.high <= self.requirement.threshold
        return self.measurement.interval.low >= self.requirement.threshold

    @property
    def doubtful(self) -> bool:
        """Whether the value meets the requirement while its interval reaches beyond it."""
        return self.met is True and self.interval_met is False
