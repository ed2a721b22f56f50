"""The taxonomy of holds: add a reason, rename it, put it elsewhere in the list, retire it, offer it again.

None is ever deleted: its code stays on the holds and in the policies that name it.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.text import slugify

from governance import permissions
from governance.acts.locks import moment
from governance.acts.meanwhile import mark, only_one, refuse_stale
from governance.errors import Conflict, Invalid, NotFound
from governance.models import HoldReasonEntry
from governance.trail import clock_writers as writers
from models_registry.models import Person
from models_registry.requirements import FieldProblem
from models_registry.vocabulary import WaitsOn

LONGEST_CODE = 24
LONGEST_LABEL = 80


def add_hold_reason(actor: Person, label: str, waits_on: str, *, at: datetime | None = None) -> HoldReasonEntry:
    """Add a reason at the end of the list. `waits_on`: whom such a hold waits on where nobody says otherwise."""
    at = moment(at)
    with transaction.atomic():
        permissions.administer(actor)
        label = label.strip()
        if problems := _problems(label, waits_on, None):
            raise Invalid(problems)
        known = list(HoldReasonEntry.objects.values_list("position", flat=True))
        entry = HoldReasonEntry(code=_code(label), label=label, waits_on=waits_on, position=max(known, default=-1) + 1)
        with only_one(f"A reason called {label} was added a moment ago."):
            entry.save()
        writers.hold_reason_changed("hold_reason.add", entry, actor, at, after=_says(entry))
        return entry


def edit_hold_reason(
    actor: Person, entry_id: int, label: str, waits_on: str, *, seen: str | None = None, at: datetime | None = None
) -> HoldReasonEntry:
    """Rename a reason, wherever it was used, or say whom it waits on as a rule. The trail keeps what it was called."""
    at = moment(at)
    with transaction.atomic():
        permissions.administer(actor)
        entry = _locked(entry_id)
        before = _says(entry)
        refuse_stale(seen, before, f"hold_reason:{entry.pk}", entry.label)
        label = label.strip()
        if problems := _problems(label, waits_on, entry):
            raise Invalid(problems)
        if (label, waits_on) == (entry.label, entry.waits_on):
            return entry
        entry.label, entry.waits_on = label, waits_on
        entry.save(update_fields=["label", "waits_on"])
        writers.hold_reason_changed("hold_reason.edit", entry, actor, at, before=before, after=_says(entry))
        return entry


def move_hold_reason(actor: Person, entry_id: int, *, up: bool, at: datetime | None = None) -> HoldReasonEntry:
    """Let a reason change places with the one before or after it in the list; at its end nothing changes."""
    at = moment(at)
    with transaction.atomic():
        permissions.administer(actor)
        entries = list(HoldReasonEntry.objects.select_for_update().order_by("position", "label", "pk"))
        place = next((number for number, one in enumerate(entries) if one.pk == entry_id), None)
        if place is None:
            raise NotFound
        entry, other = entries[place], place + (-1 if up else 1)
        if not 0 <= other < len(entries):
            return entry
        entries[place], entries[other] = entries[other], entries[place]
        for number, one in enumerate(entries):
            one.position = number
        HoldReasonEntry.objects.bulk_update(entries, ["position"])
        writers.hold_reason_changed("hold_reason.move", entry, actor, at, before=place + 1, after=other + 1)
        return entry


def retire_hold_reason(actor: Person, entry_id: int, *, at: datetime | None = None) -> HoldReasonEntry:
    """Offer a reason no more. Holds that have it keep it. Refused for the last one that is offered."""
    at = moment(at)
    with transaction.atomic():
        permissions.administer(actor)
        # All of them, in one order: of the last two that are offered only one may go.
        offered = {one.pk: one for one in _offered()}
        entry = offered.get(entry_id) or _locked(entry_id)
        if entry.retired_at is not None:
            raise Conflict(f"{entry.label} is no longer offered already.")
        if len(offered) == 1:
            raise Conflict(f"{entry.label} is the only reason left.", remedy="Add another one first.")
        entry.retired_at = at
        entry.save(update_fields=["retired_at"])
        writers.hold_reason_changed("hold_reason.retire", entry, actor, at)
        return entry


def restore_hold_reason(actor: Person, entry_id: int, *, at: datetime | None = None) -> HoldReasonEntry:
    """Offer a retired reason again."""
    at = moment(at)
    with transaction.atomic():
        permissions.administer(actor)
        entry = _locked(entry_id)
        if entry.retired_at is None:
            raise Conflict(f"{entry.label} is offered already.")
        entry.retired_at = None
        entry.save(update_fields=["retired_at"])
        writers.hold_reason_changed("hold_reason.restore", entry, actor, at)
        return entry


def hold_reason_mark(entry: HoldReasonEntry) -> str:
    """What a page remembers of a reason, for `edit_hold_reason` to compare."""
    return mark(_says(entry))


def _offered() -> list[HoldReasonEntry]:
    return list(HoldReasonEntry.objects.select_for_update().filter(retired_at__isnull=True).order_by("pk"))


def _locked(entry_id: int) -> HoldReasonEntry:
    entry = HoldReasonEntry.objects.select_for_update().filter(pk=entry_id).first()
    if entry is None:
        raise NotFound
    return entry


def _problems(label: str, waits_on: str, entry: HoldReasonEntry | None) -> list[FieldProblem]:
    problems = []
    others = HoldReasonEntry.objects.exclude(pk=entry.pk) if entry else HoldReasonEntry.objects.all()
    if not label:
        problems.append(FieldProblem("label", "Say in a few words what such a hold waits for."))
    elif len(label) > LONGEST_LABEL:
        problems.append(FieldProblem("label", f"Keep it to {LONGEST_LABEL} characters."))
    elif others.filter(label__iexact=label).exists():
        problems.append(FieldProblem("label", "There is a reason of this name; offer that one again if it is retired."))
    if waits_on not in set(WaitsOn):
        problems.append(FieldProblem("waits_on", "Choose whom it waits on."))
    return problems


def _code(label: str) -> str:
    """A free code made of the label; holds and policies know the reason by it from now on."""
    base = slugify(label).replace("-", "_")[:LONGEST_CODE].strip("_") or "reason"
    taken = set(HoldReasonEntry.objects.values_list("code", flat=True))
    code, number = base, 1
    while code in taken:
        number += 1
        code = f"{base[: LONGEST_CODE - len(str(number)) - 1]}_{number}"
    return code


def _says(entry: HoldReasonEntry) -> dict[str, str]:
    return {"label": entry.label, "waits_on": entry.waits_on}
