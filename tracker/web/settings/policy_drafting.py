"""The draft of the policy, part by part: what holds in general, and what each risk tier asks for."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from governance import permissions
from governance.approvers import group_names
from governance.errors import NotFound
from governance.policy import BUDGETED_STAGES
from models_registry.vocabulary import RiskTier
from tracker.web.pages import done, page
from tracker.web.settings.policy_form import APPROVERS, TierForm
from tracker.web.settings.policy_general import PEOPLE, WHO, PolicyForm
from tracker.web.settings.policy_rows import EXTRA, Rows, retype, wants_more
from tracker.web.settings.policy_versions import Saved, drafting, save, start
from tracker.web.settings.sections import seen_mark, typed
from tracker.web.viewer import reader


@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest) -> HttpResponse:
    """What the version changes, and what holds for every tier. Starts from the draft, else from what is in force."""
    permissions.write_policy(reader(request))
    begun = start()
    form = PolicyForm(typed(request), rules=begun.rules, note=begun.note)
    saved = Saved(None, 200, seen_mark(request, begun.mark))
    if request.method == "POST" and form.is_valid():
        saved = save(request, form, begun, form.rules(begun.rules), form.cleaned_data["note"])
        if saved.draft:
            to = reverse("settings_policy", args=[saved.draft.version])
            return done(request, to=to, message=f"{saved.draft} is a draft. A second person publishes it.")
    told = {f"{clock}_columns": [WHO[one] for one in people] for clock, people in PEOPLE.items()}
    context = {**drafting(request, begun, "general"), "seen": saved.seen, **told}
    return page(request, "settings/policy_draft.html", context, form=form, status=saved.status)


@require_http_methods(["GET", "HEAD", "POST"])
def tier(request: HttpRequest, tier: str) -> HttpResponse:
    """What the draft asks of the releases of one risk tier."""
    permissions.write_policy(reader(request))
    if tier not in set(RiskTier):
        raise NotFound
    begun, which = start(), RiskTier(tier)
    more = wants_more(request)
    form = TierForm(
        None if more else typed(request),
        tier=which,
        rules=begun.rules,
        groups=group_names(),
        new=begun.draft is None,
        rows=Rows.sent(request.POST, *APPROVERS) + EXTRA if more else 0,
    )
    saved = Saved(None, 200, seen_mark(request, begun.mark))
    if more:
        retype(form, request)
    elif request.method == "POST" and form.is_valid():
        note = form.cleaned_data.get("note") or begun.note
        saved = save(request, form, begun, form.rules(), note, place=form.field_of)
        if saved.draft:
            return done(request, to=request.path, message=f"{which.label} risk is saved in the draft.")
    context = {
        **drafting(request, begun, tier),
        "seen": saved.seen,
        "tier": which,
        "stages": [stage.label for stage in BUDGETED_STAGES],
    }
    return page(request, "settings/policy_tier.html", context, form=form, status=saved.status)
