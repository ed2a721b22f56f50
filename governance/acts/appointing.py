"""Who answers when a stage begins: who was named, who claimed it ahead, or whom the rule of the policy gives it to.

The callers hold the release's lock; nothing outside this folder calls these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.db.models import Count, Max

from governance import permissions
from governance.acts.locks import in_turn
from governance.candidates import Candidate, needs_of, read_pool
from governance.deadlines import rules_of
from governance.models import EarlyClaim, StageOwnership, StageVisit, Tenure
from governance.policy import BUDGETED_STAGES
from governance.skills import in_words
from models_registry.models import Person, Release
from models_registry.vocabulary import OwnerRule, RiskTier, Stage

EARLY_STAGES: Final = (Stage.DEPLOYMENT,)
"""The stages that somebody may answer for before they begin."""
_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_BY_RULE: Final = tuple(stage for stage in BUDGETED_STAGES if stage is not Stage.COMPLIANCE_REVIEW)
"""A compliance review is given out with its review, see `assignment.give_by_rule`."""


@dataclass(frozen=True, slots=True)
class Appointed:
    """The first owner of a visit, or nobody; `why` is the note of the spell."""

    owner: Person | None
    began: Tenure
    why: str = ""

    @property
    def by_rule(self) -> bool:
        """Whether nobody did this by hand now, so that the trail and the person have to be told."""
        return self.owner is not None and self.began in (Tenure.BY_RULE, Tenure.EARLY)


def appoint(visit: StageVisit, named: Person | None, began: Tenure, at: datetime) -> Appointed:
    """The first owner of a visit that is about to begin."""
    stage = Stage(visit.stage)
    ahead = end_early(visit.release, stage, at, because=_ended(named)) if stage in EARLY_STAGES else None
    if named is not None:
        return Appointed(named, began)
    if ahead is not None and permissions.allows(permissions.own_stage, ahead, visit.release.model, stage):
        return Appointed(ahead, Tenure.EARLY, "Claimed before the stage began.")
    if (given := by_rule(visit, at)) is not None:
        return given
    if ahead is not None:
        return Appointed(None, Tenure.UNFIT, f"{ahead} had claimed it ahead")
    return Appointed(None, Tenure.ENTERED)


def by_rule(visit: StageVisit, at: datetime) -> Appointed | None:
    """Whom the policy's rule gives the stage to, past who left, is away, or may not own it; None for nobody."""
    rules = rules_of(visit.policy)
    rule = rules.stage(RiskTier(visit.tier), Stage(visit.stage))
    if rule.owner is OwnerRule.NONE or visit.stage not in _BY_RULE:
        return None
    # Two stages that begin at the same moment are given out one after the other, each by what the other left behind.
    in_turn()
    model = visit.release.model
    wanted = needs_of(visit)
    pool = read_pool([model.team_id], at)
    present = [one for one in pool.candidates(model.team_id, visit.stage, wanted, rules) if one.away is None]
    chosen = _chosen(rule.owner, present, visit)
    if chosen is None:
        return None
    took = f" It takes {in_words(need.skill for need in wanted)}." if wanted else ""
    why = f"By the policy's rule, {rule.owner.label.lower()}: {chosen.person} {chosen.why}.{took}"
    return Appointed(chosen.person, Tenure.BY_RULE, why)


def end_early(release: Release, stage: Stage, at: datetime, *, because: str) -> Person | None:
    """End the early claim of a stage, if there is one; gives who had it."""
    claim = (
        EarlyClaim.objects.select_for_update(of=("self",))
        .select_related("person")
        .filter(release=release, stage=stage, until__isnull=True)
        .first()
    )
    if claim is None:
        return None
    claim.until, claim.ended_because = max(at, claim.since), because
    claim.save(update_fields=["until", "ended_because"])
    return claim.person


def _ended(named: Person | None) -> str:
    return f"the stage began, and {named} was named" if named else "the stage began"


def _chosen(rule: OwnerRule, present: Sequence[Candidate], visit: StageVisit) -> Candidate | None:
    """Among those who have room and bring most: by the rule, and at last by name, so that nothing is left to chance."""
    if rule is OwnerRule.PREVIOUS_OWNER:
        last = last_owner(visit.release, visit.stage)
        return next((one for one in present if one.person.pk == last), None)
    spells = StageOwnership.objects.filter(owner__in=[one.person.pk for one in present], began=Tenure.BY_RULE)
    rows = spells.order_by().values_list("owner").annotate(latest=Max("since"), n=Count("pk"))
    given = {owner: (latest, n) for owner, latest, n in rows.values_list("owner", "latest", "n")}

    def turn(one: Candidate) -> tuple[object, ...]:
        # Of those who were given one at the same moment, the one who was given fewer in all.
        own = (*given.get(one.person.pk, (_NEVER, 0)), one.person.full_name, one.person.pk)
        return (*one.rank, one.load.owned, *own) if rule is OwnerRule.LEAST_LOADED else (*one.rank, *own)

    return min(present, key=turn, default=None)


def last_owner(release: Release, stage: Stage | str) -> int | None:
    """Who answered last for this stage of the model, in this release or one before."""
    spells = StageOwnership.objects.filter(
        visit__release__model=release.model_id, visit__stage=stage, owner__isnull=False
    )
    return spells.order_by("-since", "-pk").values_list("owner", flat=True).first()
