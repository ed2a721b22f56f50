"""What reports about a trained model say beyond their measured values: how it was validated, explained, scanned."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from models_registry.requirements.details.reading import DetailReader
from models_registry.requirements.facts import FieldProblem
from models_registry.requirements.values import Limits, as_number
from models_registry.vocabulary import ExplanationScope, Severity

MOST_BINS: Final = 50
MOST_FEATURES: Final = 200
VALIDATION: Final = ("measured_on", "sample_size", "method", "calibration", "bins")
CALIBRATION: Final = ("ece", "brier")
BIN: Final = ("predicted", "observed", "count")


def check_validation_report(raw: Mapping[str, Any]) -> list[FieldProblem]:
    """On what data and how it was measured, and how well the scores are calibrated.

    `ece`: the expected calibration error of Naeini et al. (2015); `brier`: the score of Brier (1950), of a probability
    against an event, so that both lie from 0 to 1. A bin has the mean predicted and the observed share.
    """
    reader = DetailReader(raw)
    reader.known(*VALIDATION)
    reader.text("measured_on", "The name of the data", 200)
    reader.number("sample_size", _count("The sample size", above_zero=True))
    reader.text("method", "The method", 2000)
    calibration = reader.part("calibration")
    calibration.known(*CALIBRATION)
    calibration.number("ece", _share("The expected calibration error"))
    calibration.number("brier", _share("The Brier score"))
    for row in reader.rows("bins", "The bins", MOST_BINS):
        row.known(*BIN)
        for name, label in (("predicted", "The mean prediction"), ("observed", "The observed share")):
            if as_number(row.raw.get(name)) is None:
                row.add(name, f"{label} must be a number from 0 to 1, such as 0.35")
            row.number(name, _share(label))
        row.number("count", _count("The count"))
    return _once(reader.problems)


def check_explainability_report(raw: Mapping[str, Any]) -> list[FieldProblem]:
    """Which method, for what, and what mattered most, in the order of its weight."""
    reader = DetailReader(raw)
    reader.known("method", "scope", "features", "limits")
    reader.text("method", "The method", 200, needed="Name the method, such as SHAP or permutation importance")
    reader.word("scope", ExplanationScope)
    reader.text("limits", "The limits", 2000)
    for row in reader.rows("features", "The features", MOST_FEATURES):
        row.known("name", "weight")
        row.text("name", "The name", 200, needed="Name the feature")
        row.number("weight", Limits("The weight", least=Decimal(-(10**9)), most=Decimal(10**9), example="0.21"))
    return reader.problems


def check_security_scan(raw: Mapping[str, Any]) -> list[FieldProblem]:
    """Which tool looked at what, and how many weaknesses it found by their severity."""
    reader = DetailReader(raw)
    reader.known("tool", "tool_version", "scanned_digest", "scanned_at", "found")
    reader.text("tool", "The tool", 200, needed="Name the tool that scanned")
    reader.text("tool_version", "The version", 80)
    reader.digest("scanned_digest", "What was scanned")
    reader.moment("scanned_at", "When it was scanned")
    found = reader.part("found")
    found.known(*(severity.value for severity in Severity))
    for severity in Severity:
        found.number(severity.value, _count(f"The number of {severity.label.lower()} ones"))
    return reader.problems


def check_benchmark(raw: Mapping[str, Any]) -> list[FieldProblem]:
    """On what hardware and under what load the values were measured."""
    reader = DetailReader(raw)
    reader.known("hardware", "load", "tool", "minutes", "clients", "payload")
    reader.text("hardware", "The hardware", 300, needed="Say on what hardware it was measured, such as 4 vCPU, 16 GiB")
    reader.text("load", "The load", 300, needed="Say under what load, such as 300 requests a second")
    reader.text("tool", "The tool", 200)
    reader.text("payload", "The payload", 300)
    reader.number("minutes", Limits("The duration", above_zero=True, most=Decimal(10**6), example="30"))
    reader.number("clients", _count("The number of clients", above_zero=True))
    return reader.problems


def check_document(raw: Mapping[str, Any]) -> list[FieldProblem]:
    """Which document it is: its number, revision and date, as its own cover says."""
    reader = DetailReader(raw)
    reader.known("number", "revision", "dated")
    reader.text("number", "The number", 200)
    reader.text("revision", "The revision", 80)
    reader.day("dated", "The date")
    return reader.problems


def _share(label: str) -> Limits:
    return Limits(label, most=Decimal(1), example="0.04")


def _count(label: str, *, above_zero: bool = False) -> Limits:
    return Limits(label, whole=True, above_zero=above_zero, most=Decimal(10**14), example="20000")


def _once(problems: list[FieldProblem]) -> list[FieldProblem]:
    """The first problem of each field."""
    return list({problem.field: problem for problem in reversed(problems)}.values())[::-1]
