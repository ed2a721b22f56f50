"""The versions there are, and how every page of the draft begins and ends: from what, and saved or refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from governance.acts.policies import draft_policy, policy_mark
from governance.errors import Conflict, Invalid, NotFound
from governance.models import Policy, PolicyStatus
from governance.policy import DEFAULT_RULES, PolicyProblem
from governance.policy_plain import plain
from models_registry.requirements import FieldProblem
from models_registry.vocabulary import RiskTier
from tracker.web.pages import show_problems
from tracker.web.settings.sections import frame, seen_mark, tell_overtaken
from tracker.web.viewer import reader


def versions() -> QuerySet[Policy]:
    return Policy.objects.select_related("author", "published_by").order_by("-version")


def in_force() -> Policy | None:
    return versions().filter(status=PolicyStatus.PUBLISHED).first()


def the_draft() -> Policy | None:
    return versions().filter(status=PolicyStatus.DRAFT).first()


def policy_of(version: int) -> Policy:
    found = versions().filter(version=version).first()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class Start:
    """What a page of the draft begins with: the draft, else the version in force, else what Throughline ships with."""

    draft: Policy | None
    source: Policy | None
    rules: Mapping[str, Any]
    mark: str

    @property
    def note(self) -> str:
        return self.draft.note if self.draft else ""


def start() -> Start:
    draft = the_draft()
    source = draft or in_force()
    return Start(draft, source, source.rules if source else DEFAULT_RULES, policy_mark(draft))


@dataclass(frozen=True)
class Saved:
    """What came of saving: the draft, or the status that the form is shown again with; `seen` goes on with the form."""

    draft: Policy | None
    status: int
    seen: str


def save(
    request: HttpRequest,
    form: forms.BaseForm,
    begun: Start,
    rules: Mapping[str, Any],
    note: str,
    *,
    place: Callable[[str], str] = str,
    beside: bool = True,
) -> Saved:
    """Write these rules as the draft, or say on the form why not; `place` is the field that a path of them is about.

    Who was overtaken reads what each field says now; without `beside` only that they were.
    """
    seen = seen_mark(request, begun.mark)
    try:
        return Saved(draft_policy(reader(request), _tidied(rules), note, seen=seen), 303, seen)
    except Invalid as refusal:
        show_problems(form, Invalid([_at_its_field(problem, place) for problem in refusal.problems]))
        return Saved(None, 200, seen)
    except Conflict as refusal:
        return Saved(None, 409, tell_overtaken(form, refusal, seen if beside else begun.mark, begun.mark))


def _tidied(rules: Mapping[str, Any]) -> Mapping[str, Any]:
    """The rules spelled out, numbers as numbers; as they are where they cannot be read, which the act says."""
    try:
        return plain(rules)
    except PolicyProblem:
        return rules


def _at_its_field(problem: FieldProblem, place: Callable[[str], str]) -> FieldProblem:
    return FieldProblem(place(problem.field), f"{problem.message[:1].upper()}{problem.message[1:]}.")


def drafting(request: HttpRequest, begun: Start, tab: str) -> dict[str, object]:
    """What every page of the draft shows: the sections, and the parts of the draft as tabs."""
    tabs = [
        ("general", "In general", reverse("settings_policy_draft")),
        *((tier.value, f"{tier.label} risk", reverse("settings_policy_tier", args=[tier])) for tier in RiskTier),
        ("controls", "Controls", reverse("settings_policy_draft_controls")),
        ("import", "YAML", reverse("settings_policy_import")),
    ]
    count = len(begun.rules.get("controls") or {})
    return {
        **frame(request, "settings_policies"),
        "begun": begun,
        "draft": begun.draft,
        "tabs": [
            {"label": label, "url": url, "current": key == tab, "n": count if key == "controls" else None}
            for key, label, url in tabs
        ],
    }
