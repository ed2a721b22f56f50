"""Hold, its expected end, resume, and the reminder to the owner."""

from __future__ import annotations

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from governance import permissions
from governance.acts import holds as acts
from governance.deadlines import budget_seconds, business_calendar, reading, rules_of
from governance.errors import Conflict
from governance.models import HoldReasonEntry
from tracker import formats
from tracker.dashboard import one_row
from tracker.web.pages import is_htmx, page, part_asked
from tracker.web.releases.ownership import asked, posted
from tracker.web.releases.ownership_forms import HoldForm, MoveHoldForm, NudgeForm, Reasons
from tracker.web.releases.ownership_subject import Owned, owned
from tracker.web.releases.subject import expected_visit, perform


@asked
def hold(request: HttpRequest, release: int) -> HttpResponse:
    """Put it on hold, saying why, whom it waits on and until when; the form says for which reasons the clock stops."""
    subject = owned(request, release, back="stalls")
    permissions.hold(subject.person, subject.visit)
    if budget_seconds(subject.visit) is None:
        raise Conflict(f"No clock runs in {subject.stage.label.lower()}; there is nothing to hold.")
    calendar, now = business_calendar(subject.model.team.calendar), timezone.now()
    stopping, running = _reasons(subject)
    form = HoldForm(posted(request), calendar=calendar, now=now, stopping=stopping, running=running)

    def act() -> str:
        said = form.cleaned_data
        held = acts.hold(
            subject.person,
            release,
            reason_code=said["reason_code"],
            reason=said["reason"],
            waits_on=said["waits_on"],
            expected_end=form.ends,
            expected_visit=expected_visit(request),
        )
        clock = "stands still" if held.pauses_clock else "goes on"
        return f"{subject.name} is on hold. Its clock {clock}; the cost goes on."

    context = {
        "reading": reading(subject.visit, now),
        "day": calendar.day_seconds,
        "stopping": stopping,
        "running": running,
    }
    return perform(request, "releases/hold.html", subject, form, act, context)


def _reasons(subject: Owned) -> tuple[Reasons, Reasons]:
    """What is offered: the reasons for which the policy in force at entry lets the clock stop, and the others."""
    rules = rules_of(subject.visit.policy)
    offered = HoldReasonEntry.objects.filter(retired_at__isnull=True).values_list("code", "label")
    found: dict[bool, list[tuple[str, str]]] = {True: [], False: []}
    for code, label in offered:
        found[rules.pauses(code)].append((code, label))
    return found[True], found[False]


@asked
def move_hold(request: HttpRequest, release: int) -> HttpResponse:
    """Say anew until when a hold is expected to last."""
    subject = owned(request, release, back="stalls")
    permissions.hold(subject.person, subject.visit)
    calendar, now = business_calendar(subject.model.team.calendar), timezone.now()
    form = MoveHoldForm(posted(request), calendar=calendar, now=now)

    def act() -> str:
        moved = acts.move_hold(
            subject.person, release, form.ends, form.cleaned_data["reason"], expected_visit=expected_visit(request)
        )
        day = formats.day_of(timezone.localtime(moved.expected_end).date(), timezone.localtime(now).date())
        return f"The hold of {subject.name} is expected to last until {day} now."

    context = {"hold": subject.open_hold, "now": now}
    return perform(request, "releases/hold_move.html", subject, form, act, context)


@asked
def resume(request: HttpRequest, release: int) -> HttpResponse:
    """Let the clock go on."""
    subject = owned(request, release, back="stalls")
    permissions.hold(subject.person, subject.visit)

    def act() -> str:
        held = acts.resume(subject.person, release, expected_visit=expected_visit(request))
        return f"{subject.name} goes on; its clock {'runs again' if held.pauses_clock else 'ran on all the while'}."

    context = {"hold": subject.open_hold}
    return perform(request, "releases/resume.html", subject, Form(posted(request)), act, context)


@asked
def nudge(request: HttpRequest, release: int) -> HttpResponse:
    """Remind the owner. From the stall dashboard one click is answered with the row alone."""
    subject = owned(request, release, back="stalls")
    form = NudgeForm(posted(request))

    def act() -> str:
        sent = acts.nudge(
            subject.person, release, form.cleaned_data.get("message", ""), expected_visit=expected_visit(request)
        )
        return f"{sent.sent_to} is reminded of {subject.place}."

    if request.method == "POST" and is_htmx(request) and part_asked(request) == f"stall-{release}":
        form.full_clean()
        act()
        return _nudged_row(request, subject)
    last = subject.visit.nudges.select_related("sent_by").order_by("-sent_at").first()
    return perform(request, "releases/nudge.html", subject, form, act, {"last": last})


def _nudged_row(request: HttpRequest, subject: Owned) -> HttpResponse:
    row = one_row(subject.person, subject.visit.release_id, timezone.now())
    context = {"row": row, "just_nudged": True, "here": subject.back}
    return page(request, "stalls/list.html", context, partial="row")
