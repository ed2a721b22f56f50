"""Control packs: what is shipped, the controls of one with their clauses, and adding it to the draft of the policy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from governance import permissions
from governance.acts.packs import add_pack_to_draft
from governance.acts.policies import policy_mark
from governance.coverage import controls_asked
from governance.deadlines import rules_of
from governance.errors import Conflict, Invalid, NotFound
from governance.models import Policy, PolicyStatus
from governance.packs import Pack, Suggested, framework_title, pack_of
from governance.packs import packs as shipped
from governance.packs.adding import STAGES
from models_registry.vocabulary import RiskTier, choices
from tracker.formats import count
from tracker.web.listing import csv_response, paginate
from tracker.web.pages import done, page, show_problems
from tracker.web.settings.sections import frame, seen_mark, typed
from tracker.web.viewer import reader

LIST_HEADER = ("Framework", "Edition", "Clauses", "Clauses about a release", "Controls", "In force", "In the draft")
CSV_HEADER = ("Control", "Code", "Question", "Stage", "Evidence", "Clauses", "Also answers", "In force", "In the draft")

Asked = dict[str, frozenset[RiskTier]]
"""By a control's code, the tiers that ask for it."""


class PackForm(forms.Form):
    """For which tiers a pack is added, and where its controls are looked at."""

    tiers = forms.MultipleChoiceField(
        label="Risk tiers that ask for it",
        choices=choices(RiskTier),
        initial=[RiskTier.HIGH.value],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one of the risk tiers."},
    )
    stage = forms.ChoiceField(
        label="Looked at",
        required=False,
        choices=[
            ("", "Each where it belongs"),
            *((one.value, f"All before {one.label.lower()} ends") for one in STAGES),
        ],
        help_text="A control with evidence asks for that evidence before the stage is left.",
    )


@dataclass(frozen=True, slots=True)
class PackRow:
    """A pack, and how many of its controls any tier asks for: in force, and in the draft where there is one."""

    pack: Pack
    in_force: int
    in_draft: int | None


@dataclass(frozen=True, slots=True)
class ControlRow:
    """A control of a pack: its clauses in this framework and in others, and the tiers that ask for it."""

    suggested: Suggested
    clauses: Sequence[str]
    others: str
    in_force: Sequence[RiskTier]
    in_draft: Sequence[RiskTier]


@require_safe
def packs(request: HttpRequest) -> HttpResponseBase:
    """Every pack that is shipped, and how far the policy asks for it."""
    force, draft = policies_now()
    asked, drafted = _asked(force), _asked(draft) if draft else None
    rows = [_pack_row(one, asked, drafted) for one in shipped()]
    if request.GET.get("format") == "csv":
        return csv_response("packs", LIST_HEADER, map(_list_line, rows))
    context = {**frame(request, "settings_packs"), "packs": paginate(request, rows), "in_force": force, "draft": draft}
    return page(request, "settings/packs.html", context)


@require_safe
def pack(request: HttpRequest, pack: str) -> HttpResponseBase:
    """The controls of one pack, with the clauses that each answers."""
    found = _pack(pack)
    force, draft = policies_now()
    asked, drafted = _asked(force), _asked(draft)
    rows = [_control_row(one, found, asked, drafted) for one in found.controls]
    if request.GET.get("format") == "csv":
        return csv_response(f"pack-{found.key}", CSV_HEADER, map(_line, rows))
    context = {
        **frame(request, "settings_packs"),
        "pack": found,
        "controls": paginate(request, rows),
        "in_force": force,
        "draft": draft,
        "may_write": permissions.allows(permissions.write_policy, reader(request)),
        "crumbs": [("Packs", reverse("settings_packs"))],
    }
    return page(request, "settings/pack.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def pack_add(request: HttpRequest, pack: str) -> HttpResponse:
    """Ask for the controls of a pack in the draft."""
    permissions.write_policy(reader(request))
    found = _pack(pack)
    force, draft = policies_now()
    form, status = PackForm(typed(request)), 200
    now = policy_mark(draft)
    seen = seen_mark(request, now)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            policy, added = add_pack_to_draft(reader(request), found.key, said["tiers"], said["stage"], seen=seen)
        except (Invalid, Conflict) as refusal:
            show_problems(form, refusal)
            status, seen = (409, now) if isinstance(refusal, Conflict) else (200, seen)
        else:
            new = f"{count(len(added.new), 'new control')}, {count(added.asked, 'entry')} in the tiers"
            message = f"{found.title} is in the draft: {new}. A second person publishes it."
            return done(request, to=reverse("settings_policy", args=[policy.version]), message=message)
    context = {
        **frame(request, "settings_packs"),
        "pack": found,
        "draft": draft,
        "in_force": force,
        "seen": seen,
        "back": reverse("settings_pack", args=[found.key]),
    }
    return page(request, "settings/pack_add.html", context, form=form, status=status)


def policies_now() -> tuple[Policy | None, Policy | None]:
    """The policy in force and the draft: one query."""
    newest = list(Policy.objects.order_by("-version")[:2])
    draft = next((one for one in newest if one.status == PolicyStatus.DRAFT), None)
    return next((one for one in newest if one.status == PolicyStatus.PUBLISHED), None), draft


def _pack(key: str) -> Pack:
    found = pack_of(key)
    if found is None:
        raise NotFound
    return found


def _asked(policy: Policy | None) -> Asked:
    if policy is None:
        return {}
    rules = rules_of(policy)
    asked = {tier: {one.code for one in controls_asked(rules, tier)} for tier in RiskTier}
    return {code: frozenset(tier for tier in RiskTier if code in asked[tier]) for code in rules.controls}


def _pack_row(one: Pack, asked: Asked, drafted: Asked | None) -> PackRow:
    return PackRow(one, _count(one, asked), None if drafted is None else _count(one, drafted))


def _count(one: Pack, asked: Asked) -> int:
    return sum(bool(asked.get(suggested.control.code)) for suggested in one.controls)


def _control_row(one: Suggested, found: Pack, asked: Asked, drafted: Asked) -> ControlRow:
    others = dict.fromkeys(ref.framework for ref in one.control.references if ref.framework != found.key)
    code = one.control.code
    return ControlRow(
        one,
        one.clauses_of(found.key),
        ", ".join(framework_title(key) for key in others),
        [tier for tier in RiskTier if tier in asked.get(code, ())],
        [tier for tier in RiskTier if tier in drafted.get(code, ())],
    )


def _list_line(row: PackRow) -> Sequence[object]:
    one = row.pack
    about = len(one.about_a_release)
    return [one.title, one.edition, len(one.clauses), about, len(one.controls), row.in_force, row.in_draft]


def _line(row: ControlRow) -> Sequence[object]:
    control = row.suggested.control
    return [
        control.title,
        control.code,
        control.question,
        row.suggested.stage.label,
        "; ".join(kind.label for kind in control.evidence),
        "; ".join(row.clauses),
        row.others,
        "; ".join(_labels(row.in_force)),
        "; ".join(_labels(row.in_draft)),
    ]


def _labels(tiers: Sequence[RiskTier]) -> Iterator[str]:
    return (tier.label for tier in tiers)
