"""What was measured is read in one unit, compared with what is required, and told in a sentence."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_registry.requirements import (
    Measurement,
    Requirement,
    check_measurements,
    compare,
    measurements_of,
    requirements_of,
    sentence,
)
from models_registry.vocabulary import Comparison
from tests.governance.working_time import at
from tests.models_registry.briefs import GOOD_BRIEF

NOON = at("2026-03-02 12:00")
LATENCY = Requirement("latency_p95", "p95 latency", Comparison.AT_MOST, Decimal(120), "ms")
THROUGHPUT = Requirement("throughput", "throughput", Comparison.AT_LEAST, Decimal(300), "req/s")
COST = Requirement("monthly_cost", "monthly cost", Comparison.AT_MOST, Decimal(4000), "EUR")


def problems(*entries: object) -> dict[str, str]:
    return {problem.field: problem.message for problem in check_measurements(list(entries))}


def measured(code: str, value: str, *, part: str = "", unit: str = "", when: datetime | None = NOON) -> Measurement:
    return Measurement(code, Decimal(value), unit, part, "a report", when)


def test_good_measurements_have_no_problem() -> None:
    assert problems(
        {"code": "latency_p95", "value": 184, "unit": "ms", "slice": ""},
        {"code": "metric:AUC", "value": "-0.93", "unit": "", "slice": "region=eu"},
        {"code": "monthly_cost", "value": "3500.50", "unit": "EUR"},
        {"code": " Throughput ", "value": 310.5},
    ) == {}  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "field", "says"),
    [
        ({"code": "auc", "value": 1}, "code", "metric: and the metric's name"),
        ({"code": "metric: ", "value": 1}, "code", "Name what was measured"),
        ({"code": "metric:" + "x" * 81, "value": 1}, "code", "shorten it"),
        ({"value": 1}, "code", "Name what was measured"),
        ({"code": 5, "value": 1}, "code", "must be text"),
        ({"code": "latency_p95", "value": -1}, "value", "P95 latency is -1: give a number of 0 or more"),
        ({"code": "latency_p95", "value": float("nan")}, "value", "plain number"),
        ({"code": "latency_p95"}, "value", "plain number"),
        ({"code": "metric:auc", "value": "inf"}, "value", "The value must be a plain number"),
        ({"code": "availability", "value": 101}, "value", "at most 100"),
        ({"code": "latency_p95", "value": 1, "unit": "parsec"}, "unit", "give it in ms"),
        ({"code": "metric:auc", "value": 93, "unit": "%"}, "unit", "as the brief writes the threshold"),
        ({"code": "monthly_cost", "value": 1}, "unit", "ISO 4217"),
        ({"code": "monthly_cost", "value": 1, "unit": "euro"}, "unit", "ISO 4217"),
        ({"code": "cpu", "value": 1, "slice": "x" * 121}, "slice", "shorten it to 120"),
        ({"code": "cpu", "value": 1, "vlaue": 2}, "vlaue", "did you mean “value”?"),
    ],
)
def test_a_measurement_with_a_mistake_is_refused_at_its_place(entry: dict[str, object], field: str, says: str) -> None:
    found = problems({"code": "cpu", "value": 1}, entry)
    assert list(found) == [f"measurements.1.{field}"]
    assert says.casefold() in found[f"measurements.1.{field}"].casefold()


@pytest.mark.parametrize("raw", [None, "latency", {"code": "cpu"}, [{"code": "cpu", "value": 1}] * 501])
def test_what_is_no_list_of_reasonable_length_is_refused(raw: object) -> None:
    assert [problem.field for problem in check_measurements(raw)] == ["measurements"]
    assert problems(5) == {"measurements.0": "Give an object with code and value."}


@pytest.mark.parametrize(
    ("code", "value", "unit", "expected"),
    [
        ("latency_p95", "0.184", "s", "184"),
        ("latency_p95", "184000", "µs", "184"),
        ("throughput", "18000", "req/min", "300"),
        ("throughput", "300", "RPS", "300"),
        ("memory", "512", "MiB", "0.5"),
        ("memory", "8.589934592", "GB", "8"),
        ("cpu", "2500", "millicores", "2.5"),
        ("batch_window", "1.5", "h", "90"),
        ("availability", "99.5", "%", "99.5"),
        ("cpu", "4", "", "4"),
    ],
)
def test_other_units_are_converted_exactly(code: str, value: str, unit: str, expected: str) -> None:
    (read,) = measurements_of([{"code": code, "value": value, "unit": unit}], "a report", NOON)
    assert read.value == Decimal(expected)


def test_unusable_entries_are_left_out() -> None:
    assert measurements_of([{"code": "cpu", "value": "x"}, 5, {"code": "cpu", "value": 2}], "a report", None) == (
        Measurement("cpu", Decimal(2), "cores", "", "a report", None),
    )


@pytest.mark.parametrize(
    ("value", "met", "distance"),
    [("120", True, "0"), ("120.0001", False, "0"), ("184", False, "0.5333"), ("60", True, "-0.5")],
)
def test_at_most_is_met_up_to_the_limit(value: str, met: bool, distance: str) -> None:
    (found,) = compare([LATENCY], [measured("latency_p95", value)])
    assert (found.met, found.distance) == (met, Decimal(distance))


@pytest.mark.parametrize(
    ("value", "met", "distance"), [("300", True, "0"), ("299", False, "0.0033"), ("600", True, "-1")]
)
def test_at_least_is_met_from_the_limit(value: str, met: bool, distance: str) -> None:
    (found,) = compare([THROUGHPUT], [measured("throughput", value)])
    assert (found.met, found.distance) == (met, Decimal(distance))


def test_the_latest_measurement_wins_and_what_has_no_date_is_oldest() -> None:
    earlier, later = measured("latency_p95", "100", when=NOON - timedelta(days=1)), measured("latency_p95", "200")
    undated = measured("latency_p95", "300", when=None)
    for order in ([earlier, later, undated], [undated, later, earlier], [later, undated, earlier]):
        assert compare([LATENCY], order)[0].measurement == later


def test_of_two_measured_at_once_the_last_given_wins() -> None:
    first, second = measured("latency_p95", "100"), measured("latency_p95", "200")
    assert compare([LATENCY], [first, second])[0].measurement == second


def test_a_slice_is_judged_by_its_own_measurements_however_it_is_spelt() -> None:
    overall, sliced = (one for one in requirements_of(GOOD_BRIEF) if one.code == "metric:auc")
    found = compare(
        [overall, sliced], [measured("metric:auc", "0.95"), measured("metric:auc", "0.80", part="Region = EU")]
    )
    assert [one.met for one in found] == [True, False]
    assert compare([sliced], [measured("metric:auc", "0.95")])[0].met is None


def test_money_in_another_currency_is_not_compared() -> None:
    (found,) = compare([COST], [measured("monthly_cost", "10", unit="USD")])
    assert (found.met, found.distance) == (None, None)
    assert sentence(found) == "monthly cost is given in USD, the brief asks for at most 4000 EUR"


def test_a_threshold_of_zero_has_no_distance() -> None:
    bias = Requirement("metric:bias", "bias", Comparison.AT_MOST, Decimal(0), "")
    assert [(one.met, one.distance) for one in compare([bias], [measured("metric:bias", "0.1")])] == [(False, None)]


@pytest.mark.parametrize(
    ("requirement", "value", "says"),
    [
        (LATENCY, "184", "p95 latency is 184 ms, the brief asks for at most 120 ms"),
        (LATENCY, "120.0000001", "p95 latency is 120.0000001 ms, the brief asks for at most 120 ms"),
        (LATENCY, "183.33333333333", "p95 latency is 183.333 ms, the brief asks for at most 120 ms"),
        (THROUGHPUT, None, "not measured yet: throughput, the brief asks for at least 300 req/s"),
        (COST, "3999.99", "monthly cost is 3999.99 EUR, the brief asks for at most 4000 EUR"),
        (
            Requirement("metric:auc", "AUC", Comparison.AT_LEAST, Decimal("0.80"), "", "region=eu"),
            "0.71",
            "AUC for region=eu is 0.71, the brief asks for at least 0.8",
        ),
    ],
)
def test_a_comparison_reads_as_a_sentence(requirement: Requirement, value: str | None, says: str) -> None:
    values = [] if value is None else [measured(requirement.code, value, part=requirement.slice, unit=requirement.unit)]
    assert sentence(compare([requirement], values)[0]) == says


numbers = st.decimals(-(10**12), 10**12, places=6)


@given(threshold=numbers, value=numbers, comparison=st.sampled_from(Comparison))
def test_the_sign_of_the_distance_says_on_which_side_the_value_lies(
    threshold: Decimal, value: Decimal, comparison: Comparison
) -> None:
    requirement = Requirement("metric:x", "x", comparison, threshold, "")
    (found,) = compare([requirement], [measured("metric:x", str(value))])
    assert found.met == (value <= threshold if comparison is Comparison.AT_MOST else value >= threshold)
    if found.distance:
        assert (found.distance < 0) == found.met
