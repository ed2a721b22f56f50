"""Answer for a stage before it begins, as early as the brief. Of two people at once one wins."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from governance import permissions
from governance.acts.appointing import EARLY_STAGES, end_early
from governance.acts.locks import locked_release, moment, open_visit, underway
from governance.errors import Conflict, NotFound, NotPermitted, invalid
from governance.models import EarlyClaim, StageVisit
from governance.stages import comes_before
from governance.trail import writers
from models_registry.models import Person, Release
from models_registry.vocabulary import Stage

DEPLOYMENT = Stage.DEPLOYMENT


def claim_early(
    actor: Person, release_id: int, stage: Stage | str = DEPLOYMENT, *, at: datetime | None = None
) -> EarlyClaim:
    """Take a stage that has not begun. Claiming what is one's own already (a double click) gives the standing claim."""
    at = moment(at)
    with transaction.atomic():
        release, visit, which = _ahead(release_id, stage)
        permissions.own_stage(actor, release.model, which)
        standing = _standing(release, which)
        if standing is not None and standing.person_id == actor.pk:
            return standing
        if standing is not None:
            raise Conflict(
                f"{standing.person} was faster and answers for {which.label.lower()} of {release} "
                f"since {standing.since:%d %B %Y, %H:%M:%S} UTC.",
                remedy="Take another one, or ask a lead.",
                code="already_claimed",
            )
        return _begin("owner.claim_early", release, visit, which, actor, actor, at)


def assign_early(
    actor: Person,
    release_id: int,
    owner: Person,
    stage: Stage | str = DEPLOYMENT,
    *,
    note: str = "",
    expected_owner: int | None = None,
    at: datetime | None = None,
) -> EarlyClaim:
    """Name who answers for a stage to come, in place of nobody or of somebody: whoever leads.

    `expected_owner`: whom the page showed, 0 for nobody.
    """
    at = moment(at)
    with transaction.atomic():
        release, visit, which = _ahead(release_id, stage)
        permissions.lead(actor, release.model)
        standing = _standing(release, which)
        holder = standing.person if standing else None
        if expected_owner is not None and (holder.pk if holder else 0) != expected_owner:
            raise Conflict(f"Meanwhile {holder or 'nobody'} answers for it.", remedy="Decide again if that is wrong.")
        try:
            permissions.own_stage(owner, release.model, which)
        except NotFound:
            raise invalid("owner", f"{owner} cannot see this model.") from None
        except NotPermitted as refusal:
            raise invalid("owner", str(refusal)) from None
        if standing is not None and standing.person_id == owner.pk:
            return standing
        end_early(release, which, at, because=f"{actor} named {owner}")
        return _begin("owner.assign_early", release, visit, which, owner, actor, at, note=note.strip(), before=holder)


def release_early(
    actor: Person, release_id: int, reason: str, stage: Stage | str = DEPLOYMENT, *, at: datetime | None = None
) -> None:
    """Give back what was claimed ahead, with a reason: whoever claimed it, and whoever leads."""
    at = moment(at)
    with transaction.atomic():
        release, visit, which = _ahead(release_id, stage)
        permissions.see(actor, release.model)
        standing = _standing(release, which)
        if standing is None:
            raise Conflict(f"Nobody has claimed {which.label.lower()} of {release} ahead.")
        if standing.person_id != actor.pk:
            permissions.lead(actor, release.model)
        if not reason.strip():
            raise invalid("reason", "Say why you give it back; whoever takes it next should know.")
        drop(standing, release, visit, actor, at, reason.strip())


def drop(claim: EarlyClaim, release: Release, visit: StageVisit, actor: Person, at: datetime, reason: str) -> None:
    """End a claim ahead and say so on the trail. The release is locked by the caller."""
    end_early(release, Stage(claim.stage), at, because=reason[:300])
    writers.early_changed("owner.release_early", release, claim, claim.person, None, actor, at, note=reason)


def _ahead(release_id: int, stage: Stage | str) -> tuple[Release, StageVisit, Stage]:
    """The locked release, whose stage has to lie ahead."""
    which = Stage(stage)
    release = locked_release(release_id)
    visit = underway(open_visit(release))
    if which not in EARLY_STAGES:
        names = ", ".join(one.label.lower() for one in EARLY_STAGES)
        raise invalid("stage", f"Only {names} is claimed before it begins.")
    if not comes_before(Stage(visit.stage), which):
        raise Conflict(
            f"{release} is in {Stage(visit.stage).label.lower()}; {which.label.lower()} does not lie ahead.",
            remedy="Claim the stage itself, where nobody owns it.",
        )
    return release, visit, which


def _standing(release: Release, stage: Stage) -> EarlyClaim | None:
    claims = EarlyClaim.objects.select_for_update(of=("self",)).select_related("person")
    return claims.filter(release=release, stage=stage, until__isnull=True).first()


def _begin(
    act: str,
    release: Release,
    visit: StageVisit,
    stage: Stage,
    person: Person,
    actor: Person,
    at: datetime,
    *,
    note: str = "",
    before: Person | None = None,
) -> EarlyClaim:
    claim = EarlyClaim.objects.create(release=release, stage=stage, person=person, given_by=actor, since=at)
    writers.early_changed(act, release, claim, before, person, actor, at, note=note)
    return claim
