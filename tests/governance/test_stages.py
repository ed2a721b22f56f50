"""The transition table is whole, and its drawing in the documentation is fresh."""

from pathlib import Path

import pytest

from governance.stages import (
    DIAGRAM_BEGIN,
    FIRST_STAGE,
    STAGE_DUTIES,
    TRANSITIONS,
    Move,
    Transition,
    UnknownMove,
    advance_from,
    diagram,
    find,
    moves_from,
    send_back_targets,
    with_fresh_diagram,
)
from models_registry.vocabulary import OrgRole, Stage, TeamRole

ROOT = Path(__file__).resolve().parents[2]


def test_the_way_forward_leads_from_the_brief_through_every_stage_to_live() -> None:
    way = [FIRST_STAGE]
    while (following := advance_from(way[-1])) is not None:
        way.append(following)
    assert way == [Stage.BRIEF, Stage.VALIDATION, Stage.COMPLIANCE_REVIEW, Stage.DEPLOYMENT, Stage.LIVE]


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_has_an_entry(stage: Stage) -> None:
    assert stage == FIRST_STAGE or any(move.target == stage for move in TRANSITIONS)


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_has_an_exit_or_says_why_not(stage: Stage) -> None:
    assert bool(moves_from(stage)) != bool(STAGE_DUTIES[stage].no_exit_because)


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_has_an_owner_role(stage: Stage) -> None:
    duty = STAGE_DUTIES[stage]
    assert duty.stage == stage
    assert duty.owner_team_roles or duty.owner_org_roles


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_has_a_time_budget_or_says_why_not(stage: Stage) -> None:
    duty = STAGE_DUTIES[stage]
    assert duty.budgeted != bool(duty.unbudgeted_because)
    assert duty.budget_key == (stage.value if duty.budgeted else None)


def test_only_compliance_officers_own_the_compliance_review_and_nobody_else_is_an_owner_by_office() -> None:
    assert STAGE_DUTIES[Stage.COMPLIANCE_REVIEW].owner_org_roles == (OrgRole.COMPLIANCE_OFFICER,)
    assert STAGE_DUTIES[Stage.COMPLIANCE_REVIEW].owner_team_roles == ()
    others = [duty for stage, duty in STAGE_DUTIES.items() if stage is not Stage.COMPLIANCE_REVIEW]
    assert {roles for duty in others for roles in duty.owner_org_roles} == set()
    assert TeamRole.VIEWER not in {role for duty in others for role in duty.owner_team_roles}


@pytest.mark.parametrize("move", TRANSITIONS, ids=lambda move: f"{move.source}-{move.target}")
def test_forward_moves_have_a_gate_and_all_others_need_a_reason(move: Transition) -> None:
    assert move.gate == (move.kind is Move.ADVANCE)
    assert move.reason_required == (move.kind is not Move.ADVANCE)


def test_no_move_is_listed_twice() -> None:
    pairs = [(move.source, move.target) for move in TRANSITIONS]
    assert len(pairs) == len(set(pairs))


def test_a_release_is_sent_back_to_the_nearest_stage_first() -> None:
    assert send_back_targets(Stage.DEPLOYMENT) == (Stage.COMPLIANCE_REVIEW, Stage.VALIDATION, Stage.BRIEF)
    assert send_back_targets(Stage.COMPLIANCE_REVIEW) == (Stage.VALIDATION, Stage.BRIEF)
    assert send_back_targets(Stage.VALIDATION) == (Stage.BRIEF,)
    assert send_back_targets(Stage.LIVE) == (Stage.DEPLOYMENT,)
    assert send_back_targets(Stage.BRIEF) == ()


def test_a_move_that_the_table_lacks_is_refused_with_the_moves_that_exist() -> None:
    with pytest.raises(UnknownMove) as refused:
        find(Stage.BRIEF, Stage.LIVE)
    assert str(refused.value) == "A release cannot go from Brief to Live: from there it can go to Validation."
    assert refused.value.possible == (Stage.VALIDATION,)


def test_nothing_follows_retirement() -> None:
    for target in Stage:
        with pytest.raises(UnknownMove, match="nothing follows it"):
            find(Stage.RETIRED, target)


def test_retirement_is_found_and_needs_a_reason() -> None:
    move = find(Stage.LIVE, Stage.RETIRED)
    assert (move.kind, move.gate, move.reason_required) == (Move.RETIRE, False, True)


def test_the_diagram_shows_every_move() -> None:
    drawn = diagram()
    assert all(f"    {move.source} --> {move.target} :" in drawn for move in TRANSITIONS)
    assert drawn.count(" --> ") == len(TRANSITIONS) + 2


def test_the_diagram_in_the_documentation_is_fresh() -> None:
    page = (ROOT / "docs" / "stages.md").read_text(encoding="utf-8")
    assert with_fresh_diagram(page) == page, "run: python -m governance.stages docs/stages.md"


def test_a_document_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="needs the markers"):
        with_fresh_diagram(f"# Stages\n{DIAGRAM_BEGIN}\n")
