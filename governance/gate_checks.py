"""The checks of the first two gates: the brief, and what validation must show."""

from collections.abc import Iterable
from typing import Final

from governance.gate_data import data_checks
from governance.gate_facts import OWNER, Check, Dossier, EvidenceFacts, day, met, missing, stale, unmet, waived
from governance.policy import PolicyRules
from governance.tiering import assess
from models_registry.requirements import (
    RISK_QUESTIONS,
    Compared,
    FieldProblem,
    Requirement,
    answers_of,
    as_sentence,
    check_brief,
    compare,
    requirements_of,
    sentence,
)
from models_registry.vocabulary import EvidenceKind, Stage

ABOUT_THE_ARTEFACT: Final = frozenset(
    {
        EvidenceKind.TRAINING_RUN,
        EvidenceKind.VALIDATION_REPORT,
        EvidenceKind.BENCHMARK,
        EvidenceKind.EXPLAINABILITY_REPORT,
        EvidenceKind.MODEL_CARD,
        EvidenceKind.SECURITY_SCAN,
    }
)
"""Kinds that show something of one trained version; the others (data, access, documents) hold for any candidate."""

WAIVABLE: Final = ("evidence:", "data:", "requirement:", "deployment:")
"""How the codes of the checks begin that can be waived."""

REVIEWED: Final = (Stage.BRIEF, Stage.VALIDATION, Stage.COMPLIANCE_REVIEW)
"""The stages whose evidence a review looks at."""


def evidence_checks(dossier: Dossier, rules: PolicyRules, stage: Stage) -> list[Check]:
    """One check per kind of evidence the policy wants before a stage is left, and what data must show beyond that."""
    kinds = rules.stage(dossier.tier, stage).evidence
    checks = (_evidence_check(kind, dossier) for kind in kinds)
    return with_waivers([*checks, *data_checks(dossier, kinds)], dossier)


def with_waivers(checks: Iterable[Check], dossier: Dossier) -> list[Check]:
    """The checks, those unmet ones waived that somebody gave leave for and whose time is not over."""
    standing = {one.code: one for one in dossier.waivers if dossier.at is None or one.until > dossier.at}
    return [
        waived(check, standing[check.code]) if not check.met and check.code in standing and waivable(check) else check
        for check in checks
    ]


def waivable(check: Check) -> bool:
    """Whether leave can be given not to meet a check: never for the brief, the candidate and the approvals."""
    return check.code.startswith(WAIVABLE)


def _evidence_check(kind: EvidenceKind, dossier: Dossier) -> Check:
    code, title, action = f"evidence:{kind}", kind.label, f"attach_evidence:{kind}"
    found = [piece for piece in dossier.evidence if piece.kind is kind]
    fitting = [piece for piece in found if kind not in ABOUT_THE_ARTEFACT or _of_candidate(piece, dossier)]
    counted = [piece for piece in fitting if not piece.expired(dossier.at)]
    if counted:
        return met(code, title, f"Attached: {counted[-1].title}.")
    if fitting and fitting[-1].valid_until is not None:
        reason = f"{fitting[-1].title} counted until {day(fitting[-1].valid_until)}: attach one that is valid."
        return stale(code, title, reason, owes=OWNER, action=action)
    if found:
        about = f"version {found[-1].candidate_number}"
        reason = f"{found[-1].title} is about {about}, which is not the candidate: attach one about the candidate."
        return stale(code, title, reason, owes=OWNER, action=action)
    reason = f"Nothing of this kind is attached, and tier {dossier.tier.label.lower()} asks for it."
    return missing(code, title, reason, owes=OWNER, action=action)


def _of_candidate(piece: EvidenceFacts, dossier: Dossier) -> bool:
    """Whether it speaks of the candidate or of the release as a whole."""
    return piece.candidate_number is None or (
        dossier.candidate is not None and piece.candidate_number == dossier.candidate.number
    )


def brief_checks(dossier: Dossier, rules: PolicyRules) -> list[Check]:
    """Before validation: a brief that is complete, signed, and not being amended."""
    if dossier.brief is None:
        reason = "There is no brief yet: write what production requires."
        written = missing("brief_written", "Brief written", reason, owes=OWNER, action="edit_brief")
    else:
        written = met("brief_written", "Brief written", f"Revision {dossier.brief_number}.")
    problems = [] if dossier.brief is None else check_brief(dossier.brief, complete=True)
    return [
        written,
        _complete_check(dossier, problems),
        _risk_check(dossier),
        _signed_check(dossier),
        _amendment_check(dossier),
        *evidence_checks(dossier, rules, Stage.BRIEF),
    ]


def _complete_check(dossier: Dossier, problems: list[FieldProblem]) -> Check:
    code, title = "brief_complete", "Brief complete"
    if dossier.brief is None:
        return missing(code, title, "There is no brief to complete yet.", owes=OWNER, action="edit_brief")
    if problems:
        return unmet(code, title, listed(problems), owes=OWNER, action="edit_brief")
    return met(code, title, "Every requirement is given and valid.")


def _risk_check(dossier: Dossier) -> Check:
    """The tier rests on the answers; until they are given, it is what somebody set by hand."""
    code, title, tier = "risk_answered", "Risk questionnaire answered", dossier.tier.label.lower()
    assessed = assess(answers_of(dossier.brief or {}))
    if assessed.answered:
        return met(code, title, f"The answers ask for tier {assessed.tier.label.lower()}. {assessed.because}")
    if len(assessed.missing) < len(RISK_QUESTIONS):
        reason = f"{len(assessed.missing)} of {len(RISK_QUESTIONS)} questions are open: {assessed.missing[0]}"
        return unmet(code, title, reason, owes=OWNER, action="edit_brief")
    reason = f"Nobody answered it, so that tier {tier} rests on what was set by hand: answer it in the brief."
    return missing(code, title, reason, owes=OWNER, action="edit_brief")


def _signed_check(dossier: Dossier) -> Check:
    code, title = "brief_signed", "Brief signed"
    if dossier.brief is not None and dossier.brief_signed:
        return met(code, title, f"Revision {dossier.brief_number} is signed.")
    action = "edit_brief" if dossier.brief is None else "sign_brief"
    return missing(code, title, "Nobody has signed the brief yet.", owes=OWNER, action=action)


def _amendment_check(dossier: Dossier) -> Check:
    code, title = "no_unsigned_amendment", "No amendment pending"
    if dossier.unsigned_amendment:
        reason = "An amendment of the brief is begun and not signed: sign it or discard it."
        return unmet(code, title, reason, owes=OWNER, action="sign_brief")
    return met(code, title, "No amendment waits for a signature.")


def listed(problems: list[FieldProblem]) -> str:
    """The first problems in full and the number of the others."""
    shown = " ".join(problem.message for problem in problems[:3])
    others = len(problems) - 3
    return f"{shown} And {others} more." if others > 0 else shown


def validation_checks(dossier: Dossier, rules: PolicyRules) -> list[Check]:
    """Before review: a candidate, the evidence the tier asks for, and measured values that meet the brief."""
    return [
        candidate_check(dossier),
        brief_in_force_check(dossier),
        *evidence_checks(dossier, rules, Stage.VALIDATION),
        *requirement_checks(dossier, Stage.COMPLIANCE_REVIEW),
    ]


def candidate_check(dossier: Dossier) -> Check:
    """Whether a trained version is named that can be told from every other one."""
    code, title, candidate = "candidate", "Candidate named", dossier.candidate
    if candidate is None:
        reason = "No trained version is named as the candidate."
        return missing(code, title, reason, owes=OWNER, action="set_candidate")
    if not candidate.digest.strip():
        reason = f"Version {candidate.number} has no digest, so nobody can tell what was validated: record its digest."
        return unmet(code, title, reason, owes=OWNER, action="set_candidate")
    return met(code, title, f"Version {candidate.number}, {candidate.digest[:19]}.")


def brief_in_force_check(dossier: Dossier) -> Check:
    """Whether there is a whole, signed brief to hold the release against, however the release got here."""
    code, title = "brief_in_force", "Brief in force"
    if dossier.brief is None:
        reason = "There is no brief, so nobody knows what has to be met."
        return missing(code, title, reason, owes=OWNER, action="edit_brief")
    if problems := check_brief(dossier.brief, complete=True):
        return unmet(code, title, listed(problems), owes=OWNER, action="edit_brief")
    if not dossier.brief_signed:
        return unmet(code, title, "The brief is not signed yet.", owes=OWNER, action="sign_brief")
    return met(code, title, f"Revision {dossier.brief_number} is complete and signed.")


def requirement_checks(dossier: Dossier, before: Stage) -> list[Check]:
    """One check per requirement that must be measured before a stage, judged on what was measured on the candidate."""
    brief = dossier.brief or {}
    wanted = [one for one in requirements_of(brief) if one.measured_before is before]
    fitting = [piece for piece in dossier.evidence if _of_candidate(piece, dossier)]
    counted = [piece for piece in fitting if not piece.expired(dossier.at)]
    expired = [piece for piece in fitting if piece.expired(dossier.at)]
    compared = compare(wanted, [value for piece in counted for value in piece.measurements])
    return with_waivers((_requirement_check(one, expired) for one in compared), dossier)


def _requirement_check(compared: Compared, expired: list[EvidenceFacts]) -> Check:
    code, title, reason = requirement_code(compared.requirement), _title(compared), as_sentence(sentence(compared))
    if compared.met:
        return met(code, title, reason)
    kind = EvidenceKind.VALIDATION_REPORT if code.startswith("requirement:metric:") else EvidenceKind.BENCHMARK
    action = f"attach_evidence:{kind}"
    if compared.met is False:
        return unmet(code, title, reason, owes=OWNER, action=action)
    for piece in reversed(expired):
        if piece.valid_until is not None and compare([compared.requirement], piece.measurements)[0].measurement:
            reason = (
                f"It was measured in {piece.title}, which counted until {day(piece.valid_until)}: measure it again."
            )
            return stale(code, title, reason, owes=OWNER, action=action)
    return missing(code, title, reason, owes=OWNER, action=action)


def requirement_code(requirement: Requirement) -> str:
    return f"requirement:{requirement.code}{'@' if requirement.slice else ''}{requirement.slice}"


def _title(compared: Compared) -> str:
    wanted = compared.requirement
    title = as_sentence(wanted.label).removesuffix(".")
    return f"{title} ({wanted.slice})" if wanted.slice else title


def review_checks(dossier: Dossier, rules: PolicyRules) -> list[Check]:
    """What the gates say of the things that a review looks at, each once."""
    asked = {check.code: check for stage in REVIEWED for check in evidence_checks(dossier, rules, stage)}
    return [
        brief_in_force_check(dossier),
        candidate_check(dossier),
        *asked.values(),
        *requirement_checks(dossier, Stage.COMPLIANCE_REVIEW),
    ]
