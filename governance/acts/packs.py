"""Add a control pack to the draft of the policy."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from governance import permissions
from governance.acts.locks import moment
from governance.acts.policies import draft_policy
from governance.errors import Conflict, Invalid, NotFound
from governance.models import Policy, PolicyStatus
from governance.packs import pack_of
from governance.packs.adding import STAGES, Added, add_pack
from governance.policy import DEFAULT_RULES
from models_registry.models import Person
from models_registry.requirements import FieldProblem
from models_registry.vocabulary import RiskTier


def add_pack_to_draft(
    actor: Person,
    key: str,
    tiers: Collection[str],
    stage: str = "",
    *,
    seen: str | None = None,
    at: datetime | None = None,
) -> tuple[Policy, Added]:
    """Ask for the controls of a pack in the draft: the one there is, else a new one from the policy in force.

    `stage`: where all of them are asked for; empty for where each belongs. `seen` is the `policy_mark` of the draft
    that the page showed. Raises `Conflict` when there is nothing left to add, as after a double click.
    """
    at = moment(at)
    pack = pack_of(key)
    with transaction.atomic():
        permissions.write_policy(actor)
        if pack is None:
            raise NotFound
        _refuse_unknown(tiers, stage)
        versions = list(Policy.objects.select_for_update().order_by("-version"))
        draft = next((one for one in versions if one.status == PolicyStatus.DRAFT), None)
        start = draft or next(iter(versions), None)
        chosen = [RiskTier(tier) for tier in tiers]
        added = add_pack(
            start.rules if start else DEFAULT_RULES, pack, chosen, next((one for one in STAGES if one == stage), None)
        )
        if not added.changed:
            raise Conflict(
                f"The {'draft' if draft else 'policy'} asks for every control of {pack.title} in these tiers already.",
                remedy="Choose another tier, or open the draft.",
            )
        note = draft.note if draft else f"Controls of {pack.title}."
        return draft_policy(actor, added.rules, note, seen=seen, at=at), added


def _refuse_unknown(tiers: Collection[str], stage: str) -> None:
    problems = []
    if not tiers or not set(tiers) <= set(RiskTier):
        problems.append(FieldProblem("tiers", "Choose at least one of the risk tiers."))
    if stage and stage not in STAGES:
        problems.append(FieldProblem("stage", "Choose brief, validation or compliance review, or leave it open."))
    if problems:
        raise Invalid(problems)
