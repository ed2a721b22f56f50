"""Groups that approve and advise: who changes them, and that nobody goes whom the policy cannot do without."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from governance.acts.assignment import assign_review
from governance.acts.delegations import delegate
from governance.acts.groups import add_to_group, group_mark, make_group, rename_group, take_from_group
from governance.acts.organisation import deactivate_person, save_person
from governance.acts.policies import draft_policy, publish_policy
from governance.acts.reviews import request_review
from governance.errors import Conflict, Invalid, NotPermitted
from governance.models import ApproverGroup, AuditEvent, GroupMember
from governance.policy import DEFAULT_RULES
from models_registry.models import Person
from models_registry.vocabulary import OrgRole, Stage
from tests.world import World


def ask_for(world: World, *approvers: tuple[str, int], tier: str = "low") -> None:
    """Publish a policy whose compliance review at this tier asks for these quorums, and for one officer elsewhere."""
    rules: dict[str, Any] = deepcopy(DEFAULT_RULES)
    rules["tiers"]["high"]["compliance_review"]["approvals"] = 1
    wanted = [{"group": group, "quorum": quorum} for group, quorum in approvers]
    rules["tiers"][tier]["compliance_review"] |= {"approvers": wanted}
    draft = draft_policy(world.officer, rules, "Groups.", at=world.tick())
    publish_policy(world.admin, draft.pk, at=world.tick())


def change_role(world: World, person: Person, role: OrgRole) -> None:
    save_person(world.admin, email=person.email, full_name=person.full_name, role=role, person=person, at=world.tick())


def test_officers_and_administrators_make_and_rename_groups(world: World) -> None:
    group = make_group(world.officer, " Data protection ", "Personal data.", at=world.tick())
    assert (group.slug, group.name, str(group)) == ("data-protection", "Data protection", "Data protection")
    again = rename_group(world.admin, group.pk, "Privacy", "Personal data.", at=world.tick())
    assert (again.slug, again.name) == ("data-protection", "Privacy")
    told = AuditEvent.objects.filter(subject=f"group:{group.pk}").values_list("act", "actor_name")
    assert list(told) == [("group.create", "Samuel Okafor"), ("group.edit", "Lena Fischer")]
    for other in (world.lead, world.engineer, world.auditor, world.stranger):
        with pytest.raises(NotPermitted, match="Only administrators and compliance officers"):
            make_group(other, "Legal")


@pytest.mark.parametrize("name", ["", "Compliance Officers", "PRIVACY", "x" * 121])
def test_a_name_that_cannot_be_used_is_refused_at_its_field(world: World, name: str) -> None:
    make_group(world.admin, "Privacy", at=world.tick())
    with pytest.raises(Invalid) as refusal:
        make_group(world.admin, name, at=world.tick())
    assert refusal.value.field == "name"
    assert ApproverGroup.objects.count() == 1


def test_who_renames_from_an_old_page_is_told_who_was_first(world: World) -> None:
    group = make_group(world.admin, "Privacy", at=world.tick())
    seen = group_mark(group)
    rename_group(world.officer, group.pk, "Data protection", at=world.tick())
    with pytest.raises(Conflict, match="Samuel Okafor changed Data protection after you opened it"):
        rename_group(world.admin, group.pk, "Privacy office", seen=seen, at=world.tick())


def test_a_seat_is_given_once_and_never_to_an_auditor(world: World) -> None:
    group = make_group(world.admin, "Legal", at=world.tick())
    first = add_to_group(world.admin, group.pk, world.stranger, at=world.tick())
    assert add_to_group(world.officer, group.pk, world.stranger, at=world.tick()) == first
    assert AuditEvent.objects.filter(act="group.add").count() == 1
    with pytest.raises(Invalid, match="auditor"):
        add_to_group(world.admin, group.pk, world.auditor)
    take_from_group(world.admin, group.pk, world.stranger, at=world.tick())
    with pytest.raises(Conflict, match="Yusuf Demir is not in Legal"):
        take_from_group(world.admin, group.pk, world.stranger)


def test_the_sole_approver_of_a_group_stays_until_there_is_another(world: World) -> None:
    group = make_group(world.admin, "Legal", at=world.tick())
    add_to_group(world.admin, group.pk, world.stranger, at=world.tick())
    ask_for(world, ("legal", 1))
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    review = world.open_review(release)
    review.quorums = [{"group": "legal", "quorum": 1}]
    review.save(update_fields=["quorums"])
    with pytest.raises(Conflict) as refusal:
        take_from_group(world.admin, group.pk, world.stranger)
    assert refusal.value.message == (
        "The policy asks for 1 of Legal at low risk, and without Yusuf Demir nobody would be left. "
        f"Open reviews that too few people could decide then: {release}."
    )
    assert refusal.value.remedy == "Add somebody else to Legal first, or publish a policy that asks for fewer."
    add_to_group(world.admin, group.pk, world.viewer, at=world.tick())
    take_from_group(world.admin, group.pk, world.stranger, at=world.tick())
    assert [seat.person for seat in GroupMember.objects.filter(group=group)] == [world.viewer]


def test_whoever_loses_a_seat_gives_up_the_reviews_that_only_it_let_them_have(world: World) -> None:
    group = make_group(world.admin, "Legal", at=world.tick())
    for person in (world.stranger, world.viewer, world.officer):
        add_to_group(world.admin, group.pk, person, at=world.tick())
    ask_for(world, ("legal", 1))
    deputy = world.person("Noor Haddad")
    ends = world.now + timedelta(days=30)
    delegate(world.stranger, deputy, world.now, ends, "Away.", at=world.tick())
    reviews = []
    for person in (world.stranger, deputy, world.officer):
        release = world.release_at(Stage.DEPLOYMENT)
        review = request_review(world.engineer, release.pk, "Look again.", at=world.tick())
        reviews.append(assign_review(world.admin, review.pk, person, at=world.tick()))
    assert take_from_group(world.admin, group.pk, world.stranger, at=world.tick()) == 2
    assert take_from_group(world.admin, group.pk, world.officer, at=world.tick()) == 0
    for review, left in zip(reviews, (None, None, world.officer), strict=True):
        review.refresh_from_db()
        assert (review.assignee, review.assigned_at is None) == (left, left is None)
    told = AuditEvent.objects.filter(act="review.give_up").order_by("pk")
    assert [(one.detail["before"], one.detail["why"]) for one in told] == [
        ("Yusuf Demir", "Yusuf Demir is no longer in Legal"),
        ("Noor Haddad", "Yusuf Demir is no longer in Legal"),
    ]


def test_a_group_that_no_policy_asks_may_be_emptied(world: World) -> None:
    group = make_group(world.admin, "Legal", at=world.tick())
    add_to_group(world.admin, group.pk, world.stranger, at=world.tick())
    take_from_group(world.admin, group.pk, world.stranger, at=world.tick())
    assert not GroupMember.objects.exists()


def test_the_last_officers_keep_their_role(world: World) -> None:
    with pytest.raises(Invalid) as refusal:  # the default policy asks for two at high risk
        change_role(world, world.officer, OrgRole.MEMBER)
    assert refusal.value.field == "role"
    assert "asks for 2 of Compliance officers at high risk, and without Samuel Okafor only 1 would be left" in str(
        refusal.value
    )
    world.person("Noor Haddad", role=OrgRole.COMPLIANCE_OFFICER)
    change_role(world, world.officer, OrgRole.MEMBER)
    with pytest.raises(Invalid, match="Make somebody else a compliance officer first"):
        change_role(world, world.second_officer, OrgRole.AUDITOR)


def test_who_left_does_not_go_on_signing_in_because_a_policy_needs_them(world: World) -> None:
    with pytest.raises(Conflict, match="only 1 would be left") as refusal:
        deactivate_person(world.admin, world.officer.pk, at=world.tick())
    assert refusal.value.remedy.endswith("Or end the access all the same.")
    assert Person.objects.get(pk=world.officer.pk).is_active
    deactivate_person(world.admin, world.officer.pk, despite=True, at=world.tick())
    assert not Person.objects.get(pk=world.officer.pk).is_active
    event = AuditEvent.objects.filter(act="person.deactivate").get()
    assert "only 1 would be left" in event.detail["despite"]
