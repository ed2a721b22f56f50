"""Teams, people, calendars and policies."""

from datetime import timedelta
from decimal import Decimal

import pytest

from governance.acts.calendars import save_calendar
from governance.acts.evidence import EvidenceFacts, attach_evidence
from governance.acts.intake import ModelFacts, register_model
from governance.acts.organisation import TeamFacts, deactivate_person, remove_member, save_person, save_team, set_member
from governance.acts.ownership import claim
from governance.acts.policies import draft_policy, install_policy, publish_policy
from governance.acts.transitions import park
from governance.errors import Conflict, Invalid, NotPermitted
from governance.models import AuditEvent, Policy, StageOwnership, Tenure
from governance.policy import DEFAULT_RULES
from models_registry.models import Membership, Person
from models_registry.vocabulary import EndReason, EvidenceKind, OrgRole, Stage, TeamRole
from tests.world import World


def test_deactivating_a_person_opens_vacancies_for_all_they_own(world: World) -> None:
    owned = [world.release_at(Stage.VALIDATION), world.release_at(Stage.BRIEF)]
    deactivate_person(world.admin, world.engineer.pk, at=world.tick())
    assert [world.spell(release).owner for release in owned] == [None, None]
    assert [world.spell(release).since for release in owned] == [world.now, world.now]
    assert not StageOwnership.objects.filter(owner=world.engineer, until__isnull=True).exists()


def test_nobody_locks_themselves_out(world: World) -> None:
    with pytest.raises(Invalid):
        deactivate_person(world.admin, world.admin.pk)
    with pytest.raises(Invalid):
        save_person(world.admin, email=world.admin.email, full_name="Lena", role=OrgRole.MEMBER, person=world.admin)


def test_leaving_a_team_leaves_its_releases(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    remove_member(world.lead, world.team, world.engineer, at=world.tick())
    assert world.spell(release).owner is None
    with pytest.raises(Conflict):
        remove_member(world.lead, world.team, world.engineer)


def test_who_may_own_a_stage_no_longer_does_not(world: World) -> None:
    """A role that only reads would otherwise keep the right to move what it owned before."""
    work, review = world.release_at(Stage.VALIDATION), world.release_at(Stage.COMPLIANCE_REVIEW)
    claim(world.officer, review.pk, at=world.tick())
    set_member(world.lead, world.team, world.engineer, TeamRole.VIEWER, at=world.tick())
    vacancy = world.spell(work)
    assert (vacancy.owner, vacancy.since, vacancy.began) == (None, world.now, Tenure.UNFIT)
    assert vacancy.note == "now viewer of Payments risk"
    assert world.spell(review).owner == world.officer
    world.person("Noor Haddad", role=OrgRole.COMPLIANCE_OFFICER)  # the policy wants two at high risk
    change_role(world, world.officer, OrgRole.MEMBER)
    assert (world.spell(review).owner, world.spell(review).note) == (None, "now member")


def test_a_new_role_that_may_own_the_stage_takes_nothing(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    set_member(world.lead, world.team, world.engineer, TeamRole.LEAD, at=world.tick())
    change_role(world, world.engineer, OrgRole.ADMIN)
    remove_member(world.lead, world.team, world.engineer, at=world.tick())
    assert world.spell(release).owner == world.engineer


def test_an_auditor_has_no_hand_in_the_work_of_any_team(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    change_role(world, world.engineer, OrgRole.AUDITOR)
    set_member(world.lead, world.team, world.engineer, TeamRole.LEAD, at=world.tick())
    assert world.spell(release).owner is None
    auditor = Person.objects.get(pk=world.engineer.pk)
    events = AuditEvent.objects.count()
    for act in (
        lambda: claim(auditor, release.pk),
        lambda: park(auditor, release.pk, EndReason.NO_BUDGET, "No money."),
        lambda: attach_evidence(auditor, release.pk, EvidenceFacts(EvidenceKind.DOCUMENT, "Minutes", "doc 1")),
        lambda: register_model(auditor, world.team, ModelFacts("by-the-auditor")),
        lambda: save_team(auditor, TeamFacts("Renamed", calendar=world.calendar), team=world.team),
    ):
        with pytest.raises(NotPermitted):
            act()
    assert AuditEvent.objects.count() == events


def change_role(world: World, person: Person, role: OrgRole) -> None:
    save_person(world.admin, email=person.email, full_name=person.full_name, role=role, person=person, at=world.tick())


def test_a_lead_changes_their_own_team_only(world: World) -> None:
    other = world.make_team("Motor claims")
    set_member(world.lead, world.team, world.stranger, TeamRole.ENGINEER)
    with pytest.raises(NotPermitted):
        set_member(world.lead, other, world.stranger, TeamRole.ENGINEER)
    with pytest.raises(NotPermitted):
        save_team(world.lead, TeamFacts("Another", calendar=world.calendar))
    assert Membership.objects.filter(person=world.stranger).count() == 1


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        (TeamFacts(" "), "name"),
        (TeamFacts("payments RISK"), "name"),
        (TeamFacts("New", hourly_rate=Decimal(-1)), "hourly_rate"),
        (TeamFacts("New", currency="euro"), "currency"),
    ],
)
def test_an_unusable_team_names_the_field(world: World, facts: TeamFacts, field: str) -> None:
    facts = TeamFacts(facts.name, facts.division, world.calendar, facts.hourly_rate, facts.currency)
    with pytest.raises(Invalid) as refusal:
        save_team(world.admin, facts)
    assert field in {problem.field for problem in refusal.value.problems}


def test_an_address_is_one_person_whatever_its_case(world: World) -> None:
    with pytest.raises(Invalid) as refusal:
        save_person(world.admin, email=world.lead.email.upper(), full_name="Twin")
    assert refusal.value.problems[0].field == "email"
    added = save_person(world.admin, email="Ada@Team.Example", full_name="Ada")
    assert (added.email, added.has_usable_password()) == ("ada@team.example", False)


def test_only_an_administrator_adds_people(world: World) -> None:
    people = Person.objects.count()
    for other in (world.lead, world.officer, world.auditor, world.stranger):
        with pytest.raises(NotPermitted):
            save_person(other, email="new@team.example", full_name="New")
    assert Person.objects.count() == people


def test_a_changed_calendar_moves_open_due_dates_and_no_closed_visit(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    closed = release.visits.get(stage=Stage.BRIEF)
    due = world.visit(release).stalls_at
    assert due is not None
    day_off = (due - timedelta(days=5)).date().isoformat()
    save_calendar(world.admin, {"closed_days": [day_off]}, calendar=world.calendar, at=world.tick())
    assert world.visit(release).stalls_at != due
    assert release.visits.get(stage=Stage.BRIEF).left_at == closed.left_at


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": "New", "timezone": "Mars/Olympus"}, "timezone"),
        ({"name": "New", "hours": {"0": [["17:00", "09:00"]]}}, "hours"),
        ({"name": "New", "country": "ZZ"}, "hours"),
        ({"name": "weekdays"}, "name"),
    ],
)
def test_facts_that_make_no_calendar_are_refused(world: World, facts: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        save_calendar(world.admin, facts)
    assert refusal.value.problems[0].field == field


def test_a_policy_is_published_by_a_second_person_and_holds_from_then_on(world: World) -> None:
    before = world.release_at(Stage.VALIDATION)
    rules = {**DEFAULT_RULES, "vacancy_days": "2"}
    draft = draft_policy(world.officer, rules, "Two days to find an owner.", at=world.tick())
    with pytest.raises(NotPermitted):
        publish_policy(world.officer, draft.pk)
    publish_policy(world.admin, draft.pk, at=world.tick())
    after = world.release_at(Stage.VALIDATION)
    assert (world.visit(before).policy.version, world.visit(after).policy.version) == (1, 2)
    with pytest.raises(Conflict, match="published already"):
        publish_policy(world.admin, draft.pk)


def test_a_policy_that_does_not_read_is_refused_with_the_path(world: World) -> None:
    with pytest.raises(Invalid) as refusal:
        draft_policy(world.admin, {**DEFAULT_RULES, "vacancy_days": "soon"}, "Soon.")
    assert "vacancy_days" in refusal.value.problems[0].field
    with pytest.raises(NotPermitted):
        draft_policy(world.lead, DEFAULT_RULES, "Mine.")


def test_the_first_policy_is_installed_once(world: World) -> None:
    assert install_policy(DEFAULT_RULES, "Again.") is None
    assert Policy.objects.count() == 1
