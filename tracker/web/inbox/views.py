"""The inbox: what the alerts say to the person who reads, what is unread first."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from governance.errors import NotFound, NotPermitted
from governance.permissions import visible_models
from models_registry.models import Person
from tracker import formats
from tracker.alerts import muting
from tracker.models import Delivery
from tracker.web.inbox import rows
from tracker.web.listing import csv_response, filters_of, page_number
from tracker.web.pages import done, is_htmx, page
from tracker.web.viewer import reader

TEMPLATE: Final = "inbox/inbox.html"
KEYS: Final = [("J", "next message"), ("K", "previous"), ("Enter", "open"), ("M", "mark as read"), ("Y", "acknowledge")]


@require_safe
def inbox(request: HttpRequest) -> HttpResponseBase:
    """Fifty messages of the reader, all or the unread ones (`?show=unread`), or every one as CSV."""
    unread_only = filters_of(request, "show")["show"] == "unread"
    messages = rows.messages_of(reader(request))
    now, zone = timezone.now(), timezone.get_current_timezone()
    if request.GET.get("format") == "csv":
        wanted = messages.filter(read_at__isnull=True) if unread_only else messages
        return csv_response("inbox", rows.COLUMNS, (rows.cells(row) for row in rows.everything(wanted, now, zone)))
    counted = rows.tally(messages)
    listing = rows.shown(messages, counted, page_number(request), now, zone, unread_only=unread_only)
    context = {
        "listing": listing,
        "days": rows.by_day(listing.rows, now, zone),
        "counted": counted,
        "newest": max((row.id for row in listing.rows), default=0),
        "unread_only": unread_only,
        "views": _views(counted, unread_only=unread_only),
        "lede": _lede(counted),
        "keys": KEYS,
    }
    return page(request, TEMPLATE, context)


@require_POST
def open_message(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a message as read and go to what it is about."""
    message = _mine(reader(request), pk)
    row = _row(message)
    _mark(message)
    return done(request, to=row.url)


@require_POST
def mark_read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one message as read where it stands."""
    message = _mine(reader(request), pk)
    _mark(message)
    if is_htmx(request):
        # The swap takes the focus away with the old row; the new one takes it up, so that J goes on from here.
        return page(request, TEMPLATE, {"row": _row(_mine(reader(request), pk)), "swapped": True}, partial="row")
    return done(request, to=_list(request))


@require_POST
def mark_all_read(request: HttpRequest) -> HttpResponse:
    """Mark everything as read up to the newest message that the page showed; what came in since stays unread."""
    newest = request.POST.get("newest", "")
    if not (newest.isascii() and newest.isdigit() and len(newest) < 19):
        return done(request, to=_list(request), message="Nothing was marked: reload the inbox first.", level="warning")
    unread = rows.messages_of(reader(request)).filter(read_at__isnull=True, pk__lte=int(newest))
    # By key: SQLite and PostgreSQL both refuse to update through a join.
    marked = Delivery.objects.filter(pk__in=unread.order_by().values("pk")).update(read_at=timezone.now())
    return done(request, to=_list(request), message=f"{formats.count(marked, 'message')} marked as read.")


@require_http_methods(["GET", "HEAD", "POST"])
def mute(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask, then tell the reader no more of a model. The links at the foot of mails lead here, and change nothing."""
    person = reader(request)
    model = visible_models(person).select_related("team").filter(slug=slug).first()
    if model is None:
        raise NotFound
    if request.method == "POST":
        muting.mute(person, model)
        return done(request, to=reverse("inbox"), message=f"You hear no more of {model}. Settings, Alerts undoes it.")
    if why := muting.why_theirs(person, model):
        raise NotPermitted(why, remedy="Acknowledge a stall with a date instead, or choose quiet hours.")
    return page(request, "inbox/mute.html", {"model": model})


def _mine(person: Person, pk: int) -> Delivery:
    """The message, if it is the reader's own; nobody else can tell that it exists."""
    message = rows.messages_of(person).filter(pk=pk).first()
    if message is None:
        raise NotFound
    return message


def _mark(message: Delivery) -> None:
    Delivery.objects.filter(pk=message.pk, read_at__isnull=True).update(read_at=timezone.now())


def _row(message: Delivery) -> rows.Row:
    return rows.rows_of([message], timezone.now(), timezone.get_current_timezone())[0]


def _list(request: HttpRequest) -> str:
    return f"{reverse('inbox')}?show=unread" if request.GET.get("show") == "unread" else reverse("inbox")


def _views(counted: rows.Tally, *, unread_only: bool) -> list[dict[str, Any]]:
    here = reverse("inbox")
    return [
        {"label": "All", "url": here, "n": counted.total, "current": not unread_only},
        {"label": "Unread", "url": f"{here}?show=unread", "n": counted.unread, "current": unread_only},
    ]


def _lede(counted: rows.Tally) -> tuple[str, str]:
    """The sentence under the title: its first clause, and the rest."""
    if not counted.total:
        return "Nothing was ever sent to you here.", ""
    if not counted.unread:
        return "You have read everything.", f" {formats.count(counted.total, 'message')} in all."
    return f"{formats.number(counted.unread)} of {formats.count(counted.total, 'message')} unread.", ""
