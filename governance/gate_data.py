"""The checks of the data: columns that somebody classified, a basis and an end for personal data, and grants for it.

Asked where the policy asks for datasets or for access grants. Pure.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from governance.gate_facts import OWNER, Check, Dossier, EvidenceFacts, met, missing, stale, unmet
from models_registry.requirements.brief_lists import SOURCES, used_entries
from models_registry.requirements.details.access_grant import GrantFacts, grant_facts
from models_registry.requirements.details.dataset import DatasetFacts, dataset_facts
from models_registry.requirements.values import as_flag, as_text
from models_registry.vocabulary import EvidenceKind, SubjectKind

DESCRIBE: Final = f"attach_evidence:{EvidenceKind.DATASET}"
CLASSIFY: Final = "classify_columns"
GRANT: Final = f"attach_evidence:{EvidenceKind.ACCESS_GRANT}"
NAMED: Final = 8  # names in a reason, before it says how many more there are


def data_checks(dossier: Dossier, kinds: Collection[EvidenceKind]) -> list[Check]:
    """What the data must show, beside being attached, where these kinds of evidence are asked for."""
    checks = []
    if EvidenceKind.DATASET in kinds:
        datasets = datasets_of(dossier.evidence)
        checks += [_classified_check(datasets), _basis_check(datasets)]
    if EvidenceKind.ACCESS_GRANT in kinds:
        checks.append(_grants_check(personal_subjects(dossier), dossier))
    return checks


def datasets_of(evidence: Collection[EvidenceFacts]) -> list[DatasetFacts]:
    """The datasets that evidence describes, in its order."""
    return [dataset_facts(piece.detail, piece.title) for piece in evidence if piece.kind is EvidenceKind.DATASET]


def _classified_check(datasets: list[DatasetFacts]) -> Check:
    code, title = "data:columns", "Columns classified"
    if not datasets:
        return missing(code, title, "No dataset is described yet.", owes=OWNER, action=DESCRIBE)
    unknown = [one.name for one in datasets if not one.columns]
    open_columns = [f"{one.name}: {names(one.unclassified)}" for one in datasets if one.unclassified]
    said = []
    if open_columns:
        said.append(f"Nobody has said yet what these columns hold. {'; '.join(open_columns)}.")
    if unknown:
        said.append(f"Its columns are not listed, so nobody knows what is in it: {names(unknown)}.")
    if said:
        return unmet(code, title, " ".join(said), owes=OWNER, action=CLASSIFY)
    total = sum(len(one.columns) for one in datasets)
    return met(code, title, f"{total} column{'' if total == 1 else 's'}, each with its class.")


def _basis_check(datasets: list[DatasetFacts]) -> Check:
    code, title = "data:basis", "Lawful basis and retention"
    if not datasets:
        return missing(code, title, "No dataset is described yet.", owes=OWNER, action=DESCRIBE)
    holding = [one for one in datasets if one.about_people]
    said = []
    for one in holding:
        lacks = [
            word
            for word, value in (("lawful basis", one.lawful_basis), ("retention", one.retention_months))
            if value is None
        ]
        if lacks:
            said.append(f"{one.name} holds personal data ({names(one.about_people)}) without a {' or '.join(lacks)}.")
    if said:
        return unmet(code, title, " ".join(said), owes=OWNER, action=CLASSIFY)
    if not holding:
        return met(code, title, "No dataset is known to hold personal data.")
    return met(code, title, f"Said for {names([one.name for one in holding])}.")


# --- Grants ---------------------------------------------------------------------------------------------------------


def personal_subjects(dossier: Dossier) -> dict[str, frozenset[str]]:
    """What needs a grant, by name: the other names by which a grant may call it, all in small letters.

    The personal data sources of the brief, and the datasets with personal or special-category columns.
    """
    found: dict[str, frozenset[str]] = {}
    for entry in brief_sources(dossier.brief):
        if as_flag(entry.get("contains_personal_data")):
            name = as_text(entry.get("name")) or as_text(entry.get("uri"))
            found[name] = _keys(name, as_text(entry.get("uri")))
    for dataset in datasets_of(dossier.evidence):
        keys = _keys(dataset.name, dataset.location)
        if dataset.about_people and not any(keys & others for others in found.values()):
            found[dataset.name] = keys
    return found


def brief_sources(brief: Mapping[str, Any] | None) -> Iterator[Mapping[str, Any]]:
    """The data sources that a brief names."""
    for _, entry in used_entries((brief or {}).get(SOURCES), SOURCES, []):
        if as_text(entry.get("name")) or as_text(entry.get("uri")):
            yield entry


def _keys(*names: str) -> frozenset[str]:
    return frozenset(name.casefold() for name in names if name)


def _grants_check(subjects: Mapping[str, frozenset[str]], dossier: Dossier) -> Check:
    code, title = "data:grants", "Access granted"
    if dossier.brief is None:
        reason = "There is no brief, so nobody knows which data needs a grant."
        return missing(code, title, reason, owes=OWNER, action="edit_brief")
    if not subjects:
        return met(code, title, "No data source is known to hold personal data.")
    lapsed: dict[str, str] = {}
    bare = []
    for subject, keys in subjects.items():
        covering = [piece for piece, grant in _grants(dossier) if grant.subject.casefold() in keys]
        if any(_standing(piece, dossier.at) for piece in covering):
            continue
        if covering:
            lapsed[subject] = _why_not(covering, dossier.at)
        else:
            bare.append(subject)
    said = [f"The grant for {subject} {why}." for subject, why in lapsed.items()]
    if bare:
        said.append(f"No grant covers {names(bare)}, which {'holds' if len(bare) == 1 else 'hold'} personal data.")
    if not said:
        return met(code, title, f"A grant stands for {names(list(subjects))}.")
    refuse = stale if lapsed else missing
    return refuse(code, title, " ".join(said), owes=OWNER, action=GRANT)


def _grants(dossier: Dossier) -> Iterator[tuple[EvidenceFacts, GrantFacts]]:
    for piece in dossier.evidence:
        if piece.kind is EvidenceKind.ACCESS_GRANT:
            grant = grant_facts(piece.detail)
            if grant is not None and grant.subject_kind is SubjectKind.DATASET:
                yield piece, grant


def _standing(piece: EvidenceFacts, at: datetime | None) -> bool:
    return at is None or (not _lapsed(piece, at) and _begun(piece, at))


def _lapsed(piece: EvidenceFacts, at: datetime) -> bool:
    return piece.valid_until is not None and piece.valid_until <= at


def _begun(piece: EvidenceFacts, at: datetime) -> bool:
    grant = grant_facts(piece.detail)
    return grant is None or grant.first_day is None or grant.first_day <= at.date()


def _why_not(covering: list[EvidenceFacts], at: datetime | None) -> str:
    """Why no grant of these stands: the one that will, or the one that did the longest."""
    for piece in covering:
        grant = grant_facts(piece.detail)
        if at and grant and grant.first_day and not _begun(piece, at) and not _lapsed(piece, at):
            return f"({piece.title}) begins only on {_day(grant.first_day)}"
    last = max(covering, key=lambda piece: piece.valid_until or datetime.max.replace(tzinfo=piece.added_at.tzinfo))
    ended = grant_facts(last.detail)
    when = f" on {_day(ended.last_day)}" if ended and ended.last_day else ""
    return f"({last.title}) lapsed{when}"


def _day(day: Any) -> str:
    return f"{day.day} {day:%B %Y}"


def names(found: Collection[str]) -> str:
    """The first names in full and the number of the others."""
    listed = list(found)
    shown, others = listed[:NAMED], len(listed) - NAMED
    if others > 0:
        return f"{', '.join(shown)} and {others} more"
    return " and ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))
