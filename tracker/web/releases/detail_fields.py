"""What a form asks of the detail of each kind of evidence: single fields in sections, and rows of them.

A field is named by its path in the detail, as the problems of `requirements.check_detail` are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from models_registry.vocabulary import (
    DataClass,
    EvidenceKind,
    GranteeKind,
    InputRole,
    LawfulBasis,
    OutputRole,
    SubjectKind,
    Word,
)
from tracker.web.releases.detail_parts import DetailFields, Part, Rows
from tracker.web.releases.detail_reports import REPORTS


def _things(path: str, label: str, one: str, roles: type[Word], hint: str) -> Rows:
    parts = (
        Part("name", "Name"),
        Part("role", "Role", choose=roles),
        Part("namespace", "Namespace"),
        Part("digest", "SHA-256", look="mono"),
    )
    return Rows(path, label, one, parts, hint)


TRAINING_RUN: Final = DetailFields(
    pairs=(
        (Part("code.repository", "Repository"), Part("code.commit", "Commit", look="mono")),
        (Part("code.path", "Path of the script"), Part("environment.hardware", "Hardware", "Such as 1 × A10, 24 GiB.")),
        (
            Part("environment.image", "Digest of the image", look="mono"),
            Part("environment.requirements", "Digest of the list of packages", look="mono"),
        ),
        (Part("environment.python", "Python"),),
        (
            Part("started", "Started", "Such as 2026-03-31 14:30, in UTC unless it names its offset."),
            Part("ended", "Ended"),
        ),
    ),
    rows=(
        _things(
            "inputs",
            "Inputs",
            "input",
            InputRole,
            "The datasets that went in, named as their evidence or the brief does.",
        ),
        _things("outputs", "Outputs", "output", OutputRole, "What came out: the model, datasets, other artefacts."),
        Rows("parameters", "Parameters", "parameter", (Part("name", "Name"), Part("value", "Value"))),
    ),
)
DATASET: Final = DetailFields(
    pairs=(
        (
            Part("name", "Name of the dataset", "As the brief or the training run names it."),
            Part("location", "Location", "Such as s3://bucket/path or schema.table."),
        ),
        (Part("row_count", "Rows", look="num"), Part("retention_months", "Kept for, in months", look="num")),
        (
            Part("lawful_basis", "Lawful basis", "Needed for personal data: Article 6(1) of the GDPR.", LawfulBasis),
            Part("sources", "Made from", "The datasets or data sources it was made from, one a line.", lines=True),
        ),
    ),
    rows=(
        Rows(
            "columns",
            "Columns",
            "column",
            (Part("name", "Name"), Part("type", "Type"), Part("classification", "Class", choose=DataClass)),
            "Leave the class open where you do not know it: suggestions help once the record is attached.",
        ),
    ),
)
ACCESS_GRANT: Final = DetailFields(
    pairs=(
        (Part("grantee", "Who may use it"), Part("grantee_kind", "Kind of holder", choose=GranteeKind)),
        (
            Part("subject", "What it is for", "Named as in the brief or in its evidence."),
            Part("subject_kind", "Dataset or model", choose=SubjectKind),
        ),
        (Part("purpose", "Purpose", "What it may be used for."),),
        (
            Part("from", "First day", "Such as 2026-03-31."),
            Part("until", "Last day", "It counts to the end of this day, in UTC. Empty: no end."),
        ),
    ),
)
FIELDS: Final[Mapping[EvidenceKind, DetailFields]] = {
    **REPORTS,
    EvidenceKind.TRAINING_RUN: TRAINING_RUN,
    EvidenceKind.DATASET: DATASET,
    EvidenceKind.ACCESS_GRANT: ACCESS_GRANT,
}


def fields_of(kind: str) -> DetailFields | None:
    """What a kind asks for beyond what all evidence says; None for a kind without a detail, or none at all."""
    return FIELDS[EvidenceKind(kind)] if kind in set(EvidenceKind) and EvidenceKind(kind) in FIELDS else None
