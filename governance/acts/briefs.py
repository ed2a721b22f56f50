"""Write, sign and amend the brief."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from governance import permissions
from governance.acts.locks import locked_release, moment, open_visit
from governance.acts.tiers import assess_signed
from governance.errors import Conflict, Invalid, invalid
from governance.trail import writers
from models_registry.models import BRIEF_FIELDS, Brief, Person, Release
from models_registry.requirements import brief_digest, check_brief
from models_registry.vocabulary import Stage


def save_brief(
    actor: Person,
    release_id: int,
    content: Mapping[str, Any],
    *,
    expected: datetime | None = None,
    at: datetime | None = None,
) -> Brief:
    """Save the draft. What is filled in must be usable; what is missing may come later.

    `expected` is the draft's `updated_at` as the person's page showed it; `Conflict` when somebody saved meanwhile.
    """
    at = moment(at)
    with transaction.atomic():
        release = locked_release(release_id)
        permissions.work_on(actor, release.model)
        draft = _draft(release)
        _refuse_stale(draft, expected)
        kept = {name: content[name] for name in BRIEF_FIELDS if name in content}
        if problems := check_brief(kept, complete=False):
            raise Invalid(problems)
        changed = [name for name in BRIEF_FIELDS if kept.get(name) != draft.content.get(name)]
        if not changed:
            return draft
        draft.content, draft.updated_at = kept, at
        draft.save(update_fields=["content", "updated_at"])
        writers.brief_saved(draft, changed, actor, at)
        return draft


def sign_brief(
    actor: Person, release_id: int, *, expected: datetime | None = None, at: datetime | None = None
) -> Brief:
    """Sign the draft, which must be complete; from then on it never changes. Its answers may raise the model's tier."""
    at = moment(at)
    with transaction.atomic():
        release = locked_release(release_id)
        permissions.work_on(actor, release.model)
        draft = _draft(release)
        _refuse_stale(draft, expected)
        if problems := check_brief(draft.content, complete=True):
            raise Invalid(problems, message=f"The brief is not complete: {problems[0].message}")
        draft.signed_by, draft.signed_at = actor, at
        draft.digest = brief_digest(draft.content)
        draft.save(update_fields=["signed_by", "signed_at", "digest"])
        assess_signed(draft, actor, at)
        writers.brief_signed(draft, actor, at)
        return draft


def amend_brief(actor: Person, release_id: int, reason: str, *, at: datetime | None = None) -> Brief:
    """Open a new revision of a signed brief, starting from its content. The signed one stays in force until then."""
    at = moment(at)
    with transaction.atomic():
        release = locked_release(release_id)
        permissions.work_on(actor, release.model)
        if not reason.strip():
            raise invalid("reason", "Say why the requirements change; the reason stays with the revision.")
        if open_visit(release).stage == Stage.RETIRED:
            raise Conflict("This release is retired.", remedy="Start a new release instead.")
        latest = release.briefs.order_by("-number").first()
        if latest is None or not latest.is_signed:
            raise Conflict("The newest revision is still a draft.", remedy="Edit and sign that one.")
        brief = Brief.objects.create(
            release=release,
            number=latest.number + 1,
            content=latest.content,
            change_reason=reason.strip(),
            author=actor,
            created_at=at,
            updated_at=at,
        )
        writers.brief_amended(brief, actor, at)
        return brief


def discard_amendment(
    actor: Person, release_id: int, *, expected: datetime | None = None, at: datetime | None = None
) -> int:
    """Throw an unsigned amendment away; the signed brief stays in force. Returns the number it had.

    The first draft of a release cannot be discarded: there would be no brief left.
    """
    at = moment(at)
    with transaction.atomic():
        release = locked_release(release_id)
        permissions.work_on(actor, release.model)
        draft = _draft(release)
        _refuse_stale(draft, expected)
        if draft.number == 1:
            raise Conflict("This is the only brief of the release.", remedy="Edit it, or give the release up.")
        writers.brief_discarded(draft, actor, at)
        number = draft.number
        draft.delete()
        return number


def _draft(release: Release) -> Brief:
    draft = Brief.objects.select_for_update().filter(release=release, signed_at__isnull=True).first()
    if draft is None:
        signed = release.briefs.order_by("-number").first()
        by = f" by {signed.signed_by}" if signed else ""
        raise Conflict(f"The brief is signed{by} and no longer changes.", remedy="Amend it: that opens a new revision.")
    return draft


def _refuse_stale(draft: Brief, expected: datetime | None) -> None:
    if expected is not None and draft.updated_at != expected:
        raise Conflict(
            "Somebody saved this brief after you opened it.",
            remedy="Your text is still here: compare it with theirs in another tab, then save again.",
        )
