"""Teams and people: what the organisation itself looks like."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.text import slugify

from governance import permissions, quorums
from governance.acts.assignment import give_up_reviews
from governance.acts.calendars import reread_clocks
from governance.acts.locks import locked_release, locked_with_colleagues, moment
from governance.acts.meanwhile import mark, only_one, refuse_stale
from governance.acts.ownership import vacate
from governance.acts.promises import end_promises
from governance.controls import OFFICERS
from governance.errors import Conflict, Invalid, NotFound, invalid
from governance.groups import groups_of
from governance.models import StageOwnership, StageVisit, Tenure
from governance.trail import writers
from models_registry.models import Membership, Person, Release, Team, WorkCalendar
from models_registry.requirements import FieldProblem, currency_problem
from models_registry.vocabulary import OrgRole, TeamRole


@dataclass(frozen=True)
class TeamFacts:
    """What is said of a team."""

    name: str
    division: str = ""
    calendar: WorkCalendar | None = None
    hourly_rate: Decimal = Decimal("95.00")
    currency: str = "EUR"
    escalation_contact: Person | None = None


def save_team(
    actor: Person, facts: TeamFacts, *, team: Team | None = None, seen: str | None = None, at: datetime | None = None
) -> Team:
    """Create a team (administrators), or change one (its leads too).

    `seen` is the `team_mark` as the page showed it.
    """
    at = moment(at)
    with transaction.atomic():
        if team is None:
            permissions.administer(actor)
        else:
            permissions.lead_team(actor, team)
        if problems := _team_problems(facts, team):
            raise Invalid(problems)
        known = team is not None
        team = Team.objects.select_for_update(of=("self",)).get(pk=team.pk) if team else Team(slug=_slug(facts.name))
        before = _team_says(team) if known else {}
        if known:
            refuse_stale(seen, before, f"team:{team.pk}", team.name)
        calendar_before = team.calendar_id
        for name in ("division", "hourly_rate", "escalation_contact"):
            setattr(team, name, getattr(facts, name))
        team.name, team.currency = facts.name.strip(), facts.currency.upper()
        if facts.calendar is not None:
            team.calendar = facts.calendar
        with only_one(f"A team called {team.name} was added a moment ago."):
            team.save()
        if known and team.calendar_id != calendar_before:
            reread_clocks(StageVisit.objects.filter(release__model__team=team), at)
        writers.team_changed(
            "team.edit" if known else "team.create", team, actor, at, before=before, after=_team_says(team)
        )
        return team


def set_member(actor: Person, team: Team, person: Person, role: str, *, at: datetime | None = None) -> Membership:
    """Add a person to a team, or change their role in it; what they may own no longer becomes a vacancy."""
    at = moment(at)
    with transaction.atomic():
        permissions.lead_team(actor, team)
        if role not in set(TeamRole):
            raise invalid("role", "Choose lead, engineer or viewer.")
        if not person.is_active:
            raise invalid("person", f"{person} may no longer sign in.")
        member = Membership.objects.select_for_update().filter(team=team, person=person).first()
        before = member.role if member else None
        if member is not None and before == role:
            return member
        if member is None:
            member = Membership(team=team, person=person)
        member.role = role
        member.save()
        permissions.forget_roles(person)
        writers.team_changed("team.member", team, actor, at, person=str(person), before=before, after=role)
        _vacate_unfit(person, actor, at, why=f"now {TeamRole(role).label.lower()} of {team}")
        return member


def remove_member(actor: Person, team: Team, person: Person, *, at: datetime | None = None) -> None:
    """Take a person out of a team; what they may own no longer becomes a vacancy."""
    at = moment(at)
    with transaction.atomic():
        permissions.lead_team(actor, team)
        gone, _ = Membership.objects.filter(team=team, person=person).delete()
        if not gone:
            raise Conflict(f"{person} is not in {team}.")
        permissions.forget_roles(person)
        writers.team_changed("team.member", team, actor, at, person=str(person), after=None)
        _vacate_unfit(person, actor, at, why=f"left {team}")


def save_person(
    actor: Person,
    *,
    email: str,
    full_name: str,
    role: str = OrgRole.MEMBER,
    timezone: str = "UTC",
    person: Person | None = None,
    password: str | None = None,
    seen: str | None = None,
    at: datetime | None = None,
) -> Person:
    """Add a person who may sign in, or change one. Without a password they set one by the reset mail.

    What a person may own no longer after a change of role becomes a vacancy.

    `seen` is the `person_mark` as the page showed it.
    """
    at = moment(at)
    with transaction.atomic():
        permissions.administer(actor)
        if problems := _person_problems(email, full_name, role, timezone, person):
            raise Invalid(problems)
        known = person is not None
        person = (locked_with_colleagues(person.pk) if person else None) or Person()
        if known and person.pk == actor.pk and role != person.role:
            raise invalid("role", "Another administrator has to change your own role.")
        if known and role != person.role and (loss := quorums.loss(person, _voices_lost(person, role))):
            raise invalid("role", f"{loss.why} {loss.way_out}")
        before = _person_says(person) if known else {}
        if known:
            refuse_stale(seen, before, f"person:{person.pk}", str(person))
        person.email, person.full_name = email.strip().lower(), full_name.strip()
        person.role, person.timezone = role, timezone
        if password:
            person.set_password(password)
        elif not known:
            person.set_unusable_password()
        with only_one("Somebody with this address was added a moment ago."):
            person.save()
        act, after = "person.edit" if known else "person.add", _person_says(person)
        writers.person_changed(act, person, actor, at, before=before, after=after)
        if known and before["role"] != role:
            _vacate_unfit(person, actor, at, why=f"now {OrgRole(role).label.lower()}")
            give_up_reviews(person, actor, at, why=f"now {OrgRole(role).label.lower()}")
        return person


def deactivate_person(actor: Person, person_id: int, *, despite: bool = False, at: datetime | None = None) -> Person:
    """End a person's access. What they own becomes a vacancy from this moment; the trail keeps their name.

    Refused where the policy in force could not be met without them, unless that was said and is accepted (`despite`):
    who has left the organisation must not go on signing in.
    """
    at = moment(at)
    with transaction.atomic():
        permissions.administer(actor)
        person = locked_with_colleagues(person_id)
        if person is None:
            raise NotFound
        if person.pk == actor.pk:
            raise invalid("person", "You cannot lock yourself out; another administrator has to.")
        if not person.is_active:
            return person
        loss = quorums.loss(person)
        if loss and not despite:
            raise Conflict(loss.why, remedy=f"{loss.way_out} Or end the access all the same.", code="quorum")
        person.is_active = False
        person.save(update_fields=["is_active"])
        writers.person_changed("person.deactivate", person, actor, at, **({"despite": loss.why} if loss else {}))
        for spell, release in _owned(person):
            vacate(spell, release, actor, at)
        end_promises(person, actor, at)
        give_up_reviews(person, actor, at, why="left the organisation")
        return person


def reactivate_person(actor: Person, person_id: int, *, at: datetime | None = None) -> Person:
    """Let a person sign in again. What they owned before stays with whoever has it now."""
    at = moment(at)
    with transaction.atomic():
        permissions.administer(actor)
        person = Person.objects.select_for_update().filter(pk=person_id).first()
        if person is None:
            raise NotFound
        if person.is_active:
            return person
        person.is_active = True
        person.save(update_fields=["is_active"])
        writers.person_changed("person.reactivate", person, actor, at)
        return person


def _voices_lost(person: Person, role: str) -> set[str]:
    """The groups that a person no longer speaks for in another role: an auditor for none, the officers' no more."""
    return set(groups_of(person)) if role == OrgRole.AUDITOR else {OFFICERS} & groups_of(person)


def _vacate_unfit(person: Person, actor: Person, at: datetime, *, why: str) -> None:
    """Open a vacancy wherever the person's new place no longer lets them answer; `why` goes to the board and trail."""
    for spell, release in _owned(person):
        # The owner as read now: the caller's copy of the person may be older.
        if not permissions.allows(permissions.own_stage, spell.owner, release.model, spell.visit.stage):
            vacate(spell, release, actor, at, began=Tenure.UNFIT, why=why)
    end_promises(person, actor, at, unfit_only=True)


def _owned(person: Person) -> Iterator[tuple[StageOwnership, Release]]:
    """What a person owns, each with its release, which is locked in the order of all acts."""
    spells = StageOwnership.objects.filter(owner=person, until__isnull=True)
    for release_id in list(spells.order_by("visit__release_id").values_list("visit__release_id", flat=True)):
        release = locked_release(release_id)
        for spell in spells.filter(visit__release=release).select_related("owner", "visit__policy"):
            spell.visit.release = release
            yield spell, release


def _team_problems(facts: TeamFacts, team: Team | None) -> list[FieldProblem]:
    problems = []
    if not facts.name.strip():
        problems.append(FieldProblem("name", "Give the team a name."))
    elif Team.objects.filter(name__iexact=facts.name.strip()).exclude(pk=team.pk if team else 0).exists():
        problems.append(FieldProblem("name", f"There is a team called {facts.name.strip()}."))
    if facts.calendar is None and team is None:
        problems.append(FieldProblem("calendar", "Choose the calendar that the team's time is counted in."))
    if wrong := currency_problem(facts.currency.upper()):
        problems.append(FieldProblem("currency", wrong))
    if not facts.hourly_rate.is_finite() or not 0 <= facts.hourly_rate < 100_000:
        problems.append(FieldProblem("hourly_rate", "Give an hourly rate between 0 and 99,999."))
    return problems


def _person_problems(email: str, full_name: str, role: str, timezone: str, person: Person | None) -> list[FieldProblem]:
    problems = []
    try:
        validate_email(email.strip())
    except ValidationError:
        problems.append(FieldProblem("email", "Give an e-mail address, for example ada@example.org."))
    if Person.objects.filter(email__iexact=email.strip()).exclude(pk=person.pk if person else 0).exists():
        problems.append(FieldProblem("email", "Somebody with this address is here already."))
    if not full_name.strip() or len(full_name) > 150:
        problems.append(FieldProblem("full_name", "Give the name that colleagues know the person by."))
    if role not in set(OrgRole):
        problems.append(FieldProblem("role", "Choose a role from the list."))
    if timezone not in available_timezones():
        problems.append(FieldProblem("timezone", f"“{timezone}” is no time zone; write for example Europe/Berlin."))
    return problems


def _slug(name: str) -> str:
    base = slugify(name)[:80] or "team"
    slug, number = base, 1
    while Team.objects.filter(slug=slug).exists():
        number += 1
        slug = f"{base}-{number}"
    return slug


def team_mark(team: Team) -> str:
    """What a page remembers of a team, for `save_team` to compare."""
    return mark(_team_says(team))


def person_mark(person: Person) -> str:
    """What a page remembers of a person, for `save_person` to compare."""
    return mark(_person_says(person))


def _person_says(person: Person) -> dict[str, Any]:
    return {
        "email": person.email,
        "name": person.full_name,
        "role": str(person.role),
        "timezone": person.timezone,
    }


def _team_says(team: Team) -> dict[str, Any]:
    contact = team.escalation_contact
    return {
        "name": team.name,
        "division": team.division,
        "calendar": str(team.calendar),
        "hourly_rate": team.hourly_rate,
        "currency": team.currency,
        "escalation_contact": str(contact) if contact else None,
    }
