"""The controls of a version to read, and those of the draft to write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from governance import permissions
from governance.errors import NotFound
from governance.packs import KEYS, framework_title
from governance.policy import BUDGETED_STAGES
from governance.policy_plain import places_of, without_control
from models_registry.vocabulary import EvidenceKind, RiskTier
from tracker.web.listing import csv_response, paginate
from tracker.web.pages import done, page
from tracker.web.settings.policy_control_form import REFERENCE, ControlForm, RemovalForm
from tracker.web.settings.policy_rows import EXTRA, Rows, retype, wants_more
from tracker.web.settings.policy_versions import Saved, drafting, policy_of, save, start
from tracker.web.settings.sections import frame, seen_mark, typed
from tracker.web.viewer import reader

CSV_HEADER = ("Code", "Title", "Question", "Evidence", "References", "Asked for")


@dataclass(frozen=True)
class ControlRow:
    """A control in words: `asked` are the tiers, each with the stages that ask for it."""

    code: str
    title: str
    question: str
    evidence: list[str]
    references: list[str]
    asked: list[str]


def control_rows(rules: Mapping[str, Any]) -> list[ControlRow]:
    """Every control of these rules, in their order."""
    return [
        ControlRow(
            code,
            said["title"],
            said.get("question", ""),
            [EvidenceKind(kind).label for kind in said.get("evidence", ())],
            [f"{framework_title(one['framework'])} {one['clause']}" for one in said.get("references", ())],
            list(_asked(rules, code)),
        )
        for code, said in (rules.get("controls") or {}).items()
    ]


def _asked(rules: Mapping[str, Any], code: str) -> Iterator[str]:
    places = places_of(rules, code)
    for tier in RiskTier:
        stages = [place.stage.label.lower() for place in places if place.tier is tier]
        if stages:
            yield f"{tier.label} risk: {', '.join(stages)}"


@require_safe
def controls(request: HttpRequest, version: int) -> HttpResponseBase:
    """The controls of one version."""
    found = policy_of(version)
    rows = control_rows(found.rules)
    if request.GET.get("format") == "csv":
        return _csv(f"policy-{version}-controls", rows)
    context = {**frame(request, "settings_policies"), "policy": found, "controls": paginate(request, rows)}
    return page(request, "settings/policy_controls.html", context)


@require_safe
def draft_controls(request: HttpRequest) -> HttpResponseBase:
    """The controls of the draft, each with its way to be changed."""
    permissions.write_policy(reader(request))
    begun = start()
    rows = control_rows(begun.rules)
    if request.GET.get("format") == "csv":
        return _csv("draft-controls", rows)
    context = {**drafting(request, begun, "controls"), "controls": paginate(request, rows)}
    return page(request, "settings/policy_draft_controls.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def control(request: HttpRequest, code: str = "") -> HttpResponse:
    """Add a control to the draft, or change one."""
    permissions.write_policy(reader(request))
    begun, more = start(), wants_more(request)
    if code and code not in (begun.rules.get("controls") or {}):
        raise NotFound
    form = ControlForm(
        None if more else typed(request),
        rules=begun.rules,
        was=code,
        new=begun.draft is None,
        rows=Rows.sent(request.POST, *REFERENCE) + EXTRA if more else 0,
    )
    saved = Saved(None, 200, seen_mark(request, begun.mark))
    if more:
        retype(form, request)
    elif request.method == "POST" and form.is_valid():
        note = form.cleaned_data.get("note") or begun.note
        saved = save(request, form, begun, form.rules(), note, place=form.field_of)
        if saved.draft:
            message = f"“{form.cleaned_data['title']}” is saved in the draft."
            return done(request, to=reverse("settings_policy_draft_controls"), message=message)
    context = {
        **drafting(request, begun, "controls"),
        "seen": saved.seen,
        "code": code,
        "stages": [stage.label for stage in BUDGETED_STAGES],
        "frameworks": [(key, framework_title(key)) for key in KEYS],
    }
    return page(request, "settings/policy_control.html", context, form=form, status=saved.status)


@require_http_methods(["GET", "HEAD", "POST"])
def control_remove(request: HttpRequest, code: str) -> HttpResponse:
    """Ask once more, then take a control out of the draft and of every stage that asks for it."""
    permissions.write_policy(reader(request))
    begun = start()
    found = next((row for row in control_rows(begun.rules) if row.code == code), None)
    if found is None:
        raise NotFound
    form = RemovalForm(typed(request), new=begun.draft is None)
    saved = Saved(None, 200, seen_mark(request, begun.mark))
    if request.method == "POST" and form.is_valid():
        note = form.cleaned_data.get("note") or begun.note
        saved = save(request, form, begun, without_control(begun.rules, code), note)
        if saved.draft:
            to = reverse("settings_policy_draft_controls")
            return done(request, to=to, message=f"“{found.title}” is taken out of the draft.")
    context = {**frame(request, "settings_policies"), "control": found, "seen": saved.seen}
    return page(request, "settings/policy_control_remove.html", context, form=form, status=saved.status)


def _csv(name: str, rows: Sequence[ControlRow]) -> HttpResponseBase:
    lines = (
        [row.code, row.title, row.question, "; ".join(row.evidence), "; ".join(row.references), "; ".join(row.asked)]
        for row in rows
    )
    return csv_response(name, CSV_HEADER, lines)
