"""What is here already of the rows of a plan: imported before, or registered by hand under the same name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from models_registry.models import ImportedRow, RegisteredModel
from tracker.integrations.inventory.cells import fold, identity
from tracker.integrations.inventory.identities import Identity, bounded, division_identity
from tracker.integrations.inventory.matching import Side, match
from tracker.integrations.inventory.plan import PlannedModel


@dataclass(frozen=True)
class Known:
    """`rows`: from the place of a planned row to its imported row's id; `by_hand`: to the id of a model that was
    registered here; `keys`: every identity in use; `divisions`: from a division's code to its full name."""

    rows: Mapping[int, int]
    by_hand: Mapping[int, int]
    keys: frozenset[str]
    divisions: Mapping[str, str]

    @classmethod
    def of(cls, planned: Sequence[PlannedModel]) -> Known:
        found = list(ImportedRow.objects.values_list("pk", "key", "digest", "model__team__division"))
        identities = {pk: Identity.parse(key) for pk, key, _, _ in found}
        purposes = _purposes(planned, identities)
        there = [Side(pk, identities[pk], digest, purposes.get(pk, "")) for pk, _, digest, _ in found]
        here = [
            Side(place, row.identity, row.digest, fold(row.purpose), row.former) for place, row in enumerate(planned)
        ]
        rows = match(there, here)
        return cls(
            rows=rows,
            by_hand=_by_hand((place, row) for place, row in enumerate(planned) if place not in rows),
            keys=frozenset(key for _, key, _, _ in found),
            divisions={
                identities[pk].code: division
                for pk, _, _, division in found
                if identities[pk].code and identity(division) != identities[pk].code
            },
        )

    def division_of(self, row: PlannedModel) -> str:
        """The division in full, where an earlier edition gave it and this one has only its code."""
        if identity(row.division) == row.identity.code:
            return self.divisions.get(row.identity.code, row.division)
        return row.division


def _purposes(planned: Sequence[PlannedModel], identities: Mapping[int, Identity]) -> dict[int, str]:
    """The purposes of known models whose name is not unique: only they need more than the name to be told apart."""
    counts = Counter(row.identity.name for row in planned)
    there = Counter(one.name for one in identities.values())
    wanted = [pk for pk, one in identities.items() if there[one.name] > 1 or counts[one.name] > 1]
    purposes: dict[int, str] = {}
    for start in range(0, len(wanted), 500):
        rows = ImportedRow.objects.filter(pk__in=wanted[start : start + 500]).values_list("pk", "model__purpose")
        purposes.update((pk, fold(purpose)) for pk, purpose in rows)
    return purposes


def _by_hand(rows: Iterable[tuple[int, PlannedModel]]) -> dict[int, int]:
    """Models that nobody imported, with the name of a row, in its team or its division. Each is found once."""
    by_name: dict[str, list[tuple[int, PlannedModel]]] = {}
    for place, row in rows:
        by_name.setdefault(row.identity.name, []).append((place, row))
    found: dict[int, int] = {}
    registered = RegisteredModel.objects.filter(imported_row__isnull=True)
    for pk, name, team, division in registered.values_list("pk", "name", "team__name", "team__division").iterator():
        for place, row in by_name.get(bounded(identity(name)), ()):
            same_division = division and division_identity(division) == row.identity.division
            if place not in found and (team.casefold() == row.team_name.casefold() or same_division):
                found[place] = pk
                break
    return found
