"""The benchmark in short: its statements give what the pages' read models give, and it notices when they do not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from bench import trail
from bench.by_hand import answer, statements
from bench.comparing import Differs, same
from bench.large_dossier import fill_dossier
from bench.measuring import Measured, check, measure, visit
from bench.pages import LIST_QUERIES, PAGE_QUERIES, Page, pages, values
from bench.portfolio import LEAD, OFFICER, fill
from bench.report import heading, line, verdict
from models_registry.models import Person, Release
from tracker import dashboard

MODELS = 300


def a_page(address: str = "/stalls/") -> Page:
    return Page(address, LEAD, ("frame",), lambda person, now, found: None)


def test_every_statement_of_a_file_is_found_by_its_name() -> None:
    names = [name for name, _ in statements(("frame", "models"))]
    assert names == ["session", "reader", "memberships", "total", "rows", "holds", "teams"]


def test_a_difference_shows_both_sides() -> None:
    same("the rows", [1, 2], [1, 2])
    with pytest.raises(Differs, match=r"the rows: by hand \[1\], on the page \[2\]"):
        same("the rows", [1], [2])


@pytest.mark.parametrize(
    ("before", "queries", "page_ms", "meets"),
    [
        (LIST_QUERIES, LIST_QUERIES, 20.0, True),
        (LIST_QUERIES - 1, LIST_QUERIES, 20.0, False),
        (LIST_QUERIES + 1, LIST_QUERIES + 1, 5.0, False),
        (9, 9, 20.1, False),
    ],
)
def test_a_page_meets_few_queries_a_constant_number_and_twice_the_time(
    before: int, queries: int, page_ms: float, *, meets: bool
) -> None:
    found = Measured(a_page(), before, queries, page_ms, 10.0)
    assert found.meets is meets
    assert line(found).endswith("missed") is not meets
    assert ("Missed by /stalls/ as team lead." in verdict([found])) is not meets


def test_the_table_stands_in_columns() -> None:
    last = heading(1000, 50_000).splitlines()[-1]
    row = line(Measured(a_page(), 14, 14, 99.0, 66.0))
    assert row.split() == ["/stalls/", "as", "team", "lead", "14", "14", "99.0", "66.0", "1.50"]
    assert len(row) == len(last)


@pytest.mark.parametrize(
    ("seconds", "megabytes", "meets"), [(30.0, 64.0, True), (30.1, 9.0, False), (9.0, 64.1, False)]
)
def test_verification_meets_three_times_the_bare_loop_in_little_memory(
    seconds: float, megabytes: float, *, meets: bool
) -> None:
    found = trail.Verified(1_000_000, 50_001, 10.0, seconds, megabytes)
    assert (found.meets, trail.line(found).endswith("missed")) == (meets, not meets)
    assert ("Missed" in trail.verdict(found)) is not meets


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_statements_give_what_the_pages_give() -> None:
    visits = fill(MODELS)
    assert Release.objects.count() == MODELS
    assert visits > 3 * MODELS
    shown = dashboard.read_page(Person.objects.get(email=LEAD), dashboard.Filters(), timezone.now())
    assert len(shown.rows) == 50
    fill_dossier(controls=20, pieces=40)
    for page in pages():
        assert len(visit(page)) <= page.queries, page.title
        check(page, Person.objects.get(email=page.reader), "")
    assert page.queries == PAGE_QUERIES
    found = measure(next(pages()), 1, 0)
    assert (found.page_ms > 0, found.hand_ms > 0) == (True, True)
    the_bench_notices_another_answer()
    rows = trail.fill_trail(2)
    verified = trail.measure_trail()
    releases = MODELS + 2  # those of the large dossier are two
    assert (verified.rows, rows, verified.chains) == (3 * releases, 3 * releases, releases + 1)


def the_bench_notices_another_answer() -> None:
    """What is right now is wrong in three days: more is past its budget then."""
    person, now = Person.objects.get(email=OFFICER), timezone.now()
    page = next(page for page in pages() if page.reader == OFFICER)
    given = check(page, person, "")
    found = answer(statements(page.files), given | values(page, person, "", now + timedelta(days=3)))
    with pytest.raises(Differs):
        page.check(person, now, found)
