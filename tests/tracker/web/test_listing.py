"""Pages of fifty, order and filters in the address, CSV that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.test import RequestFactory

from models_registry.models import Person
from tracker.web.listing import Listing, csv_response, filters_of, page_number, paginate, safe_cell, sort_of

get = RequestFactory().get


@pytest.mark.parametrize(
    ("asked", "number"), [("", 1), ("2", 2), ("0", 1), ("-3", 1), ("٣", 1), ("9" * 30, 1), ("two", 1)]
)
def test_an_odd_page_number_is_the_first_page(asked: str, number: int) -> None:
    assert page_number(get("/", {"page": asked})) == number


def test_a_page_knows_its_place() -> None:
    listing = paginate(get("/", {"page": "2"}), list(range(131)))
    assert (listing.rows[0], listing.first, listing.last, listing.total) == (50, 51, 100, 131)
    assert (listing.pages, listing.previous, listing.next, listing.coming) == (3, 1, 3, 31)


def test_a_page_past_the_end_is_the_last_one_and_an_empty_list_has_one_page() -> None:
    assert paginate(get("/", {"page": "99"}), list(range(131))).number == 3
    empty: Listing[int] = paginate(get("/"), [])
    assert (empty.number, empty.pages, empty.first, empty.last, empty.next) == (1, 1, 0, 0, None)


def test_a_table_is_read_by_the_page_and_counted_once(
    db: None, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    Person.objects.bulk_create([Person(email=f"p{n}@x.example", full_name=f"P {n:03}") for n in range(60)])
    with django_assert_num_queries(2):  # type: ignore[operator]  # a fixture without a type
        listing = paginate(get("/", {"page": "2"}), Person.objects.order_by("full_name"))
    assert [person.full_name for person in listing.rows][:2] == ["P 050", "P 051"]


def test_the_order_comes_from_the_address_and_only_from_what_is_allowed() -> None:
    allowed: dict[str, str | tuple[str, ...]] = {"overrun": "-overdue", "cost": ("-cost", "pk")}
    chosen = sort_of(get("/", {"sort": "cost"}), allowed, "overrun")
    turned = sort_of(get("/", {"sort": "-cost"}), allowed, "overrun")
    hostile = sort_of(get("/", {"sort": "owner__password"}), allowed, "overrun")
    assert (chosen.order, chosen.descending, chosen.turned) == (("-cost", "pk"), True, "-cost")
    assert (turned.order, turned.descending, turned.turned) == (("cost", "-pk"), False, "cost")
    assert (hostile.key, hostile.order) == ("overrun", ("-overdue",))


def test_filters_are_stripped_and_cut() -> None:
    assert filters_of(get("/", {"q": "  fraud\x00 ", "team": "x" * 900}), "q", "team", "tier") == {
        "q": "fraud",
        "team": "x" * 200,
        "tier": "",
    }


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1"]
)
def test_no_cell_is_taken_for_a_formula(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


def test_numbers_moments_and_ordinary_text_stay_what_they_are() -> None:
    assert safe_cell(Decimal("-1.5")) == Decimal("-1.5")
    assert safe_cell(datetime(2026, 6, 16, 8, 24, tzinfo=UTC)) == "2026-06-16T08:24:00+00:00"
    assert safe_cell("card-fraud-scorer") == "card-fraud-scorer"
    assert [safe_cell(value) for value in (None, True, False)] == ["", "yes", "no"]


def test_a_csv_streams_with_its_header_and_opens_as_utf_8() -> None:
    answer = csv_response("stalls", ["Model", "Owner"], [("a,b", "Zoë"), ("=1", None)])
    body = b"".join(answer.streaming_content)  # type: ignore[arg-type]  # not an async answer
    assert body.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(body.decode("utf-8-sig")))) == [["Model", "Owner"], ["a,b", "Zoë"], ["'=1", ""]]
    assert answer["Content-Disposition"] == 'attachment; filename="stalls.csv"'
