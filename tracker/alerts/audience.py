"""Who is told of what: by kind of alert and policy, and only people who still sign in and may see the model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from governance import permissions
from governance.groups import deputies
from governance.policy_alerts import OPEN, Recipients
from models_registry.models import Membership, Person, RegisteredModel, Team
from models_registry.vocabulary import AlertKind, OrgRole, Recipient, Stage, TeamRole
from tracker.alerts.kinds import PAST_KINDS, RUNG_OF, STAGE_KINDS, VACANCY_KINDS


@dataclass(frozen=True, slots=True)
class Roster:
    """The people of some teams and of the organisation, read in a few queries for a whole batch of alerts.

    `away`: by whoever is away, the person who stands in.
    """

    people: Mapping[int, Person]
    leads: Mapping[int, tuple[int, ...]]
    workers: Mapping[int, tuple[int, ...]]
    officers: tuple[int, ...]
    admins: tuple[int, ...]
    away: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def read(cls, teams: Iterable[Team], also: Collection[int] = (), *, at: datetime | None = None) -> Roster:
        """The members of these teams, their escalation contacts, the organisation's roles and the people `also`.

        With `at`, whoever stands in for somebody at that moment too.
        """
        rows = {team.pk: team for team in teams}
        leads, workers = _members(rows)
        wanted = {person for group in workers.values() for person in group} | set(also)
        wanted |= {team.escalation_contact_id for team in rows.values() if team.escalation_contact_id}
        away = {person: one.deputy_id for person, one in deputies(at).items()} if at else {}
        wanted |= set(away.values())
        asked = Q(pk__in=wanted) | Q(role__in=[OrgRole.ADMIN, OrgRole.COMPLIANCE_OFFICER])
        people = {person.pk: person for person in Person.objects.filter(asked, is_active=True).order_by("pk")}
        permissions.remember_roles(list(people.values()))
        return cls(
            people=people,
            leads=leads,
            workers=workers,
            officers=tuple(pk for pk, person in people.items() if person.role == OrgRole.COMPLIANCE_OFFICER),
            admins=tuple(pk for pk, person in people.items() if person.role == OrgRole.ADMIN),
            away=away,
        )

    def present(self, people: Iterable[int | None]) -> list[int | None]:
        """The people, each followed by whoever stands in for them."""
        found = [(person, self.away.get(person) if person else None) for person in people]
        return [person for pair in found for person in pair]

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


def audience(
    kind: AlertKind, model: RegisteredModel, stage: Stage, owner: int | None, roster: Roster, said: Recipients
) -> list[int]:
    """The people told of a rung of either clock, each once; `said` is what the policy in force says of it.

    Whoever is away is told, and so is the person who stands in. `model.team` tells the escalation contact.
    """
    if kind in STAGE_KINDS:
        named = said.stage[RUNG_OF[kind]]
    elif kind in VACANCY_KINDS:
        named = said.vacancy[RUNG_OF.get(kind, OPEN)]
    else:
        raise ValueError(f"{kind} is told to the people whom its act names.")
    told = [person for recipient in named for person in _people(recipient, model, stage, owner, roster)]
    seeing = within_sight(roster.present(told), model, roster)
    if not seeing and kind in PAST_KINDS:
        return within_sight(roster.admins, model, roster)  # a team of nobody: somebody has to hear of it
    return seeing


def bound(kind: AlertKind, model: RegisteredModel, owner: int | None, roster: Roster) -> set[int]:
    """Those whose it is to answer for a rung, who hear of it whatever they muted; and who stands in for them."""
    leads = roster.leads.get(model.team_id, ()) if kind in PAST_KINDS else ()
    return {person for person in roster.present([owner, model.team.escalation_contact_id, *leads]) if person}


def within_sight(
    told: Iterable[int | None], model: RegisteredModel, roster: Roster, *, asked: bool = False
) -> list[int]:
    """Those who may know of it, each once, in the given order. `asked`: a review asks them, which opens its release."""
    return [
        person
        for person in dict.fromkeys(told)
        if person is not None and (roster.sees(person, model) or (asked and person in roster.people))
    ]


def _people(
    recipient: Recipient, model: RegisteredModel, stage: Stage, owner: int | None, roster: Roster
) -> Sequence[int | None]:
    """Whom a word of the policy means; where nobody owns the stage, the leads hear what its owner would."""
    leads = roster.leads.get(model.team_id, ())
    match recipient:
        case Recipient.OWNER:
            return [owner] if owner else leads
        case Recipient.ABLE:
            return roster.may_own(model, stage)
        case Recipient.LEAD:
            return leads
        case Recipient.CONTACT:
            return [model.team.escalation_contact_id]
        case Recipient.ADMIN:
            return roster.admins


def _members(teams: Mapping[int, Team]) -> tuple[dict[int, tuple[int, ...]], dict[int, tuple[int, ...]]]:
    leads: defaultdict[int, list[int]] = defaultdict(list)
    workers: defaultdict[int, list[int]] = defaultdict(list)
    members = Membership.objects.filter(team__in=list(teams), role__in=permissions.WORKING_ROLES)
    for team, person, role in members.order_by("pk").values_list("team_id", "person_id", "role"):
        workers[team].append(person)
        if role == TeamRole.LEAD:
            leads[team].append(person)
    return {team: tuple(found) for team, found in leads.items()}, {team: tuple(f) for team, f in workers.items()}
