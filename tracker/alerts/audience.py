"""Who is told of what: by kind of alert, and only people who still sign in and may see the model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q

from governance import permissions
from models_registry.models import Membership, Person, RegisteredModel, Team
from models_registry.vocabulary import AlertKind, OrgRole, Rung, Stage, TeamRole
from tracker.alerts.kinds import PAST_KINDS, RUNG_OF, STAGE_KINDS, VACANCY_KINDS


@dataclass(frozen=True, slots=True)
class Roster:
    """The people of some teams and of the organisation, read in three queries for a whole batch of alerts."""

    people: Mapping[int, Person]
    leads: Mapping[int, tuple[int, ...]]
    workers: Mapping[int, tuple[int, ...]]
    officers: tuple[int, ...]
    admins: tuple[int, ...]

    @classmethod
    def read(cls, teams: Iterable[Team], also: Collection[int] = ()) -> Roster:
        """The members of these teams, their escalation contacts, the organisation's roles and the people `also`."""
        rows = {team.pk: team for team in teams}
        leads, workers = _members(rows)
        wanted = {person for group in workers.values() for person in group} | set(also)
        wanted |= {team.escalation_contact_id for team in rows.values() if team.escalation_contact_id}
        asked = Q(pk__in=wanted) | Q(role__in=[OrgRole.ADMIN, OrgRole.COMPLIANCE_OFFICER])
        people = {person.pk: person for person in Person.objects.filter(asked, is_active=True).order_by("pk")}
        permissions.remember_roles(list(people.values()))
        return cls(
            people=people,
            leads=leads,
            workers=workers,
            officers=tuple(pk for pk, person in people.items() if person.role == OrgRole.COMPLIANCE_OFFICER),
            admins=tuple(pk for pk, person in people.items() if person.role == OrgRole.ADMIN),
        )

    def sees(self, person: int, model: RegisteredModel) -> bool:
        return person in self.people and permissions.allows(permissions.see, self.people[person], model)

    def may_own(self, model: RegisteredModel, stage: Stage) -> list[int]:
        """Who of those whose work it is may answer for this stage of the model."""
        able = self.officers if stage == Stage.COMPLIANCE_REVIEW else self.workers.get(model.team_id, ())
        return [
            person
            for person in able
            if person in self.people and permissions.allows(permissions.own_stage, self.people[person], model, stage)
        ]


def audience(kind: AlertKind, model: RegisteredModel, stage: Stage, owner: int | None, roster: Roster) -> list[int]:
    """The people told of a rung of either clock, each once; `model.team` tells the escalation contact."""
    if kind in STAGE_KINDS:
        told = _of_stage_clock(kind, model.team, owner, roster)
    elif kind in VACANCY_KINDS:
        told = _of_vacancy(kind, model, stage, roster)
    else:
        raise ValueError(f"{kind} is told to the people whom its act names.")
    seeing = within_sight(told, model, roster)
    if not seeing and kind in PAST_KINDS:
        return within_sight(roster.admins, model, roster)  # a team of nobody: somebody has to hear of it
    return seeing


def within_sight(told: Iterable[int | None], model: RegisteredModel, roster: Roster) -> list[int]:
    """Those who may know of it, each once, in the given order."""
    return [person for person in dict.fromkeys(told) if person is not None and roster.sees(person, model)]


def _of_stage_clock(kind: AlertKind, team: Team, owner: int | None, roster: Roster) -> list[int | None]:
    leads = roster.leads.get(team.pk, ())
    if RUNG_OF[kind] == Rung.AT_RISK:
        return [owner] if owner else [*leads]
    return [owner, *leads, *_escalation(RUNG_OF[kind], team, roster)]


def _of_vacancy(kind: AlertKind, model: RegisteredModel, stage: Stage, roster: Roster) -> list[int | None]:
    if kind in (AlertKind.VACANCY_OPEN, AlertKind.VACANCY_AT_RISK):
        return [*roster.may_own(model, stage)]
    return [*roster.leads.get(model.team_id, ()), *_escalation(RUNG_OF[kind], model.team, roster)]


def _escalation(rung: Rung, team: Team, roster: Roster) -> list[int | None]:
    contact = [team.escalation_contact_id] if rung in (Rung.ESCALATED, Rung.ESCALATED_AGAIN) else []
    return [*contact, *roster.admins] if rung == Rung.ESCALATED_AGAIN else contact


def _members(teams: Mapping[int, Team]) -> tuple[dict[int, tuple[int, ...]], dict[int, tuple[int, ...]]]:
    leads: defaultdict[int, list[int]] = defaultdict(list)
    workers: defaultdict[int, list[int]] = defaultdict(list)
    members = Membership.objects.filter(team__in=list(teams), role__in=permissions.WORKING_ROLES)
    for team, person, role in members.order_by("pk").values_list("team_id", "person_id", "role"):
        workers[team].append(person)
        if role == TeamRole.LEAD:
            leads[team].append(person)
    return {team: tuple(found) for team, found in leads.items()}, {team: tuple(f) for team, f in workers.items()}
