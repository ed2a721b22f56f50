"""The page of a model: one release of it, from its state down to its trail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from governance.gates import Check
from governance.permissions import allows, lower_tier, read_trail
from governance.policy import BUDGETED_STAGES
from models_registry.requirements import region_agrees
from models_registry.vocabulary import Stage
from tracker.brief_words import schema_fields
from tracker.formats import count
from tracker.journey import Leg
from tracker.ledger import KindCost
from tracker.model_page import ACTIVITY, ModelPage, model_page
from tracker.web.drawing import Step, at, journey, share
from tracker.web.models.actions import Action, Rights, check_action, offered, review_actions, rights_of
from tracker.web.models.clocks import clock_cards, wait_parts, waited_in_words
from tracker.web.models.headline import headline, spelled
from tracker.web.models.measured import measured_figure
from tracker.web.pages import page
from tracker.web.viewer import reader


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check of the gate with the act that would meet it. `owner` None: nobody in particular owes it."""

    check: Check
    state: str
    owner: str | None
    action: Action | None


@dataclass(frozen=True, slots=True)
class CostPart:
    """One kind of cost in the ledger's main currency, and its stretch of the bar."""

    swatch: int
    label: str
    amount: Decimal
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class CostFace:
    """The cost panel. `late`: the stretch of the bar that came after the budget of time ran out."""

    total: str
    since: str
    currency: str
    parts: Sequence[CostPart]
    late: tuple[str, str] | None


@require_safe
def model(request: HttpRequest, slug: str) -> HttpResponse:
    """The newest release, or the one that `?release=` names; `?activity=all` shows the whole activity."""
    person = reader(request)
    asked = request.GET.get("release", "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else None
    about = model_page(person, slug, number, timezone.now())
    rights = rights_of(person, about)
    long = request.GET.get("activity") == "all"
    told = about.activity(long=long)
    context: dict[str, Any] = {
        "about": about,
        "model": about.model,
        "release": about.release,
        "rights": rights,
        "offered": offered(person, about, rights),
        "headline": headline(about),
        "steps": journey(_step(leg) for leg in about.journey.legs),
        "checks": _check_rows(about, rights),
        "review_acts": review_actions(about, rights),
        "activity": told if long else told[:ACTIVITY],
        "more_activity": not long and len(told) > ACTIVITY,
        "trail": allows(read_trail, person),
        "may_lower": allows(lower_tier, person, about.model),
        "cost": _cost(about),
        **_time(about),
        "region": _region(about),
        "schemas": _schemas(about),
        "figure": measured_figure(about.series) if about.series else None,
        "here": f"{reverse('model', args=[slug])}?release={about.release.number}",
        "crumbs": _crumbs(about),
    }
    context["keys"] = [
        (act.key.upper(), f"{act.label[:1].lower()}{act.label[1:]}") for act in context["offered"].shown if act.key
    ]
    return page(request, "models/model.html", context)


def _time(about: ModelPage) -> dict[str, Any]:
    waited, here = wait_parts(about.waited), wait_parts(about.waits) if about.underway else []
    said = waited_in_words(here, about.day)
    return {
        "clocks": clock_cards(about),
        "waited": waited,
        "waited_said": waited_in_words(waited, about.day),
        "here_said": f"{said[:1].lower()}{said[1:]}" if about.stage in BUDGETED_STAGES else "",
    }


def _step(leg: Leg) -> Step:
    facts = asdict(leg)
    return Step(**{name: facts[name] for name in Step.__slots__ if name in facts})


def _check_rows(about: ModelPage, rights: Rights) -> list[CheckRow]:
    """The open checks first, in the order in which the work goes."""
    rows = [
        CheckRow(check, _state(check, about), _who_owes(check, about), check_action(check, about, rights))
        for check in about.report.checks
    ]
    return sorted(rows, key=lambda row: row.check.met)


def _state(check: Check, about: ModelPage) -> str:
    """An approval that is asked for is waited for, not missing."""
    return "waiting" if check.action == "decide_review" and about.dossier.review_open else check.state


def _who_owes(check: Check, about: ModelPage) -> str | None:
    if check.owes != "owner" or about.spell is None:
        return None
    return str(about.owner or "")


def _cost(about: ModelPage) -> CostFace:
    """The parts of the cost on a bar; what came after the budget ran out is hatched at its end."""
    ledger = about.ledger
    whole = sum((one.amount for one in ledger.kinds if one.amount > 0), Decimal(0))
    parts, start = [], 0.0
    for swatch, one in enumerate(ledger.kinds, start=1):
        width = share(max(one.amount, Decimal(0)), whole)
        parts.append(CostPart(min(swatch, 3), _kind_label(one), one.amount, at(start), at(width)))
        start += width
    late = min(share(max(ledger.late, Decimal(0)), whole), 100.0)
    return CostFace(
        total=spelled(ledger.total),
        since=spelled(ledger.since),
        currency=ledger.currency,
        parts=parts,
        late=(at(100 - late), at(late)) if late else None,
    )


def _kind_label(one: KindCost) -> str:
    return f"{one.kind.label}, {count(int(one.hours), 'hour')}" if one.hours else one.kind.label


def _region(about: ModelPage) -> dict[str, Any] | None:
    """The region that the brief asks for beside the one that the deployment is specified in."""
    brief, spec = about.dossier.brief, about.dossier.deployment
    if brief is None or not brief.get("region"):
        return None
    given = str(spec.raw.get("region") or "") if spec else ""
    met = region_agrees(spec.raw, brief) if spec and given else None
    return {"asks": brief["region"], "given": given, "state": {True: "met", False: "unmet", None: "missing"}[met]}


def _schemas(about: ModelPage) -> list[tuple[str, str, Any]]:
    brief = about.dossier.brief or {}
    named = (("Input schema", "input_schema"), ("Output schema", "output_schema"))
    return [(label, brief[name], schema_fields(brief[name])) for label, name in named if brief.get(name)]


def _crumbs(about: ModelPage) -> list[tuple[str, str]]:
    models = reverse("models")
    stage = Stage(about.stage)
    standing = stage.value if about.underway else about.visit.state
    label = stage.label if about.underway else str(about.visit.state).capitalize()
    return [("Models", models), (label, f"{models}?stage={standing}")]
