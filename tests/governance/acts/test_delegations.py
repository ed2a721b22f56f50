"""Being away: who may name a deputy, whom, and when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from governance.acts.delegations import delegate, end_delegation
from governance.acts.groups import add_to_group, make_group
from governance.errors import Conflict, Invalid, NotPermitted
from governance.groups import deputies, stands_in_for
from governance.models import AuditEvent, Delegation
from models_registry.models import Person
from models_registry.vocabulary import OrgRole
from tests.world import World

DAY = timedelta(days=1)


def away(world: World, person: Person, deputy: Person, first: int = 1, last: int = 8) -> Delegation:
    """Away from so many days after now until so many days after now."""
    return delegate(person, deputy, world.now + first * DAY, world.now + last * DAY, "On leave.", at=world.now)


def test_an_officer_is_stood_in_for_by_another_between_two_moments(world: World) -> None:
    made = away(world, world.officer, world.second_officer)
    assert away(world, world.officer, world.second_officer) == made  # a double click
    assert deputies(world.now) == {}
    assert deputies(world.now + 2 * DAY) == {world.officer.pk: made}
    assert deputies(made.ends_at) == {}
    assert list(AuditEvent.objects.filter(act__startswith="delegation").values_list("act", flat=True)) == [
        "delegation.start"
    ]


def test_a_deputy_speaks_for_the_groups_of_who_is_away_and_becomes_no_officer(world: World) -> None:
    legal = make_group(world.admin, "Legal", at=world.tick())
    add_to_group(world.admin, legal.pk, world.stranger, at=world.tick())
    away(world, world.stranger, world.viewer)
    assert stands_in_for(world.viewer, world.now + 2 * DAY) == {world.stranger.pk: frozenset({"legal"})}
    assert stands_in_for(world.viewer, world.now) == {}
    away(world, world.officer, world.second_officer)
    assert stands_in_for(world.second_officer, world.now + 2 * DAY) == {world.officer.pk: frozenset()}


def test_what_makes_no_absence_is_refused_at_its_field(world: World) -> None:
    third = world.person("Noor Haddad", role=OrgRole.COMPLIANCE_OFFICER)
    third.is_active = False
    third.save()
    for deputy in (world.officer, world.lead, world.auditor, third):
        with pytest.raises(Invalid) as refusal:
            away(world, world.officer, deputy)
        assert refusal.value.field == "deputy"
    for first, last, field in ((8, 1, "ends_at"), (-3, 4, "starts_at"), (1, 400, "ends_at")):
        with pytest.raises(Invalid) as refusal:
            away(world, world.officer, world.second_officer, first, last)
        assert refusal.value.field == field
    with pytest.raises(Invalid) as refusal:
        delegate(world.officer, world.second_officer, world.now, world.now + DAY, "  ", at=world.now)
    assert refusal.value.field == "reason"
    with pytest.raises(NotPermitted, match="Only who owns stages, or approves or advises"):
        away(world, world.viewer, world.engineer)
    assert not Delegation.objects.exists()


def test_the_work_is_with_one_present_person_at_every_moment(world: World) -> None:
    third = world.person("Noor Haddad", role=OrgRole.COMPLIANCE_OFFICER)
    away(world, world.officer, world.second_officer)
    with pytest.raises(Conflict, match="Elena Rossi stands in for you at that time already"):
        away(world, world.officer, third, 4, 5)
    with pytest.raises(Conflict, match="Samuel Okafor is away at that time"):
        away(world, third, world.officer, 7, 9)
    with pytest.raises(Conflict, match="You stand in for Samuel Okafor at that time"):
        away(world, world.second_officer, third, 2, 3)
    away(world, world.officer, third, 8, 9)  # the next day begins where the last one ended
    assert Delegation.objects.count() == 2


def test_both_people_and_administrators_end_it_early(world: World) -> None:
    for ending in (world.officer, world.second_officer, world.admin):
        made = away(world, world.officer, world.second_officer)
        with pytest.raises(NotPermitted):
            end_delegation(world.lead, made.pk, at=world.now)
        ended = end_delegation(ending, made.pk, at=world.now + 2 * DAY)
        assert end_delegation(ending, made.pk, at=world.now + 3 * DAY).ended_early_at == ended.ended_early_at
        assert deputies(world.now + 2 * DAY) == {}
        world.tick(9 * DAY)
    late = away(world, world.officer, world.second_officer)
    with pytest.raises(Conflict, match="ended already"):
        end_delegation(world.officer, late.pk, at=late.ends_at)
