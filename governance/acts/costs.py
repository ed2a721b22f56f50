"""The cost ledger: record, import and reverse; never edit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction

from governance import permissions
from governance.acts.locks import locked_release, moment
from governance.errors import Conflict, Invalid, NotFound, invalid
from governance.trail import writers
from models_registry.models import CostEntry, Person, Release
from models_registry.requirements import FieldProblem, currency_problem
from models_registry.vocabulary import CostKind, Stage

CENT = Decimal("0.01")
LARGEST = Decimal("999999999.99")


@dataclass(frozen=True)
class CostFacts:
    """One line of cost. Engineering takes `hours` (and `rate`, else the team's); the other kinds take `amount`.

    `once` marks the line, so that a double click or a second upload records it once.
    """

    stage: str
    kind: str
    incurred_on: date
    currency: str = ""
    amount: Decimal | None = None
    hours: Decimal | None = None
    rate: Decimal | None = None
    note: str = ""
    once: str = ""


def record_cost(actor: Person, release_id: int, facts: CostFacts, *, at: datetime | None = None) -> CostEntry:
    """Add one entry. The same `once` again gives the entry that stands."""
    return record_costs(actor, release_id, [facts], at=at)[0]


def record_costs(
    actor: Person, release_id: int, lines: Sequence[CostFacts], *, at: datetime | None = None
) -> list[CostEntry]:
    """Add several entries, all or none. Problems name the line as `line 3: amount`."""
    at = moment(at)
    with transaction.atomic():
        release = locked_release(release_id)
        permissions.work_on(actor, release.model)
        several = len(lines) > 1
        problems = [
            FieldProblem(f"line {number}: {problem.field}" if several else problem.field, problem.message)
            for number, facts in enumerate(lines, start=1)
            for problem in _problems(facts, at)
        ]
        if problems:
            raise Invalid(problems)
        return [_record(release, facts, actor, at) for facts in lines]


def reverse_cost(actor: Person, entry_id: int, reason: str, *, at: datetime | None = None) -> CostEntry:
    """Undo an entry by a second one of the negated amount, with the reason."""
    at = moment(at)
    with transaction.atomic():
        found = CostEntry.objects.filter(pk=entry_id).first()
        if found is None:
            raise NotFound
        release = locked_release(found.release_id)
        permissions.work_on(actor, release.model)
        if not reason.strip():
            raise invalid("reason", "Say why this entry is reversed.")
        if found.reverses_id is not None:
            raise Conflict("This entry is itself a reversal.", remedy="Record the cost again instead.")
        if CostEntry.objects.filter(reverses=found).exists():
            raise Conflict("This entry is reversed already.")
        entry = CostEntry.objects.create(
            release=release,
            stage=found.stage,
            kind=found.kind,
            hours=found.hours,
            rate=found.rate,
            amount=-found.amount,
            currency=found.currency,
            incurred_on=found.incurred_on,
            note=reason.strip()[:300],
            entered_by=actor,
            created_at=at,
            reverses=found,
        )
        writers.cost_recorded(entry, actor, at)
        return entry


def _record(release: Release, facts: CostFacts, actor: Person, at: datetime) -> CostEntry:
    if facts.once:
        standing = CostEntry.objects.filter(release=release, import_key=facts.once).first()
        if standing is not None:
            return standing
    team = release.model.team
    hours = facts.hours if facts.kind == CostKind.ENGINEERING else None
    rate = (facts.rate if facts.rate is not None else team.hourly_rate) if hours is not None else None
    amount = hours * rate if hours is not None and rate is not None else facts.amount or Decimal(0)
    amount = amount.quantize(CENT, ROUND_HALF_UP)
    if amount <= 0:
        raise invalid("hours", "The cost comes to nothing; give hours and an hourly rate above zero.")
    entry = CostEntry.objects.create(
        release=release,
        stage=facts.stage,
        kind=facts.kind,
        hours=hours,
        rate=rate,
        amount=amount,
        currency=facts.currency.upper() or team.currency,
        incurred_on=facts.incurred_on,
        note=facts.note.strip()[:300],
        entered_by=actor,
        created_at=at,
        import_key=facts.once,
    )
    writers.cost_recorded(entry, actor, at)
    return entry


def _problems(facts: CostFacts, at: datetime) -> list[FieldProblem]:
    problems = []
    if facts.stage not in set(Stage):
        problems.append(FieldProblem("stage", "Choose the stage the money was spent in."))
    if facts.kind not in set(CostKind):
        problems.append(FieldProblem("kind", "Choose engineering, compute, licences or other."))
    if facts.currency and (wrong := currency_problem(facts.currency.upper())):
        problems.append(FieldProblem("currency", wrong))
    if facts.incurred_on > at.date():
        problems.append(FieldProblem("incurred_on", "The date lies ahead; record what was spent."))
    if facts.kind == CostKind.ENGINEERING:
        problems += _amount_problem("hours", facts.hours)
        if facts.rate is not None:
            problems += _amount_problem("rate", facts.rate)
    else:
        problems += _amount_problem("amount", facts.amount)
    return problems


def _amount_problem(field: str, value: Decimal | None) -> list[FieldProblem]:
    if value is None or not value.is_finite() or value <= 0:
        return [FieldProblem(field, f"Give {field} above zero; undo an entry by reversing it.")]
    if value > LARGEST or value.quantize(CENT, ROUND_HALF_UP) <= 0:
        return [FieldProblem(field, f"Give {field} between 0.01 and {LARGEST}.")]
    return []
