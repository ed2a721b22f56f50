"""The check of the approvals: every group that the policy names, by so many different people, of the present state."""

from collections.abc import Sequence

from governance.controls import OFFICERS, GroupQuorum, group_name
from governance.gate_checks import evidence_checks
from governance.gate_facts import OFFICER, TEAM, ApprovalFacts, Check, Dossier, day, met, missing, stale, unmet
from governance.policy import PolicyRules
from models_registry.vocabulary import Stage


def approval_checks(dossier: Dossier, rules: PolicyRules) -> list[Check]:
    """Before deployment: the approvals of the policy, each of the dossier as it stands now."""
    return [
        *evidence_checks(dossier, rules, Stage.COMPLIANCE_REVIEW),
        approvals_check(dossier, rules.stage(dossier.tier, Stage.COMPLIANCE_REVIEW).approvers),
    ]


def approvals_check(dossier: Dossier, quorums: Sequence[GroupQuorum]) -> Check:
    """Whether every group approved the present state by enough different people.

    Who approved an earlier state, and whose approval ended, is named.
    """
    standing = {one.who: one for one in dossier.approvals if _stands(one, dossier)}
    gone = {one.who: one for one in dossier.approvals if one.who not in standing}
    approvals = list(standing.values())
    given = ", ".join(f"{one.officer} on {day(one.at)}" for one in approvals)
    code, title = "approvals", _title(quorums)
    if not still_open(approvals, quorums):
        return met(code, title, f"Approved by {given}." if given else "No approval is asked for.")
    said = [_given(approvals, quorums, given), *(_ended(one, dossier) for one in gone.values())]
    owes, action = _who_approves(dossier)
    refuse = stale if gone else unmet if approvals else missing
    return refuse(code, title, " ".join(said), owes=owes, action=action)


def still_open(approvals: Sequence[ApprovalFacts], quorums: Sequence[GroupQuorum]) -> list[GroupQuorum]:
    """The groups of which too few different people approved."""
    return [one for one in quorums if voices(approvals, one.group) < one.quorum]


def voices(approvals: Sequence[ApprovalFacts], group: str) -> int:
    """How many different people approved for a group; one person may speak for several groups, once for each."""
    return len({one.who for one in approvals if group in one.groups})


def _stands(approval: ApprovalFacts, dossier: Dossier) -> bool:
    return approval.digest == dossier.dossier_digest and not approval.lapsed(dossier.at)


def _title(quorums: Sequence[GroupQuorum]) -> str:
    needed = sum(one.quorum for one in quorums)
    return "Approval" if needed == 1 else f"{needed} approvals"


def _given(approvals: Sequence[ApprovalFacts], quorums: Sequence[GroupQuorum], named: str) -> str:
    by = f" ({named})" if named else ""
    if [one.group for one in quorums] == [OFFICERS]:
        return f"{voices(approvals, OFFICERS)} of {quorums[0].quorum} approvals given{by}."
    waiting = (
        f"{group_name(one.group)} ({voices(approvals, one.group)} of {one.quorum})"
        for one in still_open(approvals, quorums)
    )
    return f"Still to approve: {', '.join(waiting)}." + (f" Given by {named}." if named else "")


def _ended(approval: ApprovalFacts, dossier: Dossier) -> str:
    if approval.lapses_at is not None and approval.lapsed(dossier.at):
        return f"The approval by {approval.officer} ended on {day(approval.lapses_at)}."
    return f"{approval.officer} approved an earlier state on {day(approval.at)}."


def _who_approves(dossier: Dossier) -> tuple[str, str]:
    return (OFFICER, "decide_review") if dossier.review_open else (TEAM, "request_review")
