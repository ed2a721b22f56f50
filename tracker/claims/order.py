"""In which order one person takes what nobody owns: how far it suits them × time left × risk × cost of delay.

The factors are found here for everything that the person may claim, from one light row each; the skills by the law
itself, so that the order and what a row says can never differ.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple

from django.db.models import BooleanField, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.fields.json import KeyTextTransform

from governance.deadlines import published_rules
from governance.policy import PolicyRules
from governance.skills import Fit, fit, needs
from models_registry.models import Brief, CostEntry, Person
from models_registry.vocabulary import RiskTier, Stage
from tracker import formats
from tracker.review_desk.urgency import IDLE, RISKS, SMALL_UNITS, TIMES

WHOLE, PART, NONE, UNSAID = (
    (3, "suits you whole"),
    (2, "suits you in part"),
    (1, "takes what you do not bring"),
    (1, "you have not said what you bring"),
)
EXPLAINED: Final = (
    "What you may claim comes first. Each counts how it suits you (3 with every skill that it takes, 2 with some, "
    "1 with none) × time left (8 past its time for a week, 6 past its time, 4 due within a day, 3 within three days, "
    "2 within a week, else 1) × risk (3 high, 2 medium, 1 low) × cost of delay (3 from 100,000 spent on the release, "
    "2 from 10,000, else 1). The highest stands first; of two alike a deployment, then the one that is due first."
)
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


class Idle(NamedTuple):
    """The largest sum spent on a release, in its own currency; nothing is converted."""

    amount: Decimal = Decimal(0)
    currency: str = ""

    @property
    def weighed(self) -> Decimal:
        """The same where a hundred of the smallest unit make one: a hundred yen count as one euro does."""
        return self.amount / 100 if self.currency in SMALL_UNITS else self.amount

    @property
    def words(self) -> str:
        return (
            f"{formats.money_short(self.amount, self.currency)} lies idle" if self.amount > 0 else "nothing spent yet"
        )


@dataclass(frozen=True, slots=True)
class Urgency:
    """The four factors of one vacancy for one person, each with its words."""

    fit: tuple[int, str]
    time: tuple[int, str]
    risk: tuple[int, str]
    delay: tuple[int, str]
    idle: Idle

    @property
    def points(self) -> int:
        return self.fit[0] * self.time[0] * self.risk[0] * self.delay[0]

    @property
    def words(self) -> str:
        """`36 points: suits you in part 2 × past due 6 × high risk 3 × nothing spent yet 1`."""
        factors = " × ".join(f"{said} {factor}" for factor, said in (self.fit, self.time, self.risk, self.delay))
        return f"{formats.count(self.points, 'point')}: {factors}"


def in_order(spells: QuerySet[Any], person: Person, now: datetime) -> dict[int, Urgency]:
    """The vacancies, which have `due` and `deployed_next`, by their keys, the most urgent first: two queries."""
    columns = ("visit__release_id", "visit__policy_id", "visit__tier", "visit__stage", "due", "deployed_next")
    # The names of these annotations must not be those of columns.
    rows = list(spells.order_by().annotate(**_asks()).values_list("pk", *columns, "asks_mode", "asks_plan"))
    if not rows:
        return {}
    rules = {key: published_rules(key) for key in {row[2] for row in rows}}
    idle = idle_by_release({row[1] for row in rows})
    ranked: list[tuple[tuple[Any, ...], int, Urgency]] = []
    for pk, release, policy, tier, stage, due, later, mode, plan in rows:
        suits = _fit(person, rules[policy], tier, stage, {"serving_mode": mode, "retraining_plan": plan})
        found = _urgency(person, suits, due, tier, idle.get(release, Idle()), now)
        ranked.append(((-found.points, later, due or _NEVER, pk), pk, found))
    return {pk: found for _, pk, found in sorted(ranked, key=lambda one: one[0])}


def idle_by_release(releases: Iterable[int]) -> dict[int, Idle]:
    """What was spent on each release, the largest sum in one currency: one query."""
    rows = CostEntry.objects.filter(release__in=list(releases)).order_by().values_list("release_id", "currency")
    sums: defaultdict[int, list[Idle]] = defaultdict(list)
    for release, currency, amount in rows.annotate(spent=Sum("amount")):
        sums[release].append(Idle(amount, currency))
    return {release: max(found, key=lambda one: (one.weighed, one.currency)) for release, found in sums.items()}


def _asks() -> dict[str, Subquery]:
    """What the brief says of serving and retraining; the newest signed one counts, else the draft."""
    draft = ExpressionWrapper(Q(signed_at__isnull=True), BooleanField())
    briefs = Brief.objects.filter(release=OuterRef("visit__release")).order_by(draft, "-number")
    return {
        name: Subquery(briefs.values(said=KeyTextTransform(key, "content"))[:1])
        for name, key in (("asks_mode", "serving_mode"), ("asks_plan", "retraining_plan"))
    }


def _fit(person: Person, rules: PolicyRules, tier: str, stage: str, brief: Mapping[str, Any]) -> Fit:
    return fit(needs(stage, rules.stage(RiskTier(tier), Stage(stage)).skills, brief), person.skills)


def _urgency(person: Person, suits: Fit, due: datetime | None, tier: str, idle: Idle, now: datetime) -> Urgency:
    return Urgency(
        fit=_suits(person, suits),
        time=_time(due, now),
        risk=(RISKS[RiskTier(tier)], f"{RiskTier(tier).label.lower()} risk"),
        delay=(next((factor for limit, factor in IDLE if idle.weighed >= limit), 1), idle.words),
        idle=idle,
    )


def _suits(person: Person, suits: Fit) -> tuple[int, str]:
    if not person.skills:
        return UNSAID
    if suits.whole:
        return WHOLE
    return PART if suits.has else NONE


def _time(due: datetime | None, now: datetime) -> tuple[int, str]:
    if due is not None:
        for days, factor, said in TIMES:
            if due <= now + days * timedelta(days=1):
                return factor, said
    return 1, "due later"
