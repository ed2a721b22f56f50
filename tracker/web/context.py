"""What the frame of every page shows. Nothing is read until a template asks for it: a part costs no query here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from governance.deadlines import business_calendar
from governance.models import Review
from governance.permissions import ALL_SEEING, may_read, may_read_singly, memberships_of
from models_registry.models import Membership, Person, WorkCalendar
from models_registry.vocabulary import OrgRole, ReviewState, TeamRole
from tracker.dashboard import first_calendar, past_budget, underway
from tracker.models import Channel, Delivery, DeliveryState
from tracker.web import hours
from tracker.web.theme import letters_on, theme_of

CAP: Final = 1000  # a count stops here: nobody acts on the difference, and a page must not wait for it


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the sidebar. `key` follows G on the keyboard; `counted` says what `count` counts."""

    name: str
    label: str
    icon: str
    url: str
    key: str
    current: bool
    count: int = 0
    counted: str = ""
    tone: str = ""
    tab: bool = False

    @property
    def shown(self) -> str:
        return f"{CAP - 1}+" if self.count >= CAP else str(self.count) if self.count else ""


@dataclass(frozen=True, slots=True)
class Counts:
    past_budget: int = 0
    unclaimed: int = 0
    reviews: int = 0
    unread: int = 0


def shell(request: HttpRequest) -> dict[str, object]:
    """Template variables of the frame."""
    return {"shell": Shell(request)}


class Shell:
    """The frame's facts about the reader, each read once and only when asked for."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self.now: datetime = timezone.now()

    @property
    def theme(self) -> str:
        return theme_of(self._request)

    @property
    def letters(self) -> bool:
        return letters_on(self._request)

    @cached_property
    def person(self) -> Person | None:
        user = getattr(self._request, "user", None)
        return user if user is not None and user.is_authenticated else None

    @cached_property
    def memberships(self) -> list[Membership]:
        return memberships_of(self.person) if self.person is not None else []

    @property
    def leads(self) -> bool:
        return any(membership.role == TeamRole.LEAD for membership in self.memberships)

    @property
    def may_brief(self) -> bool:
        """Whether the button for a new brief is offered; the act asks again."""
        person = self.person
        works = any(membership.role in {TeamRole.LEAD, TeamRole.ENGINEER} for membership in self.memberships)
        if person is None or person.role == OrgRole.AUDITOR:
            return False
        return person.role == OrgRole.ADMIN or works

    @property
    def role(self) -> str:
        """What the reader is, in the words of the sidebar."""
        person = self.person
        if person is None:
            return ""
        if person.role != OrgRole.MEMBER:
            return OrgRole(person.role).label
        if self.leads:
            return "Team lead"
        return next((TeamRole(membership.role).label for membership in self.memberships), OrgRole.MEMBER.label)

    @cached_property
    def counts(self) -> Counts:
        return read_counts(self.person, self.now) if self.person is not None else Counts()

    @property
    def unread(self) -> int:
        return self.counts.unread

    @cached_property
    def nav(self) -> list[NavItem]:
        person, counts = self.person, self.counts
        if person is None:
            return []
        items = [
            self._item("stalls", "Stalls", "alert-octagon", "S", counts.past_budget, "past budget", "breach"),
            self._item("claims", "Claim board", "hand-stop", "C", counts.unclaimed, "unclaimed"),
            self._item("reviews", "Reviews", "clipboard-check", "R", counts.reviews, "open"),
            self._item("board", "Pipeline", "layout-kanban", "P"),
            self._item("models", "Models", "box", "M", tab=False),
            self._item("insights", "Insights", "chart-histogram", "I"),
        ]
        if person.role in ALL_SEEING or self.leads:
            items.append(self._item("debt", "Governance debt", "list-check", "D", tab=False))
        if person.role in ALL_SEEING:
            items.append(self._item("audit", "Audit", "link", "A", tab=False))
        if person.role in ALL_SEEING or self.leads:
            items.append(self._item("settings", "Settings", "settings", "E", tab=False))
        return items

    def _item(
        self,
        name: str,
        label: str,
        icon: str,
        key: str,
        count: int = 0,
        counted: str = "",
        tone: str = "",
        *,
        tab: bool = True,
    ) -> NavItem:
        url = reverse(name)
        return NavItem(name, label, icon, url, key, self._request.path.startswith(url), count, counted, tone, tab)

    @cached_property
    def _calendar(self) -> WorkCalendar | None:
        if self.memberships:
            return self.memberships[0].team.calendar
        return first_calendar(self.person) if self.person is not None else None

    @cached_property
    def clock(self) -> hours.ClockFace | None:
        """The business clock of the reader's first team, else of the first calendar of the teams they see."""
        facts = self._calendar
        if facts is None:
            return None
        return hours.face(business_calendar(facts), self.now, timezone.get_current_timezone())

    @property
    def footnote(self) -> str:
        facts = self._calendar
        if facts is None:
            return ""
        day = business_calendar(facts).day_seconds
        return hours.footnote(facts.name, facts.timezone, facts.hours, day, self.now, always=facts.always_open)


def read_counts(person: Person, now: datetime) -> Counts:
    """The four counts of the frame in one query, each capped, and read no further than to its cap."""
    reviews = Review.objects.filter(may_read_singly(person, "release_id"), state=ReviewState.OPEN)
    unread = Delivery.objects.filter(
        may_read(person, "alert__visit__release_id"),
        recipient=person,
        channel=Channel.INBOX,
        state=DeliveryState.DELIVERED,
        read_at__isnull=True,
    )
    vacancies = underway(person, singly=True).filter(owner__isnull=True)
    late, abandoned, *others = _capped(*past_budget(person, now), vacancies, reviews, unread)
    return Counts(late + abandoned, *others)


def _capped(*sources: QuerySet[Any]) -> tuple[int, ...]:
    """How many rows each source has, up to `CAP`, in one statement."""
    columns: list[str] = []
    values: list[Any] = []
    for number, source in enumerate(sources):
        sql, params = source.order_by().values("pk")[:CAP].query.sql_with_params()
        columns.append(f"(SELECT COUNT(*) FROM ({sql}) AS source_{number})")  # noqa: S608  Django wrote {sql}
        values.extend(params)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)}", values)
        return tuple(cursor.fetchone())
