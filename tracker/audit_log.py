"""The audit page's questions: who did what to which model, when; one event with its place in the chain; exports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Final

from django.db import DatabaseError
from django.db.models import Q, QuerySet

from governance import permissions
from governance.errors import NotFound
from governance.models import AuditEvent
from governance.trail import SYSTEM_NAME, Flaw, Verdict, hash_fits, release_chain, verify, verify_chain
from models_registry.models import Person, RegisteredModel
from tracker.audit_words import Change, changes_of, facts_of, label_of, tell
from tracker.trail_words import Told

SIZE: Final = 50
COUNTED: Final = 10_000  # a count stops here: nobody acts on the difference
VERIFIED_HERE: Final = 50_000  # events; a longer trail takes more time than a page may
_CHUNK: Final = 2_000


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for; empty means everything. `model` and `person` are part of a name, dates are inclusive."""

    model: str = ""
    release: int | None = None
    person: str = ""
    act: str = ""
    since: date | None = None
    until: date | None = None
    zone: tzinfo = UTC

    @property
    def narrows(self) -> bool:
        return any((self.model, self.release, self.person, self.act, self.since, self.until))


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the list between two events: the one last seen."""

    at: datetime
    number: int

    def __str__(self) -> str:
        return f"{self.at.astimezone(UTC).isoformat()}~{self.number}"

    @classmethod
    def of(cls, event: AuditEvent) -> Place:
        return cls(event.at, event.pk)

    @classmethod
    def read(cls, text: str) -> Place | None:
        """The place that an address names; None for anything else."""
        moment, _, number = text.partition("~")
        try:
            at = datetime.fromisoformat(moment)
            # In UTC, as it is compared: near the years 1 and 9999 another zone leads out of the calendar.
            return cls(at.astimezone(UTC), int(number)) if at.tzinfo and 0 <= int(number) < 2**63 else None
        except (ValueError, OverflowError):
            return None


@dataclass(frozen=True, slots=True)
class Row:
    """One event as the list shows it. `slug` is empty for what is not about a model."""

    event: AuditEvent
    told: Told
    changes: Sequence[Change]
    slug: str

    @property
    def label(self) -> str:
        return label_of(self.event.act)


@dataclass(frozen=True, slots=True)
class Window:
    """Fifty events, the newest first. `count` stops at `COUNTED`; `newer` and `older` lead on, where there is more."""

    rows: Sequence[Row]
    count: int
    newer: Place | None
    older: Place | None

    @property
    def counted(self) -> str:
        return f"{self.count:,}" if self.count < COUNTED else f"{COUNTED:,}+"


@dataclass(frozen=True, slots=True)
class Link:
    """One event with everything it holds, its neighbours in the chain, and whether its hash fits its content."""

    row: Row
    facts: Sequence[tuple[str, str]]
    before: AuditEvent | None
    after: AuditEvent | None
    fits: bool
    follows: bool


def window(
    person: Person, filters: Filters, *, older_than: Place | None = None, newer_than: Place | None = None
) -> Window:
    """The newest events, or those next to a place. Costs what is on the screen, however long the trail is."""
    found = matching(person, filters)
    if newer_than is not None:
        beyond = Q(at__gt=newer_than.at) | Q(at=newer_than.at, pk__gt=newer_than.number)
        events = list(found.filter(at__gte=newer_than.at).filter(beyond).order_by("at", "pk")[: SIZE + 1])
        more_newer, more_older = len(events) > SIZE, True
        events = events[:SIZE][::-1]
    else:
        page = found
        if older_than is not None:
            beyond = Q(at__lt=older_than.at) | Q(at=older_than.at, pk__lt=older_than.number)
            page = found.filter(at__lte=older_than.at).filter(beyond)
        events = list(page.order_by("-at", "-pk")[: SIZE + 1])
        more_newer, more_older = older_than is not None and bool(events), len(events) > SIZE
        events = events[:SIZE]
    return Window(
        rows=_rows(events),
        count=found.order_by()[:COUNTED].count(),
        newer=Place.of(events[0]) if events and more_newer else None,
        older=Place.of(events[-1]) if events and more_older else None,
    )


def matching(person: Person, filters: Filters) -> QuerySet[AuditEvent]:
    """The events that the filters let through. Raises `NotPermitted` for whoever may not read the whole trail."""
    permissions.read_trail(person)
    events = AuditEvent.objects.all()
    if filters.release is not None:
        events = events.filter(release_id=filters.release)
    if filters.model:
        named = RegisteredModel.objects.filter(Q(slug=filters.model) | Q(name__icontains=filters.model))
        events = events.filter(model_id__in=named.order_by().values("pk"))
    if filters.person:
        events = events.filter(_by(filters.person))
    if filters.act:
        events = events.filter(act=filters.act)
    if filters.since:
        events = events.filter(at__gte=_midnight(filters.since, filters.zone))
    if filters.until and filters.until < date.max:
        events = events.filter(at__lt=_midnight(filters.until + timedelta(days=1), filters.zone))
    return events


def export(person: Person, filters: Filters) -> Iterator[dict[str, Any]]:
    """Every matching event, the oldest first, as it was written; read in a stream."""
    for event in matching(person, filters).order_by("at", "pk").iterator(chunk_size=_CHUNK):
        yield {
            "at": event.at.astimezone(UTC).isoformat(),
            "chain": event.chain,
            "sequence": event.sequence,
            "act": event.act,
            "actor": event.actor_name,
            "actor_id": event.actor_id,
            "subject": event.subject,
            "subject_name": event.subject_name,
            "model_id": event.model_id,
            "release_id": event.release_id,
            "detail": event.detail,
            "previous": event.previous,
            "hash": event.hash,
        }


def one(person: Person, number: int) -> Link:
    """One event, with its place in the chain. Raises `NotPermitted`, `NotFound`."""
    permissions.read_trail(person)
    event = AuditEvent.objects.filter(pk=number).first()
    if event is None:
        raise NotFound
    near = Q(sequence__in=(event.sequence - 1, event.sequence + 1))
    beside = {other.sequence: other for other in AuditEvent.objects.filter(near, chain=event.chain)}
    before = beside.get(event.sequence - 1)
    return Link(
        row=_rows([event])[0],
        facts=facts_of(event),
        before=before,
        after=beside.get(event.sequence + 1),
        fits=hash_fits(event),
        follows=event.sequence == 1 or (before is not None and before.hash == event.previous),
    )


def verdict(person: Person, release: int | None = None) -> Verdict | None:
    """Whether the whole trail holds, or one release's chain; None when it is too long to be walked while waiting."""
    permissions.read_trail(person)
    if release is not None:
        return verify_chain(release_chain(release))
    if AuditEvent.objects.order_by()[: VERIFIED_HERE + 1].count() > VERIFIED_HERE:
        return None
    return verify()


def broken_link(flaw: Flaw | None) -> AuditEvent | Flaw | None:
    """The event that a flaw names; the flaw itself where that is gone or unreadable."""
    if flaw is None or not flaw.sequence:
        return flaw
    try:
        return AuditEvent.objects.filter(chain=flaw.chain, sequence=flaw.sequence).first() or flaw
    except (ValueError, TypeError, DatabaseError):
        return flaw


def _rows(events: Sequence[AuditEvent]) -> list[Row]:
    models = {event.model_id for event in events if event.model_id is not None}
    slugs = dict(RegisteredModel.objects.filter(pk__in=models).values_list("pk", "slug")) if models else {}
    return [Row(event, tell(event), changes_of(event), slugs.get(event.model_id or 0, "")) for event in events]


def _by(name: str) -> Q:
    """Whoever has this in their name now, or is named so in full on the trail; the system by its own name."""
    people = Person.objects.filter(Q(full_name__icontains=name) | Q(email__iexact=name)).order_by()
    found = Q(actor_id__in=people.values("pk")) | Q(actor_name=name)
    return found | Q(actor_id__isnull=True) if name.lower() in SYSTEM_NAME.lower() else found


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)
