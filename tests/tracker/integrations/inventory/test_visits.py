"""From a stage and its dates to the visits that a release has made."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_registry.vocabulary import Stage, VisitState
from tracker.integrations.inventory.answers import stage_of
from tracker.integrations.inventory.dates import DateRules, read_date
from tracker.integrations.inventory.notes import NoteKind
from tracker.integrations.inventory.visits import LABELS, PlannedVisit, Standing, standing_of

AS_OF = date(2024, 12, 31)
RULES = DateRules(fiscal_start=10, as_of=AS_OF)
FIELDS = dict(zip(("initiated", "development", "implemented", "retired"), LABELS, strict=True))


def standing(stage: str, review: str = "", **cells: str) -> Standing:
    dates = {FIELDS[name]: read_date(cell, RULES) for name, cell in cells.items()}
    return standing_of(stage_of(stage, {}), dates, AS_OF, review)


def told(found: Standing) -> list[tuple[str, str, str | None, bool]]:
    return [(str(v.stage), str(v.entered), str(v.left) if v.left else None, v.estimated) for v in found.visits]


def kinds(found: Standing) -> set[NoteKind]:
    return {note.kind for note in found.notes}


def test_a_live_release_with_all_dates_made_three_visits() -> None:
    found = standing("In production", initiated="1/5/2022", development="3/7/2022", implemented="9/1/2023")
    assert told(found) == [
        ("brief", "2022-01-05", "2022-03-07", False),
        ("validation", "2022-03-07", "2023-09-01", False),
        ("live", "2023-09-01", None, False),
    ]
    assert found.notes == ()


def test_no_review_and_no_deployment_is_invented_on_the_way_to_live() -> None:
    found = standing("In production", initiated="1/5/2022", implemented="9/1/2023")
    assert [visit.stage for visit in found.visits] == [Stage.BRIEF, Stage.LIVE]


def test_a_stage_without_a_date_begins_on_the_day_the_file_speaks_of() -> None:
    found = standing("Development", initiated="1/5/2022")
    assert told(found) == [("brief", "2022-01-05", "2024-12-31", True), ("validation", "2024-12-31", None, True)]
    assert kinds(found) == {NoteKind.DATE_MISSING}


def test_implemented_begins_the_deployment_of_what_is_not_live_yet() -> None:
    found = standing("Pilot", development="3/7/2022", implemented="9/1/2023")
    assert [visit.stage for visit in found.visits] == [Stage.VALIDATION, Stage.DEPLOYMENT]
    assert found.visits[1].entered == date(2023, 9, 1)


def test_a_date_that_the_stage_contradicts_is_told_and_not_used() -> None:
    found = standing("Initiated", initiated="1/5/2022", implemented="9/1/2023")
    assert told(found) == [("brief", "2022-01-05", None, False)]
    assert kinds(found) == {NoteKind.DATE_UNUSED}


def test_a_plan_is_no_fact() -> None:
    found = standing("In production", development="3/7/2022", implemented="1/1/2027")
    assert found.visits[-1] == PlannedVisit(Stage.LIVE, AS_OF, None, True)


def test_dates_in_the_wrong_order_are_settled_for_the_later_stage() -> None:
    found = standing("In production", initiated="5/1/2023", development="3/1/2023", implemented="9/1/2023")
    assert told(found)[:2] == [
        ("brief", "2023-03-01", "2023-03-01", True),
        ("validation", "2023-03-01", "2023-09-01", False),
    ]
    assert kinds(found) == {NoteKind.DATE_ORDER}


def test_a_bare_year_moves_within_itself_before_anything_is_called_wrong() -> None:
    found = standing("In production", initiated="6/15/2023", development="7/15/1905", implemented="9/1/2023")
    assert told(found) == [
        ("brief", "2023-06-15", "2023-06-15", True),
        ("validation", "2023-06-15", "2023-09-01", True),
        ("live", "2023-09-01", None, False),
    ]
    assert kinds(found) == set()


def test_a_placeholder_is_an_estimate() -> None:
    assert standing("Initiated", initiated="10/1/2023").visits == (
        PlannedVisit(Stage.BRIEF, date(2023, 10, 1), None, True),
    )


@pytest.mark.parametrize(
    ("cells", "stage"),
    [
        ({}, Stage.BRIEF),
        ({"initiated": "1/5/2022"}, Stage.BRIEF),
        ({"development": "1/5/2022"}, Stage.VALIDATION),
        ({"implemented": "1/5/2022"}, Stage.LIVE),
        ({"retired": "1/5/2022"}, Stage.RETIRED),
        ({"implemented": "1/5/2027"}, Stage.BRIEF),
    ],
)
def test_a_stage_that_is_not_given_is_read_from_the_dates_or_is_the_brief(cells: dict[str, str], stage: Stage) -> None:
    found = standing("", **cells)
    assert found.stage is stage
    assert found.given is bool(cells and "27" not in str(cells))


def test_finished_work_that_never_ran_is_killed_where_it_stood_and_not_retired() -> None:
    found = standing("Research or  Administrative Action Complete", initiated="7/25/2024", development="8/1/2024")
    assert (found.stage, found.outcome) == (Stage.VALIDATION, VisitState.KILLED)
    assert [(v.stage, v.state, v.left) for v in found.visits] == [
        (Stage.BRIEF, VisitState.UNDERWAY, date(2024, 8, 1)),
        (Stage.VALIDATION, VisitState.UNDERWAY, AS_OF),
        (Stage.VALIDATION, VisitState.KILLED, None),
    ]
    assert kinds(found) == {NoteKind.SET_ASIDE}


def test_what_was_stopped_after_it_ran_is_retired() -> None:
    found = standing("Cancelled", implemented="1/5/2022")
    assert (found.stage, found.outcome) == (Stage.RETIRED, VisitState.UNDERWAY)


def test_an_unfinished_assessment_places_it_in_review_unless_it_is_implemented() -> None:
    waiting = standing("Implementation and Assessment", "'impact assessment' is 'planned'", development="1/5/2022")
    assert waiting.stage is Stage.COMPLIANCE_REVIEW
    assert told(waiting)[-1] == ("compliance_review", "2024-12-31", None, True)
    done = standing("Implementation and Assessment", "'impact assessment' is 'planned'", implemented="1/5/2022")
    assert done.stage is Stage.DEPLOYMENT


CELLS = st.sampled_from(
    [
        "",
        "N/A",
        "1/5/2022",
        "9/30/2021",
        "10/1/2023",
        "7/15/1905",
        "24-Nov",
        "Q4FY25",
        "1/1/2027",
        "Pre-2021",
        "2015-2022",
    ]
)


@given(
    st.sampled_from(["Initiated", "Development", "Pilot", "Live", "Retired", "", "Cancelled", "On hold", "Completed"]),
    CELLS, CELLS, CELLS, CELLS, st.sampled_from(["", "waits"]),
)  # fmt: skip
def test_visits_follow_each_other_without_gap_or_overlap_and_end_where_the_release_is(
    stage: str, initiated: str, development: str, implemented: str, retired: str, review: str
) -> None:
    found = standing(
        stage, review, initiated=initiated, development=development, implemented=implemented, retired=retired
    )
    visits = found.visits
    assert visits[-1].left is None
    assert (visits[-1].stage, visits[-1].state) == (found.stage, found.outcome)
    assert all(visit.entered <= AS_OF for visit in visits)
    for before, after in pairwise(visits):
        assert before.left == after.entered
        assert before.entered <= after.entered
        assert list(Stage).index(before.stage) <= list(Stage).index(after.stage)
