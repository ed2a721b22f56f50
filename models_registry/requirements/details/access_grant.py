"""An access grant: who may use which dataset or model, for what, from when and until when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from models_registry.requirements.details.reading import DetailReader, as_day, end_of
from models_registry.requirements.facts import FieldProblem
from models_registry.requirements.values import as_text
from models_registry.vocabulary import GranteeKind, SubjectKind

PARTS: Final = ("grantee", "grantee_kind", "subject", "subject_kind", "purpose", "from", "until")


@dataclass(frozen=True, slots=True)
class GrantFacts:
    """`grantee` may use `subject` from the first day until the last one; None where none is set."""

    grantee: str
    subject: str
    subject_kind: SubjectKind
    purpose: str
    first_day: date | None
    last_day: date | None


def check_access_grant(raw: Mapping[str, Any]) -> list[FieldProblem]:
    """Every problem of the detail of an access grant."""
    reader = DetailReader(raw)
    reader.known(*PARTS)
    reader.text("grantee", "The holder", 200, needed="Say who may use it: a person, a team or a service")
    reader.word("grantee_kind", GranteeKind, needed="Say whether a person, a team or a service holds it")
    reader.text("subject", "The name", 200, needed="Name the dataset or model, as the brief or its evidence does")
    reader.word("subject_kind", SubjectKind, needed="Say whether it is a dataset or a model")
    reader.text("purpose", "The purpose", 1000, needed="Say what it may be used for")
    reader.day("from", "The first day")
    reader.day("until", "The last day")
    first, last = as_day(raw.get("from")), as_day(raw.get("until"))
    if first and last and last < first:
        reader.add("until", "The grant ends before it begins: check both days")
    return reader.problems


def grant_facts(raw: Mapping[str, Any]) -> GrantFacts | None:
    """A detail that was checked, as facts; None for a grant that does not say what it covers."""
    subject, kind = as_text(raw.get("subject")), as_text(raw.get("subject_kind"))
    if not subject or kind not in set(SubjectKind):
        return None
    return GrantFacts(
        grantee=as_text(raw.get("grantee")),
        subject=subject,
        subject_kind=SubjectKind(kind),
        purpose=as_text(raw.get("purpose")),
        first_day=as_day(raw.get("from")),
        last_day=as_day(raw.get("until")),
    )


def grant_ends(raw: Mapping[str, Any]) -> datetime | None:
    """When a grant stops to count: after its last day, in UTC. None for one without an end."""
    last = as_day(raw.get("until"))
    return end_of(last) if last else None
