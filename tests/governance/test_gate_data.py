"""What data must show before validation is left: classes, a basis, and a grant that stands for what is personal."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from governance.gates import Check, Dossier, EvidenceFacts
from models_registry.requirements import ends_by_detail
from models_registry.vocabulary import EvidenceKind, RiskTier, Stage
from tests.governance.dossiers import EVIDENCE, NOON, dossier, evidence, report
from tests.models_registry.briefs import brief
from tests.models_registry.details import dataset_detail, grant_detail

DATASET, GRANT = EvidenceKind.DATASET, EvidenceKind.ACCESS_GRANT


def with_details(*pieces: tuple[EvidenceKind, dict[str, Any]], **changes: Any) -> Dossier:
    """A high-tier dossier in validation whose datasets and grants are these, judged at noon."""
    others = tuple(piece for piece in EVIDENCE if piece.kind not in {kind for kind, _ in pieces})
    mine = tuple(
        replace(evidence(kind), detail=detail, valid_until=ends_by_detail(kind, detail)) for kind, detail in pieces
    )
    return dossier(Stage.VALIDATION, RiskTier.HIGH, **{"evidence": (*others, *mine), "at": NOON, **changes})


def check(judged: Dossier, code: str) -> Check:
    return next(one for one in report(judged).checks if one.code == code)


def test_a_whole_dossier_meets_what_is_asked_of_its_data() -> None:
    whole = with_details()
    assert {code: check(whole, code).reason for code in ("data:columns", "data:basis", "data:grants")} == {
        "data:columns": "2 columns, each with its class.",
        "data:basis": "Said for Claims.",
        "data:grants": "A grant stands for Claims.",
    }


def test_open_columns_are_named_and_an_unlisted_table_too() -> None:
    columns = [{"name": f"column_{number}", "type": "", "classification": ""} for number in range(11)]
    found = check(with_details((DATASET, dataset_detail("Claims", columns=columns)), (DATASET, {})), "data:columns")
    assert (found.state, found.owes, found.action) == ("unmet", "owner", "classify_columns")
    assert "Claims: column_0, column_1," in found.reason
    assert "and 3 more" in found.reason
    assert "The dataset" in found.reason


@pytest.mark.parametrize(
    ("changes", "lacks"),
    [
        ({"lawful_basis": ""}, "without a lawful basis"),
        ({"retention_months": ""}, "without a retention"),
        ({"lawful_basis": "", "retention_months": ""}, "without a lawful basis or retention"),
    ],
)
def test_personal_data_needs_a_basis_and_an_end(changes: dict[str, str], lacks: str) -> None:
    found = check(with_details((DATASET, dataset_detail("Claims", **changes))), "data:basis")
    assert (found.state, lacks in found.reason, "customer_email" in found.reason) == ("unmet", True, True)


def test_data_about_nobody_needs_neither_basis_nor_grant() -> None:
    columns = [{"name": "postcode", "type": "", "classification": "quasi_identifier"}]
    bare = dataset_detail("Weather", columns=columns, lawful_basis="", retention_months="")
    sources = [{"name": "Weather", "uri": "s3://weather", "contains_personal_data": False}]
    judged = with_details((DATASET, bare), (GRANT, {}), brief=brief(data_sources=sources))
    assert check(judged, "data:basis").met
    assert check(judged, "data:grants").reason == "No data source is known to hold personal data."


def grants(*details: dict[str, Any], **changes: Any) -> Check:
    return check(with_details(*((GRANT, detail) for detail in details or ({},)), **changes), "data:grants")


def test_a_grant_counts_for_what_it_covers_by_name_or_by_address() -> None:
    assert grants(grant_detail("CLAIMS")).met
    assert grants(grant_detail("s3://claims/2026")).met
    for other in ({}, grant_detail("Payments"), grant_detail("Claims", subject_kind="model")):
        found = grants(other)
        assert (found.state, found.reason) == ("missing", "No grant covers Claims, which holds personal data.")


def test_a_lapsed_grant_is_named_with_its_day_until_another_one_stands() -> None:
    yesterday, today = (NOON - timedelta(days=1)).date(), NOON.date()
    lapsed = grants(grant_detail("Claims", until=yesterday.isoformat()))
    assert (lapsed.state, lapsed.reason) == (
        "stale",
        "The grant for Claims (The access grant) lapsed on 1 March 2026.",
    )
    assert grants(grant_detail("Claims", until=today.isoformat())).met
    assert grants(grant_detail("Claims", until=yesterday.isoformat()), grant_detail("Claims")).met


def test_a_grant_that_begins_later_does_not_count_yet() -> None:
    later = grants(grant_detail("Claims", **{"from": "2026-03-09"}))
    assert (later.state, "begins only on 9 March 2026" in later.reason) == ("stale", True)


def test_personal_columns_ask_for_a_grant_whatever_the_brief_says_of_its_sources() -> None:
    sources = [{"name": "Claims", "uri": "s3://claims/2026", "contains_personal_data": False}]
    judged = with_details((DATASET, dataset_detail("Customers")), brief=brief(data_sources=sources))
    assert check(judged, "data:grants").reason == "No grant covers Customers, which holds personal data."


def test_a_tier_that_asks_for_no_data_is_not_asked_about_its_data() -> None:
    low = dossier(Stage.VALIDATION, RiskTier.LOW, evidence=tuple[EvidenceFacts, ...](()), at=NOON)
    codes = {one.code for one in report(low).checks}
    assert codes.isdisjoint({"data:columns", "data:basis", "data:grants"})
