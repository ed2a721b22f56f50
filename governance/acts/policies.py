"""Write and publish policies. A published one never changes; visits keep the version in force when they began."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from governance import permissions
from governance.acts.locks import lock_voices, moment
from governance.acts.meanwhile import mark
from governance.approvers import groups_in, people_for
from governance.errors import Conflict, Invalid, NotFound, NotPermitted, invalid
from governance.models import Policy, PolicyStatus
from governance.policy import PolicyProblem, PolicyRules, parse
from governance.policy_reach import flaws
from governance.trail import writers
from models_registry.models import Person
from models_registry.requirements import FieldProblem


def draft_policy(
    actor: Person,
    rules: Mapping[str, Any],
    note: str,
    *,
    seen: str | None = None,
    at: datetime | None = None,
) -> Policy:
    """Write the one draft, new or again. `seen` is the `policy_mark` of the draft that the page showed."""
    at = moment(at)
    with transaction.atomic():
        permissions.write_policy(actor)
        _refuse_unusable(rules)
        if not note.strip():
            raise invalid("note", "Say in a sentence what this version changes.")
        # The versions there are stand still, so that two people cannot begin a draft at once.
        versions = [policy.version for policy in Policy.objects.select_for_update()]
        draft = Policy.objects.filter(status=PolicyStatus.DRAFT).first()
        if seen is not None and seen != policy_mark(draft):
            raise Conflict(_overtaken(draft), remedy="What you typed is still here. Saving again replaces theirs.")
        if draft is None:
            draft = Policy(version=max(versions, default=0) + 1, author=actor, created_at=at)
        draft.rules, draft.note, draft.updated_at, draft.author = dict(rules), note.strip()[:300], at, actor
        draft.save()
        writers.policy_changed("policy.draft", draft, actor, at)
        return draft


def publish_policy(actor: Person, policy_id: int, *, seen: str | None = None, at: datetime | None = None) -> Policy:
    """Put a draft in force for visits that begin from now on. Its author cannot publish it.

    `seen` is the `policy_mark` of what the person read: nobody publishes a text that was changed since. Raises
    `Invalid` for a policy that nobody could ever satisfy, judged by the people there are at this moment.
    """
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
        if seen is not None and seen != policy_mark(policy):
            raise Conflict(_overtaken(policy), remedy="Read it as it is now, then publish it.")
        _refuse_unreachable(_refuse_unusable(policy.rules))
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


def policy_mark(policy: Policy | None) -> str:
    """What a page remembers of a draft; empty where there was none."""
    return mark({"version": policy.version, "rules": policy.rules, "note": policy.note}) if policy else ""


def _overtaken(draft: Policy | None) -> str:
    if draft is None:
        return "The draft that you opened was published meanwhile."
    return f"{draft.author or 'Somebody'} wrote the draft after you opened it."


def _publish(policy: Policy, actor: Person | None, at: datetime) -> None:
    policy.status, policy.published_by, policy.published_at = PolicyStatus.PUBLISHED, actor, at
    policy.save(update_fields=["status", "published_by", "published_at"])
    writers.policy_changed("policy.publish", policy, actor, at)


def _refuse_unusable(rules: Mapping[str, Any]) -> PolicyRules:
    try:
        return parse(rules)
    except PolicyProblem as problem:
        raise Invalid([FieldProblem(found.path, found.message) for found in problem.problems]) from problem


def _refuse_unreachable(rules: PolicyRules) -> None:
    # Whoever is counted here stays until it is published: a removal that waits meets the new policy.
    lock_voices(groups_in(rules))
    fatal = [flaw for flaw in flaws(rules, people_for(rules)) if flaw.fatal]
    if fatal:
        message = f"Nobody could ever satisfy this policy. {fatal[0].where}: {fatal[0].message}"
        raise Invalid([FieldProblem(flaw.where, flaw.message) for flaw in fatal], message=message)
