"""What is asked of reports, model cards and documents beyond their measured values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from models_registry.vocabulary import CardFormat, EvidenceKind, ExplanationScope, Severity
from tracker.web.releases.detail_parts import DetailFields, Part, Rows

VALIDATION: Final = DetailFields(
    pairs=(
        (
            Part("measured_on", "Measured on", "The holdout set, as its evidence names it."),
            Part("sample_size", "Sample size", look="num"),
        ),
        (Part("method", "Method", "How it was split and what was held out.", long=True),),
        (
            Part("calibration.ece", "Expected calibration error", "From 0 to 1.", look="num"),
            Part("calibration.brier", "Brier score", "From 0 to 1.", look="num"),
        ),
    ),
    rows=(
        Rows(
            "bins",
            "Reliability",
            "bin",
            (
                Part("predicted", "Mean prediction", look="num"),
                Part("observed", "Observed share", look="num"),
                Part("count", "Cases", look="num"),
            ),
            "A line for each bin of the calibration curve, from the lowest prediction to the highest.",
        ),
    ),
)
BENCHMARK: Final = DetailFields(
    pairs=(
        (
            Part("hardware", "Hardware", "Such as 4 vCPU, 16 GiB, no GPU."),
            Part("load", "Load", "Such as 300 requests a second."),
        ),
        (Part("tool", "Tool", "Such as k6 1.2."), Part("payload", "Payload", "What one request carries.")),
        (Part("minutes", "Duration in minutes", look="num"), Part("clients", "Clients at once", look="num")),
    ),
)
EXPLANATION: Final = DetailFields(
    pairs=(
        (
            Part("method", "Method", "Such as SHAP or permutation importance."),
            Part("scope", "It explains", choose=ExplanationScope),
        ),
        (Part("limits", "What it does not tell", long=True),),
    ),
    rows=(
        Rows(
            "features",
            "Top features",
            "feature",
            (Part("name", "Feature"), Part("weight", "Weight", look="num")),
            "The most important one first.",
        ),
    ),
)
SCAN: Final = DetailFields(
    pairs=(
        (Part("tool", "Tool"), Part("tool_version", "Version of the tool")),
        (
            Part("scanned_digest", "Digest of what was scanned", look="mono"),
            Part("scanned_at", "Scanned", "Such as 2026-03-31 14:30, in UTC unless it names its offset."),
        ),
        (
            Part(f"found.{Severity.CRITICAL}", "Critical found", look="num"),
            Part(f"found.{Severity.HIGH}", "High found", look="num"),
        ),
        (
            Part(f"found.{Severity.MEDIUM}", "Medium found", look="num"),
            Part(f"found.{Severity.LOW}", "Low found", look="num"),
        ),
    ),
)
CARD: Final = DetailFields(
    read=(Part("format", "Read from", choose=CardFormat), Part("run", "Training run")),
    pairs=(
        (Part("model_name", "Name on the card"), Part("model_version", "Version on the card")),
        (Part("intended_use", "Intended use", long=True), Part("limitations", "Limitations", long=True)),
        (Part("training_data", "Training data", long=True), Part("evaluation", "Evaluation", long=True)),
        (Part("ethics", "Ethical considerations", long=True),),
        (Part("licences", "Licence", "One a line.", lines=True), Part("owners", "Owners", "One a line.", lines=True)),
        (Part("datasets", "Datasets", "One a line.", lines=True), Part("languages", "Languages", lines=True)),
        (Part("task", "Task"), Part("library", "Library")),
        (Part("base_model", "Made from"),),
        (Part("tags", "Tags", "One a line.", lines=True), Part("references", "References", lines=True)),
    ),
    rows=(
        Rows(
            "results",
            "Results on the card",
            "result",
            (Part("metric", "Metric"), Part("value", "Value"), Part("dataset", "Dataset"), Part("slice", "Slice")),
            "As the card has them. What counts against the brief stands under the measured values.",
        ),
    ),
    read_rows=(
        Rows(
            "signature",
            "Signature",
            "column",
            (Part("name", "Name"), Part("side", "Side"), Part("type", "Type"), Part("required", "Required")),
        ),
        Rows(
            "unread",
            "What could not be read",
            "line",
            (Part("line", "Line"), Part("what", "What stands there"), Part("why", "Why it was not read")),
        ),
    ),
)
DOCUMENT: Final = DetailFields(
    pairs=(
        (Part("number", "Number of the document"), Part("revision", "Revision")),
        (Part("dated", "Dated", "Such as 2026-03-31."),),
    ),
)
REPORTS: Final[Mapping[EvidenceKind, DetailFields]] = {
    EvidenceKind.VALIDATION_REPORT: VALIDATION,
    EvidenceKind.BENCHMARK: BENCHMARK,
    EvidenceKind.EXPLAINABILITY_REPORT: EXPLANATION,
    EvidenceKind.MODEL_CARD: CARD,
    EvidenceKind.SECURITY_SCAN: SCAN,
    EvidenceKind.DOCUMENT: DOCUMENT,
}
