"""The published inventories themselves. They are not in the project; where they are absent these tests skip."""

from __future__ import annotations

import re
import time
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from governance import trail
from governance.models import StageVisit
from models_registry.models import RegisteredModel
from models_registry.vocabulary import RiskTier, Stage, VisitState
from tests.real_data import AGENCIES_2025, INVENTORY_2023, INVENTORY_2024, INVENTORY_2024_FIRST, real_file
from tests.tracker.integrations.inventory.files import bring_in, plan_at, table_at
from tracker.integrations.inventory.notes import NoteKind
from tracker.integrations.inventory.plan import Plan

DOT = "department-of-transportation__rows.csv"
DOL = "department-of-labor__AI_Use_Cases_Public_reporting-20260128.csv"
FHFA = "federal-housing-finance-agency__fhfa_2025_ai_inventory.csv"
FTC = "federal-trade-commission__2025_Agency_AI_Use_Case_FTC_public_release_csv.csv"
TVA = "tennessee-valley-authority__tva-inventory.csv"
HUD = "department-of-housing-and-urban-development__HUD-2025-AI-Use-Case-Inventory.xlsx"
NARA = "national-archives-and-records-administration__nara-2025-ai-use-case-inventory-final-01-28-2026.xlsx"


def kinds(plan: Plan) -> Counter[NoteKind]:
    return Counter(note.kind for _, note in plan.notes())


def stages(plan: Plan) -> Counter[Stage]:
    return Counter(model.stage for model in plan.models)


def test_the_final_inventory_of_2024_is_read_whole() -> None:
    plan = plan_at(real_file(*INVENTORY_2024))
    assert plan.map.name == "us-federal-2024"
    assert plan.map.guesses == ()
    assert (plan.rows, len(plan.models)) == (2_133, 2_130)
    assert [refusal.line for refusal in plan.refusals] == [902, 915, 956]
    assert all("an exact copy of the row on line" in refusal.reason for refusal in plan.refusals)
    found = stages(plan)
    assert found[Stage.RETIRED] == 142
    assert found[Stage.LIVE] == 874 + 14 + 4
    assert found[Stage.DEPLOYMENT] + found[Stage.COMPLIANCE_REVIEW] == 287 - 1
    assert Counter(model.outcome for model in plan.models)[VisitState.KILLED] == 5
    assert Counter(model.personal_data for model in plan.models)[True] == 175
    assert Counter(model.tier for model in plan.models)[RiskTier.HIGH] == 195 + 131 + 20 + 5


def test_the_dates_of_2024_are_repaired_flagged_and_never_plotted_as_1905() -> None:
    plan = plan_at(real_file(*INVENTORY_2024))
    entered = [visit.entered for model in plan.models for visit in model.visits]
    assert min(entered) >= date(1990, 1, 1)
    assert max(entered) <= date(2024, 12, 31)
    notes = kinds(plan)
    assert notes[NoteKind.DATE_UNREADABLE] == 3
    assert notes[NoteKind.DATE_REPAIRED] > 150
    assert notes[NoteKind.DATE_PLACEHOLDER] > 200
    assert notes[NoteKind.DATE_PLANNED] >= 10
    assert notes[NoteKind.STAGE_MISSING] == 4
    assert notes[NoteKind.STAGE_UNKNOWN] == 0


def test_the_inventory_of_2023_is_read_whole_with_its_half_free_text_stages() -> None:
    plan = plan_at(real_file(*INVENTORY_2023))
    assert (plan.map.name, plan.rows, plan.refusals) == ("us-federal-2023", 710, ())
    notes = kinds(plan)
    assert (notes[NoteKind.STAGE_MISSING], notes[NoteKind.STAGE_UNKNOWN]) == (321, 0)
    found = stages(plan)
    assert found[Stage.LIVE] == 91 + 26 + 27 + 6 + 3 + 2 + 1 + 1 + 1
    assert found[Stage.BRIEF] == 321 + 74 + 7 + 1 + 1


@pytest.mark.parametrize(
    ("name", "rows", "found"),
    [
        (DOT, 70, {Stage.VALIDATION: 53, Stage.LIVE: 16, Stage.DEPLOYMENT: 1}),
        (DOL, 28, {Stage.VALIDATION: 7, Stage.LIVE: 20, Stage.DEPLOYMENT: 1}),
        (FHFA, 18, {Stage.LIVE: 14, Stage.RETIRED: 4}),
        (FTC, 16, {Stage.LIVE: 11, Stage.RETIRED: 2, Stage.DEPLOYMENT: 1, Stage.VALIDATION: 2}),
        (TVA, 59, {Stage.BRIEF: 59}),
        (HUD, 11, {Stage.LIVE: 5, Stage.RETIRED: 2, Stage.DEPLOYMENT: 1, Stage.VALIDATION: 3}),
        (NARA, 14, {Stage.LIVE: 4, Stage.DEPLOYMENT: 2, Stage.VALIDATION: 8}),
    ],
)
def test_each_agency_s_own_file_of_2025_is_read_as_it_was_published(
    name: str, rows: int, found: dict[Stage, int]
) -> None:
    plan = plan_at(real_file(AGENCIES_2025, name))
    assert (plan.map.name, plan.map.guesses, plan.refusals) == ("us-federal-2025", (), ())
    assert plan.rows == rows
    assert stages(plan) == found


def test_section_titles_hidden_sheets_and_the_spreadsheet_s_lists_do_not_get_in_the_way() -> None:
    table = table_at(real_file(AGENCIES_2025, HUD))
    assert (table.sheet, table.header_line) == ("All Use Cases", 2)
    assert table.headers[1] == "Use Case Name"
    assert not any("\n" in header for header in table.headers)


@pytest.mark.django_db
def test_the_three_editions_follow_each_other_without_a_duplicate() -> None:
    first = bring_in(real_file(*INVENTORY_2023))
    assert str(first) == "created 710, updated 0, unchanged 0, refused 0"
    second = bring_in(real_file(*INVENTORY_2024_FIRST))
    assert (second.created + second.updated, second.unchanged, len(second.refusals)) == (1_754, 0, 3)
    assert second.updated >= 200
    third = bring_in(real_file(*INVENTORY_2024))
    assert third.created + third.updated + third.unchanged == 2_130
    assert third.unchanged > 1_700
    assert third.created < 376
    assert RegisteredModel.objects.count() == first.created + second.created + third.created
    names = [
        (re.sub(r"\W+", "", model.name.casefold()), model.team.name)
        for model in RegisteredModel.objects.select_related("team")
        if not re.search(r" \(\d+\)$", model.name)
    ]
    assert len(names) == len(set(names))
    assert str(bring_in(real_file(*INVENTORY_2024))) == "created 0, updated 0, unchanged 2130, refused 3"
    assert StageVisit.objects.filter(left_at=None).count() == RegisteredModel.objects.count()
    assert trail.verify().holds


@pytest.mark.django_db
def test_the_inventory_of_2024_goes_in_within_thirty_seconds() -> None:
    path: Path = real_file(*INVENTORY_2024)
    began = time.process_time()  # what the machine does beside this is not measured
    assert str(bring_in(path)) == "created 2130, updated 0, unchanged 0, refused 3"
    assert time.process_time() - began < 30
    assert StageVisit.objects.filter(left_at=None, stalls_at__isnull=False).count() > 1_000
