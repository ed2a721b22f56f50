"""The groups that approve and advise: make one, rename it, give and take seats in it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.text import slugify

from governance import permissions, quorums
from governance.acts.assignment import give_up_reviews
from governance.acts.locks import locked_with_colleagues, moment
from governance.acts.meanwhile import mark, only_one, refuse_stale
from governance.controls import OFFICERS
from governance.errors import Conflict, Invalid, NotFound, invalid
from governance.groups import OFFICERS_NAME, deputies
from governance.models import ApproverGroup, GroupMember
from governance.trail import group_writers as writers
from models_registry.models import Person
from models_registry.requirements import FieldProblem
from models_registry.vocabulary import OrgRole

LONGEST_SLUG = 60


def make_group(actor: Person, name: str, purpose: str = "", *, at: datetime | None = None) -> ApproverGroup:
    """Make a group of nobody yet. Its short name, by which policies know it, stays as it is from now on."""
    at = moment(at)
    with transaction.atomic():
        permissions.manage_groups(actor)
        name, purpose = name.strip(), purpose.strip()
        if problems := _problems(name, purpose, None):
            raise Invalid(problems)
        group = ApproverGroup(slug=_slug(name), name=name, purpose=purpose, created_at=at)
        with only_one(f"A group called {name} was added a moment ago."):
            group.save()
        writers.group_changed("group.create", group, actor, at, after=_says(group))
        return group


def rename_group(
    actor: Person, group_id: int, name: str, purpose: str = "", *, seen: str | None = None, at: datetime | None = None
) -> ApproverGroup:
    """Change a group's name and purpose; policies go on knowing it. `seen` is the `group_mark` of what was read."""
    at = moment(at)
    with transaction.atomic():
        permissions.manage_groups(actor)
        group = _locked(group_id)
        before = _says(group)
        refuse_stale(seen, before, f"group:{group.pk}", group.name)
        name, purpose = name.strip(), purpose.strip()
        if problems := _problems(name, purpose, group):
            raise Invalid(problems)
        if (name, purpose) == (group.name, group.purpose):
            return group
        group.name, group.purpose = name, purpose
        group.save(update_fields=["name", "purpose"])
        writers.group_changed("group.edit", group, actor, at, before=before, after=_says(group))
        return group


def add_to_group(actor: Person, group_id: int, person: Person, *, at: datetime | None = None) -> GroupMember:
    """Give somebody a seat in a group; a second time changes nothing."""
    at = moment(at)
    with transaction.atomic():
        permissions.manage_groups(actor)
        group = _locked(group_id)
        if not person.is_active:
            raise invalid("person", f"{person} may no longer sign in.")
        if person.role == OrgRole.AUDITOR:
            raise invalid("person", f"{person} is an auditor, who reads and decides nothing.")
        seat = GroupMember.objects.filter(group=group, person=person).first()
        if seat is not None:
            return seat
        seat = GroupMember.objects.create(group=group, person=person, added_at=at)
        writers.group_changed("group.add", group, actor, at, person=str(person))
        return seat


def take_from_group(actor: Person, group_id: int, person: Person, *, at: datetime | None = None) -> int:
    """Take somebody's seat away. Refused where the policy in force could not be met without them.

    Reviews that they, or who stands in for them, had only by this seat wait for somebody else; returns how many.
    """
    at = moment(at)
    with transaction.atomic():
        permissions.manage_groups(actor)
        group = _locked(group_id)
        locked_with_colleagues(person.pk)
        seat = GroupMember.objects.filter(group=group, person=person).first()
        if seat is None:
            raise Conflict(f"{person} is not in {group}.")
        if loss := quorums.loss(person, {group.slug}):
            raise Conflict(loss.why, remedy=loss.way_out, code="quorum")
        seat.delete()
        writers.group_changed("group.remove", group, actor, at, person=str(person))
        acting = [person, *(one.deputy for one in deputies(at, {person.pk}).values())]
        return sum(give_up_reviews(one, actor, at, why=f"{person} is no longer in {group}") for one in acting)


def group_mark(group: ApproverGroup) -> str:
    """What a page remembers of a group, for `rename_group` to compare."""
    return mark(_says(group))


def _locked(group_id: int) -> ApproverGroup:
    # Of two people who each take one of the last two seats, the second has to see what the first one did.
    group = ApproverGroup.objects.select_for_update().filter(pk=group_id).first()
    if group is None:
        raise NotFound
    return group


def _problems(name: str, purpose: str, group: ApproverGroup | None) -> list[FieldProblem]:
    problems = []
    others = ApproverGroup.objects.exclude(pk=group.pk if group else 0)
    if not name:
        problems.append(FieldProblem("name", "Give the group a name, for example Legal."))
    elif len(name) > 120:
        problems.append(FieldProblem("name", "Keep the name within 120 characters."))
    elif slugify(name) == OFFICERS or name.casefold() == OFFICERS_NAME.casefold():
        problems.append(FieldProblem("name", "Every compliance officer is in the group of that name already."))
    elif others.filter(name__iexact=name).exists():
        problems.append(FieldProblem("name", f"There is a group called {name}."))
    if len(purpose) > 300:
        problems.append(FieldProblem("purpose", "Keep the purpose within 300 characters."))
    return problems


def _slug(name: str) -> str:
    base = slugify(name)[: LONGEST_SLUG - 4] or "group"
    slug, number = base, 1
    while slug == OFFICERS or ApproverGroup.objects.filter(slug=slug).exists():
        number += 1
        slug = f"{base}-{number}"
    return slug


def _says(group: ApproverGroup) -> dict[str, str]:
    return {"name": group.name, "purpose": group.purpose}
