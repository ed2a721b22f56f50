"""A deployment specification is complete, free of secrets and scripts, and held against the brief."""

import pytest

from models_registry.requirements import (
    DEPLOYMENT_FIELDS,
    check_deployment,
    compare_deployment,
    region_agrees,
    sentence,
)
from tests.models_registry.briefs import GOOD_BRIEF, GOOD_DEPLOYMENT, brief, deployment


def problems(raw: dict[str, object], *, complete: bool = False) -> dict[str, str]:
    return {problem.field: problem.message for problem in check_deployment(raw, complete=complete)}


def test_a_good_specification_is_complete_and_within_the_brief() -> None:
    assert problems(deployment(), complete=True) == {}
    assert {one.requirement.code: one.met for one in compare_deployment(GOOD_DEPLOYMENT, GOOD_BRIEF)} == dict.fromkeys(
        ("availability", "cpu", "memory", "gpu", "monthly_cost"), True
    )
    assert region_agrees(GOOD_DEPLOYMENT, GOOD_BRIEF)


@pytest.mark.parametrize("name", sorted(GOOD_DEPLOYMENT))
@pytest.mark.parametrize("blank", [..., None, " "])
def test_each_field_may_be_missing_from_a_draft_only(name: str, blank: object) -> None:
    assert problems(deployment(**{name: blank})) == {}
    assert list(problems(deployment(**{name: blank}), complete=True)) == [name]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("replicas", 0), ("replicas", "2.5"), ("replicas", -1), ("cpu_cores", 0), ("memory_gib", "-8"),
        ("gpu_count", "some"), ("availability_percent", 100.1), ("availability_percent", float("nan")),
        ("monthly_cost", -1), ("currency", "euro"), ("currency", 5), ("environment", "x" * 41),
        ("environment", "a\x00"), ("region", 7), ("rollback_plan", ["a"]),
        ("image_digest", "sha256:" + "A" * 64), ("image_digest", "latest"),
        ("image_digest", "sha256:" + "a" * 64 + "\n1"), ("endpoint", "javascript:alert(1)"),
        ("endpoint", "https://u:p@models.example"), ("monitoring_url", "javascript:alert(1)"),
        ("monitoring_url", "ftp://x.example"), ("monitoring_url", "grafana"), ("runbook_url", "https://"),
        ("runbook_url", "https://wiki.example/a b"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_with_its_field(name: str, value: object) -> None:
    found = problems(deployment(**{name: value}))
    assert list(found) == [name]
    assert found[name].endswith(".")


@pytest.mark.parametrize(
    "endpoint", ["kafka://broker/scores", "nightly-scoring", "grpc://host:50051", "arn:aws:sqs:eu:1:q"]
)
def test_an_endpoint_may_be_a_topic_a_job_or_another_protocol(endpoint: str) -> None:
    assert problems(deployment(endpoint=endpoint), complete=True) == {}


def test_problems_come_in_the_order_of_the_fields() -> None:
    found = list(problems({"currency": "x", "replicas": 0, "environment": 4}))
    assert found == sorted(found, key=DEPLOYMENT_FIELDS.index)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"cpu_cores": "4.5"}, "CPU per replica is 4.5 cores, the brief asks for at most 4 cores"),
        ({"memory_gib": 9}, "memory per replica is 9 GiB, the brief asks for at most 8 GiB"),
        ({"gpu_count": 1}, "GPUs per replica is 1 GPU, the brief asks for at most 0 GPU"),
        ({"availability_percent": 99}, "availability is 99 %, the brief asks for at least 99.5 %"),
        ({"monthly_cost": "4000.01"}, "monthly cost is 4000.01 EUR, the brief asks for at most 4000 EUR"),
    ],
)
def test_what_goes_beyond_the_brief_is_named(change: dict[str, object], says: str) -> None:
    beyond = [one for one in compare_deployment(deployment(**change), GOOD_BRIEF) if not one.met]
    assert [sentence(one) for one in beyond] == [says]
    assert beyond[0].met is False


def test_a_cost_in_another_currency_than_the_budget_cannot_be_judged() -> None:
    (cost,) = (one for one in compare_deployment(deployment(currency="USD"), GOOD_BRIEF) if one.met is not True)
    assert (cost.requirement.code, cost.met) == ("monthly_cost", None)


def test_nothing_is_committed_before_there_is_a_specification() -> None:
    assert {one.met for one in compare_deployment(None, GOOD_BRIEF)} == {None}


def test_a_brief_without_a_region_agrees_with_none() -> None:
    assert not region_agrees(GOOD_DEPLOYMENT, brief(region=""))
    assert not region_agrees(deployment(region="us-east-1"), GOOD_BRIEF)
