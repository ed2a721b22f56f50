"""Inventory files that the tests make for themselves."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from models_registry.models import Person
from tracker.integrations.inventory.choosing import known_header, open_inventory
from tracker.integrations.inventory.importing import Report, import_table
from tracker.integrations.inventory.plan import Plan, plan_table
from tracker.integrations.inventory.reading import Table, open_table

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)

HEADERS_2024 = (
    "Use Case Name", "Agency", "Agency Abbreviation", "Bureau", "Use Case Topic Area",
    "What is the intended purpose and expected benefits of the AI?", "Stage of Development",
    "Is the AI use case rights-impacting, safety-impacting, both, or neither?",
    "Date Initiated", "Date when Acquisition and/or Development began", "Date Implemented", "Date Retired",
    "Does this AI use case involve personally identifiable information (PII) that is maintained by the agency?",
    "Has an AI impact assessment been conducted for this AI use case?",
)  # fmt: skip
CODES_2024 = (
    "2_use_case_name", "3_agency", "3_abr", "4_bureau", "8_topic_area", "11_purpose_benefits", "16_dev_stage",
    "17_impact_type", "18_date_initiated", "19_date_acq_dev_began", "20_date_implemented", "21_date_retired",
    "29_contains_pii", "52_impact_assessment",
)  # fmt: skip
FIELDS = (
    "name", "agency", "code", "bureau", "topic", "purpose", "stage", "risk",
    "initiated", "development", "implemented", "retired", "pii", "assessment",
)  # fmt: skip
DEFAULTS = {
    "agency": "Department of Health and Human Services",
    "code": "HHS",
    "bureau": "FDA",
    "purpose": "Sorts reports so that urgent ones are read first.",
    "stage": "Initiated",
    "risk": "Neither",
}


def row_2024(**cells: str) -> list[str]:
    """A row of the 2024 inventory, in the order of its columns."""
    return [({**DEFAULTS, **cells}).get(field, "") for field in FIELDS]


def as_csv(rows: Iterable[Sequence[str]], delimiter: str = ",", end: str = "\r\n") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(rows)
    return text.getvalue()


def write_csv(path: Path, rows: Iterable[Sequence[str]], encoding: str = "utf-8", delimiter: str = ",") -> Path:
    path.write_bytes(as_csv(rows, delimiter).encode(encoding))
    return path


def write_xlsx(path: Path, sheets: dict[str, Iterable[Sequence[Any]]], hidden: Iterable[str] = ()) -> Path:
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        sheet.sheet_state = "hidden" if title in set(hidden) else "visible"
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def table_at(path: Path, sheet: str = "") -> Table:
    return open_table(path, known_header, sheet)


def plan_at(path: Path, map_name: str = "", now: datetime = NOW) -> Plan:
    table, chosen = open_inventory(path, map_name)
    return plan_table(table, chosen, now.date())


def edition(path: Path, *rows: Sequence[str], headers: Sequence[str] = HEADERS_2024, encoding: str = "utf-8") -> Path:
    """A file of the 2024 inventory with these rows."""
    return write_csv(path, [headers, *rows], encoding)


def bring_in(
    path: Path, *, map_name: str = "", now: datetime = NOW, actor: Person | None = None, dry_run: bool = False
) -> Report:
    """Import a file as the command does."""
    table, chosen = open_inventory(path, map_name)
    return import_table(table, chosen, now=now, actor=actor, dry_run=dry_run)
