"""Confidence intervals: read with their values, held against the brief, and said where they reach beyond it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from models_registry.requirements import (
    Compared,
    Interval,
    Requirement,
    check_measurements,
    compare,
    measurements_of,
    sentence,
)
from models_registry.vocabulary import Comparison

AT_LEAST = Requirement("metric:auc", "AUC", Comparison.AT_LEAST, Decimal("0.9"), "")
AT_MOST = Requirement("latency_p95", "p95 latency", Comparison.AT_MOST, Decimal(120), "ms")


def row(**changes: object) -> dict[str, object]:
    return {"code": "metric:auc", "value": "0.93", "low": "0.91", "high": "0.95", "level": "95", **changes}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"low": ""}, "low"),
        ({"high": None}, "high"),
        ({"low": "", "high": ""}, "low"),
        ({"low": "0,91"}, "low"),
        ({"low": "0.96", "high": "0.91"}, "high"),
        ({"low": "0.94"}, "low"),
        ({"level": "0.95"}, "level"),
        ({"level": "100"}, "level"),
        ({"level": "high"}, "level"),
    ],
)
def test_an_interval_that_cannot_be_is_named_in_its_row_and_part(changes: dict[str, object], field: str) -> None:
    problems = check_measurements([row(), row(**changes)])
    assert [problem.field for problem in problems] == [f"measurements.1.{field}"]


def test_a_row_without_an_interval_or_without_a_level_is_in_order() -> None:
    assert check_measurements([{"code": "cpu", "value": "2"}, row(level=""), row(low=0.9, high=1, level=99.5)]) == []


def one(wanted: Requirement, **changes: object) -> Compared:
    (found,) = compare([wanted], measurements_of([row(**changes)], "a report", None))
    return found


def test_an_interval_comes_into_the_unit_of_its_value() -> None:
    found = one(AT_MOST, code="latency_p95", value="0.1", low="0.09", high="0.13", unit="s")
    assert found.measurement is not None
    assert found.measurement.interval == Interval(Decimal(90), Decimal(130), Decimal(95))
    assert (found.met, found.interval_met, found.doubtful) == (True, False, True)


@pytest.mark.parametrize(
    ("changes", "met", "interval_met", "doubtful"),
    [
        ({}, True, True, False),
        ({"low": "0.9"}, True, True, False),
        ({"low": "0.89"}, True, False, True),
        ({"value": "0.88", "low": "0.86", "high": "0.92"}, False, False, False),
        ({"low": "", "high": "", "level": ""}, True, None, False),
    ],
)
def test_the_whole_interval_has_to_meet_the_requirement(
    changes: dict[str, object], met: bool, interval_met: bool | None, doubtful: bool
) -> None:
    found = one(AT_LEAST, **changes)
    assert (found.met, found.interval_met, found.doubtful) == (met, interval_met, doubtful)


def test_the_sentence_says_when_the_value_alone_meets_the_requirement() -> None:
    assert sentence(one(AT_LEAST, low="0.89")) == (
        "AUC is 0.93 (95 % interval 0.89 to 0.95), the brief asks for at least 0.9; "
        "the value meets it and its interval does not"
    )
    assert sentence(one(AT_LEAST, level="")) == ("AUC is 0.93 (interval 0.91 to 0.95), the brief asks for at least 0.9")
