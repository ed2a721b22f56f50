"""The brief of a release: read it, edit its draft, sign it, amend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from governance import permissions
from governance.acts import briefs as acts
from governance.errors import Conflict, Invalid, NotFound
from models_registry.models import Brief
from models_registry.requirements import check_brief
from models_registry.vocabulary import Stage
from tracker.brief_words import Change, changes, readiness, schema_fields
from tracker.web.models.brief_form import BriefForm, more_lines, rows_sent, show_brief_problems, typed
from tracker.web.pages import done, page, show_problems
from tracker.web.releases.moves_forms import ReasonForm
from tracker.web.releases.subject import CONFLICT, Subject, expected_state, page_of, perform, posted, subject_of

asked = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision, and what it changed of the one before it."""

    brief: Brief
    changes: Sequence[Change]


@require_safe
def brief(request: HttpRequest, release: int) -> HttpResponse:
    """The brief as it stands, or the revision that `?revision=` names, and what each revision changed."""
    subject = subject_of(request, release)
    revisions = _revisions(subject)
    wanted = request.GET.get("revision", "")
    shown = next((one for one in revisions if not wanted or str(one.brief.number) == wanted), None)
    if shown is None:
        raise NotFound
    content = shown.brief.content
    context = {
        "subject": subject,
        "shown": shown.brief,
        "revisions": revisions,
        "content": content,
        "parts": readiness(content),
        "schemas": [
            (label, content.get(name, ""), schema_fields(content.get(name, "")))
            for name, label in (("input_schema", "Input schema"), ("output_schema", "Output schema"))
        ],
        "may_work": permissions.allows(permissions.work_on, subject.person, subject.model),
        "crumbs": _crumbs(subject),
    }
    return page(request, "releases/brief.html", context)


@asked
def brief_edit(request: HttpRequest, release: int) -> HttpResponse:
    """The draft as a form; `do=sign` saves and signs it. A signed brief has no draft: amend it first."""
    subject = subject_of(request, release)
    permissions.work_on(subject.person, subject.model)
    draft = _draft(subject)
    if draft is None and request.method != "POST":
        return HttpResponseRedirect(reverse("brief_amend", args=[release]))
    content = typed(request.POST) if request.method == "POST" else draft.content if draft else {}
    sent = request.method == "POST" and "add" not in request.POST
    form = BriefForm(content, sent=sent, rows=rows_sent(request.POST))
    sign = request.POST.get("do") == "sign"
    status, theirs = 200, []
    if sent:
        try:
            if _save(subject, form, content, expected_state(request), sign=sign):
                to = page_of(subject.release) if sign else reverse("brief_edit", args=[release])
                return done(request, to=to, message="The brief is signed." if sign else "The draft is saved.")
        except Conflict as refusal:
            show_problems(form, refusal)
            status, theirs = CONFLICT, changes(content, draft.content) if draft else []
    elif lines := more_lines(request, form):
        return lines
    parts = readiness(content)
    context = {
        "subject": subject,
        "draft": draft,
        "expected": draft.updated_at.isoformat() if draft else "",
        "theirs": theirs,
        "parts": parts,
        "keys": [("Ctrl Enter", "save draft")],
        "ready": sum(part.state == "met" for part in parts),
        "crumbs": _crumbs(subject),
    }
    return page(request, "releases/brief_edit.html", context, form=form, status=status)


@asked
def brief_sign(request: HttpRequest, release: int) -> HttpResponse:
    """Sign the draft as it stands."""
    subject = subject_of(request, release)
    permissions.work_on(subject.person, subject.model)
    draft = _draft(subject)
    form = Form(posted(request))

    def act() -> str:
        signed = acts.sign_brief(subject.person, release, expected=expected_state(request))
        return f"Revision {signed.number} of the brief is signed."

    older = _revisions(subject)
    context = {
        "draft": draft,
        "expected": draft.updated_at.isoformat() if draft else "",
        "problems": check_brief(draft.content, complete=True) if draft else [],
        "changes": older[0].changes if draft else [],
        "reopens": subject.stage not in (Stage.BRIEF, Stage.VALIDATION),
    }
    return perform(request, "releases/brief_sign.html", subject, form, act, context)


@asked
def brief_discard(request: HttpRequest, release: int) -> HttpResponse:
    """Throw the unsigned amendment away, after showing what it would have changed."""
    subject = subject_of(request, release)
    permissions.work_on(subject.person, subject.model)
    draft = _draft(subject)

    def act() -> str:
        number = acts.discard_amendment(subject.person, release, expected=expected_state(request))
        return f"Revision {number} of the brief is discarded. The signed one stays in force."

    context = {
        "draft": draft,
        "expected": draft.updated_at.isoformat() if draft else "",
        "changes": _revisions(subject)[0].changes if draft else [],
    }
    return perform(request, "releases/brief_discard.html", subject, Form(posted(request)), act, context)


@asked
def brief_amend(request: HttpRequest, release: int) -> HttpResponse:
    """Open a new revision of the signed brief, with the reason, and go on to its form."""
    subject = subject_of(request, release)
    permissions.work_on(subject.person, subject.model)
    edit = reverse("brief_edit", args=[release])
    if _draft(subject) is not None:
        return HttpResponseRedirect(edit)
    form = ReasonForm(posted(request), hint="Why the requirements change. It stays with the revision.", label="Reason")
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            amended = acts.amend_brief(subject.person, release, form.cleaned_data["reason"])
        except (Invalid, Conflict) as refusal:
            show_problems(form, refusal)
            status = CONFLICT if isinstance(refusal, Conflict) else 200
        else:
            return done(
                request, to=edit, message=f"Revision {amended.number} is open; the signed one stands until then."
            )
    words = {
        "title": f"Amend the brief of {subject.name}",
        "sub": "The signed revision stays in force until the new one is signed.",
        "submit": "Open a new revision",
        "busy": "Opening…",
    }
    context = {"subject": subject, "visit": subject.visit, "words": words}
    return page(request, "releases/move_reason.html", context, form=form, status=status)


def _save(subject: Subject, form: BriefForm, content: dict[str, Any], expected: datetime | None, *, sign: bool) -> bool:
    """Save, and sign when that was asked for; both or neither. False when the form says what is to be mended."""
    valid = form.is_valid()
    problems = check_brief(content, complete=sign)
    if problems:
        show_brief_problems(form, Invalid(problems))
    if problems or not valid:
        return False
    with transaction.atomic():
        acts.save_brief(subject.person, subject.release.pk, content, expected=expected)
        if sign:
            acts.sign_brief(subject.person, subject.release.pk)
    return True


def _draft(subject: Subject) -> Brief | None:
    newest = next(iter(sorted(subject.release.briefs.all(), key=lambda one: -one.number)), None)
    return newest if newest and not newest.is_signed else None


def _revisions(subject: Subject) -> list[Revision]:
    """The revisions, newest first."""
    found = list(
        Brief.objects.filter(release=subject.release).select_related("author", "signed_by").order_by("-number")
    )
    older: list[Brief | None] = [*found[1:], None]
    return [
        Revision(one, changes(before.content, one.content) if before else [])
        for one, before in zip(found, older, strict=True)
    ]


def _crumbs(subject: Subject) -> list[tuple[str, str]]:
    return [("Models", reverse("models")), (subject.model.name, page_of(subject.release))]
