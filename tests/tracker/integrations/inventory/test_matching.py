"""Which row of a new edition is about which known model; and how a release then moves on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_registry.vocabulary import Stage, VisitState
from tracker.integrations.inventory import matching
from tracker.integrations.inventory.identities import Identity, identity_of
from tracker.integrations.inventory.matching import Side, match
from tracker.integrations.inventory.moves import OpenVisit, move
from tracker.integrations.inventory.visits import PlannedVisit


def side(
    place: int,
    name: str,
    unit: str = "FDA",
    division: str = "Health",
    code: str = "HHS",
    external: str = "",
    **more: str,
) -> Side:
    own = identity_of(external, division, code, unit, name)
    return Side(place, own, more.get("digest", name), more.get("purpose", ""), more.get("former", ""))


def test_a_row_finds_its_model_by_name_unit_and_division() -> None:
    known = [side(7, "A"), side(8, "A", unit="NIH"), side(9, "A", division="Energy", code="DOE")]
    assert match(known, [side(0, "a."), side(1, "A", unit="nih"), side(2, "B")]) == {0: 7, 1: 8}


def test_an_edition_that_names_units_otherwise_is_matched_by_name_and_division() -> None:
    known = [side(7, "A", unit="Food and Drug Administration", external="HHS-1-2023")]
    assert match(known, [side(0, "A")]) == {0: 7}


def test_a_division_is_the_same_in_full_and_by_its_code() -> None:
    known = [side(7, "A", division="Federal Housing Finance Agency", code="FHFA", unit="Office of Counsel")]
    assert match(known, [side(0, "A", division="FHFA", code="FHFA", unit="OGC", external="FHFA-1")]) == {0: 7}


def test_another_division_is_another_model_and_so_is_an_unknown_one() -> None:
    assert match([side(7, "Chatbot")], [side(0, "Chatbot", division="Energy", code="DOE")]) == {}
    assert match([side(7, "Chatbot")], [side(0, "Chatbot", division="", code="")]) == {}


def test_an_id_is_surer_than_a_name() -> None:
    known = [side(7, "Old name", external="X-1"), side(8, "New name", external="X-2")]
    assert match(known, [side(0, "New name", external="X-1")]) == {0: 7}


def test_a_former_name_that_the_row_states_leads_to_the_model() -> None:
    assert match([side(7, "Babel")], [side(0, "Translator (previously Babel)", former="babel")]) == {0: 7}


def test_of_several_of_one_name_the_same_content_goes_first_then_the_most_alike() -> None:
    known = [
        side(7, "Usage", digest="1", purpose="writes code for spreadsheets"),
        side(8, "Usage", digest="2", purpose="draws pictures of team values"),
        side(9, "Usage", digest="3", purpose="sums up reports on leadership"),
    ]
    rows = [
        side(0, "Usage", digest="4", purpose="draws pictures of all team values"),
        side(1, "Usage", digest="3", purpose="sums up reports on leadership"),
        side(2, "Usage", digest="5", purpose="answers the telephone"),
        side(3, "Usage", digest="6", purpose="writes code for spreadsheets and databases"),
    ]
    assert match(known, rows) == {0: 8, 1: 9, 3: 7}


def test_a_crowd_of_one_name_is_paired_in_order_and_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "MOST_PAIRS", 3)
    known = [side(7, "Usage", digest="1"), side(8, "Usage", digest="2")]
    assert match(known, [side(0, "Usage", digest="3"), side(1, "Usage", digest="4")]) == {0: 7, 1: 8}


NAMES = st.sampled_from(["A", "B", "Usage"])
SIDES = st.tuples(
    NAMES, st.sampled_from(["", "u", "v"]), st.sampled_from(["", "Health", "Energy"]), st.sampled_from(["", "X-1"])
)


@given(st.lists(SIDES, max_size=8), st.lists(SIDES, max_size=8))
def test_no_model_and_no_row_is_matched_twice(
    known: list[tuple[str, str, str, str]], rows: list[tuple[str, str, str, str]]
) -> None:
    there = [
        side(100 + n, name, unit, division, "", external) for n, (name, unit, division, external) in enumerate(known)
    ]
    here = [side(n, name, unit, division, "", external) for n, (name, unit, division, external) in enumerate(rows)]
    found = match(there, here)
    assert len(set(found.values())) == len(found)
    assert match(there, [replace(one, place=n) for n, one in enumerate(there)]) == {
        n: 100 + n for n in range(len(there))
    }


def test_a_key_that_is_no_key_is_refused() -> None:
    with pytest.raises(ValueError, match="not enough values"):
        Identity.parse("just a name")


D = date(2024, 1, 1)
MAY = date(2023, 5, 1)


def visit(
    stage: Stage,
    entered: date,
    left: date | None = None,
    estimated: bool = False,
    state: VisitState = VisitState.UNDERWAY,
) -> PlannedVisit:
    return PlannedVisit(stage, entered, left, estimated, state)


def test_a_release_moves_on_from_where_it_stands() -> None:
    standing = OpenVisit(Stage.VALIDATION, MAY, False)
    planned = (visit(Stage.VALIDATION, MAY, D), visit(Stage.LIVE, D))
    assert move(standing, planned).following == (visit(Stage.LIVE, D),)
    assert move(standing, planned).entered is None


def test_an_edition_that_says_the_same_changes_nothing() -> None:
    assert move(OpenVisit(Stage.LIVE, D, False), (visit(Stage.BRIEF, MAY, D), visit(Stage.LIVE, D))).changes_nothing
    assert move(OpenVisit(Stage.LIVE, D, True), (visit(Stage.LIVE, date(2024, 12, 31), None, True),)).changes_nothing


def test_an_estimated_day_gives_way_to_a_known_one_and_never_the_other_way_round() -> None:
    better = move(OpenVisit(Stage.LIVE, D, True), (visit(Stage.LIVE, MAY),))
    assert (better.entered, better.estimated, better.following) == (MAY, False, ())
    assert move(OpenVisit(Stage.LIVE, D, False), (visit(Stage.LIVE, MAY, None, True),)).changes_nothing


def test_a_better_day_is_never_before_the_visit_before_it() -> None:
    standing = OpenVisit(Stage.LIVE, D, True, not_before=date(2023, 9, 1))
    assert move(standing, (visit(Stage.LIVE, MAY),)).entered == date(2023, 9, 1)


def test_an_estimated_brief_is_drawn_back_when_what_followed_was_earlier() -> None:
    step = move(
        OpenVisit(Stage.BRIEF, D, True),
        (visit(Stage.VALIDATION, MAY, date(2023, 8, 1)), visit(Stage.LIVE, date(2023, 8, 1))),
    )
    assert step.entered == MAY
    assert [(one.stage, one.entered) for one in step.following] == [
        (Stage.VALIDATION, MAY),
        (Stage.LIVE, date(2023, 8, 1)),
    ]


def test_a_known_day_is_not_drawn_back_and_nothing_is_dated_before_it() -> None:
    step = move(OpenVisit(Stage.BRIEF, D, False), (visit(Stage.LIVE, MAY),))
    assert (step.entered, step.following) == (None, (visit(Stage.LIVE, D, None, True),))


def test_a_step_back_is_one_visit_of_the_earlier_stage() -> None:
    step = move(
        OpenVisit(Stage.LIVE, D, False), (visit(Stage.BRIEF, MAY, D), visit(Stage.VALIDATION, date(2024, 6, 1)))
    )
    assert step.following == (visit(Stage.VALIDATION, date(2024, 6, 1)),)


def test_what_was_set_aside_is_taken_up_again_and_what_is_underway_set_aside() -> None:
    aside = OpenVisit(Stage.BRIEF, MAY, True, state=VisitState.PARKED)
    assert move(aside, (visit(Stage.BRIEF, MAY, D), visit(Stage.VALIDATION, D))).following == (
        visit(Stage.VALIDATION, D),
    )
    killed = visit(Stage.BRIEF, D, None, True, VisitState.KILLED)
    assert move(OpenVisit(Stage.BRIEF, MAY, False), (visit(Stage.BRIEF, MAY, D), killed)).following == (killed,)


@st.composite
def roads(draw: st.DrawFn) -> tuple[PlannedVisit, ...]:
    stages = draw(st.lists(st.sampled_from(list(Stage)), min_size=1, max_size=5, unique=True).map(sorted_stages))
    days = sorted(draw(st.lists(st.integers(0, 900), min_size=len(stages), max_size=len(stages))))
    entered = [date(2022, 1, 1) + timedelta(days=day) for day in days]
    ends = [*entered[1:], None]
    return tuple(visit(*one, draw(st.booleans())) for one in zip(stages, entered, ends, strict=True))


def sorted_stages(stages: list[Stage]) -> list[Stage]:
    return sorted(stages, key=list(Stage).index)


@given(roads(), st.sampled_from(list(Stage)), st.integers(0, 900), st.booleans(), st.none() | st.integers(0, 400))
def test_whatever_an_edition_says_the_road_stays_whole_and_ends_where_it_says(
    planned: tuple[PlannedVisit, ...], stage: Stage, since: int, estimated: bool, floor: int | None
) -> None:
    entered = date(2022, 1, 1) + timedelta(days=max(since, floor or 0))
    before = None if floor is None else date(2022, 1, 1) + timedelta(days=floor)
    step = move(OpenVisit(stage, entered, estimated, before), planned)
    began = step.entered or entered
    assert before is None or began >= before
    assert (step.following[-1].stage if step.following else stage) is planned[-1].stage
    if step.following:
        assert step.following[0].entered >= began
        assert step.following[-1].left is None
    for one, after in pairwise(step.following):
        assert one.left == after.entered
        assert one.entered <= after.entered
