"""Who may. What the state allows is the gates' and acts' business, not asked here.

Every rule raises a readable reason; the boolean that a template needs is `allows(rule, ...)`, never written twice.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from governance.controls import OFFICERS, group_name
from governance.errors import NotFound, NotPermitted, Refused
from governance.groups import advised_by_group_of, answers_for, decided_by_group_of, groups_of, standing_at, voices_of
from governance.models import Delegation, Finding, Review, StageVisit
from models_registry.models import Membership, Person, RegisteredModel, Release, Team
from models_registry.vocabulary import OrgRole, Stage, TeamRole

WORKING_ROLES = (TeamRole.LEAD, TeamRole.ENGINEER)
ALL_SEEING = (OrgRole.ADMIN, OrgRole.COMPLIANCE_OFFICER, OrgRole.AUDITOR)


def team_role(person: Person, team_id: int) -> TeamRole | None:
    """The person's role in the team; read once per person object and request."""
    cache: dict[int, TeamRole] | None = getattr(person, "_team_roles", None)
    if cache is None:
        cache = {one.team_id: TeamRole(one.role) for one in memberships_of(person)}
        person._team_roles = cache  # type: ignore[attr-defined]  # a cache for the life of this object
    return cache.get(team_id)


def memberships_of(person: Person) -> list[Membership]:
    """The person's memberships with team and calendar, by the team's name; read once per person object and request."""
    cache: list[Membership] | None = getattr(person, "_memberships", None)
    if cache is None:
        rows = Membership.objects.filter(person=person).select_related("team__calendar")
        cache = list(rows.order_by("team__name", "pk"))
        person._memberships = cache  # type: ignore[attr-defined]  # a cache for the life of this object
    return cache


def remember_roles(people: Collection[Person]) -> None:
    """Read the team roles of many people in one query, for whoever goes on to ask about each of them."""
    found: dict[int, dict[int, TeamRole]] = {person.pk: {} for person in people}
    rows = Membership.objects.filter(person__in=list(found)).values_list("person_id", "team_id", "role")
    for person_id, team_id, role in rows:
        found[person_id][team_id] = TeamRole(role)
    for person in people:
        person._team_roles = found[person.pk]  # type: ignore[attr-defined]  # the cache of `team_role`


def forget_roles(person: Person) -> None:
    """Drop the cached roles after a change of membership."""
    person.__dict__.pop("_team_roles", None)
    person.__dict__.pop("_memberships", None)


def visible_models(person: Person) -> QuerySet[RegisteredModel]:
    """The models whose existence this person may know of."""
    if not person.is_active:
        return RegisteredModel.objects.none()
    if person.role in ALL_SEEING:
        return RegisteredModel.objects.all()
    return RegisteredModel.objects.filter(may_see(person))


def may_see(person: Person, prefix: str = "") -> Q:
    """The same rule as `visible_models`, as a condition on `prefix` (for example `release__model__`)."""
    if not person.is_active:
        return Q(pk__in=[])
    if person.role in ALL_SEEING:
        return Q()
    teams = Membership.objects.filter(person=person).values("team_id")
    return Q(**{f"{prefix}restricted": False}) | Q(**{f"{prefix}team_id__in": teams})


def may_see_singly(person: Person, release: str) -> Q:
    """`may_see` of the release whose key is at this path, asked of one row after the other.

    For a read that stops after so many rows: as a join it would first gather every model.
    """
    if not person.is_active or person.role in ALL_SEEING:
        return may_see(person)
    seen = ExpressionWrapper(may_see(person, "model__"), output_field=BooleanField())
    return Q(Subquery(Release.objects.filter(pk=OuterRef(release)).order_by().values(seen=seen)))


def may_read(person: Person, release: str, at: datetime | None = None) -> Q:
    """`may_see`, and the releases whose review asks a group that the person speaks for at `at`, else now.

    As a condition on rows of one release, whose key is at the path `release`, such as `release_id`. A seat in a group
    opens a release of a restricted model and no other one, and only what is read of it by itself: no list tells of it
    but the reviews, and it lets nobody act.
    """
    model = "model__" if release == "pk" else f"{release.removesuffix('_id')}__model__"
    seen = may_see(person, model)
    return seen | _asked(person, release, at) if _sees_some(person) else seen


def may_read_singly(person: Person, release: str) -> Q:
    """`may_read` as `may_see_singly` is `may_see`."""
    seen = may_see_singly(person, release)
    return seen | _asked(person, release) if _sees_some(person) else seen


def _sees_some(person: Person) -> bool:
    """Neither everything nor nothing: only then does a seat in a group add to it."""
    return person.is_active and person.role not in ALL_SEEING


def _asked(person: Person, release: str, at: datetime | None = None) -> Q:
    at = at or timezone.now()
    asking = Review.objects.filter(decided_by_group_of(person, at) | advised_by_group_of(person, at))
    return Q(Exists(asking.filter(release_id=OuterRef(release)).order_by()))


def read(person: Person, release: Release, at: datetime | None = None) -> None:
    """See the release's model, or be asked by one of its reviews, as `may_read` says."""
    if allows(see, person, release.model):
        return
    if not Release.objects.filter(may_read(person, "pk", at), pk=release.pk).exists():
        raise NotFound


def allows(rule: Callable[..., object], *args: Any) -> bool:
    """Whether a rule of this module lets it pass."""
    try:
        rule(*args)
    except Refused:
        return False
    return True


def _refuse_auditor(person: Person) -> None:
    """Whatever team an auditor belongs to: who judges the work has no hand in it."""
    if person.role == OrgRole.AUDITOR:
        raise NotPermitted("An auditor reads, and changes and owns nothing.", remedy="Somebody of the team has to.")


def see(person: Person, model: RegisteredModel) -> None:
    if not person.is_active:
        raise NotFound
    if person.role in ALL_SEEING or not model.restricted or team_role(person, model.team_id):
        return
    raise NotFound


def work_on(person: Person, model: RegisteredModel) -> None:
    """Write briefs, attach evidence, record costs: the team's leads and engineers, and administrators."""
    see(person, model)
    _refuse_auditor(person)
    if person.role == OrgRole.ADMIN or team_role(person, model.team_id) in WORKING_ROLES:
        return
    raise NotPermitted(
        f"Only leads and engineers of {model.team} change this model.", remedy=f"Ask a lead of {model.team}."
    )


def lead(person: Person, model: RegisteredModel) -> None:
    """Assign, park, kill, reopen, break the glass: the team's leads, and administrators."""
    see(person, model)
    lead_team(person, model.team)


def lead_team(person: Person, team: Team) -> None:
    _refuse_auditor(person)
    if person.is_active and (person.role == OrgRole.ADMIN or team_role(person, team.pk) == TeamRole.LEAD):
        return
    raise NotPermitted(f"Only a lead of {team} or an administrator may do this.", remedy=f"Ask a lead of {team}.")


def register_in(person: Person, team: Team) -> None:
    _refuse_auditor(person)
    if person.is_active and (person.role == OrgRole.ADMIN or team_role(person, team.pk) in WORKING_ROLES):
        return
    raise NotPermitted(
        f"Only leads and engineers of {team} register models there.", remedy="Choose one of your own teams."
    )


def administer(person: Person) -> None:
    if person.is_active and person.role == OrgRole.ADMIN:
        return
    raise NotPermitted("Only an administrator may do this.", remedy="Ask an administrator.")


def say_skills(person: Person, of: Person) -> None:
    """Say what somebody brings and how much they carry: they themselves, a lead of a team of theirs, administrators."""
    if person.is_active and (person.pk == of.pk or person.role == OrgRole.ADMIN):
        return
    mine = {one.team_id for one in memberships_of(person) if one.role == TeamRole.LEAD}
    if person.is_active and mine and Membership.objects.filter(person=of, team__in=mine).exists():
        _refuse_auditor(person)
        return
    raise NotPermitted(
        f"Only {of}, a lead of a team of theirs or an administrator says what {of} brings.", remedy="Ask one of them."
    )


def write_policy(person: Person) -> None:
    if person.is_active and person.role in (OrgRole.ADMIN, OrgRole.COMPLIANCE_OFFICER):
        return
    raise NotPermitted("Only administrators and compliance officers write policies.")


def manage_groups(person: Person) -> None:
    """Say who is in the groups that approve and advise."""
    if person.is_active and person.role in (OrgRole.ADMIN, OrgRole.COMPLIANCE_OFFICER):
        return
    raise NotPermitted(
        "Only administrators and compliance officers change the groups that approve and advise.",
        remedy="Ask one of them.",
    )


def be_away(person: Person) -> None:
    """Have a deputy: who may own stages, and who approves or advises on reviews, by role or by a seat in a group."""
    _refuse_auditor(person)
    works = any(one.role in WORKING_ROLES for one in memberships_of(person))
    if person.is_active and (works or person.role == OrgRole.ADMIN or groups_of(person)):
        return
    raise NotPermitted(
        "Only who owns stages, or approves or advises on reviews, names a deputy.",
        remedy="A lead can bring you into a team.",
    )


def end_absence(person: Person, delegation: Delegation) -> None:
    """End a delegation early: both people that it is between, and administrators."""
    if person.is_active and (
        person.role == OrgRole.ADMIN or person.pk in (delegation.delegator_id, delegation.deputy_id)
    ):
        return
    raise NotPermitted(f"Only {delegation.delegator}, {delegation.deputy} or an administrator ends this.")


def give_review(person: Person, review: Review) -> None:
    """Say who decides a review that no stage is owned with: a compliance officer or an administrator."""
    see(person, review.release.model)
    if person.is_active and person.role in (OrgRole.ADMIN, OrgRole.COMPLIANCE_OFFICER):
        return
    raise NotPermitted("Only compliance officers and administrators assign reviews.")


def read_trail(person: Person) -> None:
    if person.is_active and person.role in ALL_SEEING:
        return
    raise NotPermitted(
        "The whole trail is open to auditors, compliance officers and administrators.",
        remedy="The activity of a model you may see is on its own page.",
    )


def own_stage(person: Person, model: RegisteredModel, stage: Stage | str) -> None:
    """Be accountable for a stage: compliance officers for the review, else the team's leads and engineers."""
    see(person, model)
    if not person.is_active:
        raise NotPermitted(f"{person} has left and cannot own a stage.")
    if stage == Stage.COMPLIANCE_REVIEW:
        if person.role == OrgRole.COMPLIANCE_OFFICER:
            return
        raise NotPermitted("A compliance review is owned by a compliance officer.")
    _refuse_auditor(person)
    if person.role == OrgRole.ADMIN or team_role(person, model.team_id) in WORKING_ROLES:
        return
    raise NotPermitted(
        f"{person} is not a lead or engineer of {model.team}.", remedy=f"Ask a lead of {model.team} to add them."
    )


def assign(person: Person, visit: StageVisit) -> None:
    """Name the owner: a lead of the team; for a compliance review also an officer."""
    model = visit.release.model
    see(person, model)
    if visit.stage == Stage.COMPLIANCE_REVIEW and person.role == OrgRole.COMPLIANCE_OFFICER:
        return
    lead(person, model)


def move(person: Person, visit: StageVisit) -> None:
    """Advance or send back: the owner of the visit, and whoever leads."""
    model = visit.release.model
    see(person, model)
    _refuse_auditor(person)
    mine = any(spell.owner_id == person.pk for spell in visit.ownerships.all() if spell.until is None)
    if mine and allows(own_stage, person, model, visit.stage):
        return
    if visit.stage == Stage.COMPLIANCE_REVIEW and person.role == OrgRole.COMPLIANCE_OFFICER:
        return
    if allows(lead, person, model):
        return
    raise NotPermitted(
        "Only the owner of the stage, a lead or an administrator moves a release.",
        remedy="Claim the stage first, or ask its owner.",
    )


def hold(person: Person, visit: StageVisit, at: datetime | None = None) -> None:
    """Hold, resume: whoever works on the model, an officer during the compliance review, and the owner's deputy."""

    def answering() -> bool:
        owner = next((spell.owner_id for spell in visit.ownerships.all() if spell.until is None), None)
        return answers_for(person, owner, at or timezone.now())

    hold_if(person, visit, answering)


def hold_if(person: Person, visit: StageVisit, answering: Callable[[], bool]) -> None:
    """`hold`, where a list knows already whether the person is the owner or stands in for them."""
    model = visit.release.model
    see(person, model)
    if visit.stage == Stage.COMPLIANCE_REVIEW and person.role == OrgRole.COMPLIANCE_OFFICER:
        return
    if not allows(work_on, person, model) and person.role != OrgRole.AUDITOR and answering():
        return
    work_on(person, model)


def answer(person: Person, visit: StageVisit, at: datetime | None = None) -> None:
    """Acknowledge a stall or put it off: whoever is told of one, by themselves or for somebody who is away at `at`."""
    see(person, visit.release.model)
    _refuse_auditor(person)
    if _is_told(person, visit):
        return
    away = Delegation.objects.filter(standing_at(at or timezone.now()), deputy=person).select_related("delegator")
    if any(_is_told(one.delegator, visit) for one in away):
        return
    team = visit.release.model.team
    raise NotPermitted(
        f"Only who is told of a stall answers it: its owner, {team} and its escalation contact.",
        remedy="Write to the owner.",
    )


def _is_told(person: Person, visit: StageVisit) -> bool:
    team = visit.release.model.team
    officer = person.role == OrgRole.COMPLIANCE_OFFICER and visit.stage == Stage.COMPLIANCE_REVIEW
    if officer or person.role == OrgRole.ADMIN or team_role(person, team.pk) in WORKING_ROLES:
        return True
    owns = any(spell.owner_id == person.pk for spell in visit.ownerships.all() if spell.until is None)
    return owns or team.escalation_contact_id == person.pk


def lower_tier(person: Person, model: RegisteredModel) -> None:
    """Lower a risk tier: a compliance officer. Whether they had a hand in the model is `four_eyes`' business."""
    see(person, model)
    if person.is_active and person.role == OrgRole.COMPLIANCE_OFFICER:
        return
    raise NotPermitted("Only a compliance officer lowers a risk tier.", remedy="Ask one, and say why it is too high.")


def review(person: Person, review: Review, at: datetime | None = None) -> None:
    """Decide at all: a compliance officer, whoever sits in a group that is asked, and their deputies at `at`, else now.

    Four eyes on the particular release are `four_eyes`' business.
    """
    read(person, review.release, at)
    asked = {OFFICERS, *(one.group for one in review.asked)}
    if not asked.isdisjoint(voices_of(person, at or timezone.now())):
        return
    others = sorted(group_name(group) for group in asked - {OFFICERS})
    also = f", or somebody of {' or '.join(others)}," if others else ""
    raise NotPermitted(f"Only a compliance officer{also} decides a review.")


def advise(person: Person, review: Review, group: str, at: datetime | None = None) -> None:
    """Give feedback for a group: whoever sits in it, and their deputies at `at`, else now."""
    read(person, review.release, at)
    if group in voices_of(person, at or timezone.now()):
        return
    raise NotPermitted(f"Only somebody of {group_name(group)} speaks for it.")


def resolve(person: Person, finding: Finding) -> None:
    """Say that a finding is put right: its owner, and whoever leads."""
    model = finding.release.model
    see(person, model)
    _refuse_auditor(person)
    if person.is_active and (finding.owner_id == person.pk or allows(lead, person, model)):
        return
    raise NotPermitted(f"{finding.owner} or a lead of {model.team} resolves this finding.")


def waive(person: Person, model: RegisteredModel) -> None:
    """Give leave not to meet a check: a compliance officer."""
    see(person, model)
    if person.is_active and person.role == OrgRole.COMPLIANCE_OFFICER:
        return
    raise NotPermitted("Only a compliance officer waives a check.")


def export(person: Person) -> None:
    """Any signed-in person may export what they may see."""
    if not person.is_active:
        raise NotPermitted("Sign in first.")
