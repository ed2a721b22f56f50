"""Write and publish policies. A published one never changes; visits keep the version in force when they began."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from governance import permissions
from governance.acts.locks import moment
from governance.errors import Conflict, Invalid, NotFound, NotPermitted, invalid
from governance.models import Policy, PolicyStatus
from governance.policy import PolicyProblem, parse
from governance.trail import writers
from models_registry.models import Person
from models_registry.requirements import FieldProblem


def draft_policy(
    actor: Person,
    rules: Mapping[str, Any],
    note: str,
    *,
    expected: datetime | None = None,
    at: datetime | None = None,
) -> Policy:
    """Write the one draft, new or again. `expected` is the draft's `updated_at` as the page showed it."""
    at = moment(at)
    with transaction.atomic():
        permissions.write_policy(actor)
        _refuse_unusable(rules)
        if not note.strip():
            raise invalid("note", "Say in a sentence what this version changes.")
        draft = Policy.objects.select_for_update().filter(status=PolicyStatus.DRAFT).first()
        if draft is None:
            newest = Policy.objects.aggregate(newest=Max("version"))["newest"] or 0
            draft = Policy(version=newest + 1, author=actor, created_at=at)
        elif expected is not None and draft.updated_at != expected:
            raise Conflict("Somebody changed the draft meanwhile.", remedy="Look at their draft, then save again.")
        draft.rules, draft.note, draft.updated_at, draft.author = dict(rules), note.strip()[:300], at, actor
        draft.save()
        writers.policy_changed("policy.draft", draft, actor, at)
        return draft


def publish_policy(actor: Person, policy_id: int, *, at: datetime | None = None) -> Policy:
    """Put a draft in force for visits that begin from now on. Its author cannot publish it."""
    at = moment(at)
    with transaction.atomic():
        permissions.write_policy(actor)
        policy = Policy.objects.select_for_update().filter(pk=policy_id).first()
        if policy is None:
            raise NotFound
        if policy.status == PolicyStatus.PUBLISHED:
            raise Conflict(f"{policy} is published already.")
        if policy.author_id == actor.pk:
            raise NotPermitted("You wrote this draft; a second person publishes it.", code="four_eyes")
        _refuse_unusable(policy.rules)
        _publish(policy, actor, at)
        return policy


def install_policy(rules: Mapping[str, Any], note: str, *, at: datetime | None = None) -> Policy | None:
    """Publish the first policy of a new installation; None, and nothing done, when there is one already."""
    at = moment(at)
    with transaction.atomic():
        if Policy.objects.exists():
            return None
        _refuse_unusable(rules)
        policy = Policy(version=1, author=None, created_at=at, updated_at=at, rules=dict(rules), note=note)
        policy.save()
        _publish(policy, None, at)
        return policy


def _publish(policy: Policy, actor: Person | None, at: datetime) -> None:
    policy.status, policy.published_by, policy.published_at = PolicyStatus.PUBLISHED, actor, at
    policy.save(update_fields=["status", "published_by", "published_at"])
    writers.policy_changed("policy.publish", policy, actor, at)


def _refuse_unusable(rules: Mapping[str, Any]) -> None:
    try:
        parse(rules)
    except PolicyProblem as problem:
        raise Invalid([FieldProblem(found.path, found.message) for found in problem.problems]) from problem
