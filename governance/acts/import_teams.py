"""Teams that an import names: found again by name, or made, with a calendar for their time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.text import slugify

from governance.acts.calendars import revision_in_force
from governance.trail import ORGANISATION, Entry, append
from models_registry.models import ImportRun, Membership, Person, Team, WorkCalendar
from models_registry.vocabulary import OrgRole, Stage, TeamRole


@dataclass(frozen=True)
class TeamSetting:
    """Where the teams of a file work and in which currency they count."""

    country: str = ""
    currency: str = "EUR"
    timezone: str = "UTC"


def teams_for(run: ImportRun, wanted: Iterable[tuple[str, str]], setting: TeamSetting, at: datetime) -> dict[str, Team]:
    """The team of each (name, division), by the name in lower case; those that are not here yet are made."""
    by_name = {team.name.casefold(): team for team in Team.objects.select_related("calendar")}
    missing = {name.casefold(): (name, division) for name, division in wanted if name.casefold() not in by_name}
    if not missing:
        return by_name
    calendar = _calendar(run, setting, at)
    slugs = set(Team.objects.values_list("slug", flat=True))
    made = Team.objects.bulk_create(
        [
            Team(slug=_slug(name, slugs), name=name, division=division, calendar=calendar, currency=setting.currency)
            for name, division in missing.values()
        ],
        batch_size=500,
    )
    append(
        ORGANISATION,
        [
            Entry("team.create", f"team:{team.pk}", team.name, at, run.started_by, detail={"import": run.pk})
            for team in made
        ],
    )
    return by_name | {team.name.casefold(): team for team in made}


def owners_for(
    run: ImportRun, wanted: Iterable[tuple[str, Team, Stage]], at: datetime
) -> dict[tuple[str, int, Stage], Person]:
    """Who of the people named (by e-mail address or full name, with team and stage) may own that stage.

    A person here whom the file names joins the team as an engineer. Left out: whoever is not here or not the only one
    of the name, has left, or may own nothing (an auditor, a viewer of the team).
    """
    wanted = list(wanted)
    people = _people({name.casefold() for name, _, _ in wanted})
    roles = {
        (member.person_id, member.team_id): member.role
        for member in Membership.objects.filter(person__in={person.pk for person in people.values()})
    }
    owners: dict[tuple[str, int, Stage], Person] = {}
    joining: dict[tuple[int, int], Membership] = {}
    for name, team, stage in wanted:
        person = people.get(name.casefold())
        if person is None or not _may_own(person, stage):
            continue
        owners[(name, team.pk, stage)] = person
        role = roles.get((person.pk, team.pk))
        if role is None and person.role not in (OrgRole.ADMIN, OrgRole.COMPLIANCE_OFFICER):
            joining[(person.pk, team.pk)] = Membership(team=team, person=person, role=TeamRole.ENGINEER)
        elif role == TeamRole.VIEWER and person.role != OrgRole.ADMIN and stage != Stage.COMPLIANCE_REVIEW:
            del owners[(name, team.pk, stage)]
    _join(run, list(joining.values()), at)
    return owners


def _people(wanted: set[str]) -> dict[str, Person]:
    """Active people by address and by full name in lower case, as far as a name is borne by one of them only."""
    people: dict[str, Person] = {}
    shared: set[str] = set()
    for person in Person.objects.filter(is_active=True) if wanted else ():
        for name in {person.email.casefold(), person.full_name.casefold()} & wanted:
            if name in people:
                shared.add(name)
            people[name] = person
    return {name: person for name, person in people.items() if name not in shared}


def _may_own(person: Person, stage: Stage) -> bool:
    if stage == Stage.COMPLIANCE_REVIEW:
        return person.role == OrgRole.COMPLIANCE_OFFICER
    return person.role in (OrgRole.MEMBER, OrgRole.ADMIN)


def _join(run: ImportRun, memberships: list[Membership], at: datetime) -> None:
    if not memberships:
        return
    Membership.objects.bulk_create(memberships, batch_size=500)
    append(
        ORGANISATION,
        [
            Entry(
                "team.member",
                f"team:{one.team_id}",
                one.team.name,
                at,
                run.started_by,
                detail={"person": str(one.person), "role": one.role, "import": run.pk},
            )
            for one in memberships
        ],
    )


def _calendar(run: ImportRun, setting: TeamSetting, at: datetime) -> WorkCalendar:
    """A calendar of that time zone and country that is here already, or a new one with the standard week."""
    known = WorkCalendar.objects.filter(timezone=setting.timezone, country=setting.country).order_by("id").first()
    if known is not None:
        return known
    place = f"{setting.country} ({setting.timezone})" if setting.country else setting.timezone
    name, number = f"Weekdays, {place}"[:70], 1
    while WorkCalendar.objects.filter(name__iexact=name if number == 1 else f"{name} {number}").exists():
        number += 1
    calendar = WorkCalendar.objects.create(
        name=name if number == 1 else f"{name} {number}", timezone=setting.timezone, country=setting.country
    )
    revision_in_force(calendar, at)
    detail = {"timezone": calendar.timezone, "country": calendar.country, "import": run.pk}
    append(
        ORGANISATION,
        [Entry("calendar.save", f"calendar:{calendar.pk}", calendar.name, at, run.started_by, detail=detail)],
    )
    return calendar


def _slug(name: str, taken: set[str]) -> str:
    base = slugify(name)[:80] or "team"
    slug, number = base, 1
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    taken.add(slug)
    return slug
