"""Who is in the sample: an invented insurer's teams, people and calendars."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from governance.acts.abilities import say_skills
from governance.acts.calendars import save_calendar
from governance.acts.organisation import TeamFacts, save_person, save_team, set_member
from governance.calendar import BusinessCalendar
from governance.deadlines import business_calendar
from models_registry.models import Person, Team
from models_registry.vocabulary import OrgRole, TeamRole

PASSWORD = "throughline"  # noqa: S105  # the demo's published password; production settings refuse these people
ZONE = "Europe/Berlin"

SIGN_INS = (
    ("lead", "Marta Oliveira", OrgRole.MEMBER),
    ("engineer", "Jonas Weber", OrgRole.MEMBER),
    ("officer", "Samuel Okafor", OrgRole.COMPLIANCE_OFFICER),
    ("auditor", "Aiko Tanaka", OrgRole.AUDITOR),
    ("admin", "Lena Fischer", OrgRole.ADMIN),
)
OTHERS = (
    ("priya", "Priya Raman", OrgRole.MEMBER),
    ("diego", "Diego Santos", OrgRole.MEMBER),
    ("tomasz", "Tomasz Zieliński", OrgRole.MEMBER),
    ("yusuf", "Yusuf Demir", OrgRole.MEMBER),
    ("chloe", "Chloé Bernard", OrgRole.MEMBER),
    ("ravi", "Ravi Menon", OrgRole.MEMBER),
    ("hannah", "Hannah Lindqvist", OrgRole.MEMBER),
    ("ingrid", "Ingrid Solberg", OrgRole.MEMBER),
    ("elena", "Elena Rossi", OrgRole.COMPLIANCE_OFFICER),
)
TEAMS = (
    ("payments", "Payments risk", "Banking", "98.00", ("lead", "hannah"), ("engineer", "priya", "tomasz")),
    ("claims", "Motor claims", "Insurance", "92.00", ("lead",), ("engineer", "diego", "yusuf")),
    ("crm", "Customer growth", "Banking", "88.00", ("ingrid",), ("chloe", "ravi", "engineer")),
    ("supply", "Supply planning", "Operations", "84.00", ("hannah",), ("ravi", "yusuf", "tomasz")),
)
BRINGS = {
    "lead": (("serving", "monitoring"), None),
    "engineer": (("pipeline", "serving"), 10),
    "priya": (("pipeline", "monitoring"), None),
    "tomasz": (("serving", "pipeline"), None),
    "diego": (("pipeline",), None),
    "yusuf": (("pipeline", "monitoring"), 2),
    "chloe": (("pipeline",), None),
    "ravi": (("serving",), None),
    "hannah": (("monitoring",), None),
}
"""What people say that they bring, and how much they carry where that is not left to the policy. Nobody retrains."""


@dataclass
class Cast:
    """The people and teams by their short names."""

    people: dict[str, Person] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)

    def calendar(self, team: str) -> BusinessCalendar:
        return business_calendar(self.teams[team].calendar)


def engage(at: datetime) -> Cast:
    """Make the sample organisation as of this moment; only its first administrator is made outside the acts."""
    cast = Cast()
    cast.people["admin"] = admin = Person.objects.create_superuser(
        address("admin"), PASSWORD, full_name="Lena Fischer", timezone=ZONE
    )
    calendar = save_calendar(
        admin, {"name": "Berlin office", "timezone": ZONE, "country": "DE", "closed_days": []}, at=at
    )
    for key, name, role in (*SIGN_INS, *OTHERS):
        if key == "admin":
            continue
        cast.people[key] = save_person(
            admin,
            email=address(key),
            full_name=name,
            role=role,
            timezone=ZONE,
            # Only the five published sign-ins can be used; the others are there to be assigned to.
            password=PASSWORD if key in {sign_in[0] for sign_in in SIGN_INS} else None,
            at=at,
        )
    for key, name, division, rate, leads, engineers in TEAMS:
        facts = TeamFacts(name, division, calendar, Decimal(rate), "EUR", cast.people["ingrid"])
        team = cast.teams[key] = save_team(admin, facts, at=at)
        for team_role, members in ((TeamRole.LEAD, leads), (TeamRole.ENGINEER, engineers)):
            for member in members:
                set_member(admin, team, cast.people[member], team_role, at=at)
    for key, (skills, limit) in BRINGS.items():
        say_skills(cast.people[key], cast.people[key].pk, skills, limit, at=at)
    set_member(admin, cast.teams["supply"], cast.people["chloe"], TeamRole.VIEWER, at=at)
    return cast


def address(key: str) -> str:
    return f"{key}@demo.example"
