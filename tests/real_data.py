"""The real data that tests measure against. None of it is in the project: where it is absent, such tests skip."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent


def data_folder() -> Path:
    """`THROUGHLINE_DATA`, or else `../shared/data` beside the project."""
    return Path(os.environ.get("THROUGHLINE_DATA") or PROJECT.parent / "shared" / "data")


def real_file(*parts: str) -> Path:
    """The path of one real file; skips the test, saying which file is absent, where it is."""
    path = data_folder().joinpath(*parts)
    if not path.is_file():
        pytest.skip(f"needs real data: {'/'.join(parts)} is not in {data_folder()} (set THROUGHLINE_DATA)")
    return path


INVENTORY_2023 = ("us-ai-inventory-2023", "2023_consolidated_ai_inventory_raw.csv")
INVENTORY_2024_FIRST = ("us-ai-inventory-2024", "2024_consolidated_ai_inventory_raw.csv")
INVENTORY_2024 = ("us-ai-inventory-2024", "2024_consolidated_ai_inventory_raw_v2.csv")
AGENCIES_2025 = "us-ai-inventory-2025-agency-files"
