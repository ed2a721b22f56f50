"""The files of the sample: short reports as PDF, and model cards as Markdown that are read as an import reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from governance.acts.evidence import EvidenceFacts
from models_registry.vocabulary import EvidenceKind
from tracker.integrations.cards import read_card

_PAGE: Final = (
    b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources <</Font <</F1 5 0 R>>>>>>"
)
_FONT: Final = b"<</Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding>>"
Paper = tuple[str, bytes]


def paper_for(name: str, facts: EvidenceFacts, purpose: str, brief: Mapping[str, Any]) -> Paper | None:
    """The file that comes with a record, with its name; None for a kind that comes without."""
    if facts.kind == EvidenceKind.MODEL_CARD:
        return "README.md", _card(name, purpose, brief).encode()
    if facts.kind == EvidenceKind.VALIDATION_REPORT:
        rows = [_spoken(row) for row in facts.measurements]
        return f"{name}-validation.pdf", pdf(
            [facts.title, f"Model: {name}", *rows, "Split by customer, latest quarter."]
        )
    return None


def with_paper(facts: EvidenceFacts, paper: Paper, file: int) -> EvidenceFacts:
    """The record with its file; a card says what its file says."""
    if facts.kind != EvidenceKind.MODEL_CARD:
        return replace(facts, file=file, content_digest="")
    card = read_card(*paper)
    return replace(facts, file=file, content_digest="", detail=card.detail, summary=card.summary)


def pdf(lines: Sequence[str]) -> bytes:
    """One page of text, in the few objects that a PDF needs (ISO 32000-2, 7.5)."""
    shown = "".join(f"({_escaped(line)}) Tj T* " for line in lines)
    stream = f"BT /F1 12 Tf 72 770 Td 20 TL {shown}ET".encode("cp1252", "replace")
    objects = [
        b"<</Type /Catalog /Pages 2 0 R>>",
        b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
        _PAGE,
        b"<</Length %d>> stream\n%s\nendstream" % (len(stream), stream),
        _FONT,
    ]
    body, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    trailer = b"trailer <</Size %d /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))
    return body + head + trailer


def _escaped(line: str) -> str:
    return line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _spoken(row: Mapping[str, Any]) -> str:
    interval = f", 95 % interval {row['low']} to {row['high']}" if "low" in row else ""
    return f"{row['code'].removeprefix('metric:')}, {row['slice'] or 'overall'}: {row['value']}{interval}"


def _card(name: str, purpose: str, brief: Mapping[str, Any]) -> str:
    metric = brief["acceptance_metrics"][0]["metric"]
    return f"""---
language: en
license: proprietary
library_name: lightgbm
datasets: [{name}-events]
metrics: [{metric}]
thumbnail: https://ml.demo.example/{name}.png
---
# {name}

{purpose} Built for the team that runs it, and for no one else.

## Intended use

{purpose} It advises people who decide, within the schema of its brief.

## Limitations

Sparse data below eighteen months of history; not for legal persons, and not outside {brief["region"]}.

## Training data

Eighteen months of events of {name}, without test accounts, frozen before the split.

## Ethical considerations

Age and postcode are watched as slices and are no inputs.

## How to call it

See the runbook of the service.
"""
