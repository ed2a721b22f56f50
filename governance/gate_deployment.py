"""The checks of the gate to live: how it runs, who serves it, and that what was approved is what goes live."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from governance.gate_approvals import approvals_check
from governance.gate_checks import (
    brief_in_force_check,
    evidence_checks,
    listed,
    requirement_code,
    review_checks,
)
from governance.gate_facts import OWNER, Check, DeploymentFacts, Dossier, day, met, missing, unmet
from governance.policy import PolicyRules
from models_registry.requirements import (
    Compared,
    as_sentence,
    check_deployment,
    compare_deployment,
    region_agrees,
    sentence,
)
from models_registry.vocabulary import Stage

WRITE = "write_deployment"


def deployment_checks(dossier: Dossier, rules: PolicyRules) -> list[Check]:
    """Before live: a complete specification within the brief, a service owner, and an approval that still stands.

    So does what it rested on: what time has undone since then is judged again.
    """
    asked = evidence_checks(dossier, rules, Stage.DEPLOYMENT)
    return [
        _specification_check(dossier.deployment),
        brief_in_force_check(dossier),
        *_within_brief(dossier),
        _service_owner_check(dossier.deployment),
        *asked,
        *_undone_checks(dossier, rules, {check.code for check in asked}),
        approvals_check(dossier, rules.stage(dossier.tier, Stage.COMPLIANCE_REVIEW).approvers),
    ]


def _specification_check(deployment: DeploymentFacts | None) -> Check:
    code, title = "deployment_complete", "Deployment specification"
    if deployment is None:
        reason = "There is no deployment specification yet: say how it runs."
        return missing(code, title, reason, owes=OWNER, action=WRITE)
    problems = check_deployment(deployment.raw, complete=True)
    if problems:
        return unmet(code, title, listed(problems), owes=OWNER, action=WRITE)
    return met(code, title, f"Revision {deployment.number} is complete.")


def _within_brief(dossier: Dossier) -> list[Check]:
    """One check for the region and one per requirement that the specification commits to."""
    if dossier.brief is None:
        return []
    raw = dossier.deployment.raw if dossier.deployment else None
    compared = compare_deployment(raw, dossier.brief)
    return [_region_check(raw or {}, dossier.brief), *(_commitment_check(one) for one in compared)]


def _region_check(raw: Mapping[str, Any], brief: Mapping[str, Any]) -> Check:
    code, title = "deployment:region", "Region"
    given, wanted = raw.get("region") or "", brief.get("region") or ""
    if region_agrees(raw, brief):
        return met(code, title, f"It runs in {given}, as the brief asks.")
    if not wanted:
        return missing(code, title, "The brief names no region to compare with.", owes=OWNER, action="edit_brief")
    if not given:
        return missing(code, title, f"No region is given, the brief asks for {wanted}.", owes=OWNER, action=WRITE)
    return unmet(code, title, f"It runs in {given}, the brief asks for {wanted}.", owes=OWNER, action=WRITE)


def _commitment_check(compared: Compared) -> Check:
    wanted = compared.requirement
    code = requirement_code(wanted).replace("requirement:", "deployment:")
    title = as_sentence(wanted.label).removesuffix(".")
    reason = as_sentence(sentence(compared).replace("not measured yet", "not given yet"))
    if compared.met:
        return met(code, title, reason)
    refuse = missing if compared.measurement is None else unmet
    return refuse(code, title, reason, owes=OWNER, action=WRITE)


def _service_owner_check(deployment: DeploymentFacts | None) -> Check:
    code, title = "service_owner", "Service owner"
    if deployment is not None and deployment.owner_name:
        return met(code, title, f"{deployment.owner_name} serves it.")
    reason = "Nobody is named who serves it once it is live."
    return missing(code, title, reason, owes=OWNER, action=WRITE)


def _undone_checks(dossier: Dossier, rules: PolicyRules, asked: Collection[str]) -> Iterator[Check]:
    """What a review looked at and time has undone since: evidence that expired, a measured value, a waiver that ended.

    What a change undid, or was never there, is the approval's own affair: it fell with it, or was given without it.
    """
    held = {check.code for check in review_checks(replace(dossier, at=None), rules) if check.met}
    for check in review_checks(dossier, rules):
        if not check.met and check.code in held and check.code not in asked:
            yield _undone(check, dossier)


def _undone(check: Check, dossier: Dossier) -> Check:
    ended = [one for one in dossier.waivers if one.code == check.code]
    if check.state == "stale" or not ended:
        return replace(check, state="stale")
    last = max(ended, key=lambda waiver: waiver.until)
    reason = f"The waiver by {last.granted_by} ended on {day(last.until)}. {check.reason}"
    return replace(check, state="stale", reason=reason)
