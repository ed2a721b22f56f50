"""Register a model, start a further release of it, and change what the registry says of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.text import slugify

from governance import permissions
from governance.acts.locks import moment
from governance.acts.visits import Arrival, enter
from governance.errors import Conflict, Invalid, NotFound, invalid
from governance.models import StageVisit, Tenure
from governance.tiering import rank
from governance.trail import writers
from models_registry.models import Brief, ModelTag, Person, RegisteredModel, Release, Team
from models_registry.requirements import FieldProblem
from models_registry.vocabulary import RiskTier, Stage

NAME_LIMIT = 120
TAG_LIMIT = 20
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True)
class ModelFacts:
    """What is said of a model when it is registered or edited."""

    name: str
    purpose: str = ""
    risk_tier: str = RiskTier.MEDIUM
    restricted: bool = False
    personal_data: bool | None = None
    tags: tuple[str, ...] = field(default=())


def register_model(
    actor: Person, team: Team, facts: ModelFacts, *, brief: dict[str, object] | None = None, at: datetime | None = None
) -> Release:
    """Register a model with its first release, in the brief stage, owned by whoever registers it.

    Raises `Invalid` for unusable facts, `Conflict` when the team has a model of that name (also on a double click).
    """
    at = moment(at)
    with transaction.atomic():
        team = Team.objects.select_for_update(of=("self",)).select_related("calendar").get(pk=team.pk)
        permissions.register_in(actor, team)
        facts = _checked(facts)
        _refuse_twin(team, facts.name, None)
        model = RegisteredModel.objects.create(
            slug=free_slug(facts.name),
            name=facts.name,
            team=team,
            purpose=facts.purpose,
            risk_tier=facts.risk_tier,
            restricted=facts.restricted,
            personal_data=facts.personal_data,
            created_by=actor,
            created_at=at,
            updated_at=at,
        )
        ModelTag.objects.bulk_create([ModelTag(model=model, name=tag) for tag in facts.tags])
        release, visit = _first_steps(model, 1, actor, at, brief or {})
        writers.registered(release, visit, actor, actor, at)
        return release


def start_release(actor: Person, model: RegisteredModel, *, at: datetime | None = None) -> Release:
    """Start a further release of a model, with a brief draft that copies the newest signed brief."""
    at = moment(at)
    with transaction.atomic():
        locked = (
            RegisteredModel.objects.select_for_update(of=("self",))
            .select_related("team__calendar")
            .filter(pk=model.pk)
            .first()
        )
        if locked is None:
            raise NotFound
        permissions.work_on(actor, locked)
        open_in_brief = StageVisit.objects.filter(
            release__model=locked, left_at__isnull=True, stage=Stage.BRIEF
        ).select_related("release")
        if waiting := open_in_brief.first():
            raise Conflict(
                f"Release {waiting.release.number} is still in its brief.",
                remedy="Go on with that one, or kill it first.",
            )
        latest = Brief.objects.filter(release__model=locked, signed_at__isnull=False).order_by("-signed_at").first()
        number = (locked.releases.order_by("-number").values_list("number", flat=True).first() or 0) + 1
        release, visit = _first_steps(locked, number, actor, at, dict(latest.content) if latest else {})
        writers.registered(release, visit, actor, actor, at)
        return release


def edit_model(
    actor: Person, model_id: int, facts: ModelFacts, *, expected: datetime | None = None, at: datetime | None = None
) -> RegisteredModel:
    """Change what the registry says of a model. `expected` is its `updated_at` as the person's page showed it."""
    at = moment(at)
    with transaction.atomic():
        model = (
            RegisteredModel.objects.select_for_update(of=("self",)).select_related("team").filter(pk=model_id).first()
        )
        if model is None:
            raise NotFound
        permissions.work_on(actor, model)
        if expected is not None and model.updated_at != expected:
            raise Conflict("Somebody changed this model meanwhile.", remedy="Look at the change, then save again.")
        facts = _checked(facts)
        _refuse_twin(model.team, facts.name, model.pk)
        if facts.restricted != model.restricted or facts.risk_tier != model.risk_tier:
            permissions.lead(actor, model)
        if rank(facts.risk_tier) < rank(model.risk_tier):
            raise invalid("risk_tier", "A compliance officer lowers the tier, with a reason. Here it can be raised.")
        before = _said_of(model)
        for name in ("name", "purpose", "risk_tier", "restricted", "personal_data"):
            setattr(model, name, getattr(facts, name))
        after = {**_said_of(model), "tags": sorted(facts.tags)}
        if before == after:
            return model
        model.updated_at = at
        model.save(update_fields=["name", "purpose", "risk_tier", "restricted", "personal_data", "updated_at"])
        model.tags.exclude(name__in=facts.tags).delete()
        ModelTag.objects.bulk_create([ModelTag(model=model, name=tag) for tag in facts.tags], ignore_conflicts=True)
        writers.model_edited(model, before, after, actor, at)
        return model


def free_slug(name: str, taken: Iterable[str] = ()) -> str:
    """A slug for this name that no model has, nor is in `taken`."""
    base = slugify(name)[:100].strip("-") or "model"
    # The page that registers a model has the address models/new/.
    used = {"new", *taken} | set(RegisteredModel.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    if base not in used:
        return base
    number = 2
    while f"{base}-{number}" in used:
        number += 1
    return f"{base}-{number}"


def _first_steps(
    model: RegisteredModel, number: int, actor: Person, at: datetime, content: dict[str, object]
) -> tuple[Release, StageVisit]:
    release = Release.objects.create(model=model, number=number, created_by=actor, created_at=at)
    Brief.objects.create(release=release, number=1, content=content, author=actor, created_at=at, updated_at=at)
    visit = enter(release, Arrival(Stage.BRIEF), actor=actor, at=at, owner=actor, began=Tenure.ENTERED)
    return release, visit


def _said_of(model: RegisteredModel) -> dict[str, object]:
    return {
        "name": model.name,
        "purpose": model.purpose,
        "risk_tier": str(model.risk_tier),
        "restricted": model.restricted,
        "personal_data": model.personal_data,
        "tags": sorted(model.tags.values_list("name", flat=True)),
    }


def _checked(facts: ModelFacts) -> ModelFacts:
    name = " ".join(_CONTROL.sub("", facts.name).split())
    tags = tuple(dict.fromkeys(tag.strip().lower() for tag in facts.tags if tag.strip()))
    problems = []
    if not name:
        problems.append(FieldProblem("name", "Give the model a name, for example card-fraud-scorer."))
    if len(name) > NAME_LIMIT:
        problems.append(FieldProblem("name", f"Keep the name to {NAME_LIMIT} characters; this one has {len(name)}."))
    if facts.risk_tier not in set(RiskTier):
        problems.append(FieldProblem("risk_tier", "Choose low, medium or high."))
    if len(tags) > TAG_LIMIT or any(len(tag) > 60 for tag in tags):
        problems.append(FieldProblem("tags", f"At most {TAG_LIMIT} tags of at most 60 characters each."))
    if problems:
        raise Invalid(problems)
    return ModelFacts(
        name, _CONTROL.sub("", facts.purpose).strip(), facts.risk_tier, facts.restricted, facts.personal_data, tags
    )


def _refuse_twin(team: Team, name: str, own: int | None) -> None:
    twin = RegisteredModel.objects.filter(team=team, name__iexact=name).exclude(pk=own or 0).first()
    if twin is not None:
        raise Invalid(
            [FieldProblem("name", f"{team} already has a model called {twin.name}. Open it, or choose another name.")]
        )
