"""Who has asked not to hear: an answer that still stands, and models that somebody muted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from governance.answers import covers, latest, stands
from governance.models import Acknowledgement, StageOwnership, StageVisit
from models_registry.vocabulary import AlertKind
from tracker.alerts.kinds import MUTABLE, PAST_KINDS, VACANCY_KINDS
from tracker.alerts.models import Alert, Mute


@dataclass(frozen=True, slots=True)
class Silence:
    """The standing answers by visit and person, and who muted which model; read in two queries for many visits."""

    answers: Mapping[tuple[int, int], Acknowledgement] = field(default_factory=dict)
    muted: frozenset[tuple[int, int]] = frozenset()

    @classmethod
    def read(cls, visits: Collection[StageVisit], now: datetime) -> Silence:
        said = latest(Acknowledgement.objects.filter(visit__in=[visit.pk for visit in visits]))
        mutes = Mute.objects.filter(model__in={visit.release.model_id for visit in visits})
        return cls(
            {key: one for key, one in said.items() if stands(one, now)},
            frozenset(mutes.values_list("person_id", "model_id")),
        )

    def kept(
        self, named: Iterable[int], kind: AlertKind, visit: StageVisit, since: datetime | None, bound: Collection[int]
    ) -> list[int]:
        """Those of the people who are told after all. `bound`: whose it is to answer, whatever they muted.

        Of what is past its budget somebody hears: where all the others muted it, nobody did.
        """
        told = list(named)
        if kind in MUTABLE:
            model = visit.release.model_id
            hearing = [person for person in told if person in bound or (person, model) not in self.muted]
            told = hearing or (told if kind in PAST_KINDS else [])
        return [person for person in told if not self._answered(person, kind, visit, since)]

    def _answered(self, person: int, kind: AlertKind, visit: StageVisit, since: datetime | None) -> bool:
        said = self.answers.get((visit.pk, person))
        return said is not None and covers(said, kind, since)


def answered(alerts: Collection[int], person: int, now: datetime) -> set[int]:
    """Those of the alerts that this person answered since, so that a message that still waits need not go out."""
    visits = Alert.objects.filter(pk__in=alerts).values("visit")
    said = latest(Acknowledgement.objects.filter(visit__in=visits, person=person))
    standing = {visit: one for (visit, _), one in said.items() if stands(one, now)}
    if not standing:
        return set()
    rows = Alert.objects.filter(pk__in=alerts, visit__in=list(standing)).values_list("pk", "kind", "visit", "occasion")
    found = [(pk, AlertKind(kind), visit, occasion) for pk, kind, visit, occasion in rows]
    spells = {occasion for _, kind, _, occasion in found if kind in VACANCY_KINDS}
    since = dict(StageOwnership.objects.filter(pk__in=spells).values_list("pk", "since")) if spells else {}
    return {pk for pk, kind, visit, occasion in found if covers(standing[visit], kind, since.get(occasion))}
