"""Who could answer for a stage: what each of them brings, owns and has room for, read for many stages at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count

from governance.deadlines import rules_of
from governance.groups import standing_at
from governance.models import Delegation, StageOwnership, StageVisit
from governance.permissions import WORKING_ROLES
from governance.policy import BUDGETED_STAGES, PolicyRules
from governance.skills import Fit, Need, fit, in_words, needs
from models_registry.models import Membership, Person
from models_registry.vocabulary import OrgRole, RiskTier, Stage, TeamRole


@dataclass(frozen=True, slots=True)
class Load:
    """How many stages in flight somebody owns, and how many they own without a warning; 0 for any number."""

    owned: int
    limit: int

    @property
    def full(self) -> bool:
        return bool(self.limit) and self.owned >= self.limit

    @property
    def words(self) -> str:
        """`owns 3 of 4`, or `owns 3` where any number is fine."""
        return f"owns {self.owned} of {self.limit}" if self.limit else f"owns {self.owned}"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may answer for a stage. `away`: their absence at that moment; `leads`: they lead the team."""

    person: Person
    load: Load
    fit: Fit
    away: Delegation | None
    leads: bool

    @property
    def why(self) -> str:
        """What speaks for and against them: `brings serving, lacks retraining, owns 1 of 4`."""
        brings = f"brings {in_words(self.fit.has)}" if self.fit.has else ""
        lacks = f"lacks {in_words(self.fit.lacks)}" if self.fit.lacks else ""
        full = f"{self.load.words}, which is the limit" if self.load.full else self.load.words
        return ", ".join(filter(None, [brings, lacks, full]))

    @property
    def rank(self) -> tuple[bool, float, bool]:
        """Whoever has room comes first, then who brings most of what it takes, then leads after the others."""
        return self.load.full, -float(self.fit.share), self.leads


@dataclass(frozen=True)
class Pool:
    """The people of some teams, and the officers, with what they own and who of them is away."""

    members: Mapping[int, Sequence[tuple[Person, bool]]]
    officers: Sequence[Person] = ()
    owned: Mapping[int, int] = field(default_factory=dict)
    away: Mapping[int, Delegation] = field(default_factory=dict)

    def candidates(
        self, team_id: int, stage: Stage | str, wanted: Iterable[Need], rules: PolicyRules
    ) -> list[Candidate]:
        """Whoever may answer for this stage of a model of the team (see `permissions.own_stage`), but administrators.

        Administrators may, and are not proposed: it is not their work. Best first.
        """
        able = (
            [(officer, False) for officer in self.officers]
            if stage == Stage.COMPLIANCE_REVIEW
            else self.members.get(team_id, ())
        )
        asked = tuple(wanted)
        found = [
            Candidate(
                person,
                Load(self.owned.get(person.pk, 0), limit_of(person, rules)),
                fit(asked, person.skills),
                self.away.get(person.pk),
                leads,
            )
            for person, leads in able
        ]
        return sorted(found, key=lambda one: (*one.rank, one.load.owned, one.person.full_name, one.person.pk))


def read_pool(teams: Collection[int], at: datetime, *, officers: bool = False) -> Pool:
    """The pool of these teams at this moment: three queries, one more for the officers."""
    rows = Membership.objects.filter(team__in=list(teams), role__in=WORKING_ROLES, person__is_active=True)
    members: dict[int, list[tuple[Person, bool]]] = {}
    for row in rows.exclude(person__role=OrgRole.AUDITOR).select_related("person").order_by("pk"):
        members.setdefault(row.team_id, []).append((row.person, row.role == TeamRole.LEAD))
    judges = list(Person.objects.filter(is_active=True, role=OrgRole.COMPLIANCE_OFFICER)) if officers else []
    people = {person.pk for group in members.values() for person, _ in group} | {one.pk for one in judges}
    return Pool(members, judges, owned_by(people), absences(people, at))


def limit_of(person: Person, rules: PolicyRules) -> int:
    """How many stages they own at once without a warning: their own limit, else the policy's; 0 for any number."""
    return rules.load_limit if person.load_limit is None else person.load_limit


def load_of(person: Person, rules: PolicyRules) -> Load:
    """What one person owns now, against their limit."""
    return Load(owned_by([person.pk]).get(person.pk, 0), limit_of(person, rules))


def owned_by(people: Collection[int]) -> dict[int, int]:
    """How many stages in flight each of these people owns; who owns none is left out."""
    rows = StageOwnership.objects.filter(owner__in=list(people), until__isnull=True, visit__stage__in=BUDGETED_STAGES)
    return dict(rows.order_by().values_list("owner").annotate(n=Count("pk")).values_list("owner", "n"))


def absences(people: Collection[int], at: datetime) -> dict[int, Delegation]:
    """Who of these people is away at this moment, and who stands in, whether that person still may or not."""
    found = Delegation.objects.filter(standing_at(at), delegator__in=list(people)).select_related("deputy")
    return {one.delegator_id: one for one in found.order_by("starts_at", "pk")}


def needs_of(visit: StageVisit, stage: Stage | str | None = None) -> tuple[Need, ...]:
    """What the work of the visit's stage takes, or of another stage of its release.

    Reads the briefs of the release: prefetch them for lists. The newest signed one counts, else the draft.
    """
    which = Stage(stage or visit.stage)
    briefs = sorted(visit.release.briefs.all(), key=lambda brief: (brief.is_signed, brief.number), reverse=True)
    rule = rules_of(visit.policy).stage(RiskTier(visit.tier), which)
    return needs(which, rule.skills, briefs[0].content if briefs else None)
